"""The motion tree of V7 beside the source branches: every branch a hazard curve, and fractiles over all of them.

The medians of V7 are weighted by magnitude. They enter as one uniform variable (`core.logic_tree`): about 46 intervals,
in each of which every magnitude has its own median, and from one interval to the next few magnitudes change.
With tau x phi_ss x site epsilon (18) and the source branches (12) that makes 9,936 curves a site and year.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mijnrisico.core import curve, logic_tree
from mijnrisico.seismic.motion import bommer_2021 as v7

Floats = NDArray[np.float64]

MOTION_BRANCHES = 18
"""tau 3 x phi_ss 2 x site epsilon 3, the branches with one weight each."""
_BINS = 64
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Tree:
    """The motion tree laid over the magnitudes of a forecast.

    `groups` are slices of consecutive magnitudes with the same median weights; `intervals` the comonotone intervals
    over the groups; `median_weight` (magnitude, 4); `motion_weight` (18,) of tau x phi_ss x site epsilon.
    """

    groups: tuple[slice, ...]
    intervals: logic_tree.Intervals
    median_weight: Floats
    motion_weight: Floats


def tree(magnitude: Floats) -> Tree:
    """The tree of V7 over magnitude bin centres (magnitude,)."""
    median_weight = v7.median_weights(magnitude)
    group = logic_tree.same_rows(median_weight)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(group) > 0]))
    stops = np.append(starts[1:], magnitude.size)
    joint = logic_tree.joint_weights(v7.TAU_WEIGHTS, v7.PHI_SS_WEIGHTS, v7.SITE_EPSILON_WEIGHTS)
    return Tree(
        groups=tuple(slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True)),
        intervals=logic_tree.comonotone_intervals(median_weight[starts]),
        median_weight=median_weight,
        motion_weight=logic_tree.check_weights("tau, phi_ss and site epsilon", joint.ravel()),
    )


@njit(cache=True, nogil=True)
def _branch_curves(parts, picked, table):
    """Fill `table` (source, interval, motion, level) with the curve of every branch in one year.

    `parts` (group, source, median, motion, level). From one interval to the next only groups whose median changes
    are exchanged. Rounding can leave -1e-20 where nothing is exceeded: zero.
    """
    groups, nsource, _, motions, nlevel = parts.shape
    current = np.empty((motions, nlevel))
    for b in range(nsource):
        current[:] = 0.0
        for g in range(groups):
            current += parts[g, b, picked[0, g]]
        for i in range(picked.shape[0]):
            for g in range(groups):
                if i > 0 and picked[i, g] != picked[i - 1, g]:
                    new, old = parts[g, b, picked[i, g]], parts[g, b, picked[i - 1, g]]
                    for t in range(motions):
                        for level in range(nlevel):
                            current[t, level] += new[t, level] - old[t, level]
            target = table[b, i]
            for t in range(motions):
                for level in range(nlevel):
                    target[t, level] = max(current[t, level], 0.0)


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
def _fractile_by_weight(values, weights, bins, bin_weight, count, start, wanted):
    """Smallest of `count` values at which `start` plus the weight of values up to it reaches `wanted`.

    `bins` orders the values coarsely, `bin_weight` is their weight: only the bin that holds the answer is sorted.
    """
    total, chosen = start, 0
    while chosen < bin_weight.size - 1 and total + bin_weight[chosen] < wanted:
        total += bin_weight[chosen]
        chosen += 1
    inside, inside_weight, kept = np.empty(count), np.empty(count), 0
    for j in range(count):
        if bins[j] == chosen:
            inside[kept], inside_weight[kept] = values[j], weights[j]
            kept += 1
    answer = np.nan
    for j in np.argsort(inside[:kept]):
        total += inside_weight[j]
        answer = inside[j]
        if total >= wanted:
            break
    return answer


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
            x = curve.ln_level_in_cell(ln_levels, table[j], cell, ln_rate)
            values[count], weights[count] = x, weight[j]
            bins[count] = min(max(int(_BINS * (x - low) / width), 0), _BINS - 1)
            bin_weight[bins[count]] += weight[j]
            count += 1
    return _fractile_by_weight(values, weights, bins, bin_weight, count, total, wanted)


@njit(cache=True, nogil=True)
def _rate_fractiles(values, weight, fractiles, out):
    """Weighted fractiles of the rates of all branches at one level, into `out`; the bits of a number order it."""
    bits = values.view(np.int64) >> 47
    lowest = bits.min()
    bins = bits - lowest
    bin_weight = np.zeros(bins.max() + 1)
    for j in range(values.size):
        bin_weight[bins[j]] += weight[j]
    for f in range(fractiles.size):
        out[f] = _fractile_by_weight(values, weight, bins, bin_weight, values.size, 0.0, fractiles[f] - _ROUNDING)


@njit(cache=True, nogil=True)
def tree_statistics(parts, table, picked, weight, ln_levels, rates, fractiles, thresholds, ln_level, share, by_level):
    """Fractiles over the whole tree for one site and year.

    `parts` (group, source, median, motion, level): contribution of each magnitude group to the rate. `table` (source,
    interval, motion, level) is room for the curves of all branches. `picked` (interval, group) is the median of a
    group in an interval; `weight` (source, interval, motion) sums to one; `rates` (period,) are 1/return period;
    `thresholds` index levels.

    Fills `ln_level` (period, fractile), -inf below and inf above the levels; `share` (threshold,), the weight of
    branches with rate >= rates[0] there; `by_level` (level, fractile), fractiles of the rate, unless it is empty.
    """
    nlevel = ln_levels.size
    flat_weight = weight.ravel()
    _branch_curves(parts, picked, table)
    flat = table.reshape(flat_weight.size, nlevel)
    cells = np.empty(flat_weight.size, dtype=np.int64)
    for r in range(rates.size):
        _cells(flat, rates[r], cells)
        in_cell = np.zeros(nlevel + 1)
        for j in range(flat_weight.size):
            in_cell[cells[j] + 1] += flat_weight[j]
        for f in range(fractiles.size):
            wanted = fractiles[f] - _ROUNDING
            ln_level[r, f] = _level_fractile(flat, flat_weight, cells, in_cell, ln_levels, rates[r], wanted)
        if r == 0:
            for k in range(thresholds.size):
                share[k] = in_cell[thresholds[k] + 1 :].sum()
    if by_level.size:
        for level in range(nlevel):
            _rate_fractiles(flat[:, level].copy(), flat_weight, fractiles, by_level[level])
