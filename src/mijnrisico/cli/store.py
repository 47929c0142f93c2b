"""`mijnrisico runs | log | rm | review`: what is kept in a results folder."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from mijnrisico import front, messages
from mijnrisico.cli import show as shown
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core.run import StoredRun, store
from mijnrisico.errors import InputError, MissingDataError, Problem, UsageError
from mijnrisico.messages import Language, Phrase

RESULTS = Path("results")
_STEMS: Final = {"expert": "report.", "short": "short.", "resident": "resident."}
Results = Annotated[Path, option("results", "--results")]


def runs(*, results: Results = RESULTS, common: Common = COMMON) -> int:
    """List the runs of a folder, newest first."""
    lang = common.language
    with common.inside():
        known = sorted(store.runs(results).values(), key=lambda record: record["created"], reverse=True)
        sizes = {record["id"]: store.files.size(results / record["id"]) for record in known}
        if common.json:
            stripped = [{k: v for k, v in record.items() if k != "stamp"} for record in known]
            shown.as_json({"runs": [record | {"bytes": sizes[record["id"]]} for record in stripped]})
            return 0
        out = shown.console(no_color=common.no_color)
        if known:
            heads = ("id", "created", "title", "status", "result", "size")
            rows = [_line(record, sizes[record["id"]], lang) for record in known]
            _table([messages.text(f"runs.{head}", lang) for head in heads], rows, common)
        else:
            words = messages.text("sentences.no_runs", lang, folder=results.as_posix())
            out.print(words, markup=False, soft_wrap=True)
        for name, reason in store.unreadable(results).items():
            words = messages.text("sentences.unreadable_run", lang, run=name, reason=Phrase(f"sentences.{reason}"))
            out.print(words, markup=False, soft_wrap=True)
        if saved := store.cached(results):
            total = size(sum(path.stat().st_size for path in saved), lang)
            words = messages.text("sentences.saved_stages", lang, size=total, n=len(saved))
            out.print(f"\n{words}", markup=False, soft_wrap=True)
        return 0


def log(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    results: Results = RESULTS,
    common: Common = COMMON,
) -> int:
    """Show what happened in a run, a line per event."""
    lang = common.language
    with common.inside():
        found = StoredRun.open(results, run)
        path = found.path / "log.jsonl"
        if not path.is_file():
            raise found.lacking("log.jsonl")
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if common.json:
            shown.as_json({"run": found.id, "events": events})
            return 0
        out = shown.console(no_color=common.no_color)
        warned = {str(w["code"]): str(w.get("message", {}).get(lang, "")) for w in found.manifest.get("warnings", [])}
        for event in events:
            out.print(_event(event, warned, lang), markup=False, soft_wrap=True)
        return 0


def rm(
    *run: Annotated[str, option("remove_runs")],
    cache: Annotated[bool, option("cache", "--cache")] = False,
    yes: Annotated[bool, option("yes", "--yes", "-y")] = False,
    results: Results = RESULTS,
    common: Common = COMMON,
) -> int:
    """Remove runs, or the saved stages; says what it frees, and asks."""
    lang = common.language
    with common.inside():
        names = _resolved(results, run)
        records = store.runs(results)
        saved = store.cached(results) if cache else []
        if not names and not cache:
            example = f"mijnrisico rm {next(iter(records), '--cache')}"
            raise UsageError(Problem("E003", "RUN", {"got": "RUN", "command": "rm", "example": example}))
        total = sum(store.files.size(results / name) for name in names) + sum(p.stat().st_size for p in saved)
        title = "title_nl" if lang == "nl" else "title"
        parts = [messages.text("sentences.run_named", lang, run=n, title=records[n][title]) for n in names]
        if cache:
            stages = sum(path.suffix == ".nc" for path in saved)
            parts.append(messages.text("sentences.all_stages", lang, n=stages))
        what = ", ".join(parts)
        if not yes and not _agreed(what, size(total, lang), common):
            return 0
        for name in names:
            store.remove(results, name)
        if cache:
            store.clear_cache(results)
        if common.json:
            shown.as_json({"removed": names, "cache": cache, "bytes": total})
        else:
            words = messages.text("sentences.freed", lang, what=what, size=size(total, lang))
            shown.console(no_color=common.no_color).print(words, markup=False, soft_wrap=True)
        return 0


def review(
    run: Annotated[str, option("run")],
    /,
    *,
    status: Annotated[store.Status, option("status", "--status")],
    by: Annotated[str, option("by", "--by")] = "",
    superseded_by: Annotated[str | None, option("superseded_by", "--superseded-by")] = None,
    results: Results = RESULTS,
    common: Common = COMMON,
) -> int:
    """Set the review status of a run, and draw what shows it again."""
    lang = common.language
    with common.inside():
        found = StoredRun.open(results, run)
        lacking = [name for name, ok in (("by", by.strip()), ("successor", superseded_by)) if not ok]
        if status != "superseded":
            lacking = [name for name in lacking if name == "by"]
        if lacking:
            more = " --superseded-by RUN" if status == "superseded" else ""
            missing = tuple(Phrase(f"review.missing_{name}") for name in lacking)
            params = {"missing": missing, "run": found.id, "status": status, "more": more}
            raise InputError(Problem("E707", "--by" if "by" in lacking else "--superseded-by", params))
        if status == "published" and sys.stdin.isatty() and not common.json:
            question = messages.text("review.sure_published", lang, run=found.id)
            if not _yes(question, "review.kept_status", common):
                return 0
        successor = None if superseded_by is None else StoredRun.open(found.path.parent, superseded_by).path.name
        display = shown.display(lang, quiet=common.quiet, no_color=common.no_color)

        drawn = sorted(path.name for path in (found.path / "report").glob("*.*.*"))
        if front.can_draw() and any(name.endswith(".pdf") for name in drawn):
            from mijnrisico.report.pages import pdf

            if problem := pdf.missing():  # a page without the mark of a draft beside a PDF with it would be worse
                raise MissingDataError(problem)

        def redraw(folder: Path) -> None:
            from mijnrisico.report import AUDIENCES, FORMATS, Audience, Format, write

            langs: list[Language] = [
                known for known in messages.LANGUAGES if any(f".{known}." in name for name in drawn)
            ]
            formats: list[Format] = [kind for kind in FORMATS if any(name.endswith(kind) for name in drawn)]
            audiences: list[Audience] = [
                known for known in AUDIENCES if any(name.startswith(_STEMS[known]) for name in drawn)
            ]
            with display.stage("report") as under_way:
                write(folder, langs, formats, audiences, progress=under_way)

        manifest = store.review(
            found.path.parent,
            found.path.name,
            status,
            by.strip(),
            superseded_by=successor,
            redraw=redraw if drawn and front.can_draw() else None,
        )
        if common.json:
            shown.as_json({"run": found.id, "review": manifest["review"]})
            return 0
        state = Phrase("review.superseded_by", {"run": successor}) if successor else Phrase(f"review.{status}")
        words = messages.text("review.written", lang, run=found.id, state=state)
        if status == "published":
            words += f" {messages.text('review.published_for_good', lang)}"
        shown.console(no_color=common.no_color).print(words, markup=False, soft_wrap=True)
        return 0


def caution(run: StoredRun, common: Common) -> None:
    """Show on stderr, in one line, that a run is a draft or was superseded (W704); every verb with values calls it."""
    found = run.caution()
    if found is not None and not common.json and not common.quiet:
        message = messages.describe(found.code, found.where, found.params, common.language)
        words = messages.text("review.note", common.language, code=message.code, what=message.what, fix=message.fix)
        shown.console(stderr=True, no_color=common.no_color).print(words, markup=False, soft_wrap=True)


def size(count: float, lang: Language) -> str:
    """Write a number of bytes in the unit that suits it."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= factor:
            return f"{messages.fixed(count / factor, lang)} {unit}"
    return f"{count:.0f} B"


def _resolved(results: Path, wanted: tuple[str, ...]) -> list[str]:
    """Return the ids that are meant; raises every problem with them at once: unknown, ambiguous, published."""
    names: list[str] = []
    problems: list[Problem] = []
    for part in wanted:
        try:
            name = store.find_id(results, part)
            store.refuse_published(results / name)
        except InputError as error:
            problems += error.problems
        else:
            names += [name] if name not in names else []
    if problems:
        raise InputError(problems)
    return names


def _agreed(what: str, freed: str, common: Common) -> bool:
    """Ask on a terminal; raises E706 where nobody can be asked."""
    lang = common.language
    if not sys.stdin.isatty() or common.json:
        raise InputError(Problem("E706", "rm", {"runs": what}))
    out = shown.console(stderr=True, no_color=common.no_color)
    out.print(messages.text("sentences.will_free", lang, what=what, size=freed), markup=False, soft_wrap=True)
    return _yes(messages.text("sentences.ask_sure", lang), "sentences.kept_all", common)


def _yes(question: str, otherwise: str, common: Common) -> bool:
    """Ask on a terminal; say what `otherwise` says where the answer is not yes."""
    lang = common.language
    yes = messages.text("sentences.answer_yes", lang)
    try:
        answer = input(f"{question} [{yes}/n] ")
    except EOFError:
        answer = ""
    if answer.strip().lower().startswith((yes, "y")):
        return True
    out = shown.console(stderr=True, no_color=common.no_color)
    out.print(messages.text(otherwise, lang), markup=False)
    return False


def _line(record: store.Record, taken: int, lang: Language) -> list[str]:
    key = record["key"]
    result = "–"
    if key is not None:
        value = messages.number(key["value"], lang, 3)
        result = messages.text("runs.key", lang, value=value, unit=key["unit"], year=key["year"])
    title = record["title_nl"] if lang == "nl" else record["title"]
    status = status_word(record["review"], lang)
    return [record["id"], moment(record["created"]), title or record["title"], status, result, size(taken, lang)]


def status_word(review_: dict[str, Any], lang: Language) -> str:
    """Return the status of a review in a word."""
    status = str(review_.get("status") or "draft")
    return messages.text(f"review.status_{status}", lang) if status in get_args(store.Status) else status


def moment(iso: str) -> str:
    """Write an ISO moment in UTC as date and time to the minute."""
    return iso[:16].replace("T", " ")


def _event(event: dict[str, Any], warned: dict[str, str], lang: Language) -> str:
    """Write an event in a line; `warned` has the words of the warnings by code."""
    name = str(event.get("event", ""))
    details = {k: v for k, v in event.items() if k not in ("time", "event")}
    if name == "stage":
        how = (
            messages.text("sentences.reused", lang)
            if details.get("cached")
            else messages.text("shown.computed", lang, seconds=float(details.get("seconds", 0.0)))
        )
        words = f"{messages.label('stages', str(details.get('name', '')), lang)}: {how}"
    elif name == "complete":
        words = messages.text("shown.computed", lang, seconds=float(details.get("seconds", 0.0)))
    elif name == "warning" and warned.get(str(details.get("code"))):
        words = f"{details['code']} {warned[str(details['code'])]}"
    elif name == "start":
        words = str(details.get("command") or details.get("run_id", ""))
    else:
        words = " ".join(str(value) for value in details.values() if value)
    time = str(event.get("time", ""))
    return f"{moment(time)}:{time[17:19]}  {messages.label('events', name, lang):<16} {words}"


def _table(heads: list[str], rows: list[list[str]], common: Common) -> None:
    """Write a table whose last two columns are numbers."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, head in enumerate(heads):
        numeric = index >= len(heads) - 2
        grid.add_column(head, justify="right" if numeric else "left", no_wrap=index == 0, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    shown.console(no_color=common.no_color).print(grid)
