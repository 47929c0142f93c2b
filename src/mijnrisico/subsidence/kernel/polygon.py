"""A polygon of uniform compaction in a half space, exactly: its solid angle, and the lines of its edges.

With s the compaction [m] of a flat polygon at depth c and R the distance from the point at the surface:

    u_z = (1-nu)/pi s Omega,                  Omega = int c dA/R^3, the solid angle of the polygon
    (u_x, u_y) = -(1-nu)/pi s sum over edges of n int dl/R          n: outward normal of the edge

Omega is a sum over edges of the signed triangles that they make with the foot of the point (Van Oosterom and Strackee
1983); int dl/R is ln[(R1 + R2 + l)/(R1 + R2 - l)] along an edge of length l. No grid, no error but rounding; holes and
several parts are polygons like any other. Kernel and disc: `geertsma`.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import shapely
from shapely.geometry.polygon import orient

BLOCK: Final = 1_000_000
"""Points times vertices at a time."""


def solid_angle(x: np.ndarray, y: np.ndarray, shape: shapely.Geometry, depth_m: float) -> np.ndarray:
    """Solid angle [sr] at x, y [m] at the surface of a (multi)polygon at `depth_m`, in the shape of x.

    >>> import numpy as np, shapely
    >>> print(f"{solid_angle(np.array([0.0]), np.array([0.0]), shapely.box(-1e9, -1e9, 1e9, 1e9), 1.0)[0]:.6f}")
    6.283185
    """
    return _summed(x, y, shape, depth_m, _triangles)[..., 0]


def subsidence(
    x: np.ndarray, y: np.ndarray, shape: shapely.Geometry, depth_m: float, poisson: float = 0.25
) -> np.ndarray:
    """Subsidence [m per m of compaction] at x, y [m], in the shape of x."""
    return (1.0 - poisson) / np.pi * solid_angle(x, y, shape, depth_m)


def horizontal(
    x: np.ndarray, y: np.ndarray, shape: shapely.Geometry, depth_m: float, poisson: float = 0.25
) -> tuple[np.ndarray, np.ndarray]:
    """Motion to the east and to the north [m per m of compaction] at x, y [m], in the shape of x."""
    found = (poisson - 1.0) / np.pi * _summed(x, y, shape, depth_m, _edges)
    return found[..., 0], found[..., 1]


def _summed(
    x: np.ndarray,
    y: np.ndarray,
    shape: shapely.Geometry,
    depth_m: float,
    of_edges: Callable[[np.ndarray, np.ndarray, float], np.ndarray],
) -> np.ndarray:
    """What `of_edges` gives (..., part), summed over all edges of the shape."""
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    starts, ends = _edges_of(shape)
    parts = []
    step = max(1, BLOCK // max(1, len(starts)))
    for begin in range(0, x.size, step):
        points = np.stack([x.ravel()[begin : begin + step], y.ravel()[begin : begin + step]], axis=1)
        parts.append(of_edges(starts - points[:, None], ends - points[:, None], depth_m))
    return np.concatenate(parts).reshape(*x.shape, -1)


def _triangles(start: np.ndarray, end: np.ndarray, c: float) -> np.ndarray:
    """Signed solid angles of the triangles foot-start-end (point, 1); start and end (point, edge, 2) from the foot."""
    to_start, to_end = (np.sqrt(np.sum(each**2, axis=-1) + c**2) for each in (start, end))
    turn = start[..., 0] * end[..., 1] - start[..., 1] * end[..., 0]
    along = np.sum(start * end, axis=-1) + c**2
    return np.sum(2.0 * np.arctan2(turn, to_start * to_end + c * (to_start + to_end) + along), axis=1, keepdims=True)


def _edges(start: np.ndarray, end: np.ndarray, c: float) -> np.ndarray:
    """Sums over the edges of the outward normal times int dl/R (point, 2)."""
    both = sum(np.sqrt(np.sum(each**2, axis=-1) + c**2) for each in (start, end))
    along = end - start
    length = np.sqrt(np.sum(along**2, axis=-1))
    integral = 2.0 * np.arctanh(length / both) / length
    return np.stack([np.sum(integral * along[..., 1], axis=1), -np.sum(integral * along[..., 0], axis=1)], axis=1)


def _edges_of(shape: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Begin and end of every edge (edge, 2): the area to the left of each, also around holes."""
    starts, ends = [np.empty((0, 2))], [np.empty((0, 2))]
    for part in map(orient, shapely.get_parts(shape)):
        for ring in (part.exterior, *part.interiors):
            corners = shapely.get_coordinates(ring)
            kept = np.any(corners[1:] != corners[:-1], axis=1)
            starts.append(corners[:-1][kept])
            ends.append(corners[1:][kept])
    return np.concatenate(starts), np.concatenate(ends)
