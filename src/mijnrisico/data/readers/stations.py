"""What stations recorded of one earthquake: a table of peaks with their place, unit, measure and component.

    name,x_rd,y_rd,value,unit,measure,component
    Middelstum,238500,597200,85,cm/s2,PGA,geometric_mean

Accelerations come in g, cm/s2 or m/s2 and are handed on in g; velocities in cm/s, mm/s or m/s, in cm/s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mijnrisico.core import table
from mijnrisico.core.scenario import acceleration
from mijnrisico.core.table import Table
from mijnrisico.data.readers import sites
from mijnrisico.errors import Problem
from mijnrisico.units import CMS2_PER_G

ACCELERATION: Final[Mapping[str, float]] = {
    "g": 1.0,
    "cm/s2": 1.0 / CMS2_PER_G,
    "cm/s²": 1.0 / CMS2_PER_G,
    "gal": 1.0 / CMS2_PER_G,
    "m/s2": 100.0 / CMS2_PER_G,
    "m/s²": 100.0 / CMS2_PER_G,
}
VELOCITY: Final[Mapping[str, float]] = {"cm/s": 1.0, "mm/s": 0.1, "m/s": 100.0}
COMPONENTS: Final = ("geometric_mean", "arbitrary", "larger", "max_rotated")
LARGEST_CM_S: Final = 300.0
"""No peak velocity of an earthquake of this kind comes near it: the value was meant in another unit."""


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded peak: `value` in g, for PGV in cm/s; `where` says in which file and row it stands."""

    site: sites.Site
    value: float
    measure: str
    component: str
    where: str = ""


Found = tuple[tuple[Record, ...], list[Problem]]


def read(path: Path, *, names: Mapping[str, str] | None = None, declared: str = "") -> Found:
    """Read a table of recorded peaks; every problem of the file at once, no records when there is an error.

    E507 for a column that is missing, E503 for a unit, measure or component that is not known and for a value that is
    not above zero, E204 for an acceleration that cannot be; places as `sites.read`.
    """
    found_sites, problems = sites.read(path, names=names, declared=declared)
    found = table.read(path, names or {})
    if isinstance(found, Problem):
        return (), problems
    problems += table.missing_columns(found, [(name,) for name in ("value", "unit", "measure", "component")])
    if any(problem.code == "E507" for problem in problems):
        return (), problems
    values, wrong = table.numbers(found, "value")
    problems += wrong
    measures = [_measure(row.cells.get("measure", "")) for row in found.rows]
    units = [row.cells.get("unit", "").lower() for row in found.rows]
    components = [row.cells.get("component", "").lower().replace(" ", "_") for row in found.rows]
    problems += _unknown(found, "measure", [bool(m) for m in measures], "PGA, PGV, SA(0.3)", "PGA")
    problems += _unknown(
        found, "component", [c in COMPONENTS for c in components], ", ".join(COMPONENTS), COMPONENTS[0]
    )
    for measure_is_velocity, known in ((False, ACCELERATION), (True, VELOCITY)):
        good = [
            not m or (m == "PGV") != measure_is_velocity or u in known for m, u in zip(measures, units, strict=True)
        ]
        problems += _unknown(
            found, "unit", good, ", ".join(name for name in known if "²" not in name), next(iter(known))
        )
    positive = [value is None or value > 0.0 for value in values]
    problems += _unknown(found, "value", positive, "> 0", "0.05")
    if any(problem.code.startswith("E") for problem in problems):
        return (), problems
    records = []
    for row, site, value, unit, measure, component in zip(
        found.rows, found_sites, values, units, measures, components, strict=True
    ):
        assert value is not None
        own = value * (VELOCITY if measure == "PGV" else ACCELERATION)[unit]
        records.append(Record(site, own, measure, component, found.where(row, "component")))
        if problem := _impossible(own, measure, found.where(row, "value")):
            problems.append(problem)
    if any(problem.code.startswith("E") for problem in problems):
        return (), problems
    return tuple(records), problems


def _measure(cell: str) -> str:
    """PGA, PGV or SA(T) as the models write it; "" for anything else."""
    text = cell.upper().replace(" ", "")
    if text in ("PGA", "PGV"):
        return text
    if text.startswith("SA(") and text.endswith(")"):
        try:
            return f"SA({float(text[3:-1].rstrip('S')):g})"
        except ValueError:
            return ""
    return ""


def _unknown(found: Table, column: str, good: list[bool], expected: str, example: str) -> list[Problem]:
    rows = [row for row, right in zip(found.rows, good, strict=True) if not right]
    return table.by_rows("E503", found, column, rows, expected=expected, example=example)


def _impossible(value: float, measure: str, where: str) -> Problem | None:
    if measure != "PGV":
        return acceleration.problem(value, where, "value = ")
    if value <= LARGEST_CM_S:
        return None
    params = {"got": f"{value:.4g} cm/s", "expected": f"0 - {LARGEST_CM_S:g} cm/s", "example": "mm/s"}
    return Problem("E503", where, params)
