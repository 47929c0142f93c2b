"""The files that a question about subsidence names: outlines, grids of a reservoir, series of years, caverns, objects.

Each reader returns what was read, None where there is an error, and every problem of the file at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from mijnrisico.core import table
from mijnrisico.core.table import Row, Table, columns
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import grid_table, outline
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from mijnrisico.studies.salt import Answer

YEARS: Final = (1850.0, 2300.0)
"""No moment lies outside these: a number that does is no year."""
GRID_COLUMNS: Final = ("thickness_m", "depth_m", "compressibility_per_bar", "inside_fraction")
"""What a grid of a reservoir may hold; thickness it must."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values at decimal years that rise: `values` by column, each (time,)."""

    years: np.ndarray
    values: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Caverns:
    """Caverns: name, place (m, RD New), top, bottom and radius (m), each (cavern,)."""

    names: tuple[str, ...]
    x_m: np.ndarray
    y_m: np.ndarray
    top_m: np.ndarray
    bottom_m: np.ndarray
    radius_m: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """Buildings and structures: name, place (m, RD New), and the columns with numbers that the file has."""

    names: tuple[str, ...]
    x_m: np.ndarray
    y_m: np.ndarray
    values: dict[str, np.ndarray]
    texts: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What the files of one activity hold; None for what it does not name."""

    polygon: outline.Polygon | None = None
    grid: xr.Dataset | None = None
    pressure: Series | xr.DataArray | None = None
    production: Series | None = None
    caverns: Caverns | None = None
    volumes: Mapping[str, Series] | None = None
    cooling: Series | None = None


def series(
    path: Path, columns: Sequence[str], *, rises: str = "", positive: bool = True, yearly: bool = False
) -> tuple[Series | None, list[Problem]]:
    """Read `year` and columns of numbers; E503 where years do not rise or a value is negative.

    `rises` names a column that must not fall with the years, such as a cumulative volume. `yearly`: what stands in a
    row is of that year alone, so that every year must have a row.
    """
    found, problems = _numbers(path, ("year", *columns))
    if found is None:
        return None, problems
    head, values = found
    years = values.pop("year")
    if len(years) < 2:
        return None, [*problems, Problem("E214", path.name)]
    problems += _moments(head, years, yearly=yearly)
    for name in columns if positive else ():
        wrong = [head.rows[i] for i in np.flatnonzero(values[name] < 0.0)]
        problems += table.by_rows(
            "E503", head, name, wrong, expected=Phrase("subsidence.expected.not_negative"), example="12.5"
        )
    if rises:
        problems += _rising(head, rises, values[rises], "subsidence.expected.cumulative", "1200.0", strictly=False)
    return (None if _wrong(problems) else Series(years, values)), problems


def caverns(path: Path, declared: str) -> tuple[Caverns | None, list[Problem]]:
    """Read `cavern, x_m, y_m, top_m, bottom_m, radius_m`; x and y in RD New unless `declared` says otherwise."""
    needed = ("x_m", "y_m", "top_m", "bottom_m", "radius_m")
    found, problems = _numbers(path, needed, text=("cavern",))
    if found is None:
        return None, problems
    head, values = found
    names = tuple(row.cells.get("cavern", "") for row in head.rows)
    problems += _twice(head, "cavern", names)
    for name, wrong, expected, example in (
        ("radius_m", values["radius_m"] <= 0.0, "positive", "40"),
        ("top_m", values["top_m"] <= 0.0, "positive", "1500"),
        ("bottom_m", values["bottom_m"] <= values["top_m"], "below_top", "1700"),
    ):
        rows = [head.rows[i] for i in np.flatnonzero(wrong)]
        expecting = Phrase(f"subsidence.expected.{expected}")
        problems += table.by_rows("E503", head, name, rows, expected=expecting, example=example)
    x, y, wrong_place = _placed(head, values, declared)
    problems += wrong_place
    if _wrong(problems):
        return None, problems
    return Caverns(names, x, y, values["top_m"], values["bottom_m"], values["radius_m"]), problems


def volumes(path: Path, names: Sequence[str]) -> tuple[dict[str, Series] | None, list[Problem]]:
    """Read `cavern, year, volume_loss_m3`: the cumulative loss of each cavern, whose names must be known."""
    found, problems = _numbers(path, ("year", "volume_loss_m3"), text=("cavern",))
    if found is None:
        return None, problems
    head, values = found
    of = np.array([row.cells.get("cavern", "") for row in head.rows])
    strange = [row for row, name in zip(head.rows, of, strict=True) if name not in names]
    known = Phrase("form.one_of", {"known": tuple(names)})
    problems += table.by_rows("E503", head, "cavern", strange, expected=known, example=names[0] if names else "A1")
    lost: dict[str, Series] = {}
    for name in dict.fromkeys(of):
        rows = np.flatnonzero(of == name)
        years, volume = values["year"][rows], values["volume_loss_m3"][rows]
        part = Table(head.name, head.columns, tuple(head.rows[i] for i in rows), head.dutch)
        problems += _moments(part, years)
        problems += _rising(part, "volume_loss_m3", volume, "subsidence.expected.cumulative", "1200.0", strictly=False)
        lost[name] = Series(years, {"volume_loss_m3": volume})
    if lacking := tuple(name for name in names if name not in lost):
        params = {"key": "cavern", "got": lacking, "expected": Phrase("subsidence.expected.every_cavern")}
        problems.append(Problem("E503", f"{path.name} [cavern]", {**params, "example": f"{lacking[0]},2000,0"}))
    return (None if _wrong(problems) else lost), problems


def closing(answer: "Answer", option: str) -> tuple[Caverns, dict[str, Series]]:
    """Caverns of a question about salt, and what each lost: in a line from its leaching on, then as it is left."""
    asked = answer.question
    years, after = answer.lost_m3(option)
    lost: dict[str, Series] = {}
    for k, (cavern, given) in enumerate(zip(asked.caverns, asked.entry.cavern, strict=True)):
        before = float(answer.states[cavern.name].lost_m3.mean())
        first = given.leached_from if given.leached_from is not None else asked.entry.start - 1
        moments = np.concatenate([[min(float(first), years[0] - 1.0)], years])
        lost[cavern.name] = Series(moments, {"volume_loss_m3": np.concatenate([[0.0], before + after[:, k]])})
    names = tuple(cavern.name for cavern in asked.caverns)
    x, y, top, bottom = (
        np.array([float(getattr(each, key)) for each in asked.entry.cavern])
        for key in ("x_rd", "y_rd", "top_m", "bottom_m")
    )
    radius = np.array([each.radius_m or 0.5 * (each.bottom_m - each.top_m) for each in asked.entry.cavern])
    return Caverns(names, x, y, top, bottom, radius), lost


def reservoir_grid(path: Path, declared: str) -> tuple[xr.Dataset | None, list[Problem]]:
    """Read a grid of a reservoir: x, y (or x_rd, y_rd), thickness_m and any other of `GRID_COLUMNS`."""

    def choose(head: Table) -> "tuple[str, ...] | list[Problem]":
        pair = ("x_rd", "y_rd") if {"x_rd", "y_rd"} <= set(head.columns) else ("x", "y")
        needed = [("x", "x_rd"), ("y", "y_rd"), ("thickness_m",)]
        if lacking := table.missing_columns(head, needed):
            return [to_rename(one, needed) for one in lacking]
        return (*pair, *(name for name in GRID_COLUMNS if name in head.columns))

    found = grid_table.read(path, columns={}, crs=declared or systems.RD, role="thickness", choose=choose)
    if found.grid is None:
        return None, list(found.problems)
    return found.grid.to_dataset("column"), list(found.problems)


def objects(path: Path, declared: str) -> tuple[Objects | None, list[Problem]]:
    """Read objects: `object, x_m, y_m, length_m`, and where there are: height_m, weir, level_change_cm.

    The last is what the water board changed the level behind the weir by since the first year, up positive.
    """
    more = ("height_m", "level_change_cm")
    found, problems = _numbers(path, ("x_m", "y_m", "length_m"), text=("object",), may=more)
    if found is None:
        return None, problems
    head, values = found
    names = tuple(row.cells.get("object", "") for row in head.rows)
    problems += _twice(head, "object", names)
    x, y, wrong_place = _placed(head, values, declared)
    problems += wrong_place
    texts = {name: tuple(row.cells.get(name, "") for row in head.rows) for name in ("weir",) if name in head.columns}
    strange = [row for row in head.rows if (weir := row.cells.get("weir", "")) and weir not in names]
    example = names[0] if names else "weir 1"
    problems += table.by_rows(
        "E503", head, "weir", strange, expected=Phrase("subsidence.expected.weir"), example=example
    )
    if _wrong(problems):
        return None, problems
    return Objects(names, x, y, {k: v for k, v in values.items() if k not in ("x_m", "y_m")}, texts), problems


def _numbers(
    path: Path, columns: Sequence[str], text: Sequence[str] = (), may: Sequence[str] = ()
) -> tuple[tuple[Table, dict[str, np.ndarray]] | None, list[Problem]]:
    """Read columns of numbers that must be there and those that may; NaN only in the latter."""
    head = table.read(path)
    if isinstance(head, Problem):
        return None, [head]
    if lacking := table.missing_columns(head, [(name,) for name in (*text, *columns)]):
        return None, [*head.problems, *(to_rename(one, [(name,) for name in (*text, *columns)]) for one in lacking)]
    if not head.rows:
        return None, [*head.problems, Problem("E214", path.name)]
    values: dict[str, np.ndarray] = {}
    problems = list(head.problems)
    for name in (*columns, *(name for name in may if name in head.columns)):
        numbers, wrong = table.numbers(head, name)
        problems += [one for one in wrong if name in columns or one.code != "E401"]
        values[name] = np.array([np.nan if value is None else value for value in numbers])
    if any(np.isnan(values[name]).any() for name in columns):
        return None, problems
    return (head, values), problems


def to_rename(problem: Problem, needed: Sequence[Sequence[str]]) -> Problem:
    """Say of columns that are not there (E507) which to rename in the file itself: a question has no other way."""
    if problem.code != "E507":
        return problem
    pairs = columns.suggestion(needed, str(problem.params["found"]).split(", "))
    remedy = Phrase("tables.rename")
    if pairs:
        renamed = tuple(f"{there} → {wanted}" for wanted, there in pairs.items())
        remedy = Phrase("subsidence.rename", {"pairs": renamed})
    return Problem(problem.code, problem.where, {**problem.params, "remedy": remedy})


def own_key(problem: Problem, section: str) -> Problem:
    """Let the remedy of a problem of places name the key of a question: `crs` in one of its tables."""
    remedy = problem.params.get("remedy")
    if not isinstance(remedy, Phrase) or "set" not in remedy.params:
        return problem
    setting = str(remedy.params["set"]).rpartition(".")[2]
    own = Phrase(remedy.key, {**remedy.params, "set": f"{section}  {setting}"})
    return Problem(problem.code, problem.where, {**problem.params, "remedy": own})


def _placed(head: Table, values: dict[str, np.ndarray], declared: str) -> tuple[np.ndarray, np.ndarray, list[Problem]]:
    """Places in RD New of columns x_m and y_m."""
    x, y, declared = values["x_m"], values["y_m"], declared or systems.RD
    where, setting = head.where(column="x_m, y_m"), 'crs = "{crs}"'
    problems = list(systems.check(x, y, declared, where=where, setting=setting))
    if _wrong(problems):
        return x, y, problems
    return *systems.to_rd(x, y, declared), problems


def _moments(head: Table, years: np.ndarray, *, yearly: bool = False) -> list[Problem]:
    """E503 for what is no year, for years that do not rise, and where every year counts for one that is left out."""
    low, high = YEARS
    strange = [head.rows[i] for i in np.flatnonzero((years < low) | (years > high))]
    if strange:
        expected = Phrase("subsidence.expected.year", {"low": low, "high": high})
        return table.by_rows("E503", head, "year", strange, expected=expected, example="1990")
    if problems := _rising(head, "year", years, "subsidence.expected.years", "1990.5", strictly=True):
        return problems
    if not yearly:
        return []
    after = np.flatnonzero(np.append(years[0] % 1.0 != 0.0, np.diff(years) != 1.0))
    rows = [head.rows[i] for i in after]
    example = f"{int(years[max(after[0] - 1, 0)]) + (after[0] > 0)}" if after.size else ""
    return table.by_rows("E503", head, "year", rows, expected=Phrase("subsidence.expected.every_year"), example=example)


def _rising(
    head: Table, column: str, values: np.ndarray, expected: str, example: str, *, strictly: bool
) -> list[Problem]:
    steps = np.diff(values)
    wrong = [head.rows[i + 1] for i in np.flatnonzero(steps <= 0.0 if strictly else steps < 0.0)]
    return table.by_rows("E503", head, column, wrong, expected=Phrase(expected), example=example)


def _twice(head: Table, column: str, names: Sequence[str]) -> list[Problem]:
    wrong: list[Row] = [row for k, row in enumerate(head.rows) if names[k] in names[:k] or not names[k]]
    expected = Phrase("subsidence.expected.unique")
    return table.by_rows("E503", head, column, wrong, expected=expected, example=f"{column} 7")


def _wrong(problems: Sequence[Problem]) -> bool:
    return any(problem.code.startswith("E") for problem in problems)


__all__ = [
    "GRID_COLUMNS",
    "Caverns",
    "Ground",
    "Objects",
    "Series",
    "caverns",
    "closing",
    "objects",
    "own_key",
    "reservoir_grid",
    "series",
    "to_rename",
    "volumes",
]
