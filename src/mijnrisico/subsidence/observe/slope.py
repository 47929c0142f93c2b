"""The chance that a slope is steeper than a limit: the length of a vector of two normal parts, exactly.

Turned to the principal axes of its covariance the parts x and y are independent, and

    P(|(x, y)| <= L) = Int_{-L}^{L} f_x(x) [F_y(sqrt(L^2 - x^2)) - F_y(-sqrt(L^2 - x^2))] dx

which Gauss-Legendre takes in the angle, x = L sin(t), where the integrand is smooth. The length of the mean vector, or
the part along it, would say too little: both parts scatter.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mijnrisico.subsidence.observe.update import Mixture

Array = NDArray[np.float64]

_NODES: Final = 400
_SMALLEST: Final = 1e-6
"""Of the limit: a spread below it counts as this, so that the integrand stays within reach of the nodes."""


def steeper(mean: Array, covariance: Array, limit: float) -> float:
    """Return P(|v| >= limit) of a normal v with a mean (2,) and a covariance (2, 2).

    >>> round(steeper(np.zeros(2), np.eye(2), 1.0), 6)  # exp(-1/2)
    0.606531
    """
    value, axes = np.linalg.eigh(covariance)
    own, sd = axes.T @ mean, np.sqrt(np.maximum(value, 0.0))
    sd = np.maximum(sd, _SMALLEST * limit)
    own, sd = own[::-1], sd[::-1]  # the wide part is integrated over
    if sd[0] < 0.02 * limit:  # too narrow for nodes over the whole circle: nodes where it lies
        at, weight = np.polynomial.hermite_e.hermegauss(64)
        x = own[0] + sd[0] * at
        weight = weight / weight.sum()
    else:
        node, weight = np.polynomial.legendre.leggauss(_NODES)
        turn = 0.5 * np.pi * node
        x = limit * np.sin(turn)
        density = np.exp(-0.5 * ((x - own[0]) / sd[0]) ** 2) / (sd[0] * np.sqrt(2.0 * np.pi))
        weight = 0.5 * np.pi * weight * limit * np.cos(turn) * density
    inside = np.abs(x) <= limit
    half = np.sqrt(np.maximum(limit**2 - x**2, 0.0))
    within = ndtr((half - own[1]) / sd[1]) - ndtr((-half - own[1]) / sd[1])
    return float(np.clip(1.0 - np.sum(weight * within * inside), 0.0, 1.0))


def exceeding(mixture: Mixture, east: list[Array], north: list[Array], limit: float) -> float:
    """Return the chance that the slope is at least `limit`: rows (amplitude,) of its two parts for each branch."""
    chances = []
    for a, b, one in zip(east, north, mixture.posteriors, strict=True):
        chances.append(steeper(*one.of(np.stack([a, b])), limit))
    return float(mixture.weights @ np.array(chances))
