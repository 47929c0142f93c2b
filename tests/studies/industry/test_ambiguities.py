"""What the rule leaves open is answered as its data say, and the answer names the question."""

import pytest

from mijnrisico.studies.industry import rule


def other(**changes):
    return {"name": "Bedrijf X", "location": "Veendam", "annex_i": False, "categories": ["a"]} | changes


def test_a1_an_existing_object_of_category_c_is_judged_under_2_1_without_annex_i(make, judge):
    advice = judge(make(company=other(categories=["c"])))
    assert advice.outcome == "GRANT"
    assert "A1" in advice.ambiguities


def test_a2_a_new_build_of_category_d_goes_to_3_2(make, judge):
    advice = judge(make("12", company=other(categories=["d"])))
    assert (advice.outcome, advice.reroute_to) == ("REROUTE", ("22",))
    assert "A2" in advice.ambiguities


@pytest.mark.parametrize(("linked", "outcome"), [(True, "GRANT"), (False, "REJECT")])
def test_a3_the_functional_link_of_a_new_building_decides(make, judge, linked, outcome):
    given = make("12")
    given["objects"][0] |= {"kind": "building", "type": "control_room", "functionally_linked": linked}
    advice = judge(given)
    assert advice.outcome == outcome
    assert "A3" in advice.ambiguities


@pytest.mark.parametrize("letters", [["a"], ["b"], ["a", "b"]])
def test_a4_no_section_holds_so_reject_and_consider_4_84(make, judge, letters):
    advice = judge(make(company=other(categories=letters)))
    assert advice.outcome == "REJECT"
    assert advice.consider_hardship
    assert {"Awb 4:84", "4", "18"} <= set(advice.articles)
    assert "A4" in advice.ambiguities


def test_a5_a_second_grant_for_another_object_or_activity_is_possible(make, judge):
    paid = {"payer": "NCG", "status": "paid"}
    assert judge(make(history=[paid | {"article": "5", "objects": ["T9"]}])).outcome == "GRANT"
    assert judge(make(history=[paid | {"article": "9", "objects": ["T1"]}])).outcome == "GRANT"
    barred = judge(make(history=[paid | {"article": "5", "objects": ["T1"]}]))
    assert barred.outcome == "REJECT"
    assert "A5" in barred.ambiguities


@pytest.mark.parametrize(("proof", "outcome"), [(None, "GRANT"), (True, "GRANT"), (False, "SUPPLEMENT")])
def test_a6_a_withdrawn_request_is_not_pending_and_proof_is_kept(make, judge, proof, outcome):
    history = [{"payer": "NAM", "article": "5", "objects": ["T1"], "status": "withdrawn", "proof": proof}]
    advice = judge(make(history=history))
    assert advice.outcome == outcome
    assert "A6" in advice.ambiguities


@pytest.mark.parametrize(("paid", "claimed"), [("14", "7"), ("12", "5"), ("16", "9"), ("22", "19")])
def test_a7_the_activity_of_a_new_build_is_that_of_the_existing_object(make, judge, paid, claimed):
    object_id = make(claimed)["objects"][0]["id"]
    history = [{"payer": "NCG", "article": paid, "objects": [object_id], "status": "paid"}]
    advice = judge(make(claimed, history=history))
    assert advice.outcome == "REJECT"
    assert "A7" in advice.ambiguities


@pytest.mark.parametrize("method", ["loc", "rekenmethodiek"])
def test_a8_a_tank_by_another_prescribed_method_is_settled_by_the_declaration(make, judge, method):
    advice = judge(make("7", work__methods={"quantitative": [method]}))
    assert advice.outcome == "GRANT"
    assert "A8" in advice.ambiguities
    assert {"7(2)(c)", "8(c)"} <= set(advice.articles)
    undeclared = make("7", work__methods={"quantitative": [method]})
    undeclared["documents"] = [each for each in undeclared["documents"] if each != "institute_declaration"]
    assert judge(undeclared).missing == ("8(c)",)
    assert "A8" not in judge(make("7", work__methods={"quantitative": ["std_tanks"]})).ambiguities


def test_a9_the_value_of_the_day_of_filing_counts_for_an_existing_object(make, judge):
    given = make()
    given["objects"][0] |= {"pga475_application": 0.08, "pga475_completion": 0.01}
    advice = judge(given)
    assert advice.outcome == "GRANT"
    assert "A9" in advice.ambiguities


def test_a10_the_highest_cell_that_touches_the_object_counts(make, judge):
    given = make()
    given["objects"][0]["pga475_application"] = [0.048, 0.051, 0.047]
    advice = judge(given)
    assert advice.outcome == "GRANT"
    assert "A10" in advice.ambiguities
    given["objects"][0]["pga475_application"] = [0.048, 0.0499]
    assert judge(given).outcome == "REJECT"


@pytest.mark.parametrize(
    ("completion", "flagged"), [("2027-12-31", False), (2027, False), (2028, True), ("2031", True)]
)
def test_a11_a_completion_after_the_last_period_of_the_tool_is_flagged(make, judge, completion, flagged):
    given = make("12")
    given["objects"][0]["expected_completion"] = completion
    advice = judge(given)
    assert advice.outcome == "GRANT"
    assert ("A11" in advice.ambiguities) == flagged


def test_a12_a_grant_for_a_new_build_says_that_it_stands_when_completion_slips(make, judge):
    for article, said in (("12", True), ("22", True), ("5", False), ("19", False)):
        advice = judge(make(article))
        assert ("A12" in advice.ambiguities) == said
        assert ("slips" in advice.conditions) == said


def test_a13_design_cost_under_16_is_paid_for_what_the_requirement_adds(make, judge):
    advice = judge(make("16", costs=[{"id": "c1", "eur": 10, "class": "design"}]))
    assert advice.granted == 10
    assert "A13" in advice.ambiguities


def test_a14_article_17_is_not_refused_for_want_of_a_public_summary(make, judge):
    advice = judge(make("16"))
    assert advice.outcome == "GRANT"
    assert "A14" in advice.ambiguities
    assert "A14" not in judge(make("16", documents=[*make("16")["documents"], "public_summary"])).ambiguities


def test_a15_a_review_is_no_condition_and_the_declaration_is(make, judge):
    events = [{"type": "review_requested", "date": "2021-03-02"}]
    advice = judge(make(events=events))
    assert advice.outcome == "GRANT"
    assert advice.term.suspended_days == 0
    assert "A15" in advice.ambiguities
    assert judge(make(events=events, documents=["cost_overview", "public_summary", "nam_consent"])).missing == ("6(c)",)


def test_a16_what_can_be_cured_is_supplemented_and_what_cannot_is_rejected(make, judge):
    assert judge(make(documents=[])).outcome == "SUPPLEMENT"
    assert judge(make(work__activities_completed=False)).outcome == "REJECT"
    assert "A16" in judge(make(documents=[])).ambiguities


def test_a17_lost_revenue_is_no_cost_and_asks_for_a_thought_of_4_84(make, judge):
    costs = [{"id": "c1", "eur": 10, "class": "external"}, {"id": "c2", "eur": 5, "class": "lost_revenue"}]
    advice = judge(make("9", costs=costs))
    assert (advice.outcome, advice.granted) == ("PARTIAL_GRANT", 10)
    assert advice.consider_hardship
    assert "A17" in advice.ambiguities


@pytest.mark.parametrize(("proof", "outcome"), [(True, "GRANT"), (None, "SUPPLEMENT"), (False, "SUPPLEMENT")])
def test_a18_a_successor_keeps_the_listing_when_it_shows_it(make, judge, proof, outcome):
    company = {"name": "Nobian", "location": "Farmsum", "categories": ["a"], "annex_i": True, "annex_i_nr": 35}
    advice = judge(make(company=company | {"annex_i_proof": proof}))
    assert advice.outcome == outcome
    assert "A18" in advice.ambiguities


def test_a19_annex_i_goes_before_category_d(make, judge):
    advice = judge(make(company__categories=["a", "d"]))
    assert advice.outcome == "GRANT"
    assert "A19" in advice.ambiguities
    assert judge(make("19", company=make()["company"] | {"categories": ["d"]})).reroute_to == ("9",)


def test_a20_nam_is_an_applicant_like_another_with_a_second_reader(make, judge):
    nam = {"name": "NAM Schaapbulten", "location": "Meedhuizen", "annex_i": True, "categories": ["a"]}
    advice = judge(make(company=nam))
    assert advice.outcome == "GRANT"
    assert "A20" in advice.ambiguities


def test_a21_a_grant_says_that_it_is_compensation(make, judge):
    assert "A21" in judge(make()).ambiguities
    assert "A21" not in judge(make(documents=[])).ambiguities


@pytest.mark.parametrize(("received", "flagged"), [("2023-12-29", False), ("2024-01-02", True)])
def test_a22_terms_of_2021_that_were_replaced_are_flagged(make, judge, received, flagged):
    assert ("A22" in judge(make(received=received)).ambiguities) == flagged


def test_every_ambiguity_has_a_question_an_answer_and_what_it_rests_on():
    found = rule.versions()[0].ambiguities
    assert list(found) == [f"A{n}" for n in range(1, 23)]
    for each in found.values():
        assert each.basis in ("text", "note", "purpose", "convention")
        assert all(each.issue[lang] and each.answer[lang] for lang in ("nl", "en"))
        assert all(article in rule.versions()[0].articles for article in each.articles)


def test_a8_is_of_phase_2_alone(judge, make):
    advice = judge(make("5", work__methods={"qualitative": "handreiking_fase1"}))
    assert "A8" not in advice.ambiguities
    assert not any(article.startswith("7(2)") for article in advice.articles)
