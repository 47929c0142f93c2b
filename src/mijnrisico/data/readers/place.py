"""Points of a user's file in RD New: checked against what was declared, converted where that is needed."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from mijnrisico.errors import Problem

if TYPE_CHECKING:
    from pyproj import Transformer

RD_NEW: Final = "EPSG:28992"
LON_LAT: Final = "EPSG:4326"
PAIRS: Final = (("x_rd", "y_rd"), ("lon", "lat"), ("x", "y"))
"""Columns in which places may stand; x, y need a coordinate system beside them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Easting and northing in RD New (m), and what is wrong with them."""

    x: np.ndarray
    y: np.ndarray
    problems: tuple[Problem, ...]


@cache
def transformer(source: str, target: str = RD_NEW) -> "Transformer":
    """Return the conversion between two coordinate systems, easting or longitude first."""
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


RD_X_M: Final = (-7_000.0, 300_000.0)
RD_Y_M: Final = (289_000.0, 629_000.0)
_LON: Final = (3.0, 8.0)
_LAT: Final = (50.0, 54.5)
_LOOKS_LIKE: Final = (
    (RD_NEW, RD_X_M, RD_Y_M),
    (LON_LAT, _LON, _LAT),
    ("EPSG:32631", (4.8e5, 8.5e5), (5.6e6, 6.1e6)),
    ("EPSG:32632", (1.0e5, 4.2e5), (5.6e6, 6.1e6)),
    ("EPSG:3857", (3.3e5, 8.2e5), (6.5e6, 7.2e6)),
)
"""Ranges that the Netherlands and its part of the North Sea take in the coordinate systems met in practice."""


def guess(x: np.ndarray, y: np.ndarray) -> str:
    """Name the coordinate system whose range most of the points fit, or return an empty text."""
    fits = {name: np.mean(_between(x, east) & _between(y, north)) for name, east, north in _LOOKS_LIKE}
    best = max(fits, key=lambda name: fits[name])
    return best if fits[best] > 0.5 else ""


def to_rd(x: np.ndarray, y: np.ndarray, pair: tuple[str, str], declared: str, where: str) -> Placed:
    """Convert points, given as one of `PAIRS`, to RD New.

    Reported: E102 no coordinate system for x, y (with the one they fit), E103 longitude and latitude swapped, E104
    numbers that do not fit what was declared. Points that could not be read (NaN) stay so.
    """
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return Placed(x, y, ())
    source = {"x_rd": RD_NEW, "lon": LON_LAT}.get(pair[0], declared)
    seen = guess(x[known], y[known])
    got = f"{x[known][0]:g}, {y[known][0]:g}"
    if not source:
        return Placed(x, y, (Problem("E102", where, {"got": got, "guess": seen or "–"}),))
    ranges = {name: (east, north) for name, east, north in _LOOKS_LIKE}
    if source in ranges and (wrong := _misfit(x[known], y[known], source, seen, ranges[source])):
        return Placed(x, y, (Problem(wrong, where, {"got": got, "crs": source, "guess": seen or "–"}),))
    if source == RD_NEW:
        return Placed(x, y, ())
    east, north = transformer(source).transform(x, y)
    return Placed(np.where(known, east, np.nan), np.where(known, north, np.nan), ())


def _misfit(x: np.ndarray, y: np.ndarray, source: str, seen: str, ranges: tuple) -> str:
    """Return the code of what is wrong: half of the points or more far from where the system puts the Netherlands."""
    if seen == source or np.mean(_near(x, ranges[0]) & _near(y, ranges[1])) > 0.5:
        return ""
    return "E103" if source == LON_LAT and np.mean(_between(x, _LAT) & _between(y, _LON)) > 0.5 else "E104"


def _between(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return (values >= limits[0]) & (values <= limits[1])


def _near(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Within the range or half its width beside it: a catalogue may reach beyond the border."""
    margin = (limits[1] - limits[0]) / 2.0
    return _between(values, (limits[0] - margin, limits[1] + margin))
