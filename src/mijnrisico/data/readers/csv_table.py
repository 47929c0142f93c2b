"""Comma-separated tables, plain or gzipped, UTF-8, one header line."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd


def read(path: Path, dates: Iterable[str] = ()) -> pd.DataFrame:
    """Read a table; only the empty field is missing ("NA" is a name), `dates` become naive datetimes."""
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for name in dates:
        frame[name] = pd.to_datetime(frame[name], format="ISO8601").dt.tz_localize(None)
    return frame
