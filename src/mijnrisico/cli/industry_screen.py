"""`mijnrisico industry screen`: a priority list of the objects of a site and what phase 1 would select."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from mijnrisico import messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files, spreadsheet
from mijnrisico.errors import InputError

if TYPE_CHECKING:
    from mijnrisico.studies.industry.screening import Screened, Screening

_TABLE = ("id", "kind", "chance", "consequence", "priority", "selection", "asks")


def industry_screen(
    file: Annotated[Path, option("screen_file")],
    /,
    *,
    scores: Annotated[Path | None, option("screen_scores", "--scores")] = None,
    out: Annotated[Path | None, option("screen_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Screen the objects of a file."""
    with common.inside():
        if out is not None and (problems := outputs.unwritable(out, force=force)):
            raise InputError(problems)
        from mijnrisico.studies.industry import reading, screening

        own = None if scores is None else screening.read_scores(reading.text(scores), scores.name)
        found = screening.screen(reading.text(file), file.name, own)
        if out is not None:
            import pandas as pd

            rows = [row for one in found.objects for row in _rows(one)]
            frame = spreadsheet.harmless(pd.DataFrame(rows))
            files.write_text(out, frame.to_csv(index=False, lineterminator="\r\n"))
        if common.json:
            show.as_json(_told(found))
            return 0
        _say(found, out, common)
    return 0


def _rows(one: "Screened") -> list[dict[str, Any]]:
    """Return a row for each factor of an object, with what the object comes to."""
    whole = {
        "object": one.id,
        "kind": one.kind,
        "chance_class_low": one.chance[0],
        "chance_class_high": one.chance[1],
        "consequence_class_low": one.consequence[0],
        "consequence_class_high": one.consequence[1],
        "priority_low": one.priority[0],
        "priority_high": one.priority[1],
        "selection": one.selection,
    }
    return [
        whole
        | {
            "part": each.of,
            "factor": each.factor,
            "value": each.value,
            "points_low": each.points[0],
            "points_high": each.points[1],
            "evidence": each.evidence,
        }
        for each in one.judged
    ]


def _told(found: "Screening") -> dict[str, Any]:
    return {
        "site": found.site,
        "scores": {"mark": found.scores.mark, "source": found.scores.source},
        "objects": [
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "chance_class": one.chance,
                "consequence_class": one.consequence,
                "priority": one.priority,
                "selection": one.selection,
                "asks": one.asks,
                "evident_measure": one.evident_measure,
                "factors": [
                    {key: row[key] for key in ("part", "factor", "value", "points_low", "points_high", "evidence")}
                    for row in _rows(one)
                ],
            }
            for one in found.objects
        ],
    }


def _say(found: "Screening", out: Path | None, common: Common) -> None:
    lang = common.language
    console = show.console(no_color=common.no_color)

    def text(key: str, **params: object) -> str:
        return messages.text(f"screening.{key}", lang, **params)

    def span(values: tuple[Any, Any], named: str = "") -> str:
        low, high = (text(f"{named}.{one}") if named else str(one) for one in values)
        return low if low == high else f"{low} – {high}"

    console.print(text("level"), markup=False, soft_wrap=True)
    console.print(text("scores", mark=found.scores.mark, source=found.scores.source), markup=False, soft_wrap=True)
    rows = [
        [
            one.id if one.name == one.id else f"{one.id} {one.name}",
            text(f"kind.{one.kind}"),
            span(one.chance),
            span(one.consequence),
            "–" if one.selection == "outside" else span(one.priority, "priority"),
            text(f"selection.{one.selection}"),
            ", ".join(text(f"factor.{name}") if messages.has(f"screening.factor.{name}", lang) else name
                      for name in one.asks),
        ]
        for one in found.objects
    ]  # fmt: skip
    headings = [text(f"table.{name}") for name in _TABLE]
    show.table(headings, rows, title=found.site, no_color=common.no_color, left=(0, 1, 4, 5, 6))
    bare = sum(len(one.without_evidence) for one in found.objects)
    lines = [text("reading")]
    if any(one.asks for one in found.objects):
        lines.append(text("asks"))
    if bare:
        lines.append(text("bare", n=bare))
    lines += [text("person"), text("more")]
    if out is not None:
        lines.append(messages.text("explore.table.written", lang, files=out.as_posix()))
    console.print("\n".join(lines), markup=False, soft_wrap=True)
