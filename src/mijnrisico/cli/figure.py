"""`mijnrisico figure`: one figure of the report by its number."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final

from mijnrisico import front, messages
from mijnrisico.cli import drawn, show
from mijnrisico.cli.drawn import WHERE, Where
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import Problem, UsageError
from mijnrisico.front.finished import Run

if TYPE_CHECKING:
    from mijnrisico.report.figures import Figure

_LIST: Final = "list"


def draw_figure(
    number: Annotated[str, option("number")],
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    where: Where = WHERE,
    common: Common = COMMON,
) -> int:
    """Draw one figure of the report by its number; `list` shows the numbers."""
    if not front.can_draw():
        return drawn.no_figures(common)
    from mijnrisico.report.figures import FIGURES

    figures = {figure.number: figure for figure in sorted(FIGURES, key=lambda figure: figure.number)}
    wanted = number.strip().upper()
    if wanted != _LIST.upper() and wanted not in figures:
        expected = "; ".join((_LIST, *(f"{name} ({_about(figures[name], common)})" for name in figures)))
        params = {"got": number, "option": "NUMBER", "expected": expected, "example": "mijnrisico figure F03"}
        raise UsageError(Problem("E005", "mijnrisico figure", params))
    with common.inside():
        if wanted == _LIST.upper():
            return _listed(figures.values(), None if run is None else front.open_run(run, where.results), common)
        found = front.open_run(run, where.results)
        return drawn.keep(found, found.figure(wanted, common.language), where, common)


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
