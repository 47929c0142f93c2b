"""Faulty dossiers get everything that is wrong at once, by the path of the field and with what to write instead."""

import json

import pytest

from mijnrisico import messages
from mijnrisico.errors import InputError
from mijnrisico.studies import industry


def said(problem, lang="en"):
    message = messages.describe(problem.code, problem.where, problem.params, lang, examples=None)
    return f"{message.what} {message.why} {message.fix}"


@pytest.mark.parametrize(
    ("path", "value", "remedy"),
    [
        ("received", "01-03-2021", '"received": "2021-03-01"'),
        ("received", "2021-02-30", '"received": "2021-03-01"'),
        ("received", None, '"received": "2021-03-01"'),
        ("today", "2021-02-28", "not before 2021-03-01 (received)"),
        ("claim_article", "6", '"claim_article": "5"'),
        ("claim_article", "Artikel 7", '"claim_article": "7"'),
        ("claim_article", "13", '"claim_article": "12"'),
        ("claim_article", "99", "5, 7, 9, 12, 14, 16, 19, 22"),
        ("company.categories", ["A"], 'Nearest name: "a"'),
        ("company.categories", "a", '"categories": ["a"]'),
        ("company.annex_i", "ja", '"annex_i": true'),
        ("company.annex_i", "nee", '"annex_i": false'),
        ("company.bevi_2_1", ["D"], '"d"'),
        ("company.bevi_2_1", ["2(1)(D)"], '"a"'),
        ("company.name", "Covestr", "Covestro, Foxhol"),
        ("company.location", "Farmsum", "Covestro, Foxhol"),
        ("company.annex_i_nr", 41, "1 to 40"),
        ("company.naam", "x", "Did you mean  name ?"),
        ("objects.0.pga475_application", "0,08", '"pga475_application": 0.08'),
        ("objects.0.pga475_application", "0.08 g", '"pga475_application": 0.08'),
        ("objects.0.pga475_application", -0.08, '"pga475_application": 0.08'),
        ("objects.0.pga475_application", 8, '"pga475_application": 0.08'),
        ("objects.0.pga475_application", True, "without quotes"),
        ("objects.0.kind", "Installation", '"kind": "installation"'),
        ("objects.0.type", "Storage Tank", '"type": "storage_tank"'),
        ("objects.0.type", "silo", '"type": "other"'),
        ("objects.0.realised", "ja", '"realised": true'),
        ("objects.0.id", 1, '"id": "1"'),
        ("objects.0.id", " ", "not empty"),
        ("objects.0.expected_completion", "1-6-2023", '"expected_completion": "2023-06-01"'),
        ("documents", ["Cost_Overview"], '"cost_overview"'),
        ("documents", "cost_overview", '"documents": ["cost_overview"]'),
        ("costs.0.eur", "40.000,00", '"eur": 40000.00'),
        ("costs.0.eur", "€ 40.000,-", "without quotes"),
        ("costs.0.eur", -1, "0 or more"),
        ("costs.0.eur", 1.005, "whole cents"),
        ("costs.0.eur", 1e13, "below"),
        ("costs.0.class", "extern", '"class": "external"'),
        ("costs.0.object", "T2", '"object": "T1"'),
        ("work.methods", {"quantitative": ["STD_TANKS"]}, '"std_tanks"'),
        ("work.methods", {"kwantitatief": []}, "quantitative"),
        ("history.0.payer", "nam", '"payer": "NAM"'),
        ("history.0.status", "Paid", '"status": "paid"'),
        ("history.0.article", "6", '"article": "5"'),
        ("events.0.type", "review", "review_received"),
        ("events.0.term_end", "2021-03-14", "not before 2021-03-15 (date)"),
        ("events.0.supplemented", "2021-03-01", "not before 2021-03-15 (date)"),
        ("events.0.date", "2021-02-01", "not before 2021-03-01 (received)"),
        ("events.0.date", None, "this key is required"),
        ("kosten", [], "Did you mean  costs ?"),
    ],
)
def test_a_fault_is_found_at_its_field_with_what_to_write(make, refused, path, value, remedy):
    given = make()
    given["history"] = [{"payer": "NAM", "article": "7", "objects": ["T1"], "status": "paid"}]
    given["events"] = [{"type": "supplement_request", "date": "2021-03-15", "term_end": "2021-04-12"}]
    *tables, name = path.split(".")
    inner = given
    for key in tables:
        inner = inner[int(key) if key.isdigit() else key]
    inner[name] = value
    problems = refused(given)
    wanted = path.replace(".0", "[0]")
    fitting = [problem for where, problem in problems.items() if where.startswith(wanted) or path == "company.location"]
    assert fitting, problems
    assert any(remedy in said(problem) for problem in fitting), [said(problem) for problem in fitting]
    assert all(said(problem, "nl") for problem in fitting)


def test_everything_that_is_wrong_is_told_at_once(make, refused):
    given = make(claim_article="6", documents=["nam_consentt"], company__categories=["A"])
    given["objects"] = [
        {"id": "T1", "kind": "installation", "realised": True, "pga475_application": "0,08"},
        {"id": "T1", "kind": "building", "realised": False, "expected_completion": "2020-06-01"},
        {"id": "N2", "kind": "building", "realised": False, "expected_completion": 2020},
    ]
    given["costs"] = [
        {"id": "c1", "eur": -5, "class": "external", "object": "T9"},
        {"id": "c1", "eur": 5, "class": "External"},
    ]
    assert refused(given).keys() == {
        "claim_article",
        "documents[0]",
        "company.categories[0]",
        "objects[0].pga475_application",
        "objects[1].id",
        "objects[1].expected_completion",
        "objects[1].pga475_completion",
        "objects[2].expected_completion",
        "objects[2].pga475_completion",
        "costs[0].eur",
        "costs[0].object",
        "costs[1].id",
        "costs[1].class",
    }


def test_an_acceleration_that_is_lacking_is_no_fault_by_itself(make, judge):
    given = make()
    del given["objects"][0]["pga475_application"]
    assert judge(given).missing == ("3(1)",)


def test_a_bad_case_among_good_ones_is_refused_alone(make):
    good, bad = make(), make(claim_article="6")
    text = json.dumps({"cases": [{"id": "1", "facts": good}, {"id": "2", "facts": bad}, {"id": "3", "facts": good}]})
    answer = industry.of_batch(industry.from_json(text), lambda problem: {"where": problem.where})
    assert [case.get("outcome") for case in answer["cases"]] == ["GRANT", None, "GRANT"]
    assert answer["cases"][1] == {"id": "2", "errors": [{"where": "facts.claim_article"}]}


@pytest.mark.parametrize("entry", [5, {}, {"id": "1"}, {"id": "", "facts": {}}, {"id": "1", "facts": []}, {"ID": "1"}])
def test_what_is_no_case_is_refused_and_the_rest_is_read(make, entry):
    batch = industry.from_json(json.dumps({"cases": [{"id": "0", "facts": make()}, entry]}))
    assert isinstance(batch.cases[0], industry.Case)
    assert isinstance(batch.cases[1], industry.Refused)
    assert batch.cases[1].problems


def test_an_id_given_twice_is_refused_the_second_time(make):
    batch = industry.from_json(json.dumps({"cases": [{"id": "0", "facts": make()}] * 2}))
    assert [isinstance(case, industry.Refused) for case in batch.cases] == [False, True]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "E501"),
        ('{"cases": [],}', "E501"),
        ("[" * 100_000, "E501"),
        ("[]", "E503"),
        ('{"zaken": []}', "E503"),
        ('{"cases": {}}', "E503"),
        ('{"cases": [], "casess": []}', "E502"),
        ('{"cases": [], "cases": []}', "E503"),
        ('{"cases": [{"id": "\\ud800"}]}', "E501"),
        ('{"cases": [{"id": ' + "1" * 5000 + "}]}", "E501"),
    ],
)
def test_a_file_that_holds_no_cases_is_refused_as_a_whole(text, code):
    with pytest.raises(InputError) as error:
        industry.from_json(text)
    assert error.value.code == code


def test_a_key_that_stands_there_twice_is_a_fault_of_its_case_alone(make):
    good = json.dumps(make())
    twice = good.replace('"received":', '"received": "2021-02-01", "received":')
    text = f'{{"cases": [{{"id": "1", "facts": {good}}}, {{"id": "2", "facts": {twice}}}]}}'
    batch = industry.from_json(text)
    assert isinstance(batch.cases[0], industry.Case)
    assert [problem.where for problem in batch.cases[1].problems] == ["facts.received"]


@pytest.mark.parametrize("number", ["1e400", "1e-400", "-1e400", "NaN", "Infinity"])
def test_a_number_beyond_all_measure_is_refused(make, number):
    given = make()
    given["costs"][0]["eur"] = given["objects"][0]["pga475_application"] = 0
    text = json.dumps(given).replace(": 0,", f": {number},").replace(": 0}", f": {number}}}")
    (case,) = industry.from_json(f'{{"cases": [{{"id": "1", "facts": {text}}}]}}').cases
    assert {problem.where for problem in case.problems} == {"facts.costs[0].eur", "facts.objects[0].pga475_application"}


def test_what_stands_there_for_readers_is_passed_over(make):
    case = {"id": "1", "title": "A", "facts": make(), "expected": {}, "reasoning": "because"}
    (read,) = industry.from_json(json.dumps({"title": "x", "vocabulary": {}, "cases": [case]})).cases
    assert isinstance(read, industry.Case)
    assert read.title == "A"


def test_numbers_are_the_decimals_that_were_written():
    facts = '{"received": "2021-03-01", "claim_article": 5, "costs": [{"id": "c", "eur": 0.1, "class": "external"}]}'
    (case,) = industry.from_json(f'{{"cases": [{{"id": "1", "facts": {facts}}}]}}').cases
    assert isinstance(case, industry.Case)
    assert str(case.costs[0].eur) == "0.10"
    assert case.claim_article == "5"


DOSSIER = """
id = "IND-1"
received = 2021-03-01
claim_article = "5"
documents = ["cost_overview", "public_summary", "institute_declaration", "nam_consent"]
[company]
name = "Covestro"
location = "Foxhol"
annex_i = true
categories = ["a"]
[[objects]]
id = "T1"
kind = "installation"
realised = true
pga475_application = 0.05
[work]
activities_completed = true
[[costs]]
id = "c1"
eur = 40000.25
class = "external"
[term]
decision_announced = 2021-04-15
"""


def test_a_dossier_by_hand_reads_like_the_file_of_cases():
    batch = industry.from_toml(DOSSIER)
    (case,), (term,) = batch.cases, batch.term_cases
    assert isinstance(case, industry.Case)
    assert isinstance(term, industry.TermCase)
    assert industry.decide(case).outcome == "GRANT"
    assert str(industry.decide(case).granted) == "40000.25"
    assert industry.answer_terms(term).pay_by.isoformat() == "2021-05-27"
    assert term.received == case.received


def test_a_dutch_decimal_in_a_dossier_is_refused_with_the_number_to_write():
    with pytest.raises(InputError) as error:
        industry.from_toml(DOSSIER.replace("0.05", "0,05").replace("40000.25", "40.000,25"))
    assert error.value.code == "E501"
    assert "pga475_application = 0.05" in said(error.value.problems[0])
    (case,) = industry.from_toml(DOSSIER.replace("0.05", '"0,05"')).cases
    assert isinstance(case, industry.Refused)
    assert "pga475_application = 0.05" in said(case.problems[0])


def test_a_fault_that_case_and_terms_share_is_told_once():
    batch = industry.from_toml(DOSSIER.replace("2021-03-01", '"01-03-2021"'))
    assert [problem.where for problem in batch.cases[0].problems] == ["received"]
    assert batch.term_cases == ()


def test_a_file_that_is_not_there_is_named_with_the_nearest(tmp_path):
    (tmp_path / "dossier.toml").write_text(DOSSIER, encoding="utf-8")
    with pytest.raises(InputError) as error:
        industry.read(tmp_path / "dosier.toml")
    assert error.value.problems[0].params["nearest"] == "dossier.toml"


def test_a_file_in_another_encoding_is_told(tmp_path):
    path = tmp_path / "dossier.toml"
    path.write_bytes(DOSSIER.replace("Covestro", "Café").encode("latin-1"))
    with pytest.raises(InputError) as error:
        industry.read(path)
    assert error.value.code == "E501"
    path.write_bytes(DOSSIER.encode("utf-16"))
    assert industry.read(path).cases
