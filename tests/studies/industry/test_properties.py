"""What must hold of every application, over generated ones."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.studies import industry
from mijnrisico.studies.industry import reading, rule

RULE = rule.versions()[0]
BETTER = ("OUT_OF_RULE", "REJECT", "REROUTE", "NOT_PROCESSED", "SUPPLEMENT", "PARTIAL_GRANT", "GRANT")
MAYBE = st.sampled_from([True, False, None])
LIKELY = st.sampled_from([True, True, True, True, False, None])
PGA = st.sampled_from([0.08, 0.08, 0.08, 0.05, 0.0499, None])


def objects(count):
    one = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["installation", "installation", "building", None]),
            "type": st.sampled_from(reading.OBJECT_TYPES),
            "functionally_linked": LIKELY,
            "realised": st.sampled_from([True, True, True, False, None]),
            "pga475_application": PGA,
            "pga475_completion": PGA,
        }
    )
    return st.lists(one, min_size=0, max_size=count).map(
        lambda found: [{"id": f"O{n}", **each} for n, each in enumerate(found)]
    )


@st.composite
def applications(draw):
    found = draw(objects(3))
    ids = [each["id"] for each in found]
    article = draw(st.sampled_from(sorted(RULE.paying)))
    costs = [
        {
            "id": f"c{n}",
            "eur": draw(st.integers(0, 10_000_000)) / 100,
            "class": draw(st.sampled_from(["external", "external", "external", *sorted(RULE.costs)])),
            "object": draw(st.sampled_from([*ids, None])),
        }
        for n in range(draw(st.integers(0, 4)))
    ]
    history = [
        {
            "payer": draw(st.sampled_from(["NCG", "NAM"])),
            "article": draw(st.sampled_from(sorted(RULE.paying))),
            "objects": draw(st.lists(st.sampled_from(ids), max_size=2)) if ids else [],
            "status": draw(st.sampled_from(["paid", "pending", "finally_rejected", "withdrawn"])),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    events = draw(
        st.sampled_from([[], [{"type": "supplement_request", "date": "2021-03-15", "term_end": "2021-04-12"}]])
    )
    return {
        "received": draw(st.sampled_from(["2021-03-01", "2021-03-01", "2021-03-01", "2020-12-01"])),
        "today": draw(st.sampled_from([None, None, "2021-04-20", "2021-08-01"])),
        "claim_article": article,
        "company": {
            "name": "Covestro",
            "location": "Foxhol",
            "annex_i": draw(MAYBE),
            "categories": draw(st.sampled_from([["a"], ["a"], ["b", "c"], ["d"], ["a", "d"], [], None])),
        },
        "objects": found,
        "work": {
            "activities_completed": draw(LIKELY),
            "design_completed": draw(LIKELY),
            "methods": draw(st.sampled_from([{}, {}, {"quantitative": ["loc"]}, {"qualitative": ["eigen"]}])),
        },
        "documents": draw(st.lists(st.sampled_from(sorted(RULE.documents)), unique=True)),
        "annex_ii_missing": draw(st.sampled_from([[], [], ["study.aim"]])),
        "costs": costs,
        "history": history,
        "phase2_performed": draw(MAYBE),
        "events": events,
    }


def judged(facts):
    (case,) = industry.from_json(json.dumps({"cases": [{"id": "1", "facts": facts}]})).cases
    assert isinstance(case, industry.Case), case
    return industry.decide(case)


@settings(max_examples=50)
@given(facts=applications(), more=st.sampled_from(sorted(RULE.documents)))
def test_a_document_that_is_added_with_the_same_events_never_worsens_the_outcome(facts, more):
    before = judged(facts)
    after = judged({**facts, "documents": sorted({*facts["documents"], more})})
    assert BETTER.index(after.outcome) >= BETTER.index(before.outcome)
    assert set(after.missing) <= set(before.missing)


@settings(max_examples=40)
@given(facts=applications(), order=st.randoms(use_true_random=False))
def test_the_order_of_objects_costs_and_history_does_not_matter(facts, order):
    shuffled = dict(facts)
    for key in ("objects", "costs", "history", "documents"):
        shuffled[key] = list(facts[key])
        order.shuffle(shuffled[key])
    one, other = industry.of_advice(judged(facts)), industry.of_advice(judged(shuffled))
    assert one == other


@settings(max_examples=50)
@given(facts=applications())
def test_granted_is_at_most_eligible_is_at_most_claimed_and_lines_sum_to_the_cent(facts):
    advice = judged(facts)
    for line in advice.lines:
        assert (line.granted or 0) <= (line.eligible or 0) <= line.claimed
        early = advice.outcome in ("OUT_OF_RULE", "REJECT", "REROUTE")
        assert line.eligible is not None or early or line.finding.verdict == "unknown"
    assert len(advice.lines) == len(facts["costs"])
    if advice.granted is None:
        assert advice.outcome == "SUPPLEMENT"
    else:
        assert advice.granted == sum((line.granted for line in advice.lines), Decimal(0))
        assert advice.granted <= advice.claimed
        assert advice.granted == advice.granted.quantize(Decimal("0.01"))
    if advice.outcome == "GRANT":
        assert advice.granted == advice.claimed
    if advice.outcome not in ("GRANT", "PARTIAL_GRANT"):
        assert not advice.granted


@settings(max_examples=40)
@given(facts=applications())
def test_every_advice_explains_itself(facts):
    advice = judged(facts)
    assert [finding.step for finding in advice.findings].count("R-hardship") == 1
    assert (advice.outcome == "REROUTE") == bool(advice.reroute_to)
    if advice.outcome in ("SUPPLEMENT", "NOT_PROCESSED"):
        assert advice.missing
    if advice.outcome not in ("GRANT", "PARTIAL_GRANT", "SUPPLEMENT"):
        assert any(finding.verdict == "fail" for finding in advice.findings)
    for finding in advice.findings:
        for lang in ("nl", "en"):
            assert finding.words(lang)
    known = RULE.articles.keys() | rule.other_articles().keys()
    assert set(advice.articles) <= known
    assert set(advice.missing) <= known


@settings(max_examples=40)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["id", "facts", "received", "claim_article", "company", "objects", "costs",
                                         "events", "work", "methods", "categories", "eur", "date", "type"]),
                        inner, max_size=4), max_leaves=12))  # fmt: skip
def test_nothing_that_json_can_say_makes_reading_fall_over(anything):
    batch = industry.from_json(json.dumps({"cases": [{"id": "1", "facts": anything}], "term_cases": [anything]}))
    assert len(batch.cases) == 1
    if isinstance(batch.cases[0], industry.Case):
        industry.decide(batch.cases[0])


@pytest.mark.parametrize("key", ["company", "objects", "costs", "history", "events", "work", "documents"])
def test_a_key_that_is_null_is_a_key_that_is_absent(make, judge, key):
    given = make()
    without = {name: value for name, value in given.items() if name != key}
    assert industry.of_advice(judge({**given, key: None})) == industry.of_advice(judge(without))
