"""`mijnrisico run`: from a scenario to a run folder with tables, grids, figures and report."""

import shlex
import time
from pathlib import Path
from typing import Annotated

from mijnrisico import front, messages
from mijnrisico.cli import show
from mijnrisico.cli.check import estimated, refuse, shortages
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import run as runs
from mijnrisico.core.run import StoredRun


def run(
    config: Annotated[str, option("config")],
    /,
    *,
    set_: Annotated[tuple[str, ...], option("set", "--set")] = (),
    recompute: Annotated[bool, option("recompute", "--recompute")] = False,
    common: Common = COMMON,
) -> int:
    """Answer a scenario; the same question is answered from the results that are there."""
    from mijnrisico.studies import preflight

    lang, start = common.language, time.perf_counter()
    with common.inside():
        checked = preflight.read(config, set_)
        scenario = checked.scenario
        if scenario is None:
            return refuse(config, checked, (), common)
        results = Path(scenario.output.dir)
        display = show.display(lang, quiet=common.quiet, no_color=common.no_color)
        finished = None if recompute else runs.find(scenario, results)
        if finished is None:
            if short := shortages(scenario):
                return refuse(config, checked, short, common)
            display.note(estimated(scenario, common))
            finished = front.run(
                scenario, results, command=_command(config, set_), display=display, recompute=recompute
            )
            display.note(messages.text("sentences.took", lang, seconds=f"{time.perf_counter() - start:.0f}"))
        else:
            display.note(messages.text("sentences.same_question", lang, run=finished.id))
        _conclude(finished, common)
        return 0


def _conclude(finished: StoredRun, common: Common) -> None:
    """Show the summary and where everything is."""
    lang = common.language
    frame = finished.table("summary") if (finished.path / "tables" / "summary.csv").is_file() else None
    if common.json:
        rows = [] if frame is None else show.summary_records(frame)
        show.as_json({"run": finished.id, "path": finished.path.as_posix(), "summary": rows})
        return
    if frame is not None:
        show.summary(frame, lang, no_color=common.no_color)
        if (finished.path / "tables" / "verdicts.csv").is_file():
            show.verdicts(finished.table("verdicts"), lang, no_color=common.no_color)
        show.console(no_color=common.no_color).print(messages.text("sentences.more_rows", lang), markup=False)
    lines = [f"{warning['code']} {warning['message'][lang]}" for warning in finished.manifest["warnings"]]
    lines.append(f"{messages.text('sentences.results_in', lang)}  {finished.path.as_posix()}/")
    report = finished.path / "report" / f"report.{lang}.html"
    if report.is_file():
        lines.append(f"{messages.text('sentences.report_in', lang)}  {report.as_posix()}")
    elif not front.can_draw():
        lines.append(messages.text("sentences.no_report", lang))
    show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)


def _command(config: str, overrides: tuple[str, ...]) -> str:
    """Return the command to repeat, as it was given but without a place of this machine: no absolute path."""
    settings = [part for override in overrides for part in ("--set", override)]
    path = Path(config)
    return shlex.join(["mijnrisico", "run", path.name if path.is_absolute() else path.as_posix(), *settings])
