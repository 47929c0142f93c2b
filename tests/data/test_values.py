"""The packaged values agree with what was published about them, and with each other."""

import numpy as np
import pandas as pd
import pytest
import shapely

from mijnrisico import data

PERIODS_S = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)


@pytest.fixture(scope="module")
def outline():
    _, geometries = data.polygons("groningen_outline")
    return geometries[0]


@pytest.fixture(scope="module")
def earthquakes():
    return data.table("earthquakes")


def test_336_events_of_1_45_and_more_in_the_outline_from_1995_to_2021(earthquakes):
    years = earthquakes["time_utc"].dt.year
    chosen = earthquakes["in_groningen_outline"] & (earthquakes["magnitude"] >= 1.45) & years.between(1995, 2021)
    assert chosen.sum() == 336


def test_the_outline_flag_follows_from_the_packaged_outline(earthquakes, outline):
    inside = shapely.contains_xy(outline, earthquakes["x_rd"], earthquakes["y_rd"])
    np.testing.assert_array_equal(inside, earthquakes["in_groningen_outline"])


@pytest.mark.parametrize(
    ("day", "place", "magnitude"),
    [("2012-08-16", "Huizinge", 3.6), ("2018-01-08", "Zeerijp", 3.4), ("2019-05-22", "Westerwijtwerd", 3.4)],
)
def test_the_events_everybody_knows_are_there(earthquakes, day, place, magnitude):
    days = earthquakes["time_utc"].dt.strftime("%Y-%m-%d")
    chosen = earthquakes[(days == day) & (earthquakes["place"] == place)]
    assert chosen["magnitude"].max() == magnitude


def test_earthquakes_are_in_order_of_time_and_have_one_key_each(earthquakes):
    assert earthquakes["time_utc"].is_monotonic_increasing
    assert earthquakes["event_id"].is_unique


def test_total_production_is_2249_4_bcm_and_that_of_2013_is_53_9():
    production = data.table("production_by_cluster")
    assert production["volume_nm3"].sum() / 1e9 == pytest.approx(2249.4, abs=0.05)
    in_2013 = production["month"].str.startswith("2013")
    assert production.loc[in_2013, "volume_nm3"].sum() / 1e9 == pytest.approx(53.9, abs=0.05)
    yearly = production.groupby(production["month"].str[:4])["volume_nm3"].sum() / 1e9
    assert yearly.idxmax() == "1976"
    assert yearly.max() == pytest.approx(87.7, abs=0.05)


def test_production_is_a_whole_volume_once_a_month_and_cluster():
    production = data.table("production_by_cluster")
    assert production["volume_nm3"].dtype.kind == "i"
    assert (production["volume_nm3"] >= 0).all()
    assert (production["volume_nm3"] == 0).sum() <= 1
    assert not production.duplicated(["cluster", "month"]).any()
    assert production["month"].str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all()
    assert (production["month"].min(), production["month"].max()) == ("1956-02", "2023-09")


def test_clusters_that_produced_have_a_place():
    clusters = data.table("production_clusters").set_index("cluster")
    assert clusters.index.is_unique
    assert set(clusters.index[clusters["x_rd"].isna()]) == {"HGZ", "ZW2"}
    producing = clusters.loc[data.table("production_by_cluster")["cluster"].unique()]
    assert producing["x_rd"].notna().all()


def test_1936_static_pressures_are_usable():
    pressures = data.table("static_pressures")
    assert pressures["flag"].value_counts().to_dict() == {0: 1936, 1: 77, 2: 41, 3: 2}
    usable = pressures[pressures["flag"] == 0]
    assert usable[["x_rd", "y_rd", "pressure_bara"]].notna().all(axis=None)
    assert usable["pressure_bara"].between(50, 360).all()
    assert usable["date"].between(pd.Timestamp("1960-04-01"), pd.Timestamp("2018-11-30")).all()
    assert set(pressures["cluster"]) <= set(data.table("production_clusters")["cluster"])


def test_the_inside_fractions_add_up_to_the_area_of_the_field(outline):
    fraction = data.dataset("reservoir")["inside_fraction"]
    assert fraction.min() >= 0.0
    assert fraction.max() <= 1.0
    assert float(fraction.sum()) * 500.0**2 == pytest.approx(outline.area, rel=1e-6)
    assert outline.area / 1e6 == pytest.approx(986.6, abs=0.1)


def test_an_inside_fraction_is_the_share_of_random_points_inside(outline):
    fraction = data.dataset("reservoir")["inside_fraction"]
    rows, columns = np.nonzero((fraction.values > 0.05) & (fraction.values < 0.95))
    random = np.random.default_rng(11)
    for k in random.choice(len(rows), 10, replace=False):
        x, y = float(fraction.x[columns[k]]), float(fraction.y[rows[k]])
        points = random.uniform(-250.0, 250.0, (2, 20_000)) + np.array([[x], [y]])
        share = shapely.contains_xy(outline, *points).mean()
        assert share == pytest.approx(float(fraction[rows[k], columns[k]]), abs=0.015)


def test_the_reservoir_grid_ascends_in_steps_of_500_m_and_has_a_top_inside_the_field():
    reservoir = data.dataset("reservoir")
    np.testing.assert_array_equal(np.diff(reservoir.x), 500.0)
    np.testing.assert_array_equal(np.diff(reservoir.y), 500.0)
    inside = reservoir["inside_fraction"] > 0
    for name in ("thickness_filled", "top_depth"):
        assert reservoir[name].where(inside).count() == inside.sum()
    assert 2400 < float(reservoir["top_depth"].where(inside).min()) < float(reservoir["top_depth"].max()) < 4000


def test_the_throw_is_the_difference_of_the_tops_on_both_sides():
    points = data.dataset("fault_points")
    assert points.sizes == {"point": 35225}
    assert len(np.unique(points["fault_id"])) == 1037
    difference = abs(points["z_top_left"] - points["z_top_right"])
    np.testing.assert_allclose(points["throw"], difference, atol=0.011)
    assert (points["length"] >= 0).all()
    assert (points["thickness"] >= 0).all()


def test_the_fault_thickness_agrees_with_the_thickness_grid():
    points, reservoir = data.dataset("fault_points"), data.dataset("reservoir")
    near = reservoir["thickness_filled"].sel(x=points["x"], y=points["y"], method="nearest")
    ratio = (points["thickness"] / near).where(near > 0)
    assert float(ratio.median()) == pytest.approx(1.03, abs=0.03)


@pytest.mark.parametrize("name", ["groningen_outline", "municipalities", "postcodes", "gas_fields", "site_zones"])
def test_polygons_are_valid_and_in_the_north_of_the_country(name):
    _, geometries = data.polygons(name)
    assert shapely.is_valid(geometries).all()
    assert (shapely.area(geometries) > 0).all()
    west, south, east, north = shapely.total_bounds(geometries)
    assert 150_000 < west < east < 300_000
    assert 500_000 < south < north < 630_000


def test_160_of_the_162_site_zones_have_the_amplification_that_the_table_has():
    properties, _ = data.polygons("site_zones")
    zones = [record["zone"] for record in properties]
    assert zones == sorted(set(zones))
    assert len(zones) == 162
    amplified = {record["zone"] for record in properties if record["has_v7_amplification"]}
    assert set(zones) - amplified == {2813, 3411}
    assert amplified == set(data.table("gmm_v7_amplification")["zone"])


def test_postcodes_lie_within_15_km_of_the_field_once_each(outline):
    properties, geometries = data.polygons("postcodes")
    assert len({record["pc4"] for record in properties}) == len(properties)
    assert shapely.distance(geometries, outline).max() <= 15_000.0 + 1.0
    assert all(record["population"] >= 0 for record in properties)
    assert sum(record["population"] for record in properties) > 500_000


def test_each_place_lies_in_a_postcode_of_its_name():
    properties, geometries = data.polygons("postcodes")
    names = np.array([record["place"] for record in properties])
    for place in data.table("places").itertuples():
        own = shapely.union_all(geometries[names == place.place])
        # Eemshaven is a harbour: its centre stands on the quay, just outside the postcode.
        assert shapely.distance(own, shapely.Point(place.x_rd, place.y_rd)) < 500.0, place.place


def test_all_places_that_a_report_names_are_there():
    expected = "Loppersum, Zeerijp, Appingedam, Delfzijl, Ten Boer, Winsum, Bedum, Groningen, Hoogezand, Eemshaven"
    assert {*expected.split(", "), "Winschoten"} <= set(data.table("places")["place"])


def test_the_motion_tables_hold_every_period_branch_and_zone():
    medians = data.table("gmm_v7_medians")
    complete = medians.pivot(index=["period_s", "branch"], columns="parameter", values="value")
    assert complete.shape == (40, 21)
    assert complete.notna().all(axis=None)
    amplification = data.table("gmm_v7_amplification")
    assert set(amplification.groupby("zone")["period_s"].apply(tuple)) == {PERIODS_S}
    assert amplification.notna().all(axis=None)
    assert (amplification["af_min"] < amplification["af_max"]).all()
    sigmas = data.table("gmm_v7_sigmas").groupby(["component", "branch"]).size()
    assert sigmas.to_dict() == {
        (component, branch): 10
        for component, branches in (("tau", ("lower", "central", "upper")), ("phi_ss", ("lower", "upper")))
        for branch in branches
    }


def test_the_period_correlation_is_a_correlation():
    table = data.table("gmm_v7_correlations")
    matrix = table.pivot(index="period_1_s", columns="period_2_s", values="correlation").to_numpy()
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)
    assert np.linalg.eigvalsh(matrix).min() > 0


@pytest.mark.parametrize("name", ["gmm_v7_logic_tree", "fcm_logic_tree"])
def test_the_weights_of_every_node_sum_to_one(name):
    weights = data.table(name).groupby("node")["weight"].sum()
    np.testing.assert_allclose(weights, 1.0, atol=1e-12)


@pytest.mark.parametrize("version", ["v7", "v6"])
def test_35_classes_have_three_branches_with_probabilities_that_grow_with_the_state(version):
    fragility = data.table(f"fcm_{version}_fragility")
    consequence = data.table(f"fcm_{version}_consequence")
    for table in (fragility, consequence):
        assert table.notna().all(axis=None)
        assert set(table.groupby("vulnerability_class")["branch"].apply(tuple)) == {("lower", "middle", "upper")}
        assert table["vulnerability_class"].nunique() == 35
    assert set(fragility["vulnerability_class"]) == set(consequence["vulnerability_class"])
    for prefix, table, states in (
        ("dl_", fragility, ("ds2", "ds3", "ds4")),
        ("dl_", fragility, ("cs1", "cs2", "cs3")),
        ("pd_inside_", consequence, ("cs1", "cs2", "cs3")),
        ("pd_outside_", consequence, ("cs1", "cs2", "cs3")),
    ):
        values = table[[f"{prefix}{state}" for state in states]].to_numpy()
        assert (np.diff(values, axis=1) >= 0).all(), prefix
        assert values.min() >= 0
    assert consequence.filter(like="pd_").to_numpy().max() <= 1.0
    assert (fragility["sigma"] > 0).all()


def test_the_reference_results_lie_on_the_periods_of_the_model():
    reference = data.dataset("reference_gmm_v7")
    np.testing.assert_allclose(reference["period_s"], PERIODS_S)
    assert set(reference["zone"].values) <= set(data.table("gmm_v7_amplification")["zone"])
    np.testing.assert_allclose(reference["branch_median_weights"].sum("branch"), 1.0)
    np.testing.assert_allclose(data.dataset("reference_rupture_distance")["node_pmf"].sum("node_R_km"), 1.0)
