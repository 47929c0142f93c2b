"""Local personal risk: what must hold, and the same numbers by brute force."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mijnrisico.core import curve
from mijnrisico.errors import InputError
from mijnrisico.seismic import average_sa, hazard, loss, risk, risk_tree, site
from mijnrisico.seismic.average_sa import GRID_LN_G
from mijnrisico.seismic.forecast import compress
from mijnrisico.seismic.motion import MODELS
from mijnrisico.seismic.motion import bommer_2021 as motion

CLASSES = ("URM1F_B", "URM4L", "RC1L")
MAGNITUDE = np.round(np.arange(1.5, 6.55, 0.1), 1)


def make_forecast(scale: float = 1.0, branches: int = 2) -> xr.Dataset:
    """A few cells around Loppersum with rates that fall with magnitude and year and differ between branches."""
    east, north = np.meshgrid(np.arange(240_250.0, 251_000.0, 2_000.0), np.arange(590_250.0, 599_000.0, 2_000.0))
    generator = np.random.default_rng(5)
    left = 10.0 ** -(MAGNITUDE[:, None, None] - 1.5) * generator.uniform(0.5, 1.5, (1, east.size, 2)) * 0.1 * scale
    year, branch = np.arange(3), np.arange(branches)
    right = np.exp(-0.2 * year[:, None]) * (1.0 + 0.6 * branch) * np.ones((MAGNITUDE.size, 2, 1, 1))
    maps, coefficient = compress(np.einsum("mck,mkyb->mcyb", left, right), tolerance=1e-13)
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", np.array([0.3, 0.7])[:branches] / np.array([0.3, 0.7])[:branches].sum()),
        },
        coords={
            "magnitude": MAGNITUDE,
            "year": 2024 + year,
            "branch": [f"b{k}" for k in branch],
            "cell_x": ("cell", east.ravel()),
            "cell_y": ("cell", north.ravel()),
        },
    )


@pytest.fixture(scope="module")
def sites():
    return site.sites_at([245_600.0, 250_100.0, 100_000.0], [594_790.0, 590_000.0, 450_000.0])


@pytest.fixture(scope="module")
def forecast():
    return make_forecast()


@pytest.fixture(scope="module")
def mean(forecast, sites):
    return risk.risk(forecast, sites, classes=CLASSES)


@pytest.fixture(scope="module")
def tree(forecast, sites):
    return risk_tree.lpr_fractiles(forecast, sites, CLASSES)


def test_risk_doubles_when_the_rate_doubles(sites, mean):
    twice = risk.risk(make_forecast(2.0), sites, classes=CLASSES)
    np.testing.assert_allclose(twice["lpr_mean"], 2.0 * mean["lpr_mean"], rtol=1e-9)


def test_risk_falls_with_the_rate_over_the_years(mean):
    ratio = mean["lpr_mean"].isel(site=[0, 1], year=1) / mean["lpr_mean"].isel(site=[0, 1], year=0)
    np.testing.assert_allclose(ratio, np.exp(-0.2), rtol=1e-9)


def test_a_site_without_a_zone_has_no_value_and_is_counted(mean, tree):
    assert mean["lpr_mean"].isel(site=2).isnull().all()
    assert tree["lpr"].isel(site=2).isnull().all()
    assert mean.attrs["sites_without_zone"] == 1


def test_the_mean_over_the_tree_is_the_mean_risk(mean, tree):
    np.testing.assert_allclose(tree["lpr"].sel(statistic="mean"), mean["lpr_mean"], rtol=1e-6)


def test_fractiles_are_ordered(tree):
    lpr = tree["lpr"].isel(site=[0, 1])
    assert (lpr.sel(statistic="p10") < lpr.sel(statistic="p50")).all()
    assert (lpr.sel(statistic="p50") < lpr.sel(statistic="p90")).all()


def test_mean_and_fractiles_equal_brute_force_over_every_leaf(forecast, sites, tree):
    rates = hazard.site_rates(forecast, sites.isel(site=[0])).isel(site=0)["rate"]
    at = average_sa.reference(rates["magnitude"].to_numpy(), rates["distance"].to_numpy())
    intensity = average_sa.zone_intensity(int(sites["zone"][0]), at)
    model = loss.vulnerability("TNO2020", ("URM4L",))
    of_sa = loss.loss_given_sa_avg(model, GRID_LN_G)[0]
    of_pga = loss.loss_given_pga(model, GRID_LN_G)[0]
    given = np.empty((4, 3, 2, 3, 3, 3, MAGNITUDE.size, rates.sizes["distance"]))
    for branch, index in enumerate(itertools.product(range(4), range(3), range(2), range(3))):
        sa_avg, pga = intensity.branch_density(branch)
        for f, c in itertools.product(range(3), range(3)):
            given[(*index, f, c)] = (sa_avg @ of_sa[f, c] + pga @ of_pga[c]).reshape(given.shape[-2:])
    threshold = np.unique(np.cumsum(motion.median_weights(MAGNITUDE), axis=1).round(12))
    edges = np.unique(np.concatenate([[0.0], threshold]))
    values, weights = [], []
    seen = rates.isel(year=1).transpose("branch", "magnitude", "distance").to_numpy()
    for low, high in itertools.pairwise(edges):
        u = 0.5 * (low + high)
        median = (u > np.cumsum(motion.median_weights(MAGNITUDE), axis=1)).sum(axis=1)
        chosen = given[median, :, :, :, :, :, np.arange(MAGNITUDE.size)]
        for source in range(2):
            leaf = np.einsum("mr,mtpefcr->tpefc", seen[source], chosen)
            parts = (motion.TAU_WEIGHTS, motion.PHI_SS_WEIGHTS, motion.SITE_EPSILON_WEIGHTS)
            weight = np.einsum("t,p,e,f,c->tpefc", *parts, model.fragility_weight, model.consequence_weight)
            values.append(leaf.ravel())
            weights.append((high - low) * float(forecast["weight"][source]) * weight.ravel())
    values, weights = np.concatenate(values), np.concatenate(weights)
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    expected = [values @ weights, *curve.weighted_fractile(values, weights, [0.1, 0.5, 0.9])]
    ours = tree["lpr"].sel(vulnerability_class="URM4L").isel(site=0, year=1)
    np.testing.assert_allclose(ours, expected, rtol=1e-6)
    assert tree.attrs["leaves"] == values.size


def test_only_the_asked_answers_are_computed(forecast, sites, tree):
    wanted = np.array([[True, False, True], [False, False, False], [True, True, True]])
    some = risk_tree.lpr_fractiles(forecast, sites, CLASSES, only=wanted)["lpr"]
    assert some.isel(site=1).isnull().all()
    assert some.isel(site=0, vulnerability_class=1).isnull().all()
    np.testing.assert_array_equal(
        some.isel(site=0, vulnerability_class=2), tree["lpr"].isel(site=0, vulnerability_class=2)
    )


@pytest.fixture(scope="module")
def tables(forecast, sites):
    ready = hazard.sources(forecast)
    zones = [zone for zone in sites["zone"].to_numpy() if zone >= 0]
    return risk.loss_tables(zones, ready.magnitude, ready.table().distance_km, classes=CLASSES)


def test_loss_tables_of_one_forecast_serve_another(forecast, sites, mean, tables):
    np.testing.assert_array_equal(risk.risk(forecast, sites, classes=CLASSES, tables=tables)["lpr_mean"], mean.lpr_mean)
    other = make_forecast(3.0, branches=1)
    given = risk.risk(other, sites, classes=CLASSES[1:2], tables=tables)["lpr_mean"]
    np.testing.assert_allclose(given, risk.risk(other, sites, classes=CLASSES[1:2])["lpr_mean"], rtol=1e-12)


def test_loss_tables_in_single_precision_cost_less_than_a_millionth_of_the_risk(forecast, sites, mean, tables):
    rates = hazard.site_rates(forecast, sites.isel(site=[1]), branch_mean=True).isel(site=0)["rate"]
    at = average_sa.reference(MAGNITUDE, rates["distance"].to_numpy())
    curves = loss.mean_loss(loss.vulnerability("TNO2020", CLASSES), GRID_LN_G)
    exact = risk.zone_loss(average_sa.zone_intensity(int(sites["zone"][1]), at), *curves)
    seen = rates.transpose("year", "magnitude", "distance").to_numpy().reshape(3, -1)
    np.testing.assert_allclose(mean["lpr_mean"].isel(site=1), seen @ exact, rtol=1e-6)
    assert tables["loss"].dtype == np.float32


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"surface": "wierde"}, "surface"),
        ({"model": "V7"}, "vulnerability_model"),
        ({"site_term": "aleatory"}, "site_term"),
        ({"classes": ("URM1F_B", "W2")}, "W2"),
    ],
)
def test_loss_tables_of_other_settings_are_refused(forecast, sites, tables, change, says):
    with pytest.raises(ValueError, match=says):
        risk.risk(forecast, sites, **{"classes": CLASSES, "tables": tables} | change)


def test_loss_tables_of_other_nodes_or_fewer_zones_are_refused(forecast, sites, tables):
    for wrong, says in (
        (tables.isel(zone=[0]), "zone"),
        (tables.isel(magnitude=slice(1, None)), "magnitude"),
        (tables.assign_coords(distance=1.01 * tables["distance"]), "distance"),
    ):
        with pytest.raises(ValueError, match=says):
            risk.risk(forecast, sites, classes=CLASSES, tables=wrong)


def test_a_dwelling_mound_is_more_dangerous(forecast, sites, mean):
    wierde = risk.risk(forecast, sites, classes=CLASSES, surface="wierde")["lpr_mean"].isel(site=0)
    assert (wierde > 1.2 * mean["lpr_mean"].isel(site=0)).all()
    assert wierde.notnull().all()


def test_sites_do_not_influence_each_other(forecast, sites, mean):
    alone = risk.risk(forecast, sites.isel(site=[1]), classes=CLASSES[::-1])["lpr_mean"]
    np.testing.assert_allclose(alone.sel(vulnerability_class=list(CLASSES)), mean["lpr_mean"].isel(site=[1]), rtol=1e-9)


def test_the_highest_node_is_found_among_sites_with_a_value(mean):
    highest = risk.highest_nodes(mean["lpr_mean"], 2024)
    assert highest.dims == ("vulnerability_class",)
    assert (highest < 2).all()


def test_the_risk_of_one_event_is_a_probability_that_falls_with_distance():
    model = loss.vulnerability("TNO2020")
    at = average_sa.reference([3.0, 5.0, 6.5], [3.0, 7.0, 15.0, 40.0])
    given = risk.zone_loss(average_sa.zone_intensity(2821, at), *loss.mean_loss(model, GRID_LN_G)).reshape(3, 4, -1)
    assert given.min() >= 0.0
    assert given.max() < 1.0
    assert (np.diff(given, axis=1) <= 0.0).all()
    assert (np.diff(given, axis=0) >= 0.0).all()


def test_the_loss_of_one_event_with_v7_as_published_is_what_it_was():
    at = average_sa.reference([3.0, 5.0, 6.5], [3.0, 15.0])
    tables = loss.mean_loss(loss.vulnerability("TNO2020", ("URM1F_B", "RC1L")), GRID_LN_G)
    given = risk.zone_loss(average_sa.zone_intensity(2821, at), *tables)
    expected = [
        [3.3880385998151045e-07, 2.0122997318199115e-09],
        [4.767443706735315e-23, 1.5542036489893584e-24],
        [0.019205792964158204, 0.00031391966051714197],
        [7.290684992520978e-05, 4.959745723508256e-07],
        [0.07219028122538744, 0.0017729790169285838],
        [0.016706126257467542, 0.00024873624381037586],
    ]
    np.testing.assert_allclose(given, expected, rtol=1e-12)


@pytest.fixture(scope="module")
def aleatory(forecast, sites):
    return {
        correlation: risk.risk(forecast, sites, classes=CLASSES, site_term="aleatory", site_correlation=correlation)
        for correlation in ("zero", "consistent", "full")
    }


def test_risk_grows_with_the_correlation_of_an_aleatory_site_term(aleatory):
    zero, consistent, full = (found["lpr_mean"].isel(site=[0, 1]) for found in aleatory.values())
    assert (zero < consistent).all()
    assert (consistent < full).all()


def test_scatter_with_one_deviation_for_all_periods_gives_nearly_the_mean_of_the_site_branches(mean, aleatory):
    ratio = (aleatory["full"]["lpr_mean"] / mean["lpr_mean"]).isel(site=[0, 1])
    assert (abs(ratio - 1.0) < 0.05).all()


def test_results_say_which_motion_model_and_site_term_they_rest_on(mean, tree, aleatory):
    for found in (mean, tree):
        assert found.attrs["motion_model"] == motion.MODEL.name
        assert (found.attrs["site_term"], found.attrs["site_correlation"]) == ("epistemic", "full")
    for correlation, found in aleatory.items():
        assert (found.attrs["site_term"], found.attrs["site_correlation"]) == ("aleatory", correlation)


def test_v6_has_scatter_for_its_site_term_and_a_wider_band_where_it_is_branches(forecast, sites):
    ready, some = hazard.sources(forecast, motion="V6"), sites.isel(site=[0, 2])
    found = risk.risk(ready, some, classes=CLASSES, motion="V6")
    scatter = risk_tree.lpr_fractiles(ready, some, CLASSES, motion="V6")
    branches = risk_tree.lpr_fractiles(ready, some, CLASSES, motion="V6", site_term="epistemic")
    assert found.attrs["site_term"] == scatter.attrs["site_term"] == "aleatory"
    assert scatter.attrs["leaves"] == 2 * 4 * 2 * 3 * 3
    assert branches.attrs["leaves"] == 3 * scatter.attrs["leaves"]
    np.testing.assert_allclose(scatter["lpr"].sel(statistic="mean"), found["lpr_mean"], rtol=1e-6)
    narrow, wide = (
        one["lpr"].sel(statistic="p90").isel(site=0) / one["lpr"].sel(statistic="p10").isel(site=0)
        for one in (scatter, branches)
    )
    assert (wide > narrow).all()


def test_a_motion_model_without_the_periods_of_sa_avg_is_an_input_error(forecast, sites):
    without = replace(MODELS["V7"], correlation=None)
    for motion_model in ("V9", "bommer_2021_pgv", without):
        with pytest.raises(InputError, match="E503"):
            risk.risk(forecast, sites, classes=CLASSES, motion=motion_model)


def test_an_unknown_class_is_an_input_error(forecast, sites):
    with pytest.raises(InputError, match="E503"):
        risk.risk(forecast, sites, classes=["URM99"])
