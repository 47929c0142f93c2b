"""Sources at many depths: a few planes between which kernels are interpolated, and how well that does.

A kernel is an analytic function of its depth, so that the polynomial through its values at Chebyshev depths converges
by a factor for each plane. The error is measured, not estimated: in between the planes, against the kernel itself.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mijnrisico.subsidence.kernel import Kernel, Settings, build

TOLERANCE: Final = 1e-8
MOST_PLANES: Final = 24


@dataclass(frozen=True, slots=True)
class Planes:
    """Depths [m] (plane,) whose kernels stand for all, and the largest error as a share of the largest subsidence."""

    depths_m: np.ndarray
    error: float

    def weights(self, depth_m: np.ndarray) -> np.ndarray:
        """Weights (plane, ...) of the planes for depths in between; they sum to one."""
        depth_m = np.asarray(depth_m, dtype=float)
        away = depth_m - self.depths_m.reshape(-1, *(1,) * depth_m.ndim)
        found = np.ones_like(away)
        for one in range(len(self.depths_m)):
            for other in range(len(self.depths_m)):
                if other != one:
                    found[one] *= away[other] / (self.depths_m[one] - self.depths_m[other])
        return found


def planes(depth_m: np.ndarray, settings: Settings, most_exact: int) -> Planes:
    """The planes for sources at depths [m] of any shape: the depths themselves where they are at most `most_exact`.

    Otherwise Chebyshev depths between the least and the largest, as many as take the error below 1e-8.
    """
    own = np.unique(depth_m)
    if len(own) <= most_exact:
        return Planes(own, 0.0)
    middle, half = 0.5 * (own[-1] + own[0]), 0.5 * (own[-1] - own[0])
    found = Planes(own[[0, -1]], np.inf)
    for count in range(3, MOST_PLANES + 1):
        nodes = np.cos(np.pi * (np.arange(count) + 0.5) / count)[::-1]
        found = _measured(middle + half * nodes, np.array([own[0], middle - 0.37 * half, middle, own[-1]]), settings)
        if found.error < TOLERANCE:
            break
    return found


def kernels(found: Planes, settings: Settings) -> list[Kernel]:
    """The kernel of each plane."""
    return [build(settings, float(depth)) for depth in found.depths_m]


def _measured(depths_m: np.ndarray, between: np.ndarray, settings: Settings) -> Planes:
    r = between[0] * np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.5, 4.0])
    raw = Planes(depths_m, 0.0)
    at_planes = np.array([each.vertical(r) for each in kernels(raw, settings)])
    exact = np.array([build(settings, float(depth)).vertical(r) for depth in between])
    away = np.abs(raw.weights(between).T @ at_planes - exact)
    return Planes(depths_m, float(np.max(away) / np.max(exact)))
