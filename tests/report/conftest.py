"""One synthetic run and its two pages, made once for all tests of the report."""

from pathlib import Path
from types import ModuleType

import pytest

from mijnrisico import report


@pytest.fixture(scope="session")
def run_path(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Path:
    return synthetic.write(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def pages(run_path: Path) -> dict[str, str]:
    written = report.write(run_path, ("nl", "en"), ["html"])
    return {p.name.split(".")[1]: p.read_text(encoding="utf-8") for p in written if p.name.startswith("report.")}


@pytest.fixture(scope="session")
def subsidence_path(tmp_path_factory: pytest.TempPathFactory, subsidence: ModuleType) -> Path:
    return subsidence.write(tmp_path_factory.mktemp("subsidence"))
