"""`mijnrisico salt`: how salt caverns close, what each way to leave them does, and whether a void may come up."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from mijnrisico import front, messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files, spreadsheet
from mijnrisico.errors import InputError
from mijnrisico.messages import Language

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.studies.salt import Answer, Question

TABLES: Final = ("summary", "before", "paths", "totals", "sinkholes", "origins")
ASKED: Final = "question.toml"
EXAMPLE: Final = "example"


def salt(
    file: Annotated[Path, option("salt_file")],
    /,
    *,
    out: Annotated[Path | None, option("salt_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Compute, write and tell."""
    with common.inside():
        from mijnrisico.studies import salt as study

        lang = common.language
        try:
            question = study.read(study.EXAMPLE if file == Path(EXAMPLE) and not file.exists() else file)
        except InputError as error:
            standing = [] if out is None else outputs.unwritable_folder(out, _names(None), force=force)
            raise InputError([*standing, *error.problems]) from None
        if out is not None and (standing := outputs.unwritable_folder(out, _names(question), force=force)):
            raise InputError(standing)
        found = study.assess(question)
        written = () if out is None else tuple(_write(found, out, lang))
        if common.json:
            show.as_json(_told(found, lang, written))
        else:
            _say(found, written, common)
    return 0


def head(lang: Language) -> list[str]:
    """What stands at the top of every output: the level of the answer, and what it leaves out."""
    return [messages.text(f"salt.{key}", lang) for key in ("screening", "leaves_out")]


def marks(found: "Answer", lang: Language) -> str:
    """What rests on memory, on a script or on a packaged example, in a sentence."""
    table = found.tables["origins"]
    listed = [
        messages.text(f"salt.mark.{mark}", lang, what=", ".join(of["what"].str.rpartition(".")[2]))
        for mark, of in table.groupby("mark", sort=False)
        if mark != "user"
    ]
    return " ".join(listed)


def _write(found: "Answer", out: Path, lang: Language) -> Iterator[str]:
    """Write the question, every table as CSV with the level of the answer at its top, and a figure a cavern."""
    out.mkdir(parents=True, exist_ok=True)
    files.write_text(out / ASKED, found.question.content)
    yield (out / ASKED).as_posix()
    top = "".join(f"# {line}\n" for line in (*head(lang), marks(found, lang)))
    for name in TABLES:
        table = found.tables[name]
        if not table.empty:
            path = out / f"{name}.csv"
            files.write_text(path, top + spreadsheet.harmless(table).to_csv(index=False, float_format="%.6g"))
            yield path.as_posix()
    if front.can_draw():
        from mijnrisico.report.draw import salt_paths

        for k, cavern in enumerate(found.question.caverns):
            picture, _ = salt_paths.draw(found, cavern.name, lang).save(out / _picture(k, lang))
            yield picture.as_posix()


def _picture(k: int, lang: Language) -> str:
    return f"cavern_{k + 1}.{lang}.svg"


def _names(question: "Question | None") -> list[str]:
    """Files that may be written, in every language."""
    pictures = (
        []
        if question is None
        else [_picture(k, lang) for k in range(len(question.caverns)) for lang in messages.LANGUAGES]
    )
    return [ASKED, *(f"{name}.csv" for name in TABLES), *pictures]


def _title(found: "Answer", lang: Language) -> str:
    """Return the title in the language of the reader, as far as the file has it."""
    entry = found.question.entry
    return entry.title_nl if lang == "nl" and entry.title_nl else entry.title


def _told(found: "Answer", lang: Language, written: tuple[str, ...]) -> dict[str, Any]:
    """Return everything for a program, numbers unrounded."""
    return {
        "note": [*head(lang), marks(found, lang)],
        "title": _title(found, lang),
        **{name: show.records(found.tables[name]) for name in TABLES},
        "files": list(written),
    }


_COLUMNS: Final = {
    "before": (
        "cavern", "depth_m", "void_m3", "open_closure_p10_per_year", "open_closure_p50_per_year",
        "open_closure_p90_per_year", "lost_before_p50_m3", "roof_above_rock_at_balance_mpa",
    ),
    "summary": (
        "cavern", "option", "pressure_p50_mpa", "at_rest_from", "roof_parts", "lost_p10_m3", "lost_p50_m3",
        "lost_p90_m3", "brine_out_p50_m3", "subsidence_p10_mm", "subsidence_p50_mm", "subsidence_p90_mm",
    ),
    "sinkholes": (
        "cavern", "chance_given_failure", "chance", "height_p10_m", "height_p50_m", "height_p90_m", "crater_p50_m3",
    ),
}  # fmt: skip
"""Columns on the screen; the files have them all."""


def _say(found: "Answer", written: tuple[str, ...], common: Common) -> None:
    lang, entry = common.language, found.question.entry
    console = show.console(no_color=common.no_color)

    def tell(key: str, **params: object) -> None:
        console.print(messages.text(f"salt.{key}", lang, **params), markup=False, soft_wrap=True)

    for line in head(lang):
        console.print(line, markup=False, soft_wrap=True)
    members = entry.uncertainty.members
    tell("about", title=_title(found, lang), start=entry.start, end=entry.end, members=members)
    _table("before", found.tables["before"], common, {})
    tell("before_note")
    _table("summary", found.tables["summary"], common, {"year": entry.end})
    tell("summary_note", end=entry.end)
    if not found.tables["sinkholes"].empty:
        _table("sinkholes", found.tables["sinkholes"], common, {})
        tell("sinkholes_note")
    if (found.tables["summary"]["roof_parts"] > 0.0).any():
        tell("parts_note")
    console.print(marks(found, lang), markup=False, soft_wrap=True)
    if written:
        words = messages.text("explore.table.written", lang, files=", ".join(written))
        console.print(words, markup=False, soft_wrap=True)


def _table(name: str, table: "pd.DataFrame", common: Common, params: dict[str, object]) -> None:
    lang = common.language
    columns = _COLUMNS[name]
    headings = [messages.text(f"salt.columns.{column}", lang) for column in columns]
    rows = [[_word(row[column], column, lang) for column in columns] for row in show.records(table)]
    left = (0, 1) if name == "summary" else (0,)
    title = messages.text(f"salt.tables.{name}", lang, **params)
    show.table(headings, rows, title=title, no_color=common.no_color, left=left)


def _word(value: object, column: str, lang: Language) -> str:
    if isinstance(value, str):
        return messages.label("salt.options", value, lang) if column == "option" else value
    if value is None:
        return "–"
    number = float(value)  # pyright: ignore[reportArgumentType]
    if column == "at_rest_from":
        return f"{number:.0f}"
    if column in ("roof_parts", "chance", "chance_given_failure"):
        return messages.fixed(100.0 * number, lang, 0 if number >= 0.095 else 1) + " %"
    return messages.number(number, lang, 3 if column.endswith(("_mpa", "_m")) else 2)
