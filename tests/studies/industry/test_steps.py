"""Each step of the judgement: what it lets through, what it stops, and what it asks for."""

import pytest

from mijnrisico.studies.industry.findings import STEPS


def verdicts(advice, step):
    return {finding.verdict for finding in advice.findings if finding.step == step}


def test_an_application_of_before_the_rule_is_not_judged(make, judge):
    advice = judge(make(received="2020-12-31"))
    assert advice.outcome == "OUT_OF_RULE"
    assert advice.granted == 0
    assert judge(make(received="2021-01-01")).outcome == "GRANT"


@pytest.mark.parametrize(
    ("received", "verdict"), [("2021-12-31", "pass"), ("2022-01-03", "unknown"), ("2025-05-01", "unknown")]
)
def test_after_the_last_day_known_nobody_is_told_that_the_rule_holds(make, judge, received, verdict):
    advice = judge(make(received=received))
    assert advice.outcome == "GRANT"
    finding = next(each for each in advice.findings if each.step == "R0")
    assert (finding.verdict, finding.articles) == (verdict, ("28",))
    assert ("niet gevonden" in finding.words("nl")) == ("artikel 28" in finding.words("nl")) == (verdict == "unknown")


@pytest.mark.parametrize("article", ["5", "7", "9", "12", "14", "16", "19", "22"])
def test_a_complete_application_under_every_paying_article_is_granted(make, judge, article):
    advice = judge(make(article, work__methods={"quantitative": ["loc"]} if article in ("7", "14") else {}))
    assert advice.outcome == "GRANT"
    assert advice.granted == 40000


def test_the_steps_stand_in_their_order_and_hardship_is_always_the_last(make, judge):
    for given in (make(), make(company__categories=[]), make(received="2020-01-01"), make(documents=[])):
        steps = [STEPS.index(finding.step) for finding in judge(given).findings]
        assert steps == sorted(steps)
        assert steps[-1] == STEPS.index("R-hardship")


@pytest.mark.parametrize("letter", ["a", "b", "d", "e", "g", "h"])
def test_category_a_follows_from_the_letters_of_the_bevi(make, judge, letter):
    company = {"name": "Covestro", "location": "Foxhol", "annex_i": True, "bevi_2_1": [letter]}
    advice = judge(make(company=company))
    assert advice.outcome == "GRANT"
    assert "2(1)(a)" in advice.articles


@pytest.mark.parametrize("letters", [["c"], ["f"], ["c", "f"]])
def test_railway_yards_and_letter_f_are_left_out_of_category_a(make, judge, letters):
    company = {"name": "Emplacement X", "location": "Onnen", "annex_i": False, "bevi_2_1": letters}
    advice = judge(make(company=company))
    assert advice.outcome == "REJECT"
    assert {"2(1)(a)", "26(a)"} <= set(advice.articles)
    (ground,) = (finding for finding in advice.findings if finding.step == "R2.1")
    assert all("[conv]" in ground.words(lang) for lang in ("nl", "en"))


@pytest.mark.parametrize(
    "evidence",
    [{"ied_annex_i": False}, {"arie": False, "risk_map": False}, {"bevi_2_1": []}, {"bevi_2_1": ["c"], "arie": False}],
)
def test_a_category_of_which_nothing_was_shown_is_asked_and_no_ground_against(make, judge, evidence):
    advice = judge(
        make(company={"name": "Bedrijf X", "location": "Onnen", "annex_i": True, "annex_i_nr": 2} | evidence)
    )
    assert advice.outcome == "SUPPLEMENT"
    assert "2(1)" in advice.missing


def test_evidence_against_every_category_is_a_ground_against(make, judge):
    evidence = {"bevi_2_1": [], "ied_annex_i": False, "arie": False, "risk_map": False}
    assert judge(make(company={"name": "Covestro", "location": "Foxhol"} | evidence)).outcome == "REJECT"


def test_a_category_that_is_shown_does_not_settle_a_section_that_hangs_on_another(make, judge):
    advice = judge(make(company={"name": "Bedrijf X", "location": "Onnen", "annex_i": False, "bevi_2_1": ["a"]}))
    assert (advice.outcome, advice.missing) == ("SUPPLEMENT", ("2(1)",))


@pytest.mark.parametrize(("claimed", "letters"), [("5", ["a"]), ("5", ["d"]), ("19", ["d"])])
def test_a_listed_establishment_stated_as_not_listed_is_asked_and_never_refused_for_it(make, judge, claimed, letters):
    company = {"name": "Covestro", "location": "Foxhol", "annex_i": False, "categories": letters}
    advice = judge(make(claimed, company=company))
    assert (advice.outcome, advice.missing) == ("SUPPLEMENT", ("annex I",))


def test_a_succession_that_is_not_shown_moves_nobody_to_another_section(make, judge):
    company = {"name": "Nieuw", "location": "Farmsum", "annex_i_nr": 35, "categories": ["d"]}
    assert judge(make("19", company=company)).missing == ("annex I",)
    assert judge(make("19", company=company | {"annex_i_proof": True})).reroute_to == ("9",)


@pytest.mark.parametrize(("evidence", "letter"), [("ied_annex_i", "b"), ("arie", "c"), ("risk_map", "d")])
def test_the_other_categories_follow_from_their_evidence(make, judge, evidence, letter):
    company = {"name": "Covestro", "location": "Foxhol", "annex_i": True, evidence: True}
    assert f"2(1)({letter})" in judge(make(company=company)).articles


def test_a_company_of_which_nothing_is_known_is_asked_for_its_category(make, judge):
    advice = judge(make(company={"name": "Covestro", "location": "Foxhol"}))
    assert advice.outcome == "SUPPLEMENT"
    assert advice.missing == ("2(1)",)
    assert advice.granted is None


@pytest.mark.parametrize(
    ("change", "outcome", "missing"),
    [
        ({"kind": "building", "functionally_linked": False}, "REJECT", ()),
        ({"kind": "building", "functionally_linked": True}, "GRANT", ()),
        ({"kind": "building", "functionally_linked": None}, "SUPPLEMENT", ("2(2)",)),
        ({"kind": "installation", "functionally_linked": False}, "GRANT", ()),
        ({"kind": None}, "SUPPLEMENT", ("2(2)",)),
        ({"pga475_application": 0.05}, "GRANT", ()),
        ({"pga475_application": 0.0499999}, "REJECT", ()),
        ({"pga475_application": None}, "SUPPLEMENT", ("3(1)",)),
        ({"pga475_application": None, "pga475_completion": 0.09}, "SUPPLEMENT", ("3(1)",)),
        ({"realised": None}, "SUPPLEMENT", ("3(1)", "4")),
    ],
)
def test_an_object_passes_fails_or_is_asked_about(make, judge, change, outcome, missing):
    given = make()
    given["objects"][0] |= change
    advice = judge(given)
    assert (advice.outcome, advice.missing) == (outcome, missing)


def test_the_threshold_is_held_against_the_decimals_as_written():
    from mijnrisico.studies import industry

    text = '{"cases": [{"id": "1", "facts": {"received": "2021-03-01", "claim_article": "5", "company": {"name": '
    text += '"Covestro", "location": "Foxhol", "annex_i": true, "categories": ["a"]}, "objects": [{"id": "T1", "kind": '
    text += '"installation", "realised": true, "pga475_application": 0.04999999999999999999999}]}}]}'
    (case,) = industry.from_json(text).cases
    assert industry.decide(case).outcome == "REJECT"  # as a binary number it is 0.05


def test_what_is_yet_to_be_built_is_judged_by_the_value_at_completion(make, judge):
    given = make("12")
    given["objects"][0] |= {"pga475_application": 0.09, "pga475_completion": 0.049}
    assert judge(given).outcome == "REJECT"
    given["objects"][0] |= {"pga475_application": 0.01, "pga475_completion": 0.05}
    assert judge(given).outcome == "GRANT"
    given["objects"][0].pop("pga475_completion")
    assert judge(given).missing == ("3(2)",)


@pytest.mark.parametrize(
    ("claimed", "letters", "annex_i", "realised", "target"),
    [
        ("5", ["a"], True, False, "12"),
        ("7", ["c"], False, False, "14"),
        ("9", ["b"], True, False, "16"),
        ("12", ["a"], True, True, "5"),
        ("14", ["c"], False, True, "7"),
        ("16", ["c"], False, True, "9"),
        ("5", ["d"], False, True, "19"),
        ("7", ["d"], False, False, "22"),
        ("22", ["d"], False, True, "19"),
        ("19", ["d"], False, False, "22"),
        ("19", ["d", "c"], False, True, "9"),
        ("22", ["d", "b"], False, False, "16"),
    ],
)
def test_another_article_that_fits_is_named(make, judge, claimed, letters, annex_i, realised, target):
    company = {"name": "Covestro" if annex_i else "Bedrijf X", "location": "Foxhol", "annex_i": annex_i}
    given = make(claimed, company=company | {"categories": letters})
    given["objects"][0] |= {"realised": realised, "pga475_completion": 0.07, "expected_completion": "2023-06-01"}
    advice = judge(given)
    assert advice.outcome == "REROUTE"
    assert advice.reroute_to == (target,)
    assert advice.granted == 0
    assert not advice.consider_hardship


def test_an_application_that_fails_early_tells_what_was_not_examined_and_what_was_claimed(make, judge):
    advice = judge(make(company__categories=[]))
    assert advice.skipped[0] == "R2.2"
    assert advice.claimed == 40000
    assert [(line.eligible, line.granted) for line in advice.lines] == [(None, 0)]
    assert judge(make()).skipped == ()


def test_one_object_that_fits_keeps_the_claimed_article(make, judge):
    given = make()
    given["objects"].append({**given["objects"][0], "id": "N2", "realised": False, "pga475_completion": 0.07})
    given["costs"] = [
        {"id": f"c{n}", "eur": 100 * n, "class": "external", "object": o} for n, o in ((1, "T1"), (2, "N2"))
    ]
    advice = judge(given)
    assert advice.outcome == "PARTIAL_GRANT"
    assert advice.granted == 100
    assert "11" in advice.articles


@pytest.mark.parametrize(
    ("article", "key", "value", "outcome"),
    [
        ("5", "activities_completed", False, "REJECT"),
        ("5", "activities_completed", None, "SUPPLEMENT"),
        ("5", "design_completed", False, "GRANT"),
        ("16", "design_completed", False, "REJECT"),
        ("16", "design_completed", None, "SUPPLEMENT"),
        ("16", "activities_completed", False, "GRANT"),
        ("22", "design_completed", False, "REJECT"),
        ("19", "activities_completed", False, "REJECT"),
    ],
)
def test_one_applies_after_the_activities_or_for_a_new_build_after_the_design(
    make, judge, article, key, value, outcome
):
    given = make(article)
    given["work"][key] = value
    advice = judge(given)
    assert advice.outcome == outcome
    assert ("26(a)" in advice.articles) == (outcome == "REJECT")


@pytest.mark.parametrize(
    ("article", "methods", "outcome", "cited"),
    [
        ("5", {"qualitative": "handreiking_fase1"}, "GRANT", "5(2)"),
        ("5", {"qualitative": "eigen methode"}, "REJECT", "26(a)"),
        ("12", {"qualitative": "eigen methode"}, "REJECT", "13"),
        ("7", {"quantitative": ["loc"]}, "GRANT", "7(2)(a)"),
        ("7", {"quantitative": ["rekenmethodiek"]}, "GRANT", "7(2)(b)"),
        ("7", {"quantitative": ["std_piperacks"]}, "SUPPLEMENT", "7(2)(d)"),
        ("7", {"quantitative": ["std_piperacks", "loc"]}, "GRANT", "7(2)(d)"),
        ("7", {"quantitative": ["std_piperacks", "eigen methode"]}, "REJECT", "26(a)"),
        ("5", {"qualitative": ["handreiking_fase1", "selectiemethodiek"]}, "GRANT", "5(3)"),
        ("5", {"qualitative": ["selectiemethodiek", "eigen methode"]}, "REJECT", "26(a)"),
        ("5", {"qualitative": "selectiemethodiek"}, "GRANT", "6(c)"),
        ("7", {"quantitative": ["selectiemethodiek"]}, "REJECT", "26(a)"),
        ("7", {"quantitative": ["handreiking_fase1"]}, "REJECT", "26(a)"),
        ("14", {"quantitative": ["eigen methode"]}, "REJECT", "15"),
        ("7", {"quantitative": ["loc", "eigen methode"]}, "GRANT", "8(c)"),
        ("7", {}, "GRANT", "8(c)"),
        ("9", {"quantitative": ["eigen methode"]}, "GRANT", "9"),
    ],
)
def test_a_method_outside_the_list_is_a_ground_against(make, judge, article, methods, outcome, cited):
    advice = judge(make(article, work__methods=methods))
    assert advice.outcome == outcome
    assert cited in advice.articles


@pytest.mark.parametrize(("kind", "missing"), [("pipe_rack", ()), ("other", ()), ("reactor", ("7(2)",))])
def test_a_designated_method_that_fits_no_object_shows_no_prescribed_one(make, judge, kind, missing):
    given = make("7", work__methods={"quantitative": ["std_piperacks"]})
    given["objects"][0]["type"] = kind
    assert judge(given).missing == missing


def test_the_method_of_selection_is_one_of_those_prescribed(make, judge):
    named = {finding.key for finding in judge(make(work__methods={"qualitative": "handreiking_fase1"})).findings}
    assert "selection_not_named" in named
    both = make(work__methods={"qualitative": ["handreiking_fase1", "selectiemethodiek"]})
    advice = judge(both)
    assert "selection_not_named" not in {finding.key for finding in advice.findings}
    assert any("Selectiemethodiek" in finding.words("nl") for finding in advice.findings)


@pytest.mark.parametrize("article", ["5", "7", "9", "12", "14", "16", "19", "22"])
def test_every_document_of_an_article_is_asked_for_by_its_letter(make, judge, article):
    from mijnrisico.studies.industry import rule

    paying = rule.versions()[0].paying[article]
    whole = make(article)
    for code, letter in paying.documents.items():
        given = make(article, documents=[each for each in whole["documents"] if each != code])
        advice = judge(given)
        assert (advice.outcome, advice.missing) == ("SUPPLEMENT", (letter,)), code


@pytest.mark.parametrize(("done", "outcome"), [(True, "SUPPLEMENT"), (False, "GRANT"), (None, "SUPPLEMENT")])
def test_data_of_phase_2_are_needed_if_phase_2_was_done(make, judge, done, outcome):
    given = make("9", documents=["cost_overview", "public_summary", "phase1_data", "nam_consent"])
    given["phase2_performed"] = done
    assert judge(given).outcome == outcome


def test_a_public_summary_that_lacks_something_of_annex_ii_is_to_be_completed(make, judge):
    advice = judge(make(annex_ii_missing=["study.performer"]))
    assert (advice.outcome, advice.missing) == ("SUPPLEMENT", ("6(b)",))
    assert {"25", "annex II"} <= set(advice.articles)
    assert judge(make("19", annex_ii_missing=["study.performer"])).outcome == "GRANT"


def test_substance_is_decided_before_documents_are_asked_for(make, judge):
    for given in (
        make(documents=[], company__categories=[]),
        make(documents=[], work__activities_completed=False),
        make(documents=[], work__methods={"qualitative": "eigen methode"}),
        make(documents=[], costs=[{"id": "c1", "eur": 5, "class": "indirect"}]),
        make(documents=[], history=[{"payer": "NCG", "article": "5", "objects": ["T1"], "status": "paid"}]),
    ):
        advice = judge(given)
        assert advice.outcome == "REJECT"
        assert advice.missing == ()


REQUEST = {"type": "supplement_request", "date": "2021-03-15", "term_end": "2021-04-12"}


@pytest.mark.parametrize(
    ("event", "today", "outcome"),
    [
        ({}, None, "SUPPLEMENT"),
        ({}, "2021-04-12", "SUPPLEMENT"),
        ({}, "2021-04-13", "NOT_PROCESSED"),
        ({}, "2021-05-10", "NOT_PROCESSED"),
        ({}, "2021-05-11", "REJECT"),
        ({"supplemented": "2021-04-06"}, "2021-04-20", "NOT_PROCESSED"),
        ({"supplemented": "2021-04-06"}, "2021-05-04", "NOT_PROCESSED"),
        ({"supplemented": "2021-04-06"}, "2021-05-05", "REJECT"),
        ({"term_end": None}, "2021-06-01", "SUPPLEMENT"),
    ],
)
def test_an_opportunity_that_lapsed_leaves_unprocessed_within_four_weeks(make, judge, event, today, outcome):
    given = make(documents=["cost_overview"], events=[REQUEST | event], today=today)
    assert judge(given).outcome == outcome


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        (["public_summary", "institute_declaration", "nam_consent"], "NOT_PROCESSED"),
        (["6(b)", "6(c)", "6(d)", "6(a)"], "NOT_PROCESSED"),
        (["public_summary", "6(c)"], "SUPPLEMENT"),
        ([], "SUPPLEMENT"),
    ],
)
@pytest.mark.parametrize("today", ["2021-04-13", "2021-06-01"])
def test_only_what_was_asked_for_leaves_an_application_unprocessed(make, judge, asked, outcome, today):
    given = make(documents=["cost_overview"], events=[REQUEST | {"asked": asked}], today=today)
    late = "REJECT" if today == "2021-06-01" and outcome == "NOT_PROCESSED" else outcome
    advice = judge(given)
    assert advice.outcome == late
    assert advice.missing == ("6(b)", "6(c)", "6(d)")
    assert not [finding for finding in advice.findings if finding.key.endswith("_if_asked")]


def test_what_an_earlier_request_asked_and_let_lapse_was_asked(make, judge):
    first = REQUEST | {"date": "2021-03-02", "term_end": "2021-03-10", "asked": ["public_summary", "nam_consent"]}
    events = [first, REQUEST | {"asked": ["institute_declaration"]}]
    given = make(documents=["cost_overview"], events=events, today="2021-04-13")
    assert judge(given).outcome == "NOT_PROCESSED"


@pytest.mark.parametrize(("lang", "words"), [("nl", "als daarom is gevraagd"), ("en", "if this was asked")])
def test_where_the_ledger_does_not_say_what_was_asked_the_finding_says_so(make, judge, lang, words):
    for today in ("2021-04-13", "2021-06-01"):
        given = make(documents=["cost_overview"], events=[REQUEST], today=today)
        (finding,) = (each for each in judge(given).findings if each.step == "R-outcome")
        assert words in finding.words(lang)


@pytest.mark.parametrize("today", ["2021-04-13", "2021-06-01"])
@pytest.mark.parametrize("asked", [None, ["3(1)"]])
def test_an_acceleration_that_lacks_is_no_ground_to_leave_unprocessed(make, judge, asked, today):
    given = make(events=[REQUEST | {"asked": asked}], today=today)
    given["objects"][0]["pga475_application"] = None
    advice = judge(given)
    assert (advice.outcome, advice.missing) == ("SUPPLEMENT", ("3(1)",))
    given["documents"] = ["cost_overview", "public_summary", "institute_declaration"]
    given["events"] = [REQUEST | {"asked": ["nam_consent"]}]
    assert judge(given).outcome == ("NOT_PROCESSED" if today == "2021-04-13" else "REJECT")


@pytest.mark.parametrize(
    ("payer", "status", "outcome", "article"),
    [
        ("NCG", "paid", "REJECT", "26(b)"),
        ("NCG", "pending", "GRANT", "26(b)"),
        ("NCG", "finally_rejected", "GRANT", "Awb 4:6"),
        ("NCG", "withdrawn", "GRANT", "26(b)"),
        ("NAM", "paid", "REJECT", "26(c)"),
        ("NAM", "pending", "REJECT", "26(c)"),
        ("NAM", "finally_rejected", "GRANT", "26(c)"),
        ("NAM", "withdrawn", "GRANT", "26(c)"),
    ],
)
def test_double_payment_follows_who_paid_and_whether_it_is_decided(make, judge, payer, status, outcome, article):
    advice = judge(make(history=[{"payer": payer, "article": "5", "objects": ["T1"], "status": status}]))
    assert advice.outcome == outcome
    assert article in advice.articles
    assert not advice.consider_hardship


@pytest.mark.parametrize(
    "earlier",
    [
        {"article": "7", "objects": ["T1"]},
        {"article": "5", "objects": ["T2"]},
        {"article": "5", "site": "Delfzijl"},
    ],
)
def test_another_activity_object_or_location_is_no_double_payment(make, judge, earlier):
    assert judge(make(history=[{"payer": "NCG", "status": "paid", **earlier}])).outcome == "GRANT"


@pytest.mark.parametrize(("payer", "asked"), [("NCG", "26(b)"), ("NAM", "26(c)")])
def test_another_wording_of_the_location_does_not_make_an_object_another(make, judge, payer, asked):
    earlier = {"payer": payer, "article": "5", "objects": ["T1"], "site": "Foxhol, Hoofdweg", "status": "paid"}
    advice = judge(make(history=[earlier]))
    assert (advice.outcome, advice.missing) == ("SUPPLEMENT", (asked,))
    assert judge(make(history=[earlier | {"status": "withdrawn"}])).outcome == "GRANT"


@pytest.mark.parametrize(
    ("paid", "claimed"), [("19", "9"), ("22", "9"), ("19", "16"), ("22", "16"), ("9", "19"), ("16", "19"), ("16", "22")]
)
@pytest.mark.parametrize(("payer", "asked"), [("NCG", "26(b)"), ("NAM", "26(c)")])
def test_a_measure_paid_by_the_checklist_is_not_paid_again_as_phase_3_without_asking(
    make, judge, paid, claimed, payer, asked
):
    given = make(claimed)
    objects = [given["objects"][0]["id"]]
    advice = judge(given | {"history": [{"payer": payer, "article": paid, "objects": objects, "status": "paid"}]})
    assert advice.outcome == "SUPPLEMENT"
    assert asked in advice.missing
    denied = {"NCG": "not_paid_by_ncg", "NAM": "not_paid_by_nam"}[payer]
    assert denied not in {finding.key for finding in advice.findings}


def test_a_payment_for_objects_that_are_not_known_is_asked_about(make, judge):
    advice = judge(make(history=[{"payer": "NAM", "article": "5", "status": "paid"}]))
    assert (advice.outcome, advice.missing) == ("SUPPLEMENT", ("26(c)",))


@pytest.mark.parametrize(
    ("article", "kind", "paid"),
    [
        ("5", "internal", True),
        ("5", "expected_incremental", False),
        ("9", "organisational_measure", True),
        ("9", "design", True),
        ("16", "expected_incremental", True),
        ("16", "organisational_measure", True),
        ("16", "base_cost_newbuild", False),
        ("19", "organisational_measure", True),
        ("22", "organisational_measure", False),
        ("22", "expected_incremental", True),
        ("9", "betterment", False),
    ],
)
def test_a_class_of_cost_counts_under_the_articles_that_pay_it(make, judge, article, kind, paid):
    other = "design" if article in ("16", "22") else "external"
    advice = judge(
        make(article, costs=[{"id": "c1", "eur": 10, "class": kind}, {"id": "c2", "eur": 5, "class": other}])
    )
    assert advice.granted == (15 if paid else 5)
    assert advice.outcome == ("GRANT" if paid else "PARTIAL_GRANT")


@pytest.mark.parametrize(("article", "asked"), [("16", ("17(b)", "17(c)")), ("22", ("23(b)", "23(c)"))])
@pytest.mark.parametrize("kind", ["external", "internal"])
def test_of_carrying_out_a_new_build_only_the_difference_is_paid(make, judge, article, asked, kind):
    costs = [{"id": "c1", "eur": 10, "class": kind}, {"id": "c2", "eur": 5, "class": "design"}]
    advice = judge(make(article, costs=costs))
    assert (advice.outcome, advice.missing, advice.granted) == ("SUPPLEMENT", asked, None)
    assert (advice.lines[0].eligible, advice.lines[1].eligible) == (None, 5)
    assert advice.lines[0].finding.articles[1] == f"{article}(2)"
    refused = make(article, costs=costs[:1])
    refused["objects"][0]["pga475_completion"] = 0.01
    assert judge(refused).outcome == "REJECT"


@pytest.mark.parametrize(("article", "conv"), [("7", True), ("14", True), ("9", False), ("16", False), ("22", False)])
def test_design_cost_under_phase_2_counts_by_convention_and_says_so(make, judge, article, conv):
    advice = judge(make(article, costs=[{"id": "c1", "eur": 10, "class": "design"}]))
    assert advice.granted == 10
    assert ("[conv]" in advice.lines[0].finding.words("nl")) == conv
    other = judge(make("7", costs=[{"id": "c1", "eur": 10, "class": "internal"}])).lines[0]
    assert "[conv]" not in other.finding.words("nl")  # that it counts is from the note; at which price is a condition


def test_a_cost_of_several_objects_is_to_be_divided_when_one_is_refused(make, judge):
    given = make()
    given["objects"].append({"id": "B2", "kind": "building", "functionally_linked": False, "realised": True})
    advice = judge(given)
    assert (advice.outcome, advice.missing) == ("SUPPLEMENT", ("6(a)",))
    assert advice.lines[0].granted is None


def test_what_is_unknown_of_a_refused_object_is_not_asked(make, judge):
    given = make()
    given["objects"].append({"id": "B2", "kind": "building", "functionally_linked": False, "realised": True})
    given["costs"][0]["object"] = "T1"
    advice = judge(given)
    assert (advice.outcome, advice.missing, advice.granted) == ("PARTIAL_GRANT", (), 40000)


def test_an_object_that_is_refused_without_a_line_of_cost_is_refused_in_the_outcome(make, judge):
    given = make()
    given["objects"].append({**given["objects"][0], "id": "T9", "pga475_application": 0.01})
    given["costs"][0]["object"] = "T1"
    advice = judge(given)
    assert advice.outcome == "PARTIAL_GRANT"
    (said,) = (each.words("nl") for each in advice.findings if each.step == "R-outcome")
    assert "T9" in said
    assert "T1" not in said


def test_without_objects_or_costs_they_are_asked_for(make, judge):
    assert judge(make(objects=[], costs=[])).missing == ("2(2)", "6(a)")


def test_a_grant_on_an_estimate_carries_the_duty_to_report(make, judge):
    advice = judge(make("16", costs=[{"id": "c1", "eur": 10, "class": "expected_incremental"}]))
    assert "report_actuals" in advice.conditions
    assert "report_actuals" not in judge(make("16")).conditions


def test_a_line_of_a_refused_object_is_not_eligible_and_stays_refused_while_others_wait(judge, make):
    objects = [
        {"id": "T1", "kind": "installation", "realised": True, "pga475_application": 0.08},
        {"id": "B1", "kind": "installation", "realised": True, "pga475_application": 0.04},
    ]
    costs = [{"id": f"c{name}", "eur": 100, "class": "external", "object": name} for name in ("T1", "B1")]
    whole = make("5", objects=objects, costs=costs)
    for documents in (whole["documents"], whole["documents"][1:]):
        advice = judge({**whole, "documents": documents})
        (refused,) = (line for line in advice.lines if line.item == "B1")
        assert (refused.eligible, refused.granted) == (0, 0)
    assert advice.outcome == "SUPPLEMENT"
