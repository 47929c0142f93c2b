"""The hindcast: every year from 2000 on forecast from what was known before it, and held to what happened.

    found = hindcast(scenario, events)
    table(found), summary(found)

The pressure follows production as it was, by a gas model whose parameters were fitted on pressures before 2000. What is
known of the ground (thickness, faults) is of later date, and the models were thought up by people who knew the later
earthquakes. Stress has its scale at the end of the history, which is a unit and the place of the priors, nothing else.
The grids of stress members are coarser than those of a run (`grids`), which moves no weight that matters.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico import data
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import catalogue, pseudo_prospective, source
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
    """Stress members of each rate model: those of the scenario, thinned."""
    setting = scenario.source
    whole = StressGrid(setting.rmax, setting.sigma, setting.slope, setting.log10_hs, setting.smoothing)
    fine = replace(whole, rmax=thinned(whole.rmax, 5), sigma_m=thinned(whole.sigma_m, 4))
    return {
        "elastic": fine,
        "elastic_plastic": replace(
            whole,
            rmax=thinned(whole.rmax, 3),
            sigma_m=thinned(whole.sigma_m, 3),
            slope=thinned(whole.slope, 3),
            log10_hs=thinned(whole.log10_hs, 3),
        ),
        "rate_and_state": replace(whole, rmax=thinned(whole.rmax, 2), sigma_m=thinned(whole.sigma_m, 2)),
        "dempsey_suckale": fine,
        "smoothed_stationary": fine,
    }


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

    Gains are per event with their 95 % band of the T-test of Rhoades et al. (2011), `t_p` and `w_p` the two-sided
    p-values of the T- and the W-test that the gain over `REFERENCE` is zero. `gain_over_elastic` is that over the
    elastic rate model with the same magnitude model; of an ensemble, with the magnitude models by their given weights.
    """
    years = [int(year) for year in found["year"].to_numpy()]
    observed = found["observed"].to_numpy()
    rows = []
    for member in found["member"].to_numpy():
        of_member = found.sel(member=member)
        model, magnitude_model = _parts(member)
        over = _gain(found, member, _name(*REFERENCE), years)
        over_elastic = _gain_over_elastic(found, member, magnitude_model, years)
        low, high = of_member["p025"].to_numpy(), of_member["p975"].to_numpy()
        score = sum(float(of_member[name].sum()) for name in ("score_number", "score_space", "score_magnitude"))
        rows.append(
            (
                model,
                magnitude_model,
                int(observed.sum()),
                float(of_member["mean"].sum()),
                score,
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
    weight = found["official_weight"].to_series().fillna(0.0)
    weight = weight[[name for name in weight.index if _parts(name)[0] == ELASTIC and weight[name] > 0.0]]
    if weight.empty:
        return _UNDEFINED
    weight = weight / weight.sum()
    own, _, total, _ = _pair(found, member, member, years)
    pairs = [_pair(found, str(name), member, years) for name in weight.index]
    log_rate = np.log(sum(w * np.exp(pair[0]) for w, pair in zip(weight, pairs, strict=True)))
    elastic = float(sum(w * pair[2] for w, pair in zip(weight, pairs, strict=True)))
    return rhoades_2011.t_test(own, log_rate, total, elastic)


_UNDEFINED = rhoades_2011.Gain(float("nan"), float("nan"), 0)

__all__ = ["OFFICIAL", "PAST_SCORE", "REFERENCE", "SUMMARY", "TABLE", "YEARS", "hindcast", "summary", "table"]
