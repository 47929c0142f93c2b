"""Geertsma (1973): a nucleus of strain in a homogeneous elastic half space, and exact bodies of it.

With c the depth, nu Poisson's ratio, R^2 = r^2 + c^2 and dV the volume lost:

    u_z = (1 - nu)/pi dV c/R^3        u_r = -(1 - nu)/pi dV r/R^3

The bowl holds 2 (1 - nu) dV: 1.5 times the volume lost at nu = 0.25, because nothing below holds the ground up.
A disc and a rectangle of uniform compaction have closed forms; a polygon has one too, see `polygon`.
"""

from functools import partial
from typing import Final

import numpy as np
from scipy.special import ellipkm1, elliprd, elliprj

from mijnrisico.core.model import Model
from mijnrisico.subsidence.kernel.hankel import Name
from mijnrisico.subsidence.kernel.record import Kernel

MODEL: Final = Model(
    name="geertsma",
    role="kernel",
    predicts={"surface_motion": "m"},
    needs={"volume_loss": "m3", "source_depth": "m", "poisson": "1"},
    valid={"poisson": (0.0, 0.5)},
    source="Geertsma (1973), doi:10.2118/3730-PA",
    departs="none",
)


def kernel(depth_m: float, *, poisson: float = 0.25) -> Kernel:
    """The kernel of a point at `depth_m` in a half space.

    >>> import numpy as np
    >>> k = kernel(3000.0)
    >>> print(f"{float(k.vertical(np.array(0.0))):.12e}")
    2.652582384865e-08
    """
    front = (1.0 - poisson) / np.pi
    return Kernel(
        "geertsma",
        depth_m,
        2.0 * (1.0 - poisson),
        partial(_vertical, depth_m=depth_m, front=front),
        partial(_radial, depth_m=depth_m, front=front),
        partial(_tilt, depth_m=depth_m, front=front),
        partial(_curvature, depth_m=depth_m, front=front),
        partial(_strain, depth_m=depth_m, front=front),
        partial(_spectrum, depth_m=depth_m, front=front),
        partial(_spectrum, depth_m=depth_m, front=-front),
    )


def disc(r: np.ndarray, radius_m: float, depth_m: float, poisson: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    """Subsidence and outward motion [m per m of compaction] at distance r [m] from the axis of a compacting disc.

    u_z = 2 (1 - nu) a int J1(ka) J0(kr) e^{-kc} dk and u_r = -2 (1 - nu) a int J1(ka) J1(kr) e^{-kc} dk, in complete
    elliptic integrals (after Eason, Noble and Sneddon 1955):

        m = 4ar/((a+r)^2 + c^2),  n = 4ar/(a+r)^2,  t = c/sqrt((a+r)^2 + c^2)
        a I_10 = step(a - r) - t/pi [K(m) + (a-r)/(a+r) Pi(n|m)],   I_11 = [(2-m) K - 2E]/(pi sqrt(m a r))

    with step 1, 1/2, 0 for r below, at and above a. K - E and Pi - K are taken as Carlson's R_D and R_J.

    >>> import numpy as np
    >>> print(np.round(disc(np.array([0.0, 2000.0]), 5000.0, 3000.0)[0], 6))
    [0.728256 0.676176]
    """
    r, a, c = np.asarray(r, dtype=float), radius_m, depth_m
    around = (a + r) ** 2 + c**2
    rest = ((a - r) ** 2 + c**2) / around  # 1 - m
    m = 4.0 * a * r / around
    k = ellipkm1(rest)
    beside = ((a - r) / (a + r)) ** 2  # 1 - n
    third = k + (1.0 - beside) / 3.0 * elliprj(0.0, rest, 1.0, np.where(beside > 0.0, beside, 1.0))
    inside = np.where(beside > 0.0, (a - r) / (a + r) * third, 0.0)
    step = np.heaviside(a - r, 0.5)
    vertical = 2.0 * (1.0 - poisson) * (step - c / np.sqrt(around) / np.pi * (k + inside))
    off = r > 1e-3 * min(a, c)
    bent = np.sqrt(m) * (2.0 / 3.0 * elliprd(0.0, rest, 1.0) - k) / (np.pi * np.sqrt(a * np.where(off, r, 1.0)))
    near = a * r / 2.0 * (a / np.hypot(a, c) ** 3) * (1.0 - 0.375 * r**2 * (4.0 * c**2 - a**2) / np.hypot(a, c) ** 4)
    return vertical, -2.0 * (1.0 - poisson) * np.where(off, a * bent, near)


def rectangle(
    x: np.ndarray, y: np.ndarray, edges_m: tuple[float, float, float, float], depth_m: float, poisson: float = 0.25
) -> np.ndarray:
    """Subsidence [m per m of compaction] at x, y [m] above a rectangle with edges (west, south, east, north).

    u_z = (1 - nu)/pi [F(x2,y2) - F(x1,y2) - F(x2,y1) + F(x1,y1)], F = atan(xy/(c sqrt(x^2 + y^2 + c^2))), edges
    seen from the point: the solid angle of the rectangle.
    """
    west, south, east, north = edges_m

    def corner(dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
        return np.arctan2(dx * dy, depth_m * np.sqrt(dx**2 + dy**2 + depth_m**2))

    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    seen = corner(east - x, north - y) - corner(west - x, north - y)
    seen += corner(west - x, south - y) - corner(east - x, south - y)
    return (1.0 - poisson) / np.pi * seen


def even(name: Name, r: np.ndarray, depth_m: float, poisson: float) -> np.ndarray:
    """One of `hankel.FUNCTIONS`: u_z, u_r/r, u_z'/r, u_z'' or u_r'."""
    front = (1.0 - poisson) / np.pi
    if name == "radial_over_r":
        return -_vertical(r, depth_m=depth_m, front=front) / depth_m
    if name == "tilt_over_r":
        return -3.0 * _vertical(r, depth_m=depth_m, front=front) / (np.square(r) + depth_m**2)
    return {"vertical": _vertical, "curvature": _curvature, "strain": _strain}[name](r, depth_m=depth_m, front=front)


def _vertical(r: np.ndarray, *, depth_m: float, front: float) -> np.ndarray:
    square = np.square(r) + depth_m**2
    return front * depth_m / (square * np.sqrt(square))


def _radial(r: np.ndarray, *, depth_m: float, front: float) -> np.ndarray:
    square = np.square(r) + depth_m**2
    return -front * r / (square * np.sqrt(square))


def _tilt(r: np.ndarray, *, depth_m: float, front: float) -> np.ndarray:
    square = np.square(r) + depth_m**2
    return -3.0 * front * depth_m * r / (square**2 * np.sqrt(square))


def _curvature(r: np.ndarray, *, depth_m: float, front: float) -> np.ndarray:
    square = np.square(r) + depth_m**2
    return -3.0 * front * depth_m * (5.0 * depth_m**2 - 4.0 * square) / (square**3 * np.sqrt(square))


def _strain(r: np.ndarray, *, depth_m: float, front: float) -> np.ndarray:
    square = np.square(r) + depth_m**2
    return -front * (3.0 * depth_m**2 - 2.0 * square) / (square**2 * np.sqrt(square))


def _spectrum(k: np.ndarray, *, depth_m: float, front: float) -> np.ndarray:
    return front * np.exp(-np.asarray(k, dtype=float) * depth_m)
