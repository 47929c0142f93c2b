"""The hindcast: every year from 2000 on forecast from what was known before it, and held to what happened.

    found = hindcast(scenario, events)
    table(found), summary(found)

The pressure follows production as it was, by a gas model whose parameters were fitted on pressures before 2000. What is
known of the ground (thickness, faults) is of later date, and the models were thought up by people who knew the later
earthquakes. Stress has its scale at the end of the history, which is a unit and the place of the priors, nothing else.
The grids of stress members are coarser than those of a run, and the same for every model with stress (`grids`).

Earthquakes of one sequence, and of one year under one fit, are not independent. Years are nearer to it, since each
forecast starts from all that came before. So what is said of one model against another rests on the differences of
their scores by year, `score_gain`, and the tests of Rhoades et al. (2011), which count every earthquake, stand beside.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import gammaln, logsumexp, stdtrit

from mijnrisico import data
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import catalogue, event_counts, pseudo_prospective, source
from mijnrisico.seismic.pseudo_prospective import OFFICIAL, PAST_SCORE
from mijnrisico.seismic.source.loading import StressGrid, loading
from mijnrisico.seismic.testing import rhoades_2011
from mijnrisico.studies import inputs
from mijnrisico.studies.preflight import HISTORY_END
from mijnrisico.subsurface import gas_flow

YEARS = range(2000, int(HISTORY_END[:4]))
REFERENCE = ("smoothed_stationary", "constant")
"""Rate and magnitude model that gains are counted from: no physics, one b-value. It always takes part."""
ELASTIC = "elastic"
LATE = 4
"""Years at the end that are summed apart as well: since 2020 production is next to nothing."""
TABLE = (
    "year",
    "model",
    "magnitude_model",
    "observed",
    "mean",
    "p025",
    "p50",
    "p975",
    "score",
    "score_number",
    "score_space",
    "score_magnitude",
    "n_low",
    "n_high",
    "l_quantile",
    "s_quantile",
    "m_quantile",
    "gain_per_event",
    "official_weight",
    "past_score_weight",
)
SUMMARY = (
    "model",
    "magnitude_model",
    "events",
    "expected",
    "score",
    "score_gain",
    "score_gain_low",
    "score_gain_high",
    "score_gain_over_elastic",
    "score_gain_over_elastic_low",
    "score_gain_over_elastic_high",
    "total_low",
    "total_high",
    "late_observed",
    "late_expected",
    "late_low",
    "late_high",
    "gain_per_event",
    "gain_low",
    "gain_high",
    "t_p",
    "w_p",
    "gain_over_elastic",
    "gain_over_elastic_low",
    "gain_over_elastic_high",
    "in_band",
    "years",
    "weight_now",
)

Progress = Callable[[float], None]


def hindcast(
    scenario: Scenario,
    events: pd.DataFrame,
    *,
    years: Sequence[int] = YEARS,
    models: Sequence[str] = (),
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Run the test of `pseudo_prospective.contest` with the settings of a scenario.

    `events` are those of `catalogue.select` from `source.since` to the end of the last year. `models` of the rate, by
    default all; the reference is always among them. Magnitude models are those with weight in the scenario, and
    `constant`. Raises `InputError` E408 when there are too few earthquakes before the first year, E303 when pressures
    do not cover the years.
    """
    setting = scenario.source
    before = int((events["time"] < f"{years[0]}-01-01").sum())
    if before < catalogue.FEWEST_EVENTS:
        params = {"of": "hindcast", "n": before, "k": catalogue.FEWEST_EVENTS, "year": years[0]}
        raise InputError(Problem("E408", "source.from", params))
    every, stress = source.models(), grids(scenario)
    wanted = [name for name in every if not models or name in models or name == REFERENCE[0]]
    end = f"{years[-1] + 1}-01-01"
    history = loading(
        pressure(scenario, end),
        stress[ELASTIC],
        start=str(setting.since),
        until=end,
        scale=end,
        ground=inputs.reservoir(scenario),
    )
    tree = setting.magnitude.tree
    contest = pseudo_prospective.Contest(
        models={name: (every[name], stress[name]) for name in wanted},
        magnitude_models=list(dict.fromkeys([*tree, REFERENCE[1]])),
        rate_weights=setting.rate.tree,
        magnitude_weights=tree,
        mmax=setting.mmax.tree,
        start=str(setting.since),
        magnitude_min=setting.magnitude_min,
        seed=scenario.seed,
    )
    return pseudo_prospective.contest(contest, history, events, years, progress)


def pressure(scenario: Scenario, end: str) -> xr.DataArray:
    """Pressure from before production to `end`: that of the user, else by the gas model fitted before 2000."""
    if (given := inputs.pressure(scenario)) is not None:
        return inputs.between(given, None, end)["pressure"]
    wells = gas_flow.monthly_volumes(data.table("production_by_cluster"))
    cell = 1000  # half the cell takes eight times as long and changes little
    grid = gas_flow.reservoir_grid(cell)
    return gas_flow.simulate(grid, gas_flow.CALIBRATED_BEFORE_2000[cell], wells, until=end)["pressure"]


def grids(scenario: Scenario) -> dict[str, StressGrid]:
    """Stress members of each rate model: from the middle of those of the scenario, the same in all of them.

    So no model differs from another by the stress it was given.
    """
    setting = scenario.source
    shared = StressGrid(
        middle(setting.rmax, 4), middle(setting.sigma, 3), setting.slope, setting.log10_hs, setting.smoothing
    )
    delayed = replace(shared, slope=thinned(setting.slope, 3), log10_hs=thinned(setting.log10_hs, 3))
    return {name: delayed if name == "elastic_plastic" else shared for name in source.models()}


def middle(values: Sequence[float], count: int) -> tuple[float, ...]:
    """At most `count` of the values, evenly over the middle two fifths of them, or over more where those are too few.

    >>> middle((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), 3)
    (3.0, 4.0, 5.0)
    """
    last, count = len(values) - 1, min(count, len(values))
    reach = max(last // 5, (count - 1) / 2.0)
    at = np.ceil(np.linspace(last / 2.0 - reach, last / 2.0 + reach, count) - 1e-9).astype(int)
    return tuple(float(values[index]) for index in at)


def thinned(values: Sequence[float], count: int) -> tuple[float, ...]:
    """At most `count` of the values: the middle one of each of as many equal parts.

    >>> thinned((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), 2)
    (2.0, 6.0)
    """
    count = min(count, len(values))
    at = np.round((np.arange(count) + 0.5) * len(values) / count - 0.5).astype(int)
    return tuple(float(values[index]) for index in at)


def table(found: xr.Dataset) -> pd.DataFrame:
    """Every year and member in the columns of `TABLE`; the score is the sum of its three parts.

    `gain_per_event` is the information gain over `REFERENCE` of that year, empty in a year without events.
    """
    frames = []
    reference = _name(*REFERENCE)
    yearly = [name for name in TABLE if name in found and found[name].dims == ("member", "year")]
    for member in found["member"].to_numpy():
        of_member = found.sel(member=member)
        frame = pd.DataFrame({name: of_member[name].to_numpy() for name in yearly})
        frame["year"], frame["observed"] = found["year"].to_numpy(), found["observed"].to_numpy()
        frame["model"], frame["magnitude_model"] = _parts(member)
        frame["score"] = frame[["score_number", "score_space", "score_magnitude"]].sum(axis=1)
        frame["gain_per_event"] = [_gain(found, member, reference, [int(year)]).per_event for year in found["year"]]
        frame["official_weight"] = float(of_member["official_weight"])
        frames.append(frame[list(TABLE)])
    return pd.concat(frames).sort_values("year", kind="stable", ignore_index=True)


def summary(found: xr.Dataset) -> pd.DataFrame:
    """Every member over all years in the columns of `SUMMARY`.

    `score_gain` is the score less that of `REFERENCE`, with a 95 % band from its scatter over the years (`over_years`).
    `total_low` and `total_high` are the 95 % band of the number over all years, by the laws of the years as if they
    were independent; `late_` is the same of the last `LATE` years, with what was counted and expected in them.

    `gain_per_event` and its band are those of the T-test of Rhoades et al. (2011), `t_p` and `w_p` the two-sided
    p-values of the T- and the W-test that the gain over `REFERENCE` is zero. All of these take earthquakes as
    independent. What ends in `over_elastic` is counted from the elastic rate model with the same magnitude model; of an
    ensemble, with the magnitude models by their given weights.
    """
    years = [int(year) for year in found["year"].to_numpy()]
    observed = found["observed"].to_numpy()
    scores = _scores(found)
    rows = []
    for member in found["member"].to_numpy():
        of_member = found.sel(member=member)
        model, magnitude_model = _parts(member)
        over = _gain(found, member, _name(*REFERENCE), years)
        over_elastic = _gain_over_elastic(found, member, magnitude_model, years)
        low, high = of_member["p025"].to_numpy(), of_member["p975"].to_numpy()
        score = scores[str(member)]
        late = of_member.isel(year=slice(-LATE, None))
        rows.append(
            (
                model,
                magnitude_model,
                int(observed.sum()),
                float(of_member["mean"].sum()),
                float(score.sum()),
                *over_years(score - scores[_name(*REFERENCE)]),
                *over_years(score - _elastic_score(found, scores, magnitude_model)),
                *total_band(of_member["chance"].to_numpy()),
                int(late["observed"].sum()),
                float(late["mean"].sum()),
                *total_band(late["chance"].to_numpy()),
                over.per_event,
                *over.interval(),
                over.p_value,
                rhoades_2011.w_test(*_pair(found, member, _name(*REFERENCE), years)),
                over_elastic.per_event,
                *over_elastic.interval(),
                int(((low <= observed) & (observed <= high)).sum()),
                len(years),
                float(of_member["weight_now"]),
            )
        )
    return pd.DataFrame(rows, columns=list(SUMMARY))


def over_years(gain: np.ndarray) -> tuple[float, float, float]:
    """Sum of the gains of years, and its 95 % band by Student's law with the years as independent.

        sum +- t(n - 1) s sqrt(n),    s the standard deviation of the gains of the n years

    One year has no band (nan).

    >>> [round(value, 3) for value in over_years(np.array([1.0, 2.0, 3.0]))]
    [6.0, -1.452, 13.452]
    """
    total, n = float(gain.sum()), gain.size
    if n < 2:
        return total, float("nan"), float("nan")
    reach = float(stdtrit(n - 1, 0.975) * np.std(gain, ddof=1) * np.sqrt(n))
    return total, total - reach, total + reach


def total_band(chance: np.ndarray) -> tuple[int, int]:
    """The 95 % band of the number over all years, from the law of each (year, count): their convolution.

    Each law is that of its year given all before it, as the forecasts are made.
    """
    total = np.ones(1)
    for law in chance:
        total = np.convolve(total, law)
    low, high = event_counts.quantile(total / total.sum(), np.array([0.025, 0.975]))
    return int(low), int(high)


def _scores(found: xr.Dataset) -> dict[str, np.ndarray]:
    """Score of every member by year."""
    score = found["score_number"] + found["score_space"] + found["score_magnitude"]
    return {str(name): score.sel(member=name).to_numpy() for name in found["member"].to_numpy()}


def _elastic_score(found: xr.Dataset, scores: Mapping[str, np.ndarray], magnitude_model: str) -> np.ndarray:
    """Score by year of the elastic model that a member is held against; undefined (nan) where it does not take part.

    Without a magnitude model that of its mixture by the given weights: of laws of the number, and of expected events.
    """
    if magnitude_model:
        return scores.get(_name(ELASTIC, magnitude_model), np.full(found.sizes["year"], np.nan))
    weight = _elastic_weights(found)
    if weight.empty:
        return np.full(found.sizes["year"], np.nan)
    part, share = found.sel(member=list(weight.index)), weight.to_numpy()[:, None]
    number = np.asarray(logsumexp(part["score_number"].to_numpy(), axis=0, b=share))
    log_rate = np.asarray(logsumexp(part["log_rate"].to_numpy(), axis=0, b=share))
    total, n = (share * part["mean"].to_numpy()).sum(axis=0), found["observed"].to_numpy()
    of_year = found["event_year"].to_numpy()[:, None] == found["year"].to_numpy()
    return number + log_rate @ of_year - n * np.log(total) + gammaln(n + 1.0)


def _elastic_weights(found: xr.Dataset) -> pd.Series:
    """Given weights of the elastic members, summing to one; empty where none has any."""
    weight = found["official_weight"].to_series().fillna(0.0)
    weight = weight[[name for name in weight.index if _parts(name)[0] == ELASTIC and weight[name] > 0.0]]
    return weight / weight.sum()


def _name(model: str, magnitude_model: str) -> str:
    return f"{model}|{magnitude_model}"


def _parts(member: str) -> tuple[str, str]:
    """Rate model and magnitude model of a member; an ensemble has none of the latter."""
    model, _, magnitude_model = str(member).partition("|")
    return model, magnitude_model


def _pair(
    found: xr.Dataset, member: str, other: str, years: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Log rates at the events of `years` and totals of two members."""
    of_years = np.isin(found["event_year"].to_numpy(), years)
    log_rates = [found["log_rate"].sel(member=name).to_numpy()[of_years] for name in (member, other)]
    totals = [float(found["mean"].sel(member=name, year=list(years)).sum()) for name in (member, other)]
    return log_rates[0], log_rates[1], totals[0], totals[1]


def _gain(found: xr.Dataset, member: str, other: str, years: Sequence[int]) -> rhoades_2011.Gain:
    return rhoades_2011.t_test(*_pair(found, member, other, years))


def _gain_over_elastic(found: xr.Dataset, member: str, magnitude_model: str, years: Sequence[int]) -> rhoades_2011.Gain:
    """Gain over the elastic model; undefined (nan) where it does not take part."""
    known = {str(name) for name in found["member"].to_numpy()}
    if magnitude_model:
        other = _name(ELASTIC, magnitude_model)
        return _gain(found, member, other, years) if other in known else _UNDEFINED
    weight = _elastic_weights(found)
    if weight.empty:
        return _UNDEFINED
    own, _, total, _ = _pair(found, member, member, years)
    pairs = [_pair(found, str(name), member, years) for name in weight.index]
    log_rate = np.log(sum(w * np.exp(pair[0]) for w, pair in zip(weight, pairs, strict=True)))
    elastic = float(sum(w * pair[2] for w, pair in zip(weight, pairs, strict=True)))
    return rhoades_2011.t_test(own, log_rate, total, elastic)


_UNDEFINED = rhoades_2011.Gain(float("nan"), float("nan"), 0)

__all__ = ["OFFICIAL", "PAST_SCORE", "REFERENCE", "SUMMARY", "TABLE", "YEARS", "hindcast", "summary", "table"]
