"""`mijnrisico industry pga` and `industry dossier`: accelerations from a run, and the advice as pages for the file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mijnrisico import __version__, messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError

if TYPE_CHECKING:
    from mijnrisico.studies.industry.facts import Case, Source
    from mijnrisico.studies.industry.pga import Unread

Format = Literal["html", "pdf"]


def industry_pga(
    file: Annotated[Path, option("industry_dossier_file")],
    /,
    *,
    run: Annotated[str | None, option("run", "--run")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    out: Annotated[Path | None, option("industry_pga_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Read the acceleration of every object from a run, and write them into a new dossier."""
    with common.inside():
        if out is not None and (problems := outputs.unwritable(out, force=force)):
            raise InputError(problems)
        from mijnrisico.studies.industry import pga, reading

        case = _case(file)
        stored = StoredRun.open(results, run)
        sources, unread = pga.read(stored, case)
        filled = "" if out is None else pga.written(reading.text(file), file.name, case, sources)
        if out is not None:
            files.write_text(out, filled)
        if common.json:
            show.as_json(_told(stored, sources, unread, common))
            return 0
        _say(stored, sources, unread, out, common)
    return 0


def _case(file: Path) -> "Case":
    """Return the one application of a dossier; raises `InputError` with all that is wrong with it."""
    from mijnrisico.studies import industry

    found = industry.read(file).cases
    if problems := [problem for case in found if isinstance(case, industry.Refused) for problem in case.problems]:
        raise InputError(problems)
    (case,) = (case for case in found if not isinstance(case, industry.Refused))
    return case


def _told(
    run: StoredRun, sources: "tuple[Source, ...]", unread: "tuple[Unread, ...]", common: Common
) -> dict[str, Any]:
    cautions = [problem for problem in (run.caution(),) if problem is not None]
    return {
        "run": run.id,
        "objects": [
            {
                "object": one.item,
                "when": one.when,
                "asked": one.asked,
                "year": one.year,
                "pga475_g": float(one.value_g),
                "p10_g": float(one.low_g),
                "p90_g": float(one.high_g),
                "share_at_threshold": float(one.share),
                "reaches": one.reaches,
                "point_rd": one.point,
                "points": one.points,
            }
            for one in sources
        ],
        "not_read": [{"object": one.item, "why": one.why, "detail": one.detail} for one in unread],
        "warnings": [show.as_dict(problem, common.language) for problem in cautions],
    }


def _say(
    run: StoredRun, sources: "tuple[Source, ...]", unread: "tuple[Unread, ...]", out: Path | None, common: Common
) -> None:
    lang = common.language
    console = show.console(no_color=common.no_color)

    def text(key: str, **params: object) -> str:
        return messages.text(f"industry.pga.{key}", lang, **params)

    rows = [
        [
            one.item,
            text(one.when),
            str(one.asked) if one.asked == one.year else text("stands_for", asked=one.asked, year=one.year),
            messages.number(float(one.value_g), lang, 4),
            f"{messages.number(float(one.low_g), lang, 2)}–{messages.number(float(one.high_g), lang, 2)}",
            f"{messages.fixed(100.0 * float(one.share), lang, 0)} %",
            text(f"reaches_{one.reaches}"),
        ]
        for one in sources
    ]
    title = messages.text("sentences.from_run", lang, run=run.id, title=run.scenario.title)
    console.print(title, markup=False, soft_wrap=True)
    if rows:
        names = ("object", "when", "year", "value", "band", "share", "reaches")
        show.table([text(f"table.{name}") for name in names], rows, no_color=common.no_color, left=(0, 1, 2, 6))
        console.print(text("reading"), markup=False, soft_wrap=True)
    for one in unread:
        console.print(text(f"why.{one.why}", id=one.item, detail=one.detail), markup=False, soft_wrap=True)
    console.print(text("advises"), markup=False, soft_wrap=True)
    if (caution := run.caution()) is not None:
        show.problems([caution], lang, no_color=common.no_color)
    if out is None:
        console.print(text("write"), markup=False, soft_wrap=True)
    else:
        written = messages.text("explore.table.written", lang, files=out.as_posix())
        console.print(written, markup=False, soft_wrap=True)


def industry_dossier(
    file: Annotated[Path, option("industry_dossier_file")],
    /,
    *,
    out: Annotated[Path, option("industry_dossier_out", "--out")] = Path("advice"),
    formats: Annotated[tuple[Format, ...], option("industry_dossier_format", "--format")] = ("html", "pdf"),
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Write the advice as pages in Dutch and English, with the answer for programs beside them."""
    with common.inside():
        from mijnrisico.report.pages import advice as pages
        from mijnrisico.report.pages import pdf
        from mijnrisico.report.words import Words
        from mijnrisico.studies import industry
        from mijnrisico.studies.industry import in_words

        case = _case(file)
        found = industry.decide(case)
        missing = pdf.missing() if "pdf" in formats else None
        kinds = [kind for kind in formats if kind != "pdf" or missing is None]
        names = ["advice.json", *(f"advice.{lang}.{kind}" for lang in messages.LANGUAGES for kind in kinds)]
        if problems := outputs.unwritable_folder(out, names, force=force):
            raise InputError(problems)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        whole = industry.of_advice(found, findings=True) | {"made": made, "advice_only": True}
        pages_made: dict[str, bytes] = {
            "advice.json": (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()
        }
        for lang in messages.LANGUAGES:
            words = Words(lang)
            for kind in kinds:
                page = pages.render(
                    case, found, words, program=f"mijnrisico {__version__}", made=made, paper=kind == "pdf"
                )
                pages_made[f"advice.{lang}.{kind}"] = page.encode() if kind == "html" else pdf.make(page, page)
        out.mkdir(parents=True, exist_ok=True)
        for name, content in pages_made.items():
            with files.replacing(out / name) as place:
                place.write_bytes(content)
        written = [(out / name).as_posix() for name in pages_made]
        if common.json:
            show.as_json(whole | {"files": written})
            return 0
        if missing is not None:
            show.problems([missing], common.language, no_color=common.no_color)
        console = show.console(no_color=common.no_color)
        lang = common.language
        lines = [in_words.headline(found, lang), in_words.amount(found, lang), messages.text("industry.advises", lang)]
        lines.append(messages.text("explore.table.written", lang, files=", ".join(written)))
        console.print("\n".join(lines), markup=False, soft_wrap=True)
    return 0
