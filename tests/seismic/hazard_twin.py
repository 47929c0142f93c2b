"""Slow, obvious twins of the hazard stage: every cell, magnitude, distance and branch, one after the other."""

import numpy as np
import xarray as xr
from scipy.special import ndtr

from mijnrisico.core import curve, logic_tree
from mijnrisico.seismic import rupture
from mijnrisico.seismic.forecast import compress
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.units import CMS2_PER_G


def forecast(magnitude, years=(2024, 2025), branches=3, cells=6, spacing=500.0, seed=1):
    """Exponential rates on a small block of cells in factored form, two maps a magnitude."""
    rng = np.random.default_rng(seed)
    x, y = (
        a.ravel() for a in np.meshgrid(245_250.0 + spacing * np.arange(cells), 594_250.0 + spacing * np.arange(cells))
    )
    load = np.exp(-(((x - 246_000.0) / 4000.0) ** 2))
    left = np.stack(
        [
            np.stack([load * 10.0 ** -(0.9 * (m - 1.5)), 10.0 ** -((1.2 - 0.3 * load) * (m - 1.5))], -1)
            for m in magnitude
        ]
    )
    right = rng.uniform(0.5, 1.5, (len(magnitude), 2, len(years), branches)) / x.size
    weight = rng.random(branches)
    maps, coefficient = compress(np.einsum("mck,mkyb->mcyb", left, right), tolerance=1e-13)
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", weight / weight.sum()),
        },
        coords={
            "magnitude": magnitude,
            "year": list(years),
            "branch": [f"branch {i}" for i in range(branches)],
            "cell_x": ("cell", x),
            "cell_y": ("cell", y),
        },
    )


def cell_rates(made):
    """Events per year (cell, magnitude, year, branch)."""
    return made["maps"].dot(made["coefficient"], dim="map").transpose("cell", "magnitude", "year", "branch").to_numpy()


def distance_mass(distance_km, magnitude, east_m, north_m, turns=61, points=2500):
    """Weight of each of `distance_km` in a mean of what is linear in ln R between them; strike scattered by +-4 sd."""
    hypocentral = np.sqrt((east_m**2 + north_m**2) / 1e6 + rupture.DEPTH_KM**2)
    unit = np.linspace(-4.0, 4.0, turns)
    weight = np.exp(-0.5 * unit**2)
    azimuth = np.rad2deg(np.arctan2(east_m, north_m)) - rupture.STRIKE_DEG + rupture.STRIKE_SD_DEG * unit
    folded = np.abs((azimuth + 90.0) % 180.0 - 90.0)
    edges = np.geomspace(distance_km[0], distance_km[-1], points)
    cdf = rupture.distance_cdf(edges[:, None], magnitude, hypocentral, folded) @ (weight / weight.sum())
    mass, middle = np.diff(cdf), np.sqrt(edges[1:] * edges[:-1])
    position = np.interp(np.log(middle), np.log(distance_km), np.arange(distance_km.size))
    low = np.minimum(position.astype(int), distance_km.size - 2)
    part = position - low
    return np.bincount(low, mass * (1 - part), distance_km.size) + np.bincount(low + 1, mass * part, distance_km.size)


def exceedance(
    zone,
    magnitude,
    distance_km,
    level_g,
    *,
    period=0,
    component="geometric_mean",
    surface="regular",
    argument="g",
    points=20_001,
):
    """P(S > s | M, R) for one (M, R): (median 4, tau 3, phi 2, epsilon 3, level), from a dense table of ln S(y)."""
    c = v7.zone_coefficients(zone)
    y = np.linspace(np.log(1e-6), np.log(60.0), points)
    sa = np.exp(y)
    linear = v7.amplification_linear_ln(c, magnitude, distance_km)[period]
    amplification = linear + c.f2[period] * np.log((sa + c.f3[period]) / c.f3[period])
    phi = v7.site_phi(c, np.exp(y)[:, None] * np.ones(10), argument)[:, period]
    wierde = v7.wierde_ln(v7.PERIODS_S)[period] if surface == "wierde" else 0.0
    tau, phi_ss = v7.tau_phi()
    extra = v7.component_variance(magnitude, distance_km)[period] if component == "arbitrary" else 0.0
    median = v7.reference_median_ln(magnitude, distance_km)[:, period] - np.log(CMS2_PER_G)
    out = np.empty((4, 3, 2, 3, len(level_g)))
    for e, epsilon in enumerate(v7.SITE_EPSILON):
        low, high = np.log(c.af_min[period]), np.log(c.af_max[period])
        free = np.maximum.accumulate(y + amplification + epsilon * phi)
        clipped = np.maximum.accumulate(y + epsilon * phi)
        surface_ln = np.maximum(np.minimum(free, clipped + high), clipped + low) + wierde
        needed = np.interp(np.log(level_g), surface_ln, y)
        for t in range(3):
            for p in range(2):
                sigma = np.sqrt(tau[t, period] ** 2 + phi_ss[p, period] ** 2 + extra)
                out[:, t, p, e] = ndtr((median[:, None] - needed) / sigma)
    return out


def branch_curves(made, x, y, zone, level_g, distance_km, **motion):
    """Rate of exceedance of every branch of the tree and its weight: (year, branch, level) and (branch,)."""
    magnitude = made["magnitude"].to_numpy()
    rates = cell_rates(made)
    # exceedance (magnitude, median, motion, level) averaged over the distances that each cell sees
    total = np.zeros((*rates.shape[2:], magnitude.size, 4, 18, level_g.size))
    for m, one in enumerate(magnitude):
        p = np.stack([exceedance(zone, one, r, level_g, **motion).reshape(4, 18, -1) for r in distance_km])
        for cell in range(rates.shape[0]):
            east, north = x - float(made["cell_x"][cell]), y - float(made["cell_y"][cell])
            mean = np.tensordot(distance_mass(distance_km, one, east, north), p, 1)
            total[:, :, m] += rates[cell, m][:, :, None, None, None] * mean
    intervals = logic_tree.comonotone_intervals(v7.median_weights(magnitude))
    motion_weight = logic_tree.joint_weights(v7.TAU_WEIGHTS, v7.PHI_SS_WEIGHTS, v7.SITE_EPSILON_WEIGHTS).ravel()
    curves, weights = [], []
    for b, source_weight in enumerate(made["weight"].to_numpy()):
        for i, interval_weight in enumerate(intervals.weight):
            chosen = sum(total[:, b, m, intervals.branch[i, m]] for m in range(magnitude.size))
            for t in range(18):
                curves.append(chosen[:, t])
                weights.append(source_weight * interval_weight * motion_weight[t])
    return np.stack(curves, axis=1), np.array(weights)


def statistics(curves, weights, level_g, return_period):
    """Mean, 10, 50 and 90 % of the level at a return period for one year: curves (branch, level)."""
    mean = curve.return_level(level_g, weights @ curves, return_period)
    return np.array(
        [mean, *curve.weighted_fractile(curve.return_level(level_g, curves, return_period), weights, [0.1, 0.5, 0.9])]
    )
