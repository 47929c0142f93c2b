"""Coordinates of a field anywhere on earth: are they possible, and in which metric system distances are right.

    problems = check(x, y, "EPSG:32633", where="forecast.csv")      E102-E105, E503; [] when in order
    system = system_of(lon, lat)                                    RD New in the Netherlands, else one of the field
    x_m, y_m = to_system(x, y, "EPSG:32633", system)

Outside the Netherlands the system is the azimuthal equidistant projection around the middle of the field, on hundredths
of a degree: at 70 km from there distances are right to 3e-5 and north is up to within half a degree.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mijnrisico.data.readers import crs
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from pyproj import Transformer

Array = NDArray[np.float64]


def check(
    x: ArrayLike,
    y: ArrayLike,
    declared: str,
    *,
    where: str,
    places: Sequence[str] = (),
    setting: str,
) -> list[Problem]:
    """Say what is wrong with coordinates in a declared system; nothing is converted. Arguments as in `crs.check`.

    Returns:
        E102 without a system, E503 for one that does not exist and for points that it cannot hold. RD New is for the
        Netherlands: E104 and E105 as for any file there. Longitude and latitude that are places in the Netherlands
        when swapped, every one of them: E103.
    """
    east, north = (np.ravel(np.asarray(values, dtype=float)) for values in (x, y))
    given = np.flatnonzero(np.isfinite(east) & np.isfinite(north))
    first = given[np.unique(np.column_stack([east[given], north[given]]), axis=0, return_index=True)[1]]
    first.sort()  # a place of a forecast stands there once for every magnitude
    east, north, places = east[first], north[first], [places[int(i)] for i in first] if places else ()
    if not east.size or not declared or crs.known(declared) is None or crs.is_rd(declared):
        return crs.check(east, north, declared, where=where, places=places, setting=setting)
    lon, lat = to_lonlat(east, north, declared)
    if declared == crs.LONLAT and bool(crs.in_netherlands(*crs.to_rd(north, east)).all()):
        return crs.check(east, north, declared, where=where, places=places, setting=setting)
    wrong = np.flatnonzero(~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)))
    if not wrong.size:
        return []
    got = tuple(f"{east[i]:.10g}; {north[i]:.10g}" + (f" ({places[int(i)]})" if places else "") for i in wrong)
    expected = Phrase("exchange.place", {"system": crs.name_of(declared)})
    params = {"got": got, "expected": expected, "example": setting.format(crs="EPSG:32633")}
    return [Problem("E503", places[int(wrong[0])] if places else where, params)]


def system_of(lon: ArrayLike, lat: ArrayLike) -> str:
    """Return the metric system for points (degrees): RD New where all lie in the Netherlands, else one around them."""
    return crs.RD if bool(crs.in_netherlands(*crs.to_rd(lon, lat)).all()) else around(lon, lat)


def around(lon: ArrayLike, lat: ArrayLike) -> str:
    """Return the azimuthal equidistant system around the middle of points (degrees)."""
    degrees, north = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    angles = np.deg2rad(degrees)
    middle = np.rad2deg(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean()))  # also across 180 degrees
    return f"+proj=aeqd +lat_0={north.mean():.2f} +lon_0={middle:.2f} +datum=WGS84 +units=m"


def to_system(x: ArrayLike, y: ArrayLike, declared: str, system: str) -> tuple[Array, Array]:
    """Return points of a declared system, easting or longitude first, in another; infinite where that cannot be."""
    if crs.is_rd(system) or crs.is_rd(declared):
        return crs.to_rd(x, y, declared) if crs.is_rd(system) else crs.from_rd(x, y, system)
    converted = _transformer(declared, system).transform(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return np.asarray(converted[0], dtype=float), np.asarray(converted[1], dtype=float)


def to_lonlat(x: ArrayLike, y: ArrayLike, declared: str) -> tuple[Array, Array]:
    """Return longitude and latitude (degrees) of points in a system; what is already so stays as it is."""
    if declared == crs.LONLAT:
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return to_system(x, y, declared, crs.LONLAT)


@lru_cache(maxsize=64)
def _transformer(declared: str, system: str) -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(declared, system, always_xy=True)
