"""A table of a user that reads vulnerability classes from what is known of a building; CSV, a row per rule and class.

    use,        year_from, year_until, floors_until, vulnerability_class, share
    woonfunctie,         ,       1920,            2,               URM4L,   0.6
    woonfunctie,         ,       1920,            2,               URM3L,   0.4

Conditions are columns that may be left out or empty: patterns `taxonomy`, `type`, `use`, `settlement`, and limits
`year_from`, `year_until`, `floors_from`, `floors_until`, both included. Further `vulnerability_class`, `share` (1 where
there is no such column) and `mapping`, for more than one way to read the classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.core import table
from mijnrisico.core.table import columns as column_names
from mijnrisico.data.readers import wide_table
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

SECTION: Final = "inputs.exposure_classes"
ONE_MAPPING: Final = "table"
"""Name of the mapping where the table has no such column."""
_TEXT: Final = ("taxonomy", "type", "use", "settlement", "mapping")
_NUMBERS: Final = ("year_from", "year_until", "floors_from", "floors_until")


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of the table with all columns, limits NaN where empty; no rows where there is an error."""

    frame: pd.DataFrame | None
    problems: tuple[Problem, ...]
    name: str
    rows: int = 0


def read(path: Path, *, known: Sequence[str], columns: Mapping[str, str] | None = None) -> Read:
    """Read a table of rules; every problem at once.

    E507 without a column of classes, E412 for classes that are not `known`, E401 for a row without a class, E503 for a
    share outside 0-1.
    """
    wide = wide_table.read(path, columns or {})
    if isinstance(wide, Problem):
        return Read(None, (wide,), path.name)
    problems = [*wide.problems, *table.missing_columns(wide.head, [("vulnerability_class",)], SECTION)]
    if not len(wide.cells):
        problems.append(Problem("E214", wide.head.where(), {}))
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), path.name)
    frame = pd.DataFrame({name: wide.text(name) for name in _TEXT if name in wide})
    frame["vulnerability_class"] = names = wide.text("vulnerability_class")
    for name in (*_NUMBERS, "share"):
        if name in wide:
            frame[name], wrong = wide_table.numbers(wide, name)
            problems += wrong
    if "share" not in frame:
        frame["share"] = 1.0
    if "mapping" not in frame:
        frame["mapping"] = ONE_MAPPING
    empty = np.flatnonzero(names == "")
    if empty.size:
        got = tuple(f":{wide.lines[i]}" for i in empty)
        params = {"got": got, "column": "vulnerability_class", "n": empty.size}
        problems.append(Problem("E401", wide.place(int(empty[0]), "vulnerability_class"), params))
    unknown = np.flatnonzero(~np.isin(names.astype(str), list(known)) & (names != ""))
    if unknown.size:
        problems.append(unknown_classes(wide.place(int(unknown[0]), "vulnerability_class"), names[unknown], known))
    share = frame["share"].to_numpy(float)
    if (off := np.flatnonzero(~((share >= 0.0) & (share <= 1.0)))).size:
        got = tuple(f"{share[i]:g} (:{wide.lines[i]})" for i in off[:20])
        params = {"got": got, "expected": Phrase("expected.less_than_equal", {"limit": "1"}), "example": "0.5"}
        problems.append(Problem("E503", wide.place(int(off[0]), "share"), params))
    errors = any(problem.code.startswith("E") for problem in problems)
    return Read(None if errors else frame, tuple(problems), path.name, len(frame))


def unknown_classes(where: str, names: NDArray[np.object_], known: Sequence[str]) -> Problem:
    """Return E412 for names of classes that are not known: how often each is there, and what was probably meant."""
    unknown, count = np.unique(names.astype(str), return_counts=True)
    got = tuple(f"{name} ({n}×)" for name, n in zip(unknown, count, strict=True))
    near = [column_names.nearest(name, known) for name in unknown[:5]]
    meant = tuple(dict.fromkeys(name for name in near if isinstance(name, str))) or tuple(near[:1])
    return Problem("E412", where, {"of": "class", "got": got, "nearest": meant, "known": ", ".join(known)})
