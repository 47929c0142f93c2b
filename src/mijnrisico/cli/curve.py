"""`mijnrisico curve`: the hazard curve of one point."""

from typing import Annotated

from mijnrisico import front
from mijnrisico.cli import drawn
from mijnrisico.cli.drawn import SPOT, WHERE, Component, Spot, Surface, Where
from mijnrisico.cli.options import COMMON, Common, option


def draw_curve(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    spot: Spot = SPOT,
    measure: Annotated[str, option("measure", "--measure")] = "PGA",
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    component: Annotated[Component | None, option("point_component", "--component")] = None,
    surface: Annotated[Surface, option("surface", "--surface")] = "regular",
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Draw the hazard curve of one point."""
    if not front.can_draw():
        return drawn.no_figures(common)
    with common.inside():
        found = front.open_run(run, where.results)
        at = drawn.site_of(found, "curve", spot)
        picture = at.curve(year, measure, component=component, surface=surface, lang=common.language)
        return drawn.keep(found, picture, where, common)
