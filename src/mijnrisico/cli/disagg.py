"""`mijnrisico disagg`: which earthquakes make the hazard at one point, in a sentence, a figure and numbers."""

from typing import Annotated

from mijnrisico import front
from mijnrisico.cli import drawn, show
from mijnrisico.cli.drawn import SPOT, WHERE, Component, Spot, Surface, Where
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core.scenario import acceleration
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase


def disagg(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    spot: Spot = SPOT,
    measure: Annotated[str, option("measure", "--measure")] = "PGA",
    level: Annotated[float | None, option("level", "--level")] = None,
    period: Annotated[float | None, option("disagg_period", "--period")] = None,
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    component: Annotated[Component | None, option("point_component", "--component")] = None,
    surface: Annotated[Surface, option("surface", "--surface")] = "regular",
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Say and draw which earthquakes make the hazard."""
    if not front.can_draw():
        return drawn.no_figures(common)
    if level is not None and period is not None:
        params = {"got": f"{level:g}, {period:g}", "expected": Phrase("explore.level_way"), "example": "--period 475"}
        raise InputError(Problem("E503", "mijnrisico disagg", params))
    if level is not None and measure != "PGV" and (problem := acceleration.problem(level, "--level", "--level ")):
        raise InputError(problem)
    with common.inside():
        from mijnrisico.report.draw import causes
        from mijnrisico.report.words import Words
        from mijnrisico.studies import hazard_tables

        found = front.open_run(run, where.results)
        at = drawn.site_of(found, "disagg", spot)
        made = at.disaggregation(year, measure, level=level, return_period=period, component=component, surface=surface)
        picture, told = at.causes(made, common.language), hazard_tables.told(made, {})
        said = causes.numbers_of(found.folder, at.name, told.iloc[0], Words(common.language))["sentence"]
        return drawn.keep(found, picture, where, common, said=str(said), numbers=show.records(told)[0])
