"""Buildings above a level counted in every leaf of the logic tree: of all, by municipality, and given each branch.

    count(leaf) = sum over buildings of number x [LPR(building, leaf) > level]

One model of the world holds for all buildings at once, so the fractiles of a count are taken over the leaves and not
over the buildings. A municipality has a count of its own in each leaf. With a branch given the leaves are those that
have it, with their weights over the weight of the branch: exact, for the leaves are all there.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numba
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core.curve import FRACTILES, STATISTICS, leaf_fractiles
from mijnrisico.core.workers import Spread
from mijnrisico.seismic.building_risk import LEVELS
from mijnrisico.seismic.risk_tree import BIN_SHIFT, Single
from mijnrisico.seismic.tree_nodes import Node

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

THRESHOLDS: Final = tuple(float(f"{10.0**power:.6g}") for power in np.arange(-8.0, -2.9, 0.25))
"""Levels of the ranking, 1/year; they hold the two norms."""
MUNICIPALITIES: Final = 40
"""Municipalities with a count of their own in every leaf; each takes 6 MiB a year."""
_NORM: Final = THRESHOLDS.index(LEVELS[0])


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Municipalities of some buildings: `names`, most buildings first, and where each building counts.

    `of_building` (building,) is the place of its municipality in `names`; -1 for buildings that are not counted and in
    municipalities after the first `most`, which get no count of their own.
    """

    names: tuple[str, ...]
    most: int
    of_building: Whole

    @staticmethod
    def of(municipality: NDArray[np.object_], number: Array, rows: Whole, most: int = MUNICIPALITIES) -> "Groups":
        """Return the groups of the buildings `rows`; a municipality "" is one of its own."""
        known, of_row = np.unique(municipality[rows].astype(str), return_inverse=True)
        order = np.argsort(-np.bincount(of_row, number[rows], known.size), kind="stable")
        place = np.empty(known.size, np.int64)
        place[order] = np.arange(known.size)
        group = np.full(municipality.size, -1, np.int64)
        group[rows] = np.where(place[of_row] < most, place[of_row], -1)
        return Groups(tuple(str(known[k]) for k in order), most, group)

    @property
    def counted(self) -> int:
        """How many have a count of their own."""
        return min(len(self.names), self.most)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The buildings in every leaf, and the weights of the leaves (mapping, source, interval, other).

    `by_threshold` (year, mapping, source, interval, threshold + 1, other): those between two thresholds, not all of
    those below the first. `by_group` (year, mapping, source, interval, group, other): those above the norm. `far_above`
    (year, mapping, source, interval, group): those above the temporary norm, times the weights of their leaves, summed.
    """

    weight: Array
    by_threshold: Array
    by_group: Array
    far_above: Array

    @staticmethod
    def of(weight: Array, years: int, groups: int) -> "Counts":
        """Return room for the counts, with nothing in it."""
        *tiles, others = weight.shape
        return Counts(
            weight=weight,
            by_threshold=np.zeros((years, *tiles, len(THRESHOLDS) + 1, others)),
            by_group=np.zeros((years, *tiles, groups, others)),
            far_above=np.zeros((years, *tiles, groups)),
        )

    def add(
        self, year: int, values: Single, at: Whole, factor: Array, number: Array, group: Whole, spread: Spread
    ) -> None:
        """Add buildings to a year: at[k] to at[k + 1] have the leaves `values[k]` times `factor`.

        `values` (task, mapping, source, interval, other) as `_count`; `factor`, `number` and `group` (kind,).
        """
        levels = np.array(LEVELS, np.float32)
        room = self.by_threshold[year], self.by_group[year], self.far_above[year]
        given = values, self.weight, at, factor, number, group, *_LEVELS_OF_BINS, levels
        spread(partial(_count, *given, *room), math.prod(self.weight.shape[:3]))

    def statistics(self, groups: Groups, nodes: Sequence[Node]) -> xr.Dataset:
        """Return mean and fractiles over the tree of the numbers of buildings.

        `above` (year, threshold, statistic), those above each of `THRESHOLDS`; `municipality_above` (year,
        municipality, statistic), those above the norm, and `municipality_mean_above_temporary` (year, municipality),
        the mean of those above the temporary norm; NaN for a municipality without a count of its own. `branch_above`
        (year, choice, statistic), those above the norm over the leaves with a branch, of every node that has more
        branches than one: coordinates `node`, `branch` and `branch_weight` (choice,).
        """
        choices = list(self._choices(nodes))
        unit = {"units": "buildings"}
        return xr.Dataset(
            {
                "above": (("year", "threshold", "statistic"), self._above(), unit),
                "municipality_above": (("year", "municipality", "statistic"), self._of_groups(groups), unit),
                "municipality_mean_above_temporary": (("year", "municipality"), self._far_above(groups), unit),
                "branch_above": (("year", "choice", "statistic"), self._given([one for *_, one in choices]), unit),
            },
            coords={
                "threshold": ("threshold", list(THRESHOLDS), {"units": "1/year"}),
                "statistic": list(STATISTICS),
                "municipality": np.array(groups.names, dtype=object),
                "node": ("choice", np.array([node for node, *_ in choices], dtype=object)),
                "branch": ("choice", np.array([branch for _, branch, _ in choices], dtype=object)),
                "branch_weight": ("choice", np.array([self.weight[has].sum() for *_, has in choices], float)),
            },
            attrs={"leaves": self.weight.size, "municipalities_without_band": len(groups.names) - groups.counted},
        )

    def _above(self) -> Array:
        found = np.empty((self.by_threshold.shape[0], len(THRESHOLDS), len(STATISTICS)))
        for year, counts in enumerate(self.by_threshold):
            beyond = np.zeros(self.weight.shape)
            for k in range(len(THRESHOLDS) - 1, -1, -1):
                beyond += counts[:, :, :, k + 1]
                found[year, k] = _statistics(beyond, self.weight)
        return found

    def _of_groups(self, groups: Groups) -> Array:
        found = np.full((self.by_group.shape[0], len(groups.names), len(STATISTICS)), np.nan)
        for year, counts in enumerate(self.by_group):
            for k in range(groups.counted):
                found[year, k] = _statistics(np.ascontiguousarray(counts[:, :, :, k]), self.weight)
        return found

    def _far_above(self, groups: Groups) -> Array:
        found = np.full((self.far_above.shape[0], len(groups.names)), np.nan)
        found[:, : groups.counted] = self.far_above.sum(axis=(1, 2, 3))
        return found

    def _choices(self, nodes: Sequence[Node]) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
        """Branches with a weight, of nodes with more than one of those, and which leaves have them."""
        for node in nodes:
            branch = np.broadcast_to(node.branch, self.weight.shape)
            has = {name: branch == name for name in dict.fromkeys(node.branch.ravel().tolist())}
            known = [name for name, leaves in has.items() if self.weight[leaves].sum() > 0.0]
            for name in known if len(known) > 1 else ():
                yield node.name, name, has[name]

    def _given(self, choices: Sequence[NDArray[np.bool_]]) -> Array:
        found = np.empty((self.by_threshold.shape[0], len(choices), len(STATISTICS)))
        for year, counts in enumerate(self.by_threshold):
            above = counts[:, :, :, _NORM + 1 :].sum(axis=3)
            for k, has in enumerate(choices):
                weight = self.weight[has]
                found[year, k] = _statistics(above[has], weight / weight.sum())
        return found


def _statistics(count: Array, weight: Array) -> Array:
    """Mean and fractiles of counts over leaves with weights that sum to one, (statistic,)."""
    found = np.empty(len(STATISTICS))
    count, weight = count.ravel(), weight.ravel()
    found[0] = weight @ count
    leaf_fractiles(count, weight, np.array(FRACTILES), found[1:])
    return found


def _levels_of_bins() -> tuple[int, NDArray[np.int64], Single]:
    """For bins of single precision by its first bits: the first bin, thresholds below each, the one inside or inf."""
    levels = np.array(THRESHOLDS, np.float32)
    of_level = levels.view(np.int32) >> BIN_SHIFT
    bins = np.arange(of_level[0] - 1, of_level[-1] + 2)
    inside = np.full(bins.size, np.inf, np.float32)
    inside[of_level - bins[0]] = levels
    return int(bins[0]), np.searchsorted(of_level, bins), inside


_LEVELS_OF_BINS: Final = _levels_of_bins()


@numba.njit(cache=True, nogil=True)
def _count(
    values,
    weight,
    at,
    factor,
    number,
    group,
    lowest,
    below,
    inside,
    levels,
    by_threshold,
    by_group,
    far_above,
    first,
    last,
):
    """Add the buildings of some tasks to the leaves they fall in, for tiles (mapping, source, interval).

    Tiles are `first` to `last`; `values` (task, mapping, source, interval, other), none of them NaN or negative;
    `weight` of the leaves; buildings at[k] to at[k + 1] have the leaves of task k times `factor`. `lowest`, `below` and
    `inside` as `_levels_of_bins`; `levels` the two norms. Fills, of one year, what `Counts` holds: of `by_threshold`
    those below every threshold need not be complete, and a `group` of -1 is in no group.
    """
    sources, intervals, others = values.shape[2:]
    scaled, level_bits = np.empty(others, np.float32), levels.view(np.int32)
    norm, temporary = levels[0], levels[1]  # what is named here need not be read again in the loops
    least_bits, norm_bits, temporary_bits = np.int32((lowest + 1) << BIN_SHIFT), level_bits[0], level_bits[1]
    for tile in range(first, last):
        mapping, source, interval = tile // (sources * intervals), tile // intervals % sources, tile % intervals
        table, of_leaf = by_threshold[mapping, source, interval], weight[mapping, source, interval]
        for k in range(at.size - 1):
            row = values[k, mapping, source, interval]
            for b in range(at[k], at[k + 1]):
                own, many = np.float32(factor[b]), number[b]
                for j in range(others):
                    scaled[j] = own * row[j]
                bits, some, over, far = scaled.view(np.int32), 0, 0, 0
                for j in range(others):  # numbers that are not negative have the order of their bits
                    some |= bits[j] >= least_bits
                    over |= bits[j] > norm_bits
                    far |= bits[j] > temporary_bits
                if some == 0:
                    continue
                for j in range(others):
                    into = (bits[j] >> BIN_SHIFT) - lowest
                    if into > 0:
                        into = min(into, below.size - 1)
                        table[below[into] + (scaled[j] > inside[into]), j] += many
                if group[b] >= 0 and over > 0:
                    of_group = by_group[mapping, source, interval, group[b]]
                    for j in range(others):
                        of_group[j] += many if scaled[j] > norm else 0.0
                    if far > 0:
                        total = 0.0
                        for j in range(others):
                            total += of_leaf[j] if scaled[j] > temporary else 0.0
                        far_above[mapping, source, interval, group[b]] += many * total
