"""kill -9 in each stage of the real chain (a small scenario): the next run goes on from there and gives the same."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mijnrisico.core.run import StoredRun, verify
from mijnrisico.studies.groningen import chain

SMALL = ["--set", "hazard.cell=10000", "--set", "time.years=1", "--quiet", "--json"]
KILLED = """
import os, signal, sys
from mijnrisico import cli
from mijnrisico.core.run import writer

kept = writer.RunWriter.stage

def stage(self, name, compute, **details):
    def killed(progress):
        data = compute(progress)
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGKILL)  # computed, but not yet kept: the worst moment
        return data
    return kept(self, name, killed, **details)

writer.RunWriter.stage = stage
cli.call(["run", "groningen", *sys.argv[2:]])
"""


@pytest.mark.slow
def test_killed_in_each_stage_the_chain_goes_on_and_gives_the_same_answer(tmp_path: Path) -> None:
    whole = ["--set", f"output.dir={tmp_path / 'whole'}"]
    command = [sys.executable, "-m", "mijnrisico", "run", "groningen", *SMALL]
    subprocess.run([*command, *whole], check=True, capture_output=True)
    broken = ["--set", f"output.dir={tmp_path / 'broken'}"]
    for name in chain.STAGES:
        process = subprocess.run([sys.executable, "-c", KILLED, name, *SMALL, *broken], capture_output=True)
        assert process.returncode == -signal.SIGKILL, name
        assert not list((tmp_path / "broken").glob("2*"))
    start = time.perf_counter()
    done = subprocess.run([*command, *broken], check=True, capture_output=True, text=True)
    assert time.perf_counter() - start < 600.0
    again = StoredRun.open(tmp_path / "broken", json.loads(done.stdout)["run"])
    reused = [stage["cached"] for stage in again.manifest["stages"]]
    assert reused == [True] * (len(chain.STAGES) - 1) + [False]
    found = verify.compare(StoredRun.open(tmp_path / "whole").path, again.path)
    assert {file.finding for file in found} == {"equal"}, found
    assert sorted(p.name for p in (tmp_path / "broken").iterdir()) == [".cache", again.id, "index.json"]
