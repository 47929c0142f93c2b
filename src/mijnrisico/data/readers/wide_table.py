"""Large tables with columns of text and of numbers, read at once: hundreds of thousands of buildings in a few seconds.

    found = read(Path("buildings.csv"), {"building": "identificatie"})
    found.text("use")                      every cell as it stands in the file, ids included
    values, problems = numbers(found, "x_rd")

Everything is read as text, so that an id keeps its zeros. A table that pandas does not understand, or a column in which
some cell is not a plain number, goes to `core.table`, which understands more and says what is wrong in which row.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.core import table
from mijnrisico.core.table import Row, Table, notation, textfile
from mijnrisico.errors import Problem

Array = NDArray[np.float64]

_MARKS: Final = ",;\t|"


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """A table as text: `head` has the file's name and columns and no rows; `cells` and `lines` (header = 1) the rows.

    Columns carry the needed names where the file calls them otherwise.
    """

    head: Table
    cells: pd.DataFrame
    lines: NDArray[np.int64]
    problems: tuple[Problem, ...] = field(default=())

    def __contains__(self, column: str) -> bool:
        """Say whether there is a column of that name."""
        return column in self.cells.columns

    def text(self, column: str) -> NDArray[np.object_]:
        """Return a column as text without blanks around it, "" for every row where there is none."""
        if column not in self:
            return np.full(len(self.cells), "", dtype=object)
        return self.cells[column].to_numpy(object)

    def place(self, row: int, column: str = "") -> str:
        """Point at a row and a column the way editors do: `file.csv:7 [year]`."""
        return f"{self.head.name}:{self.lines[row]}" + (f" [{column}]" if column else "")


def read(path: Path, names: Mapping[str, str] | None = None) -> Wide | Problem:
    """Read a table; a problem only where there is no table at all, as `core.table.read`.

    Args:
        path: comma, semicolon, tab or | between the cells, found by the header.
        names: needed name -> name in the file, for columns that are called otherwise there.
    """
    fast = _plain(path)
    if fast is not None and not {n.strip().lower() for n in (names or {}).values()} - set(fast.head.columns):
        return _renamed(fast, names or {})
    found = table.read(path, names)
    if isinstance(found, Problem):
        return found
    columns = list(dict.fromkeys(name for name in found.columns if name))
    cells = pd.DataFrame([[row.cells.get(name, "") for name in columns] for row in found.rows], columns=columns)
    lines = np.array([row.line for row in found.rows], dtype=np.int64)
    head = Table(found.name, found.columns, (), found.dutch, found.repeated)
    return Wide(head, cells.astype(object), lines, found.problems)


def numbers(wide: Wide, column: str) -> tuple[Array, list[Problem]]:
    """Read a column of numbers, NaN in empty cells and for marks of a missing value; see `core.table.numbers`."""
    cells = wide.cells[column]
    empty = (cells == "").to_numpy()
    dutch = wide.head.dutch and not cells.str.contains(".", regex=False).any()
    plain = cells.str.replace(",", ".", regex=False) if dutch else cells
    values = pd.to_numeric(plain.mask(empty), errors="coerce").to_numpy(float)
    ambiguous = wide.head.dutch and not dutch
    if ambiguous or (~np.isfinite(values) & ~empty).any():
        rows = tuple(Row(int(line), {column: cell}) for line, cell in zip(wide.lines, cells, strict=True))
        found, problems = table.numbers(Table(wide.head.name, wide.head.columns, rows, wide.head.dutch), column)
        values = np.array([np.nan if value is None else value for value in found], dtype=float)
        return values, [problem for problem in problems if problem.code != "E401"]
    values = notation.known(values)
    commas = dutch and cells.str.contains(",", regex=False).any()
    example = next((cell for cell in cells if "," in cell), "") if commas else ""
    told = {"example": f"{example} = {example.replace(',', '.')}"}
    return values, [Problem("W208", f"{wide.head.name} [{column}]", told)] if commas else []


def _plain(path: Path) -> Wide | None:
    """Return a table whose header is its first line and each of whose rows is one line, None for any other."""
    decoded = textfile.read(path)
    if isinstance(decoded, Problem):
        return None
    content, problems = decoded
    first = content.partition("\n")[0]
    mark = max(_MARKS, key=first.count)
    header = [name.strip().strip('"').strip().lower() for name in first.split(mark)]
    if first.startswith("#") or first.lower().startswith("sep=") or "" in header or len(set(header)) < len(header):
        return None
    if len(header) < 2 or (content.count('"') and content.count('"') % 2):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # cells beyond the header would be lost
            cells = pd.read_csv(
                io.StringIO(content),
                sep=mark,
                header=None,
                skiprows=1,
                names=header,
                dtype=object,
                keep_default_na=False,
                na_filter=False,
                index_col=False,
                skip_blank_lines=False,
                skipinitialspace=True,
                on_bad_lines="error",
            )
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning):
        return None
    if cells[header[-1]].isna().any():  # rows with fewer cells than the header
        cells = cells.fillna("")
    if len(cells) != content.rstrip("\n").count("\n"):  # cells with an end of line in them, or rows too long
        return None
    lines = np.arange(len(cells), dtype=np.int64) + 2
    filled = (cells[header[0]] != "").to_numpy(copy=True)
    filled[~filled] = (cells[~filled] != "").any(axis=1)
    head = Table(path.name, tuple(header), (), mark == ";")
    if any(f"{blank}{end}" in content for blank in " \t" for end in (mark, "\n") if blank != mark):
        cells = cells.apply(lambda column: column.str.strip())
    if not filled.all():
        cells, lines = cells[filled].reset_index(drop=True), lines[filled]
    return Wide(head, cells, lines, problems)


def _renamed(wide: Wide, names: Mapping[str, str]) -> Wide:
    """Give columns the needed names; a column that had such a name already loses it."""
    to = {there.strip().lower(): needed for needed, there in names.items()}
    columns = [to.get(name, f"{name} (2)" if name in names else name) for name in wide.head.columns]
    head = Table(wide.head.name, tuple(columns), (), wide.head.dutch)
    return Wide(head, wide.cells.set_axis(columns, axis=1), wide.lines, wide.problems)
