"""The judgement of an application under the industry rule: its steps in their order, and the advice.

    case = reading.read(path).cases[0]
    advice = decide(case)                  # advice.outcome, advice.findings, advice.lines

Facts that are not known give the verdict "unknown" and are asked for; nothing is guessed. What fails for good (time,
scope, acceleration, route, double payment, timing, method, cost that no article pays) is decided before anything is
asked for: a document that is added to the file before the term to supplement lapses, the events being the same, never
worsens the outcome. (A supplement in time that does not suffice brings forward the day by which leaving unprocessed is
to be announced, Awb 4:5(4); what is known of the applicant is no document.)
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from mijnrisico.studies.industry import rule as rules
from mijnrisico.studies.industry import steps, terms
from mijnrisico.studies.industry.facts import Case, Event
from mijnrisico.studies.industry.findings import PAID, STEPS, Advice, Finding, Line, Outcome, Verdict, combined
from mijnrisico.studies.industry.rule import Paying, Rule

_NONE: Final = Decimal("0.00")
_OWN: Final = frozenset({"3(1)", "3(2)"})
"""What the authority finds in its own tool: asked for, and no ground to leave an application unprocessed."""


def decide(case: Case) -> Advice:
    """Judge an application by the version of the rule of the day on which it was filed."""
    version = rules.version_of(case.received)
    if version is None:
        first = rules.versions()[0]
        inputs = {"received": case.received, "from": first.valid_from}
        return _advice(case, first, "OUT_OF_RULE", [Finding("R0", ("28",), "fail", "before_the_rule", inputs=inputs)])
    paying = version.paying[case.claim_article]
    findings = [*steps.time(case, version), *steps.category(case, version)]
    if _verdict(findings) == "fail":
        return _advice(case, version, "REJECT", findings)
    by_item = {item.id: list(steps.of_item(case, item, version, paying)) for item in case.items}
    findings += [*steps.applicant(case), *steps.no_objects(case)]
    findings += [finding for found in by_item.values() for finding in found]
    findings += steps.no_history(case, findings)
    standing: dict[str, Verdict] = {name: _verdict(found) for name, found in by_item.items()}
    if standing and set(standing.values()) == {"fail"}:
        others = [name for name, found in by_item.items() if _fits_elsewhere(found)]
        return _advice(case, version, "REROUTE" if others else "REJECT", findings)
    findings += [*steps.timing(case, paying), *steps.method(case, version, paying)]
    if any(finding.verdict == "fail" and finding.step in ("R-timing", "R-method") for finding in findings):
        return _advice(case, version, "REJECT", findings)
    lines = [steps.line(cost, by_item, standing, version, paying) for cost in case.costs]
    findings += [line.finding for line in lines]
    if lines and all(line.finding.verdict == "fail" for line in lines):
        return _advice(case, version, "REJECT", findings, lines)
    findings += [*steps.documents(case, version, paying), *steps.no_costs(case, paying)]
    if any(finding.asks for finding in findings if _still_counts(finding, standing)):
        return _supplement(case, version, findings, lines, standing)
    refused = any(line.finding.verdict == "fail" for line in lines)
    without = tuple(name for name, verdict in standing.items() if verdict == "fail")
    outcome: Outcome = "PARTIAL_GRANT" if refused or without else "GRANT"
    return _advice(case, version, outcome, findings, lines, refused_objects=without)


def _verdict(findings: Iterable[Finding]) -> Verdict:
    return combined([finding.verdict for finding in findings])


def _fits_elsewhere(findings: Iterable[Finding]) -> bool:
    """Say whether the only ground against an object is that another section is its own."""
    against = [finding for finding in findings if finding.verdict == "fail"]
    return all(finding.reroute_to for finding in against)


def _still_counts(finding: Finding, standing: dict[str, Verdict]) -> bool:
    """Say whether a question still matters: what is unknown of an object that is refused anyway does not."""
    return standing.get(finding.subject, "pass") != "fail" or finding.step == "R24"


def _supplement(
    case: Case, version: Rule, findings: list[Finding], lines: list[Line], standing: dict[str, Verdict]
) -> Advice:
    """Ask for what is lacking; once that opportunity has lapsed, leave unprocessed within four weeks (Awb 4:5).

    Only what was asked for can be a ground for that, and never a value that the authority reads in its own tool.
    """
    asked = {each for finding in findings if _still_counts(finding, standing) for each in finding.asks}
    missing = version.in_order(asked)
    requests = [event for event in case.events if event.type == terms.REQUEST and event.term_end is not None]
    last = max(requests, key=lambda event: event.term_end or date.min, default=None)
    if last is None or last.term_end is None or case.today is None or case.today <= last.term_end:
        key = "supplement_open" if last is not None and last.supplemented is None else "supplement"
        inputs = {"missing": missing, "until": last.term_end if last is not None else None}
        finding = Finding("R-outcome", ("Awb 4:5",), "unknown", key, inputs=inputs, ambiguities=("A16",))
        return _advice(case, version, "SUPPLEMENT", [*findings, finding], lines, missing)
    lacking = version.in_order(asked - _OWN)
    known = None if last.asked is None else _asked(requests, version.paying[case.claim_article])
    open_ = tuple(each for each in missing if known is not None and each not in known and each not in _OWN)
    if open_ or not lacking:
        key, inputs = "not_asked" if open_ else "own_facts", {"missing": open_ or missing, "until": last.term_end}
        finding = Finding("R-outcome", ("Awb 4:5",), "unknown", key, inputs=inputs, ambiguities=("A16",))
        return _advice(case, version, "SUPPLEMENT", [*findings, finding], lines, missing)
    if_asked = "_if_asked" if known is None else ""
    in_time = last.supplemented is not None and last.supplemented <= last.term_end
    lapsed = last.supplemented if in_time and last.supplemented is not None else last.term_end
    by = terms.announce_unprocessed_by(lapsed)
    inputs = {"missing": lacking, "until": last.term_end, "by": by}
    if case.today <= by:
        articles = ("Awb 4:5", "Awb 4:5(4)")
        finding = Finding(
            "R-outcome", articles, "fail", f"not_processed{if_asked}", inputs=inputs, ambiguities=("A16",)
        )
        return _advice(case, version, "NOT_PROCESSED", [*findings, finding], lines, missing)
    articles = ("26(a)", "Awb 4:5(4)")
    finding = Finding(
        "R-outcome", articles, "fail", f"too_late_to_leave{if_asked}", inputs=inputs, ambiguities=("A16",)
    )
    return _advice(case, version, "REJECT", [*findings, finding], lines, missing)


def _asked(requests: Iterable[Event], paying: Paying) -> frozenset[str]:
    """Return the references that were asked for, those of documents by the letter of the claimed article."""
    named = {each for event in requests for each in event.asked or ()}
    return frozenset(named | {paying.documents[each] for each in named if each in paying.documents})


def _advice(
    case: Case,
    version: Rule,
    outcome: Outcome,
    findings: list[Finding],
    lines: Iterable[Line] = (),
    missing: tuple[str, ...] = (),
    refused_objects: tuple[str, ...] = (),
) -> Advice:
    """Close the judgement: the ground of a rejection, the line on hardship, conditions and notes of a grant."""
    lines = tuple(_closed(line, outcome) for line in lines) or tuple(
        steps.unexamined(cost, version) for cost in case.costs
    )
    granted = None if outcome == "SUPPLEMENT" else sum((line.granted or _NONE for line in lines), _NONE)
    reroute_to: tuple[str, ...] = ()
    closing: list[Finding] = []
    if outcome == "REROUTE":
        targets = {finding.reroute_to for finding in findings if finding.reroute_to}
        reroute_to = version.in_order(targets)
        closing.append(Finding("R-outcome", ("26(a)",), "fail", "reroute", inputs={"targets": reroute_to}))
    elif outcome == "REJECT" and not any(finding.step == "R-outcome" for finding in findings):
        barred = {"R26b", "R26c"} & {finding.step for finding in findings if finding.verdict == "fail"}
        closing.append(Finding("R-outcome", () if barred else ("26(a)",), "fail", "reject"))
    elif outcome in PAID:
        inputs = {"eur": granted, "objects": tuple(sorted(refused_objects))}
        key = f"{outcome.lower()}{'_of_objects' if refused_objects else ''}"
        closing.append(Finding("R-outcome", ("24",), "pass", key, inputs=inputs, ambiguities=("A21",)))
    hard = _hard(findings)
    verdict: Verdict = "unknown" if hard else "note"
    closing.append(Finding("R-hardship", (steps.HARDSHIP,), verdict, f"hardship_{hard or 'none'}"))
    every = sorted((*findings, *closing), key=lambda finding: STEPS.index(finding.step))
    noted = {each for finding in every for each in finding.ambiguities}
    conditions = _conditions(lines, outcome, version.paying[case.claim_article])
    noted |= {"A12"} if "slips" in conditions else set()
    return Advice(
        id=case.id,
        title=case.title,
        rule=version,
        outcome=outcome,
        findings=tuple(every),
        lines=lines,
        granted=granted,
        missing=missing,
        reroute_to=reroute_to,
        consider_hardship=bool(hard),
        term=terms.decision_term(case.received, case.events, case.today),
        conditions=conditions,
        ambiguities=tuple(name for name in version.ambiguities if name in noted),
    )


def _closed(line: Line, outcome: Outcome) -> Line:
    """Return a line with what the outcome leaves of it: nothing is granted unless the application is."""
    if outcome in PAID:
        return line
    refused = line.finding.verdict == "fail"
    return replace(line, granted=None if outcome == "SUPPLEMENT" and not refused else _NONE)


def _hard(findings: Iterable[Finding]) -> str:
    """Return why Awb 4:84 asks for a written reasoning: no section holds (A4), or lost revenue (A17); "" otherwise."""
    named = {each for finding in findings if finding.verdict == "fail" for each in finding.ambiguities}
    return "gap" if "A4" in named else "lost_revenue" if "A17" in named else ""


def _conditions(lines: tuple[Line, ...], outcome: Outcome, paying: Paying) -> tuple[str, ...]:
    """Return what a grant is to say: how it is paid, estimates reported afterwards, a completion that slips."""
    if outcome not in PAID:
        return ()
    estimated = any(line.cost_class == "expected_incremental" and line.granted for line in lines)
    internal = any(line.cost_class == "internal" and line.granted for line in lines)
    slips = paying.section in ("2.2", "3.2")
    found = ("vat", *(("internal",) if internal else ()), *(("report_actuals",) if estimated else ()))
    return (*found, *(("slips",) if slips else ()))
