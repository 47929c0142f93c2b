"""The tables of the hindcast: the promised columns, gains that can be worked out, and what is asked of the scenario."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import nbinom, norm, poisson, t

from mijnrisico import front
from mijnrisico.errors import InputError
from mijnrisico.seismic.source import models
from mijnrisico.seismic.testing import rhoades_2011
from mijnrisico.studies.groningen import hindcast

YEARS = (2000, 2001, 2002)
MEMBERS = (
    "elastic|linear_stress",
    "elastic|constant",
    "smoothed_stationary|linear_stress",
    "smoothed_stationary|constant",
    "ensemble_official",
    "ensemble_past_score",
)
OBSERVED = (4, 0, 3)
QUICK = (-124.3, -80.8)
"""Of `elastic` with one b-value on one stress member, 2018 and 2023."""
OFFICIAL_SCORES = (-131.2, -224.3, -140.7, -79.3)
"""Of 2003, 2011, 2020 and 2023 in the hindcast of all years and models."""


@pytest.fixture(name="found")
def what_a_contest_leaves() -> xr.Dataset:
    rng = np.random.default_rng(2)
    size = len(MEMBERS), len(YEARS)
    names = [n for n in hindcast.TABLE if n not in ("year", "model", "magnitude_model", "observed", "score")]
    yearly = {
        name: (("member", "year"), rng.normal(-5.0, 1.0, size))
        for name in names
        if name not in ("gain_per_event", "official_weight")
    }
    means = np.array([[4.0, 4.0, 4.0], [5.0, 3.0, 3.0], [2.0, 2.0, 2.0], [2.5, 2.5, 2.5], [4.5, 3.5, 3.5], [3, 3, 3]])
    band = {"mean": means, "p025": means - 2.0, "p50": means, "p975": means + 1.0}
    log_rate = rng.normal(-9.0, 0.5, (len(MEMBERS), sum(OBSERVED)))
    chance = poisson.pmf(np.arange(60), means[:, :, None])
    return xr.Dataset(
        yearly
        | {name: (("member", "year"), values) for name, values in band.items()}
        | {
            "official_weight": ("member", [0.6, 0.4, 0.0, 0.0, np.nan, np.nan]),
            "weight_now": ("member", [0.3, 0.3, 0.2, 0.2, np.nan, np.nan]),
            "observed": ("year", list(OBSERVED)),
            "log_rate": (("member", "event"), log_rate),
            "event_year": ("event", np.repeat(YEARS, OBSERVED)),
            "chance": (("member", "year", "count"), chance),
        },
        coords={"member": list(MEMBERS), "year": list(YEARS)},
    )


def _row(table: pd.DataFrame, member: str) -> pd.DataFrame:
    model, _, magnitude_model = member.partition("|")
    return table[(table["model"] == model) & (table["magnitude_model"] == magnitude_model)]


def test_the_tables_have_the_promised_columns_and_a_row_for_each_member(found: xr.Dataset) -> None:
    table, summary = hindcast.table(found), hindcast.summary(found)
    assert tuple(table.columns) == hindcast.TABLE
    assert tuple(summary.columns) == hindcast.SUMMARY
    assert len(table) == len(MEMBERS) * len(YEARS)
    assert len(summary) == len(MEMBERS)
    assert set(table.loc[table["magnitude_model"] == "", "model"]) == {hindcast.OFFICIAL, hindcast.PAST_SCORE}


def test_the_score_is_the_sum_of_its_parts(found: xr.Dataset) -> None:
    table = hindcast.table(found)
    np.testing.assert_allclose(table["score"], table["score_number"] + table["score_space"] + table["score_magnitude"])
    for member in MEMBERS:
        total = float(_row(hindcast.summary(found), member)["score"].iloc[0])
        assert total == pytest.approx(_row(table, member)["score"].sum())


def test_the_gain_is_counted_from_the_reference(found: xr.Dataset) -> None:
    summary, table = hindcast.summary(found), hindcast.table(found)
    reference = _row(summary, "smoothed_stationary|constant").iloc[0]
    assert reference["gain_per_event"] == 0.0
    log_rate = found["log_rate"].to_numpy()
    by_hand = (log_rate[0] - log_rate[3]).mean() - (12.0 - 7.5) / 7.0
    row = _row(summary, "elastic|linear_stress").iloc[0]
    assert row["gain_per_event"] == pytest.approx(by_hand)
    assert row["gain_low"] < by_hand < row["gain_high"]
    of_first = _row(table, "elastic|linear_stress").iloc[0]["gain_per_event"]
    assert of_first == pytest.approx((log_rate[0, :4] - log_rate[3, :4]).mean() - (4.0 - 2.5) / 4.0)


def test_a_year_without_earthquakes_has_no_gain(found: xr.Dataset) -> None:
    table = hindcast.table(found)
    assert table.loc[table["year"] == 2001, "gain_per_event"].isna().all()
    assert table.loc[table["year"] == 2000, "gain_per_event"].notna().all()


def test_an_ensemble_is_held_against_the_elastic_branches_by_their_weights(found: xr.Dataset) -> None:
    log_rate = found["log_rate"].to_numpy()
    elastic = np.log(0.6 * np.exp(log_rate[0]) + 0.4 * np.exp(log_rate[1]))
    expected = rhoades_2011.t_test(log_rate[4], elastic, 11.5, 0.6 * 12.0 + 0.4 * 11.0)
    row = _row(hindcast.summary(found), "ensemble_official").iloc[0]
    assert row["gain_over_elastic"] == pytest.approx(expected.per_event)
    assert row["gain_over_elastic_low"] == pytest.approx(expected.interval()[0])
    single = _row(hindcast.summary(found), "smoothed_stationary|constant").iloc[0]
    own = rhoades_2011.t_test(log_rate[3], log_rate[1], 7.5, 11.0)
    assert single["gain_over_elastic"] == pytest.approx(own.per_event)


def test_the_gain_over_elastic_is_empty_where_elastic_took_no_part(found: xr.Dataset) -> None:
    summary = hindcast.summary(found.isel(member=[2, 3, 5]))
    assert summary["gain_over_elastic"].isna().all()
    assert summary["gain_per_event"].notna().all()


def test_the_gain_in_score_has_the_band_of_its_years(found: xr.Dataset) -> None:
    table, summary = hindcast.table(found), hindcast.summary(found)
    own, reference = (_row(table, name)["score"].to_numpy() for name in ("elastic|constant", MEMBERS[3]))
    gain = own - reference
    low, high = t.interval(0.95, len(YEARS) - 1, loc=gain.mean(), scale=gain.std(ddof=1) / np.sqrt(len(YEARS)))
    row = _row(summary, "elastic|constant").iloc[0]
    assert row["score_gain"] == pytest.approx(gain.sum())
    assert row["score_gain_low"] == pytest.approx(len(YEARS) * low)
    assert row["score_gain_high"] == pytest.approx(len(YEARS) * high)
    assert row["score_gain_over_elastic"] == row["score_gain_over_elastic_low"] == 0.0
    other = _row(summary, MEMBERS[3]).iloc[0]
    assert other["score_gain_over_elastic"] == pytest.approx(-row["score_gain"])
    assert other["score_gain"] == other["score_gain_low"] == other["score_gain_high"] == 0.0


def test_the_band_of_the_years_holds_the_truth_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(4)
    held = [low <= 24.0 <= high for _, low, high in map(hindcast.over_years, rng.normal(1.0, 2.0, (2000, 24)))]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)
    assert np.isnan(hindcast.over_years(np.array([2.0]))[1])


def test_an_ensemble_with_the_members_of_elastic_gains_nothing_in_score_on_them(found: xr.Dataset) -> None:
    """The mixture is worked out here from laws and rates of a single event after another."""
    share = np.array([0.6, 0.4])
    log_rate, mean = found["log_rate"].to_numpy()[:2], found["mean"].to_numpy()[:2]
    number, first = found["score_number"].to_numpy()[:2], 0
    score = []
    for year, n in enumerate(OBSERVED):
        total = float(share @ mean[:, year])
        of_events = [
            np.log(share @ np.exp(log_rate[:, e]) / total * (k + 1)) for k, e in enumerate(range(first, first + n))
        ]
        score.append(np.log(share @ np.exp(number[:, year])) + sum(of_events))
        first += n
    official = _row(hindcast.table(found), "ensemble_official")["score"].to_numpy()
    row = _row(hindcast.summary(found), "ensemble_official").iloc[0]
    assert row["score_gain_over_elastic"] == pytest.approx((official - np.array(score)).sum())


def test_the_band_of_the_total_is_that_of_the_sum_of_the_years(found: xr.Dataset) -> None:
    row = _row(hindcast.summary(found), "elastic|linear_stress").iloc[0]
    assert (row["total_low"], row["total_high"]) == tuple(poisson.ppf((0.025, 0.975), 12.0))
    few = hindcast.summary(found.isel(year=[1, 2], event=[4, 5, 6]))
    assert _row(few, "elastic|linear_stress").iloc[0]["total_high"] == poisson.ppf(0.975, 8.0)
    wide = nbinom.pmf(np.arange(400), 10.0, 0.5)  # mean 10, variance 20
    low, high = hindcast.total_band(np.tile(wide, (24, 1)))
    assert (low, high) == tuple(nbinom.ppf((0.025, 0.975), 240.0, 0.5))
    assert high - 240.0 == pytest.approx(norm.ppf(0.975) * np.sqrt(24 * 20.0), abs=2.0)


def test_the_late_years_are_summed_apart(found: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hindcast, "LATE", 2)
    row = _row(hindcast.summary(found), "elastic|constant").iloc[0]
    assert row["late_observed"] == OBSERVED[1] + OBSERVED[2]
    assert row["late_expected"] == pytest.approx(6.0)
    assert (row["late_low"], row["late_high"]) == tuple(poisson.ppf((0.025, 0.975), 6.0))


def test_years_in_the_band_are_counted_with_its_ends(found: xr.Dataset) -> None:
    in_band = {m: int(_row(hindcast.summary(found), m)["in_band"].iloc[0]) for m in MEMBERS}
    assert in_band["elastic|linear_stress"] == 2  # 4 of [2, 5], 0 not of [2, 5], 3 of [2, 5]
    assert in_band["smoothed_stationary|linear_stress"] == 2  # 4 not of [0, 3], 0 and 3 are


def test_a_hindcast_can_be_kept_as_a_dataset(found: xr.Dataset, tmp_path) -> None:
    found.to_netcdf(tmp_path / "hindcast.nc")
    again = xr.load_dataset(tmp_path / "hindcast.nc")
    pd.testing.assert_frame_equal(hindcast.summary(again), hindcast.summary(found))


def test_every_model_of_the_rate_has_a_grid_that_is_part_of_the_scenario() -> None:
    scenario = front.template()
    grids = hindcast.grids(scenario)
    assert set(grids) == set(models())
    for grid in grids.values():
        assert set(grid.rmax) <= set(scenario.source.rmax)
        assert set(grid.sigma_m) <= set(scenario.source.sigma)


def test_no_model_has_other_faults_or_smoothing_than_another() -> None:
    grids = list(hindcast.grids(front.template()).values())
    assert {(grid.rmax, grid.sigma_m) for grid in grids} == {
        ((0.3875, 0.4125, 0.425, 0.4375), (3250.0, 3500.0, 3750.0))
    }


@pytest.mark.parametrize("size", range(1, 16))
@pytest.mark.parametrize("count", range(1, 6))
def test_the_middle_of_a_grid_is_part_of_it_and_no_value_comes_twice(size: int, count: int) -> None:
    found = hindcast.middle([float(i) for i in range(size)], count)
    assert len(found) == min(size, count)
    assert list(found) == sorted(set(found))
    assert set(found) <= set(range(size))


def test_too_few_earthquakes_before_the_first_year_are_told_before_anything_is_computed() -> None:
    events = pd.DataFrame({"time": pd.to_datetime(["1996-05-01"]), "x": [0.0], "y": [0.0], "magnitude": [1.5]})
    with pytest.raises(InputError) as raised:
        hindcast.hindcast(front.template(), events, years=(2000,))
    assert raised.value.code == "E408"
    assert raised.value.problems[0].params["n"] == 1


def test_two_late_years_of_the_field() -> None:
    """The packaged data themselves: production falls, and the forecast with it, to about what came."""
    found = _packaged((2018, 2023), ["elastic"], "source.rmax=[0.4125]", "source.sigma=[3500]")
    assert list(found["observed"].to_numpy()) == [15, 9]
    elastic = found["mean"].sel(member="elastic|constant")
    assert float(elastic[0]) > 1.5 * float(elastic[1])
    assert found["s_quantile"].notnull().all()
    np.testing.assert_allclose(_score(found, "elastic|constant"), QUICK, atol=1.0)


@pytest.mark.slow
def test_the_official_score_of_the_field_is_what_the_documentation_says() -> None:
    """Years of a rise, of the most earthquakes, of a rise after the end of most production, and the last."""
    found = _packaged((2003, 2011, 2020, 2023), ["elastic", "elastic_plastic"])
    assert list(found["observed"].to_numpy()) == [14, 28, 16, 9]
    official = _score(found, "ensemble_official")
    np.testing.assert_allclose(official, OFFICIAL_SCORES, atol=1.0)
    assert official.sum() == pytest.approx(sum(OFFICIAL_SCORES), abs=3.0)


def _packaged(years: tuple[int, ...], models: list[str], *overrides: str) -> xr.Dataset:
    from mijnrisico.seismic import catalogue

    events = catalogue.select(1.45, "1995-01-01", "2024-01-01")
    scenario = front.template(overrides=[*overrides, "pressure.cell=1000"])
    return hindcast.hindcast(scenario, events, years=years, models=models)


def _score(found: xr.Dataset, member: str) -> np.ndarray:
    of_member = found.sel(member=member)
    return (of_member["score_number"] + of_member["score_space"] + of_member["score_magnitude"]).to_numpy()
