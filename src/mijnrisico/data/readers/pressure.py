"""Pressure grids of users: CSV, long (x, y, time, pressure) or wide (X, Y, P19570101, ...), or NetCDF (time, y, x).

All become one array (time, y, x) in bar on a regular grid in RD New, empty cells NaN, moments whole days. What can be
judged without knowing the field is checked here: unit, coordinates, regularity, order of time, what is no pressure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core import table
from mijnrisico.core.table import Row, Table, textfile
from mijnrisico.core.table import columns as names
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers import dated, moments, place_table, regrid
from mijnrisico.data.readers import pressure_checks as checks
from mijnrisico.data.readers.grid_table import axis
from mijnrisico.data.readers.pressure_checks import BAR
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_DIMS: Final = ("time", "y", "x")
_NODATA: Final = 1e20
_NODATA_VALUES: Final = (-9999.0, -999.0, -99999.0, -999.25)


@dataclass(frozen=True, slots=True)
class Read:
    """Pressure (time, y, x) in bar, None where there is no grid to speak of, and what was found.

    With an error among the problems the grid is only there to be checked further.
    """

    pressure: xr.DataArray | None
    problems: tuple[Problem, ...]
    name: str
    rows: int = 0


def read(path: Path, *, columns: Mapping[str, str] | None = None, unit: str, crs: str = "") -> Read:
    """Read a pressure grid and check it; every problem is reported, not only the first.

    Args:
        path: CSV or NetCDF.
        columns: needed name (x, y, time, pressure) -> name of the column or variable in the file.
        unit: "bar", "Pa", "MPa" or "psi".
        crs: of x and y, such as "EPSG:28992"; columns x_rd and y_rd are RD New.
    """
    try:
        with path.open("rb") as stream:
            signature = stream.read(4)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Read(None, (textfile.refused(path.name, "closed", reason=reason),), path.name)
    engine = {b"\x89HDF": "h5netcdf", b"CDF\x01": "scipy", b"CDF\x02": "scipy"}.get(signature, "")
    found = _netcdf(path, engine, columns or {}, crs) if engine else _csv(path, columns or {}, crs)
    if found.pressure is None or any(problem.code.startswith("E") for problem in found.problems):
        return Read(None, found.problems, path.name, found.rows)
    grid, zeros = checks.without_zeros(found.pressure, f"{path.name} [{found.label}]")
    problems = (
        *found.problems,
        *zeros,
        *checks.values(grid, path.name, unit, found.label),
        *checks.sparse(found.pressure, path.name),
        *checks.steps(grid["time"].to_numpy(), f"{path.name} [{found.time_label}]"),
    )
    moved = regrid.to_rd(grid * BAR[unit], found.crs, f"{path.name} [x, y]")
    if isinstance(moved, Problem):
        return Read(None, (*problems, moved), path.name, found.rows)
    return Read(moved.assign_attrs(units="bar"), problems, path.name, found.rows)


@dataclass(frozen=True, slots=True)
class _Grid:
    """A grid as it stands in a file: in its own unit and coordinate system; no pressure where it is no grid."""

    pressure: xr.DataArray | None
    crs: str
    problems: tuple[Problem, ...]
    label: str = "pressure"
    time_label: str = "time"
    rows: int = 0


def _csv(path: Path, columns: Mapping[str, str], crs: str) -> _Grid:
    if _is_wide(path, columns):
        wide = dated.as_written(path, columns=columns, crs=crs, role="pressure")
        return _Grid(wide.grid, wide.crs, wide.problems, "P", "P", wide.rows)
    found = table.read(path, columns)
    if isinstance(found, Problem):
        return _Grid(None, crs, (found,))
    pair = ("x_rd", "y_rd") if {"x_rd", "y_rd"} <= set(found.columns) else ("x", "y")
    moment = next((name for name in ("time", "date", "year") if name in found.columns), "time")
    needed = [("x", "x_rd"), ("y", "y_rd"), ("time", "date", "year"), ("pressure",)]
    if absent := table.missing_columns(found, needed, "inputs.pressure"):
        return _Grid(None, crs, tuple(absent))
    problems: list[Problem] = list(found.problems)
    numbers: dict[str, np.ndarray] = {}
    for name in (*pair, "pressure"):
        numbers[name], wrong = _numbers(found, name)
        problems += wrong
    times, wrong = _times(found, moment)
    problems += wrong
    x, y = numbers[pair[0]], numbers[pair[1]]
    crs = systems.RD if pair[0] == "x_rd" else crs
    problems += _check_places(x, y, crs, found.where(column=", ".join(pair)))
    if any(problem.code.startswith("E") for problem in problems):
        return _Grid(None, crs, tuple(problems), "pressure", moment, len(found.rows))
    frame = pd.DataFrame({"time": times, "y": y, "x": x, "pressure": numbers["pressure"]})
    twice = frame.duplicated(["time", "y", "x"])
    if twice.any():
        problem = _twice(found, frame, twice, moment)
        return _Grid(None, crs, (*problems, problem), "pressure", moment, len(found.rows))
    irregular = list(checks.irregular(frame["x"].unique(), frame["y"].unique(), found.where(column=", ".join(pair))))
    if irregular:
        return _Grid(None, crs, (*problems, *irregular), "pressure", moment, len(found.rows))
    series = frame.set_index(["time", "y", "x"])["pressure"]
    array = _full(series.to_xarray())
    return _Grid(array, crs, tuple(problems), "pressure", moment, len(found.rows))


def _is_wide(path: Path, columns: Mapping[str, str]) -> bool:
    """Say whether a table has a column for each date, and not one of pressures."""
    header = place_table.header(path)
    return "pressure" not in {*header, *columns} and dated.is_dated(header)


def _numbers(found: Table, column: str) -> tuple[np.ndarray, list[Problem]]:
    """Read a column, each different text once: places are repeated at every moment.

    A cell without a pressure is no problem here: whether it matters depends on where the field lies.
    """
    cells = [row.cells.get(column, "") for row in found.rows]
    first = dict(zip(reversed(cells), reversed(found.rows), strict=True))
    rows = tuple(sorted(first.values(), key=_line))
    values, problems = table.numbers(replace(found, rows=rows), column)
    if column == "pressure":
        problems = [problem for problem in problems if problem.code != "E401"]
    number = {
        row.cells.get(column, ""): np.nan if value is None else value for row, value in zip(rows, values, strict=True)
    }
    return np.array([number[cell] for cell in cells], dtype=float), problems


def _line(row: Row) -> int:
    return row.line


def _check_places(x: np.ndarray, y: np.ndarray, crs: str, where: str) -> list[Problem]:
    """Say what is wrong with the places; a grid may reach across the border."""
    found = systems.check(x, y, crs, where=where, setting='inputs.pressure.crs = "{crs}"')
    return [problem for problem in found if problem.code != "E105" or int(str(problem.params["n"])) > x.size / 2.0]


def _times(found: Table, column: str) -> tuple[pd.DatetimeIndex, list[Problem]]:
    """Moments of a column of dates (2024-01-01) or years (2024 = 1 January 2024)."""
    cells = [row.cells.get(column, "") for row in found.rows]
    written = [f"{cell}-01-01" if len(cell) == 4 and cell.isdigit() else cell for cell in cells]
    unique = {cell: _moment(cell) for cell in set(written)}
    wrong = [(cell, row) for cell, text, row in zip(cells, written, found.rows, strict=True) if unique[text] is None]
    if wrong:
        problem = moments.unreadable(found, column, wrong, Phrase("expected.day_or_year"), "2024-01-01")
        return pd.DatetimeIndex([]), [problem]
    return pd.DatetimeIndex([unique[text] for text in written]), []


def _moment(cell: str) -> pd.Timestamp | None:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    known = 1900 <= moment.year <= 2200
    # hours do not matter to a pressure, and another hour of a day would be another moment
    day = pd.Timestamp(moment.year, moment.month, moment.day) if known else None
    return day if isinstance(day, pd.Timestamp) else None


def _netcdf(path: Path, engine: str, columns: Mapping[str, str], crs: str) -> _Grid:
    try:
        held = xr.load_dataset(path, engine=engine)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError):  # what h5py and xarray raise on a damaged file
        return _Grid(None, crs, (textfile.refused(path.name, "grid"),))
    held = held.rename({name: wanted for wanted, name in columns.items() if name in held and wanted not in held})
    if "pressure" not in held or set(held["pressure"].dims) != set(_DIMS) or not set(_DIMS) <= set(held.coords):
        return _Grid(None, crs, (_lacking(held, path.name),))
    array = held["pressure"].transpose(*_DIMS)
    numeric = all(np.issubdtype(array[name].dtype, np.number) for name in ("x", "y"))
    if not numeric or not np.issubdtype(array.dtype, np.number):
        return _Grid(None, crs, (textfile.refused(path.name, "grid"),))
    if not np.issubdtype(array["time"].dtype, np.datetime64):
        params = {"got": str(array["time"].dtype), "expected": Phrase("expected.day_or_year"), "example": "2024-01-01"}
        return _Grid(None, crs, (Problem("E503", f"{path.name} [time]", params),))
    array = array.astype(float).assign_coords(
        time=array["time"].to_numpy().astype("datetime64[D]").astype("datetime64[ns]")
    )
    crs = crs or _stated_crs(held)
    x, y, times = (array[name].to_numpy() for name in ("x", "y", "time"))
    problems = list(checks.irregular(x, y, f"{path.name} [x, y]"))
    grid_x, grid_y = (axis.ravel() for axis in np.meshgrid(x.astype(float), y.astype(float)))
    problems += _check_places(grid_x, grid_y, crs, f"{path.name} [x, y]")
    back = np.flatnonzero(~(np.diff(times) > np.timedelta64(0, "ns")))
    if back.size:
        got = tuple(f"{str(times[i + 1])[:10]} <= {str(times[i])[:10]}" for i in back)
        problems.append(Problem("E301", f"{path.name} [time]", {"of": "pressure", "got": got}))
    if any(problem.code in ("E110", "E301") for problem in problems):
        return _Grid(None, crs, tuple(problems), rows=array.size)
    return _Grid(_full(array.sortby(["time", "y", "x"])), crs, tuple(problems), rows=array.size)


def _lacking(held: xr.Dataset, name: str) -> Problem:
    """E507 with the names that were probably meant."""
    there = [str(each) for each in (*held.data_vars, *held.coords, *held.dims)]
    pairs = names.suggestion([(each,) for each in ("pressure", *_DIMS)], list(dict.fromkeys(there)))
    remedy = Phrase("inputs.needs_grid")
    if pairs:
        params = {"line": names.line(pairs), "section": "[inputs.pressure]", "note": ""}
        remedy = Phrase("tables.rename_in", params)
    found = ", ".join(dict.fromkeys(there))
    return Problem("E507", name, {"needed": "pressure (time, y, x)", "found": found, "remedy": remedy})


def _stated_crs(held: xr.Dataset) -> str:
    """Return the coordinate system that a CF file states, as EPSG code."""
    if isinstance(stated := held.attrs.get("crs"), str) and stated.startswith("EPSG:"):
        return stated
    mapping = held["pressure"].attrs.get("grid_mapping") or held["pressure"].encoding.get("grid_mapping")
    attributes = held[mapping].attrs if mapping in held.variables else {}
    text = str(attributes.get("epsg_code") or attributes.get("spatial_ref") or attributes.get("crs_wkt") or "")
    if not text:
        return ""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        code = CRS.from_user_input(text).to_epsg()
    except CRSError:
        return ""
    return f"EPSG:{code}" if code else ""


def _full(array: xr.DataArray) -> xr.DataArray:
    """Values on a whole regular grid: numbers that stand for nothing become NaN."""
    values = array.to_numpy()
    empty = ~np.isfinite(values) | (np.abs(values) >= _NODATA) | np.isin(values, _NODATA_VALUES)
    whole = array.copy(data=np.where(empty, np.nan, values))
    x, y = (axis(whole[name].to_numpy()) for name in ("x", "y"))
    nearest = whole.reindex(x=x, y=y, method="nearest", tolerance=0.1 * min(x[1] - x[0], y[1] - y[0]))
    times = whole["time"].to_numpy().astype("datetime64[ns]")
    plain = xr.DataArray(nearest.to_numpy(), dims=("time", "y", "x"), coords={"time": times})
    return plain.assign_coords(y=y, x=x).rename("pressure")


def _twice(found: Table, frame: pd.DataFrame, twice: pd.Series, column: str) -> Problem:
    """E301 where a whole moment stands there twice, else E110 for the cells that do."""
    again = frame[twice]
    counts, cells = again["time"].value_counts(), frame.groupby(["x", "y"]).ngroups
    if (counts >= cells).all():
        got = tuple(f"{moment:%Y-%m-%d}" for moment in sorted(counts.index))
        return Problem("E301", found.where(column=column), {"of": "pressure", "got": got})
    lines = [found.rows[i].line for i in np.flatnonzero(twice.to_numpy())]
    got = tuple(
        f"x {x:.0f}, y {y:.0f}, {time:%Y-%m-%d} (:{line})"
        for x, y, time, line in zip(again["x"], again["y"], again["time"], lines, strict=True)
    )
    return Problem("E110", f"{found.name}:{lines[0]}", {"got": got, "what": Phrase("inputs.cells_twice")})
