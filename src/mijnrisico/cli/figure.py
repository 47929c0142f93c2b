"""`mijnrisico map`, `curve` and `profile`: one figure of a run, with the numbers behind it beside it."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from mijnrisico import front, messages
from mijnrisico.cli import USAGE, show, store
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem
from mijnrisico.front.finished import Run
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from mijnrisico.report.draw.picture import Picture

Quantity = Literal["pga", "lpr", "rate", "pressure", "share"]
Statistic = Literal["mean", "p10", "p50", "p90"]
Component = Literal["geometric_mean", "arbitrary"]
Point = tuple[float, float]
RESULTS: Final = Path("results")


def draw_map(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    quantity: Annotated[Quantity, option("quantity", "--quantity")] = "pga",
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    period: Annotated[float | None, option("period", "--period")] = None,
    statistic: Annotated[Statistic, option("statistic", "--statistic")] = "mean",
    component: Annotated[Component, option("component", "--component")] = "geometric_mean",
    class_: Annotated[str | None, option("class", "--class")] = None,
    out: Annotated[Path | None, option("figure_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    results: Annotated[Path, option("results", "--results")] = RESULTS,
    common: Common = COMMON,
) -> int:
    """Draw one map."""
    if not front.can_draw():
        return no_figures(common)
    with common.inside():
        found = front.open_run(run, results)
        picture = found.map(
            quantity,
            year=year,
            return_period=period,
            statistic=statistic,
            component=component,
            vulnerability_class=class_,
            lang=common.language,
        )
        return _keep(found, picture, out, common, force=force)


def draw_curve(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    place: Annotated[str | None, option("place", "--place")] = None,
    rd: Annotated[Point | None, option("rd", "--rd")] = None,
    lonlat: Annotated[Point | None, option("lonlat", "--lonlat")] = None,
    year: Annotated[int | None, option("figure_year", "--year")] = None,
    out: Annotated[Path | None, option("figure_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    results: Annotated[Path, option("results", "--results")] = RESULTS,
    common: Common = COMMON,
) -> int:
    """Draw the hazard curve of one point."""
    if not front.can_draw():
        return no_figures(common)
    with common.inside():
        if sum(way is not None for way in (place, rd, lonlat)) != 1:
            params = {"got": "–", "expected": Phrase("explore.curve_way"), "example": "--place Loppersum"}
            raise InputError(Problem("E503", "mijnrisico curve", params))
        found = front.open_run(run, results)
        picture = found.site(place=place, rd=rd, lonlat=lonlat).curve(year, lang=common.language)
        return _keep(found, picture, out, common, force=force)


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
    out: Annotated[Path | None, option("figure_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    results: Annotated[Path, option("results", "--results")] = RESULTS,
    common: Common = COMMON,
) -> int:
    """Draw a quantity along a line."""
    if not front.can_draw():
        return no_figures(common)
    with common.inside():
        found = front.open_run(run, results)
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
        return _keep(found, picture, out, common, force=force)


def caution(runs: Iterable[Run], common: Common) -> None:
    """Say of each run that is a draft or was superseded that it is (W704)."""
    for run in {run.id: run for run in runs}.values():
        store.caution(run.stored, common)


def no_figures(common: Common) -> int:
    """Say that the libraries for figures are not installed."""
    text = messages.text("sentences.no_report", common.language)
    show.console(stderr=True, no_color=common.no_color).print(text, markup=False, soft_wrap=True)
    return USAGE


def _keep(run: Run, picture: "Picture", out: Path | None, common: Common, *, force: bool) -> int:
    """Save a figure and its data, and say what it shows and where both are.

    A name of our own tells run and choice, so what stands there is the same figure; a name of the user is not
    replaced without `force`.
    """
    from mijnrisico.report.draw.picture import ending

    path = Path(f"{picture.drawing.name}_{run.id.rpartition('-')[2]}.{common.language}.svg") if out is None else out
    ending(path)
    taken = [] if out is None or force else [p for p in (path, path.with_suffix(".csv")) if p.exists()]
    if taken:
        raise InputError(Problem("E716", "--out", {"file": file.as_posix()}) for file in taken)
    written = picture.save(path)
    if common.json:
        figure, data = (file.as_posix() for file in written)
        told = {"run": run.id, "status": run.stored.review.get("status", "draft"), "finding": picture.title}
        told |= {"description": picture.alt, "figure": figure, "data": data}
        show.as_json(told)
        return 0
    files = ", ".join(file.as_posix() for file in written)
    caution([run], common)
    lines = [f"{picture.title}.", messages.text("explore.table.written", common.language, files=files)]
    show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
    return 0
