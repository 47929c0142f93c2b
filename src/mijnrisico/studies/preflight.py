"""Before the start: a scenario checked against the packaged data, and what its run will need."""

from collections.abc import Iterable, Iterator
from math import pi
from pathlib import Path
from typing import Final

from mijnrisico import data
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.resources import Estimate
from mijnrisico.core.scenario import Checked, Known, Scenario
from mijnrisico.errors import Problem
from mijnrisico.seismic import catalogue

HISTORY_START: Final = "1956-01-01"
HISTORY_END: Final = "2024-01-01"
"""Production is known up to its end in October 2023: here the history of the pressure ends and a scenario begins."""

_FIELD_KM2: Final = 987.0
_FIELD_PERIMETER_KM: Final = 150.0


def known() -> Known:
    """Return the names that a scenario may use: clusters with production, vulnerability classes."""
    clusters = data.table("production_by_cluster")["cluster"].unique()
    classes = data.table("fcm_tno2020_fragility")["vulnerability_class"].unique()
    return Known(clusters=frozenset(map(str, clusters)), vulnerability_classes=frozenset(map(str, classes)))


def read(source: str | Path, overrides: Iterable[str] = ()) -> Checked:
    """Read and check a scenario against the packaged data; never raises for what a user may have written."""
    checked = scenarios.read(source, overrides, known())
    problems = () if checked.scenario is None else tuple(_unusable(checked.scenario))
    return Checked(None, problems, checked.warnings) if problems else checked


def _unusable(scenario: Scenario) -> Iterator[Problem]:
    """What the packaged data cannot answer: a period without pressures, too few earthquakes to fit."""
    period, where = scenario.source, scenario.origin
    if str(period.since) < HISTORY_START or str(period.until) > HISTORY_END:
        got = f"{period.since} - {period.until}"
        yield Problem("E303", where, {"got": got, "start": HISTORY_START, "end": HISTORY_END})
    events = len(catalogue.select(period.magnitude_min, str(period.since), str(period.until)))
    if events < catalogue.FEWEST_EVENTS:
        yield Problem("E408", where, {"n": events, "k": catalogue.FEWEST_EVENTS})


def estimate(scenario: Scenario) -> Estimate:
    """Estimate time (two cores), peak memory and disk from the number of sites, years and grid cells.

    A rough guide and not a measurement: the constants were chosen on the safe side for the packaged scenario (about
    1 800 sites, 12 years), and everything but the base is taken as proportional to sites times years.
    """
    margin_km = scenario.hazard.margin / 1000.0
    area_km2 = _FIELD_KM2 + _FIELD_PERIMETER_KM * margin_km + pi * margin_km**2
    sites = area_km2 / (scenario.hazard.cell / 1000.0) ** 2
    work = sites * scenario.time.years
    finer = (1000.0 / scenario.pressure.cell) ** 3  # four times the cells, each step about twice as long
    return Estimate(
        memory_gib=1.2 + 6e-5 * work, disk_gib=0.15 + 5e-6 * work, seconds=40.0 + 20.0 * finer + 0.009 * work
    )
