"""The worked decisions are reproduced field by field."""

import json
from pathlib import Path

import pytest

from mijnrisico.studies import industry

FILE = Path(__file__).with_name("examples.json")
EXAMPLES = json.loads(FILE.read_text(encoding="utf-8"))
CASES = [(kind, index) for kind in ("cases", "term_cases") for index in range(len(EXAMPLES[kind]))]


@pytest.fixture(scope="module")
def answers():
    return industry.of_batch(industry.read(FILE), str)


@pytest.mark.parametrize(("kind", "index"), CASES, ids=[EXAMPLES[kind][index]["id"] for kind, index in CASES])
def test_the_worked_example_is_answered_as_expected(answers, kind, index):
    example, answer = EXAMPLES[kind][index], answers[kind][index]
    assert answer["id"] == example["id"]
    expected = dict(example["expected"])
    assert set(expected.pop("articles")) <= set(answer["articles"])
    assert {name: answer.get(name) for name in expected} == expected


def test_the_answer_holds_no_field_that_the_format_does_not_know(answers):
    of_case = {
        "id",
        "outcome",
        "granted_eur",
        "articles",
        "last_day_of_decision_term",
        "suspended_days",
        "missing",
        "reroute_to",
        "flag_consider_awb_4_84",
    }
    of_term = {
        "id",
        "last_day_of_decision_term",
        "first_penalty_day",
        "penalty_days",
        "penalty_eur",
        "pay_by",
        "first_day",
        "last_day",
        "eur",
        "articles",
    }
    assert all(answer.keys() <= of_case for answer in answers["cases"])
    assert all(answer.keys() <= of_term for answer in answers["term_cases"])


def test_every_article_of_an_answer_is_an_article_of_the_rule_or_of_the_general_law(answers):
    from mijnrisico.studies.industry import rule

    known = rule.versions()[0].articles.keys() | rule.other_articles().keys()
    assert {article for each in answers["cases"] for article in each["articles"]} <= known


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_finding_of_every_example_can_be_said(lang):
    for case in industry.read(FILE).cases:
        advice = industry.decide(case)
        for finding in advice.findings:
            said = finding.words(lang)
            assert said.endswith(".")
            assert "{" not in said
            assert "None" not in said
