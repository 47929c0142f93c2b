"""Many kernels at the same points: sources collapsed on distance once, then a member is one small product.

A kernel is read from a table in t = ln sqrt(1 + r^2/L^2), as the polynomial through eight nodes (`hankel`). So the sum
over sources is linear in the values at the nodes, with weights that do not depend on the kernel:

    sum_s V_s K(r_ps) = sum_n W_pn K(r_n)

W is made once from points, sources and volumes. A member with another depth, Poisson's ratio, basement or model needs
its kernel at some two hundred distances. Nothing is interpolated between members: each has its own kernel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from mijnrisico.subsidence.field import surface
from mijnrisico.subsidence.field.surface import DIRECTIONS, QUANTITIES
from mijnrisico.subsidence.kernel import Kernel, hankel


@dataclass(frozen=True, slots=True)
class Collapsed:
    """Sources seen from points: for every part of a quantity the weights (node, point * map) of its function."""

    quantity: str
    distances_m: np.ndarray
    weights: tuple[np.ndarray, ...]
    shape: tuple[int, int]

    def at(self, kernels: Sequence[Kernel]) -> np.ndarray:
        """The quantity (member, point, map) for the kernel of each member."""
        total = np.zeros((len(kernels), self.shape[0] * self.shape[1]))
        for (name, _, _), weights in zip(QUANTITIES[self.quantity].parts, self.weights, strict=True):
            table = np.array([surface.even(each, name, self.distances_m) for each in kernels])
            total += table @ weights
        return total.reshape(-1, *self.shape)


def collapse(
    x: np.ndarray,
    y: np.ndarray,
    source_x: np.ndarray,
    source_y: np.ndarray,
    volume_m3: np.ndarray,
    shallowest: Kernel,
    quantity: str = "subsidence",
    *,
    cell_m: float = 0.0,
) -> Collapsed:
    """Collapse sources with volumes (map, source) [m3] on their distance to the points x, y (point,).

    All sources are at one depth, which may differ between members; `shallowest` is the kernel of the member with the
    least: it sets the steps of distance and, for cells of `cell_m`, the points that stand for a cell.

    >>> import numpy as np
    >>> from mijnrisico.subsidence.kernel import Settings, build
    >>> kernels = [build(Settings(basement_m=base), 3000.0) for base in (4500.0, 6000.0)]
    >>> seen = collapse(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1), np.ones((1, 1)), kernels[0])
    >>> print(np.round(1e8 * seen.at(kernels)[:, 0, 0], 6))
    [3.259999 2.750139]
    """
    x, y, source_x, source_y = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (x, y, source_x, source_y))
    volume = np.ascontiguousarray(np.asarray(volume_m3, dtype=float).T)
    length = surface.length_m(shallowest)
    places, shares = surface.subpoints(cell_m, shallowest)
    span = (max(x.max(), source_x.max()) - min(x.min(), source_x.min()) + cell_m) ** 2
    span += (max(y.max(), source_y.max()) - min(y.min(), source_y.min()) + cell_m) ** 2
    distances = hankel.nodes_m(length, float(np.sqrt(span)))
    to_nodes = hankel.table_operator(len(distances))
    made = []
    for _, direction, sign in QUANTITIES[quantity].parts:
        code = DIRECTIONS.index(direction)
        args = (x, y, source_x, source_y, volume, places, shares, length**-2, len(distances) - 1, code)
        moments = _moments(*args).reshape(x.size * volume.shape[1], -1)
        made.append(sign * (moments @ to_nodes).T)
    return Collapsed(quantity, distances, tuple(made), (x.size, volume.shape[1]))


@numba.njit(cache=True, nogil=True)
def _moments(
    x: np.ndarray,
    y: np.ndarray,
    source_x: np.ndarray,
    source_y: np.ndarray,
    volume: np.ndarray,
    places: np.ndarray,
    shares: np.ndarray,
    scale: float,
    pieces: int,
    direction: int,
) -> np.ndarray:
    """Sums over the sources of volume times powers of the fraction of a step (point, map, piece, power)."""
    found = np.zeros((x.size, volume.shape[1], pieces, hankel.ORDER))
    half = 0.5 / hankel.STEP
    for p in range(x.size):
        for s in range(source_x.size):
            for i in range(places.size):
                dx = x[p] - source_x[s] + places[i]
                for j in range(places.size):
                    dy = y[p] - source_y[s] + places[j]
                    square = dx * dx + dy * dy
                    at = half * np.log(1.0 + square * scale)
                    piece = min(int(at), pieces - 1)
                    part = at - piece
                    weight = shares[i] * shares[j]
                    if direction == 1:
                        weight *= dx
                    elif direction == 2:
                        weight *= dy
                    elif direction == 3:
                        weight *= dx * dx / square if square > 0.0 else 1.0
                    elif direction == 4:
                        weight *= dy * dy / square if square > 0.0 else 0.0
                    elif direction == 5:
                        weight *= dx * dy / square if square > 0.0 else 0.0
                    for m in range(volume.shape[1]):
                        if volume[s, m] != 0.0:
                            term = weight * volume[s, m]
                            for power in range(hankel.ORDER):
                                found[p, m, piece, power] += term
                                term *= part
    return found
