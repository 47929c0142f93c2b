"""Earthquake catalogues of users: CSV with simple columns or as KNMI publishes it, FDSN text, and QuakeML.

Every form becomes the same table of text, is checked cell by cell, and comes out as a frame with `COLUMNS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from mijnrisico.core import table
from mijnrisico.core.table import Row, Table, textfile
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import moments as in_time
from mijnrisico.data.readers import quakeml
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

COLUMNS: Final = (
    *("line", "event_id", "time", "x", "y", "magnitude", "magnitude_type", "depth_km", "type", "evaluation_mode"),
)
"""Row of the file, name, moment (naive, UTC), RD New (m), magnitude and its type, depth (km, positive down), ..."""

PAIRS: Final = (("x_rd", "y_rd"), ("lon", "lat"), ("x", "y"))
"""Columns in which places may stand; x, y need a coordinate system beside them."""
LARGEST_MAGNITUDE: Final = 7.0
DEEPEST_KM: Final = 60.0
FEW_ABROAD: Final = 0.1
"""Share of the earthquakes that may lie outside the Netherlands: those of the neighbours are in the same lists."""
LAST_YEAR: Final = 2200
FIRST_DAY: Final = datetime(1900, 1, 1, tzinfo=UTC)

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "event_id": ("eventid", "publicid", "id"),
    "time": ("time_utc", "datetime", "origin_time", "origintime", "tijd"),
    "date": ("yymmdd", "datum"),
    "magnitude": ("mag", "mag.", "ml"),
    "magnitude_type": ("magtype", "mag_type"),
    "lon": ("longitude", "lengtegraad"),
    "lat": ("latitude", "breedtegraad"),
    "x_rd": ("rd_x",),
    "y_rd": ("rd_y",),
    "x": (),
    "y": (),
    "depth": ("depth_km", "depth/km", "diepte"),
    "depth_m": (),
    "type": ("eventtype", "event_type"),
    "evaluation_mode": ("evaluationmode", "evalmode", "mode"),
}
"""Names of a column in the tables of KNMI and FDSN; any other name is stated with `columns`."""


@dataclass(frozen=True, slots=True)
class Read:
    """The events that were read (None when an error keeps some from being understood) and what was found."""

    events: pd.DataFrame | None
    problems: tuple[Problem, ...]
    name: str


def read(path: Path, *, columns: Mapping[str, str] | None = None, crs: str = "", time_zone: str = "UTC") -> Read:
    """Read a catalogue and check what can be judged row by row; every problem is reported, not only the first.

    Args:
        path: CSV (comma, semicolon or tab), FDSN text (bars) or QuakeML.
        columns: needed name -> name in the file; `depth_m` names a depth in metres.
        crs: of the columns x and y, such as "EPSG:32631"; not used for lon, lat or x_rd, y_rd.
        time_zone: of times that do not state their own.
    """
    found = _table(path, columns or {})
    if isinstance(found, Problem):
        return Read(None, (found,), path.name)
    names = _own_names(found)
    if absent := _absent(found, names):
        return Read(None, tuple(absent), path.name)

    problems: list[Problem] = list(found.problems)
    numbers: dict[str, np.ndarray] = {}
    pair = next(pair for pair in PAIRS if set(pair) <= names.keys())
    depth = next((name for name in ("depth_m", "depth") if name in names), None)
    for name in (*pair, "magnitude", *([depth] if depth else [])):
        numbers[name], wrong = _numbers(found, names[name], may_be_empty=name == depth)
        problems += wrong
    times, wrong = _times(found, names, time_zone)
    problems += wrong
    system = {"x_rd": systems.RD, "lon": systems.LONLAT}.get(pair[0], crs)
    problems += _places(found, numbers[pair[0]], numbers[pair[1]], names[pair[0]], system)
    problems += _magnitudes(found, names["magnitude"], numbers["magnitude"])
    depth_km = numbers[depth] / (1000.0 if depth == "depth_m" else 1.0) if depth else np.full(len(found.rows), np.nan)
    if depth:
        problems += _depths(found, names[depth], numbers[depth], depth_km)
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), path.name)
    at = systems.to_rd(numbers[pair[0]], numbers[pair[1]], system)
    x, y = (np.where(np.isfinite(values), values, np.nan) for values in at)  # far away there is no RD New
    events = pd.DataFrame(
        {"line": [row.line for row in found.rows], "time": times, "x": x, "y": y}
        | {"magnitude": numbers["magnitude"], "depth_km": depth_km}
        | {name: _texts(found, names.get(name)) for name in ("event_id", "magnitude_type", "type", "evaluation_mode")}
    )
    ordered = events.astype({"time": "datetime64[ns]"}).sort_values("time", ignore_index=True, kind="stable")
    return Read(ordered[list(COLUMNS)], tuple(problems), path.name)


def _table(path: Path, columns: Mapping[str, str]) -> Table | Problem:
    try:
        with path.open("rb") as stream:
            start = stream.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")
    except OSError as error:
        return textfile.refused(path.name, "closed", reason=error.strerror or type(error).__name__)
    return quakeml.read(path) if start.startswith(b"<") else table.read(path, columns)


def _own_names(found: Table) -> dict[str, str]:
    """Name in the table of each column that it has."""
    own = {name: next((n for n in (name, *others) if n in found.columns), "") for name, others in _NAMES.items()}
    return {name: value for name, value in own.items() if value}


def _absent(found: Table, names: Mapping[str, str]) -> list[Problem]:
    has_place = any(set(pair) <= names.keys() for pair in PAIRS)
    groups = [*([] if {"time", "date"} & names.keys() else [("time",)])]
    groups += [] if "magnitude" in names else [("magnitude",)]
    groups += [] if has_place else [tuple(", ".join(pair) for pair in PAIRS)]
    return table.missing_columns(found, groups, "inputs.catalogue") if groups else []


def _places(found: Table, x: np.ndarray, y: np.ndarray, column: str, system: str) -> list[Problem]:
    """Say what is wrong with the epicentres; a few abroad are no error, a catalogue may hold them."""
    places = [found.where(row, column) for row in found.rows]
    setting = 'inputs.catalogue.crs = "{crs}"'
    wrong = systems.check(x, y, system, where=found.where(column=column), places=places, setting=setting)
    few = FEW_ABROAD * len(found.rows)
    return [p for p in wrong if p.code not in ("E104", "E105") or int(str(p.params["n"])) > few]


def _numbers(found: Table, column: str, *, may_be_empty: bool) -> tuple[np.ndarray, list[Problem]]:
    """Read a column; what cannot be read is NaN, and so is a cell without a value."""
    values, problems = table.numbers(found, column)
    if may_be_empty:
        problems = [problem for problem in problems if problem.code != "E401"]
    return np.array([np.nan if value is None else value for value in values], dtype=float), problems


def _texts(found: Table, column: str | None) -> list[str]:
    return [row.cells.get(column, "").lower() if column else "" for row in found.rows]


def _times(found: Table, names: Mapping[str, str], time_zone: str) -> tuple[list[datetime], list[Problem]]:
    """Moment of each row in UTC, without zone; unreadable cells are reported once, with their rows."""
    zone, now = ZoneInfo(time_zone), datetime.now(UTC)
    column = names.get("time", names.get("date", ""))
    moments: list[datetime] = []
    unreadable, outside, without_zone = [], [], 0
    for row in found.rows:
        cell = _written_time(row, names)
        moment = _moment(cell)
        if moment is None:
            unreadable.append((cell, row))
            continue
        if moment.tzinfo is None:
            without_zone += 1
            moment = moment.replace(tzinfo=zone)
        if not FIRST_DAY.year < moment.year < LAST_YEAR or not FIRST_DAY <= moment <= now:
            outside.append(f"{moment:%Y-%m-%d} (:{row.line})")
        else:
            moments.append(moment.astimezone(UTC).replace(tzinfo=None))
    problems: list[Problem] = []
    where = found.where(column=column)
    if unreadable:
        expected, wanted = Phrase("expected.moment"), "2012-08-16T20:30:33Z"
        problems.append(in_time.unreadable(found, column, unreadable, expected, wanted))
    if outside:
        problems.append(Problem("E306", where, {"got": tuple(outside), "n": len(outside), "today": f"{now:%Y-%m-%d}"}))
    if without_zone and time_zone == "UTC" and not column.endswith("utc"):
        problems.append(Problem("W305", where, {"n": without_zone}))
    return moments, problems


def _written_time(row: Row, names: Mapping[str, str]) -> str:
    """Date and time of a row as one text; KNMI writes them as 20120816 and 203033.32 in two columns."""
    parts = [row.cells.get(names[name], "") for name in ("date", "time") if name in names]
    if len(parts) == 2 and parts[1].replace(".", "", 1).isdigit():
        whole, point, rest = parts[1].partition(".")
        whole = whole.zfill(6)
        parts[1] = f"{whole[:2]}:{whole[2:4]}:{whole[4:]}{point}{rest}"
    return "T".join(part for part in parts if part)


def _moment(cell: str) -> datetime | None:
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        pass
    for form in ("%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%YT%H:%M:%S", "%Y/%m/%d %H:%M:%S"):
        try:
            return datetime.strptime(cell, form)
        except ValueError:
            continue
    return None


def _magnitudes(found: Table, column: str, magnitude: np.ndarray) -> list[Problem]:
    problems: list[Problem] = []
    large = [f"{m:g} (:{row.line})" for row, m in zip(found.rows, magnitude, strict=True) if m > LARGEST_MAGNITUDE]
    if large:
        params = {"got": tuple(large), "problem": Phrase("inputs.too_large_magnitude"), "n": len(large)}
        problems.append(Problem("E404", found.where(column=column), params))
    negative = magnitude[magnitude < 0.0]
    if negative.size:
        params = {"n": negative.size, "lowest": float(negative.min())}
        problems.append(Problem("W402", found.where(column=column), params))
    return problems


def _depths(found: Table, column: str, given: np.ndarray, depth_km: np.ndarray) -> list[Problem]:
    """Depths count downwards and in km (m in a column `depth_m`); 3 km everywhere is a convention."""
    where = found.where(column=column)
    known = depth_km[np.isfinite(depth_km)]
    wrong = [
        (row, value)
        for row, value, depth in zip(found.rows, given, depth_km, strict=True)
        if depth < -1.0 or depth > DEEPEST_KM
    ]
    if wrong:
        got = tuple(f"{value:g} (:{row.line})" for row, value in wrong)
        up = all(value < 0.0 for _, value in wrong)
        fix = Phrase("inputs.depth_up" if up else "inputs.depth_metres", {"column": column})
        return [Problem("E206", where, {"got": got, "n": len(wrong), "fix": fix})]
    if known.size >= 10 and np.all(known == 3.0):
        return [Problem("W405", where, {"n": int(known.size)})]
    return []
