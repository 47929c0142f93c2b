"""Posterior of a rate model, its aftershocks and the magnitudes on a catalogue: one grid, nothing sampled.

For a rate model (`source.model`) with groups g and inner parameters k, aftershock parameters (a, c), the share beta of
aftershocks among the n expected events (`aftershocks`), and N events at x_i, t_i, m_i:

    ln L = sum_i ln((1 - beta) f_i(g, k) + beta h_i(a, c)) + ln prior,          n ~ gamma(N + 1)

Priors are flat in theta0, in K, in every parameter of the grids (in the logarithm where a module says so). The whole
grid is looked at with one typical law of aftershocks; rows (g, k) that are hopeless there (`HOPELESS` in ln L) are left
out, their weight is estimated and kept in `attrs`. The magnitudes inform the group where a b-value depends on its
stress, so weights differ between the magnitude branches.

`evaluate` is what costs; `fit` takes any part of the catalogue of an evaluation, so that a hindcast of many years pays
once.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import digamma, polygamma

from mijnrisico.core import logic_tree
from mijnrisico.core.workers import in_order, one_blas_thread
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import aftershocks, catalogue, magnitude
from mijnrisico.seismic.source.extreme_threshold import LOWEST_LOADING
from mijnrisico.seismic.source.loading import At, Loading
from mijnrisico.seismic.source.model import Maker, RateModel

HOPELESS = 14.0
"""Rows that lie this far below the best in ln L, under a typical law of aftershocks, are left out (weight 1e-6)."""
NEGLIGIBLE = 1e-6
"""Weight of a row, relative to the heaviest, below which it is not kept."""
_TYPICAL = 0.09
"""Share of aftershocks in the first look: that of the published posterior (Kraaijpoel et al. 2026)."""

_BLOCK = 1024
"""Rows looked at together with every law: what is not kept of them is gone before the next."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What every group and inner combination of a model says of a catalogue, per unit productivity.

    `direct` (group, k, event) in 1/m2/year, in single precision; `annual` (group, k, step) events over the field;
    `stress` (group, event) relative, `idle` (group, event) whether it rises there by less than
    `extreme_threshold.LOWEST_LOADING` a year; `groups` has the parameters of each group and its `stress_scale` (MPa).
    """

    model: RateModel
    loading: Loading
    events: pd.DataFrame
    at: At
    groups: pd.DataFrame
    direct: np.ndarray
    annual: np.ndarray
    stress: np.ndarray
    idle: np.ndarray


@one_blas_thread()
def evaluate(
    model: RateModel, loading: Loading, events: pd.DataFrame, progress: Progress = lambda _: None
) -> Evaluated:
    """Run a model over every group for the events (time, x, y, magnitude), in order of time."""
    at = loading.at(events["time"].to_numpy(), events["x"].to_numpy(), events["y"].to_numpy())
    years = loading.all_step_years[at.step]

    def look(make: Maker) -> tuple[dict[str, float], *tuple[np.ndarray, ...]]:
        group = make()
        before, after = group.stress[at.step, at.cell], group.stress[at.step + 1, at.cell]
        return (
            {**group.parameters, "stress_scale": group.scale},
            model.at_events(group, loading, at),
            model.expected(group, loading).T,
            before + at.fraction * (after - before),
            (after - before) / years < LOWEST_LOADING,
        )

    makers = deque(model.groups(loading))
    groups, inner, steps = len(makers), model.inner.shape[0], loading.step_years.size

    def looks() -> Iterator[Callable[[], tuple[dict[str, float], *tuple[np.ndarray, ...]]]]:
        while makers:  # a maker holds the fields it shares with its neighbours: let go of what is done
            yield partial(look, makers.popleft())

    rows: list[dict[str, float]] = []
    direct = np.empty((groups, inner, at.cell.size), dtype=np.float32)
    annual = np.empty((groups, inner, steps))
    stress, idle = np.empty((groups, at.cell.size)), np.empty((groups, at.cell.size), dtype=bool)
    for index, (parameters, *found) in enumerate(in_order(looks())):
        rows.append(parameters)
        for kept, values in zip((direct, annual, stress, idle), found, strict=True):
            kept[index] = values
        progress((index + 1) / groups)
    return Evaluated(model, loading, events, at, pd.DataFrame(rows), direct, annual, stress, idle)


@one_blas_thread()
def fit(
    evaluated: Evaluated,
    *,
    start: str,
    until: str,
    magnitude_min: float,
    magnitude_models: Sequence[str] = (),
    inside: np.ndarray | None = None,
) -> xr.Dataset:
    """Posterior from the events of the evaluation before `until`, which must be the start of a step of the loading.

    Returns a dataset with, per kept `row` (a group and an inner combination): the parameters, `whole` (expected events
    of the fit per unit productivity), `annual` (row, past_year), and `log_weight` (row, law, share), the joint with
    the laws of aftershocks; for each stress-dependent magnitude model `log_<name>` (group, combination) and for the
    others `log_<name>` (combination,), each with its grid `<name>_grid`; `triggered` (law, past_year), the aftershocks
    of the events themselves per unit K. Attributes `<parameter>_nodes` are the values that were looked at. Raises
    `InputError` E408 for fewer than 20 events.
    """
    loading = evaluated.loading
    moment = np.datetime64(until, "ns")
    if moment not in loading.times:
        raise ValueError(f"the loading has no step that ends at {until}")
    known = slice(0, int(np.searchsorted(evaluated.events["time"].to_numpy().astype("datetime64[ns]"), moment)))
    events = evaluated.events.iloc[known]
    n = len(events)
    if n < catalogue.FEWEST_EVENTS:
        raise InputError(Problem("E408", "source", {"n": n, "k": catalogue.FEWEST_EVENTS}))
    time, x, y, size = (events[name].to_numpy() for name in ("time", "x", "y", "magnitude"))
    steps = loading.times[loading.first : -1] < moment
    excited = aftershocks.excitation(
        time,
        x,
        y,
        size,
        until=until,
        cells=loading.cells,
        magnitude_min=magnitude_min,
        inside=None if inside is None else inside[known],
    )
    whole = evaluated.annual[:, :, steps].sum(axis=2)
    groups, inner = whole.shape
    direct = evaluated.direct[:, :, known].reshape(groups * inner, n)
    flat = np.maximum(whole.reshape(-1), 1e-300)

    typical = int(np.argmin(np.abs(excited.alpha - 0.9) + np.abs(np.log(excited.c_days / 0.4))))
    only = aftershocks.Excitation(
        excited.alpha[[typical]],
        excited.c_days[[typical]],
        excited.rate[[typical]],
        excited.expected[[typical]],
        excited.inside,
    )
    first_look = aftershocks.mixture(direct, flat, only, np.array([_TYPICAL]))[:, 0, 0]
    best = first_look.max()
    rows = np.flatnonzero(first_look > best - HOPELESS)
    hopeless = 1.0 - np.exp(first_look[rows] - best).sum() / np.exp(first_look - best).sum()

    log_weight = np.empty((rows.size, excited.alpha.size, aftershocks.SHARE.size), dtype=np.float32)
    of_row = np.empty(rows.size)
    prior = aftershocks.log_prior(excited)
    for start_row in range(0, rows.size, _BLOCK):
        block = slice(start_row, start_row + _BLOCK)
        exact = aftershocks.mixture(direct[rows[block]], flat[rows[block]], excited) + (prior - best)
        of_row[block] = _log_sum_exp(exact, (1, 2))
        log_weight[block] = exact
    kept = of_row > of_row.max() + np.log(NEGLIGIBLE)
    light = 1.0 - np.exp(of_row[kept] - of_row.max()).sum() / np.exp(of_row - of_row.max()).sum()
    rows, log_weight, of_row = rows[kept], log_weight[kept], of_row[kept]
    evidence = float(best + _log_sum_exp(of_row, (0,)) - np.log(groups * inner * excited.alpha.size))
    log_weight -= np.float32(of_row.max())

    used, group_of_row = np.unique(rows // inner, return_inverse=True)
    inner_of_row = rows % inner
    past = np.unique(loading.years[steps])
    by_year = (loading.years[steps][:, None] == past).astype(float)
    annual = evaluated.annual[:, :, steps].reshape(groups * inner, -1)[rows] @ by_year
    triggered = _triggered(loading, steps, time, size, magnitude_min, excited) @ by_year
    parameters = {
        name: ("row", evaluated.groups[name].to_numpy(float)[used][group_of_row]) for name in evaluated.groups.columns
    } | {name: ("row", evaluated.model.inner[inner_of_row, i]) for i, name in enumerate(evaluated.model.inner_names)}
    nodes = {f"{name}_nodes": np.unique(evaluated.groups[name]) for name in evaluated.groups.columns}
    nodes |= {
        f"{name}_nodes": np.unique(evaluated.model.inner[:, i]) for i, name in enumerate(evaluated.model.inner_names)
    }
    nodes.pop("stress_scale_nodes")
    found, attrs = _magnitudes(magnitude_models, evaluated, used, known, size, magnitude_min)
    return xr.Dataset(
        parameters
        | found
        | {
            "log_weight": (("row", "law", "share_index"), log_weight),
            "whole": ("row", flat[rows]),
            "annual": (("row", "past_year"), annual),
            "group": ("row", group_of_row),
            "group_number": ("group_index", used),
            "inner": ("row", inner_of_row),
            "alpha": ("law", excited.alpha),
            "c_days": ("law", excited.c_days),
            "triggered_per_k": ("law", excited.expected),
            "triggered": (("law", "past_year"), triggered),
            "share": ("share_index", aftershocks.SHARE),
            "event_time": ("event", time),
            "event_x": ("event", x),
            "event_y": ("event", y),
            "event_magnitude": ("event", size),
        },
        coords={"past_year": past},
        attrs={
            "model": evaluated.model.name,
            "parameters": ",".join([*evaluated.groups.columns, *evaluated.model.inner_names]),
            "events": n,
            "events_unloaded": _expected_idle(evaluated, known, rows // inner, of_row),
            "start": start,
            "until": until,
            "magnitude_min": magnitude_min,
            "rows_all": groups * inner,
            "weight_left_out": float(max(hopeless, 0.0) + max(light, 0.0)),
            "log_evidence": evidence,
            **nodes,
            **attrs,
        },
    )


def posterior(
    model: RateModel,
    loading: Loading,
    events: pd.DataFrame,
    *,
    start: str,
    until: str,
    magnitude_min: float,
    magnitude_models: Sequence[str],
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Evaluate a model on a catalogue and fit it: `evaluate`, then `fit`."""
    evaluated = evaluate(model, loading, events, lambda done: progress(0.8 * done))
    return fit(evaluated, start=start, until=until, magnitude_min=magnitude_min, magnitude_models=magnitude_models)


def _expected_idle(evaluated: Evaluated, known: slice, group: np.ndarray, log_weight: np.ndarray) -> float:
    """Posterior mean of the number of events at a place that is next to unloaded."""
    return float(normalised(log_weight) @ evaluated.idle[:, known].sum(axis=1)[group])


def _triggered(
    loading: Loading,
    steps: np.ndarray,
    time: np.ndarray,
    size: np.ndarray,
    magnitude_min: float,
    excited: aftershocks.Excitation,
) -> np.ndarray:
    """Aftershocks of the events themselves in each step of the fit and inside the outline, per unit K; (law, step)."""
    edges = loading.times[loading.first :][: np.count_nonzero(steps) + 1]
    out = np.empty((excited.alpha.size, edges.size - 1))
    for k, (a, c) in enumerate(zip(excited.alpha, excited.c_days, strict=True)):
        born = np.exp(a * (size - magnitude_min)) * excited.inside
        out[k] = aftershocks.inherited(time, born, edges, c).sum(axis=0)
    return out


def _magnitudes(
    names: Sequence[str],
    evaluated: Evaluated,
    used: np.ndarray,
    known: slice,
    size: np.ndarray,
    magnitude_min: float,
) -> tuple[dict[str, tuple], dict[str, float]]:
    """Log-likelihood of the magnitudes for every combination of each magnitude model."""
    variables: dict[str, tuple] = {}
    attrs: dict[str, float] = {}
    thickness = evaluated.loading.cells.thickness_m[evaluated.at.cell[known]]
    for name in names:
        model = magnitude.MODELS[name]
        grid = model.prior_grid()
        dims: tuple[str, ...] = (f"{name}_combination",)
        width = model.width(thickness)
        if model.covariate == "stress":
            values = model.log_likelihoods(grid, evaluated.stress[used][:, known], size, magnitude_min, width)
            dims = ("group_index", *dims)
        else:
            values = model.log_likelihoods(grid, thickness[None], size, magnitude_min, width)[0]
        attrs[f"{name}_width"] = width
        variables[f"log_{name}"] = (dims, values)
        variables[f"{name}_grid"] = ((f"{name}_combination", f"{name}_parameter"), grid)
    return variables, attrs


def _log_sum_exp(log_value: np.ndarray, axis: tuple[int, ...]) -> np.ndarray:
    top = log_value.max(axis=axis, keepdims=True)
    return np.log(np.exp(log_value - top).sum(axis=axis)) + top.squeeze(axis)


def normalised(log_weight: np.ndarray) -> np.ndarray:
    """Weights that sum to one over the whole array, from unnormalised logs."""
    weight = np.subtract(log_weight, log_weight.max(), dtype=float)
    np.exp(weight, out=weight)
    weight /= weight.sum()
    return weight


def joint_weights(fitted: xr.Dataset, magnitude_model: str) -> np.ndarray:
    """Posterior weight of each (row, law, share) in one magnitude branch; sums to one.

    In a stress-dependent branch the magnitudes inform the stress member too; in the others they do not.
    """
    log_weight = np.array(fitted["log_weight"], dtype=float)
    if magnitude.MODELS[magnitude_model].covariate == "stress":
        of_group = fitted[f"log_{magnitude_model}"].to_numpy()
        log_weight += _log_mean_exp(of_group)[fitted["group"].to_numpy()][:, None, None]
    return normalised(log_weight)


def _log_mean_exp(log_value: np.ndarray) -> np.ndarray:
    return _log_sum_exp(log_value, (1,)) - np.log(log_value.shape[1])


def magnitude_weights(fitted: xr.Dataset, magnitude_model: str) -> np.ndarray:
    """Posterior weight of each b-value combination, over the groups where it depends on them; sums to one."""
    log_value = fitted[f"log_{magnitude_model}"].to_numpy()
    if log_value.ndim == 1:
        return normalised(log_value)
    of_row = normalised(fitted["log_weight"].to_numpy().astype(float)).sum(axis=(1, 2))
    of_group = np.bincount(fitted["group"].to_numpy(), of_row, log_value.shape[0])
    return normalised(log_value + np.log(np.maximum(of_group, 1e-300))[:, None]).sum(axis=0)


@dataclass(frozen=True, slots=True)
class Draws:
    """Seeded draws of the joint posterior of one rate and magnitude branch: the row, the law, K, and n (1 - beta).

    `direct` (draw,) are the expected direct events of the whole fit, so that those of any period are `direct` times
    what the row expects there over what it expects in the fit.
    """

    row: np.ndarray
    law: np.ndarray
    share: np.ndarray
    direct: np.ndarray
    productivity: np.ndarray


def draws(fitted: xr.Dataset, magnitude_model: str, size: int, seed: int) -> Draws:
    """Draw from the posterior."""
    generator = np.random.default_rng(seed)
    weights = joint_weights(fitted, magnitude_model)
    flat = logic_tree.branch_of(generator.random(size), weights.ravel())
    row, law, at = np.unravel_index(flat, weights.shape)
    share = fitted["share"].to_numpy()[at]
    expected = generator.gamma(fitted.attrs["events"] + 1.0, size=size)
    productivity = expected * share / fitted["triggered_per_k"].to_numpy()[law]
    return Draws(row, law, share, expected * (1.0 - share), productivity)


def expected_past(fitted: xr.Dataset, drawn: Draws) -> np.ndarray:
    """Expected events of each year of the fit, direct and aftershocks of the earthquakes themselves; (draw, year)."""
    per_event = fitted["annual"].to_numpy() / fitted["whole"].to_numpy()[:, None]
    triggered = fitted["triggered"].to_numpy()
    return drawn.direct[:, None] * per_event[drawn.row] + drawn.productivity[:, None] * triggered[drawn.law]


def mixed_weights(fitted: xr.Dataset, magnitude_models: Mapping[str, float]) -> np.ndarray:
    """Posterior weight of each (row, law, share) with the magnitude branches mixed by their weights."""
    mixed = np.zeros(fitted["log_weight"].shape)
    for name, share in magnitude_models.items():
        mixed += share * joint_weights(fitted, name)
    return mixed


def productivity(fitted: xr.Dataset) -> np.ndarray:
    """K of each (law, share), at the expected number of events: n beta / H."""
    n = fitted.attrs["events"] + 1.0
    return n * fitted["share"].to_numpy()[None] / fitted["triggered_per_k"].to_numpy()[:, None]


def summary(fitted: xr.Dataset, magnitude_models: Mapping[str, float]) -> pd.DataFrame:
    """Posterior mean and standard deviation of every parameter, with the magnitude branches mixed by their weights.

    Columns: parameter, unit, mean, sd, `at_edge` (weight of the outermost values of the grid) and `coarseness`: the
    shift of the mean, in standard deviations, when every second value of the grid is left out. Both should be small.
    theta0 is the logarithm of the productivity: ln of the direct events, gamma(N + 1) (1 - beta), over `whole`.
    """
    weights = mixed_weights(fitted, magnitude_models)
    of_row, of_law, n = weights.sum(axis=(1, 2)), weights.sum(axis=(0, 2)), fitted.attrs["events"]
    of_row_share = weights.sum(axis=1)
    rows = []
    names = [name for name in fitted.attrs["parameters"].split(",") if name != "stress_scale"]
    for name in names:
        nodes = np.atleast_1d(fitted.attrs[f"{name}_nodes"])
        rows.append((name, UNITS.get(name, "-"), *_moments(fitted[name].to_numpy(), of_row, nodes=nodes)))
    log_scale = log_productivity(fitted)
    spread = float(polygamma(1, n + 1.0))
    rows.append(
        ("theta0", "ln(events per unit)", *_moments(log_scale.ravel(), of_row_share.ravel(), spread, grid=False))
    )
    rows.append(("etas_a", "-", *_moments(fitted["alpha"].to_numpy(), of_law)))
    rows.append(("etas_c", "day", *_moments(fitted["c_days"].to_numpy(), of_law)))
    of_pair = weights.sum(axis=0)
    rows.append(("etas_k", "-", *_moments(productivity(fitted).ravel(), of_pair.ravel(), grid=False)))
    share = weights.sum(axis=(0, 1))
    rows.append(("aftershock_share", "-", *_moments(fitted["share"].to_numpy(), share, low_edge=False)))
    for model in magnitude_models:
        weight, grid = magnitude_weights(fitted, model), fitted[f"{model}_grid"].to_numpy()
        for i, name in enumerate(magnitude.MODELS[model].parameters):
            rows.append((name, "m" if name.endswith("_m") else "-", *_moments(grid[:, i], weight)))
    return pd.DataFrame(rows, columns=["parameter", "unit", "mean", "sd", "at_edge", "coarseness"])


def log_productivity(fitted: xr.Dataset) -> np.ndarray:
    """Mean of theta0, the ln of the direct events gamma(N + 1) (1 - beta) over `whole`; (row, share)."""
    direct = digamma(fitted.attrs["events"] + 1.0) + np.log1p(-fitted["share"].to_numpy())
    return direct - np.log(fitted["whole"].to_numpy())[:, None]


UNITS = {
    "sigma_m": "m",
    "log10_hs": "log10(MPa)",
    "reload_days": "day",
    "bandwidth_m": "m",
    "t_a_years": "year",
}


def _moments(
    values: np.ndarray,
    weight: np.ndarray,
    extra_variance: float = 0.0,
    *,
    grid: bool = True,
    low_edge: bool = True,
    nodes: np.ndarray | None = None,
) -> tuple[float, float, float, float]:
    """Mean, sd, `at_edge` and `coarseness`; `nodes` is the grid where not all of it is among the `values`."""
    mean = float((values * weight).sum())
    sd = float(np.sqrt(max(((values - mean) ** 2 * weight).sum(), 0.0) + extra_variance))
    nodes = np.unique(values) if nodes is None else nodes
    if not grid or nodes.size < 3:
        return mean, sd, np.nan, np.nan
    marginal = np.bincount(np.searchsorted(nodes, values), weight, nodes.size)
    edge = marginal[-1] + (marginal[0] if low_edge else 0.0)
    half = [float(marginal[k::2] @ nodes[k::2] / max(marginal[k::2].sum(), 1e-300)) for k in (0, 1)]
    coarseness = abs(half[0] - half[1]) / 2.0 / sd if sd > 0.0 else np.nan
    return mean, sd, float(edge), float(coarseness)
