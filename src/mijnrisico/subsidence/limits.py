"""What a movement at an object is held against: limits as dated data, and what they say of a value.

The packaged ones stand in `data/subsidence_limits.toml`, each with its source and with how it was read. A value is
judged unrounded and inclusively. Only a limit whose text, or a summary of it, was read gives a verdict; one that was
written down from memory says "not_checked", one without a value "not_configured".
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal, get_args

import numpy as np

from mijnrisico.core import norm
from mijnrisico.core.norm import Norm
from mijnrisico.errors import InputError, Problem

Basis = Literal["text", "quoted", "recollection", "none"]
Verdict = Literal["met", "exceeded", "no_value", "not_checked", "not_configured"]
QUANTITIES: Final = (
    "settlement_cm",
    "tilt",
    "relative_rotation",
    "deflection_ratio",
    "strain_horizontal",
    "tensile_strain",
    "freeboard_change_cm",
)
"""What a limit can be about; each is judged by its size, whatever its sign."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on one quantity of an object: the norm, its level in words, how it was read, and its hogging factor.

    `hogging` is what the value is multiplied by where the ground bends upward in the middle (1 for most limits).
    """

    norm: Norm
    level: str
    basis: Basis
    hogging: float = 1.0

    @property
    def name(self) -> str:
        """Name of the limit."""
        return self.norm.name

    @property
    def quantity(self) -> str:
        """What it limits, one of `QUANTITIES`."""
        return self.norm.quantity

    @property
    def value(self) -> float | None:
        """Value for sagging, in the unit of the norm; None where it was not read."""
        return self.norm.value


def read(text: str) -> tuple[Limit, ...]:
    """Read limits from TOML text, one table each, in the order of the file.

    Raises:
        InputError: E503 for an unknown quantity, relation or basis, every one of them.
    """
    entries = tomllib.loads(text)
    problems = []
    for name, entry in entries.items():
        for key, known in (("quantity", QUANTITIES), ("basis", get_args(Basis)), ("relation", ("at_most",))):
            if entry.get(key) not in known:
                params = {"got": str(entry.get(key)), "expected": ", ".join(known), "example": known[0]}
                problems.append(Problem("E503", f"{name}.{key}", params))
    if problems:
        raise InputError(problems)
    norms = norm.read(text)
    return tuple(
        Limit(norms[name], str(entry.get("level", "")), entry["basis"], float(entry.get("hogging", 1.0)))
        for name, entry in entries.items()
    )


@cache
def packaged() -> tuple[Limit, ...]:
    """Return the packaged limits."""
    return read(resources.files("mijnrisico").joinpath("data", "subsidence_limits.toml").read_text("utf-8"))


def verdicts(value: np.ndarray, against: Limit, hogging: np.ndarray | None = None) -> np.ndarray:
    """Hold values against a limit, by their size; an array of `Verdict` of the same shape.

    >>> strict = next(one for one in packaged() if one.name == "en1997_rotation_strict")
    >>> verdicts(np.array([4e-4, 4e-4, np.nan]), strict, hogging=np.array([False, True, False])).tolist()
    ['met', 'exceeded', 'no_value']

    Args:
        value: values in the unit of the limit, any shape.
        against: the limit.
        hogging: where the ground bends upward in the middle; nowhere by default.
    """
    value = np.asarray(value, dtype=float)
    if against.value is None or against.basis in ("none", "recollection"):
        return np.full(
            value.shape, "not_checked" if against.basis == "recollection" else "not_configured", dtype=object
        )
    most = np.where(False if hogging is None else hogging, against.hogging, 1.0) * against.value
    found = np.where(np.abs(value) <= most, "met", "exceeded").astype(object)
    found[np.isnan(value)] = "no_value"
    return found
