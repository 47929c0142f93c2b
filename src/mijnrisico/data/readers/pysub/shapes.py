"""Outlines that an input of PySub names: shapefiles, polygons and masks in CSV, and GeoJSON.

The path stands there as its maker had it, often with `\\` and on a computer that is not this one. It is looked for as
it is, beside the input file, and by its name in the folder that the user points at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PureWindowsPath

import numpy as np
import shapely
from numpy.typing import NDArray

from mijnrisico.core import table
from mijnrisico.core.table import columns, textfile
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import outline
from mijnrisico.data.readers.pysub.notes import Note
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

KINDS = (".shp", ".csv", ".txt", ".geojson", ".json")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """An outline in RD New, None where there is an error, and what is to be said about it."""

    polygon: shapely.Geometry | None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()


def read(named: str, where: str, folders: Sequence[Path]) -> Shape:
    """Read the outline that an input names.

    Args:
        named: the path as it stands in the input.
        where: the cell, for messages.
        folders: the folder of the input, then those that the user points at.

    E101 where it is not found, E209 for a file of another kind (a raster, a shapefile without a polygon), E008 where
    the library for shapefiles is not installed, and what is wrong with the polygon itself (E102-E108).
    """
    found = find(named, where, folders)
    if isinstance(found, Problem):
        return Shape(None, (found,))
    path, as_given = found
    notes = () if as_given else (Note("converted", "found", 1, {"named": named, "file": path.name}),)
    suffix = path.suffix.lower()
    if suffix == ".shp":
        shape = _shapefile(path)
    elif suffix in (".geojson", ".json"):
        shape = _checked(outline.read(path))
    elif suffix in KINDS:
        shape = _csv(path)
    else:
        shape = Shape(None, (textfile.refused(path.name, "pysub_shape", suffix=suffix or "–"),))
    return Shape(shape.polygon, shape.problems, (*notes, *shape.notes))


def find(named: str, where: str, folders: Sequence[Path]) -> tuple[Path, bool] | Problem:
    """Return the file that a path means, and whether it lies where the path says; E101 where there is none."""
    parts = PureWindowsPath(named).parts if "\\" in named or ":" in named[:3] else Path(named).parts
    relative = Path(*(part for part in parts if not part.endswith(("\\", "/"))))
    for folder in folders:
        for path, as_given in ((folder / named, True), (folder / relative, True), (folder / relative.name, False)):
            try:
                if path.is_file():
                    return path, as_given
            except (OSError, ValueError):
                continue
    there = [path.name for folder in folders if folder.is_dir() for path in folder.iterdir() if path.suffix in KINDS]
    params = {"file": named, "nearest": columns.nearest(relative.name, there)}
    return Problem("E101", where, {**params, "folder": ", ".join(folder.as_posix() or "." for folder in folders)})


def _checked(found: outline.Read) -> Shape:
    errors = tuple(problem for problem in found.problems if problem.code.startswith("E"))
    return Shape(None if errors else found.polygon, errors)


def _shapefile(path: Path) -> Shape:
    if find_spec("pyogrio") is None:
        params = {"libraries": ("pyogrio",), "extra": "geo", "without": "--shapes FOLDER  (GeoJSON)"}
        return Shape(None, (Problem("E008", path.name, params),))
    import pyogrio.errors
    import pyogrio.raw

    try:
        meta, _, blobs, _ = pyogrio.raw.read(path, columns=[], force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        return Shape(None, (textfile.refused(path.name, "pysub_damaged", reason=str(error)[:80]),))
    found = shapely.from_wkb([blob for blob in blobs if blob is not None]) if blobs is not None else []
    polygons = [one for one in found if one.geom_type in ("Polygon", "MultiPolygon")]
    if not polygons or len(polygons) != len(found):
        return Shape(None, (textfile.refused(path.name, "polygon", reason=Phrase("inputs.no_polygon")),))
    system = str(meta.get("crs") or "")
    corners = shapely.get_coordinates(polygons)
    declared = system or systems.RD
    if wrong := systems.check(corners[:, 0], corners[:, 1], declared, where=path.name, setting="{crs}"):
        return Shape(None, tuple(wrong))
    if crossed := [one for one in polygons if not shapely.is_valid(one)]:
        at = shapely.get_coordinates(shapely.centroid(crossed[0]))[0]
        params = {"id": path.stem, "x": f"{at[0]:.6g}", "y": f"{at[1]:.6g}"}
        return Shape(None, (Problem("E108", path.name, params),))
    whole = shapely.unary_union(shapely.transform(polygons, _into_rd(declared)))
    notes = [] if system else [Note("converted", "no_system", 1, {"file": path.name})]
    if holes := sum(len(part.interiors) for part in shapely.get_parts(whole) if part.geom_type == "Polygon"):
        notes.append(Note("differs", "holes", holes, {"file": path.name}))
    return Shape(whole, (), tuple(notes))


def _into_rd(declared: str) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda corners: np.column_stack(systems.to_rd(corners[:, 0], corners[:, 1], declared))


def _csv(path: Path) -> Shape:
    """Two columns are the vertices of a polygon, three a place and a mask; whatever their names."""
    head = table.read(path)
    if isinstance(head, Problem):
        return Shape(None, (head,))
    first = [name for name in head.columns if name]
    if len(first) == 2:
        found = outline.read(path, columns={"x": first[0], "y": first[1]}, crs=systems.RD)
        return _checked(found)
    if len(first) == 3:
        return _mask(path, head, first)
    return Shape(None, (textfile.refused(path.name, "pysub_csv", n=len(first)),))


def _mask(path: Path, head: table.Table, names: Sequence[str]) -> Shape:
    """The squares around the places whose mask is above zero, as one outline."""
    problems: list[Problem] = []
    values = []
    for name in names:
        numbers, wrong = table.numbers(head, name)
        problems += [problem for problem in wrong if problem.code.startswith("E")]
        values.append(np.array([np.nan if number is None else number for number in numbers]))
    if problems:
        return Shape(None, tuple(problems))
    x, y, mask = values
    problems = systems.check(x, y, systems.RD, where=path.name, setting="{crs}")
    steps = np.concatenate([np.diff(np.unique(axis)) for axis in (x, y)]).astype(float)
    if problems or not (mask > 0.0).any() or not len(steps):
        return Shape(
            None, tuple(problems) or (textfile.refused(path.name, "polygon", reason=Phrase("inputs.no_polygon")),)
        )
    half = 0.5 * min(steps.tolist())
    own = mask > 0.0
    cells = shapely.box(x[own] - half, y[own] - half, x[own] + half, y[own] + half)
    note = Note("converted", "mask", int(own.sum()), {"file": path.name, "cell_m": 2.0 * half})
    return Shape(shapely.unary_union(cells), (), (note,))
