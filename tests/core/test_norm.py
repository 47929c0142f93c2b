"""Norms are dated, sourced, and judged unrounded and inclusively."""

import math
from dataclasses import replace
from datetime import date

import pytest

from mijnrisico.core import norm
from mijnrisico.errors import InputError


def test_every_norm_has_a_source_and_an_article():
    for item in norm.norms().values():
        assert item.source
        assert item.article
        assert item.instrument
        assert item.valid_from is None or isinstance(item.valid_from, date)


def test_the_individual_risk_norm_is_one_in_a_hundred_thousand_a_year():
    item = norm.norm("veiligheidsnorm")
    assert item.value == 1e-5
    assert item.unit == "1/year"


def test_the_industry_rule_asks_for_a_twentieth_of_g_at_475_years():
    item = norm.norm("industrie_piekgrondversnelling")
    assert (item.value, item.unit, item.return_period_yr) == (0.05, "g", 475.0)
    assert item.in_force(date(2021, 1, 1))
    assert not item.in_force(date(2020, 12, 31))


@pytest.mark.parametrize(
    ("value", "outcome"), [(0.05, "reached"), (math.nextafter(0.05, 0), "not_reached"), (0.0502, "reached")]
)
def test_a_threshold_is_reached_inclusively_and_unrounded(value, outcome):
    assert norm.judge(value, norm.norm("industrie_piekgrondversnelling")).outcome == outcome


@pytest.mark.parametrize(("value", "outcome"), [(1e-5, "met"), (math.nextafter(1e-5, 1), "exceeded"), (0.0, "met")])
def test_a_limit_is_met_inclusively_and_unrounded(value, outcome):
    assert norm.judge(value, norm.norm("veiligheidsnorm")).outcome == outcome


def test_a_norm_that_was_not_read_gives_no_verdict():
    item = norm.norm("risicoprofiel")
    assert not item.configured
    assert norm.judge(1e-3, item).outcome == "not_configured"


def test_no_value_gives_no_verdict():
    assert norm.judge(math.nan, norm.norm("veiligheidsnorm")).outcome == "no_value"


def test_a_first_day_that_was_not_read_is_absent_and_gives_no_yes():
    item = norm.norm("veiligheidsnorm")
    assert item.valid_from is None
    assert item.in_force(date(2024, 1, 1)) is None
    assert replace(item, valid_until=date(2023, 12, 31)).in_force(date(2024, 1, 1)) is False


def test_a_norm_ends_on_its_last_day():
    item = replace(norm.norm("industrie_piekgrondversnelling"), valid_until=date(2030, 12, 31))
    assert item.in_force(date(2030, 12, 31))
    assert not item.in_force(date(2031, 1, 1))


def test_the_ratio_says_how_far_off():
    assert norm.judge(2e-5, norm.norm("veiligheidsnorm")).ratio == pytest.approx(2.0)


def test_an_unknown_norm_is_an_input_error():
    with pytest.raises(InputError, match="E503"):
        norm.norm("gezondverstand")
