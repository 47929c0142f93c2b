"""The advice on an application under the industry rule as a page: for the file, in Dutch or English, on paper too.

It needs no run. What the accelerations rest on is in the dossier that the advice was made of; what the page shows of
them is as it stands there, unrounded.
"""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from mijnrisico import messages
from mijnrisico.report.pages import page
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.stamp import day
from mijnrisico.report.words import Words
from mijnrisico.studies.industry import findings, in_words
from mijnrisico.studies.industry.facts import Case, Item, Source
from mijnrisico.studies.industry.findings import Advice
from mijnrisico.studies.industry.rule import Rule

TABLES = ("facts", "objects", "pga", "costs", "steps")


def render(case: Case, advice: Advice, words: Words, *, program: str, made: str, paper: bool = False) -> str:
    """Return the page.

    Args:
        case: the application as it was read.
        advice: what was found.
        words: the language.
        program: name and version of this program.
        made: moment of making, ISO 8601.
        paper: the page becomes a PDF.
    """
    lang = words.lang
    tables = _tables(case, advice, words)
    shown = SimpleNamespace(
        w=words,
        other=next(code for code in messages.LANGUAGES if code != lang),
        file="advice",
        kind=words("advice.kind"),
        paper=paper,
        title=words("advice.title", id=advice.id),
        about=in_words.headline(advice, lang),
        css=Markup("\n".join(page.style(name) for name in ("report.css", "paper.css")[: 1 + paper])),
        mark="",
        moment=made,
        facts={"model": program},
        foot=Markup(page.css_text(f"{program} · {advice.id}")),
        tables=tables,
        stacked=TABLES,
        name=advice.title,
        outcome=_capital(messages.text(f"industry.outcomes.{advice.outcome}", lang)),
        amount=in_words.amount(advice, lang),
        asked=in_words.missing(advice, lang),
        advises=messages.text("industry.advises", lang),
        chapters=_chapters(advice, words, tables),
        stamp=words("advice.stamp", model=program, day=day(made, words)),
    )
    return page.render("advice.html.j2", shown)


def _chapters(advice: Advice, words: Words, tables: dict[str, Table]) -> list[dict[str, Any]]:
    """Return the chapters that have something: title, sentences, points, tables."""
    lang = words.lang
    ask = advice.outcome == "REROUTE"
    found = [
        ("why", [words("advice.why")], [], ("steps",)),
        ("cost", [], [], ("costs",)),
        ("term", [], in_words.term(advice, lang), ()),
        ("conditions", [], advice.said(lang), ()),
        ("facts", [words("advice.facts_text")], [], ("facts", "objects", "pga")),
        ("open", [words("advice.open_text")], in_words.ambiguities(advice, lang), ()),
        ("attach", [words("advice.attach_text")], [words(f"advice.attach_{k}") for k in ("method", "output")], ()),
        ("rule", in_words.about_the_rule(advice, lang), [], ()),
    ]
    if ask:
        found.insert(0, ("reroute", [words("advice.reroute", articles=", ".join(advice.reroute_to))], [], ()))
    chapters = []
    for name, paragraphs, points, of_tables in found:
        there = tuple(one for one in of_tables if one in tables)
        if there or points or (paragraphs and name not in ("open",) and not of_tables):
            chapters.append({"name": name, "paragraphs": paragraphs, "points": points, "tables": there})
    return chapters


def _tables(case: Case, advice: Advice, words: Words) -> dict[str, Table]:
    lang = words.lang
    rows = [
        (one.step, one.verdict_said, one.text, "; ".join(filter(None, (one.articles, one.ambiguities))))
        for one in in_words.steps(advice, lang)
    ]
    head = tuple(words(f"advice.steps_{name}") for name in ("step", "verdict", "found", "articles"))
    note = in_words.skipped(advice, lang)
    tables = {"steps": Table(words("advice.steps_caption"), head, tuple(rows), note, text_columns=(1, 2, 3))}
    names, lines = in_words.costs(advice, lang)
    if lines:
        costs = tuple(tuple(each) for each in lines)
        tables["costs"] = Table(words("advice.costs_caption"), tuple(names), costs, text_columns=(1, 2))
    tables["facts"] = _facts(case, advice.rule, words)
    if case.items:
        head = tuple(words(f"advice.objects_{name}") for name in ("id", "kind", "type", "realised", "pga", "linked"))
        objects = tuple(_object(item, words) for item in case.items)
        caption, note = words("advice.objects_caption"), words("advice.objects_note")
        tables["objects"] = Table(caption, head, objects, note, text_columns=(1, 2, 3, 5))
    if case.pga:
        head = tuple(words(f"advice.pga_{name}") for name in ("object", "year", "value", "band", "share", "run"))
        caption, note = words("advice.pga_caption"), words("advice.pga_note")
        tables["pga"] = Table(caption, head, tuple(_source(one, words) for one in case.pga), note, text_columns=(5,))
    return tables


def _source(one: Source, words: Words) -> tuple[str, ...]:
    year = str(one.year) if one.year == one.asked else words("advice.pga_stands_for", year=one.year, asked=one.asked)
    low, high = (words.significant(float(value)) for value in (one.low_g, one.high_g))
    value = _decimal(one.value_g, words)
    share = f"{words.fixed(100.0 * float(one.share))}\N{NO-BREAK SPACE}%"
    return (one.item, year, value, words.band(low, high), share, one.run)


def _decimal(value: Decimal, words: Words) -> str:
    written = format(value, "f")
    return written.replace(".", ",") if words.lang == "nl" else written


def _facts(case: Case, rule: Rule, words: Words) -> Table:
    company, methods = case.company, (*case.work.qualitative, *case.work.quantitative)
    letters = ", ".join(company.categories) if company.categories is not None else words("advice.unknown")
    rows = (
        ("company", ", ".join(filter(None, (company.name, company.location, company.municipality)))),
        ("categories", letters),
        ("annex_i", _yes(company.annex_i, words)),
        ("article", case.claim_article),
        ("received", findings.day(case.received, words.lang)),
        ("documents", "; ".join(rule.documents[code].text[words.lang] for code in sorted(case.documents)) or "–"),
        ("activities", _yes(case.work.activities_completed, words)),
        ("design", _yes(case.work.design_completed, words)),
        ("methods", "; ".join(_method(name, rule, words) for name in methods) or "–"),
    )
    said = tuple((words(f"advice.fact_{name}"), value or words("advice.unknown")) for name, value in rows)
    head = (words("advice.fact"), words("advice.value"))
    return Table(words("advice.facts_caption"), head, said, text_columns=(1,))


def _method(name: str, rule: Rule, words: Words) -> str:
    return rule.methods[name].text[words.lang] if name in rule.methods else name


def _object(item: Item, words: Words) -> tuple[str, ...]:
    values = item.pga475_application if item.realised else item.pga475_completion
    pga = "; ".join(_decimal(value, words) for value in values) if item.realised is not None else ""
    completion = "" if item.expected_completion is None else f" ({item.expected_completion})"
    return (
        item.id,
        words.or_name("advice.kinds", str(item.kind)) if item.kind else words("advice.unknown"),
        words.or_name("advice.types", item.type) if item.type else "–",
        _yes(item.realised, words) + completion,
        pga or words("advice.unknown"),
        _yes(item.functionally_linked, words),
    )


def _yes(value: bool | None, words: Words) -> str:
    return (
        words("advice.unknown") if value is None else messages.text(f"sentences.{'yes' if value else 'no'}", words.lang)
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
