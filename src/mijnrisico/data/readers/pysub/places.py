"""Points and observations of an input: places in RD New, measured subsidence positive down."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers.pysub import cells
from mijnrisico.data.readers.pysub.cells import Term
from mijnrisico.data.readers.pysub.records import Measured, Point
from mijnrisico.data.readers.pysub.sheets import Sheet
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

POINTS: Final = (Term("x", "X", "", needed=True), Term("y", "Y", "", needed=True))
OBSERVATIONS: Final = (
    *POINTS,
    Term("time", "Time", needed=True),
    Term("subsidence", "Subsidence (m)", "m", -20.0, 20.0, needed=True),
    Term("lower", "Lower error (m)", "m", -1e-12, 10.0),
    Term("upper", "Upper error (m)", "m", -1e-12, 10.0),
)


def inside(sheet: Sheet, x: Sequence[float | None] | None, y: Sequence[float | None] | None) -> list[Problem]:
    """What is wrong with places that must lie in the Netherlands, in RD New (E104, E105)."""
    if not x or not y:
        return []
    east, north = (np.array([np.nan if v is None else v for v in axis]) for axis in (x, y))
    places = [sheet.where(row) for row in sheet.rows]
    return systems.check(east, north, systems.RD, where=sheet.where(), places=places, setting="{crs}")


def points(sheet: Sheet | None) -> tuple[tuple[Point, ...], list[Problem]]:
    """Return the points of a sheet; none where it is empty or not there."""
    if sheet is None or not sheet.rows:
        return (), []
    if problems := cells.missing(sheet, POINTS):
        return (), problems
    found, problems = _columns(sheet, POINTS)
    problems += inside(sheet, found["x"], found["y"])
    if problems:
        return (), problems
    names = [_name(row.label) for row in sheet.rows]
    spots = zip(names, found["x"], found["y"], strict=True)
    return tuple({name: Point(name, float(x or 0.0), float(y or 0.0)) for name, x, y in spots}.values()), []


def measured(sheet: Sheet | None) -> tuple[tuple[Measured, ...], list[Problem]]:
    """Return the observations of a sheet, by point and then by time; a point that moves is E503."""
    if sheet is None or not sheet.rows:
        return (), []
    if problems := cells.missing(sheet, OBSERVATIONS):
        return (), problems
    found, problems = _columns(sheet, OBSERVATIONS)
    problems += inside(sheet, found["x"], found["y"])
    head = cells.heads(sheet, OBSERVATIONS)["time"]
    years = [cells.year(row.cells.get(head)) for row in sheet.rows]
    if wrong := [row for row, moment in zip(sheet.rows, years, strict=True) if moment is None]:
        got = tuple(f"'{row.cells.get(head)}' (:{row.at})" for row in wrong)
        params = {"got": got, "expected": Phrase("pysub.expected.moment"), "example": "1990-04-03"}
        problems.append(Problem("E503", sheet.where(wrong[0], head), params))
    names = [_name(row.label) for row in sheet.rows]
    spots: dict[str, set[tuple[object, object]]] = {}
    for name, x, y in zip(names, found["x"], found["y"], strict=True):
        spots.setdefault(name, set()).add((x, y))
    if moved := tuple(name for name, each in spots.items() if len(each) > 1):
        params = {"got": moved, "expected": Phrase("pysub.expected.one_place"), "example": "215001, 567600"}
        problems.append(Problem("E503", sheet.where(), params))
    if problems:
        return (), problems
    none = [None] * len(names)
    rows = [
        Measured(name, *(float("nan") if value is None else float(value) for value in values))
        for name, *values in zip(
            names,
            found["x"],
            found["y"],
            years,
            found["subsidence"],
            found.get("lower", none),
            found.get("upper", none),
            strict=True,
        )
    ]
    order = {name: k for k, name in enumerate(dict.fromkeys(names))}
    return tuple(sorted(rows, key=lambda one: (order[one.point], one.year))), []


def _columns(sheet: Sheet, terms: Sequence[Term]) -> tuple[dict[str, list[float | None]], list[Problem]]:
    there = cells.heads(sheet, terms)
    found: dict[str, list[float | None]] = {}
    problems: list[Problem] = []
    for term in terms:
        if term.name in there and term.name != "time":
            found[term.name], wrong = cells.numbers(sheet, there[term.name], term)
            problems += wrong
    return found, problems


def _name(label: object) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label).strip()
