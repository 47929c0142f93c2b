"""Hazard: how often the ground motion at a site exceeds a level, with the complete logic tree.

    H(x, s) = sum over M, R_j of lambda(x; M, R_j) P(S > s | M, R_j, site(x))          [1/year]

lambda is the rate of earthquakes that the site sees at magnitude bin M, carried onto the distance nodes R_j by
the quadrature weights of `rupture`; P is the normal probability of `exceedance`. H is an annual rate, not a
probability. Magnitudes are centres of bins of 0.1 (the bin 1.5 holds 1.45-1.55) and the motion of a bin is that of
its centre.

Tree: source branches of the forecast x branches of the motion model (median x scatter x site epsilon). The medians of
V7 are weighted by magnitude, so they enter as one uniform variable (`core.logic_tree`): about 46 intervals x 18 x 24
source branches, each a whole hazard curve. Nothing is sampled: the mean is the weighted mean of the rates, a fractile
of the level at a return period is the level of one branch, found by weight.

`component` "geometric_mean" (default of the Groningen models) is that of the official maps; "arbitrary" adds the
component-to-component variance. `surface` "wierde" adds the factor of a dwelling mound. `site_term` "aleatory" makes
the site-to-site term part of the scatter, "epistemic" a branch; `site_variability_argument`: see
`motion.bommer_2021`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Unpack

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import curve
from mijnrisico.core.curve import FRACTILES, STATISTICS, statistics
from mijnrisico.core.workers import threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import motion as models
from mijnrisico.seismic import tree_fractiles
from mijnrisico.seismic.exceedance import Asked, Choices, asked, exceedance, mean_exceedance
from mijnrisico.seismic.motion.model import Component, GroundMotion, Surface
from mijnrisico.seismic.motion_tree import Tree, tree
from mijnrisico.seismic.site import NO_ZONE
from mijnrisico.seismic.site_rates import SITE_BLOCK, Sources, map_rates, site_rates, sources

__all__ = [
    "STATISTICS",
    "Component",
    "Sources",
    "Surface",
    "Tree",
    "branches",
    "hazard",
    "levels",
    "site_keys",
    "site_rates",
    "sources",
    "tree",
]

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

LEVEL_STEP = 0.2
LEVEL_RANGE_G = (0.001, 3.0)
LEVEL_RANGE_CMS = (0.01, 300.0)


def levels(thresholds: Sequence[float] = (0.05,), level_range: tuple[float, float] = LEVEL_RANGE_G) -> Floats:
    """Levels: steps of 0.2 in ln around 0.05 over `level_range`, plus the thresholds, all in the unit of the measure.

    A threshold takes the place of a point closer than a fifth of a step, so that the curve passes through it exactly.
    """
    low, high = np.log(np.array(level_range) / 0.05) / LEVEL_STEP
    grid = 0.05 * np.exp(np.arange(np.floor(low), np.ceil(high) + 1.0) * LEVEL_STEP)
    for threshold in thresholds:
        if not np.isfinite(threshold) or threshold <= 0.0:
            params = {"given": threshold, "expected": "a level above zero"}
            raise InputError(Problem("E503", where="thresholds", params=params))
        grid = grid[np.abs(np.log(grid / threshold)) > LEVEL_STEP / 5.0]
        grid = np.sort(np.append(grid, float(threshold)))
    return grid


def site_keys(model: GroundMotion, sites: xr.Dataset) -> Floats:
    """What picks the response of the model at each site, (site,): its zone or Vs30 (m/s), NaN where it has none.

    Raises InputError E503 where the sites lack the variable.
    """
    if not model.site:
        return np.zeros(sites.sizes["site"])
    if model.site not in sites:
        raise InputError(Problem("E503", where="sites", params={"given": "-", "expected": model.site}))
    keys = sites[model.site].to_numpy().astype(float)
    return np.where(keys == NO_ZONE, np.nan, keys) if model.site == "zone" else keys


def hazard(
    forecast: xr.Dataset | Sources,
    sites: xr.Dataset,
    *,
    motion: str | GroundMotion = "V7",
    return_periods: Sequence[float] = (475.0, 2475.0),
    thresholds: Sequence[float] = (0.05,),
    curves: bool = False,
    fractiles: Sequence[float] = FRACTILES,
    level_range: tuple[float, float] | None = None,
    progress: Progress | None = None,
    **choices: Unpack[Choices],
) -> xr.Dataset:
    """Levels at the return periods per site and year, mean and fractiles, and the share of the tree above thresholds.

    `forecast` is the forecast or what `sources` made of it for the same motion model; `sites` has x, y and what the
    model needs (zone or vs30) along `site`. Levels are in g, for PGV in cm/s. Returns

    - `level_g`, for PGV `level_cms` (site, year, return_period, statistic): "mean" is the level of the mean curve;
    - `flag` (same dims): -1 where the level is below the lowest (W603), 1 above the highest, the level is NaN there;
    - `share` (site, year, threshold): weight of the branches whose rate at the threshold is at or above one over the
      first return period, inclusive, not rounded;
    - `mean_rate` (site, year, level), the mean curve, and, with `curves`, `rate` (site, year, level, statistic), both
      in 1/year; the thresholds are among the levels.

    Without fractiles only the mean is computed, many times faster: `share` is NaN. A narrower `level_range` takes less
    time still; what lies outside is NaN and flagged. Sites without a zone are NaN, counted in `attrs`. `choices` are
    the measure `imt`, component, surface, site term and truncation, by default those of the model. Raises InputError
    E503 for a level, period, fractile or measure that makes no sense.
    """
    model = models.model_of(motion)
    _check("return_periods", return_periods, "years above zero", lambda period: period > 0.0)
    _check("fractiles", fractiles, "shares between 0 and 1", lambda share: 0.0 < share < 1.0)
    settings = asked(model, **choices)
    ready = forecast if isinstance(forecast, Sources) else sources(forecast, motion=model)
    level = levels(thresholds, level_range or (LEVEL_RANGE_G if settings.unit == "g" else LEVEL_RANGE_CMS))
    ln_levels, wanted = np.log(level), 1.0 / np.asarray(return_periods, float)
    at_threshold = np.array([int(np.argmin(np.abs(level - t))) for t in thresholds], dtype=np.int64)
    branches = tree(ready.magnitude, model, settings.site_term)
    whole = tree_fractiles.Wanted(
        branches.intervals.branch,
        len(model.medians),
        tree_fractiles.joint_weight(ready, branches),
        ln_levels,
        wanted,
        np.asarray(fractiles, float),
        at_threshold,
    )
    table = ready.table()
    key, x, y = site_keys(model, sites), sites["x"].to_numpy().astype(float), sites["y"].to_numpy().astype(float)
    names, shape = statistics(fractiles), (key.size, ready.year.size)
    ln_level = np.full((*shape, wanted.size, len(names)), np.nan)
    share = np.full((*shape, len(thresholds)), np.nan)
    rate = np.full((*shape, level.size, len(names)), np.nan)
    no_curves = np.empty((shape[1], 0, 0))
    repaired, far, near, done, total = 0, 0.0, 0.0, 0, int(np.isfinite(key).sum())
    at = _At(settings, *(tuple(axis.tolist()) for axis in (ready.magnitude, table.distance_km, level)))
    with threads() as spread:
        for one in np.unique(key[np.isfinite(key)]):
            probability, mean_probability, repairs = (_of_site if len(fractiles) else _mean_of_site)(at, float(one))
            repaired += repairs > 0
            members = np.flatnonzero(key == one)
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
                    if len(fractiles):
                        by_group = tree_fractiles.group_motions(of_maps, ready, probability, branches.groups, spread)
                        results = (ln_level[site, :, :, 1:], share[site], rate[site, :, :, 1:] if curves else no_curves)
                        tree_fractiles.fill(by_group, ready, whole, ln_level[site, :, :, 0], results, spread)
                    done += 1
                    if progress is not None:
                        progress(done / total)
    known = np.isfinite(ln_level)
    flag = np.where(np.isneginf(ln_level), -1, np.where(np.isposinf(ln_level), 1, 0)).astype(np.int8)
    dims, unit = ("site", "year", "return_period", "statistic"), {"units": settings.unit}
    result = xr.Dataset(
        {
            level_name(settings.unit): (dims, np.where(known, np.exp(np.where(known, ln_level, 0.0)), np.nan), unit),
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
            "statistic": list(names),
            "level": ("level", level, unit),
            "threshold": ("threshold", np.asarray(thresholds, float), unit),
            **{name: sites[name] for name in ("x", "y", "zone", "vs30", "name") if name in sites},
        },
        attrs=_named(settings)
        | {
            "branches": whole.weight.size,
            "lowest_level": float(level[0]),
            "highest_level": float(level[-1]),
            "below_lowest_level": int((flag == -1).sum()),
            "sites_without_zone": int(np.isnan(key).sum()),
            "zones_with_repaired_amplification": int(repaired),
            "share_of_rate_beyond_largest_distance": far / (far + near) if far > 0.0 else 0.0,
        },
    )
    if curves:
        result["rate"] = (("site", "year", "level", "statistic"), rate, {"units": "1/year"})
    return result


def level_name(unit: str) -> str:
    """Name of the variable that holds levels in a unit."""
    return {"g": "level_g", "cm/s": "level_cms"}[unit]


def branches(
    forecast: xr.Dataset | Sources,
    site: xr.Dataset,
    year: int,
    *,
    motion: str | GroundMotion = "V7",
    thresholds: Sequence[float] = (0.05,),
    **choices: Unpack[Choices],
) -> xr.Dataset:
    """The hazard curve of every branch of the tree at one site in one year, with its weight.

    Args as `hazard`; `site` holds one site. Returns `rate` (source, interval, motion, level) in 1/year and `weight`
    (source, interval, motion), which sums to one; `median` (interval, magnitude) names the median of each magnitude.
    Raises InputError E503 as `hazard`, and for a year that the forecast lacks or a site without zone or Vs30.
    """
    model = models.model_of(motion)
    settings = asked(model, **choices)
    ready = forecast if isinstance(forecast, Sources) else sources(forecast, motion=model)
    key = site_keys(model, site)
    if year not in ready.year or key.size != 1 or np.isnan(key[0]):
        params = {"given": year if year not in ready.year else "-", "expected": "a year of the forecast, a known site"}
        raise InputError(Problem("E503", where="branches", params=params))
    level = levels(thresholds, LEVEL_RANGE_G if settings.unit == "g" else LEVEL_RANGE_CMS)
    found, table = tree(ready.magnitude, model, settings.site_term), ready.table()
    weight = tree_fractiles.joint_weight(ready, found)
    nothing = np.empty(0)
    whole = tree_fractiles.Wanted(
        found.intervals.branch, len(model.medians), weight, np.log(level), nothing, nothing, nothing.astype(np.int64)
    )
    at = _At(settings, *(tuple(axis.tolist()) for axis in (ready.magnitude, table.distance_km, level)))
    out = np.empty((*weight.shape, level.size))
    with threads() as spread:
        seen, _ = map_rates(ready, table, *(site[axis].to_numpy().astype(float) for axis in "xy"), spread)
        probability = _of_site(at, float(key[0]))[0]
        motions = tree_fractiles.group_motions(seen[0], ready, probability, found.groups, spread)
        tree_fractiles.year_curves(motions, ready, whole, int(np.flatnonzero(ready.year == year)[0]), out)
    group_of = np.repeat(np.arange(len(found.groups)), [group.stop - group.start for group in found.groups])
    epsilons = [f"{e:g}" for e in model.epsilon] if settings.site_term == "epistemic" else ["aleatory"]
    return xr.Dataset(
        {
            "rate": (("source", "interval", "motion", "level"), out, {"units": "1/year"}),
            "weight": (("source", "interval", "motion"), weight, {"units": "1"}),
            "median": (("interval", "magnitude"), np.array(model.medians)[found.intervals.branch[:, group_of]]),
        },
        coords={
            "source": list(ready.branch),
            "motion": [f"{scatter}, site epsilon {e}" for scatter in model.scatters for e in epsilons],
            "magnitude": ready.magnitude,
            "level": ("level", level, {"units": settings.unit}),
        },
        attrs=_named(settings) | {"year": year},
    )


def _named(settings: Asked) -> dict[str, str | float]:
    """Attributes that name what was computed."""
    return {
        "imt": settings.imt,
        "component": settings.component,
        "surface": settings.surface,
        "motion_model": settings.model.head.name,
        "site_term": settings.site_term,
        "site_variability_argument": settings.argument,
    } | ({} if settings.truncation is None else {"truncation_sd": settings.truncation})


def _check(where: str, values: Sequence[float], expected: str, good: Callable[[float], bool]) -> None:
    wrong = [value for value in values if not (np.isfinite(value) and good(value))]
    if wrong:
        raise InputError(Problem("E503", where=where, params={"given": wrong[0], "expected": expected}))


@dataclass(frozen=True, slots=True)
class _At:
    """Where the exceedance of a site response is wanted: settings, magnitudes, distances (km) and levels."""

    settings: Asked
    magnitude: tuple[float, ...]
    distance_km: tuple[float, ...]
    level: tuple[float, ...]


@lru_cache(maxsize=4)
def _of_site(at: _At, key: float) -> tuple[Floats, Floats, int]:
    """Exceedance of a site response, kept for the next site with it, and its mean over the motion branches.

    Returns probability (magnitude, distance, median, motion x level), its mean (magnitude, distance, level), repairs.
    """
    magnitude, distance_km, level = (np.array(axis) for axis in (at.magnitude, at.distance_km, at.level))
    with threads() as spread:
        probability, repairs = exceedance(at.settings, key, magnitude, distance_km, level, spread)
    probability = probability.reshape(*probability.shape[:3], -1)
    mean = _mean_over_motions(probability, tree(magnitude, at.settings.model, at.settings.site_term))
    probability.flags.writeable = mean.flags.writeable = False
    return probability, mean, repairs


@lru_cache(maxsize=64)
def _mean_of_site(at: _At, key: float) -> tuple[Floats, Floats, int]:
    """The same without the branches: nothing, the mean (magnitude, distance, level), repairs."""
    magnitude, distance_km, level = (np.array(axis) for axis in (at.magnitude, at.distance_km, at.level))
    with threads() as spread:
        mean, repairs = mean_exceedance(at.settings, [key], magnitude, distance_km, level, spread)
    mean.flags.writeable = False
    return np.empty(0), mean[0], repairs


def _mean_over_motions(probability: Floats, branches: Tree) -> Floats:
    """Mean (magnitude, distance, level) of probability (magnitude, distance, median, motion x level) by weight."""
    motions = branches.motion_weight.size
    by_motion = probability.reshape(*probability.shape[:3], motions, -1)
    median = (branches.median_weight[:, None, None, :] @ by_motion.reshape(*probability.shape[:3], -1))[:, :, 0]
    return branches.motion_weight @ median.reshape(*probability.shape[:2], motions, -1)
