"""The pseudo-prospective test on a small field of our own, where it is known which model made the events."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import gammaln

from mijnrisico.errors import InputError
from mijnrisico.seismic import pseudo_prospective
from mijnrisico.seismic.aftershocks import Law
from mijnrisico.seismic.pseudo_prospective import Contest, contest
from mijnrisico.seismic.source.dempsey_suckale import DEMPSEY_SUCKALE
from mijnrisico.seismic.source.extreme_threshold import ELASTIC, THETA1
from mijnrisico.seismic.source.loading import StressGrid
from mijnrisico.seismic.source.smoothed_stationary import SMOOTHED
from mijnrisico.seismic.testing import geweke_amisano_2011

from . import small_field

GRID = StressGrid((0.55,), (1500.0,))
END = "2018-01-01"
HISTORY = small_field.loading(GRID, until=END, scale=END)
YEARS = (2015, 2016, 2017)
SETTING = Contest(
    models={"elastic": (ELASTIC, GRID), "smoothed_stationary": (SMOOTHED, GRID)},
    magnitude_models=["linear_stress", "constant"],
    rate_weights={"elastic": 1.0},
    magnitude_weights={"constant": 1.0},
    mmax={5.0: 1.0},
    start=small_field.START,
    magnitude_min=1.45,
    draws=200,
    simulations=100,
)


def _events(seed: int = 3, expected: float = 900.0) -> pd.DataFrame:
    made = small_field.group(ELASTIC, HISTORY, rmax=0.55, sigma_m=1500.0)
    theta = int(np.argmin(np.abs(THETA1 - 6.0)))
    return small_field.catalogue(
        np.random.default_rng(seed), ELASTIC, made, HISTORY, theta, expected, Law(0.1, 0.9, 0.3)
    )


def _score(found: xr.Dataset) -> xr.DataArray:
    return found["score_number"] + found["score_space"] + found["score_magnitude"]


@pytest.fixture(scope="module", name="events")
def catalogue_of_the_elastic_model() -> pd.DataFrame:
    return _events()


@pytest.fixture(scope="module", name="found")
def all_years(events: pd.DataFrame) -> xr.Dataset:
    return contest(SETTING, HISTORY, events, YEARS)


def test_the_model_that_made_the_data_gets_the_best_score(found: xr.Dataset) -> None:
    total = _score(found).sum("year").to_series()
    single = total[[name for name in total.index if "|" in name]]
    assert str(single.idxmax()).startswith("elastic|")
    assert single["elastic|constant"] > single["smoothed_stationary|constant"] + 5.0
    assert float(found["weight_now"].sel(member=["elastic|linear_stress", "elastic|constant"]).sum()) > 0.8


def test_where_nothing_but_chance_made_the_data_the_reference_wins() -> None:
    """Events about one point far from the stress, at one rate for ever."""
    rng = np.random.default_rng(5)
    days = np.sort(rng.random(500)) * (np.datetime64(END) - np.datetime64("1995-01-01")).astype(float)
    time = np.datetime64("1995-01-01", "ns") + (days * 86_400e9).astype("timedelta64[ns]")
    x, y = (np.clip(at + 800.0 * rng.standard_normal(500), 0.0, 9_000.0) for at in (2500.0, 3000.0))
    size = small_field.magnitudes(rng, 500)
    found = contest(SETTING, HISTORY, pd.DataFrame({"time": time, "x": x, "y": y, "magnitude": size}), YEARS[:2])
    total = _score(found).sum("year").to_series()
    assert total["smoothed_stationary|constant"] > total["elastic|constant"] + 10.0


def test_its_forecast_is_consistent_with_the_data(found: xr.Dataset) -> None:
    elastic = found.sel(member="elastic|constant")
    assert (elastic["p025"] <= elastic["observed"]).all()
    assert (elastic["observed"] <= elastic["p975"]).all()
    for name in ("s_quantile", "m_quantile", "l_quantile", "cl_quantile"):
        assert ((elastic[name] >= 0.0) & (elastic[name] <= 1.0)).all()
        assert elastic[name].max() > 0.1, name
    assert float(elastic["mean"].sum()) == pytest.approx(float(found["observed"].sum()), rel=0.3)


def test_nothing_that_happens_later_changes_a_forecast_or_its_score(events: pd.DataFrame, found: xr.Dataset) -> None:
    """Events of 2016 on are altered: 2015 stays as it is, 2016 is forecast as before, and 2017 is not."""
    year = events["time"].dt.year
    later = events.copy()
    rng = np.random.default_rng(0)
    after = (year > YEARS[0]).to_numpy()
    later.loc[after, "x"] = rng.permutation(later.loc[after, "x"].to_numpy())
    later.loc[after, "magnitude"] = 2.5
    later = later[~(after & (rng.random(len(later)) < 0.3))].reset_index(drop=True)
    again = contest(SETTING, HISTORY, later, YEARS)
    first, second, third = YEARS
    for name in (*pseudo_prospective.QUANTITIES, "past_score_weight", "chance"):
        np.testing.assert_array_equal(_of(again, name, first), _of(found, name, first), name)
    for name in ("mean", "p025", "p50", "p975", "past_score_weight", "chance"):
        np.testing.assert_array_equal(_of(again, name, second), _of(found, name, second), name)
    members = [str(name) for name in found["member"].to_numpy()]
    assert len(members) == 6
    moved = np.abs(_of(again, "mean", third) / _of(found, "mean", third) - 1.0)
    assert (moved > 0.01).all(), dict(zip(members, moved, strict=True))


def _of(found: xr.Dataset, name: str, year: int) -> np.ndarray:
    """Values of a year, without the zeros at the end of laws."""
    values = found[name].sel(year=year).to_numpy()
    return values[:, :60] if name == "chance" else values


def _with_fall(events: pd.DataFrame, after: str, factor: float) -> xr.Dataset:
    """The first year again, where the pressure fell `factor` times as much from a moment on, to the very end."""
    later = np.datetime64(after) < HISTORY.times
    fall = HISTORY.depletion_bar.copy()
    before = fall[~later][-1]
    fall[later] = before + factor * (fall[later] - before)
    return contest(SETTING, replace(HISTORY, depletion_bar=fall), events, YEARS[:1])


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.5])
def test_production_after_a_year_changes_neither(events: pd.DataFrame, found: xr.Dataset, factor: float) -> None:
    """The end of the loading gives stress its scale, a unit in which priors are flat: that moves a thousandth."""
    again = _with_fall(events, f"{YEARS[0] + 1}-01-01", factor)
    np.testing.assert_allclose(again["mean"][:, 0], found["mean"][:, 0], rtol=3e-3)
    np.testing.assert_allclose(_score(again)[:, 0], _score(found)[:, 0], atol=0.02)


def test_production_in_a_year_changes_the_forecast_of_it(events: pd.DataFrame, found: xr.Dataset) -> None:
    again = _with_fall(events, f"{YEARS[0]}-01-01", 0.5)
    elastic = ["elastic|linear_stress", "elastic|constant"]
    ratio = again["mean"].sel(member=elastic)[:, 0] / found["mean"].sel(member=elastic)[:, 0]
    np.testing.assert_allclose(ratio, 0.5, atol=0.03)


def test_the_order_of_events_in_the_file_does_not_matter(events: pd.DataFrame, found: xr.Dataset) -> None:
    again = contest(SETTING, HISTORY, events.sample(frac=1.0, random_state=1), YEARS[:1])
    for name in pseudo_prospective.QUANTITIES:
        np.testing.assert_array_equal(again[name][:, 0], found[name][:, 0], name)


def test_weights_by_past_score_come_from_earlier_years_alone(found: xr.Dataset) -> None:
    names = [str(name) for name in found["member"].to_numpy() if "|" in str(name)]
    score = _score(found).sel(member=names).to_numpy().T
    prior = np.full(len(names), 1.0 / len(names))
    weights = geweke_amisano_2011.sequential_weights(score, prior)
    np.testing.assert_allclose(found["past_score_weight"].sel(member=names).to_numpy().T, weights[:-1], atol=1e-12)
    np.testing.assert_allclose(found["weight_now"].sel(member=names), weights[-1], atol=1e-12)
    np.testing.assert_allclose(found["past_score_weight"].sel(member=names)[:, 0], prior)


def test_an_ensemble_of_one_member_is_that_member(found: xr.Dataset) -> None:
    official, member = found.sel(member="ensemble_official"), found.sel(member="elastic|constant")
    for name in ("mean", "p025", "p50", "p975", "score_number", "score_space", "score_magnitude", "n_low", "n_high"):
        np.testing.assert_allclose(official[name], member[name], rtol=1e-9)
    np.testing.assert_allclose(official["log_rate"], member["log_rate"], rtol=1e-9)


def test_an_ensemble_lies_between_its_members(found: xr.Dataset) -> None:
    names = [str(name) for name in found["member"].to_numpy() if "|" in str(name)]
    past, members = found.sel(member="ensemble_past_score"), found.sel(member=names)
    assert (past["mean"] <= members["mean"].max("member") + 1e-9).all()
    assert (past["mean"] >= members["mean"].min("member") - 1e-9).all()
    floor = np.log((found["past_score_weight"].sel(member=names) * np.exp(members["score_number"])).sum("member"))
    np.testing.assert_allclose(past["score_number"], floor)


def test_the_log_rates_of_the_events_are_the_score_of_their_places_and_magnitudes(found: xr.Dataset) -> None:
    for index, year in enumerate(YEARS):
        n = int(found["observed"][index])
        of_year = found["log_rate"].isel(event=np.flatnonzero(found["event_year"] == year))
        shares = of_year - np.log(found["mean"].sel(year=year))
        expected = shares.sum("event") + gammaln(n + 1.0)
        both = (found["score_space"] + found["score_magnitude"]).sel(year=year)
        np.testing.assert_allclose(both, expected, rtol=1e-9)


def test_a_place_that_a_model_holds_impossible_costs_it_no_more_than_the_even_share(events: pd.DataFrame) -> None:
    """The far corner has no loading once its pressure stands still; an event there is scored all the same."""
    odd = events.copy()
    of_year = np.flatnonzero(events["time"].dt.year == YEARS[0])
    odd.loc[of_year[0], ["x", "y"]] = 250.0, 250.0
    found = contest(SETTING, HISTORY, odd, YEARS[:1])
    assert np.isfinite(_score(found)).all()
    even = pseudo_prospective.EVEN_SHARE * 0.4 * HISTORY.cells.area_m2.min() / HISTORY.cells.area_m2.sum()
    lowest = found["log_rate"].min("event") - np.log(found["mean"].isel(year=0))
    assert (lowest >= np.log(even) - 10.0).all()  # and the magnitude: at worst a bin of 1 in 20,000


def test_a_model_without_weight_takes_part_and_an_ensemble_without_members_is_not_there(events: pd.DataFrame) -> None:
    setting = replace(
        SETTING,
        models={"dempsey_suckale": (DEMPSEY_SUCKALE, GRID), "smoothed_stationary": (SMOOTHED, GRID)},
        magnitude_models=["constant"],
    )
    found = contest(setting, HISTORY, events, YEARS[:1])
    assert list(found["member"].to_numpy()) == [
        "dempsey_suckale|constant",
        "smoothed_stationary|constant",
        "ensemble_past_score",
    ]
    assert np.isnan(found["official_weight"]).all()


def test_a_year_without_events_has_a_score_of_the_number_alone(events: pd.DataFrame) -> None:
    quiet = events[events["time"].dt.year != YEARS[0]]
    found = contest(SETTING, HISTORY, quiet, YEARS[:1])
    assert int(found["observed"][0]) == 0
    assert found["score_space"].to_numpy() == pytest.approx(0.0)
    assert found["score_magnitude"].to_numpy() == pytest.approx(0.0)
    assert (found["score_number"] < 0.0).all()
    assert np.isnan(found["s_quantile"]).all()


def test_too_few_events_before_the_first_year_is_said(events: pd.DataFrame) -> None:
    with pytest.raises(InputError) as raised:
        contest(SETTING, HISTORY, events[events["time"] >= "2014-10-01"], YEARS[:1])
    assert raised.value.code == "E408"
