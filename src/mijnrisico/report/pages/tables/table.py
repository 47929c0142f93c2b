"""A table of a report: texts ready to print."""

from dataclasses import dataclass

import numpy as np

from mijnrisico.report.words import Words


@dataclass(frozen=True)
class Table:
    """A table in words: caption, head, rows (the first cell names its row), a note, and where the data are."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    csv: str = ""
    text_columns: tuple[int, ...] = ()


_NOTHING = 1e-9


def with_band(words: Words, mean: str, low: str, high: str) -> str:
    """Write a mean with its band between brackets."""
    return f"{mean} ({words.band(low, high)})"


def plus_minus(words: Words, mean: float, sd: float) -> str:
    """Write a mean with its standard deviation, where there is one."""
    if not np.isfinite(mean):
        return "–"
    if not np.isfinite(sd) or sd <= _NOTHING * abs(mean):  # one value only, up to rounding
        return words.general(mean)
    decimals = max(0, 1 - int(np.floor(np.log10(sd))))
    return f"{words.fixed(mean, decimals)} ± {words.fixed(sd, decimals)}"


def plain(value: object) -> str:
    """Write a value of a table or the manifest as it stands; nothing where there is none."""
    return "" if value is None or (isinstance(value, float) and np.isnan(value)) else str(value)
