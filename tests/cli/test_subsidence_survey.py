"""`mijnrisico subsidence survey`: a plan is told in two languages, written, and refused with everything at once."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mijnrisico import cli
from mijnrisico.studies import survey_plan

PLAN = """
title = "Plan"
[goal]
change_mm_per_year = 2.0
within_years = [1.0, 3.0]
change_year = 2030.0
[[technique]]
name = "radar"
technique = "insar"
first = 2028.0
last = 2033.0
every_days = 6
epoch_mm = 4.0
walk_mm = 0.0
[[technique]]
name = "levelling"
technique = "levelling"
epochs = [2015.0, 2020.0, 2025.0, 2030.0, 2033.0]
distance_km = 16.0
"""


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path / "plan.toml"


def test_a_plan_is_told_and_written_in_both_languages(plan: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.call(["subsidence", "survey", "plan.toml", "--out", "survey.csv", "--lang", "nl"]) == 0
    told = capsys.readouterr().out
    assert "alle samen" in told
    assert "afspraak van deze toolbox; " in told
    assert "opgegeven voor: levelling." in told
    written = pd.read_csv("survey.csv")
    assert len(written) == 6
    assert written.columns[:4].tolist() == ["technique", "epochs", "first_year", "last_year"]
    assert cli.call(["subsidence", "survey", "plan.toml", "--lang", "en"]) == 0
    assert "chance to see 2.0 mm/yr" in capsys.readouterr().out


def test_a_program_gets_the_numbers(plan: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.call(["subsidence", "survey", "plan.toml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["change_year"] == 2030.0
    assert told["conventions"] == ["levelling"]
    radar = told["rows"][0]
    assert radar["years_to_rate_sd"] == pytest.approx(1.48, abs=0.02)
    assert radar["chance"] < told["rows"][1]["chance"]


def test_together_sees_more_than_each_alone_and_an_epoch_before_the_change_is_needed():
    found = survey_plan.assess(survey_plan.parse(PLAN, "plan.toml")).set_index(["technique", "within_years"])
    sd = found["change_sd_mm_per_year"]
    assert sd["together", 3.0] < min(sd["radar", 3.0], sd["levelling", 3.0])
    assert sd["levelling", 1.0] == float("inf")
    assert found["chance"]["levelling", 1.0] == 0.0
    assert sd["together", 1.0] == pytest.approx(sd["radar", 1.0])


def test_vertical_motion_along_a_slanted_line_of_sight_is_seen_less_well():
    upright = survey_plan.parse(PLAN, "plan.toml").entry.technique[0]
    slanted = survey_plan.parse(PLAN.replace("walk_mm", "incidence_deg = 60\nwalk_mm"), "plan.toml").entry.technique[0]
    assert slanted.series.epoch_mm == pytest.approx(2.0 * upright.series.epoch_mm)


def test_a_plan_of_one_technique_has_no_rows_together_and_the_change_falls_half_way():
    one = survey_plan.parse(PLAN[: PLAN.rindex("[[technique]]")].replace("change_year = 2030.0", ""), "plan.toml")
    assert one.change_year == pytest.approx(2030.5, abs=0.01)
    assert set(survey_plan.assess(one).technique) == {"radar"}


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ("every_days = 6", "", "E503", "technique 1, epochs"),
        ("every_days = 6", "every_days = 6\nevery_years = 1", "E503", "technique 1, epochs"),
        ("every_days = 6", "every_days = 0.01", "E503", "plan.toml:11 [technique 1, last]"),
        ("last = 2033.0", "last = 2020.0", "E503", "plan.toml:11 [technique 1, last]"),
        ('"radar"', '"levelling"', "E503", "technique 2, name"),
        ('"insar"', '"sextant"', "E503", "technique 1, technique"),
        ("epoch_mm = 4.0", "epoch_mm = -4.0", "E503", "technique 1, epoch_mm"),
        ("epoch_mm = 4.0", 'epoch_mm = "4,0"', "E503", "technique 1, epoch_mm"),
        ("epoch_mm", "epoch_m", "E502", "technique 1, epoch_m"),
        ("distance_km", "apart", "E502", "plan.toml:19 [technique 2, apart]"),
        ("[goal]", "[aim]", "E502", "aim"),
        ('title = "Plan"', "title = Plan", "E501", "plan.toml:2"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(plan: Path, capsys: pytest.CaptureFixture[str], old, new, code, where):
    plan.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    assert cli.call(["subsidence", "survey", "plan.toml", "--lang", "en"]) == 3
    told = capsys.readouterr().err
    assert code in told
    assert where in told


def test_a_file_that_is_there_is_kept_and_everything_is_told_at_once(plan: Path, capsys: pytest.CaptureFixture[str]):
    plan.write_text(PLAN.replace("4.0", "-4.0").replace("change_mm", "chang_mm"), encoding="utf-8")
    Path("survey.csv").write_text("mine", encoding="utf-8")
    assert cli.call(["subsidence", "survey", "plan.toml", "--out", "survey.csv"]) == 3
    told = capsys.readouterr().err
    assert all(code in told for code in ("E716", "E502", "E503"))
    assert Path("survey.csv").read_text(encoding="utf-8") == "mine"
    assert cli.call(["subsidence", "survey", "nowhere.toml"]) == 3
    assert "E101" in capsys.readouterr().err
