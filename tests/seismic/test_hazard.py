"""The hazard sum against every cell, magnitude and branch, and properties that must hold."""

import numpy as np
import pytest
import xarray as xr

from mijnrisico.core import curve, logic_tree
from mijnrisico.core.workers import threads
from mijnrisico.errors import InputError
from mijnrisico.seismic import hazard, rupture, site
from mijnrisico.seismic.hazard import motion_tree
from mijnrisico.seismic.hazard.asked import asked
from mijnrisico.seismic.hazard.exceedance import exceedance
from mijnrisico.seismic.motion import bommer_2021

from . import hazard_twin as twin

MAGNITUDES = np.round(np.arange(1.5, 6.6, 0.5), 1)
BINS = np.round(np.arange(1.5, 6.55, 0.1), 1)


def sites_at(*points):
    x, y = np.array(points).T
    return site.sites_at(x, y)


@pytest.fixture(scope="module")
def three_sites():
    return sites_at((246_000.0, 595_000.0), (250_000.0, 591_000.0), (241_000.0, 585_500.0))


@pytest.fixture(scope="module")
def made():
    return twin.forecast(BINS)


@pytest.fixture(scope="module")
def found(made, three_sites):
    return hazard.hazard(made, three_sites, curves=True, return_periods=(95.0, 475.0, 2475.0), thresholds=(0.05, 0.1))


@pytest.mark.parametrize("component", ["geometric_mean", pytest.param("arbitrary", marks=pytest.mark.slow)])
def test_mean_and_fractiles_equal_the_sum_over_every_cell_magnitude_and_branch(component):
    few = twin.forecast(MAGNITUDES, cells=5, spacing=1250.0)
    sites = sites_at((247_500.0, 596_500.0))
    ours = hazard.hazard(few, sites, component=component, curves=True, return_periods=(95.0, 475.0))
    level_g = ours["level"].to_numpy()
    distance = np.geomspace(2.9, 12.0, 150)
    curves, weights = twin.branch_curves(
        few, 247_500.0, 596_500.0, int(sites["zone"][0]), level_g, distance, component=component
    )
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    mean = np.einsum("b,ybl->yl", weights, curves)
    np.testing.assert_allclose(ours["rate"].sel(statistic="mean")[0], mean, rtol=2e-3, atol=1e-9)
    for year in range(2):
        for period in (95.0, 475.0):
            slow = twin.statistics(curves[year], weights, level_g, period)
            fast = ours["level_g"].sel(return_period=period).isel(site=0, year=year)
            np.testing.assert_allclose(fast, slow, rtol=1e-3)
        share = weights[curves[year][:, np.argmin(np.abs(level_g - 0.05))] >= 1 / 95.0].sum()
        assert float(ours["share"][0, year, 0]) == pytest.approx(share, abs=0.01)


def all_branches(made, sites, at, level_g):
    """Curves (year, branch, level) and weights of every branch, from the same contributions, added up plainly."""
    ready = hazard.sources(made)
    rates = hazard.site_rates(ready, sites.isel(site=[at]))["rate"].to_numpy()[0]
    table = rupture.projection(ready.magnitude)
    p = exceedance(asked(bommer_2021.V7), int(sites["zone"][at]), ready.magnitude, table.distance_km, level_g)[0]
    p = p.reshape(*p.shape[:3], 18, -1)
    parts = np.einsum("mryb,mrctl->ybmctl", rates, p, optimize=True)
    branches = hazard.tree(ready.magnitude)
    group = logic_tree.same_rows(branches.median_weight)
    picked = branches.intervals.branch[:, group]
    curves = np.stack([parts[:, :, np.arange(group.size), one].sum(axis=2) for one in picked], axis=2)
    weights = logic_tree.joint_weights(ready.weight, branches.intervals.weight, branches.motion_weight)
    direct = np.einsum("ybmctl,b,mc,t->yl", parts, ready.weight, branches.median_weight, branches.motion_weight)
    return curves.reshape(curves.shape[0], -1, level_g.size), weights.ravel(), direct


def test_the_mean_of_the_tree_is_direct_weighting_and_the_fractiles_are_those_of_all_branches(made, three_sites, found):
    level_g = found["level"].to_numpy()
    curves, weights, direct = all_branches(made, three_sites, 0, level_g)
    assert weights.size == found.attrs["branches"]
    tree_mean = np.einsum("b,ybl->yl", weights, curves)
    np.testing.assert_allclose(tree_mean, direct, rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(found["rate"].sel(statistic="mean")[0], direct, rtol=1e-7, atol=1e-15)
    for year in range(curves.shape[0]):
        for f, name in ((0.1, "p10"), (0.5, "p50"), (0.9, "p90")):
            slow = [curve.weighted_fractile(curves[year][:, k], weights, f)[0] for k in range(level_g.size)]
            np.testing.assert_allclose(found["rate"].sel(statistic=name)[0, year], slow, rtol=1e-6, atol=1e-15)
            for period in (95.0, 475.0, 2475.0):
                levels = curve.return_level(level_g, curves[year], period)
                expected = curve.weighted_fractile(levels, weights, f)[0]
                ours = float(found["level_g"].sel(return_period=period, statistic=name)[0, year])
                assert np.isneginf(expected) == np.isnan(ours)
                if not np.isnan(ours):
                    assert ours == pytest.approx(expected, rel=1e-7)
        for k, threshold in enumerate((0.05, 0.1)):
            at = int(np.argmin(np.abs(level_g - threshold)))
            share = weights[curves[year][:, at] >= 1 / 95.0].sum()
            assert float(found["share"][0, year, k]) == pytest.approx(share, abs=1e-6)


def test_curves_of_the_branches_equal_adding_up_every_group():
    rng = np.random.default_rng(7)
    branches = hazard.tree(BINS)
    parts = rng.exponential(size=(len(branches.groups), 3, 4, 18, 40))
    table = np.empty((3, branches.intervals.weight.size, 18, 40))
    motion_tree.branch_curves(parts, branches.intervals.branch, table)
    picked = branches.intervals.branch
    slow = np.stack([sum(parts[g, :, c] for g, c in enumerate(one)) for one in picked], axis=1)
    np.testing.assert_allclose(table, slow, rtol=1e-12)


def test_site_rates_equal_the_sum_over_every_cell(made, three_sites):
    ours = hazard.site_rates(made, three_sites)
    table = rupture.projection(BINS)
    rates = twin.cell_rates(made)
    for at in range(3):
        east = float(three_sites["x"][at]) - made["cell_x"].to_numpy()
        north = float(three_sites["y"][at]) - made["cell_y"].to_numpy()
        slow = np.einsum("cmr,cmyb->mryb", rupture.projected_weights(table, east, north), rates, optimize=True)
        np.testing.assert_allclose(ours["rate"][at], slow, rtol=0, atol=1e-8 * slow.max())
        largest = np.abs(slow).max(axis=(1, 2, 3), keepdims=True)
        assert np.max(np.abs(ours["rate"][at].to_numpy() - slow) / largest) < 1e-7
    total = rates.sum(axis=0)
    np.testing.assert_allclose(ours["rate"].sum("distance"), np.broadcast_to(total, (3, *total.shape)), rtol=1e-7)
    mean = hazard.site_rates(made, three_sites, branch_mean=True)
    np.testing.assert_allclose(mean["rate"], (ours["rate"] * made["weight"]).sum("branch"), rtol=1e-9, atol=1e-16)


def test_a_forecast_with_many_different_maps_is_still_summed_exactly():
    """Maps without any structure: nothing can be left out of the basis."""
    rough = twin.forecast(MAGNITUDES, cells=10)
    maps = np.random.default_rng(0).random(rough["maps"].shape)
    rough = rough.assign(maps=(rough["maps"].dims, maps))
    sites = sites_at((246_000.0, 595_000.0))
    table = rupture.projection(MAGNITUDES)
    weights = rupture.projected_weights(table, 246_000.0 - rough["cell_x"], 595_000.0 - rough["cell_y"])
    slow = np.einsum("cmr,cmyb->mryb", weights, twin.cell_rates(rough), optimize=True)
    np.testing.assert_allclose(hazard.site_rates(rough, sites)["rate"][0], slow, atol=1e-8)


def test_hazard_doubles_when_the_rate_doubles(made, three_sites, found):
    twice = hazard.hazard(
        made.assign(coefficient=2.0 * made["coefficient"]), three_sites, curves=True, thresholds=(0.05, 0.1)
    )
    np.testing.assert_allclose(twice["rate"], 2.0 * found["rate"], rtol=1e-9, atol=1e-18)


def test_hazard_falls_with_the_level_in_every_statistic(found):
    rate = found["rate"].to_numpy()
    assert np.all(rate >= 0.0)
    assert np.all(np.diff(rate, axis=2) <= 1e-15)


def test_fractiles_are_in_order_and_levels_rise_with_the_return_period(found):
    level = found["level_g"]
    ordered = [level.sel(statistic=name).to_numpy() for name in ("p10", "p50", "p90")]
    known = ~np.isnan(ordered[0])
    assert np.all(ordered[0][known] <= ordered[1][known])
    assert np.all(ordered[1][known] <= ordered[2][known])
    assert np.all(np.diff(level.sel(statistic="mean").transpose("return_period", ...), axis=0) > 0.0)


def test_the_order_and_company_of_sites_do_not_matter(made, three_sites, found):
    turned = hazard.hazard(made, three_sites.isel(site=[2, 0, 1]), curves=True, thresholds=(0.05, 0.1))
    alone = hazard.hazard(made, three_sites.isel(site=[1]), curves=True, thresholds=(0.05, 0.1))
    np.testing.assert_array_equal(turned["rate"].isel(site=[1, 2, 0]), found["rate"])
    np.testing.assert_array_equal(alone["rate"][0], found["rate"][1])


def test_the_number_of_threads_does_not_matter(made, three_sites, found, monkeypatch):
    for count in (1, 3):
        monkeypatch.setattr("mijnrisico.seismic.hazard.at_sites.threads", lambda count=count: threads(count))
        again = hazard.hazard(made, three_sites, curves=True, thresholds=(0.05, 0.1))
        np.testing.assert_array_equal(again["rate"], found["rate"])


def test_a_share_and_a_fractile_never_contradict_each_other(made, three_sites):
    thresholds = tuple(np.geomspace(0.004, 0.2, 9))
    result = hazard.hazard(made, three_sites, return_periods=(95.0,), thresholds=thresholds)
    for name, share in (("p10", 0.9), ("p50", 0.5), ("p90", 0.1)):
        level = result["level_g"].sel(statistic=name).isel(return_period=0)
        above = (level * (1 + 1e-12) >= result["threshold"]).transpose("site", "year", "threshold").to_numpy()
        enough = result["share"].to_numpy() > share + 1e-9
        np.testing.assert_array_equal(above[enough], True)
        assert not np.any(above & (result["share"].to_numpy() < share - 1e-9))
    mean_above = result["level_g"].sel(statistic="mean").isel(return_period=0) * (1 + 1e-12) >= result["threshold"]
    rate = result["mean_rate"].sel(level=result["threshold"].to_numpy()).to_numpy()
    np.testing.assert_array_equal(mean_above.transpose("site", "year", "threshold"), rate >= 1.0 / 95.0)


def test_the_arbitrary_component_is_a_few_percent_higher(made, three_sites, found):
    arbitrary = hazard.hazard(made, three_sites, component="arbitrary")
    ratio = arbitrary["level_g"].sel(statistic="mean") / found["level_g"].sel(
        statistic="mean", return_period=[475.0, 2475.0]
    )
    assert float(ratio.min()) > 1.01
    assert float(ratio.max()) < 1.25


def test_a_dwelling_mound_raises_pga_by_its_factor(made, three_sites, found):
    mound = hazard.hazard(made, three_sites, surface="wierde")
    ratio = mound["level_g"] / found["level_g"].sel(return_period=[475.0, 2475.0])
    np.testing.assert_allclose(ratio.to_numpy()[~np.isnan(ratio)], np.exp(0.2), rtol=1e-3)


def test_a_site_without_a_zone_is_blank_and_counted(made, three_sites, found):
    blank = three_sites.copy()
    blank["zone"] = ("site", np.array([site.NO_ZONE, *three_sites["zone"].to_numpy()[1:]]))
    result = hazard.hazard(made, blank, thresholds=(0.05, 0.1))
    assert np.all(np.isnan(result["level_g"][0]))
    assert np.all(np.isnan(result["share"][0]))
    assert result.attrs["sites_without_zone"] == 1
    np.testing.assert_array_equal(result["level_g"][1:], found["level_g"][1:].sel(return_period=[475.0, 2475.0]))


def test_a_level_below_the_lowest_is_flagged_and_not_extrapolated(made, three_sites):
    quiet = hazard.hazard(made.assign(coefficient=1e-6 * made["coefficient"]), three_sites)
    assert np.all(np.isnan(quiet["level_g"]))
    assert np.all(quiet["flag"] == -1)
    assert quiet.attrs["below_lowest_level"] == quiet["flag"].size
    np.testing.assert_array_equal(quiet["share"], 0.0)


def test_what_lies_beyond_the_largest_distance_is_counted(made):
    far = xr.Dataset({"x": ("site", [246_000.0]), "y": ("site", [595_000.0 - 70_000.0]), "zone": ("site", [1001])})
    seen = hazard.site_rates(made, far)
    total = twin.cell_rates(made).sum(axis=(0, 1))
    np.testing.assert_allclose(seen["beyond"][0] + seen["rate"][0].sum(["magnitude", "distance"]), total, rtol=1e-7)
    assert 0.0 < float(seen["beyond"][0, 0, 0]) < total[0, 0]
    share = hazard.hazard(made, far).attrs["share_of_rate_beyond_largest_distance"]
    assert share == pytest.approx(
        float(seen["beyond"].weighted(made["weight"]).mean("branch").sum() / (total @ made["weight"].to_numpy()).sum()),
        rel=1e-6,
    )


def test_levels_hold_the_thresholds_exactly_once_and_rise():
    grid = hazard.levels((0.05, 0.0501, 0.1))
    assert 0.0501 in grid
    assert 0.05 in grid
    assert 0.1 in grid
    others = grid[~np.isin(grid, (0.05, 0.0501, 0.1))]
    for threshold in (0.05, 0.0501, 0.1):
        assert np.abs(np.log(others / threshold)).min() > 0.2 / 5.0 - 1e-9
    assert 0.05 in hazard.levels()
    assert grid[0] <= 0.001
    assert grid[-1] >= 3.0


@pytest.mark.parametrize(
    "wrong", [{"return_periods": (0.0,)}, {"thresholds": (-0.05,)}, {"imt": "PGV"}, {"return_periods": (np.nan,)}]
)
def test_settings_that_make_no_sense_are_refused(made, three_sites, wrong):
    with pytest.raises(InputError) as refused:
        hazard.hazard(made, three_sites, **wrong)
    assert refused.value.code == "E503"


def test_source_weights_that_do_not_sum_to_one_are_refused(made, three_sites):
    with pytest.raises(InputError) as refused:
        hazard.hazard(made.assign(weight=made["weight"] * 0.9), three_sites)
    assert refused.value.code == "E504"


def test_progress_ends_at_one(made, three_sites):
    seen = []
    hazard.hazard(made, three_sites, progress=seen.append)
    assert seen == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_every_branch_on_request_gives_back_the_mean_and_the_share(made, three_sites, found):
    of_branches = hazard.branches(made, three_sites.isel(site=[0]), 2024, thresholds=(0.05, 0.1))
    weight = of_branches["weight"]
    assert float(weight.sum()) == pytest.approx(1.0, abs=1e-12)
    mean = (of_branches["rate"] * weight).sum(("source", "interval", "motion"))
    np.testing.assert_allclose(mean, found["mean_rate"][0, 0], rtol=1e-6, atol=1e-15)
    every = of_branches["rate"].transpose("level", ...).to_numpy().reshape(of_branches.sizes["level"], -1)
    slack = 1e-9 * every.max(axis=1) + 1e-18
    assert np.all(found["mean_rate"][0, 0] >= every.min(axis=1) - slack)
    assert np.all(found["mean_rate"][0, 0] <= every.max(axis=1) + slack)
    assert np.all(np.diff(every, axis=0) <= 1e-15)
    above = float(weight.where(of_branches["rate"].sel(level=0.05) >= 1.0 / 95.0).sum())
    assert above == pytest.approx(float(found["share"][0, 0, 0]), abs=1e-6)


def test_any_fractiles_are_given_and_do_not_cross(made, three_sites, found):
    settings = {"return_periods": (95.0, 475.0, 2475.0), "thresholds": (0.05, 0.1)}
    five = hazard.hazard(made, three_sites, fractiles=(0.05, 0.1, 0.5, 0.9, 0.95), **settings)
    assert list(five["statistic"].to_numpy()) == ["mean", "p5", "p10", "p50", "p90", "p95"]
    same = [name for name in found["statistic"].to_numpy() if name in five["statistic"]]
    np.testing.assert_array_equal(five["level_g"].sel(statistic=same), found["level_g"].sel(statistic=same))
    ordered = five["level_g"].sel(statistic=["p5", "p10", "p50", "p90", "p95"]).to_numpy()
    assert np.all((np.diff(ordered, axis=-1) >= 0.0) | np.isnan(np.diff(ordered, axis=-1)))


def test_the_mean_alone_is_that_of_the_tree(made, three_sites, found):
    alone = hazard.hazard(made, three_sites, return_periods=(95.0, 475.0, 2475.0), fractiles=(), thresholds=(0.05, 0.1))
    np.testing.assert_allclose(alone["mean_rate"], found["mean_rate"], rtol=1e-5, atol=1e-15)
    assert list(alone["statistic"].to_numpy()) == ["mean"]
    assert np.all(np.isnan(alone["share"]))


def test_several_measures_at_once_are_each_the_mean_of_that_measure(made, three_sites):
    found = hazard.means(made, three_sites, ["PGA", "SA(0.3)"], component="arbitrary")
    for measure, one in found.items():
        alone = hazard.hazard(made, three_sites, imt=measure, component="arbitrary", thresholds=())
        np.testing.assert_allclose(one["mean_rate"], alone["mean_rate"], rtol=1e-5, atol=1e-15)
        np.testing.assert_allclose(one["level_g"][..., 0], alone["level_g"].sel(statistic="mean"), rtol=1e-5)


@pytest.mark.parametrize("fractiles", [(), (0.5,)])
def test_sites_that_all_lack_a_zone_are_blank(made, three_sites, fractiles):
    nowhere = three_sites.assign(zone=("site", np.full(3, site.NO_ZONE)))
    blank = hazard.hazard(made, nowhere, fractiles=fractiles)
    assert np.all(np.isnan(blank["level_g"]))
    assert blank.attrs["sites_without_zone"] == 3


@pytest.mark.parametrize("bad", [{"fractiles": (1.5,)}, {"truncation": -1.0}, {"imt": "PGD"}, {"motion": "V9"}])
def test_what_makes_no_sense_is_refused(made, three_sites, bad):
    with pytest.raises(InputError) as refused:
        hazard.hazard(made, three_sites, **bad)
    assert refused.value.code == "E503"


def test_two_thresholds_close_to_each_other_are_both_points_of_the_curve():
    level = hazard.levels((0.05, 0.0518))
    assert 0.05 in level
    assert 0.0518 in level
    assert np.all(np.diff(level) > 0.0)


def test_a_forecast_made_ready_for_another_model_is_refused(made, three_sites):
    with pytest.raises(InputError) as refused:
        hazard.hazard(hazard.sources(made, motion="V6"), three_sites)
    assert refused.value.problems[0].where == "forecast"
