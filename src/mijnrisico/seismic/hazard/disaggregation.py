"""Disaggregation: which earthquakes make the hazard at a site, by magnitude, distance, epsilon and source cell.

    rate(M, R, eps) = sum over cells c and branches b of rate(c, M) P(R | M, c) w_b(M) P(S > s | M, R, b)     [1/year]

the mean over the tree of the rate of exceeding one level s, laid out by what caused it. P(R | M, c) is the closed form
of `rupture.distance_cdf` between the edges of fine steps of ln R, its strike averaged by a sum over +-4 sd; within a
step P(S > s) is linear in ln R, so each step asks for the mean of the distribution over it. Every exceedance is in one
bin and in one cell: both sums are the rate itself.

The curve of `hazard` meets the same integral by quadrature. All is scaled to the curve: `attrs["closure"]` is the rate
found here over that of the curve and lies within 1e-3 of one.

Epsilon is what the level asks of an earthquake: the number of standard deviations by which the motion at the reference
horizon has to lie above its median, (y* - median)/sd in each branch. It is read back from the probability,
Q(epsilon) = P(S > s), so a site term that is part of the scatter has one too (epsilon of the whole scatter at the
surface). One earthquake exceeds the level in some branches more easily than in others: each adds by its weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn, Unpack

import numpy as np
import xarray as xr
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import rupture
from mijnrisico.seismic.hazard import Sources, hazard, level_name, site_keys
from mijnrisico.seismic.hazard.asked import Choices, asked
from mijnrisico.seismic.hazard.exceedance import exceedance
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.motion import GroundMotion, model_of

Floats = NDArray[np.float64]

DISTANCE_EDGES = (3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0)
"""Edges (km) between the smallest and the largest distance."""
EPSILON_EDGES = (-np.inf, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, np.inf)
SHARES = (0.5, 0.8)
_LN_STEP = (0.01, 0.025)
"""Steps of ln R: the first at the nearest distance, growing with the distance up to the second."""
_TURNS = 25
"""Strikes in the sum; twice as many change a bin by 2e-4 of the rate over nine cells, over a field far less."""
_TURN_LIMIT = 4.0
_REACH = np.concatenate([[0.0], np.geomspace(1e-3, 400.0, 800)])
"""Reaches (km) at which the distribution is tabulated."""
_NEVER = 1e-9
"""Probability below which no magnitude reaches so far."""
_CERTAIN = 8.5
"""Epsilon where the probability is one or zero to rounding."""


def disaggregate(
    ready: Sources,
    site: xr.Dataset,
    year: int,
    *,
    level: float | None = None,
    return_period: float | None = None,
    motion: str | GroundMotion = "V7",
    magnitude_edges: Sequence[float] | None = None,
    distance_edges: Sequence[float] | None = None,
    epsilon_edges: Sequence[float] = EPSILON_EDGES,
    **choices: Unpack[Choices],
) -> xr.Dataset:
    """The mean rate of exceeding a level at one site in one year, by magnitude, distance, epsilon and source cell.

    Args:
        ready: the forecast as `sources` made it for this model of the motion.
        site: one site with what the model asks of it (x, y, and zone or vs30).
        year: a year of the forecast.
        level: the level in the unit of the measure; or
        return_period: the level is the one exceeded once in so many years on average, by the mean curve.
        motion: model of the motion, the one that `ready` was made for.
        magnitude_edges: edges that hold every magnitude; steps of 0.2 around the bins of 0.1 by default.
        distance_edges: edges (km) that hold every rupture distance; by default `DISTANCE_EDGES`, the smallest and the
            largest.
        epsilon_edges: edges that hold every number, -inf and inf at the ends.
        choices: measure, component, surface, site term and truncation, as `hazard` takes them.

    Returns:
        `rate` (magnitude, distance, epsilon) and `cell_rate` (cell), 1/year, with the edges of the bins
        (`magnitude_low`, `magnitude_high`, ...) and `cell_x`, `cell_y` (m). Scalars: `level`, `curve_rate` (1/year),
        `mean` and `mode` (quantity: magnitude, distance in km, epsilon), the mode being the middle of the bin with the
        highest rate. `attrs` name the choices, the return period (NaN for a given level), `closure` and
        `share_beyond_largest_distance`.

    Raises:
        InputError: E503 for edges that leave something out, a year that is not there, both or neither of level and
            return period, a level that is not exceeded, or a site without what the model asks.
    """
    model = model_of(motion)
    wanted = asked(model, **choices)
    if year not in ready.year:
        _refuse("year", year, f"{ready.year[0]}-{ready.year[-1]}", int(ready.year[0]))
    at = int(np.flatnonzero(ready.year == year)[0])
    level, curve_rate = _curve(ready, site, at, level, return_period, model, choices)
    edges = (
        _around(ready.magnitude) if magnitude_edges is None else magnitude_edges,
        _between(ready) if distance_edges is None else distance_edges,
        epsilon_edges,
    )
    bins = _Bins(*(np.asarray(each, float) for each in edges))
    _check(bins, ready)
    node_km = _nodes(ready, bins.distance)
    probability, _ = exceedance(wanted, float(site_keys(model, site)[0]), ready.magnitude, node_km, np.array([level]))
    by_branch = probability.reshape(*probability.shape[:2], -1)
    weighted = by_branch * tree(ready.magnitude, model, wanted.site_term).branch_weight()[:, None]
    epsilon = _epsilon(by_branch, wanted.truncation)
    found = _mass(ready, site, at, node_km, weighted.sum(axis=2))
    total = float(found.cell_rate.sum())
    scale = curve_rate / total if total > 0.0 else 1.0
    result = _result(ready, found, bins, node_km, weighted, epsilon)
    for name in ("rate", "cell_rate"):
        result[name] = result[name] * scale
        result[name].attrs["units"] = "1/year"
    return result.assign(level=level, curve_rate=curve_rate).assign_attrs(
        imt=wanted.imt,
        units=wanted.unit,
        motion_model=model.head.name,
        component=wanted.component,
        surface=wanted.surface,
        site_term=wanted.site_term,
        year=int(year),
        return_period_yr=np.nan if return_period is None else float(return_period),
        closure=total / curve_rate if curve_rate > 0.0 else 1.0,
        share_beyond_largest_distance=found.beyond,
    )


@dataclass(frozen=True, slots=True)
class _Bins:
    """Edges of the bins, ascending."""

    magnitude: Floats
    distance: Floats
    epsilon: Floats


@dataclass(frozen=True, slots=True)
class _Mass:
    """Earthquakes per year by magnitude and step of ln R, as what belongs to the lower and the upper node of the step.

    `low` and `high` (magnitude, step), `cell_rate` (cell,) the rate of exceedance that each cell makes, `beyond` the
    share of the earthquakes farther away than the largest distance.
    """

    low: Floats
    high: Floats
    cell_rate: Floats
    beyond: float


def _curve(
    ready: Sources,
    site: xr.Dataset,
    at: int,
    level: float | None,
    return_period: float | None,
    model: GroundMotion,
    choices: Choices,
) -> tuple[float, float]:
    """Level and the mean rate of the curve there."""
    if (level is None) == (return_period is None):
        _refuse("level", f"{level}, {return_period}", "level / return_period", "return_period=475")
    if not np.isfinite(site_keys(model, site)[0]):
        _refuse("site", "-", model.site, "zone, vs30")
    if level is None:
        found = hazard(
            ready, site, motion=model, return_periods=(float(return_period or 0.0),), fractiles=(), **choices
        )
        name = level_name(found["level"].attrs["units"])
        level = float(found[name].isel(site=0, year=at, return_period=0).sel(statistic="mean"))
        if not np.isfinite(level):
            _refuse("return_period", return_period, f"> {found['level'].to_numpy()[0]:g}", "return_period=475")
    around = (level * 0.5, level * 2.0)
    found = hazard(ready, site, motion=model, thresholds=(level,), level_range=around, fractiles=(), **choices)
    rate = found["mean_rate"].isel(site=0, year=at).to_numpy()
    return level, float(rate[int(np.argmin(np.abs(found["level"].to_numpy() - level)))])


def _refuse(where: str, got: object, expected: object, example: object) -> NoReturn:
    raise InputError(Problem("E503", where, {"got": got, "expected": expected, "example": example}))


def _around(magnitude: Floats) -> Floats:
    """Edges in steps of 0.2 that hold the magnitude bins of 0.1 around their centres."""
    low, high = magnitude.min() - 0.05, magnitude.max() + 0.05
    return np.round(low + 0.2 * np.arange(int(np.ceil((high - low) / 0.2 - 1e-9)) + 1), 6)


def _between(ready: Sources) -> Floats:
    """The default edges that lie between the depth and the largest distance, and those two."""
    low, high = float(np.min(ready.depth_km)), ready.geometry.largest_km
    return np.array([low, *(edge for edge in DISTANCE_EDGES if low < edge < high), high])


def _check(bins: _Bins, ready: Sources) -> None:
    """Raise E503 where edges do not rise or leave an earthquake out: nothing is dropped."""
    depth, largest = float(np.min(ready.depth_km)), ready.geometry.largest_km
    inside = {
        "magnitude_edges": (bins.magnitude, ready.magnitude.min(), ready.magnitude.max()),
        "distance_edges": (bins.distance, depth, largest),
        "epsilon_edges": (bins.epsilon, -np.inf, np.inf),
    }
    for name, (edges, low, high) in inside.items():
        if edges.size < 2 or (np.diff(edges) <= 0.0).any() or edges[0] > low or edges[-1] < high:
            _refuse(name, edges.tolist(), f"{low:g} ... {high:g}", [float(low), float(high)])


def _nodes(ready: Sources, edges: Floats) -> Floats:
    """Distances (km) between which the probability is linear in ln R; edges of bins and bends are among them."""
    low, high = float(np.min(ready.depth_km)), ready.geometry.largest_km
    bends = np.unique(np.concatenate([[low, high], edges, ready.kinks_km]))
    bends = bends[(bends >= low) & (bends <= high)]
    parts = []
    for a, b in pairwise(bends):
        step = min(_LN_STEP[0] * a / low, _LN_STEP[1])
        parts.append(np.geomspace(a, b, int(np.ceil(np.log(b / a) / step)), endpoint=False))
    return np.append(np.concatenate(parts), high)


def _epsilon(probability: Floats, truncation: float | None) -> Floats:
    """The epsilon whose upper tail is the probability, of the normal law or of one cut off at `truncation` sd."""
    tail = probability
    if truncation is not None:
        beyond = ndtr(-truncation)
        tail = beyond + probability * (1.0 - 2.0 * beyond)
    return np.clip(-ndtri(tail), -_CERTAIN, _CERTAIN)


def _mass(ready: Sources, site: xr.Dataset, at: int, node_km: Floats, mean: Floats) -> _Mass:
    """Lay the earthquakes of a year on the steps of ln R, and give each cell the rate of exceedance that it makes."""
    geometry = ready.geometry
    rate = ready.maps @ ready.mean[:, :, at].T
    east, north = (float(site[name].isel(site=0)) - of for name, of in (("x", ready.x), ("y", ready.y)))
    depth = np.broadcast_to(np.asarray(ready.depth_km, float), ready.x.shape)
    low, high = np.zeros((2, node_km.size - 1, ready.magnitude.size))
    cell_rate = np.zeros(ready.x.size)
    if not geometry.finite:
        _points(east, north, depth, rate, np.log(node_km), mean.T.copy(), low, high, cell_rate)
    else:
        turns, share = _strikes(geometry.strike_deg, geometry.strike_sd_deg)
        table = _reach_table(ready.magnitude)
        smallest = np.argmax(table[:, 0] > _NEVER, axis=1)
        smallest[table[:, 0, -1] <= _NEVER] = ready.magnitude.size
        ruptures = (turns, share, _REACH, table, smallest)
        _ruptures(east, north, depth, rate, node_km, mean.T.copy(), *ruptures, low, high, cell_rate)
    near = np.hypot(np.hypot(east, north) / 1000.0, depth) <= node_km[-1]
    every = float(rate.sum())
    return _Mass(low.T, high.T, cell_rate, 1.0 - float(rate[near].sum()) / every if every > 0.0 else 0.0)


def _strikes(strike_deg: float, sd_deg: float) -> tuple[Floats, Floats]:
    """Strikes (rad) within 4 sd and their weights, which sum to one."""
    unit = np.linspace(-_TURN_LIMIT, _TURN_LIMIT, _TURNS) if sd_deg > 0.0 else np.zeros(1)
    weight = np.exp(-0.5 * unit**2)
    return np.deg2rad(strike_deg + sd_deg * unit), weight / weight.sum()


def _reach_table(magnitude: Floats) -> Floats:
    """P(o > t) and its integrals of order 0 and 1 from zero to t at `_REACH`, (reach, 3, magnitude)."""
    table = rupture.reach_exceedance(_REACH[:, None], magnitude)
    width, (low, high) = np.diff(_REACH)[:, None], (_REACH[:-1, None], _REACH[1:, None])
    order_0 = width / 2.0 * (table[:-1] + table[1:])
    order_1 = width / 6.0 * (table[:-1] * (2.0 * low + high) + table[1:] * (low + 2.0 * high))
    nothing = np.zeros((1, magnitude.size))
    summed = [np.concatenate([nothing, np.cumsum(each, axis=0)]) for each in (order_0, order_1)]
    return np.ascontiguousarray(np.stack([table, *summed], axis=1))


@njit(cache=True, nogil=True)
def _add(cell, rate, reached, average, mean, low, high, cell_rate):
    """Add a cell of which P(R <= node) is `reached` (node, magnitude) and its mean over each step is `average`."""
    for k in range(average.shape[0]):
        for m in range(rate.shape[1]):
            below = rate[cell, m] * (average[k, m] - reached[k, m])
            above = rate[cell, m] * (reached[k + 1, m] - average[k, m])
            low[k, m] += below
            high[k, m] += above
            cell_rate[cell] += below * mean[k, m] + above * mean[k + 1, m]


@njit(cache=True, nogil=True)
def _points(east, north, depth, rate, ln_node, mean, low, high, cell_rate):
    """Fill `low`, `high` (step, magnitude) and `cell_rate` for points; `mean` (node, magnitude)."""
    for cell in range(east.size):
        ln_r = 0.5 * np.log((east[cell] ** 2 + north[cell] ** 2) * 1e-6 + depth[cell] ** 2)
        if ln_r > ln_node[-1]:
            continue
        k = min(np.searchsorted(ln_node, ln_r, side="right") - 1, ln_node.size - 2)
        part = (ln_r - ln_node[k]) / (ln_node[k + 1] - ln_node[k])
        for m in range(rate.shape[1]):
            low[k, m] += rate[cell, m] * (1.0 - part)
            high[k, m] += rate[cell, m] * part
            cell_rate[cell] += rate[cell, m] * ((1.0 - part) * mean[k, m] + part * mean[k + 1, m])


@njit(cache=True, nogil=True)
def _ruptures(east, north, depth, rate, node, mean, strikes, share, reach, table, smallest, low, high, cell_rate):
    """Fill `low`, `high` (step, magnitude) and `cell_rate` for ruptures of uncertain length, position and strike.

    `table` (reach, 3, magnitude) as `_reach_table`, `smallest` (reach,) the first magnitude that reaches so far.
    R falls from the hypocentral distance as o grows, so P(R <= r) is P(o > t) with r^2 = (along - t)^2 + the rest.
    Its mean over a step weighs t by (along - t), as d(r^2) does.
    """
    magnitudes, steps = rate.shape[1], node.size - 1
    reached, average = np.zeros((node.size, magnitudes)), np.zeros((steps, magnitudes))
    here, there = np.zeros((3, magnitudes)), np.zeros((3, magnitudes))
    ln_node = np.log(node)
    for cell in range(east.size):
        epicentral2 = (east[cell] ** 2 + north[cell] ** 2) * 1e-6
        hypocentral = np.sqrt(epicentral2 + depth[cell] ** 2)
        if hypocentral > node[-1]:
            continue
        ln_hypocentral = np.log(hypocentral)
        reached[:] = 0.0
        average[:] = 0.0
        for s in range(strikes.size):
            along = 1e-3 * abs(east[cell] * np.sin(strikes[s]) + north[cell] * np.cos(strikes[s]))
            nearest2 = max(hypocentral**2 - along**2, depth[cell] ** 2)
            k = max(np.searchsorted(node, hypocentral, side="left") - 1, 0)
            _look_up(0.0, reach, table, 0, here)
            ln_here, t_here, first = ln_hypocentral, 0.0, 0
            while k >= 0:  # from the hypocentre inwards, a step at a time
                ended = node[k] ** 2 <= nearest2
                t = along - (0.0 if ended else np.sqrt(node[k] ** 2 - nearest2))
                ln_there = 0.5 * np.log(nearest2) if ended else ln_node[k]
                _look_up(t, reach, table, first, there)
                if ln_here > ln_there:
                    part = share[s] * (ln_here - ln_there) / (ln_node[k + 1] - ln_node[k])
                    width = (t - t_here) * (along - 0.5 * (t + t_here))
                    for m in range(first, magnitudes):
                        if width > 1e-12:
                            inside = along * (there[1, m] - here[1, m]) - (there[2, m] - here[2, m])
                            average[k, m] += part * inside / width
                        else:
                            average[k, m] += part * here[0, m]
                first = smallest[min(np.searchsorted(reach, t), reach.size - 1)]
                if ended or first == magnitudes:
                    break
                for m in range(first, magnitudes):
                    reached[k, m] += share[s] * there[0, m]
                here, there = there, here
                ln_here, t_here = ln_there, t
                k -= 1
        for k in range(steps):
            if node[k] >= hypocentral:
                reached[k] = 1.0
                average[k] = 1.0
            elif node[k + 1] > hypocentral:
                average[k] += (ln_node[k + 1] - ln_hypocentral) / (ln_node[k + 1] - ln_node[k])
        reached[steps] = 1.0
        _add(cell, rate, reached, average, mean, low, high, cell_rate)


@njit(cache=True, nogil=True)
def _look_up(t, reach, table, first, out):
    """P(o > t) and its integrals from zero to t for the magnitudes from `first` on, into `out` (3, magnitude)."""
    i = min(max(np.searchsorted(reach, t, side="right") - 1, 0), reach.size - 2)
    width = min(max(t, reach[0]), reach[i + 1]) - reach[i]
    part = width / (reach[i + 1] - reach[i])
    end = reach[i] + width
    for m in range(first, table.shape[2]):
        at = table[i, 0, m]
        now = at + part * (table[i + 1, 0, m] - at)
        out[0, m] = now
        out[1, m] = table[i, 1, m] + width / 2.0 * (at + now)
        out[2, m] = table[i, 2, m] + width / 6.0 * (at * (2.0 * reach[i] + end) + now * (reach[i] + 2.0 * end))


def _result(ready: Sources, mass: _Mass, bins: _Bins, node_km: Floats, weighted: Floats, epsilon: Floats) -> xr.Dataset:
    """Sum over bins, means and the highest bin; `weighted` (magnitude, node, branch) is weight times probability."""
    chosen = np.searchsorted(bins.epsilon, epsilon, side="right") - 1
    by_epsilon = np.stack(
        [np.where(chosen == e, weighted, 0.0).sum(axis=2) for e in range(bins.epsilon.size - 1)], axis=2
    )
    low, high = mass.low, mass.high
    steps = low[..., None] * by_epsilon[:, :-1] + high[..., None] * by_epsilon[:, 1:]
    at_magnitude = np.searchsorted(bins.magnitude, ready.magnitude, side="right") - 1
    at_distance = np.searchsorted(bins.distance, np.sqrt(node_km[:-1] * node_km[1:]), side="right") - 1
    rate = np.zeros((bins.magnitude.size - 1, bins.distance.size - 1, bins.epsilon.size - 1))
    np.add.at(rate, (at_magnitude[:, None], at_distance[None]), steps)
    total = float(steps.sum()) or np.nan
    at_node = np.pad(low, ((0, 0), (0, 1))) + np.pad(high, ((0, 0), (1, 0)))
    distance = np.einsum("mk,mkb,k->", at_node, weighted, node_km)
    of_epsilon = np.einsum("mk,mkb,mkb->", at_node, weighted, epsilon)
    mean = (float(steps.sum(axis=(1, 2)) @ ready.magnitude), float(distance), float(of_epsilon))
    highest = np.unravel_index(int(np.argmax(rate)), rate.shape)
    edges = {"magnitude": bins.magnitude, "distance": bins.distance, "epsilon": bins.epsilon}
    mode = [_middle(each[i], each[i + 1]) for each, i in zip(edges.values(), highest, strict=True)]
    limits = {f"{name}_low": (name, each[:-1]) for name, each in edges.items()}
    limits |= {f"{name}_high": (name, each[1:]) for name, each in edges.items()}
    return xr.Dataset(
        {
            "rate": (tuple(edges), rate, {"units": "1/year"}),
            "cell_rate": ("cell", mass.cell_rate, {"units": "1/year"}),
            "mean": ("quantity", np.array(mean) / total),
            "mode": ("quantity", np.array(mode) if np.isfinite(total) else np.full(3, np.nan)),
        },
        coords=limits
        | {
            "quantity": list(edges),
            "cell_x": ("cell", ready.x, {"units": "m"}),
            "cell_y": ("cell", ready.y, {"units": "m"}),
        },
    )


def _middle(low: float, high: float) -> float:
    """Middle of a bin; of one without end, its end."""
    return (low + high) / 2.0 if np.isfinite(low + high) else low if np.isfinite(low) else high


@dataclass(frozen=True, slots=True)
class Part:
    """Earthquakes that make a share of the rate: magnitudes and distances (km) from the lowest to the highest edge."""

    share: float
    magnitude: tuple[float, float]
    distance_km: tuple[float, float]


def main_part(found: xr.Dataset, share: float = SHARES[0]) -> Part:
    """The smallest set of (magnitude, distance) bins that holds at least `share` of the rate, as a box around them.

    `Part.share` is what the whole box holds. Raises InputError E503 for a share outside 0-1.
    """
    if not 0.0 < share <= 1.0:
        _refuse("share", share, "0 < share <= 1", SHARES[0])
    rate = found["rate"].sum("epsilon").transpose("magnitude", "distance").to_numpy()
    order = np.argsort(rate, axis=None)[::-1]
    held = np.cumsum(rate.ravel()[order])
    count = int(np.searchsorted(held, share * held[-1] * (1.0 - 1e-12))) + 1
    rows, columns = np.unravel_index(order[:count], rate.shape)
    box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)

    def limits(name: str, chosen: slice) -> tuple[float, float]:
        low, high = (found[f"{name}_{end}"].to_numpy()[chosen] for end in ("low", "high"))
        return float(low[0]), float(high[-1])

    return Part(float(rate[box].sum() / rate.sum()), limits("magnitude", box[0]), limits("distance", box[1]))
