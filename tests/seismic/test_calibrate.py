"""The posterior on a small field of our own: known truth, exact sums, nothing that depends on how it is computed."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico.core import workers
from mijnrisico.errors import InputError
from mijnrisico.seismic import aftershocks, calibrate
from mijnrisico.seismic.aftershocks import Law
from mijnrisico.seismic.source import extreme_threshold, smoothed_stationary
from mijnrisico.seismic.source.extreme_threshold import ELASTIC, ELASTIC_PLASTIC, THETA1
from mijnrisico.seismic.source.loading import StressGrid
from mijnrisico.seismic.source.model import RateModel

from . import small_field

TRUTH = {"rmax": 0.55, "sigma_m": 1500.0}
THETA = int(np.argmin(np.abs(THETA1 - 5.0)))
LAW = Law(0.15, 0.9, 0.3)
BRANCHES = {"linear_stress": 0.3, "thickness_split": 0.7}
FIT = {"start": small_field.START, "magnitude_min": 1.45}
COARSE = StressGrid((0.55,), (1000.0, 1500.0))
HELD = small_field.loading()


def _events(seed: int, expected: float = 260.0, model: RateModel = ELASTIC, law: Law = LAW, **truth: float):
    rng = np.random.default_rng(seed)
    return small_field.catalogue(
        rng, model, small_field.group(model, HELD, **TRUTH, **truth), HELD, THETA, expected, law
    )


def _posterior(events: pd.DataFrame, model: RateModel = ELASTIC, held=HELD, models=("constant",)) -> xr.Dataset:
    return calibrate.posterior(model, held, events, until=small_field.UNTIL, magnitude_models=models, **FIT)


@pytest.fixture(scope="module", name="elastic")
def one_fit() -> xr.Dataset:
    return _posterior(_events(4), models=tuple(BRANCHES))


def _distance(table: pd.DataFrame, name: str, truth: float) -> float:
    """Distance of the truth from the posterior mean, in standard deviations."""
    return abs(table.loc[name, "mean"] - truth) / table.loc[name, "sd"]


@pytest.mark.parametrize(
    ("model", "more", "seed"), [(ELASTIC, {}, 1), (ELASTIC_PLASTIC, {"slope": 4.0, "log10_hs": 5.0}, 2)]
)
def test_the_calibration_finds_the_parameters_that_made_the_events(model: RateModel, more: dict, seed: int):
    made = small_field.group(model, HELD, **TRUTH, **more)
    events = _events(seed, 800.0, model, **more)
    found = _posterior(events, model)
    table = calibrate.summary(found, {"constant": 1.0}).set_index("parameter")
    theta0 = np.log(800.0 / model.expected(made, HELD)[:, THETA].sum())
    truth = {"theta1": 5.0, "theta0": theta0, "etas_k": 0.15, "etas_a": 0.9, "etas_c": 0.3, "b": 1.0}
    truth["aftershock_share"] = 1.0 - 800.0 / len(events)  # of this catalogue, with its chance of 800 direct events
    for name, value in truth.items():
        # a and c rest on the few events with many aftershocks: their posteriors are far from normal.
        assert _distance(table, name, value) < (4.0 if name in ("etas_a", "etas_c") else 3.0), name
    assert table.loc["theta1", "sd"] < 0.5
    for name, value in (TRUTH | more).items():
        weight = calibrate.joint_weights(found, "constant").sum(axis=(1, 2))
        assert weight[np.isclose(found[name], value)].sum() > 0.02, name
    assert found.attrs["events_unloaded"] == pytest.approx(0.0, abs=0.01)


def test_the_truth_lies_within_the_posterior_as_often_as_it_says():
    held = small_field.loading(COARSE)
    inside, away = [], []
    for seed in range(20):
        fitted = calibrate.posterior(
            ELASTIC, held, _events(100 + seed, 120.0), until=small_field.UNTIL, magnitude_models=("constant",), **FIT
        )
        table = calibrate.summary(fitted, {"constant": 1.0}).set_index("parameter")
        for name, value in {"theta1": 5.0, "etas_k": 0.15, "b": 1.0}.items():
            away.append((table.loc[name, "mean"] - value) / table.loc[name, "sd"])
            inside.append(abs(away[-1]) < 1.0)
    assert 0.5 < np.mean(inside) < 0.87  # 68 %, of 60: three standard deviations are 18 %
    assert abs(np.mean(away)) < 0.5
    assert 0.6 < np.std(away) < 1.3
    assert np.abs(away).max() < 3.5


def test_rows_that_are_left_out_would_have_had_next_to_no_weight(elastic: xr.Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calibrate, "HOPELESS", 1e9)
    monkeypatch.setattr(calibrate, "NEGLIGIBLE", 1e-300)
    everything = _posterior(_events(4), models=tuple(BRANCHES))
    assert elastic.sizes["row"] < everything.sizes["row"] == everything.attrs["rows_all"] == 225
    assert everything.attrs["weight_left_out"] == pytest.approx(0.0, abs=1e-12)
    assert elastic.attrs["weight_left_out"] < 3e-5
    number = everything["group_number"].to_numpy()[everything["group"]] * THETA1.size + everything["inner"].to_numpy()
    kept = elastic["group_number"].to_numpy()[elastic["group"]] * THETA1.size + elastic["inner"].to_numpy()
    weight = calibrate.joint_weights(everything, "linear_stress").sum(axis=(1, 2))
    lost = 1.0 - weight[np.isin(number, kept)].sum()
    assert lost < 1e-4
    one, other = (calibrate.summary(each, BRANCHES) for each in (elastic, everything))
    assert (np.abs(one["mean"] - other["mean"]) <= 3e-3 * np.maximum(other["sd"], 1e-9) + 1e-9).all()
    assert elastic.attrs["log_evidence"] == pytest.approx(everything.attrs["log_evidence"], abs=1e-4)


def test_the_posterior_is_the_same_whatever_the_number_of_threads(monkeypatch: pytest.MonkeyPatch):
    found = []
    for count in (1, 2, 4):
        monkeypatch.setattr(calibrate, "in_order", partial(workers.in_order, count=count))
        found.append(_posterior(_events(4), models=("linear_stress",)))
    assert found[0].identical(found[1])
    assert found[0].identical(found[2])


def test_a_fit_to_an_earlier_moment_is_that_of_an_evaluation_to_that_moment():
    events, moment = _events(4), "2008-01-01"
    early = events[events["time"] < moment].reset_index(drop=True)
    short = small_field.loading(until=moment, scale=small_field.UNTIL)
    fresh = calibrate.evaluate(ELASTIC, short, early)
    long = calibrate.evaluate(ELASTIC, HELD, events)
    given = {"until": moment, "magnitude_models": tuple(BRANCHES), **FIT}
    xr.testing.assert_allclose(calibrate.fit(long, **given), calibrate.fit(fresh, **given), rtol=1e-9, atol=1e-12)
    for name in ("log_evidence", "weight_left_out", "events_unloaded"):
        one, other = (calibrate.fit(each, **given).attrs[name] for each in (long, fresh))
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12)


def test_events_after_the_moment_of_the_fit_change_nothing():
    events, moment = _events(4), "2008-01-01"
    later = events["time"] >= moment
    changed = events.assign(
        magnitude=events["magnitude"].where(~later, 3.0), x=events["x"].where(~later, 5000.0), y=events["y"] + 0.0
    )
    given = {"until": moment, "magnitude_models": tuple(BRANCHES), **FIT}
    one, other = (calibrate.fit(calibrate.evaluate(ELASTIC, HELD, each), **given) for each in (events, changed))
    assert one.identical(other)
    assert one.attrs["events"] == (~later).sum()
    assert float(one["event_time"].max()) < float(np.datetime64(moment, "ns").astype(float))


def test_a_fit_ends_where_a_step_ends():
    evaluated = calibrate.evaluate(ELASTIC, small_field.loading(COARSE), _events(4))
    with pytest.raises(ValueError, match="2008-06-01"):
        calibrate.fit(evaluated, until="2008-06-01", **FIT)


def test_too_few_events_are_refused():
    events = _events(4).iloc[:19]
    with pytest.raises(InputError) as refused:
        _posterior(events, held=small_field.loading(COARSE))
    assert refused.value.problems[0].code == "E408"
    assert _posterior(_events(4).iloc[:20], held=small_field.loading(COARSE)).attrs["events"] == 20


def test_an_event_in_an_unloaded_place_is_counted_and_does_not_decide():
    events = _events(4)
    held = small_field.loading(COARSE)
    idle = held.depletion_bar.copy()
    idle[held.first + 18 :] = idle[held.first + 18]  # nothing is produced in the last two years
    shut = calibrate.Loading(
        held.ground, held.cells, held.times, idle, held.initial_bar, held.first, held.scale_at, held.grid
    )
    before = events[events["time"] < "2013-01-01"].reset_index(drop=True)
    late = pd.concat([before, before.iloc[[-1]].assign(time=pd.Timestamp("2014-06-01"))], ignore_index=True)
    clean, with_one = (
        calibrate.posterior(ELASTIC, shut, each, until=small_field.UNTIL, magnitude_models=("constant",), **FIT)
        for each in (before, late)
    )
    assert clean.attrs["events_unloaded"] == 0.0
    assert with_one.attrs["events_unloaded"] == pytest.approx(1.0, abs=1e-9)
    one, other = (calibrate.summary(each, {"constant": 1.0}).set_index("parameter") for each in (clean, with_one))
    assert abs(one.loc["theta1", "mean"] - other.loc["theta1", "mean"]) < 0.5 * one.loc["theta1", "sd"]


def test_magnitudes_inform_the_stress_member_only_where_b_depends_on_stress(elastic: xr.Dataset):
    plain = calibrate.normalised(elastic["log_weight"].to_numpy().astype(float))
    np.testing.assert_allclose(calibrate.joint_weights(elastic, "thickness_split"), plain, rtol=1e-12)
    informed = calibrate.joint_weights(elastic, "linear_stress")
    group = elastic["group"].to_numpy()
    evidence = np.exp(elastic["log_linear_stress"].to_numpy() - elastic["log_linear_stress"].to_numpy().max())
    expected = np.bincount(group, plain.sum(axis=(1, 2))) * evidence.mean(axis=1)
    np.testing.assert_allclose(np.bincount(group, informed.sum(axis=(1, 2))), expected / expected.sum(), rtol=1e-9)
    assert informed.sum() == pytest.approx(1.0)
    assert elastic["log_thickness_split"].ndim == 1
    mixed = calibrate.mixed_weights(elastic, BRANCHES)
    np.testing.assert_allclose(mixed, 0.3 * informed + 0.7 * plain, rtol=1e-12)


def test_the_weight_of_a_b_value_is_that_over_all_groups(elastic: xr.Dataset):
    of_group = np.bincount(
        elastic["group"].to_numpy(), calibrate.normalised(elastic["log_weight"].to_numpy()).sum(axis=(1, 2))
    )
    log_value = elastic["log_linear_stress"].to_numpy()
    joint = of_group[:, None] * np.exp(log_value - log_value.max())
    np.testing.assert_allclose(
        calibrate.magnitude_weights(elastic, "linear_stress"), joint.sum(axis=0) / joint.sum(), rtol=1e-9
    )
    assert calibrate.magnitude_weights(elastic, "thickness_split").sum() == pytest.approx(1.0)


def test_draws_have_the_moments_of_the_posterior(elastic: xr.Dataset):
    drawn = calibrate.draws(elastic, "linear_stress", 40_000, seed=3)
    weights = calibrate.joint_weights(elastic, "linear_stress")
    n, share = elastic.attrs["events"], elastic["share"].to_numpy()
    of_share = weights.sum(axis=(0, 1))
    assert drawn.direct.mean() == pytest.approx((n + 1) * (of_share @ (1.0 - share)), rel=3e-3)
    k = calibrate.productivity(elastic)
    assert drawn.productivity.mean() == pytest.approx((weights.sum(axis=0) * k).sum(), rel=0.02)
    theta1 = elastic["theta1"].to_numpy()
    assert theta1[drawn.row].mean() == pytest.approx(weights.sum(axis=(1, 2)) @ theta1, rel=5e-3)
    total = drawn.direct + drawn.productivity * elastic["triggered_per_k"].to_numpy()[drawn.law]
    assert total.mean() == pytest.approx(n + 1, rel=2e-3)
    assert total.var() == pytest.approx(n + 1, rel=0.05)
    again = calibrate.draws(elastic, "linear_stress", 40_000, seed=3)
    np.testing.assert_array_equal(drawn.direct, again.direct)


def test_what_was_expected_of_the_past_adds_up_to_the_events_there_were(elastic: xr.Dataset):
    expected = calibrate.expected_past(elastic, calibrate.draws(elastic, "linear_stress", 2000, seed=1))
    n = elastic.attrs["events"]
    assert expected.sum(axis=1).mean() == pytest.approx(n + 1, rel=0.01)
    observed = np.bincount(pd.DatetimeIndex(elastic["event_time"].to_numpy()).year - 1995, minlength=20)
    chi2 = ((observed - expected.mean(axis=0)) ** 2 / expected.mean(axis=0)).sum()
    assert chi2 < 20.0 + 4.0 * np.sqrt(40.0) * 1.5  # cascades vary more than Poisson counts


def test_the_triggered_years_add_up_to_what_the_likelihood_expects(elastic: xr.Dataset):
    np.testing.assert_allclose(elastic["triggered"].sum("past_year"), elastic["triggered_per_k"], rtol=1e-9)
    np.testing.assert_allclose(elastic["annual"].sum("past_year"), elastic["whole"], rtol=1e-9)


def test_the_summary_is_the_moments_of_the_joint_weights(elastic: xr.Dataset):
    table = calibrate.summary(elastic, BRANCHES).set_index("parameter")
    weights = calibrate.mixed_weights(elastic, BRANCHES)
    drawn = {name: calibrate.draws(elastic, name, 30_000, seed=5) for name in BRANCHES}
    theta0 = {name: np.log(each.direct) - np.log(elastic["whole"].to_numpy()[each.row]) for name, each in drawn.items()}
    mean = sum(BRANCHES[name] * values.mean() for name, values in theta0.items())
    square = sum(BRANCHES[name] * (values**2).mean() for name, values in theta0.items())
    assert table.loc["theta0", "mean"] == pytest.approx(mean, abs=0.03 * table.loc["theta0", "sd"])
    assert table.loc["theta0", "sd"] == pytest.approx(np.sqrt(square - mean**2), rel=0.03)
    theta1 = elastic["theta1"].to_numpy()
    assert table.loc["theta1", "mean"] == pytest.approx(weights.sum(axis=(1, 2)) @ theta1)
    assert list(table["unit"].loc[["sigma_m", "etas_c", "split_m"]]) == ["m", "day", "m"]
    assert set(table.index) >= {"rmax", "sigma_m", "theta1", "theta0", "etas_a", "etas_c", "etas_k", "b0", "b_thin"}


def test_the_edge_is_that_of_the_grid_and_not_of_what_was_kept(elastic: xr.Dataset):
    table = calibrate.summary(elastic, BRANCHES).set_index("parameter")
    theta1 = elastic["theta1"].to_numpy()
    assert theta1.min() > THETA1[0]
    assert theta1.max() < THETA1[-1]
    assert table.loc["theta1", "at_edge"] == 0.0
    weight = calibrate.mixed_weights(elastic, BRANCHES).sum(axis=(1, 2))
    outer = weight[~np.isclose(elastic["sigma_m"], 1500.0)].sum()
    assert table.loc["sigma_m", "at_edge"] == pytest.approx(outer, abs=1e-12)


def test_a_posterior_against_the_edge_of_its_grid_says_so():
    narrow = small_field.loading(StressGrid((0.55,), (300.0, 400.0, 500.0)))
    table = calibrate.summary(_posterior(_events(4), held=narrow), {"constant": 1.0}).set_index("parameter")
    assert table.loc["sigma_m", "at_edge"] > 0.5
    assert np.isnan(table.loc["rmax", "at_edge"])
    assert np.isnan(table.loc["etas_k", "at_edge"])


@pytest.mark.parametrize(("sd", "coarse"), [(1.0, False), (0.18, True)])
def test_coarseness_is_the_shift_when_every_second_value_is_left_out(sd: float, coarse: bool):
    nodes = np.linspace(0.0, 10.0, 21)
    weight = np.exp(-0.5 * ((nodes - 4.9) / sd) ** 2)
    weight /= weight.sum()
    mean, found_sd, edge, coarseness = calibrate._moments(nodes, weight)
    halves = [nodes[k::2] @ weight[k::2] / weight[k::2].sum() for k in (0, 1)]
    assert coarseness == pytest.approx(abs(halves[0] - halves[1]) / 2.0 / found_sd)
    assert (coarseness > 0.3) == coarse
    assert edge == pytest.approx(weight[0] + weight[-1])
    assert mean == pytest.approx(4.9, abs=0.1)


def test_a_model_without_inner_parameters_is_fitted_by_the_same_code():
    events = _events(4)
    held = small_field.loading(COARSE, events=events)
    found = _posterior(events, smoothed_stationary.SMOOTHED, held)
    table = calibrate.summary(found, {"constant": 1.0}).set_index("parameter")
    assert "theta1" not in table.index
    assert table.loc["bandwidth_m", "sd"] > 0.0
    assert calibrate.joint_weights(found, "constant").sum() == pytest.approx(1.0)


def test_the_first_look_and_the_second_are_one_likelihood(elastic: xr.Dataset):
    """The weight of a row, an equation at a time: the mixture of one group and theta1 for every law, and its prior."""
    events = _events(4)
    made = small_field.group(ELASTIC, HELD, **TRUTH)
    at = HELD.at(events["time"].to_numpy(), events["x"].to_numpy(), events["y"].to_numpy())
    where = {name: events[name].to_numpy() for name in ("time", "x", "y", "magnitude")}
    excited = aftershocks.excitation(**where, until=small_field.UNTIL, cells=HELD.cells, magnitude_min=1.45)
    direct = extreme_threshold.ELASTIC.at_events(made, HELD, at)
    whole = ELASTIC.expected(made, HELD).sum(axis=0)
    slow = aftershocks.mixture_slow(direct, whole, excited) + aftershocks.log_prior(excited)
    ours = np.isclose(elastic["rmax"], 0.55) & np.isclose(elastic["sigma_m"], 1500.0)
    stored = elastic["log_weight"].to_numpy()[ours]
    asked = slow[elastic["inner"].to_numpy()[ours]]
    np.testing.assert_allclose(stored - stored.max(), asked - asked.max(), atol=2e-3, rtol=1e-5)
