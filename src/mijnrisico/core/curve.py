"""Exceedance curves: the level at a return period, and weighted fractiles over branches.

A curve is an annual rate of exceedance that falls with the level. Between its points ln level is a monotone cubic of
ln rate: Hermite, slopes of the parabola through three points, limited to three times the smaller secant (Fritsch and
Carlson 1980, doi:10.1137/0717021). So a level is at or above a point of the grid exactly when the rate there is at or
above the wanted rate.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

FRACTILES = (0.1, 0.5, 0.9)
STATISTICS = ("mean", "p10", "p50", "p90")
"""Names of the mean and the default fractiles."""
ROUNDING = 1e-12
"""Weights that add up to a fractile but for this reach it."""
_BINS = 64
_SHIFT, _ALL_BINS = 45, 8192
"""Bins of values by their bits: 128 to a factor two, 64 factors of two."""
_RUN = 64
_LOWEST = -(2**63)


def statistics(fractiles: Sequence[float] = FRACTILES) -> tuple[str, ...]:
    """Names of the mean and of fractiles given as shares.

    >>> statistics((0.05, 0.5))
    ('mean', 'p5', 'p50')
    """
    return ("mean", *(f"p{100.0 * share:g}" for share in fractiles))


@njit(cache=True)
def _limited(slope: float, d0: float, d1: float) -> float:
    """The slope where it keeps a cubic between secants d0 and d1 monotone, else the nearest that does."""
    if d0 * d1 <= 0.0 or slope * d0 <= 0.0:
        return 0.0
    bound = 3.0 * min(abs(d0), abs(d1))
    return slope if abs(slope) <= bound else np.copysign(bound, d0)


@njit(cache=True)
def _slope(h0: float, d0: float, h1: float, d1: float) -> float:
    """Slope at a point between two steps of lengths h with secants d."""
    return _limited((h1 * d0 + h0 * d1) / (h0 + h1), d0, d1)


@njit(cache=True)
def _end_slope(h0: float, d0: float, h1: float, d1: float) -> float:
    """Slope at an end of the curve whose first step is h0, d0 and second h1, d1."""
    return _limited(((2.0 * h0 + h1) * d0 - h0 * d1) / (h0 + h1), d0, d0)


@njit(cache=True)
def ln_level_in_cell(ln_levels, rates, cell, ln_rate):
    """ln level where the curve meets `ln_rate`, inside the cell rates[cell] >= rate > rates[cell + 1].

    `ln_levels` ascending and `rates` descending, (level,). A point with rate zero or equal to its neighbour is left
    out of the slopes. This is the scalar kernel behind `return_level`.
    """
    n = ln_levels.size
    y0, y1 = np.log(rates[cell]), np.log(max(rates[cell + 1], 1e-300))
    x0, x1 = ln_levels[cell], ln_levels[cell + 1]
    h = y1 - y0
    if h == 0.0:
        return x0
    d = (x1 - x0) / h
    has_before = cell > 0 and rates[cell - 1] > rates[cell]
    has_after = cell + 2 < n and 0.0 < rates[cell + 2] < rates[cell + 1]
    before_h = before_d = after_h = after_d = 0.0
    if has_before:
        before_h = y0 - np.log(rates[cell - 1])
        before_d = (x0 - ln_levels[cell - 1]) / before_h
    if has_after:
        after_h = np.log(rates[cell + 2]) - y1
        after_d = (ln_levels[cell + 2] - x1) / after_h
    if has_before:
        s0 = _slope(before_h, before_d, h, d)
    elif has_after:
        s0 = _end_slope(h, d, after_h, after_d)
    else:
        s0 = d
    if has_after:
        s1 = _slope(h, d, after_h, after_d)
    elif has_before:
        s1 = _end_slope(h, d, before_h, before_d)
    else:
        s1 = d
    t = (ln_rate - y0) / h
    t2, t3 = t * t, t * t * t
    return (
        (2.0 * t3 - 3.0 * t2 + 1.0) * x0
        + (t3 - 2.0 * t2 + t) * h * s0
        + (3.0 * t2 - 2.0 * t3) * x1
        + (t3 - t2) * h * s1
    )


@njit(cache=True)
def ln_return_level(ln_levels, rates, rate):
    """ln level at which the curve falls through `rate`: -inf below the first level, +inf above the last."""
    n = ln_levels.size
    cell = 0
    while cell < n and rates[cell] >= rate:
        cell += 1
    if cell == 0:
        return -np.inf
    if cell == n:
        return np.inf
    return ln_level_in_cell(ln_levels, rates, cell - 1, np.log(rate))


@njit(cache=True, nogil=True)
def ln_return_levels(ln_levels, curves, rates, out):
    """Fill `out` (curve, rate) with `ln_return_level` of every curve (curve, level); NaN where a curve is unknown."""
    for c in range(curves.shape[0]):
        for r in range(rates.size):
            out[c, r] = np.nan if np.isnan(curves[c, 0]) else ln_return_level(ln_levels, curves[c], rates[r])


def return_level(levels: ArrayLike, rates: ArrayLike, return_period_yr: float) -> NDArray[np.float64]:
    """Level with annual rate of exceedance 1 / return period, for curves `rates` (..., level).

    -inf where even the lowest level is exceeded less often, inf where the highest is exceeded more often.
    """
    ln_levels = np.log(np.asarray(levels, float))
    curves = np.asarray(rates, float)
    flat = curves.reshape(-1, curves.shape[-1])
    found = np.array([ln_return_level(ln_levels, curve, 1.0 / return_period_yr) for curve in flat])
    values = np.where(np.isneginf(found), -np.inf, np.exp(found))
    return values.reshape(curves.shape[:-1])


def weighted_fractile(values: ArrayLike, weights: ArrayLike, fractiles: ArrayLike) -> NDArray[np.float64]:
    """Smallest value whose cumulative weight reaches each fractile, (fractile,); ties share their weight.

    No interpolation between branches: a fractile of a discrete tree is the value of one of its branches.
    """
    values, weights = np.ravel(np.asarray(values, float)), np.ravel(np.asarray(weights, float))
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    wanted = np.atleast_1d(np.asarray(fractiles, float)) * cumulative[-1] - ROUNDING
    return values[order][np.minimum(np.searchsorted(cumulative, wanted), values.size - 1)]


@njit(cache=True, nogil=True)
def _cells(table, rate, out):
    """Last level whose rate is at or above `rate`, for each branch of `table` (branch, level); -1 if there is none."""
    nlevel = table.shape[1]
    cell = 0
    for j in range(table.shape[0]):
        row = table[j]
        while cell + 1 < nlevel and row[cell + 1] >= rate:
            cell += 1
        while cell >= 0 and row[cell] < rate:
            cell -= 1
        out[j] = cell
        cell = max(cell, 0)


@njit(cache=True, nogil=True)
def bin_that_reaches(bin_weight, start, wanted):
    """First bin at which `start` plus the weight of bins up to it reaches `wanted`, else the last; weight before it."""
    chosen, before = 0, start
    while chosen < bin_weight.size - 1 and before + bin_weight[chosen] < wanted:
        before += bin_weight[chosen]
        chosen += 1
    return chosen, before


@njit(cache=True, nogil=True)
def value_that_reaches(values, weights, start, wanted):
    """Smallest value at which `start` plus the weight of values up to it reaches `wanted`, else the largest.

    By selection, for many leaves can share a bin: it reorders both arrays.
    """
    low, high, total, answer = 0, values.size, start, np.nan
    while low < high:
        pivot = values[(low + high) // 2]
        less, at, more, below, same = low, low, high, 0.0, 0.0
        while at < more:
            value, weight = values[at], weights[at]
            if value < pivot:
                below += weight
                values[at], weights[at] = values[less], weights[less]
                values[less], weights[less] = value, weight
                less += 1
                at += 1
            elif value > pivot:
                more -= 1
                values[at], weights[at] = values[more], weights[more]
                values[more], weights[more] = value, weight
            else:
                same += weight
                at += 1
        if less > low and total + below >= wanted:
            high = less
        elif total + below + same >= wanted:
            return pivot
        else:
            total += below + same
            low, answer = more, pivot
    return answer


@njit(cache=True, nogil=True)
def _fractile_by_weight(values, weights, bins, bin_weight, count, start, wanted):
    """Smallest of `count` values at which `start` plus the weight of values up to it reaches `wanted`.

    `bins` orders the values coarsely, `bin_weight` is their weight: one looks in the bin that holds the answer only.
    """
    chosen, before = bin_that_reaches(bin_weight, start, wanted)
    inside, inside_weight, kept = np.empty(count), np.empty(count), 0
    for j in range(count):
        if bins[j] == chosen:
            inside[kept], inside_weight[kept] = values[j], weights[j]
            kept += 1
    return value_that_reaches(inside[:kept], inside_weight[:kept], before, wanted)


@njit(cache=True, nogil=True)
def _level_fractile(table, weight, cells, in_cell, ln_levels, rate, wanted):
    """ln level of the branch at which the weight of branches with a lower or equal level reaches `wanted`.

    -inf when that branch lies below the lowest level, inf when above the highest. `in_cell` (level + 1,) is the weight
    of the branches in each cell: only those of the one that holds the answer are interpolated.
    """
    nlevel = ln_levels.size
    total, at = 0.0, 0
    while at < nlevel and total + in_cell[at] < wanted:
        total += in_cell[at]
        at += 1
    cell = at - 1
    if cell == -1:
        return -np.inf
    if cell == nlevel - 1:
        return np.inf
    low, width, ln_rate = ln_levels[cell], ln_levels[cell + 1] - ln_levels[cell], np.log(rate)
    values, weights = np.empty(weight.size), np.empty(weight.size)
    bins, bin_weight, count = np.empty(weight.size, dtype=np.int64), np.zeros(_BINS), 0
    for j in range(weight.size):
        if cells[j] == cell:
            x = ln_level_in_cell(ln_levels, table[j], cell, ln_rate)
            values[count], weights[count] = x, weight[j]
            bins[count] = min(max(int(_BINS * (x - low) / width), 0), _BINS - 1)
            bin_weight[bins[count]] += weight[j]
            count += 1
    return _fractile_by_weight(values, weights, bins, bin_weight, count, total, wanted)


@njit(cache=True, nogil=True)
def leaf_fractiles(values, weight, fractiles, out):
    """Weighted fractiles over the leaves of a tree, into `out`, as `weighted_fractile` gives them.

    The first bits of a number that is not negative order it: weights are added up in bins of those, and only in a bin
    that holds an answer is one looked for.

    `values` (leaf,) not negative, `weight` (leaf,) sums to one.
    """
    bits = values.view(np.int64)
    highest = 0
    for j in range(values.size):
        highest = max(highest, bits[j])
    base = (highest >> _SHIFT) - _ALL_BINS + 1
    bin_weight = np.zeros(_ALL_BINS)
    for j in range(values.size):
        bin_weight[max((bits[j] >> _SHIFT) - base, 0)] += weight[j]
    inside, inside_weight = np.empty(values.size), np.empty(values.size)
    for f in range(fractiles.size):
        wanted = fractiles[f] - ROUNDING
        chosen, before = bin_that_reaches(bin_weight, 0.0, wanted)
        first = (base + chosen) << _SHIFT if chosen > 0 else _LOWEST
        last = ((base + chosen + 1) << _SHIFT) - 1
        count = 0
        for start in range(0, values.size, _RUN):
            run, found = bits[start : start + _RUN], 0
            for j in range(run.size):  # without branches: most runs hold none
                found += (run[j] >= first) & (run[j] <= last)
            if found > 0:
                for j in range(run.size):
                    if first <= run[j] <= last:
                        inside[count], inside_weight[count] = values[start + j], weight[start + j]
                        count += 1
        out[f] = value_that_reaches(inside[:count], inside_weight[:count], before, wanted)


@njit(cache=True, nogil=True)
def branch_fractiles(table, weight, ln_levels, rates, fractiles, thresholds, ln_level, share, by_level):
    """Fractiles over the curves of all branches of a tree.

    `table` (branch, level) rates of exceedance, `weight` (branch,) sums to one, `ln_levels` ascending, `rates`
    (period,) one over the return periods, `thresholds` indices of levels.

    Fills `ln_level` (period, fractile), the level of one branch each, -inf below and inf above the levels; `share`
    (threshold,), the weight of branches with rate >= rates[0] there; `by_level` (level, fractile), fractiles of the
    rate at each level, unless it is empty. Equal to `return_level` and `weighted_fractile` over all branches.
    """
    cells = np.empty(weight.size, dtype=np.int64)
    for r in range(rates.size):
        _cells(table, rates[r], cells)
        in_cell = np.zeros(ln_levels.size + 1)
        for j in range(weight.size):
            in_cell[cells[j] + 1] += weight[j]
        for f in range(fractiles.size):
            wanted = fractiles[f] - ROUNDING
            ln_level[r, f] = _level_fractile(table, weight, cells, in_cell, ln_levels, rates[r], wanted)
        if r == 0:
            for k in range(thresholds.size):
                share[k] = in_cell[thresholds[k] + 1 :].sum()
    if by_level.size:
        for level in range(ln_levels.size):
            leaf_fractiles(table[:, level].copy(), weight, fractiles, by_level[level])
