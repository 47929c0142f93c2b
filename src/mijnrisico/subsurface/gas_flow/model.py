"""From offtake to reservoir pressure: the areal gas model and its seven parameters."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib import resources

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.model import Model
from mijnrisico.errors import InputError, NumericalError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsurface.gas import GRONINGEN_GAS, NORMAL_PRESSURE_PA, NORMAL_TEMPERATURE_K, Gas, gas_table
from mijnrisico.subsurface.gas_flow.grid import INITIAL_BAR
from mijnrisico.subsurface.gas_flow.march import System, gas_in_place_nm3, march
from mijnrisico.subsurface.gas_flow.wells import monthly_volumes
from mijnrisico.units import NM3_PER_BCM

MILLIDARCY_M2 = 9.869233e-16
TREND_LENGTH_M = 20_000.0

MODEL = Model(
    name="gas_flow",
    role="pressure",
    predicts={"reservoir_pressure": "bar"},
    needs={"production": "Nm3 per month and cluster", "reservoir_geometry": "m", "fault_throw": "m"},
    valid={"year": (1960, 2018)},
    source="mijnrisico: Darcy flow of a real gas in one layer; z of Dranchuk and Abou-Kassem (1975), viscosity of Lee, "
    "Gonzalez and Eakin (1966); seven parameters fitted to 1,936 static pressures of NAM",
    departs="no published model: no water, one permeability with a trend, no closed compartments",
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is not known of the field; trends are per 20 km, in ln, about the mean of the active cells.

    `gas_in_place_bcm` [1e9 Nm3]; `permeability_md` [mD] at the mean place; `fault_beta` [1], the logarithm of
    what a fault of throw ratio one and one cell long takes off the transmissibility; `storage_x`, `storage_y` the
    trends of storage per column to the east and north; `permeability_y`, `permeability_x` those of permeability.
    """

    gas_in_place_bcm: float
    permeability_md: float
    fault_beta: float
    storage_x: float = 0.0
    storage_y: float = 0.0
    permeability_y: float = 0.0
    permeability_x: float = 0.0


def _read_parameters() -> dict[tuple[int, str], Parameters]:
    text = resources.files("mijnrisico.subsurface.gas_flow").joinpath("parameters.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    names = [field.name for field in fields(Parameters)]
    return {(int(row["cell_m"]), row["before_year"]): Parameters(*(float(row[name]) for name in names)) for row in rows}


_PARAMETERS = _read_parameters()

CALIBRATED = {cell_m: found for (cell_m, before), found in _PARAMETERS.items() if before == ""}
"""Parameters found by `calibrate` on all usable static pressures, by cell size [m]."""

CALIBRATED_BEFORE_2000 = {cell_m: found for (cell_m, before), found in _PARAMETERS.items() if before == "2000"}
"""The same from measurements before 2000 only, to judge the model on those after."""


def field_system(grid: xr.Dataset, parameters: Parameters, gas: Gas = GRONINGEN_GAS) -> System:
    """Return the discrete equations of `grid` (see `reservoir_grid`) for `parameters`.

    Gas in place is shared by column x inside fraction x exp(trend). A face carries the harmonic mean of
    permeability x column on both sides, times exp(-fault_beta s) with s the fault sum of the face; the cells are
    square, so width over distance is one. Cells run along rows of the grid.
    """
    active = grid["active"].values
    x, y = np.meshgrid(grid["x"].values, grid["y"].values)
    dx = (x - x[active].mean()) / TREND_LENGTH_M
    dy = (y - y[active].mean()) / TREND_LENGTH_M
    column = grid["column"].values
    storage = column * grid["inside_fraction"].values
    storage = (storage * np.exp(parameters.storage_x * dx + parameters.storage_y * dy))[active]
    permeability_m2 = parameters.permeability_md * MILLIDARCY_M2
    conduct = permeability_m2 * column * np.exp(parameters.permeability_x * dx + parameters.permeability_y * dy)

    number = np.full(active.shape, -1)
    number[active] = np.arange(storage.size)
    first, second, carried = [], [], []
    for fault, one, other in (
        (grid["fault_x"].values[:, :-1], np.s_[:, :-1], np.s_[:, 1:]),
        (grid["fault_y"].values[:-1, :], np.s_[:-1, :], np.s_[1:, :]),
    ):
        both = active[one] & active[other]
        a, b = conduct[one][both], conduct[other][both]
        first.append(number[one][both])
        second.append(number[other][both])
        carried.append(2.0 * a * b / (a + b) * np.exp(-parameters.fault_beta * fault[both]))
    to_normal = NORMAL_TEMPERATURE_K / (NORMAL_PRESSURE_PA * gas.temperature_k)
    return System(
        in_place_nm3=parameters.gas_in_place_bcm * NM3_PER_BCM * storage / storage.sum(),
        first=np.concatenate(first),
        second=np.concatenate(second),
        transmissibility=to_normal * np.concatenate(carried),
        initial_bar=INITIAL_BAR,
        table=gas_table(gas),
    )


def simulate(
    grid: xr.Dataset,
    parameters: Parameters,
    wells: pd.DataFrame,
    start: str = "1956-01-01",
    until: str = "2024-01-01",
    initial: xr.Dataset | None = None,
    progress: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Simulate reservoir pressure from `start` to `until` (first days of a month) in quarterly steps.

    `wells` has cluster, month (`YYYY-MM`) and volume_nm3 [Nm3], and may carry the places x_rd, y_rd [m]
    (else they are looked up); a volume leaves the nearest active cell, summed per quarter. `initial` is the last
    time slice of an earlier result: the run then goes on from its time, and `start` is not used.

    Returns `pressure` (time, y, x) [bar], not-a-number where no gas flows, at the start and at the end of each
    quarter; `produced_bcm` (time), cumulative from the very start; `mass_balance_error` (time) [1]: initial gas
    - gas left - produced, over initial gas. Attributes count the volume outside the period and the farthest well.
    Raises InputError (E503) for dates within a month or an `initial` on another grid, NumericalError (E602) when a
    step has no solution. Equations: `march`.
    """
    if initial is not None:
        _check_same_grid(grid, initial)
        start = str(initial["time"].values.astype("datetime64[D]"))
    times = quarters(start, until)
    active = grid["active"].values
    system = field_system(grid, parameters)
    offtake, notes = offtake_per_step(grid, wells, times)
    if initial is None:
        start_bar, before = np.full(system.in_place_nm3.size, system.initial_bar), 0.0
    else:
        start_bar, before = initial["pressure"].values[active].astype(float), float(initial["produced_bcm"])
    seconds = np.diff(times) / np.timedelta64(1, "s")
    try:
        cells = march(system, start_bar, offtake, seconds, progress)
    except NumericalError as error:
        raise NumericalError(_in_words(error.problems[0], grid, times)) from error

    produced = before + np.concatenate([[0.0], np.cumsum(offtake.sum(axis=1))]) / NM3_PER_BCM
    left = gas_in_place_nm3(system, cells).sum(axis=1) / NM3_PER_BCM
    pressure = np.full((times.size, *active.shape), np.nan)
    pressure[:, active] = cells
    return xr.Dataset(
        {
            "pressure": (("time", "y", "x"), pressure, {"units": "bar", "long_name": "reservoir pressure"}),
            "produced_bcm": ("time", produced, {"units": "1e9 Nm3"}),
            "mass_balance_error": (
                "time",
                (parameters.gas_in_place_bcm - left - produced) / parameters.gas_in_place_bcm,
                {"units": "1"},
            ),
        },
        coords={"time": times.astype("datetime64[ns]"), "y": grid["y"], "x": grid["x"]},
        attrs={**grid.attrs, **notes},
    )


def offtake_per_step(grid: xr.Dataset, wells: pd.DataFrame, times: np.ndarray) -> tuple[np.ndarray, dict[str, float]]:
    """Volumes [Nm3] (step, active cell) between consecutive `times`, and what was left out or moved far."""
    if "x_rd" not in wells:
        wells = monthly_volumes(wells)
    cell, moved_m = nearest_active(grid, wells["x_rd"].to_numpy(), wells["y_rd"].to_numpy())
    month = wells["month"].to_numpy().astype("datetime64[M]").astype("datetime64[D]")
    step = np.searchsorted(times, month, side="right") - 1
    volume = wells["volume_nm3"].to_numpy(dtype=float)
    within = (step >= 0) & (step < times.size - 1)
    shape = (times.size - 1, int(grid["active"].sum()))
    flat = step[within] * shape[1] + cell[within]
    offtake = np.bincount(flat, volume[within], shape[0] * shape[1]).reshape(shape)
    notes = {
        "offtake_outside_period_bcm": float(volume[~within].sum() / NM3_PER_BCM),
        "farthest_well_moved_m": float(moved_m[within].max(initial=0.0)),
    }
    return offtake, notes


def nearest_active(grid: xr.Dataset, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of the active cell (in grid order) whose centre is nearest to each point, and its distance [m]."""
    active = grid["active"].values
    cell_x, cell_y = (centre[active] for centre in np.meshgrid(grid["x"].values, grid["y"].values))
    squared = (np.asarray(x)[:, None] - cell_x) ** 2 + (np.asarray(y)[:, None] - cell_y) ** 2
    return squared.argmin(axis=1), np.sqrt(squared.min(axis=1, initial=np.inf))


def quarters(start: str, until: str) -> np.ndarray:
    """Quarter boundaries from `start` to `until`, both included, as days."""
    edges = [pd.Timestamp(start), pd.Timestamp(until)]
    wrong = [edge for edge in edges if edge.day != 1]
    if wrong or edges[1] <= edges[0]:
        got, example = f"{start} .. {until}", "2024-01-01 .. 2036-01-01"
        expected = Phrase("subsurface.first_days")
        raise InputError(Problem("E503", "time", {"got": got, "expected": expected, "example": example}))
    inner = pd.date_range(edges[0], edges[1], freq="QS")
    return inner.union(pd.DatetimeIndex(edges)).to_numpy().astype("datetime64[D]")


def _check_same_grid(grid: xr.Dataset, initial: xr.Dataset) -> None:
    same = initial["pressure"].shape == grid["active"].shape
    if not same or not np.array_equal(np.isfinite(initial["pressure"].values), grid["active"].values):
        got = initial.attrs.get("cell_m", initial["pressure"].shape)
        expected, example = Phrase("subsurface.same_grid"), grid.attrs.get("cell_m")
        raise InputError(Problem("E503", "initial", {"got": got, "expected": expected, "example": example}))


def _in_words(problem: Problem, grid: xr.Dataset, times: np.ndarray) -> Problem:
    """The E602 of `march`, with the quarter and the place in it for whoever wrote the scenario."""
    cell, step = int(str(problem.params["cell"])), int(str(problem.params["step"]))
    row, column = np.argwhere(grid["active"].values)[cell]
    place = {"x": f"{grid['x'].values[column]:.0f}", "y": f"{grid['y'].values[row]:.0f}"}
    detail = Phrase("subsurface.too_much_taken", {"quarter": str(times[step]), **place})
    return Problem(problem.code, problem.where, {**problem.params, "detail": detail})
