"""The conclusions against the norms: per norm and year the value, its band and what the norm says of it."""

from collections.abc import Sequence
from dataclasses import replace

from mijnrisico.core import norm
from mijnrisico.report import buildings, hazard_facts
from mijnrisico.report.figures.f17_risk_map import highest_by_class
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

_RISK = ("veiligheidsnorm", "tijdelijke_veiligheidsnorm")
_SHAKING = "industrie_piekgrondversnelling"


def conclusions(run: RunFolder, words: Words, years: Sequence[int] | None = None) -> Table:
    """Highest values of the years (the told ones by default), judged unrounded and inclusively; mean and P90."""
    years = run.told_years if years is None else years
    rows: list[tuple[str, ...]] = []
    if run.has_table("lpr_classes"):
        rows += [_risk(run, words, name, year) for name in _RISK for year in years]
    if run.has_grid("hazard"):
        rows += [_shaking(run, words, year) for year in years]
    head = tuple(words(f"conclusions.{c}") for c in ("norm", "limit", "value", "half", "band", "statement"))
    return Table(words("conclusions.caption"), head, tuple(rows), words("conclusions.note"), text_columns=(1, 2, 5))


def _risk(run: RunFolder, words: Words, name: str, year: int) -> tuple[str, ...]:
    against = norm.norm(name)
    classes = highest_by_class(run, year)
    top = classes.iloc[0]
    above, above_high = (
        sum(norm.judge(float(v), against).outcome == "exceeded" for v in classes[c]) for c in ("lpr_mean", "p90")
    )
    statement = words(
        f"conclusions.{'exceeded' if above else 'met_mean' if above_high else 'met'}",
        count=above,
        high=above_high,
        classes=len(classes),
    )
    limit = words(f"norms.{against.relation}", value=words.per_million(against.value or 0.0))
    return (
        f"{words(f'norms.{name}')}, {year}",
        limit + words("norms.unit_local_personal_risk"),
        words(
            "conclusions.risk",
            value=words.per_million(float(top.lpr_mean)),
            name=buildings.named(words, str(top["class"])),
        ),
        words.per_million(float(top.get("p50", float("nan")))),
        words.band(words.per_million(float(top.p10)), words.per_million(float(top.p90))),
        statement,
    )


def _shaking(run: RunFolder, words: Words, year: int) -> tuple[str, ...]:
    """Judge the highest level against the threshold of the run, as the rule for industry judges its own."""
    against = replace(norm.norm(_SHAKING), value=run.threshold_g)
    mean, low, high = (hazard_facts.shaking(run, year, s) for s in ("mean", "p10", "p90"))
    reached, reached_high = (norm.judge(s.level_g, against).outcome == "reached" for s in (mean, high))
    key = "reached" if reached else "reached_high" if reached_high else "not_reached"
    other = hazard_facts.arbitrary(run, year)
    direction = hazard_facts.direction_decides(run, year)
    statement = words(f"conclusions.{key}", area=words.fixed(mean.area_km2), area_high=words.fixed(high.area_km2))
    if other is not None and direction:
        level = words.level(other.level_g, run.threshold_g)
        statement += " " + words("conclusions.direction", level=level)
    return (
        f"{words(f'norms.{_SHAKING}')}, {year}",
        words("norms.from", value=f"{words.fixed(run.threshold_g, 2)}\N{NO-BREAK SPACE}g"),
        words.level(mean.level_g, run.threshold_g),
        words.level(hazard_facts.shaking(run, year, "p50").level_g, run.threshold_g)
        if hazard_facts.has_median(run)
        else "–",
        words.band(words.level(low.level_g, run.threshold_g, ""), words.level(high.level_g, run.threshold_g)),
        statement,
    )
