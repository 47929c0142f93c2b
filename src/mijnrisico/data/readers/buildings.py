"""Buildings of a user: the exposure database of the public chain, a table with what is known of each, ESRM20, NRML.

    found = read(Path("buildings.csv"), known=classes)
    found.buildings        ids, places in RD New, shares of classes or what is known to read them from, people

The exposure database has `bag_building_id`, `point_x`, `point_y`, up to ten pairs `system_1`, `s_probability_1`, a flag
for dwelling mounds and the people inside by day and at night. A table of one's own ("bag") has `building`, a place and
`vulnerability_class`, or what a table of rules reads classes from: type, year, floors, use. ESRM20 has a `taxonomy`.
Ids stay text from the file to the answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.core import table
from mijnrisico.data.readers import building_ids, class_rules, gpkg, nrml_exposure, wide_table
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers.wide_table import Wide
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

Array = NDArray[np.float64]
Text = NDArray[np.object_]
Format = Literal["edb", "bag", "esrm20", "nrml"]

SECTION: Final = "inputs.exposure"
SETTING: Final = 'inputs.exposure.crs = "{crs}"'
SUM_TOLERANCE: Final = 0.005
"""Probabilities written with two or three decimals may miss one by so much; they are scaled."""

_PLACES: Final[tuple[tuple[str, str, str], ...]] = (
    ("x_rd", "y_rd", systems.RD),
    ("point_x", "point_y", systems.RD),
    ("lon", "lat", systems.LONLAT),
    ("longitude", "latitude", systems.LONLAT),
    (gpkg.X, gpkg.Y, ""),
    ("x", "y", ""),
)
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "building": ("bag_building_id", "building_id", "identificatie", "pand_id", "bag_id", "pand", "id"),
    "vulnerability_class": ("class", "klasse", "kwetsbaarheidsklasse"),
    "taxonomy": (),
    "settlement": ("settlement_type",),
    "type": ("building_type", "woningtype", "gebouwtype"),
    "use": ("main_use", "gebruiksdoel", "gebruik", "occupancy"),
    "year": ("bouwjaar", "oorspronkelijkbouwjaar", "oorspronkelijk_bouwjaar", "year_built"),
    "floors": ("bouwlagen", "storeys", "stories", "aantal_bouwlagen"),
    "number": ("buildings", "aantal"),
    "people_day": ("sum_pop_in_day", "occupants_per_asset_day", "occupants_day", "mensen_dag"),
    "people_night": ("sum_pop_in_night", "occupants_per_asset_night", "occupants_night", "mensen_nacht"),
    "wierde": ("wiede_flag", "wierde_flag"),
    "pc4": ("postcode", "postal_code"),
    "municipality": ("community", "gemeente", "municipality_2012"),
}
_YES, _NO = (
    frozenset({"1", "1.0", "true", "ja", "yes", "waar"}),
    frozenset({"", "0", "0.0", "false", "nee", "no", "onwaar"}),
)
KNOWN: Final = ("taxonomy", "settlement", "type", "use")
KNOWN_NUMBERS: Final = ("year", "floors")
"""What classes can be read from by rules, text and numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Buildings:
    """Buildings of a file, arrays of (building,): RD New (m), persons, NaN where a number is not given.

    `share` (building, vulnerability_class) is NaN where the file names no class, None where it has no such columns;
    `known` holds what rules may ask, by name one of `KNOWN` (text) or `KNOWN_NUMBERS`; `people_columns` is how the
    columns of people by day and at night are called in the file, or would be.
    """

    building: Text
    x: Array
    y: Array
    share: Array | None
    known: Mapping[str, NDArray]
    number: Array
    people_day: Array
    people_night: Array
    people_columns: tuple[str, str]
    wierde: NDArray[np.bool_]
    pc4: Text
    municipality: Text
    use: Text


@dataclass(frozen=True, slots=True)
class Read:
    """The buildings and what was found; no buildings where there is an error."""

    buildings: Buildings | None
    problems: tuple[Problem, ...]
    name: str
    format: str = ""
    rows: int = 0


@dataclass(slots=True)
class _Columns:
    """A table, and under which name each needed column stands in it; gathers what is wrong."""

    wide: Wide
    problems: list[Problem] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return self.named(name) in self.wide

    def named(self, name: str) -> str:
        return next((own for own in (name, *_ALIASES.get(name, ())) if own in self.wide), name)

    def text(self, name: str) -> Text:
        return self.wide.text(self.named(name))

    def number(self, name: str, low: float = 0.0) -> Array:
        """Return a column of numbers that may be left out, NaN where it is; E503 for one below `low`."""
        if name not in self:
            return np.full(len(self.wide.cells), np.nan)
        values, problems = wide_table.numbers(self.wide, self.named(name))
        self.problems += problems
        if (below := np.flatnonzero(values < low)).size:
            got = tuple(f"{values[i]:g} (:{self.wide.lines[i]})" for i in below[:20])
            params = {"got": got, "expected": Phrase("expected.greater_than_equal", {"limit": "0"}), "example": "1"}
            self.problems.append(Problem("E503", self.wide.place(int(below[0]), self.named(name)), params))
        return values


def read(
    path: Path,
    *,
    known: Sequence[str],
    columns: Mapping[str, str] | None = None,
    crs: str = "",
    format: Literal["auto", "edb", "bag", "esrm20", "nrml"] = "auto",  # noqa: A002 - the name of the setting
    with_rules: bool = False,
) -> Read:
    """Read buildings; every problem of the file at once.

    Args:
        path: CSV, GeoPackage (.gpkg) or NRML (.xml).
        known: names of the vulnerability classes, in the order of `share`.
        columns: needed name -> name in the file, where they differ.
        crs: coordinate system of x and y; goes before what the names of the columns or the GeoPackage imply.
        format: which kind of file; "auto" tells it from the ending and the columns.
        with_rules: a table of rules is there, so a table without classes can be read.

    Problems: E411 ids that are double, missing or damaged by a spreadsheet; E412 classes that nobody knows; E504
    probabilities that do not sum to one; E102-E105 places; E401 places without a number; E503 numbers that cannot be.
    """
    system = crs
    if format == "nrml" or (format == "auto" and path.suffix.lower() == ".xml"):
        taken = nrml_exposure.read(path)
        kind: Format = "nrml"
    elif path.suffix.lower() == ".gpkg":
        layer = gpkg.read(path, columns or {})
        taken, system = layer if isinstance(layer, tuple) else (layer, crs)
        system, kind = crs or system, "bag"
    else:
        taken, kind = wide_table.read(path, columns or {}), "bag"
    if isinstance(taken, Problem):
        return Read(None, (taken,), path.name)
    found = _Columns(taken, [*taken.problems])
    if kind == "bag":
        kind = _format(found) if format == "auto" else format
    return _read(found, kind, system, known, with_rules)


def _format(found: _Columns) -> Format:
    if "system_1" in found.wide:
        return "edb"
    return "esrm20" if "taxonomy" in found and "vulnerability_class" not in found else "bag"


def _read(found: _Columns, kind: Format, crs: str, known: Sequence[str], with_rules: bool) -> Read:
    wide, rows = found.wide, len(found.wide.cells)
    pair = next((pair for pair in _PLACES if pair[0] in wide and pair[1] in wide), None)
    lacking = _lacking(found, kind, pair, with_rules)
    if lacking or not rows:
        none = [Problem("E214", wide.head.where(), {})] if not rows and not lacking else []
        return Read(None, (*found.problems, *lacking, *none), wide.head.name, kind, rows)
    assert pair is not None
    ids = found.text("building")
    if "building" not in found:
        ids = np.array([f"{Path(wide.head.name).stem}-{line}" for line in wide.lines], dtype=object)
    found.problems += building_ids.check(ids, wide, found.named("building"))
    x, y = _place(found, pair, crs)
    share = _systems(found, known) if kind == "edb" else _named_class(found, known)
    if kind == "nrml" and share is None:
        share = _taxonomy_as_class(found, known)
    read_ = Buildings(
        building=ids,
        x=x,
        y=y,
        share=share,
        known={
            **{name: found.text(name) for name in KNOWN if name in found},
            **{name: found.number(name) for name in KNOWN_NUMBERS if name in found},
        },
        number=np.where(np.isnan(number := found.number("number")), 1.0, number),
        people_day=found.number("people_day"),
        people_night=found.number("people_night"),
        people_columns=(found.named("people_day"), found.named("people_night")),
        wierde=_flag(found),
        pc4=_postcodes(found.text("pc4")),
        municipality=found.text("municipality"),
        use=found.text("use"),
    )
    errors = any(problem.code.startswith("E") for problem in found.problems)
    return Read(None if errors else read_, tuple(found.problems), wide.head.name, kind, rows)


def _lacking(found: _Columns, kind: Format, pair: tuple[str, str, str] | None, with_rules: bool) -> list[Problem]:
    """E507 for columns without which there are no buildings; E212 for one that is there twice."""
    needed: list[tuple[str, ...]] = []
    if kind in ("edb", "bag") and "building" not in found:
        needed.append(("building", *_ALIASES["building"]))
    if pair is None:
        needed += [tuple(dict.fromkeys(pair[axis] for pair in _PLACES if pair[0] != gpkg.X)) for axis in (0, 1)]
    if kind == "edb":
        needed += [("system_1",), ("s_probability_1",)]
    if kind == "esrm20":
        needed.append(("taxonomy",))
    problems = table.missing_columns(found.wide.head, needed, SECTION)
    if pair is None and not any(problem.code == "E507" for problem in problems):  # one half of two pairs: lon and y_rd
        params = {"needed": "x_rd, y_rd | lon, lat | x, y", "found": ", ".join(found.wide.cells.columns)}
        problems.append(Problem("E507", found.wide.head.name, {**params, "remedy": Phrase("tables.rename")}))
    if kind == "bag" and not with_rules and "vulnerability_class" not in found:
        params = {"needed": "vulnerability_class", "found": ", ".join(found.wide.cells.columns)}
        problems.append(
            Problem("E507", found.wide.head.name, {**params, "remedy": Phrase("exposure.file_needs_class")})
        )
    return problems


def _place(found: _Columns, pair: tuple[str, str, str], crs: str) -> tuple[Array, Array]:
    """Return places in RD New; E401 for a row without one, E102-E105 for places that cannot be right."""
    wide = found.wide
    east, north = found.number(pair[0], -np.inf), found.number(pair[1], -np.inf)
    for name, values in ((pair[0], east), (pair[1], north)):
        if (empty := np.flatnonzero(~np.isfinite(values))).size:
            got = tuple(f":{wide.lines[i]}" for i in empty)
            params = {"got": got, "column": name, "n": empty.size}
            found.problems.append(Problem("E401", wide.place(int(empty[0]), name), params))
    system = crs or pair[2]
    places = [f"{wide.head.name}:{line}" for line in wide.lines]
    problems = systems.check(east, north, system, where=wide.head.name, places=places, setting=SETTING)
    found.problems += problems
    return (east, north) if problems or not system else systems.to_rd(east, north, system)


def _systems(found: _Columns, known: Sequence[str]) -> Array:
    """Shares from the pairs system_1, s_probability_1 and so on; NaN where a building has none."""
    share = np.zeros((len(found.wide.cells), len(known)))
    named = np.zeros(len(share), dtype=bool)
    pattern = re.compile(r"system_(\d+)")
    for number in [match[1] for name in found.wide.cells.columns if (match := pattern.fullmatch(name))]:
        names = found.text(f"system_{number}")
        if not (names != "").any():
            continue
        column = _index(found, names, known, f"system_{number}")
        probability = found.number(f"s_probability_{number}")
        rows = np.flatnonzero(column >= 0)
        np.add.at(share, (rows, column[rows]), np.nan_to_num(probability[rows]))
        named |= names != ""
    share[~named] = np.nan
    if any(problem.code == "E412" for problem in found.problems):
        return share
    total = share.sum(axis=1)
    if (wrong := np.flatnonzero(np.abs(total - 1.0) > SUM_TOLERANCE)).size:
        ids = found.text("building")
        got = tuple(f"{ids[i]}: {total[i]:g}" for i in wrong)
        params = {"of": "building", "sum": float(total[wrong[0]]), "weights": got, "n": wrong.size}
        found.problems.append(Problem("E504", found.wide.place(int(wrong[0]), "s_probability_1"), params))
        return share
    return share / total[:, None]


def _named_class(found: _Columns, known: Sequence[str]) -> Array | None:
    """Shares of buildings whose only class is named; None where no column names it."""
    if "vulnerability_class" not in found:
        return None
    names = found.text("vulnerability_class")
    return _alone(_index(found, names, known, found.named("vulnerability_class")), known)


def _taxonomy_as_class(found: _Columns, known: Sequence[str]) -> Array | None:
    """Shares of assets whose taxonomy is one of the classes; None where no taxonomy is."""
    names = found.text("taxonomy")
    column = pd.Index(known).get_indexer(pd.Index(names))
    return _alone(column, known) if (column >= 0).any() else None


def _alone(column: NDArray[np.intp] | NDArray[np.int64], known: Sequence[str]) -> Array:
    """Shares of buildings of one class each, by its number; NaN where that is -1."""
    share = np.zeros((len(column), len(known)))
    rows = np.flatnonzero(column >= 0)
    share[rows, column[rows]] = 1.0
    share[column < 0] = np.nan
    return share


def _index(found: _Columns, names: Text, known: Sequence[str], column: str) -> NDArray[np.int64]:
    """Number of each class, -1 for none; one E412 for all names that nobody knows."""
    index = pd.Index(known).get_indexer(pd.Index(names)).astype(np.int64)
    wrong = np.flatnonzero((index < 0) & (names != ""))
    if wrong.size:
        where = found.wide.place(int(wrong[0]), column)
        found.problems.append(class_rules.unknown_classes(where, names[wrong], known))
    return index


def _flag(found: _Columns) -> NDArray[np.bool_]:
    """Whether a building stands on a dwelling mound; no where nothing is said, E503 where it is no yes or no."""
    cells = np.array([cell.lower() for cell in found.text("wierde")], dtype=object)
    yes = np.isin(cells, list(_YES))
    if (wrong := np.flatnonzero(~yes & ~np.isin(cells, list(_NO)))).size:
        got = tuple(f"'{cells[i]}' (:{found.wide.lines[i]})" for i in wrong[:20])
        params = {"got": got, "expected": "0 | 1", "example": "1"}
        found.problems.append(Problem("E503", found.wide.place(int(wrong[0]), found.named("wierde")), params))
    return yes


def _postcodes(cells: Text) -> Text:
    """Four digits of each postcode: `9919 AB` becomes 9919."""
    return np.array([cell[:4] if cell[:4].isdigit() and len(cell) >= 4 else "" for cell in cells], dtype=object)
