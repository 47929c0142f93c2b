"""Commands that are written wrongly, and help: every word in the language that was asked for."""

import itertools
import json
import subprocess
import sys
import time

import pytest

from mijnrisico import cli, messages
from mijnrisico.cli import manual

Capture = pytest.CaptureFixture[str]
VERBS = {name: path.rpartition(":")[2] for name, path in cli.VERBS.items()}
ENGLISH = ("Usage:", "Did you mean", "Options:", "Unknown", "Example:", "required", "default:", "Choose from")


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("name", VERBS)
class TestHelp:
    def test_every_verb_option_and_argument_has_help(self, name: str, lang: messages.Language) -> None:
        app = cli.verb_app(name)
        taken = [argument for argument in app.assemble_argument_collection() if argument.parse and argument.show]
        written = manual.parts(app, lang)
        assert len(written) == len(taken), "every parameter of a verb is declared with `option`"
        for part in written:
            assert messages.has(part.key, lang), part.key
            assert part.help(lang)
        assert messages.text(f"cli.help.{VERBS[name]}", lang)

    def test_every_verb_has_an_example_that_begins_with_it(self, name: str, lang: messages.Language) -> None:
        assert manual.example_of(VERBS[name], lang).startswith(f"mijnrisico {name}")

    def test_help_is_in_one_language(self, name: str, lang: messages.Language, capsys: Capture) -> None:
        assert cli.call([*name.split(), "--help", "--lang", lang]) == 0
        said = capsys.readouterr().out
        assert f"mijnrisico {name}" in said
        if lang == "nl":
            assert not [word for word in ENGLISH if word in said]


def test_the_overview_names_every_verb_and_answers_at_once() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "mijnrisico", "--help", "--lang", "nl"]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert time.perf_counter() - start < 3.0  # a busy machine; alone it takes a tenth of a second
    assert all(name in done.stdout for name in VERBS)
    for heavy in ("numpy", "pandas", "xarray", "cyclopts", "rich", "pydantic"):
        assert f" {heavy}\n" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["chek"], "E001"),
        (["models", "lst"], "E001"),
        (["site", "--yaer", "2026"], "E002"),
        (["check"], "E003"),
        (["explain"], "E003"),
        (["site", "--rd", "1"], "E004"),
        (["site", "--rd"], "E004"),
        (["site", "--year", "x"], "E005"),
        (["check", "a", "b"], "E006"),
        (["site", "--year", "1", "--year", "2"], "E007"),
    ],
)
def test_wrong_use_has_a_code_exit_code_2_and_no_english_in_dutch(words: list[str], code: str, capsys: Capture) -> None:
    assert cli.call([*words, "--lang", "nl"]) == cli.USAGE
    screen = capsys.readouterr()
    assert screen.err.startswith(code)
    assert "→" in screen.err
    assert not screen.out
    assert not [word for word in ENGLISH if word in screen.err]


def test_wrong_use_is_json_for_a_program(capsys: Capture) -> None:
    assert cli.call(["site", "--yaer", "2026", "--json"]) == cli.USAGE
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "E002"
    assert "--year" in problem["fix"]


def test_a_language_that_is_not_there_is_refused(capsys: Capture) -> None:
    assert cli.call(["runs", "--lang", "fr"]) == cli.USAGE
    assert "nl | en" in capsys.readouterr().err


def test_a_group_without_a_verb_shows_its_verbs(capsys: Capture) -> None:
    assert cli.call(["models"]) == 0
    said = capsys.readouterr().out
    assert all(f"models {verb}" in said for verb in ("list", "describe", "tree"))


def test_options_may_stand_before_the_verb(capsys: Capture) -> None:
    assert cli.call(["--lang", "nl", "explain", "E302"]) == 0
    assert "productiescenario" in capsys.readouterr().out


class TestExplain:
    @pytest.mark.parametrize("lang", messages.LANGUAGES)
    @pytest.mark.parametrize("code", messages.codes())
    def test_no_brace_and_no_gap_stays_in_the_text(self, code: str, lang: messages.Language) -> None:
        from mijnrisico.cli import explain

        for of, part in itertools.product(messages.forms(code), ("what", "why", "fix")):
            text = messages.form(code, of, part, lang)
            lacking = [p for p in messages.parameters(text) if explain.sample(code, p, lang, of) == "–"]
            name = f"samples.{code}.{of}".rstrip(".")
            assert not lacking, f"add [{name}] {lacking} to a message file of this room, in both languages"

    def test_it_names_related_codes_and_the_page(self, capsys: Capture) -> None:
        assert cli.call(["explain", "e103"]) == 0
        said = capsys.readouterr().out
        assert "E104" in said
        assert "errors.md#e103" in said

    def test_a_code_is_shown_in_all_its_forms(self, capsys: Capture) -> None:
        assert cli.call(["explain", "E411"]) == 0
        said = capsys.readouterr().out
        assert all(words in said for words in ("more than once", "damaged by a spreadsheet", "without a building id"))
        assert cli.call(["explain", "E411", "--json"]) == 0
        assert [form["of"] for form in json.loads(capsys.readouterr().out)["forms"]] == ["damaged", "missing"]

    @pytest.mark.parametrize(
        ("word", "lang", "meaning"),
        [
            ("LPR", "nl", "door een beving overlijdt"),
            ("logische boom", "en", "uncertain choices"),
            ("P90", "en", "P50"),
        ],
    )
    def test_a_word_is_explained_from_the_glossary(self, word: str, lang: str, meaning: str, capsys: Capture) -> None:
        assert cli.call(["explain", word, "--lang", lang]) == 0
        said = capsys.readouterr().out
        assert meaning in said
        assert "glossary.md" in said

    def test_what_is_no_code_and_no_word_says_where_both_stand(self, capsys: Capture) -> None:
        assert cli.call(["explain", "gas"]) == cli.USAGE
        said = capsys.readouterr().err
        assert "E412" in said
        assert all(page in said for page in ("errors.md", "glossary.md"))

    def test_an_unknown_code_brings_the_nearest(self, capsys: Capture) -> None:
        assert cli.call(["explain", "E3O2", "--lang", "nl"]) == cli.USAGE
        assert "E302" in capsys.readouterr().err


class TestData:
    def test_the_list_shows_the_checksum(self, capsys: Capture) -> None:
        from mijnrisico import data

        assert cli.call(["data", "list"]) == 0
        assert data.entries()[0].sha256[:12] in capsys.readouterr().out

    def test_numbers_of_the_list_are_numbers_for_a_program(self, capsys: Capture) -> None:
        assert cli.call(["data", "list", "--json"]) == 0
        first = json.loads(capsys.readouterr().out)[0]
        assert isinstance(first["bytes"], int)
        assert len(first["sha256"]) == 64


class TestCalibrate:
    def test_packaged_values_stand_beside_those_found(self, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
        from mijnrisico.cli import calibrate
        from mijnrisico.subsurface import gas_flow

        found = gas_flow.Parameters(2970.0, 190.0, 5.4)
        monkeypatch.setattr(gas_flow, "calibrate", lambda cell, until, progress: (found, {"rms_bar": 2.9}))
        assert cli.call(["calibrate", "pressure", "--quiet"]) == 0
        said = capsys.readouterr().out
        assert "2970" in said
        assert "2981" in said, "the packaged gas in place"
        kept = calibrate.packaged(1000, 2000)
        assert kept is not None
        assert kept["rms_bar"] == 2.811
        assert calibrate.packaged(1000, 1990) is None
