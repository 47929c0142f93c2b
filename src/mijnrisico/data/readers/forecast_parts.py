"""What the two forms of a forecast share: its axes, what cannot be, and the labelled forecast in a metric system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.data.readers import anywhere
from mijnrisico.data.readers import crs as systems
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

PAIRS: Final[Mapping[tuple[str, str], str]] = {
    ("x_rd", "y_rd"): systems.RD,
    ("lon", "lat"): systems.LONLAT,
    ("x", "y"): "",
}
MAGNITUDES: Final = (-2.0, 8.0)
DEPTHS_KM: Final = (0.0, 100.0)
YEARS: Final = (1900, 2300)
WEIGHT_TOLERANCE: Final = 1e-6
EVERY_YEAR: Final = 0
"""Stands on the year axis of rates that hold for every year."""
ONE_BRANCH: Final = "forecast"
SECTION: Final = "inputs.forecast"
SETTING: Final = 'inputs.forecast.crs = "{crs}"'


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: `forecast` is None where there is an error.

    It has `rate` (cell, magnitude, year, branch) in 1/year, or `maps` (cell, map) and `coefficient` (map, magnitude,
    year, branch) of a factored one; `weight` (branch); `cell_x`, `cell_y` in m in the system that `attrs["crs"]` names,
    `cell_depth` in km where the file states it; attribute `cells_without_rate` counts the places left out.
    """

    forecast: xr.Dataset | None
    problems: tuple[Problem, ...]
    name: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes of a forecast and where on them each row stands."""

    place: np.ndarray  # (cell, 2 or 3): x, y and depth
    magnitude: np.ndarray
    year: np.ndarray
    branch: tuple[str, ...]
    weight: np.ndarray
    index: tuple[np.ndarray, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many cells, magnitudes, years and branches there are."""
        return self.place.shape[0], self.magnitude.size, self.year.size, len(self.branch)


def impossible(values: Mapping[str, np.ndarray], name: str, lines: np.ndarray | None = None) -> list[Problem]:
    """Say which rates (E210), magnitudes (E404), depths (E206) and years (E503) cannot be, with their lines if any.

    Nothing may be infinite. NaN is an empty cell, which the reader of a table has told of; without lines it cannot be.
    """
    problems: list[Problem] = []

    def wrong_of(column: str, good: np.ndarray) -> np.ndarray:
        return ~good & ~(np.isnan(values[column]) if lines is not None or column == "rate_per_year" else False)

    def at(wrong: np.ndarray, column: str) -> tuple[str, dict[str, object]]:
        rows = np.flatnonzero(wrong)
        marks = [""] * rows.size if lines is None else [f" (:{line})" for line in lines[rows]]
        got = tuple(f"{values[column][i]:.6g}{mark}" for i, mark in zip(rows, marks, strict=True))
        line = "" if lines is None else f":{lines[rows[0]]}"
        return f"{name}{line} [{column}]", {"got": got, "n": rows.size}

    rate = values["rate_per_year"]
    if (wrong := wrong_of("rate_per_year", (rate >= 0.0) & np.isfinite(rate))).any():
        where, params = at(wrong, "rate_per_year")
        problems.append(Problem("E210", where, {**params, "of": "forecast"}))
    magnitude = values["magnitude"]
    if (wrong := wrong_of("magnitude", (magnitude >= MAGNITUDES[0]) & (magnitude <= MAGNITUDES[1]))).any():
        where, params = at(wrong, "magnitude")
        limits = {"low": MAGNITUDES[0], "high": MAGNITUDES[1]}
        problems.append(Problem("E404", where, {**params, **limits, "of": "forecast"}))
    depth_km = values.get("depth_km", np.empty(0))
    if depth_km.size and (wrong := wrong_of("depth_km", (depth_km > DEPTHS_KM[0]) & (depth_km <= DEPTHS_KM[1]))).any():
        where, params = at(wrong, "depth_km")
        up = bool((depth_km[wrong] < 0.0).all())
        problems.append(Problem("E206", where, {**params, "fix": Phrase(f"exchange.depth_{'up' if up else 'km'}")}))
    year = values.get("year", np.empty(0))
    whole = (year == np.round(year)) & (year >= YEARS[0]) & (year <= YEARS[1])
    if year.size and (wrong := wrong_of("year", whole)).any():
        where, params = at(wrong, "year")
        problems.append(Problem("E503", where, {**params, "expected": Phrase("expected.year"), "example": "2026"}))
    return problems


def unequal(where: str, names: Sequence[str], weight: np.ndarray) -> list[Problem]:
    """E504 for weights that do not sum to one or are negative."""
    if abs(float(weight.sum()) - 1.0) <= WEIGHT_TOLERANCE and (weight >= 0.0).all():
        return []
    pairs = zip(names, weight, strict=True)
    weights = tuple(Phrase("scenario.weight", {"name": name, "weight": float(each)}) for name, each in pairs)
    return [Problem("E504", where, {"key": "weight", "sum": float(weight.sum()), "weights": weights})]


def located(rate: np.ndarray, held: Axes, declared: str) -> xr.Dataset:
    """Return the forecast with its cells in a metric system; places without any rate are left out and counted."""
    active = rate.reshape(rate.shape[0], -1).any(axis=1)
    used = rate[active].any(axis=(0, 2, 3)) if active.any() else np.ones(held.magnitude.size, dtype=bool)
    kept = active if active.any() else np.ones_like(active)
    place = held.place[kept]
    depth = place[:, 2] if place.shape[1] > 2 else None
    return dataset(
        {"rate": (("cell", "magnitude", "year", "branch"), rate[kept][:, used], {"units": "1/year"})},
        held.magnitude[used],
        held.year,
        held.branch,
        held.weight,
        (place[:, 0], place[:, 1], depth),
        declared,
        int((~kept).sum()),
    )


def dataset(
    variables: dict[str, tuple[object, ...]],
    magnitude: np.ndarray,
    year: np.ndarray,
    branch: Sequence[str],
    weight: np.ndarray,
    place: tuple[np.ndarray, np.ndarray, np.ndarray | None],
    declared: str,
    without_rate: int,
) -> xr.Dataset:
    """Return a labelled forecast from its variables, axes and places (x, y in the declared system, depth in km)."""
    x, y, depth = place
    system = anywhere.system_of(*anywhere.to_lonlat(x, y, declared))
    east, north = anywhere.to_system(x, y, declared, system)
    coords: dict[str, object] = {
        "magnitude": magnitude,
        "year": year.astype(int),
        "branch": list(branch),
        "cell_x": ("cell", east, {"units": "m"}),
        "cell_y": ("cell", north, {"units": "m"}),
    }
    if depth is not None:
        coords["cell_depth"] = ("cell", depth, {"units": "km"})
    found = xr.Dataset(variables | {"weight": ("branch", weight)}, coords=coords)
    return found.assign_attrs(crs=system, cells_without_rate=without_rate)
