"""The page for those who come from PySub: its example gives the numbers that stand there, its tables are complete."""

import doctest
import re
from pathlib import Path

import pytest

from mijnrisico import cli
from mijnrisico.data.readers.pysub import model, places

PAGE = Path(__file__).parents[2] / "docs" / "do" / "from_pysub.md"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, re.S)


def test_the_example_gives_the_question_and_the_levelling_of_the_page(page, tmp_path):
    example = PAGE.with_suffix("") / "two_fields.json"
    assert cli.call(["import", "pysub", str(example), "--out", str(tmp_path)]) == 0
    (shown,) = blocks(page, "toml")
    question = (tmp_path / "question.toml").read_text(encoding="utf-8")
    for part in shown.strip().split("\n\n"):
        assert part in question
    (levelling,) = blocks(page, "csv")
    assert (tmp_path / "levelling.csv").read_text(encoding="utf-8") == levelling


def test_the_numbers_that_are_worked_out_by_hand_are_right():
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert result.attempted >= 5
    assert result.failed == 0


def test_each_of_the_twenty_problems_has_an_answer_and_a_place_to_look(page):
    rows = re.findall(r"^\| (\d+) \|(.*)\|(.*)\|(.*)\|$", page, re.M)
    assert [int(number) for number, *_ in rows] == list(range(1, 21))
    assert all(cell.strip() for _, *cells in rows for cell in cells)


def test_every_column_that_is_read_stands_in_the_table_of_words(page):
    words = page.partition("## Words")[2]
    for term in (*model.GAS, *model.CAVERNS[2:], *model.SETTINGS, *places.POINTS):
        assert term.words.partition(" (")[0] in words, term.words
