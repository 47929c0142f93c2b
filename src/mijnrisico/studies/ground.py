"""What lies in the ground by the files of a user: thickness, depth, compressibility, faults, outline; read once.

    field = field(scenario)        the packaged field where the scenario names no file of it

Grids come on the cells of 500 m of the packaged reservoir; that grid grows where an outline reaches beyond it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import shapely
import xarray as xr
from scipy import ndimage

from mijnrisico import data
from mijnrisico.core import provenance
from mijnrisico.core.scenario import Scenario
from mijnrisico.core.scenario.sections import CompressibilityFile, DepthFile, FaultsFile, OutlineFile, ThicknessFile
from mijnrisico.data.readers import faults as faults_reader
from mijnrisico.data.readers import outline as outline_reader
from mijnrisico.data.readers import regrid
from mijnrisico.data.readers import reservoir as reservoir_reader
from mijnrisico.data.readers.reservoir import Role as GridRole
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic.source import loading
from mijnrisico.seismic.source.loading import Field

GRIDS: Final[tuple[GridRole, ...]] = ("thickness", "depth", "compressibility")
ROLES: Final = (*GRIDS, "faults", "outline")
LEAST_SHARED: Final = 0.5
"""Share of the field that a file of it has to cover, else it is taken for one of another field."""
_RIM_CELLS: Final = 4
"""Cells of the grid beyond an outline, as the packaged grid has at least."""
_NEAR_M: Final = 5000.0
_VARIABLES: Final[Mapping[GridRole, str]] = {"thickness": "thickness_filled", "depth": "top_depth"}

_File = FaultsFile | OutlineFile | ThicknessFile | DepthFile | CompressibilityFile
Polygon = shapely.Polygon | shapely.MultiPolygon
Read = reservoir_reader.Read | faults_reader.Read | outline_reader.Read


def read(path: Path, role: str, settings: _File) -> Read:
    """Read the file of a role in `ROLES`; the same file with the same settings is read once per process."""
    try:
        digest = provenance.file_digest(path)
    except OSError:  # what keeps the file closed is reported by its reader
        digest = ""
    unit = settings.unit if isinstance(settings, CompressibilityFile) else ""
    return _read(path, digest, role, tuple(sorted(settings.columns.items())), settings.crs, unit)


@lru_cache(maxsize=8)
def _read(path: Path, digest: str, role: str, columns: tuple[tuple[str, str], ...], system: str, unit: str) -> Read:
    del digest  # the same name can hold something else the next time
    names = dict(columns)
    if role == "faults":
        return faults_reader.read(path, columns=names, crs=system)
    if role == "outline":
        return outline_reader.read(path, columns=names, crs=system)
    grid_role: GridRole = GRIDS[GRIDS.index(role)]  # pyright: ignore[reportArgumentType]
    return reservoir_reader.read(path, grid_role, columns=names, crs=system, unit=unit)


def field(scenario: Scenario) -> Field:
    """Return the field of a scenario: packaged values, with those of the user's files in their place.

    `reservoir` (y, x) has `thickness_filled` (m), `top_depth` (m) and `inside_fraction`; a cell without a value takes
    that of the nearest cell with one. `compressibility_per_mpa` is (y, x) where the user gives it.

    Raises `InputError` when a file can no longer be read as it was when the scenario was checked.
    """
    packaged = loading.packaged_field()
    given = {role: _good(scenario, role) for role in ROLES if role in scenario.input_files}
    if not given:
        return packaged
    ring = given.get("outline")
    polygon = ring.polygon if isinstance(ring, outline_reader.Read) else None
    x, y = _axes(packaged.reservoir, polygon)
    ground = packaged.reservoir[["thickness_filled", "top_depth", "inside_fraction"]]
    ground = ground.reindex(x=x, y=y, method="nearest")
    if polygon is not None:
        fraction = outline_reader.inside_fraction(polygon, x, y)
    else:
        fraction = packaged.reservoir["inside_fraction"].reindex(x=x, y=y).fillna(0.0).to_numpy()
    ground = ground.assign(inside_fraction=ground["inside_fraction"].copy(data=fraction))
    on_cells: dict[str, xr.DataArray] = {
        role: filled(regrid.to_cells(found.grid, x, y))
        for role, found in given.items()
        if isinstance(found, reservoir_reader.Read) and found.grid is not None
    }
    for role, name in _VARIABLES.items():
        if role in on_cells:
            ground = ground.assign({name: ground[name].copy(data=on_cells[role].to_numpy())})
    faults = given.get("faults")
    return Field(
        ground,
        faults.points
        if isinstance(faults, faults_reader.Read) and faults.points is not None
        else packaged.fault_points,
        on_cells.get("compressibility", packaged.compressibility_per_mpa),
    )


def outline(scenario: Scenario) -> Polygon | None:
    """Return the outline of the user, None where the packaged one holds."""
    if "outline" not in scenario.input_files:
        return None
    found = _good(scenario, "outline")
    return found.polygon if isinstance(found, outline_reader.Read) else None


def in_words(found: Read) -> Phrase:
    """Say what was read, for the table of inputs."""
    if isinstance(found, faults_reader.Read) and found.points is not None:
        fault_ids = np.unique(found.points["fault_id"].to_numpy())
        return Phrase("inputs.pillars", {"points": found.points.sizes["point"], "faults": fault_ids.size})
    if isinstance(found, outline_reader.Read) and found.polygon is not None:
        return Phrase("inputs.outline", {"area": float(f"{found.polygon.area / 1e6:.4g}"), "vertices": found.rows})
    if isinstance(found, reservoir_reader.Read) and found.grid is not None:
        low, high = (float(f"{value:.3g}") for value in (float(found.grid.min()), float(found.grid.max())))
        words = {"cells": int(found.grid.notnull().sum()), "low": low, "high": high}
        return Phrase("inputs.grid", {**words, "unit": str(found.grid.attrs["units"])})
    raise InputError(found.problems)


def _good(scenario: Scenario, role: str) -> Read:
    found = read(scenario.input_files[role], role, getattr(scenario.inputs, role))
    if any(problem.code.startswith("E") for problem in found.problems):
        raise InputError(found.problems)
    return found


def filled(grid: xr.DataArray) -> xr.DataArray:
    """Return a grid whose cells without a value have that of the nearest cell with one."""
    empty = grid.isnull().to_numpy()
    nearest = ndimage.distance_transform_edt(empty, return_distances=False, return_indices=True)
    assert nearest is not None
    return grid.copy(data=grid.to_numpy()[nearest[0], nearest[1]])


def _axes(reservoir: xr.Dataset, polygon: Polygon | None) -> tuple[np.ndarray, np.ndarray]:
    """Centres of the packaged grid, continued where the outline with its rim reaches beyond it."""
    axes = [reservoir["x"].to_numpy(), reservoir["y"].to_numpy()]
    if polygon is None:
        return axes[0], axes[1]
    low_x, low_y, high_x, high_y = polygon.bounds
    grown = []
    for own, low, high in zip(axes, (low_x, low_y), (high_x, high_y), strict=True):
        cell = float(own[1] - own[0])
        before = max(0, int(np.ceil((own[0] - low) / cell)) + _RIM_CELLS) if low < own[0] else 0
        after = max(0, int(np.ceil((high - own[-1]) / cell)) + _RIM_CELLS) if high > own[-1] else 0
        grown.append(own[0] + cell * np.arange(-before, own.size + after))
    return grown[0], grown[1]


def problems(found: Mapping[str, Read]) -> Iterator[Problem]:
    """What the files say together, by role: E106 for one that is not about the field, E401 for holes in it.

    The field is the user's own outline where that can be read, else the packaged one.
    """
    packaged: Polygon = data.polygons("groningen_outline")[1][0]
    outline = found.get("outline")
    own = outline.polygon if isinstance(outline, outline_reader.Read) else None
    if own is not None and outline is not None:
        shared = shapely.intersection(own, packaged).area / own.area
        if shared < LEAST_SHARED:
            yield _apart(outline.name, "outline", own.bounds, packaged.bounds, shared)
            own = None
    for read_ in found.values():
        if isinstance(read_, faults_reader.Read) and read_.points is not None:
            yield from _faults(read_.points, own or packaged, read_.name)
        elif isinstance(read_, reservoir_reader.Read) and read_.grid is not None:
            yield from _uncovered(read_.grid, own or packaged, read_.name)


def _apart(name: str, of: str, own: Sequence[float], field_: Sequence[float], shared: float) -> Problem:
    boxes = [f"x {box[0]:.0f} – {box[2]:.0f}, y {box[1]:.0f} – {box[3]:.0f}" for box in (own, field_)]
    what = "grid" if of in GRIDS else of
    params = {"of": what, "box_a": boxes[0], "box_b": boxes[1], "percent": f"{100.0 * shared:.0f}"}
    return Problem("E106", name, {**params, "name": Phrase(f"inputs.name.{of}")})


def _faults(points: xr.Dataset, field_: Polygon, name: str) -> Iterator[Problem]:
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    low_x, low_y, high_x, high_y = field_.bounds
    near = (x > low_x - _NEAR_M) & (x < high_x + _NEAR_M) & (y > low_y - _NEAR_M) & (y < high_y + _NEAR_M)
    if near.mean() < LEAST_SHARED:
        box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        yield _apart(name, "faults", box, field_.bounds, float(near.mean()))


def _uncovered(grid: xr.DataArray, field_: Polygon, name: str) -> Iterator[Problem]:
    """E106 or E401 for cells inside the field without a value; cells at its edge do not count."""
    packaged = data.dataset("reservoir")
    x, y = _axes(packaged, field_)
    whole = outline_reader.inside_fraction(field_, x, y) >= 1.0
    inner = np.asarray(ndimage.binary_erosion(whole, np.ones((5, 5))), dtype=bool)
    known = np.isfinite(regrid.to_cells(grid, x, y).to_numpy())
    role = str(grid.name)
    shared = float(known[inner].mean()) if inner.any() else 1.0
    if shared < LEAST_SHARED:
        own_x, own_y = grid["x"].to_numpy(), grid["y"].to_numpy()
        yield _apart(name, role, (own_x[0], own_y[0], own_x[-1], own_y[-1]), field_.bounds, shared)
    elif shared < 1.0:
        holes = np.argwhere(inner & ~known)
        got = tuple(f"x {x[i]:.0f}, y {y[j]:.0f}" for j, i in holes)
        params = {"of": "grid", "name": Phrase(f"inputs.name.{role}"), "n": len(holes), "got": got}
        yield Problem("E401", name, params)
