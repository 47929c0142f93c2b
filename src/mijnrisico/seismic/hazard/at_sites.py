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
from mijnrisico.core.curve import FRACTILES, statistics
from mijnrisico.core.workers import threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import motion as models
from mijnrisico.seismic.hazard import mean_curves, tree_fractiles
from mijnrisico.seismic.hazard.asked import Asked, Choices, asked
from mijnrisico.seismic.hazard.exceedance import exceedance
from mijnrisico.seismic.hazard.motion_tree import mean_over_motions, tree
from mijnrisico.seismic.hazard.rates import SITE_BLOCK, Sources, for_model, map_rates
from mijnrisico.seismic.motion.model import GroundMotion
from mijnrisico.seismic.site import NO_ZONE

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

LEVEL_STEP = 0.2
VS30_STEP_LN = 0.02
POINT_BLOCK = 128
"""Sites that see points are in memory together."""
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
            params = {"got": threshold, "expected": "a level above zero", "example": 0.05}
            raise InputError(Problem("E503", where="thresholds", params=params))
        grid = grid[np.abs(np.log(grid / threshold)) > LEVEL_STEP / 5.0]
    return np.unique(np.append(grid, np.asarray(thresholds, float)))


def site_keys(model: GroundMotion, sites: xr.Dataset) -> Floats:
    """What picks the response of the model at each site, (site,): its zone or Vs30 (m/s), NaN where it has none.

    Vs30 is rounded to steps of 2 %, which moves levels by less than 0.4 %: sites share responses.

    Raises InputError E503 where the sites lack the variable.
    """
    if not model.site:
        return np.zeros(sites.sizes["site"])
    if model.site not in sites:
        raise InputError(
            Problem("E503", where="sites", params={"got": "-", "expected": model.site, "example": model.site})
        )
    keys = sites[model.site].to_numpy().astype(float)
    if model.site == "zone":
        return np.where(keys == NO_ZONE, np.nan, keys)
    return np.exp(np.round(np.log(keys) / VS30_STEP_LN) * VS30_STEP_LN)


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
    ready = for_model(forecast, model)
    level = _levels(settings, thresholds, level_range)
    question = _Question(settings, level, _floats(return_periods), _floats(thresholds), _floats(fractiles), curves)
    key = site_keys(model, sites)
    if len(fractiles):
        found = _of_tree(ready, *_places(sites), key, question, progress)
    else:
        found = _of_mean(
            mean_curves.mean_curves(ready, *_places(sites), key, [(settings, level)], progress), 0, question, ready
        )
    return _labelled(found, ready, sites, key, question)


def means(
    forecast: xr.Dataset | Sources,
    sites: xr.Dataset,
    measures: Sequence[str],
    *,
    motion: str | GroundMotion = "V7",
    return_periods: Sequence[float] = (475.0, 2475.0),
    progress: Progress | None = None,
    **choices: Unpack[Choices],
) -> dict[str, xr.Dataset]:
    """The mean hazard of several measures, each as `hazard` gives it without fractiles and without thresholds.

    What the sites see is summed once for all measures.
    """
    model = models.model_of(motion)
    _check("return_periods", return_periods, "years above zero", lambda period: period > 0.0)
    settings = [asked(model, **choices | Choices(imt=measure)) for measure in measures]
    ready = for_model(forecast, model)
    periods, none = _floats(return_periods), _floats(())
    questions = [_Question(one, _levels(one, (), None), periods, none, none, curves=False) for one in settings]
    key = site_keys(model, sites)
    pairs = [(question.settings, question.level) for question in questions]
    curves = mean_curves.mean_curves(ready, *_places(sites), key, pairs, progress)
    return {
        question.settings.imt: _labelled(_of_mean(curves, number, question, ready), ready, sites, key, question)
        for number, question in enumerate(questions)
    }


@dataclass(frozen=True, slots=True)
class _Question:
    """What is wanted of every site: settings, levels, return periods (years), thresholds, fractiles, whole curves."""

    settings: Asked
    level: Floats
    return_periods: Floats
    thresholds: Floats
    fractiles: Floats
    curves: bool

    @property
    def rates(self) -> Floats:
        """One over the return periods."""
        return 1.0 / self.return_periods


@dataclass(frozen=True, slots=True)
class _Found:
    """Ln levels (site, year, period, statistic), share (site, year, threshold), mean rate (site, year, level).

    `rate` (site, year, level, statistic) where whole curves are wanted, else without levels.
    """

    ln_level: Floats
    share: Floats
    mean_rate: Floats
    rate: Floats
    branches: int
    repaired: int
    near: float
    beyond: float


def _of_mean(found: mean_curves.Curves, number: int, question: _Question, ready: Sources) -> _Found:
    """What the mean curves of one of the measures say."""
    rate = found.rate[number]
    return _Found(
        _ln_levels(rate, question)[..., None],
        np.full((*rate.shape[:2], question.thresholds.size), np.nan),
        rate,
        rate[..., None] if question.curves else rate[:, :, :0, None],
        ready.weight.size,
        found.repaired[number],
        found.near,
        found.beyond,
    )


def _ln_levels(rate: Floats, question: _Question) -> Floats:
    """Ln level (..., period) of the curves `rate` (..., level)."""
    out = np.empty((rate[..., 0].size, question.rates.size))
    curves = np.ascontiguousarray(rate).reshape(-1, rate.shape[-1])
    curve.ln_return_levels(np.log(question.level), curves, question.rates, out)
    return out.reshape(*rate.shape[:-1], -1)


def _of_tree(
    ready: Sources, x: Floats, y: Floats, key: Floats, question: _Question, progress: Progress | None
) -> _Found:
    """Mean and fractiles over the complete tree, blocks of sites with the same response at a time."""
    settings, level, fractiles = question.settings, question.level, question.fractiles
    branches, table = tree(ready.magnitude, settings.model, settings.site_term), ready.table()
    whole = tree_fractiles.Wanted(
        branches.intervals.branch,
        len(settings.model.medians),
        tree_fractiles.joint_weight(ready, branches),
        np.log(level),
        question.rates,
        fractiles,
        np.array([int(np.argmin(np.abs(level - t))) for t in question.thresholds], dtype=np.int64),
    )
    shape, statistics = (key.size, ready.year.size), 1 + fractiles.size
    ln_level = np.full((*shape, question.rates.size, statistics), np.nan)
    share = np.full((*shape, question.thresholds.size), np.nan)
    mean_rate = np.full((*shape, level.size), np.nan)
    rate = np.full((*shape, level.size if question.curves else 0, statistics), np.nan)
    repaired, far, near, done, total = 0, 0.0, 0.0, 0, int(np.isfinite(key).sum())
    of_maps = ready.mean.sum(axis=(0, 2))
    at = mean_curves.At(settings, *(tuple(axis.tolist()) for axis in (ready.magnitude, table.distance_km, level)))
    with threads() as spread:
        for one in np.unique(key[np.isfinite(key)]):
            probability, mean, repairs = _of_site(at, float(one))
            points = tree_fractiles.point_tables(ready, probability)
            mean = mean.reshape(-1, level.size)
            mean = mean if ready.geometry.finite else mean_curves.over_magnitudes(ready.mean, mean)
            repaired += repairs > 0
            members = np.flatnonzero(key == one)
            step = SITE_BLOCK if points is None else POINT_BLOCK
            for start in range(0, members.size, step):
                block = members[start : start + step]
                seen, beyond = map_rates(ready, table, x[block], y[block], spread)
                far += float((beyond @ of_maps).sum())
                near += float((seen[:, 0].sum(axis=1) @ of_maps).sum())
                mean_rate[block] = _mean_rate(seen, ready, mean).reshape(block.size, *mean_rate.shape[1:])
                of_mean = _ln_levels(mean_rate[block], question)
                results = [part[block, ..., 1:] for part in (ln_level, rate)]
                found = (results[0], share[block], results[1])
                motions = tree_fractiles.block_motions(seen, ready, probability, points, spread)
                tree_fractiles.fill(motions, ready, whole, of_mean, found, spread)
                ln_level[block, ..., 1:], share[block], rate[block, ..., 1:] = found
                ln_level[block, ..., 0] = of_mean
                done += block.size
                if progress is not None:
                    progress(done / total)
    if question.curves:
        rate[..., 0] = mean_rate
    return _Found(ln_level, share, mean_rate, rate, whole.weight.size, repaired, near, far)


def _mean_rate(seen: Floats, ready: Sources, mean: Floats) -> Floats:
    """Mean curves of what sites see of the maps (site, magnitude, distance, q) times the mean exceedance."""
    if not ready.geometry.finite:
        return seen[:, 0].reshape(len(seen), -1) @ mean
    return np.stack([(of_maps @ ready.mean).reshape(-1, ready.year.size).T @ mean for of_maps in seen])


def _labelled(found: _Found, ready: Sources, sites: xr.Dataset, key: Floats, question: _Question) -> xr.Dataset:
    """What was found with its names, units and counts."""
    settings, known = question.settings, np.isfinite(found.ln_level)
    flag = np.where(np.isneginf(found.ln_level), -1, np.where(np.isposinf(found.ln_level), 1, 0)).astype(np.int8)
    dims, unit = ("site", "year", "return_period", "statistic"), {"units": settings.unit}
    in_unit = np.where(known, np.exp(np.where(known, found.ln_level, 0.0)), np.nan)
    flags = {
        "units": "1",
        "flag_values": np.array([-1, 0, 1], dtype=np.int8),
        "flag_meanings": "below_lowest_level within_levels above_highest_level",
    }
    by_level = ("site", "year", "level")
    result = xr.Dataset(
        {
            level_name(settings.unit): (dims, in_unit, unit),
            "flag": (dims, flag, flags),
            "share": (("site", "year", "threshold"), found.share, {"units": "1"}),
            "mean_rate": (by_level, found.mean_rate, {"units": "1/year"}),
        },
        coords={
            "year": ready.year,
            "return_period": ("return_period", question.return_periods, {"units": "year"}),
            "statistic": list(statistics(question.fractiles.tolist())),
            "level": ("level", question.level, unit),
            "threshold": ("threshold", question.thresholds, unit),
            **{name: sites[name] for name in ("x", "y", "zone", "vs30", "name") if name in sites},
        },
        attrs=_named(settings)
        | {
            "branches": found.branches,
            "lowest_level": float(question.level[0]),
            "highest_level": float(question.level[-1]),
            "below_lowest_level": int((flag == -1).sum()),
            "sites_without_zone": int(np.isnan(key).sum()),
            "zones_with_repaired_amplification": int(found.repaired),
            "cells_raised": ready.raised,
            "share_of_rate_beyond_largest_distance": found.beyond / (found.beyond + found.near)
            if found.beyond
            else 0.0,
        },
    )
    if question.curves:
        result["rate"] = ((*by_level, "statistic"), found.rate, {"units": "1/year"})
    return result


def _floats(values: Sequence[float]) -> Floats:
    return np.asarray(values, float)


def _places(sites: xr.Dataset) -> tuple[Floats, Floats]:
    return sites["x"].to_numpy().astype(float), sites["y"].to_numpy().astype(float)


def _levels(settings: Asked, thresholds: Sequence[float], level_range: tuple[float, float] | None) -> Floats:
    return levels(thresholds, level_range or (LEVEL_RANGE_G if settings.unit == "g" else LEVEL_RANGE_CMS))


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
    ready = for_model(forecast, model)
    key = site_keys(model, site)
    if year not in ready.year or key.size != 1 or np.isnan(key[0]):
        expected = "a year of the forecast, one site that has what the model asks"
        params = {"got": year, "expected": expected, "example": int(ready.year[0])}
        raise InputError(Problem("E503", where="branches", params=params))
    level = _levels(settings, thresholds, None)
    found, table = tree(ready.magnitude, model, settings.site_term), ready.table()
    weight = tree_fractiles.joint_weight(ready, found)
    nothing = np.empty(0)
    whole = tree_fractiles.Wanted(
        found.intervals.branch, len(model.medians), weight, np.log(level), nothing, nothing, nothing.astype(np.int64)
    )
    at = mean_curves.At(settings, *(tuple(axis.tolist()) for axis in (ready.magnitude, table.distance_km, level)))
    parts, out = tree_fractiles.room(ready, whole)
    with threads() as spread:
        seen, _ = map_rates(ready, table, *_places(site), spread)
        probability = _of_site(at, float(key[0]))[0]
        motions = tree_fractiles.group_motions(seen[0], ready, probability, found.groups, spread)
        tree_fractiles.year_curves(motions, ready, whole, int(np.flatnonzero(ready.year == year)[0]), parts, out)
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
        raise InputError(
            Problem("E503", where=where, params={"got": wrong[0], "expected": expected, "example": expected})
        )


@lru_cache(maxsize=4)
def _of_site(at: mean_curves.At, key: float) -> tuple[Floats, Floats, int]:
    """Exceedance of a site response, kept for the next site with it, and its mean over the motion branches.

    Returns probability (magnitude, distance, median, motion x level), its mean (magnitude, distance, level), repairs.
    """
    magnitude, distance_km, level = at.axes()
    with threads() as spread:
        probability, repairs = exceedance(at.settings, key, magnitude, distance_km, level, spread)
    probability = probability.reshape(*probability.shape[:3], -1)
    mean = mean_over_motions(probability, tree(magnitude, at.settings.model, at.settings.site_term))
    probability.flags.writeable = mean.flags.writeable = False
    return probability, mean, repairs
