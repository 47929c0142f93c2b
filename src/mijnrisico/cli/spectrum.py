"""`mijnrisico spectrum`: the uniform hazard spectrum of one point, beside a spectrum of the user."""

from pathlib import Path
from typing import Annotated

from mijnrisico import front
from mijnrisico.cli import drawn
from mijnrisico.cli.drawn import RESULTS, Component, Point, Surface
from mijnrisico.cli.options import COMMON, Common, option


def draw_spectrum(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    place: Annotated[str | None, option("place", "--place")] = None,
    rd: Annotated[Point | None, option("rd", "--rd")] = None,
    lonlat: Annotated[Point | None, option("lonlat", "--lonlat")] = None,
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    component: Annotated[Component | None, option("point_component", "--component")] = None,
    surface: Annotated[Surface, option("surface", "--surface")] = "regular",
    beside: Annotated[Path | None, option("beside", "--beside")] = None,
    out: Annotated[Path | None, option("figure_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    results: Annotated[Path, option("results", "--results")] = RESULTS,
    common: Common = COMMON,
) -> int:
    """Draw the spectrum of one point."""
    if not front.can_draw():
        return drawn.no_figures(common)
    with common.inside():
        found = front.open_run(run, results)
        at = drawn.site_of(found, "spectrum", place, rd, lonlat)
        picture = at.draw_spectrum(year, component=component, surface=surface, beside=beside, lang=common.language)
        return drawn.keep(found, picture, out, common, force=force)
