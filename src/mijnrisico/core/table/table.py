"""Small tables that users hand in as CSV: read with row numbers, so that a message can point at the row.

Understands the international form (comma, decimal point) and the Dutch one (semicolon, decimal comma, thousands
dot), in the encodings of spreadsheets. What was understood is reported; what could be read in two ways is an error
(E208), never a guess.

    found = read(path, {"year": "jaar"})            Table, or the Problem why it is none
    found.problems                                  what is wrong with the rows and must be said about the file
    missing_columns(found, [("year",), ...])        E507 with the names that were probably meant
    numbers(found, "volume_bcm")                    values or None, and what is wrong with the cells
"""

import csv
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mijnrisico.core.table import columns, notation, textfile
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_DELIMITERS: Final = ",;\t|"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file (header = 1) and its cells by column name, stripped of blanks."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text: name of the file, columns in lower case, rows, and whether it was written the Dutch way.

    `repeated` are the columns that stand there more than once (the first counts), `problems` what was found while
    reading: W209 for an encoding that had to be assumed, E211 for rows with more cells than the header.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    dutch: bool
    repeated: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    def where(self, row: Row | None = None, column: str = "") -> str:
        """Point at a row and a column the way editors do: `file.csv:7 [volume_bcm]`."""
        place = self.name if row is None else f"{self.name}:{row.line}"
        return f"{place} [{column}]" if column else place


def find(name: str, folder: Path, where: str) -> Path | Problem:
    """Return the file `name`, seen from `folder`, or E101 with a name of the same kind there that is much like it."""
    path = folder / name
    there: list[str] = []
    try:
        if path.is_file():
            return path
        there = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
        looked = str(path.parent.resolve())
    except (OSError, ValueError, RuntimeError):  # a name no file system accepts: too long, with a null byte, a loop
        looked = str(folder)
    suffix = Path(name).suffix.lower()
    alike = [other for other in there if Path(other).suffix.lower() == suffix or Path(other).stem == Path(name).stem]
    params = {"file": name, "nearest": columns.nearest(Path(name).name, alike), "folder": looked}
    return Problem("E101", where, params)


def read(path: Path, names: Mapping[str, str] | None = None) -> Table | Problem:
    """Read a CSV file; returns a problem only where there is no table at all.

    Args:
        path: the file; comma, semicolon, tab or | between the cells, found by the header.
        names: needed name -> name in the file, for columns that are called otherwise there.

    Returns:
        The table; or E209 if it is not text (a spreadsheet, for example), E213 if a quote does not end, E507 if it
        is empty or does not have a column that `names` speaks of.
    """
    decoded = textfile.read(path)
    if isinstance(decoded, Problem):
        return decoded
    content, warnings = decoded
    skipped, content, delimiter = _prologue(content)
    lines = _records(content, delimiter, skipped, path.name)
    if isinstance(lines, Problem):
        return lines
    if not lines:
        return Problem("E507", path.name, {"needed": "–", "found": "–", "remedy": Phrase("tables.empty")})
    header = [cell.strip().lower() for cell in lines[0][1]]
    wrong = _renamed(header, names or {}, path.name)
    if wrong is not None:
        return wrong
    first = {name: index for index, name in reversed(list(enumerate(header)))}
    repeated = tuple(dict.fromkeys(name for index, name in enumerate(header) if name and first[name] != index))
    rows = tuple(
        Row(line, {name: cells[index].strip() for name, index in first.items() if index < len(cells)})
        for line, cells in lines[1:]
    )
    overfull = [(line, cells) for line, cells in lines[1:] if any(cell.strip() for cell in cells[len(header) :])]
    problems = (*warnings, *_overfull(path.name, header, overfull, delimiter))
    return Table(path.name, tuple(header), rows, delimiter == ";", repeated, problems)


def numbers(table: Table, column: str) -> tuple[list[float | None], list[Problem]]:
    """Read a column of numbers; cells without one become None and are reported once, with their rows.

    E401 for empty cells and marks of a missing value (NaN, -9999, 1e30), E503 for what is no number, E208 for a dot
    that can be a thousands separator as well as a decimal point (`1.234` in a table with semicolons) where nothing
    else in the column decides it. W208 says that Dutch notation was understood, W209 that text was taken as a number.
    """
    cells = [row.cells.get(column, "") for row in table.rows]
    found = notation.read(cells, dutch_table=table.dutch)
    faults: dict[str, list[Row]] = {"missing": [], "ambiguous": [], "unreadable": []}
    examples: dict[str, str] = {}
    values: list[float | None] = []
    for row, cell, number in zip(table.rows, cells, found, strict=True):
        if isinstance(number, notation.Number):
            values.append(number.value)
            examples.setdefault(number.reading, f"{cell} = {number.value:.10g}")
        else:
            values.append(None)
            faults[number].append(row)
    number_expected = {"expected": Phrase("expected.float_type"), "example": "12,5" if table.dutch else "12.5"}
    problems = [
        *by_rows("E208", table, column, faults["ambiguous"]),
        *by_rows("E503", table, column, faults["unreadable"], **number_expected),
        *by_rows("E401", table, column, faults["missing"]),
    ]
    if "dutch" in examples:
        problems.append(Problem("W208", table.where(column=column), {"example": examples["dutch"]}))
    if "text" in examples:
        params = {"what": Phrase("tables.text_numbers", {"example": examples["text"]})}
        problems.append(Problem("W209", table.where(column=column), params))
    return values, problems


def missing_columns(table: Table, needed: Iterable[Sequence[str]], section: str = "") -> list[Problem]:
    """Return E507 when, for one of the `needed` columns, none of its alternative names is there; E212 for one twice.

    Args:
        table: what was read.
        needed: groups of alternative names.
        section: section of the scenario file in which `columns = {...}` says what they are called, such as
            `inputs.scenario`; empty for a table that no scenario names: then `--columns` says it.
    """
    groups = [tuple(group) for group in needed]
    problems: list[Problem] = []
    if twice := [name for group in groups for name in group if name in table.repeated]:
        problems.append(Problem("E212", table.where(), {"got": tuple(twice)}))
    if all(any(name in table.columns for name in group) for group in groups):
        return problems
    pairs = columns.suggestion(groups, table.columns)
    if table.columns and all(_is_number(name) for name in table.columns if name):
        remedy = Phrase("tables.no_header", {"example": ",".join(group[0] for group in groups)})
    elif pairs and section:
        note = Phrase("tables.unit_note") if "volume_bcm" in pairs else ""
        remedy = Phrase("tables.rename_in", {"line": columns.line(pairs), "section": f"[{section}]", "note": note})
    elif pairs:
        given = ",".join(f"{name}={there}" for name, there in pairs.items())
        remedy = Phrase("tables.rename_option", {"option": f'--columns "{given}"'})
    elif section and "cluster" not in table.columns and ("cluster",) in groups:
        remedy = Phrase("tables.no_cluster")
    else:
        remedy = Phrase("tables.rename")
    params = {
        "needed": tuple(_either(group) for group in groups),
        "found": ", ".join(name or "–" for name in table.columns),
        "remedy": remedy,
    }
    return [*problems, Problem("E507", table.where(), params)]


def _either(group: Sequence[str]) -> str | Phrase:
    """Write alternatives as the reader says them: year or month."""
    *first, last = group
    return Phrase("tables.either", {"first": tuple(first), "last": last}) if first else last


def by_rows(code: str, table: Table, column: str, rows: Sequence[Row], **params: object) -> list[Problem]:
    """Return one problem about a column with all its rows as examples; none without rows."""
    if not rows:
        return []
    got = tuple(f"'{row.cells.get(column, '')}' (:{row.line})" for row in rows)
    return [Problem(code, table.where(rows[0], column), {"got": got, "column": column, "n": len(rows), **params})]


def _is_number(text: str) -> bool:
    (found,) = notation.read([text], dutch_table=True)
    return isinstance(found, notation.Number) or found == "ambiguous"


def _prologue(content: str) -> tuple[int, str, str]:
    """Return how many lines come before the header, the text from the header on, and what separates its cells.

    Passed over: empty lines, comments (#) and the `sep=;` of Excel. A last comment with as many cells as the line
    below it is a header, as earthquake services write it.
    """
    lines = content.split("\n")
    start, comment, separator = 0, -1, ""
    while start < len(lines):
        line = lines[start].strip()
        if line.lower().startswith("sep=") and len(line) == 5 and not separator:
            separator = line[-1]
        elif line.startswith("#"):
            comment = start
        elif line:
            break
        start += 1
    if comment >= 0 and start < len(lines):
        mark = max(_DELIMITERS, key=lines[comment].count)
        if lines[comment].count(mark) and lines[comment].count(mark) == lines[start].count(mark):
            start, lines[comment] = comment, lines[comment].lstrip().removeprefix("#")
    header = lines[start] if start < len(lines) else ""
    return start, "\n".join(lines[start:]), separator or max(_DELIMITERS, key=header.count)


def _records(content: str, delimiter: str, skipped: int, name: str) -> list[tuple[int, list[str]]] | Problem:
    """Return the line and the cells of each record that is not empty; E213 where a quote does not end."""
    reader = csv.reader(io.StringIO(content), delimiter=delimiter, skipinitialspace=True, strict=True)
    records: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((begins + skipped, cells))
            begins = reader.line_num + 1
    except csv.Error:
        text = next(itertools.islice(content.split("\n"), begins - 1, None), "")
        return Problem("E213", f"{name}:{begins + skipped}", {"got": text.strip()[:60]})
    return records


def _renamed(header: list[str], names: Mapping[str, str], file: str) -> Problem | None:
    """Put the needed names in the header, in place; E507 for a name that the file does not have."""
    there = list(header)
    absent = {need: name for need, name in names.items() if name.strip().lower() not in there}
    if absent:
        near = {need: columns.nearest(name, [other for other in there if other]) for need, name in absent.items()}
        pairs = {need: found for need, found in near.items() if isinstance(found, str)}
        remedy = Phrase("tables.mend_columns", {"line": columns.line(pairs)}) if pairs else Phrase("tables.rename")
        params = {"needed": ", ".join(absent.values()), "found": ", ".join(n or "–" for n in there), "remedy": remedy}
        return Problem("E507", file, params)
    for need, name in names.items():
        for index, other in enumerate(there):
            if other == name.strip().lower():
                header[index] = need
            elif other == need and other not in {n.strip().lower() for n in names.values()}:
                header[index] = f"{need} (2)"
    return None


def _overfull(file: str, header: Sequence[str], rows: Sequence[tuple[int, list[str]]], delimiter: str) -> list[Problem]:
    if not rows:
        return []
    got = tuple(f"'{delimiter.join(cells)[:60]}' (:{line})" for line, cells in rows)
    halves = delimiter == "," and all(len(cells) > len(header) for _, cells in rows)
    remedy = Phrase("tables.overfull_comma" if halves else "tables.overfull")
    params = {"got": got, "cells": len(rows[0][1]), "columns": len(header), "remedy": remedy}
    return [Problem("E211", f"{file}:{rows[0][0]}", params)]
