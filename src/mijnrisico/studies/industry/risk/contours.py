"""The line of equal individual risk on a grid: an area, or nothing where the risk stays below it everywhere.

"No contour" is an answer and not a circle of radius zero: `area` is then None. Between grid points the logarithm of the
risk is straight, on two triangles for each square. An area that reaches the edge of the grid is cut off there and says
so: the grid is too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FLOOR: Final = 1e-3
"""Share of the level that stands for less, also for no risk at all."""


@dataclass(frozen=True, slots=True)
class Contour:
    """Where the risk is at or above a level (1/year): an area in the metres of the grid, or None.

    `unknown` says why None, or the area, is no answer: the "grid" is too coarse (`needed_cell_m` would do), the "edge"
    of the grid comes too soon, or the rate of other causes, the "base", was not given.
    """

    level: float
    area: shapely.MultiPolygon | None
    cut_off: bool
    unknown: Literal["", "grid", "edge", "base"] = ""
    needed_cell_m: float | None = None

    @property
    def hectares(self) -> float:
        """Size of the area (ha); 0 without one."""
        return 0.0 if self.area is None else self.area.area / 1e4

    def farthest_m(self, x_m: float, y_m: float) -> float | None:
        """Distance (m) from a point to the farthest of the area; None without one."""
        if self.area is None:
            return None
        corners = shapely.get_coordinates(self.area)
        return float(np.hypot(corners[:, 0] - x_m, corners[:, 1] - y_m).max())


def contours(x_m: Array, y_m: Array, risk_per_year: Array, levels: Sequence[float]) -> tuple[Contour, ...]:
    """Areas at or above each level; `risk_per_year` (y, x) on ascending, evenly spaced coordinates."""
    return tuple(contour(x_m, y_m, risk_per_year, level) for level in levels)


def contour(x_m: Array, y_m: Array, risk_per_year: Array, level: float) -> Contour:
    """The area at or above one level."""
    above = risk_per_year >= level
    if not above.any():
        return Contour(level, None, cut_off=False)
    edge = above[0].any() or above[-1].any() or above[:, 0].any() or above[:, -1].any()
    height = np.log(np.maximum(risk_per_year / level, _FLOOR))
    height[above] = np.maximum(height[above], 1e-9)  # a point at the level itself belongs to the area
    x, y, height = _bordered(np.asarray(x_m, float), np.asarray(y_m, float), height)
    lines = np.atleast_1d(np.asarray(shapely.linestrings(_segments(x, y, height))))
    faces = shapely.get_parts(shapely.polygonize(lines))
    inside = [face for face in faces if _height_at(face.representative_point(), x, y, height) > 0.0]
    whole = shapely.union_all(inside)
    parts = [part for part in shapely.get_parts(whole) if isinstance(part, shapely.Polygon) and part.area > 0.0]
    return Contour(level, shapely.MultiPolygon(parts), cut_off=bool(edge))


def _bordered(x: Array, y: Array, height: Array) -> tuple[Array, Array, Array]:
    """The grid with a rim of low ground close around it, so that every line closes."""
    rim = 1e-6

    def wider(axis: Array) -> Array:
        step = rim * (axis[1] - axis[0])
        return np.concatenate([[axis[0] - step], axis, [axis[-1] + step]])

    return wider(x), wider(y), np.pad(height, 1, constant_values=np.log(_FLOOR))


def _segments(x: Array, y: Array, height: Array) -> Array:
    """Pieces of the line of height zero, (piece, 2, 2): one in each triangle that it crosses."""
    gx, gy = np.meshgrid(x, y)
    corner = {
        "sw": (slice(None, -1), slice(None, -1)),
        "se": (slice(None, -1), slice(1, None)),
        "nw": (slice(1, None), slice(None, -1)),
        "ne": (slice(1, None), slice(1, None)),
    }
    pieces = []
    for names in (("sw", "se", "ne"), ("sw", "nw", "ne")):
        h = np.stack([height[corner[name]].ravel() for name in names], axis=1)
        at = np.stack([np.stack([g[corner[name]].ravel() for g in (gx, gy)], axis=1) for name in names], axis=1)
        crossed = ((h > 0.0).any(axis=1)) & ((h <= 0.0).any(axis=1))
        h, at = h[crossed], at[crossed]
        high = h > 0.0
        alone = np.where(high.sum(axis=1) == 1, high.argmax(axis=1), (~high).argmax(axis=1))
        row = np.arange(alone.size)
        ends = []
        for turn in (1, 2):
            other = (alone + turn) % 3
            ends.append(_between(at[row, alone], h[row, alone], at[row, other], h[row, other]))
        pieces.append(np.stack(ends, axis=1))
    return np.concatenate(pieces)


def _between(a: Array, height_a: Array, b: Array, height_b: Array) -> Array:
    """Where an edge crosses zero; from its lower end whatever the order, so that neighbours meet in the same point."""
    swap = (height_a > height_b)[:, None]
    low, high = np.where(swap, b, a), np.where(swap, a, b)
    h_low, h_high = np.minimum(height_a, height_b), np.maximum(height_a, height_b)
    return low + (-h_low / (h_high - h_low))[:, None] * (high - low)


def _height_at(point: shapely.Point, x: Array, y: Array, height: Array) -> float:
    """Height at a point, on the triangles of `_segments`."""
    i = int(np.clip(np.searchsorted(x, point.x) - 1, 0, x.size - 2))
    j = int(np.clip(np.searchsorted(y, point.y) - 1, 0, y.size - 2))
    u, v = (point.x - x[i]) / (x[i + 1] - x[i]), (point.y - y[j]) / (y[j + 1] - y[j])
    sw, se, nw, ne = height[j, i], height[j, i + 1], height[j + 1, i], height[j + 1, i + 1]
    east, north = (se - sw, ne - se) if u >= v else (ne - nw, nw - sw)
    return float(sw + u * east + v * north)
