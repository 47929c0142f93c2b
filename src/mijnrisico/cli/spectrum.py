"""`mijnrisico spectrum`: the uniform hazard spectrum of one point, beside a spectrum of the user."""

from pathlib import Path
from typing import Annotated

from mijnrisico import front
from mijnrisico.cli import drawn
from mijnrisico.cli.drawn import SPOT, WHERE, Component, Spot, Surface, Where
from mijnrisico.cli.options import COMMON, Common, option


def draw_spectrum(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    spot: Spot = SPOT,
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    component: Annotated[Component | None, option("point_component", "--component")] = None,
    surface: Annotated[Surface, option("surface", "--surface")] = "regular",
    beside: Annotated[Path | None, option("beside", "--beside")] = None,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Draw the spectrum of one point."""
    if not front.can_draw():
        return drawn.no_figures(common)
    with common.inside():
        found = front.open_run(run, where.results)
        at = drawn.site_of(found, "spectrum", spot)
        picture = at.draw_spectrum(year, component=component, surface=surface, beside=beside, lang=common.language)
        return drawn.keep(found, picture, where, common)
