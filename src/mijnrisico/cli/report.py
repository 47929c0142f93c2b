"""`mijnrisico report`: figures and report of a finished run, drawn again."""

from pathlib import Path
from typing import Annotated

from mijnrisico import front, messages
from mijnrisico.cli import USAGE, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core.run import StoredRun


def report(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    common: Common = COMMON,
) -> int:
    """Draw the report of a run, by default the newest."""
    lang = common.language
    if not front.can_draw():
        show.console(stderr=True).print(messages.text("sentences.no_report", lang), markup=False)
        return USAGE
    with common.inside():
        found = StoredRun.open(results, run)
        display = show.display(lang, quiet=common.quiet, no_color=common.no_color)
        with display.stage("report") as progress:
            front.draw(found.path, progress)
        path = found.path / "report" / f"report.{lang}.html"
        if common.json:
            show.as_json({"run": found.id, "report": path.as_posix()})
        else:
            line = f"{messages.text('sentences.report_in', lang)}  {path.as_posix()}"
            show.console(no_color=common.no_color).print(line, markup=False, soft_wrap=True)
        return 0
