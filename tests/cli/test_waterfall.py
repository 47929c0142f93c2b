"""`compare --waterfall`: on the screen, as files, as JSON, and interrupted."""

import csv
import json
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from tests.studies.two_runs import Fake, confusion

from mijnrisico import cli, front, messages
from mijnrisico.report.draw import sheet
from mijnrisico.studies.groningen import targets


class Workshop(Fake):
    """Stands where the workshop stands; `stop_at` is the question at which Ctrl-C is pressed."""

    stop_at = 0
    answered = 0

    def targets(self, scenario, year: int) -> dict[str, float]:
        Workshop.answered += 1
        if Workshop.answered == Workshop.stop_at:
            raise KeyboardInterrupt
        return self(scenario, year)


@pytest.fixture(name="results")
def results_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(targets, "Workshop", Workshop)
    monkeypatch.setattr(Workshop, "answered", 0)
    confusion(tmp_path)
    return str(tmp_path)


def _call(results: str, *arguments: str) -> int:
    return cli.call(["compare", "aa11", "cc33", "--results", results, *arguments])


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_the_screen_says_what_went_down_what_went_up_and_by_what(
    results: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call(results, "--waterfall", "--lang", lang) == 0
    screen = capsys.readouterr().out
    (finding,) = (line for line in screen.splitlines() if line.startswith(("From A to B", "Van A naar B")))
    hazard, listed = finding.split(";")
    assert "\N{MINUS SIGN}50 %" in hazard
    assert "+" in listed
    for cause, part in (("scenario", hazard), ("exposure", listed)):
        assert messages.text(f"waterfall.causes.{cause}", lang) in part  # type: ignore[arg-type]
    assert "risk.model" in screen


def test_the_files_hold_bars_that_sum_to_the_difference(results: str, folder: Path) -> None:
    assert _call(results, "--waterfall", "--out", "why") == 0
    names = {path.name for path in (folder / "why").iterdir()}
    assert names == {
        "summary.csv",
        "changes.csv",
        "waterfall.csv",
        "F24_waterfall_2024.en.svg",
        "F24_waterfall_2024.en.csv",
    }
    with (folder / "why" / "waterfall.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["target"] == "buildings_above_1e-5"]
    assert [row["bar"] for row in rows] == ["A", "scenario", "model", "exposure", "B"]
    changes = sum(float(row["change"]) for row in rows if row["change"])
    assert changes == pytest.approx(float(rows[-1]["level"]) - float(rows[0]["level"]))


def test_a_program_gets_bars_settings_and_interaction(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(results, "--waterfall", "--json", "--quiet") == 0
    told = json.loads(capsys.readouterr().out)["waterfall"]
    assert list(told["settings"]) == ["scenario", "model", "exposure"]
    assert told["interaction"]["pga_max"] == 0.0 < told["interaction"]["deaths"]
    assert {row["bar"] for row in told["bars"]} == {"A", "B", *told["settings"]}


def test_one_order_is_followed_and_a_wrong_one_refused(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(results, "--order", "exposure, model, scenario", "--target", "deaths") == 0
    screen = capsys.readouterr().out
    assert "in the order buildings and people" in screen
    assert Workshop.answered == 4
    assert _call(results, "--order", "exposure") == 3
    assert "E503" in capsys.readouterr().err
    assert _call(results, "--target", "luck") == 3
    assert "E711" in capsys.readouterr().err


def test_what_was_answered_before_an_interruption_is_kept(
    results: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Workshop, "stop_at", 6)
    assert _call(results, "--waterfall", "--quiet") == cli.STOPPED
    assert "5 finished" in capsys.readouterr().err
    assert _call(results, "--waterfall", "--quiet") == 0
    assert Workshop.answered == 6 + 3
    assert _call(results, "--waterfall", "--quiet") == 0
    assert Workshop.answered == 9


def test_an_interruption_says_the_whole_command_that_goes_on(
    results: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--year", "2024", "--order", "exposure, model, scenario", "--target", "deaths", "--target", "events"]
    monkeypatch.setattr(Workshop, "stop_at", 2)
    assert _call(results, *asked, "--quiet") == cli.STOPPED
    said = capsys.readouterr().err.replace("\n", " ")
    words = shlex.split(said[said.index("mijnrisico compare") :])
    assert [run.rpartition("-")[2][:4] for run in words[2:4]] == ["aa11", "cc33"]
    given = list(pairwise(words))
    assert set(zip(asked[::2], asked[1::2], strict=True)) < set(given)
    assert ("--results", results) in given
    monkeypatch.setattr(Workshop, "stop_at", 0)
    end = words.index("--quiet") + 1
    assert cli.call(words[1:end]) == 0


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_the_figure_says_its_finding_and_every_bar_in_words(results: str, lang: messages.Language) -> None:
    both = front.compare(front.open_run("aa11", results), front.open_run("cc33", results))
    picture = both.waterfall(lang=lang)
    assert picture.title == both.waterfall("pga_max", "buildings_above_1e-5", lang=lang).title
    svg = sheet.svg(picture.drawing)
    for cause in ("scenario", "model", "exposure"):
        assert messages.text(f"waterfall.causes.{cause}", lang) in svg
    assert both.a.id in svg
    assert set(both.waterfall("deaths", lang=lang).data["target"]) == {"deaths"}
