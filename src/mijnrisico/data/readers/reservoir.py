"""Grids of the reservoir of users: thickness, depth of the top, uniaxial compressibility; CSV with X, Y and a value.

The form of the published input of the source model of Groningen: its parser takes the two columns X and Y (or x and y)
and the one column beside them, whatever it is called (github.com/TNO/SHRA-Groningen-seismic-source-model,
parse_input.py; read, its files were not). Points that make no regular grid, which it interpolates, are refused here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import xarray as xr

from mijnrisico.core import table
from mijnrisico.core.table import Table
from mijnrisico.data.readers import grid_table, regrid
from mijnrisico.data.readers.place_table import pair_of
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

Role = Literal["thickness", "depth", "compressibility"]
UNITS: Final[Mapping[str, float]] = {"1/MPa": 1.0, "1/bar": 10.0, "1/Pa": 1e6}
"""Compressibility per MPa of one in each unit."""
PLAUSIBLE_PER_MPA: Final = (2e-5, 2e-4)
"""What the median of Rotliegend sandstone in Groningen can be (packaged value: 7e-5). A factor of ten wide, so that of
1/bar and 1/MPa only one can fit; the range of the error catalogue, 1e-5 to 1e-3, would let that mistake pass."""
PLAUSIBLE_DEPTH_M: Final = (500.0, 6000.0)
PLAUSIBLE_THICKNESS_M: Final = (10.0, 1000.0)
"""Of the medians. A field on land in the north of the Netherlands lies at some 3 km and is some 200 m thick."""
LEAST_THICKNESS_M: Final = 1.0
"""Where a reservoir is not thicker than this there is none; the public chain draws the same line."""
UNIT: Final[Mapping[Role, str]] = {"thickness": "m", "depth": "m", "compressibility": "1/MPa"}


@dataclass(frozen=True, slots=True)
class Read:
    """A grid (y, x) along RD New in m or 1/MPa, NaN where it has no value; None where an error keeps it from being one.

    `unit` in its attributes.
    """

    grid: xr.DataArray | None
    problems: tuple[Problem, ...]
    name: str
    rows: int = 0


def read(path: Path, role: Role, *, columns: Mapping[str, str] | None = None, crs: str = "", unit: str = "") -> Read:
    """Read a grid of the reservoir and check it; every problem is reported, not only the first.

    Args:
        path: CSV file with a row for each cell.
        role: thickness (m), depth of the top (m, positive down) or compressibility.
        columns: needed name (x, y and the role) -> name in the file; a single third column needs none.
        crs: of x and y, such as "EPSG:28992"; columns x_rd and y_rd are RD New.
        unit: of a compressibility: "1/bar", "1/MPa" or "1/Pa".

    E110 for what is no regular grid, E206 for a depth or thickness that cannot be in metres, E203 for a compressibility
    that cannot be in its unit, E210 for what cannot be negative. W210 for cells where there is no reservoir.
    """

    def choose(head: Table) -> tuple[str, ...] | list[Problem]:
        pair = pair_of(head)
        rest = [name for name in head.columns if name and name not in pair]
        label = rest[0] if role not in head.columns and len(rest) == 1 else role
        needed = [("x", "x_rd"), ("y", "y_rd"), (label,)]
        return table.missing_columns(head, needed, f"inputs.{role}") or (*pair, label)

    found = grid_table.read(path, columns=columns or {}, crs=crs, role=role, choose=choose)
    if found.grid is None:
        return Read(None, found.problems, path.name, found.rows)
    where = f"{path.name} [{found.grid['column'].to_numpy()[0]}]"
    given = found.grid.rename(column="time")  # as `regrid` knows a stack of grids
    kept, none = _without_reservoir(given, role, where)
    problems = (*found.problems, *none, *_values(kept, role, unit, where))
    moved = regrid.to_rd(kept * (UNITS[unit] if role == "compressibility" else 1.0), found.crs, f"{path.name} [x, y]")
    if isinstance(moved, Problem):
        return Read(None, (*problems, moved), path.name, found.rows)
    plain = moved.isel(time=0, drop=True).rename(role).assign_attrs(units=UNIT[role])
    wrong = any(problem.code.startswith("E") for problem in problems)
    return Read(None if wrong else plain, problems, path.name, found.rows)


def _without_reservoir(grid: xr.DataArray, role: Role, where: str) -> tuple[xr.DataArray, list[Problem]]:
    """Return the grid with NaN where a value says that there is no reservoir, and W210 for those cells."""
    values = grid.to_numpy()
    none = (values >= 0.0) & (values <= LEAST_THICKNESS_M) if role == "thickness" else values == 0.0
    if not none.any():
        return grid, []
    params = {"of": "grid", "name": Phrase(f"inputs.name.{role}"), "n": int(none.sum()), "got": _cells(grid, none)}
    return grid.copy(data=np.where(none, np.nan, values)), [Problem("W210", where, params)]


def _values(grid: xr.DataArray, role: Role, unit: str, where: str) -> list[Problem]:
    """E401 for a grid without values, E210 for negative ones, E203 or E206 where their middle cannot be."""
    values = grid.to_numpy()
    known = values[np.isfinite(values)]
    name = {"name": Phrase(f"inputs.name.{role}")}
    if not known.size:
        return [Problem("E401", where, {"of": "grid", "n": values.size, "got": "–", **name})]
    middle = float(np.median(known))
    if role == "depth":
        return _depth(known, middle, where)
    problems = []
    if (negative := values < 0.0).any():
        params = {"of": "grid", "got": _cells(grid, negative, values), "n": int(negative.sum()), **name}
        problems.append(Problem("E210", where, params))
    if role == "compressibility":
        return [*problems, *_compressibility(middle, unit, where)]
    low, high = PLAUSIBLE_THICKNESS_M
    if not low <= middle <= high and middle > 0.0:
        fix = Phrase("inputs.in_kilometres" if low <= 1000.0 * middle <= high else "inputs.check_metres")
        got = float(f"{middle:.4g}")
        problems.append(
            Problem("E206", where, {"of": "thickness", "got": got, "usual": f"{low:g}–{high:g}", "fix": fix})
        )
    return problems


def _depth(known: np.ndarray, middle: float, where: str) -> list[Problem]:
    low, high = PLAUSIBLE_DEPTH_M
    if low <= middle <= high and known.min() > 0.0:
        return []
    up, thousands = middle < 0.0, low <= 1000.0 * abs(middle) <= high
    kind = "up_kilometres" if up and thousands else "up" if up else "in_kilometres" if thousands else "check_metres"
    got = float(f"{middle if not low <= middle <= high else known.min():.4g}")
    fix = Phrase(f"inputs.{kind}")
    return [Problem("E206", where, {"of": "depth", "got": got, "usual": f"{low:g}–{high:g}", "fix": fix})]


def _compressibility(middle: float, unit: str, where: str) -> list[Problem]:
    """E203 where the median, in the unit stated, is not that of a sandstone."""
    low, high = PLAUSIBLE_PER_MPA
    fits = [other for other, factor in UNITS.items() if low <= middle * factor <= high]
    if unit in fits:
        return []
    kind = "inputs.unit_guess" if len(fits) == 1 else "inputs.unit_ask"
    remedy = Phrase(kind, {"guess": fits[0] if fits else ""})
    params = {"value": f"{middle:.3g}", "unit": unit, "per_mpa": f"{middle * UNITS[unit]:.3g}"}
    return [Problem("E203", where, {**params, "usual": f"{low:g} – {high:g}", "remedy": remedy})]


def _cells(grid: xr.DataArray, chosen: np.ndarray, values: np.ndarray | None = None) -> tuple[str, ...]:
    """Return the chosen cells in words, with their values where these are given."""
    x, y = grid["x"].to_numpy(), grid["y"].to_numpy()
    places = [(k, j, i, f"x {x[i]:.10g}, y {y[j]:.10g}") for k, j, i in np.argwhere(chosen)]
    return tuple(text if values is None else f"{values[k, j, i]:g} ({text})" for k, j, i, text in places)
