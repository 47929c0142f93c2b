"""A question about subsidence on the command line: checked, refused with everything that is wrong, told apart."""

import json
from pathlib import Path

import pytest
from tests.studies.subsidence import small

from mijnrisico.cli import call, show

Capture = pytest.CaptureFixture[str]


def test_a_good_question_is_told_with_what_it_reads(tmp_path: Path, capsys: Capture) -> None:
    assert call(["check", str(small.write(tmp_path)), "--lang", "nl"]) == 0
    out = capsys.readouterr().out
    for said in (
        "question.toml is in orde: Drie oorzaken, 1990 tot en met 2030",
        "64 km²",
        "2 cavernes",
        "1990 – 2015",
    ):
        assert said in out


def test_the_packaged_question_is_checked_by_its_name(capsys: Capture) -> None:
    assert call(["check", "groningen-subsidence", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["years"][0] == 1956
    assert {row["role"] for row in found["inputs"]} == {"subsidence_activity", "subsidence_observations"}
    assert found["estimate"]["seconds"] > 0


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_wrong_question_is_refused_before_anything_is_computed(tmp_path: Path, capsys: Capture, lang: str) -> None:
    wrong = small.QUESTION.replace("depth_m = 3000.0", "depth_m = 5500.0").replace("end = 2030", "end = 1980")
    assert call(["run", str(small.write(tmp_path, wrong)), "--lang", lang]) == 3
    said = capsys.readouterr().err
    assert said.count("E503") >= 3  # the depth below the basement, the end before the start, years outside
    assert "[activity 1, depth_m]" in said
    assert not (tmp_path / "results").exists()


def test_a_quantity_of_the_summary_has_a_name_in_words() -> None:
    assert show.quantity_name("subsidence_area_2.5cm", "nl") == "Gebied met 2,5 cm bodemdaling of meer"
    assert show.quantity_name("volume_Field A", "en") == "Volume lost at depth: Field A"


def test_a_command_about_earthquakes_refuses_a_question_about_subsidence(capsys: Capture) -> None:
    assert call(["hindcast", "groningen-subsidence"]) == 3
    assert "a question about earthquakes" in capsys.readouterr().err
