"""Probability that the motion at the surface exceeds a level, given magnitude, distance, zone and branch.

    ln S = y + clip(f1(M, R) + f2 ln(1 + Y/f3), ln AFmin, ln AFmax) + eps phi_s2s(Y) + wierde,   y = ln Y ~ N(g, sigma)

with Y the motion at the reference horizon in g. For a branch of the site term (eps fixed) S rises with y, so S > s
exactly when y > y*(s), and P(S > s | M, R) is one normal probability: no integral and no grid over the reference
motion. y* needs no iteration either: the clip makes S the larger of a lower clip and the smaller of an upper clip
and the free curve, so y* is the same choice among three inverses, each tabulated once per zone.

Where the free curve falls with y (strong deamplification) its running maximum takes its place; zones where that
happens below 2 g are counted.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr

from mijnrisico.core.workers import Spread, serial
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.units import CMS2_PER_G

Floats = NDArray[np.float64]
Component = Literal["geometric_mean", "arbitrary"]
Surface = Literal["regular", "wierde"]

MEDIANS, TAUS, PHIS, EPSILONS = 4, 3, 2, 3
_Y_STEP = 0.002
_Y_RANGE_G = (1e-7, 100.0)
_COUNTED_BELOW_G = 2.0
_S_NODES = np.linspace(np.log(1e-6), np.log(50.0), 9001)
_Q_STEP = 1.0 / 64.0
_Q_LIMIT = 8.5


def period_index(imt: str) -> int:
    """Index of the period of "PGA" or "SA(0.3)" among the ten of V7; raises InputError E503 for another measure."""
    names = ["PGA", *(f"SA({t:g})" for t in v7.PERIODS_S)]
    if imt not in names:
        raise InputError(Problem("E503", where="imt", params={"given": imt, "expected": ", ".join(names)}))
    return max(names.index(imt) - 1, 0)


def _q_table() -> tuple[Floats, Floats]:
    z = np.arange(-_Q_LIMIT, _Q_LIMIT + _Q_STEP / 2.0, _Q_STEP)
    return ndtr(-z), np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)


_Q, _DENSITY = _q_table()


@njit(cache=True, inline="always")
def _upper_tail(z, q, density):
    """Upper tail of the normal law by a Taylor series around a table of step 1/64; relative error below 1e-8."""
    z = min(max(z, -_Q_LIMIT), _Q_LIMIT)
    i = np.uint64((z + _Q_LIMIT) / _Q_STEP + 0.5)
    z0 = i * _Q_STEP - _Q_LIMIT
    d = z - z0
    series = 1.0 + d * (-z0 / 2.0 + d * ((z0 * z0 - 1.0) / 6.0 - d * z0 * (z0 * z0 - 3.0) / 24.0))
    return q[i] - density[i] * d * series


@njit(cache=True, inline="always")
def _inverse(s, first, step, inverse):
    """y*(s) from a table on equal steps of s, linear between its points; held at its ends."""
    position = min(max((s - first) / step, 0.0), inverse.size - 1.001)
    low = np.uint64(position)
    return inverse[low] + (position - low) * (inverse[low + np.uint64(1)] - inverse[low])


@njit(cache=True, nogil=True)
def _probability(first, last, ln_s, f1, median, sigma, start, step, free, clipped, limits, q, density, out):
    """Fill rows first..last of out (row, median, tau, phi, epsilon, level); probabilities below 1e-17 are zero.

    `ln_s` (level,) ascending, less the wierde term; `f1` (row,), `median` (row, 4) in ln g, `sigma` (row, tau, phi);
    `free` and `clipped` (epsilon, point) are the inverses of y + f2 term + eps phi and of y + eps phi on equal steps.
    """
    at_top = np.empty((free.shape[0], ln_s.size))
    at_bottom = np.empty_like(at_top)
    for e in range(free.shape[0]):
        for level in range(ln_s.size):
            at_top[e, level] = _inverse(ln_s[level] - limits[1], start, step, clipped[e])
            at_bottom[e, level] = _inverse(ln_s[level] - limits[0], start, step, clipped[e])
    threshold = np.empty(ln_s.size)
    for row in range(first, last):
        for e in range(free.shape[0]):
            for level in range(ln_s.size):
                inside = _inverse(ln_s[level] - f1[row], start, step, free[e])
                threshold[level] = min(max(inside, at_top[e, level]), at_bottom[e, level])
            for m in range(median.shape[1]):
                for t in range(sigma.shape[1]):
                    for p in range(sigma.shape[2]):
                        scale, middle, target = 1.0 / sigma[row, t, p], median[row, m], out[row, m, t, p, e]
                        reached = ln_s.size
                        while reached > 0 and threshold[reached - 1] >= middle + _Q_LIMIT * sigma[row, t, p]:
                            reached -= 1
                            target[reached] = 0.0
                        for level in range(reached):
                            target[level] = _upper_tail((threshold[level] - middle) * scale, q, density)


def _motion_curves(
    zone: v7.ZoneCoefficients, period: int, argument: v7.SiteVariabilityArgument
) -> tuple[Floats, Floats, Floats]:
    """ln Y (point,), the free curve y + f2 term + eps phi and the clipped curve y + eps phi, each (epsilon, point)."""
    low, high = np.log(_Y_RANGE_G)
    y = np.linspace(low, high, int((high - low) / _Y_STEP) + 1)
    per_g = CMS2_PER_G if argument == "cm/s2" else 1.0
    kinks = np.log(np.array([zone.xl[period], zone.xh[period]]) / per_g)
    y = np.unique(np.concatenate([y, kinks]))
    sa_g = np.exp(y)[:, None] * np.ones(v7.PERIODS_S.size)
    nonlinear = v7.amplification_nonlinear_ln(zone, np.log(sa_g * CMS2_PER_G))[:, period]
    phi = v7.site_phi(zone, sa_g, argument)[:, period]
    clipped = y + v7.SITE_EPSILON[:, None] * phi
    return y, clipped + nonlinear, clipped


def _inverses(y: Floats, curves: Floats) -> tuple[Floats, int]:
    """First y at which the running maximum of each curve (epsilon, point) passes s, on `_S_NODES`; how many fell.

    Only falls below 2 g of reference motion count: beyond, a table of strong deamplification always falls.
    """
    risen = np.maximum.accumulate(curves, axis=1)
    repaired = int(np.any(np.diff(curves[:, y < np.log(_COUNTED_BELOW_G)], axis=1) < 0.0, axis=1).sum())
    return np.stack([np.interp(_S_NODES, one, y) for one in risen]), repaired


@lru_cache(maxsize=4)
def _zone_inverses(zone: int, period: int, argument: v7.SiteVariabilityArgument) -> tuple[Floats, Floats, int]:
    """Inverses of the free and the clipped curve of a zone, and how many fell; kept for its next component."""
    y, *both = _motion_curves(v7.zone_coefficients(zone), period, argument)
    (free, repaired_free), (clipped, repaired_clipped) = (_inverses(y, curves) for curves in both)
    return free, clipped, repaired_free + repaired_clipped


@lru_cache(maxsize=4)
def _reference(
    magnitude: tuple[float, ...], distance_km: tuple[float, ...], period: int, component: Component
) -> tuple[Floats, Floats]:
    """Median ln g (row, 4) and sigma (row, tau, phi) at the reference horizon; row = magnitude x distance."""
    m, r = (a.ravel() for a in np.meshgrid(magnitude, distance_km, indexing="ij"))
    median = v7.reference_median_ln(m, r)[..., period] - np.log(CMS2_PER_G)
    tau, phi_ss = v7.tau_phi()
    variance = tau[:, None, period] ** 2 + phi_ss[None, :, period] ** 2
    extra = v7.component_variance(m, r)[:, period] if component == "arbitrary" else np.zeros(m.size)
    return np.ascontiguousarray(median), np.sqrt(variance[None] + extra[:, None, None])


def exceedance(
    zone: int,
    magnitude: NDArray[np.float64],
    distance_km: NDArray[np.float64],
    level_g: NDArray[np.float64],
    *,
    imt: str = "PGA",
    component: Component = "geometric_mean",
    surface: Surface = "regular",
    site_variability_argument: v7.SiteVariabilityArgument = "g",
    spread: Spread = serial,
) -> tuple[Floats, int]:
    """P(surface motion > level | M, R) of GMM V7 for every motion branch, and the number of repaired curves.

    Returns (magnitude, distance, median 4, tau 3, phi_ss 2, epsilon 3, level) and how many of the zone's curves
    ln S(y) (a free and a clipped one for each epsilon) were replaced by their running maximum.
    """
    period = period_index(imt)
    coefficients = v7.zone_coefficients(int(zone))
    median, sigma = _reference(tuple(map(float, magnitude)), tuple(map(float, distance_km)), period, component)
    m, r = np.meshgrid(magnitude, distance_km, indexing="ij")
    f1 = np.ascontiguousarray(v7.amplification_linear_ln(coefficients, m, r)[..., period].ravel())
    limits = np.array([limit[period] for limit in v7.amplification_limits_ln(coefficients)])
    shift = float(v7.wierde_ln(v7.PERIODS_S[period])) if surface == "wierde" else 0.0
    free, clipped, repaired = _zone_inverses(int(zone), period, site_variability_argument)
    out = np.empty((f1.size, MEDIANS, TAUS, PHIS, EPSILONS, level_g.size))
    nodes = (_S_NODES[0], _S_NODES[1] - _S_NODES[0], free, clipped)
    settings = (np.log(level_g) - shift, f1, median, sigma, *nodes, limits, _Q, _DENSITY, out)
    spread(lambda first, last: _probability(first, last, *settings), f1.size)
    return out.reshape(magnitude.size, distance_km.size, *out.shape[1:]), repaired
