"""`mijnrisico run --cluster`: who computes changes nothing but who computes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from mijnrisico import cli
from mijnrisico.cli import options
from mijnrisico.core import cluster

distributed = pytest.importorskip("distributed")

Capture = pytest.CaptureFixture[str]
QUIET = ("run", "groningen", "--json")


def half(shared: None, block: int) -> float:
    return block / 2.0


@pytest.fixture(name="blocks")
def study_in_blocks(study: Any) -> Any:
    """A study of which a stage goes by blocks."""

    def stage(name: str) -> Any:
        return lambda progress: xr.Dataset({"a": ("x", list(cluster.map(half, range(8), progress=progress)))})

    study._stage = stage
    return study


@pytest.fixture(name="address")
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A scheduler with two workers inside this process, which the command takes for one elsewhere."""
    monkeypatch.setattr(options, "_ADDRESS", re.compile(r"(inproc|tcp|tls)://.+"))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
    ) as made:
        yield made.scheduler_address


def manifest() -> dict[str, Any]:
    (path,) = Path("results").glob("2*/manifest.json")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("blocks")
def test_the_manifest_names_how_many_workers_took_part_and_no_place(address: str, capsys: Capture) -> None:
    assert cli.call([*QUIET, "--cluster", address]) == 0
    assert manifest()["platform"]["workers"] in (1, 2)
    assert address not in json.dumps(manifest())
    assert "--cluster" not in manifest()["command"]
    assert "Workers that took part: " in capsys.readouterr().err


@pytest.mark.usefixtures("blocks")
def test_the_answer_and_its_name_are_those_without_a_cluster(address: str, capsys: Capture) -> None:
    assert cli.call([*QUIET, "--cluster", address]) == 0
    with_workers = json.loads(capsys.readouterr().out)
    assert cli.call(["run", "--verify", "--quiet"]) == 0
    assert cli.call(["run", "--verify", "--quiet", "--cluster", address]) == 0
    capsys.readouterr()
    assert cli.call([*QUIET, "--recompute"]) == 0
    assert json.loads(capsys.readouterr().out) == with_workers
    assert "workers" not in manifest()["platform"]


@pytest.mark.usefixtures("blocks")
def test_what_is_there_already_needs_no_cluster(capsys: Capture) -> None:
    assert cli.call([*QUIET]) == 0
    assert cli.call([*QUIET, "--cluster", "tcp://127.0.0.1:9"]) == 0


@pytest.mark.usefixtures("blocks")
def test_nobody_at_the_address_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(cluster, "_ANSWER_S", 0.3)
    assert cli.call([*QUIET, "--cluster", "tcp://127.0.0.1:9"]) == 3
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "E611"
    assert not Path("results").exists()


@pytest.mark.usefixtures("blocks")
def test_when_the_workers_go_the_stages_stay_and_the_same_command_goes_on(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    whole = cluster.Crew.finished
    calls: list[int] = []

    def gone_in_the_second(crew: cluster.Crew, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            crew._stop("alone")
        return whole(crew, *arguments)

    monkeypatch.setattr(cluster.Crew, "finished", gone_in_the_second)
    assert cli.call([*QUIET, "--cluster", address]) == 6
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "E613"
    assert not list(Path("results").glob("2*"))
    assert cli.call([*QUIET]) == 0
    assert [stage["cached"] for stage in manifest()["stages"]] == [True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--cluster", "nowhere"],
        ["--cluster", "tcp://a"],
        ["--cluster", "tcp://a:1", "--workers", "2"],
        ["--workers", "0"],
        ["--workers", "x"],
    ],
)
def test_what_cannot_be_is_told_before_anything_starts(wrong: list[str], study: Any, capsys: Capture) -> None:
    assert cli.call(["run", "groningen", *wrong]) == 2
    assert "E005" in capsys.readouterr().err
    assert not study.computed


def test_without_the_extra_the_line_to_type_is_told(
    study: Any, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    assert cli.call(["run", "groningen", "--workers", "2"]) == 2
    assert 'pip install "mijnrisico[cluster]"' in capsys.readouterr().err
    assert not study.computed
