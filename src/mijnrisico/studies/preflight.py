"""Before the start: a scenario checked against the packaged data, and what its run will need."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import pi
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from mijnrisico import data
from mijnrisico.core import scenario as scenarios
from mijnrisico.core import table
from mijnrisico.core.resources import Estimate
from mijnrisico.core.scenario import Checked, Known, Scenario, production
from mijnrisico.core.scenario.sections import Source
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import catalogue, fragility
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.studies import exposed, given, ground, inputs, shaking
from mijnrisico.units import NM3_PER_BCM

HISTORY_START: Final = "1956-01-01"
HISTORY_END: Final = "2024-01-01"
"""Production is known up to its end in October 2023: here the history of the pressure ends and a scenario begins."""

HINDCAST_YEAR: Final = 2017
"""Year of the published hazard map that the report compares with (GMM V4, maximum 0.24 g)."""
HINDCAST_PERIOD: Final = ("1995-01-01", f"{HINDCAST_YEAR}-01-01")
STATEMENT_YEAR: Final = 2021
"""Year of the industry rule, which names the municipalities where it expects 0.05 g."""
STATEMENT_PERIOD: Final = (HINDCAST_PERIOD[0], f"{STATEMENT_YEAR}-01-01")
QUIET: Final = pd.Timedelta(days=366)
"""Longest time without any earthquake at the ends of a catalogue before it is taken for incomplete."""

_FIELD_KM2: Final = 987.0
_FIELD_PERIMETER_KM: Final = 150.0


def known() -> Known:
    """Return the names that a scenario may use: clusters with production, vulnerability classes of each model."""
    clusters = data.table("production_by_cluster")["cluster"].unique()
    classes = {model.name: frozenset(model.coefficients().classes) for model in fragility.MODELS}
    return Known(clusters=frozenset(map(str, clusters)), vulnerability_classes=classes, further=_completed)


def read(source: str | Path, overrides: Iterable[str] = ()) -> Checked:
    """Read and check a scenario and its files against the packaged data; never raises for what a user may have written.

    What is wrong with the settings, the production, the earthquakes and the pressures is found in one pass.
    """
    return scenarios.read(source, overrides, known())


def stretched(scenario: Scenario) -> list[Problem]:
    """Say what of a forecast from a file lies outside the range of the motion model (W606), which its run repeats."""
    if "forecast" not in scenario.input_files:
        return []
    return shaking.outside(scenario, given.forecast(scenario)).problems


def _completed(checked: Checked) -> Checked:
    """Add what the packaged data and the files of the user have to say, also after `Scenario.replace`."""
    found = [*given.problems(checked), *exposed.problems(checked)]
    if "forecast" not in checked.input_files:
        found += [*_catalogue(checked), *_pressure(checked), *_ground(checked), *_unusable(checked)]
    if checked.scenario is not None and not any(problem.code.startswith("E") for problem in found):
        found += [_placed(checked, problem) for problem in given.of_motion(checked.scenario)]
    errors = (*checked.errors, *(problem for problem in found if problem.code.startswith("E")))
    warnings = (*checked.warnings, *(problem for problem in found if problem.code.startswith("W")))
    scenario = checked.scenario
    if errors or scenario is None:
        return replace(checked, scenario=None, errors=errors, warnings=warnings)
    return replace(checked, scenario=replace(scenario, warnings=warnings), warnings=warnings)


def _placed(checked: Checked, problem: Problem) -> Problem:
    """Point from the name of a key at the line where it stands."""
    return Problem(problem.code, _where(checked, problem.where), {"key": problem.where, **problem.params})


def _catalogue(checked: Checked) -> Iterator[Problem]:
    """What is to be said about the earthquakes of the user."""
    path, settings, source = checked.input_files.get("catalogue"), checked.inputs, checked.source
    if path is None or settings is None:
        return
    found = inputs.read_catalogue(path, settings.catalogue)
    yield from found.problems
    if found.events is not None:
        yield from catalogue.problems(
            found.events,
            found.name,
            dedupe=settings.catalogue.dedupe,
            magnitude_min=None if source is None else source.magnitude_min,
            period=None if source is None else (str(source.since), str(source.until)),
        )


def _pressure(checked: Checked) -> Iterator[Problem]:
    """What is to be said about the pressures of the user."""
    path, settings = checked.input_files.get("pressure"), checked.inputs
    if path is None or settings is None or not settings.pressure.unit:
        return
    found = inputs.read_pressure(path, settings.pressure)
    yield from found.problems
    if found.pressure is not None:
        until = None if checked.time is None else f"{checked.time.end + 1}-01-01"
        yield from inputs.uncovered(found.pressure, found.name, until)
    if "scenario" in checked.input_files:
        names = {"pressure": path.name, "production": checked.input_files["scenario"].name}
        yield Problem("W114", _where(checked, "inputs.pressure.file"), names)


def _ground(checked: Checked) -> Iterator[Problem]:
    """What is to be said about the reservoir, the faults and the outline of the user, each and together."""
    settings = checked.inputs
    if settings is None:
        return
    paths = {role: path for role in ground.ROLES if (path := checked.input_files.get(role)) is not None}
    found = {role: ground.read(path, role, getattr(settings, role)) for role, path in paths.items()}
    for read_ in found.values():
        yield from read_.problems
    yield from ground.problems(found)


def _unusable(checked: Checked) -> Iterator[Problem]:
    """A period of the fit without pressures, too few earthquakes to fit."""
    period = checked.source
    if period is None:
        return
    where = _where(checked, "source.from")
    if str(period.since) < HISTORY_START or str(period.until) > HISTORY_END:
        got = f"{period.since} – {period.until}"
        yield Problem("E303", where, {"of": "fit", "got": got, "start": HISTORY_START, "end": HISTORY_END})
    events, settings = None, checked.inputs
    if settings is not None and settings.catalogue.file:
        if (path := checked.input_files.get("catalogue")) is None:
            return
        if (events := inputs.read_catalogue(path, settings.catalogue).events) is None:
            return
        events = catalogue.without_duplicates(events)
    yield from _too_few(events, period, where)


def _too_few(events: pd.DataFrame | None, period: Source, where: str) -> Iterator[Problem]:
    """E408 for the fit, or for the one on the years before the hindcast; E303 for a catalogue that begins late."""
    since, until = str(period.since), str(period.until)
    count, k = len(catalogue.select(period.magnitude_min, since, until, events)), catalogue.FEWEST_EVENTS
    early = len(catalogue.select(period.magnitude_min, *HINDCAST_PERIOD, events))
    if count < k:
        yield Problem("E408", where, {"n": count, "k": k})
    elif early < k:
        yield Problem("E408", where, {"of": "hindcast", "n": early, "k": k, "year": HINDCAST_YEAR})
    if events is None or events.empty:
        return
    first, last = events["time"].min(), events["time"].max()
    if first > pd.Timestamp(since) + QUIET or last < pd.Timestamp(until) - QUIET:
        got = f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"
        yield Problem("E303", where, {"of": "catalogue", "got": got, "start": since, "end": until})


def _where(checked: Checked, key: str) -> str:
    return key if checked.places is None else checked.places.where(key)


Role = Literal["scenario", inputs.Role]


@dataclass(frozen=True, slots=True)
class InputRow:
    """One input as `check` shows it: `what` and `span` in words, `rows` None where nothing was read."""

    role: str
    file: str
    rows: int | None
    what: Phrase
    span: Phrase | None


def inputs_table(scenario: Scenario) -> tuple[InputRow, ...]:
    """Return what a checked scenario reads: its own files, or what stands in for them; of the ground only its files."""
    if "forecast" in scenario.input_files:
        return (*_given_rows(scenario), *_exposure_rows(scenario))
    own = (_production_row(scenario), _catalogue_row(scenario), _pressure_row(scenario))
    return (*own, *_ground_rows(scenario), *_exposure_rows(scenario))


def _given_rows(scenario: Scenario) -> Iterator[InputRow]:
    forecast = given.forecast(scenario)
    rate = forecasting.by_magnitude(forecast)
    rows = given.read_forecast(scenario.input_files["forecast"], scenario.inputs.forecast).rows
    words: dict[str, object] = {name: forecast.sizes[name] for name in ("cell", "branch")}
    words |= {"low": float(forecast["magnitude"][0]), "high": float(forecast["magnitude"][-1])}
    words["rate"] = float(f"{float((rate.isel(year=0) * forecast['weight']).sum()):.4g}")
    span = {"start": scenario.years[0], "end": scenario.years[-1]}
    years = Phrase("exchange.every_year") if forecast.attrs["every_year"] else Phrase("inputs.span", span)
    yield InputRow("forecast", scenario.input_files["forecast"].name, rows, Phrase("exchange.forecast", words), years)
    points = given.sites(scenario, forecast)
    path = scenario.input_files.get("sites")
    kind = "sites" if path else "nodes"
    what = Phrase(f"exchange.{kind}", {"n": points.sizes["site"], "cell": scenario.hazard.cell})
    yield InputRow("sites", path.name if path else "–", points.sizes["site"], what, None)


def _exposure_rows(scenario: Scenario) -> Iterator[InputRow]:
    """The buildings of the user and their table of classes, where there are."""
    path, rules = scenario.input_files.get("exposure"), scenario.input_files.get("exposure_classes")
    if path is None:
        return
    found = inputs.buildings(scenario)
    words = {"n": round(float(found["number"].sum())), "people": round(float(found["people_night"].sum()))}
    yield InputRow("exposure", path.name, found.sizes["building"], Phrase("exposure.rows", words), None)
    if rules is not None:
        names = {"names": tuple(map(str, found["mapping"].to_numpy()))}
        yield InputRow("exposure_classes", rules.name, None, Phrase("exposure.mappings", names), None)


def _production_row(scenario: Scenario) -> InputRow:
    path, volumes = scenario.input_files.get("scenario"), scenario.production
    if path is None or volumes is None:
        return InputRow("scenario", "–", None, Phrase("inputs.closed"), None)
    total = float(sum(volume.volume_nm3 for volume in volumes)) / NM3_PER_BCM
    clusters = {volume.cluster for volume in volumes}
    whole = clusters == {production.FIELD}
    what = Phrase("check.whole_field" if whole else "check.clusters", {"total": total, "clusters": len(clusters)})
    span = Phrase("inputs.span", {"start": scenario.years[0], "end": scenario.years[-1]})
    found = table.read(path, scenario.inputs.scenario.columns)
    rows = None if isinstance(found, Problem) else len(found.rows)
    return InputRow("scenario", path.name, rows, what, span)


def _catalogue_row(scenario: Scenario) -> InputRow:
    events, source = inputs.earthquakes(scenario), scenario.source
    taken = int(catalogue.used(events, source.magnitude_min, str(source.since), str(source.until)).sum())
    path = scenario.input_files.get("catalogue")
    file = path.name if path else "KNMI"
    what = Phrase("inputs.events", {"used": taken, "magnitude_min": source.magnitude_min})
    span = Phrase(
        "inputs.span", {"start": f"{events['time'].min():%Y-%m-%d}", "end": f"{events['time'].max():%Y-%m-%d}"}
    )
    return InputRow("catalogue", file, len(events), what, span)


def _pressure_row(scenario: Scenario) -> InputRow:
    path, grid = scenario.input_files.get("pressure"), inputs.pressure(scenario)
    if path is None or grid is None:
        return InputRow("pressure", "–", None, Phrase("inputs.gas_flow", {"cell": scenario.pressure.cell}), None)
    cells = int(grid.notnull().all("time").sum())
    what = Phrase(
        "inputs.cells",
        {
            "cells": cells,
            "times": grid.sizes["time"],
            "low": round(float(grid.min()), 1),
            "high": round(float(grid.max()), 1),
        },
    )
    days = grid["time"].dt.strftime("%Y-%m-%d").to_numpy()
    return InputRow(
        "pressure",
        path.name,
        int(grid.notnull().sum()),
        what,
        Phrase("inputs.span", {"start": days[0], "end": days[-1]}),
    )


def _ground_rows(scenario: Scenario) -> Iterator[InputRow]:
    roles: tuple[Role, ...] = ("faults", "thickness", "depth", "compressibility", "outline")
    for role in roles:
        if (path := scenario.input_files.get(role)) is None:
            continue
        found = ground.read(path, role, getattr(scenario.inputs, role))
        yield InputRow(role, path.name, found.rows, ground.in_words(found), None)


def estimate(scenario: Scenario) -> Estimate:
    """Estimate time (two cores), peak memory and disk from the number of sites, years and grid cells.

    A rough guide and not a measurement: the constants were chosen on the safe side for the packaged scenario (about
    1 800 sites, 12 years, 24 branches of the source, 2 310 stress members of the elastic-plastic sheet). Hazard and
    risk go with sites, years and branches, the fit with the members; the hindcast and the tree of the buildings take a
    time of their own.
    """
    if "forecast" in scenario.input_files:
        return _of_given(scenario)
    margin_km = scenario.hazard.margin / 1000.0
    area_km2 = _FIELD_KM2 + _FIELD_PERIMETER_KM * margin_km + pi * margin_km**2
    sites = area_km2 / (scenario.hazard.cell / 1000.0) ** 2
    work = sites * scenario.time.years
    finer = (1000.0 / scenario.pressure.cell) ** 3  # four times the cells, each step about twice as long
    source = scenario.source
    branches = len(source.rate.tree) * len(source.magnitude.tree) * len(source.mmax.tree)
    members = len(source.rmax) * len(source.sigma)
    if "elastic_plastic" in source.rate.tree:
        members *= len(source.slope) * len(source.log10_hs)
    people = 100.0 + 0.35 * area_km2 if shaking.has_risk(scenario) else 0.0  # buildings stand in cells of 1 km
    seconds = 280.0 + 20.0 * finer + 0.02 * members + (0.003 + 0.00065 * branches) * work + people
    memory = 1.4 + 6e-5 * work + 1.5e-4 * members
    return Estimate(memory_gib=memory, disk_gib=0.15 + 5e-6 * work, seconds=seconds)


def _of_given(scenario: Scenario) -> Estimate:
    """The same for a forecast of the user: what goes with sites, years, branches and measures."""
    forecast = given.forecast(scenario)
    sites, branches = given.sites(scenario, forecast).sizes["site"], forecast.sizes["branch"]
    motions = shaking.model(scenario)
    leaves = branches * len(motions.medians) * motions.scatter_weight.size * motions.epsilon_weight.size
    choices = len(scenario.hazard.measures) * len(motions.components)
    work = sites * forecast.sizes["year"] * choices
    seconds = 10.0 + (2e-3 + 2e-6 * leaves) * work
    return Estimate(memory_gib=0.6 + 2e-5 * work, disk_gib=0.02 + 3e-6 * work, seconds=seconds)
