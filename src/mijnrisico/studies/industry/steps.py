"""The steps of the judgement: each looks at its facts and yields findings with the articles they rest on.

A fact that is not known makes a finding "unknown" with what to ask for. Objects are judged one by one, and a line of
cost follows what is found of its objects. `decision` takes the steps in their order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from mijnrisico.studies.industry import rule as rules
from mijnrisico.studies.industry.facts import Case, Company, Cost, Earlier, Item, Source
from mijnrisico.studies.industry.findings import Finding, Line, Verdict
from mijnrisico.studies.industry.rule import Paying, Rule

HARDSHIP: Final = "Awb 4:84"
_NONE: Final = Decimal("0.00")
_BARS: Final = {"NCG": ("R26b", "26(b)"), "NAM": ("R26c", "26(c)")}
"""Step and ground of rejection by who paid."""


def time(case: Case, version: Rule) -> Iterator[Finding]:
    """R0: filed while the rule holds; after the last day known, whether it still did is not found (28 is a gap)."""
    inputs = {"received": case.received, "instrument": version.instrument}
    if case.received > version.known_open_until:
        inputs["until"] = version.known_open_until
        yield Finding("R0", ("28",), "unknown", "openness_not_found", inputs=inputs)
    else:
        yield Finding("R0", ("28",), "pass", "in_time", inputs=inputs)
    lapsed = [each for each in version.legal_terms if each.valid_until is not None and each.valid_until < case.received]
    if concepts := [each.term for each in lapsed if each.successor]:
        inputs = {"terms": tuple(concepts), "received": case.received}
        yield Finding("R0", ("1",), "note", "terms_replaced", inputs=inputs, ambiguities=("A22",))


def category(case: Case, version: Rule) -> Iterator[Finding]:
    """R2.1: the company is in at least one category."""
    letters = _letters(case.company, version)
    held = tuple(letter for letter, known in letters.items() if known)
    articles = tuple(version.categories[letter].article for letter in held)
    unshown = tuple(letter for letter, known in letters.items() if known is None)
    inputs = {"letters": held, "bevi": case.company.bevi_2_1 or ()}
    if held:
        yield Finding("R2.1", ("2(1)", *articles), "pass", "in_category", inputs=inputs)
    elif unshown:
        key = "category_unknown" if len(unshown) == len(letters) else "category_not_shown"
        inputs["unshown"] = unshown
        yield Finding("R2.1", ("2(1)",), "unknown", key, inputs=inputs, asks=("2(1)",))
    else:
        every = tuple(each.article for each in version.categories.values())
        key = "bevi_left_out" if case.company.bevi_2_1 and case.company.categories is None else "in_no_category"
        yield Finding("R2.1", ("2(1)", *every), "fail", key, inputs=inputs)
    stated, bevi = case.company.categories, case.company.bevi_2_1
    if stated is not None and bevi is not None and ("a" in stated) != _bevi_counts(bevi, version):
        yield Finding("R2.1", ("2(1)(a)",), "note", "bevi_disagrees", inputs={"letters": stated, "bevi": bevi})


def _letters(company: Company, version: Rule) -> dict[str, bool | None]:
    """Return for each category whether the company is in it; None where nothing was shown for or against it.

    Convention: letters of the Bevi none of which counts, with no other evidence, are taken as all the evidence.
    """
    if company.categories is not None:
        return {letter: letter in company.categories for letter in version.categories}
    shown = {
        letter: _bevi_counts(company.bevi_2_1, version) if each.bevi_2_1 and company.bevi_2_1 is not None else None
        for letter, each in version.categories.items()
    }
    shown |= {letter: getattr(company, each.evidence) for letter, each in version.categories.items() if each.evidence}
    only_bevi = [each for each in shown.values() if each is not None] == [False] and bool(company.bevi_2_1)
    return dict.fromkeys(shown, False) if only_bevi else shown


def _bevi_counts(letters: Iterable[str], version: Rule) -> bool:
    counting = {letter for each in version.categories.values() for letter in each.bevi_2_1}
    return not counting.isdisjoint(letters)


def _annex_i(company: Company) -> bool | None:
    """Say whether the establishment is on annex I: by its name and location, else as stated.

    None where the statement and the list contradict each other, or a succession is not shown.
    """
    here = rules.listed(company.name, company.location)
    if company.annex_i_nr is not None and (here is None or here.nr != company.annex_i_nr):
        return True if company.annex_i_proof else None
    if here is not None:
        return None if company.annex_i is False else True
    return company.annex_i


def applicant(case: Case) -> Iterator[Finding]:
    """R-route: what is to know about the applicant: continued under another name, NAM itself, listed unawares."""
    company = case.company
    here = rules.listed(company.name, company.location)
    if company.annex_i_nr is not None and (here is None or here.nr != company.annex_i_nr):
        listed = next(each for each in rules.annex_i() if each.nr == company.annex_i_nr)
        inputs = {"name": company.name, "listed": f"{listed.name}, {listed.location}", "nr": listed.nr}
        if company.annex_i_proof:
            yield Finding("R-route", ("annex I",), "note", "successor_shown", inputs=inputs, ambiguities=("A18",))
        else:
            asks = ("annex I",)
            key = "successor_not_shown"
            yield Finding("R-route", asks, "unknown", key, inputs=inputs, ambiguities=("A18",), asks=asks)
    if company.annex_i is False and here is not None:
        inputs = {"name": here.name, "location": here.location, "nr": here.nr}
        yield Finding("R-route", ("annex I",), "note", "listed_all_the_same", inputs=inputs)
    if company.name.casefold().split()[:1] == ["nam"]:
        yield Finding("R-route", ("annex I",), "note", "nam_applies", inputs={}, ambiguities=("A20",))


def no_objects(case: Case) -> Iterator[Finding]:
    """R2.2: an application that names no object."""
    if not case.items:
        yield Finding("R2.2", ("2(2)",), "unknown", "no_objects", asks=("2(2)",))


def of_item(case: Case, item: Item, version: Rule, paying: Paying) -> Iterator[Finding]:
    """Steps R2.2 to R-route, R26b and R26c for one object."""
    yield from _scope(item)
    yield from _new_building(case, item)
    yield from _acceleration(item, version, case.pga)
    yield _route(case.company, item, version, paying)
    yield from _paid_before(case, item, version, paying)


def _scope(item: Item) -> Iterator[Finding]:
    """R2.2: an installation, or a building functionally linked to one."""
    inputs = {"object": item.id, "kind": item.kind, "functionally_linked": item.functionally_linked}
    if item.kind == "installation":
        yield Finding("R2.2", ("2(2)",), "pass", "installation", item.id, inputs)
    elif item.kind == "building" and item.functionally_linked is not None:
        verdict: Verdict = "pass" if item.functionally_linked else "fail"
        key = "linked_building" if item.functionally_linked else "building_not_linked"
        yield Finding("R2.2", ("2(2)",), verdict, key, item.id, inputs)
    else:
        key = "kind_unknown" if item.kind is None else "link_unknown"
        yield Finding("R2.2", ("2(2)",), "unknown", key, item.id, inputs, asks=("2(2)",))


def _new_building(case: Case, item: Item) -> Iterator[Finding]:
    """R2.3: a new building: the functional link decides whether the new-build rule is the one."""
    if item.kind == "building" and item.realised is False:
        inputs = {"object": item.id, "received": case.received}
        yield Finding("R2.3", ("2(3)",), "note", "new_building", item.id, inputs, ("A3",))


def _acceleration(item: Item, version: Rule, sources: Sequence[Source] = ()) -> Iterator[Finding]:
    """R3: the unrounded acceleration of the day that counts is at least the threshold."""
    if item.realised is None:
        inputs = {"object": item.id}
        yield Finding("R3", ("3(1)",), "unknown", "pga_day_unknown", item.id, inputs, asks=("3(1)",))
        return
    articles = ("3(1)",) if item.realised else ("3(1)", "3(2)")
    values = item.pga475_application if item.realised else item.pga475_completion
    when = "filing" if item.realised else "completion"
    inputs: dict[str, object] = {"object": item.id, "limit": version.threshold_g}
    if not values:
        yield Finding("R3", articles, "unknown", f"pga_unknown_{when}", item.id, inputs, asks=articles[-1:])
        return
    highest = max(values)
    inputs |= {"pga": highest, "cells": len(values), "completion": item.expected_completion}
    verdict: Verdict = "pass" if highest >= version.threshold_g else "fail"
    ambiguities = (*(("A9",) if item.realised else ()), *(("A10",) if len(values) > 1 else ()))
    key = f"pga_{'reached' if verdict == 'pass' else 'not_reached'}_{when}"
    yield Finding("R3", articles, verdict, key, item.id, inputs, ambiguities)
    read = [each for each in sources if each.item == item.id and each.when == when]
    for each in read:
        inputs = {"object": item.id, "pga": highest, "read": each.value_g, "run": each.run}
        yield from _as_read(item, each, inputs, highest, articles, version)
    year = _year(item.expected_completion)
    if not item.realised and not read and year is not None and year > version.last_tool_year:
        inputs = {"object": item.id, "year": year, "last": version.last_tool_year}
        yield Finding("R3", ("3(2)",), "note", "beyond_the_tool", item.id, inputs, ("A11",))


def _as_read(
    item: Item, source: Source, inputs: dict[str, object], highest: Decimal, articles: tuple[str, ...], version: Rule
) -> Iterator[Finding]:
    """Say where the value is not the one that was read, a later year stands for it, or component or ground decide."""
    if source.value_g != highest:
        yield Finding("R3", articles, "note", "pga_not_as_read", item.id, inputs)
    if source.year != source.asked:
        years = {"year": source.asked, "last": source.year}
        yield Finding("R3", articles, "note", "beyond_the_run", item.id, inputs | years, ("A11",))
    if source.reaches == "depends":
        yield Finding("R3", articles, "note", "pga_depends", item.id, inputs | {"limit": version.threshold_g})


def _year(completion: date | int | None) -> int | None:
    return completion.year if isinstance(completion, date) else completion


def _route(company: Company, item: Item, version: Rule, paying: Paying) -> Finding:
    """R-route: the section that fits the object, held against that of the claimed article."""
    inputs: dict[str, object] = {"object": item.id, "claimed": paying.id, "realised": item.realised}
    if item.realised is None:
        return Finding("R-route", paying.applies, "unknown", "realised_unknown", item.id, inputs, asks=paying.applies)
    letters = _letters(company, version)
    held = {"annex_i": _annex_i(company), **letters}
    for route in version.routes:
        if route.realised != item.realised:
            continue
        if any(held[each] for each in route.any_of):
            return _routed(route, held, item, version, paying, inputs)
        if any(held[each] is None for each in route.any_of):
            open_ = {"annex I" if each == "annex_i" else "2(1)" for each in route.any_of if held[each] is None}
            asks = version.in_order(open_)
            return Finding("R-route", (route.article,), "unknown", "route_unknown", item.id, inputs, asks=asks)
    every = tuple(route.article for route in version.routes if route.realised == item.realised)
    return Finding("R-route", (*every, HARDSHIP), "fail", "gap", item.id, inputs, ("A4",))


def _routed(
    route: rules.Route,
    held: dict[str, bool | None],
    item: Item,
    version: Rule,
    paying: Paying,
    inputs: dict[str, object],
) -> Finding:
    inputs = {**inputs, "section": route.section}
    ambiguities: list[str] = []
    if route.realised and "annex_i" in route.any_of:
        ambiguities += ["A1"] if held["c"] and not held["annex_i"] else []
        ambiguities += ["A19"] if held["annex_i"] and held["d"] else []
    if not route.realised and "d" in route.any_of:
        ambiguities.append("A2")
    if route.section == paying.section:
        return Finding("R-route", (route.article,), "pass", "route_fits", item.id, inputs, tuple(ambiguities))
    target = _equivalent(route.section, version, paying)
    inputs["target"] = target
    articles = (*paying.applies, route.article)
    found = Finding("R-route", articles, "fail", "route_elsewhere", item.id, inputs, tuple(ambiguities))
    return replace(found, reroute_to=target)


def _equivalent(section: str, version: Rule, paying: Paying) -> str:
    """Return the article of another section for the same activity; for the checklist that is phase 3 and back."""
    there = [each for each in version.paying.values() if each.section == section]
    same = [each for each in there if each.phase == paying.phase]
    return (same or there[-1:])[0].id


def _paid_before(case: Case, item: Item, version: Rule, paying: Paying) -> Iterator[Finding]:
    """R26b and R26c: earlier and pending payments of the same activity for the same object."""
    here = case.company.location.casefold()
    for earlier in case.history:
        phase = version.paying[earlier.article].phase
        if phase not in (paying.phase, *paying.overlaps) or (earlier.items and item.id not in earlier.items):
            continue
        step, article = _BARS[earlier.payer]
        inputs = {"object": item.id, "payer": earlier.payer, "article": earlier.article, "site": earlier.site}
        if earlier.site and here and earlier.site.casefold() != here:
            if earlier.items and _bars(earlier):
                yield Finding(step, (article,), "unknown", "same_id_elsewhere", item.id, inputs, asks=(article,))
            else:
                yield Finding(step, (article,), "note", "elsewhere", item.id, inputs)
        elif phase != paying.phase and earlier.items and _bars(earlier):
            inputs["claimed"] = paying.id
            yield Finding(step, (article,), "unknown", "paid_under_another_name", item.id, inputs, asks=(article,))
        else:
            yield _earlier(earlier, item, paying)


def _bars(earlier: Earlier) -> bool:
    """Say whether an earlier payment or request stands in the way of another for the same (26(b), 26(c))."""
    return earlier.status == "paid" or (earlier.payer == "NAM" and earlier.status == "pending")


def _earlier(earlier: Earlier, item: Item, paying: Paying) -> Finding:
    by_nam = earlier.payer == "NAM"
    step, article = _BARS[earlier.payer]
    inputs = {"object": item.id, "payer": earlier.payer, "article": earlier.article, "site": earlier.site}
    ambiguities = (*(("A5",) if not by_nam else ()), *(("A7",) if earlier.article != paying.id else ()))
    bars = _bars(earlier)
    if bars and not earlier.items:
        return Finding(step, (article,), "unknown", "paid_for_what", item.id, inputs, ambiguities, (article,))
    if bars:
        return Finding(step, (article,), "fail", f"{earlier.status}_before", item.id, inputs, ambiguities)
    if earlier.status == "pending":
        return Finding(step, (article,), "note", "pending_at_ncg", item.id, inputs, ambiguities)
    if earlier.status == "withdrawn" and by_nam:
        ambiguities = (*ambiguities, "A6")
        if earlier.proof is False:
            return Finding(
                step, (article,), "unknown", "withdrawal_not_shown", item.id, inputs, ambiguities, (article,)
            )
    articles = (article,) if by_nam or earlier.status == "withdrawn" else (article, "Awb 4:6")
    return Finding(step, articles, "pass", f"{earlier.status}_before", item.id, inputs, ambiguities)


def no_history(case: Case, findings: list[Finding]) -> list[Finding]:
    """Say of NCG and of NAM that nothing is known of them for these objects."""
    told = {finding.step for finding in findings}
    inputs = {"known": len(case.history)}
    steps = {"R26b": ("26(b)", "not_paid_by_ncg"), "R26c": ("26(c)", "not_paid_by_nam")}
    return [
        Finding(step, (article,), "pass", key, inputs=inputs)
        for step, (article, key) in steps.items()
        if step not in told
    ]


def timing(case: Case, paying: Paying) -> Iterator[Finding]:
    """R-timing: applied after the activities, or for a new-build after the design."""
    done = case.work.activities_completed if paying.after == "activities" else case.work.design_completed
    inputs = {"article": paying.id, "done": done}
    if done:
        yield Finding("R-timing", paying.pays, "pass", f"{paying.after}_done", inputs=inputs)
    elif done is None:
        yield Finding(
            "R-timing", paying.pays, "unknown", f"{paying.after}_unknown", inputs=inputs, asks=paying.pays[:1]
        )
    else:
        articles = (*paying.pays, "26(a)")
        yield Finding("R-timing", articles, "fail", f"{paying.after}_not_done", inputs=inputs, ambiguities=("A16",))


def method(case: Case, version: Rule, paying: Paying) -> Iterator[Finding]:
    """R-method: a prescribed method that fits; where none is named, the declaration of the institute settles it."""
    if not paying.method:
        return
    named = case.work.qualitative if paying.method == "qualitative" else case.work.quantitative
    selecting = {name for name, each in version.methods.items() if each.kind == "selection"}
    selected = paying.method == "qualitative" and not selecting.isdisjoint(named)
    if paying.method == "qualitative":
        named = tuple(name for name in named if name not in selecting)
    known = {name: each for name, each in version.methods.items() if each.kind == paying.method}
    whole = ("5(2)", "5(3)") if paying.method == "qualitative" else ("7(2)",)
    gap = paying.application[:1] if paying.application[0] in {each.id for each in version.gaps} else ()
    declared = "institute_declaration" in case.documents
    declaration = paying.documents["institute_declaration"]
    inputs: dict[str, object] = {"named": named, "article": paying.id}
    verdict: Verdict
    inside = [known[name] for name in named if name in known and _fits(known[name], case.items)]
    outside = tuple(name for name in named if name not in known)
    misfits = [known[name] for name in named if name in known and known[name] not in inside]
    if selected:
        methods = tuple(version.methods[name].text for name in sorted(selecting))
        yield Finding("R-method", ("5(3)",), "pass", "method_prescribed", inputs={"methods": methods})
    elif paying.method == "qualitative" and named:
        yield Finding("R-method", ("5(3)", declaration), "note", "selection_not_named", inputs=inputs)
    if misfits:
        of = {"methods": tuple(each.text for each in misfits), "objects": tuple(item.id for item in case.items)}
        articles = (*(each.article for each in misfits), *whole)
        verdict = "note" if inside or outside else "unknown"
        asks = whole if verdict == "unknown" else ()
        yield Finding("R-method", articles, verdict, "method_fits_no_object", inputs=of, asks=asks)
        if verdict == "unknown":
            return
    if not named:
        key = "method_declared" if declared else "method_not_named"
        verdict = "pass" if declared else "unknown"
        yield Finding("R-method", (*gap, *whole, declaration), verdict, key, inputs=inputs)
    elif not inside:
        inputs["outside"] = outside
        articles = (*gap, *whole, "26(a)")
        yield Finding("R-method", articles, "fail", "method_outside", inputs=inputs, ambiguities=("A16",))
    else:
        articles = tuple(dict.fromkeys((*gap, *whole, *(each.article for each in inside))))
        inputs["methods"] = tuple(each.text for each in inside)
        yield Finding("R-method", articles, "pass", "method_prescribed", inputs=inputs)
        if outside:
            inputs = {**inputs, "outside": outside}
            yield Finding("R-method", (*whole, declaration), "note", "method_also_outside", inputs=inputs)
        if paying.method == "quantitative":
            yield from _designated(case, version, inside, declaration)


def _fits(method: rules.Method, items: Sequence[Item]) -> bool:
    """Say whether a method may be one for an object of the case: none designated, or an object of that type or none."""
    return not (method.designated_for and items) or any(
        item.type in (method.designated_for, "", "other") for item in items
    )


def _designated(case: Case, version: Rule, used: list[rules.Method], declaration: str) -> Iterator[Finding]:
    """A8: an object for which the explanatory note designates a method that was not used."""
    for method in version.methods.values():
        of_type = tuple(item.id for item in case.items if method.designated_for and item.type == method.designated_for)
        if of_type and method not in used:
            inputs = {"objects": of_type, "method": method.text}
            articles = ("7(2)", method.article, declaration)
            yield Finding("R-method", articles, "note", "method_designated", inputs=inputs, ambiguities=("A8",))


def documents(case: Case, version: Rule, paying: Paying) -> Iterator[Finding]:
    """R-documents: the documents that the article of application asks for."""
    for code, letter in paying.documents.items():
        named = version.documents[code]
        present = code in case.documents
        articles = (*paying.application, letter, *named.also)
        inputs = {"document": named.text, "letter": letter}
        asked = (letter,)
        if code == "phase2_data" and not present and case.phase2_performed is not True:
            if case.phase2_performed is None:
                yield Finding("R-documents", articles, "unknown", "phase2_unknown", inputs=inputs, asks=asked)
            continue
        if not present:
            yield Finding("R-documents", articles, "fail", "document_missing", inputs=inputs, asks=asked)
            continue
        if code == "public_summary":
            articles = (*articles, "25", "annex II")
            if case.annex_ii_missing:
                items = [
                    version.annex_ii[each].text if each in version.annex_ii else each for each in case.annex_ii_missing
                ]
                inputs["items"] = tuple(items)
                yield Finding("R-documents", articles, "fail", "summary_incomplete", inputs=inputs, asks=asked)
                continue
        reviewed = any(event.type.startswith("review") for event in case.events)
        ambiguities = ("A15",) if code == "institute_declaration" and reviewed else ()
        yield Finding("R-documents", articles, "pass", "document_present", inputs=inputs, ambiguities=ambiguities)
    if paying.section == "2.2" and "public_summary" not in paying.documents and "public_summary" not in case.documents:
        yield Finding("R-documents", ("17",), "note", "summary_invited", ambiguities=("A14",))


def _overview(paying: Paying) -> str:
    """Return the reference of the overview of cost."""
    return paying.documents.get("cost_overview") or paying.documents["design_cost_overview"]


def no_costs(case: Case, paying: Paying) -> Iterator[Finding]:
    """R24: an application without a line of cost."""
    if not case.costs:
        letter = _overview(paying)
        yield Finding("R24", ("24", letter), "unknown", "no_costs", asks=(letter,))


def line(
    cost: Cost, by_item: dict[str, list[Finding]], standing: dict[str, Verdict], version: Rule, paying: Paying
) -> Line:
    """R24: a line of cost: what its class pays, and then what the standing of its object leaves of it."""
    kind = version.costs[cost.cost_class]
    inputs: dict[str, object] = {"cost": cost.id, "class": kind.text, "eur": cost.eur, "article": paying.id}
    whole = Line(cost.id, cost.label, cost.item, cost.cost_class, cost.eur, cost.eur, cost.eur, _not_yet(cost))
    unclear = kind.unclear_under.get(paying.id, ())
    if paying.id not in kind.under and not unclear:
        named = {"cost_overview": _overview(paying), "incremental": paying.incremental}
        articles = tuple(
            filter(None, (named.get(each, each) for each in (*kind.refused, *kind.refused_under.get(paying.id, ()))))
        )
        ambiguities = (kind.ambiguity,) if kind.ambiguity else ()
        finding = Finding("R24", articles, "fail", "cost_not_eligible", cost.id, inputs, ambiguities)
        return replace(whole, eligible=_NONE, granted=_NONE, finding=finding)
    articles = ("24",)
    if cost.cost_class == "expected_incremental":
        articles = ("24", paying.incremental)
    elif cost.cost_class in ("internal", "external"):
        articles = ("24", "note costs")
    ambiguities = ("A13",) if cost.cost_class == "design" and paying.id == "16" else ()
    of = [cost.item] if cost.item else list(by_item)
    states = {standing[name] for name in of}
    inputs["objects"] = tuple(of)
    if unclear and states != {"fail"}:
        articles = ("24", paying.incremental, *unclear)
        finding = Finding("R24", articles, "unknown", "cost_of_what", cost.id, inputs, asks=unclear)
        return replace(whole, eligible=None, granted=None, finding=finding)
    if states == {"pass"}:
        key = "cost_paid_conv" if paying.id in kind.convention_under else "cost_paid"
        return replace(whole, finding=Finding("R24", articles, "pass", key, cost.id, inputs, ambiguities))
    if states == {"fail"}:
        why = {article for name in of for each in by_item[name] if each.verdict == "fail" for article in each.articles}
        finding = Finding("R24", (*articles, *version.in_order(why)), "fail", "cost_of_refused", cost.id, inputs)
        return replace(whole, eligible=_NONE, granted=_NONE, finding=finding)
    if "unknown" in states or not states:
        finding = Finding("R24", articles, "unknown", "cost_waits", cost.id, inputs)
        return replace(whole, eligible=None, granted=None, finding=finding)
    letter = _overview(paying)
    inputs["refused"] = tuple(name for name in of if standing[name] == "fail")
    finding = Finding("R24", (*articles, letter), "unknown", "cost_to_divide", cost.id, inputs, asks=(letter,))
    return replace(whole, eligible=None, granted=None, finding=finding)


def _not_yet(cost: Cost) -> Finding:
    return Finding("R24", (), "unknown", "cost_waits", cost.id)


def unexamined(cost: Cost, version: Rule) -> Line:
    """Return the line of an application that fails before its cost is examined."""
    inputs = {"cost": cost.id, "class": version.costs[cost.cost_class].text, "eur": cost.eur}
    finding = Finding("R24", (), "note", "cost_not_examined", cost.id, inputs)
    return Line(cost.id, cost.label, cost.item, cost.cost_class, cost.eur, None, _NONE, finding)
