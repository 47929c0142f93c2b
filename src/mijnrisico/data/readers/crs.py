"""Coordinates of a user: are they what they are said to be, and if not, what do they look like?

    problems = check(x, y, "EPSG:28992", where="sites.csv")     E102-E105, [] when in order
    x_rd, y_rd = to_rd(x, y, "EPSG:25831")                      RD New, metres
    problems = apart(x_rd, y_rd, box, ...)                      E106: two layers that do not meet

A guess is a reading under which the points lie in the Netherlands. It is named with what to do about it and never
applied: the user says which it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

RD: Final = "EPSG:28992"
LONLAT: Final = "EPSG:4326"
RD_X_M: Final = (-7_000.0, 300_000.0)
RD_Y_M: Final = (289_000.0, 629_000.0)
"""Where RD New is meant to be used: the Netherlands and its coast."""

Box = tuple[float, float, float, float]  # xmin, ymin, xmax, ymax
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """A way to read two columns: its name in the messages (`crs.names`), the system, order and factor to metres."""

    name: str
    crs: str
    swapped: bool = False
    factor: float = 1.0


READINGS: Final = (
    Reading("rd", RD),
    Reading("lonlat", LONLAT),
    Reading("rd_swapped", RD, swapped=True),
    Reading("latlon", LONLAT, swapped=True),
    Reading("rd_km", RD, factor=1000.0),
    Reading("utm31", "EPSG:25831"),
    Reading("utm32", "EPSG:25832"),
    Reading("web_mercator", "EPSG:3857"),
    Reading("utm31_swapped", "EPSG:25831", swapped=True),
    Reading("utm32_swapped", "EPSG:25832", swapped=True),
    Reading("laea", "EPSG:3035"),
    Reading("rd_old", "EPSG:28991"),
)


def check(
    x: ArrayLike,
    y: ArrayLike,
    declared: str = "",
    *,
    where: str = "",
    places: Sequence[str] = (),
    setting: str = "--crs {crs}",
) -> list[Problem]:
    """Say what is wrong with coordinates that are declared to be in a system; nothing is converted.

    Args:
        x, y: as they stand in the file, easting or longitude first; any shape, NaN is passed over.
        declared: `EPSG:28992`, or anything else pyproj reads; empty when nobody said (E102).
        where: the file, shown as the place.
        places: the place of each point instead (`file.csv:7`), in the order of the flattened arrays.
        setting: how the user declares a system here, with `{crs}` for its code.

    Returns:
        E102 without a system, E503 for a system that does not exist, E103 and E104 for points that lie in the
        Netherlands when read otherwise (with the guess), E105 for points that lie outside it in every reading.
    """
    east, north = (np.ravel(np.asarray(values, dtype=float)) for values in (x, y))
    given = np.isfinite(east) & np.isfinite(north)
    if not given.any():
        return []
    if not declared:
        return [_undeclared(east[given], north[given], where, setting)]
    if known(declared) is None:
        expected = Phrase("crs.expected")
        return [Problem("E503", where, {"got": declared, "expected": expected, "example": setting.format(crs=RD)})]
    wrong = given & ~in_netherlands(*to_rd(east, north, declared))
    if not wrong.any():
        return []
    guess, fits = _guess(east, north, wrong & ((east != 0.0) | (north != 0.0)), declared)
    problems: list[Problem] = []
    if guess is not None:
        spot, got = _examples(east, north, fits, where, places)
        params = {"got": got, "n": int(fits.sum()), "declared": name_of(declared), **_remedy(guess, setting)}
        code = "E103" if guess.name == "latlon" and _geographic(declared) else "E104"
        problems.append(Problem(code, spot, params))
    if (outside := wrong & ~fits).any():
        spot, got = _examples(east, north, outside, where, places)
        params = {"got": got, "n": int(outside.sum()), "declared": name_of(declared)}
        problems.append(Problem("E105", spot, params))
    return problems


def guess(x: ArrayLike, y: ArrayLike) -> Reading | None:
    """Return the first reading under which every point lies in the Netherlands, or None."""
    east, north = (np.ravel(np.asarray(values, dtype=float)) for values in (x, y))
    given = np.isfinite(east) & np.isfinite(north)
    if not given.any():
        return None
    return next((reading for reading in READINGS if _fits(reading, east[given], north[given]).all()), None)


def to_rd(x: ArrayLike, y: ArrayLike, declared: str = LONLAT) -> tuple[Array, Array]:
    """Return RD New easting and northing (m) of coordinates in a system, x (or longitude) first.

    What cannot be converted becomes infinite. Raises `pyproj.exceptions.CRSError` for a system that does not exist.
    """
    east, north = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if is_rd(declared):
        return east, north
    converted = _transformer(declared).transform(east, north)
    return np.asarray(converted[0], dtype=float), np.asarray(converted[1], dtype=float)


def from_rd(x_rd: ArrayLike, y_rd: ArrayLike, declared: str = LONLAT) -> tuple[Array, Array]:
    """Return coordinates in a system, x (or longitude) first, of points in RD New (m); as `to_rd`, the other way."""
    x, y = np.asarray(x_rd, dtype=float), np.asarray(y_rd, dtype=float)
    if is_rd(declared):
        return x, y
    converted = _transformer(declared).transform(x, y, direction="INVERSE")
    return np.asarray(converted[0], dtype=float), np.asarray(converted[1], dtype=float)


def in_netherlands(x_rd: ArrayLike, y_rd: ArrayLike) -> NDArray[np.bool_]:
    """Say for each point in RD New (m) whether it lies where RD New is meant to be used."""
    x, y = np.asarray(x_rd, dtype=float), np.asarray(y_rd, dtype=float)
    return (x >= RD_X_M[0]) & (x <= RD_X_M[1]) & (y >= RD_Y_M[0]) & (y <= RD_Y_M[1])


def apart(
    x_rd: ArrayLike, y_rd: ArrayLike, area: Box, *, what: object, other: object, where: str, margin_m: float = 0.0
) -> list[Problem]:
    """Return E106 when no point lies in or within `margin_m` of `area` (both in RD New, m); shows both boxes.

    `what` and `other` name the two layers: a text or a `Phrase`.
    """
    x, y = (np.ravel(np.asarray(values, dtype=float)) for values in (x_rd, y_rd))
    x, y = x[np.isfinite(x) & np.isfinite(y)], y[np.isfinite(x) & np.isfinite(y)]
    near = (x >= area[0] - margin_m) & (x <= area[2] + margin_m) & (y >= area[1] - margin_m) & (y <= area[3] + margin_m)
    if x.size == 0 or near.any():
        return []
    own = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    params = {"a": what, "b": other, "box_a": _box(own), "box_b": _box(area)}
    return [Problem("E106", where, params)]


def name_of(declared: str) -> object:
    """Return what to call a system in a sentence: its public name where there is one, else its code."""
    reading = next((r for r in READINGS if r.crs == declared and not r.swapped and r.factor == 1.0), None)
    return declared if reading is None else Phrase(f"crs.names.{reading.name}")


@lru_cache(maxsize=64)
def known(declared: str) -> "CRS | None":
    """Return the system that a text names, or None."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(declared)
    except CRSError:
        return None


@lru_cache(maxsize=64)
def is_rd(declared: str) -> bool:
    """Say whether x and y in a system are those of RD New, as in EPSG:7415 (RD New with heights in NAP)."""
    flat, rd = _flat(declared), known(RD)
    return declared == RD or (flat is not None and rd is not None and flat.equals(rd))


def _flat(declared: str) -> "CRS | None":
    """Return the horizontal part of a system: of x and y, without heights."""
    crs = known(declared)
    return crs.sub_crs_list[0] if crs is not None and crs.is_compound else crs


@lru_cache(maxsize=64)
def _transformer(declared: str) -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(_flat(declared) or declared, RD, always_xy=True)


def _geographic(declared: str) -> bool:
    crs = _flat(declared)
    return crs is not None and crs.is_geographic


def _fits(reading: Reading, x: Array, y: Array) -> NDArray[np.bool_]:
    """Say for each point whether it lies in the Netherlands when read so; metres are never this few."""
    first, second = (y, x) if reading.swapped else (x, y)
    with np.errstate(over="ignore"):
        first, second = first * reading.factor, second * reading.factor
    inside = in_netherlands(*to_rd(first, second, reading.crs))
    in_metres = reading.crs != LONLAT and reading.factor == 1.0
    return inside & (np.maximum(np.abs(x), np.abs(y)) >= 1000.0) if in_metres else inside


def _guess(x: Array, y: Array, wrong: NDArray[np.bool_], declared: str) -> tuple[Reading | None, NDArray[np.bool_]]:
    """Return the reading that brings most of the wrong points, and at least half, into the Netherlands; and which."""
    best: Reading | None = None
    fits = np.zeros(x.shape, dtype=bool)
    if not wrong.any():
        return best, fits
    for reading in READINGS:
        if reading.crs == declared and not reading.swapped and reading.factor == 1.0:
            continue
        found = wrong.copy()
        found[wrong] = _fits(reading, x[wrong], y[wrong])
        if found.sum() > fits.sum() and 2 * found.sum() >= wrong.sum():
            best, fits = reading, found
    return best, fits


def _undeclared(x: Array, y: Array, where: str, setting: str) -> Problem:
    reading = guess(x, y)
    span = {"x": f"{x.min():.10g} – {x.max():.10g}", "y": f"{y.min():.10g} – {y.max():.10g}"}
    if reading is None:
        words = {"fits": Phrase("crs.fits_nothing"), "remedy": Phrase("crs.declare", {"set": setting.format(crs=RD)})}
    else:
        words = {
            "fits": Phrase("crs.fits", {"guess": Phrase(f"crs.names.{reading.name}")}),
            **_remedy(reading, setting),
        }
    return Problem("E102", where, {"file": where.partition(":")[0], **span, **words})


def _remedy(reading: Reading, setting: str) -> dict[str, object]:
    params = {"set": setting.format(crs=reading.crs)}
    kind = "swap" if reading.swapped else ("factor" if reading.factor != 1.0 else "declare")
    if kind != "declare" and reading.crs == RD:
        kind = f"{kind}_rd"
    elif reading.name.startswith("utm31"):
        kind = f"{kind}_utm31"
    return {"guess": Phrase(f"crs.names.{reading.name}"), "remedy": Phrase(f"crs.{kind}", params)}


def _examples(
    x: Array, y: Array, chosen: NDArray[np.bool_], where: str, places: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """Return the place of the first chosen point and all of them in words, with their row where it is known."""
    indices = [int(i) for i in np.flatnonzero(chosen)]
    rows = [places[i].partition(" ")[0].rpartition(":")[2] if places and ":" in places[i] else "" for i in indices]
    got = tuple(
        f"{x[i]:.10g}; {y[i]:.10g}" + (f" (:{row})" if row else "") for i, row in zip(indices, rows, strict=True)
    )
    return places[indices[0]] if places else where, got


def _box(box: Box) -> str:
    return f"x {box[0]:.0f} – {box[2]:.0f}, y {box[1]:.0f} – {box[3]:.0f}"
