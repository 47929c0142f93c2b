"""Tables with a place in each row and columns of numbers, such as the grids of a reservoir model.

A table of nothing but plain numbers between commas is read at once: those of reservoir models have millions of cells.
Any other is read cell by cell by `core.table`, which understands more and says what is wrong in which row.
"""

import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from mijnrisico.core import table
from mijnrisico.core.table import Table, notation
from mijnrisico.errors import Problem

PAIRS: Final = (("x_rd", "y_rd"), ("x", "y"))
"""Columns in which places may stand; x, y need a coordinate system beside them."""

_LONGEST_HEADER: Final = 100_000
_NOT_PLAIN: Final = frozenset("\"';\t|#")

Choose = Callable[[Table], "tuple[str, ...] | list[Problem]"]
"""Returns the columns to read as numbers, of a table without its rows; or why there are none."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Columns of numbers, in the order in which they were chosen; NaN where a cell has none. `lines` of the rows.

    `texts` holds the columns that were asked for as text.
    """

    name: str
    values: Mapping[str, np.ndarray]
    lines: np.ndarray
    problems: tuple[Problem, ...]
    texts: Mapping[str, np.ndarray] = field(default_factory=dict)

    def where(self, *columns: str) -> str:
        """Point at columns of the file."""
        return f"{self.name} [{', '.join(columns)}]"


def read(
    path: Path, names: Mapping[str, str], choose: Choose, needed: Sequence[str] = (), text: Collection[str] = ()
) -> Numbers | list[Problem]:
    """Read the chosen columns; the problems of the file where that cannot be done.

    Args:
        path: CSV file.
        names: needed name -> name in the file.
        choose: which columns, from the header.
        needed: those of the columns that must have a number in every row (E401).
        text: those that hold names and not numbers.
    """
    plain = _plain(path, names, text)
    if plain is not None:
        head, frame = plain
        chosen = choose(head)
        if isinstance(chosen, list):
            return chosen
        column = {name: frame[head.columns.index(name)].to_numpy() for name in chosen}
        values = {name: notation.known(column[name]) for name in chosen if name not in text}
        texts = {name: column[name].astype(str) for name in chosen if name in text}
        if not any(np.isnan(values[name]).any() for name in needed if name in values):
            return Numbers(path.name, values, np.arange(len(frame)) + 2, (), texts)
    found = table.read(path, names)
    if isinstance(found, Problem):
        return [found]
    chosen = choose(found)
    if isinstance(chosen, list):
        return [*found.problems, *chosen]
    problems: list[Problem] = []
    values = {}
    for name in (name for name in chosen if name not in text):
        numbers, wrong = table.numbers(found, name)
        values[name] = np.array([np.nan if value is None else value for value in numbers], dtype=float)
        problems += [problem for problem in wrong if problem.code != "E401" or name in needed]
    lines = np.array([row.line for row in found.rows], dtype=int)
    texts = {name: np.array([row.cells.get(name, "") for row in found.rows]) for name in chosen if name in text}
    return Numbers(path.name, values, lines, (*found.problems, *_gathered(problems)), texts)


def header(path: Path) -> tuple[str, ...]:
    """Return the names of the columns in lower case, none where the file is no table."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            start = stream.read(_LONGEST_HEADER)
    except OSError:
        return ()
    return next((_cells(line) for line in start.splitlines() if line.strip() and line.lstrip()[0] != "#"), ())


def _cells(line: str) -> tuple[str, ...]:
    mark = max(",;\t|", key=line.count)
    return tuple(cell.strip().strip('"').strip().lower() for cell in line.split(mark))


def pair_of(head: Table) -> tuple[str, str]:
    """Return the names of the two columns with places, x and y where they are called otherwise."""
    return next((pair for pair in PAIRS if set(pair) <= set(head.columns)), PAIRS[-1])


def _gathered(problems: list[Problem]) -> list[Problem]:
    """One problem of each code: hundreds of columns of the same kind have the same fault, and one notation."""
    first: dict[str, Problem] = {}
    got: dict[str, tuple[object, ...]] = {}
    for problem in problems:
        first.setdefault(problem.code, problem)
        rows = problem.params.get("got", ())
        got[problem.code] = (*got.get(problem.code, ()), *(rows if isinstance(rows, tuple) else (rows,)))
    return [
        Problem(code, problem.where, {**problem.params, "got": got[code], "n": len(got[code])})
        if "got" in problem.params
        else problem
        for code, problem in first.items()
    ]


def _plain(path: Path, names: Mapping[str, str], text: Collection[str] = ()) -> tuple[Table, pd.DataFrame] | None:
    """Return the header and the numbers of a table that needs no further understanding, None for any other.

    No quotes, comments, blank lines or other separators, no column twice, and in every cell a number or nothing.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            line = stream.readline()
    except (OSError, UnicodeDecodeError):
        return None
    header = [cell.strip().lower() for cell in line.split(",")]
    if len(header) < 3 or "" in header or len(set(header)) < len(header) or _NOT_PLAIN & set(line):
        return None
    own = {there.strip().lower(): wanted for wanted, there in names.items()}
    if not own.keys() <= set(header) or (set(own.values()) - own.keys()) & set(header):
        return None
    columns = tuple(own.get(name, name) for name in header)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(
                path,
                header=None,
                skiprows=1,
                names=list(range(len(header))),
                dtype={number: str if name in text else float for number, name in enumerate(columns)},
                index_col=False,
                skip_blank_lines=False,
            )
    except (ValueError, OSError, pd.errors.ParserError, pd.errors.ParserWarning):
        return None
    if frame.empty or frame.isna().all(axis=1).any():
        return None
    return Table(path.name, columns, (), dutch=False), frame
