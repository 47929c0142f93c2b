"""The earthquakes that the source model is fitted to and judged by."""

import numpy as np
import pandas as pd

from mijnrisico import data

FEWEST_EVENTS = 20
"""Below this number a fit says little about rate and magnitudes."""


def select(magnitude_min: float, start: str, until: str) -> pd.DataFrame:
    """Events of the embedded KNMI catalogue inside the Groningen outline, from `start` up to `until`.

    Magnitudes are rounded to 0.1, so `magnitude_min` lies half-way between two of them (1.45 keeps 1.5).
    Returns `time` (datetime64, UTC), `x`, `y` (RD New, m) and `magnitude` (local, KNMI), in order of time.
    """
    events = data.table("earthquakes")
    time = pd.to_datetime(events["time_utc"], utc=True).dt.tz_localize(None)
    keep = (
        events["in_groningen_outline"].astype(bool)
        & (events["magnitude"] >= magnitude_min)
        & (time >= pd.Timestamp(start))
        & (time < pd.Timestamp(until))
    )
    chosen = pd.DataFrame(
        {
            "time": time[keep],
            "x": events.loc[keep, "x_rd"].astype(float),
            "y": events.loc[keep, "y_rd"].astype(float),
            "magnitude": events.loc[keep, "magnitude"].astype(float),
        }
    )
    return chosen.sort_values("time", ignore_index=True)


def annual_counts(events: pd.DataFrame, years: np.ndarray) -> np.ndarray:
    """Number of events in each calendar year; shape (year,)."""
    happened = pd.DatetimeIndex(events["time"]).year.to_numpy()
    return np.array([int(np.count_nonzero(happened == year)) for year in years])
