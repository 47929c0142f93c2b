"""The records of an input of PySub, checked: every problem of every file at once, with its row and an example.

A workbook holds a gas model (sheet "Reservoir parameters"), caverns ("Cavern parameters") or one reservoir of an
ensemble ("Reservoir parameter probability"); several together are one question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import shapely

from mijnrisico.core.table import columns
from mijnrisico.data.readers.pysub import buckets, cells, histories, places, shapes, sheets
from mijnrisico.data.readers.pysub.cells import Term
from mijnrisico.data.readers.pysub.notes import Note
from mijnrisico.data.readers.pysub.records import Cavern, Choices, Input, Reservoir
from mijnrisico.data.readers.pysub.sheets import Row, Sheet, Sheets
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_MOVING: Final = (
    Term("moved_m", "Depth to basement moved (m)", "m", 0.0, 1e6),
    Term("viscous_years", "Viscous tau (s)", "year", -1e-12, 1e5),
)
GAS: Final = (
    Term("outline", "Shapefile location", needed=True),
    Term("top_m", "Depth to reservoir (m)", "m", 0.0, 20_000.0, needed=True),
    Term("thickness_m", "Reservoir thickness (m)", "m", 0.0, 5_000.0, needed=True),
    Term("compressibility", "Compaction coefficient (1/bar)", "1/bar", 0.0, 1e-2, needed=True),
    Term("basement_m", "Depth to basement (m)", "m", 0.0, 1e6),
    Term("poisson", "Poisson's ratio (-)", "1", -1.0, 0.4999),
    Term("tau", "Tau (s)", "year", -1e-12, 1e4),
    Term("knothe", "Knothe angle (°)", "degree", 0.0, 179.99),
    Term("rate", "Reference stress rate (bar/year)", "bar/year", 0.0, 10.0),
    Term("reference", "Reference compaction coefficient (1/bar)", "1/bar", 0.0, 1e-2),
    Term("b", "b", "1", 0.0, 0.9999),
    Term("density", "Average density above reservoir (kg/m3)", "kg/m3", 0.0, 1e4),
    *_MOVING,
)
CAVERNS: Final = (
    Term("x", "X", "", needed=True),
    Term("y", "Y", "", needed=True),
    Term("top_m", "Depth (m)", "m", 0.0, 20_000.0, needed=True),
    Term("length_m", "Length (m)", "m", 0.0, 5_000.0, needed=True),
    Term("basement_m", "Depth to basement (m)", "m", 0.0, 1e6),
    Term("poisson", "Poisson's ratio (-)", "1", -1.0, 0.4999),
    Term("knothe", "Knothe angle (°)", "degree", 0.0, 179.99),
    *_MOVING,
)
SETTINGS: Final = (
    Term("cell_m", "Cell size (m)", "m", 0.0, 1e5),
    Term("radius_m", "Influence radius (m)", "m", 0.0, 1e6),
    Term("compaction", "Compaction model"),
    Term("surface", "Subsidence model", needed=True),
    Term("start", "Start time"),
    Term("end", "End time"),
)
COMPACTION: Final[Mapping[str, str]] = {"linear": "linear", "timedecay": "time_decay", "ratetype": "rate_type"}
SURFACE: Final[Mapping[str, str]] = {"nucleusofstrain": "nucleus", "knothe": "knothe"}
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "time_decay": ("tau",),
    "rate_type": ("rate", "reference", "b"),
    "knothe": ("knothe",),
    "nucleus": ("poisson",),
}
"""Terms that a model cannot do without, beside those of every model."""
_USED: Final = ("outline", "top_m", "thickness_m", "compressibility", "basement_m", "poisson", "density")
_KNOWN_SHEETS: Final = frozenset(
    ("model parameters", "reservoir parameters", "cavern parameters", "reservoir parameter probability",
     "pressure start-end", "pressure development", "pressure profile probability", "volume change development",
     "points", "observations", "lists")
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All inputs, None of which is whole where there is a problem, and what was done with them."""

    inputs: tuple[Input, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...]


def read(paths: Sequence[Path], shapes_in: Sequence[Path] = (), *, cumulative: bool = False) -> Found:
    """Read the files of a question.

    Args:
        paths: workbooks (.xlsx) and JSON files.
        shapes_in: folders in which outlines are looked for by their name, after the folder of the file itself.
        cumulative: whether volumes of caverns are sums since the start, and not those of each step.
    """
    inputs: list[Input] = []
    problems: list[Problem] = []
    notes: list[Note] = []
    for path in paths:
        if not path.is_file():
            there = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
            params = {"file": path.as_posix(), "nearest": columns.nearest(path.name, there), "folder": Path.cwd()}
            problems.append(Problem("E101", path.as_posix(), params))
            continue
        found = sheets.read(path)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        reader = _Reader(path, found, (path.parent, *shapes_in), cumulative=cumulative)
        inputs.append(reader.input())
        problems += reader.problems
        notes += reader.notes
    names = [(one.file, each.name) for one in inputs for each in (*one.reservoirs, *one.caverns)]
    for name in dict.fromkeys(name for _, name in names):
        files = tuple(f"{name} ({file})" for file, other in names if other == name)
        if len(files) > 1:
            problems.append(Problem("E301", files[1], {"of": "pysub", "got": files}))
    return Found(tuple(inputs), tuple(problems), tuple(notes))


class _Reader:
    """Collects problems and notes while one file becomes a record."""

    def __init__(self, path: Path, found: Sheets, folders: Sequence[Path], *, cumulative: bool) -> None:
        self.path, self.sheets, self.folders, self.cumulative = path, found, folders, cumulative
        self.problems: list[Problem] = []
        self.notes: list[Note] = []

    def input(self) -> Input:
        """Return what the file holds; without reservoirs and caverns where it is no model at all."""
        settings, gas, salt = (self.sheets.get(f"{name} parameters") for name in ("model", "reservoir", "cavern"))
        if settings is None or (gas is None) == (salt is None):
            needed = ("Model parameters", Phrase("pysub.either_sheet"))
            found = ", ".join(sheet.name for sheet in self.sheets.values()) or "–"
            params = {"needed": needed, "found": found, "remedy": Phrase("pysub.sheets")}
            self.problems.append(Problem("E507", self.path.name, params))
            return Input(self.path.name, float("nan"), float("nan"), "", "nucleus")
        ensemble = "reservoir parameter probability" in self.sheets
        own = self._settings(settings, salt=salt is not None)
        if unknown := tuple(sheet.name for name, sheet in self.sheets.items() if name not in _KNOWN_SHEETS):
            self.notes.append(Note("left", "sheets", len(unknown), {"names": unknown, "file": self.path.name}))
        reservoirs, caverns = (), ()
        if gas is not None:
            reservoirs = self._reservoirs(gas, settings, own, ensemble=ensemble)
        elif salt is not None:
            caverns = self._caverns(salt, own)
        points, wrong = places.points(self.sheets.get("points"))
        measured, more = places.measured(self.sheets.get("observations"))
        self.problems += [*wrong, *more]
        return Input(
            self.path.name,
            float(own["cell_m"]),
            float(own["radius_m"]),
            str(own["compaction"]),
            str(own["surface"]),
            reservoirs,
            caverns,
            points,
            measured,
            ensemble,
        )

    def _settings(self, sheet: Sheet, *, salt: bool) -> dict[str, str | float]:
        """Settings of the first row; those that are unknown are a problem and count as the plainest."""
        terms = (
            SETTINGS if salt else [*SETTINGS[:2], Term("compaction", "Compaction model", needed=True), *SETTINGS[3:]]
        )
        self.problems += cells.missing(sheet, terms)
        there = cells.heads(sheet, terms)
        row = sheet.rows[0] if sheet.rows else None
        found: dict[str, str | float] = {"compaction": "", "surface": "nucleus", "start": float("nan")}
        for term in SETTINGS[:2]:
            values: list[float | None] = [None]
            if term.name in there and row is not None:
                values, wrong = cells.numbers(sheet, there[term.name], term, [row])
                self.problems += wrong
            found[term.name] = float("nan") if values[0] is None else values[0]
        for name, known in (("compaction", COMPACTION), ("surface", SURFACE)):
            if name not in there or row is None or (salt and name == "compaction"):
                continue
            given = str(row.cells.get(there[name]) or "–")
            if (chosen := known.get(cells.words(given))) is None:
                nearest = columns.nearest(cells.words(given), list(known))
                params = {"got": given, "known": tuple(known), "nearest": nearest}
                self.problems.append(Problem("E412", sheet.where(row, there[name]), params))
            else:
                found[name] = chosen
        for name in ("start", "end"):
            found[name] = self._moment(sheet, row, there.get(name))
        return found

    def _moment(self, sheet: Sheet, row: Row | None, head: str | None) -> float:
        if head is None or row is None or row.cells.get(head) is None:
            return float("nan")
        moment = cells.year(row.cells[head])
        if moment is None:
            expected = Phrase("pysub.expected.moment")
            params = {"got": str(row.cells[head]), "expected": expected, "example": "1990-01-01"}
            self.problems.append(Problem("E503", sheet.where(row, head), params))
            return float("nan")
        return moment

    def _values(self, sheet: Sheet, terms: Sequence[Term], needed: Sequence[str]) -> dict[str, list[float | None]]:
        """Numbers of every term that is there; those that the chosen model needs are missed where they are not."""
        wanted = [t if t.needed or t.name not in needed else _needed(t) for t in terms]
        self.problems += cells.missing(sheet, wanted)
        there = cells.heads(sheet, wanted)
        found: dict[str, list[float | None]] = {}
        for term in wanted:
            if term.name in there and term.name != "outline":
                found[term.name], wrong = cells.numbers(sheet, there[term.name], term)
                self.problems += wrong
        return found

    def _reservoirs(
        self, sheet: Sheet, settings: Sheet, own: Mapping[str, str | float], *, ensemble: bool
    ) -> tuple[Reservoir, ...]:
        needed = (*_NEEDS.get(str(own["compaction"]), ()), *_NEEDS[str(own["surface"])])
        values = self._values(sheet, GAS, () if ensemble else needed)
        self._remarks(sheet, values, needed)
        if not sheet.rows:
            self.problems.append(Problem("E214", sheet.where()))
        heads = cells.heads(sheet, GAS)
        polygons = [self._shape(sheet, row, heads.get("outline")) for row in sheet.rows]
        labels = [_label(row) for row in sheet.rows]
        self.problems += _twice(sheet, labels)
        pressures, wrong, notes = histories.pressures(self.sheets, labels, float(own["start"]), float(own["end"]))
        self.problems += wrong
        self.notes += notes
        if ensemble:
            name = _label(settings.rows[0]) if settings.rows else self.path.stem
            found = buckets.reservoir(name, self.sheets, labels, values, polygons, pressures)
            self.problems += found.problems
            self.notes += found.notes
            return () if found.reservoir is None else (found.reservoir,)
        made = []
        for k, label in enumerate(labels):
            numbers: dict[str, Choices] = {
                name: ((value, 1.0),) for name, column in values.items() if (value := column[k]) is not None
            }
            polygon, history = polygons[k], pressures.get(label)
            if polygon is not None and history is not None and not self._below(sheet, sheet.rows[k], numbers):
                made.append(Reservoir(label, polygon, numbers, (history,)))
        return tuple(made)

    def _below(self, sheet: Sheet, row: Row, numbers: Mapping[str, Choices]) -> bool:
        """E503 where the reservoir reaches to the rigid basement."""
        if not {"basement_m", "top_m", "thickness_m"} <= numbers.keys():
            return False
        bottom = numbers["top_m"][0][0] + numbers["thickness_m"][0][0]
        if numbers["basement_m"][0][0] > bottom:
            return False
        params = {"got": f"{numbers['basement_m'][0][0]:g}", "expected": Phrase("pysub.expected.basement")}
        where = sheet.where(row, cells.heads(sheet, GAS)["basement_m"])
        self.problems.append(Problem("E503", where, {**params, "example": f"{bottom + 2000.0:.0f}"}))
        return True

    def _shape(self, sheet: Sheet, row: Row, head: str | None) -> shapely.Geometry | None:
        named = row.cells.get(head) if head else None
        if not named:
            if head:
                params = {"got": (f"(:{row.at})",), "column": head, "n": 1}
                self.problems.append(Problem("E401", sheet.where(row, head), params))
            return None
        found = shapes.read(str(named), sheet.where(row, str(head)), self.folders)
        known = {(problem.code, problem.where) for problem in self.problems}
        self.problems += [problem for problem in found.problems if (problem.code, problem.where) not in known]
        self.notes += [note for note in found.notes if note not in self.notes]
        return found.polygon

    def _remarks(self, sheet: Sheet, values: Mapping[str, list[float | None]], needed: Sequence[str]) -> None:
        """Note units that were converted, and columns that the chosen model does not use."""
        heads = cells.heads(sheet, GAS)
        if "rate" in needed and "rate" in values and cells.unit(heads["rate"]).startswith("pa"):
            self.notes.append(Note("converted", "rate", len(sheet.rows), {"head": heads["rate"]}))
        if moved := sum(value is not None for value in values.get("moved_m", ())):
            self.notes.append(Note("left", "moving_basement_of_reservoirs", moved, {"file": self.path.name}))
        unused = tuple(
            heads[name]
            for name, column in values.items()
            if name not in (*_USED, *needed, "moved_m", "viscous_years") and any(value is not None for value in column)
        )
        if unused:
            self.notes.append(Note("left", "unused", len(unused), {"names": unused, "file": self.path.name}))

    def _caverns(self, sheet: Sheet, own: Mapping[str, str | float]) -> tuple[Cavern, ...]:
        needed = _NEEDS[str(own["surface"])]
        values = self._values(sheet, CAVERNS, needed)
        labels = [_label(row) for row in sheet.rows]
        self.problems += [*_twice(sheet, labels), *places.inside(sheet, values.get("x"), values.get("y"))]
        if not sheet.rows:
            self.problems.append(Problem("E214", sheet.where()))
        volumes, wrong, notes = histories.volumes(self.sheets, labels, cumulative=self.cumulative)
        self.problems += wrong
        self.notes += notes
        if moved := sum(value is not None for value in values.get("moved_m", ())):
            self.notes.append(Note("left", "moving_basement", moved, {"file": self.path.name}))
        made = []
        for k, label in enumerate(labels):
            numbers = {name: column[k] for name, column in values.items() if column[k] is not None}
            if label in volumes and {"x", "y", "top_m", "length_m"} <= numbers.keys():
                years, volume = volumes[label]
                x, y, top, length = (float(numbers[name] or 0.0) for name in ("x", "y", "top_m", "length_m"))
                choices: dict[str, Choices] = {
                    name: ((float(value or 0.0), 1.0),)
                    for name, value in numbers.items()
                    if name in ("basement_m", "poisson", "knothe")
                }
                made.append(Cavern(label, x, y, top, length, choices, years, volume))
        return tuple(made)


def _needed(term: Term) -> Term:
    return Term(term.name, term.words, term.unit, term.low, term.high, needed=True)


def _label(row: Row) -> str:
    label = row.label
    return f"{label:g}" if isinstance(label, float) else str(label if label is not None else "–").strip()


def _twice(sheet: Sheet, labels: Sequence[str]) -> list[Problem]:
    """E301 for a name that stands in a sheet more than once, or not at all."""
    wrong = [row for k, row in enumerate(sheet.rows) if labels[k] in labels[:k] or labels[k] == "–"]
    got = tuple(f"'{_label(row)}' (:{row.at})" for row in wrong)
    return [Problem("E301", sheet.where(wrong[0]), {"of": "pysub", "got": got})] if wrong else []
