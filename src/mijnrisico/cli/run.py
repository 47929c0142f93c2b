"""`mijnrisico run`: from a scenario to a run folder with tables, grids, figures and report."""

import re
import shlex
import tempfile
import time
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Annotated, Final

from mijnrisico import front, messages
from mijnrisico.cli import show
from mijnrisico.cli.check import estimated, refuse, shortages
from mijnrisico.cli.options import COMMON, Common, Helpers, option
from mijnrisico.core import provenance
from mijnrisico.core import run as runs
from mijnrisico.core.progress import Display
from mijnrisico.core.run import StoredRun
from mijnrisico.core.run import verify as verifying
from mijnrisico.errors import Problem, UsageError

if TYPE_CHECKING:
    from mijnrisico.core.cluster import Crew

DIFFERS: Final = 7
"""Exit code of a run that did not give the same again."""
_EXAMPLE: Final = "mijnrisico run groningen"


def run(
    config: Annotated[str | None, option("config")] = None,
    /,
    *,
    set_: Annotated[tuple[str, ...], option("set", "--set")] = (),
    recompute: Annotated[bool, option("recompute", "--recompute")] = False,
    verify: Annotated[bool, option("verify", "--verify")] = False,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    cluster: Annotated[str | None, option("cluster", "--cluster")] = None,
    workers: Annotated[int | None, option("workers", "--workers")] = None,
    common: Common = COMMON,
) -> int:
    """Answer a scenario; the same question is answered from the results that are there.

    `results` is for `verify` only: a run keeps its results where its scenario says (`output.dir`).
    """
    from mijnrisico.studies import ask

    helpers = Helpers(cluster, workers)
    if verify:
        return _verify(config, results, helpers, common)
    if config is None:
        raise UsageError(Problem("E003", "CONFIG", {"got": "CONFIG", "command": "run", "example": _EXAMPLE}))
    lang, start = common.language, time.perf_counter()
    with common.inside():
        checked = ask.read(config, set_)
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
            command = _command(config, set_)
            with helpers.at_work() as crew:
                finished = front.run(scenario, results, command=command, display=display, recompute=recompute).stored
                _told(crew, display, lang)
            display.note(messages.text("sentences.took", lang, seconds=f"{time.perf_counter() - start:.0f}"))
        else:
            display.note(messages.text("sentences.same_question", lang, run=finished.id))
        _conclude(finished, common)
        return 0


def _verify(run: str | None, results: Path, helpers: Helpers, common: Common) -> int:
    """Compute a run again without any saved stage and compare; E610 and exit code 7 where a value differs."""
    from mijnrisico.studies import ask

    lang = common.language
    with common.inside():
        stored = StoredRun.open(results, run)
        display = show.display(lang, quiet=common.quiet, no_color=common.no_color)
        display.note(messages.text("sentences.verifying", lang, run=stored.id))
        with tempfile.TemporaryDirectory(prefix="mijnrisico-verify-") as place, helpers.at_work() as crew:
            again = front.run(ask.again(stored), place, display=display, recompute=True, report=False)
            found = verifying.compare(stored.path, again.path)
            _told(crew, display, lang)
        changed = [file for file in found if file.finding == "differs"]
        same_code = stored.manifest["hash"]["code"] == f"sha256:{provenance.package_digest()}"
        if common.json:
            files = [{"path": file.path, "finding": file.finding} for file in found]
            show.as_json({"run": stored.id, "same": not changed, "same_code": same_code, "files": files})
            return DIFFERS if changed else 0
        details = [
            [file.path, messages.text(f"verify.{file.finding}", lang) if file.detail is None else _said(file, lang)]
            for file in found
            if file.finding != "equal"
        ]
        if details:
            heads = [messages.text("verify.file", lang), messages.text("verify.finding", lang)]
            show.table(heads, details, no_color=common.no_color)
        if changed:
            names = tuple(file.path for file in changed)
            problem = Problem("E610", stored.id, {"run": stored.id, "n": len(changed), "files": names})
            show.problems([problem], lang, no_color=common.no_color)
            return DIFFERS
        counts = {kind: sum(file.finding == kind for file in found) for kind in ("equal", "close")}
        lines = [messages.text("sentences.verified", lang, run=stored.id, **counts)]
        if not same_code:
            lines.append(messages.text("sentences.verified_code", lang))
        show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
        return 0


def _told(crew: "Crew | None", display: Display, lang: messages.Language) -> None:
    """Say how many workers took part, and whether some left."""
    if crew is None or not crew.took_part:
        return
    display.note(messages.text("cluster.took_part", lang, workers=crew.took_part))
    if left := crew.left:
        display.note(messages.text("cluster.left", lang, left=left))


def _said(file: verifying.Compared, lang: messages.Language) -> str:
    """Return the finding of a file that differs, in words."""
    assert file.detail is not None
    return messages.text(file.detail.key, lang, **file.detail.params)


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
        more = "more_rows" if finished.study == "groningen" else "more_years"
        show.console(no_color=common.no_color).print(messages.text(f"sentences.{more}", lang), markup=False)
    lines = [f"{warning['code']} {warning['message'][lang]}" for warning in finished.manifest["warnings"]]
    lines.append(f"{messages.text('sentences.results_in', lang)}  {finished.path.as_posix()}/")
    report = finished.path / "report" / f"report.{lang}.html"
    if report.is_file():
        lines.append(f"{messages.text('sentences.report_in', lang)}  {report.as_posix()}")
    elif not front.can_draw():
        lines.append(messages.text("sentences.no_report", lang))
    show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)


def _placeless(override: str) -> str:
    """Return a setting with the name of a file or folder where its whole path stood.

    >>> _placeless("inputs.scenario.file=/home/jan/stop.csv")
    'inputs.scenario.file=stop.csv'
    """
    key, mark, value = override.partition("=")
    for path in (value.strip(), *re.findall(r"""["']([^"']+)["']""", value)):
        for kind in (PurePosixPath(path), PureWindowsPath(path)):
            if kind.is_absolute():
                value = value.replace(path, kind.name)
    return f"{key}{mark}{value}"


def _command(config: str, overrides: tuple[str, ...]) -> str:
    """Return the command to repeat, as it was given but without a place of this machine: no absolute path."""
    settings = [part for override in overrides for part in ("--set", _placeless(override))]
    path = Path(config)
    return shlex.join(["mijnrisico", "run", path.name if path.is_absolute() else path.as_posix(), *settings])
