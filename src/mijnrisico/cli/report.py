"""`mijnrisico report`: figures and reports of a finished run, drawn again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

from mijnrisico import front, messages
from mijnrisico.cli import USAGE, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.cli.store import caution
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import MissingDataError, Problem, UsageError
from mijnrisico.front.finished import Run
from mijnrisico.report import AUDIENCES, FORMATS, Audience, Format


def report(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    formats: Annotated[str, option("formats", "--format")] = "html",
    audiences: Annotated[str, option("audiences", "--audience")] = ",".join(AUDIENCES),
    contact: Annotated[str, option("contact", "--contact")] = "",
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    common: Common = COMMON,
) -> int:
    """Draw the reports of a run, by default the newest; in both languages unless `--lang` names one."""
    lang = common.language
    if not front.can_draw():
        show.console(stderr=True).print(messages.text("sentences.no_report", lang), markup=False)
        return USAGE
    from mijnrisico.report.pages import pdf

    wanted = cast("tuple[Format, ...]", _listed(formats, "--format", FORMATS))
    read_by = cast("tuple[Audience, ...]", _listed(audiences, "--audience", AUDIENCES))
    with common.inside():
        found = StoredRun.open(results, run)
        problem = pdf.missing() if "pdf" in wanted else None
        possible: tuple[Format, ...] = ("html",) if problem else wanted
        display = show.display(lang, quiet=common.quiet, no_color=common.no_color)
        with display.stage("report") as progress:
            langs = (common.lang,) if common.lang else messages.LANGUAGES
            written = Run(found).report(langs, formats=possible, audiences=read_by, contact=contact, progress=progress)
        shown = [path.as_posix() for path in written if path.stem.endswith(f".{lang}")]
        if common.json:
            show.as_json({"run": found.id, "reports": [path.as_posix() for path in written]})
        else:
            console = show.console(no_color=common.no_color)
            for path in shown:
                console.print(f"{messages.text('sentences.report_in', lang)}  {path}", markup=False, soft_wrap=True)
        caution(found, common)
        if problem:
            raise MissingDataError(problem)
        return 0


def _listed(given: str, option_: str, known: Sequence[str]) -> tuple[str, ...]:
    """Read a list such as `html,pdf`; raises `UsageError` E005 for what is not known."""
    wanted = tuple(dict.fromkeys(part.strip().lower() for part in given.split(",") if part.strip()))
    if not wanted or set(wanted) - set(known):
        unknown = tuple(part for part in wanted if part not in known) or (given,)
        params = {"got": unknown, "option": option_, "expected": ",".join(known)}
        raise UsageError(Problem("E005", option_, params | {"example": "mijnrisico report --format html,pdf"}))
    return wanted
