"""`mijnrisico compare`: two runs side by side, what differs between them, and maps of the differences."""

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from mijnrisico import front, messages
from mijnrisico.cli import drawn, show
from mijnrisico.cli.drawn import caution
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files
from mijnrisico.core.run import store
from mijnrisico.errors import InputError, Problem
from mijnrisico.front.comparison import Comparison
from mijnrisico.front.finished import Run
from mijnrisico.messages import Phrase
from mijnrisico.studies import compare as comparing

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.report.reasons import Reasons
    from mijnrisico.studies.waterfall import Explained, Waterfall

Quantity = Literal["pga", "lpr", "rate", "pressure", "buildings"]
_DRAWN: Final[tuple[Quantity, ...]] = ("pga", "lpr", "buildings")
_ROUNDING: Final = 1e-6


def compare(
    a: Annotated[str, option("run_a")],
    b: Annotated[str, option("run_b")],
    /,
    *,
    quantity: Annotated[tuple[Quantity, ...], option("compare_quantity", "--quantity")] = (),
    measure: Annotated[tuple[str, ...], option("compare_measure", "--measure")] = (),
    year: Annotated[int | None, option("compare_year", "--year")] = None,
    class_: Annotated[str | None, option("class", "--class")] = None,
    waterfall: Annotated[bool, option("waterfall", "--waterfall")] = False,
    order: Annotated[str | None, option("waterfall_order", "--order")] = None,
    target: Annotated[tuple[str, ...], option("waterfall_target", "--target")] = (),
    out: Annotated[Path | None, option("compare_out", "--out")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    common: Common = COMMON,
) -> int:
    """Compare two runs."""
    with common.inside():
        pair = front.open_run(a, results), front.open_run(b, results)
        found = front.compare(*pair)
        if year is not None and year not in found.found.years:
            years = tuple(found.found.years)
            params = {"what": Phrase("explore.of.year"), "got": year, "known": years, "run": " + ".join((a, b))}
            raise InputError(Problem("E711", "--year", params))
        asked: dict[str, object] = {"--quantity": [*quantity], "--measure": [*measure], "--year": year}
        asked |= {"--class": class_, "--waterfall": True, "--order": order, "--target": [*target]}
        asked |= {"--out": out, "--results": results}
        again = drawn.command("compare", [pair[0].id, pair[1].id], asked, common)
        why = _why(found, year, order, target, again, common) if waterfall or order or target else None
        wanted = quantity or tuple(name for name in _DRAWN if name in found.maps)
        folder = Path() if (quantity or measure) and out is None else out
        written = [] if folder is None else _write(found, folder, wanted, measure, year, class_, common, why, target)
        if common.json:
            show.as_json(
                _as_json(found, written, common) | ({} if why is None else {"waterfall": _why_as_json(why, common)})
            )
            return 0
        caution(pair, common)
        if not common.quiet:
            show.problems(found.warnings, common.language, no_color=common.no_color)
        _show(found, pair, year, common)
        if why is not None:
            _show_why(found, why, target, common)
        out_ = show.console(no_color=common.no_color)
        if written:
            names = ", ".join(path.as_posix() for path in written)
            out_.print(
                messages.text("explore.table.written", common.language, files=names), markup=False, soft_wrap=True
            )
        else:
            out_.print(messages.text("explore.table.maps", common.language), markup=False, soft_wrap=True)
        return 0


def _show(found: Comparison, pair: tuple[Run, Run], year: int | None, common: Common) -> None:
    """Write what differs, and the summary in a few years."""
    lang = common.language

    def text(key: str, **params: object) -> str:
        return messages.text(f"explore.table.{key}", lang, **params)

    titles = [f"{name}  {run.id}  {_title(run, common)}" for name, run in zip("AB", pair, strict=True)]
    out = show.console(no_color=common.no_color)
    out.print("\n".join(titles) + "\n", markup=False, soft_wrap=True)
    changes = found.changes()
    if changes.empty:
        out.print(text("same"), markup=False, soft_wrap=True)
    else:
        rows = [
            [str(name), messages.text(f"explore.kind.{kind}", lang), str(a), str(b)]
            for kind, name, a, b in changes[["kind", "name", "a", "b"]].itertuples(index=False)
        ]
        show.table([text("change"), text("kind"), "A", "B"], rows, no_color=common.no_color)
        if (changes["name"] == comparing.PROGRAM).any():
            out.print(text("code"), markup=False, soft_wrap=True)
    out.print()
    years = found.found.years
    shown = tuple(sorted({years[0], years[-1]})) if year is None else (year,)
    table = found.table()
    table = table[table["year"].isin(shown) & ~table["quantity"].str.endswith("_arbitrary")]
    headings = [text("quantity"), text("unit"), text("year"), "A", "B", text("difference"), text("percent")]
    lines: list[list[str]] = []
    for _, rows in table.groupby("quantity", sort=False):
        if (rows[["a", "b"]] != 0).any(axis=None):
            lines += [_row(row, common, first=not k) for k, row in enumerate(show.records(rows))]
    show.table(headings, lines, no_color=common.no_color)
    out.print(text("bands"), markup=False, soft_wrap=True)
    if set(shown) != set(found.found.years):
        out.print(text("all_rows", years=", ".join(map(str, shown))), markup=False, soft_wrap=True)


def _why(
    found: Comparison,
    year: int | None,
    order: str | None,
    targets: tuple[str, ...],
    again: list[str],
    common: Common,
) -> "Waterfall":
    """Answer the questions between the runs, with progress; E711 for a target that is not explained.

    `again` is the command that goes on where the user stops it.
    """
    display = show.display(common.language, quiet=common.quiet, no_color=common.no_color)
    when = found.found.years[0] if year is None else year
    display.note(messages.text("waterfall.say.asked", common.language, year=when))
    causes = tuple(name.strip() for name in order.split(",")) if order else ()
    why = drawn.resumable(
        display, "waterfall", again, lambda progress: found.why(year=when, order=causes, progress=progress)
    )
    for name in targets:
        why.of(name)
    return why


def _show_why(found: Comparison, why: "Waterfall", targets: tuple[str, ...], common: Common) -> None:
    """Write the finding, which settings are of which cause, the bars as a table, and what a reader must know."""
    from mijnrisico.report.reasons import Reasons

    reasons, out = Reasons(why, common.language), show.console(no_color=common.no_color)
    out.print(f"\n{reasons.finding}.", markup=False, soft_wrap=True)
    for cause, settings in why.settings.items():
        said = reasons("say.settings", cause=reasons(f"causes.{cause}"), settings=", ".join(settings))
        out.print(f"  {said}", markup=False, soft_wrap=True)
    shown: list[Explained] = [why.of(name) for name in targets] or list(why.explained)
    magnitude = float(found.b.folder.setting("source", "magnitude_min", default=1.45))
    headings = [f"{reasons.name(each)} ({reasons.unit(each, magnitude)})" for each in shown]
    bars = {bar: [_change(reasons, each, bar) for each in shown] for bar in reasons.bars}
    rows = [[reasons("say.a"), *(reasons.value(each, each.a) for each in shown)]]
    rows += [[reasons(f"causes.{bar}"), *cells] for bar, cells in bars.items()]
    rows += [[reasons("say.b"), *(reasons.value(each, each.b) for each in shown)]]
    if not why.order and len(why.causes) > 1:
        rows += [[reasons("say.joint"), *map(reasons.joint, shown)]]
    if shown:
        show.table([f"{why.year}: {reasons.how}", *headings], rows, no_color=common.no_color)
    said = [messages.text(note.key, common.language, **note.params) for note in why.notes]
    if not why.order and len(why.causes) > 1:
        said.insert(0, reasons("say.joint_long"))
    out.print("\n".join(said), markup=False, soft_wrap=True)
    if why.problems and not common.quiet:
        show.problems(why.problems, common.language, no_color=common.no_color)


def _change(reasons: "Reasons", explained: "Explained", bar: str) -> str:
    changes = {part.cause: part.change for part in explained.parts}
    return reasons.change(explained, changes[bar]) if bar in changes else ""


def _row(row: dict[str, Any], common: Common, *, first: bool) -> list[str]:
    lang = common.language
    unit = str(row["unit"])
    named = [
        show.quantity_name(str(row["quantity"]), lang),
        "" if unit in ("1", "-") else messages.label("units", unit, lang),
    ]
    values = [show.with_band(row[name], row[f"{name}_p10"], row[f"{name}_p90"], lang) for name in "ab"]
    change = [_signed(float(row["difference"]), float(row["a"]), messages.number(abs(row["difference"]), lang, 3))]
    if row["percent"] is None:
        change.append("")
    else:
        change.append(_signed(float(row["percent"]), 100.0, messages.fixed(abs(row["percent"]), lang, 0)))
    return [*(named if first else ("", "")), str(row["year"]), *values, *change]


def _signed(value: float, beside: float, written: str) -> str:
    """Put the sign before a difference; one that drowns in the rounding of `beside` is zero."""
    if abs(value) <= _ROUNDING * abs(beside) or value == 0.0 or written == "0":
        return "0"
    return f"{'+' if value > 0 else chr(0x2212)}{written}"


def _title(run: Run, common: Common) -> str:
    return str(run.manifest.get("title_nl") or run.title) if common.language == "nl" else run.title


def _write(
    found: Comparison,
    out: Path,
    wanted: tuple[Quantity, ...],
    measures: tuple[str, ...],
    year: int | None,
    class_: str | None,
    common: Common,
    why: "Waterfall | None",
    targets: tuple[str, ...],
) -> list[Path]:
    """Write both tables and the maps of the differences; raises `InputError` E715, E719 before anything is written."""
    if problem := store.inside_run(out, "--out"):
        raise InputError(problem)
    pictures = []
    if front.can_draw():
        classes = [class_ if name == "lpr" else None for name in wanted]
        pictures = [
            found.map(name, year=year, vulnerability_class=klass, lang=common.language)
            for name, klass in zip(wanted, classes, strict=True)
        ]
        pictures += [found.map(year=year, measure=name, lang=common.language) for name in measures]
        pictures += [] if why is None else [found.draw(why, *targets, lang=common.language)]
    out.mkdir(parents=True, exist_ok=True)
    written = [_table(found.table(), out / "summary.csv"), _table(found.changes(), out / "changes.csv")]
    written += [] if why is None else [_table(why.table(), out / "waterfall.csv")]
    for picture in pictures:
        written += picture.save(out / f"{picture.drawing.name}.{common.language}.svg")
    return written


def _table(frame: "pd.DataFrame", path: Path) -> Path:
    files.write_text(path, frame.to_csv(index=False, float_format="%.12g", lineterminator="\r\n"))
    return path


def _as_json(found: Comparison, written: list[Path], common: Common) -> dict[str, object]:
    cautions = [problem for run in (found.a, found.b) if (problem := run.stored.caution()) is not None]
    return {
        "a": found.a.id,
        "b": found.b.id,
        "warnings": [show.as_dict(problem, common.language) for problem in (*cautions, *found.warnings)],
        "changes": show.records(found.changes()),
        "summary": show.records(found.table()),
        "files": [path.as_posix() for path in written],
    }


def _why_as_json(why: "Waterfall", common: Common) -> dict[str, object]:
    return {
        "year": why.year,
        "order": list(why.order),
        "settings": {cause: list(keys) for cause, keys in why.settings.items()},
        "interaction": {
            each.target.name: None if isnan(each.interaction) else each.interaction for each in why.explained
        },
        "written": {each.target.name: each.written for each in why.explained},
        "bars": show.records(why.table()),
        "problems": [show.as_dict(problem, common.language) for problem in why.problems],
    }
