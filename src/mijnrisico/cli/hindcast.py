"""`mijnrisico hindcast`: every year forecast from what was known before it, by every model, and judged by what came."""

import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from mijnrisico import front, messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files
from mijnrisico.errors import InputError, Problem, UsageError
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.core.scenario import Scenario

FIRST: Final = 2000
LAST: Final = 2023
RATES: Final = ("elastic", "elastic_plastic", "rate_and_state", "dempsey_suckale", "smoothed_stationary")
FILES: Final = ("hindcast.csv", "hindcast_summary.csv")
LATE_COLUMNS: Final = ("late_observed", "late_expected", "late_low", "late_high")
_SHOWN: Final = ("model", "expected", "score", "gain", "elastic", "in_band", "weight")


def hindcast(
    config: Annotated[str, option("source_config")] = "groningen",
    /,
    *,
    first: Annotated[int, option("hindcast_from", "--from")] = FIRST,
    last: Annotated[int, option("hindcast_to", "--to")] = LAST,
    models: Annotated[str, option("hindcast_models", "--models")] = "",
    out: Annotated[Path | None, option("hindcast_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Forecast past years from what was known before them, and score the forecasts."""
    wanted = chosen(models)
    with common.inside():
        scenario = front.load_scenario(config)
        problems = [
            *_years(first, last, scenario),
            *(outputs.unwritable_folder(out, FILES, force=force) if out is not None else ()),
        ]
        if problems:
            raise InputError(problems)
        from mijnrisico.seismic import catalogue
        from mijnrisico.studies import inputs
        from mijnrisico.studies.groningen import hindcast as computing

        setting = scenario.source
        until = f"{last + 1}-01-01"
        events = catalogue.select(setting.magnitude_min, str(setting.since), until, inputs.earthquakes(scenario))
        display = show.display(common.language, quiet=common.quiet, no_color=common.no_color)
        with display.stage("hindcast") as progress:
            found = computing.hindcast(scenario, events, years=range(first, last + 1), models=wanted, progress=progress)
        yearly, whole = computing.table(found), computing.summary(found)
        written = [] if out is None else _write(out, (yearly, whole))
        if common.json:
            names = [path.as_posix() for path in written]
            show.as_json({"summary": show.records(whole), "years": show.records(yearly), "files": names})
            return 0
        _show(yearly, whole, common)
        if written:
            names = ", ".join(path.as_posix() for path in written)
            line = messages.text("explore.table.written", common.language, files=names)
            show.console(no_color=common.no_color).print(line, markup=False, soft_wrap=True)
        return 0


def chosen(models: str) -> tuple[str, ...]:
    """Return the rate models of a list with commas; raises `UsageError` E005 for a name that is none."""
    wanted = tuple(dict.fromkeys(part.strip() for part in models.split(",") if part.strip()))
    if unknown := tuple(name for name in wanted if name not in RATES):
        params = {"got": unknown, "option": "--models", "expected": ", ".join(RATES)}
        raise UsageError(
            Problem("E005", "--models", params | {"example": "mijnrisico hindcast --models elastic,elastic_plastic"})
        )
    return wanted


def _years(first: int, last: int, scenario: "Scenario") -> list[Problem]:
    """E303 for years without pressures or before the first of the fit, E503 where the first comes after the last."""
    if first > last:
        expected = Phrase("expected.less_than_equal", {"limit": last})
        return [Problem("E503", "--from", {"got": first, "expected": expected, "example": str(FIRST)})]
    if first > scenario.source.since.year and last <= LAST:
        return []
    params = {"of": "hindcast", "got": f"{first} – {last}", "start": scenario.source.since.year + 1, "end": LAST}
    return [Problem("E303", "--from, --to", params)]


def _write(out: Path, tables: "Sequence[pd.DataFrame]") -> list[Path]:
    """Write both tables, or none."""
    out.mkdir(parents=True, exist_ok=True)
    targets = [out / name for name in FILES]
    with ExitStack() as stack:
        for target, table in zip(targets, tables, strict=True):
            stack.enter_context(files.replacing(target)).write_text(table.to_csv(index=False), encoding="utf-8")
    return targets


def _show(yearly: "pd.DataFrame", whole: "pd.DataFrame", common: Common) -> None:
    """Write the summary, the best first, and what it means."""
    lang = common.language
    best_first = whole.sort_values("score", ascending=False)
    rows = [_row(row, lang) for row in show.records(best_first)]
    years = int(yearly["year"].min()), int(yearly["year"].max())
    title = messages.text("hindcast.title", lang, start=years[0], end=years[1], events=int(whole["events"].iloc[0]))
    headings = [messages.text(f"hindcast.column.{name}", lang) for name in _SHOWN]
    show.table(headings, rows, title=title, no_color=common.no_color)
    out = show.console(no_color=common.no_color)
    out.print("\n".join(meaning(yearly, whole, lang)), markup=False, soft_wrap=True)


def _row(row: dict[str, object], lang: Language) -> list[str]:
    def number(name: str, digits: int) -> str:
        value = row[name]
        return "–" if value is None else messages.fixed(float(str(value)), lang, digits)

    def band(name: str, low: str, high: str) -> str:
        if row[name] is None:
            return "–"
        if row[low] is None:
            return number(name, 1)
        return f"{number(name, 1)} [{number(low, 1)}, {number(high, 1)}]"

    return [
        named(str(row["model"]), str(row["magnitude_model"]), lang),
        number("expected", 0),
        number("score", 1),
        band("score_gain", "score_gain_low", "score_gain_high"),
        band("score_gain_over_elastic", "score_gain_over_elastic_low", "score_gain_over_elastic_high"),
        f"{row['in_band']}/{row['years']}",
        number("weight_now", 2),
    ]


def named(model: str, magnitude_model: str, lang: Language) -> str:
    """Return the public name of a model of the rate with its model of the magnitudes, or of an ensemble."""
    names = [messages.label("report.branch", name, lang) for name in (model, magnitude_model) if name]
    return ", ".join(names)


def meaning(yearly: "pd.DataFrame", whole: "pd.DataFrame", lang: Language) -> list[str]:
    """Return what came out: which model did best, whether it beats the reference, what lay outside the bands.

    Whether it does is judged by the scores of years; the T-test, which counts every earthquake, stands beside it.
    """
    alone = whole[whole["magnitude_model"] != ""]
    best = alone.sort_values("score").iloc[-1]
    low, high = float(best["score_gain_low"]), float(best["score_gain_high"])
    case = "better" if low > 0.0 else "worse" if high < 0.0 else "undecided"
    names, digits = {"gain": "score_gain", "low": "score_gain_low", "high": "score_gain_high"}, 1
    words = {key: _fixed(best[column], lang, digits) for key, column in names.items()}
    beside = {"per_event": "gain_per_event", "test_low": "gain_low", "test_high": "gain_high"}
    words |= {key: _fixed(best[column], lang, 2) for key, column in beside.items()}
    name = named(str(best["model"]), str(best["magnitude_model"]), lang)
    first = messages.text(f"hindcast.{case}", lang, name=name, **words)
    ensembles = whole[whole["magnitude_model"] == ""]
    judged = ensembles.iloc[0] if len(ensembles) else best
    of_judged = yearly[(yearly["model"] == judged["model"]) & (yearly["magnitude_model"] == judged["magnitude_model"])]
    outside = of_judged[(of_judged["observed"] < of_judged["p025"]) | (of_judged["observed"] > of_judged["p975"])]
    name = named(str(judged["model"]), str(judged["magnitude_model"]), lang)
    listed = ", ".join(
        f"{row['year']} ({row['observed']}; {row['p025']:.0f}–{row['p975']:.0f})" for row in show.records(outside)
    )
    key, count = ("hindcast.outside" if listed else "hindcast.none_outside"), len(outside)
    second = messages.text(key, lang, name=name, count=count, years=len(of_judged), list=listed)
    found = [first, second]
    for key, of in (("total", ("events", "expected", "total_low", "total_high")), ("late", LATE_COLUMNS)):
        observed, expected, low, high = (float(judged[column]) for column in of)
        if observed < low or observed > high:
            numbers = {"observed": f"{observed:.0f}", "expected": _fixed(expected, lang, 0)}
            numbers |= {"low": f"{low:.0f}", "high": f"{high:.0f}"}
            found.append(messages.text(f"hindcast.{key}", lang, name=name, **numbers))
    return found


def _fixed(value: object, lang: Language, digits: int) -> str:
    """Write a number of a table; a dash where there is none, as of a band of one year."""
    number = float(str(value))
    return messages.fixed(number, lang, digits) if math.isfinite(number) else "–"
