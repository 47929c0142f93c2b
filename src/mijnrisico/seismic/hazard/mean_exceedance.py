"""Mean probability of exceedance over the motion branches, for many responses of the site.

The mean over medians and scatters is the same for all sites: it is tabulated once over the reference motion, its
logarithm cubic between points of 0.05; a response then takes one reading for each site epsilon, level, M and R.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mijnrisico.core.workers import Spread, serial
from mijnrisico.seismic.hazard import site_scatter
from mijnrisico.seismic.hazard.asked import DENSITY, Q_LIMIT, SCALE, Y_RANGE_G, Asked, Q, reference, upper_tail
from mijnrisico.seismic.hazard.exceedance import exceedance, site_epsilons, thresholds

Floats = NDArray[np.float64]

_STEP = 0.05
_LN_NOTHING = -60.0
"""ln of a probability that adds nothing to any sum."""


@njit(cache=True, nogil=True)
def _fill_ln_mean(y, median, sigma, median_weight, scatter_weight, q, density, out):
    """Fill out (row, point) with ln of the mean probability that ln Y exceeds y (point,)."""
    for row in range(median.shape[0]):
        for k in range(y.size):
            total = 0.0
            for m in range(median.shape[1]):
                own = m if sigma.shape[1] > 1 else 0
                for t in range(sigma.shape[2]):
                    z = (y[k] - median[row, m]) / sigma[row, own, t]
                    total += median_weight[row, m] * scatter_weight[t] * _far_tail(z, q, density)
            out[row, k] = np.log(max(total, 1e-300))


@njit(cache=True, inline="always")
def _far_tail(z, q, density):
    """Upper tail of the normal law, beyond the table by its asymptotic series, so that its logarithm stays smooth."""
    if z < Q_LIMIT:
        return upper_tail(z, q, density)
    s = 1.0 / (z * z)
    return np.exp(-0.5 * z * z) / (z * np.sqrt(2.0 * np.pi)) * (1.0 - s * (1.0 - 3.0 * s * (1.0 - 5.0 * s)))


@njit(cache=True, nogil=True)
def _mean_probability(first, last, needed, ln_mean, y_first, y_step, weight, out):
    """Fill rows first..last of out (row, level): the mean over epsilon of exp of a table, cubic between its points.

    `ln_mean` (row, point) is ln of the mean probability that y exceeds a point on equal steps; `weight` (epsilon,).
    """
    points = ln_mean.shape[1]
    for row in range(first, last):
        for level in range(needed.shape[2]):
            total = 0.0
            for e in range(needed.shape[1]):
                position = min(max((needed[row, e, level] - y_first) / y_step, 0.0), points - 1.001)
                low = min(max(int(position) - 1, 0), points - 4)
                t = position - low
                a, b, c = t - 1.0, t - 2.0, t - 3.0
                if ln_mean[row, low + 1] < _LN_NOTHING:
                    continue
                value = (
                    -ln_mean[row, low] * a * b * c / 6.0
                    + ln_mean[row, low + 1] * t * b * c / 2.0
                    - ln_mean[row, low + 2] * t * a * c / 2.0
                    + ln_mean[row, low + 3] * t * a * b / 6.0
                )
                total += weight[e] * np.exp(value)
            out[row, level] = total


@lru_cache(maxsize=16)
def _ln_mean(
    wanted: Asked, magnitude: tuple[float, ...], distance_km: tuple[float, ...]
) -> tuple[float, float, Floats]:
    """First point, step and ln of the mean probability that ln Y exceeds each point, (row, point)."""
    median, sd = reference(wanted, magnitude, distance_km)
    weight = np.repeat(wanted.model.median_weights(np.array(magnitude)), len(distance_km), axis=0)
    first, last = np.log(np.array(Y_RANGE_G) * SCALE[wanted.unit])
    y = np.arange(first, last + _STEP, _STEP)
    ln_mean = np.empty((len(median), y.size))
    _fill_ln_mean(y, median, sd, weight, wanted.model.scatter_weight, Q, DENSITY, ln_mean)
    ln_mean.flags.writeable = False
    return float(first), _STEP, ln_mean


def mean_exceedance(
    wanted: Asked, keys: Sequence[float], magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> tuple[Floats, int]:
    """P(surface motion > level | M, R) averaged over the motion branches by weight, for several sites' responses.

    Returns (key, magnitude, distance, level) and how many responses were repaired. Truncation has kinks: there the
    branches are taken one by one.
    """
    out = np.empty((len(keys), magnitude.size * distance_km.size, level.size))
    repaired = 0
    for k, key in enumerate(keys):
        repairs = 0
        if wanted.scatters_site:
            out[k] = site_scatter.mean_exceedance(wanted, key, magnitude, distance_km, level, spread)
        elif wanted.truncation is not None:
            probability, repairs = exceedance(wanted, key, magnitude, distance_km, level, spread)
            weights = (wanted.model.median_weights(magnitude), wanted.model.scatter_weight, site_epsilons(wanted)[1])
            out[k] = np.einsum("mrctel,mc,t,e->mrl", probability, *weights, optimize=True).reshape(-1, level.size)
        else:
            first, step, ln_mean = _ln_mean(wanted, tuple(map(float, magnitude)), tuple(map(float, distance_km)))
            needed, repairs = thresholds(wanted, key, magnitude, distance_km, level, spread)
            table = (needed.reshape(-1, *needed.shape[2:]), ln_mean, first, step, site_epsilons(wanted)[1], out[k])
            spread(lambda a, b, table=table: _mean_probability(a, b, *table), len(ln_mean))
        repaired += repairs > 0
    return out.reshape(len(keys), magnitude.size, distance_km.size, level.size), repaired
