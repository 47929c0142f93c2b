"""Small reservoirs to compute on by hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr

CELL_M = 1000.0


def make_grid(
    active: np.ndarray,
    column: np.ndarray | float = 100.0,
    fault_x: np.ndarray | float = 0.0,
    fault_y: np.ndarray | float = 0.0,
) -> xr.Dataset:
    """A flow grid of 1 km cells whose south-west cell is centred on (500, 500)."""
    active = np.asarray(active, dtype=bool)
    rows, columns = active.shape
    full = {"column": column, "inside_fraction": 1.0, "fault_x": fault_x, "fault_y": fault_y}
    return xr.Dataset(
        {"active": (("y", "x"), active)}
        | {name: (("y", "x"), np.broadcast_to(value, active.shape).astype(float)) for name, value in full.items()},
        coords={"y": CELL_M * (np.arange(rows) + 0.5), "x": CELL_M * (np.arange(columns) + 0.5)},
        attrs={"cell_m": int(CELL_M)},
    )


def make_wells(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Wells from (month, volume in bcm, x, y)."""
    month, bcm, x, y = zip(*rows, strict=True)
    volume = np.asarray(bcm) * 1e9
    return pd.DataFrame({"cluster": "A", "month": month, "volume_nm3": volume, "x_rd": x, "y_rd": y})


@pytest.fixture
def small_grid() -> Callable[..., xr.Dataset]:
    return make_grid


@pytest.fixture
def some_wells() -> Callable[..., pd.DataFrame]:
    return make_wells
