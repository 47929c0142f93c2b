"""What stands where a moment in time should: day numbers of a spreadsheet, or nothing that can be read."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from mijnrisico.core.table import Row, Table, textfile
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_SERIAL: Final = re.compile(r"([2-6]\d{4})([.,]\d+)?")
_DAY_ZERO: Final = date(1899, 12, 30)
"""Day 0 of Excel, such that day 45291 is 2023-12-31."""


def unreadable(found: Table, column: str, wrong: Sequence[tuple[str, Row]], expected: Phrase, example: str) -> Problem:
    """Return E209 when the cells (text and row) are day numbers of a spreadsheet, else E503 with all of them."""
    serial = _SERIAL.fullmatch(wrong[0][0])
    if serial is not None:
        day = _DAY_ZERO + timedelta(days=int(serial[1]))
        params = {"got": wrong[0][0], "day": day.isoformat(), "wanted": expected, "example": example}
        return textfile.refused(found.where(wrong[0][1], column), "serial", **params)
    got = tuple(f"'{cell}' (:{row.line})" for cell, row in wrong)
    return Problem("E503", found.where(column=column), {"got": got, "expected": expected, "example": example})
