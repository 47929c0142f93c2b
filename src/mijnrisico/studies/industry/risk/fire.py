"""Heat of a fire, from a point: a pool or a jet that radiates a share of its heat to all sides.

    Q = m'' A dHc  (pool)   or   m dHc  (jet)          heat of burning (W)
    q = chi Q / (4 pi r^2)                              heat flux at a distance r from the source (W/m2)

A point in the middle of the pool at its ground, no wind, no absorption by the air: beyond some pool diameters that is
fair and on the safe side, close to the flame it is not. Whoever stands in the pool is counted as dead.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pool_power_w(diameter_m: float, burning_kg_m2_s: float, heat_of_combustion_j_kg: float) -> float:
    """Heat of a burning pool (W)."""
    return 0.25 * math.pi * diameter_m**2 * burning_kg_m2_s * heat_of_combustion_j_kg


def jet_power_w(rate_kg_s: float, heat_of_combustion_j_kg: float) -> float:
    """Heat of a burning jet (W)."""
    return rate_kg_s * heat_of_combustion_j_kg


def heat_flux_w_m2(power_w: float, radiated: float, distance_m: ArrayLike) -> NDArray[np.float64]:
    """Heat flux (W/m2) at distances (m) of a source that radiates this share of its power; inf at the source."""
    with np.errstate(divide="ignore"):
        return radiated * power_w / (4.0 * math.pi * np.asarray(distance_m, float) ** 2)


def distance_to_flux_m(power_w: float, radiated: float, flux_w_m2: float) -> float:
    """Distance (m) at which the heat flux has fallen to a value (W/m2)."""
    return math.sqrt(radiated * power_w / (4.0 * math.pi * flux_w_m2))
