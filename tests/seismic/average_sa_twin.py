"""Slow twins of the average spectral acceleration: Monte Carlo with scrambled Sobol points, no approximation.

`sample` draws the ten periods plainly, and ten deviations of an aleatory site term. `stratified` walks the leading
direction on a fine regular grid and draws only the rest, so that rare losses have no sampling noise to speak of; given
the motion the aleatory deviation of ln SaAvg is normal with variance phi' rho' phi / 100 and is walked as well. It is
exact in the same sense. `peak` needs no draws: PGA is one period.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from mijnrisico.seismic.average_sa import MEASURES
from mijnrisico.seismic.motion.bommer_2021 import V7
from mijnrisico.seismic.motion.groningen import site_correlation_2024
from mijnrisico.seismic.motion.model import GroundMotion
from mijnrisico.units import CMS2_PER_G


@dataclass(frozen=True)
class Case:
    """One motion branch of one zone. `deviations` is the correlation of an aleatory site term, None = epistemic."""

    zone: int
    branch: int
    model: GroundMotion = V7
    deviations: np.ndarray | None = None
    surface: str = "regular"
    argument: str = "g"

    def index(self) -> tuple[int, int, int]:
        """Median, scatter and site epsilon of the branch."""
        sites = len(self.model.epsilon) if self.deviations is None else 1
        shape = (len(self.model.medians), len(self.model.scatters), sites)
        median, scatter, site = np.unravel_index(self.branch, shape)
        return int(median), int(scatter), int(site)


def deviations(model: GroundMotion, correlation: str) -> np.ndarray:
    """Correlation of the site term between the periods."""
    return {
        "zero": np.eye(10),
        "full": np.ones((10, 10)),
        "consistent": model.correlation(MEASURES),
        "empirical": site_correlation_2024(MEASURES),
    }[correlation]


def normals(log2_points: int, seed: int) -> np.ndarray:
    """Standard normals (points, 20) from a scrambled Sobol sequence."""
    uniform = qmc.Sobol(20, seed=seed).random_base2(log2_points)
    return ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))


def motion(case: Case, magnitude: float, distance_km: float) -> tuple[np.ndarray, np.ndarray]:
    """Median (10,) of ln SA in g and covariance (10, 10) at the reference horizon, arbitrary component."""
    median, scatter, _ = case.index()
    m, r = np.array([magnitude], float), np.array([distance_km], float)
    mu, sd = np.empty(10), np.empty(10)
    for i, measure in enumerate(MEASURES):
        of_medians, of_scatters = case.model.reference(measure, m, r, "arbitrary")
        mu[i], sd[i] = of_medians[0, median], of_scatters[0, min(median, of_scatters.shape[1] - 1), scatter]
    return mu, case.model.correlation(MEASURES) * np.outer(sd, sd)


def at_surface(case: Case, magnitude: float, distance_km: float, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln SA at the surface without site deviation and phi_s2s, each (points, 10), for ln SA in g at the reference."""
    ln_sa, phi = x.copy(), np.empty_like(x)
    for i, measure in enumerate(MEASURES):
        c = case.model.response(case.zone, measure, "arbitrary")
        y = np.exp(x[:, i])
        f1 = float(c.linear_ln(magnitude, distance_km))
        ln_sa[:, i] += np.clip(f1 + c.f2 * np.log((y + c.f3) / c.f3), c.ln_low, c.ln_high)
        ln_sa[:, i] += case.model.wierde_ln(measure) if case.surface == "wierde" else 0.0
        ln_argument = x[:, i] + (np.log(CMS2_PER_G) if case.argument == "cm/s2" else 0.0)
        phi[:, i] = np.interp(ln_argument, np.log([c.xl, c.xh]), [c.s1, c.s2])
    return ln_sa, phi


def sample(case: Case, magnitude: float, distance_km: float, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Samples of ln SaAvg and ln PGA for standard normals z (points, 20), equally likely."""
    mu, covariance = motion(case, magnitude, distance_km)
    ln_sa, phi = at_surface(case, magnitude, distance_km, mu + z[:, :10] @ np.linalg.cholesky(covariance).T)
    if case.deviations is None:
        eps = case.model.epsilon[case.index()[2]]
    else:
        value, vector = np.linalg.eigh(case.deviations)
        eps = (z[:, 10:] * np.sqrt(np.maximum(value, 0.0))) @ vector.T
    ln_sa += eps * phi
    return ln_sa.mean(axis=1), ln_sa[:, 0]


def stratified(case: Case, magnitude: float, distance_km: float, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values of ln SaAvg with their probabilities: 61 steps along the leading direction times z (points, 20)."""
    values, phi, chance = walk(case, magnitude, distance_km, z)
    return deviated(case, values, sway(case.deviations, phi), chance)


def walk(case: Case, magnitude: float, distance_km: float, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln SaAvg without the deviation of the site, phi_s2s of the ten periods (point, 10), and probabilities."""
    mu, covariance = motion(case, magnitude, distance_km)
    value, vector = np.linalg.eigh(covariance)
    t, chance = steps(61)
    along = t[:, None, None] * (vector[:, -1] * np.sqrt(value[-1]))
    rest = (z[:, :9] * np.sqrt(np.maximum(value[:-1], 0.0))) @ vector[:, :-1].T
    ln_sa, phi = at_surface(case, magnitude, distance_km, (mu + along + rest).reshape(-1, 10))
    return ln_sa.mean(axis=1), phi, np.repeat(chance / len(z), len(z))


def sway(deviations: np.ndarray | None, phi: np.ndarray) -> np.ndarray:
    """Sd of the deviation of ln SaAvg by the site, for phi_s2s (point, 10)."""
    if deviations is None:
        return phi.mean(axis=1)
    return np.sqrt(np.einsum("pi,pi->p", phi @ deviations, phi)) / 10.0


def peak(case: Case, magnitude: float, distance_km: float) -> tuple[np.ndarray, np.ndarray]:
    """Values of ln PGA with their probabilities, 201 steps."""
    return deviated(case, *peak_walk(case, magnitude, distance_km))


def peak_walk(case: Case, magnitude: float, distance_km: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln PGA without the deviation of the site, phi_s2s and probabilities, as `deviated` takes them."""
    mu, covariance = motion(case, magnitude, distance_km)
    t, chance = steps(201)
    x = mu[0] + np.sqrt(covariance[0, 0]) * t[:, None] + np.zeros(10)
    ln_sa, phi = at_surface(case, magnitude, distance_km, x)
    return ln_sa[:, 0], phi[:, 0], chance


def deviated(case: Case, values: np.ndarray, sway: np.ndarray, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values that the site moves by eps times sway, with their probabilities; 21 steps where eps is scatter."""
    if case.deviations is None:
        return values + case.model.epsilon[case.index()[2]] * sway, chance
    u, share = steps(21)
    return (values[:, None] + sway[:, None] * u).ravel(), (chance[:, None] * share).ravel()


def steps(n: int) -> tuple[np.ndarray, np.ndarray]:
    """A standard normal as n equal steps and their probabilities."""
    t = np.linspace(-6.0, 6.0, n)
    chance = np.exp(-0.5 * t**2)
    return t, chance / chance.sum()
