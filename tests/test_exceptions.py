"""What a user of Python reads when something cannot be used."""

import pickle

from mijnrisico.errors import InputError, Problem


def test_an_exception_says_every_problem_in_words_with_its_place_and_its_remedy():
    error = InputError(
        [Problem("E703", "results", {"folder": "results"}), Problem("E703", "other", {"folder": "other"})]
    )
    lines = str(error).splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == ["E703", "E703"]
    assert "results/" in lines[0]
    assert any(line.startswith("  →") and "mijnrisico run groningen" in line for line in lines)
    assert "{" not in str(error)


def test_a_problem_without_a_text_still_reaches_the_reader():
    assert str(InputError(Problem("E000", "a file", {"value": 3}))) == "E000 value = 3   a file"


def test_an_exception_between_processes_keeps_its_problems():
    error = InputError(Problem("E703", "results", {"folder": "results"}))
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
