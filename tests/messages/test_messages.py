"""One catalogue, two languages: the same keys, the same parameters, numbers by locale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mijnrisico import messages
from mijnrisico.messages import Phrase

KEYS = sorted(messages.catalogue("en"))


def test_both_languages_have_the_same_keys() -> None:
    assert messages.catalogue("nl").keys() == messages.catalogue("en").keys()


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_quote_the_same_parameters(key: str) -> None:
    dutch, english = (messages.catalogue(lang)[key] for lang in ("nl", "en"))
    assert messages.parameters(dutch) == messages.parameters(english)


@pytest.mark.parametrize("code", messages.codes())
def test_every_code_says_what_why_and_what_to_do(code: str) -> None:
    for lang in messages.LANGUAGES:
        for part in ("what", "why", "fix"):
            assert messages.catalogue(lang)[f"errors.{code}.{part}"].strip()


@pytest.mark.parametrize(
    ("value", "digits", "dutch", "english"),
    [
        (0.05, 2, "0,050", "0.050"),
        (0.0499, 3, "0,0499", "0.0499"),
        (357, 2, "357", "357"),
        (357.0, 2, "360", "360"),
        (12345.0, 6, "12\u00a0345,0", "12\u00a0345.0"),
        (151_204, 2, "151\u00a0204", "151\u00a0204"),
        (0.0, 2, "0", "0"),
        (-2.5e-7, 2, "-2,5\u00a0×\u00a010⁻⁷", "-2.5\u00a0×\u00a010⁻⁷"),
        (float("nan"), 2, "–", "–"),
        (float("inf"), 2, "∞", "∞"),
        (9.99e-5, 2, "0,00010", "0.00010"),
    ],
)
def test_numbers_follow_the_language(value: float, digits: int, dutch: str, english: str) -> None:
    assert messages.number(value, "nl", digits) == dutch
    assert messages.number(value, "en", digits) == english


@given(st.floats(min_value=1e-12, max_value=1e12), st.integers(min_value=1, max_value=8))
def test_a_written_number_reads_back_to_its_digits(value: float, digits: int) -> None:
    written = messages.number(value, "nl", digits)
    plain = written.replace("\u00a0", "").replace(",", ".")
    mantissa, _, power = plain.partition("×10")
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))) if power else 0
    assert float(mantissa) * 10.0**exponent == pytest.approx(value, rel=0.5 * 10.0 ** (1 - digits) * 1.01)


def test_a_phrase_is_written_in_the_language_of_the_reader() -> None:
    params = {"got": '"x"', "expected": Phrase("expected.greater_than", {"limit": 0.5}), "example": "1"}
    assert messages.describe("E503", "", params, "nl").why == "Verwacht: een getal groter dan 0,5."
    assert messages.describe("E503", "", params, "en").why == "Expected: a number greater than 0.5."


def test_long_lists_are_cut_after_five_unless_all_is_asked() -> None:
    params = {"got": tuple(range(42)), "start": 1, "end": 2}
    assert "0, 1, 2, 3, 4 and 37 more" in messages.describe("E303", "", params, "en").what
    assert "41" in messages.describe("E303", "", params, "en", examples=None).what


def test_a_code_without_words_still_reaches_the_reader() -> None:
    message = messages.describe("E999", "here", {"n": 3}, "nl")
    assert (message.code, message.what, message.where) == ("E999", "n = 3", "here")
    assert messages.describe("E302", "", {}, "nl").what


@pytest.mark.parametrize(("count", "word"), [("0", "cells"), ("1", "cell"), ("21", "cells"), ("<\u00a01", "cell")])
def test_a_word_goes_with_its_count(count: str, word: str) -> None:
    assert messages.fill("In {n} {n:cell|cells}", {"n": count}) == f"In {count} {word}"


def test_an_unknown_key_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError):
        messages.text("sentences.nothing_of_the_kind", "nl")


def test_a_list_that_is_cut_hides_two_or_more() -> None:
    def said(count: int) -> str:
        params = {"what": "year", "got": 2050, "run": "3f2e", "known": list(range(2024, 2024 + count))}
        return messages.describe("E711", "", params, "en", examples=3).why

    assert "2024, 2025, 2026, 2027" in said(4)
    assert "more" not in said(4)
    assert "2024, 2025, 2026 and 2 more" in said(5)
