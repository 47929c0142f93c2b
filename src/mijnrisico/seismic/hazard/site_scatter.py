"""A site term that is part of the scatter: eps ~ N(0, 1) integrated over, in every branch and in the mean.

Given the reference motion y the surface motion is normal, so

    P(S > s) = E over y of Q((ln s - surface(y)) / phi_s2s(y)),   surface(y) = y + clip(f1 + f2 term, low, high)

a smooth integrand on equal steps of y. (The sum over eps is not smooth: the clips bend the motion that is needed.)
No curve has to rise, so none is repaired. Truncation cuts y, not the site term.
"""

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mijnrisico.core.workers import Spread, serial
from mijnrisico.seismic.hazard.asked import (
    DENSITY,
    MEDIAN_ALONE,
    Q_LIMIT,
    SCALE,
    Y_RANGE_G,
    Asked,
    Q,
    limits_ln,
    linear_ln,
    ln_levels,
    nonlinear_ln,
    reference,
    site_sd,
    upper_tail,
)

Floats = NDArray[np.float64]

_STEP = 0.05
"""Steps of ln Y."""


@njit(cache=True, nogil=True)
def _surface_tail(row, low, high, ln_s, f1, y, nonlinear, phi, limits, q, density, tail):
    """Fill tail (point, level) for the points low..high: the probability that the site term reaches a level from y."""
    for k in range(low, high):
        surface = y[k] + min(max(f1[row] + nonlinear[k], limits[0]), limits[1])
        for level in range(ln_s.size):
            tail[k, level] = upper_tail((ln_s[level] - surface) / phi[k], q, density)


@njit(cache=True, nogil=True)
def _aleatory(first, last, ln_s, f1, y, nonlinear, phi, limits, median, sigma, reach, q, density, out):
    """Fill rows first..last of out (row, median, scatter, level): site term integrated over y on equal steps.

    `ln_s` (level,), `f1` (row,), `y`, `nonlinear` and `phi` (point,), `median` (row, median), `sigma` (row, median or
    1, scatter); normal weights out to `reach` sds, scaled to one.
    """
    step, tail = y[1] - y[0], np.empty((y.size, ln_s.size))
    for row in range(first, last):
        far = reach * sigma[row].max()
        low = max(int((median[row].min() - far - y[0]) / step), 0)
        high = min(int((median[row].max() + far - y[0]) / step) + 2, y.size)
        _surface_tail(row, low, high, ln_s, f1, y, nonlinear, phi, limits, q, density, tail)
        for m in range(median.shape[1]):
            own = m if sigma.shape[1] > 1 else 0
            for t in range(sigma.shape[2]):
                target, total = out[row, m, t], 0.0
                target[:] = 0.0
                for k in range(low, high):
                    z = (y[k] - median[row, m]) / sigma[row, own, t]
                    if abs(z) <= reach:
                        weight = np.exp(-0.5 * z * z)
                        total += weight
                        for level in range(ln_s.size):
                            target[level] += weight * tail[k, level]
                for level in range(ln_s.size):
                    target[level] /= total


@njit(cache=True, nogil=True)
def _mean_aleatory(first, last, ln_s, f1, y, nonlinear, phi, limits, mass, q, density, out):
    """Fill rows first..last of out (row, level) from the mean mass (row, point) of y over the branches."""
    tail = np.empty((y.size, ln_s.size))
    for row in range(first, last):
        low, high = 0, y.size
        while low < high and mass[row, low] < 1e-18:
            low += 1
        while high > low and mass[row, high - 1] < 1e-18:
            high -= 1
        _surface_tail(row, low, high, ln_s, f1, y, nonlinear, phi, limits, q, density, tail)
        target = out[row]
        target[:] = 0.0
        for k in range(low, high):
            for level in range(ln_s.size):
                target[level] += mass[row, k] * tail[k, level]


def exceedance(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> Floats:
    """P(surface motion > level | M, R) for every median and scatter: (magnitude, distance, median, scatter, level)."""
    median, sd = reference(wanted, tuple(map(float, magnitude)), tuple(map(float, distance_km)))
    out = np.empty((len(median), median.shape[1], sd.shape[2], level.size))
    shared = _integral(wanted, key, magnitude, distance_km, level)
    settings = (*shared, median, sd, wanted.truncation or Q_LIMIT, Q, DENSITY, out)
    spread(lambda first, last: _aleatory(first, last, *settings), len(median))
    return out.reshape(magnitude.size, distance_km.size, *out.shape[1:])


def mean_exceedance(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats, spread: Spread = serial
) -> Floats:
    """The mean of `exceedance` over medians and scatters by weight, (magnitude x distance, level)."""
    mass = _mean_mass(wanted, tuple(map(float, magnitude)), tuple(map(float, distance_km)))
    out = np.empty((len(mass), level.size))
    settings = (*_integral(wanted, key, magnitude, distance_km, level), mass, Q, DENSITY, out)
    spread(lambda first, last: _mean_aleatory(first, last, *settings), len(mass))
    return out


def _integral(
    wanted: Asked, key: float, magnitude: Floats, distance_km: Floats, level: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """What both share: ln levels, f1 (row,), points y with f2 term and phi, limits."""
    response, y = wanted.model.response(key, wanted.imt, wanted.component), _points(wanted)
    phi = np.maximum(site_sd(response, y, wanted), MEDIAN_ALONE)
    f1 = linear_ln(response, magnitude, distance_km)
    return ln_levels(wanted, level), f1, y, nonlinear_ln(response, y), phi, limits_ln(response)


def _points(wanted: Asked) -> Floats:
    low, high = np.log(np.array(Y_RANGE_G) * SCALE[wanted.unit])
    return np.arange(low, high, _STEP)


@lru_cache(maxsize=16)
def _mean_mass(wanted: Asked, magnitude: tuple[float, ...], distance_km: tuple[float, ...]) -> Floats:
    """Mean probability mass of ln Y at the points of an aleatory site term, (row, point), over the branches."""
    median, sd = reference(wanted, magnitude, distance_km)
    weight = np.repeat(wanted.model.median_weights(np.array(magnitude)), len(distance_km), axis=0)
    y, reach = _points(wanted), wanted.truncation or Q_LIMIT
    mass = np.empty((len(median), y.size))
    for row in range(len(median)):
        z = (y - median[row][:, None, None]) / sd[row][..., None]
        own = np.where(np.abs(z) <= reach, np.exp(-0.5 * z * z), 0.0)
        own /= own.sum(axis=-1, keepdims=True)
        mass[row] = np.einsum("m,t,mty->y", weight[row], wanted.model.scatter_weight, own)
    mass.flags.writeable = False
    return mass
