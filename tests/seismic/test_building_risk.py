"""Risk of buildings: the mean beside that at the point itself, the tree beside every leaf written out."""

import numpy as np
import pytest
import xarray as xr
from tests.seismic.test_risk import make_forecast

from mijnrisico.core import curve
from mijnrisico.seismic import average_sa, building_counts, building_risk, building_tree, loss, risk, risk_tree, site
from mijnrisico.seismic import building_tables as tables
from mijnrisico.seismic.average_sa import GRID_LN_G
from mijnrisico.seismic.exposure import buildings as exposure
from mijnrisico.seismic.hazard import motion_tree
from mijnrisico.seismic.hazard.rates import for_model
from mijnrisico.seismic.motion import MODELS
from mijnrisico.seismic.motion.model import Surface

YEARS = (2024, 2026)
WEIGHT = {"one": 0.75, "other": 0.25}
X = np.array([245_640.0, 245_690.0, 245_640.0, 246_180.0, 100_000.0])
Y = np.array([594_790.0, 594_700.0, 594_790.0, 594_410.0, 450_000.0])
NUMBER = np.array([1.0, 2.0, 40.0, 0.5, 3.0])
MUNICIPALITY = np.array(["Eemsdelta", "Groningen", "", "Eemsdelta", "Assen"], dtype=object)
TOGETHER = [0, 1, 3]


def mixes() -> np.ndarray:
    """Two mappings of three kinds of buildings."""
    known = exposure.classes()
    share = np.zeros((2, 5, len(known)))
    share[:, [0, 1, 3, 4], known.index("URM4L")] = 0.6
    share[0][[0, 1, 3, 4], known.index("URM1F_B")] = 0.4
    share[1][[0, 1, 3, 4], known.index("RC1L")] = 0.4
    share[:, 2, known.index("URM1F_B")] = 1.0
    return share


@pytest.fixture(scope="module")
def forecast():
    return make_forecast(scale=300.0)


@pytest.fixture(scope="module")
def buildings():
    zone = site.zone_of(X, Y)
    zone[:4] = zone[0]
    wierde = np.array([False, False, True, False, False])
    return exposure.of(
        list("abcde"), X, Y, mixes(), mapping=WEIGHT, number=NUMBER, zone=zone, wierde=wierde, municipality=MUNICIPALITY
    )


@pytest.fixture(scope="module")
def ready(forecast):
    return for_model(forecast, MODELS["V7"])


@pytest.fixture(scope="module")
def risk_at(ready, buildings):
    """Risk of every class at the nodes around the buildings."""
    return building_risk.at_nodes(ready, building_risk.nodes(buildings).sites)


@pytest.fixture(scope="module")
def mean(buildings, risk_at):
    return building_risk.summed(buildings, building_risk.nodes(buildings), risk_at)


@pytest.fixture(scope="module")
def tree(ready, buildings, risk_at):
    return building_tree.over_tree(ready, buildings, years=YEARS, risk_at=risk_at)


@pytest.fixture(scope="module")
def exact_tree(ready, buildings):
    """Buildings on ordinary ground in 2026, each with its own leaves."""
    return building_tree.over_tree(ready, buildings.isel(building=TOGETHER), years=[2026], place_m=0.01)


@pytest.fixture(scope="module")
def leaves(ready, buildings):
    """Leaves (mapping, source, interval, other) of the buildings on ordinary ground, and their weights, in 2026."""
    vulnerable, few = risk_tree.basis("TNO2020", exposure.classes())
    all_leaves = risk_tree.Leaves(ready, vulnerable, MODELS["V7"], "epistemic")
    intensity = average_sa.zone_intensity(int(buildings["zone"][0]), risk_tree.reference_of(ready, MODELS["V7"]))
    given = risk_tree.expected(intensity, few)
    moment = risk_tree.moments(ready, X[TOGETHER], Y[TOGETHER], given)
    found = np.zeros((len(TOGETHER), 2, *all_leaves.weight.shape))
    (parts, one) = all_leaves.room()
    for k in range(len(TOGETHER)):
        for c in np.flatnonzero(mixes()[:, 0].any(axis=0)):
            all_leaves.of_year(all_leaves.parts(moment[k], few.coefficient[c : c + 1])[0], 2, parts[0])
            risk_tree.fill_leaves(parts[0], all_leaves.picks, one[0])
            found[k] += mixes()[:, 0, c][:, None, None, None] * one[0]
    return found, np.multiply.outer(np.array(list(WEIGHT.values())), all_leaves.weight)


def test_the_mean_is_that_of_its_classes_at_the_point_itself(forecast, buildings, mean):
    share = np.tensordot(list(WEIGHT.values()), mixes(), axes=1)
    grounds: dict[Surface, list[int]] = {"regular": [0, 1, 3], "wierde": [2]}
    for surface, rows in grounds.items():
        exact = risk.risk(
            forecast, buildings[["x", "y", "zone"]].isel(building=rows).rename(building="site"), surface=surface
        )
        expected = np.einsum("byc,bc->by", exact["lpr_mean"], share[rows])
        np.testing.assert_allclose(mean["lpr_mean"].to_numpy()[rows], expected, rtol=1e-3)


def test_a_building_without_a_zone_has_no_risk_and_is_counted(mean, tree):
    assert mean["lpr_mean"].sel(building="e").isnull().all()
    assert tree["lpr"].sel(building="e").isnull().all()
    assert mean.attrs["without_zone"] == 3.0
    assert tree.attrs["left_out"] == 0.0


def test_tables_of_one_event_give_the_same_mean(ready, buildings, mean):
    given = risk.loss_tables([int(buildings["zone"][0])], ready.magnitude, ready.table().distance_km)
    again = building_risk.means(ready, buildings, tables={"regular": given})
    np.testing.assert_allclose(again["lpr_mean"], mean["lpr_mean"], rtol=1e-6)


def test_counts_of_a_class_are_of_buildings_as_if_of_that_class(buildings, mean, risk_at):
    lpr = risk_at["lpr_mean"].transpose("site", "year", "vulnerability_class").to_numpy()
    as_class = building_risk.as_classes(building_risk.nodes(buildings), lpr, np.arange(4))
    share = np.tensordot(list(WEIGHT.values()), mixes(), axes=1)[:4] * NUMBER[:4, None]
    for k, level in enumerate(building_risk.LEVELS):
        expected = np.einsum("byc,bc->yc", as_class > level, share)
        np.testing.assert_allclose(mean["above"].isel(level=k), expected)
    np.testing.assert_allclose(mean["number"], share.sum(axis=0))
    assert mean["above"].sum() > 0.0


def test_fractiles_of_a_building_are_those_of_its_leaves_with_the_mappings_as_branches(tree, leaves):
    found, weight = leaves
    own = tree["lpr"].sel(building="d", year=2026).to_numpy()
    mean = (found[2] * weight).sum()
    assert own[0] == pytest.approx(mean, rel=1e-3)
    expected = curve.weighted_fractile(found[2], weight, [0.1, 0.5, 0.9]) * own[0] / mean
    np.testing.assert_allclose(own[1:], expected, rtol=1e-6)


def test_buildings_near_each_other_share_their_leaves_within_a_per_cent(tree, leaves):
    found, weight = leaves
    for k, name in enumerate("ab"):
        own = tree["lpr"].sel(building=name, year=2026).to_numpy()
        np.testing.assert_allclose(own[1:], curve.weighted_fractile(found[k], weight, [0.1, 0.5, 0.9]), rtol=0.01)


@pytest.fixture(scope="module")
def scaled(exact_tree, leaves):
    """Leaves of the buildings on ordinary ground with the mean that they have in the tree."""
    found, weight = leaves
    own = exact_tree["lpr"].isel(year=0).sel(statistic="mean").to_numpy()
    return found * (own / (found * weight).sum(axis=(1, 2, 3, 4)))[:, None, None, None, None]


def above_of(scaled: np.ndarray, threshold: float) -> np.ndarray:
    """Buildings above a level, by building and leaf."""
    return (scaled > threshold) * NUMBER[TOGETHER][:, None, None, None, None]


def told(count: np.ndarray, weight: np.ndarray) -> list[float]:
    """Mean and fractiles of a count over leaves."""
    mean = (count * weight).sum() / weight.sum()
    return [mean, *curve.weighted_fractile(count, weight / weight.sum(), [0.1, 0.5, 0.9])]


def test_fractiles_of_a_count_are_over_leaves_that_hold_for_all_buildings(exact_tree, leaves, scaled):
    for threshold in building_counts.THRESHOLDS[4:18:3]:
        expected = told(above_of(scaled, threshold).sum(axis=0), leaves[1])
        np.testing.assert_allclose(exact_tree["above"].isel(year=0).sel(threshold=threshold), expected, rtol=1e-6)


def test_a_municipality_has_the_fractiles_of_its_own_count(exact_tree, leaves, scaled):
    norm, temporary = (above_of(scaled, level) for level in building_risk.LEVELS)
    assert sorted(exact_tree["municipality"].to_numpy()) == ["Eemsdelta", "Groningen"]
    for name in ("Eemsdelta", "Groningen"):
        here = MUNICIPALITY[TOGETHER] == name
        own = exact_tree.isel(year=0).sel(municipality=name)
        np.testing.assert_allclose(own["municipality_above"], told(norm[here].sum(axis=0), leaves[1]), rtol=1e-6)
        mean = (temporary[here].sum(axis=0) * leaves[1]).sum()
        assert float(own["municipality_mean_above_temporary"]) == pytest.approx(mean, rel=1e-6)
        assert float(own["municipality_above"][0]) > mean > 0.0


def test_the_means_of_the_municipalities_add_up_to_that_of_all_buildings(tree):
    assert set(tree["municipality"].to_numpy()) == {"Eemsdelta", "Groningen", ""}
    norm, temporary = (tree["above"].sel(threshold=level, statistic="mean") for level in building_risk.LEVELS)
    np.testing.assert_allclose(tree["municipality_above"].sel(statistic="mean").sum("municipality"), norm, rtol=1e-12)
    np.testing.assert_allclose(tree["municipality_mean_above_temporary"].sum("municipality"), temporary, rtol=1e-12)
    assert tree.attrs["municipalities_without_band"] == 0


def test_the_count_given_a_branch_is_over_the_leaves_that_have_it(ready, exact_tree, leaves, scaled):
    intervals = motion_tree.tree(ready.magnitude).intervals
    sizes = (2, 2, intervals.weight.size, 3, 2, 3, 3, 3)
    count = above_of(scaled, building_risk.LEVELS[0]).sum(axis=0).reshape(sizes)
    weight = leaves[1].reshape(sizes)
    nodes = ("mapping", "forecast", "median", "tau", "phi_ss", "site_epsilon", "fragility", "consequence")
    given = exact_tree["branch_above"].isel(year=0)
    assert set(given["node"].to_numpy()) == set(nodes)
    for axis, node in enumerate(nodes):
        of_node = given.isel(choice=np.flatnonzero(given["node"].to_numpy() == node))
        place = intervals.branch[:, -1] if node == "median" else np.arange(sizes[axis])
        assert of_node.sizes["choice"] == place.max() + 1
        for k, own in enumerate(of_node):
            has = np.flatnonzero(place == k)
            known = told(count.take(has, axis), weight.take(has, axis))
            np.testing.assert_allclose(own, known, rtol=1e-6, err_msg=f"{node} {k}")
            assert float(own["branch_weight"]) == pytest.approx(weight.take(has, axis).sum())


def test_the_means_given_the_branches_of_a_node_average_to_the_mean(tree):
    every = tables.by_branch(tree)
    for year in YEARS:
        table = every.query("year == @year")
        share = table.assign(part=table["weight"] * table["buildings_mean"]).groupby("node")[["weight", "part"]].sum()
        whole = float(tree["above"].sel(year=year, threshold=1e-5, statistic="mean"))
        np.testing.assert_allclose(share, np.broadcast_to([1.0, whole], share.shape), rtol=1e-9)
    assert every["buildings_mean"].max() > every["buildings_mean"].min()


def test_the_table_of_municipalities_adds_up_and_has_a_band_in_years_of_the_tree(buildings, mean, tree):
    found = tables.by_municipality(buildings, mean, tree)
    for year, of_year in found.groupby("year"):
        own = mean["lpr_mean"].sel(year=year).to_numpy()[:4]
        assert of_year["buildings"].sum() == NUMBER[:4].sum()
        for name, level in (("mean_above_1e-5", 1e-5), ("mean_above_1e-4", 1e-4)):
            assert of_year[name].sum() == float(NUMBER[:4] @ (own > level))
        assert of_year[["p90_above_1e-5", "buildings_p90", "buildings_mean_1e-4"]].isna().all(axis=None) == (
            year not in YEARS
        )
    assert set(found["municipality"]) == {"Eemsdelta", "Groningen", ""}
    few = tables.by_municipality(buildings, mean, tree.sel(municipality=["Eemsdelta"])).query("year == 2026")
    assert few.set_index("municipality")["buildings_p90"].drop("Eemsdelta").tolist() == [0.0, 0.0]


def test_a_dwelling_mound_has_leaves_of_its_own(tree):
    mound, next_to_it = tree["lpr"].sel(building="c", year=2026), tree["lpr"].sel(building="a", year=2026)
    assert (mound > next_to_it).all()


def test_buildings_of_a_class_above_a_level_in_the_ninetieth_per_cent(ready, buildings, exact_tree):
    points = buildings[["x", "y", "zone"]].isel(building=TOGETHER).rename(building="site")
    share = np.tensordot(list(WEIGHT.values()), mixes(), axes=1)[TOGETHER] * NUMBER[TOGETHER, None]
    last = risk_tree.of_years(ready, [2026])
    p90 = risk_tree.lpr_fractiles(last, points, exposure.classes(), only=share > 0.0)["lpr"].sel(statistic="p90")
    above = p90.to_numpy()[:, 0, :, None] > building_risk.LEVELS
    assert above.any()
    np.testing.assert_allclose(exact_tree["p90_above"][0], (share[:, :, None] * above).sum(axis=0))


def test_what_is_left_out_of_the_leaves_is_told(ready, buildings, risk_at, tree):
    none = building_tree.over_tree(ready, buildings, years=YEARS, risk_at=risk_at, tiny=1.0)
    assert none["lpr"].sel(statistic="p90").isnull().all()
    assert not none["above"].any()
    assert none.attrs["left_out"] == NUMBER[:4].sum()
    for k, threshold in enumerate(building_counts.THRESHOLDS):
        bound = none.attrs["left_out_mean_sum"] / threshold
        assert (tree["above"].sel(statistic="mean").isel(threshold=k) <= bound).all()


def test_the_ranking_has_no_fractiles_where_those_left_out_may_be_above(buildings, tree):
    found = tables.ranking(buildings, tree.assign_attrs(tiny=1e-8))
    assert found.loc[found["lpr"] < 0.9e-7, ["buildings_p10", "buildings_p50", "buildings_p90"]].isna().all(axis=None)
    assert found.loc[found["lpr"] > 0.9e-7, "buildings_p90"].notna().all()
    assert found["buildings"].notna().all()


def test_few_functions_make_every_loss():
    vulnerable, few = risk_tree.basis("TNO2020", exposure.classes())
    exact = loss.loss_given_sa_avg(vulnerable, GRID_LN_G)
    k = few.of_sa_avg.shape[1]
    made = np.moveaxis(few.of_sa_avg @ few.coefficient[:, :k], 1, 2).reshape(exact.shape)
    weight = np.exp(-2.0 * GRID_LN_G)
    off = np.abs(made - exact) * weight
    assert (off.max(axis=-1) <= 1e-6 * (exact * weight).max(axis=-1)).all()


def test_exchanging_medians_gives_the_sum_of_the_groups():
    rng = np.random.default_rng(3)
    parts, picks = rng.random((5, 3, 4, 7)), np.sort(rng.integers(0, 4, (9, 5)), axis=0)
    found = np.empty((3, 9, 7))
    risk_tree.fill_leaves(parts, picks, found)
    expected = [[sum(parts[g, s, picks[i, g]] for g in range(5)) for i in range(9)] for s in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_order_of_buildings_does_not_matter(ready, buildings, mean, risk_at):
    turned = buildings.isel(building=[4, 2, 3, 1, 0])
    other = building_risk.summed(turned, building_risk.nodes(turned), risk_at)
    xr.testing.assert_allclose(other["lpr_mean"].sel(building=list("abcde")), mean["lpr_mean"], rtol=1e-12)
    xr.testing.assert_allclose(other["above"], mean["above"], rtol=1e-12)


def test_a_building_is_slightly_raised_where_only_its_ninetieth_per_cent_is_above_the_norm(buildings):
    lpr = np.array([[1e-5, 1e-5], [1e-5, 1.1e-5], [1.1e-5, 0.9e-5], [1e-10, np.nan], [np.nan, np.nan]])
    made = xr.Dataset(
        {"lpr": (("building", "year", "statistic"), lpr[:, None])},
        coords={"building": buildings["building"].to_numpy(), "year": [2026], "statistic": ["mean", "p90"]},
    )
    table = tables.risk_classes(buildings.assign(people_night=("building", 2.0 * NUMBER)), made)
    assert table["buildings"].tolist() == [1.0 + 0.5, 2.0, 40.0]
    assert table["people"].tolist() == [3.0, 4.0, 80.0]
    assert table["risk_class"].tolist() == list(tables.RISK_CLASSES)


def test_the_tables_of_all_buildings_add_up(buildings, mean, tree):
    there = buildings.assign(pc4=("building", np.array(["9919", "9919", "9917", "", ""], dtype=object)))
    own = mean["lpr_mean"].to_numpy()
    for year, of_year in tables.by_postcode(there, mean, tree).groupby("year"):
        column = list(mean["year"].to_numpy()).index(year)
        above = float(NUMBER[:4] @ (own[:4, column] > 1e-5))
        assert of_year["buildings"].sum() == NUMBER[:4].sum()
        assert of_year["mean_above_1e-5"].sum() == above
        assert of_year["p90_above_1e-5"].isna().all() == (year not in YEARS)
        squares = tables.by_cell(there, mean, tree).sel(year=year)
        assert float(squares["buildings"].sum()) == NUMBER[:4].sum()
        assert float(squares["mean_above_1e-5"].sum()) == above
        table = tables.above(there, mean, tree)
        row = table[(table["year"] == year) & (table["class"] == "all") & (table["level"] == 1e-5)]
        assert row["buildings"].tolist() == [above]
        assert row["buildings_p90"].isna().all() == (year not in YEARS)
        if year in YEARS:
            p90 = tree["lpr"].sel(year=year, statistic="p90").to_numpy()
            assert row["p90_above"].tolist() == [float(NUMBER @ (p90 > 1e-5))]


def test_postcodes_have_the_name_of_their_place(buildings, mean, tree):
    there = buildings.assign(pc4=("building", np.array(["9919"] * 5, dtype=object)))
    table = tables.by_postcode(there, mean, tree)
    assert set(table["place"]) == {"Loppersum"}


def test_the_ranking_holds_the_norm_and_falls(buildings, tree):
    table = tables.ranking(buildings, tree)
    assert {1e-5, 1e-4} <= set(table["lpr"])
    falls = table.groupby("year")[["buildings", "buildings_p10", "buildings_p50", "buildings_p90"]].diff().dropna()
    assert (falls <= 1e-9).all(axis=None)


def test_the_classes_are_counted_as_such(mean, tree):
    table = tables.by_class(mean, tree)
    assert set(table["class"]) == {"URM4L", "URM1F_B", "RC1L"}
    assert table.groupby("year")["buildings"].sum().tolist() == pytest.approx([NUMBER[:4].sum()] * 3)
