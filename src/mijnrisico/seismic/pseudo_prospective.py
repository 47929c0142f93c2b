"""Pseudo-prospective test: every year forecast from the earthquakes before it, and held to what then happened.

For each year Y every rate model is fitted on the earthquakes before 1 January of Y and forecasts the year under every
model of the magnitudes, aftershocks of what was known included. The loading runs on as it came to be: the test is of
the models of earthquakes, not of the scenario of production. Members are pairs of the two kinds of models. Two
ensembles stand beside them, one by given weights and one by how members scored in earlier years.

The score of a year is ln of the probability that the forecast gave to what happened (`testing.log_score`):

    ln P(n)   +   ln n! + sum ln share(cell)   +   sum ln P(magnitude | cell)

A member is scored with `EVEN_SHARE` of its events spread evenly over the field, whatever it is. Without it a model that
calls a place impossible loses everything on one epicentre, which is 0.5 km uncertain; with it, it loses at most the
logarithm of that share. An ensemble mixes the laws of the number and the fields of its members.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import gammaln, logsumexp

from mijnrisico.core import workers
from mijnrisico.core.workers import Once, in_order
from mijnrisico.seismic import aftershocks, calibrate, event_counts, year_ahead
from mijnrisico.seismic.magnitude import MODELS, gutenberg_richter
from mijnrisico.seismic.source.loading import Loading, StressGrid
from mijnrisico.seismic.source.model import Group, RateModel
from mijnrisico.seismic.source.smoothed_stationary import SMOOTHED
from mijnrisico.seismic.testing import geweke_amisano_2011, schorlemmer_2007, werner_2010, werner_2011, zechar_2010

EVEN_SHARE = 0.01
"""Share of the events of every member that is spread evenly over the field before it is scored."""
SIMULATIONS = 500
OFFICIAL, PAST_SCORE = "ensemble_official", "ensemble_past_score"
QUANTITIES = (
    "mean",
    "p025",
    "p50",
    "p975",
    "score_number",
    "score_space",
    "score_magnitude",
    "n_low",
    "n_high",
    "n_low_nb",
    "n_high_nb",
    "l_quantile",
    "cl_quantile",
    "s_quantile",
    "m_quantile",
)
"""What is kept of each member and year: the law of the number, the parts of the score, and quantiles of the tests.

`n_low_nb` and `n_high_nb` are `n_low` and `n_high` under a negative binomial law of the same mean and variance;
`cl_quantile` is `l_quantile` given the number of events.
"""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Contest:
    """Who takes part and how: rate models with their stress grids, magnitude models, their weights, the settings.

    Models without weight take part as well; weights of those that take part need not sum to one.
    """

    models: Mapping[str, tuple[RateModel, StressGrid]]
    magnitude_models: Sequence[str]
    rate_weights: Mapping[str, float]
    magnitude_weights: Mapping[str, float]
    mmax: Mapping[float, float]
    start: str
    magnitude_min: float
    seed: int = 0
    draws: int = year_ahead.DRAWS
    simulations: int = SIMULATIONS

    @property
    def members(self) -> list[tuple[str, str]]:
        """Pairs of a rate model and a magnitude model, in order."""
        return [(rate, magnitude) for rate in self.models for magnitude in self.magnitude_models]

    @property
    def official(self) -> np.ndarray:
        """Given weight of each member, summing to one if any has one."""
        weight = np.array(
            [self.rate_weights.get(r, 0.0) * self.magnitude_weights.get(m, 0.0) for r, m in self.members], dtype=float
        )
        return weight / weight.sum() if weight.sum() > 0.0 else weight


@dataclass(frozen=True, slots=True)
class _Known:
    """A rate model that has looked at the whole history: its evaluation and its groups, made when first asked for."""

    model: RateModel
    evaluated: calibrate.Evaluated
    groups: Sequence[Callable[[], Group]]

    def expected(self, step: int, number: int) -> np.ndarray:
        """Events over the field in a step for unit productivity, (k,)."""
        return self.evaluated.annual[number, :, step]


@dataclass(frozen=True, slots=True)
class _Happened:
    """The events of a year, in cells and bins of magnitude."""

    cell: np.ndarray
    bin: np.ndarray


@dataclass(frozen=True, slots=True)
class _Forecast:
    """What is scored: probabilities of 0, 1, ... events, ln of that of the observed number, and shares (cell, bin)."""

    pmf: np.ndarray
    log_count: float
    share: np.ndarray

    @property
    def mean(self) -> float:
        """Expected number of events."""
        return float(self.pmf @ np.arange(self.pmf.size))


def contest(
    setting: Contest,
    loading: Loading,
    events: pd.DataFrame,
    years: Sequence[int],
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Run the test over `years`; `loading` covers them in calendar years, `events` are those from `setting.start` on.

    Returns per `member` (`elastic|constant`, and the ensembles, which have no magnitude model) and `year` the
    `QUANTITIES` and `past_score_weight`; per member `official_weight` and `weight_now`, that by past score after the
    last year; `observed` (year,); `log_rate` (member, event), ln of the expected events in the cell, bin and year of
    each event of these years, whose `event_year` is given; and `chance` (member, year, count), the law of the number.
    Raises `InputError` E408 where fewer than `catalogue.FEWEST_EVENTS` events came before the first year.
    """
    with workers.threads(1):  # BLAS on one thread: what is worth it is spread over models, not within a product
        return _contest(setting, loading, events, years, progress)


def _contest(
    setting: Contest, loading: Loading, events: pd.DataFrame, years: Sequence[int], progress: Progress
) -> xr.Dataset:
    events = events.sort_values(["time", "x", "y", "magnitude"], ignore_index=True, kind="stable")
    x, y = events["x"].to_numpy(float), events["y"].to_numpy(float)
    inside = aftershocks.share_inside(x, y, loading.cells)
    near = aftershocks.reach(x, y, loading.cells)
    known = _looked_at(setting, loading, events, lambda done: progress(0.15 * done))
    names = [f"{rate}|{magnitude}" for rate, magnitude in setting.members]
    official, equal = setting.official, np.full(len(names), 1.0 / len(names))
    with_official = bool(official.sum() > 0.0)
    scores, weights, rows, log_rates, counts, laws = [], [], [], [], [], []
    for index, year in enumerate(years):
        until = f"{year}-01-01"
        before = int(np.searchsorted(events["time"].to_numpy().astype("datetime64[ns]"), np.datetime64(until, "ns")))
        happened = _of_year(events, loading, year)
        fields = _members(setting, known, loading, events, near[:, :before], inside, until, happened)
        weight = _past_weights(scores, equal)
        forecasts = list(fields)
        if with_official:
            forecasts.append(_mixture(fields, official))
        forecasts.append(_mixture(fields, weight))
        seeds = np.random.SeedSequence(setting.seed, spawn_key=(year,)).spawn(len(forecasts))
        tasks = [
            partial(_judge, each, happened, np.random.default_rng(seed), setting.simulations)
            for each, seed in zip(forecasts, seeds, strict=True)
        ]
        judged = list(in_order(tasks))
        scores.append([sum(row[name] for name in QUANTITIES[4:7]) for row, _ in judged[: len(names)]])
        weights.append(weight)
        rows.append([[row[name] for name in QUANTITIES] for row, _ in judged])
        log_rates.append(np.array([rate for _, rate in judged]))
        counts.append(happened.cell.size)
        laws.append([each.pmf for each in forecasts])
        progress(0.15 + 0.85 * (index + 1) / len(years))
    ensembles = [OFFICIAL] * with_official + [PAST_SCORE]
    blank = np.full(len(ensembles), np.nan)
    by_name = np.moveaxis(np.array(rows), 0, 1)
    past = np.hstack([np.array(weights), np.full((len(years), len(ensembles)), np.nan)]).T
    return xr.Dataset(
        {name: (("member", "year"), by_name[:, :, i]) for i, name in enumerate(QUANTITIES)}
        | {
            "past_score_weight": (("member", "year"), past),
            "official_weight": ("member", np.concatenate([official if with_official else official * np.nan, blank])),
            "weight_now": ("member", np.concatenate([_past_weights(scores, equal), blank])),
            "observed": ("year", counts),
            "log_rate": (("member", "event"), np.concatenate(log_rates, axis=1)),
            "event_year": ("event", np.repeat(list(years), counts)),
            "chance": (("member", "year", "count"), _padded(laws)),
        },
        coords={"member": [*names, *ensembles], "year": list(years)},
        attrs={
            "even_share": EVEN_SHARE,
            "simulations": setting.simulations,
            "draws": setting.draws,
            "seed": setting.seed,
            "start": setting.start,
            "magnitude_min": setting.magnitude_min,
        },
    )


def _padded(laws: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Laws of the number of each year and member in one array (member, year, count), with zeros at the end."""
    longest = max(law.size for of_year in laws for law in of_year)
    found = np.zeros((len(laws[0]), len(laws), longest))
    for year, of_year in enumerate(laws):
        for member, law in enumerate(of_year):
            found[member, year, : law.size] = law
    return found


def _looked_at(
    setting: Contest, loading: Loading, events: pd.DataFrame, progress: Progress
) -> dict[str, _Known | None]:
    """Every model evaluated on the whole history at once; None for one that is made of the events of its fit."""
    found: dict[str, _Known | None] = {}
    for index, (name, (model, grid)) in enumerate(setting.models.items()):
        found[name] = None if model is SMOOTHED else _look(model, replace(loading, grid=grid), events)
        progress((index + 1) / len(setting.models))
    return found


def _look(model: RateModel, loading: Loading, events: pd.DataFrame) -> _Known:
    groups = [Once(make) for make in model.groups(loading)]
    evaluated = calibrate.evaluate(replace(model, groups=lambda _: iter(groups)), loading, events)
    return _Known(model, evaluated, groups)


def _of_year(events: pd.DataFrame, loading: Loading, year: int) -> _Happened:
    of_year = events[(events["time"] >= f"{year}-01-01") & (events["time"] < f"{year + 1}-01-01")]
    bins = np.abs(of_year["magnitude"].to_numpy(float)[:, None] - gutenberg_richter.MAGNITUDES).argmin(axis=1)
    return _Happened(loading.cells.nearest(of_year["x"].to_numpy(float), of_year["y"].to_numpy(float)), bins)


def _members(
    setting: Contest,
    known: Mapping[str, _Known | None],
    loading: Loading,
    events: pd.DataFrame,
    near: np.ndarray,
    inside: np.ndarray,
    until: str,
    happened: _Happened,
) -> list[_Forecast]:
    """Forecast of the year from `until` on by every member, from the events before it."""
    year, before = int(until[:4]), near.shape[1]
    step = year_ahead.step_of(loading, year)
    fits: dict[str, tuple[_Known, xr.Dataset]] = {}
    names, laws = list(setting.magnitude_models), {}
    for name, (model, grid) in setting.models.items():
        ready = known[name]
        at_hand, share = events, inside
        if ready is None:
            at_hand, share = events.iloc[:before], inside[:before]
            ready = _look(model, replace(loading, grid=grid, events=at_hand), at_hand)
        fitted = calibrate.fit(
            ready.evaluated,
            start=setting.start,
            until=until,
            magnitude_min=setting.magnitude_min,
            magnitude_models=names,
            inside=share,
        )
        if not fits:  # magnitudes without stress say the same whatever the rate model: the first is enough
            laws = year_ahead.laws_at_cells(fitted, names, list(setting.mmax), loading.cells)
            names = [each for each in names if MODELS[each].covariate == "stress"]
        fits[name] = ready, fitted
    shared = year_ahead.Shared(near, laws)
    seeds = np.random.SeedSequence(setting.seed, spawn_key=(year, 1)).spawn(len(fits))
    tasks = [
        partial(
            year_ahead.forecast_year,
            ready.model,
            fitted,
            lambda number, ready=ready: ready.groups[number](),
            replace(step, grid=ready.evaluated.loading.grid, events=ready.evaluated.loading.events),
            partial(ready.expected, step.first - loading.first),
            magnitude_models=setting.magnitude_models,
            mmax=setting.mmax,
            shared=shared,
            seed=seed,
            draws=setting.draws,
        )
        for (ready, fitted), seed in zip(fits.values(), seeds, strict=True)
    ]
    found = dict(zip(fits, in_order(tasks), strict=True))
    return [_forecast(found[rate][magnitude], loading, happened) for rate, magnitude in setting.members]


def _forecast(ahead: year_ahead.Ahead, loading: Loading, happened: _Happened) -> _Forecast:
    """What is scored of a forecast: with `EVEN_SHARE` of its events spread evenly, in the magnitudes of the field."""
    weight = np.full(ahead.first.size, 1.0 / ahead.first.size)
    law = event_counts.generalised_poisson
    pmf = event_counts.mixture(law, ahead.first[:, None], ahead.ratio[:, None], weight)[0]
    log_count = event_counts.mixture_log(law, np.array(happened.cell.size), ahead.first, ahead.ratio, weight)
    share = ahead.rate / ahead.rate.sum()
    even = loading.cells.area_m2[:, None] / loading.cells.area_m2.sum() * share.sum(axis=0)
    return _Forecast(pmf, float(log_count), (1.0 - EVEN_SHARE) * share + EVEN_SHARE * even)


def _mixture(members: Sequence[_Forecast], weight: np.ndarray) -> _Forecast:
    """Laws of the number mixed by `weight`, and fields of expected events."""
    pmf = np.zeros(max(each.pmf.size for each in members))
    field = np.zeros(members[0].share.shape)
    for each, part in zip(members, weight, strict=True):
        pmf[: each.pmf.size] += part * each.pmf
        field += part * each.mean * each.share
    log_count = logsumexp(np.array([each.log_count for each in members]), b=weight)
    return _Forecast(pmf, float(np.asarray(log_count)), field / field.sum())


def _past_weights(scores: Sequence[Sequence[float]], prior: np.ndarray) -> np.ndarray:
    """Weights by the scores of the years so far (`geweke_amisano_2011`)."""
    return geweke_amisano_2011.pool_weights(np.array(scores), prior) if scores else prior


def _judge(
    forecast: _Forecast, happened: _Happened, rng: np.random.Generator, simulations: int
) -> tuple[dict[str, float], np.ndarray]:
    """The `QUANTITIES` of a forecast, and ln of the expected events in the cell and bin of each event."""
    n, share, mean = happened.cell.size, forecast.share, forecast.mean
    rate = mean * share
    at_cell, at_event = share.sum(axis=1)[happened.cell], share[happened.cell, happened.bin]
    low, middle, high = event_counts.quantile(forecast.pmf, np.array([0.025, 0.5, 0.975]))
    n_low, n_high = zechar_2010.number_test(forecast.pmf, n)
    variance = float(event_counts.table_moments(forecast.pmf)[1])
    low_nb, high_nb = werner_2010.number_test(mean, variance, n)
    where = rng, rate, happened.cell
    found = {
        "mean": mean,
        "p025": float(low),
        "p50": float(middle),
        "p975": float(high),
        "score_number": forecast.log_count,
        "score_space": float(gammaln(n + 1.0) + np.log(at_cell).sum()),
        "score_magnitude": float(np.log(at_event / at_cell).sum()),
        "n_low": n_low,
        "n_high": n_high,
        "n_low_nb": low_nb,
        "n_high_nb": high_nb,
        "l_quantile": schorlemmer_2007.likelihood_test(*where, happened.bin, forecast.pmf, simulations).quantile,
        "cl_quantile": werner_2011.conditional_likelihood_test(*where, happened.bin, simulations).quantile,
        "s_quantile": zechar_2010.spatial_test(*where, simulations).quantile,
        "m_quantile": zechar_2010.magnitude_test(rng, rate, happened.bin, simulations).quantile,
    }
    return found, np.log(rate[happened.cell, happened.bin])
