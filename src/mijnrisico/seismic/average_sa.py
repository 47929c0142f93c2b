"""Distribution of the average spectral acceleration at the surface, given magnitude, distance and motion branch.

    ln SaAvg = mean over ten periods of (X_i + nu_i(X_i) + eps_i phi_i(X_i) + wierde_i)

X = ln SA at the reference horizon of an arbitrary horizontal component is multivariate normal, N(mu, S) with
S_ij = rho_ij sd_i sd_j; nu is ln AF, phi the site-to-site deviation. Only nu and phi are not linear. Any model that
gives the ten measures and their correlation will do: the Groningen models V5, V6 and V7.

The site term. Epistemic (published for V7): eps is a branch, one value for all periods. Aleatory (published for V5 and
V6): eps_i are standard normals, independent of X, whose correlation rho' between periods is "zero" (the unit matrix),
"consistent" (the matrix rho of the motion), "full" (all ones: one eps) or "empirical" (the matrix of 2024 for the
site-to-site residual, `motion.groningen.site_correlation_2024`).

Scheme (after the saavg-cos idea of del Boo 2026, with local averaging):
1. b = leading eigenvector of S times the root of its eigenvalue; T = S - b b' is what is left. Equal for all zones.
2. At Gauss-Hermite nodes t along b, nu_i and phi_i are averaged over N(x_i, T_ii) by three points, x = mu + b t; the
   same points give the smoothed slopes Cov(nu_i, X_i) / T_ii, which feel clips and kinks.
3. Given t, ln SaAvg is taken as normal with mean m = mean_i(x_i + nu_i + eps phi_i + wierde_i) and variance
   v = s'T s, s_i = (1 + slope_i + eps slope_phi_i) / 10. With an aleatory site term eps = 0 in these and v gains
   E(phi' rho' phi) / 100 = sum_ij rho'_ij (phi_i phi_j + slope_phi_i slope_phi_j T_ij) / 100.
4. Each of these normals is laid on a grid of ln SaAvg by Gauss-Hermite points (3, or 7 where the site term widens it)
   and cubic weights (third moments kept), so that one matrix product with a table of losses serves all vulnerability
   classes.

The peak ground acceleration, needed for chimneys only, is one-dimensional and is laid on its grid directly.
Accuracy against Monte Carlo: benchmarks/risk.py, docs/understand/risk.md. Slow twin: tests/seismic/average_sa_twin.py
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.motion import groningen
from mijnrisico.seismic.motion.bommer_2021 import V7
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface
from mijnrisico.units import CMS2_PER_G

Array = NDArray[np.float64]
SiteCorrelation = Literal["zero", "consistent", "full", "empirical"]

MEASURES = ("PGA", *(f"SA({t:g})" for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)))
"""The ten periods of SaAvg; PGA is SA(0.01 s)."""

STEP_LN = 0.02
GRID_LN_G: Array = np.arange(601, dtype=np.float64) * STEP_LN - 8.5
"""Grid of ln SaAvg and ln PGA, g: 0.0002 g to 33 g; what falls outside is put on the end points."""

NODES = 10
_SPLIT, _SPLIT_ALEATORY = 3, 7
_LN_CMS2_PER_G = math.log(CMS2_PER_G)
_TABLE_START, _TABLE_STEP, _TABLE_SIZE = -12.0 - _LN_CMS2_PER_G, 0.02, 1301
"""Table of the non-linear amplification in ln g, linear between its points: error below 2e-5."""


def suits(model: GroundMotion) -> bool:
    """Whether a motion model gives the ten measures in g, for an arbitrary component, with their correlation."""
    return (
        all(model.units.get(measure) == "g" for measure in MEASURES)
        and "arbitrary" in model.components
        and model.correlation is not None
    )


def hermite(n: int) -> tuple[Array, Array]:
    """Nodes and weights for the standard normal."""
    x, w = np.polynomial.hermite_e.hermegauss(n)
    return np.asarray(x, np.float64), np.asarray(w / w.sum(), np.float64)


@dataclass(frozen=True, eq=False)
class Reference:
    """Motion at the reference horizon for all (magnitude, distance) pairs; zone-independent.

    Axes: pair = magnitude major, distance minor; median and scatter of the model, `spread` has length 1 where the
    scatter is that of every median; 10 periods. `mu` (pair, median, 10) ln g; `along` (pair, spread, scatter, 10) = b;
    `rest` (pair, spread, scatter, 10, 10) = T; `sd_pga` (pair, spread, scatter).
    """

    model: GroundMotion
    magnitude: Array
    distance_km: Array
    mu: Array
    along: Array
    rest: Array
    sd_pga: Array


def reference(magnitude: ArrayLike, distance_km: ArrayLike, model: GroundMotion = V7) -> Reference:
    """Motion of an arbitrary component at the reference horizon, split along its leading direction.

    Args:
        magnitude: bin centres, shape (m).
        distance_km: rupture distances, shape (r).
        model: a motion model that `suits`.

    Returns:
        Moments for the m x r pairs.

    Raises:
        ValueError: the model publishes no correlation.
    """
    if model.correlation is None:
        raise ValueError(f"{model.head.name} has no correlation between periods")
    m, r = (a.ravel() for a in np.meshgrid(np.asarray(magnitude, float), np.asarray(distance_km, float), indexing="ij"))
    mu, sd = (
        np.stack(a, axis=-1) for a in zip(*(model.reference(k, m, r, "arbitrary") for k in MEASURES), strict=True)
    )
    covariance = model.correlation(MEASURES) * sd[..., :, None] * sd[..., None, :]
    value, vector = np.linalg.eigh(covariance)
    along = vector[..., -1] * np.sqrt(value[..., -1])[..., None]
    along *= np.sign(along.sum(-1))[..., None]
    rest = covariance - along[..., :, None] * along[..., None, :]
    return Reference(model, m, r, mu, along, rest, sd[..., 0].copy())


@dataclass(frozen=True, eq=False)
class ZoneIntensity:
    """Normal components of ln SaAvg and of ln PGA at the surface of one zone.

    `mean`, `variance` and `mean_pga`, `variance_pga` (branch, pair, node): ln g, branch = median x scatter x site
    epsilon; `weight` (node). The variance of PGA is zero where the site term is epistemic.
    """

    zone: float
    surface: Surface
    model: GroundMotion
    site_term: SiteTerm
    magnitude: Array
    distance_km: Array
    mean: Array
    variance: Array
    mean_pga: Array
    variance_pga: Array
    weight: Array

    def mean_density(self) -> tuple[Array, Array]:
        """Distribution of ln SaAvg and of ln PGA on `GRID_LN_G`, averaged over the motion branches, each (pair, z)."""
        share = tree(self.magnitude, self.model, self.site_term).branch_weight()
        return self._densities(slice(None), share)

    def branch_density(self, branch: int) -> tuple[Array, Array]:
        """Distribution of ln SaAvg and of ln PGA on `GRID_LN_G` in one motion branch, each (pair, z)."""
        return self._densities(slice(branch, branch + 1), np.ones((len(self.magnitude), 1)))

    def _densities(self, pick: slice, share: Array) -> tuple[Array, Array]:
        sa_avg, pga = _RULES[self.site_term]
        return (
            _lay_mean(self.mean[pick], self.variance[pick], self.weight, share, *sa_avg, GRID_LN_G),
            _lay_mean(self.mean_pga[pick], self.variance_pga[pick], self.weight, share, *pga, GRID_LN_G),
        )

    def branch_expectation(self, of_sa_avg: Array, of_pga: Array) -> tuple[Array, Array]:
        """Expected values in every motion branch of functions tabulated on `GRID_LN_G`.

        `of_sa_avg` and `of_pga` (z, column); returns (pair, branch, column) each. Equal to the densities times the
        tables.
        """
        sa_avg, pga = _RULES[self.site_term]
        return (
            _expect(self.mean, self.variance, self.weight, *sa_avg, GRID_LN_G, np.ascontiguousarray(of_sa_avg)),
            _expect(self.mean_pga, self.variance_pga, self.weight, *pga, GRID_LN_G, np.ascontiguousarray(of_pga)),
        )


_RULES = {
    "epistemic": (hermite(_SPLIT), hermite(1)),
    "aleatory": (hermite(_SPLIT_ALEATORY), hermite(_SPLIT_ALEATORY)),
}
"""Points that lay a normal on the grid, for ln SaAvg and for ln PGA."""


def zone_intensity(
    zone: float,
    at: Reference,
    surface: Surface = "regular",
    site_variability_argument: SiteVariabilityArgument = "g",
    nodes: int = NODES,
    *,
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
) -> ZoneIntensity:
    """Intensity at the surface of one geological zone for every motion branch and (magnitude, distance) pair.

    Args:
        zone: number of a zone with amplification in the model.
        at: motion at the reference horizon.
        surface: ordinary ground or dwelling mound.
        site_variability_argument: unit of the argument of phi_s2s (see `motion.bommer_2021.site_phi`).
        nodes: Gauss-Hermite nodes along the leading direction.
        site_term: site-to-site deviation as branches or as scatter; None as published.
        site_correlation: correlation between periods of the deviation as scatter; no meaning for branches.

    Raises:
        KeyError: the zone has no amplification in the model.
    """
    model = at.model
    term: SiteTerm = site_term or model.site_term
    response = [model.response(zone, measure, "arbitrary") for measure in MEASURES]
    linear = np.stack([one.linear_ln(at.magnitude, at.distance_km) for one in response], axis=-1)
    f2, f3, low, high, s1, s2, xl, xh = np.array(
        [(one.f2, one.f3, one.ln_low, one.ln_high, one.s1, one.s2, one.xl, one.xh) for one in response]
    ).T.copy()
    mound = np.array([model.wierde_ln(k) for k in MEASURES]) if surface == "wierde" else np.zeros(len(MEASURES))
    x = _TABLE_START + _TABLE_STEP * np.arange(_TABLE_SIZE)
    bend = f2[:, None] * np.log1p(np.exp(x) / f3[:, None])
    start = np.log(xl) - (_LN_CMS2_PER_G if site_variability_argument == "cm/s2" else 0.0)
    per_ln = 1.0 / np.log(xh / xl)
    t, weight = hermite(nodes)
    mean, variance, mean_pga, variance_pga = _components(
        at.mu, at.along, at.rest, at.sd_pga, linear, low, high, bend, s1, s2 - s1, start, per_ln, mound,
        model.epsilon if term == "epistemic" else np.zeros(1), t, between_periods(model, term, site_correlation),
    )  # fmt: skip
    return ZoneIntensity(
        zone, surface, model, term, at.magnitude, at.distance_km, mean, variance, mean_pga, variance_pga, weight
    )


def between_periods(model: GroundMotion, site_term: SiteTerm, site_correlation: SiteCorrelation) -> Array:
    """Correlation rho' (10, 10) of an aleatory site term between periods; empty for an epistemic one."""
    if site_term == "epistemic" or model.correlation is None:
        return np.empty((0, 0))
    if site_correlation == "consistent":
        return np.ascontiguousarray(model.correlation(MEASURES))
    if site_correlation == "empirical":
        return np.ascontiguousarray(groningen.site_correlation_2024(MEASURES))
    return np.ones((len(MEASURES),) * 2) if site_correlation == "full" else np.eye(len(MEASURES))


@numba.njit(cache=True, inline="always")
def _bend(bend, period, x):
    """Non-linear amplification at x (ln g), from the table; constant below it, linear beyond it."""
    position = max((x - _TABLE_START) * (1.0 / _TABLE_STEP), 0.0)
    i = min(int(position), _TABLE_SIZE - 2)
    return bend[period, i] + (position - i) * (bend[period, i + 1] - bend[period, i])


@numba.njit(cache=True, inline="always")
def _site(s1, rise, start, per_ln, x):
    """Site-to-site deviation at x: linear from s1 at `start`, `rise` higher after 1 / `per_ln`, constant outside."""
    return s1 + rise * min(max((x - start) * per_ln, 0.0), 1.0)


@numba.njit(cache=True, parallel=True, fastmath={"contract"})
def _components(mu, along, rest, sd_pga, linear, low, high, bend, s1, rise, start, per_ln, mound, epsilon, t, common):
    """Means and variances of the normal components of ln SaAvg and of ln PGA (g); each (branch, pair, node).

    `common` (period, period) is the correlation rho' of an aleatory site term, empty for an epistemic one.
    """
    pairs, medians, periods = mu.shape
    spreads, scatters, nodes, sites = along.shape[1], along.shape[2], t.size, epsilon.size
    shape = (medians * scatters * sites, pairs, nodes)
    mean, variance, mean_pga, variance_pga = np.empty(shape), np.empty(shape), np.empty(shape), np.zeros(shape)
    for pair in numba.prange(pairs):
        slope, bow, reach, half = np.empty(periods), np.empty(periods), np.empty(periods), np.empty(periods)
        left_slope, left_bow, sway = np.empty(periods), np.empty(periods), np.empty(periods)
        for median in range(medians):
            spread = min(median, spreads - 1)
            for scatter in range(scatters):
                b, left = along[pair, spread, scatter], rest[pair, spread, scatter]
                first = (median * scatters + scatter) * sites
                for i in range(periods):
                    reach[i] = math.sqrt(3.0 * left[i, i])
                    half[i] = 0.5 / reach[i]
                for node in range(nodes):
                    base, site = 0.0, 0.0
                    for i in range(periods):
                        x = mu[pair, median, i] + b[i] * t[node]
                        f1, below, above = linear[pair, i], x - reach[i], x + reach[i]
                        n0 = min(max(f1 + _bend(bend, i, x), low[i]), high[i])
                        n1 = min(max(f1 + _bend(bend, i, below), low[i]), high[i])
                        n2 = min(max(f1 + _bend(bend, i, above), low[i]), high[i])
                        p0 = _site(s1[i], rise[i], start[i], per_ln[i], x)
                        p1 = _site(s1[i], rise[i], start[i], per_ln[i], below)
                        p2 = _site(s1[i], rise[i], start[i], per_ln[i], above)
                        base += x + (4.0 * n0 + n1 + n2) / 6.0 + mound[i]
                        sway[i] = (4.0 * p0 + p1 + p2) / 6.0
                        site += sway[i]
                        slope[i] = 1.0 + (n2 - n1) * half[i]
                        bow[i] = (p2 - p1) * half[i]
                    for j in range(periods):
                        left_slope[j], left_bow[j] = 0.0, 0.0
                    for i in range(periods):
                        for j in range(periods):
                            left_slope[j] += left[i, j] * slope[i]
                            left_bow[j] += left[i, j] * bow[i]
                    flat, mixed, bent = 0.0, 0.0, 0.0
                    for j in range(periods):
                        flat += slope[j] * left_slope[j]
                        mixed += bow[j] * left_slope[j]
                        bent += bow[j] * left_bow[j]
                    for i in range(common.shape[0]):
                        for j in range(periods):
                            flat += common[i, j] * (sway[i] * sway[j] + bow[i] * bow[j] * left[i, j])
                    x = mu[pair, median, 0] + sd_pga[pair, spread, scatter] * t[node]
                    pga = x + min(max(linear[pair, 0] + _bend(bend, 0, x), low[0]), high[0]) + mound[0]
                    pga_site = _site(s1[0], rise[0], start[0], per_ln[0], x)
                    for e in range(sites):
                        k, eps = first + e, epsilon[e]
                        mean[k, pair, node] = (base + eps * site) / periods
                        v = (flat + 2.0 * eps * mixed + eps * eps * bent) / (periods * periods)
                        variance[k, pair, node] = max(v, 0.0)
                        mean_pga[k, pair, node] = pga + eps * pga_site
                        if common.size > 0:
                            variance_pga[k, pair, node] = pga_site * pga_site
    return mean, variance, mean_pga, variance_pga


@numba.njit(cache=True, inline="always")
def _stencil(position, last, cubic):
    """First point of the cubic weights at `position` (steps), written to `cubic`; the ends take what is beyond."""
    if position <= 1.0 or position >= last - 1.0:
        nearest = min(max(int(position + 0.5), 0), last) if position > 0.0 else 0
        first = min(max(nearest - 1, 0), last - 3)
        for k in range(4):
            cubic[k] = 1.0 if first + k == nearest else 0.0
        return first
    i = int(position)
    f = position - i
    cubic[0] = -f * (f - 1.0) * (f - 2.0) / 6.0
    cubic[1] = (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0
    cubic[2] = -(f + 1.0) * f * (f - 2.0) / 2.0
    cubic[3] = (f + 1.0) * f * (f - 1.0) / 6.0
    return i - 1


@numba.njit(cache=True, parallel=True)
def _lay_mean(mean, variance, weight, share, split, split_weight, grid):
    """Lay normal components on the grid with cubic weights and add over branches; (pair, z).

    `mean`, `variance` (branch, pair, node), `share` (pair, branch).
    """
    branches, pairs, nodes = mean.shape
    start, step, last = grid[0], grid[1] - grid[0], grid.size - 1
    density = np.zeros((pairs, grid.size))
    for pair in numba.prange(pairs):
        row = density[pair]
        cubic = np.empty(4)
        for branch in range(branches):
            for node in range(nodes):
                total = share[pair, branch] * weight[node]
                sd = math.sqrt(variance[branch, pair, node])
                for k in range(split.size):
                    w = total * split_weight[k]
                    first = _stencil((mean[branch, pair, node] + sd * split[k] - start) / step, last, cubic)
                    for c in range(4):
                        row[first + c] += w * cubic[c]
    return density


@numba.njit(cache=True, parallel=True, fastmath={"contract"})
def _expect(mean, variance, weight, split, split_weight, grid, table):
    """Expected values of the columns of `table` (z, column) per branch, by the same weights; (pair, branch, column)."""
    branches, pairs, nodes = mean.shape
    start, step, last = grid[0], grid[1] - grid[0], grid.size - 1
    columns = table.shape[1]
    result = np.zeros((pairs, branches, columns))
    for pair in numba.prange(pairs):
        cubic = np.empty(4)
        for branch in range(branches):
            row = result[pair, branch]
            for node in range(nodes):
                sd = math.sqrt(variance[branch, pair, node])
                for k in range(split.size):
                    w = weight[node] * split_weight[k]
                    first = _stencil((mean[branch, pair, node] + sd * split[k] - start) / step, last, cubic)
                    w0, w1, w2, w3 = w * cubic[0], w * cubic[1], w * cubic[2], w * cubic[3]
                    for c in range(columns):
                        row[c] += (
                            w0 * table[first, c]
                            + w1 * table[first + 1, c]
                            + w2 * table[first + 2, c]
                            + w3 * table[first + 3, c]
                        )
    return result


@cache
def default_reference(
    magnitude: tuple[float, ...], distance_km: tuple[float, ...], model: GroundMotion = V7
) -> Reference:
    """`reference`, remembered for the nodes in use (0.2 s, the same for all zones)."""
    return reference(np.array(magnitude), np.array(distance_km), model)
