"""What tests in several rooms use: the profile of generated tests, and the synthetic runs of the report's tests."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

settings.register_profile("mijnrisico", deadline=None)  # how long an example takes never fails a test
settings.load_profile("mijnrisico")


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """Return the module that writes a small, plausible run folder."""
    return _module("synthetic")


@pytest.fixture(scope="session")
def subsidence() -> ModuleType:
    """Return the module that writes a small, plausible run of subsidence."""
    return _module("subsidence_run")


def _module(name: str) -> ModuleType:
    path = Path(__file__).parent / "report" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{name}_of_tests", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
