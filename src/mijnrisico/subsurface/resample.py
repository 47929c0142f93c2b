"""From the flow grid to another grid, without mixing in cells that hold no gas."""

import numpy as np
import xarray as xr
from scipy.sparse import csr_array


def to_grid(pressure: xr.DataArray, x: np.ndarray, y: np.ndarray) -> xr.DataArray:
    """Interpolate `pressure` (time, y, x) [bar] to the cell centres `x`, `y`: bilinear between active cells.

    Cells of the flow grid without a value take no part and the weights of the others are scaled to sum to one;
    where none of the four has a value, the nearest active cell is taken. Every target cell gets a value.
    """
    active = np.isfinite(pressure.isel(time=0).values)
    weights = _weights(active, pressure["x"].values, pressure["y"].values, np.asarray(x), np.asarray(y))
    values = (weights @ pressure.values[:, active].T).T
    return xr.DataArray(
        values.reshape(-1, len(y), len(x)),
        dims=("time", "y", "x"),
        coords={"time": pressure["time"], "y": np.asarray(y), "x": np.asarray(x)},
        name=pressure.name,
        attrs=pressure.attrs,
    )


def depletion(pressure: xr.DataArray, x: np.ndarray, y: np.ndarray, inside: np.ndarray) -> xr.DataArray:
    """Pressure fall [bar] (time, y, x) since the first time of `pressure`, zero where `inside` (y, x) is false.

    Carrying the fall on beyond the outline would put stress, and with it events, where there is no gas.
    """
    on_grid = to_grid(pressure, x, y)
    fall = (on_grid.isel(time=0, drop=True) - on_grid) * np.asarray(inside, dtype=bool)
    fall.attrs = {"units": "bar", "long_name": "depletion"}
    return fall.rename("depletion")


def _weights(active: np.ndarray, from_x: np.ndarray, from_y: np.ndarray, x: np.ndarray, y: np.ndarray) -> csr_array:
    """Sparse (target cell, active cell) interpolation weights, rows summing to one."""
    number = np.full(active.shape, -1)
    number[active] = np.arange(active.sum())
    left, right_share = _bracket(from_x, x)
    below, above_share = _bracket(from_y, y)
    cell, share = [], []
    for up in (0, 1):
        for right in (0, 1):
            weight_y = above_share if up else 1 - above_share
            weight_x = right_share if right else 1 - right_share
            cell.append(number[np.ix_(below + up, left + right)].ravel())
            share.append(np.outer(weight_y, weight_x).ravel())
    columns, values = np.array(cell).T, np.array(share).T
    values = np.where(columns >= 0, values, 0.0)
    total = values.sum(axis=1)
    alone = total < 1e-12
    values[~alone] /= total[~alone, None]
    if alone.any():
        target_x, target_y = (grid.ravel()[alone] for grid in np.meshgrid(x, y))
        cell_x, cell_y = (grid[active] for grid in np.meshgrid(from_x, from_y))
        squared = (target_x[:, None] - cell_x) ** 2 + (target_y[:, None] - cell_y) ** 2
        columns[alone, 0] = squared.argmin(axis=1)
        values[alone] = (1.0, 0.0, 0.0, 0.0)
    rows = np.repeat(np.arange(columns.shape[0]), 4)
    shape = (columns.shape[0], int(active.sum()))
    return csr_array((values.ravel(), (rows, np.maximum(columns, 0).ravel())), shape=shape)


def _bracket(nodes: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the node at or before each target (within the range) and how far on to the next, 0 to 1."""
    position = np.clip((target - nodes[0]) / (nodes[1] - nodes[0]), 0.0, nodes.size - 1.0)
    before = np.minimum(position.astype(int), nodes.size - 2)
    return before, position - before
