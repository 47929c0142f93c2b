"""`mijnrisico import pysub` on the screen: what was written, what was done with the input, and every problem."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from mijnrisico import cli

_SPEC = importlib.util.spec_from_file_location("pysub_inputs", Path(__file__).parents[1] / "data" / "pysub_inputs.py")
assert _SPEC is not None
assert _SPEC.loader is not None
inputs = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = inputs
_SPEC.loader.exec_module(inputs)


@pytest.fixture
def gas(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inputs.outlines(tmp_path)
    inputs.workbook(tmp_path / "gas.xlsx", inputs.GAS)
    return tmp_path


@pytest.mark.parametrize(("lang", "left"), [("en", "Not carried over (3)"), ("nl", "Niet overgenomen (3)")])
def test_what_could_not_be_carried_over_is_counted_on_the_screen_and_in_the_file(gas, capsys, lang, left):
    assert cli.call(["import", "pysub", "gas.xlsx", "--out", "new", "--lang", lang]) == 0
    screen = capsys.readouterr().out
    expected = left.replace("3", "2")  # columns of models that were not chosen, and a point measured once
    assert expected in screen
    assert expected in (gas / "new" / "question.toml").read_text(encoding="utf-8")


def test_nothing_is_overwritten(gas, capsys):
    assert cli.call(["import", "pysub", "gas.xlsx", "--out", "new"]) == 0
    (gas / "new" / "question.toml").write_text("mine", encoding="utf-8")
    assert cli.call(["import", "pysub", "gas.xlsx", "--out", "new", "--lang", "en"]) == 3
    said = capsys.readouterr().err
    assert "E114" in said
    assert "--out" in said
    assert "init" not in said
    assert (gas / "new" / "question.toml").read_text(encoding="utf-8") == "mine"


def test_problems_of_every_file_are_shown_together_and_nothing_is_written(gas, capsys):
    sheets = inputs.changed(inputs.SALT, "Cavern parameters", 1, "Length (m)", "long")
    inputs.workbook(gas / "salt.xlsx", sheets)
    inputs.workbook(gas / "gas.xlsx", inputs.changed(inputs.GAS, "Reservoir parameters", 1, "Poisson's ratio (-)", 0.6))
    assert cli.call(["import", "pysub", "gas.xlsx", "salt.xlsx", "gone.json", "--out", "new", "--lang", "en"]) == 3
    screen = capsys.readouterr().err
    assert "gas.xlsx, Reservoir parameters:2 [Poisson's ratio (-)]" in screen
    assert "salt.xlsx, Cavern parameters:2 [Length (m)]" in screen
    assert "gone.json" in screen
    assert not (gas / "new").exists()


def test_outlines_are_looked_for_in_the_folder_that_is_pointed_at(gas, capsys):
    (gas / "maps").mkdir()
    (gas / "east.csv").rename(gas / "maps" / "east.csv")
    assert cli.call(["import", "pysub", "gas.xlsx", "--out", "one", "--lang", "en"]) == 3
    assert "E101" in capsys.readouterr().err
    assert cli.call(["import", "pysub", "gas.xlsx", "--shapes", "maps", "--out", "one", "--lang", "en"]) == 0


def test_as_json_it_lists_files_counts_and_notes(gas, capsys):
    assert cli.call(["import", "pysub", "gas.xlsx", "--out", "new", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"][0] == "question.toml"
    assert (told["reservoirs"], told["caverns"], told["points"], told["observations"]) == (2, 0, 1, 3)
    assert {note["group"] for note in told["notes"]} == {"converted", "differs", "left"}


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--out", "x"], "E003"), (["gas.xlsx", "--shapes", "nowhere"], "E101")]
)
def test_wrong_use_is_told(gas, capsys, arguments, code):
    assert cli.call(["import", "pysub", *arguments, "--lang", "en"]) != 0
    assert code in capsys.readouterr().err
