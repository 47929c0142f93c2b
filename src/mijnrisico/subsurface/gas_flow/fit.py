"""Holding the model against measured pressures, and finding its parameters from them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.optimize import least_squares

from mijnrisico import data
from mijnrisico.errors import NumericalError
from mijnrisico.subsurface.gas_flow.grid import reservoir_grid
from mijnrisico.subsurface.gas_flow.march import march
from mijnrisico.subsurface.gas_flow.model import (
    Parameters,
    field_system,
    nearest_active,
    offtake_per_step,
    quarters,
)
from mijnrisico.subsurface.gas_flow.wells import monthly_volumes

FIRST_GUESS = Parameters(gas_in_place_bcm=2900.0, permeability_md=120.0, fault_beta=3.0)
USABLE_FLAG = 0
START = "1956-01-01"
IMPOSSIBLE_BAR = 1000.0


def usable(static_pressures: pd.DataFrame, before: str | None = None) -> pd.DataFrame:
    """Rows with flag 0, a place and a date (earlier than `before`), in their own order."""
    date = pd.to_datetime(static_pressures["date"])
    keep = (static_pressures["flag"] == USABLE_FLAG) & static_pressures["x_rd"].notna()
    if before is not None:
        keep &= date < pd.Timestamp(before)
    return static_pressures.assign(date=date).loc[keep.to_numpy()].reset_index(drop=True)


def fit_to_measurements(pressure: xr.DataArray, static_pressures: pd.DataFrame) -> pd.DataFrame:
    """Compare `pressure` (time, y, x) [bar] with the usable measurements within its period.

    The model is taken at the nearest active cell, linear in time. Columns of the result: well, date,
    measured_bar, modelled_bar, residual_bar = modelled - measured.
    """
    rows = usable(static_pressures)
    first, last = pressure["time"].values[[0, -1]]
    rows = rows.loc[((rows["date"] >= first) & (rows["date"] <= last)).to_numpy()]
    active = np.isfinite(pressure.values[0])
    grid = xr.Dataset({"active": (("y", "x"), active)}, coords={"y": pressure["y"], "x": pressure["x"]})
    cell, _ = nearest_active(grid, rows["x_rd"].to_numpy(), rows["y_rd"].to_numpy())
    date = rows["date"].to_numpy()
    modelled = _interpolate(date, cell, pressure["time"].values, pressure.values[:, active])
    measured = rows["pressure_bara"].to_numpy()
    return pd.DataFrame(
        {
            "well": rows["well"].to_numpy(),
            "date": date,
            "measured_bar": measured,
            "modelled_bar": modelled,
            "residual_bar": modelled - measured,
        }
    )


def calibrate(
    cell_m: int = 1000,
    until: int | None = None,
    progress: Callable[[float], None] | None = None,
    *,
    static_pressures: pd.DataFrame | None = None,
    first_guess: Parameters = FIRST_GUESS,
) -> tuple[Parameters, dict[str, Any]]:
    """Find the seven parameters that fit the measured pressures best, by least squares.

    Minimises the sum of (modelled - measured)^2 over the usable measurements, or those before the year `until`
    (Levenberg-Marquardt, derivatives by differences; gas in place and permeability enter by their logarithms).
    `static_pressures` replaces the packaged measurements.

    Returns the parameters and diagnostics: `rms_bar`, `bias_bar` and `measurements` of the fit; `standard_error`
    by parameter, for independent errors of that size (measurements of one well are not, so they are too small);
    `evaluations`; with `until` also `rms_after_bar` and `measurements_after`, on what was kept apart.
    """
    measured = usable(data.table("static_pressures") if static_pressures is None else static_pressures)
    grid = reservoir_grid(cell_m)
    wells = monthly_volumes(data.table("production_by_cluster"))
    last = measured["date"].max() + pd.offsets.QuarterBegin(startingMonth=1)
    times = quarters(START, str(last.date()))
    seconds = np.diff(times) / np.timedelta64(1, "s")
    offtake, _ = offtake_per_step(grid, wells, times)
    cell, _ = nearest_active(grid, measured["x_rd"].to_numpy(), measured["y_rd"].to_numpy())
    date, observed = measured["date"].to_numpy(), measured["pressure_bara"].to_numpy()
    fitted = np.ones(len(measured), bool) if until is None else date < np.datetime64(f"{until}-01-01")
    evaluations = 0

    def residuals(unknowns: np.ndarray) -> np.ndarray:
        nonlocal evaluations
        evaluations += 1
        if progress is not None:
            progress(1.0 - 0.985**evaluations)
        system = field_system(grid, _parameters(unknowns))
        start_bar = np.full(system.in_place_nm3.size, system.initial_bar)
        try:
            cells = march(system, start_bar, offtake, seconds)
        except NumericalError:
            # these parameters cannot deliver the volumes that were produced: turn the search back
            return np.full(observed.size, IMPOSSIBLE_BAR)
        return _interpolate(date, cell, times, cells) - observed

    best = least_squares(
        lambda unknowns: residuals(unknowns)[fitted],
        _unknowns(first_guess),
        method="lm",
        x_scale=1.0,
        diff_step=1e-4,
        xtol=1e-6,
        ftol=1e-7,
    )
    found, left = _parameters(best.x), residuals(best.x)
    variance = float(np.mean(left[fitted] ** 2))
    spread = np.sqrt(np.diag(np.linalg.inv(best.jac.T @ best.jac)) * variance)
    spread[:2] *= found.gas_in_place_bcm, found.permeability_md
    diagnostics: dict[str, Any] = {
        "rms_bar": variance**0.5,
        "bias_bar": float(left[fitted].mean()),
        "measurements": int(fitted.sum()),
        "evaluations": evaluations,
        "standard_error": dict(zip(Parameters.__dataclass_fields__, spread.tolist(), strict=True)),
    }
    if until is not None:
        diagnostics["rms_after_bar"] = float(np.sqrt(np.mean(left[~fitted] ** 2)))
        diagnostics["measurements_after"] = int((~fitted).sum())
    if progress is not None:
        progress(1.0)
    return found, diagnostics


def _unknowns(p: Parameters) -> np.ndarray:
    trends = (p.storage_x, p.storage_y, p.permeability_y, p.permeability_x)
    return np.array([np.log(p.gas_in_place_bcm), np.log(p.permeability_md), p.fault_beta, *trends])


def _parameters(unknowns: np.ndarray) -> Parameters:
    in_place, permeability, *rest = (float(value) for value in unknowns)
    return Parameters(float(np.exp(in_place)), float(np.exp(permeability)), *rest)


def _interpolate(date: np.ndarray, cell: np.ndarray, times: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Linear in time at cell `cell` of each row of `cells` (time, cell)."""
    days = times.astype("datetime64[D]").astype(float)
    when = date.astype("datetime64[D]").astype(float)
    before = np.clip(np.searchsorted(days, when, side="right") - 1, 0, days.size - 2)
    share = (when - days[before]) / (days[before + 1] - days[before])
    return (1.0 - share) * cells[before, cell] + share * cells[before + 1, cell]
