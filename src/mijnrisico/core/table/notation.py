"""Numbers as people write them: international or Dutch, with or without marks between thousands.

What could be read in two ways is not read: `1.234` in a Dutch table may be one thousand or one and a bit.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Reading = Literal["plain", "dutch", "text"]  # as a program writes it; with a decimal comma; a number kept as text
Fault = Literal["missing", "ambiguous", "unreadable"]

_SPACES: Final = "\u0020\u00a0\u2009\u202f"
_THOUSANDS_DOT: Final = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")
_THOUSANDS_COMMA: Final = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
"""No number of thousands begins with a zero: `0,021` has decimals."""
_GROUPS: Final = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3}){2,}|(,\d{3}){2,})")
"""A mark that stands there more than once is one between thousands: `3.000.000.000`."""
_DUTCH: Final = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+([eE][+-]?\d+)?")
_INTERNATIONAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS_SPACE: Final = re.compile(rf"[+-]?\d{{1,3}}([{_SPACES}]\d{{3}})+([.,]\d+)?")
_MISSING_WORDS: Final = frozenset(
    ("", "-", "–", "nan", "na", "n/a", "#n/a", "#n/b", "#nv", "null", "none", "nodata", "inf", "+inf", "-inf",
     "infinity", "#div/0!", "#deel/0!", "#value!", "#waarde!", "#ref!", "#verw!", "#num!", "#getal!", "onbekend")
)  # fmt: skip
_MISSING_VALUES: Final = (-999.0, -9999.0, -99999.0, -999.25, -9999.25, -999.999, -32768.0)
_TOO_LARGE_TO_MEASURE: Final = 1e20
"""Grid formats mark a missing value with 1e20, 1e30, 9.97e36 or 3.4e38."""


def known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers of which those that mark a missing value are NaN, as in `read`."""
    empty = ~np.isfinite(values) | (np.abs(values) >= _TOO_LARGE_TO_MEASURE) | np.isin(values, _MISSING_VALUES)
    return np.where(empty, np.nan, values)


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that was read: its value, and how it was written."""

    value: float
    reading: Reading = "plain"


def read(cells: Sequence[str], *, dutch_table: bool) -> list[Number | Fault]:
    """Read a column: a number for each cell, or why there is none.

    Args:
        cells: text of the cells.
        dutch_table: the table is separated by semicolons, so that a comma marks decimals. In any other table it does
            so in a column where some cell can be read in no other way (`850,5`).
    """
    bare = [_bare(cell) for cell in cells]
    has_dutch = any(
        (_DUTCH.fullmatch(c) and (dutch_table or not _THOUSANDS_COMMA.fullmatch(c)))
        or (_GROUPS.fullmatch(c) and "." in c)
        for c in bare
    )
    has_point = any(_INTERNATIONAL.fullmatch(c) and "." in c and not _THOUSANDS_DOT.fullmatch(c) for c in bare)
    dutch = dutch_table or has_dutch
    return [
        _number(cell, as_text=cell != given.strip(), dutch=dutch, has_dutch=has_dutch, has_point=has_point)
        for cell, given in zip(bare, cells, strict=True)
    ]


def _bare(cell: str) -> str:
    """Take off what spreadsheets and word processors put around a number."""
    return cell.strip().removeprefix("'").removeprefix("=").strip('"').strip().replace("\N{MINUS SIGN}", "-")


def _number(cell: str, *, as_text: bool, dutch: bool, has_dutch: bool, has_point: bool) -> Number | Fault:
    reading: Reading = "text" if as_text else "plain"
    if cell.lower() in _MISSING_WORDS:
        return "missing"
    if _THOUSANDS_SPACE.fullmatch(cell):
        cell, reading = re.sub(f"[{_SPACES}]", "", cell), "text"
    if _GROUPS.fullmatch(cell):
        return _finite(re.sub(r"[.,]", "", cell), "dutch" if "." in cell else "text")
    if _DUTCH.fullmatch(cell) and (dutch or not _THOUSANDS_COMMA.fullmatch(cell)):
        return _finite(cell.replace(".", "").replace(",", "."), "dutch")
    if _THOUSANDS_DOT.fullmatch(cell) and dutch:
        if has_dutch and not has_point:
            return _finite(cell.replace(".", ""), "dutch")
        return _finite(cell, reading) if has_point and not has_dutch and cell.count(".") == 1 else "ambiguous"
    if _INTERNATIONAL.fullmatch(cell):
        return _finite(cell, reading)
    return "ambiguous" if _THOUSANDS_DOT.fullmatch(cell) or _THOUSANDS_COMMA.fullmatch(cell) else "unreadable"


def _finite(text: str, reading: Reading) -> Number | Fault:
    value = float(text)
    if abs(value) >= _TOO_LARGE_TO_MEASURE or value in _MISSING_VALUES:
        return "missing"
    return Number(value, reading)
