"""Fractiles over the complete tree at one site: every source branch x interval of the medians x scatter x site epsilon.

What a site sees is first brought onto the reduced sources of each magnitude group (`rates.Sources`), times the
exceedance of every motion branch; a year then expands to all its branches, whose curves fit in the cache of the
processor. The levels are looked for near those of the mean curve first, and among all where that is not enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mijnrisico.core import curve, logic_tree
from mijnrisico.core.workers import Spread
from mijnrisico.seismic.hazard.motion_tree import Tree, branch_curves
from mijnrisico.seismic.hazard.rates import Sources

Floats = NDArray[np.float64]

_BELOW, _ABOVE = 12, 7
"""Steps of the levels around those of the mean curve between which the fractiles are looked for first."""
_LARGEST_TABLES = 512 * 2**20


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
        if (first, last) == (0, self.ln_levels.size):
            return self
        return replace(self, ln_levels=self.ln_levels[first:last], thresholds=self.thresholds - first)


def joint_weight(ready: Sources, branches: Tree) -> Floats:
    """Weight (source, interval, motion) of every branch."""
    return logic_tree.joint_weights(ready.weight, branches.intervals.weight, branches.motion_weight)


def block_motions(
    near: Floats, ready: Sources, probability: Floats, points: list[Floats] | None, spread: Spread
) -> list[list[Floats]]:
    """What `group_motions` gives for every site of a block; `near` (site, magnitude, distance, q)."""
    if points is None:
        return [group_motions(of_maps, ready, probability, ready.groups, spread) for of_maps in near]
    seen = near[:, 0].reshape(len(near), -1)
    by_group = [
        (seen @ table).reshape(len(near), reduced.shape[2], -1)
        for table, reduced in zip(points, ready.reduced, strict=True)
    ]
    return [[of_group[site] for of_group in by_group] for site in range(len(near))]


def group_motions(
    of_maps: Floats, ready: Sources, probability: Floats, groups: Sequence[slice], spread: Spread
) -> list[Floats]:
    """Exceedance rates of each magnitude group for its reduced sources: (r, median x motion x level) per group.

    `of_maps` (magnitude, distance, q), `probability` (magnitude, distance, median, motion x level). The work is
    split over the medians, so that a number does not depend on how many threads there are.
    """
    seen = []
    for group, reduced in zip(groups, ready.reduced, strict=True):
        rates = reduced.transpose(0, 2, 1) @ of_maps[group].transpose(0, 2, 1)
        seen.append(rates.transpose(1, 0, 2).reshape(reduced.shape[2], -1))
    out = [np.empty((rates.shape[0], *probability.shape[2:])) for rates in seen]

    def fill(first: int, last: int) -> None:
        for median in range(first, last):
            for one, rates, group in zip(out, seen, groups, strict=True):
                np.matmul(rates, probability[group, :, median].reshape(rates.shape[1], -1), out=one[:, median])

    spread(fill, probability.shape[2])
    return [one.reshape(one.shape[0], -1) for one in out]


def point_tables(ready: Sources, probability: Floats) -> list[Floats] | None:
    """What takes points straight to the exceedance rates of their branches, with the sum over magnitude taken.

    Points see the same distances at every magnitude. For each magnitude group (distance x q, r x median x motion x
    level); None for ruptures, and where the tables would be too large.
    """
    distances, of_motion = probability.shape[1], int(np.prod(probability.shape[2:]))
    size = sum(reduced.shape[1] * reduced.shape[2] for reduced in ready.reduced) * distances * of_motion
    if ready.geometry.finite or 8 * size > _LARGEST_TABLES:
        return None
    tables = []
    for group, reduced in zip(ready.groups, ready.reduced, strict=True):
        flat = probability[group].reshape(len(reduced), -1)
        table = (reduced.reshape(len(reduced), -1).T @ flat).reshape(*reduced.shape[1:], distances, of_motion)
        tables.append(np.ascontiguousarray(table.transpose(2, 0, 1, 3)).reshape(distances * reduced.shape[1], -1))
    return tables


def room(ready: Sources, wanted: Wanted) -> tuple[Floats, Floats]:
    """Room for the parts (group, source, median x motion x level) and the curves of a year, to be used again."""
    sources, intervals, motions = wanted.weight.shape
    levels = wanted.ln_levels.size
    parts = np.empty((len(ready.groups), sources, wanted.medians * motions * levels))
    return parts, np.empty((sources, intervals, motions, levels))


def year_curves(motions: list[Floats], ready: Sources, wanted: Wanted, year: int, parts: Floats, table: Floats) -> None:
    """Fill `table` (source, interval, motion, level) with the curves of all branches in one year (its index)."""
    count, levels, motion = ready.weight.size, wanted.ln_levels.size, wanted.weight.shape[2]
    rows = slice(year * count, (year + 1) * count)
    for part, expand, one in zip(parts, ready.expand, motions, strict=True):
        np.matmul(expand[rows], one, out=part)
    branch_curves(parts.reshape(len(motions), count, wanted.medians, motion, levels), wanted.picked, table)


def fill(
    motions: list[list[Floats]],
    ready: Sources,
    wanted: Wanted,
    ln_mean: Floats,
    results: tuple[Floats, Floats, Floats],
    spread: Spread,
) -> None:
    """Fill the results of sites: ln level (site, year, period, fractile), share (site, year, threshold), rate by level.

    `motions` are those of each site and group, `ln_mean` (site, year, period) the levels of the mean curve. The last
    result (site, year, level, fractile) is left alone when it has no levels; else all levels are needed.
    """
    sites, years, levels = ln_mean.shape[0], ln_mean.shape[1], wanted.ln_levels.size
    near = [(0, levels) if results[2].size else _window(of_site, wanted) for of_site in ln_mean]
    _fill(range(sites), near, motions, ready, wanted, results, years, spread)
    wide = [s for s in range(sites) if not _settled(results[0][s], wanted.ln_levels, *near[s])]
    _fill(wide, [(0, levels)] * sites, motions, ready, wanted, results, years, spread)


def _fill(
    sites: Sequence[int],
    near: Sequence[tuple[int, int]],
    motions: list[list[Floats]],
    ready: Sources,
    wanted: Wanted,
    results: tuple[Floats, Floats, Floats],
    years: int,
    spread: Spread,
) -> None:
    """Fractiles of sites from the levels near each; a site and year at a time stays in the cache of the processor."""
    parts = {s: (_between(motions[s], *near[s], wanted.ln_levels.size), wanted.between(*near[s])) for s in sites}

    def tasks(first: int, last: int) -> None:
        rooms: dict[int, tuple[Floats, Floats]] = {}
        for task in range(first, last):
            site, year = sites[task // years], task % years
            of_site, part = parts[site]
            levels = part.ln_levels.size
            parts_of_year, table = rooms[levels] if levels in rooms else rooms.setdefault(levels, room(ready, part))
            year_curves(of_site, ready, part, year, parts_of_year, table)
            curve.branch_fractiles(
                table.reshape(-1, levels),
                part.weight.ravel(),
                part.ln_levels,
                part.rates,
                part.fractiles,
                part.thresholds,
                *(result[site, year] for result in results),
            )

    spread(tasks, len(sites) * years)


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


def _settled(ln_level: Floats, ln_levels: Floats, first: int, last: int) -> bool:
    """Say whether levels found among some of the levels, from `first` to `last`, are those found among all.

    A level is read between two levels with one more on either side; one beyond the window may lie anywhere there.
    """
    at = np.searchsorted(ln_levels[first:last], ln_level, side="right") - 1
    return bool((first == 0 or (at >= 1).all()) and (last == ln_levels.size or (at <= last - first - 3).all()))
