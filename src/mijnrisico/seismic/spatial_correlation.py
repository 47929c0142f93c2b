"""How alike the motions of one earthquake are at two sites: the correlation of within-event residuals with distance.

    rho(h) = exp(-3 h / b)                                                       (20)
    b = 8.5 + 17.2 T for T < 1 s (17), 22.0 + 3.7 T from 1 s (19)                [km]

with T the period in s, 0 for PGA. This is case 1 of Jayaram and Baker (2009), page 1700: ground that varies from site
to site. Their case 2, sites on like ground, has b = 40.7 - 15.0 T below 1 s: a record would speak for a wider area.
At h = b the correlation is 5 %. Another length can be given; 0 makes every site independent of the others.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mijnrisico.core.model import Model
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

MODEL = Model(
    name="jayaram_baker_2009",
    role="motion",
    predicts={"correlation": ""},
    needs={"distance": "km", "period": "s"},
    valid={"period_s": (0.0, 10.0)},
    source="Jayaram, N. and Baker, J.W. (2009), Correlation model for spatially distributed ground-motion intensities, "
    "Earthquake Engineering and Structural Dynamics 38(15), 1687-1708, eq. 17, 19 and 20",
    departs="made for tectonic earthquakes of California and Taiwan; here for induced ones, at the reference horizon",
)


def length_km(measure: str) -> float:
    """Distance b (km) at which the correlation of "PGA" or "SA(0.3)" has fallen to exp(-3) = 5 %.

    Raises `InputError` E503 for another measure (PGV): the source has no equation for it.
    """
    if measure == "PGA":
        period = 0.0
    elif measure.startswith("SA("):
        period = float(measure[3:-1])
    else:
        params = {"got": "–", "expected": Phrase("shake.length_needed", {"measure": measure}), "example": "8.5"}
        raise InputError(Problem("E503", "--correlation-length", params))
    return 8.5 + 17.2 * period if period < 1.0 else 22.0 + 3.7 * period


def correlation(distance_km: ArrayLike, b_km: float) -> NDArray[np.float64]:
    """exp(-3 h/b) for distances h (km), any shape; for b = 0 one at zero distance and zero elsewhere."""
    h = np.asarray(distance_km, float)
    return np.exp(-3.0 * h / b_km) if b_km > 0.0 else (h == 0.0).astype(float)
