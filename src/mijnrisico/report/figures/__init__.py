"""The figures of a report: one file each, each a function of a run and a language.

`FIGURES` lists them in the order of the report, with the tables and grids without which they cannot be drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mijnrisico.messages import Language
from mijnrisico.report.figures.f01_production import f01_production
from mijnrisico.report.figures.f02_pressure import f02_pressure
from mijnrisico.report.figures.f04_event_rate import f04_event_rate
from mijnrisico.report.figures.f05_magnitudes import f05_magnitudes
from mijnrisico.report.figures.f10_hazard_map import f10_hazard_map
from mijnrisico.report.figures.f12_hazard_curves import f12_hazard_curves
from mijnrisico.report.figures.f15_hazard_years import f15_hazard_years
from mijnrisico.report.figures.f17_risk_map import f17_risk_map
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.sheet import Drawing


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the report: its number, how to draw it, what it reads."""

    number: str
    draw: Callable[[RunFolder, Language], Drawing]
    tables: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()

    def possible(self, run: RunFolder) -> bool:
        """Say whether the run wrote what this figure reads."""
        return all(run.has_table(name) for name in self.tables) and all(run.has_grid(name) for name in self.grids)


FIGURES: tuple[Figure, ...] = (
    Figure("F10", f10_hazard_map, grids=("hazard",)),
    Figure("F15", f15_hazard_years, grids=("hazard",)),
    Figure("F12", f12_hazard_curves, tables=("hazard_curves",)),
    Figure("F17", f17_risk_map, tables=("lpr_classes",), grids=("lpr",)),
    Figure("F01", f01_production, tables=("production",)),
    Figure("F02", f02_pressure, tables=("pressure_mean",), grids=("pressure",)),
    Figure("F04", f04_event_rate, tables=("event_rate",)),
    Figure("F05", f05_magnitudes, tables=("magnitude_frequency",)),
)

__all__ = ["FIGURES", "Figure"]
