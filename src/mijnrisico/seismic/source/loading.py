"""The loading that a model of the rate sees: the field, its cells, and the fall of the pressure in time.

`Field` is what lies in the ground (packaged, or the user's own files), `Cells` where events are counted, `Loading` the
history and the future in yearly steps. Fault density and Coulomb stress are smoothed with one Gaussian and depend on
two choices that the catalogue informs: `rmax`, the largest ratio of throw to thickness of a fault pillar that still
takes part, and `sigma_m`, the length of smoothing (Bourne & Oates 2017, doi:10.1002/2017JB014356; Kraaijpoel et al.
2026).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico import data
from mijnrisico.errors import InputError, Problem
from mijnrisico.subsurface import fault_stress, gas_flow
from mijnrisico.units import DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Field:
    """What lies in the ground: reservoir on a regular grid, fault points, compressibility.

    `reservoir` (y, x) has `thickness_filled` (m), `top_depth` (m, positive down) and `inside_fraction`, the share of a
    cell inside the outline; `fault_points` is as `data.dataset("fault_points")`; `compressibility_per_mpa` one number
    or (y, x).
    """

    reservoir: xr.Dataset
    fault_points: xr.Dataset
    compressibility_per_mpa: float | xr.DataArray = fault_stress.COMPRESSIBILITY_PER_MPA


def packaged_field() -> Field:
    """The Groningen field of the embedded data, with one compressibility for the whole field."""
    return Field(data.dataset("reservoir"), data.dataset("fault_points"))


@dataclass(frozen=True, slots=True)
class Cells:
    """Source cells: grid axes (m), which grid cells take part, their centres, area inside the outline and thickness."""

    grid_x: np.ndarray
    grid_y: np.ndarray
    active: np.ndarray
    x: np.ndarray
    y: np.ndarray
    area_m2: np.ndarray
    thickness_m: np.ndarray

    @property
    def spacing_m(self) -> float:
        """Side of a cell (m)."""
        return float(self.grid_x[1] - self.grid_x[0])

    def nearest(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Index of the active cell whose centre is nearest to each point."""
        distance2 = (np.asarray(x)[:, None] - self.x[None]) ** 2 + (np.asarray(y)[:, None] - self.y[None]) ** 2
        return np.argmin(distance2, axis=1)


def source_cells(ground: Field | None = None) -> Cells:
    """Cells of the reservoir grid (packaged: 500 m) that share area with the outline of the field."""
    reservoir = (ground or packaged_field()).reservoir
    x, y = reservoir["x"].to_numpy(), reservoir["y"].to_numpy()
    inside = reservoir["inside_fraction"].to_numpy()
    active = inside > 0.0
    grid_x, grid_y = np.meshgrid(x, y)
    area = inside * (x[1] - x[0]) * (y[1] - y[0])
    thickness = reservoir["thickness_filled"].to_numpy()
    return Cells(
        grid_x=x,
        grid_y=y,
        active=active,
        x=grid_x[active],
        y=grid_y[active],
        area_m2=area[active],
        thickness_m=thickness[active].astype(np.float64),
    )


@dataclass(frozen=True, slots=True)
class StressGrid:
    """Choices of the stress member that the calibration sweeps, under a prior flat in each.

    `slope` (slope M of the critical state) and `log10_hs` (of the skeleton modulus in MPa) only matter to the
    elastic-plastic sheet: with one compressibility the elastic one cannot tell Hs. `smoothing` "grid" is the published
    one, in which a cell without faults counts as a cell without stress, so that stress goes with the size of the cells
    (fitted parameters of the packaged field are those of 500 m); "faults" is the mean over fault surface, the same on
    any grid (`fault_stress.smooth_on_faults`).
    """

    rmax: Sequence[float]
    sigma_m: Sequence[float]
    slope: Sequence[float] = (2.0, 2.75, 3.5, 4.25, 5.0, 5.75)
    log10_hs: Sequence[float] = (3.0, 3.75, 4.5, 5.25, 6.0)
    smoothing: Literal["grid", "faults"] = "grid"


@dataclass(frozen=True, slots=True)
class Loading:
    """The fall of the pressure in time, and everything else that a model of the rate starts from.

    `times` (time,) run from before production; steps are the intervals between them and those from `first` on are the
    ones asked about (of a fit or of a forecast). `depletion_bar` (time, y, x) is zero outside the outline,
    `initial_bar` (y, x) the pressure before production. Stress is one where it is largest in the field at the time
    `scale_at`. `events` are those of the fit (x, y, magnitude, time), for models that are made of them.
    """

    ground: Field
    cells: Cells
    times: np.ndarray
    depletion_bar: np.ndarray
    initial_bar: np.ndarray
    first: int
    scale_at: int
    grid: StressGrid
    events: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def all_step_years(self) -> np.ndarray:
        """Length of every step in years, (time - 1,)."""
        return np.diff(self.times) / np.timedelta64(1, "D") / DAYS_PER_YEAR

    @property
    def step_years(self) -> np.ndarray:
        """Length of the steps from `first` on, in years; (step,)."""
        return self.all_step_years[self.first :]

    @property
    def years(self) -> np.ndarray:
        """Calendar year in which each step from `first` on begins; (step,)."""
        return pd.DatetimeIndex(self.times[self.first : -1]).year.to_numpy()

    def at(self, time: np.ndarray, x: np.ndarray, y: np.ndarray) -> "At":
        """Where and when events are, in steps and cells."""
        moments = np.asarray(time).astype("datetime64[ns]")
        step = np.clip(np.searchsorted(self.times, moments, side="right") - 1, 0, self.times.size - 2)
        fraction = (moments - self.times[step]) / (self.times[step + 1] - self.times[step])
        return At(step, np.clip(fraction, 0.0, 1.0), self.cells.nearest(x, y))


@dataclass(frozen=True, slots=True)
class At:
    """Events in steps and cells: index of the step among all steps, share of that step gone by, cell; each (event,)."""

    step: np.ndarray
    fraction: np.ndarray
    cell: np.ndarray


def loading(
    pressure: xr.DataArray,
    grid: StressGrid,
    *,
    start: str,
    until: str,
    end: str | None = None,
    scale: str | None = None,
    ground: Field | None = None,
    events: pd.DataFrame | None = None,
) -> Loading:
    """Loading in yearly steps from the first pressure to `end`, which is `until` for a fit.

    `pressure` (time, y, x) in bar, from before production on. `start` and `until` bound the fit: stress has its scale
    at `until`, or at `scale`, so that fits to several moments share one unit of stress. With `end` the steps asked
    about are those from `until` on (a forecast), else those from `start` on.
    Within a year the loading is taken as even: wells take more gas in winter than in summer, but the faults,
    kilometres away, see little of that, and the public chain steps by years too. Raises `InputError` E303 where the
    pressure does not cover the period or the moment of the scale.
    """
    known = pressure["time"].to_numpy().astype("datetime64[ns]")
    last = max(end or until, scale or until)
    if np.datetime64(start, "ns") < known[0] or np.datetime64(last, "ns") > known[-1]:
        got = {"got": f"{start} - {last}", "start": str(known[0])[:10], "end": str(known[-1])[:10]}
        raise InputError(Problem("E303", "source", got))
    ground = ground or packaged_field()
    cells = source_cells(ground)
    times = year_starts(str(known[0])[:10], last, (start, until, scale or until))
    fall, initial = depletion_bar(pressure, cells, times)
    first = start if end is None else until
    return Loading(
        ground=ground,
        cells=cells,
        times=times,
        depletion_bar=fall,
        initial_bar=initial,
        first=int(np.searchsorted(times, np.datetime64(first, "ns"))),
        scale_at=int(np.searchsorted(times, np.datetime64(scale or until, "ns"))),
        grid=grid,
        events=pd.DataFrame() if events is None else events,
    )


def year_starts(first: str, last: str, between: Iterable[str] = ()) -> np.ndarray:
    """`first`, every 1 January after it, the moments `between` and `last`; each once, in order."""
    ends = np.datetime64(first, "ns"), np.datetime64(last, "ns")
    years = [np.datetime64(f"{year}-01-01", "ns") for year in range(int(first[:4]), int(last[:4]) + 1)]
    inside = [day for day in (*years, *(np.datetime64(b, "ns") for b in between)) if ends[0] < day < ends[1]]
    return np.unique(np.array([ends[0], *inside, ends[1]]))


def depletion_bar(pressure: xr.DataArray, cells: Cells, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fall of the pressure since its first time on the source grid at `times`, and the pressure then; both in bar.

    Linear in time between those of `pressure`. The fall (time, y, x) is zero outside the outline.
    """
    known = pressure.assign_coords(time=pressure["time"].astype("datetime64[ns]"))
    at_cells = gas_flow.to_grid(known.interp(time=times.astype("datetime64[ns]")), cells.grid_x, cells.grid_y)
    at_cells = at_cells.transpose("time", "y", "x").to_numpy()
    return np.where(cells.active, at_cells[0] - at_cells, 0.0), at_cells[0]


@dataclass(frozen=True, slots=True)
class Faults:
    """Density (m2 of fault per m2) and gradient (m) on the source grid for one `rmax`, before smoothing."""

    density: np.ndarray
    gradient: np.ndarray


def faults(cells: Cells, rmax: float, points: xr.Dataset | None = None) -> Faults:
    """Fault fields of the pillars with throw over thickness at most `rmax`."""
    points = data.dataset("fault_points") if points is None else points
    fields = fault_stress.fault_fields(points, cells.grid_x, cells.grid_y, rmax)
    return Faults(fields["density"].to_numpy(), fields["gradient"].to_numpy())
