"""Tables of measured displacements of the surface, whatever the technique: places, moments, unit, direction, reference.

The readers `levelling`, `gnss` and `insar` say which quantities they know; this is what they share. A table holds
either differences (columns from and to) or series (one column year or date, one row for each epoch; differences are
then taken against the first epoch of each point). The name of a column of values says what it holds:

    <quantity>_<unit> or <quantity>_<unit>_per_year         subsidence_mm, height_change_m, toward_mm_per_year

with unit m, cm or mm. A name that leaves unit or direction open needs the setting `unit` or `sign`: nothing is guessed
from the values. What comes out is one row for each number, with the columns of `COLUMNS`, in m, up positive.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from mijnrisico.core import table
from mijnrisico.core.table import Row, Table
from mijnrisico.data.readers import crs, displacement_rows, moments, sites
from mijnrisico.data.readers.displacement_rows import Value
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

COLUMNS: Final = (
    "technique", "point", "x_m", "y_m", "from_year", "to_year", "east", "north", "up", "value_m", "reference",
    "reference_x_m", "reference_y_m", "set", "sigma_m", "where",
)  # fmt: skip
"""What comes out; `sigma_m` is NaN where the file gives none, `where` says in which file and row a number stands."""

UNITS: Final[Mapping[str, float]] = {"m": 1.0, "cm": 0.01, "mm": 0.001}
SIGNS: Final[Mapping[str, float]] = {"up": 1.0, "down": -1.0, "toward": 1.0, "away": -1.0}
FROM: Final = ("from", "from_year", "van", "begin", "start")
TO: Final = ("to", "to_year", "tot", "eind", "end")
EPOCH: Final = ("year", "date", "epoch", "jaar", "datum", "epoche")
POINT: Final = ("point", "punt", "peilmerk", "benchmark", "station", "name", "naam", "id")
REFERENCE: Final = ("reference", "referentie", "referentiepunt")
SET: Final = ("set", "track", "spoor")

LARGEST_M: Final = 20.0
SMALLEST_M: Final = 2e-5
"""No displacement is larger, and no file holds only smaller ones: they were meant in another unit."""
_YEARS: Final = (1850.0, 2200.0)
_SIGMA: Final = re.compile(r"sigma(_(?P<name>.+?))?_(?P<unit>mm|cm|m)(?P<rate>_per_year|_per_jaar)?")
_VALUE: Final = re.compile(r"(?P<name>.+?)(_(?P<unit>mm|cm|m))?(?P<rate>_per_year|_per_jaar)?")


@dataclass(frozen=True, slots=True)
class Kind:
    """A technique and the quantities that its tables may hold: name -> component and sign (0: the user must say).

    Components: up, east, north, los (along the line of sight, toward the satellite), height (a level, not a change).
    """

    technique: str
    quantities: Mapping[str, tuple[str, float]]
    example: str
    signs: tuple[str, str] = ("up", "down")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user says of a file besides its columns.

    `names`: needed name -> name in the file. `declared`: coordinate system, such as EPSG:28992. `unit` and `sign` of a
    column whose name does not say. `reference`: the point of the file against which series are differenced, or that
    all differences refer to. `set`: name of the set (network, track).
    """

    names: Mapping[str, str] = field(default_factory=dict)
    declared: str = ""
    unit: str = ""
    sign: str = ""
    reference: str = ""
    set: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Rows with the columns of `COLUMNS`, None where there is an error; what was found; and rows that say nothing.

    `unused` names points with a single epoch: no change can be told from one.
    """

    rows: pd.DataFrame | None
    problems: tuple[Problem, ...]
    unused: tuple[str, ...] = ()


Look = Callable[[Table], tuple[np.ndarray, list[Problem]]]
"""Returns the lines of sight (row, 3) of a table, toward the satellite, and what is wrong with them."""


def read(path: Path, kind: Kind, settings: Settings, look: Look | None = None) -> Read:
    """Read a table of displacements; see the head of this file. `look` tells the lines of sight where there are any.

    Every problem of the file at once: E507 for columns that are missing, E401 for empty cells, E503 and E209 for
    moments, values, units and directions that cannot be used, E102-E105 for places, E301 for an epoch of a point that
    stands there twice.
    """
    found = table.read(path, settings.names)
    if isinstance(found, Problem):
        return Read(None, (found,))
    problems: list[Problem] = [*found.problems]
    if not found.rows:
        problems.append(Problem("E214", found.where(), {}))
    point, start, end = (_first(found, names) for names in (POINT, FROM, TO))
    if not start:
        end = _first(found, EPOCH)
    problems += _missing(found, start=start, end=end)
    places, wrong = _places(found, settings.declared)
    problems += wrong
    values, wrong = _values(found, kind, settings, series=not start)
    problems += wrong
    numbers: dict[str, np.ndarray] = {}
    for value in values:
        numbers[value.column], wrong = _numbers(found, value.column)
        problems += wrong
        if value.sigma:
            numbers[value.sigma], wrong = _numbers(found, value.sigma)
            problems += [problem for problem in wrong if problem.code != "E401"]
        problems += _impossible(found, value, numbers[value.column])
    begin, wrong = _years(found, start)
    problems += wrong
    until, wrong = _years(found, end)
    problems += wrong
    direction = np.zeros((len(found.rows), 3))
    if look is not None and any(value.component == "los" for value in values):
        direction, wrong = look(found)
        problems += wrong
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, _once(problems))
    reference, set_ = _first(found, REFERENCE), _first(found, SET)
    frame = pd.DataFrame(
        {
            "technique": kind.technique,
            "point": _texts(found, point),
            "x_m": places[0],
            "y_m": places[1],
            "set": _texts(found, set_) if set_ else settings.set,
            "reference": _texts(found, reference) if reference else settings.reference,
            "reference_x_m": places[2],
            "reference_y_m": places[3],
            "where": [found.where(row) for row in found.rows],
            "from_year": begin,
            "to_year": until,
        }
    )
    frame, wrong = displacement_rows.referred(frame)
    problems += wrong
    long = displacement_rows.long(frame, values, numbers, direction)
    rows, wrong, unused = displacement_rows.periods(long) if start else displacement_rows.series(long)
    problems += wrong
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, _once(problems))
    return Read(rows[list(COLUMNS)].reset_index(drop=True), _once(problems), unused)


def _once(problems: list[Problem]) -> tuple[Problem, ...]:
    """Leave out what is told of a further column in the same words: a Dutch table is one in all of its columns."""
    told = {problem.code: problem for problem in reversed(problems) if problem.code.startswith("W")}
    return tuple(problem for problem in problems if told.get(problem.code, problem) is problem)


def _first(found: Table, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in found.columns), "")


def _texts(found: Table, column: str) -> list[str]:
    return [row.cells.get(column, "") for row in found.rows]


def _missing(found: Table, *, start: str, end: str) -> list[Problem]:
    """E507 for what every table needs; E401 for points without a name."""
    pair = next((pair for pair in sites.PAIRS if set(pair) <= set(found.columns)), None)
    first = ("x_rd", "lon", "x") if pair is None else (pair[0],)
    second = ("y_rd", "lat", "y") if pair is None else (pair[1],)
    moment = (TO[0],) if start else (EPOCH[0], FROM[0])
    needed = [("point",) if not _first(found, POINT) else POINT, first, second, TO if start and end else moment]
    if end and not start:
        needed[-1] = EPOCH
    problems = table.missing_columns(found, needed)
    point = _first(found, POINT)
    nameless = [row for row in found.rows if point and not row.cells.get(point, "")]
    return [*problems, *table.by_rows("E401", found, point, nameless)]


def _places(found: Table, declared: str) -> tuple[np.ndarray, list[Problem]]:
    """Return x, y of the points and of their references (4, row) in RD New, NaN where there is none."""
    places = np.full((4, len(found.rows)), np.nan)
    problems: list[Problem] = []
    pair = next((pair for pair in sites.PAIRS if set(pair) <= set(found.columns)), None)
    if pair is None:
        return places, problems
    system = declared or sites.PAIRS[pair]
    for start, names in ((0, pair), (2, tuple(f"reference_{name}" for name in pair))):
        if not set(names) <= set(found.columns):
            continue
        read = [table.numbers(found, name) for name in names]
        x, y = (np.array([np.nan if v is None else v for v in numbers], dtype=float) for numbers, _ in read)
        problems += [problem for _, wrong in read for problem in wrong if start == 0 or problem.code != "E401"]
        where = [found.where(row) for row in found.rows]
        wrong = crs.check(x, y, system, where=found.name, places=where)
        problems += wrong
        if not wrong:
            places[start], places[start + 1] = crs.to_rd(x, y, system)
    return places, problems


def _values(found: Table, kind: Kind, settings: Settings, *, series: bool) -> tuple[list[Value], list[Problem]]:
    """Return the columns that hold values; E507 where there is none, E503 where unit or direction is not told."""
    values: list[Value] = []
    problems: list[Problem] = []
    sigmas = [match for name in found.columns if (match := _SIGMA.fullmatch(name))]
    for column in found.columns:
        match = _VALUE.fullmatch(column)
        if match is None or match["name"] not in kind.quantities:
            continue
        component, sign = kind.quantities[match["name"]]
        unit, rate = match["unit"] or settings.unit, bool(match["rate"])
        own = settings.sign if sign == 0.0 else ""
        if unit not in UNITS or (sign == 0.0 and own not in kind.signs):
            problems.append(_open(found, column, kind, unit=unit, sign=own or ("" if sign == 0.0 else "given")))
            continue
        if (component == "height" and not series) or (rate and series):
            problems.append(_misfit(found, column, rate=rate))
            continue
        spread = next((one for one in sigmas if one["name"] in (match["name"], None)), None)
        if spread is not None and spread["rate"] and series:
            problems.append(_misfit(found, spread[0], rate=True))
            continue
        factor = UNITS[unit] * (sign or SIGNS[own])
        value = Value(column, component, factor, rate)
        if spread is not None:
            value = replace(value, sigma=spread[0], sigma_factor=UNITS[spread["unit"]], sigma_rate=bool(spread["rate"]))
        values.append(value)
    if not values and not problems:
        params = {"needed": (kind.example,), "found": ", ".join(found.columns), "remedy": Phrase("tables.rename")}
        problems.append(Problem("E507", found.where(), params))
    return values, problems


def _open(found: Table, column: str, kind: Kind, *, unit: str, sign: str) -> Problem:
    """E503 for a column of which unit or direction is not told, with the values that it holds."""
    known, _ = table.numbers(found, column)
    given = [value for value in known if value is not None]
    span = f"{column}: {min(given):.6g} – {max(given):.6g}" if given else column
    what = "unit_and_sign" if not unit and not sign else "sign" if unit in UNITS else "unit"
    params = {"signs": " | ".join(kind.signs), "example": kind.example}
    expected = Phrase(f"subsidence_observe.expected.{what}", params)
    return Problem("E503", found.where(column=column), {"got": span, "expected": expected, "example": kind.example})


def _misfit(found: Table, column: str, *, rate: bool) -> Problem:
    expected = Phrase("subsidence_observe.expected." + ("rate_period" if rate else "height_series"))
    example = "from, to" if rate else "year"
    return Problem("E503", found.where(column=column), {"got": column, "expected": expected, "example": example})


def _numbers(found: Table, column: str) -> tuple[np.ndarray, list[Problem]]:
    numbers, problems = table.numbers(found, column)
    return np.array([np.nan if value is None else value for value in numbers], dtype=float), problems


def _impossible(found: Table, value: Value, numbers: np.ndarray) -> list[Problem]:
    """E503 for displacements that were meant in another unit; heights and rates are judged by their differences."""
    metres = np.abs(numbers * value.factor)
    if value.component == "height" or value.rate or not np.isfinite(metres).any():
        return []
    largest = float(np.nanmax(metres))
    if SMALLEST_M <= largest <= LARGEST_M or (largest < SMALLEST_M and np.isfinite(metres).sum() < 3):
        return []
    got = f"{largest:.3g} m"
    expected = Phrase("subsidence_observe.expected.size", {"low": f"{SMALLEST_M:g}", "high": f"{LARGEST_M:g}"})
    example = "mm" if largest > LARGEST_M else "m"
    return [Problem("E503", found.where(column=value.column), {"got": got, "expected": expected, "example": example})]


def _years(found: Table, column: str) -> tuple[np.ndarray, list[Problem]]:
    """Return decimal years of a column of years (2018.5) or dates (2018-07-02); other notations are refused."""
    years = np.full(len(found.rows), np.nan)
    if not column:
        return years, []
    wrong: list[tuple[str, Row]] = []
    empty: list[Row] = []
    for number, row in enumerate(found.rows):
        cell = row.cells.get(column, "")
        year = decimal_year(cell)
        if not cell:
            empty.append(row)
        elif year is None or not _YEARS[0] <= year <= _YEARS[1]:
            wrong.append((cell, row))
        else:
            years[number] = year
    problems = table.by_rows("E401", found, column, empty)
    if wrong:
        expected = Phrase("subsidence_observe.expected.moment")
        problems.append(moments.unreadable(found, column, wrong, expected, "2018-06-30"))
    return years, problems


def decimal_year(text: str) -> float | None:
    """Return a moment as a decimal year: a year, with a point or comma for its decimals, or an ISO date; else None.

    >>> decimal_year("2018"), decimal_year("2018,5"), round(decimal_year("2018-07-02"), 3), decimal_year("2-7-2018")
    (2018.0, 2018.5, 2018.499, None)
    """
    if re.fullmatch(r"\d{4}([.,]\d+)?", text):
        return float(text.replace(",", "."))
    try:
        day = date.fromisoformat(text[:10]) if re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].*)?", text) else None
    except ValueError:
        return None
    if day is None:
        return None
    first = date(day.year, 1, 1)
    return day.year + (day - first).days / (date(day.year + 1, 1, 1) - first).days
