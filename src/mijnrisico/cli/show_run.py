"""`mijnrisico show`: one run, from its result to the files it is made of."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from mijnrisico import messages
from mijnrisico.cli import show as shown
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.cli.store import RESULTS, Results, caution, moment, size, status_word
from mijnrisico.core.run import StoredRun
from mijnrisico.core.run import manifest as manifests
from mijnrisico.messages import Language


def show(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    config: Annotated[bool, option("config_only", "--config")] = False,
    manifest: Annotated[bool, option("manifest_only", "--manifest")] = False,
    files: Annotated[bool, option("show_files", "--files")] = False,
    results: Results = RESULTS,
    common: Common = COMMON,
) -> int:
    """Show a run, its result first; with `--config` or `--manifest` only that file, as it is."""
    lang = common.language
    with common.inside():
        found = StoredRun.open(results, run)
        if config or manifest:
            sys.stdout.write((found.path / ("scenario.toml" if config else manifests.FILE)).read_text(encoding="utf-8"))
            return 0
        has_summary = (found.path / "tables" / "summary.csv").is_file()
        if common.json:
            rows = shown.summary_records(found.table("summary")) if has_summary else []
            shown.as_json({"run": found.id, "path": found.path.as_posix(), "summary": rows, **found.manifest})
            return 0
        out = shown.console(no_color=common.no_color)
        title = found.manifest.get("title_nl" if lang == "nl" else "title", "")
        out.print(messages.text("sentences.from_run", lang, run=found.id, title=title), markup=False, soft_wrap=True)
        caution(found, common)
        if has_summary:
            shown.summary(found.table("summary"), lang, no_color=common.no_color)
            out.print()
        _pairs(_facts(found, lang), common)
        _inputs(found.manifest, common)
        _models(found.manifest, common)
        _stages(found.manifest, common)
        if files:
            _listed("files", (), _folders(found.path), common)
        out.print(f"\n{messages.text('shown.more', lang, run=found.id)}", markup=False, soft_wrap=True)
        return 0


def _facts(run: StoredRun, lang: Language) -> Iterator[tuple[str, str]]:
    """Yield label and text of what is known in a line: made, command, status, software, warnings, number of files."""
    manifest, words = run.manifest, messages.text
    when, seconds = moment(str(manifest.get("created", ""))), manifest.get("duration_s") or 0
    yield words("shown.made", lang), words("shown.duration", lang, when=f"{when} UTC", seconds=f"{seconds:.0f}")
    yield words("shown.command", lang), str(manifest.get("command") or "–")
    review = run.review
    status = status_word(dict(review), lang)
    if review.get("by"):
        status = words("review.by", lang, status=status, by=review["by"], date=review.get("date") or "–")
    yield words("shown.status", lang), status
    if manifest.get("supersedes"):
        yield words("shown.supersedes", lang), str(manifest["supersedes"])
    software = manifest.get("software", {})
    versions = [f"{name} {software[name]}" for name in ("mijnrisico", "python", "numpy") if name in software]
    if "git" in software:
        versions.insert(1, words("shown.dirty" if software.get("dirty") else "shown.commit", lang, git=software["git"]))
    yield words("shown.software", lang), ", ".join(versions)
    if run.study == "groningen":
        deviations = manifest.get("deviations_from_template") or [words("shown.nothing", lang)]
        yield words("shown.deviations", lang), ", ".join(deviations)
    warnings = [f"{w['code']} {w.get('message', {}).get(lang, '')}" for w in manifest.get("warnings", [])]
    yield words("shown.warnings", lang), "\n".join(warnings) or words("shown.nothing", lang)
    files = [path for path in run.path.rglob("*") if path.is_file()]
    total = size(sum(path.stat().st_size for path in files), lang)
    yield (
        words("shown.files", lang),
        f"{run.path.as_posix()}/  {words('shown.files_of', lang, n=len(files), size=total)}",
    )


def _folders(path: Path) -> list[list[str]]:
    """Return a row per folder of a run: its name, and the names in it, those of figures without their endings."""
    lines = []
    for folder in sorted(p for p in path.iterdir() if p.is_dir()):
        names = sorted({p.name.split(".")[0] if folder.name == "figures" else p.name for p in folder.iterdir()})
        lines.append([f"{folder.name}/", ", ".join(names)])
    return lines


def _pairs(pairs: Iterator[tuple[str, str]], common: Common) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in pairs:
        grid.add_row(Text(label, style="bold"), Text(text))
    shown.console(no_color=common.no_color).print(grid)


def _inputs(manifest: Any, common: Common) -> None:
    """Show the files of the user, and how many datasets of the package there are beside them."""
    rows = [
        [str(entry.get("role", "")), str(entry.get("file", "")), _short(entry.get("source")), _digest(entry)]
        for entry in manifest.get("inputs", [])
        if "licence" not in entry
    ]
    _listed("inputs", ("role", "file", "source"), rows, common)
    if packaged := len(manifest.get("inputs", [])) - len(rows):
        words = messages.text("shown.packaged", common.language, n=packaged)
        shown.console(no_color=common.no_color).print(f"\n{words}", markup=False, soft_wrap=True)


def _models(manifest: Any, common: Common) -> None:
    lang = common.language
    rows = [
        [
            str(entry.get("role", "")),
            str(entry.get("id", "")),
            f"{float(entry.get('weight', 1.0)):.6g}".replace(".", "," if lang == "nl" else "."),
            _short(entry.get("reference")),
        ]
        for entry in manifest.get("models", [])
    ]
    _listed("models", ("role", "model", "weight", "reference"), rows, common)


def _stages(manifest: Any, common: Common) -> None:
    lang = common.language
    rows = [
        [
            messages.label("stages", str(entry.get("name", "")), lang),
            messages.text("sentences.reused", lang)
            if entry.get("cached")
            else messages.text("shown.computed", lang, seconds=messages.fixed(float(entry.get("seconds", 0.0)), lang)),
        ]
        for entry in manifest.get("stages", [])
    ]
    _listed("stages", (), rows, common)


def _listed(title: str, heads: tuple[str, ...], rows: list[list[str]], common: Common) -> None:
    """Write a titled table of texts, all to the left; nothing where there are no rows."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    lang = common.language
    names = [messages.text(f"shown.{head}", lang) for head in heads]
    names += [""] * (len(rows[0]) - len(names))
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(heads))
    for name in names:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out = shown.console(no_color=common.no_color)
    out.print(Text(f"\n{messages.text(f'shown.{title}', lang)}", style="bold"))
    out.print(grid)


def _short(text: object, most: int = 60) -> str:
    written = str(text or "")
    return written if len(written) <= most else f"{written[: most - 1].rstrip()}…"


def _digest(entry: dict[str, Any]) -> str:
    return str(entry.get("sha256", "")).removeprefix("sha256:")[:12]
