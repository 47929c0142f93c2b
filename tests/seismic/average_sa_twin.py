"""Slow twin of the average spectral acceleration: plain Monte Carlo with scrambled Sobol points, no approximation."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from mijnrisico.seismic.motion import bommer_2021 as motion


def normals(log2_points: int, seed: int) -> np.ndarray:
    """Standard normals (points, 10) from a scrambled Sobol sequence."""
    uniform = qmc.Sobol(10, seed=seed).random_base2(log2_points)
    return ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))


def sample(
    zone: int,
    magnitude: float,
    distance_km: float,
    branch: int,
    z: np.ndarray,
    surface: str = "regular",
    argument: str = "g",
) -> tuple[np.ndarray, np.ndarray]:
    """Samples of ln SaAvg and ln PGA (g) at the surface for one branch (median, tau, phi_ss, site epsilon)."""
    median, tau, phi, site = np.unravel_index(branch, (4, 3, 2, 3))
    taus, phis = motion.tau_phi()
    sd = np.sqrt(taus[tau] ** 2 + phis[phi] ** 2 + motion.component_variance(magnitude, distance_km))
    root = np.linalg.cholesky(motion.period_correlation())
    x = motion.reference_median_ln(magnitude, distance_km)[median] + (z @ root.T) * sd
    c = motion.zone_coefficients(zone)
    surface_ln = x + motion.amplification_ln(c, motion.amplification_linear_ln(c, magnitude, distance_km), x)
    surface_ln += motion.SITE_EPSILON[site] * motion.site_phi(c, np.exp(x) / motion.CMS2_PER_G, argument)
    if surface == "wierde":
        surface_ln += motion.wierde_ln(motion.PERIODS_S)
    surface_ln -= np.log(motion.CMS2_PER_G)
    return surface_ln.mean(axis=1), surface_ln[:, 0]
