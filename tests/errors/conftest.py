"""A folder for each case: the files of the fixture, and a small finished run where it asks for one."""

import importlib.util
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

RUN_ID = "2026-03-02-aa11bb22"


def load(path: Path) -> ModuleType:
    """Import a helper that stands beside the tests."""
    spec = importlib.util.spec_from_file_location(f"errors_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Path:
    """A synthetic run, made once."""
    return synthetic.write(tmp_path_factory.mktemp("run") / RUN_ID)


@pytest.fixture
def prepare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Callable[[Any], Path]]:
    """Return a function that lays out a case in an empty folder and works there, in no language in particular."""
    setups = load(Path(__file__).with_name("setups.py"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "MIJNRISICO_LANG"):
        monkeypatch.delenv(name, raising=False)
    handler = signal.getsignal(signal.SIGTERM)

    def laid_out(case: Any) -> Path:
        folder = tmp_path / "work"
        shutil.copytree(case.folder, folder, ignore=shutil.ignore_patterns("case.toml"))
        if case.run:
            shutil.copytree(request.getfixturevalue("finished_run"), folder / "results" / RUN_ID)
        monkeypatch.chdir(folder)
        if case.setup:
            getattr(setups, case.setup)(folder, monkeypatch)
        return folder

    yield laid_out
    signal.signal(signal.SIGTERM, handler)
