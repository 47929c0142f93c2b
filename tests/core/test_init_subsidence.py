"""`init --template subsidence`: one question in two languages, every key explained, samples said to be made up."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
import shapely

from mijnrisico import cli, messages
from mijnrisico.core import table
from mijnrisico.core.scenario import file as scenario_file
from mijnrisico.data.readers import outline

_KEY = re.compile(r"(?:# )?([a-z_]+) = |(?:# )?\[")


def starter(lang: messages.Language) -> dict[str, str]:
    return scenario_file.starter(scenario_file.SUBSIDENCE, lang)


def keys_of(text: str) -> list[str]:
    """Keys in the order of the file, also those that are switched off."""
    return [line.removeprefix("# ").split(" = ")[0] for line in text.splitlines() if _KEY.match(line)]


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_a_new_folder_has_the_question_first_and_its_samples(lang, tmp_path, capsys):
    assert cli.call(["init", str(tmp_path / "new"), "--template", "subsidence", "--lang", lang]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(starter(lang))
    said = capsys.readouterr().out
    assert f"mijnrisico run {(tmp_path / 'new' / 'question.toml').as_posix()}" in said
    assert "mijnrisico site" not in said


def test_both_languages_ask_the_same_question_with_the_same_keys_switched_off():
    english, dutch = (starter(lang)["question.toml"] for lang in ("en", "nl"))
    assert keys_of(english) == keys_of(dutch)
    one, other = tomllib.loads(english), tomllib.loads(dutch)
    texts = {"title", "source"}

    def bare(node):
        if isinstance(node, dict):
            return {key: bare(value) for key, value in node.items() if key not in texts}
        return [bare(each) for each in node] if isinstance(node, list) else node

    assert bare(one) == bare(other)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_file_that_the_question_names_is_there(lang):
    made = starter(lang)
    tree = tomllib.loads(made["question.toml"])
    named = [
        each[key] for each in tree["activity"] for key in ("outline", "pressure", "caverns", "volumes") if key in each
    ]
    assert set(made) == {"question.toml", tree["observations"]["levelling"], *named}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_key_is_explained_on_the_line_before_it(lang):
    lines = [line for line in starter(lang)["question.toml"].splitlines() if line]
    assert all(len(line) <= 122 for line in lines)
    unexplained = [
        line
        for before, line in pairwise(lines)
        if _KEY.match(line) and not before.startswith(("#", "[")) and "=" in line and not _plain(line)
    ]
    assert unexplained == []


def _plain(line: str) -> bool:
    """Keys that say by themselves what they are: name and kind, a place, a value of a limit."""
    return line.split(" = ")[0] in ("name", "kind", "x_m", "y_m", "from", "to", "quantity", "value", "at", "sd",
                                    "source", "formats", "contact", "compressibility_per_bar")  # fmt: skip


def test_the_samples_say_that_they_are_made_up_and_are_read_as_tables(tmp_path):
    for name, content in starter("en").items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        if name.endswith(".csv"):
            found = table.read(tmp_path / name)
            assert isinstance(found, table.Table)
            assert not found.problems
            assert len(found.columns) > 1
            assert "Synthetic" in content
            assert "Verzonnen" in content
    found = outline.read(tmp_path / "example_field.geojson")
    assert found.problems == ()
    assert shapely.area(found.polygon) == pytest.approx(14.25e6)
    assert "synthetic" in (tmp_path / "example_field.geojson").read_text(encoding="utf-8")


def test_a_question_that_is_there_is_never_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("question.toml").write_text("mine")
    assert cli.call(["init", "--template", "subsidence"]) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["question.toml"]
    assert Path("question.toml").read_text() == "mine"
