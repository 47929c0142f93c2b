"""The files of a scenario beside its production: earthquakes, pressures and what lies in the ground, read once.

Each is read from the user's file when the scenario names one; the same file with the same settings is read once per
process, so that a check and the run after it do not pay twice.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import xarray as xr
from scipy import ndimage

from mijnrisico.core import provenance
from mijnrisico.core.scenario import Scenario
from mijnrisico.core.scenario.sections import CatalogueFile, PressureFile
from mijnrisico.data.readers import catalogue as catalogue_reader
from mijnrisico.data.readers import crs
from mijnrisico.data.readers import pressure as pressure_reader
from mijnrisico.data.readers.pressure_checks import WIDE
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import catalogue
from mijnrisico.seismic.source.loading import Field
from mijnrisico.studies import exposed, ground
from mijnrisico.subsurface import gas_flow

BEFORE_PRODUCTION: Final = "1964-01-01"
"""Until then the field gave 0.01 bcm of its 2,800: a pressure of that day or before is the untouched one."""

Role = Literal[
    "catalogue",
    "pressure",
    "faults",
    "thickness",
    "depth",
    "compressibility",
    "outline",
    "forecast",
    "exposure",
    "exposure_classes",
    "sites",
]


def key(scenario: Scenario, role: Role) -> object:
    """Return what a stage that reads this input depends on: digest and settings of the file, None without one."""
    path = scenario.input_files.get(role)
    if path is None:
        return None
    table = scenario.sites if role == "sites" else getattr(scenario.inputs, role)
    settings = table.model_dump(mode="json", exclude={"file"})
    return [provenance.file_digest(path), settings]


def read_catalogue(path: Path, settings: CatalogueFile) -> catalogue_reader.Read:
    """Read and locate a catalogue of the user; doubles are left in, so that they can be reported."""
    columns = tuple(sorted(settings.columns.items()))
    return _catalogue(path, provenance.digest_or_nothing(path), columns, settings.crs, settings.time_zone)


@lru_cache(maxsize=4)
def _catalogue(
    path: Path, digest: str, columns: tuple[tuple[str, str], ...], system: str, time_zone: str
) -> catalogue_reader.Read:
    del digest  # the same name can hold another catalogue the next time
    found = catalogue_reader.read(path, columns=dict(columns), crs=system, time_zone=time_zone)
    events = None if found.events is None else catalogue.located(found.events)
    return catalogue_reader.Read(events, found.problems, found.name)


def earthquakes(scenario: Scenario) -> pd.DataFrame:
    """Return the catalogue of a scenario: that of the user, or the packaged one; see `seismic.catalogue.packaged`.

    With an outline of the user the events inside it are those of the field.

    Raises `InputError` when the file can no longer be read as it was when the scenario was checked.
    """
    path, outline = scenario.input_files.get("catalogue"), ground.outline(scenario)
    if path is None:
        return catalogue.packaged() if outline is None else catalogue.located(catalogue.packaged(), outline)
    settings = scenario.inputs.catalogue
    found = read_catalogue(path, settings)
    if found.events is None:
        raise InputError(found.problems)
    events = catalogue.without_duplicates(found.events) if settings.dedupe == "first" else found.events.copy()
    return events if outline is None else catalogue.located(events, outline)


def read_pressure(path: Path, settings: PressureFile) -> pressure_reader.Read:
    """Read a pressure grid of the user."""
    columns = tuple(sorted(settings.columns.items()))
    return _pressure(path, provenance.digest_or_nothing(path), columns, settings.unit, settings.crs)


@lru_cache(maxsize=2)
def _pressure(
    path: Path, digest: str, columns: tuple[tuple[str, str], ...], unit: str, system: str
) -> pressure_reader.Read:
    del digest
    return pressure_reader.read(path, columns=dict(columns), unit=unit, crs=system)


def pressure(scenario: Scenario) -> xr.DataArray | None:
    """Return the pressure grid of the user (time, y, x) in bar, or None when the scenario names none.

    Raises `InputError` when the file can no longer be read as it was when the scenario was checked.
    """
    path = scenario.input_files.get("pressure")
    if path is None:
        return None
    found = read_pressure(path, scenario.inputs.pressure)
    if found.pressure is None or any(problem.code.startswith("E") for problem in found.problems):
        raise InputError(found.problems)
    return found.pressure


def between(grid: xr.DataArray, start: str | None, until: str) -> xr.Dataset:
    """Return `pressure` from `start` (by default its first moment) to `until`, as the gas flow gives it.

    At the moments of the grid itself, the ends and every 1 January between; linear in time. A cell without a value at
    some moment is left out at all.
    """
    known = grid["time"].to_numpy().astype("datetime64[ns]")
    first = known[0] if start is None else np.datetime64(start, "ns")
    last = np.datetime64(until, "ns")
    years = range(pd.Timestamp(first).year, pd.Timestamp(last).year + 1)
    january = np.array([f"{year}-01-01" for year in years], dtype="datetime64[ns]")
    every = np.unique(np.concatenate([known, january, [first, last]]))
    times = every[(every >= first) & (every <= last)]
    whole = grid.where(grid.notnull().all("time")).interp(time=times)
    attributes = {"units": "bar", "long_name": "reservoir pressure"}
    return whole.assign_attrs(attributes).to_dataset(name="pressure").assign_attrs(crs=crs.RD)


def uncovered(grid: xr.DataArray, where: str, needed_until: str | None) -> Iterator[Problem]:
    """What keeps a pressure grid from answering: E303 period, E302 moments too far apart, E106 and E401 the field not
    or not wholly covered.

    Cells at the edge of the field do not count: a grid may be drawn along another outline than ours.
    """
    times = grid["time"].to_numpy()
    until = needed_until or str(times[-1])[:10]
    if times[0] > np.datetime64(BEFORE_PRODUCTION) or times[-1] < np.datetime64(until):
        got = f"{str(times[0])[:10]} – {str(times[-1])[:10]}"
        yield Problem("E303", where, {"of": "pressure", "got": got, "start": BEFORE_PRODUCTION, "end": until})
    yield from _apart(times, where, until)
    inside_x, inside_y = _inner_field()
    x, y = grid["x"].to_numpy(), grid["y"].to_numpy()
    half_x, half_y = (x[1] - x[0]) / 2.0, (y[1] - y[0]) / 2.0
    outside = (
        (inside_x < x[0] - half_x)
        | (inside_x > x[-1] + half_x)
        | (inside_y < y[0] - half_y)
        | (inside_y > y[-1] + half_y)
    )
    if outside.any():
        boxes = [
            f"x {a.min():.0f} – {a.max():.0f}, y {b.min():.0f} – {b.max():.0f}"
            for a, b in ((x, y), (inside_x, inside_y))
        ]
        names = {"a": Phrase("inputs.pressure_grid"), "b": Phrase("inputs.the_field")}
        percent = f"{100 * float(np.mean(~outside)):.0f}"
        yield Problem(
            "E106", where, {"of": "pressure", **names, "box_a": boxes[0], "box_b": boxes[1], "percent": percent}
        )
        return
    empty = ~grid.notnull().all("time").to_numpy()
    holes = np.argwhere(empty & _in_inner_field(x, y))
    if len(holes):
        got = tuple(f"x {x[i]:.0f}, y {y[j]:.0f}" for j, i in holes)
        yield Problem("E401", where, {"of": "pressure", "n": len(holes), "got": got})


def _apart(times: np.ndarray, where: str, until: str) -> Iterator[Problem]:
    """E302 for moments more than two years apart, counted from the beginning of production to `until`.

    Between two moments the pressure is taken to fall evenly, so the earthquakes of the years between would not be those
    of what was produced in them.
    """
    inside = np.clip(times, np.datetime64(BEFORE_PRODUCTION), np.datetime64(until))
    wide = np.flatnonzero(np.diff(inside) > WIDE)
    if wide.size:
        missing = tuple(f"{str(times[i])[:10]} – {str(times[i + 1])[:10]}" for i in wide)
        yield Problem("E302", where, {"of": "gap", "missing": missing, "start": BEFORE_PRODUCTION, "end": until})


@cache
def _inner() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells of 1 km that hold gas and whose neighbours all do, (y, x), with the axes of their grid."""
    grid = gas_flow.reservoir_grid(1000)
    inner = ndimage.binary_erosion(grid["active"].to_numpy(), np.ones((3, 3)))
    return inner, grid["x"].to_numpy(), grid["y"].to_numpy()


def _inner_field() -> tuple[np.ndarray, np.ndarray]:
    inner, x, y = _inner()
    grid_x, grid_y = np.meshgrid(x, y)
    return grid_x[inner], grid_y[inner]


def _in_inner_field(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Say of each cell of a grid whether its centre lies in one of the inner cells; (y, x)."""
    inner, inner_x, inner_y = _inner()
    column, row = (
        np.round((at - axis[0]) / (axis[1] - axis[0])).astype(int) for at, axis in ((x, inner_x), (y, inner_y))
    )
    known = ((row >= 0) & (row < inner_y.size))[:, None] & ((column >= 0) & (column < inner_x.size))
    return known & inner[np.ix_(np.clip(row, 0, inner_y.size - 1), np.clip(column, 0, inner_x.size - 1))]


def reservoir(scenario: Scenario) -> Field:
    """Return what lies in the ground: the packaged field, with the files of the user in its place; see `ground`."""
    return ground.field(scenario)


def buildings_key(scenario: Scenario) -> list[object]:
    """What a step that reads the buildings depends on."""
    files = [key(scenario, role) for role in ("exposure", "exposure_classes")]
    return [scenario.exposure.mapping, *files, scenario.hazard.cell, scenario.hazard.margin]


def buildings(scenario: Scenario) -> xr.Dataset:
    """Return the buildings that count and the people in them; see `exposed`."""
    return exposed.buildings(scenario)
