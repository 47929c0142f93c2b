"""Local personal risk of buildings over the complete logic tree: of each building, and of their number above a level.

The tree is that of `risk_tree`, of which the mappings of `exposure.buildings` are one more node. The classes of a
building are mixed before the leaves are filled: in a leaf all its classes have the same branch. Leaves are those of the
middle of the buildings with the same ground in a square of 250 m, scaled to the mean of each building
(`building_risk.means`): exact where they stand together. A count of buildings above a level is taken per leaf, because
the same model of the world holds for all of them: its fractiles are those of the count, not of the buildings.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numba
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core.curve import FRACTILES, STATISTICS, leaf_fractiles
from mijnrisico.core.workers import threads
from mijnrisico.seismic import average_sa, building_risk, hazard, risk, risk_tree
from mijnrisico.seismic.average_sa import SiteCorrelation
from mijnrisico.seismic.building_risk import LEVELS, NODE_M, SURFACES
from mijnrisico.seismic.hazard.rates import for_model
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface
from mijnrisico.seismic.risk_tree import BIN_SHIFT, Single

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Progress = Callable[[float], None]

PLACE_M: Final = 250.0
THRESHOLDS: Final = tuple(float(f"{10.0**power:.6g}") for power in np.arange(-8.0, -2.9, 0.25))
"""Levels of the ranking, 1/year; they hold the two norms."""
TINY: Final = 1e-9
"""Buildings with a mean below this in every year are left out of the leaves."""
_PLACES, _TASKS = 16, 16


def over_tree(
    forecast: xr.Dataset | hazard.Sources,
    buildings: xr.Dataset,
    *,
    years: Sequence[int],
    model: str = "TNO2020",
    motion: str | GroundMotion = "V7",
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
    site_variability_argument: SiteVariabilityArgument = "g",
    risk_at: xr.Dataset | None = None,
    tables: Mapping[Surface, xr.Dataset] | None = None,
    cell_m: float = NODE_M,
    place_m: float = PLACE_M,
    tiny: float = TINY,
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Risk of every building over the complete tree, and fractiles of the number of buildings above a level.

    Args:
        forecast: factored event rates, or `hazard.sources` of them, for the motion model.
        buildings: `exposure.buildings`; every mapping is a branch.
        years: some of those of the forecast.
        model: and the other settings as in `risk.risk`.
        risk_at: `building_risk.at_nodes` of the sites of `building_risk.nodes(buildings, cell_m)` for at least these
            years, or none.
        tables: `risk.loss_tables` per surface, used where `risk_at` is none.
        cell_m: distance between the nodes of the mean.
        place_m: side of the squares in which buildings have their leaves in common, but for their mean.
        tiny: risk (1/year) below which buildings are left out of the leaves; far from the field there are many.
        progress: called with the fraction done.

    Returns:
        `lpr` (building, year, statistic), 1/year: the mean is that of `building_risk.means`; fractiles are NaN for
        buildings below `tiny` in all these years, where P90 is at most 10 x mean (Markov). `above` (year, threshold,
        statistic), buildings: mean and fractiles over the tree of the number of buildings whose LPR is above each of
        `THRESHOLDS`. `p90_above` (year, vulnerability_class, level), the expected number of buildings of a class whose
        P90 as a building of that class is above a level. attrs: `leaves`; `left_out`, buildings below `tiny` in all
        these years, and `left_out_mean_sum`, the largest sum over a year of their number x mean: the mean of a count
        above a level is too low by at most this sum / level.
    """
    shaking, term = risk.motion_of(motion, site_term)
    settings = {
        "model": model,
        "motion": shaking,
        "site_term": term,
        "site_correlation": site_correlation,
        "site_variability_argument": site_variability_argument,
    }
    ready = risk_tree.of_years(for_model(forecast, shaking), years)
    where = building_risk.nodes(buildings, cell_m)
    if risk_at is None:
        risk_at = building_risk.at_nodes(ready, where.sites, tables=tables, **settings)
    lpr = risk_at["lpr_mean"].sel(year=list(years)).transpose("site", "year", "vulnerability_class").to_numpy()
    vulnerable, few = risk_tree.basis(model, tuple(str(name) for name in risk_at["vulnerability_class"].to_numpy()))
    counted = _Counted.of(
        buildings,
        building_risk.summed(buildings, where, risk_at.sel(year=list(years)))["lpr_mean"].to_numpy(),
        tiny,
    )
    leaves = risk_tree.Leaves(ready, vulnerable, shaking, term)
    work = _Work.of(counted, leaves, few.coefficient)
    grounds = list(_grounds(buildings, counted.rows))
    for done, (zone, surface, rows) in enumerate(grounds):
        intensity = average_sa.zone_intensity(
            zone,
            risk_tree.reference_of(ready, shaking),
            surface,
            site_variability_argument,
            site_term=term,
            site_correlation=site_correlation,
        )
        given = risk_tree.expected(intensity, few)
        as_class = building_risk.as_classes(where, lpr, rows)
        for members, x, y in _places(buildings, rows, place_m):
            moment = risk_tree.moments(ready, x, y, given)
            work.own(moment, rows, members)
            work.classes(moment, rows, members, as_class)
        progress((done + 1) / len(grounds))
    return xr.Dataset(
        {
            "lpr": (("building", "year", "statistic"), work.lpr, risk.lpr_attrs()),
            "above": (("year", "threshold", "statistic"), work.above(), {"units": "buildings"}),
            "p90_above": (("year", "vulnerability_class", "level"), work.p90_above, {"units": "buildings"}),
        },
        coords={
            "building": buildings["building"].to_numpy(),
            "year": list(years),
            "statistic": list(STATISTICS),
            "threshold": ("threshold", list(THRESHOLDS), {"units": "1/year"}),
            "vulnerability_class": risk_at["vulnerability_class"].to_numpy(),
            "level": ("level", list(LEVELS), {"units": "1/year"}),
        },
        attrs=risk_at.attrs | {"leaves": work.weight.size, "tiny": tiny} | counted.left_out(),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Buildings as arrays, and those of them that enter the leaves: `rows`, above `tiny` in one of the years at least.

    `mean` (building, year); `mix` (building,) is the row of `shares` (mix, mapping, class); `mapping` their weights.
    """

    mean: Array
    number: Array
    mix: Whole
    shares: Array
    mapping: Array
    rows: Whole

    @staticmethod
    def of(buildings: xr.Dataset, mean: Array, tiny: float) -> "_Counted":
        share = buildings["share"].transpose("building", "mapping", "vulnerability_class").to_numpy()
        flat = np.ascontiguousarray(share.reshape(share.shape[0], -1))
        keys = flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).ravel()
        _, first, mix = np.unique(keys, return_index=True, return_inverse=True)
        highest = np.where(np.isnan(mean), 0.0, mean).max(axis=1, initial=0.0)
        return _Counted(
            mean=mean,
            number=buildings["number"].to_numpy().astype(float),
            mix=mix.ravel(),
            shares=share[first],
            mapping=buildings["mapping_weight"].to_numpy().astype(float),
            rows=np.flatnonzero(highest >= tiny),
        )

    def left_out(self) -> dict[str, float]:
        out = np.ones(self.number.size, bool)
        out[self.rows] = False
        out &= ~np.isnan(self.mean[:, 0])
        sums = self.number[out] @ self.mean[out]
        return {"left_out": float(self.number[out].sum()), "left_out_mean_sum": float(sums.max(initial=0.0))}


def _grounds(buildings: xr.Dataset, rows: Whole) -> Iterator[tuple[int, Surface, Whole]]:
    """Zones and surfaces, and which of `rows` stand there."""
    zone, wierde = buildings["zone"].to_numpy()[rows], buildings["wierde"].to_numpy()[rows]
    for number in np.unique(zone):
        for index, surface in enumerate(SURFACES):
            here = rows[(zone == number) & (wierde == bool(index))]
            if here.size:
                yield int(number), surface, here


def _places(buildings: xr.Dataset, rows: Whole, place_m: float) -> Iterator[tuple[list[Whole], Array, Array]]:
    """Squares with some of `rows`, a few at a time: positions in `rows` of those in each, and their middles (m)."""
    x, y = (buildings[name].to_numpy().astype(float)[rows] for name in ("x", "y"))
    _, square = np.unique(np.floor(np.stack([y, x]) / place_m), axis=1, return_inverse=True)
    order = np.argsort(square.ravel(), kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(square.ravel()[order])) + 1)
    for start in range(0, len(members), _PLACES):
        few = members[start : start + _PLACES]
        yield few, np.array([x[one].mean() for one in few]), np.array([y[one].mean() for one in few])


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """Buildings of one mix of classes in one place: their leaves are the same, but for a factor each.

    `number` (kind,) of them have the same `mean` (kind, year).
    """

    place: int
    mix: int
    buildings: Whole
    mean: Array
    number: Array

    @staticmethod
    def of(counted: _Counted, place: int, mix: int, buildings: Whole) -> "_Task":
        mean, kind = np.unique(counted.mean[buildings], axis=0, return_inverse=True)
        number = np.bincount(kind.ravel(), counted.number[buildings], len(mean)).astype(float)
        return _Task(place, mix, buildings, mean, number)


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What is filled, and room for it.

    `lpr` (building, year, statistic); `p90_above` (year, class, level); `counts` (year, mapping, source, interval,
    threshold + 1, other), the buildings of every leaf between two thresholds. `weight` are those of all leaves,
    `values` (task, mapping, source, interval, other) the leaves of some tasks.
    """

    counted: _Counted
    leaves: risk_tree.Leaves
    coefficient: Array
    weight: Array
    lpr: Array
    p90_above: Array
    counts: Array
    values: Single

    @staticmethod
    def of(counted: _Counted, leaves: risk_tree.Leaves, coefficient: Array) -> "_Work":
        years, mappings = counted.mean.shape[1], counted.mapping.size
        sources, intervals, others = leaves.weight.shape
        lpr = np.full((*counted.mean.shape, len(STATISTICS)), np.nan)
        lpr[:, :, 0] = counted.mean
        return _Work(
            counted=counted,
            leaves=leaves,
            coefficient=coefficient,
            weight=np.multiply.outer(counted.mapping, leaves.weight).ravel(),
            lpr=lpr,
            p90_above=np.zeros((years, coefficient.shape[0], len(LEVELS))),
            counts=np.zeros((years, mappings, sources, intervals, len(THRESHOLDS) + 1, others)),
            values=np.empty((_TASKS, mappings, sources, intervals, others), np.float32),
        )

    def own(self, moment: Array, rows: Whole, members: list[Whole]) -> None:
        """Add the buildings `rows`, of which those at positions `members` are in each place of `moment`."""
        tasks = []
        for place, inside in enumerate(members):
            mixes = self.counted.mix[rows[inside]]
            tasks += [_Task.of(self.counted, place, int(mix), rows[inside[mixes == mix]]) for mix in np.unique(mixes)]
        shape = (_TASKS, self.counted.mapping.size, moment.shape[1], moment.shape[2] * self.coefficient.shape[2])
        of_rows = np.empty(shape, np.float32)
        with threads() as spread:
            for start in range(0, len(tasks), _TASKS):
                chunk = tasks[start : start + _TASKS]
                spread(partial(self._mix, chunk, moment, of_rows), len(chunk))
                at = np.cumsum([0, *(task.number.size for task in chunk)])
                number = np.concatenate([task.number for task in chunk])
                factor = np.empty(number.size)
                for year, counts in enumerate(self.counts):
                    spread(partial(self._fill, chunk, of_rows, year, at, factor), len(chunk))
                    spread(
                        partial(_count, self.values, at, factor, number, *_LEVELS_OF_BINS, counts),
                        math.prod(counts.shape[:3]),
                    )

    def _mix(self, chunk: list[_Task], moment: Array, of_rows: Single, first: int, last: int) -> None:
        flat = self.coefficient.reshape(self.coefficient.shape[0], -1)
        for k in range(first, last):
            columns = self.counted.shares[chunk[k].mix] @ flat
            of_rows[k] = self.leaves.parts(moment[chunk[k].place], columns.reshape(-1, *self.coefficient.shape[1:]))

    def _fill(
        self, chunk: list[_Task], of_rows: Single, year: int, at: Whole, factor: Array, first: int, last: int
    ) -> None:
        parts, out = self.leaves.room(of_rows.shape[1])[0], np.empty(len(STATISTICS))
        for k in range(first, last):
            for part, of_mapping in zip(of_rows[k], parts, strict=True):
                self.leaves.of_year(part, year, of_mapping)
            self.leaves.statistics(parts, self.counted.mapping, self.values[k], out)
            here, scale = chunk[k].buildings, (1.0 / out[0] if out[0] > 0.0 else 0.0)
            factor[at[k] : at[k + 1]] = chunk[k].mean[:, year] * scale
            self.lpr[here, year, 1:] = self.counted.mean[here, year, None] * scale * out[1:]

    def classes(self, moment: Array, rows: Whole, members: list[Whole], as_class: Array) -> None:
        """Add buildings whose P90 as of a class is above a level, from their mean `as_class` (row, year, class).

        By Markov's inequality P90 is at most ten times the mean: most classes need no leaves.
        """
        counted = self.counted
        share = np.tensordot(counted.mapping, counted.shares, axes=([0], [1]))[counted.mix[rows]]
        possible = (share > 0.0) & (as_class.max(axis=1) > min(LEVELS) * (1.0 - FRACTILES[-1]))
        tasks = [
            (place, int(one)) for place, inside in enumerate(members) for one in np.flatnonzero(possible[inside].any(0))
        ]
        ratio = np.empty((len(tasks), as_class.shape[1]))
        with threads() as spread:
            spread(partial(self._ratio, tasks, moment, ratio), len(tasks))
        for (place, one), of_year in zip(tasks, ratio, strict=True):
            inside = members[place]
            number, p90 = counted.number[rows[inside]] * share[inside, one], as_class[inside, :, one] * of_year
            for k, level in enumerate(LEVELS):
                self.p90_above[:, one, k] += number @ (p90 > level)

    def _ratio(self, tasks: list[tuple[int, int]], moment: Array, ratio: Array, first: int, last: int) -> None:
        """Fill `ratio` (task, year) with P90 / mean."""
        (parts, room), out = self.leaves.room(), np.empty(len(STATISTICS))
        for k in range(first, last):
            place, one = tasks[k]
            part = self.leaves.parts(moment[place], self.coefficient[one : one + 1])[0]
            for year in range(ratio.shape[1]):
                self.leaves.of_year(part, year, parts[0])
                self.leaves.statistics(parts, np.ones(1), room, out)
                ratio[k, year] = out[-1] / out[0] if out[0] > 0.0 else 0.0

    def above(self) -> Array:
        """Mean and fractiles of the number of buildings above each threshold, (year, threshold, statistic)."""
        found = np.empty((self.counts.shape[0], len(THRESHOLDS), len(STATISTICS)))
        for year, counts in enumerate(self.counts):
            beyond = np.zeros((*counts.shape[:3], counts.shape[4]))
            for k in range(len(THRESHOLDS) - 1, -1, -1):
                beyond += counts[:, :, :, k + 1]
                found[year, k, 0] = self.weight @ beyond.ravel()
                leaf_fractiles(beyond.ravel(), self.weight, np.array(FRACTILES), found[year, k, 1:])
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
def _count(values, at, factor, number, lowest, below, inside, counts, first, last):
    """Add the buildings of some tasks to the leaves they fall in, for tiles (mapping, source, interval).

    Tiles are `first` to `last`; `values` (task, mapping, source, interval, other), none of them NaN; buildings at[k] to
    at[k + 1] have the leaves of task k times `factor`; `counts` (mapping, source, interval, threshold + 1, other), of
    which those below every threshold need not be complete. `lowest`, `below` and `inside` as `_levels_of_bins`.
    """
    sources, intervals, others = values.shape[2:]
    scaled = np.empty(others, np.float32)
    for tile in range(first, last):
        mapping, source, interval = tile // (sources * intervals), tile // intervals % sources, tile % intervals
        table = counts[mapping, source, interval]
        for k in range(at.size - 1):
            row = values[k, mapping, source, interval]
            for b in range(at[k], at[k + 1]):
                own = np.float32(factor[b])
                for j in range(others):
                    scaled[j] = own * row[j]
                bits = scaled.view(np.int32)
                for j in range(others):
                    into = (bits[j] >> BIN_SHIFT) - lowest
                    if into > 0:
                        into = min(into, below.size - 1)
                        table[below[into] + (scaled[j] > inside[into]), j] += number[b]
