"""The answer for a program: what `mijnrisico industry decide --json` prints.

A field is left out where the facts do not determine it. A case with faults answers its id and its errors.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from mijnrisico.errors import Problem
from mijnrisico.messages import LANGUAGES
from mijnrisico.studies.industry import terms
from mijnrisico.studies.industry.decision import decide
from mijnrisico.studies.industry.findings import Advice, Finding
from mijnrisico.studies.industry.reading import Batch, Refused
from mijnrisico.studies.industry.terms import TermAnswer

InWords = Callable[[Problem], dict[str, str]]


def of_batch(batch: Batch, in_words: InWords, *, findings: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Return the answer on every case of a file, in its order.

    Args:
        batch: the cases.
        in_words: writes a problem for the reader.
        findings: also every finding and line of cost.
    """
    cases = [
        _refused(case, in_words) if isinstance(case, Refused) else of_advice(decide(case), findings=findings)
        for case in batch.cases
    ]
    of_terms = [
        _refused(case, in_words) if isinstance(case, Refused) else of_terms_of(terms.answer(case))
        for case in batch.term_cases
    ]
    return {"cases": cases, "term_cases": of_terms}


def of_advice(advice: Advice, *, findings: bool = False) -> dict[str, Any]:
    """Return the answer on one application."""
    answer: dict[str, Any] = {"id": advice.id, "outcome": advice.outcome}
    if advice.granted is not None:
        answer["granted_eur"] = number(advice.granted)
    answer["articles"] = list(advice.articles)
    if advice.term.last_day is not None:
        answer["last_day_of_decision_term"] = advice.term.last_day.isoformat()
        answer["suspended_days"] = advice.term.suspended_days
    if advice.missing:
        answer["missing"] = list(advice.missing)
    if advice.reroute_to:
        answer["reroute_to"] = ", ".join(advice.reroute_to)
    answer["flag_consider_awb_4_84"] = advice.consider_hardship
    if findings:
        answer["rule"] = advice.rule.id
        answer["findings"] = [of_finding(finding) for finding in advice.findings]
        answer["lines"] = [
            {
                "id": line.id,
                "claimed_eur": number(line.claimed),
                "eligible_eur": None if line.eligible is None else number(line.eligible),
                "granted_eur": None if line.granted is None else number(line.granted),
                "verdict": line.finding.verdict,
                "articles": list(line.finding.articles),
            }
            for line in advice.lines
        ]
        answer["ambiguities"] = list(advice.ambiguities)
        answer["conditions"] = {lang: advice.said(lang) for lang in LANGUAGES}
    return answer


def of_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding with its texts in both languages."""
    return {
        "rule_id": finding.step,
        "subject": finding.subject,
        "articles": list(finding.articles),
        "verdict": finding.verdict,
        "inputs": {name: plain(value) for name, value in finding.inputs.items()},
        "text": {lang: finding.words(lang) for lang in LANGUAGES},
        "ambiguities": list(finding.ambiguities),
    }


def of_terms_of(found: TermAnswer) -> dict[str, Any]:
    """Return the answer on one term case."""
    names = (
        "last_day_of_decision_term",
        "first_penalty_day",
        "penalty_days",
        "penalty_eur",
        "pay_by",
        "first_day",
        "last_day",
        "eur",
    )
    values = {name: plain(value) for name in names if (value := getattr(found, name)) is not None}
    return {"id": found.id, **values, "articles": list(found.articles)}


def number(amount: Decimal) -> int | float:
    """Return an amount as a JSON number, whole where it is."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def plain(value: object) -> Any:
    """Return a value as JSON knows it."""
    match value:
        case Decimal():
            return number(value)
        case date():
            return value.isoformat()
        case tuple() | list():
            return [plain(each) for each in value]
        case _:
            return value


def _refused(case: Refused, in_words: InWords) -> dict[str, Any]:
    return {"id": case.id, "errors": [in_words(problem) for problem in case.problems]}
