"""`map`, `curve`, `profile` and `compare` on the command line, over two small runs."""

import csv
import json
from pathlib import Path
from types import ModuleType

import pytest

from mijnrisico import cli
from mijnrisico.cli import show

A, B = "2026-03-02-aa11bb22", "2026-03-02-cc33dd44"
DRAWN = ("pga", "lpr", "buildings")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> str:
    folder = tmp_path_factory.mktemp("results")
    for name, scale in ((A, 1.0), (B, 0.8)):
        manifest = synthetic.write(folder / name, scale=scale) / "manifest.json"
        text = manifest.read_text(encoding="utf-8").replace("2024-01-17-3f2e", name)
        manifest.write_text(text, encoding="utf-8")
    return str(folder)


def _call(*arguments: str) -> int:
    return cli.call(list(arguments))


def test_a_map_says_its_finding_and_both_files(results: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("map", "aa11", "--year", "2030", "--statistic", "p90", "--results", results) == 0
    screen = capsys.readouterr()
    finding, written, *_ = screen.out.splitlines()
    assert finding.startswith("In 2030, ")
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["pga_2030_p90_aa11bb22.en.csv", "pga_2030_p90_aa11bb22.en.svg"]
    assert all(name in written for name in files)
    assert "W704" in screen.err
    with (folder / files[0]).open(encoding="utf-8") as stream:
        assert next(iter(csv.DictReader(stream)))["statistic"] == "p90"


def test_a_figure_of_ours_is_drawn_again_but_a_name_of_the_user_is_kept(results: str, folder: Path) -> None:
    for _ in range(2):
        assert _call("map", "aa11", "--results", results, "-C", str(folder)) == 0
    mine = folder / "mine.csv"
    mine.write_text("precious", encoding="utf-8")
    assert _call("map", "aa11", "--out", "mine.svg", "--results", results) == 3
    assert mine.read_text(encoding="utf-8") == "precious"
    assert _call("map", "aa11", "--out", "mine.svg", "--force", "--results", results) == 0
    assert mine.read_text(encoding="utf-8") != "precious"


def test_a_program_gets_the_finding_as_json(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("curve", "aa11", "--place", "zeerijp", "--json", "--lang", "nl", "--results", results) == 0
    screen = capsys.readouterr()
    told = json.loads(screen.out)
    assert told["run"] == A
    assert "wordt" in told["finding"]
    assert Path(told["data"]).is_file()
    assert "Traceback" not in screen.err


def test_a_profile_names_its_line_in_the_figure(results: str, folder: Path) -> None:
    line = ("--from", "228000", "590000", "--to", "265000", "596000")
    assert _call("profile", "aa11", *line, "--quantity", "pressure", "--out", "line.svg", "--results", results) == 0
    svg = (folder / "line.svg").read_text(encoding="utf-8")
    assert "228000, 590000" in svg
    assert A in svg


def test_one_place_is_asked_for_a_curve(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("curve", "aa11", "--results", results) == 3
    assert "--place" in capsys.readouterr().err


def test_comparing_writes_tables_and_maps_where_asked(
    results: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call("compare", "aa11", "cc33", "--results", results) == 0
    assert not list(folder.iterdir())
    screen = capsys.readouterr()
    assert A in screen.out
    assert B in screen.out
    assert (
        _call("compare", "aa11", "cc33", "--out", "both", "--year", "2030", "--lang", "nl", "--results", results) == 0
    )
    names = {path.name for path in (folder / "both").iterdir()}
    maps = {f"F16_difference_{quantity}_2030.nl.{ending}" for quantity in DRAWN for ending in ("svg", "csv")}
    assert names == {"summary.csv", "changes.csv"} | maps


def test_comparing_as_json_holds_every_year(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("compare", "aa11", "cc33", "--json", "--results", results) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["a"], told["b"], told["changes"]) == (A, B, [])
    assert len({row["year"] for row in told["summary"]}) == 12


def test_values_that_are_compared_stand_with_their_bands(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("compare", "aa11", "cc33", "--json", "--results", results) == 0
    rows = json.loads(capsys.readouterr().out)["summary"]
    banded = [row for row in rows if row["a_p10"] is not None and row["a_p10"] < row["a_p90"]]
    assert banded
    assert all(row["b_p10"] < row["b_p90"] for row in banded)
    assert _call("compare", "aa11", "cc33", "--year", str(rows[0]["year"]), "--results", results) == 0
    screen = capsys.readouterr().out
    assert "P10–P90 over the models of that run" in screen
    row = next(row for row in banded if row["year"] == rows[0]["year"])
    for side in "ab":
        assert show.with_band(row[side], row[f"{side}_p10"], row[f"{side}_p90"], "en") in screen


def test_a_year_that_one_of_the_runs_lacks_is_refused(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("compare", "aa11", "cc33", "--year", "2050", "--results", results) == 3
    assert "E711" in capsys.readouterr().err
