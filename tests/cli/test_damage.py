"""`mijnrisico damage`: a place in words and as JSON; what cannot be asked is refused in words."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mijnrisico import cli

PLACE = ("damage", "--rd", "245459", "594583")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nl", ("magnitude 1,5 of meer", "Zeerijp", "geen oordeel over de oorzaak", "bovengrens")),
        ("en", ("magnitude 1.5 or more", "Zeerijp", "not a ruling on the cause", "bound above")),
    ],
)
def test_a_place_is_answered_with_its_limits(folder: Path, capsys: pytest.CaptureFixture[str], lang, words):
    assert cli.call([*PLACE, "--since", "2018", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in words)
    assert "100 %" not in said


def test_json_and_csv_hold_every_earthquake_that_was_counted(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.call([*PLACE, "--since", "2018", "--json", "--out", "events.csv"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert 0.0 < told["new_crack"]["remembering"] < told["new_crack"]["memoryless"] < 1.0
    assert len(told["events"]) == len(pd.read_csv(folder / "events.csv"))
    assert told["events"][0]["pgv_median_mm_s"] >= told["events"][-1]["pgv_median_mm_s"]
    assert cli.call([*PLACE, "--out", "events.csv"]) != 0
    assert "E716" in capsys.readouterr().err


def test_a_place_without_earthquakes_is_told_so(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.call(["damage", "--rd", "150000", "450000", "--vs30", "200", "--lang", "en"]) == 0
    assert "No earthquake" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [(), ("--rd", "245459", "594583", "--lonlat", "6.8", "53.3")])
def test_a_place_is_given_in_one_way(folder: Path, capsys: pytest.CaptureFixture[str], arguments):
    assert cli.call(["damage", *arguments]) == 3
    assert "--rd X Y" in capsys.readouterr().err


def test_a_place_has_a_name_too(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.call(["damage", "--place", "loppersum", "--since", "2018", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["x_rd"], told["y_rd"]) == (245_600.0, 594_790.0)
    assert cli.call(["damage", "--place", "Lopersum", "--lang", "nl"]) == 3
    assert "Dichtstbijzijnde naam: Loppersum" in capsys.readouterr().err
