"""The report of a run of subsidence: one self-contained page per language, made from a run folder."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mijnrisico.report import subsidence_facts as facts
from mijnrisico.report.pages import page, provenance
from mijnrisico.report.pages.blocks import Block
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.pages.tables import subsidence as tables
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

Part = tuple[str, str]
"""What stands in a chapter: a kind and which one, such as `("figure", "F25")`."""

GLOSSARY = (
    "bowl",
    "spread",
    "compaction",
    "kernel",
    "levelling",
    "insar",
    "gnss",
    "chi_square",
    "relative_rotation",
    "freeboard",
    "rd",
)
_CHAPTERS: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("depth", (("figure", "F25"), ("table", "depth"))),
    ("causes", (("table", "causes"), ("table", "overlap"), ("figure", "F26"))),
    ("time", (("figure", "F27"), ("table", "points"))),
    ("right", (("table", "published"), ("table", "misfit"), ("table", "residuals"))),
    ("strain", (("table", "strain_models"),)),
    ("limits", (("table", "red_flag"), ("table", "budget"))),
    ("impact", (("table", "objects"), ("table", "limits_used"))),
    ("not", (("points", "not"),)),
)
_APPENDICES: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("method", (("steps", "method"),)),
    (
        "provenance",
        (("reproduce", ""), ("warnings", ""), ("table", "inputs"), ("table", "models"), ("table", "stages")),
    ),
    ("glossary", (("words", ""),)),
)
_NOT = ("shallow", "linear", "elastic", "future", "objects", "measured", "band")
_STEPS = ("pressure", "strain", "surface", "stack", "measure", "impact")
_STACKED = ("published", "residuals", "objects", "limits_used", "red_flag", "strain_models")
_TABLES: dict[str, tuple[Callable[[RunFolder, Words], Table], str]] = {
    "points": (tables.points, "subsidence_points"),
    "overlap": (tables.overlap, "overlap"),
    "misfit": (tables.misfit, "misfit"),
    "residuals": (tables.residuals, "observations"),
    "published": (tables.published, "published"),
    "strain_models": (tables.strain_models, "strain_models"),
    "red_flag": (tables.red_flag, "red_flag"),
    "budget": (tables.budget, "budget"),
    "objects": (tables.objects, "subsidence_objects"),
    "limits_used": (tables.limits_used, "subsidence_objects"),
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter with its number or letter and what stands in it, in order."""

    name: str
    mark: str
    parts: tuple[Part, ...]


def render(run: RunFolder, words: Words, blocks: Mapping[str, Block], *, paper: bool = False) -> str:
    """Return the page; with `paper` the one that becomes a PDF."""
    known = _tables(run, words)
    made = page.common(
        run, words, blocks, known, file="report", kind=words("subsidence.kind"), paper=paper, glossary=GLOSSARY
    )
    made.about = words("subsidence.about", first=made.facts["first"], last=made.facts["last"])
    made.stacked = _STACKED
    made.answer = answer(run, words)
    made.key_numbers = key_numbers(run, words)
    made.sentences = sentences(run, words)
    made.cautions = tuple(words(f"subsidence.caution.{name}") for name in ("decision", "band", "shallow", "direct"))
    made.not_in_it = tuple(words(f"subsidence.not.{name}") for name in _NOT)
    made.steps = tuple(words(f"subsidence.step.{name}", **_chosen(run, words)) for name in _STEPS)
    made.warnings = _warnings(run, words)
    made.chapters = _chapters(blocks, known, warned=bool(made.warnings))
    return page.render("subsidence.html.j2", made)


def _tables(run: RunFolder, words: Words) -> dict[str, Table]:
    made = {"depth": tables.depth(run, words), "causes": tables.causes(run, words)}
    filled = {table for _, table in _TABLES.values() if run.has_table(table) and len(run.table(table))}
    if len(facts.activities(run)) == 1:
        filled -= {"overlap"}  # one bowl overlaps nothing
    made |= {name: make(run, words) for name, (make, table) in _TABLES.items() if table in filled}
    made |= {
        name: make(run, words)
        for name, make in (
            ("inputs", provenance.inputs),
            ("models", provenance.models),
            ("stages", provenance.stages),
        )
    }
    return {name: table for name, table in made.items() if table.rows}


def _chapters(blocks: Mapping[str, Block], known: Mapping[str, Table], *, warned: bool) -> list[Chapter]:
    """Return the chapters that have something in them, numbered, then the appendices with letters."""

    def there(part: Part) -> bool:
        kind, name = part
        if kind == "figure":
            return name in blocks
        return name in known if kind == "table" else kind != "warnings" or warned

    found = [(name, kept) for name, parts in _CHAPTERS if (kept := tuple(p for p in parts if there(p)))]
    numbered = [Chapter(name, str(n), parts) for n, (name, parts) in enumerate(found, start=1)]
    letters = zip("ABC", _APPENDICES, strict=True)
    return numbered + [Chapter(name, letter, tuple(p for p in parts if there(p))) for letter, (name, parts) in letters]


def answer(run: RunFolder, words: Words) -> str:
    """Return the answer of the run in one sentence: how far down, where, when, and by which activity."""
    first, last = (facts.deepest(run, year) for year in (facts.main_year(run), facts.shown_years(run)[-1]))
    parts = facts.by_share(run, last.year)
    volume = sum(abs(v) for _, _, v in parts)
    numbers = {
        **_numbers(run, words, last),
        "now": first.year,
        "deepest_now": facts.cm(words, first.mean_cm),
        "most": parts[0][0],
        "share": words.fixed(100.0 * abs(parts[0][2]) / volume) if volume else "–",
    }
    cause = words(f"subsidence.answer.{'one' if len(parts) == 1 else 'several'}", **numbers)
    return words(f"subsidence.answer.{'same' if first.year == last.year else 'later'}", cause=cause, **numbers)


def _numbers(run: RunFolder, words: Words, deep: facts.Deepest) -> dict[str, object]:
    return {
        "year": deep.year,
        "deepest": facts.cm(words, deep.mean_cm),
        "band": facts.band_cm(words, deep.p10_cm, deep.p90_cm),
        "place": facts.place(run, words, deep.x_m, deep.y_m),
        "start": run.setting("time", "start", default=run.first_year),
    }


def key_numbers(run: RunFolder, words: Words) -> list[tuple[str, str, str, str]]:
    """Return (what, value, unit, band or place) for the four numbers that a reader takes along."""
    years = facts.shown_years(run)
    now = facts.main_year(run)
    found = []
    for year in dict.fromkeys((now, years[-1])):
        deep = facts.deepest(run, year)
        numbers = _numbers(run, words, deep)
        band = words("key.band", low=facts.cm(words, deep.p10_cm), high=f"{facts.cm(words, deep.p90_cm)} cm")
        found.append((words("subsidence.key.deepest", **numbers), str(numbers["deepest"]), "cm", band))
    rate, x, y = facts.fastest(run, now)
    where = words("subsidence.key.near", place=facts.place(run, words, x, y))
    found.append(
        (words("subsidence.key.rate", year=now), words.fixed(rate, 1), words("subsidence.key.per_year"), where)
    )
    field = facts.total_cm(run, years[-1])
    least = facts.least_cm(run)
    low, high = (facts.area_km2(facts.total_cm(run, years[-1], s), least) for s in ("p10", "p90"))
    what = words("subsidence.key.area", least=words.general(least, 3), year=years[-1])
    band = words("key.band", low=facts.area(words, low), high=f"{facts.area(words, high)} km²")
    found.append((what, facts.area(words, facts.area_km2(field, least)), "km²", band))
    return found


def sentences(run: RunFolder, words: Words) -> list[str]:
    """Return the conclusions of the run in a few plain sentences, each with its numbers."""
    return [
        *_about_depth(run, words),
        *_about_causes(run, words),
        *_about_fit(run, words),
        *_about_published(run, words),
        *_about_limits(run, words),
        *_about_objects(run, words),
    ]


def _about_depth(run: RunFolder, words: Words) -> list[str]:
    years, now = facts.shown_years(run), facts.main_year(run)
    listed = [
        words("subsidence.finding.year", **_numbers(run, words, facts.deepest(run, year)))
        for year in dict.fromkeys((years[0], now, years[-1]))
    ]
    rate, x, y = facts.fastest(run, now)
    place = facts.place(run, words, x, y)
    return [
        words("subsidence.finding.depth", list="; ".join(listed), start=run.setting("time", "start", default=years[0])),
        words("subsidence.finding.rate", year=now, rate=words.fixed(rate, 1), place=place),
    ]


def _about_causes(run: RunFolder, words: Words) -> list[str]:
    year = facts.shown_years(run)[-1]
    parts = facts.by_share(run, year)
    if len(parts) < 2:
        return []
    volume = sum(abs(v) for _, _, v in parts) or math.nan
    listed = [
        words(
            "subsidence.finding.part",
            name=name,
            share=words.fixed(100.0 * each / volume, 1),
            deepest=facts.cm(words, deepest),
        )
        for name, deepest, each in parts[:5]
    ]
    said = words("subsidence.finding.causes", year=year, list="; ".join(listed))
    both = run.grid(facts.GRID).overlap.sel(year=year) if "overlap" in run.grid(facts.GRID) else None
    if both is None:
        return [said]
    cell_km2 = abs(float(both.x[1] - both.x[0]) * float(both.y[1] - both.y[0])) / 1e6
    area = cell_km2 * float((both >= 2).sum())
    limit = words.general(facts.least_cm(run), 3)
    kind = "overlap" if area > 0.0 else "apart"
    return [f"{said} {words(f'subsidence.finding.{kind}', area=facts.area(words, area), limit=limit, year=year)}"]


def _about_fit(run: RunFolder, words: Words) -> list[str]:
    if not run.has_table("misfit"):
        return [] if run.has_table("observations") else [words("subsidence.finding.unmeasured")]
    table = run.table("misfit")
    whole = table[table.group == "all"]
    if whole.empty:
        return []
    row = whole.iloc[0]
    ratio = float(row.chi_square) / float(row.observations)
    case = "fits" if ratio <= 1.5 else "loose" if ratio <= 4.0 else "misses"
    return [
        words(
            f"subsidence.finding.{case}",
            count=words.fixed(float(row.observations)),
            ratio=words.fixed(ratio, 1),
            rmse=words.fixed(float(row.rmse_mm), 1),
            bias=words.fixed(float(row.bias_mm), 1),
        )
    ]


def _about_published(run: RunFolder, words: Words) -> list[str]:
    if not run.has_table("published") or not len(run.table("published")):
        return []
    table = run.table("published")
    used = table.used.astype(str).str.lower().isin(["true", "1"])
    found = [] if used.all() else [_foretold(words, table[~used], "modelled_cm", "unused")]
    known = table[used & table.by_the_others_cm.notna()]
    return found + ([] if known.empty else [_foretold(words, known, "by_the_others_cm", "used")])


def _foretold(words: Words, table: Frame, column: str, kind: str) -> str:
    """Say how far published values lie from what was computed without them: not used, or each left out in turn."""
    middle = 0.5 * (table.published_low_cm + table.published_high_cm)
    percent = 100.0 * (table[column] / middle - 1.0)
    worst = percent.abs().idxmax()
    numbers = {
        "count": len(table),
        "target": words.fixed(tables.TARGET_PERCENT),
        "near": int((percent.abs() <= tables.TARGET_PERCENT).sum()),
        "place": tables.published_place(words, table.loc[worst]),
        "difference": words.fixed(abs(float(percent[worst]))),
        "side": words(f"subsidence.finding.{'more' if percent[worst] > 0 else 'less'}"),
    }
    if kind == "used":
        inside = (middle >= table.by_the_others_p10_cm) & (middle <= table.by_the_others_p90_cm)
        numbers["inside"] = int(inside.sum())
    return words(f"subsidence.finding.published_{kind}", **numbers)


def _about_limits(run: RunFolder, words: Words) -> list[str]:
    found = []
    if run.has_table("red_flag"):
        found += [_of_limit(words, part) for _, part in run.table("red_flag").groupby("limit", sort=False)]
    if run.has_table("budget") and len(run.table("budget")):
        worst = facts.worst_years(run.table("budget"))
        found += [
            words(
                "subsidence.finding.budget",
                basin=str(row.basin),
                year=int(row.year),
                load=words.fixed(float(row.load_mm_per_year), 1),
                space=words.fixed(float(row.space_mm_per_year), 1),
                probability=tables.percent(words, float(row.probability_above)),
            )
            for row in worst.itertuples()
        ]
    return found


def _of_limit(words: Words, table: Frame) -> str:
    """Say the chance that a limit is exceeded as it is known now: after the last campaign, beside that before any."""
    ordered = table.sort_values("campaign_year", na_position="first", kind="stable")
    first, last = ordered.iloc[0], ordered.iloc[-1]
    measured = math.isfinite(last.campaign_year)
    numbers = {
        "limit": str(last.limit),
        "value": words.general(float(last.value), 3),
        "unit": words.or_name("unit_of", str(last.unit)),
        "probability": tables.percent(words, float(last.probability)),
        "campaign": facts.year(words, float(last.campaign_year)) if measured else "",
        "before": tables.percent(words, float(first.probability)),
    }
    case = "prior" if not measured else "measured" if math.isnan(first.campaign_year) else "posterior"
    return words(f"subsidence.finding.red_flag_{case}", **numbers)


def _about_objects(run: RunFolder, words: Words) -> list[str]:
    if not run.has_table("subsidence_objects") or not len(run.table("subsidence_objects")):
        return []
    table = run.table("subsidence_objects")
    last = table[table.year == table.year.max()]
    bending = last[last.limit.str.contains("rotation")]
    water = last[last.limit.str.contains("deltares")]
    return [
        words(
            "subsidence.finding.objects",
            count=last.object.nunique(),
            year=int(last.year.iloc[0]),
            rotation=tables.one_in(words, float(last.relative_rotation.max())),
            bent=bending[bending.verdict == "exceeded"].object.nunique(),
            wet=water[water.verdict == "exceeded"].object.nunique(),
            unknown=water[water.verdict == "no_value"].object.nunique(),
        )
    ]


def _chosen(run: RunFolder, words: Words) -> dict[str, str]:
    """Return what the question chose, as the steps of the method name it."""

    def listed(weights: object, group: str) -> str:
        if not isinstance(weights, Mapping):
            return words.general(words.or_name(group, str(weights))) if weights else "–"
        named = [(words.general(words.or_name(group, str(n))), float(w)) for n, w in weights.items() if float(w) > 0.0]
        if len(named) == 1:
            return named[0][0]
        return ", ".join(f"{name} ({words.trimmed(weight, 2)})" for name, weight in named) or "–"

    return {
        "strain": listed(run.setting("strain", "models", default={}), "strain_model"),
        "kernel": listed(run.setting("surface", "model", default={}), "kernel"),
        "poisson": listed(run.setting("surface", "poisson", default={}), "number"),
        "basement": listed(run.setting("surface", "basement_m", default={}), "number"),
        "count": words.fixed(len(facts.activities(run))),
        "cell": words.fixed(float(run.setting("grid", "cell_m", default=math.nan))),
    }


def _warnings(run: RunFolder, words: Words) -> list[tuple[str, str, str]]:
    return [
        (
            str(item.get("code", "")),
            str((item.get("message") or {}).get(words.lang) or ""),
            words.general(item.get("count", 1)),
        )
        for item in run.manifest.get("warnings", [])
    ]
