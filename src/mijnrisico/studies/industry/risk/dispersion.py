"""Dispersion of a neutral gas from a continuous source: a Gaussian plume that the ground reflects.

    C = Q / (2 pi u sy sz) exp(-y^2 / (2 sy^2)) [exp(-(z - h)^2 / (2 sz^2)) + exp(-(z + h)^2 / (2 sz^2))]

with the rural sigmas of Briggs by stability class, x in m:

    sy = ay x / sqrt(1 + 1e-4 x)        sz = az x (1 + bz x)^cz

Limits: 100 m to 10 km downwind, flat open country, a source that lasts longer than the travel time. A heavy gas
(chlorine, propane, cold ammonia) spreads lower and wider near the source: it needs a dense-gas model
(Britter-McQuaid), which is not here; the plume says too little beside the axis and too much on it.
"""

import math
from collections.abc import Mapping
from typing import Final, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Stability = Literal["A", "B", "C", "D", "E", "F"]
CLASSES: Final[tuple[Stability, ...]] = get_args(Stability)

SOURCE: Final = "Briggs, G.A. (1973), Diffusion estimation for small emissions, doi:10.2172/5118833; rural"
LIMITS_M: Final = (100.0, 10_000.0)
"""Distances downwind between which the sigmas hold."""
MG_PER_KG: Final = 1e6

SIGMAS: Final[Mapping[Stability, tuple[float, float, float, float]]] = {
    "A": (0.22, 0.20, 0.0, 0.0),
    "B": (0.16, 0.12, 0.0, 0.0),
    "C": (0.11, 0.08, 2e-4, -0.5),
    "D": (0.08, 0.06, 1.5e-3, -0.5),
    "E": (0.06, 0.03, 3e-4, -1.0),
    "F": (0.04, 0.016, 3e-4, -1.0),
}
"""ay, az, bz, cz of each class."""


@njit(cache=True, nogil=True)
def sigma_y(x, ay):
    """Horizontal standard deviation of the plume (m) at x m downwind."""
    return ay * x / math.sqrt(1.0 + 1e-4 * x)


@njit(cache=True, nogil=True)
def sigma_z(x, az, bz, cz):
    """Vertical standard deviation of the plume (m) at x m downwind."""
    return az * x * (1.0 + bz * x) ** cz


def sigmas(x_m: ArrayLike, stability: Stability) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Horizontal and vertical standard deviation (m) at distances downwind (m)."""
    x = np.asarray(x_m, float)
    ay, az, bz, cz = SIGMAS[stability]
    return ay * x / np.sqrt(1.0 + 1e-4 * x), az * x * (1.0 + bz * x) ** cz


def concentration_mg_m3(
    rate_kg_s: float,
    wind_m_s: float,
    stability: Stability,
    x_m: ArrayLike,
    y_m: ArrayLike = 0.0,
    *,
    receptor_m: float = 1.0,
    source_m: float = 0.0,
) -> NDArray[np.float64]:
    """Concentration (mg/m3) at x downwind and y across (m), at a height, from a source at a height; 0 upwind."""
    x, y = np.broadcast_arrays(np.asarray(x_m, float), np.asarray(y_m, float))
    down = np.where(x > 0.0, x, 1.0)
    sy, sz = sigmas(down, stability)
    across = np.exp(-0.5 * (y / sy) ** 2)
    up = np.exp(-0.5 * ((receptor_m - source_m) / sz) ** 2) + np.exp(-0.5 * ((receptor_m + source_m) / sz) ** 2)
    found = MG_PER_KG * rate_kg_s / (2.0 * math.pi * wind_m_s * sy * sz) * across * up
    return np.where(x > 0.0, found, 0.0)
