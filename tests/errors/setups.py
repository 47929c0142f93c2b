"""What files alone cannot prepare for a fixture: each function gets the folder and pytest's monkeypatch.

A `case.toml` names one of these functions with `setup = "name"`.
"""

import sys
from pathlib import Path

import pytest


def little_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with half a GiB free."""
    monkeypatch.setattr("mijnrisico.core.resources.memory_free_gib", lambda: 0.5)


def without_pango(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which WeasyPrint does not load."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)
