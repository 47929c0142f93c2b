"""The forecast of one coming year, quick enough to be made again for every year and model of a hindcast.

The same equations as `forecast`, of which it is the special case of one step whose groups are at hand:

    all events  =  direct + r g S direct + (r g)^2 (1 - r g)^-1 S S direct

with g the share of the direct aftershocks that falls in the year of their parent and S the spread over the plane. The
field is that of every magnitude together with its cells, since tests of forecasts ask for it, and is not factored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from mijnrisico.seismic import aftershocks, calibrate, event_counts
from mijnrisico.seismic.forecast import LARGEST_BRANCHING
from mijnrisico.seismic.magnitude import MODELS as MAGNITUDE_MODELS
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.source.loading import Cells, Loading
from mijnrisico.seismic.source.model import Group, RateModel

DRAWS = 1000
_STRESS_NODES = np.linspace(0.0, 1.5, 76)
_THICKNESS_NODES = 151  # 1.3 m apart, a seventh of the transition
_B_VALUES = 401
_LIGHT = 1e-3  # weight of a group, relative to the heaviest, below which it is not carried forward
_RARE = 1e-4  # weight of a combination of b-values, relative to the heaviest, below which it is left out
_LEFT_OUT = 1e-6  # of the squared length of the fields of aftershocks, for the maps that carry them


@dataclass(frozen=True, slots=True)
class Ahead:
    """One year by one rate model and one model of the magnitudes.

    `rate` (cell, magnitude) is the expected number of events, aftershocks included, over the posterior and the tree of
    the largest magnitude. `first` and `ratio` (draw,) are the parameters of the generalised Poisson law of their number
    over the field for equally likely draws of the posterior.
    """

    rate: np.ndarray
    first: np.ndarray
    ratio: np.ndarray


def step_of(loading: Loading, year: int) -> Loading:
    """The loading up to the end of a calendar year, with that year as the one step asked about.

    Its stress scale is not to be asked for: groups are made from the whole loading.
    """
    first = int(np.searchsorted(loading.times, np.datetime64(f"{year}-01-01", "ns")))
    return replace(
        loading, times=loading.times[: first + 2], depletion_bar=loading.depletion_bar[: first + 2], first=first
    )


def forecast_year(
    model: RateModel,
    fitted: xr.Dataset,
    groups: Callable[[int], Group],
    loading: Loading,
    expected: Callable[[int], np.ndarray],
    *,
    magnitude_models: Sequence[str],
    mmax: Mapping[float, float],
    shared: "Shared",
    seed: np.random.SeedSequence,
    draws: int = DRAWS,
) -> dict[str, Ahead]:
    """Forecast the one step of `loading` (of `step_of`) under every model of the magnitudes.

    `groups(number)` gives a group of the model, `expected(number)` its events over the field in the step per unit
    productivity and inner combination (k,). Groups that are next to weightless are left out.
    """
    cells, edges = loading.cells, loading.times[-2:]
    by_stress = {name: MAGNITUDE_MODELS[name].covariate == "stress" for name in magnitude_models}
    fitted = _carried(fitted, _each_once(by_stress))
    row_group, inner = fitted["group"].to_numpy(), fitted["inner"].to_numpy()
    number = fitted["group_number"].to_numpy()
    whole, share = fitted["whole"].to_numpy(), fitted["share"].to_numpy()
    annual = np.zeros(whole.size)
    n = fitted.attrs["events"] + 1.0
    joints = {name: calibrate.joint_weights(fitted, name) for name in _each_once(by_stress)}
    of_row = {name: n * (joint @ (1.0 - share)).sum(axis=1) / whole for name, joint in joints.items()}

    counts = {name: np.zeros((cells.x.size, _STRESS_NODES.size if by_stress[name] else 1)) for name in joints}
    for index in np.unique(row_group):
        group = groups(int(number[index]))
        group = replace(group, stress=group.stress[: loading.times.size])
        rows = np.flatnonzero(row_group == index)
        annual[rows] = expected(int(number[index]))[inner[rows]]
        middle = group.stress[-2:].mean(axis=0)
        of_inner, in_cells = np.zeros(model.inner.shape[0]), np.zeros(cells.x.size)
        for name, weight in of_row.items():
            if not np.allclose(weight[rows], of_inner[inner[rows]], rtol=1e-9, atol=0.0):  # else it is the same again
                of_inner[inner[rows]] = weight[rows]
                in_cells = model.counts(group, loading, of_inner)[0]
            if by_stress[name]:
                _lay(counts[name], in_cells, middle)
            else:
                counts[name][:, 0] += in_cells

    found, tops = {}, list(mmax)
    for name, each in zip(magnitude_models, seed.spawn(len(magnitude_models)), strict=True):
        source = name if by_stress[name] else _each_once(by_stress)[-1]
        if by_stress[name]:
            direct = np.tensordot(counts[source], mean_law(fitted, name, _STRESS_NODES, tops), 1)
        else:
            direct = counts[source][:, :, None] * shared.laws[name]
        drawn = calibrate.draws(fitted, name, draws, int(each.generate_state(1)[0]))
        found[name] = _with_aftershocks(direct, fitted, joints[source], drawn, annual, cells, edges, mmax, shared)
    return found


def _carried(fitted: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """The fit without the groups that are light under every model of the magnitudes."""
    group, heavy = fitted["group"].to_numpy(), np.zeros(fitted.sizes["group_index"], dtype=bool)
    for name in names:
        of_group = np.bincount(group, calibrate.joint_weights(fitted, name).sum(axis=(1, 2)), heavy.size)
        heavy |= of_group > _LIGHT * of_group.max()
    return fitted.isel(row=np.flatnonzero(heavy[group]))


def _each_once(by_stress: Mapping[str, bool]) -> list[str]:
    """Magnitude models with a posterior of the rate of their own: those with stress, and one for all others."""
    others = [name for name, depends in by_stress.items() if not depends]
    return [name for name, depends in by_stress.items() if depends] + others[:1]


def _lay(total: np.ndarray, counts: np.ndarray, stress: np.ndarray) -> None:
    """Add counts (cell,) to the two nodes of stress on either side; total (cell, node)."""
    position = np.clip(stress / _STRESS_NODES[1], 0.0, _STRESS_NODES.size - 1.0)
    lower = np.minimum(position.astype(int), _STRESS_NODES.size - 2)
    cell = np.arange(counts.size)
    total[cell, lower] += counts * (lower + 1 - position)
    total[cell, lower + 1] += counts * (position - lower)


def mean_law(fitted: xr.Dataset, name: str, nodes: np.ndarray, tops: Sequence[float]) -> np.ndarray:
    """Mean probability of the magnitude bins over the posterior of b at values of the covariate; (node, mmax, bin)."""
    model, weight = MAGNITUDE_MODELS[name], calibrate.magnitude_weights(fitted, name)
    kept = weight > _RARE * weight.max()
    weight = weight[kept] / weight[kept].sum()
    b = model.b_value(fitted[f"{name}_grid"].to_numpy()[kept], nodes, float(fitted.attrs[f"{name}_width"]))
    values = np.linspace(b.min(), b.max() + 1e-9, _B_VALUES)
    position = (b - values[0]) / (values[1] - values[0])
    lower = np.minimum(position.astype(int), _B_VALUES - 2)
    fraction = position - lower
    at = np.arange(nodes.size) * _B_VALUES + lower
    size = nodes.size * _B_VALUES
    mass = np.bincount(at.ravel(), (weight[:, None] * (1.0 - fraction)).ravel(), size)
    mass += np.bincount(at.ravel() + 1, (weight[:, None] * fraction).ravel(), size)[:size]
    least = float(fitted.attrs["magnitude_min"])
    by_value = np.stack([gutenberg_richter.bin_probability(values, top, least) for top in tops], axis=1)
    return np.tensordot(mass.reshape(nodes.size, _B_VALUES), by_value, 1)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all rate models share in one year, since it comes from the earthquakes of the fit alone.

    `near` (cell, event) is the share of the direct aftershocks of each event in each cell, `laws` the law of every
    magnitude model without stress at the cells, (cell, mmax, bin).
    """

    near: np.ndarray
    laws: Mapping[str, np.ndarray]


def laws_at_cells(
    fitted: xr.Dataset, names: Sequence[str], tops: Sequence[float], cells: Cells
) -> dict[str, np.ndarray]:
    """Laws of `Shared`, from any fit on the events."""
    found = {}
    for name in names:
        covariate = MAGNITUDE_MODELS[name].covariate
        if covariate == "stress":
            continue
        thickness = cells.thickness_m
        count = 2 if covariate == "none" else _THICKNESS_NODES
        nodes = np.linspace(thickness.min(), thickness.max() + 1e-6, count)
        at_nodes = mean_law(fitted, name, nodes, tops)
        position = (thickness - nodes[0]) / (nodes[1] - nodes[0])
        lower = np.minimum(position.astype(int), nodes.size - 2)
        fraction = (position - lower)[:, None, None]
        found[name] = (1.0 - fraction) * at_nodes[lower] + fraction * at_nodes[lower + 1]
    return found


def _with_aftershocks(
    direct: np.ndarray,
    fitted: xr.Dataset,
    joint: np.ndarray,
    drawn: calibrate.Draws,
    annual: np.ndarray,
    cells: Cells,
    edges: np.ndarray,
    mmax: Mapping[float, float],
    shared: Shared,
) -> Ahead:
    """Aftershocks of what was and of what comes on top of direct events (cell, mmax, magnitude)."""
    of_law, k = joint.sum(axis=0), calibrate.productivity(fitted)
    time, size = fitted["event_time"].to_numpy(), fitted["event_magnitude"].to_numpy()
    least = float(fitted.attrs["magnitude_min"])
    alpha, c_days = fitted["alpha"].to_numpy(), fitted["c_days"].to_numpy()
    top_weight = np.array(list(mmax.values()))
    days = (edges - edges[0]) / np.timedelta64(1, "D")
    in_year = np.array([aftershocks.step_shares(days, c)[0, 0] for c in c_days])
    per_k = np.stack(
        [
            aftershocks.inherited(time, np.exp(a * (size - least)), edges, c)[:, 0]
            for a, c in zip(alpha, c_days, strict=True)
        ]
    )
    whole = direct.sum(axis=0)
    pmf = whole / whole.sum(axis=1, keepdims=True)
    still = (shared.near @ ((of_law * k).sum(axis=1) @ per_k))[:, None]
    local = direct.sum(axis=2)
    direct *= (1.0 + np.divide(still, local, out=np.zeros_like(local), where=local > 0.0))[:, :, None]
    direct[local == 0.0] += (still[:, :, None] * pmf)[local == 0.0]

    born = np.exp(alpha[:, None] * (gutenberg_richter.MAGNITUDES - least)) @ pmf.T
    by_law = of_law * (1.0 - fitted["share"].to_numpy())
    by_law = by_law / by_law.sum()
    branching = np.minimum(k[..., None] * born[:, None, :], LARGEST_BRANCHING)
    ratio = 1.0 - 1.0 / np.tensordot(by_law, 1.0 / (1.0 - branching), 2)
    of_k = (by_law * k).sum(axis=1)
    lag = float(of_k @ in_year / of_k.sum()) if of_k.sum() > 0.0 else float(in_year.mean())
    move = ratio * lag
    of_top = np.stack([top_weight, top_weight * move, top_weight * move**2 / (1.0 - move)])
    rate, first, later = np.moveaxis(of_top @ direct, 1, 0)
    maps = _few(first)
    once = aftershocks.spread(maps, cells)
    spread_first = once @ (maps.T @ first)
    spread_later = aftershocks.spread(once, cells) @ (maps.T @ later)
    rate = rate + np.maximum(spread_first, 0.0) + np.maximum(spread_later, 0.0)

    inside = float(spread_first.sum() / first.sum()) if first.sum() > 0.0 else 1.0
    mean_direct = drawn.direct * annual[drawn.row] / fitted["whole"].to_numpy()[drawn.row]
    mean_direct = mean_direct + drawn.productivity * (per_k @ np.minimum(shared.near.sum(axis=0), 1.0))[drawn.law]
    offspring = drawn.productivity[:, None] * np.exp(alpha[drawn.law][:, None] * (gutenberg_richter.MAGNITUDES - least))
    mean, square = offspring @ (top_weight @ pmf), offspring**2 @ (top_weight @ pmf)
    r = np.minimum(mean, LARGEST_BRANCHING) * inside
    expected = mean_direct / (1.0 - r * in_year[drawn.law])
    spread = np.maximum(square - mean**2, 0.0) * inside**2
    return Ahead(rate, *event_counts.matched(expected * (1.0 - r), r, spread))


def _few(fields: np.ndarray) -> np.ndarray:
    """Orthonormal maps (cell, map) that carry the fields (cell, field) of all magnitudes, and any sum of them."""
    value, vector = np.linalg.eigh(fields.T @ fields)
    beyond = np.cumsum(np.maximum(value, 0.0))
    return np.linalg.qr(fields @ vector[:, beyond >= _LEFT_OUT * beyond[-1]])[0]
