"""The short version: a few pages for a municipality, the sentence first and the number second."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mijnrisico.report import building_facts, buildings, hazard_facts, norms
from mijnrisico.report.figures.f10_hazard_map import hazard_numbers
from mijnrisico.report.figures.f17_risk_map import highest_by_class
from mijnrisico.report.pages import conclusions, findings, hindcast, page
from mijnrisico.report.pages.blocks import Block
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import RunFolder, regular
from mijnrisico.report.words import Words

_GLOSSARY = ("pga", "fractile", "lpr", "class", "magnitude")
_LIFETIME_YR = 50
_OWN_DATA = ("catalogue", "pressure")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: sentences, points, and which figures and tables follow."""

    name: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


def render(run: RunFolder, words: Words, blocks: Mapping[str, Block], *, paper: bool = False, contact: str = "") -> str:
    """Return the page; with `paper` the one that becomes a PDF, with whom to ask where `contact` says so."""
    known = {"short_places": places(run, words)} if run.has_table("hazard_places") else {}
    known["conclusions"] = conclusions.conclusions(run, words, (run.shown_year,))
    known = {name: table for name, table in known.items() if table.rows}
    kind = words("page.kind_short")
    made = page.common(run, words, blocks, known, file="short", kind=kind, paper=paper, glossary=_GLOSSARY)
    made.asked = _asked(run, words, blocks)
    made.headline = _headline(run, words)
    made.chapters = _chapters(run, words, blocks, known)
    made.contact = contact
    made.expert = f"report.{words.lang}.html"
    return page.render("short.html.j2", made)


def chance_percent(period_yr: float, years: int = _LIFETIME_YR) -> float:
    """Return the chance in per cent of at least one exceedance in so many years.

    >>> round(chance_percent(475.0), 1)
    10.0
    """
    return 100.0 * -math.expm1(-years / period_yr)


def _headline(run: RunFolder, words: Words) -> str:
    if not run.has_grid("hazard"):
        return words("short.headline_only", first=run.first_year, last=run.last_year)
    period = hazard_facts.return_period(run)
    found = words(
        "short.headline_level",
        **hazard_numbers(run, words),
        period=words.fixed(period),
        chance=words.significant(chance_percent(period)),
        chance_year=words.significant(chance_percent(period, 1), 1),
        lifetime=_LIFETIME_YR,
    )
    return f"{found} {words('short.headline_falls', year=run.shown_year)}" if hazard_facts.falls(run) else found


def _chapters(run: RunFolder, words: Words, blocks: Mapping[str, Block], known: Mapping[str, Table]) -> list[Chapter]:
    def drawn(*numbers: str) -> tuple[str, ...]:
        return tuple(n for n in numbers if n in blocks)

    def made(*names: str) -> tuple[str, ...]:
        return tuple(n for n in names if n in known)

    found = []
    if run.has_grid("hazard"):
        numbers = hazard_numbers(run, words)
        period = words.fixed(hazard_facts.return_period(run))
        text = (words("short.maps_text", **numbers, period=period), *_between_nodes(run, words))
        found.append(Chapter("maps", text, figures=drawn("F10"), tables=made("short_places")))
    course = _events(run, words)
    if course or drawn("F15"):
        found.append(Chapter("course", course, figures=drawn("F15")))
    if run.has_table("lpr_classes"):
        found.append(Chapter("risk", _risk(run, words), figures=drawn("F17"), tables=made("conclusions")))
    found.append(Chapter("means", points=tuple(words(f"short.means_{k}") for k in ("area", "change", "draw"))))
    found.append(Chapter("not", points=_not(run, words)))
    return found


def _asked(run: RunFolder, words: Words, blocks: Mapping[str, Block]) -> str:
    """Return what was asked, from the settings and the volumes themselves and not from the title of the scenario."""
    production = (f"{blocks['F01'].drawing.title}.",) if "F01" in blocks else ()
    own = (words("short.asked_own"),) if any(run.setting("inputs", role, "file") for role in _OWN_DATA) else ()
    return " ".join((*production, words("short.asked_years", first=run.first_year, last=run.last_year), *own))


def _between_nodes(run: RunFolder, words: Words) -> tuple[str, ...]:
    """Name the place where the ground shakes harder than at any node of the map, which a coarse map has."""
    if not run.has_table("hazard_places"):
        return ()
    table = regular(run.table("hazard_places"), return_period_yr=hazard_facts.return_period(run), year=run.shown_year)
    means = table.dropna(subset="mean_g").sort_values("mean_g")
    if means.empty or means["mean_g"].iloc[-1] <= hazard_facts.shaking(run, run.shown_year).level_g:
        return ()
    cell_km = float(run.setting("hazard", "cell", default=1000.0)) / 1000.0
    level = words.level(float(means["mean_g"].iloc[-1]), run.threshold_g)
    return (words("short.between_nodes", place=means["place"].iloc[-1], level=level, cell=words.trimmed(cell_km)),)


def _events(run: RunFolder, words: Words) -> tuple[str, ...]:
    if not run.has_table("event_rate"):
        return ()
    mean = run.table("event_rate").set_index("year")["mean"]
    text = words(
        "short.events_text",
        first=run.first_year,
        last=run.last_year,
        first_count=words.count(float(mean[run.first_year])),
        last_count=words.count(float(mean[run.last_year])),
        magnitude=words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2),
    )
    judged = hindcast.in_short(run, words)
    return (text, judged) if judged else (text,)


def _risk(run: RunFolder, words: Words) -> tuple[str, ...]:
    highest = highest_by_class(run)
    top, above = highest.iloc[0], norms.exceeding(highest["lpr_mean"])
    value = words.per_million(float(top.lpr_mean))
    low, high = (words.roughly(float(top[c])) for c in ("p10", "p90"))
    name = buildings.named(words, str(top["class"]))
    return (
        words("short.risk_text", name=name, value=value, low=low, high=high) + findings.half(words, top),
        words(f"short.risk_{'exceeded' if above else 'met'}", count=above, classes=len(highest)),
        *((findings.counted_buildings(run, words),) if building_facts.counted(run) else ()),
    )


def _not(run: RunFolder, words: Words) -> tuple[str, ...]:
    """Return what the numbers do not say: the cautions of the expert report that a resident needs."""
    return tuple(findings.cautions(run, words))


def places(run: RunFolder, words: Words) -> Table:
    """Level at the return period of the rule, per place and told year, with its band in the shown year."""
    period = hazard_facts.return_period(run)
    table = regular(run.table("hazard_places"), return_period_yr=period, imt="PGA")
    by_year = {year: table[table.year == year].drop_duplicates("place").set_index("place") for year in run.told_years}
    shown = by_year[run.shown_year].sort_values("mean_g", ascending=False)
    rows = []
    for place in shown.index:
        cells = []
        for year, found in by_year.items():
            mean, low, high = (float(found.loc[place, f"{s}_g"]) for s in ("mean", "p10", "p90"))
            level = words.level(mean, run.threshold_g, "")
            if year == run.shown_year and math.isfinite(mean):
                band = (words.level(v, run.threshold_g, "") for v in (low, high))
                level = f"{level} ({words.band(*band)})"
            cells.append(level)
        rows.append((str(place), *cells))
    return Table(
        words("short.places_caption", period=words.fixed(period)),
        (words("places.place"), *map(str, run.told_years)),
        tuple(rows),
        words("short.places_note", year=run.shown_year),
        csv="../tables/hazard_places.csv",
    )
