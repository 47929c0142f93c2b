"""Ids of buildings that went through a spreadsheet: doubled, missing, rounded to 3.1E+15, without their zeros.

An id of the BAG (the register of addresses and buildings) has sixteen digits: four of the municipality, two of the kind
of object (10 for a building, 01 for a home) and ten of its own. The municipalities of Groningen begin with zeros, which
a spreadsheet takes away; a number of sixteen digits is more than it can hold.

A number of 13 to 15 digits that is an id of the BAG once its zeros are put back has lost them when there are whole ids
beside it, or when at least half of what stands in the column is so: ids of one's own may have as many digits.
"""

import re
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.data.readers.wide_table import Wide
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

BAG_DIGITS: Final = 16
_SCIENTIFIC: Final = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_WHOLE: Final = rf"\d{{{BAG_DIGITS}}}"
_LOST_ZEROS: Final = rf"\d{{13,{BAG_DIGITS - 1}}}([.,]0*)?"
_KINDS: Final = ("10", "01", "02", "03")
_AT: Final = slice(4, 6)


def check(ids: NDArray[np.object_], wide: Wide, column: str) -> list[Problem]:
    """Return E411 for ids that are missing, damaged, or there more than once; nothing when they are in order.

    An id with its zeros and the same without them are there twice.
    """
    series = pd.Series(ids, dtype=object)
    problems: list[Problem] = []
    if (missing := np.flatnonzero((series == "").to_numpy())).size:
        got = tuple(f":{wide.lines[i]}" for i in missing)
        problems.append(_problem(wide, column, missing, got, "missing"))
    scientific = series.str.fullmatch(_SCIENTIFIC).to_numpy(bool, copy=True)
    short = series.str.fullmatch(_LOST_ZEROS).to_numpy(bool, copy=True)
    meant = series.copy()
    if short.any():
        meant[short] = series[short].str.split(r"[.,]", regex=True).str[0].str.zfill(BAG_DIGITS)
        short &= meant.str[_AT].isin(_KINDS).to_numpy()
        readable = len(series) - missing.size - scientific.sum()
        if not series.str.fullmatch(_WHOLE).any() and 2 * short.sum() < readable:
            short[:] = False
    for name, wrong in (("scientific", scientific), ("lost_zeros", short)):
        if (rows := np.flatnonzero(wrong)).size:
            got = tuple(f"{ids[i]} (:{wide.lines[i]})" for i in rows)
            problems.append(_problem(wide, column, rows, got, "damaged", reason=Phrase(f"exposure.{name}")))
    doubled = meant.duplicated(keep=False).to_numpy() & (series != "").to_numpy() & ~scientific
    if (rows := np.flatnonzero(doubled)).size:
        forms = series[rows].groupby(meant[rows], sort=False).unique()
        got = tuple(" = ".join(map(str, each)) for each in forms)
        problems.append(_problem(wide, column, rows, got, "", n=len(got)))
    return problems


def _problem(
    wide: Wide, column: str, rows: NDArray[np.int64], got: tuple[str, ...], of: str, **more: object
) -> Problem:
    params = {"got": got, "n": int(rows.size), **({"of": of} if of else {}), **more}
    return Problem("E411", wide.place(int(rows[0]), column), params)
