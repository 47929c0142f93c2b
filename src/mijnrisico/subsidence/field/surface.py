"""What is asked at the surface, as parts: a function of distance times a function of direction.

`subsidence` is positive down, `east` and `north` positive to the east and north, `tilt` and `curvature` are first and
second derivatives of the subsidence, `strain` is of the horizontal motion, extension positive. With dx, dy from the
source to the point, r their length and cos = dx/r, sin = dy/r:

    east = dx u_r/r      curvature_xx = cos^2 u_z'' + sin^2 u_z'/r      curvature_xy = cos sin (u_z'' - u_z'/r)
    tilt_x = dx u_z'/r   strain_xx = cos^2 u_r' + sin^2 u_r/r           strain_xy = cos sin (u_r' - u_r/r)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import numpy as np

from mijnrisico.subsidence.kernel import hankel
from mijnrisico.subsidence.kernel.record import Kernel

Part = tuple[hankel.Name, str, float]
"""A function of distance (`hankel.FUNCTIONS`), one of direction (`DIRECTIONS`) and a sign."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: unit, name in words, its parts, and whether it changes sign with x and with y."""

    units: str
    long_name: str
    parts: tuple[Part, ...]
    odd_in_x: bool = False
    odd_in_y: bool = False


def _second(
    units: str, what: str, along: hankel.Name, across: hankel.Name
) -> dict[str, tuple[str, str, tuple[Part, ...]]]:
    return {
        "xx": (units, f"{what}, xx", ((along, "cos2", 1.0), (across, "sin2", 1.0))),
        "xy": (units, f"{what}, xy", ((along, "cossin", 1.0), (across, "cossin", -1.0))),
        "yy": (units, f"{what}, yy", ((along, "sin2", 1.0), (across, "cos2", 1.0))),
    }


_CURVATURE: Final = _second("1/m", "curvature", "curvature", "tilt_over_r")
_STRAIN: Final = _second("1", "horizontal strain, extension positive", "strain", "radial_over_r")

QUANTITIES: Final[dict[str, Quantity]] = {
    "subsidence": Quantity("m", "subsidence", (("vertical", "one", 1.0),)),
    "east": Quantity("m", "motion to the east", (("radial_over_r", "dx", 1.0),), odd_in_x=True),
    "north": Quantity("m", "motion to the north", (("radial_over_r", "dy", 1.0),), odd_in_y=True),
    "tilt_x": Quantity("1", "slope of the subsidence to the east", (("tilt_over_r", "dx", 1.0),), odd_in_x=True),
    "tilt_y": Quantity("1", "slope of the subsidence to the north", (("tilt_over_r", "dy", 1.0),), odd_in_y=True),
    "curvature_xx": Quantity(*_CURVATURE["xx"]),
    "curvature_xy": Quantity(*_CURVATURE["xy"], odd_in_x=True, odd_in_y=True),
    "curvature_yy": Quantity(*_CURVATURE["yy"]),
    "strain_xx": Quantity(*_STRAIN["xx"]),
    "strain_xy": Quantity(*_STRAIN["xy"], odd_in_x=True, odd_in_y=True),
    "strain_yy": Quantity(*_STRAIN["yy"]),
}
DIRECTIONS: Final = ("one", "dx", "dy", "cos2", "sin2", "cossin")

SQUARE: Final = 0.4
"""Largest square cell, in `length_m` of the kernel, whose average is read from two tables."""
MANY: Final = 4000
"""Places from which on tables are made."""
TURNING: Final = 1e-8
"""B(r) of a square cell below which, as a share of A(0), the average is taken as the same in every direction."""
SUBPOINT_ERROR: Final = 5e-7
MOST_SUBPOINTS: Final = 16


def values(kernel: Kernel, dx: np.ndarray, dy: np.ndarray, quantity: str) -> np.ndarray:
    """A quantity per m3 lost at a point, at dx east and dy north of it [m]; arrays that broadcast."""
    return several(kernel, dx, dy, (quantity,))[quantity]


def several(kernel: Kernel, dx: np.ndarray, dy: np.ndarray, quantities: Sequence[str]) -> dict[str, np.ndarray]:
    """`values` of quantities, by name: each function of distance and of direction is read once for all of them."""
    square = np.square(dx) + np.square(dy)
    r = np.sqrt(square)
    radial = cache(lambda name: even(kernel, name, r))
    turned = cache(lambda name: _direction(name, dx, dy, square))
    found: dict[str, np.ndarray] = {}
    for quantity in quantities:
        total = None
        for name, direction, sign in QUANTITIES[quantity].parts:
            part = radial(name)
            if direction != "one":
                part = sign * part * turned(direction)
            total = part if total is None else total + part
        assert total is not None
        found[quantity] = total
    return found


def cell_average(
    kernel: Kernel, dx: np.ndarray, dy: np.ndarray, quantity: str, cell_m: tuple[float, float]
) -> np.ndarray:
    """`values` averaged over a cell of `cell_m` (width, height) around the source: the volume is spread over it.

    Gauss-Legendre points, so many that the error is below 5e-7 of the largest value (`subpoints`); cells of zero are
    points. Of subsidence over square cells the average is A(r) + B(r) cos(4 theta), but for a part of cos(8 theta) that
    is below 2e-8 of the largest value for cells up to `SQUARE`: two tables, where it is asked at many places.
    """
    width, height = cell_m
    if quantity == "subsidence" and 0.0 < width == height <= SQUARE * length_m(kernel):
        square = np.square(dx) + np.square(dy)
        if square.size > MANY:
            return _square_average(kernel, dx, dy, square, width)
    return _by_points(kernel, dx, dy, quantity, cell_m)


def _by_points(
    kernel: Kernel, dx: np.ndarray, dy: np.ndarray, quantity: str, cell_m: tuple[float, float]
) -> np.ndarray:
    places, weights = zip(*(subpoints(each, kernel) for each in cell_m), strict=True)
    total = None
    for x, wx in zip(places[0], weights[0], strict=True):
        for y, wy in zip(places[1], weights[1], strict=True):
            part = wx * wy * values(kernel, dx + x, dy + y, quantity)
            total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    return total


def _square_average(kernel: Kernel, dx: np.ndarray, dy: np.ndarray, square: np.ndarray, cell_m: float) -> np.ndarray:
    """A(r) + B(r) cos(4 theta) of `cell_average`, from the averages at nodes due east and north-east of the cell."""
    length = length_m(kernel)
    r = hankel.nodes_m(length, 1.001 * float(np.sqrt(square.max())))
    straight, slanting = (
        _by_points(kernel, each * r, (1.0 - each**2) ** 0.5 * r, "subsidence", (cell_m, cell_m))
        for each in (1.0, 0.5**0.5)
    )
    turning = 0.5 * (straight - slanting)
    distance = np.sqrt(square)
    found = hankel.table(length, 0.5 * (straight + slanting))(distance)
    if np.abs(turning).max() > TURNING * straight[0]:
        product = np.square(dx) * np.square(dy)
        cosine = np.divide(-8.0 * product, np.square(square), out=np.zeros_like(product), where=square > 0.0)
        found += hankel.table(length, turning)(distance) * (1.0 + cosine)
    return found


def subpoints(cell_m: float, kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
    """Places [m] from the centre of a cell along one side, and weights that sum to one.

    n points leave 2 f_(2n+2)/f_2 (n!)^4/((2n+1) (2n)!^3) (h/L)^2n of the curvature above the source, the most delicate
    quantity, with f the derivatives of (1 + x^2)^(-3/2) and L = `length_m`.
    """
    if cell_m == 0.0:
        return np.zeros(1), np.ones(1)
    length = length_m(kernel)
    left, n = np.inf, 1
    while left > SUBPOINT_ERROR and n < MOST_SUBPOINTS:
        n += 1
        left = _left_by(n) * (cell_m / length) ** (2 * n)
    x, weight = np.polynomial.legendre.leggauss(n)
    return 0.5 * cell_m * x, 0.5 * weight


def length_m(kernel: Kernel) -> float:
    """How sharp a kernel is: sqrt(3 u_z/|u_z''|) at r = 0, in a half space the depth."""
    zero = np.zeros(1)
    return float(np.sqrt(3.0 * np.abs(kernel.vertical(zero) / kernel.curvature(zero)))[0])


def even(kernel: Kernel, name: hankel.Name, r: np.ndarray) -> np.ndarray:
    """One of `hankel.FUNCTIONS` of a kernel; what is divided by r has its limit at r = 0."""
    if not name.endswith("_over_r"):
        return getattr(kernel, name)(r)
    odd, limit = (kernel.radial, kernel.strain) if name == "radial_over_r" else (kernel.tilt, kernel.curvature)
    r = np.asarray(r, dtype=float)
    found = np.divide(odd(r), r, out=np.empty_like(r), where=r > 0.0)
    if not np.all(r > 0.0):
        found[r == 0.0] = limit(np.zeros(1))[0]
    return found


def merged(kernels: Sequence[Kernel], weights: Sequence[float] | np.ndarray, reach_m: float) -> Kernel:
    """One kernel for sources below each other that lose volume in the proportion of `weights`, good to `reach_m`.

    Their sum is tabulated on the nodes of the shallowest; the error is that of any table, 1e-9 of the peak at most.
    """
    made: dict[str, hankel.Table] = {}
    pairs = list(zip(kernels, weights, strict=True))
    length = length_m(min(kernels, key=lambda each: each.depth_m))

    def table(name: hankel.Name) -> hankel.Table:
        if name not in made:
            r = hankel.nodes_m(length, 1.001 * reach_m)
            made[name] = hankel.table(length, np.sum([w * even(k, name, r) for k, w in pairs], axis=0))
        return made[name]

    def summed(name: str, k: np.ndarray) -> np.ndarray:
        return np.sum([w * getattr(each, name)(k) for each, w in pairs], axis=0)

    volume = float(np.dot(weights, [each.bowl_volume for each in kernels]))
    spectra = partial(summed, "spectrum"), partial(summed, "radial_spectrum")
    return Kernel(kernels[0].model, length, volume, *hankel.functions(table), *spectra, reach_m=reach_m)


def spread(kernel: Kernel, cell_m: float, reach_m: float) -> Kernel:
    """The kernel of a volume that is spread over a square cell, as a function of distance alone, good to `reach_m`.

    Of two directions, along the sides and along the diagonal, whose mean has no part that goes as the cosine of four
    times the direction: what the shape of the cell still does beside that is left out. It is the first thing that a
    square has and a disc has not: (cell/depth)^4 of the peak times about 1e-2, 1e-5 for 500 m at 3 km.
    """
    made: dict[str, hankel.Table] = {}
    sides, length = (cell_m, cell_m), kernel.depth_m
    r = hankel.nodes_m(length, 1.001 * reach_m)
    straight, diagonal = (r, np.zeros_like(r)), (r / np.sqrt(2.0), r / np.sqrt(2.0))

    def second(name: str, sign: float) -> np.ndarray:
        """A second derivative along (sign 1) or across (sign -1) the line from the source."""
        own = cell_average(kernel, *straight, f"{name}_{'xx' if sign > 0.0 else 'yy'}", sides)
        xx, xy = (cell_average(kernel, *diagonal, f"{name}_{which}", sides) for which in ("xx", "xy"))
        return 0.5 * (own + xx + sign * xy)

    def table(name: hankel.Name) -> hankel.Table:
        if name not in made:
            match name:
                case "vertical":
                    both = (cell_average(kernel, *at, "subsidence", sides) for at in (straight, diagonal))
                    found = 0.5 * np.add(*both)
                case "curvature" | "strain":
                    found = second(name, 1.0)
                case "tilt_over_r" | "radial_over_r":
                    found = second("curvature" if name == "tilt_over_r" else "strain", -1.0)
            made[name] = hankel.table(length, found)
        return made[name]

    spectra = kernel.spectrum, kernel.radial_spectrum
    return Kernel(kernel.model, length, kernel.bowl_volume, *hankel.functions(table), *spectra, reach_m=reach_m)


def _direction(name: str, dx: np.ndarray, dy: np.ndarray, square: np.ndarray) -> np.ndarray:
    """A function of direction; above the source, where it has none, that of a point to the east."""
    if name in ("dx", "dy"):
        return dx if name == "dx" else dy
    product = {"cos2": (dx, dx), "sin2": (dy, dy), "cossin": (dx, dy)}[name]
    safe = np.where(square > 0.0, square, 1.0)
    found = product[0] * product[1] / safe
    return np.where(square > 0.0, found, 1.0) if name == "cos2" else found


def _left_by(n: int) -> float:
    """The factor of `subpoints` for n points."""
    order = np.arange(1, 2 * n + 3)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(order))])
    half = np.sum(np.log(np.arange(n + 1) + 1.5)) - log_factorial[n + 1]  # |binomial(-3/2, n+1)|
    derivative = half + log_factorial[2 * n + 2] - np.log(3.0)
    gauss = 4.0 * log_factorial[n] - np.log(2 * n + 1) - 3.0 * log_factorial[2 * n]
    return float(2.0 * np.exp(derivative + gauss))
