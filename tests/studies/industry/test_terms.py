"""Terms are a function of the ledger: what suspends, what does not, and what follows from being late."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.studies.industry import terms
from mijnrisico.studies.industry.facts import Event, TermCase

MARCH = date(2021, 3, 1)


def on(text):
    return date.fromisoformat(text)


def request(day="2021-03-15", until="2021-04-12", supplemented=None):
    return Event(
        "supplement_request", on(day), on(until) if until else None, on(supplemented) if supplemented else None
    )


def delay(first, last, kind="consent_delay"):
    return Event(kind, start=on(first), end=on(last))


@pytest.mark.parametrize(
    ("events", "suspended", "last"),
    [
        ([], 0, "2021-04-26"),
        ([request(supplemented="2021-04-06")], 21, "2021-05-17"),
        ([request(supplemented="2021-03-16")], 0, "2021-04-26"),
        ([request(supplemented="2021-04-12")], 27, "2021-05-25"),
        ([request()], 28, "2021-05-25"),
        ([request(supplemented="2021-04-20")], 28, "2021-05-25"),
        ([request(until=None, supplemented="2021-04-06")], 0, "2021-04-26"),
        ([delay("2021-04-01", "2021-04-14")], 14, "2021-05-10"),
        ([delay("2021-04-01", "2021-04-14", "applicant_delay")], 14, "2021-05-10"),
        ([delay("2021-04-01", "2021-04-14", "force_majeure")], 14, "2021-05-10"),
        ([Event("review_requested", on("2021-03-02")), Event("review_received", on("2021-04-02"))], 0, "2021-04-26"),
        ([Event("extension", end=on("2021-06-01"))], 0, "2021-06-01"),
        ([Event("extension", end=on("2021-04-01"))], 0, "2021-04-26"),
        ([request(supplemented="2021-04-06"), delay("2021-03-20", "2021-04-10")], 26, "2021-05-24"),
        ([delay("2021-05-01", "2021-05-10")], 0, "2021-04-26"),
    ],
)
def test_the_last_day_follows_from_the_ledger(events, suspended, last):
    term = terms.decision_term(MARCH, events)
    assert term.suspended_days == suspended
    # 24 May 2021 is Whit Monday, 25 May the working day after it
    assert term.last_day == (on("2021-05-25") if last == "2021-05-24" else on(last))


def extension(until, day=None):
    return Event("extension", day=on(day) if day else None, end=on(until))


@pytest.mark.parametrize(
    ("events", "suspended", "last", "too_late"),
    [
        ([extension("2021-06-01"), request("2021-05-03", "2021-05-31")], 28, "2021-06-29", ()),
        ([extension("2021-06-01", "2021-04-20"), request("2021-05-03", "2021-05-31")], 28, "2021-06-29", ()),
        ([extension("2021-06-01", "2021-04-26"), request("2021-05-03", "2021-05-31")], 28, "2021-06-29", ()),
        ([extension("2021-06-01", "2021-04-28")], 0, "2021-04-26", ("2021-04-28",)),
        (
            [extension("2021-06-01", "2021-04-28"), request("2021-05-03", "2021-05-31")],
            0,
            "2021-04-26",
            ("2021-04-28",),
        ),
        ([request(), extension("2021-07-01", "2021-05-20")], 28, "2021-07-01", ()),
        ([extension("2021-06-01"), extension("2021-07-01", "2021-06-01")], 0, "2021-07-01", ()),
        ([extension("2021-06-01"), extension("2021-07-01", "2021-06-02")], 0, "2021-06-01", ("2021-06-02",)),
    ],
)
def test_the_ledger_is_taken_in_the_order_of_time(events, suspended, last, too_late):
    for order in (events, events[::-1]):
        term = terms.decision_term(MARCH, order)
        assert (term.suspended_days, term.last_day) == (suspended, on(last))
        assert term.too_late == tuple(map(on, too_late))
        assert ("Awb 4:14(3)" in term.articles) == bool(too_late)


@pytest.mark.parametrize(
    ("event", "suspended", "last"),
    [
        (delay("2021-04-06", "2021-04-14"), 9, "2021-04-15"),  # Easter Monday is 5 April: the term runs on to 6 April
        (delay("2021-04-07", "2021-04-14"), 0, "2021-04-06"),
        (request("2021-04-06", "2021-04-20"), 14, "2021-04-20"),
        (request("2021-04-05", "2021-04-20"), 15, "2021-04-21"),
        (request("2021-04-07", "2021-04-20"), 0, "2021-04-06"),
        (extension("2021-05-11", "2021-04-06"), 0, "2021-05-11"),
        (extension("2021-05-11", "2021-04-07"), 0, "2021-04-06"),
    ],
)
def test_what_happens_on_a_day_to_which_the_term_ran_on_counts(event, suspended, last):
    term = terms.decision_term(on("2021-02-08"), [event])  # eight weeks end on Easter Monday
    assert term.base_last_day == on("2021-04-05")
    assert (term.suspended_days, term.last_day) == (suspended, on(last))


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_an_extension_that_came_too_late_is_told(make, judge, lang):
    from mijnrisico.studies.industry import in_words

    advice = judge(make(events=[{"type": "extension", "date": "2021-04-28", "to": "2021-06-01"}]))
    assert "Awb 4:14(3)" in " ".join(in_words.term(advice, lang))
    assert "Awb 4:14(3)" in advice.articles


def test_a_decision_may_name_a_later_day_of_payment_and_no_earlier_one():
    from mijnrisico.studies.industry import rule

    text = rule.other_articles()["Awb 4:87(1)"].text
    assert ("latere dag" in text["nl"], "later day" in text["en"]) == (True, True)


def test_while_a_request_is_open_the_last_day_is_not_determined():
    term = terms.decision_term(MARCH, [request()], today=on("2021-04-12"))
    assert (term.last_day, term.suspended_days) == (None, None)
    assert term.at_latest == on("2021-05-25")
    assert terms.decision_term(MARCH, [request()], today=on("2021-04-13")).last_day == on("2021-05-25")


def test_a_request_without_a_term_is_reported_as_one_that_does_not_suspend():
    assert terms.decision_term(MARCH, [request(until=None)]).without_term == (on("2021-03-15"),)


def test_the_grounds_of_suspension_are_cited():
    events = [request(supplemented="2021-04-06"), delay("2021-04-20", "2021-04-21")]
    articles = terms.decision_term(MARCH, events).articles
    assert {"Awb 4:13(2)", "Awb 4:15(1)(a)", "Awb 4:15(2)(a)"} <= set(articles)


@settings(max_examples=50)
@given(
    received=st.dates(date(2021, 1, 1), date(2028, 12, 31)),
    spans=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 40)), max_size=5),
)
def test_the_order_of_the_ledger_does_not_matter_and_days_count_once(received, spans):
    events = [
        Event("consent_delay", start=received + timedelta(days=first), end=received + timedelta(days=first + length))
        for first, length in spans
    ]
    term = terms.decision_term(received, events)
    assert terms.decision_term(received, events[::-1]) == term
    days = {first + n for first, length in spans for n in range(length + 1)}
    assert term.suspended_days is not None
    assert 0 <= term.suspended_days <= len(days)
    assert term.last_day is not None
    assert term.last_day >= received + timedelta(days=56)
    assert term.suspended_days == sum(each.days for each in term.suspensions)


@pytest.mark.parametrize(
    ("days", "eur"), [(0, 0), (1, 23), (14, 322), (15, 357), (16, 392), (28, 812), (29, 857), (42, 1442), (60, 1442)]
)
def test_the_penalty_rises_in_three_steps_up_to_its_cap(days, eur):
    assert terms.penalty_eur(days) == eur


def test_a_penalty_over_days_whose_rates_are_not_known_has_no_amount():
    assert terms.penalty_eur(2, on("2025-12-30")) == 46
    assert terms.penalty_eur(3, on("2025-12-30")) is None
    case = TermCase("1", notice_of_default_received=on("2026-03-02"), decision_announced=on("2026-03-30"))
    found = terms.answer(case)
    assert (found.penalty_days, found.penalty_eur, found.rates_unknown) == (13, None, True)


def test_before_the_first_day_known_of_the_rates_there_is_no_amount():
    assert terms.penalty_eur(1, on("2020-12-31")) is None
    assert terms.penalty_eur(1, on("2021-01-01")) == 23
    case = TermCase("1", notice_of_default_received=on("2018-03-01"), decision_announced=on("2018-04-01"))
    found = terms.answer(case)
    assert (found.penalty_days, found.penalty_eur, found.rates_unknown) == (16, None, True)


def test_without_the_day_of_receipt_a_notice_cannot_be_tested_for_being_early():
    notice = {"notice_of_default_received": on("2021-05-10"), "decision_announced": on("2021-06-10")}
    assert terms.answer(TermCase("1", **notice)).prematurity_untested
    found = terms.answer(TermCase("1", received=on("2021-03-08"), **notice))
    assert not found.prematurity_untested
    assert "Awb 4:17(6)" in found.articles
    assert not terms.answer(TermCase("1")).prematurity_untested


def test_the_penalty_begins_two_full_weeks_after_the_notice_whatever_day_that_is():
    late = terms.penalty(on("2021-05-10"), on("2021-06-10"), on("2021-05-03"))
    assert late.first_day == on("2021-05-25")  # 24 May, Whit Monday, does not lengthen the two weeks
    assert (late.days, late.eur) == (16, 392)


def test_a_decision_in_the_two_weeks_costs_nothing():
    late = terms.penalty(on("2021-05-10"), on("2021-05-24"))
    assert (late.days, late.eur) == (0, 0)


def test_a_notice_before_the_term_has_passed_brings_nothing():
    case = TermCase("1", received=on("2021-03-08"), notice_of_default_received=on("2021-05-03"))
    found = terms.answer(case)
    assert found.premature_notice
    assert found.first_penalty_day is None


@pytest.mark.parametrize(("announced", "last"), [("2021-04-15", "2021-05-27"), ("2021-04-12", "2021-05-25")])
def test_payment_and_objection_have_six_weeks(announced, last):
    assert terms.pay_by(on(announced)) == on(last)
    assert terms.objection(on(announced)) == (on(announced) + timedelta(days=1), on(last))


def test_the_burden_is_counted_to_the_cent():
    assert terms.answer(TermCase("1", minutes=Decimal(39), rate_eur_per_hour=Decimal(54))).eur == Decimal("35.10")


def test_a_case_without_facts_has_an_empty_answer():
    found = terms.answer(TermCase("1"))
    assert found.articles == ()
    assert found.last_day_of_decision_term is None
