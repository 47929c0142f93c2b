"""The earthquakes that the source model is fitted to and judged by: the packaged ones, or those of the user."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import shapely

from mijnrisico import data
from mijnrisico.data.readers.catalogue import COLUMNS
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

FEWEST_EVENTS = 20
"""Below this number a fit says little about rate and magnitudes."""
SAME_SECONDS = 2.0
SAME_METRES = 2000.0

_INDUCED = ("", "induced", "induced or triggered event", "induced earthquake", "geïnduceerd", "geinduceerd", "ind")
_AUTOMATIC = ("automatic", "auto")


def packaged() -> pd.DataFrame:
    """The embedded KNMI catalogue with `COLUMNS` and `inside` (within the outline of the field), in order of time."""
    found = data.table("earthquakes")
    events = pd.DataFrame(
        {
            "line": np.arange(2, len(found) + 2),
            "event_id": found["event_id"].astype(str),
            "time": pd.to_datetime(found["time_utc"], utc=True).dt.tz_localize(None).astype("datetime64[ns]"),
            "x": found["x_rd"].astype(float),
            "y": found["y_rd"].astype(float),
            "magnitude": found["magnitude"].astype(float),
            "magnitude_type": "ML",
            "depth_km": found["depth_km"].astype(float),
            "type": "induced",
            "evaluation_mode": found["evaluation_mode"].astype(str),
        }
    )[list(COLUMNS)]
    events["inside"] = found["in_groningen_outline"].astype(bool)
    return events.sort_values("time", ignore_index=True, kind="stable")


def located(events: pd.DataFrame, outline: shapely.Geometry | None = None) -> pd.DataFrame:
    """Add `inside`: the epicentre lies within the outline of the field (by default the packaged one), or on it."""
    inside = shapely.intersects_xy(outline or _outline(), events["x"].to_numpy(), events["y"].to_numpy())
    return events.assign(inside=inside)


@cache
def _outline() -> shapely.Geometry:
    outline = data.polygons("groningen_outline")[1][0]
    shapely.prepare(outline)
    return outline


def induced(events: pd.DataFrame) -> np.ndarray:
    """Say of each event whether its type is induced; without a type it is taken as induced. Shape (event,)."""
    return events["type"].str.lower().isin(_INDUCED).to_numpy()


def used(events: pd.DataFrame, magnitude_min: float, start: str, until: str) -> np.ndarray:
    """Say of each event whether a fit on [start, until) uses it: induced, in the field, from `magnitude_min`."""
    time = events["time"]
    return (
        events["inside"].to_numpy()
        & induced(events)
        & (events["magnitude"] >= magnitude_min).to_numpy()
        & ((time >= pd.Timestamp(start)) & (time < pd.Timestamp(until))).to_numpy()
    )


def select(magnitude_min: float, start: str, until: str, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Events of a catalogue (the packaged one by default) that a fit on [start, until) uses.

    Magnitudes are rounded to 0.1, so `magnitude_min` lies half-way between two of them (1.45 keeps 1.5).
    Returns `time` (datetime64, UTC), `x`, `y` (RD New, m) and `magnitude` (local, KNMI), in order of time.
    """
    events = packaged() if events is None else events
    chosen = events.loc[used(events, magnitude_min, start, until), ["time", "x", "y", "magnitude"]]
    return chosen.sort_values("time", ignore_index=True, kind="stable")


def annual_counts(events: pd.DataFrame, years: np.ndarray) -> np.ndarray:
    """Number of events in each calendar year; shape (year,)."""
    happened = pd.DatetimeIndex(events["time"]).year.to_numpy()
    return np.array([int(np.count_nonzero(happened == year)) for year in years])


def duplicates(events: pd.DataFrame) -> list[tuple[int, int]]:
    """Pairs (first, again) that are one event: same id, or at most 2 s and 2 km apart. `events` in order of time."""
    seconds = events["time"].to_numpy().astype("datetime64[ms]").astype(np.int64) / 1000.0
    x, y = events["x"].to_numpy(), events["y"].to_numpy()
    pairs: list[tuple[int, int]] = []
    first_with: dict[str, int] = {}
    for i, name in enumerate(events["event_id"]):
        if name and name in first_with:
            pairs.append((first_with[name], i))
            continue
        first_with[name] = i
        j = i - 1
        while j >= 0 and seconds[i] - seconds[j] <= SAME_SECONDS:
            if np.hypot(x[i] - x[j], y[i] - y[j]) <= SAME_METRES:
                pairs.append((j, i))
                break
            j -= 1
    return pairs


def without_duplicates(events: pd.DataFrame) -> pd.DataFrame:
    """Keep the first of every event that stands there twice."""
    again = {second for _, second in duplicates(events)}
    return events.loc[[i not in again for i in range(len(events))]].reset_index(drop=True)


def problems(
    events: pd.DataFrame, where: str, *, dedupe: str, magnitude_min: float | None, period: tuple[str, str] | None
) -> Iterator[Problem]:
    """What is wrong with a located catalogue of the user, or worth knowing: E403, E404, W401, W406, W407 and W410.

    Only events of the field can be wrong; what lies outside it, or is not induced, is counted and not used.
    """
    inside, ours = events["inside"].to_numpy(), induced(events)
    if not inside.all():
        yield Problem("W407", where, {"n": int((~inside).sum()), "of": len(events)})
    other = events[inside & ~ours]
    if len(other):
        types = tuple(f"{name} ({n})" for name, n in other["type"].value_counts().items())
        yield Problem("W406", where, {"n": len(other), "types": types})
    field = events[inside & ours].reset_index(drop=True)
    yield from _doubles(field, where, dedupe)
    yield from _types(field, where)
    if magnitude_min is None or period is None:
        return
    small = int((field["magnitude"] < magnitude_min).sum())
    if small:
        yield Problem("W401", where, {"n": small, "magnitude_min": magnitude_min})
    taken = field[used(field, magnitude_min, *period)]
    automatic = int(taken["evaluation_mode"].str.lower().isin(_AUTOMATIC).sum())
    if automatic:
        yield Problem("W410", where, {"n": automatic, "of": len(taken)})


def _doubles(field: pd.DataFrame, where: str, dedupe: str) -> Iterator[Problem]:
    pairs = duplicates(field)
    if not pairs:
        return
    time, magnitude, line = (field[name].to_numpy() for name in ("time", "magnitude", "line"))
    got = tuple(f"{str(time[i])[:10]} M {magnitude[i]:g} (:{line[i]}) = (:{line[j]})" for i, j in pairs)
    yield Problem("E403" if dedupe == "error" else "W403", where, {"n": len(pairs), "got": got})


def _types(field: pd.DataFrame, where: str) -> Iterator[Problem]:
    """The model is made for the local magnitudes of KNMI: another scale, or two of them, moves every rate."""
    kinds = field["magnitude_type"].str.lower()
    known = kinds[~kinds.isin(("", "m"))]
    local = known.str.startswith("ml")
    if local.all():
        return
    counts = known.where(~local, "ML").value_counts()
    got = tuple(f"{name} ({n})" for name, n in counts.items())
    yield Problem("E404", where, {"got": got, "n": int((~local).sum()), "problem": Phrase("inputs.mixed_magnitudes")})
