"""Checked values of the packaged data: digest first, then the reader of the format, then a copy."""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from mijnrisico.data.catalogue import MISSING, Entry, entry, package_root, problem_of
from mijnrisico.errors import MissingDataError, Problem

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr


def table(name: str) -> "pd.DataFrame":
    """Return the packaged table `name`; units per column in `attrs["units"]`.

    Columns are those of the catalogue entry. Columns that the entry lists under `dates` are naive
    datetimes in UTC; months stay text "YYYY-MM"; an empty text field is NaN.
    Raises `MissingDataError` when the name is unknown or the file is missing (E112) or damaged (E113).
    """
    return _table(name).copy()


def dataset(name: str) -> "xr.Dataset":
    """Return the packaged gridded or pointwise dataset `name`, in memory; units per variable in `attrs`.

    Raises `MissingDataError` when the name is unknown or the file is missing (E112) or damaged (E113).
    """
    return _dataset(name).copy(deep=True)


def polygons(name: str) -> "tuple[list[dict], np.ndarray]":
    """Return properties and shapely geometries (polygons, or lines for `coast`) of `name`, in file order.

    Coordinates are RD New, easting then northing, metres.
    Raises `MissingDataError` when the name is unknown or the file is missing (E112) or damaged (E113).
    """
    properties, geometries = _polygons(name)
    return [dict(record) for record in properties], geometries.copy()


@cache
def _table(name: str) -> "pd.DataFrame":
    from mijnrisico.data.readers import csv_table

    item = _checked(name, "table")
    with resources.as_file(package_root().joinpath(item.file)) as path:
        frame = csv_table.read(Path(path), dates=item.dates)
    frame.attrs["units"] = item.units
    return frame


@cache
def _dataset(name: str) -> "xr.Dataset":
    from mijnrisico.data.readers import netcdf

    item = _checked(name, "dataset")
    with resources.as_file(package_root().joinpath(item.file)) as path:
        return netcdf.read(Path(path))


@cache
def _polygons(name: str) -> "tuple[list[dict], np.ndarray]":
    from mijnrisico.data.readers import geojson

    item = _checked(name, "polygons")
    with resources.as_file(package_root().joinpath(item.file)) as path:
        return geojson.read(Path(path))


def _checked(name: str, kind: str) -> Entry:
    item = entry(name)
    if item.kind != kind:
        raise MissingDataError(Problem(MISSING, name, {"name": f"{name} ({kind})", "nearest": f"{name} ({item.kind})"}))
    problem = problem_of(item)
    if problem is not None:
        raise MissingDataError(problem)
    return item
