"""What a bowl does to water: levels relative to the ground, the fall of a canal, and where activities overlap.

A weir and the water it holds go down with the ground on which it stands; a field beside that water goes down by its own
amount. What a farmer, a cellar or a pile notices is the difference, and what a water board adjusts of it.
"""

import numpy as np
import pandas as pd
import xarray as xr

_CM_PER_M = 100.0
_M2_PER_KM2 = 1e6


def level_rise(
    subsidence_m: np.ndarray, weir_subsidence_m: np.ndarray, level_change_m: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return by how much the water rises relative to the ground (m): u at the object - u at its weir + adjustment.

    Positive is wetter. Where the water board lowers the level by as much as the object goes down more than the weir,
    nothing changes.

    >>> float(level_rise(np.array(0.30), np.array(0.22), -0.05).round(6))
    0.03

    Args:
        subsidence_m: at the object, down positive.
        weir_subsidence_m: at the weir or pumping station that holds its water; NaN where there is none.
        level_change_m: by which the level was adjusted, relative to the weir, up positive.
    """
    return np.asarray(subsidence_m) - np.asarray(weir_subsidence_m) + np.asarray(level_change_m)


def gradient(distance_m: np.ndarray, subsidence_m: np.ndarray) -> np.ndarray:
    """Return the change of slope along a canal, ditch or dike (1): du/ds between neighbouring points, (…, point - 1).

    Positive where the bottom falls more, in the direction of the line, than it did.

    Args:
        distance_m: along the line, ascending (point,).
        subsidence_m: at those points, down positive (…, point).
    """
    return np.diff(np.asarray(subsidence_m, dtype=float), axis=-1) / np.diff(np.asarray(distance_m, dtype=float))


def flow_reverses(slope: float, gradient_: np.ndarray) -> np.ndarray:
    """Say where a canal that falls by `slope` (1, in the direction of the line) now falls the other way."""
    return (slope + gradient_) * slope < 0.0


def overlap(subsidence_m: xr.DataArray, limit_cm: float) -> xr.DataArray:
    """Return the number of activities that each move the ground by more than a limit, down or up: (…) without activity.

    Args:
        subsidence_m: (activity, …) in metres.
        limit_cm: an activity counts where it causes more than this.
    """
    counted = (abs(subsidence_m) * _CM_PER_M > limit_cm).sum("activity").astype(np.int16)
    return counted.assign_attrs(units="1", overlap_limit_cm=limit_cm).rename("overlap")


def overlap_areas(counted: xr.DataArray) -> pd.DataFrame:
    """Return `tables/overlap.csv`: year, activities (how many overlap), area_km2; years without any have no row.

    Args:
        counted: (year, y, x) as `overlap` returns it, on square cells.
    """
    cell_km2 = abs(float(counted["x"][1] - counted["x"][0]) * float(counted["y"][1] - counted["y"][0])) / _M2_PER_KM2
    rows = [
        {"year": int(year), "activities": int(number), "area_km2": cell_km2 * int(count)}
        for year in counted["year"].to_numpy()
        for number, count in zip(*np.unique(counted.sel(year=year).to_numpy(), return_counts=True), strict=True)
        if number > 0
    ]
    return pd.DataFrame(rows, columns=["year", "activities", "area_km2"])
