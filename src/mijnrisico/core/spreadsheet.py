"""Tables that a person opens in a spreadsheet: text of a user must stay text there.

A cell that begins with `=`, `+`, `-` or `@` is computed when the file is opened, whoever wrote it (CSV injection, see
OWASP). Such a cell gets an apostrophe before it, which a spreadsheet takes as "this is text".
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table of which no cell of text begins as a formula; numbers, also those written as text, stay."""
    texts = frame.select_dtypes(exclude="number").columns
    return frame.assign(**{str(name): frame[name].map(_as_text) for name in texts})


def _as_text(cell: object) -> object:
    if not isinstance(cell, str) or not cell.startswith(_COMPUTED) or cell == "-" or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
