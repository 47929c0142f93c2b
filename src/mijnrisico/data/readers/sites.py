"""Places of a user: a point on the command line, a table, or GeoJSON; in RD New, checked one by one.

sites, problems = read(Path("sites.csv"))            name and x_rd, y_rd | lon, lat | x, y with a system
sites, problems = at(rd=(245_459, 594_583))          one point
sites, problems = named("Loppersum")                 one of the packaged places
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Final

from mijnrisico.core import table
from mijnrisico.core.table import textfile
from mijnrisico.data.readers import crs
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

PAIRS: Final[Mapping[tuple[str, str], str]] = {("x_rd", "y_rd"): crs.RD, ("lon", "lat"): crs.LONLAT, ("x", "y"): ""}
"""Columns in which places may stand, and the system that their names imply."""
NEEDED: Final = (("name",), ("x_rd", "lon", "x"), ("y_rd", "lat", "y"))
_NAMES: Final = ("name", "naam", "title", "label", "id")


@dataclass(frozen=True, slots=True)
class Site:
    """A named point in RD New (m), and where the user gave it."""

    name: str
    x: float
    y: float
    where: str


Found = tuple[tuple[Site, ...], list[Problem]]


def named(place: str) -> Found:
    """Return the packaged place of that name, whatever its capitals; E412 with all names, the nearest first."""
    from mijnrisico import data

    rows = data.table("places")
    wanted = place.strip().lower()
    for name, x, y in zip(rows["place"].astype(str), rows["x_rd"], rows["y_rd"], strict=True):
        if name.lower() == wanted:
            return (Site(name, float(x), float(y), "--place"),), []
    likeness = {str(name): difflib.SequenceMatcher(None, wanted, str(name).lower()).ratio() for name in rows["place"]}
    known = tuple(sorted(likeness, key=lambda name: (-likeness[name], name)))
    return (), [Problem("E412", "--place", {"of": "place", "got": place, "known": known, "nearest": known[0]})]


def at(*, rd: tuple[float, float] | None = None, lonlat: tuple[float, float] | None = None) -> Found:
    """Return the point of a command line, given in one of two ways, and what is wrong with it."""
    way, pair, example = ("--rd", rd, "245459 594583") if rd is not None else ("--lonlat", lonlat, "6.8 53.3")
    if pair is not None and not all(isfinite(value) for value in pair):
        params = {"got": f"{pair[0]} {pair[1]}", "expected": Phrase("crs.numbers"), "example": f"{way} {example}"}
        return (), [Problem("E503", way, params)]
    if rd is not None:
        problems = crs.check([rd[0]], [rd[1]], crs.RD, where="--rd", setting="--lonlat LON LAT")
        return (() if problems else (Site(f"{rd[0]:.0f}, {rd[1]:.0f}", *rd, "--rd"),)), problems
    assert lonlat is not None
    problems = crs.check([lonlat[0]], [lonlat[1]], crs.LONLAT, where="--lonlat", setting="--rd X Y")
    if problems:
        return (), problems
    x, y = crs.to_rd(*lonlat)
    return (Site(f"{lonlat[0]:.5f}, {lonlat[1]:.5f}", float(x), float(y), "--lonlat"),), problems


def read(path: Path, *, names: Mapping[str, str] | None = None, declared: str = "") -> Found:
    """Read a table or a GeoJSON file of sites; every problem of the file at once, no sites when there is an error.

    Args:
        path: CSV with `name` and one pair of `PAIRS`, or GeoJSON (by its ending) with points.
        names: needed name -> name in the file, for columns that are called otherwise.
        declared: coordinate system, such as `EPSG:25831`; goes before what the names of the columns imply.
    """
    points = as_written(path, names or {})
    if not points.names:
        return (), list(points.problems)
    problems = [*points.problems, *twice(points, path.name)]
    system = declared or points.system
    problems += crs.check(points.x, points.y, system, where=path.name, places=points.places)
    if any(problem.code.startswith("E") for problem in problems):
        return (), problems
    x, y = crs.to_rd(points.x, points.y, system)
    doubled = {name for name in points.names if points.names.count(name) > 1}
    return tuple(
        Site(f"{name} ({_row(place)})" if name in doubled else name, float(a), float(b), place)
        for name, a, b, place in zip(points.names, x, y, points.places, strict=True)
    ), problems


@dataclass(frozen=True, slots=True)
class Points:
    """Points as they stand in a file: NaN where a coordinate cannot be read, the system that the file implies.

    `more` holds the columns of numbers that were asked for and are there, NaN in empty cells.
    """

    names: tuple[str, ...] = ()
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    places: tuple[str, ...] = ()
    system: str = ""
    problems: tuple[Problem, ...] = ()
    more: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def as_written(path: Path, names: Mapping[str, str], more: Sequence[str] = (), *, named: bool = True) -> Points:
    """Read the points of a table or a GeoJSON file in their own system, with further columns of numbers.

    `named` says whether a table must have a column of names; without one, sites are called by their line.
    """
    if path.suffix.lower() in (".geojson", ".json"):
        return _of_geojson(path, more)
    return _of_table(path, names, more, named=named)


def _of_table(path: Path, names: Mapping[str, str], more: Sequence[str], *, named: bool) -> Points:
    found = table.read(path, names)
    if isinstance(found, Problem):
        return Points(problems=(found,))
    pair = next((pair for pair in PAIRS if set(pair) <= set(found.columns)), None)
    problems = [*found.problems]
    if pair is None or (named and "name" not in found.columns):
        needed = (NEEDED if pair is None else (("name",), (pair[0],), (pair[1],)))[not named :]
        problems += table.missing_columns(found, needed)
        if not any(problem.code == "E507" for problem in problems):  # one half of two pairs: x_rd and lat
            params = {"needed": "x_rd, y_rd | lon, lat | x, y", "found": ", ".join(found.columns)}
            problems.append(Problem("E507", found.where(), {**params, "remedy": Phrase("tables.rename")}))
        return Points(problems=tuple(problems))
    problems += table.missing_columns(found, (("name",), (pair[0],), (pair[1],))[not named :])
    if not found.rows:
        problems.append(Problem("E214", found.where(), {}))
    x, wrong_x = table.numbers(found, pair[0])
    y, wrong_y = table.numbers(found, pair[1])
    values: dict[str, tuple[float, ...]] = {}
    for name in more:
        if name in found.columns:
            numbers, wrong = table.numbers(found, name)
            values[name] = tuple(float("nan") if value is None else value for value in numbers)
            problems += [problem for problem in wrong if problem.code != "E401"]
    return Points(
        tuple(row.cells.get("name", "") or found.where(row) for row in found.rows),
        tuple(float("nan") if value is None else value for value in x),
        tuple(float("nan") if value is None else value for value in y),
        tuple(found.where(row) for row in found.rows),
        PAIRS[pair],
        (*problems, *wrong_x, *wrong_y),
        values,
    )


def _of_geojson(path: Path, more: Sequence[str]) -> Points:
    """Read the points of a FeatureCollection; longitude and latitude (RFC 7946) unless an old `crs` member differs."""
    decoded = textfile.read(path)
    if isinstance(decoded, Problem):
        return Points(problems=(decoded,))
    try:
        tree = json.loads(decoded[0])
    except (ValueError, RecursionError):
        tree = None
    features = tree.get("features") if isinstance(tree, dict) else None
    if not isinstance(tree, dict) or not isinstance(features, list):
        return Points(problems=(_not_points(path.name, "sites.no_collection"),))
    points = [_point(feature) for feature in features]
    wrong = tuple(str(number) for number, point in enumerate(points, start=1) if point is None)
    if wrong or not points:
        reason = "sites.not_point" if wrong else "sites.no_points"
        return Points(problems=(_not_points(path.name, reason, got=wrong),))
    good = [point for point in points if point is not None]
    return Points(
        tuple(name or f"{path.name} {number}" for number, (name, _, _) in enumerate(good, start=1)),
        tuple(x for _, x, _ in good),
        tuple(y for _, _, y in good),
        tuple(f"{path.name} [feature {number}]" for number in range(1, len(good) + 1)),
        system_of(tree),
        decoded[1],
        {name: values for name in more if (values := tuple(_property(feature, name) for feature in features))},
    )


def _property(feature: Any, name: str) -> float:
    """Return a number among the properties of a feature, NaN where there is none."""
    properties = feature.get("properties")
    value = properties.get(name) if isinstance(properties, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _point(feature: Any) -> tuple[str, float, float] | None:
    """Return name, x and y of a feature, or None where it is no point."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    pair = [value for value in coordinates[:2] if isinstance(value, int | float) and abs(value) < 1e12]
    if len(pair) != 2:
        return None
    properties = feature.get("properties")
    own = {str(key).lower(): value for key, value in properties.items()} if isinstance(properties, dict) else {}
    name = next((own[key] for key in _NAMES if own.get(key) not in (None, "")), feature.get("id"))
    return ("" if name is None else str(name)), float(pair[0]), float(pair[1])


def system_of(tree: Mapping[str, Any]) -> str:
    """Return what the `crs` member of older GeoJSON says, else longitude and latitude."""
    member = tree.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not name or "CRS84" in name:
        return crs.LONLAT
    code = name.rpartition(":")[2]
    return f"EPSG:{code}" if code.isdigit() and len(code) < 9 else name


def _not_points(file: str, reason: str, **params: object) -> Problem:
    return textfile.refused(file, "geojson", reason=Phrase(reason, params))


def twice(points: Points, file: str) -> list[Problem]:
    """W109 for names and for points that are there more than once."""
    got = [name for name in dict.fromkeys(points.names) if points.names.count(name) > 1]
    named: dict[tuple[float, float], list[str]] = {}
    for name, spot in zip(points.names, zip(points.x, points.y, strict=True), strict=True):
        if name not in named.setdefault(spot, []):
            named[spot].append(name)
    got += [f"{' = '.join(there)} ({x:.10g}; {y:.10g})" for (x, y), there in named.items() if len(there) > 1]
    return [Problem("W109", file, {"got": tuple(got)})] if got else []


def _row(place: str) -> str:
    return place.rpartition(":")[2] if ":" in place else place.partition("[")[2].rstrip("]")
