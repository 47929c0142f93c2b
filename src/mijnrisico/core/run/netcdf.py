"""How grids are written: NetCDF with CF names, RD New as grid mapping, and attributes that lead back to the run."""

from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mijnrisico import messages
from mijnrisico.core import files
from mijnrisico.errors import Problem

if TYPE_CHECKING:
    import xarray as xr

GRID_CRS: Final = "EPSG:28992"
_OF_THE_MODEL: Final = ("W603", "W606", "W607")
"""Warnings that belong to the numbers themselves, so that they travel with the file."""


def labels(run_id: str, title: str, warnings: Iterable[Problem]) -> dict[str, str]:
    """Return the attributes of every grid of a run: title, source, run id, review, and warnings in English."""
    cautions = [messages.describe(w.code, w.where, w.params, "en") for w in warnings if w.code in _OF_THE_MODEL]
    attributes = {
        "title": title,
        "source": f"mijnrisico {metadata.version('mijnrisico')}",
        "run_id": run_id,
        "review_status": "draft when written; manifest.json of the run has the review",
        "references": f"manifest.json of run {run_id}: inputs, models and versions",
    }
    if cautions:
        attributes["comment"] = " ".join(f"{m.code}: {m.what}. {m.why}" for m in cautions)
    return attributes


def write(target: Path, data: "xr.Dataset", owner: str = "") -> None:
    """Write a dataset as NetCDF-4, whole or not at all.

    It is made in memory: HDF5 crashes the process when the disk is full in the middle of a file.
    """
    content = data.to_netcdf(engine="h5netcdf")
    with files.replacing(target, owner) as temporary:
        temporary.write_bytes(content)


def ready(data: "xr.Dataset", attributes: Mapping[str, str]) -> "xr.Dataset":
    """Return grids as they are written: with attributes, grid mapping, names of axes and compression."""
    return _compressed(_georeferenced(data.assign_attrs(attributes)))


def _georeferenced(data: "xr.Dataset") -> "xr.Dataset":
    if not {"x", "y"} <= set(data.dims):
        return data
    import xarray as xr
    from pyproj import CRS

    mapping = xr.DataArray(0, attrs=CRS.from_user_input(GRID_CRS).to_cf())
    data = data.assign({"crs": mapping})
    for name, variable in data.data_vars.items():
        if {"x", "y"} <= set(variable.dims):
            data[name] = variable.assign_attrs(grid_mapping="crs")
    for axis in ("x", "y"):
        names = {"standard_name": f"projection_{axis}_coordinate", "units": "m", "axis": axis.upper()}
        data[axis] = data[axis].assign_attrs(names)
    return data.assign_attrs(Conventions="CF-1.11")


def _compressed(data: "xr.Dataset") -> "xr.Dataset":
    for variable in data.data_vars.values():
        if variable.ndim > 1 and variable.dtype.kind in "fiub":
            variable.encoding |= {"zlib": True, "complevel": 4}
    return data
