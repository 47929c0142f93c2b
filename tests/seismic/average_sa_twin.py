"""Slow twins of the average spectral acceleration: Monte Carlo with scrambled Sobol points, no approximation.

`sample` draws the ten periods plainly. `stratified` walks the leading direction on a fine regular grid and draws only
the rest, so that rare losses have no sampling noise to speak of; it is exact in the same sense.
"""

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from mijnrisico.seismic.motion import bommer_2021 as motion
from mijnrisico.units import CMS2_PER_G


def normals(log2_points: int, seed: int) -> np.ndarray:
    """Standard normals (points, 10) from a scrambled Sobol sequence."""
    uniform = qmc.Sobol(10, seed=seed).random_base2(log2_points)
    return ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))


def covariance(magnitude: float, distance_km: float, branch: int) -> np.ndarray:
    """Covariance (10, 10) of ln SA at the reference horizon, arbitrary component."""
    _, tau, phi, _ = np.unravel_index(branch, (4, 3, 2, 3))
    taus, phis = motion.tau_phi()
    sd = np.sqrt(taus[tau] ** 2 + phis[phi] ** 2 + motion.component_variance(magnitude, distance_km))
    return motion.period_correlation() * np.outer(sd, sd)


def at_surface(
    zone: int,
    magnitude: float,
    distance_km: float,
    branch: int,
    deviation: np.ndarray,
    surface: str = "regular",
    argument: str = "g",
) -> tuple[np.ndarray, np.ndarray]:
    """ln SaAvg and ln PGA (g) for deviations (points, 10) of ln SA from its median at the reference horizon."""
    median, _, _, site = np.unravel_index(branch, (4, 3, 2, 3))
    x = motion.reference_median_ln(magnitude, distance_km)[median] + deviation
    c = motion.zone_coefficients(zone)
    ln_sa = x + motion.amplification_ln(c, motion.amplification_linear_ln(c, magnitude, distance_km), x)
    ln_sa += motion.SITE_EPSILON[site] * motion.site_phi(c, np.exp(x) / CMS2_PER_G, argument)
    if surface == "wierde":
        ln_sa += motion.wierde_ln(motion.PERIODS_S)
    ln_sa -= np.log(CMS2_PER_G)
    return ln_sa.mean(axis=1), ln_sa[:, 0]


def sample(zone, magnitude, distance_km, branch, z, **options) -> tuple[np.ndarray, np.ndarray]:
    """Samples of ln SaAvg and ln PGA for standard normals z (points, 10), equally likely."""
    root = np.linalg.cholesky(covariance(magnitude, distance_km, branch))
    return at_surface(zone, magnitude, distance_km, branch, z @ root.T, **options)


def stratified(zone, magnitude, distance_km, branch, z, **options) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of ln SaAvg and ln PGA with their probabilities: 61 steps along the leading direction times z."""
    value, vector = np.linalg.eigh(covariance(magnitude, distance_km, branch))
    t = np.linspace(-6.0, 6.0, 61)
    probability = np.exp(-0.5 * t**2)
    probability = np.repeat(probability / probability.sum() / len(z), len(z))
    along = t[:, None, None] * (vector[:, -1] * np.sqrt(value[-1]))
    rest = (z[:, :-1] * np.sqrt(np.maximum(value[:-1], 0.0))) @ vector[:, :-1].T
    deviation = (along + rest).reshape(-1, 10)
    return *at_surface(zone, magnitude, distance_km, branch, deviation, **options), probability
