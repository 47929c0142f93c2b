"""The packaged values on subsidence agree with their sources, and the standard errors mean what they say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from mijnrisico import data

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def parcels():
    return data.table("insar_parcel_rates")


@pytest.fixture(scope="module")
def values():
    return data.table("published_subsidence")


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import data_subsidence

    return data_subsidence


def test_every_parcel_has_a_rate_with_an_error_from_217_epochs(parcels):
    assert parcels["point"].is_unique
    assert (parcels["parcel"].duplicated()).sum() == 1
    assert (parcels["epochs"] == 217).all()
    assert parcels["rate_mm_per_year"].between(-26, 0).all()
    assert parcels["standard_error_mm_per_year"].between(0.1, 0.8).all()


def test_the_ground_sinks_faster_above_the_field_and_the_soil_sinks_outside_it(parcels):
    _, geometries = data.polygons("groningen_outline")
    away_m = shapely.distance(geometries[0], shapely.points(parcels["x_rd"], parcels["y_rd"]))
    far = parcels.loc[away_m > 5000, "rate_mm_per_year"]
    assert (len(far), (away_m == 0).sum()) == (101, 139)
    assert far.median() == pytest.approx(-2.4, abs=0.05)
    assert far.std() == pytest.approx(1.4, abs=0.05)
    assert parcels.loc[away_m == 0, "rate_mm_per_year"].median() < 2 * far.median()


def test_the_error_allows_for_slow_noise_beyond_the_scatter_of_the_series(parcels):
    years = np.linspace(0.0, 4.665, 217)  # the true epochs lie closer together in the later years
    independent = parcels["residual_std_mm"] / np.sqrt(217 * np.var(years))
    ratio = parcels["standard_error_mm_per_year"] / independent
    assert ratio.between(1.5, 2.7).all()
    assert ratio.median() == pytest.approx(1.95, abs=0.05)


def test_two_published_figures_for_the_deepest_point_of_2018_stand_side_by_side(values):
    deepest = values[(values["year"] == 2018) & (values["at"] == "deepest")]
    assert deepest[["place", "low_cm", "high_cm"]].to_numpy().tolist() == [["Loppersum", 34.0, 37.0]]
    assert (values["low_cm"] <= values["high_cm"]).all()


@pytest.mark.parametrize(("place", "cm"), [("Eemshaven", 20), ("Winsum", 6), ("Winschoten", 6), ("Zuidlaardermeer", 6)])
def test_the_levelling_of_2018_is_there_with_a_place(values, place, cm):
    row = values[(values["place"] == place) & (values["kind"] == "measured")]
    assert row[["low_cm", "high_cm"]].to_numpy().tolist() == [[cm, cm]]
    assert row[["x_rd", "y_rd", "source"]].notna().all(axis=None)


def test_a_place_has_the_point_of_the_table_of_places(values):
    places = data.table("places").set_index("place")
    own = values[values["place"].isin(places.index)]
    np.testing.assert_array_equal(own[["x_rd", "y_rd"]], places.loc[own["place"], ["x_rd", "y_rd"]])
    assert set(values["place"]) - set(places.index) == {"Zuidlaardermeer"}


def test_the_lake_lies_between_the_postcodes_around_it(values):
    lake = values.set_index("place").loc["Zuidlaardermeer"]
    assert 240_700 < lake["x_rd"] < 244_400
    assert 569_800 < lake["y_rd"] < 574_400


def test_a_rate_with_slow_noise_is_found_within_the_error_it_promises(script):
    generator, days = np.random.default_rng(5), np.arange(0.0, 1500.0, 12.0)
    factor = np.linalg.cholesky(script.correlation(days, 0.4, 90.0))
    series = -3.0 * days[:, None] / 365.25 + 2.0 * factor @ generator.standard_normal((days.size, 300))
    share, memory_days = script.noise(days, series)
    assert share == pytest.approx(0.4, abs=0.08)
    assert memory_days == pytest.approx(90.0, rel=0.25)
    rate, error = script.rates(days, series, share, memory_days)
    assert np.std((rate + 3.0) / error) == pytest.approx(1.0, abs=0.12)
    independent = script.rates(days, series, 0.0, 1.0)[1]
    assert np.std((rate + 3.0) / independent) > 2.0


def test_a_published_value_that_nobody_placed_stops_the_build(script):
    row = {"theme": "subsidence", "quantity": "subsidence somewhere", "value": 1.0, "unit": "cm", "period": "2018"}
    with pytest.raises(SystemExit, match="somewhere"):
        script.anchors(pd.DataFrame([row]), pd.DataFrame())
