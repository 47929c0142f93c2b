"""One synthetic run and its two pages, made once for all tests of the report."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from mijnrisico import report


def _synthetic() -> ModuleType:
    spec = importlib.util.spec_from_file_location("synthetic_run", Path(__file__).with_name("synthetic.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    return _synthetic()


@pytest.fixture(scope="session")
def run_path(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Path:
    return synthetic.write(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def pages(run_path: Path) -> dict[str, str]:
    written = report.write(run_path, ("nl", "en"), ["html"])
    return {p.name.split(".")[1]: p.read_text(encoding="utf-8") for p in written if p.name.startswith("report.")}
