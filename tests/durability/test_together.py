"""Two processes in one results folder: the same question is answered once, other questions do not disturb it."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mijnrisico.core import files
from mijnrisico.core import run as runs
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.run import store

SLOW = """
import sys, time
from pathlib import Path
import xarray as xr
from mijnrisico.core import run, scenario
from mijnrisico.core.progress import Lines

results, title, started, release = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])

def compute(progress):
    started.touch()
    print("computing", flush=True)
    while not release.exists():
        time.sleep(0.02)
    return xr.Dataset({"a": ("x", [1.0, 2.0])})

question = scenario.load("groningen", [f"title={title}"])
with run.begin(question, results, display=Lines(sys.stdout, "en")) as writer:
    if writer.run is None:
        shared = writer.stage("pressure_history", compute, settings={})
        writer.write_text("tables/a.txt", title)
print("run", writer.run.id)
"""


def begun(tmp_path: Path, title: str, name: str) -> subprocess.Popen[str]:
    """Start a process that computes until the file `release` is there, and makes the file `name` when it begins."""
    arguments = [tmp_path / "results", title, tmp_path / name, tmp_path / "release"]
    command = [sys.executable, "-c", SLOW, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def until(condition: Path) -> None:
    deadline = time.monotonic() + 120.0
    while not condition.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def ended(process: subprocess.Popen[str]) -> list[str]:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return output.splitlines()


def test_the_second_of_the_same_question_waits_says_so_and_uses_the_answer(tmp_path: Path) -> None:
    first = begun(tmp_path, "same", "one")
    until(tmp_path / "one")
    second = begun(tmp_path, "same", "two")
    assert "same question" in first_line(second)
    (tmp_path / "release").touch()
    one, two = ended(first), ended(second)
    assert not (tmp_path / "two").exists()
    assert one[-1] == two[-1]
    assert two == two[-1:]
    assert len(store.runs(tmp_path / "results")) == 1


def test_other_questions_both_finish_and_a_shared_stage_is_computed_once(tmp_path: Path) -> None:
    first = begun(tmp_path, "one", "one")
    until(tmp_path / "one")
    second = begun(tmp_path, "two", "two")
    assert "same stage (pressure so far)" in first_line(second)
    (tmp_path / "release").touch()
    one, two = ended(first), ended(second)
    assert "computing" in one
    assert "computing" not in two
    assert one[-1] != two[-1]
    index = json.loads((tmp_path / "results" / "index.json").read_text(encoding="utf-8"))
    assert {f"run {record['id']}" for record in index["runs"]} == {one[-1], two[-1]}
    assert sorted(p.name for p in (tmp_path / "results").glob(".*")) == [".cache"]


def test_when_the_first_is_killed_the_second_goes_on_by_itself(tmp_path: Path) -> None:
    first = begun(tmp_path, "same", "one")
    until(tmp_path / "one")
    second = begun(tmp_path, "same", "two")
    assert "same question" in first_line(second)
    first.kill()
    first.communicate()
    (tmp_path / "release").touch()
    assert "computing" in ended(second)
    assert len(store.runs(tmp_path / "results")) == 1


def test_a_run_at_work_is_not_swept_by_another(tmp_path: Path) -> None:
    results = tmp_path / "results"
    first = begun(tmp_path, "one", "one")
    until(tmp_path / "one")
    with runs.begin(scenarios.load("groningen", ["title=two"]), results):
        assert len(list(results.glob(".building-*"))) == 2
    (tmp_path / "release").touch()
    ended(first)
    assert len(store.runs(results)) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_index_stays_right_while_processes_write_it_at_once(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("durability_small", Path(__file__).with_name("small.py"))
    assert spec is not None
    assert spec.loader is not None
    small = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(small)
    small.answer(tmp_path, "warm")
    children = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                small.answer(tmp_path, f"run {number}")
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert len(index["runs"]) == 7
    assert len(list(tmp_path.glob("2*"))) == 7


def test_a_lock_on_a_file_that_was_removed_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with files.locked(path):
        path.unlink()
        with files.if_free(path) as free:
            assert free
