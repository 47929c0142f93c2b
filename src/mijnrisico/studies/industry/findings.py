"""What a step of the judgement found, and the advice that follows: frozen records that can say themselves in words.

A finding names its step, the articles, the values that went in and its verdict. `fail` is a ground against, `unknown`
a fact that is lacking, `note` something to know that decides nothing. `asks` are the references under which the
applicant is asked to supplement. Nothing here is a decision: a person decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from mijnrisico import messages
from mijnrisico.messages import Language, Phrase
from mijnrisico.studies.industry.rule import Rule
from mijnrisico.studies.industry.terms import DecisionTerm

Verdict = Literal["pass", "fail", "unknown", "note"]
Outcome = Literal["GRANT", "PARTIAL_GRANT", "REJECT", "REROUTE", "SUPPLEMENT", "NOT_PROCESSED", "OUT_OF_RULE"]

STEPS: Final = (
    "R0",
    "R2.1",
    "R2.2",
    "R2.3",
    "R3",
    "R-route",
    "R-timing",
    "R-documents",
    "R-method",
    "R26b",
    "R26c",
    "R24",
    "R-outcome",
    "R-hardship",
)
"""The steps of the judgement in their order."""

PAID: Final = ("GRANT", "PARTIAL_GRANT")
_NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step found about the application, an object or a line of cost (`subject`)."""

    step: str
    articles: tuple[str, ...]
    verdict: Verdict
    key: str
    subject: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict)
    ambiguities: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    reroute_to: str = ""

    def words(self, lang: Language) -> str:
        """Say it in a sentence; amounts and decimals in the manner of the language."""
        values = {name: _shown(name, value, lang) for name, value in self.inputs.items()}
        return messages.text(f"industry.findings.{self.key}", lang, **values)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of cost: what was claimed, is eligible (article 24) and is granted; None is open or not examined."""

    id: str
    label: str
    item: str
    cost_class: str
    claimed: Decimal
    eligible: Decimal | None
    granted: Decimal | None
    finding: Finding


@dataclass(frozen=True, slots=True)
class Advice:
    """The advice on one application; a person decides.

    `granted` is None where the outcome leaves it open (SUPPLEMENT). `consider_hardship` marks an application for
    which Awb 4:84 asks for a written reasoning; the line itself is always among the findings.
    """

    id: str
    title: str
    rule: Rule
    outcome: Outcome
    findings: tuple[Finding, ...]
    lines: tuple[Line, ...]
    granted: Decimal | None
    missing: tuple[str, ...]
    reroute_to: tuple[str, ...]
    consider_hardship: bool
    term: DecisionTerm
    conditions: tuple[str, ...] = ()
    ambiguities: tuple[str, ...] = ()

    @property
    def articles(self) -> tuple[str, ...]:
        """Every article that was applied, in the order of the rule, those of other law behind them."""
        applied = {article for finding in self.findings for article in finding.articles}
        return self.rule.in_order(applied | set(self.term.articles))

    @property
    def claimed(self) -> Decimal:
        """Sum of what was claimed."""
        return sum((line.claimed for line in self.lines), Decimal("0.00"))

    @property
    def skipped(self) -> tuple[str, ...]:
        """The steps that were not taken because an earlier one decided."""
        taken = {finding.step for finding in self.findings}
        always = ("R0", "R2.1", "R2.2", "R3", "R-route", "R-timing", "R-documents", "R26b", "R26c", "R24")
        return tuple(step for step in always if step not in taken)

    def said(self, lang: Language) -> list[str]:
        """Return the conditions of a grant in words."""
        return [messages.text(f"industry.conditions.{key}", lang) for key in self.conditions]


def combined(verdicts: "list[Verdict]") -> Verdict:
    """Return the verdict on several findings: one ground against decides, then one fact that is lacking."""
    return "fail" if "fail" in verdicts else "unknown" if "unknown" in verdicts else "pass"


def money(amount: Decimal, lang: Language) -> str:
    """Write an amount in euro with cents.

    >>> money(Decimal("12345.6"), "nl"), money(Decimal("12345.6"), "en")
    ('€\\xa012.345,60', '€\\xa012,345.60')
    """
    written = f"{amount:,.2f}"
    if lang == "nl":
        written = written.translate(str.maketrans(",.", ".,"))
    return f"€{_NO_BREAK_SPACE}{written}"


def day(moment: date, lang: Language) -> str:
    """Write a day in words.

    >>> day(date(2026, 10, 27), "nl")
    '27 oktober 2026'
    """
    return f"{moment.day} {messages.text(f'report.month.{moment.month}', lang)} {moment.year}"


def _shown(name: str, value: object, lang: Language) -> object:
    match value:
        case Decimal() if name == "eur":
            return money(value, lang)
        case Decimal():
            written = format(value, "f")
            return written.replace(".", ",") if lang == "nl" else written
        case date():
            return day(value, lang)
        case Mapping() if lang in value:
            return value[lang]
        case tuple() | list():
            return ", ".join(str(_shown(name, each, lang)) for each in value) or "–"
        case None:
            return "–"
        case bool():
            return messages.text(f"sentences.{'yes' if value else 'no'}", lang)
        case Phrase():
            return value
        case _:
            return str(value)
