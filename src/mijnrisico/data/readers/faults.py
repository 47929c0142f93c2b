"""Fault pillars of users: SQLite with a table `pillar_geom`, as the source model of Groningen reads it, or CSV.

    found = read(Path("faults.sqlite3"), crs="EPSG:28992")
    found.points     in the layout of data.dataset("fault_points"), None where there is an error

Layout of the SQLite file, verified in the public reader (github.com/TNO/SHRA-Groningen-seismic-source-model,
tools/fault_tools.py; the file itself was not at hand): columns FAULT_ID, PILLAR_ID, X, Y, Offset, Thickness_f,
Thickness_h, Thickness1_f, Thickness1_h, Dip, Azimuth; in order of FAULT_ID and PILLAR_ID; upper or lower case is the
same. Not verified: what the four thicknesses stand for. There t = (sum of the four)/4, half of the average over both
sides, as Bourne and Oates chose it (doi:10.1002/2017JB014356); here `thickness` is the whole thickness, twice that,
because `fault_stress.fault_fields` takes the half itself. Dip and azimuth are not used.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core import table
from mijnrisico.core.table import Table, textfile
from mijnrisico.core.table import columns as renaming
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import grid_table, place_table
from mijnrisico.data.readers.place_table import Numbers
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

TABLE: Final = "pillar_geom"
FOUR: Final = ("thickness_f", "thickness_h", "thickness1_f", "thickness1_h")
"""Thicknesses whose sum is twice the whole thickness."""
GAP_M: Final = 300.0
"""Two pillars of a fault further apart than this do not belong to one stretch of it, as in the packaged points."""
_NEEDED: Final = (("x", "x_rd"), ("y", "y_rd"), ("throw",), ("thickness",), ("fault_id",))
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "throw": ("offset", "throw_m"),
    "thickness": ("thickness_m", "thickness_mean_m"),
    "length": ("length_m",),
    "fault_id": ("fault",),
    "pillar_id": ("point_id",),
}
"""Names under which a column is known without a `columns` in the scenario."""
_SIGNATURE: Final = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Read:
    """Fault points (dim `point`: x, y, throw, thickness, length in m, fault_id, part), and what was found."""

    points: xr.Dataset | None
    problems: tuple[Problem, ...]
    name: str
    rows: int = 0


def read(path: Path, *, columns: Mapping[str, str] | None = None, crs: str = "") -> Read:
    """Read pillars and check them; every problem is reported, not only the first.

    Args:
        path: SQLite with a table `pillar_geom`, or CSV.
        columns: needed name -> name in the file. Needed: x, y (or x_rd, y_rd), throw, fault_id, and thickness (whole)
            or the four `FOUR`; pillar_id says the order along a fault, else rows stand in it.
        crs: of x and y, such as "EPSG:28992"; columns x_rd and y_rd are RD New.

    `length` (m), where the file has none, is half the distance to both neighbours on the same fault, of which one
    further away than `GAP_M` is none. Throw counts as its size, whichever side lies lower. E210 for a thickness or
    length below zero, E110 for a pillar that stands there twice.
    """
    try:
        with path.open("rb") as stream:
            is_sqlite = stream.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Read(None, (textfile.refused(path.name, "closed", reason=reason),), path.name)
    found = _sqlite(path, columns or {}) if is_sqlite else place_table.read(path, columns or {}, _choose, _REQUIRED)
    if not isinstance(found, Numbers):
        return Read(None, tuple(found), path.name)
    own = {_own(name): values for name, values in found.values.items()}
    pair = ("x_rd", "y_rd") if "x_rd" in own else ("x", "y")
    crs = systems.RD if pair[0] == "x_rd" else crs
    problems = [*found.problems, *grid_table.places(own[pair[0]], own[pair[1]], crs, found.where(*pair), "faults")]
    problems += _values(found, own)
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), path.name, found.lines.size)
    own["x"], own["y"] = systems.to_rd(own[pair[0]], own[pair[1]], crs)
    points = _points(own)
    return Read(points, tuple(problems), path.name, found.lines.size)


_REQUIRED: Final = (
    "x",
    "y",
    "x_rd",
    "y_rd",
    "fault_id",
    "fault",
    "throw",
    "offset",
    "throw_m",
    "pillar_id",
    "point_id",
)
"""Columns that have a number in every row; a pillar without a thickness is left out by `fault_fields`."""


def _own(name: str) -> str:
    """Return what we call a column."""
    return next((ours for ours, others in _ALSO.items() if name in others), name)


def _choose(head: Table) -> tuple[str, ...] | list[Problem]:
    """Return the columns to read, under the names of the file."""
    there = {_own(name): name for name in reversed(head.columns)}
    if "thickness" not in there and set(FOUR) <= there.keys():
        there |= {"thickness": FOUR[0]}
    lacking = [group for group in _NEEDED if not any(name in there for name in group)]
    if lacking:
        needed = [(*group, *FOUR[:1]) if group == ("thickness",) else group for group in lacking]
        return table.missing_columns(head, needed, "inputs.faults") or [_lacking(head.where(), head.columns)]
    pair = ("x_rd", "y_rd") if {"x_rd", "y_rd"} <= there.keys() else ("x", "y")
    wanted = (*pair, "throw", "fault_id", "pillar_id", "length", *(FOUR if _by_four(there) else ("thickness",)))
    return tuple(there[name] for name in wanted if name in there)


def _by_four(there: Mapping[str, str]) -> bool:
    return set(FOUR) <= there.keys() and there.get("thickness", FOUR[0]) == FOUR[0]


def _lacking(where: str, found: Sequence[str]) -> Problem:
    needed = (
        "x",
        "y",
        "throw",
        "fault_id",
        Phrase("tables.either", {"first": ("thickness",), "last": ", ".join(FOUR)}),
    )
    pairs = renaming.suggestion([(name,) for name in ("x", "y", "throw", "fault_id")], list(found))
    words = {"line": renaming.line(pairs), "section": "[inputs.faults]", "note": ""}
    remedy = Phrase("tables.rename_in", words) if pairs else Phrase("tables.rename")
    return Problem("E507", where, {"needed": needed, "found": ", ".join(found) or "–", "remedy": remedy})


def _sqlite(path: Path, columns: Mapping[str, str]) -> Numbers | list[Problem]:
    """Read the table of pillars; `lines` count its rows."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as held:
            frame = pd.read_sql_query(f"SELECT * FROM {TABLE}", held)
    except (sqlite3.Error, pd.errors.DatabaseError, UnicodeDecodeError, OverflowError):
        return [textfile.refused(path.name, "pillars", table=TABLE)]
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    where = f"{path.name} [{TABLE}]"
    absent = tuple(name for name in columns.values() if name.strip().lower() not in frame.columns)
    if absent:
        return [_lacking(where, list(frame.columns))]
    frame = frame.rename(columns={there.strip().lower(): wanted for wanted, there in columns.items()})
    chosen = _choose(Table(where, tuple(frame.columns), (), dutch=False))
    if isinstance(chosen, list):
        return chosen
    values, problems = {}, []
    lines = np.arange(1, len(frame) + 1)
    for name in chosen:
        numbers = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float)
        values[name] = np.where(np.isfinite(numbers), numbers, np.nan)
        lost = ~np.isfinite(values[name]) & (frame[name].notna().to_numpy() | (name in _REQUIRED))
        if lost.any():
            got = tuple(f"'{frame[name].iloc[i]}' ({lines[i]})" for i in np.flatnonzero(lost))
            problems.append(Problem("E401", f"{where} [{name}]", {"got": got, "column": name, "n": len(got)}))
    return Numbers(path.name, values, lines, tuple(problems))


def _values(found: Numbers, own: Mapping[str, np.ndarray]) -> list[Problem]:
    """E214 without pillars, E210 for sizes below zero, E110 for pillars that stand there twice."""
    if not found.lines.size:
        return [Problem("E214", found.name)]
    problems = []
    for name in (*FOUR, "thickness", "length"):
        wrong = np.flatnonzero(own[name] < 0.0) if name in own else np.empty(0, dtype=int)
        if wrong.size:
            got = tuple(f"{own[name][i]:g} (:{found.lines[i]})" for i in wrong)
            params = {"of": "grid", "got": got, "n": len(got), "name": Phrase("inputs.name.faults")}
            problems.append(Problem("E210", found.where(name), params))
    if "pillar_id" in own:
        pillars = pd.DataFrame({"fault": own["fault_id"], "pillar": own["pillar_id"]})
        again = np.flatnonzero(pillars.notna().all(axis=1) & pillars.duplicated())
        if again.size:
            got = tuple(f"{pillars['fault'][i]:g}/{pillars['pillar'][i]:g} (:{found.lines[i]})" for i in again)
            params = {"of": "faults", "got": got, "n": len(got)}
            problems.append(Problem("E110", found.where("fault_id", "pillar_id"), params))
    return problems


def _points(own: Mapping[str, np.ndarray]) -> xr.Dataset:
    """Pillars in order along each fault, with the lengths for which they stand."""
    keys = [own["fault_id"]] if "pillar_id" not in own else [own["pillar_id"], own["fault_id"]]
    order = np.lexsort(keys)
    thickness = sum(own[name] for name in FOUR) / 2.0 if FOUR[0] in own else own["thickness"]
    x, y, fault = (own[name][order] for name in ("x", "y", "fault_id"))
    same = (np.diff(fault) == 0.0) & (np.hypot(np.diff(x), np.diff(y)) <= GAP_M)
    starts = np.insert(np.diff(fault) != 0.0, 0, True)
    breaks = np.insert(~same, 0, True) & ~starts
    counted = np.cumsum(breaks)
    part = counted - counted[np.flatnonzero(starts)[np.cumsum(starts) - 1]]
    length = own["length"][order] if "length" in own else half_distances(x, y, same)
    columns = {
        "fault_id": (fault.astype(np.int64), "1", "number of the fault"),
        "part": (part, "1", f"part of the fault between gaps of more than {GAP_M:g} m"),
        "x": (x, "m", "RD New easting"),
        "y": (y, "m", "RD New northing"),
        "throw": (np.abs(own["throw"][order]), "m", "difference of the top between both sides"),
        "thickness": (np.asarray(thickness)[order], "m", "total reservoir thickness, mean of both sides"),
        "length": (length, "m", "half the distance to both neighbours on the fault"),
    }
    held = {
        name: ("point", values, {"units": unit, "long_name": text}) for name, (values, unit, text) in columns.items()
    }
    return xr.Dataset(held, attrs={"crs": systems.RD})


def half_distances(x: np.ndarray, y: np.ndarray, joined: np.ndarray) -> np.ndarray:
    """Return for each point half the distance to its neighbours before and after; `joined` (n - 1) says to which."""
    half = np.where(joined, np.hypot(np.diff(x), np.diff(y)) / 2.0, 0.0)
    return np.append(half, 0.0) + np.insert(half, 0, 0.0)
