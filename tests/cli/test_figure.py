"""`mijnrisico figure`: any figure of the report by its number, the list of them, and what is refused."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from mijnrisico import cli
from mijnrisico.report.figures import FIGURES

RUN = "2026-03-02-aa11bb22"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> str:
    folder = tmp_path_factory.mktemp("results")
    manifest = synthetic.write(folder / RUN, elastic_only=True) / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("2024-01-17-3f2e", RUN), encoding="utf-8")
    return str(folder)


def _call(*arguments: str) -> int:
    return cli.call(["figure", *arguments])


def test_a_figure_is_drawn_by_its_number_with_its_data_beside_it(
    results: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call("f04", "aa11", "--lang", "en", "--results", results) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "F04_event_rate_aa11bb22.en.csv",
        "F04_event_rate_aa11bb22.en.svg",
    ]
    assert "earthquakes" in capsys.readouterr().out.splitlines()[0]
    assert _call("F04", "--out", "mine.png", "--results", results) == 0
    assert _call("F04", "--out", "mine.png", "--results", results) == 3
    assert _call("F04", "--out", "mine.png", "--force", "--results", results) == 0


def test_the_list_names_every_figure_and_says_what_a_run_has(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["number"] for row in listed] == sorted(figure.number for figure in FIGURES)
    assert _call("list", "aa11", "--json", "--results", results) == 0
    possible = {row["number"]: row["possible"] for row in json.loads(capsys.readouterr().out)}
    assert possible["F04"]
    assert not possible["F31"]


def test_an_unknown_number_is_refused_with_the_numbers_and_what_they_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("F99", "--lang", "en") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "E005" in said
    assert all(figure.number in said for figure in FIGURES)
    assert "logic tree" in said


def test_a_figure_that_the_run_has_no_data_for_is_refused(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("F31", "aa11", "--lang", "en", "--results", results) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "E711" in said
    assert "F04" in said
