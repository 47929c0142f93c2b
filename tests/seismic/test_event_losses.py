"""Losses event by event: against a slow twin, against the expectation without simulation, and what must hold."""

import itertools

import numpy as np
import pytest
import xarray as xr
from tests.seismic import event_losses_twin as twin
from tests.seismic.test_risk import make_forecast

from mijnrisico.core import curve, logic_tree
from mijnrisico.errors import InputError
from mijnrisico.seismic import (
    average_sa,
    building_stock,
    event_field,
    event_losses,
    expected_losses,
    hazard,
    loss,
    risk,
)
from mijnrisico.seismic import motion as models
from mijnrisico.seismic.building_stock import QUANTITIES
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.event_shaking import LN_G, LN_STEP, PEAK_STEP
from mijnrisico.seismic.exposure import buildings as exposure
from mijnrisico.seismic.motion.model import Surface

V7 = models.model_of("V7")
EPICENTRE = np.array([246_250.0, 594_250.0])


def some_buildings(size=16, spread_m=2_500.0) -> xr.Dataset:
    """Rows of many buildings around the epicentre, some on mounds, with two mappings and one outside every zone."""
    generator = np.random.default_rng(2)
    names = exposure.classes()
    share = np.zeros((2, size, len(names)))
    share[0][:, [names.index("URM3L"), names.index("URM1F_B")]] = 0.6, 0.4
    share[1][:, [names.index("URM4L"), names.index("RC1L")]] = 0.7, 0.3
    x, y = (EPICENTRE[:, None] + generator.uniform(-spread_m, spread_m, (2, size))).tolist()
    x[-1], y[-1] = 100_000.0, 450_000.0
    return exposure.of(
        [f"b{k}" for k in range(size)],
        x,
        y,
        share,
        mapping={"a": 0.7, "b": 0.3},
        number=generator.uniform(1.0, 200.0, size),
        people_day=generator.uniform(1.0, 300.0, size),
        people_night=generator.uniform(1.0, 500.0, size),
        wierde=generator.random(size) < 0.3,
    )


@pytest.fixture(scope="module")
def buildings():
    return some_buildings()


@pytest.fixture(scope="module")
def ready():
    return hazard.sources(make_forecast())


@pytest.fixture(scope="module")
def field(ready, buildings):
    built = building_stock.stock(buildings)
    return event_field.field_of(ready, built, 2024, "TNO2020", V7, None, "consistent", "g")


@pytest.fixture(scope="module")
def expected(ready, buildings):
    return expected_losses.expected(ready, buildings, years=[2024], fractiles=False)


@pytest.fixture(scope="module")
def simulated(ready, buildings):
    return event_losses.simulate(ready, buildings, year=2024, years=20_000, seed=5)


def event_at(field, magnitude, branch, z=0.0, night=1, count=1):
    """Events at the epicentre, points."""
    one = np.ones(count, np.int64)
    float_one = np.ones(count)
    return event_losses.Events(
        row=one * (int(EPICENTRE[1] // 1000) - field.shift[0]),
        column=one * (int(EPICENTRE[0] // 1000) - field.shift[1]),
        x=float_one * EPICENTRE[0],
        y=float_one * EPICENTRE[1],
        depth_km=3.0 * float_one,
        bin=one * int(np.argmin(np.abs(field.ready.magnitude - magnitude))),
        strike=0.0 * float_one,
        forward_km=0.0 * float_one,
        backward_km=0.0 * float_one,
        median=one * branch[0],
        scatter=one * branch[1],
        site=one * branch[2],
        z=z * float_one,
        time=one * night,
        reach_km=70.0 * float_one,
    )


def leaf_failure(field, leaf):
    weight = np.zeros(event_field.leaf_weights(field).shape)
    weight[leaf] = 1.0
    return field.failure(weight)


@pytest.mark.parametrize(
    ("magnitude", "branch", "t", "leaf", "night"),
    [(4.5, (1, 2, 1), 1.3, (0, 1, 2), 1), (5.4, (3, 5, 2), 0.4, (1, 2, 0), 0)],
)
def test_losses_of_an_event_equal_those_building_by_building(field, buildings, magnitude, branch, t, leaf, night):
    """With all variance along b between events, t is z at every place."""
    moved = field.motion._replace(
        between=np.ones_like(field.motion.between),
        within=np.zeros_like(field.motion.within),
        own=np.zeros_like(field.motion.own),
    )
    alike = event_field.Field(
        **{name: getattr(field, name) for name in field.__slots__ if name != "motion"}, motion=moved
    )
    found, _ = event_losses.shaken(
        event_at(field, magnitude, branch, z=t, night=night),
        80,
        np.zeros((0, 0, 0), np.float32),
        alike,
        leaf_failure(field, leaf),
        np.random.default_rng(1),
        least=-20.0,
    )
    known = buildings.isel(building=buildings["zone"] >= 0)
    slow = twin.losses(known, EPICENTRE, magnitude, branch, t, leaf, bool(night))
    np.testing.assert_allclose(found[0, 0], slow, rtol=0.02)


def test_reading_a_table_along_straight_lines_adds_no_loss_on_average(field):
    """Per step of the table; with tables of the whole scatter it would be 15 % for collapse, 10 % for chimneys."""
    leaf, built = (0, 1, 1), field.stock
    buildings = built.by_class(built.number[leaf[0]]).sum(axis=0)
    failure, inner = leaf_failure(field, leaf), (np.arange(20) + 0.5) / 20
    tables = {"states": (failure.of_average[..., :6], LN_STEP), "chimneys": (failure.of_peak[..., :1], PEAK_STEP)}
    for name, (of_place, step) in tables.items():
        table = of_place.sum(axis=0, dtype=float)
        grid = LN_G[0] + step * np.arange(len(table))
        at = (grid[:-1, None] + step * inner).ravel()
        states = loss.damage(field.vulnerable, at)[:, leaf[1]]
        whole = states if name == "states" else loss.fallen(field.vulnerable, at)[:, leaf[1], None]
        exact = np.einsum("n,nkz->zk", buildings, whole).reshape(len(grid) - 1, 20, -1).mean(axis=1)
        read = np.stack([np.interp(at, grid, column) for column in table.T], axis=1)
        counts = exact > 1e-7 * buildings.sum()
        assert counts.any(axis=0).all()
        read = read.reshape(len(grid) - 1, 20, -1).mean(axis=1)
        np.testing.assert_allclose(read[counts], exact[counts], rtol=1e-2)


def test_the_mean_at_the_surface_is_that_of_the_scheme_without_simulation():
    at = average_sa.reference([4.0, 5.0], [3.5, 9.0], V7)
    zone = average_sa.zone_intensity(110, at)
    t = np.polynomial.hermite_e.hermegauss(average_sa.NODES)[0]
    for pair in range(4):
        event = (float(at.magnitude[pair]), float(at.distance_km[pair]))
        mean, variance, *_ = twin.surface(110, *event, (2, 3, 2), t[6], wierde=False)
        branch = (2 * 6 + 3) * 3 + 2
        assert mean == pytest.approx(zone.mean[branch, pair, 6], abs=1e-4)
        assert variance == pytest.approx(zone.variance[branch, pair, 6], rel=1e-3)


def test_deaths_drawn_have_the_mean_that_is_expected(field):
    """Many times the same event: drawn deaths scatter around the expectation given the shaking."""
    count = 4000
    events = event_at(field, 5.0, (2, 3, 1), z=0.5, count=count)
    expected, deaths = event_losses.shaken(
        events,
        80,
        np.zeros((0, 0, 0), np.float32),
        field,
        leaf_failure(field, (0, 1, 1)),
        np.random.default_rng(4),
        least=-20.0,
    )
    difference = deaths - expected[:, 0, 0]
    assert abs(difference.mean()) < 3.5 * difference.std() / np.sqrt(count)
    assert deaths.mean() > 0.2


def test_what_is_simulated_is_what_is_expected_without_simulation(simulated, expected):
    years = simulated.attrs["years"]
    of_event, of_year = simulated["expected"].to_numpy(), simulated["simulated_year"].to_numpy()
    sums = np.array([np.bincount(of_year, column, years) for column in of_event.T])
    error = sums.std(axis=1) / np.sqrt(years)
    mean = expected["losses"].sel(year=2024, statistic="mean").to_numpy()
    away = (sums.mean(axis=1) - mean * (1.0 - simulated["left_out"].to_numpy())) / error
    assert (np.abs(away) < 3.5).all(), away
    assert (error / mean < 0.2).all()


def test_fractiles_of_the_losses_are_those_of_every_leaf():
    forecast = make_forecast().isel(magnitude=slice(14, 45, 6), year=[0])
    few = some_buildings(3, 400.0).isel(building=[0, 1])
    few["wierde"][:] = False
    found = expected_losses.expected(forecast, few, years=[2024])["losses"].isel(year=0)
    built, model = building_stock.stock(few), loss.vulnerability("TNO2020")
    chosen = [model.classes.index(name) for name in built.classes]
    at = xr.Dataset({name: ("site", getattr(built, name)[built.node]) for name in ("x", "y")})
    rates = hazard.site_rates(forecast, at.assign(zone=("site", built.zone)))["rate"].isel(year=0)
    rates = rates.transpose("site", "branch", "magnitude", "distance")
    magnitude = rates["magnitude"].to_numpy()
    reference = average_sa.reference(magnitude, rates["distance"].to_numpy())
    intensity = average_sa.zone_intensity(int(built.zone[0]), reference)
    grid, inside = average_sa.GRID_LN_G, occupants.presence().inside
    dead = loss.loss_given_sa_avg(model, grid)[chosen] / inside  # class, fragility, consequence, z
    struck = np.broadcast_to(loss.loss_given_pga(model, grid)[chosen, None] / inside, dead.shape)
    light = np.broadcast_to(loss.damage(model, grid)[chosen, :, None, 0], dead.shape)
    shape = (4, 18, magnitude.size, rates.sizes["distance"], *dead.shape[:3])
    deaths, damaged = np.empty((2, 72, *shape[2:]))
    for branch in range(72):
        sa_avg, pga = (one.reshape(*shape[2:4], -1) for one in intensity.branch_density(branch))
        deaths[branch] = np.einsum("mrz,cfkz->mrcfk", sa_avg, dead) + np.einsum("mrz,cfkz->mrcfk", pga, struck)
        damaged[branch] = np.einsum("mrz,cfkz->mrcfk", sa_avg, light)
    medians = np.cumsum(V7.median_weights(magnitude), axis=1)
    edges = np.unique(np.append(medians.ravel().round(12), 0.0))
    motions = logic_tree.joint_weights(V7.scatter_weight, V7.epsilon_weight).ravel()
    others = logic_tree.joint_weights(motions, model.fragility_weight, model.consequence_weight)
    of_source = logic_tree.joint_weights(forecast["weight"].to_numpy(), built.weight)
    counts = {"deaths": (deaths, built.people()), "ds2": (damaged, built.number)}
    for quantity, (given, count) in counts.items():
        by_magnitude = np.einsum(
            "spc,pbmr,eomrcfk->bsemofk", built.by_class(count), rates.to_numpy(), given.reshape(shape), optimize=True
        )
        leaves, weights = [], []
        for low, high in itertools.pairwise(edges):
            median = (0.5 * (low + high) > medians).sum(axis=1)
            leaves.append(sum(by_magnitude[:, :, e, m] for m, e in enumerate(median)))
            weights.append((high - low) * np.multiply.outer(of_source, others))
        values, weight = np.array(leaves).ravel(), np.array(weights).ravel()
        assert weight.sum() == pytest.approx(1.0)
        exact = [values @ weight, *curve.weighted_fractile(values, weight, [0.1, 0.5, 0.9])]
        np.testing.assert_allclose(found.sel(quantity=quantity), exact, rtol=2e-3)


@pytest.mark.slow
def test_expected_deaths_are_people_times_their_risk(ready, buildings, expected):
    built = building_stock.stock(buildings)
    people = np.tensordot(built.weight, built.by_class(built.people()), 1)
    total = 0.0
    surfaces: tuple[tuple[Surface, np.ndarray], ...] = (("regular", ~built.wierde), ("wierde", built.wierde))
    for surface, there in surfaces:
        sites = xr.Dataset(
            {
                "x": ("site", built.x[built.node[there]]),
                "y": ("site", built.y[built.node[there]]),
                "zone": ("site", built.zone[there]),
            }
        )
        lpr = risk.risk(ready, sites, classes=built.classes, surface=surface)["lpr_mean"].sel(year=2024).to_numpy()
        total += float((lpr * people[there]).sum()) / 0.99
    assert float(expected["losses"].sel(quantity="deaths", statistic="mean").item()) == pytest.approx(total, rel=1e-5)


def test_states_are_nested(expected):
    mean = expected["losses"].sel(statistic="mean", year=2024).to_series()
    for less, more in (("ds3", "ds2"), ("ds4", "ds3"), ("cs2", "cs1"), ("cs3", "cs2")):
        assert mean[less] <= mean[more]


@pytest.mark.slow
def test_fractiles_over_the_tree_enclose_the_median_and_keep_the_mean(ready, buildings, expected):
    tree = expected_losses.expected(ready, buildings, years=[2024])["losses"].isel(year=0)
    of = tree.to_dataframe()["losses"].unstack()
    assert (of["p10"] < of["p50"]).all()
    assert (of["p50"] < of["p90"]).all()
    np.testing.assert_allclose(of["mean"], expected["losses"].sel(year=2024, statistic="mean"))


def test_the_answer_does_not_depend_on_the_number_of_workers(ready, buildings):
    one, three = (
        event_losses.simulate(ready, buildings, year=2025, years=300, seed=8, workers=workers) for workers in (1, 3)
    )
    xr.testing.assert_identical(one, three)
    other = event_losses.simulate(ready, buildings, year=2025, years=300, seed=9)
    assert other.sizes["event"] != one.sizes["event"] or not np.array_equal(other["x"], one["x"])


def test_the_fn_curve_falls_and_lies_within_its_band(simulated):
    curve = event_losses.fn_curve(simulated)
    assert (np.diff(curve["rate_per_year"]) <= 0.0).all()
    assert ((curve["p05"] < curve["rate_per_year"]) & (curve["rate_per_year"] < curve["p95"])).all()
    first = curve.iloc[0]
    assert first["deaths"] == 1
    assert first["rate_per_year"] == pytest.approx(float((simulated["deaths"] >= 1).sum()) / 20_000)


def test_fields_have_unit_variance_and_the_stated_correlation():
    amplitude = event_losses._amplitude(12, 16.5)
    w = event_losses._correlated(np.random.default_rng(3), 8000, 12, amplitude)[:4000]
    assert w.var() == pytest.approx(1.0, abs=0.02)
    for lag in (1, 5, 12):
        assert (w[:, :, lag:] * w[:, :, :-lag]).mean() == pytest.approx(np.exp(-3.0 * lag / 16.5), abs=0.025)


@pytest.mark.slow
def test_without_correlation_an_event_with_many_deaths_is_rarer(ready, buildings, simulated):
    alone = event_losses.simulate(ready, buildings, year=2024, years=20_000, seed=5, correlation_km=0.0)
    near, far = (float(one["expected"].sel(quantity="ds2").quantile(0.995)) for one in (simulated, alone))
    assert far < near


def test_those_without_a_zone_are_left_out_and_counted(simulated, expected, buildings):
    outside = buildings.isel(building=-1)
    for found in (simulated, expected):
        assert found.attrs["buildings_left_out"] == pytest.approx(float(outside["number"]))
        assert found.attrs["people_left_out"] == pytest.approx(
            0.5 * float(outside["people_day"] + outside["people_night"])
        )


def test_groups_hold_every_building_and_person(buildings):
    built = building_stock.stock(buildings)
    known = buildings.isel(building=buildings["zone"] >= 0)
    np.testing.assert_allclose(built.number.sum(axis=1), float(known["number"].sum()))
    np.testing.assert_allclose(
        built.inside.sum(axis=1), [[float(known["people_day"].sum()), float(known["people_night"].sum())]] * 2
    )


def test_a_year_outside_the_forecast_is_refused(ready, buildings):
    with pytest.raises(InputError) as refused:
        event_losses.simulate(ready, buildings, year=1999, years=10)
    assert refused.value.problems[0].code == "E503"


def test_a_motion_model_without_the_periods_of_the_average_is_refused(buildings):
    with pytest.raises(InputError) as refused:
        event_losses.simulate(make_forecast(), buildings, year=2024, years=10, motion="bommer_2021_pgv")
    assert (refused.value.problems[0].code, refused.value.problems[0].where) == ("E503", "motion")


def test_tables_have_a_row_per_quantity_and_year(expected):
    table = expected_losses.table(expected)
    assert list(table["quantity"]) == list(QUANTITIES)
    assert list(table.columns) == ["year", "quantity", "unit", "mean", "p10", "p90"]
