"""The rule as data: complete, dated, its gaps shown as gaps."""

from datetime import date
from decimal import Decimal

import pytest

from mijnrisico.core.norm import norm
from mijnrisico.studies.industry import rule

RULE = rule.versions()[0]


def test_the_four_missing_articles_are_gaps_and_no_others():
    assert [gap.id for gap in RULE.gaps] == ["13", "15", "28", "29"]
    assert RULE.articles["13"].reads_as == ("5(2)", "5(3)", "6")
    assert RULE.articles["15"].reads_as == ("7(2)", "8")


def test_every_article_from_1_to_29_is_there_in_both_languages():
    whole = {int(name) for name in RULE.articles if name.isdigit()}
    assert whole == set(range(1, 30))
    for article in (*RULE.articles.values(), *rule.other_articles().values()):
        assert all(article.text[lang].strip() for lang in ("nl", "en"))


def test_everything_the_rule_points_at_is_an_article_of_it():
    pointed = {
        article
        for each in RULE.paying.values()
        for article in (*each.applies, *each.pays, *each.application, *each.documents.values(), each.incremental)
        if article
    }
    pointed |= {each.article for each in (*RULE.categories.values(), *RULE.methods.values(), *RULE.routes)}
    pointed |= {each.article for each in RULE.legal_terms}
    assert pointed <= RULE.articles.keys()


def test_the_threshold_is_that_of_the_norm_exactly():
    assert Decimal("0.05") == RULE.threshold_g
    assert float(RULE.threshold_g) == norm("industrie_piekgrondversnelling").value


@pytest.mark.parametrize(("day", "found"), [(date(2020, 12, 31), False), (date(2021, 1, 1), True)])
def test_a_case_is_judged_by_the_version_of_its_filing(day, found):
    assert (rule.version_of(day) is not None) == found


def test_annex_i_has_forty_establishments_and_the_key_is_name_plus_location():
    found = rule.annex_i()
    assert [each.nr for each in found] == list(range(1, 41))
    assert len({(each.name, each.location) for each in found}) == 40
    assert len({each.name for each in found}) == 39
    two = [rule.listed("Wildeman Storage and Logistics", place) for place in ("Hoogezand", "Chemiepark Delfzijl")]
    assert [each.nr for each in two if each] == [33, 16]
    assert rule.listed("Wildeman Storage and Logistics", "Farmsum") is None


def test_the_public_summary_holds_four_items_of_the_company_and_six_of_the_study():
    kinds = [name.partition(".")[0] for name in RULE.annex_ii]
    assert kinds == ["company"] * 4 + ["study"] * 6


def test_every_class_of_cost_says_what_a_refusal_rests_on():
    eligible = {name for name, each in RULE.costs.items() if each.under}
    assert {"external", "internal", "design", "expected_incremental", "organisational_measure"} == eligible
    assert all("24" in each.refused for each in RULE.costs.values())
