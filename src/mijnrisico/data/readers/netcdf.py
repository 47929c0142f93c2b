"""NetCDF-4 through h5netcdf: no C library, and no timestamps inside the file."""

from pathlib import Path

import xarray as xr


def read(path: Path) -> xr.Dataset:
    """Read a whole dataset into memory and close the file."""
    return xr.load_dataset(path, engine="h5netcdf")
