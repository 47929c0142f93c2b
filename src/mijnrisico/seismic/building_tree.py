"""Local personal risk of buildings over the complete logic tree: of each building, and of their number above a level.

The tree is that of `risk_tree`, of which the mappings of `exposure.buildings` are one more node. The classes of a
building are mixed before the leaves are filled: in a leaf all its classes have the same branch. Leaves are those of the
middle of the buildings with the same ground in a square of 250 m, scaled to the mean of each building
(`building_risk.means`): exact where they stand together. How many are above a level is counted in each leaf
(`building_counts`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core.curve import FRACTILES, STATISTICS
from mijnrisico.core.workers import threads
from mijnrisico.seismic import average_sa, building_risk, hazard, risk, risk_tree, tree_nodes
from mijnrisico.seismic.average_sa import SiteCorrelation
from mijnrisico.seismic.building_counts import MUNICIPALITIES, Counts, Groups
from mijnrisico.seismic.building_risk import LEVELS, NODE_M, SURFACES
from mijnrisico.seismic.hazard.rates import for_model
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface
from mijnrisico.seismic.risk_tree import Single

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Progress = Callable[[float], None]

PLACE_M: Final = 250.0
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
    municipalities: int = MUNICIPALITIES,
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
        municipalities: how many get a count of their own, those with most buildings in the leaves.
        progress: called with the fraction done.

    Returns:
        `lpr` (building, year, statistic), 1/year: the mean is that of `building_risk.means`; fractiles are NaN for
        buildings below `tiny` in all these years, where P90 is at most 10 x mean (Markov). `p90_above` (year,
        vulnerability_class, level), the expected number of buildings of a class whose P90 as a building of that class
        is above a level. What `building_counts.Counts.statistics` gives, with the nodes of `tree_nodes.of_leaves`:
        `above`, `municipality_above`, `municipality_mean_above_temporary` (of municipalities with buildings in the
        leaves) and `branch_above`. attrs: `leaves`; `left_out`, buildings below `tiny` in all these years, and
        `left_out_mean_sum`, the largest sum over a year of their number x mean: the mean of a count above a level is
        too low by at most this sum / level; `municipalities_without_band`, how many have no count of their own.
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
        municipalities,
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
    mapping = [str(name) for name in buildings["mapping"].to_numpy()]
    counts = work.counts.statistics(counted.groups, tree_nodes.of_leaves(ready, shaking, term, mapping))
    return (
        counts.assign(
            lpr=(("building", "year", "statistic"), work.lpr, risk.lpr_attrs()),
            p90_above=(("year", "vulnerability_class", "level"), work.p90_above, {"units": "buildings"}),
        )
        .assign_coords(
            building=buildings["building"].to_numpy(),
            year=list(years),
            vulnerability_class=risk_at["vulnerability_class"].to_numpy(),
            level=("level", list(LEVELS), {"units": "1/year"}),
        )
        .assign_attrs(risk_at.attrs | counts.attrs | {"tiny": tiny} | counted.left_out())
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Buildings as arrays, and those of them that enter the leaves: `rows`, above `tiny` in one of the years at least.

    `mean` (building, year); `mix` (building,) is the row of `shares` (mix, mapping, class); `mapping` their weights;
    `groups` their municipalities.
    """

    mean: Array
    number: Array
    mix: Whole
    shares: Array
    mapping: Array
    rows: Whole
    groups: Groups

    @staticmethod
    def of(buildings: xr.Dataset, mean: Array, tiny: float, municipalities: int) -> "_Counted":
        share = buildings["share"].transpose("building", "mapping", "vulnerability_class").to_numpy()
        flat = np.ascontiguousarray(share.reshape(share.shape[0], -1))
        keys = flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).ravel()
        _, first, mix = np.unique(keys, return_index=True, return_inverse=True)
        rows = np.flatnonzero(np.where(np.isnan(mean), 0.0, mean).max(axis=1, initial=0.0) >= tiny)
        number = buildings["number"].to_numpy().astype(float)
        return _Counted(
            mean=mean,
            number=number,
            mix=mix.ravel(),
            shares=share[first],
            mapping=buildings["mapping_weight"].to_numpy().astype(float),
            rows=rows,
            groups=Groups.of(buildings["municipality"].to_numpy(), number, rows, municipalities),
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

    `number` (kind,) of them have the same `mean` (kind, year) and municipality `group` (kind,).
    """

    place: int
    mix: int
    buildings: Whole
    mean: Array
    number: Array
    group: Whole

    @staticmethod
    def of(counted: _Counted, place: int, mix: int, buildings: Whole) -> "_Task":
        columns = np.column_stack([counted.mean[buildings], counted.groups.of_building[buildings].astype(float)])
        kinds, kind = np.unique(columns, axis=0, return_inverse=True)
        number = np.bincount(kind.ravel(), counted.number[buildings], len(kinds)).astype(float)
        return _Task(place, mix, buildings, kinds[:, :-1], number, kinds[:, -1].astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What is filled, and room for it.

    `lpr` (building, year, statistic); `p90_above` (year, class, level); `counts` of every leaf; `values` (task,
    mapping, source, interval, other) are the leaves of some tasks.
    """

    counted: _Counted
    leaves: risk_tree.Leaves
    coefficient: Array
    lpr: Array
    p90_above: Array
    counts: Counts
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
            lpr=lpr,
            p90_above=np.zeros((years, coefficient.shape[0], len(LEVELS))),
            counts=Counts.of(np.multiply.outer(counted.mapping, leaves.weight), years, counted.groups.counted),
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
                number, group = (
                    np.concatenate([getattr(task, name) for task in chunk]) for name in ("number", "group")
                )
                factor = np.empty(number.size)
                for year in range(self.lpr.shape[1]):
                    spread(partial(self._fill, chunk, of_rows, year, at, factor), len(chunk))
                    self.counts.add(year, self.values, at, factor, number, group, spread)

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
