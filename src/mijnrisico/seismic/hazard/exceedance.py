"""Probability that the motion at the surface exceeds a level, given magnitude, distance, site and branch.

    ln S = y + clip(f1(M, R) + f2 ln((Y + f3)/f3), low, high) + eps phi_s2s(Y) + wierde,   y = ln Y ~ N(g, sigma)

with Y the motion at the reference horizon (`motion.model`). For a site branch (eps fixed) S rises with y, so S > s
exactly when y > y*(s), and P(S > s | M, R) is one normal probability: no integral and no grid over the reference
motion. y* needs no iteration either: the clip makes S the larger of a lower clip and the smaller of an upper clip
and the free curve, so y* is the same choice among three inverses, each tabulated once per site response.

Where the free curve falls with y (strong deamplification) its running maximum takes its place; responses where that
happens below 2 g are counted.

A site term that is part of the scatter is integrated over in `site_scatter`.

`truncation` n leaves out motions beyond n standard deviations on both sides and scales the rest to one:
P = (Q(z) - Q(n)) / (1 - 2 Q(n)) within 0 and 1; it cuts the scatter at the reference horizon. Zero leaves the
median alone.
"""

from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr

from mijnrisico.core.workers import Spread, serial
from mijnrisico.seismic.hazard import site_scatter
from mijnrisico.seismic.hazard.asked import (
    DENSITY,
    Q_LIMIT,
    SCALE,
    Y_RANGE_G,
    Asked,
    Q,
    limits_ln,
    linear_ln,
    ln_levels,
    nonlinear_ln,
    per_unit,
    reference,
    site_sd,
    upper_tail,
)
from mijnrisico.seismic.motion.model import Response

Floats = NDArray[np.float64]

SITE_NODES: Final = 9
"""Gauss-Hermite nodes of an aleatory site term where it has to be seen as branches."""
_Y_STEP = 0.002
_COUNTED_BELOW_G = 2.0
_S_NODES = np.linspace(np.log(1e-6), np.log(50.0), 9001)


def site_epsilons(wanted: Asked) -> tuple[Floats, Floats]:
    """Standard deviations of the site term at which it is evaluated, and their weights, both (epsilon,)."""
    if wanted.site_term == "epistemic":
        return wanted.model.epsilon, wanted.model.epsilon_weight
    if not wanted.scatters_site:
        return np.zeros(1), np.ones(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(SITE_NODES)
    return np.asarray(nodes, float), np.asarray(weights / weights.sum(), float)


@njit(cache=True, inline="always")
def _inverse(s, first, step, inverse):
    """y*(s) from a table on equal steps of s, linear between its points; held at its ends."""
    position = min(max((s - first) / step, 0.0), inverse.size - 1.001)
    low = np.uint64(position)
    return inverse[low] + (position - low) * (inverse[low + np.uint64(1)] - inverse[low])


@njit(cache=True, nogil=True)
def _needed(first, last, ln_s, f1, start, step, free, clipped, limits, out):
    """Fill rows first..last of out (row, epsilon, level) with y*.

    `ln_s` (level,) ascending, less the wierde term; `f1` (row,); `free` and `clipped` (epsilon, point) are the
    inverses of y + f2 term + eps phi and of y + eps phi on equal steps.
    """
    at_top = np.empty((free.shape[0], ln_s.size))
    at_bottom = np.empty_like(at_top)
    for e in range(free.shape[0]):
        for level in range(ln_s.size):
            at_top[e, level] = _inverse(ln_s[level] - limits[1], start, step, clipped[e])
            at_bottom[e, level] = _inverse(ln_s[level] - limits[0], start, step, clipped[e])
    for row in range(first, last):
        for e in range(free.shape[0]):
            for level in range(ln_s.size):
                inside = _inverse(ln_s[level] - f1[row], start, step, free[e])
                out[row, e, level] = min(max(inside, at_top[e, level]), at_bottom[e, level])


@njit(cache=True, nogil=True)
def _probability(first, last, needed, median, sigma, cut, gain, q, density, out):
    """Fill rows first..last of out (row, median, scatter, epsilon, level); probabilities below 1e-17 are zero.

    `needed` (row, epsilon, level), `median` (row, median), `sigma` (row, median or 1, scatter); `cut` and `gain`
    are Q(n) and 1 / (1 - 2 Q(n)) of the truncation.
    """
    levels = needed.shape[2]
    for row in range(first, last):
        for e in range(needed.shape[1]):
            threshold = needed[row, e]
            for m in range(median.shape[1]):
                own = m if sigma.shape[1] > 1 else 0
                for t in range(sigma.shape[2]):
                    sd, middle, target = sigma[row, own, t], median[row, m], out[row, m, t, e]
                    scale, reached = 1.0 / sd, levels
                    while reached > 0 and threshold[reached - 1] >= middle + Q_LIMIT * sd:
                        reached -= 1
                        target[reached] = 0.0
                    for level in range(reached):
                        target[level] = upper_tail((threshold[level] - middle) * scale, q, density)
                    if cut > 0.0:
                        for level in range(reached):
                            target[level] = min(max((target[level] - cut) * gain, 0.0), 1.0)


def _motion_curves(wanted: Asked, response: Response) -> tuple[Floats, Floats, Floats]:
    """ln Y (point,), the free curve y + f2 term + eps phi and the clipped curve y + eps phi, each (epsilon, point)."""
    low, high = np.log(np.array(Y_RANGE_G) * SCALE[wanted.unit])
    y = np.linspace(low, high, int((high - low) / _Y_STEP) + 1)
    kinks = np.log(np.array([response.xl, response.xh]) / per_unit(wanted))
    y = np.unique(np.concatenate([y, kinks[(kinks > low) & (kinks < high)]]))
    clipped = y + site_epsilons(wanted)[0][:, None] * site_sd(response, y, wanted)
    return y, clipped + nonlinear_ln(response, y), clipped


def _inverses(y: Floats, curves: Floats, scale: float) -> tuple[Floats, int]:
    """First y at which the running maximum of each curve (epsilon, point) passes s, on `_S_NODES`; how many fell.

    Only falls below 2 g of reference motion count: beyond, a table of strong deamplification always falls.
    """
    risen = np.maximum.accumulate(curves, axis=1)
    counted = y < np.log(_COUNTED_BELOW_G * scale)
    repaired = int(np.any(np.diff(curves[:, counted], axis=1) < 0.0, axis=1).sum())
    return np.stack([np.interp(_S_NODES + np.log(scale), one, y) for one in risen]), repaired


@lru_cache(maxsize=4)
def _site_inverses(wanted: Asked, key: float) -> tuple[Floats, Floats, int]:
    """Inverses of the free and the clipped curve of a site response, and how many fell; kept for its next use."""
    scale = SCALE[wanted.unit]
    y, *both = _motion_curves(wanted, wanted.model.response(key, wanted.imt, wanted.component))
    (free, repaired_free), (clipped, repaired_clipped) = (_inverses(y, curves, scale) for curves in both)
    return free, clipped, repaired_free + repaired_clipped


def thresholds(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> tuple[Floats, int]:
    """Reference motion ln Y that exceeding a level takes, and the number of repaired curves.

    Returns (magnitude, distance, epsilon, level) for levels in the unit of the measure, and how many of the curves
    ln S(y) of the site (a free and a clipped one for each epsilon) were replaced by their running maximum.
    """
    response = wanted.model.response(key, wanted.imt, wanted.component)
    f1 = linear_ln(response, magnitude, distance_km)
    free, clipped, repaired = _site_inverses(_of_site(wanted), key)
    start = _S_NODES[0] + np.log(SCALE[wanted.unit])
    out = np.empty((f1.size, free.shape[0], level.size))
    tables = (start, _S_NODES[1] - _S_NODES[0], free, clipped, limits_ln(response))
    settings = (ln_levels(wanted, level), f1, *tables, out)
    spread(lambda first, last: _needed(first, last, *settings), f1.size)
    return out.reshape(magnitude.size, distance_km.size, *out.shape[1:]), repaired


@cache
def _of_site(wanted: Asked) -> Asked:
    """The part of the settings that the inverses of a site depend on."""
    return replace(wanted, surface="regular")


def truncated(truncation: float | None) -> tuple[float, float]:
    """Q(n) and 1 / (1 - 2 Q(n)); without truncation, or with the median alone, 0 and 1."""
    cut = float(ndtr(-truncation)) if truncation else 0.0
    return cut, 1.0 / (1.0 - 2.0 * cut)


def exceedance(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> tuple[Floats, int]:
    """P(surface motion > level | M, R) for every motion branch of the model, and the number of repaired curves.

    Returns (magnitude, distance, median, scatter, epsilon, level), with one epsilon where the site term is aleatory,
    and repairs as `thresholds`. `key` picks the response of the site (zone or Vs30), levels are in the unit of the
    measure.
    """
    if wanted.scatters_site:
        return site_scatter.exceedance(wanted, key, magnitude, distance_km, level, spread)[:, :, :, :, None], 0
    median, sd = reference(wanted, tuple(map(float, magnitude)), tuple(map(float, distance_km)))
    needed, repaired = thresholds(wanted, key, magnitude, distance_km, level, spread)
    needed = needed.reshape(-1, *needed.shape[2:])
    out = np.empty((len(median), median.shape[1], sd.shape[2], *needed.shape[1:]))
    settings = (needed, median, sd, *truncated(wanted.truncation), Q, DENSITY, out)
    spread(lambda first, last: _probability(first, last, *settings), len(median))
    return out.reshape(magnitude.size, distance_km.size, *out.shape[1:]), repaired
