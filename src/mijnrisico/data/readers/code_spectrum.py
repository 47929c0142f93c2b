"""A response spectrum of the user, such as that of a building code, to lay beside a computed one.

period_s,sa_g
0.0,0.08
0.1,0.20
"""

from pathlib import Path

import pandas as pd

from mijnrisico.core import table
from mijnrisico.core.scenario import acceleration
from mijnrisico.errors import InputError, Problem


def read(path: Path) -> pd.DataFrame:
    """Read a spectrum: `period_s` (s) and `sa_g` (g) in the order of the periods, its name in `attrs["name"]`.

    Raises `InputError` with everything that is wrong: E101 for a file that is not there, E507 for a column that is
    missing, E503 for a period below zero or one that stands there twice, E204 for an acceleration that cannot be in g.
    """
    file = table.find(str(path), Path(), "--beside")
    found = file if isinstance(file, Problem) else table.read(file)
    if isinstance(found, Problem):
        raise InputError([found])
    problems = [*found.problems, *table.missing_columns(found, [("period_s",), ("sa_g",)])]
    if any(problem.code == "E507" for problem in problems):
        raise InputError(problems)
    periods, wrong = table.numbers(found, "period_s")
    levels, more = table.numbers(found, "sa_g")
    problems += [*wrong, *more]
    seen: set[float] = set()
    for row, period, level in zip(found.rows, periods, levels, strict=True):
        if period is not None and (period < 0.0 or period in seen):
            params = {"got": period, "expected": "0, 0.1, 0.2, ...", "example": "0.1"}
            problems.append(Problem("E503", found.where(row, "period_s"), params))
        if period is not None:
            seen.add(period)
        if level is not None and (problem := acceleration.problem(level, found.where(row, "sa_g"), "sa_g = ")):
            problems.append(problem)
    if any(problem.code.startswith("E") for problem in problems):
        raise InputError(problems)
    frame = pd.DataFrame({"period_s": periods, "sa_g": levels}, dtype=float).sort_values("period_s", ignore_index=True)
    frame.attrs["name"] = path.stem
    return frame
