"""Where the activities and basins of a question lie, as a table that maps and any spreadsheet read."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
import shapely
import xarray as xr

from mijnrisico.studies.subsidence import sections, sources
from mijnrisico.studies.subsidence.question import Ground, SubsidenceQuestion

_FINEST: Final = 25.0
"""Corners of an outline that lie closer to the line between others than this (m) are left out."""


def outlines(question: SubsidenceQuestion) -> pd.DataFrame:
    """Return kind, name, part, x_m, y_m: a row for each corner of an outline, or for a single place.

    `kind` is that of the activity, or "basin". Each ring is a part, closed: its first corner stands again at its end.
    A part of one row is a place, such as a cavern or a doublet.
    """
    frames = [
        pd.DataFrame({"kind": kind, "name": name, "part": part, "x_m": corners[:, 0], "y_m": corners[:, 1]})
        for kind, name, shape in _shapes(question)
        for part, corners in enumerate(_parts(shape), start=1)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _shapes(question: SubsidenceQuestion) -> Iterator[tuple[str, str, shapely.Geometry]]:
    for each, ground in zip(question.entry.activity, question.inputs.ground, strict=True):
        yield each.kind, each.name, _shape(each, ground)
    for each, polygon in zip(question.entry.basin, question.inputs.basins, strict=True):
        yield "basin", each.name, polygon


def _shape(each: sections.Activity, ground: Ground) -> shapely.Geometry:
    if each.field:
        return sources.groningen_outline()
    if ground.polygon is not None:
        return ground.polygon
    if ground.grid is not None:
        return of_cells(ground.grid)
    if ground.caverns is not None:
        return shapely.MultiPoint(np.column_stack([ground.caverns.x_m, ground.caverns.y_m]))
    assert each.x_m is not None
    assert each.y_m is not None
    return shapely.Point(each.x_m, each.y_m)


def of_cells(grid: xr.Dataset) -> shapely.Geometry:
    """Return the edge of the cells of a grid on which there is a reservoir."""
    there = grid["thickness_m"].transpose("y", "x").to_numpy() > 0.0
    if "inside_fraction" in grid:
        there &= grid["inside_fraction"].transpose("y", "x").to_numpy() > 0.0
    row, column = np.nonzero(there)
    half_x, half_y = (0.5 * abs(float(grid[axis][1] - grid[axis][0])) for axis in ("x", "y"))
    x, y = grid["x"].to_numpy()[column], grid["y"].to_numpy()[row]
    return shapely.coverage_union_all(shapely.box(x - half_x, y - half_y, x + half_x, y + half_y))


def _parts(shape: shapely.Geometry) -> list[np.ndarray]:
    """Return the rings (corner, 2) of a shape; of points, each by itself."""
    rings = shapely.get_rings(shapely.get_parts(shapely.simplify(shape, _FINEST)))
    return [shapely.get_coordinates(part) for part in (rings if len(rings) else shapely.get_parts(shape))]
