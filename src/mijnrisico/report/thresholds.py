"""Thresholds of the signal parameters for earthquakes: dated values with their source, and what is not configured."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Threshold:
    """One level of one quantity: its value, from and until when it held, and where it comes from.

    `article` is empty where it was not read.
    """

    quantity: str
    level: str
    value: float
    unit: str
    magnitude_min: float
    valid_from: date
    valid_until: date
    source: str
    article: str
    note: str


@cache
def thresholds(quantity: str) -> tuple[Threshold, ...]:
    """Return the thresholds of a quantity, in the order of the file."""
    return tuple(Threshold(**row) for row in _file()["threshold"] if row["quantity"] == quantity)


@cache
def not_configured() -> tuple[tuple[str, str], ...]:
    """Return quantity and level of what the rules name and this toolbox has no value for."""
    return tuple((row["quantity"], row["level"]) for row in _file()["not_configured"])


def _file() -> dict[str, Any]:
    text = (resources.files("mijnrisico.report") / "thresholds.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
