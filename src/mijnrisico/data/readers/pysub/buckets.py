"""One reservoir of an ensemble: values with probabilities ("buckets"), each parameter independent of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mijnrisico.data.readers.pysub import cells
from mijnrisico.data.readers.pysub.cells import Term
from mijnrisico.data.readers.pysub.notes import Note
from mijnrisico.data.readers.pysub.records import Choices, History, Reservoir
from mijnrisico.data.readers.pysub.sheets import Sheet, Sheets
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

PROBABILITIES: Final[Mapping[str, str]] = {
    "outline": "Shapefile location probability",
    "basement_m": "Depth to basement probability",
    "poisson": "Poisson's ratio probability",
    "top_m": "Depth to reservoir probability",
    "thickness_m": "Reservoir thickness probability",
    "compressibility": "Compaction coefficient probability",
    "tau": "Tau probability",
    "knothe": "Knothe angle probability",
    "rate": "Reference stress rate probability",
    "density": "Average density above reservoir probability",
    "reference": "Reference compaction coefficient probability",
    "b": "b probability",
}
_SUM: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """The reservoir, None where there is a problem, and what was found."""

    reservoir: Reservoir | None
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...]


def reservoir(
    name: str,
    found: Sheets,
    labels: Sequence[str],
    values: Mapping[str, Sequence[float | None]],
    polygons: Sequence[Any],
    pressures: Mapping[str, History],
) -> Bucket:
    """Return a reservoir with the choices of each parameter; its outline is the most probable one.

    E504 where the probabilities of a parameter do not sum to 1, as far as the parameter has values.
    """
    sheet = found["reservoir parameter probability"]
    by_label = {str(row.label).strip(): row for row in sheet.rows}
    terms = [Term(key, words, "1", -1e-12, 1.0) for key, words in PROBABILITIES.items()]
    there = cells.heads(sheet, terms)
    problems: list[Problem] = []
    choices: dict[str, Choices] = {}
    chances: dict[str, list[float]] = {}
    for term in terms:
        head = there.get(term.name)
        own = [value is not None for value in (polygons if term.name == "outline" else values.get(term.name, ()))]
        if head is None or not any(own):
            continue
        numbers, wrong = cells.numbers(sheet, head, term, [by_label[x] for x in labels if x in by_label])
        problems += wrong
        weights = [float(number or 0.0) for number in numbers]
        if len(weights) == len(labels) and sum(weights) > 0.0:
            problems += _sum_to_one(sheet, head, labels, weights)
            chances[term.name] = weights
    for key, column in values.items():
        weights = chances.get(key) or _only(column)
        kept = tuple((float(v), w) for v, w in zip(column, weights, strict=False) if v is not None and w > 0.0)
        if kept:
            choices[key] = kept
    histories = _histories(found, pressures, problems)
    outlines = chances.get("outline", [1.0] * len(polygons))
    best = int(np.argmax(outlines)) if polygons else 0
    polygon = polygons[best] if polygons else None
    notes = [Note("converted", "buckets", len(labels), {"name": name})]
    drawn = [one for one, weight in zip(polygons, outlines, strict=False) if weight > 0.0]
    if others := sum(one is not None and polygon is not None and not one.equals(polygon) for one in drawn):
        notes.append(Note("left", "other_outlines", others, {"name": name, "kept": labels[best]}))
    whole = not problems and polygon is not None and bool(histories)
    made = Reservoir(name, polygon, choices, histories) if whole and polygon is not None else None
    return Bucket(made, tuple(problems), tuple(notes))


def _only(column: Sequence[float | None]) -> list[float]:
    """Equal weights for a parameter without probabilities."""
    n = sum(value is not None for value in column)
    return [1.0 / n if value is not None else 0.0 for value in column]


def _histories(found: Sheets, pressures: Mapping[str, History], problems: list[Problem]) -> tuple[History, ...]:
    sheet = found.get("pressure profile probability")
    if sheet is None or not sheet.rows or not sheet.heads:
        n = len(pressures)
        return tuple(History(one.years, one.bar, 1.0 / n) for one in pressures.values())
    term = Term("probability", sheet.heads[0], "1", -1e-12, 1.0, needed=True)
    numbers, wrong = cells.numbers(sheet, sheet.heads[0], term)
    problems += wrong
    weights = {str(row.label).strip(): float(n or 0.0) for row, n in zip(sheet.rows, numbers, strict=True)}
    if not wrong:
        problems += _sum_to_one(sheet, sheet.heads[0], list(weights), list(weights.values()))
    kept = ((one, weights.get(name, 0.0)) for name, one in pressures.items())
    return tuple(History(one.years, one.bar, weight) for one, weight in kept if weight > 0.0)


def _sum_to_one(sheet: Sheet, head: str, labels: Sequence[str], weights: Sequence[float]) -> list[Problem]:
    if abs(sum(weights) - 1.0) <= _SUM:
        return []
    named = tuple(Phrase("scenario.weight", {"name": n, "weight": w}) for n, w in zip(labels, weights, strict=True))
    return [Problem("E504", sheet.where(head=head), {"key": head, "sum": sum(weights), "weights": named})]
