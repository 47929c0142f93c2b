"""What files alone cannot prepare for a fixture: each function gets the folder and pytest's monkeypatch.

A `case.toml` names one of these functions with `setup = "name"`.
"""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest


def little_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with half a GiB free."""
    monkeypatch.setattr("mijnrisico.core.resources.memory_free_gib", lambda: 0.5)


def without_pango(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which WeasyPrint does not load."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)


def no_convergence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computation that finds no solution."""
    from mijnrisico.errors import NumericalError, Problem

    study = quick_study(monkeypatch)

    def fail(*arguments: object) -> None:
        raise NumericalError(Problem("E602", "gas_flow", {"detail": "negative pressure"}))

    monkeypatch.setattr(study, "assess", fail)


def damaged_stage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run, of which a saved stage was cut short."""
    from mijnrisico import cli

    quick_study(monkeypatch)
    assert cli.call(["run", "groningen", "--quiet", "--json"]) == 0
    (path,) = (folder / "results" / ".cache").glob("hazard-*.nc")
    path.write_bytes(path.read_bytes()[:100])


def stopped_in_the_second_stage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the second stage is computed."""
    quick_study(monkeypatch).stop_in = "hazard"


def full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full when the tables are written."""
    import errno

    from mijnrisico.core.run import RunWriter

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    quick_study(monkeypatch)
    monkeypatch.setattr(RunWriter, "write_table", full)


def full_disk_outside_a_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full for a command that works on a finished run."""
    import errno

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mijnrisico.core.run.stored.StoredRun.open", full)


def another_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose table was changed after it was made."""
    from mijnrisico import cli

    quick_study(monkeypatch)
    assert cli.call(["run", "groningen", "--quiet", "--json"]) == 0
    (path,) = (folder / "results").glob("2*/tables/summary.csv")
    path.write_bytes(path.read_bytes().replace(b"0.05678", b"0.05679"))


def a_second_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs of one day."""
    import shutil

    (first,) = (folder / "results").iterdir()
    shutil.copytree(first, first.with_name("2026-03-02-bb22cc33"))


def a_later_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs without a year in common."""
    a_second_run(folder, monkeypatch)
    path = folder / "results" / "2026-03-02-bb22cc33" / "tables" / "summary.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",20", ",21"), encoding="utf-8")


def a_run_with_another_threshold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs that hold their levels against another threshold."""
    a_second_run(folder, monkeypatch)
    _scenario_of_the_second(folder, "threshold = 0.05", "threshold = 0.1")


def a_run_with_another_cell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs of which the nodes of the map lie at another distance."""
    a_second_run(folder, monkeypatch)
    _scenario_of_the_second(folder, "cell = 1000", "cell = 2000")


def _scenario_of_the_second(folder: Path, old: str, new: str) -> None:
    path = folder / "results" / "2026-03-02-bb22cc33" / "scenario.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def published(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was published."""
    _changed(folder, review={"status": "published", "by": "A. Name", "date": "2026-03-03"})


def superseded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that another one replaced."""
    successor = {"superseded_by": "2026-04-01-cc33dd44"}
    _changed(folder, review={"status": "superseded", "by": "A. Name", "date": "2026-04-02"} | successor)


def newer_manifest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run made by a version of the toolbox that is still to come."""
    _changed(folder, schema="mijnrisico-manifest/2")


def run_at_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process in the middle of a run: it holds the lock of its question."""
    from mijnrisico.core import files

    (folder / "results" / ".cache").mkdir(parents=True)
    (folder / "results" / ".building-0a1b2c3d").mkdir()
    holding = files.locked(folder / "results" / ".cache" / "0a1b2c3d.lock")
    holding.__enter__()
    monkeypatch.setattr(sys, "lock_held_by_the_test", holding, raising=False)  # let go when the test is over


def _changed(folder: Path, **entries: object) -> None:
    (path,) = (folder / "results").glob("*/manifest.json")
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | entries), encoding="utf-8")


def a_map_with_gaps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study of which the map has sites without a zone and levels below the lowest; it says so itself."""
    from types import SimpleNamespace

    import numpy as np
    import xarray as xr

    from mijnrisico.studies.groningen import study as real

    counted = {"sites_without_zone": 383, "below_lowest_level": 12, "lowest_level": 0.001}
    levels = xr.DataArray(np.zeros(1800), dims="site", attrs=counted)
    forecast = xr.Dataset(
        {
            "maps": (("cell", "map"), np.ones((1, 1))),
            "coefficient": (("map", "magnitude", "year", "branch"), np.ones((1, 1, 1, 1))),
            "weight": ("branch", [1.0]),
        },
        coords={"magnitude": [2.0], "year": [2024], "branch": ["one"]},
    )
    study = quick_study(monkeypatch)
    answer = study.assess

    def assess(scenario: Any, writer: Any) -> None:
        answer(scenario, writer)
        elastic = scenario.replace({"source.rate": {"elastic": 1.0}})
        real._warn(elastic, SimpleNamespace(hazard={"geometric_mean": levels}, forecast=forecast), writer)

    monkeypatch.setattr(study, "assess", assess)


def quick_study(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a study that answers at once in the place of the real one."""
    import mijnrisico.studies

    path = Path(__file__).parents[1] / "cli" / "conftest.py"
    spec = importlib.util.spec_from_file_location("errors_quick_study", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    study = module.QuickStudy()
    monkeypatch.setitem(sys.modules, "mijnrisico.studies.groningen", study)
    monkeypatch.setattr(mijnrisico.studies, "groningen", study, raising=False)
    monkeypatch.setattr("mijnrisico.front.can_draw", lambda: False)
    return study


def without_geo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the libraries of the `geo` extra."""
    monkeypatch.setattr("mijnrisico.export.find_spec", lambda name: None)


def damaged_installation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of which one data file was changed and the others are gone."""
    from mijnrisico import data

    data.entries()  # the catalogue itself is read before
    monkeypatch.setattr("mijnrisico.data.catalogue.package_root", lambda: folder)
