"""A regular grid from a table with a place and one or more values in each row: X, Y, value or X, Y, value, value, ...

found = read(path, columns=..., crs="EPSG:28992", role="thickness", choose=...)
found.grid       (column, y, x), NaN in empty cells; None where there is no grid to speak of
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import place_table, pressure_checks
from mijnrisico.data.readers.place_table import Choose, Numbers
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_LARGEST_SHARE_ABROAD: Final = 0.5
"""A grid may reach across the border: Groningen lies beside it."""


@dataclass(frozen=True, slots=True)
class GridTable:
    """A grid in its own unit and coordinate system, and what was found; no grid where there is an error."""

    grid: xr.DataArray | None
    crs: str
    problems: tuple[Problem, ...]
    rows: int = 0


def read(path: Path, *, columns: Mapping[str, str], crs: str, role: str, choose: Choose) -> GridTable:
    """Read the two columns of places and those of values that `choose` names after them; every problem at once.

    `role` is the table under [inputs] that names the file: messages speak of it.
    """
    found = place_table.read(path, columns, choose, ("x_rd", "y_rd", "x", "y"))
    if not isinstance(found, Numbers):
        return GridTable(None, crs, tuple(found))
    x_name, y_name, *labels = found.values
    crs = systems.RD if x_name == "x_rd" else crs
    x, y = found.values[x_name], found.values[y_name]
    where = found.where(x_name, y_name)
    problems = [*found.problems, *places(x, y, crs, where, role)]
    if not any(problem.code.startswith("E") for problem in problems):
        problems += _no_grid(found, x, y, where, role)
    if any(problem.code.startswith("E") for problem in problems):
        return GridTable(None, crs, tuple(problems), x.size)
    x_axis, y_axis = axis(x), axis(y)
    i, j = (np.round((at - line[0]) / (line[1] - line[0])).astype(int) for at, line in ((x, x_axis), (y, y_axis)))
    values = np.full((len(labels), y_axis.size, x_axis.size), np.nan)
    for number, label in enumerate(labels):
        values[number, j, i] = found.values[label]
    grid = xr.DataArray(values, dims=("column", "y", "x"), coords={"column": labels, "y": y_axis, "x": x_axis})
    problems += [_named(problem, role) for problem in pressure_checks.sparse(grid, where)]
    return GridTable(grid, crs, tuple(problems), x.size)


def places(x: np.ndarray, y: np.ndarray, crs: str, where: str, role: str) -> list[Problem]:
    """Say what is wrong with the places of a file of the reservoir; part of them may lie across the border."""
    found = systems.check(x, y, crs, where=where, setting=f'inputs.{role}.crs = "{{crs}}"')
    most = _LARGEST_SHARE_ABROAD * x.size
    return [problem for problem in found if problem.code != "E105" or int(str(problem.params["n"])) > most]


def axis(centres: np.ndarray) -> np.ndarray:
    """Regular axis through centres, some of which may be absent."""
    given = np.unique(centres.astype(float))
    cells = round((given[-1] - given[0]) / float(np.median(np.diff(given))))
    return np.linspace(given[0], given[-1], cells + 1)


def _no_grid(found: Numbers, x: np.ndarray, y: np.ndarray, where: str, role: str) -> Iterator[Problem]:
    """E110 for places that make no regular grid, or that stand there twice."""
    if not x.size:
        yield Problem("E214", found.name)
        return
    irregular = [*pressure_checks.irregular(np.unique(x), np.unique(y), where)]
    yield from (_named(problem, role) for problem in irregular)
    _, first = np.unique(np.column_stack([x, y]), axis=0, return_index=True)
    again = np.setdiff1d(np.arange(x.size), first)
    if again.size and not irregular:
        got = tuple(f"x {x[i]:.0f}, y {y[i]:.0f} (:{found.lines[i]})" for i in again)
        what = {"got": got, "what": Phrase("inputs.place_twice")}
        yield _named(Problem("E110", f"{found.name}:{found.lines[again[0]]}", what), role)


def _named(problem: Problem, role: str) -> Problem:
    """Let a problem of a grid speak of what the grid holds; that of pressures has words of its own."""
    if role == "pressure":
        return problem
    return Problem(problem.code, problem.where, {**problem.params, "of": "grid", "name": Phrase(f"inputs.name.{role}")})
