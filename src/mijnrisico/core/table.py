"""Small tables that users hand in as CSV: read with row numbers, so that a message can point at the row.

Understands the international form (comma, decimal point) and the Dutch one (semicolon, decimal comma, thousands
dot). What was understood is reported; what could be read in two ways is an error (E208), never a guess.
"""

import csv
import difflib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_DELIMITERS: Final = ",;\t"
_THOUSANDS_DOT: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_THOUSANDS_COMMA: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
_DUTCH: Final = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+([eE][+-]?\d+)?")
_INTERNATIONAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file (header = 1) and its cells by column name, stripped of blanks."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text: name of the file, columns in lower case, rows, and whether it was written the Dutch way."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    dutch: bool

    def where(self, row: Row | None = None, column: str = "") -> str:
        """Point at a row and a column the way editors do: `file.csv:7 [volume_bcm]`."""
        place = self.name if row is None else f"{self.name}:{row.line}"
        return f"{place} [{column}]" if column else place


def find(name: str, folder: Path, where: str) -> Path | Problem:
    """Return the file `name`, seen from `folder`, or E101 with the nearest name that does exist there."""
    path = folder / name
    try:
        if path.is_file():
            return path
        there = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    except (OSError, ValueError):  # a name no file system accepts: too long, or with a null byte
        there = []
    near = difflib.get_close_matches(Path(name).name, there, n=1, cutoff=0.5)
    return Problem("E101", where, {"file": name, "nearest": near[0] if near else "–"})


def read(path: Path) -> Table | Problem:
    """Read a CSV file; E209 if it is not text (a spreadsheet, for example), E507 if it has no header and rows."""
    raw = path.read_bytes()
    if raw.startswith(b"PK") or b"\0" in raw:
        return Problem("E209", path.name, {})
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = raw.decode("cp1252", errors="replace")  # what Dutch spreadsheets write outside UTF-8
    header = content.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        reader = csv.reader(io.StringIO(content), delimiter=delimiter, skipinitialspace=True)
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        return Problem("E209", path.name, {})
    if not lines:
        return Problem("E507", path.name, {"needed": "–", "found": "–"})
    columns = tuple(name.strip().lower() for name in lines[0][1])
    rows = tuple(
        Row(line, {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}) for line, cells in lines[1:]
    )
    return Table(path.name, columns, rows, dutch=delimiter == ";")


def numbers(table: Table, column: str) -> tuple[list[float | None], list[Problem]]:
    """Read a column of numbers; unreadable cells become None and are reported once, with their rows.

    Warnings (W208) say that Dutch notation was understood; E208 says that a dot can be a thousands separator
    as well as a decimal point (`1.234` in a table with semicolons) and nothing else in the column decides it.
    """
    cells = [row.cells.get(column, "") for row in table.rows]
    has_dutch = any(_DUTCH.fullmatch(cell) for cell in cells)
    has_point = any(_INTERNATIONAL.fullmatch(c) and "." in c and not _THOUSANDS_DOT.fullmatch(c) for c in cells)
    values: list[float | None] = []
    unreadable: list[Row] = []
    ambiguous: list[Row] = []
    dutch_example = ""
    for row, cell in zip(table.rows, cells, strict=True):
        value, comma_is_decimal = _number(cell, dutch_table=table.dutch, has_dutch=has_dutch, has_point=has_point)
        if value is None:
            two_ways = _THOUSANDS_DOT.fullmatch(cell) or _THOUSANDS_COMMA.fullmatch(cell)
            (ambiguous if two_ways else unreadable).append(row)
        elif comma_is_decimal and not dutch_example:
            dutch_example = f"{cell} = {value:g}"
        values.append(value)
    problems = [
        *_by_rows("E208", table, column, ambiguous),
        *_by_rows("E503", table, column, unreadable, expected=Phrase("expected.float_type"), example="12.5"),
    ]
    if dutch_example:
        problems.append(Problem("W208", table.where(column=column), {"example": dutch_example}))
    return values, problems


def missing_columns(table: Table, needed: Iterable[Sequence[str]]) -> list[Problem]:
    """Return E507 when, for one of the `needed` columns, none of its alternative names is there."""
    groups = [tuple(group) for group in needed]
    if all(any(name in table.columns for name in group) for group in groups):
        return []
    params = {"needed": ", ".join(" | ".join(group) for group in groups), "found": ", ".join(table.columns)}
    return [Problem("E507", table.where(), params)]


def _number(cell: str, *, dutch_table: bool, has_dutch: bool, has_point: bool) -> tuple[float | None, bool]:
    """Return the value, or None where it cannot be read or not in one way, and whether Dutch rules were used."""
    if _DUTCH.fullmatch(cell) and (dutch_table or not _THOUSANDS_COMMA.fullmatch(cell)):
        return float(cell.replace(".", "").replace(",", ".")), True
    if _THOUSANDS_DOT.fullmatch(cell) and dutch_table:
        if has_dutch:
            return float(cell.replace(".", "")), True
        return (float(cell), False) if has_point and cell.count(".") == 1 else (None, False)
    if _INTERNATIONAL.fullmatch(cell):
        value = float(cell)
        return (value, False) if abs(value) < float("inf") else (None, False)
    return None, False


def _by_rows(code: str, table: Table, column: str, rows: Sequence[Row], **params: object) -> list[Problem]:
    if not rows:
        return []
    got = tuple(f"'{row.cells.get(column, '')}' (:{row.line})" for row in rows)
    return [Problem(code, table.where(rows[0], column), {"got": got, **params})]
