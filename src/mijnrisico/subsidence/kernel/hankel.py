"""From a spectrum to a function of distance: Hankel transforms, tabulated once and read at any distance.

A kernel that is known by its spectra U(k) and V(k) is needed at millions of distances. Five integrals give its
values at some two hundred of them:

    u_z   = int k U J0(kr) dk              u_r/r = int k^2 V J1(kr)/(kr) dk
    u_z'/r = -int k^3 U J1(kr)/(kr) dk     u_z'' = -int k^3 U (J0 - J1/(kr)) dk     u_r' = int k^2 V (J0 - J1/(kr)) dk

Each is an even function of r, and smooth in t = ln sqrt(1 + r^2/L^2), in which a kernel at depth L falls by a power of
exp(-t): equal steps of t and the polynomial through the eight nearest nodes read it back. The integrals are sums
over Gauss-Legendre panels that follow the fastest oscillation asked for; the Bessel functions depend on k L and r/L
only, so that kernels of another depth use the same matrix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Literal, get_args

import numpy as np
from scipy.special import j0, j1

STEP: Final = 1.0 / 64.0
"""Distance of the nodes in t."""
ORDER: Final = 8
"""Nodes of a polynomial."""
MIDDLE: Final = ORDER // 2 - 1
"""Nodes before a piece, but near the ends."""
K_MAX: Final = 46.0
"""Largest k L: what is left out is exp(-46) = 1e-20 times a power of k L."""
NODES: Final = 32
"""Gauss-Legendre nodes of a panel; it holds for 60 radians."""

Function = Callable[[np.ndarray], np.ndarray]
Name = Literal["vertical", "radial_over_r", "tilt_over_r", "curvature", "strain"]
BLOCK: Final = 8192
"""Distances read at a time, so that they stay in the cache."""

FUNCTIONS: Final[tuple[Name, ...]] = get_args(Name)
"""What is tabulated, in this order; all even in r."""
TAIL_POWERS: Final[dict[Name, float]] = dict(zip(FUNCTIONS, (3.0, 3.0, 5.0, 5.0, 3.0), strict=True))
"""How a half space lets them fall far away: as r to the minus this."""
PER_LENGTH: Final[dict[Name, int]] = dict(zip(FUNCTIONS, (2, 3, 4, 4, 3), strict=True))
"""Their dimension is 1/m to this power."""


@dataclass(frozen=True, slots=True)
class Table:
    """One even function of r: polynomials (piece, ORDER) in the fraction of a step of t, and what it does beyond.

    Beyond `reach_m` it is (`far` + `farther`/r^2) r^-`power`; both zero where the function ends there.
    """

    length_m: float
    pieces: np.ndarray
    reach_m: float
    power: float = 0.0
    far: float = 0.0
    farther: float = 0.0

    def __call__(self, r: np.ndarray) -> np.ndarray:
        """Values at distances r [m], in the shape of r."""
        r = np.asarray(r, dtype=float)
        flat, columns = r.ravel(), np.ascontiguousarray(self.pieces.T)
        found = np.empty(flat.size)
        for begin in range(0, flat.size, BLOCK):
            part = slice(begin, begin + BLOCK)
            found[part] = self._read(flat[part], columns)
        return found.reshape(r.shape)

    def _read(self, r: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Values at some distances (r,), with the coefficients of one power in a row of `columns` (ORDER, piece)."""
        square = r * r
        at = np.log(1.0 + square * self.length_m**-2)
        at *= 0.5 / STEP
        piece = np.minimum(at.astype(np.intp), len(self.pieces) - 1)
        at -= piece
        found = columns[-1].take(piece)
        for column in columns[-2::-1]:
            found *= at
            found += column.take(piece)
        if r.size and r.max() >= self.reach_m:
            beyond = r >= self.reach_m
            found[beyond] = (self.far + self.farther / square[beyond]) * r[beyond] ** -self.power
        return found


def nodes_m(length_m: float, reach_m: float) -> np.ndarray:
    """Distances [m] at equal steps of t = ln sqrt(1 + r^2/length^2), from 0 to at least `reach_m`."""
    last = 0.5 * np.log1p((reach_m / length_m) ** 2)
    steps = max(ORDER, int(np.ceil(last / STEP)))
    return length_m * np.sqrt(np.expm1(2.0 * STEP * np.arange(steps + 1)))


def table(length_m: float, values: np.ndarray, power: float = 0.0) -> Table:
    """The table of an even function with `values` (node,) at `nodes_m(length_m, ...)`.

    With a `power` the last nodes are continued as (A + B/r^2) r^-power; without, the function ends at the last node.
    """
    nodes, place = _stencils(len(values))
    around = values[nodes]
    pieces = around @ _lagrange()[MIDDLE].T
    for near_end in (*range(MIDDLE), *range(len(pieces) - MIDDLE, len(pieces))):
        pieces[near_end] = _lagrange()[place[near_end]] @ around[near_end]
    r = length_m * np.sqrt(np.expm1(2.0 * STEP * (len(values) - 1 - np.array([ORDER, 0]))))
    if power == 0.0:
        return Table(length_m, pieces, float(r[1]))
    scaled = values[[-1 - ORDER, -1]] * r**power
    farther = (scaled[0] - scaled[1]) / (r[0] ** -2 - r[1] ** -2)
    return Table(length_m, pieces, float(r[1]), power, float(scaled[1] - farther * r[1] ** -2), float(farther))


def table_operator(count: int) -> np.ndarray:
    """The matrix (piece * power, node) that makes the polynomials of `table` from `count` values."""
    made = np.zeros((count - 1, ORDER, count))
    for piece, (nodes, place) in enumerate(zip(*_stencils(count), strict=True)):
        made[piece][:, nodes] = _lagrange()[place]
    return made.reshape(-1, count)


def transform(
    name: Name,
    spectrum: Function,
    radial_spectrum: Function,
    length_m: float,
    reach: float,
) -> np.ndarray:
    """One of `FUNCTIONS` at the distances `nodes_m(length_m, reach length_m)` (node,).

    The spectra must fall like exp(-k length_m) or faster. The error is about 1e-15 of the largest value.
    """
    x, weight, bessel0, bessel1 = _matrices(reach)
    k = x / length_m
    found = weight * k / length_m * (radial_spectrum if name in ("radial_over_r", "strain") else spectrum)(k)
    match name:
        case "vertical":
            return bessel0 @ found
        case "radial_over_r":
            return bessel1 @ (k * found)
        case "tilt_over_r":
            return bessel1 @ (-k * k * found)
        case "curvature":
            bent = k * k * found
            return bessel1 @ bent - bessel0 @ bent
        case _:
            stretched = k * found
            return bessel0 @ stretched - bessel1 @ stretched


def functions(tables: Callable[[Name], Table]) -> tuple[Function, Function, Function, Function, Function]:
    """u_z, u_r, tilt, curvature and strain of r, in the order of the record of a kernel; tables are made when read."""
    radial, tilt = (partial(_odd, tables, name) for name in ("radial_over_r", "tilt_over_r"))
    vertical, curvature, strain = (partial(_even, tables, name) for name in ("vertical", "curvature", "strain"))
    return vertical, radial, tilt, curvature, strain


def panels(end: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss-Legendre on `count` equal panels of [0, end]."""
    x, weight = np.polynomial.legendre.leggauss(NODES)
    width = end / count
    nodes = width * (np.arange(count)[:, None] + 0.5 * (x + 1.0))
    return nodes.ravel(), np.tile(0.5 * width * weight, count)


@lru_cache(maxsize=4)
def _matrices(reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nodes k L and their weights (k,), and J0(kr) and J1(kr)/(kr) (r, k), for r to `reach` L."""
    x, weight = panels(K_MAX, max(8, int(np.ceil(K_MAX * reach / 56.0))))
    phase = nodes_m(1.0, reach)[:, None] * x
    over = np.full_like(phase, 0.5)
    np.divide(j1(phase), phase, out=over, where=phase > 0.0)
    return x, weight, j0(phase), over


@lru_cache(maxsize=256)
def _stencils(count: int) -> tuple[np.ndarray, np.ndarray]:
    """For each piece between `count` nodes its eight nodes (piece, ORDER), and the place of the piece among them."""
    number = np.arange(count - 1)
    first = np.clip(number - MIDDLE, 0, count - ORDER)
    return first[:, None] + np.arange(ORDER), number - first


@lru_cache(maxsize=1)
def _lagrange() -> np.ndarray:
    """Coefficients (place, power, node) of the polynomial through ORDER nodes, counted from node number `place`."""
    made = np.empty((ORDER, ORDER, ORDER))
    for place in range(ORDER):
        made[place] = np.linalg.inv(np.vander(np.arange(ORDER) - float(place), increasing=True))
    return made


def _even(tables: Callable[[Name], Table], name: Name, r: np.ndarray) -> np.ndarray:
    return tables(name)(r)


def _odd(tables: Callable[[Name], Table], name: Name, r: np.ndarray) -> np.ndarray:
    return r * tables(name)(r)
