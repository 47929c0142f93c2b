"""Local personal risk over the complete logic tree.

Fractiles take the complete tree: source branches x intervals of the comonotone variable of the medians x scatters and
site epsilons (18 in V7) x fragility 3 x consequence 3. Within a source branch the posterior enters as its mean. The
mean, for which a tree is not needed, is in `risk`.

The losses of all classes and branches, as functions of the shaking, are sums of some fifty functions b_k (`Basis`):

    L_c(z; fragility, consequence) = sum over k of b_k(z) C_kc
    M_k(site; source, motion) = sum over (M, r) of lambda(site; M, r) E[b_k | M, r, motion]        `moments`
    leaf = sum over magnitude groups, each with the median of the interval, of M_k C_kc           `Leaves`

so that the sum over the earthquakes is done once for all classes, and a building that may be of several classes is a
mean of columns of C. Slow twins: tests/seismic/test_risk.py, tests/seismic/test_risk_tree.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numba
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from mijnrisico.core import curve, logic_tree
from mijnrisico.core.curve import FRACTILES, STATISTICS
from mijnrisico.core.workers import threads
from mijnrisico.seismic import average_sa, hazard, loss, risk
from mijnrisico.seismic.average_sa import GRID_LN_G, Array, SiteCorrelation
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.hazard.rates import SITE_BLOCK, for_model, map_rates
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface

Progress = Callable[[float], None]
Single = NDArray[np.float32]

_TOLERANCE: Final = 1e-7
_CLASSES: Final = 12
"""Classes whose parts are one matrix product, much faster than one for each."""
_STEEPNESS: Final = 2.0
"""Rate of shaking falls about as exp(-2 ln z): what it weighs in a loss decides how well it must be known."""

BIN_SHIFT, _BINS = 17, 4096
"""Bins of leaves by the first bits of single precision: 64 to a factor two, 64 factors of two."""
_LOWEST_BIN: Final = (127 << (23 - BIN_SHIFT)) - _BINS
"""They end at one; what is beyond has the last bin."""


def lpr_fractiles(
    forecast: xr.Dataset | hazard.Sources,
    sites: xr.Dataset,
    classes: Sequence[str],
    *,
    model: str = "TNO2020",
    motion: str | GroundMotion = "V7",
    surface: Surface = "regular",
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
    site_variability_argument: SiteVariabilityArgument = "g",
    only: ArrayLike | None = None,
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Local personal risk over the complete logic tree: mean and 10, 50 and 90 % fractiles.

    Args and raises as `risk.risk`; `only` (site, vulnerability_class) is true where an answer is wanted; None = all.

    Returns:
        `lpr` (site, year, vulnerability_class, statistic), 1/year; NaN where the zone is -1 or no answer is wanted.
    """
    shaking, term = risk.motion_of(motion, site_term)
    vulnerable, few = basis(model, tuple(classes))
    ready = for_model(forecast, shaking)
    leaves = Leaves(ready, vulnerable, shaking, term)
    shape = (sites.sizes["site"], ready.year.size, len(vulnerable.classes), len(STATISTICS))
    result = np.full(shape, np.nan)
    wanted = np.ones(shape[::2], bool) if only is None else np.asarray(only, bool)
    zone_of_site = sites["zone"].to_numpy()
    zones = np.unique(zone_of_site[zone_of_site >= 0])
    for done, zone in enumerate(zones):
        rows = np.flatnonzero((zone_of_site == zone) & wanted.any(axis=1))
        if rows.size:
            given = expected(
                average_sa.zone_intensity(
                    int(zone),
                    reference_of(ready, shaking),
                    surface,
                    site_variability_argument,
                    site_term=term,
                    site_correlation=site_correlation,
                ),
                few,
            )
            for start in range(0, rows.size, SITE_BLOCK):
                block = rows[start : start + SITE_BLOCK]
                x, y = (sites[name].to_numpy()[block].astype(float) for name in ("x", "y"))
                _fill_block(leaves, moments(ready, x, y, given), few.coefficient, block, wanted, result)
        progress((done + 1) / zones.size)
    return xr.Dataset(
        {"lpr": (("site", "year", "vulnerability_class", "statistic"), result, risk.lpr_attrs())},
        coords={
            "year": ready.year,
            "vulnerability_class": list(vulnerable.classes),
            "statistic": list(STATISTICS),
            "x": ("site", sites["x"].to_numpy(), {"units": "m"}),
            "y": ("site", sites["y"].to_numpy(), {"units": "m"}),
            "zone": ("site", zone_of_site, {"units": "1", "long_name": "geological zone, -1 = none"}),
        },
        attrs=risk.result_attrs(model, shaking, surface, term, site_correlation, site_variability_argument)
        | {"leaves": leaves.weight.size},
    )


def _fill_block(
    leaves: "Leaves", moment: Array, coefficient: Array, rows: np.ndarray, wanted: np.ndarray, result: Array
) -> None:
    some = (np.flatnonzero(of_row) for of_row in wanted[rows])
    tasks = [(k, ones[at : at + _CLASSES]) for k, ones in enumerate(some) for at in range(0, ones.size, _CLASSES)]

    def fill(first: int, last: int) -> None:
        parts, room = leaves.room()
        for k, classes in tasks[first:last]:
            for one, part in zip(classes, leaves.parts(moment[k], coefficient[classes]), strict=True):
                for year in range(result.shape[1]):
                    leaves.of_year(part, year, parts[0])
                    leaves.statistics(parts, np.ones(1), room, result[rows[k], year, one])

    with threads() as spread:
        spread(fill, len(tasks))


def of_years(ready: hazard.Sources, years: Sequence[int]) -> hazard.Sources:
    """Return the sources in some of their years, in that order."""
    chosen = [int(np.flatnonzero(ready.year == year)[0]) for year in years]
    expand = (one.reshape(ready.year.size, ready.weight.size, -1)[chosen] for one in ready.expand)
    return replace(
        ready,
        year=ready.year[chosen],
        coefficient=ready.coefficient[:, :, chosen],
        mean=ready.mean[:, :, chosen],
        expand=tuple(one.reshape(-1, one.shape[2]) for one in expand),
    )


def reference_of(ready: hazard.Sources, model: GroundMotion) -> average_sa.Reference:
    """Reference motion on the magnitude and distance nodes of sources."""
    nodes = ready.magnitude.tolist(), ready.table().distance_km.tolist()
    return average_sa.default_reference(tuple(nodes[0]), tuple(nodes[1]), model)


@dataclass(frozen=True, eq=False)
class Basis:
    """Few functions of the shaking whose sums are the losses of every class and branch.

    `of_sa_avg` (z, k) and `of_pga` (z, k') on `GRID_LN_G`, and `coefficient` (class, k + k', fragility x consequence).
    A loss is off by 1e-7 of its own size where the rate of shaking falls as it usually does.
    """

    of_sa_avg: Array
    of_pga: Array
    coefficient: Array


@cache
def basis(model: str, classes: tuple[str, ...]) -> tuple[loss.Vulnerability, Basis]:
    """Return a vulnerability model for some classes, and the functions that its losses are made of; kept (1 s).

    Raises:
        InputError: E503 for an unknown model or class.
    """
    vulnerable = loss.vulnerability(model, classes)
    collapse = loss.loss_given_sa_avg(vulnerable, GRID_LN_G)
    chimney = np.broadcast_to(loss.loss_given_pga(vulnerable, GRID_LN_G)[:, None], collapse.shape)
    of_sa_avg, own = few_functions(collapse.reshape(-1, GRID_LN_G.size))
    of_pga, other = few_functions(chimney.reshape(-1, GRID_LN_G.size))
    coefficient = np.concatenate([own, other], axis=1).reshape(
        len(vulnerable.classes), -1, own.shape[1] + other.shape[1]
    )
    return vulnerable, Basis(of_sa_avg, of_pga, np.ascontiguousarray(coefficient.transpose(0, 2, 1)))


def few_functions(tables: Array, tolerance: float = _TOLERANCE) -> tuple[Array, Array]:
    """Functions (z, k) and coefficients (table, k) of tables (table, z), each to a part `tolerance` of its size."""
    weight = np.exp(-_STEEPNESS * GRID_LN_G)
    scaled = risk.visible(tables) * weight
    size = np.sqrt((scaled**2).sum(axis=1, keepdims=True))
    left, value, right = np.linalg.svd(scaled / np.where(size > 0.0, size, 1.0), full_matrices=False)
    kept = max(int((value > tolerance * value[0]).sum()), 1)
    return np.ascontiguousarray((right[:kept] / weight).T), left[:, :kept] * value[:kept] * size


def expected(intensity: average_sa.ZoneIntensity, few: Basis) -> Array:
    """Expected values of the functions in one event, (pair, motion, k): pair = magnitude major."""
    return np.concatenate(intensity.branch_expectation(few.of_sa_avg, few.of_pga), axis=2)


def moments(ready: hazard.Sources, x: Array, y: Array, given: Array) -> Array:
    """Sums over the earthquakes that points see, of what `expected` gives for one; (site, row, motion, k).

    A row is one of the ways in which years and branches differ within a magnitude group (`hazard.Sources.reduced`),
    group after group.
    """
    table, distances = ready.table(), ready.table().distance_km.size
    flat = given.reshape(given.shape[0], -1)
    rows = sum(reduced.shape[2] for reduced in ready.reduced)
    result = np.empty((x.size, rows, flat.shape[1]))
    with threads() as spread:
        for start in range(0, x.size, SITE_BLOCK):
            block = slice(start, start + SITE_BLOCK)
            near, _ = map_rates(ready, table, x[block], y[block], spread)

            def add(first: int, last: int, near: Array = near, block: slice = block) -> None:
                at = 0
                for group, reduced in zip(ready.groups, ready.reduced, strict=True):
                    seen = np.matmul(near[first:last, group], reduced).transpose(0, 3, 1, 2)
                    pairs = slice(group.start * distances, group.stop * distances)
                    many = seen.reshape(-1, pairs.stop - pairs.start) @ flat[pairs]
                    result[block][first:last, at : at + reduced.shape[2]] = many.reshape(
                        last - first, -1, flat.shape[1]
                    )
                    at += reduced.shape[2]

            spread(add, near.shape[0])
    return result.reshape(x.size, rows, *given.shape[1:])


class Leaves:
    """Leaves of the complete tree: weights once, values per place and column of losses.

    `weight` (source, interval, other), other = scatter x site epsilon x fragility x consequence. Values are of single
    precision: an error of 1e-6 of a leaf, in half the memory that must be read for each.
    """

    def __init__(
        self, ready: hazard.Sources, vulnerable: loss.Vulnerability, motion: GroundMotion, site_term: SiteTerm
    ) -> None:
        """Lay out the tree of sources, a vulnerability model and a motion model."""
        shaking = tree(ready.magnitude, motion, site_term)
        others = logic_tree.joint_weights(
            shaking.motion_weight, vulnerable.fragility_weight, vulnerable.consequence_weight
        )
        self._of_interval = logic_tree.joint_weights(ready.weight, shaking.intervals.weight)
        self._of_other = others.ravel()
        self.weight = np.multiply.outer(self._of_interval, self._of_other)
        self.picks = shaking.intervals.branch
        self._medians = shaking.median_weight.shape[1]
        years = [one.reshape(ready.year.size, ready.weight.size, -1) for one in ready.expand]
        stops = np.cumsum([one.shape[2] for one in years])
        self._rows = [slice(int(stop) - one.shape[2], int(stop)) for one, stop in zip(years, stops, strict=True)]
        self._years = [one.astype(np.float32) for one in years]

    def parts(self, moment: Array, columns: Array) -> Single:
        """What each row of moments (row, motion, k) adds for sets of columns of losses (set, k, column).

        Returns (set, row, median x other).
        """
        sets, _, size = columns.shape
        flat = columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)
        result = np.empty((sets, moment.shape[0], moment.shape[1], size), np.float32)
        for rows in self._rows:
            _lay_apart((moment[rows].reshape(-1, len(flat)) @ flat), result[:, rows])
        return result.reshape(sets, moment.shape[0], -1)

    def of_year(self, part: Single, year: int, out: Single) -> None:
        """Fill `out` (group, source, median, other) for the year at that place."""
        for group, rows in enumerate(self._rows):
            np.matmul(self._years[group][year], part[rows], out=out[group].reshape(out.shape[1], -1))

    def room(self, mappings: int = 1) -> tuple[Single, Single]:
        """Arrays to work in: (mapping, group, source, median, other) and (mapping, source, interval, other)."""
        sources, _, others = self.weight.shape
        parts = np.empty((mappings, len(self._rows), sources, self._medians, others), np.float32)
        return parts, np.empty((mappings, *self.weight.shape), np.float32)

    def statistics(self, parts: Single, weight: Array, room: Single, out: Array) -> None:
        """Fill `out` (statistic,) over the leaves of `parts` (mapping, group, source, median, other).

        `weight` (mapping,) sums to one; `room` (mapping, source, interval, other) is filled with the leaves, which are
        right at any size but found quickly from 1e-19 to 1.

        Raises ValueError where there is not a weight for each mapping.
        """
        if weight.shape != parts.shape[:1]:
            raise ValueError(f"{weight.shape} weights for {parts.shape[:1]} mappings")
        _statistics(parts, self.picks, weight, self._of_interval, self._of_other, room, np.array(FRACTILES), out)


@numba.njit(cache=True, nogil=True)
def _lay_apart(product, out):
    """Fill `out` (set, row, motion, column) with `product` (row x motion, set x column); what is below 1e-30 is zero.

    Numbers near the smallest float would make all that follows many times slower.
    """
    sets, rows, motions, columns = out.shape
    for s in range(sets):
        for r in range(rows):
            for m in range(motions):
                for c in range(columns):
                    value = product[r * motions + m, s * columns + c]
                    out[s, r, m, c] = value if abs(value) > 1e-30 else 0.0


@numba.njit(cache=True, nogil=True)
def _statistics(parts, picks, of_mapping, of_interval, of_other, leaves, fractiles, out):
    """Mean and weighted fractiles of leaves (mapping, source, interval, other), which are filled; into `out`.

    The weight of a leaf is the product of `of_mapping`, `of_interval` (source, interval) and `of_other`. The first bits
    of a number that is not negative order it: the weights are added up in bins of those, and a fractile is looked for
    in the bin that holds it. Equal to `curve.weighted_fractile` over all leaves.
    """
    by_bin, total = np.zeros(_BINS), np.zeros(of_other.size)
    bins = np.empty(of_other.size, np.uint32)  # an unsigned index needs no check whether it counts from the end
    for mapping in range(leaves.shape[0]):
        fill_leaves(parts[mapping], picks, leaves[mapping])
        for source in range(leaves.shape[1]):
            for interval in range(leaves.shape[2]):
                row = leaves[mapping, source, interval]
                own = of_mapping[mapping] * of_interval[source, interval]
                bits = row.view(np.int32)
                for o in range(row.size):
                    total[o] += own * row[o]
                    bins[o] = min(max((bits[o] >> BIN_SHIFT) - _LOWEST_BIN, 0), _BINS - 1)
                for o in range(row.size):
                    by_bin[bins[o]] += own * of_other[o]
    out[0] = (total * of_other).sum()
    many = fractiles.size
    first, last, before = np.empty(many, np.int32), np.empty(many, np.int32), np.empty(many)
    inside, count = np.empty((2, many, leaves.size)), np.zeros(many, np.int64)
    for f in range(many):
        chosen, before[f] = curve.bin_that_reaches(by_bin, 0.0, fractiles[f] - curve.ROUNDING)
        first[f] = (_LOWEST_BIN + chosen) << BIN_SHIFT if chosen > 0 else -(2**31)
        last[f] = ((_LOWEST_BIN + chosen + 1) << BIN_SHIFT) - 1 if chosen < _BINS - 1 else 2**31 - 1
    for mapping in range(leaves.shape[0]):
        for source in range(leaves.shape[1]):
            for interval in range(leaves.shape[2]):
                row = leaves[mapping, source, interval]
                bits, own = row.view(np.int32), of_mapping[mapping] * of_interval[source, interval]
                for f in range(many):
                    low, high, found = first[f], last[f], np.int32(0)
                    for o in range(row.size):  # without branches: most rows hold none
                        found += np.int32((bits[o] >= low) & (bits[o] <= high))
                    if found > 0:
                        for o in range(row.size):
                            if low <= bits[o] <= high:
                                inside[0, f, count[f]], inside[1, f, count[f]] = row[o], own * of_other[o]
                                count[f] += 1
    for f in range(many):
        value, weight = inside[0, f, : count[f]], inside[1, f, : count[f]]
        out[f + 1] = curve.value_that_reaches(value, weight, before[f], fractiles[f] - curve.ROUNDING)


@numba.njit(cache=True, nogil=True)
def fill_leaves(parts, picks, leaves):
    """Fill `leaves` (source, interval, other) of one year.

    `parts` (group, source, median, other) add up to a leaf by the medians that `picks` (interval, group) chooses; from
    one interval to the next only the groups whose median changes are exchanged. Rounding can leave -1e-20: zero.
    """
    groups = parts.shape[0]
    current, zero = np.empty_like(leaves[0, 0]), np.zeros_like(leaves[0, 0])
    for source in range(leaves.shape[0]):
        current[:] = zero
        for group in range(groups):
            current += parts[group, source, picks[0, group]]
        for interval in range(leaves.shape[1]):
            if interval > 0:
                for group in range(groups):
                    if picks[interval, group] != picks[interval - 1, group]:
                        new = parts[group, source, picks[interval, group]]
                        old = parts[group, source, picks[interval - 1, group]]
                        for o in range(current.size):
                            current[o] += new[o] - old[o]
            row = leaves[source, interval]
            for o in range(current.size):
                row[o] = max(current[o], zero[o])
