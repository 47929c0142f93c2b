"""The source model fitted again up to any day, with the pressures that takes: after each new earthquake.

Up to the end of the history the pressure follows production as it was. From there to the day asked for it follows the
production of the scenario, as a forecast does: that of the packaged one is none, the field closed in. So a refit after
an earthquake of 2025 needs no new pressures, only a catalogue that reaches so far.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import xarray as xr

from mijnrisico import data
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import calibrate, catalogue, source
from mijnrisico.seismic.source.loading import StressGrid, loading
from mijnrisico.studies import inputs
from mijnrisico.studies.preflight import HISTORY_END, QUIET
from mijnrisico.subsurface import gas_flow

PACKAGED_UNTIL = date(2024, 2, 12)
"""The packaged catalogue knows nothing from this day on."""

Progress = Callable[[float], None]


def refit(scenario: Scenario, model: str, until: date, progress: Progress = lambda _: None) -> xr.Dataset:
    """Posterior of a rate model on the earthquakes of the scenario before `until` (see `calibrate.fit`).

    Raises `InputError` E303 where catalogue or pressures do not reach the day, E408 for too few earthquakes.
    """
    setting = scenario.source
    day = str(until)
    if problems := uncovered(scenario, until):
        raise InputError(problems)
    events = catalogue.select(setting.magnitude_min, str(setting.since), day, inputs.earthquakes(scenario))
    known = loading(
        pressure(scenario, until),
        StressGrid(setting.rmax, setting.sigma, setting.slope, setting.log10_hs, setting.smoothing),
        start=str(setting.since),
        until=day,
        ground=inputs.reservoir(scenario),
        events=events,
    )
    return calibrate.posterior(
        source.models()[model],
        known,
        events,
        start=str(setting.since),
        until=day,
        magnitude_min=setting.magnitude_min,
        magnitude_models=list(setting.magnitude.tree),
        progress=progress,
    )


def uncovered(scenario: Scenario, until: date) -> list[Problem]:
    """E303 for a day that is not after the start of the fit, or that catalogue or pressures do not reach."""
    start, problems = scenario.source.since, []
    last = date(scenario.years[-1] + 1, 1, 1)
    if (given := inputs.pressure(scenario)) is not None:
        last = pd.Timestamp(given["time"].to_numpy()[-1]).date()
    if not start < until <= last:
        problems.append(Problem("E303", "--until", {"of": "refit", "got": str(until), "start": start, "end": last}))
    events = inputs.earthquakes(scenario)
    reached = PACKAGED_UNTIL
    if "catalogue" in scenario.input_files:
        reached = date.min if events.empty else (events["time"].max() + QUIET).date()
    if until > reached:
        found = "–" if events.empty else f"{events['time'].min():%Y-%m-%d} – {events['time'].max():%Y-%m-%d}"
        problems.append(Problem("E303", "--until", {"of": "refit_catalogue", "got": found, "end": str(until)}))
    return problems


def pressure(scenario: Scenario, until: date) -> xr.DataArray:
    """Pressure from before production to `until` or later: of the user, or by the gas model as in a run."""
    if (given := inputs.pressure(scenario)) is not None:
        return inputs.between(given, None, str(until))["pressure"]
    cell, produced = scenario.pressure.cell, data.table("production_by_cluster")
    grid, parameters = gas_flow.reservoir_grid(cell), gas_flow.CALIBRATED[cell]
    history = gas_flow.simulate(grid, parameters, gas_flow.monthly_volumes(produced), until=HISTORY_END)
    if str(until) <= HISTORY_END:
        return history["pressure"]
    after = gas_flow.simulate(
        grid,
        parameters,
        gas_flow.volumes(produced, scenario.volumes()),
        start=HISTORY_END,
        until=str((until.replace(day=1) + timedelta(days=31)).replace(day=1)),
        initial=history.isel(time=-1),
    )
    return xr.concat([history["pressure"], after["pressure"].isel(time=slice(1, None))], "time")
