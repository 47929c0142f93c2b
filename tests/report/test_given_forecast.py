"""The report of a forecast from a file says what that run computed, and nothing of what it did not."""

import re
from pathlib import Path

import pytest

from mijnrisico import front, report
from mijnrisico.core.run import StoredRun

SCENARIO = """title = "Far"
sites = "s.csv"
[time]
years = 1
[inputs]
forecast = "f.csv"
[motion]
model = "atkinson_2015"
"""
SITES = "name,lon,lat\nDorf,11.22,47.61\nStadt,11.30,47.65\n"
ONE = "lon,lat,depth_km,magnitude,rate_per_year\n11.20,47.60,2.5,1.55,0.0447\n11.20,47.60,2.5,1.65,0.0355\n"
TWO = (
    "lon,lat,depth_km,magnitude,rate_per_year,branch,weight\n"
    "11.20,47.60,2.5,3.55,0.0447,low,0.4\n11.20,47.60,2.5,3.55,0.0955,high,0.6\n"
)
_ELSEWHERE = (
    r"TNO ?2020|FCM|official map|Richter|norm\b|dwelling mound|outside the zones|six places|per million|Groningen field"
)


def _run(folder: Path, rows: str) -> StoredRun:
    (folder / "f.csv").write_text(rows, encoding="utf-8")
    (folder / "s.csv").write_text(SITES, encoding="utf-8")
    (folder / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    return front.run(front.load(folder / "scenario.toml"), folder / "results", report=False).stored


def _page(run: StoredRun) -> str:
    report.write(run.path, ("en",), formats=("html",))
    return (run.path / "report" / "report.en.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def weak(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _page(_run(tmp_path_factory.mktemp("weak"), ONE))


@pytest.fixture(scope="module")
def branched(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _page(_run(tmp_path_factory.mktemp("branched"), TWO))


@pytest.mark.parametrize("page", ["weak", "branched"])
def test_nothing_is_said_of_what_was_not_computed(page: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(page)
    assert re.findall(_ELSEWHERE, text) == []
    assert "gmm_atkinson_2015" in text
    assert "gmm_v7" not in text
    assert "static_pressures" not in text


def test_a_level_below_the_curve_is_not_called_a_place_without_soil(weak: str) -> None:
    assert "below the lowest level of the curve" in weak


def test_what_hardly_ever_happens_has_no_number_of_years(weak: str) -> None:
    assert "less than once in 10 million years" in weak
    assert "000 000 000" not in weak.replace("\N{NO-BREAK SPACE}", " ")


def test_magnitudes_outside_the_range_of_the_model_are_said_beside_the_numbers(weak: str) -> None:
    beside = weak[weak.index('id="caution"') : weak.index('id="contents"')]
    assert "Outside the range" in beside


def test_a_tree_of_one_model_is_not_drawn_and_one_of_two_counts_two(weak: str, branched: str) -> None:
    assert "F23" not in weak
    assert "one forecast and one model of the motion" in weak
    assert "The tree holds 2 combinations for the shaking;" in branched
