"""Fractiles over the complete tree at one site: every source branch x interval of the medians x scatter x site epsilon.

What a site sees is first brought onto the reduced sources of each magnitude group (`site_rates.Sources`), times the
exceedance of every motion branch; a year then expands to all its branches, whose curves fit in the cache of the
processor. The levels are looked for near those of the mean curve first, and among all where that is not enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mijnrisico.core import curve, logic_tree
from mijnrisico.core.workers import Spread
from mijnrisico.seismic.motion_tree import Tree, branch_curves
from mijnrisico.seismic.site_rates import Sources

Floats = NDArray[np.float64]

_BELOW, _ABOVE = 12, 7
"""Steps of the levels around those of the mean curve between which the fractiles are looked for first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What every site and year shares, as `curve.branch_fractiles` wants it.

    `picked` (interval, group) is the median, `weight` (source, interval, motion) of a branch, `rates` (period,),
    `thresholds` indices of levels.
    """

    picked: NDArray[np.int64]
    medians: int
    weight: Floats
    ln_levels: Floats
    rates: Floats
    fractiles: Floats
    thresholds: NDArray[np.int64]

    def between(self, first: int, last: int) -> "Wanted":
        """The same for the levels from `first` to `last`, which hold the thresholds."""
        return replace(self, ln_levels=self.ln_levels[first:last], thresholds=self.thresholds - first)


def joint_weight(ready: Sources, branches: Tree) -> Floats:
    """Weight (source, interval, motion) of every branch."""
    return logic_tree.joint_weights(ready.weight, branches.intervals.weight, branches.motion_weight)


def group_motions(
    of_maps: Floats, ready: Sources, probability: Floats, groups: Sequence[slice], spread: Spread
) -> list[Floats]:
    """Exceedance rates of each magnitude group for its reduced sources: (r, median x motion x level) per group.

    `of_maps` (magnitude or 1, distance, q), `probability` (magnitude, distance, median, motion x level). The work is
    split over the medians, so that a number does not depend on how many threads there are.
    """
    seen = []
    for group, reduced in zip(groups, ready.reduced, strict=True):
        of_group = of_maps[group] if of_maps.shape[0] > 1 else of_maps
        rates = reduced.transpose(0, 2, 1) @ of_group.transpose(0, 2, 1)
        seen.append(rates.transpose(1, 0, 2).reshape(reduced.shape[2], -1))
    out = [np.empty((rates.shape[0], *probability.shape[2:])) for rates in seen]

    def fill(first: int, last: int) -> None:
        for median in range(first, last):
            for one, rates, group in zip(out, seen, groups, strict=True):
                np.matmul(rates, probability[group, :, median].reshape(rates.shape[1], -1), out=one[:, median])

    spread(fill, probability.shape[2])
    return [one.reshape(one.shape[0], -1) for one in out]


def year_curves(motions: list[Floats], ready: Sources, wanted: Wanted, year: int, table: Floats) -> None:
    """Fill `table` (source, interval, motion, level) with the curves of all branches in one year (its index)."""
    count, levels, motion = ready.weight.size, wanted.ln_levels.size, wanted.weight.shape[2]
    rows = slice(year * count, (year + 1) * count)
    parts = np.stack([np.matmul(expand[rows], one) for expand, one in zip(ready.expand, motions, strict=True)])
    branch_curves(parts.reshape(len(motions), count, wanted.medians, motion, levels), wanted.picked, table)


def fill(
    motions: list[Floats],
    ready: Sources,
    wanted: Wanted,
    ln_mean: Floats,
    results: tuple[Floats, Floats, Floats],
    spread: Spread,
) -> None:
    """Fill the results of one site: ln level (year, period, fractile), share (year, threshold), rate by level.

    `ln_mean` (year, period) are the levels of the mean curve. The last result (year, level, fractile) is left alone
    when it has no levels; else all levels are needed.
    """
    years, levels = ln_mean.shape[0], wanted.ln_levels.size
    near = (0, levels) if results[2].size else _window(ln_mean, wanted)
    part = wanted.between(*near)
    spread(partial(_years, _between(motions, *near, levels), ready, part, results), years)
    if not _settled(results[0], part.ln_levels, *near, levels):
        spread(partial(_years, motions, ready, wanted, results), years)


def _years(
    motions: list[Floats],
    ready: Sources,
    wanted: Wanted,
    results: tuple[Floats, Floats, Floats],
    first: int,
    last: int,
) -> None:
    """Fractiles for the years first..last, one at a time: its branches stay in the cache of the processor."""
    levels = wanted.ln_levels.size
    table = np.empty((*wanted.weight.shape, levels))
    ln_level, share, rate = results
    for year in range(first, last):
        year_curves(motions, ready, wanted, year, table)
        curve.branch_fractiles(
            table.reshape(-1, levels),
            wanted.weight.ravel(),
            wanted.ln_levels,
            wanted.rates,
            wanted.fractiles,
            wanted.thresholds,
            ln_level[year],
            share[year],
            rate[year],
        )


def _window(ln_mean: Floats, wanted: Wanted) -> tuple[int, int]:
    """First and last (not included) of the levels around those of the mean curve (year, period), with the thresholds.

    The fractiles of a tree lie near its mean: half of the levels are enough nearly everywhere, and `_settled` says
    where they were not.
    """
    known, size = ln_mean[np.isfinite(ln_mean)], wanted.ln_levels.size
    if known.size < ln_mean.size:
        return 0, size
    low = int(np.searchsorted(wanted.ln_levels, known.min())) - _BELOW
    high = int(np.searchsorted(wanted.ln_levels, known.max())) + _ABOVE
    at = wanted.thresholds
    return max(0, int(np.min(at, initial=low))), min(size, int(np.max(at + 2, initial=high)))


def _between(motions: list[Floats], first: int, last: int, levels: int) -> list[Floats]:
    """Rates (r, median x motion x level) at the levels from `first` to `last` only."""
    if (first, last) == (0, levels):
        return motions
    rows = [part.reshape(part.shape[0], -1, levels)[:, :, first:last] for part in motions]
    return [np.ascontiguousarray(row).reshape(row.shape[0], -1) for row in rows]


def _settled(ln_level: Floats, ln_levels: Floats, first: int, last: int, levels: int) -> bool:
    """Say whether levels found among some of the levels are those found among all.

    A level is read between two levels with one more on either side; one beyond the window may lie anywhere there.
    """
    at = np.searchsorted(ln_levels, ln_level, side="right") - 1
    return bool((first == 0 or (at >= 1).all()) and (last == levels or (at <= ln_levels.size - 3).all()))
