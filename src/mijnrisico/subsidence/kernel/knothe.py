"""Knothe: influence as a Gaussian, used above mines; horizontal motion in proportion to the slope (Budryk).

    u_z = dV/R^2 exp(-pi r^2/R^2),  R = c tan(phi)          phi: angle of influence from the vertical
    u_r = B du_z/dr,  B = `horizontal_share` R

The bowl holds what is lost. Spectrum: U = exp(-k^2 R^2/(4 pi))/(2 pi), V = -B k U.
"""

from functools import partial
from typing import Final

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.subsidence.kernel.record import Kernel

MODEL: Final = Model(
    name="knothe",
    role="kernel",
    predicts={"surface_motion": "m"},
    needs={"volume_loss": "m3", "source_depth": "m", "influence_angle": "deg"},
    valid={},
    source="Knothe's Gaussian influence function as in TNO report TNO2022_R11962, its radius corrected to c tan(phi); "
    "Budryk's horizontal motion",
    departs="the share of the radius in the horizontal motion, 0.35, is from memory and not checked against a source; "
    "it is a setting",
)
HORIZONTAL_SHARE: Final = 0.35
"""B/R of the horizontal motion. From memory ("0.3 to 0.4"), not checked."""
REACH: Final = 3.6
"""Distance in R from which the kernel is taken as zero: exp(-pi 3.6^2) = 2e-18."""


def kernel(depth_m: float, *, angle_deg: float, horizontal_share: float = HORIZONTAL_SHARE) -> Kernel:
    """The kernel of a point at `depth_m` with an angle of influence of `angle_deg` from the vertical, 0 to 90.

    >>> import numpy as np
    >>> print(f"{float(kernel(3000.0, angle_deg=45.0).vertical(np.array(0.0))):.9e}")
    1.111111111e-07
    """
    radius = depth_m * float(np.tan(np.radians(angle_deg)))
    budryk = horizontal_share * radius
    return Kernel(
        "knothe",
        depth_m,
        1.0,
        partial(_vertical, radius=radius),
        partial(_tilt, radius=radius, factor=budryk),
        partial(_tilt, radius=radius),
        partial(_curvature, radius=radius),
        partial(_curvature, radius=radius, factor=budryk),
        partial(_spectrum, radius=radius),
        partial(_radial_spectrum, radius=radius, factor=budryk),
        reach_m=REACH * radius,
    )


def _vertical(r: np.ndarray, *, radius: float) -> np.ndarray:
    return np.exp(-np.pi * np.square(np.asarray(r, dtype=float) / radius)) / radius**2


def _tilt(r: np.ndarray, *, radius: float, factor: float = 1.0) -> np.ndarray:
    return -2.0 * np.pi * factor * np.asarray(r) / radius**2 * _vertical(r, radius=radius)


def _curvature(r: np.ndarray, *, radius: float, factor: float = 1.0) -> np.ndarray:
    square = np.square(np.asarray(r, dtype=float) / radius)
    return 2.0 * np.pi * factor / radius**2 * (2.0 * np.pi * square - 1.0) * _vertical(r, radius=radius)


def _spectrum(k: np.ndarray, *, radius: float) -> np.ndarray:
    return np.exp(-np.square(np.asarray(k, dtype=float) * radius) / (4.0 * np.pi)) / (2.0 * np.pi)


def _radial_spectrum(k: np.ndarray, *, radius: float, factor: float) -> np.ndarray:
    return -factor * np.asarray(k) * _spectrum(k, radius=radius)
