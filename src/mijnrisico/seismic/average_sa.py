"""Distribution of the average spectral acceleration at the surface, given magnitude, distance and motion branch.

    ln SaAvg = mean over ten periods of (X_i + nu_i(X_i) + eps phi_i(X_i) + wierde_i)

X = ln SA at the reference horizon of an arbitrary horizontal component is multivariate normal, N(mu, S) with
S_ij = rho_ij sd_i sd_j; nu is ln AF, phi the site-to-site deviation, eps the site branch (one value for all periods,
as V7 prescribes). Only nu and phi are not linear.

Scheme (after the saavg-cos idea of del Boo 2026, with local averaging):
1. b = leading eigenvector of S times the root of its eigenvalue; T = S - b b' is what is left. Equal for all zones.
2. At Gauss-Hermite nodes t along b, nu_i and phi_i are averaged over N(x_i, T_ii) by three points, x = mu + b t; the
   same points give the smoothed slopes Cov(nu_i, X_i) / T_ii, which feel clips and kinks.
3. Given t, ln SaAvg is taken as normal with mean m = mean_i(x_i + nu_i + eps phi_i + wierde_i) and variance
   v = s'T s, s_i = (1 + slope_i + eps slope_phi_i) / 10.
4. Each of these normals is laid on a grid of ln SaAvg by three Gauss-Hermite points and cubic weights (third moments
   kept), so that one matrix product with a table of losses serves all vulnerability classes.

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

from mijnrisico.seismic.motion import bommer_2021 as motion
from mijnrisico.seismic.motion_tree import MOTION_BRANCHES, tree
from mijnrisico.units import CMS2_PER_G

Array = NDArray[np.float64]
Surface = Literal["regular", "wierde"]

STEP_LN = 0.02
GRID_LN_G: Array = np.arange(601, dtype=np.float64) * STEP_LN - 8.5
"""Grid of ln SaAvg and ln PGA, g: 0.0002 g to 33 g; what falls outside is put on the end points."""

NODES = 10
_SPLIT = 3
_LN_CMS2_PER_G = math.log(CMS2_PER_G)
_TABLE_START, _TABLE_STEP, _TABLE_SIZE = -12.0, 0.02, 1301
"""Table of the non-linear amplification in ln cm/s2, linear between its points: error below 1e-5."""

BRANCHES = len(motion.BRANCHES) * MOTION_BRANCHES


def _hermite(n: int) -> tuple[Array, Array]:
    """Nodes and weights for the standard normal."""
    x, w = np.polynomial.hermite_e.hermegauss(n)
    return np.asarray(x, np.float64), np.asarray(w / w.sum(), np.float64)


@dataclass(frozen=True, eq=False)
class Reference:
    """Motion at the reference horizon for all (magnitude, distance) pairs; zone-independent.

    Axes: pair = magnitude major, distance minor; 4 medians; 6 = tau major, phi_ss minor; 10 periods.
    `mu` (pair, 4, 10) ln cm/s2; `along` (pair, 6, 10) = b; `rest` (pair, 6, 10, 10) = T; `sd_pga` (pair, 6).
    """

    magnitude: Array
    distance_km: Array
    mu: Array
    along: Array
    rest: Array
    sd_pga: Array


def reference(magnitude: ArrayLike, distance_km: ArrayLike) -> Reference:
    """Motion of an arbitrary component at the reference horizon, split along its leading direction.

    Args:
        magnitude: bin centres, shape (m).
        distance_km: rupture distances, shape (r).

    Returns:
        Moments for the m x r pairs.
    """
    m, r = (a.ravel() for a in np.meshgrid(np.asarray(magnitude, float), np.asarray(distance_km, float), indexing="ij"))
    tau, phi = motion.tau_phi()
    between = (tau[:, None] ** 2 + phi[None] ** 2).reshape(6, 10)
    sd = np.sqrt(between + motion.component_variance(m, r)[:, None])
    covariance = motion.period_correlation() * sd[..., :, None] * sd[..., None, :]
    value, vector = np.linalg.eigh(covariance)
    along = vector[..., -1] * np.sqrt(value[..., -1])[..., None]
    along *= np.sign(along.sum(-1))[..., None]
    rest = covariance - along[..., :, None] * along[..., None, :]
    mu = np.ascontiguousarray(motion.reference_median_ln(m, r))
    return Reference(m, r, mu, along, rest, sd[..., 0].copy())


@dataclass(frozen=True, eq=False)
class ZoneIntensity:
    """Normal components of ln SaAvg and points of ln PGA at the surface of one zone.

    `mean`, `variance` (72, pair, node): ln g; `weight` (node). `ln_pga` (72, pair, node): points that carry `weight`.
    """

    zone: int
    surface: Surface
    magnitude: Array
    distance_km: Array
    mean: Array
    variance: Array
    ln_pga: Array
    weight: Array

    def mean_density(self) -> tuple[Array, Array]:
        """Distribution of ln SaAvg and of ln PGA on `GRID_LN_G`, averaged over the motion branches, each (pair, z)."""
        share = tree(self.magnitude).branch_weight()
        return (
            _lay_mean(self.mean, self.variance, self.weight, share, *_SPLIT_RULE, GRID_LN_G),
            _lay_mean(self.ln_pga, np.zeros_like(self.ln_pga), self.weight, share, *_POINT_RULE, GRID_LN_G),
        )

    def branch_density(self, branch: int) -> tuple[Array, Array]:
        """Distribution of ln SaAvg and of ln PGA on `GRID_LN_G` in one motion branch, each (pair, z)."""
        one = np.ones((len(self.magnitude), 1))
        pick = slice(branch, branch + 1)
        points = self.ln_pga[pick]
        return (
            _lay_mean(self.mean[pick], self.variance[pick], self.weight, one, *_SPLIT_RULE, GRID_LN_G),
            _lay_mean(points, np.zeros_like(points), self.weight, one, *_POINT_RULE, GRID_LN_G),
        )

    def branch_expectation(self, of_sa_avg: Array, of_pga: Array) -> tuple[Array, Array]:
        """Expected values in every motion branch of functions tabulated on `GRID_LN_G`.

        `of_sa_avg` and `of_pga` (z, column); returns (pair, 72, column) each. Equal to the densities times the tables.
        """
        still = np.zeros_like(self.ln_pga)
        return (
            _expect(self.mean, self.variance, self.weight, *_SPLIT_RULE, GRID_LN_G, np.ascontiguousarray(of_sa_avg)),
            _expect(self.ln_pga, still, self.weight, *_POINT_RULE, GRID_LN_G, np.ascontiguousarray(of_pga)),
        )


_SPLIT_RULE = _hermite(_SPLIT)
_POINT_RULE = _hermite(1)


def zone_intensity(
    zone: int,
    at: Reference,
    surface: Surface = "regular",
    site_variability_argument: motion.SiteVariabilityArgument = "g",
    nodes: int = NODES,
) -> ZoneIntensity:
    """Intensity at the surface of one geological zone for every motion branch and (magnitude, distance) pair.

    Args:
        zone: number of a zone with V7 amplification.
        at: motion at the reference horizon.
        surface: ordinary ground or dwelling mound.
        site_variability_argument: unit of the argument of phi_s2s (see `motion.bommer_2021.site_phi`).
        nodes: Gauss-Hermite nodes along the leading direction.

    Raises:
        KeyError: the zone has no V7 amplification.
    """
    c = motion.zone_coefficients(zone)
    linear = motion.amplification_linear_ln(c, at.magnitude, at.distance_km)
    low, high = motion.amplification_limits_ln(c)
    mound = motion.wierde_ln(motion.PERIODS_S) if surface == "wierde" else np.zeros(10)
    x = _TABLE_START + _TABLE_STEP * np.arange(_TABLE_SIZE)
    bend = np.ascontiguousarray(motion.amplification_nonlinear_ln(c, x[:, None]).T)
    shift = 0.0 if site_variability_argument == "cm/s2" else _LN_CMS2_PER_G
    start = np.log(c.xl) + shift
    per_ln = 1.0 / np.log(c.xh / c.xl)
    t, weight = _hermite(nodes)
    mean, variance, ln_pga = _components(
        at.mu, at.along, at.rest, at.sd_pga, linear, low, high, bend,
        c.s1, c.s2 - c.s1, start, per_ln, mound, motion.SITE_EPSILON, t,
    )  # fmt: skip
    return ZoneIntensity(zone, surface, at.magnitude, at.distance_km, mean, variance, ln_pga, weight)


@numba.njit(cache=True, inline="always")
def _bend(bend, period, x):
    """Non-linear amplification at x (ln cm/s2), from the table; constant below it, linear beyond it."""
    position = max((x - _TABLE_START) * (1.0 / _TABLE_STEP), 0.0)
    i = min(int(position), _TABLE_SIZE - 2)
    return bend[period, i] + (position - i) * (bend[period, i + 1] - bend[period, i])


@numba.njit(cache=True, inline="always")
def _site(s1, rise, start, per_ln, x):
    """Site-to-site deviation at x: linear from s1 at `start`, `rise` higher after 1 / `per_ln`, constant outside."""
    return s1 + rise * min(max((x - start) * per_ln, 0.0), 1.0)


@numba.njit(cache=True, parallel=True)
def _components(mu, along, rest, sd_pga, linear, low, high, bend, s1, rise, start, per_ln, mound, epsilon, t):
    """Normal components of ln SaAvg (g) and points of ln PGA; each (branch 72, pair, node)."""
    pairs, medians, periods = mu.shape
    spreads, nodes, sites = along.shape[1], t.size, epsilon.size
    shape = (medians * spreads * sites, pairs, nodes)
    mean, variance, ln_pga = np.empty(shape), np.empty(shape), np.empty(shape)
    for pair in numba.prange(pairs):
        slope, bow, reach, half = np.empty(periods), np.empty(periods), np.empty(periods), np.empty(periods)
        left_slope, left_bow = np.empty(periods), np.empty(periods)
        for spread in range(spreads):
            b, left = along[pair, spread], rest[pair, spread]
            for i in range(periods):
                reach[i] = math.sqrt(3.0 * left[i, i])
                half[i] = 0.5 / reach[i]
            for median in range(medians):
                first = (median * spreads + spread) * sites
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
                        site += (4.0 * p0 + p1 + p2) / 6.0
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
                    x = mu[pair, median, 0] + sd_pga[pair, spread] * t[node]
                    pga = x + min(max(linear[pair, 0] + _bend(bend, 0, x), low[0]), high[0]) + mound[0]
                    pga_site = _site(s1[0], rise[0], start[0], per_ln[0], x)
                    for e in range(sites):
                        k, eps = first + e, epsilon[e]
                        mean[k, pair, node] = (base + eps * site) / periods - _LN_CMS2_PER_G
                        v = (flat + 2.0 * eps * mixed + eps * eps * bent) / (periods * periods)
                        variance[k, pair, node] = max(v, 0.0)
                        ln_pga[k, pair, node] = pga + eps * pga_site - _LN_CMS2_PER_G
    return mean, variance, ln_pga


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


@numba.njit(cache=True, parallel=True)
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
def default_reference(magnitude: tuple[float, ...], distance_km: tuple[float, ...]) -> Reference:
    """`reference`, remembered for the nodes in use (0.2 s, the same for all zones)."""
    return reference(np.array(magnitude), np.array(distance_km))
