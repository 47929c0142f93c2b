"""The Gutenberg-Richter law in bins of 0.1, as catalogues that round magnitudes to 0.1 need it."""

import numpy as np

MAGNITUDES = np.round(np.arange(1.5, 6.55, 0.1), 1)
"""Bin centres of every forecast; (51,)."""
HALF_BIN = 0.05


def log_probability(magnitude: np.ndarray, b: np.ndarray, magnitude_min: float) -> np.ndarray:
    """Natural log of the probability that a rounded magnitude is observed, without an upper bound.

    ln [10^(-b (m - h - m0)) - 10^(-b (m + h - m0))] with h = 0.05; exact for rounded magnitudes, where the density at
    the rounded value (Aki 1965) is 0.4 % off in b. Arguments broadcast.
    """
    beta = b * np.log(10.0)
    return -beta * (magnitude - HALF_BIN - magnitude_min) + np.log(-np.expm1(-2.0 * HALF_BIN * beta))


def bin_probability(b: np.ndarray, magnitude_max: float, magnitude_min: float) -> np.ndarray:
    """Probability of each bin of `MAGNITUDES` under the law between the two bounds; (..., 51), sums to one.

    The bin that holds `magnitude_max` keeps the part of its mass below it; bins below `magnitude_min` have none.
    """
    beta = np.asarray(b, dtype=float)[..., None] * np.log(10.0)
    lower = np.clip(MAGNITUDES - HALF_BIN, magnitude_min, magnitude_max) - magnitude_min
    upper = np.clip(MAGNITUDES + HALF_BIN, magnitude_min, magnitude_max) - magnitude_min
    mass = np.exp(-beta * lower) * -np.expm1(-beta * (upper - lower))
    return mass / -np.expm1(-beta * (magnitude_max - magnitude_min))
