"""`mijnrisico subsidence survey`: which rates and changes of rate a plan of measurements will be able to see."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from mijnrisico import messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files, spreadsheet
from mijnrisico.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.studies.survey_plan import Plan


def subsidence_survey(
    file: Annotated[Path, option("survey_plan")],
    /,
    *,
    out: Annotated[Path | None, option("survey_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Assess a plan, tell and write."""
    with common.inside():
        problems = [] if out is None else outputs.unwritable(out, force=force)
        from mijnrisico.studies import survey_plan

        try:
            plan = survey_plan.read(file)
        except InputError as error:
            raise InputError([*problems, *error.problems]) from None
        if problems:
            raise InputError(problems)
        found = survey_plan.assess(plan)
        if out is not None:
            files.write_text(out, spreadsheet.harmless(found).to_csv(index=False, lineterminator="\r\n"))
        if common.json:
            show.as_json(_told(plan, found))
            return 0
        _say(plan, found, out, common)
    return 0


def _told(plan: "Plan", found: "pd.DataFrame") -> dict[str, Any]:
    return {
        "title": plan.entry.title,
        "change_year": plan.change_year,
        "goal": plan.entry.goal.model_dump(),
        "conventions": plan.conventions,
        "rows": show.records(found),
    }


def _say(plan: "Plan", found: "pd.DataFrame", out: Path | None, common: Common) -> None:
    lang, goal = common.language, plan.entry.goal
    console = show.console(no_color=common.no_color)

    def text(key: str, **params: object) -> str:
        return messages.text(f"subsidence_survey.{key}", lang, **params)

    def number(value: Any, digits: int = 2) -> str:
        return messages.number(float(value), lang, digits)

    def year(value: Any) -> str:
        return str(int(value)) if float(value).is_integer() else number(value, 6)

    def chance(value: Any) -> str:
        return "> 99%" if value > 0.995 else f"{value:.0%}"

    def named(name: Any) -> str:
        return text("together") if name == "together" else str(name)

    whole = found.drop_duplicates("technique")
    rows = [
        [
            named(row.technique),
            str(row.epochs),
            f"{year(row.first_year)} – {year(row.last_year)}",
            number(row.rate_sd_mm_per_year),
            number(row.rate_sd_independent_mm_per_year),
            number(row.years_to_rate_sd),
        ]
        for row in whole.itertuples()
    ]
    reached = text("column.years_to", sd=number(goal.rate_sd_mm_per_year))
    headings = [text(f"column.{key}") for key in ("technique", "epochs", "period", "rate_sd", "independent")]
    show.table([*headings, reached], rows, title=plan.entry.title or plan.file, no_color=common.no_color)
    rows = [
        [named(row.technique), number(row.within_years), number(row.smallest_change_mm_per_year), chance(row.chance)]
        for row in found.itertuples()
    ]
    headings = [text(f"column.{key}") for key in ("technique", "within", "smallest")]
    seen = text("column.chance", change=number(goal.change_mm_per_year))
    title = text("changes", year=year(plan.change_year))
    console.print()
    show.table([*headings, seen], rows, title=title, no_color=common.no_color)
    lines = ["", text("reading", power=f"{goal.power:.0%}", significance=f"{goal.significance:.0%}")]
    if plan.conventions:
        lines.append(text("conventions", got=plan.conventions))
    if out is not None:
        lines.append(messages.text("explore.table.written", lang, files=out.as_posix()))
    console.print("\n".join(lines), markup=False, soft_wrap=True)
