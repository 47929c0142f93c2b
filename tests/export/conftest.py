"""A finished run with made-up numbers, and the same run exported once."""

from pathlib import Path
from types import ModuleType

import pytest

from mijnrisico import export
from mijnrisico.core.run import StoredRun
from mijnrisico.export.maps import Source

YEARS = (2024, 2030)


@pytest.fixture(scope="session", name="run")
def finished_run(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> StoredRun:
    results = tmp_path_factory.mktemp("results")
    synthetic.write(results / "2024-01-17-3f2e")
    return StoredRun.open(results)


@pytest.fixture(scope="session", name="source")
def what_is_exported(run: StoredRun) -> Source:
    return Source(run, YEARS, "en")


@pytest.fixture(scope="session", name="out")
def exported(run: StoredRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    export.write(run, folder, years=YEARS)
    return folder
