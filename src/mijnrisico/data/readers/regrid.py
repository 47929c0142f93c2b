"""A grid in another coordinate system, brought to a grid along the axes of RD New without losing its rim."""

from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.data.readers import crs as systems
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

MOST_CELLS: Final = 2000
"""Along an axis."""
_ALIGNED: Final = 1e-6
"""Part of a cell: closer to a node than this is on it."""


def to_rd(grid: xr.DataArray, declared: str, where: str) -> xr.DataArray | Problem:
    """Return `grid` (time, y, x) at nodes along RD axes, with about the spacing that it has in its own system.

    A node has a value where the cell of `grid` in which it lies has one. It is bilinear between the centres around it
    that have a value, with their weights scaled to sum to one. One of the nodes lies on a centre, so that a system
    that is only RD moved gives back the very same values. What is in RD New already is returned as it is. E110 when
    the nodes would be too many.
    """
    if not declared or systems.is_rd(declared):
        return grid
    x, y = _centres(grid, declared)
    there = np.isfinite(x) & np.isfinite(y)
    middle = np.flatnonzero(there.ravel())[there.sum() // 2]
    axes: list[np.ndarray] = []
    for at, side in ((x, 1), (y, 0)):
        steps = np.hypot(np.diff(x, axis=side), np.diff(y, axis=side))
        step = float(np.median(steps[np.isfinite(steps)]))
        origin = float(at.ravel()[middle])
        low = np.floor((at[there].min() - origin) / step + _ALIGNED)
        high = np.ceil((at[there].max() - origin) / step - _ALIGNED)
        if high - low >= MOST_CELLS:
            what = Phrase("inputs.too_many", {"cells": int(high - low) + 1, "most": MOST_CELLS})
            return Problem("E110", where, {"got": declared, "what": what})
        axes.append(origin + np.arange(low, high + 1) * step)
    column, row = _positions(grid, axes[0], axes[1], declared)
    values = np.stack([_at(each, column, row) for each in grid.to_numpy()])
    moved = xr.DataArray(values, dims=("time", "y", "x"), coords={"time": grid["time"].to_numpy()})
    return moved.assign_coords(y=axes[1], x=axes[0]).rename(grid.name)


def to_cells(grid: xr.DataArray, x: np.ndarray, y: np.ndarray) -> xr.DataArray:
    """Return `grid` (y, x) on square cells with centres `x` and `y`; both along the same axes.

    The mean over a cell where `grid` is finer by a factor of two or more, else bilinear between the centres that have a
    value (see `to_rd`). NaN where `grid` has none.
    """
    own_x, own_y = grid["x"].to_numpy(), grid["y"].to_numpy()
    cell = float(x[1] - x[0])
    if max(own_x[1] - own_x[0], own_y[1] - own_y[0]) > cell / 2.0:
        column, row = ((at - own[0]) / (own[1] - own[0]) for at, own in ((x, own_x), (y, own_y)))
        values = _at(grid.to_numpy(), *np.meshgrid(column, row))
    else:
        column, row = (np.floor((own - at[0]) / cell + 0.5).astype(int) for own, at in ((own_x, x), (own_y, y)))
        column, row = np.meshgrid(column, row)
        known = np.isfinite(grid.to_numpy()) & (column >= 0) & (column < x.size) & (row >= 0) & (row < y.size)
        flat = (row * x.size + column)[known]
        count = np.bincount(flat, minlength=y.size * x.size)
        total = np.bincount(flat, grid.to_numpy()[known], y.size * x.size)
        values = np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(y.size, x.size)
    return xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}, name=grid.name, attrs=grid.attrs)


def _centres(grid: xr.DataArray, declared: str) -> tuple[np.ndarray, np.ndarray]:
    """Easting and northing (y, x) in RD New of the centres; not finite where there is none."""
    east, north = np.meshgrid(grid["x"].to_numpy(), grid["y"].to_numpy())
    return systems.to_rd(east, north, declared)


def _positions(grid: xr.DataArray, x: np.ndarray, y: np.ndarray, declared: str) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of `grid`, with fractions, at which the nodes (y, x) lie; not finite where there is none."""
    east, north = systems.from_rd(*np.meshgrid(x, y), declared)
    found = []
    for at, own in ((east, grid["x"].to_numpy()), (north, grid["y"].to_numpy())):
        position = (at - own[0]) / ((own[-1] - own[0]) / (own.size - 1))
        whole = np.round(position)
        found.append(np.where(np.abs(position - whole) < _ALIGNED, whole, position))
    return found[0], found[1]


def _at(values: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Bilinear values at positions in an array (y, x) with NaN; NaN where the nearest cell has none."""
    rows, columns = values.shape
    within = (column > -0.5) & (column < columns - 0.5) & (row > -0.5) & (row < rows - 0.5)
    column = np.clip(np.where(within, column, 0.0), 0.0, columns - 1.0)
    row = np.clip(np.where(within, row, 0.0), 0.0, rows - 1.0)
    left, below = np.minimum(column.astype(int), columns - 2), np.minimum(row.astype(int), rows - 2)
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    total, weight = np.zeros(column.shape), np.zeros(column.shape)
    for up in (0, 1):
        for right in (0, 1):
            cell = below + up, left + right
            share = (1.0 - np.abs(row - cell[0])) * (1.0 - np.abs(column - cell[1])) * known[cell]
            total += share * filled[cell]
            weight += share
    nearest = known[np.floor(row + 0.5).astype(int), np.floor(column + 0.5).astype(int)]
    return np.where(within & nearest, total / np.where(weight > 0.0, weight, 1.0), np.nan)
