"""A workbook of PySub, or its JSON form, as sheets of cells that know where they stand.

The first column of a sheet holds the name of its row. JSON is {sheet: {head: {row: value}}}, as PySub writes it.
"""

import json
import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mijnrisico.core.table import textfile
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xltx", ".xltm")
OTHER_WORKBOOKS: Final = (".xls", ".xlsb", ".ods", ".odf", ".odt")
_LABELS: Final = ("Observation ID", "Point ID")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands (a number in a workbook, a name in JSON), its name, and its cells by head."""

    at: str
    label: object
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: the heads of its columns without that of the names, and its rows; empty ones are left out."""

    file: str
    name: str
    heads: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    def where(self, row: Row | None = None, head: str = "") -> str:
        """Point at a cell: `model.xlsx, Reservoir parameters:5 [Tau (s)]`."""
        place = f"{self.file}, {self.name}" + ("" if row is None else f":{row.at}")
        return f"{place} [{head}]" if head else place


Sheets = Mapping[str, Sheet]
"""Sheets by their name in lower case."""


def read(path: Path) -> Sheets | Problem:
    """Return the sheets of a workbook or JSON file; E101 where it is not there, E209 where it is neither."""
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        found = _workbook(path)
    elif suffix == ".json":
        found = _json(path)
    else:
        kind = "pysub_old" if suffix in OTHER_WORKBOOKS else "pysub_kind"
        return textfile.refused(path.name, kind, suffix=suffix or "–")
    return found if isinstance(found, Problem) else {sheet.name.strip().lower(): sheet for sheet in found}


def _workbook(path: Path) -> list[Sheet] | Problem:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        return textfile.refused(path.name, "pysub_damaged", reason=str(error)[:80])
    try:
        return [_sheet(path.name, str(sheet.title), list(sheet.iter_rows(values_only=True))) for sheet in book]
    finally:
        book.close()


def _sheet(file: str, name: str, cells: Sequence[Sequence[Any]]) -> Sheet:
    if not cells:
        return Sheet(file, name)
    heads = [None if head is None else str(_head(head)).strip() for head in cells[0]]
    rows = []
    for number, line in enumerate(cells[1:], start=2):
        values = [_cell(value) for value in line]
        if any(value is not None for value in values):
            own = {head: value for head, value in zip(heads[1:], values[1:], strict=False) if head}
            rows.append(Row(str(number), values[0], own))
    return Sheet(file, name, tuple(head for head in heads[1:] if head), tuple(rows))


def _head(head: Any) -> Any:
    """A head that is a day stays one: 1990-01-01, without the time that a workbook adds."""
    return head.date() if hasattr(head, "date") and head == head.replace(hour=0, minute=0, second=0) else head


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _json(path: Path) -> list[Sheet] | Problem:
    decoded = textfile.read(path)
    if isinstance(decoded, Problem):
        return decoded
    try:
        tree = json.loads(decoded[0])
    except (ValueError, RecursionError) as error:
        return textfile.refused(path.name, "pysub_damaged", reason=str(error)[:80])
    if not isinstance(tree, dict) or not all(_is_sheet(branch) for branch in tree.values()):
        return textfile.refused(path.name, "pysub_damaged", reason=Phrase("pysub.no_sheets"))
    return [_of_tree(path.name, name, branch) for name, branch in tree.items()]


def _is_sheet(branch: Any) -> bool:
    return isinstance(branch, dict) and all(isinstance(column, dict) for column in branch.values())


def _of_tree(file: str, name: str, branch: dict[str, dict[str, Any]]) -> Sheet:
    labels = list(dict.fromkeys(row for column in branch.values() for row in column))
    named = next((head for head in branch if head.strip() in _LABELS), "")
    rows = tuple(_rows(labels, branch, named))
    return Sheet(file, name, tuple(head.strip() for head in branch if head != named), rows)


def _rows(labels: Sequence[str], branch: dict[str, dict[str, Any]], named: str) -> Iterator[Row]:
    for label in labels:
        cells = {head.strip(): _cell(column.get(label)) for head, column in branch.items()}
        name = cells.pop(named.strip()) if named else label
        if any(value is not None for value in cells.values()):
            yield Row(label, name, cells)
