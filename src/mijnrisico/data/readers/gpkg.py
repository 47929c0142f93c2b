"""One layer of a GeoPackage as a table: its columns as text, a point of each geometry, and its coordinate system.

A GeoPackage is an SQLite file; geometries are well-known binary behind a short header. Nothing beyond the standard
library and shapely is needed.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely

from mijnrisico.core.table import Table, textfile
from mijnrisico.data.readers.wide_table import Wide
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_ENVELOPES: Final = (0, 32, 48, 48, 64)
"""Bytes of the envelope in the header of a geometry, by its kind."""
_FIXED: Final = 8
X, Y = "x_point", "y_point"


def read(path: Path, names: Mapping[str, str]) -> tuple[Wide, str] | Problem:
    """Return the only layer with geometries as a table with `X` and `Y`, and its system such as EPSG:28992.

    The point of a polygon is one that lies inside it. E209 where the file is no GeoPackage with one such layer.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as held:
            layers = held.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns").fetchall()
            if len(layers) != 1:
                return _refused(path, "layers", ", ".join(str(layer[0]) for layer in layers) or "–")
            layer, column, system = layers[0]
            frame = pd.read_sql_query('SELECT * FROM "{}"'.format(str(layer).replace('"', '""')), held)
            organisation = held.execute(
                "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (system,)
            ).fetchone()
    except (sqlite3.Error, pd.errors.DatabaseError, UnicodeDecodeError, OverflowError, KeyError):
        return _refused(path, "damaged")
    points = [_point(blob) for blob in frame.pop(column)]
    wrong = [number for number, point in enumerate(points, start=1) if point is None]
    if wrong:
        return _refused(path, "geometry", ", ".join(map(str, wrong[:5])))
    cells = frame.map(_written).astype(object)
    cells.columns = [str(name).strip().lower() for name in cells.columns]
    there = {name.strip().lower(): needed for needed, name in names.items()}
    cells = cells.rename(columns=there)
    cells[X] = [repr(point.x) for point in points if point is not None]
    cells[Y] = [repr(point.y) for point in points if point is not None]
    head = Table(path.name, tuple(cells.columns), (), dutch=False)
    code = f"{organisation[0]}:{organisation[1]}".upper() if organisation and organisation[1] else ""
    return Wide(head, cells, np.arange(len(cells), dtype=np.int64) + 1), code


def _written(value: object) -> str:
    """Write a cell as text: whole numbers without a decimal point, nothing for a missing value."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _point(blob: object) -> shapely.Point | None:
    """Return a point of a geometry, None where there is none."""
    if not isinstance(blob, bytes) or len(blob) < _FIXED or blob[:2] != b"GP":
        return None
    kind = (blob[3] >> 1) & 0b111
    if kind >= len(_ENVELOPES):
        return None
    try:
        shape = shapely.from_wkb(blob[_FIXED + _ENVELOPES[kind] :])
    except shapely.errors.GEOSException:
        return None
    if shape is None or shape.is_empty:
        return None
    return shape if isinstance(shape, shapely.Point) else shape.representative_point()


def _refused(path: Path, reason: str, got: str = "") -> Problem:
    return textfile.refused(path.name, "gpkg", reason=Phrase(f"tables.gpkg_reason.{reason}", {"got": got}))
