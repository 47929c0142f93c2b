"""The chain of the Groningen study: what each stage computes, and from which settings and earlier stages.

`compute` reads as the sentence of the toolbox. A stage is a pure function of its settings and of the stages it comes
after; the run keeps its result under the hash of exactly those, so another production scenario reuses the history and
the calibration.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico import data
from mijnrisico.core.run import RunWriter, Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import calibrate, catalogue, event_counts, site, source
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic.motion.model import Component
from mijnrisico.seismic.source.loading import Loading, StressGrid, loading
from mijnrisico.studies import ground, inputs, places, shaking
from mijnrisico.studies.groningen import hindcast, past_maps, people
from mijnrisico.studies.groningen import sites as where
from mijnrisico.studies.preflight import HINDCAST_PERIOD, HINDCAST_YEAR, HISTORY_END, STATEMENT_PERIOD, STATEMENT_YEAR
from mijnrisico.subsurface import gas_flow

Progress = Callable[[float], None]
Compute = Callable[[Progress], xr.Dataset]


class Keeper(Protocol):
    """Keeps results of stages by what they depend on, as `RunWriter` does."""

    def stage(self, name: str, compute: Compute, *, settings: object = None, after: Sequence[Staged] = ()) -> Staged:
        """Return the result of a stage: kept, or computed."""
        ...


def stages(scenario: Scenario) -> tuple[str, ...]:
    """Names of the stages of a scenario in their order; a model of the rate with weight has one of its own."""
    return (
        "pressure_history",
        *(f"source_{name}" for name in scenario.source.rate.tree),
        "pressure_scenario",
        "event_forecast",
        *(f"hazard_{component}" for component in shaking.components(scenario)),
        *(["hazard_measures"] if shaking.measures(scenario)[1:] else []),
        "hazard_places",
        "spectra_places",
        "causes_places",
        *people.stages(scenario),
        "hindcast_map",
        *(["statement_map"] if says(scenario) else []),
        "hindcast",
    )


@dataclass(frozen=True, slots=True)
class Results:
    """What the stages leave behind."""

    history: xr.Dataset
    posteriors: dict[str, xr.Dataset]
    pressure: xr.Dataset
    forecast: xr.Dataset
    hazard: dict[Component, xr.Dataset]
    measures: xr.Dataset | None
    """The other measures of the scenario on the map (`shaking.other_measures`), None where there are none."""
    hazard_places: xr.Dataset
    shown_year: int
    spectra: xr.Dataset
    """Every measure of the model at the named places in the shown year (`places.spectra`)."""
    causes: xr.Dataset
    """Which earthquakes make the hazard there (`places.causes`); empty where no place has a level."""
    people: people.People | None
    """None where the ground-motion model is not one of Groningen."""
    hindcast_map: xr.Dataset
    statement_map: xr.Dataset | None
    """The maps of `STATEMENT_YEAR` (`past_maps.maps`), None where the fit of the scenario ends before it."""
    hindcast: xr.Dataset | None
    """None where the earthquakes of the fit leave no year to be foretold."""


def compute(scenario: Scenario, writer: RunWriter) -> Results:
    """Production -> pressure -> earthquakes -> ground motion -> personal risk; finished stages are reused."""
    foretold = earthquakes(scenario, writer)
    history, posteriors, pressure = foretold.history, foretold.posteriors, foretold.pressure
    forecast = foretold.forecast
    hazard: dict[Component, Staged] = {
        component: writer.stage(
            f"hazard_{component}",
            hazard_map(scenario, forecast, component),
            settings=[_hazard(scenario), component],
            after=[forecast],
        )
        for component in shaking.components(scenario)
    }
    measures = None
    if shaking.measures(scenario)[1:]:
        measures = writer.stage(
            "hazard_measures",
            hazard_measures(scenario, forecast),
            settings=[_hazard(scenario), shaking.measures(scenario)],
            after=[forecast],
        )
    at_places = writer.stage(
        "hazard_places", hazard_places(scenario, forecast), settings=_hazard(scenario), after=[forecast]
    )
    year = places.shown_year(scenario, next(iter(hazard.values())).data)
    spectra = writer.stage(
        "spectra_places",
        lambda progress: places.spectra(scenario, forecast.data, where.places(), year, progress),
        settings=[_hazard(scenario), year],
        after=[forecast],
    )
    known = places.levels_at(at_places.data, scenario, year)
    causes = writer.stage(
        "causes_places",
        lambda progress: places.causes(scenario, forecast.data, where.places(), known, year, progress),
        settings=[_hazard(scenario), shaking.measures(scenario)[0], year],
        after=[forecast, at_places],
    )
    of_people = people.compute(scenario, writer, forecast, year) if shaking.has_risk(scenario) else None
    published_year = writer.stage(
        "hindcast_map",
        hindcast_map(scenario, history),
        settings=[_source(scenario), _tree(scenario), _hazard(scenario), HINDCAST_YEAR, scenario.seed],
        after=[history],
    )
    statement = None
    if says(scenario):
        statement = writer.stage(
            "statement_map",
            statement_map(scenario, history),
            settings=[_source(scenario), _tree(scenario), _hazard(scenario), STATEMENT_YEAR, scenario.seed],
            after=[history],
        )
    judged_years = hindcast_years(scenario)
    judged = writer.stage(
        "hindcast",
        judgement(scenario, judged_years),
        settings=[_source(scenario), _tree(scenario), inputs.key(scenario, "pressure"), scenario.seed],
    )
    return Results(
        history=history.data,
        posteriors={name: staged.data for name, staged in posteriors.items()},
        pressure=pressure.data,
        forecast=forecast.data,
        hazard={component: staged.data for component, staged in hazard.items()},
        measures=None if measures is None else measures.data,
        hazard_places=at_places.data,
        shown_year=year,
        spectra=spectra.data,
        causes=causes.data,
        people=of_people,
        hindcast_map=published_year.data,
        statement_map=None if statement is None else statement.data,
        hindcast=judged.data if judged_years else None,
    )


@dataclass(frozen=True, slots=True)
class Foretold:
    """The first stages: pressures, fits and the earthquakes that follow from them."""

    history: Staged
    posteriors: dict[str, Staged]
    pressure: Staged
    forecast: Staged


def earthquakes(scenario: Scenario, keeper: Keeper) -> Foretold:
    """Production -> pressure -> earthquakes, kept by whoever asks: a run, or the memory of a study of variations."""
    history = keeper.stage("pressure_history", pressure_history(scenario), settings=flow_key(scenario))
    posteriors = {
        name: keeper.stage(
            f"source_{name}",
            source_posterior(scenario, history, name),
            settings=[_source(scenario), name],
            after=[history],
        )
        for name in scenario.source.rate.tree
    }
    pressure = keeper.stage(
        "pressure_scenario", pressure_scenario(scenario, history), settings=production_key(scenario), after=[history]
    )
    forecast = keeper.stage(
        "event_forecast",
        event_forecast(scenario, history, posteriors, pressure),
        settings=[_tree(scenario), scenario.years, scenario.seed],
        after=[*posteriors.values(), pressure],
    )
    return Foretold(history, posteriors, pressure, forecast)


def events(scenario: Scenario) -> pd.DataFrame:
    """The earthquakes of the scenario: time (UTC), x, y (RD New, m), magnitude, depth_km, type and whether the fit
    uses them (`used`), in order of time.
    """
    found = inputs.earthquakes(scenario)
    source = scenario.source
    found["used"] = catalogue.used(found, source.magnitude_min, str(source.since), str(source.until))
    return found[["time", "x", "y", "magnitude", "depth_km", "type", "used"]]


def pressure_history(scenario: Scenario) -> Compute:
    """Pressure from before production to the end of the history: on the grid of the user, else on the flow grid."""
    cell = scenario.pressure.cell

    def run(progress: Progress) -> xr.Dataset:
        if (given := inputs.pressure(scenario)) is not None:
            return inputs.between(given, None, HISTORY_END)
        wells = gas_flow.monthly_volumes(data.table("production_by_cluster"))
        grid = gas_flow.reservoir_grid(cell)
        return gas_flow.simulate(grid, gas_flow.CALIBRATED[cell], wells, until=HISTORY_END, progress=progress)

    return run


def source_posterior(scenario: Scenario, history: Staged, name: str, period: tuple[str, str] | None = None) -> Compute:
    """Posterior of a model of the rate on the catalogue of a period, by default that of the scenario."""
    start, last = period or _period(scenario)

    def run(progress: Progress) -> xr.Dataset:
        found = catalogue.select(scenario.source.magnitude_min, start, last, inputs.earthquakes(scenario))
        return calibrate.posterior(
            source.models()[name],
            loaded(scenario, history.data["pressure"], (start, last)),
            found,
            start=start,
            until=last,
            magnitude_min=scenario.source.magnitude_min,
            magnitude_models=list(scenario.source.magnitude.tree),
            progress=progress,
        )

    return run


def loaded(
    scenario: Scenario, pressure: xr.DataArray, period: tuple[str, str] | None = None, end: str | None = None
) -> Loading:
    """The loading that the models of the rate see, for a fit to a period or, with `end`, for what comes after it."""
    start, last = period or _period(scenario)
    fitted = scenario.source
    return loading(
        pressure,
        StressGrid(fitted.rmax, fitted.sigma, fitted.slope, fitted.log10_hs, fitted.smoothing),
        start=start,
        until=last,
        end=end,
        ground=inputs.reservoir(scenario),
        events=catalogue.select(fitted.magnitude_min, start, last, inputs.earthquakes(scenario)),
    )


def _period(scenario: Scenario) -> tuple[str, str]:
    return str(scenario.source.since), str(scenario.source.until)


def pressure_scenario(scenario: Scenario, history: Staged) -> Compute:
    """Pressure from the end of the history to the end of the forecast: of the user, else under the production."""
    cell, until = scenario.pressure.cell, f"{scenario.years[-1] + 1}-01-01"

    def run(progress: Progress) -> xr.Dataset:
        if (given := inputs.pressure(scenario)) is not None:
            return inputs.between(given, HISTORY_END, until)
        return gas_flow.simulate(
            gas_flow.reservoir_grid(cell),
            gas_flow.CALIBRATED[cell],
            gas_flow.volumes(data.table("production_by_cluster"), scenario.volumes()),
            start=HISTORY_END,
            until=until,
            initial=history.data.isel(time=-1),
            progress=progress,
        )

    return run


def event_forecast(scenario: Scenario, history: Staged, posteriors: dict[str, Staged], pressure: Staged) -> Compute:
    """Earthquakes per cell, year, magnitude and source branch."""

    def run(progress: Progress) -> xr.Dataset:
        before, after = history.data["pressure"], pressure.data["pressure"]
        whole = xr.concat([before, after.sel(time=after["time"] > before["time"][-1])], "time")
        fitted = {name: staged.data for name, staged in posteriors.items()}
        return _forecast(scenario, fitted, whole, None, scenario.years, progress)

    return run


def _forecast(
    scenario: Scenario,
    fitted: dict[str, xr.Dataset],
    pressure: xr.DataArray,
    period: tuple[str, str] | None,
    years: Sequence[int],
    progress: Progress,
) -> xr.Dataset:
    """Carry the fits to a period (by default that of the scenario) into years after it."""
    models, weights = source.models(), scenario.source.rate.tree
    return forecasting.forecast(
        [forecasting.Branch(models[name], each, weights[name]) for name, each in fitted.items()],
        loaded(scenario, pressure, period, end=f"{years[-1] + 1}-01-01"),
        years=years,
        magnitude_models=scenario.source.magnitude.tree,
        mmax=scenario.source.mmax.tree,
        seed=scenario.seed,
        progress=progress,
    )


def hazard_map(scenario: Scenario, forecast: Staged, component: Component) -> Compute:
    """Level at each return period on the map, regular surface."""

    def run(progress: Progress) -> xr.Dataset:
        ready = shaking.ready(scenario, forecast.data)
        grid = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)
        return shaking.levels(scenario, ready, grid, component, progress=progress)

    return run


def hazard_measures(scenario: Scenario, forecast: Staged) -> Compute:
    """Mean levels on the map of the measures beside that of the rule."""

    def run(progress: Progress) -> xr.Dataset:
        grid = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)
        return shaking.other_measures(scenario, shaking.ready(scenario, forecast.data), grid, progress)

    return run


def hazard_places(scenario: Scenario, forecast: Staged) -> Compute:
    """Levels and curves at the named places, for every component and surface of the model."""

    def run(progress: Progress) -> xr.Dataset:
        ready = shaking.ready(scenario, forecast.data)
        return shaking.every_choice(scenario, ready, where.places(), progress)

    return run


def hindcast_map(scenario: Scenario, history: Staged) -> Compute:
    """The maps of `HINDCAST_YEAR` and the counts from then on, fitted on the earthquakes before it.

    Production is what it was. `level_g` (motion, site) is that of `past_maps.maps`; `foretold` (foretold_year, count)
    has the mean and the 10 and 90 % fractiles of the number of earthquakes in each year from `HINDCAST_YEAR` to the end
    of the history, `chance` that of M >= 3.6.
    """

    def run(progress: Progress) -> xr.Dataset:
        years = range(HINDCAST_YEAR, int(HISTORY_END[:4]))
        events = _foretold(scenario, history, HINDCAST_PERIOD, years, lambda done: progress(0.6 * done))
        probability = forecasting.count_probability(events)
        mean, _ = event_counts.table_moments(probability)
        band = event_counts.quantile(probability, np.array([0.1, 0.9]))
        chance = forecasting.chance_of(events, 3.6) @ events["weight"].to_numpy()
        first = past_maps.maps(scenario, events.sel(year=[HINDCAST_YEAR]), lambda done: progress(0.6 + 0.4 * done))
        return first.assign(
            foretold=(("foretold_year", "count"), np.column_stack([mean, *band]), {"units": "1/year"}),
            chance=("foretold_year", chance, {"units": "1"}),
        ).assign_coords(foretold_year=list(years), count=["mean", "p10", "p90"])

    return run


def statement_map(scenario: Scenario, history: Staged) -> Compute:
    """The maps of `STATEMENT_YEAR` (`past_maps.maps`), fitted on the earthquakes before it.

    The fit takes every second value of rmax and sigma, which costs half and moves the highest level of the packaged
    scenario by 0.2 % and the area at or above 0.05 g by 3 %.
    """
    fitted = scenario.source
    half = {
        name: hindcast.thinned(values, -(-len(values) // 2))
        for name, values in (("rmax", fitted.rmax), ("sigma", fitted.sigma))
    }
    coarser = replace(scenario, source=fitted.model_copy(update=half))

    def run(progress: Progress) -> xr.Dataset:
        events = _foretold(coarser, history, STATEMENT_PERIOD, [STATEMENT_YEAR], lambda done: progress(0.6 * done))
        return past_maps.maps(scenario, events, lambda done: progress(0.6 + 0.4 * done))

    return run


def says(scenario: Scenario) -> bool:
    """Whether the fit of the scenario reaches the year of the statement, so that its earthquakes are known."""
    return _period(scenario)[1] >= STATEMENT_PERIOD[1]


def _foretold(
    scenario: Scenario, history: Staged, period: tuple[str, str], years: Sequence[int], progress: Progress
) -> xr.Dataset:
    """Earthquakes of past years, by every model of the rate fitted to a period before them; production as it was."""
    names = list(scenario.source.rate.tree)
    fitted = {}
    for index, name in enumerate(names):
        fit = source_posterior(scenario, history, name, period)
        fitted[name] = fit(lambda done, index=index: progress(0.6 * (index + done) / len(names)))
    pressure = history.data["pressure"]
    return _forecast(scenario, fitted, pressure, period, years, lambda done: progress(0.6 + 0.4 * done))


def hindcast_years(scenario: Scenario) -> list[int]:
    """Years that a hindcast can foretell: with enough earthquakes before them, and over at the end of the fit."""
    first, last = _period(scenario)
    found = catalogue.select(scenario.source.magnitude_min, first, last, inputs.earthquakes(scenario))
    year = pd.DatetimeIndex(found["time"]).year
    over = [each for each in hindcast.YEARS if f"{each + 1}-01-01" <= last]
    return [each for each in over if np.count_nonzero(year < each) >= catalogue.FEWEST_EVENTS]


def judgement(scenario: Scenario, years: list[int]) -> Compute:
    """Every year of `years` foretold from what was known before it, by every model, and scored."""

    def run(progress: Progress) -> xr.Dataset:
        if not years:
            return xr.Dataset()
        found = catalogue.select(
            scenario.source.magnitude_min,
            str(scenario.source.since),
            f"{years[-1] + 1}-01-01",
            inputs.earthquakes(scenario),
        )
        return hindcast.hindcast(scenario, found, years=years, progress=progress)

    return run


# Settings that the key of a stage is made of: everything that its result depends on beside earlier stages.


def _source(scenario: Scenario) -> list[object]:
    fitted = scenario.source.model_dump(mode="json", exclude={"rate", "magnitude", "mmax"})
    return [fitted, list(scenario.source.magnitude.tree), _ground(scenario), inputs.key(scenario, "catalogue")]


def _ground(scenario: Scenario) -> list[object]:
    return [inputs.key(scenario, role) for role in ground.ROLES]


def flow_key(scenario: Scenario) -> object:
    """What the pressures of the past depend on, for the key of their stage."""
    return inputs.key(scenario, "pressure") or scenario.pressure.cell


def production_key(scenario: Scenario) -> list[object]:
    """What the pressures of the scenario depend on beside those of the past."""
    if given := inputs.key(scenario, "pressure"):
        return [given, scenario.years[-1]]
    return [scenario.pressure.cell, scenario.years[-1], scenario.volumes().to_dict("list")]


def _tree(scenario: Scenario) -> dict[str, object]:
    return scenario.source.model_dump(mode="json", include={"rate", "magnitude", "mmax"})


def _hazard(scenario: Scenario) -> list[object]:
    return shaking.key(scenario)
