"""`mijnrisico export`: where files go and what is said about them; what is in them: tests/export."""

import json
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from mijnrisico import cli

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def run(folder: Path, synthetic: ModuleType) -> None:
    synthetic.write(folder / "results" / "2024-01-17-3f2e")


def test_files_go_to_a_folder_named_after_the_run(folder: Path, capsys: Capture) -> None:
    assert cli.call(["export", "--format", "csv", "--lang", "nl"]) == 0
    said = capsys.readouterr()
    assert "export-2024-01-17-3f2e/" in said.out
    assert "W704" in said.err, "a draft says that it is one"
    assert (folder / "export-2024-01-17-3f2e" / "csv" / "map_pga.csv").is_file()


def test_a_program_gets_the_list_of_files(folder: Path, capsys: Capture) -> None:
    assert cli.call(["export", "3f2e", "--format", "netcdf", "--year", "2026", "--out", "out", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == "2024-01-17-3f2e"
    assert all((folder / path).is_file() for path in found["files"])


def test_a_cell_that_a_spreadsheet_would_compute_is_exported_as_text(folder: Path) -> None:
    (table,) = (folder / "results").glob("*/tables/summary.csv")
    with table.open("a", encoding="utf-8", newline="") as stream:
        stream.write("=1+1,2024,0.5,-,,\r\n")
    assert cli.call(["export", "--format", "csv", "--out", "mine"]) == 0
    frame = pd.read_csv(folder / "mine" / "csv" / "summary.csv", dtype=str)
    assert frame["quantity"].iloc[-1] == "'=1+1"
    assert frame["unit"].iloc[-1] == "-"
    assert "'" not in "".join(frame["value"].dropna())


def test_a_year_outside_the_run_is_refused(folder: Path, capsys: Capture) -> None:
    assert cli.call(["export", "--format", "csv", "--year", "2050"]) == 3
    assert "2050" in capsys.readouterr().err
    assert not (folder / "export-2024-01-17-3f2e").exists()
