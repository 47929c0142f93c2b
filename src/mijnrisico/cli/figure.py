"""`mijnrisico map`, `curve`, `profile` and `figure`: one figure of a run, with the numbers behind it beside it."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from mijnrisico import front, messages
from mijnrisico.cli import USAGE, show, store
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem, UsageError
from mijnrisico.front.finished import Run
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from mijnrisico.report.draw.picture import Picture
    from mijnrisico.report.figures import Figure

Quantity = Literal["pga", "lpr", "rate", "pressure", "share"]
Statistic = Literal["mean", "p10", "p50", "p90"]
Component = Literal["geometric_mean", "arbitrary"]
Point = tuple[float, float]
RESULTS: Final = Path("results")
_LIST: Final = "list"


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


def draw_figure(
    number: Annotated[str, option("number")],
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    out: Annotated[Path | None, option("figure_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    results: Annotated[Path, option("results", "--results")] = RESULTS,
    common: Common = COMMON,
) -> int:
    """Draw one figure of the report by its number; `list` shows the numbers."""
    if not front.can_draw():
        return no_figures(common)
    from mijnrisico.report.draw.picture import Picture
    from mijnrisico.report.figures import FIGURES

    figures = {figure.number: figure for figure in sorted(FIGURES, key=lambda figure: figure.number)}
    wanted = number.strip().upper()
    if wanted != _LIST.upper() and wanted not in figures:
        expected = "; ".join((_LIST, *(f"{name} ({_about(figures[name], common)})" for name in figures)))
        params = {"got": number, "option": "NUMBER", "expected": expected, "example": "mijnrisico figure F03"}
        raise UsageError(Problem("E005", "mijnrisico figure", params))
    with common.inside():
        if wanted == _LIST.upper():
            return _listed(figures.values(), None if run is None else front.open_run(run, results), common)
        found = front.open_run(run, results)
        figure = figures[wanted]
        if not figure.possible(found.folder):
            known = tuple(name for name in figures if figures[name].possible(found.folder))
            params = {"run": found.id, "what": Phrase("explore.of.figure"), "got": wanted, "known": ", ".join(known)}
            raise InputError(Problem("E711", "mijnrisico figure", params))
        return _keep(found, Picture(figure.draw(found.folder, common.language)), out, common, force=force)


def _listed(figures: "Iterable[Figure]", run: Run | None, common: Common) -> int:
    """Show number and subject of every figure, and of a run whether it has what the figure reads."""
    rows = [
        {"number": figure.number, "shows": _about(figure, common)}
        | ({} if run is None else {"possible": figure.possible(run.folder)})
        for figure in figures
    ]
    if common.json:
        show.as_json(rows)
        return 0
    lang = common.language
    headings = [messages.text(f"explore.table.{name}", lang) for name in rows[0]]
    answers = {True: messages.text("explore.table.yes", lang), False: messages.text("explore.table.no", lang)}
    cells = [[answers[v] if isinstance(v, bool) else v for v in row.values()] for row in rows]
    show.table(headings, cells, no_color=common.no_color, left=(0, 1))
    return 0


def _about(figure: "Figure", common: Common) -> str:
    return messages.text(f"report.figure.{figure.number}", common.language)


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
