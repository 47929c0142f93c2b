"""The flow grid: which cells hold gas, how thick they are, and what the faults between them add up to."""

import numpy as np
import xarray as xr
from scipy import ndimage

from mijnrisico import data
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

GAS_WATER_CONTACT_M = 2995.0
INITIAL_BAR = 347.0
LEAST_COLUMN_M = 1.0
LEAST_INSIDE = 0.5
LEAST_FAULTED_THICKNESS_M = 30.0
LARGEST_THROW_RATIO = 3.0


def reservoir_grid(cell_m: int = 1000) -> xr.Dataset:
    """Return the areal flow grid of the Groningen reservoir with square cells of `cell_m` metres.

    A cell takes part if at least half of it lies inside the gas-water contact outline and its mean gas column
    min(thickness, contact - top depth) exceeds 1 m; of the parts that the grid separates only the largest is
    kept. The 500 m cells of the data are averaged to `cell_m`, a multiple of 500.

    Returns variables on (y, x), cell centres ascending in RD New:
    `active`; `column` [m]; `inside_fraction`; `fault_x`, `fault_y` [1], the summed throw over thickness of the
    faults across the face to the next cell in x and in y (see `fault_sums`). Attributes count what was dropped.
    Raises InputError (E503) if `cell_m` is not a multiple of 500.
    """
    source = data.dataset("reservoir")
    fine_m = int(source["x"].values[1] - source["x"].values[0])
    if cell_m % fine_m or cell_m <= 0:
        expected = Phrase("subsurface.multiple", {"cell_m": fine_m})
        raise InputError(Problem("E503", "pressure.cell", {"got": cell_m, "expected": expected, "example": 1000}))
    merge = cell_m // fine_m
    depth_limited = np.minimum(source["thickness_filled"].values, GAS_WATER_CONTACT_M - source["top_depth"].values)
    column = _block_mean(np.maximum(np.nan_to_num(depth_limited), 0.0), merge)
    inside = _block_mean(source["inside_fraction"].values, merge)
    x = _block_centres(source["x"].values, merge)
    y = _block_centres(source["y"].values, merge)

    candidate = (inside >= LEAST_INSIDE) & (column > LEAST_COLUMN_M)
    parts = np.empty(candidate.shape, dtype=np.int32)
    ndimage.label(candidate, output=parts)
    sizes = np.bincount(parts.ravel())[1:]
    active = parts == 1 + np.argmax(sizes)
    fault_x, fault_y, outside = fault_sums(data.dataset("fault_points"), x, y)

    grid = xr.Dataset(
        {
            "active": (("y", "x"), active),
            "column": (("y", "x"), column, {"units": "m", "long_name": "gas column"}),
            "inside_fraction": (("y", "x"), inside, {"units": "1"}),
            "fault_x": (("y", "x"), fault_x, {"units": "1"}),
            "fault_y": (("y", "x"), fault_y, {"units": "1"}),
        },
        coords={"y": ("y", y, {"units": "m"}), "x": ("x", x, {"units": "m"})},
    )
    grid.attrs = {
        "crs": "EPSG:28992",
        "cell_m": cell_m,
        "active_cells": int(active.sum()),
        "separated_parts_dropped": int(sizes.size - 1),
        "separated_cells_dropped": int(candidate.sum() - active.sum()),
        "gas_volume_share_dropped": 1.0 - _rock(column, inside, active) / _rock(column, inside, inside > 0),
        "fault_points_off_grid": outside,
    }
    return grid


def fault_sums(points: xr.Dataset, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Sum the sealing of fault points over the faces of a square grid.

    Each point adds min(throw / max(thickness, 30 m), 3) * length * |component of the strike along the face| /
    cell size to the face between the two cell centres that enclose it, once across x and once across y.
    The strike is the direction between a point's neighbours on its own fault and part.

    Returns `fault_x` (y, x) for the face between cells (j, i) and (j, i + 1), `fault_y` (y, x) for (j, i) and
    (j + 1, i), and the number of points off the grid.
    """
    cell = x[1] - x[0]
    px, py = points["x"].values.astype(float), points["y"].values.astype(float)
    ratio = points["throw"].values / np.maximum(points["thickness"].values, LEAST_FAULTED_THICKNESS_M)
    seal = np.minimum(ratio, LARGEST_THROW_RATIO) * points["length"].values / cell
    seal = np.where(np.isfinite(seal), seal, 0.0)
    along_x, along_y = strike(px, py, points["fault_id"].values, points["part"].values)

    def total(i: np.ndarray, j: np.ndarray, weight: np.ndarray) -> np.ndarray:
        kept = (i >= 0) & (i < x.size) & (j >= 0) & (j < y.size)
        flat = j[kept] * x.size + i[kept]
        return np.bincount(flat, weight[kept], x.size * y.size).reshape(y.size, x.size)

    column, row = (px - x[0]) / cell, (py - y[0]) / cell
    nearest_i, nearest_j = np.floor(column + 0.5).astype(int), np.floor(row + 0.5).astype(int)
    left_i, below_j = np.floor(column).astype(int), np.floor(row).astype(int)
    off = (nearest_i < 0) | (nearest_i >= x.size) | (nearest_j < 0) | (nearest_j >= y.size)
    return (
        total(left_i, nearest_j, seal * np.abs(along_y)),
        total(nearest_i, below_j, seal * np.abs(along_x)),
        int(off.sum()),
    )


def strike(x: np.ndarray, y: np.ndarray, fault: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vector (easting, northing) along the fault at each point; zero where a part has one point.

    Points of one fault part stand together and in order along the trace; the direction joins the neighbours
    on both sides, or the only one at an end.
    """
    joined = (fault[1:] == fault[:-1]) & (part[1:] == part[:-1])
    step_x, step_y = np.where(joined, np.diff(x), 0.0), np.where(joined, np.diff(y), 0.0)
    along_x = np.append(step_x, 0.0) + np.insert(step_x, 0, 0.0)
    along_y = np.append(step_y, 0.0) + np.insert(step_y, 0, 0.0)
    length = np.hypot(along_x, along_y)
    return along_x / np.where(length > 0, length, 1.0), along_y / np.where(length > 0, length, 1.0)


def _rock(column: np.ndarray, inside: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.sum((column * inside)[chosen]))


def _block_mean(values: np.ndarray, merge: int) -> np.ndarray:
    """Mean over blocks of `merge` x `merge` cells from the south-west corner; beyond the edge counts as zero."""
    rows, columns = -(-values.shape[0] // merge), -(-values.shape[1] // merge)
    padded = np.zeros((rows * merge, columns * merge))
    padded[: values.shape[0], : values.shape[1]] = values
    return padded.reshape(rows, merge, columns, merge).mean(axis=(1, 3))


def _block_centres(centres: np.ndarray, merge: int) -> np.ndarray:
    fine = centres[1] - centres[0]
    count = -(-centres.size // merge)
    return centres[0] + fine * ((merge - 1) / 2 + merge * np.arange(count))
