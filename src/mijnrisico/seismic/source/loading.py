"""The loading that the rate of earthquakes sees: fault density and Coulomb stress on the source cells.

Both are smoothed with the same Gaussian and depend on two choices that the catalogue informs: `rmax`, the largest
ratio of throw to thickness of a fault pillar that still takes part, and `sigma_m`, the length of smoothing
(Bourne & Oates 2017, doi:10.1002/2017JB014356; Kraaijpoel et al. 2026).
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mijnrisico import data
from mijnrisico.subsurface import fault_stress, gas_flow


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
        distance2 = (x[:, None] - self.x[None]) ** 2 + (y[:, None] - self.y[None]) ** 2
        return np.argmin(distance2, axis=1)


def source_cells() -> Cells:
    """Cells of 500 m that share area with the outline of the field."""
    reservoir = data.dataset("reservoir")
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


def depletion_bar(pressure: xr.DataArray, cells: Cells, initial: xr.DataArray, times: np.ndarray) -> xr.DataArray:
    """Fall of the pressure since `initial` on the source grid at `times`, linear between those of `pressure`.

    Zero outside the outline; (time, y, x) in bar.
    """
    known = pressure.assign_coords(time=pressure["time"].astype("datetime64[ns]"))
    at_cells = gas_flow.to_grid(known.interp(time=times.astype("datetime64[ns]")), cells.grid_x, cells.grid_y)
    at_start = gas_flow.to_grid(initial, cells.grid_x, cells.grid_y)
    fall = (at_start.drop_vars("time", errors="ignore") - at_cells).transpose("time", "y", "x")
    return fall.where(xr.DataArray(cells.active, dims=("y", "x")), 0.0)


@dataclass(frozen=True, slots=True)
class Faults:
    """Density (m2 of fault per m2) and gradient (m) on the source grid for one `rmax`, before smoothing."""

    density: np.ndarray
    gradient: np.ndarray


def faults(cells: Cells, rmax: float) -> Faults:
    """Fault fields of the pillars with throw over thickness at most `rmax`."""
    fields = fault_stress.fault_fields(data.dataset("fault_points"), cells.grid_x, cells.grid_y, rmax)
    return Faults(fields["density"].to_numpy(), fields["gradient"].to_numpy())


def member(depletion: xr.DataArray, pillars: Faults, sigma_m: float, cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Smoothed density (cell,) and Coulomb stress (time, cell) in MPa of one (`rmax`, `sigma_m`)."""
    density = fault_stress.smooth(pillars.density, sigma_m, cells.spacing_m)
    stress = fault_stress.coulomb_stress(depletion.to_numpy(), pillars.gradient)
    smoothed = fault_stress.smooth(stress, sigma_m, cells.spacing_m)
    return density[cells.active], smoothed[:, cells.active]
