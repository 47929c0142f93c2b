"""An advice in words, part by part: what the screen and the dossier show alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from mijnrisico import messages
from mijnrisico.messages import Language
from mijnrisico.studies.industry import holidays, rule
from mijnrisico.studies.industry.findings import Advice, Finding, day, money

COSTS: Final = ("line", "class", "object", "claimed", "eligible", "granted")
"""Columns of the lines of cost; the last three are amounts."""


@dataclass(frozen=True, slots=True)
class Step:
    """A finding in words: its step, verdict, sentence, articles and the ambiguities that it touches."""

    step: str
    verdict: str
    verdict_said: str
    text: str
    articles: str
    ambiguities: str


def headline(advice: Advice, lang: Language) -> str:
    """Return the outcome in a line."""
    outcome = messages.text(f"industry.outcomes.{advice.outcome}", lang)
    key = "titled" if advice.title else "head"
    return _said(key, lang, id=advice.id, title=advice.title, outcome=outcome)


def amount(advice: Advice, lang: Language) -> str:
    """Return what would be granted of what was claimed, or that this is open."""
    claimed = money(advice.claimed, lang)
    if advice.granted is None:
        return _said("open_amount", lang, claimed=claimed)
    return _said("amount", lang, eur=money(advice.granted, lang), claimed=claimed)


def missing(advice: Advice, lang: Language) -> str:
    """Return what to ask for, in words and by its reference; empty where nothing is missing."""
    if not advice.missing:
        return ""
    said: dict[str, list[str]] = {reference: [] for reference in advice.missing}
    for finding in advice.findings:
        for each in finding.asks:
            if each in said:
                said[each].append(_asked(finding, lang))
    named = (f"{', '.join(dict.fromkeys(words))} ({reference(each, lang)})" for each, words in said.items())
    return _said("missing", lang, missing="; ".join(named))


def _asked(finding: Finding, lang: Language) -> str:
    """Name what a finding asks for: a document, or the step with the object or line that it is about."""
    document = finding.inputs.get("document")
    if isinstance(document, Mapping):
        return str(document[lang])
    step = messages.text(f"industry.steps.{finding.step}", lang).lower()
    return f"{step} {finding.subject}".strip()


def steps(advice: Advice, lang: Language) -> list[Step]:
    """Return every finding in the order of the judgement."""
    return [
        Step(
            messages.text(f"industry.steps.{finding.step}", lang),
            finding.verdict,
            messages.text(f"industry.verdicts.{finding.verdict}", lang),
            finding.words(lang),
            ", ".join(reference(article, lang) for article in finding.articles),
            ", ".join(finding.ambiguities),
        )
        for finding in advice.findings
    ]


def skipped(advice: Advice, lang: Language) -> str:
    """Return which steps were not taken because an earlier one decided; empty where all were."""
    names = ", ".join(messages.text(f"industry.steps.{step}", lang) for step in advice.skipped)
    return _said("skipped", lang, steps=names) if names else ""


def reference(article: str, lang: Language) -> str:
    """Write an article as the reader's language calls it: annexes and the explanatory note are words.

    >>> reference("annex II", "nl"), reference("7(2)", "nl")
    ('bijlage II', '7(2)')
    """
    kind, _, rest = article.partition(" ")
    rest = _said("lines", lang).lower() if rest == "costs" else rest
    return f"{_said(kind, lang)} {rest}" if kind in ("annex", "note") else article


def costs(advice: Advice, lang: Language) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of the lines of cost with their sum; no rows where there are no lines."""

    empty = _said("open" if advice.granted is None else "unexamined", lang)

    def written(value: Decimal | None) -> str:
        return empty if value is None else money(value, lang)

    headings = [_said(name, lang) for name in COSTS]
    rows = [
        [
            f"{line.id} {line.label}".strip(),
            advice.rule.costs[line.cost_class].text[lang],
            line.item or "–",
            *(written(value) for value in (line.claimed, line.eligible, line.granted)),
        ]
        for line in advice.lines
    ]
    if rows:
        columns = [[getattr(line, name) for line in advice.lines] for name in COSTS[3:]]
        sums = [written(None if None in each else sum(each, Decimal(0))) for each in columns]
        rows.append([_said("total", lang), "", "", *sums])
    return headings, rows


def term(advice: Advice, lang: Language) -> list[str]:
    """Return the term of the decision in sentences."""
    found = advice.term
    if found.last_day is None:
        said = [_said("open_term", lang, day=day(found.at_latest, lang))]
    else:
        said = [
            _said(
                "last_day",
                lang,
                day=day(found.last_day, lang),
                received=day(found.received, lang),
                suspended=found.suspended_days,
            )
        ]
    grounds = rule.law_of_terms()["suspensions"]
    for each in found.suspensions:
        params = {
            "first": day(each.first, lang),
            "last": day(each.last, lang),
            "days": each.days,
            "article": each.article,
        }
        ground = grounds[each.type][lang]  # pyright: ignore[reportIndexIssue]
        said.append(_said("suspension", lang, ground=ground, **params))
    said += [_said("without_term", lang, day=day(each, lang)) for each in found.without_term]
    said += [_said("too_late", lang, day=day(each, lang)) for each in found.too_late]
    if not holidays.decree_known(found.at_latest.year):
        said.append(_said("decree", lang, year=found.at_latest.year))
    return said


def ambiguities(advice: Advice, lang: Language) -> list[str]:
    """Return where the rule leaves something open that this advice touches, with the answer that was taken."""
    said = []
    for name in advice.ambiguities:
        each = advice.rule.ambiguities[name]
        words = {"id": name, "issue": each.issue[lang], "answer": each.answer[lang]}
        words["basis"] = messages.text(f"industry.basis.{each.basis}", lang)
        words["verified"] = _said("verified", lang) if each.verified else ""
        said.append(_said("ambiguity", lang, **words))
    return said


def about_the_rule(advice: Advice, lang: Language) -> list[str]:
    """Return which version of the rule was applied, and which articles the text at hand lacks."""
    named = _said("rule", lang, title=advice.rule.title[lang], instrument=advice.rule.instrument)
    return [named, _said("gaps", lang, gaps=", ".join(gap.id for gap in advice.rule.gaps))]


def _said(key: str, lang: Language, /, **params: object) -> str:
    return messages.text(f"industry.show.{key}", lang, **params)
