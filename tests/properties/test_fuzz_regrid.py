"""However a field lies in its grid: on the way to RD no pressure is invented, and none is lost where RD only moved."""

import numpy as np
import pandas as pd
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mijnrisico.data.readers import crs, regrid

SHAPE = (2, 9, 7)
PRESSURES = arrays.arrays(float, SHAPE, elements=st.floats(20.0, 350.0))
FIELDS = arrays.arrays(bool, SHAPE[1:]).filter(np.any)
ORIGINS = {"EPSG:28991": (85_000.0, 117_000.0), "EPSG:25831": (740_000.0, 5_900_000.0), "EPSG:4258": (6.6, 53.2)}


def grid(values: np.ndarray, system: str) -> xr.DataArray:
    """1 km cells, or 0.01 degrees, from the origin of a system."""
    step = 0.01 if system == "EPSG:4258" else 1000.0
    x, y = (at + step * np.arange(size) for at, size in zip(ORIGINS[system], (SHAPE[2], SHAPE[1]), strict=True))
    times = pd.to_datetime(["1964-01-01", "2024-01-01"]).as_unit("ns")
    return xr.DataArray(values, dims=("time", "y", "x"), coords={"time": times, "y": y, "x": x}, name="pressure")


def moved(values: np.ndarray, system: str) -> xr.DataArray:
    found = regrid.to_rd(grid(values, system), system, "pressure.nc")
    assert isinstance(found, xr.DataArray)
    return found


@settings(max_examples=200)
@given(PRESSURES, FIELDS, st.sampled_from(sorted(ORIGINS)))
def test_no_pressure_is_invented(values: np.ndarray, field: np.ndarray, system: str):
    held = np.where(field, values, np.nan)
    found = moved(held, system).to_numpy()
    for before, after in zip(held, found, strict=True):
        known = after[np.isfinite(after)]
        assert known.size == 0 or np.nanmin(before) - 1e-9 <= known.min() <= known.max() <= np.nanmax(before) + 1e-9
    nodes = np.meshgrid(moved(held, system)["x"], moved(held, system)["y"])
    assert all(np.isfinite(at).all() for at in crs.from_rd(*nodes, system))


@settings(max_examples=200)
@given(PRESSURES, FIELDS)
def test_none_is_lost_where_rd_only_moved(values: np.ndarray, field: np.ndarray):
    held = np.where(field, values, np.nan)
    found = moved(held, "EPSG:28991").to_numpy()
    np.testing.assert_allclose(found[np.isfinite(found)], held[np.isfinite(held)], rtol=1e-6)
