"""A question about subsidence on the command line: checked, refused with everything that is wrong, told apart."""

import json
from pathlib import Path

import pytest
from tests.studies.subsidence import small

from mijnrisico import messages
from mijnrisico.cli import call, show
from mijnrisico.studies import ask

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


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_help_names_every_packaged_question(lang: messages.Language) -> None:
    said = messages.text("cli.options.config", lang)
    assert all(name in said for name in ask.PACKAGED)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("groningen_subsidence", "groningen-subsidence"), ("Groningen", "groningen"), ("groningn", "groningen")],
)
def test_a_name_that_is_not_quite_right_leads_to_the_packaged_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, typed: str, meant: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(["run", typed, "--lang", "en"]) != 0
    said = capsys.readouterr().err
    assert "E101" in said
    assert f" {meant}" in said


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with one finished run about subsidence, as far as commands look at it."""
    run = tmp_path / "results" / "2026-01-02-0123abcd"
    (run / "tables").mkdir(parents=True)
    (run / "scenario.toml").write_text(small.QUESTION)
    rows = "subsidence_deepest,2010,12.5,cm,10,15\nsubsidence_deepest,2030,31.4,cm,28,35\n"
    (run / "tables" / "summary.csv").write_text(f"quantity,year,value,unit,p10,p90\n{rows}")
    head = {
        "schema": "mijnrisico-manifest/1",
        "run_id": run.name,
        "title": "Three causes",
        "created": "2026-01-02T00:00:00Z",
    }
    (run / "manifest.json").write_text(json.dumps({**head, "status": "complete", "review": {"status": "draft"}}))
    return run.parent


def test_a_run_is_listed_with_its_deepest_subsidence(results: Path, capsys: Capture) -> None:
    assert call(["runs", "--results", str(results), "--lang", "nl"]) == 0
    assert "31,4 cm in 2030" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        ["map"],
        ["map", "--quantity", "rate"],
        ["profile", "--from", "236000", "590000", "--to", "244000", "590000"],
        ["site", "--rd", "240000", "590000"],
        ["site", "--rd", "240000", "590000", "--year", "2030"],
    ],
)
def test_commands_about_shaking_say_that_this_run_is_about_something_else(
    results: Path, capsys: Capture, command: list[str]
) -> None:
    assert call([*command, "--results", str(results), "--lang", "en"]) == 3
    said = capsys.readouterr().err
    assert "E702" in said
    assert "is about subsidence" in said
    assert "E711" not in said
