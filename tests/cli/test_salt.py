"""`mijnrisico salt`: screening at the top of every output, files, JSON, refusals before anything is computed."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mijnrisico import cli
from mijnrisico.studies import salt

SMALL = salt.EXAMPLE.read_text(encoding="utf-8").replace("members = 200", "members = 8").replace("2225", "2060")
TWO = '[[option]]\nname = "open"\nplugged = false\n[[option]]\nname = "plug_after_warming"\nwait_years = 10.0\n'
SMALL += TWO


@pytest.fixture
def caverns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "caverns.toml").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("This is screening", "left open", "plugged after warming", "From memory, not checked: dislocation")),
        ("nl", ("Dit is screening", "open gelaten", "afgesloten na opwarmen", "Uit het hoofd, niet nagezocht")),
    ],
)
def test_the_screen_begins_with_its_level_and_ends_with_what_rests_on_memory(caverns, capsys, lang, words):
    assert cli.call(["salt", "caverns.toml", "--lang", lang]) == 0
    told = capsys.readouterr().out
    assert told.startswith(words[0])
    assert [told.index(word) for word in words] == sorted(told.index(word) for word in words)
    assert ("Twee cavernes" if lang == "nl" else "Two caverns") in told
    assert "Traceback" not in told


def test_every_file_says_that_it_is_screening_and_the_question_is_among_them(caverns, capsys):
    assert cli.call(["salt", "caverns.toml", "--out", "out", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["note"][0].startswith("This is screening")
    assert {"summary", "paths", "totals", "before", "sinkholes", "origins"} <= told.keys()
    for path in told["files"]:
        assert Path(path).is_file()
        if Path(path).suffix == ".csv":
            assert Path(path).read_text(encoding="utf-8").startswith("# This is screening")
    assert Path("out/question.toml").read_text(encoding="utf-8") == SMALL
    paths = pd.read_csv("out/paths.csv", comment="#")
    assert set(paths["option"]) == {"open", "plug_after_warming"}
    drawing = Path("out/cavern_1.en.svg").read_text(encoding="utf-8")
    assert "Screening" in drawing
    assert Path("out/cavern_2.en.csv").is_file()


def test_the_example_has_a_name_and_a_file_of_that_name_goes_before_it(caverns, capsys):
    Path("example").write_text("title = 3\n", encoding="utf-8")
    assert cli.call(["salt", "example"]) == 3
    assert "E503" in capsys.readouterr().err


def test_what_stands_in_the_way_is_told_with_what_is_wrong_in_the_file(caverns, capsys):
    Path("out").mkdir()
    Path("out/summary.csv").write_text("mine", encoding="utf-8")
    Path("caverns.toml").write_text(SMALL.replace('"bgra"', '"bgrb"'), encoding="utf-8")
    assert cli.call(["salt", "caverns.toml", "--out", "out"]) == 3
    told = capsys.readouterr().err
    assert "E716" in told
    assert "bgra" in told
    assert Path("out/summary.csv").read_text(encoding="utf-8") == "mine"


def test_a_picture_that_is_there_already_is_kept_unless_it_may_go(caverns, capsys):
    Path("out").mkdir()
    Path("out/cavern_2.nl.svg").write_text("mine", encoding="utf-8")
    assert cli.call(["salt", "caverns.toml", "--out", "out"]) == 3
    assert "cavern_2.nl.svg" in capsys.readouterr().err
    assert Path("out/cavern_2.nl.svg").read_text(encoding="utf-8") == "mine"


def test_a_file_that_is_not_there_is_told(caverns, capsys):
    assert cli.call(["salt", "cavern.toml"]) == 3
    assert "E101" in capsys.readouterr().err
