"""Outline of a field as a user has it: CSV with a row for each vertex, or a GeoJSON polygon.

    found = read(Path("outline.csv"), crs="EPSG:28992")
    found.polygon          shapely polygon or multipolygon in RD New (m), None where there is an error
    inside_fraction(found.polygon, x, y)

The published outline of Groningen (github.com/TNO/SHRA-Groningen-seismic-source-model, res/) is of the first kind, with
columns x and y; its last vertex lies 32 m before its first, so that such a step is closed here, and said.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from mijnrisico.core import table
from mijnrisico.core.table import Table, textfile
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import grid_table, place_table
from mijnrisico.data.readers.place_table import Numbers, pair_of
from mijnrisico.data.readers.sites import system_of
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

LEAST_AREA_M2: Final = 1e4
"""A field of less than a hectare is none."""
Polygon = shapely.Polygon | shapely.MultiPolygon
_AT: Final = re.compile(r"\[(\S+) (\S+?)\]")
_PARTS: Final = ("part", "ring", "polygon")


@dataclass(frozen=True, slots=True)
class Read:
    """An outline in RD New, and what was found; `rows` are its vertices."""

    polygon: Polygon | None
    problems: tuple[Problem, ...]
    name: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class _Ring:
    """A ring as it stands in the file: (vertex, 2); a hole lies in the part of the same number."""

    part: str
    vertices: np.ndarray
    is_hole: bool = False


@dataclass(frozen=True, slots=True)
class _Rings:
    rings: tuple[_Ring, ...]
    crs: str
    problems: tuple[Problem, ...] = ()


def read(path: Path, *, columns: Mapping[str, str] | None = None, crs: str = "") -> Read:
    """Read an outline and check it; every problem is reported, not only the first.

    Args:
        path: CSV with x, y (or x_rd, y_rd, or lon, lat) and, where there are more parts than one, a number in `part`;
            or GeoJSON, by its ending: longitude and latitude, unless it or `crs` says otherwise.
        columns: needed name -> name in the file.
        crs: of x and y, such as "EPSG:28992".

    E108 for a ring that crosses itself, has no area or is not closed: its ends lie further apart than any two vertices
    beside each other. W109 counts what is unusual: parts, holes, doubled vertices, overlaps, a closing step.
    """
    found = (
        _of_geojson(path, crs) if path.suffix.lower() in (".geojson", ".json") else _of_table(path, columns or {}, crs)
    )
    if not found.rings:
        return Read(None, found.problems, path.name)
    every = np.vstack([ring.vertices for ring in found.rings])
    problems = [*found.problems, *grid_table.places(every[:, 0], every[:, 1], found.crs, path.name, "outline")]
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), path.name, len(every))
    rings = [_in_rd(ring, found.crs) for ring in found.rings]
    problems += [problem for ring in rings for problem in _ring(ring, path.name)]
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), path.name, len(every))
    polygon = _joined(rings)
    if polygon is None or polygon.area < LEAST_AREA_M2:
        params = {"of": "area", "id": path.name, "area": f"{0.0 if polygon is None else polygon.area:.3g}"}
        return Read(None, (*problems, Problem("E108", path.name, params)), path.name, len(every))
    return Read(polygon, (*problems, *_unusual(rings, polygon, path.name)), path.name, len(every))


def inside_fraction(outline: shapely.Geometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the exact fraction (y, x) of each square cell, centres `x` and `y`, that lies inside the outline."""
    half = (x[1] - x[0]) / 2.0
    east, north = np.meshgrid(x, y)
    cells = shapely.box(east - half, north - half, east + half, north + half)
    shapely.prepare(outline)
    fraction = shapely.contains(outline, cells).astype(float)
    edge = shapely.intersects(outline, cells) & (fraction == 0.0)
    fraction[edge] = shapely.area(shapely.intersection(cells[edge], outline)) / (2.0 * half) ** 2
    return fraction


def _of_table(path: Path, columns: Mapping[str, str], crs: str) -> _Rings:
    def choose(head: Table) -> tuple[str, ...] | list[Problem]:
        pair = ("lon", "lat") if {"lon", "lat"} <= set(head.columns) else pair_of(head)
        lacking = table.missing_columns(head, [("x", "x_rd", "lon"), ("y", "y_rd", "lat")], "inputs.outline")
        part = next((name for name in _PARTS if name in head.columns), None)
        return lacking or (*pair, *([part] if part else []))

    needed = ("x", "y", "x_rd", "y_rd", "lon", "lat", *_PARTS)
    found = place_table.read(path, columns, choose, needed)
    if not isinstance(found, Numbers):
        return _Rings((), crs, tuple(found))
    x_name, y_name, *part = found.values
    system = {"x_rd": systems.RD, "lon": systems.LONLAT}.get(x_name, crs)
    vertices = np.column_stack([found.values[x_name], found.values[y_name]])
    if not len(vertices):
        return _Rings((), system, (*found.problems, Problem("E214", path.name)))
    number = found.values[part[0]] if part else np.ones(len(vertices))
    rings = tuple(_Ring(f"{own:g}", vertices[number == own]) for own in dict.fromkeys(number))
    return _Rings(rings, system, found.problems)


def _of_geojson(path: Path, crs: str) -> _Rings:
    decoded = textfile.read(path)
    if isinstance(decoded, Problem):
        return _Rings((), crs, (decoded,))
    try:
        tree = json.loads(decoded[0])
    except (ValueError, RecursionError):
        tree = None
    rings = tuple(_rings(tree)) if isinstance(tree, dict) else ()
    if not rings or any(ring is None for ring in rings):
        return _Rings((), crs, (textfile.refused(path.name, "polygon", reason=Phrase("inputs.no_polygon")),))
    assert isinstance(tree, dict)
    return _Rings(tuple(ring for ring in rings if ring is not None), crs or system_of(tree), decoded[1])


def _rings(tree: Mapping[str, Any]) -> Iterator[_Ring | None]:
    """Yield the rings of every polygon of a file, None for what is none."""
    features = tree.get("features", [tree])
    polygons: list[Any] = []
    for feature in features if isinstance(features, list) else [None]:
        geometry = feature.get("geometry", feature) if isinstance(feature, dict) else None
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        inside = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if kind not in ("Polygon", "MultiPolygon") or not isinstance(inside, list):
            yield None
            continue
        polygons += [inside] if kind == "Polygon" else inside
    for number, polygon in enumerate(polygons, start=1):
        for position, ring in enumerate(polygon if isinstance(polygon, list) else [()]):
            vertices = _vertices(ring)
            whole = len(vertices) > 0 and bool(np.isfinite(vertices).all())
            yield _Ring(str(number), vertices, is_hole=position > 0) if whole else None


def _vertices(ring: Any) -> np.ndarray:
    """Return the easting and northing of each vertex, none where a ring holds something else."""
    try:
        return np.array([[float(vertex[0]), float(vertex[1])] for vertex in ring], dtype=float)
    except (TypeError, ValueError, LookupError, OverflowError):
        return np.empty((0, 2))


def _in_rd(ring: _Ring, crs: str) -> _Ring:
    return _Ring(ring.part, np.column_stack(systems.to_rd(ring.vertices[:, 0], ring.vertices[:, 1], crs)), ring.is_hole)


def _closed(vertices: np.ndarray) -> bool:
    return bool((vertices[0] == vertices[-1]).all())


def _closing_step(vertices: np.ndarray) -> float:
    return float(np.hypot(*(vertices[0] - vertices[-1])))


def _ring(ring: _Ring, name: str) -> Iterator[Problem]:
    """E108 for a ring that is none: too few vertices or no area, not closed, crossing itself."""
    where = f"{name} [{ring.part}]"
    distinct = np.unique(ring.vertices, axis=0)
    if len(distinct) < 3:
        yield Problem("E108", where, {"of": "area", "id": ring.part, "area": "0"})
        return
    step = _closing_step(ring.vertices)
    longest = float(np.hypot(*np.diff(ring.vertices, axis=0).T).max())
    if step > longest * (1.0 + 1e-9):
        first, last = (f"{x:.0f}, {y:.0f}" for x, y in (ring.vertices[0], ring.vertices[-1]))
        params = {"of": "unclosed", "id": ring.part, "first": first, "last": last, "step": round(step)}
        yield Problem("E108", where, params)
        return
    polygon = shapely.Polygon(ring.vertices)
    if not polygon.is_valid:
        at = _AT.search(shapely.is_valid_reason(polygon))
        x, y = (f"{float(value):.0f}" for value in at.groups()) if at else ("–", "–")
        yield Problem("E108", where, {"id": ring.part, "x": x, "y": y})
    elif polygon.area == 0.0:
        yield Problem("E108", where, {"of": "area", "id": ring.part, "area": "0"})


def _joined(rings: list[_Ring]) -> shapely.Polygon | shapely.MultiPolygon | None:
    """Return the parts together, each without its holes."""
    parts = [shapely.Polygon(ring.vertices) for ring in rings if not ring.is_hole]
    holes = [shapely.Polygon(ring.vertices) for ring in rings if ring.is_hole]
    whole = shapely.unary_union(parts)
    left = shapely.difference(whole, shapely.unary_union(holes)) if holes else whole
    return left if isinstance(left, shapely.Polygon | shapely.MultiPolygon) else None


def _unusual(rings: list[_Ring], polygon: shapely.Polygon | shapely.MultiPolygon, name: str) -> Iterator[Problem]:
    """W109 for what a plain outline does not have, with the area that is left."""
    outer = [shapely.Polygon(ring.vertices) for ring in rings if not ring.is_hole]
    overlap = sum(part.area for part in outer) - shapely.unary_union(outer).area
    doubled = sum(int((a == b).all()) for ring in rings for a, b in pairwise(ring.vertices))
    closed = [_closing_step(ring.vertices) for ring in rings if not _closed(ring.vertices)]
    counts = {
        "outline_parts": len(outer) if len(outer) > 1 else 0,
        "outline_holes": sum(ring.is_hole for ring in rings),
        "outline_doubled": doubled,
        "outline_overlap": round(overlap / 1e6, 3),
        "outline_closed": round(max(closed, default=0.0)),
    }
    got = tuple(Phrase(f"inputs.{kind}", {"n": count}) for kind, count in counts.items() if count)
    if got:
        yield Problem("W109", name, {"of": "outline", "got": got, "area": float(f"{polygon.area / 1e6:.4g}")})
