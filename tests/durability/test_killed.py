"""kill -9 at every point of a run, and a full disk at every write: never a half file, and the next run just goes on."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import xarray as xr

from mijnrisico.core import provenance
from mijnrisico.core.run import store
from mijnrisico.core.run.stored import StoredRun

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"durability_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


small = load("small")


@pytest.fixture(autouse=True, scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Import everything and take the digests once, so that a child only does what a run does."""
    small.answer(tmp_path_factory.mktemp("warm"))


def whole(results: Path) -> list[str]:
    """Check that whatever can be seen in a results folder is whole; return the ids of its runs."""
    for path in results.glob("[!.]*/"):
        if not path.is_dir():
            continue
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        for output in manifest["outputs"]:
            assert provenance.file_digest(path / output["path"]) == output["sha256"], output
    if (results / store.INDEX).exists():
        json.loads((results / store.INDEX).read_text(encoding="utf-8"))
    for seal in (results / store.CACHE).glob("*.sha256"):
        assert provenance.file_digest(seal.with_suffix(".nc")) == seal.read_text(encoding="ascii")
    for path in (results / store.CACHE).glob("[!.]*.nc"):
        xr.load_dataset(path, engine="h5netcdf")
    return sorted(store.runs(results))


def tidy(results: Path, ids: int = 1) -> None:
    """Check that a results folder holds runs, cache and index, and no remains."""
    names = {path.name for path in results.iterdir()}
    assert {store.CACHE, store.INDEX} <= names
    assert len(names) == 2 + ids, names
    assert not list((results / store.CACHE).glob(".*"))


def every_point(
    tmp_path: Path, body: Callable[[Path, int], Callable[[], None]], prepare: Callable[[Path], object], step: int = 1
) -> list[tuple[int, Path, int]]:
    """Run a body once per point (or every few) until it is no longer reached; return point, folder and exit code."""
    found = []
    for number in range(1, 500, step):
        results = tmp_path / str(number)
        prepare(results)
        code = small.forked(body(results, number))
        found.append((number, results, code))
        if code == 0:
            return found
    raise AssertionError("no end in sight")


STEPS = [pytest.param(9, id="every ninth point"), pytest.param(1, id="every point", marks=pytest.mark.slow)]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_point_a_run_leaves_nothing_half_and_the_next_one_goes_on(tmp_path: Path, step: int) -> None:
    def body(results: Path, number: int) -> Callable[[], None]:
        def act() -> None:
            small.kill_at(results, number)
            small.answer(results)

        return act

    found = every_point(tmp_path, body, lambda results: None, step)
    assert found[-1][0] > 60
    assert {code for _, _, code in found[:-1]} == {-9}
    for _, results, _ in found:
        if results.exists():
            whole(results)
        run = small.answer(results)
        assert whole(results) == [run.id]
        tidy(results)


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_a_run_is_replaced_the_old_one_or_the_new_one_is_there(tmp_path: Path, step: int) -> None:
    def body(results: Path, number: int) -> Callable[[], None]:
        def act() -> None:
            small.kill_at(results, number)
            small.answer(results, recompute=True)

        return act

    first = tmp_path / "first"
    small.answer(first)

    def prepare(results: Path) -> None:
        subprocess.run(["cp", "-a", str(first), str(results)], check=True)

    for _, results, code in every_point(tmp_path, body, prepare, step):
        assert code in (0, -9)
        whole(results)
        run = small.answer(results, "another")  # sweeps what the killed one left
        assert len(whole(results)) == 2
        assert run.id in whole(results)
        tidy(results, ids=2)


def test_killed_while_a_run_is_removed_it_is_gone_or_whole(tmp_path: Path) -> None:
    first = tmp_path / "first"
    run = small.answer(first)

    def body(results: Path, number: int) -> Callable[[], None]:
        def act() -> None:
            small.kill_at(results, number)
            store.remove(results, run.id)

        return act

    def prepare(results: Path) -> None:
        subprocess.run(["cp", "-a", str(first), str(results)], check=True)

    for _, results, _ in every_point(tmp_path, body, prepare):
        assert whole(results) in ([], [run.id])
        store.sweep(results)
        assert not list(results.glob(".removed-*"))


def test_killed_while_a_review_is_written_the_manifest_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    first = tmp_path / "first"
    run = small.answer(first)

    def body(results: Path, number: int) -> Callable[[], None]:
        def act() -> None:
            small.kill_at(results, number)
            store.review(results, run.id, "reviewed", "A. Name")

        return act

    def prepare(results: Path) -> None:
        subprocess.run(["cp", "-a", str(first), str(results)], check=True)

    seen = set()
    for _, results, _ in every_point(tmp_path, body, prepare):
        assert whole(results) == [run.id]
        seen.add(StoredRun.open(results).review["status"])
    assert seen == {"draft", "reviewed"}


@pytest.mark.parametrize("size", [1, 100, 500, 2_000, 4_096, 6_000, 8_000, 10_000, 14_000, 20_000])
def test_killed_in_the_middle_of_a_write_no_half_file_has_a_name(tmp_path: Path, size: int) -> None:
    def body() -> None:
        small.limit_files(size, kill=True)
        small.answer(tmp_path / "results")

    code = small.forked(body)
    if (tmp_path / "results").exists():
        whole(tmp_path / "results")
    run = small.answer(tmp_path / "results")
    assert whole(tmp_path / "results") == [run.id]
    tidy(tmp_path / "results")
    assert code in (0, -25)


@pytest.mark.parametrize("step", STEPS)
def test_a_disk_that_is_full_at_any_write_is_e608_and_keeps_what_was_finished(tmp_path: Path, step: int) -> None:
    def body(results: Path, number: int) -> Callable[[], None]:
        def act() -> None:
            results.mkdir()
            small.full_at(results, number)
            small.answer(results)

        return act

    found = every_point(tmp_path, body, lambda results: None, step)
    assert found[-1][0] > 20
    codes = {code for _, _, code in found[:-1]}
    assert codes <= {108, 0}, codes
    stages = 0
    for _, results, _ in found:
        kept = len(list((results / store.CACHE).glob("*.sha256")))
        assert kept >= stages  # the later the disk is full, the more is kept
        stages = kept
        whole(results)
        assert not list(results.glob(".building-*"))
        run = small.answer(results)
        assert whole(results) == [run.id]
        tidy(results)
    assert stages == len(small.STAGES)


@pytest.mark.parametrize("size", [1, 100, 500, 2_000, 4_096, 6_000, 8_000, 10_000, 14_000])
def test_a_write_that_does_not_fit_is_e608_also_inside_hdf5(tmp_path: Path, size: int) -> None:
    def body() -> None:
        small.limit_files(size, kill=False)
        small.answer(tmp_path / "results")

    assert small.forked(body) in (0, 108)
    whole(tmp_path / "results")
    assert not list((tmp_path / "results").glob(".building-*"))
    assert not list((tmp_path / "results" / store.CACHE).glob(".*"))
    run = small.answer(tmp_path / "results")
    assert whole(tmp_path / "results") == [run.id]
