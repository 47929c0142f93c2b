"""`mijnrisico profile`: a quantity along a straight line, with its band."""

from typing import Annotated

from mijnrisico import front
from mijnrisico.cli import drawn
from mijnrisico.cli.drawn import WHERE, Component, Point, Where
from mijnrisico.cli.map import Quantity
from mijnrisico.cli.options import COMMON, Common, option


def draw_profile(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    start: Annotated[Point, option("from", "--from")],
    end: Annotated[Point, option("to", "--to")],
    quantity: Annotated[Quantity, option("quantity", "--quantity")] = "pga",
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    period: Annotated[float | None, option("period", "--period")] = None,
    component: Annotated[Component, option("component", "--component")] = "geometric_mean",
    class_: Annotated[str | None, option("class", "--class")] = None,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Draw a quantity along a line."""
    if not front.can_draw():
        return drawn.no_figures(common)
    with common.inside():
        found = front.open_run(run, where.results)
        picture = found.profile(
            start,
            end,
            quantity,
            year=year,
            return_period=period,
            component=component,
            vulnerability_class=class_,
            lang=common.language,
        )
        return drawn.keep(found, picture, where, common)
