"""Observations as a table of levelling: the change of each point since its first moment.

PySub sets every point to zero at its first observation; the same is done here, and what is measured is then the
change between two moments, with the errors of both.
"""

from collections.abc import Sequence

import numpy as np

from mijnrisico.data.readers.pysub.notes import Note
from mijnrisico.data.readers.pysub.records import Measured

HEAD = "point,x_rd,y_rd,from_year,to_year,subsidence_mm,sigma_mm"


def table(measured: Sequence[Measured]) -> tuple[str, list[Note]]:
    """Return the table ("" where nothing was measured twice) and what is to be said about it.

    Subsidence is positive down. The error of one moment is the mean of its lower and upper error, taken as a standard
    deviation; that of a change is the root of the sum of both squares. A cell is empty where no errors were given.
    """
    first: dict[str, Measured] = {}
    rows: list[str] = []
    for one in measured:
        begin = first.setdefault(one.point, one)
        if one.year <= begin.year:
            continue
        sigma_m = np.hypot(_sigma_m(begin), _sigma_m(one))
        change_mm = 1000.0 * (one.subsidence_m - begin.subsidence_m)
        cells = (one.x_m, one.y_m, begin.year, one.year, change_mm, 1000.0 * sigma_m)
        name = f'"{one.point}"' if "," in one.point else one.point
        rows.append(",".join([name, *("" if np.isnan(value) else f"{value:.10g}" for value in cells)]))
    if not measured:
        return "", []
    notes = [Note("converted", "observations", len(rows), {"given": len(measured), "points": len(first)})]
    counts = {name: sum(one.point == name for one in measured) for name in first}
    if once := tuple(name for name, count in counts.items() if count == 1):
        notes.append(Note("left", "once", len(once), {"names": once[:5]}))
    return ("\n".join([HEAD, *rows]) + "\n" if rows else ""), notes


def _sigma_m(one: Measured) -> float:
    errors = [error for error in (one.lower_m, one.upper_m) if np.isfinite(error)]
    return float(np.mean(errors)) if errors else float("nan")
