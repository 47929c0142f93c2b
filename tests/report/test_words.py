import itertools
import re
import string

import pytest

from mijnrisico import messages
from mijnrisico.report import buildings
from mijnrisico.report.pages.tables import question
from mijnrisico.report.pages.tables.table import plus_minus
from mijnrisico.report.words import Words


def keys(lang):
    return {key: value for key, value in messages.catalogue(lang).items() if key.startswith("report.")}


def test_both_languages_have_the_same_keys_and_the_same_parameters():
    dutch, english = keys("nl"), keys("en")
    assert dutch.keys() == english.keys()
    for key, value in dutch.items():
        assert messages.parameters(value) == messages.parameters(english[key]), key


def test_no_text_is_the_same_in_both_languages_unless_it_is_a_name_or_a_number():
    dutch, english = keys("nl"), keys("en")
    same = {
        k for k in dutch if dutch[k] == english[k] and len(re.findall(r"(?<![{\w])[a-z]{2,}(?![\w}])", dutch[k])) > 2
    }
    assert same == set()


def test_numbers_follow_the_language():
    assert Words("nl").fixed(0.05, 2) == "0,05"
    assert Words("en").fixed(0.05, 2) == "0.05"
    assert Words("nl").fixed(12345.6) == "12\N{NO-BREAK SPACE}346"


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(9.996, 2, "10.00"), (0.0, 2, "0.00"), (0.004, 2, "0.00"), (-3.2, 0, "−3")]
)
def test_fixed_decimals_are_fixed(value, decimals, text):
    assert Words("en").fixed(value, decimals) == text


@pytest.mark.parametrize("value", [0.04999, 0.049999, 0.05, 0.0501, 0.0496, 0.0504, 0.07, 0.012])
def test_rounding_never_contradicts_the_side_of_the_threshold(value):
    shown = float(Words("en").level(value).split("\N{NO-BREAK SPACE}")[0])
    assert (shown >= 0.05) == (value >= 0.05)


@pytest.mark.parametrize("rate", [9.96e-6, 9.9996e-6, 1e-5, 1.004e-5, 2.34e-5, 8.7e-6])
def test_rounding_never_contradicts_the_side_of_the_norm(rate):
    shown = float(Words("en").per_million(rate))
    assert (shown > 10.0, shown < 10.0) == (rate > 1e-5, rate < 1e-5)


def test_a_value_without_spread_has_no_digits_of_rounding():
    assert plus_minus(Words("en"), 0.400000000000000022, 5.6e-17) == "0.4"
    assert plus_minus(Words("en"), 3451.2, 98.7) == "3451 ± 99"


def test_a_small_setting_is_not_written_as_nothing():
    assert "10⁻⁸" in question._setting(Words("en"), 1e-8)
    assert question._setting(Words("en"), 0.05) == "0.05"


def test_a_missing_number_is_a_dash_and_never_nan():
    for write, lang in itertools.product(("fixed", "level", "per_million", "significant"), ("nl", "en")):
        assert getattr(Words(lang), write)(float("nan")) == "–"


def test_every_text_of_the_report_is_valid_for_formatting():
    for lang in messages.LANGUAGES:
        for value in keys(lang).values():
            list(string.Formatter().parse(value))


def test_a_building_type_is_named_in_words_with_its_code():
    assert buildings.named(Words("nl"), "URM1F_B") == "schuur van een boerderij (URM1F_B)"
    assert buildings.named(Words("en"), "URM4L") == "unreinforced masonry, fewer than three storeys (URM4L)"
    assert buildings.named(Words("en"), "S3") == "steel (S3)"
    assert buildings.named(Words("en"), "mix") == "mix"


def test_a_risk_told_roughly_has_one_digit_and_does_not_pretend_below_a_tenth():
    assert Words("nl").roughly(0.07e-6) == "minder dan 0,1"
    assert Words("en").roughly(102e-6) == "100"


def test_a_band_of_two_equal_numbers_is_one_number():
    assert Words("en").band("< 0.01", "< 0.01") == "< 0.01"
