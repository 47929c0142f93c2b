"""The expert report: one self-contained page per language, made from a run folder."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mijnrisico.report import branches, building_facts
from mijnrisico.report.figures.f23_logic_tree import has_choices
from mijnrisico.report.pages import (
    cards,
    conclusions,
    findings,
    hindcast,
    levels,
    page,
    provenance,
    reference,
    spectra,
    tables,
    terms,
)
from mijnrisico.report.pages.blocks import Block
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

Part = tuple[str, object]
"""What stands in a chapter: a kind and which one, such as `("figure", "F10")`."""

_CHAPTERS: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("question", (("figure", "F01"), ("figure", "F02"), ("table", "deviations"))),
    ("observations", (("figure", "F03"), ("table", "completeness"), ("figure", "F29"))),
    (
        "source",
        (
            *(("figure", n) for n in ("F04", "F05", "F06")),
            ("table", "regions"),
            *(("figure", n) for n in ("F07", "F09", "F08")),
        ),
    ),
    ("hindcast", (("judged", ""), ("figure", "F31"), ("figure", "F32"), ("table", "hindcast"))),
    ("motion", (("table", "choices"),)),
    (
        "shaking",
        (
            ("figure", "F10"),
            ("table", "places"),
            ("figure", "F15"),
            ("figure", "F12"),
            ("table", "levels"),
            ("figure", "F11"),
            ("figure", "F13"),
            ("table", "spectra"),
            ("figure", "F14"),
            ("table", "causes"),
            ("figure", "F16"),
        ),
    ),
    ("vulnerability", (("figure", "F20"),)),
    (
        "risk",
        (
            ("figure", "F17"),
            ("table", "classes"),
            ("table", "risk_classes"),
            ("figure", "F18"),
            ("figure", "F19"),
            ("table", "building_drivers"),
            ("table", "building_classes"),
            ("figure", "F34"),
            ("table", "building_municipalities"),
            ("table", "building_postcodes"),
            ("figure", "F21"),
            ("figure", "F33"),
            ("table", "losses"),
            ("inhabitants", "inhabitants"),
        ),
    ),
    (
        "uncertainty",
        (
            ("figure", "F23"),
            ("table", "tree"),
            ("figure", "F22"),
            ("table", "left_out"),
            ("figure", "F30"),
            ("limits", ""),
        ),
    ),
    (
        "validation",
        (
            ("table", "validation"),
            ("discussion", ""),
            ("table", "municipalities"),
            ("table", "posterior"),
            ("reference", ""),
        ),
    ),
    ("conclusions", (("table", "conclusions"), ("table", "norms"))),
)
_APPENDICES: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("method", (("steps", ""), ("cards", ""))),
    (
        "provenance",
        (("reproduce", ""), ("warnings", ""), ("table", "inputs"), ("table", "models"), ("table", "stages")),
    ),
    ("glossary", (("words", ""),)),
)
_LIMITS = ("elastic", "compressibility", "zones", "mix", "buildings", "people", "rule", "extrapolation")
_OF_BUILDINGS = {"mix": "types", "people": "people_counted"}
_STEPS = ("production", "pressure", "stress", "rate", "shaking", "risk")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter with its number or letter and what stands in it, in order."""

    name: str
    mark: str
    parts: tuple[Part, ...]


def render(
    run: RunFolder, words: Words, blocks: Mapping[str, Block], *, paper: bool = False, short: bool = True
) -> str:
    """Return the page; with `paper` the one that becomes a PDF, with `short` one that leads to the short version."""
    known = _tables(run, words)
    made = page.common(
        run,
        words,
        blocks,
        known,
        file="report",
        kind=words(f"page.kind{'_given' if branches.shaking_only(run) else ''}"),
        paper=paper,
        glossary=terms.of_run(run),
    )
    made.sentences = findings.sentences(run, words)
    made.cautions = findings.cautions(run, words)
    made.discussion = tables.discussion(run, words) if run.has_table("validation") else ()
    made.cards = cards.cards(run, words)
    given = bool(run.setting("inputs", "pressure", "file"))
    made.numbers, made.until = _chance(run, words), findings.observed_until(run, words)
    made.limits, made.intros = _limits(run), _intros(run)
    made.steps = tuple(_step(run, name, given=given) for name in _steps(run))
    made.judged = hindcast.sentences(run, words)
    made.warnings = _warnings(run, words)
    made.short = f"short.{words.lang}.html" if short and not paper else ""
    shaking_only = branches.shaking_only(run)
    made.lead = _lead(run, words)
    made.chapters = _chapters(blocks, known, made.discussion, made.warnings, made.judged, checked=not shaking_only)
    return page.render("report.html.j2", made)


def _lead(run: RunFolder, words: Words) -> str:
    """Return the question of the run in one sentence."""
    if not branches.shaking_only(run):
        return words("page.lead", first=run.first_year, last=run.last_year)
    years = str(run.first_year) if len(run.years) == 1 else f"{run.first_year}–{run.last_year}"
    return words("page.lead_given", years=years)


def _limits(run: RunFolder) -> tuple[str, ...]:
    """Return what the study cannot say: of a forecast from a file what is about its sites and, if any, its risk."""
    if not branches.given(run):
        names = tuple("models" if n == "elastic" and not branches.elastic_only(run) else n for n in _LIMITS)
        return (*(_OF_BUILDINGS.get(n, n) for n in names), "counts") if building_facts.counted(run) else names
    zones = ("zones",) if str(run.setting("motion", "model", default="V7")).startswith("V") else ()
    risk = ("mix", "buildings", "people", "rule") if run.has_table("lpr_classes") else ()
    return ("given", *zones, *risk, *(("counts",) if building_facts.counted(run) else ()))


def _intros(run: RunFolder) -> dict[str, str]:
    """Return the texts at the head of chapters that differ from the usual ones, by chapter."""
    other = {} if _shaking_step(run) == "shaking" else {"motion": "intro.motion_other"}
    other |= {"risk": "intro.risk_counted"} if building_facts.counted(run) else {}
    other |= {"question": "intro.question_given"} if branches.given(run) else {}
    if branches.shaking_only(run):
        other["method"] = "intro.method_given"
    if branches.shaking_only(run) and run.has_table("logic_tree") and not has_choices(run):
        other["uncertainty"] = "intro.uncertainty_one"
    return other


def _steps(run: RunFolder) -> tuple[str, ...]:
    if not branches.given(run):
        return tuple(_shaking_step(run) if name == "shaking" else name for name in _STEPS)
    return ("given", _shaking_step(run), *(("risk",) if run.has_table("lpr_classes") else ()))


def _shaking_step(run: RunFolder) -> str:
    return "shaking" if run.setting("motion", "model", default="V7") == "V7" else "shaking_other"


def _step(run: RunFolder, name: str, *, given: bool) -> str:
    if name == "pressure" and given:
        return "pressure_user"
    return f"{name}_models" if name in ("stress", "rate") and branches.several(run) else name


def _chance(run: RunFolder, words: Words) -> dict[str, str]:
    """Return the return period of the run and the chance per year (per cent) that goes with it, in words."""
    period = run.return_period if run.has_grid("hazard") else 475
    return {"period": words.fixed(period), "chance_year": words.significant(-100 * math.expm1(-1 / period), 1)}


def _chapters(
    blocks: Mapping[str, Block],
    known: Mapping[str, tables.Table],
    discussion: object,
    warnings: object,
    judged: object,
    *,
    checked: bool,
) -> list[Chapter]:
    """Return the chapters that have something in them, numbered, then the appendices with letters."""
    present = {
        "discussion": bool(discussion),
        "warnings": bool(warnings),
        "judged": bool(judged),
        "reference": checked,
        "inhabitants": "inhabitants" in known,
    }

    def there(part: Part) -> bool:
        kind, name = part
        if kind == "figure":
            return name in blocks
        return name in known if kind == "table" else present.get(kind, True)

    found = [(name, tuple(_counted(p) for p in parts if there(p))) for name, parts in _CHAPTERS]
    chapters = [Chapter(name, str(n), parts) for n, (name, parts) in enumerate((f for f in found if f[1]), start=1)]
    letters = zip("ABC", _APPENDICES, strict=True)
    return chapters + [Chapter(name, letter, tuple(p for p in parts if there(p))) for letter, (name, parts) in letters]


def _counted(part: Part) -> Part:
    return (part[0], len(reference.checks())) if part[0] == "reference" else part


def _tables(run: RunFolder, words: Words) -> dict[str, tables.Table]:
    wanted = {
        "places": (tables.places, "hazard_places"),
        "choices": (tables.choices, "hazard_places"),
        "levels": (levels.levels, "hazard_places"),
        "spectra": (spectra.spectra, "hazard_spectra"),
        "causes": (spectra.causes, "disaggregation"),
        "classes": (tables.classes, "lpr_classes"),
        "risk_classes": (tables.risk_classes, "risk_classes"),
        "building_classes": (tables.building_classes, "building_classes"),
        "building_drivers": (tables.building_drivers, "buildings_branches"),
        "building_municipalities": (tables.building_municipalities, "buildings_municipalities"),
        "building_postcodes": (tables.building_postcodes, "buildings_postcodes"),
        "losses": (tables.losses, "expected_losses"),
        "inhabitants": (tables.inhabitants, "lpr_postcodes"),
        "postcodes": (tables.postcodes, "lpr_postcodes"),
        "validation": (tables.validation, "validation"),
        "municipalities": (tables.municipalities, "hindcast_2021_municipalities"),
        "posterior": (tables.posterior, "source_posterior"),
        "regions": (hindcast.regions, "chance_regions"),
        "hindcast": (hindcast.table, "hindcast_summary"),
    }
    if run.has_table("hazard_spectra"):
        del wanted["levels"]  # the same accelerations stand in the table of the spectra, with more return periods
    made = {name: make(run, words) for name, (make, table) in wanted.items() if run.has_table(table)}
    norms = () if branches.shaking_only(run) else (("norms", tables.norms),)
    made |= {
        name: make(run, words)
        for name, make in (
            ("summary", tables.summary),
            ("deviations", tables.deviations),
            ("conclusions", conclusions.conclusions),
            *norms,
            ("tree", tables.tree),
            ("left_out", tables.left_out),
            ("reference", reference.table),
            ("inputs", provenance.inputs),
            ("models", provenance.models),
            ("stages", provenance.stages),
        )
    }
    return {name: table for name, table in made.items() if table.rows}


def _warnings(run: RunFolder, words: Words) -> list[tuple[str, str, str]]:
    found = []
    for item in run.manifest.get("warnings", []):
        what = (item.get("message") or {}).get(words.lang) or ""
        found.append((str(item.get("code", "")), str(what), words.general(item.get("count", 1))))
    return found
