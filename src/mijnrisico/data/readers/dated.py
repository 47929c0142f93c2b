"""Grids with a value for each date beside a place: X, Y, P19570101, P19580101, ... (RD New, metres).

The form in which the reservoir model of Groningen is published: the parser of the public source model
(github.com/TNO/SHRA-Groningen-seismic-source-model, parse_input.py) takes the first two columns as X and Y (or x and y)
and every other as one letter and a date, P for pressure and T for temperature, underscores left out. Its rate-type
compaction reads no strains but a second grid of compressibility (X, Y, value: `reservoir`); a file of strains per date,
for which no public layout was found, is read here with any letters before the date.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.core import table
from mijnrisico.core.table import Table
from mijnrisico.data.readers import grid_table, regrid
from mijnrisico.data.readers.grid_table import GridTable
from mijnrisico.data.readers.place_table import pair_of
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_DATED: Final = re.compile(r"(?P<prefix>[a-z]+_?|)(?P<date>\d{4}[_-]?\d{2}[_-]?\d{2})")
_TRIED: Final = re.compile(r"[a-z]{0,12}_?\d[\d_/-]*")
"""Looks like a date behind a letter, whether or not it is one."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def is_dated(columns: tuple[str, ...]) -> bool:
    """Say whether a header (lower case) has columns that are named after a date."""
    return any(_DATED.fullmatch(name) for name in columns)


def read(path: Path, *, columns: Mapping[str, str] | None = None, crs: str = "", role: str = "strain") -> GridTable:
    """Read a grid for each date as (time, y, x), in its own unit, brought to the axes of RD New.

    Args:
        path: CSV file; one row a place.
        columns: needed name (x, y) -> name in the file.
        crs: of x and y, such as "EPSG:28992"; columns x_rd and y_rd are RD New.
        role: what messages speak of.

    E503 for columns that look like a date and are none, or belong to another quantity; E301 for dates that go back or
    stand there twice.
    """
    found = as_written(path, columns=columns or {}, crs=crs, role=role)
    if found.grid is None:
        return found
    moved = regrid.to_rd(found.grid, found.crs, f"{path.name} [x, y]")
    if isinstance(moved, Problem):
        return GridTable(None, found.crs, (*found.problems, moved), found.rows)
    return GridTable(moved, found.crs, found.problems, found.rows)


def as_written(path: Path, *, columns: Mapping[str, str], crs: str, role: str) -> GridTable:
    """Read the grids in the coordinate system of the file; see `read`."""

    def choose(head: Table) -> tuple[str, ...] | list[Problem]:
        return _choose(head, role)

    found = grid_table.read(path, columns=columns, crs=crs, role=role, choose=choose)
    if found.grid is None:
        return found
    times = np.array([_day(str(name)) for name in found.grid["column"].to_numpy()], dtype="datetime64[ns]")
    plain = xr.DataArray(found.grid.to_numpy(), dims=("time", "y", "x"), coords={"time": times})
    plain = plain.assign_coords(y=found.grid["y"].to_numpy(), x=found.grid["x"].to_numpy()).rename(role)
    return GridTable(plain, found.crs, found.problems, found.rows)


def _day(name: str) -> date | None:
    """Return the date in the name of a column, None where there is none."""
    match = _DATED.fullmatch(name)
    if match is None:
        return None
    digits = re.sub(r"[_-]", "", match["date"])
    try:
        day = date.fromisoformat(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _choose(head: Table, role: str) -> tuple[str, ...] | list[Problem]:
    """Return the columns of places and dates of a header, or everything that is wrong with it."""
    pair = pair_of(head)
    problems = list(table.missing_columns(head, [("x", "x_rd"), ("y", "y_rd")], f"inputs.{role}"))
    rest = [name for name in head.columns if name not in pair]
    dated = [name for name in rest if _day(name) is not None]
    prefixes = Counter(_prefix(name) for name in dated)
    prefix = prefixes.most_common(1)[0][0] if prefixes else ""
    odd = [name for name in rest if _day(name) is None and _TRIED.fullmatch(name)]
    odd += [name for name in dated if _prefix(name) != prefix]
    if odd or not dated:
        got = tuple(name.upper() for name in odd) or tuple(rest) or ("–",)
        example = f"{(prefix or 'p').upper()}20240101"
        expected = Phrase("inputs.dated_columns", {"example": example})
        problems.append(Problem("E503", head.where(), {"got": got, "expected": expected, "example": example}))
    days = [(day, name) for name in dated if (day := _day(name)) is not None and _prefix(name) == prefix]
    back = [f"{name.upper()} ({after} <= {before})" for (before, _), (after, name) in pairwise(days) if after <= before]
    if back:
        problems.append(Problem("E301", head.where(), {"of": "pressure", "got": tuple(back)}))
    return problems or (*pair, *(name for _, name in days))


def _prefix(name: str) -> str:
    match = _DATED.fullmatch(name)
    return match["prefix"] if match else ""
