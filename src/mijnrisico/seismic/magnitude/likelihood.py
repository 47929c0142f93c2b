"""Likelihood of rounded magnitudes for many stress members at once, where b is affine in something known.

Three models have this shape: b = a + c u, held between two bounds, with u the stress, a hyperbolic tangent of it, or
one of the thickness. A parameter that sits inside the tangent is taken value by value, so that one kernel serves all.
"""

import numba
import numpy as np

from mijnrisico.seismic.magnitude.gutenberg_richter import HALF_BIN, log_probability

_BLOCK = 256  # combinations whose sums stay in the nearest cache
_PRODUCT = 64  # factors multiplied before a logarithm is taken; each is about 0.02 to 0.7
_SECOND, _FOURTH, _SIXTH, _EIGHTH = 1.0 / 24.0, -1.0 / 2880.0, 1.0 / 181_440.0, -1.0 / 9_676_800.0


def log_likelihoods(
    a: np.ndarray,
    c: np.ndarray,
    u: np.ndarray,
    magnitude: np.ndarray,
    magnitude_min: float,
    bounds: tuple[float, float] = (0.0, np.inf),
) -> np.ndarray:
    """Log-likelihood of rounded magnitudes with b = clip(a + c u, bounds); (member, combination).

    `a`, `c` (combination,), `u` (member, event), `magnitude` (event,). It is the sum of
    `gutenberg_richter.log_probability`, with y = 0.1 b ln 10 in

        ln(1 - exp(-y)) = ln y - y/2 + y^2/24 - y^4/2880 + y^6/181440 - y^8/9676800 + ...

    whose next term is below 1e-7 an event up to b = 6 and 1e-9 up to b = 4; the ln y are summed as the ln of a product.
    Measured on one core for 400 members x 1,517 combinations x 357 events: 1.5 ns for one of each (the twin: 40 ns).
    """
    scale = 2.0 * HALF_BIN * np.log(10.0)
    slope = -(magnitude - HALF_BIN - magnitude_min) / (2.0 * HALF_BIN) - 0.5
    low, high = bounds
    return _sums(
        np.ascontiguousarray(a, dtype=np.float64) * scale,
        np.ascontiguousarray(c, dtype=np.float64) * scale,
        np.ascontiguousarray(u, dtype=np.float64),
        np.ascontiguousarray(slope, dtype=np.float64),
        low * scale,
        high * scale,
    )


def log_likelihoods_slow(
    a: np.ndarray,
    c: np.ndarray,
    u: np.ndarray,
    magnitude: np.ndarray,
    magnitude_min: float,
    bounds: tuple[float, float] = (0.0, np.inf),
) -> np.ndarray:
    """The same as `log_likelihoods`, written as the law; its twin in the tests."""
    b = np.clip(a[None, :, None] + c[None, :, None] * u[:, None, :], *bounds)
    return log_probability(magnitude, b, magnitude_min).sum(axis=2)


@numba.njit(parallel=True, cache=True)
def _sums(a: np.ndarray, c: np.ndarray, u: np.ndarray, slope: np.ndarray, low: float, high: float) -> np.ndarray:
    """Sum over events of ln y + slope y + y^2/24 - ..., y = clip(a + c u); (member, combination).

    The innermost loop runs over combinations and adds to as many sums, so that it is done four or eight at a time.
    """
    members, events = u.shape
    out = np.empty((members, a.size))
    for member in numba.prange(members):
        total, product = np.empty(_BLOCK), np.empty(_BLOCK)
        for start in range(0, a.size, _BLOCK):
            size = min(_BLOCK, a.size - start)
            total[:] = 0.0
            for first in range(0, events, _PRODUCT):
                product[:] = 1.0
                for event in range(first, min(first + _PRODUCT, events)):
                    at, tilt = u[member, event], slope[event]
                    for i in range(size):
                        y = min(max(a[start + i] + c[start + i] * at, low), high)
                        square = y * y
                        series = _SECOND + square * (_FOURTH + square * (_SIXTH + square * _EIGHTH))
                        total[i] += y * tilt + square * series
                        product[i] *= y
                for i in range(size):
                    total[i] += np.log(product[i])
            for i in range(size):
                out[member, start + i] = total[i]
    return out
