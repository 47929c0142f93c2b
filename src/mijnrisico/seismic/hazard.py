"""Hazard: how often the ground motion at a site exceeds a level, with the complete logic tree.

    H(x, s) = sum over M, R_j of lambda(x; M, R_j) P(S > s | M, R_j, zone(x))          [1/year]

lambda is the rate of earthquakes that the site sees at magnitude bin M, carried onto the rupture-distance nodes R_j by
the quadrature weights of `rupture`; P is the normal probability of `exceedance`. H is an annual rate, not a
probability. Magnitudes are centres of bins of 0.1 (the bin 1.5 holds 1.45-1.55) and the motion of a bin is that of
its centre.

Tree: source branches of the forecast x (median x tau x phi_ss x site epsilon of V7). The medians are weighted by
magnitude, so they enter as one uniform variable (`core.logic_tree`): about 46 intervals x 18 x 24 source branches, each
a whole hazard curve. Nothing is sampled: the mean is the weighted mean of the rates, a fractile of the level at a
return period is the level of one branch, found by weight.

`component` "geometric_mean" (default) is that of the official maps; "arbitrary" adds the component-to-component
variance. `surface` "wierde" adds the factor of a dwelling mound. `site_variability_argument`: see `motion.bommer_2021`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import curve, logic_tree
from mijnrisico.core.curve import FRACTILES, STATISTICS
from mijnrisico.core.workers import Spread, threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import rupture
from mijnrisico.seismic.exceedance import Component, Surface, exceedance
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.seismic.motion_tree import MOTION_BRANCHES, Tree, branch_curves, tree
from mijnrisico.seismic.site import NO_ZONE
from mijnrisico.seismic.site_rates import SITE_BLOCK, Sources, map_rates, site_rates, sources

__all__ = [
    "STATISTICS",
    "Component",
    "Sources",
    "Surface",
    "Tree",
    "hazard",
    "levels",
    "site_rates",
    "sources",
    "tree",
]

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

LEVEL_STEP = 0.2
LEVEL_RANGE_G = (0.001, 3.0)


def levels(thresholds: Sequence[float] = (0.05,), range_g: tuple[float, float] = LEVEL_RANGE_G) -> Floats:
    """Levels in g: steps of 0.2 in ln around 0.05 g over `range_g`, plus the thresholds.

    A threshold takes the place of a point closer than a fifth of a step, so that the curve passes through it exactly.
    """
    low, high = np.log(np.array(range_g) / 0.05) / LEVEL_STEP
    grid = 0.05 * np.exp(np.arange(np.floor(low), np.ceil(high) + 1.0) * LEVEL_STEP)
    for threshold in thresholds:
        if not np.isfinite(threshold) or threshold <= 0.0:
            params = {"given": threshold, "expected": "a level in g above zero"}
            raise InputError(Problem("E503", where="thresholds", params=params))
        grid = grid[np.abs(np.log(grid / threshold)) > LEVEL_STEP / 5.0]
        grid = np.sort(np.append(grid, float(threshold)))
    return grid


def hazard(
    forecast: xr.Dataset | Sources,
    sites: xr.Dataset,
    *,
    component: Component = "geometric_mean",
    surface: Surface = "regular",
    imt: str = "PGA",
    return_periods: Sequence[float] = (475.0, 2475.0),
    thresholds: Sequence[float] = (0.05,),
    curves: bool = False,
    fractiles: bool = True,
    range_g: tuple[float, float] = LEVEL_RANGE_G,
    site_variability_argument: v7.SiteVariabilityArgument = "g",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Levels at the return periods per site and year, mean and fractiles, and the share of the tree above thresholds.

    `forecast` is the forecast or what `sources` made of it; `sites` has x, y, zone along `site`. Returns

    - `level_g` (site, year, return_period, statistic): "mean" is the level of the mean curve;
    - `flag` (same dims): -1 where the level is below the lowest (W603), 1 above the highest, `level_g` is NaN there;
    - `share` (site, year, threshold): weight of the branches whose rate at the threshold is at or above one over the
      first return period, inclusive, not rounded;
    - `mean_rate` (site, year, level), the mean curve, and, with `curves`, `rate` (site, year, level, statistic), both
      in 1/year; the thresholds are among the levels.

    With `fractiles=False` only the mean is computed, at least twice as fast: the other statistics and `share` are NaN.
    A narrower `range_g` of levels takes less time still; what lies outside is NaN and flagged.
    Sites without a zone are NaN, counted in `attrs`. Raises InputError E503 for a level, period or measure that
    makes no sense.
    """
    for period in return_periods:
        if not np.isfinite(period) or period <= 0.0:
            params = {"given": period, "expected": "years above zero"}
            raise InputError(Problem("E503", where="return_periods", params=params))
    ready = forecast if isinstance(forecast, Sources) else sources(forecast)
    level_g = levels(thresholds, range_g)
    ln_levels, wanted = np.log(level_g), 1.0 / np.asarray(return_periods, float)
    threshold_at = np.array([int(np.argmin(np.abs(level_g - t))) for t in thresholds], dtype=np.int64)
    branches = tree(ready.magnitude)
    weight = logic_tree.joint_weights(ready.weight, branches.intervals.weight, branches.motion_weight)
    table = rupture.projection(ready.magnitude)
    zone, x, y = sites["zone"].to_numpy(), sites["x"].to_numpy().astype(float), sites["y"].to_numpy().astype(float)
    shape = (zone.size, ready.year.size)
    ln_level = np.full((*shape, wanted.size, len(STATISTICS)), np.nan)
    share = np.full((*shape, len(thresholds)), np.nan)
    rate = np.full((*shape, level_g.size, len(STATISTICS)), np.nan)
    settings = _TreeSettings(branches.intervals.branch, weight, ln_levels, wanted, np.array(FRACTILES), threshold_at)
    no_curves = np.empty((shape[1], 0, 0))
    repaired, far, near, done, total = 0, 0.0, 0.0, 0, int((zone != NO_ZONE).sum())
    with threads() as spread:
        for number in np.unique(zone[zone != NO_ZONE]):
            probability, mean_probability, repairs = _of_zone(
                int(number),
                tuple(ready.magnitude.tolist()),
                tuple(level_g.tolist()),
                imt,
                component,
                surface,
                site_variability_argument,
            )
            repaired += repairs > 0
            members = np.flatnonzero(zone == number)
            for start in range(0, members.size, SITE_BLOCK):
                block = members[start : start + SITE_BLOCK]
                seen_of_maps, beyond = map_rates(ready, table, x[block], y[block], spread)
                far += float(np.einsum("sq,mqy->", beyond, ready.mean))
                for site, of_maps in zip(block, seen_of_maps, strict=True):
                    seen = of_maps @ ready.mean
                    near += float(seen.sum())
                    rate[site, :, :, 0] = np.tensordot(seen, mean_probability, axes=((0, 1), (0, 1)))
                    for index in np.ndindex(shape[1], wanted.size):
                        curve_of_year = np.ascontiguousarray(rate[site, index[0], :, 0])
                        ln_level[(site, *index, 0)] = curve.ln_return_level(ln_levels, curve_of_year, wanted[index[1]])
                    if fractiles:
                        by_group = _group_motions(of_maps, ready, probability, branches.groups, spread)
                        results = (ln_level[site, :, :, 1:], share[site], rate[site, :, :, 1:] if curves else no_curves)
                        near_mean = (0, level_g.size) if curves else _window(ln_level[site, :, :, 0], settings)
                        part, motions = settings.between(*near_mean), _between(by_group, *near_mean, level_g.size)
                        spread(partial(_fractiles, motions, ready, part, results), shape[1])
                        if not _settled(results[0], part.ln_levels, *near_mean, level_g.size):
                            spread(partial(_fractiles, by_group, ready, settings, results), shape[1])
                    done += 1
                    if progress is not None:
                        progress(done / total)
    known = np.isfinite(ln_level)
    flag = np.where(np.isneginf(ln_level), -1, np.where(np.isposinf(ln_level), 1, 0)).astype(np.int8)
    dims = ("site", "year", "return_period", "statistic")
    result = xr.Dataset(
        {
            "level_g": (dims, np.where(known, np.exp(np.where(known, ln_level, 0.0)), np.nan), {"units": "g"}),
            "flag": (
                dims,
                flag,
                {
                    "units": "1",
                    "flag_values": np.array([-1, 0, 1], dtype=np.int8),
                    "flag_meanings": "below_lowest_level within_levels above_highest_level",
                },
            ),
            "share": (("site", "year", "threshold"), share, {"units": "1"}),
            "mean_rate": (("site", "year", "level"), rate[..., 0].copy(), {"units": "1/year"}),
        },
        coords={
            "year": ready.year,
            "return_period": ("return_period", np.asarray(return_periods, float), {"units": "year"}),
            "statistic": list(STATISTICS),
            "level": ("level", level_g, {"units": "g"}),
            "threshold": ("threshold", np.asarray(thresholds, float), {"units": "g"}),
            **{name: sites[name] for name in ("x", "y", "zone", "name") if name in sites},
        },
        attrs={
            "imt": imt,
            "component": component,
            "surface": surface,
            "motion_model": v7.MODEL.name,
            "site_variability_argument": site_variability_argument,
            "branches": weight.size,
            "lowest_level_g": float(level_g[0]),
            "highest_level_g": float(level_g[-1]),
            "below_lowest_level": int((flag == -1).sum()),
            "sites_without_zone": int((zone == NO_ZONE).sum()),
            "zones_with_repaired_amplification": int(repaired),
            "share_of_rate_beyond_largest_distance": far / (far + near) if far > 0.0 else 0.0,
        },
    )
    if curves:
        result["rate"] = (("site", "year", "level", "statistic"), rate, {"units": "1/year"})
    return result


@lru_cache(maxsize=4)
def _of_zone(
    zone: int,
    magnitude: tuple[float, ...],
    level_g: tuple[float, ...],
    imt: str,
    component: Component,
    surface: Surface,
    site_variability_argument: v7.SiteVariabilityArgument,
) -> tuple[Floats, Floats, int]:
    """Exceedance of a zone, kept for the next site there, and what the mean over motion branches makes of it.

    Returns probability (magnitude, distance, median, motion x level), its mean (magnitude, distance, level), repairs.
    """
    with threads() as spread:
        probability, repairs = exceedance(
            zone,
            np.array(magnitude),
            rupture.projection(magnitude).distance_km,
            np.array(level_g),
            imt=imt,
            component=component,
            surface=surface,
            site_variability_argument=site_variability_argument,
            spread=spread,
        )
    probability = probability.reshape(*probability.shape[:2], len(v7.BRANCHES), -1)
    mean = _mean_over_motions(probability, tree(np.array(magnitude)))
    probability.flags.writeable = mean.flags.writeable = False
    return probability, mean, repairs


def _mean_over_motions(probability: Floats, branches: Tree) -> Floats:
    """Mean (magnitude, distance, level) of probability (magnitude, distance, median, motion x level) by weight."""
    by_motion = probability.reshape(*probability.shape[:3], MOTION_BRANCHES, -1)
    median = (branches.median_weight[:, None, None, :] @ by_motion.reshape(*probability.shape[:3], -1))[:, :, 0]
    return branches.motion_weight @ median.reshape(*probability.shape[:2], MOTION_BRANCHES, -1)


def _group_motions(
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


def _fractiles(
    motions: list[Floats],
    ready: Sources,
    settings: "_TreeSettings",
    results: tuple[Floats, Floats, Floats],
    first: int,
    last: int,
) -> None:
    """Fractiles of one site for the years first..last, into `results`: ln level, share and rate, year first.

    A year at a time keeps the curves of its 19,872 branches in the cache of the processor.
    """
    sources_of_year, nlevel = ready.weight.size, settings.ln_levels.size
    parts = np.empty((len(motions), sources_of_year, motions[0].shape[1]))
    table = np.empty((*settings.weight.shape, nlevel))
    ln_level, share, rate = results
    for year in range(first, last):
        rows = slice(year * sources_of_year, (year + 1) * sources_of_year)
        for part, expand, motion in zip(parts, ready.expand, motions, strict=True):
            np.matmul(expand[rows], motion, out=part)
        branch_curves(
            parts.reshape(len(motions), sources_of_year, len(v7.BRANCHES), MOTION_BRANCHES, nlevel),
            settings.picked,
            table,
        )
        curve.branch_fractiles(
            table.reshape(-1, nlevel),
            settings.weight.ravel(),
            settings.ln_levels,
            settings.rates,
            settings.fractiles,
            settings.thresholds,
            ln_level[year],
            share[year],
            rate[year],
        )


_BELOW, _ABOVE = 12, 7
"""Steps of the levels around those of the mean curve between which the fractiles are looked for first."""


def _window(ln_mean: Floats, settings: "_TreeSettings") -> tuple[int, int]:
    """First and last (not included) of the levels around those of the mean curve (year, period), with the thresholds.

    The fractiles of a tree lie near its mean: half of the levels are enough nearly everywhere, and `_settled` says
    where they were not.
    """
    known, size = ln_mean[np.isfinite(ln_mean)], settings.ln_levels.size
    if known.size < ln_mean.size:
        return 0, size
    low = int(np.searchsorted(settings.ln_levels, known.min())) - _BELOW
    high = int(np.searchsorted(settings.ln_levels, known.max())) + _ABOVE
    at = settings.thresholds
    return max(0, min(low, int(at.min()))), min(size, max(high, int(at.max()) + 2))


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


@dataclass(frozen=True, slots=True)
class _TreeSettings:
    """What every site and year shares, as `curve.branch_fractiles` wants it."""

    picked: NDArray[np.int64]
    weight: Floats
    ln_levels: Floats
    rates: Floats
    fractiles: Floats
    thresholds: NDArray[np.int64]

    def between(self, first: int, last: int) -> "_TreeSettings":
        """The same for the levels from `first` to `last`, which hold the thresholds."""
        return replace(self, ln_levels=self.ln_levels[first:last], thresholds=self.thresholds - first)
