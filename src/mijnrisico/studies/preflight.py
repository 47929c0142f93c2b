"""Before the start: a scenario checked against the packaged data, and what its run will need."""

from collections.abc import Iterable
from math import pi
from pathlib import Path
from typing import Final

from mijnrisico import data
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.resources import Estimate
from mijnrisico.core.scenario import Checked, Known, Scenario

_FIELD_KM2: Final = 987.0
_FIELD_PERIMETER_KM: Final = 150.0


def known() -> Known:
    """Return the names that a scenario may use: clusters with production, vulnerability classes."""
    clusters = data.table("production_by_cluster")["cluster"].unique()
    classes = data.table("fcm_tno2020_fragility")["vulnerability_class"].unique()
    return Known(clusters=frozenset(map(str, clusters)), vulnerability_classes=frozenset(map(str, classes)))


def read(source: str | Path, overrides: Iterable[str] = ()) -> Checked:
    """Read and check a scenario against the packaged data; never raises for what a user may have written."""
    return scenarios.read(source, overrides, known())


def estimate(scenario: Scenario) -> Estimate:
    """Estimate time (two cores), peak memory and disk from the number of sites, years and grid cells.

    The constants were measured on the packaged scenario (about 1 800 sites, 12 years) and scale with the work.
    """
    margin_km = scenario.hazard.margin / 1000.0
    area_km2 = _FIELD_KM2 + _FIELD_PERIMETER_KM * margin_km + pi * margin_km**2
    sites = area_km2 / (scenario.hazard.cell / 1000.0) ** 2
    work = sites * scenario.time.years
    finer = (1000.0 / scenario.pressure.cell) ** 3  # four times the cells, each step about twice as long
    return Estimate(
        memory_gib=1.2 + 6e-5 * work, disk_gib=0.15 + 5e-6 * work, seconds=40.0 + 20.0 * finer + 0.009 * work
    )
