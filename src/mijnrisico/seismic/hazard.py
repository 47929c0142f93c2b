"""Hazard: how often the ground motion at a site exceeds a level, with the complete logic tree.

    H(x, s) = sum over M, R_j of lambda(x; M, R_j) P(S > s | M, R_j, zone(x))          [1/year]

lambda is the rate of earthquakes that the site sees at magnitude bin M, carried onto the rupture-distance nodes R_j by
the quadrature weights of `rupture`; P is the normal probability of `exceedance`. H is an annual rate, not a
probability. Magnitudes are centres of bins of 0.1 (the bin 1.5 holds 1.45-1.55) and the motion of a bin is that of
its centre.

Tree: source branches of the forecast x (median x tau x phi_ss x site epsilon of V7). The medians are weighted by
magnitude, so they enter as one uniform variable (`core.logic_tree`): about 46 intervals x 18 x 12 source branches, each
a whole hazard curve. Nothing is sampled: the mean is the weighted mean of the rates, a fractile of the level at a
return period is the level of one branch, found by weight.

`component` "geometric_mean" (default) is that of the official maps; "arbitrary" adds the component-to-component
variance. `surface` "wierde" adds the factor of a dwelling mound. `site_variability_argument`: see `motion.bommer_2021`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numba import njit, prange
from numpy.typing import NDArray

from mijnrisico.core import curve, logic_tree
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import rupture
from mijnrisico.seismic.exceedance import Component, Surface, exceedance
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.seismic.site import NO_ZONE

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

FRACTILES = (0.1, 0.5, 0.9)
STATISTICS = ("mean", "p10", "p50", "p90")
LEVEL_STEP = 0.2
LEVEL_RANGE_G = (0.001, 3.0)
MOTION_BRANCHES = 18
"""tau 3 x phi_ss 2 x site epsilon 3, the branches with one weight each."""
_COLUMNS = 64
_FACTOR_TOLERANCE = 1e-9
_SITE_BLOCK = 16


def levels(thresholds: Sequence[float] = (0.05,)) -> Floats:
    """Levels in g: steps of 0.2 in ln around 0.05 g over 0.001-3 g, plus the thresholds.

    A threshold takes the place of a point closer than a fifth of a step, so that the curve passes through it exactly.
    """
    low, high = np.log(np.array(LEVEL_RANGE_G) / 0.05) / LEVEL_STEP
    grid = 0.05 * np.exp(np.arange(np.floor(low), np.ceil(high) + 1.0) * LEVEL_STEP)
    for threshold in thresholds:
        if not np.isfinite(threshold) or threshold <= 0.0:
            params = {"given": threshold, "expected": "a level in g above zero"}
            raise InputError(Problem("E503", where="thresholds", params=params))
        grid = grid[np.abs(np.log(grid / threshold)) > LEVEL_STEP / 5.0]
        grid = np.sort(np.append(grid, float(threshold)))
    return grid


# --- the rates that a site sees -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sources:
    """A forecast made ready: maps of the cells that all magnitudes and components share, and how they combine.

    rate (magnitude, cell, year, branch) = sum over q, k of maps (cell, q) mixing (q, magnitude, k) right; `right`
    (magnitude, k, year, branch). `weight` (branch,) sums to one.
    """

    x: Floats
    y: Floats
    magnitude: Floats
    year: NDArray[np.int64]
    branch: tuple[str, ...]
    weight: Floats
    maps: Floats
    mixing: Floats
    right: Floats


def sources(forecast: xr.Dataset) -> Sources:
    """Make a forecast ready for many sites; pass the result instead of the forecast to save the time again.

    The maps `left` of neighbouring magnitudes are nearly the same: they are written in one orthonormal basis found by
    random projection (Halko et al. 2011, doi:10.1137/090771806; fixed generator), enlarged until nothing
    above 1e-9 of a magnitude's field is left out.
    """
    left = forecast["left"].transpose("cell", "magnitude", "component_index").to_numpy()
    right = forecast["right"].transpose("magnitude", "component_index", "year", "branch").to_numpy()
    weight = logic_tree.check_weights("source branches", forecast["weight"].to_numpy())
    scale = np.sqrt((left**2).sum(axis=(0, 2)))
    unit = left / np.where(scale > 0.0, scale, 1.0)[:, None]
    flat = unit.reshape(left.shape[0], -1)
    basis = _range_basis(flat)
    mixing = (basis.T @ flat).reshape(-1, *left.shape[1:]) * scale[:, None]
    return Sources(
        x=forecast["cell_x"].to_numpy().astype(float),
        y=forecast["cell_y"].to_numpy().astype(float),
        magnitude=forecast["magnitude"].to_numpy().astype(float),
        year=forecast["year"].to_numpy(),
        branch=tuple(str(b) for b in forecast["branch"].to_numpy()),
        weight=weight,
        maps=np.ascontiguousarray(basis),
        mixing=mixing,
        right=np.ascontiguousarray(right),
    )


def _range_basis(columns: Floats) -> Floats:
    """Orthonormal basis (cell, q) that holds every column to 1e-9."""
    rows, count = columns.shape
    rank = 48
    generator = np.random.default_rng(20_240_101)
    while rank < min(rows, count):
        basis = np.linalg.qr(columns @ generator.standard_normal((count, rank)))[0]
        left_out = columns - basis @ (basis.T @ columns)
        if np.sqrt((left_out**2).sum(axis=0).max()) <= _FACTOR_TOLERANCE:
            return basis
        rank *= 2
    return np.linalg.qr(columns)[0] if count <= rows else np.eye(rows)


@njit(cache=True, parallel=True)
def _scatter(site_x, site_y, x, y, maps, ln_nodes, steps, harmonics, width):
    """Sum the cells onto the offset nodes of each site: (site, hypocentral node x harmonic + 1, q).

    The last row holds what lies beyond the largest distance. Work is split over sites and blocks of `width` columns.
    """
    nodes_total = ln_nodes.size
    blocks = (maps.shape[1] + width - 1) // width
    out = np.zeros((site_x.size, nodes_total * harmonics + 1, maps.shape[1]))
    for task in prange(site_x.size * blocks):
        site, block = task // blocks, task % blocks
        first, last = block * width, min((block + 1) * width, maps.shape[1])
        cosines = np.empty(harmonics)
        nodes, values = np.empty(4, dtype=np.int64), np.empty(4)
        for cell in range(x.size):
            east, north = site_x[site] - x[cell], site_y[site] - y[cell]
            if not rupture.offset_stencil(east, north, ln_nodes, steps, cosines, nodes, values):
                for q in range(first, last):
                    out[site, -1, q] += maps[cell, q]
                continue
            for i in range(4):
                for n in range(harmonics):
                    factor = values[i] * cosines[n]
                    row = nodes[i] * harmonics + n
                    for q in range(first, last):
                        out[site, row, q] += factor * maps[cell, q]
    return out


def _component_rates(
    ready: Sources, table: rupture.Projection, site_x: Floats, site_y: Floats
) -> tuple[Floats, Floats]:
    """Quadrature rates (site, magnitude, distance, k) and what lies beyond (site, magnitude, k), before `right`."""
    harmonics = table.weight.shape[-1]
    width = _COLUMNS if site_x.size > 1 else max(ready.maps.shape[1] // 2, 1)
    scattered = _scatter(
        site_x, site_y, ready.x, ready.y, ready.maps, np.log(table.hypocentral_km), table.steps, harmonics, width
    )
    magnitudes, distances = table.weight.shape[:2]
    kernel = table.weight.reshape(magnitudes * distances, -1)
    seen = (kernel @ scattered[:, :-1]).reshape(site_x.size, magnitudes, distances, -1)
    mixing = np.ascontiguousarray(np.moveaxis(ready.mixing, 0, 1))
    return seen @ mixing, np.einsum("sq,mqk->smk", scattered[:, -1], mixing)


def _branch_rates(component_rates: Floats, right: Floats) -> Floats:
    """Apply `right` (magnitude, k, year, branch) to one site (magnitude, distance, k): (year x branch, M, distance)."""
    magnitudes, k = right.shape[:2]
    mixed = right.reshape(magnitudes, k, -1).transpose(0, 2, 1) @ component_rates.transpose(0, 2, 1)
    return np.ascontiguousarray(mixed.transpose(1, 0, 2))


def site_rates(forecast: xr.Dataset | Sources, sites: xr.Dataset, *, branch_mean: bool = False) -> xr.Dataset:
    """Annual rate of earthquakes that each site sees per magnitude bin and rupture-distance node.

    Returns `rate` (site, magnitude, distance, year, branch) in 1/year, coordinate `distance` in km, and `beyond`
    (site, year, branch), the rate of cells farther than 70 km, which `rate` leaves out. `rate` are quadrature
    weights: sum over distance of rate x f(distance) is the sum of f(R) over events; single values can be
    negative. With `branch_mean` the source branches are averaged by weight and the dimension `branch` is gone.

    One site with 12 years and 12 branches takes 1.4 MB: ask for blocks of sites.
    """
    ready = forecast if isinstance(forecast, Sources) else sources(forecast)
    table = rupture.projection(ready.magnitude)
    right = ready.right @ ready.weight[:, None] if branch_mean else ready.right
    site_x, site_y = sites["x"].to_numpy().astype(float), sites["y"].to_numpy().astype(float)
    years, branches = right.shape[2:]
    rate = np.empty((site_x.size, ready.magnitude.size, table.distance_km.size, years, branches))
    beyond = np.empty((site_x.size, years, branches))
    for start in range(0, site_x.size, _SITE_BLOCK):
        block = slice(start, start + _SITE_BLOCK)
        near, far = _component_rates(ready, table, site_x[block], site_y[block])
        flat = right.reshape(*right.shape[:2], -1)
        rate[block] = (near @ flat).reshape(*near.shape[:3], years, branches)
        beyond[block] = np.einsum("smk,mkyb->syb", far, right)
    dims = ("site", "magnitude", "distance", "year", "branch")
    result = xr.Dataset(
        {
            "rate": (dims, rate, {"units": "1/year"}),
            "beyond": (("site", "year", "branch"), beyond, {"units": "1/year"}),
        },
        coords={
            "magnitude": ready.magnitude,
            "distance": ("distance", table.distance_km, {"units": "km"}),
            "year": ready.year,
        },
        attrs={"largest_distance_km": rupture.LARGEST_DISTANCE_KM},
    )
    return result.isel(branch=0, drop=True) if branch_mean else result.assign_coords(branch=list(ready.branch))


# --- the tree -----------------------------------------------------------------------------------------------------


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


@njit(cache=True, parallel=True)
def _tree_statistics(
    parts,
    picked,
    interval_weight,
    motion_weight,
    source_weight,
    ln_levels,
    rates,
    fractiles,
    thresholds,
    curves,
):
    """Fractiles over the whole tree for one site.

    `parts` (group, year, source, median, motion, level): contribution of each magnitude group to the rate.
    `picked` (interval, group) is the median of a group in an interval. `rates` (period,) are 1/return period;
    `thresholds` index levels.

    Returns ln level (year, period, fractile), -inf below and inf above the levels; the weight of branches with
    rate >= rates[0] at each threshold (year, threshold); rate fractiles (year, level, fractile), if wanted.
    """
    groups, years, nsource, _, motions, nlevel = parts.shape
    intervals = picked.shape[0]
    n = nsource * intervals * motions
    ln_out = np.empty((years, rates.size, fractiles.size))
    share = np.zeros((years, thresholds.size))
    curve_out = np.zeros((years if curves else 0, nlevel, fractiles.size))
    for year in prange(years):
        table = np.empty((nsource, intervals, motions, nlevel))
        weight = np.empty((nsource, intervals, motions))
        below = np.zeros((rates.size, nlevel))
        current = np.empty((motions, nlevel))
        for b in range(nsource):
            current[:] = 0.0
            for g in range(groups):
                current += parts[g, year, b, picked[0, g]]
            for i in range(intervals):
                if i > 0:
                    for g in range(groups):
                        if picked[i, g] != picked[i - 1, g]:
                            new, old = parts[g, year, b, picked[i, g]], parts[g, year, b, picked[i - 1, g]]
                            for t in range(motions):
                                for level in range(nlevel):
                                    current[t, level] += new[t, level] - old[t, level]
                for t in range(motions):
                    w = source_weight[b] * interval_weight[i] * motion_weight[t]
                    weight[b, i, t] = w
                    for level in range(nlevel):
                        value = max(current[t, level], 0.0)
                        table[b, i, t, level] = value
                    for r in range(rates.size):
                        for level in range(nlevel):
                            below[r, level] += w if table[b, i, t, level] < rates[r] else 0.0
        flat, flat_weight = table.reshape(n, nlevel), weight.reshape(n)
        for k in range(thresholds.size):
            for j in range(n):
                if flat[j, thresholds[k]] >= rates[0]:
                    share[year, k] += flat_weight[j]
        for r in range(rates.size):
            for f in range(fractiles.size):
                ln_out[year, r, f] = _level_fractile(
                    flat, flat_weight, below[r], ln_levels, rates[r], fractiles[f] - 1e-12
                )
        if curves:
            for level in range(nlevel):
                column = flat[:, level].copy()
                order = np.argsort(column)
                total, f = 0.0, 0
                for j in order:
                    total += flat_weight[j]
                    while f < fractiles.size and total >= fractiles[f] - 1e-12:
                        curve_out[year, level, f] = column[j]
                        f += 1
    return ln_out, share, curve_out


@njit(cache=True)
def _level_fractile(table, weight, below, ln_levels, rate, wanted):
    """ln level of the branch at which the weight of branches with a lower or equal level reaches `wanted`.

    `below` (level,) is the weight of branches whose level at `rate` lies below each point; only the branches of the one
    cell that holds the answer are interpolated, sorted coarsely in 64 bins and then exactly in the bin that counts.
    """
    if below[0] >= wanted:
        return -np.inf
    cell = 0
    while cell + 1 < below.size and below[cell + 1] < wanted:
        cell += 1
    if cell + 1 == below.size:
        return np.inf
    low, width = ln_levels[cell], ln_levels[cell + 1] - ln_levels[cell]
    values, weights = np.empty(weight.size), np.empty(weight.size)
    bins, bin_weight, count = np.empty(weight.size, dtype=np.int64), np.zeros(64), 0
    ln_rate = np.log(rate)
    for j in range(weight.size):
        if table[j, cell] >= rate > table[j, cell + 1]:
            x = curve.ln_level_in_cell(ln_levels, table[j], cell, ln_rate)
            values[count], weights[count] = x, weight[j]
            bins[count] = min(max(int(64.0 * (x - low) / width), 0), 63)
            bin_weight[bins[count]] += weight[j]
            count += 1
    total, chosen = below[cell], 0
    while chosen < 63 and total + bin_weight[chosen] < wanted:
        total += bin_weight[chosen]
        chosen += 1
    inside = np.empty(count)
    inside_weight, kept = np.empty(count), 0
    for j in range(count):
        if bins[j] == chosen:
            inside[kept], inside_weight[kept] = values[j], weights[j]
            kept += 1
    order = np.argsort(inside[:kept])
    for j in order:
        total += inside_weight[j]
        if total >= wanted:
            return inside[j]
    return inside[order[-1]]


# --- hazard -------------------------------------------------------------------------------------------------------


def _group_parts(rates: Floats, probability: Floats, groups: Sequence[slice]) -> Floats:
    """Contribution of each magnitude group: (group, year x source, median x motion x level).

    `rates` (year x source, magnitude, distance), `probability` (magnitude, distance, median x motion x level).
    """
    out = np.empty((len(groups), rates.shape[0], probability.shape[-1]))
    for part, group in zip(out, groups, strict=True):
        table = probability[group].reshape(-1, probability.shape[-1])
        np.matmul(rates[:, group].reshape(rates.shape[0], -1), table, out=part)
    return out


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
    site_variability_argument: v7.SiteVariabilityArgument = "g",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Levels at the return periods per site and year, mean and fractiles, and the share of the tree above thresholds.

    `forecast` is the forecast or what `sources` made of it; `sites` has x, y, zone along `site`. Returns

    - `level_g` (site, year, return_period, statistic): "mean" is the level of the mean curve;
    - `flag` (same dims): -1 where the level is below the lowest (W603), 1 above the highest, `level_g` is NaN there;
    - `share` (site, year, threshold): weight of the branches whose rate at the threshold is at or above one over the
      first return period, inclusive, not rounded;
    - `mean_rate` (site, year, threshold) and, with `curves`, `rate` (site, year, level, statistic) in 1/year.

    Sites without a zone are NaN, counted in `attrs`. Raises InputError E503 for a level, period or measure that
    makes no sense.
    """
    for period in return_periods:
        if not np.isfinite(period) or period <= 0.0:
            params = {"given": period, "expected": "years above zero"}
            raise InputError(Problem("E503", where="return_periods", params=params))
    ready = forecast if isinstance(forecast, Sources) else sources(forecast)
    level_g = levels(thresholds)
    ln_levels = np.log(level_g)
    threshold_at = np.array([int(np.argmin(np.abs(level_g - t))) for t in thresholds], dtype=np.int64)
    wanted = 1.0 / np.asarray(return_periods, float)
    branches = tree(ready.magnitude)
    table = rupture.projection(ready.magnitude)
    zone, x, y = (sites[name].to_numpy() for name in ("zone", "x", "y"))
    nsite, years, nsource = zone.size, ready.year.size, ready.weight.size
    ln_level = np.full((nsite, years, wanted.size, len(STATISTICS)), np.nan)
    share = np.full((nsite, years, len(thresholds)), np.nan)
    mean_rate = np.full((nsite, years, level_g.size), np.nan)
    rate = np.full((nsite, years, level_g.size, len(STATISTICS)), np.nan) if curves else None
    repaired, beyond, seen, done = 0, 0.0, 0.0, 0
    for number in np.unique(zone[zone != NO_ZONE]):
        probability, repairs = exceedance(
            int(number),
            ready.magnitude,
            table.distance_km,
            level_g,
            imt=imt,
            component=component,
            surface=surface,
            site_variability_argument=site_variability_argument,
        )
        repaired += repairs > 0
        shape = probability.shape
        mean_probability = np.einsum(
            "mrctl,mc,t->mrl",
            probability.reshape(*shape[:3], MOTION_BRANCHES, -1),
            branches.median_weight,
            branches.motion_weight,
            optimize=True,
        )
        probability = probability.reshape(*shape[:2], -1)
        members = np.flatnonzero(zone == number)
        for start in range(0, members.size, _SITE_BLOCK):
            block = members[start : start + _SITE_BLOCK]
            near, far = _component_rates(ready, table, x[block].astype(float), y[block].astype(float))
            beyond += float(np.einsum("smk,mkyb,b->", far, ready.right, ready.weight))
            for site, components in zip(block, near, strict=True):
                rates = _branch_rates(components, ready.right)
                by_source = rates.reshape(years, nsource, *rates.shape[1:])
                mean_source = np.tensordot(by_source, ready.weight, axes=(1, 0))
                mean_rate[site] = mean_source.reshape(years, -1) @ mean_probability.reshape(-1, level_g.size)
                seen += float(mean_source.sum())
                parts = _group_parts(rates, probability, branches.groups)
                ln_fractiles, share[site], curve_fractiles = _tree_statistics(
                    parts.reshape(len(branches.groups), years, nsource, shape[2], MOTION_BRANCHES, level_g.size),
                    branches.intervals.branch,
                    branches.intervals.weight,
                    branches.motion_weight,
                    ready.weight,
                    ln_levels,
                    wanted,
                    np.array(FRACTILES),
                    threshold_at,
                    curves,
                )
                ln_level[site, :, :, 1:] = ln_fractiles
                for year in range(years):
                    for r, one in enumerate(wanted):
                        ln_level[site, year, r, 0] = curve.ln_return_level(ln_levels, mean_rate[site, year], one)
                if rate is not None:
                    rate[site, :, :, 0] = mean_rate[site]
                    rate[site, :, :, 1:] = curve_fractiles
                done += 1
                if progress is not None:
                    progress(done / max(int((zone != NO_ZONE).sum()), 1))
    flag = np.where(np.isneginf(ln_level), -1, np.where(np.isposinf(ln_level), 1, 0)).astype(np.int8)
    dims = ("site", "year", "return_period", "statistic")
    result = xr.Dataset(
        {
            "level_g": (
                dims,
                np.where(np.isfinite(ln_level), np.exp(np.where(np.isfinite(ln_level), ln_level, 0.0)), np.nan),
            ),
            "flag": (dims, flag),
            "share": (("site", "year", "threshold"), share),
            "mean_rate": (("site", "year", "threshold"), mean_rate[:, :, threshold_at]),
        },
        coords={
            "year": ready.year,
            "return_period": ("return_period", np.asarray(return_periods, float), {"units": "year"}),
            "statistic": list(STATISTICS),
            "threshold": ("threshold", np.asarray(thresholds, float), {"units": "g"}),
        },
        attrs={
            "imt": imt,
            "component": component,
            "surface": surface,
            "motion_model": v7.MODEL.name,
            "site_variability_argument": site_variability_argument,
            "branches": nsource * branches.intervals.weight.size * MOTION_BRANCHES,
            "lowest_level_g": float(level_g[0]),
            "highest_level_g": float(level_g[-1]),
            "below_lowest_level": int((flag == -1).sum()),
            "sites_without_zone": int((zone == NO_ZONE).sum()),
            "zones_with_repaired_amplification": int(repaired),
            "share_of_rate_beyond_largest_distance": beyond / (beyond + seen) if beyond + seen > 0.0 else 0.0,
        },
    )
    result["level_g"].attrs = {"units": "g", "long_name": f"{imt} at the return period"}
    result["flag"].attrs = {
        "units": "1",
        "flag_values": np.array([-1, 0, 1], dtype=np.int8),
        "flag_meanings": "below_lowest_level within_levels above_highest_level",
    }
    result["share"].attrs = {
        "units": "1",
        "long_name": f"weight of branches at or above it at {return_periods[0]:g} years",
    }
    result["mean_rate"].attrs = {"units": "1/year", "long_name": "mean rate of exceedance of the threshold"}
    if rate is not None:
        result["rate"] = (("site", "year", "level", "statistic"), rate, {"units": "1/year"})
        result = result.assign_coords(level=("level", level_g, {"units": "g"}))
    for name in ("x", "y", "zone", "name"):
        if name in sites:
            result = result.assign_coords({name: sites[name]})
    return result
