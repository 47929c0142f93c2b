"""Exceedance curves: the level at a return period, and weighted fractiles over branches.

A curve is an annual rate of exceedance that falls with the level. Between its points ln level is a monotone cubic of
ln rate (Hermite, slopes of Fritsch and Butland 1984, doi:10.1137/0905021), so a level is at or above a point of the
grid exactly when the rate there is at or above the wanted rate.
"""

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

_ROUNDING = 1e-12


@njit(cache=True)
def _slope(h0: float, d0: float, h1: float, d1: float) -> float:
    """Slope at a point between two steps of lengths h with secants d; zero at a turn."""
    if d0 * d1 <= 0.0:
        return 0.0
    w0, w1 = 2.0 * h1 + h0, h1 + 2.0 * h0
    return (w0 + w1) / (w0 / d0 + w1 / d1)


@njit(cache=True)
def _end_slope(h0: float, d0: float, h1: float, d1: float) -> float:
    """Slope at an end of the curve whose first step is h0, d0 and second h1, d1: three-point formula, limited."""
    slope = ((2.0 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    if slope * d0 <= 0.0:
        return 0.0
    if d0 * d1 <= 0.0 and abs(slope) > 3.0 * abs(d0):
        return 3.0 * d0
    return slope


@njit(cache=True)
def ln_level_in_cell(ln_levels, rates, cell, ln_rate):
    """ln level where the curve meets `ln_rate`, inside the cell rates[cell] >= rate > rates[cell + 1].

    `ln_levels` ascending and `rates` descending, (level,). A point with rate zero or equal to its neighbour is left
    out of the slopes. This is the scalar kernel behind `return_level`.
    """
    n = ln_levels.size
    y0, y1 = np.log(rates[cell]), np.log(max(rates[cell + 1], 1e-300))
    x0, x1 = ln_levels[cell], ln_levels[cell + 1]
    h = y1 - y0
    if h == 0.0:
        return x0
    d = (x1 - x0) / h
    has_before = cell > 0 and rates[cell - 1] > rates[cell]
    has_after = cell + 2 < n and 0.0 < rates[cell + 2] < rates[cell + 1]
    before_h = before_d = after_h = after_d = 0.0
    if has_before:
        before_h = y0 - np.log(rates[cell - 1])
        before_d = (x0 - ln_levels[cell - 1]) / before_h
    if has_after:
        after_h = np.log(rates[cell + 2]) - y1
        after_d = (ln_levels[cell + 2] - x1) / after_h
    if has_before:
        s0 = _slope(before_h, before_d, h, d)
    elif has_after:
        s0 = _end_slope(h, d, after_h, after_d)
    else:
        s0 = d
    if has_after:
        s1 = _slope(h, d, after_h, after_d)
    elif has_before:
        s1 = _end_slope(h, d, before_h, before_d)
    else:
        s1 = d
    t = (ln_rate - y0) / h
    t2, t3 = t * t, t * t * t
    return (
        (2.0 * t3 - 3.0 * t2 + 1.0) * x0
        + (t3 - 2.0 * t2 + t) * h * s0
        + (3.0 * t2 - 2.0 * t3) * x1
        + (t3 - t2) * h * s1
    )


@njit(cache=True)
def ln_return_level(ln_levels, rates, rate):
    """ln level at which the curve falls through `rate`: -inf below the first level, +inf above the last."""
    n = ln_levels.size
    cell = 0
    while cell < n and rates[cell] >= rate:
        cell += 1
    if cell == 0:
        return -np.inf
    if cell == n:
        return np.inf
    return ln_level_in_cell(ln_levels, rates, cell - 1, np.log(rate))


def return_level(levels: ArrayLike, rates: ArrayLike, return_period_yr: float) -> NDArray[np.float64]:
    """Level with annual rate of exceedance 1 / return period, for curves `rates` (..., level).

    -inf where even the lowest level is exceeded less often, inf where the highest is exceeded more often.
    """
    ln_levels = np.log(np.asarray(levels, float))
    curves = np.asarray(rates, float)
    flat = curves.reshape(-1, curves.shape[-1])
    found = np.array([ln_return_level(ln_levels, curve, 1.0 / return_period_yr) for curve in flat])
    values = np.where(np.isneginf(found), -np.inf, np.exp(found))
    return values.reshape(curves.shape[:-1])


def weighted_fractile(values: ArrayLike, weights: ArrayLike, fractiles: ArrayLike) -> NDArray[np.float64]:
    """Smallest value whose cumulative weight reaches each fractile, (fractile,); ties share their weight.

    No interpolation between branches: a fractile of a discrete tree is the value of one of its branches.
    """
    values, weights = np.ravel(np.asarray(values, float)), np.ravel(np.asarray(weights, float))
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    wanted = np.atleast_1d(np.asarray(fractiles, float)) * cumulative[-1] - _ROUNDING
    return values[order][np.minimum(np.searchsorted(cumulative, wanted), values.size - 1)]
