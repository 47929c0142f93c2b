"""What tests in several rooms use: the synthetic run that the report's tests are built on."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """Return the module that writes a small, plausible run folder."""
    path = Path(__file__).parent / "report" / "synthetic.py"
    spec = importlib.util.spec_from_file_location("synthetic_run", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
