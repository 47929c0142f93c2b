"""Runs as folders: whole or not at all, finished stages kept, the same question found again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico.core import provenance
from mijnrisico.core import run as runs
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.progress import Progress
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import InputError, InterruptedRun, Problem


def field(value: float) -> xr.Dataset:
    return xr.Dataset(
        {"pressure": (("time", "y", "x"), np.full((2, 2, 3), value), {"units": "bar"})},
        coords={
            "time": np.array(["2024-01-01", "2024-04-01"], dtype="datetime64[ns]"),
            "y": [0.0, 500.0],
            "x": [0.0, 500.0, 1000.0],
            "branch": ("branch", ["a", "bb"]),
        },
        attrs={"cell_m": 500},
    )


class Calls:
    """Counts how often a stage was computed."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def stage(self, name: str, value: float):
        def compute(progress: Progress) -> xr.Dataset:
            progress(0.5)
            self.made.append(name)
            return field(value)

        return compute


def study(
    scenario: Scenario, results: Path, calls: Calls, *, volumes: float = 1.0, stop: bool = False
) -> runs.StoredRun:
    with runs.begin(scenario, results, command="mijnrisico run groningen") as writer:
        writer.plan("history", "future", "hazard")
        history = writer.stage("history", calls.stage("history", 1.0), settings={"cell": 1000})
        future = writer.stage("future", calls.stage("future", volumes), settings={"v": volumes}, after=[history])
        if stop:
            raise KeyboardInterrupt
        hazard = writer.stage("hazard", calls.stage("hazard", 2.0), settings={"seed": scenario.seed}, after=[future])
        writer.write_table("tables/summary.csv", pd.DataFrame({"quantity": ["a"], "value": [0.1 + 0.2]}))
        writer.write_grid("grids/pressure.nc", hazard.data)
        writer.warn(Problem("W607"))
    assert writer.run is not None
    return writer.run


@pytest.fixture(name="scenario")
def packaged() -> Scenario:
    return scenarios.load("groningen")


def test_a_run_is_a_complete_folder_with_a_manifest(tmp_path: Path, scenario: Scenario) -> None:
    run = study(scenario, tmp_path, Calls())
    assert sorted(p.name for p in tmp_path.iterdir()) == [".cache", run.id, "index.json"]
    manifest = json.loads((run.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "complete"
    assert manifest["run_id"] == run.id == run.path.name
    assert manifest["hash"]["run"].removeprefix("sha256:").startswith(run.id.rpartition("-")[2])
    assert {output["path"] for output in manifest["outputs"]} == {
        "scenario.toml",
        "tables/summary.csv",
        "grids/pressure.nc",
        "datapackage.json",
        "tables/README.txt",
        "tables/LEESMIJ.txt",
    }
    assert [stage["name"] for stage in manifest["stages"]] == ["history", "future", "hazard"]
    assert manifest["warnings"][0]["code"] == "W607"
    assert "eerder te laag" in manifest["warnings"][0]["message"]["nl"]
    events = [json.loads(line)["event"] for line in (run.path / "log.jsonl").read_text().splitlines()]
    assert events == ["start", "stage", "stage", "stage", "warning", "complete"]


def test_nothing_in_a_run_tells_who_made_it_or_where(tmp_path: Path, scenario: Scenario) -> None:
    run = study(scenario, tmp_path, Calls())
    for path in run.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(tmp_path).encode() not in content
            assert os.uname().nodename.encode() not in content or len(os.uname().nodename) < 4


def test_a_results_folder_named_in_full_is_stored_by_its_name(tmp_path: Path) -> None:
    scenario = scenarios.load("groningen", [f"output.dir={tmp_path / 'mine'}"])
    run = study(scenario, tmp_path / "mine", Calls())
    assert all(str(tmp_path).encode() not in path.read_bytes() for path in run.path.rglob("*") if path.is_file())
    assert run.scenario.output.dir == "mine"
    assert run.scenario.digest() == scenario.digest()


@pytest.mark.parametrize("name", ["tables/summary.csv", "grids/pressure.nc", "scenario.toml"])
def test_a_run_that_was_changed_by_hand_does_not_answer_the_question(
    tmp_path: Path, scenario: Scenario, name: str
) -> None:
    run = study(scenario, tmp_path, Calls())
    path = run.path / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    assert runs.find(scenario, tmp_path) is None


def test_other_libraries_compute_a_stage_again(
    tmp_path: Path, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls()
    study(scenario, tmp_path, calls)
    assert len(calls.made) == 3
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.0.1")
    provenance.science_digest.cache_clear()
    study(scenario, tmp_path, calls)
    provenance.science_digest.cache_clear()
    assert len(calls.made) == 6


def test_the_same_question_is_found_again_without_computing(tmp_path: Path, scenario: Scenario) -> None:
    run = study(scenario, tmp_path, Calls())
    start = time.perf_counter()
    found = runs.find(scenario, tmp_path)
    assert time.perf_counter() - start < 1.0
    assert found is not None
    assert found.id == run.id
    assert found.scenario.digest() == scenario.digest()
    assert runs.find(scenarios.load("groningen", ["seed=1"]), tmp_path) is None


def test_other_volumes_recompute_only_what_depends_on_them(tmp_path: Path, scenario: Scenario) -> None:
    calls = Calls()
    study(scenario, tmp_path, calls)
    assert calls.made == ["history", "future", "hazard"]
    calls.made.clear()
    study(scenarios.load("groningen", ["title=other"]), tmp_path, calls, volumes=2.0)
    assert calls.made == ["future", "hazard"]


def test_a_reused_stage_gives_the_same_bits(tmp_path: Path, scenario: Scenario) -> None:
    results = []
    for _ in range(2):
        with runs.begin(scenario, tmp_path) as writer:
            results.append(writer.stage("a", lambda _: field(0.1) / 3.0, settings={}))
    first, second = results
    assert (first.cached, second.cached) == (False, True)
    assert first.key == second.key
    xr.testing.assert_identical(first.data, second.data)
    assert first.data["pressure"].to_numpy().tobytes() == (field(0.1) / 3.0)["pressure"].to_numpy().tobytes()
    assert first.data["time"].to_numpy().tolist() == field(0.1)["time"].to_numpy().tolist()


def test_an_interruption_keeps_finished_stages_and_no_half_folder(tmp_path: Path, scenario: Scenario) -> None:
    calls = Calls()
    with pytest.raises(InterruptedRun) as caught:
        study(scenario, tmp_path, calls, stop=True)
    assert caught.value.code == "E605"
    assert caught.value.exit_code == 130
    assert caught.value.problems[0].params["command"] == "mijnrisico run groningen"
    assert [p.name for p in tmp_path.iterdir()] == [".cache"]
    calls.made.clear()
    study(scenario, tmp_path, calls)
    assert calls.made == ["hazard"]


KILLED = """
import sys, time
from pathlib import Path
import xarray as xr
from mijnrisico.core import run, scenario

def slow(progress):
    Path(sys.argv[2]).touch()
    time.sleep(60)

with run.begin(scenario.load("groningen"), Path(sys.argv[1])) as writer:
    first = writer.stage("history", lambda p: xr.Dataset({"a": ("x", [1.0, 2.0])}), settings={})
    writer.stage("future", slow, settings={}, after=[first])
"""


def test_a_killed_run_loses_no_finished_stage(tmp_path: Path, scenario: Scenario) -> None:
    started = tmp_path / "started"
    results = tmp_path / "results"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(results), str(started)])
    try:
        deadline = time.monotonic() + 60.0
        while not started.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert started.exists()
    assert list(results.glob(".building-*"))  # what was left behind
    assert runs.find(scenario, results) is None
    with runs.begin(scenario, results) as writer:
        first = writer.stage("history", lambda _: pytest.fail("computed again"), settings={})
    assert first.cached
    assert not list(results.glob(".building-*"))


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove_seal"])
def test_a_damaged_stage_is_computed_again_with_a_warning(tmp_path: Path, scenario: Scenario, damage: str) -> None:
    calls = Calls()
    study(scenario, tmp_path, calls)
    (path,) = (tmp_path / ".cache").glob("future-*.nc")
    if damage == "truncate":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "flip":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(bytes(content))
    else:
        path.with_suffix(".sha256").unlink()
    calls.made.clear()
    run = study(scenario, tmp_path, calls)
    assert calls.made == ["future"]
    codes = {warning["code"]: warning for warning in run.manifest["warnings"]}
    assert ("E604" in codes) == (damage != "remove_seal")
    if "E604" in codes:
        assert "opnieuw berekend: future" in codes["E604"]["message"]["nl"]
        assert "computed again: future" in codes["E604"]["message"]["en"]


def test_an_error_in_a_stage_leaves_no_folder(tmp_path: Path, scenario: Scenario) -> None:
    def broken(progress: Progress) -> xr.Dataset:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), runs.begin(scenario, tmp_path) as writer:
        writer.stage("history", broken, settings={})
    assert [p.name for p in tmp_path.iterdir()] == [".cache"]


def test_a_run_writes_only_inside_its_folder(tmp_path: Path, scenario: Scenario) -> None:
    for path in ("../outside.csv", "/outside.csv"):
        with pytest.raises(ValueError, match="inside its own folder"), runs.begin(scenario, tmp_path) as writer:
            writer.write_text(path, "x")


def test_the_production_table_travels_with_the_run(tmp_path: Path) -> None:
    (tmp_path / "volumes.csv").write_text("year,cluster,volume_bcm\n2024,field,1\n")
    (tmp_path / "mine.toml").write_text('title = "t"\n[time]\nyears = 1\n[inputs]\nscenario = "volumes.csv"\n')
    scenario = scenarios.load(tmp_path / "mine.toml")
    run = study(scenario, tmp_path / "results", Calls())
    assert run.scenario.digest() == scenario.digest()
    assert run.manifest["inputs"][0]["file"] == "volumes.csv"
    assert run.manifest["deviations_from_template"] == ["title", "title_nl", "time.years", "inputs.scenario.file"]


def test_an_unknown_run_is_e701_and_lists_what_is_there(tmp_path: Path, scenario: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        runs.StoredRun.open(tmp_path)
    assert caught.value.code == "E703"
    run = study(scenario, tmp_path, Calls())
    assert runs.StoredRun.open(tmp_path).id == runs.StoredRun.open(tmp_path, run.id[-6:]).id == run.id
    with pytest.raises(InputError) as caught:
        runs.StoredRun.open(tmp_path, "nothing")
    assert caught.value.problems[0].params["known"] == (run.id,)


def test_tables_and_grids_are_read_back(tmp_path: Path, scenario: Scenario) -> None:
    run = study(scenario, tmp_path, Calls())
    assert run.table("summary")["value"].tolist() == pytest.approx([0.3])
    grid = run.grid("pressure")
    assert grid["pressure"].attrs["grid_mapping"] == "crs"
    assert grid["x"].attrs["standard_name"] == "projection_x_coordinate"
    assert "Amersfoort" in grid["crs"].attrs["crs_wkt"]
    with pytest.raises(InputError) as caught:
        run.table("nothing")
    assert caught.value.code == "E702"


def test_the_same_run_writes_the_same_bytes(tmp_path: Path, scenario: Scenario) -> None:
    digests = [
        {output["path"]: output["sha256"] for output in study(scenario, tmp_path / name, Calls()).manifest["outputs"]}
        for name in ("one", "two")
    ]
    assert digests[0] == digests[1]


def test_ctrl_c_inside_a_compiled_kernel_is_ctrl_c(tmp_path: Path, scenario: Scenario) -> None:
    def kernel(progress):
        raise SystemError("a dispatcher returned a result with an exception set") from KeyboardInterrupt()

    with pytest.raises(InterruptedRun), runs.begin(scenario, tmp_path) as writer:
        writer.stage("history", kernel, settings={})
