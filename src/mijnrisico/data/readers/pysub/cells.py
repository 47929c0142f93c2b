"""Heads with their units, numbers and dates, as people write them in such sheets.

A head counts by its words: "Tau (s)" and "tau (years)" are both `tau`; between the brackets stands the unit. A sign
that an encoding broke ("kg/mÂ³", "°" as "Â°") does no harm. What could be read in two ways is an error, never a guess.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mijnrisico.core.table import notation
from mijnrisico.data.readers.pysub.sheets import Row, Sheet
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.units import DAYS_PER_YEAR

_SECONDS_PER_YEAR: Final = DAYS_PER_YEAR * 86_400.0
_YEARS: Final = (1800.0, 2400.0)
_UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "m": {"m": 1.0, "km": 1000.0},
    "1/bar": {"1/bar": 1.0, "bar-1": 1.0, "1/mpa": 0.1, "1/pa": 1e5},
    "year": {"s": 1.0 / _SECONDS_PER_YEAR, "year": 1.0, "years": 1.0, "yr": 1.0, "a": 1.0, "jaar": 1.0},
    "bar/year": {"bar/year": 1.0, "pa/year": 1.0},
    "bar": {"bar": 1.0, "mpa": 10.0, "pa": 1e-5},
    "kg/m3": {"kg/m3": 1.0, "kg/m": 1.0, "kg/": 1.0, "g/cm3": 1000.0},
    "1": {"-": 1.0},
    "degree": {},
}
"""Factor to our unit. The rate of "Pa/year" is one of bar a year all the same: PySub computes with it as such."""
_DAY: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_DUTCH_DAY: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")


@dataclass(frozen=True, slots=True)
class Term:
    """A column that is known: the words of its head, our unit, what its values lie between (the lowest excluded)."""

    name: str
    words: str
    unit: str = ""
    low: float = -np.inf
    high: float = np.inf
    needed: bool = False


def words(head: str) -> str:
    """Return the letters of a head before its unit.

    >>> words("Poisson's ratio (-)"), words("Average density above reservoir (kg/mÂ³)")
    ('poissonsratio', 'averagedensityabovereservoir')
    """
    return re.sub(r"[^a-z0-9]", "", head.partition("(")[0].lower())


def unit(head: str) -> str:
    """Return the unit that a head names between brackets, in lower case and plain signs; "" without one."""
    inside = head.partition("(")[2].rpartition(")")[0]
    return re.sub(r"[^a-z0-9/-]", "", inside.lower().replace("³", "3").replace("â", ""))


def heads(sheet: Sheet, terms: Sequence[Term]) -> dict[str, str]:
    """Return the head in the sheet of each term that is there."""
    own = {words(head): head for head in sheet.heads}
    return {term.name: own[words(term.words)] for term in terms if words(term.words) in own}


def missing(sheet: Sheet, terms: Sequence[Term]) -> list[Problem]:
    """E507 with the needed columns that a sheet does not have."""
    there = heads(sheet, terms)
    lacking = tuple(term.words for term in terms if term.needed and term.name not in there)
    if not lacking:
        return []
    params = {"needed": lacking, "found": ", ".join(sheet.heads) or "–", "remedy": Phrase("tables.rename")}
    return [Problem("E507", sheet.where(), params)]


def numbers(
    sheet: Sheet, head: str, term: Term, rows: Sequence[Row] | None = None
) -> tuple[list[float | None], list[Problem]]:
    """Read a column in our unit, None where a cell has no number; problems name every row.

    E401 for an empty cell of a needed term, E503 for what is no number, lies outside its bounds or has a unit that is
    not known, E208 for what can be read in two ways.
    """
    rows = sheet.rows if rows is None else rows
    factor = factor_of(head, term)
    if factor is None:
        params = {"got": unit(head), "expected": Phrase("pysub.expected.unit", {"known": tuple(_UNITS[term.unit])})}
        return [None] * len(rows), [Problem("E503", sheet.where(head=head), {**params, "example": term.words})]
    values: list[float | None] = []
    faults: dict[str, list[Row]] = {"missing": [], "ambiguous": [], "unreadable": [], "outside": []}
    texts = [str(row.cells.get(head)) for row in rows if isinstance(row.cells.get(head), str)]
    read = iter(notation.read(texts, dutch_table=False))
    for row in rows:
        cell = row.cells.get(head)
        found = next(read) if isinstance(cell, str) else _plain(cell)
        value = found.value * factor if isinstance(found, notation.Number) else None
        if not isinstance(found, notation.Number):
            faults[found].append(row)
        elif value is None or not term.low < value <= term.high:
            faults["outside"].append(row)
            value = None
        values.append(value)
    bounds = {"low": term.low / factor, "high": term.high / factor}
    problems = [
        *_by_rows("E208", sheet, head, faults["ambiguous"]),
        *_by_rows("E503", sheet, head, faults["unreadable"], Phrase("pysub.expected.number")),
        *_by_rows("E503", sheet, head, faults["outside"], Phrase("pysub.expected.between", bounds)),
        *(_by_rows("E401", sheet, head, faults["missing"]) if term.needed else ()),
    ]
    return values, problems


def factor_of(head: str, term: Term) -> float | None:
    """Return what a number of this head is multiplied by to be in the unit of the term; None for an unknown unit."""
    own, known = unit(head), _UNITS.get(term.unit, {})
    return 1.0 if not own or term.unit in ("", "1", "degree") else known.get(own)


def _plain(cell: Any) -> notation.Number | notation.Fault:
    if cell is None:
        return "missing"
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return "unreadable"
    return notation.Number(float(cell))


def _by_rows(code: str, sheet: Sheet, head: str, rows: Sequence[Row], expected: Phrase | None = None) -> list[Problem]:
    if not rows:
        return []
    got = tuple(f"'{'' if row.cells.get(head) is None else row.cells[head]}' (:{row.at})" for row in rows)
    params: dict[str, object] = {"got": got, "column": head, "n": len(rows)}
    if expected is not None:
        params |= {"expected": expected, "example": "12.5"}
    return [Problem(code, sheet.where(rows[0], head), params)]


def year(value: Any) -> float | None:
    """Return a moment in decimal years, None for what is none or can be read in two ways.

    >>> year("1990"), year("1990-07-02 12:00:00"), year("1-7-1990"), year("03/04/1990")
    (1990.0, 1990.5, 1990.495890410959, None)
    """
    if isinstance(value, dt.datetime):
        return _decimal(value)
    if isinstance(value, dt.date):
        return _decimal(dt.datetime(value.year, value.month, value.day))
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if _YEARS[0] <= value <= _YEARS[1] else None
    text = str(value).strip()
    if re.fullmatch(r"\d{4}[.,]\d+", text):
        return year(float(text.replace(",", ".")))
    try:
        if found := _DAY.fullmatch(text):
            y, month, day, hour, minute, second = (int(part) if part else 0 for part in found.groups())
            return year(_decimal(dt.datetime(y, month or 1, day or 1, hour, minute, second)))
        if found := _DUTCH_DAY.fullmatch(text):
            day, month, y = int(found[1]), int(found[3]), int(found[4])
            if found[2] == "/" and month <= 12 and day <= 12 and day != month:
                return None  # the third of April, or the fourth of March
            return year(_decimal(dt.datetime(y, month, day)))
    except ValueError:
        return None
    return None


def _decimal(moment: dt.datetime) -> float:
    begin, end = dt.datetime(moment.year, 1, 1), dt.datetime(moment.year + 1, 1, 1)
    return moment.year + (moment.replace(tzinfo=None) - begin) / (end - begin)
