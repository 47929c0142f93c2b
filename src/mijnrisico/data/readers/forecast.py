"""A forecast of a user: how many earthquakes a year, per place and magnitude, for any field; CSV or NetCDF.

    found = read(Path("forecast.csv"), crs="EPSG:32633")
    found.forecast      rate (cell, magnitude, year, branch) in 1/year; None where there is an error

CSV has a row for each rate: a place (x_rd, y_rd | lon, lat | x, y with a system), magnitude (the centre of its bin),
rate_per_year and, where they matter, depth_km, year, and branch with its weight. NetCDF has `rate_per_year` along
`magnitude`, places (cell | y, x | lat, lon) and, where they matter, `year` and `branch` with `weight` (branch);
`depth_km` along the places. The factored forecast of a run (`grids/source.nc`) is read as it is. A combination without
a row has no earthquakes. Without years the rates hold for every year.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mijnrisico.core.table import textfile
from mijnrisico.data.readers import forecast_netcdf, forecast_table
from mijnrisico.data.readers.forecast_parts import EVERY_YEAR, Read

__all__ = ["EVERY_YEAR", "Read", "read"]

_ENGINES: Final = {b"\x89HDF": "h5netcdf", b"CDF\x01": "scipy", b"CDF\x02": "scipy"}


def read(path: Path, *, columns: Mapping[str, str] | None = None, crs: str = "") -> Read:
    """Read a forecast; every problem of the file at once.

    Args:
        path: CSV, or NetCDF by its first bytes.
        columns: needed name -> name in the file, where they differ.
        crs: coordinate system of x and y, such as `EPSG:32633`; goes before what the names of the columns imply.
    """
    try:
        with path.open("rb") as stream:
            signature = stream.read(4)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Read(None, (textfile.refused(path.name, "closed", reason=reason),), path.name)
    engine = _ENGINES.get(signature, "")
    if engine:
        return forecast_netcdf.read(path, engine, columns or {}, crs)
    return forecast_table.read(path, columns or {}, crs)
