"""`mijnrisico map`: one map of a run, with the numbers behind it beside it."""

from typing import Annotated, Literal

from mijnrisico import front
from mijnrisico.cli import drawn
from mijnrisico.cli.drawn import WHERE, Component, Where
from mijnrisico.cli.options import COMMON, Common, option

Quantity = Literal["pga", "lpr", "rate", "pressure", "share", "buildings"]
Statistic = Literal["mean", "p10", "p50", "p90"]


def draw_map(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    quantity: Annotated[Quantity, option("quantity", "--quantity")] = "pga",
    measure: Annotated[str, option("map_measure", "--measure")] = "PGA",
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    period: Annotated[float | None, option("period", "--period")] = None,
    statistic: Annotated[Statistic, option("statistic", "--statistic")] = "mean",
    component: Annotated[Component, option("component", "--component")] = "geometric_mean",
    class_: Annotated[str | None, option("class", "--class")] = None,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Draw one map."""
    if not front.can_draw():
        return drawn.no_figures(common)
    with common.inside():
        found = front.open_run(run, where.results)
        picture = found.map(
            quantity,
            year=year,
            return_period=period,
            statistic=statistic,
            component=component,
            vulnerability_class=class_,
            measure=measure,
            lang=common.language,
        )
        return drawn.keep(found, picture, where, common)
