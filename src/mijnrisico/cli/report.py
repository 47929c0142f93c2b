"""`mijnrisico report`: figures and reports of a finished run, drawn again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token

from mijnrisico import front, messages
from mijnrisico.cli import USAGE, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import store
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import MissingDataError
from mijnrisico.report import AUDIENCES, Audience, Format

_LISTED = Parameter(converter=lambda _, tokens: _parts(tokens))


def report(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    formats: Annotated[tuple[Format, ...], option("formats", "--format"), _LISTED] = ("html",),
    audiences: Annotated[tuple[Audience, ...], option("audiences", "--audience"), _LISTED] = AUDIENCES,
    contact: Annotated[str, option("contact", "--contact")] = "",
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    common: Common = COMMON,
) -> int:
    """Draw the reports of a run, by default the newest; in both languages unless `--lang` names one."""
    lang = common.language
    if not front.can_draw():
        show.console(stderr=True).print(messages.text("sentences.no_report", lang), markup=False)
        return USAGE
    from mijnrisico.report import pdf, write

    with common.inside():
        found = StoredRun.open(results, run)
        store.refuse_published(found.path)
        problem = pdf.missing() if "pdf" in formats else None
        possible = tuple(f for f in formats if f != "pdf") if problem else formats
        display = show.display(lang, quiet=common.quiet, no_color=common.no_color)
        with display.stage("report") as progress:
            langs = (common.lang,) if common.lang else messages.LANGUAGES
            written = write(found.path, langs, possible, audiences, contact=contact, progress=progress)
        shown = [path.as_posix() for path in written if path.stem.endswith(f".{lang}")]
        if common.json:
            show.as_json({"run": found.id, "reports": [path.as_posix() for path in written]})
        else:
            console = show.console(no_color=common.no_color)
            for path in shown:
                console.print(f"{messages.text('sentences.report_in', lang)}  {path}", markup=False, soft_wrap=True)
        if problem:
            raise MissingDataError(problem)
        return 0


def _parts(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Read `html,pdf`, `html pdf` and `--format html --format pdf` alike."""
    return tuple(part.strip() for token in tokens for part in token.value.split(",") if part.strip())
