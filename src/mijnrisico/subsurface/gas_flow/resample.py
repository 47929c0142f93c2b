"""From the flow grid to another grid, without mixing in cells that hold no gas."""

import numpy as np
import xarray as xr
from scipy.sparse import csr_array


def to_grid(pressure: xr.DataArray, x: np.ndarray, y: np.ndarray) -> xr.DataArray:
    """Interpolate `pressure` (..., y, x) [bar] to the cell centres `x`, `y`: bilinear between active cells.

    Cells of the flow grid without a value take no part and the weights of the others are scaled to sum to one;
    where none of the four has a value, the nearest active cell is taken. Every target cell gets a value: what
    lies outside the field is for the caller to leave out.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    pressure = pressure.transpose(..., "y", "x")
    before = pressure.shape[:-2]
    flat = pressure.values.reshape(-1, *pressure.shape[-2:])
    active = np.isfinite(flat[0])
    weights = _weights(active, pressure["x"].values, pressure["y"].values, x, y)
    values = (weights @ flat[:, active].T).T.reshape(*before, y.size, x.size)
    kept = {name: value for name, value in pressure.coords.items() if not {"x", "y"} & set(value.dims)}
    return xr.DataArray(
        values, dims=pressure.dims, coords={**kept, "y": y, "x": x}, name=pressure.name, attrs=pressure.attrs
    )


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
