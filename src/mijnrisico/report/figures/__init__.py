"""The figures of a report: one file each, each a function of a run and a language.

`FIGURES` lists them in the order of the report, with the tables and grids without which they cannot be drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mijnrisico.messages import Language
from mijnrisico.report.draw.sheet import Drawing
from mijnrisico.report.figures.f01_production import f01_production
from mijnrisico.report.figures.f02_pressure import f02_pressure
from mijnrisico.report.figures.f03_catalogue import f03_catalogue
from mijnrisico.report.figures.f04_event_rate import f04_event_rate
from mijnrisico.report.figures.f05_magnitudes import f05_magnitudes
from mijnrisico.report.figures.f06_chance import f06_chance
from mijnrisico.report.figures.f07_event_density import f07_event_density
from mijnrisico.report.figures.f08_posterior import f08_posterior
from mijnrisico.report.figures.f09_b_value import f09_b_value
from mijnrisico.report.figures.f10_hazard_map import f10_hazard_map
from mijnrisico.report.figures.f11_long_return_period import f11_long_return_period, has_long_period
from mijnrisico.report.figures.f12_hazard_curves import f12_hazard_curves
from mijnrisico.report.figures.f13_spectra import f13_spectra, has_spectra
from mijnrisico.report.figures.f14_causes import f14_causes
from mijnrisico.report.figures.f15_hazard_years import f15_hazard_years
from mijnrisico.report.figures.f17_risk_map import f17_risk_map
from mijnrisico.report.figures.f18_ranking import f18_ranking
from mijnrisico.report.figures.f19_above_norm import f19_above_norm
from mijnrisico.report.figures.f20_vulnerability import f20_vulnerability
from mijnrisico.report.figures.f21_damage import f21_damage, has_damage
from mijnrisico.report.figures.f23_logic_tree import f23_logic_tree, has_choices
from mijnrisico.report.figures.f25_subsidence import f25_subsidence
from mijnrisico.report.figures.f26_profiles import f26_profiles
from mijnrisico.report.figures.f27_time_series import f27_time_series, has_points
from mijnrisico.report.figures.f29_hazard_management import f29_hazard_management
from mijnrisico.report.figures.f30_convergence import f30_convergence
from mijnrisico.report.figures.f31_hindcast_counts import f31_hindcast_counts
from mijnrisico.report.figures.f32_hindcast_score import f32_hindcast_score
from mijnrisico.report.figures.f33_fn_curve import f33_fn_curve, has_deaths
from mijnrisico.report.figures.f34_buildings_map import f34_buildings_map
from mijnrisico.report.hindcast_facts import has_reference
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.subsidence_facts import is_subsidence


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the report: its number, how to draw it, what it reads, and what else must hold."""

    number: str
    draw: Callable[[RunFolder, Language], Drawing]
    tables: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    when: Callable[[RunFolder], bool] = lambda _: True

    def possible(self, run: RunFolder) -> bool:
        """Say whether the run wrote what this figure reads."""
        written = all(map(run.has_table, self.tables)) and all(map(run.has_grid, self.grids))
        return written and self.when(run)


FIGURES: tuple[Figure, ...] = (
    Figure("F10", f10_hazard_map, grids=("hazard",)),
    Figure("F15", f15_hazard_years, grids=("hazard",)),
    Figure("F11", f11_long_return_period, grids=("hazard",), when=has_long_period),
    Figure("F12", f12_hazard_curves, tables=("hazard_curves",)),
    Figure("F13", f13_spectra, tables=("hazard_spectra",), when=has_spectra),
    Figure("F14", f14_causes, tables=("disaggregation", "disaggregation_bins", "disaggregation_cells")),
    Figure("F17", f17_risk_map, tables=("lpr_classes",), grids=("lpr",)),
    Figure("F18", f18_ranking, tables=("building_ranking", "buildings_above", "risk_classes")),
    Figure("F19", f19_above_norm, tables=("buildings_above",)),
    Figure("F34", f34_buildings_map, grids=("building_risk",)),
    Figure("F21", f21_damage, tables=("expected_losses",), when=has_damage),
    Figure("F33", f33_fn_curve, tables=("fn_curve",), when=has_deaths),
    Figure("F20", f20_vulnerability, tables=("fragility_curves", "consequences")),
    Figure("F01", f01_production, tables=("production",)),
    Figure("F02", f02_pressure, tables=("pressure_mean",), grids=("pressure",)),
    Figure("F03", f03_catalogue, tables=("catalogue",)),
    Figure("F04", f04_event_rate, tables=("event_rate",)),
    Figure("F05", f05_magnitudes, tables=("magnitude_frequency",)),
    Figure("F06", f06_chance, tables=("chance",)),
    Figure("F07", f07_event_density, tables=("event_rate",), grids=("rate",)),
    Figure("F08", f08_posterior, tables=("source_posterior_grid",)),
    Figure("F09", f09_b_value, grids=("b_value",)),
    Figure("F29", f29_hazard_management, tables=("catalogue", "event_rate")),
    Figure("F31", f31_hindcast_counts, tables=("hindcast",)),
    Figure("F32", f32_hindcast_score, tables=("hindcast", "hindcast_summary"), when=has_reference),
    Figure("F23", f23_logic_tree, tables=("logic_tree",), when=has_choices),
    Figure("F30", f30_convergence, tables=("convergence",)),
    Figure("F25", f25_subsidence, grids=("subsidence",), when=is_subsidence),
    Figure("F26", f26_profiles, tables=("subsidence_profiles",), grids=("subsidence",), when=is_subsidence),
    Figure("F27", f27_time_series, when=lambda run: is_subsidence(run) and has_points(run)),
)

__all__ = ["FIGURES", "Figure"]
