"""Losses event by event: against a slow twin, against the expectation without simulation, and what must hold."""

import numpy as np
import pytest
import xarray as xr
from tests.seismic import event_losses_twin as twin
from tests.seismic.test_risk import make_forecast

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
from mijnrisico.seismic.event_shaking import LN_G
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
    """With tables of the whole scatter it would be 0.03 to 0.4 %."""
    leaf, built, at = (0, 1, 1), field.stock, np.arange(-3.0, -1.0, 0.001)
    buildings = built.by_class(built.number[leaf[0]]).sum(axis=0)
    table = leaf_failure(field, leaf).of_average[..., :3].sum(axis=0, dtype=float)
    read = np.stack([np.interp(at, LN_G, table[:, state]) for state in range(3)])
    exact = np.einsum("n,nkz->kz", buildings, loss.damage(field.vulnerable, at)[:, leaf[1], :3])
    np.testing.assert_allclose(read.sum(axis=1), exact.sum(axis=1), rtol=2e-4)


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
