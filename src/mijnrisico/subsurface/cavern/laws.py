"""Creep laws of rock salt: a table with the source and a mark of each, and what they are at a temperature.

    dislocation creep        e' = A exp(-Q/RT) s^n
    pressure solution        e' = B exp(-Q/RT) s / (T d^3)

s is the von Mises stress, T the absolute temperature, d the size of the grains [mm]. The table `laws.csv` keeps the
units of each source; here everything is MPa and years. Marks: `script` read in a script of the authors, `example` read
in the example of a public code, `mixed` from two codes, `memory` from memory and not checked, `user` of the user.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from mijnrisico.units import DAYS_PER_YEAR

GAS_CONSTANT_J_MOL_K: Final = 8.314462618
ZERO_CELSIUS_K: Final = 273.15
_PER_YEAR: Final = {"year": 1.0, "day": DAYS_PER_YEAR, "s": DAYS_PER_YEAR * 86_400.0}
_PER_MPA: Final = {"MPa": 1.0, "Pa": 1e6}

Mark = Literal["script", "example", "mixed", "memory", "user"]


@dataclass(frozen=True, slots=True)
class Law:
    """One mechanism: `a` [1/(MPa^n year)], for pressure solution [K mm3/(MPa year)]; `q_j_mol`; source and mark."""

    name: str
    mechanism: Literal["dislocation", "pressure_solution"]
    a: float
    n: float
    q_j_mol: float
    mark: Mark
    source: str


@cache
def laws() -> Mapping[str, Law]:
    """All laws of the table by name."""
    with Path(__file__).with_name("laws.csv").open(encoding="utf-8", newline="") as stream:
        return {row["name"]: _law(row) for row in csv.DictReader(stream)}


def _law(row: Mapping[str, str]) -> Law:
    n = float(row["n"])
    a = float(row["a"]) * _PER_YEAR[row["time_unit"]] * _PER_MPA[row["stress_unit"]] ** n
    return Law(row["name"], row["mechanism"], a, n, float(row["q_j_mol"]), row["mark"], row["source"])  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, slots=True)
class Creep:
    """Salt at its temperature: e' = `power` s^n + `linear` s [1/year], s in MPa; arrays are members of an ensemble."""

    power: float | np.ndarray
    n: float
    linear: float | np.ndarray = 0.0


def creep(
    dislocation: Law,
    temperature_c: float | np.ndarray,
    solution: Law | None = None,
    grain_mm: float = np.inf,
    factor: float | np.ndarray = 1.0,
) -> Creep:
    """Salt at `temperature_c` under one mechanism or two; `factor` multiplies both rates.

    >>> at_100 = creep(laws()["bgra"], 100.0)
    >>> f"{at_100.power:.3e}", at_100.n
    ('1.815e-06', 5.0)
    """
    kelvin = np.asarray(temperature_c, dtype=float) + ZERO_CELSIUS_K
    power = factor * dislocation.a * np.exp(-dislocation.q_j_mol / (GAS_CONSTANT_J_MOL_K * kelvin))
    linear = 0.0
    if solution is not None:
        arrhenius = np.exp(-solution.q_j_mol / (GAS_CONSTANT_J_MOL_K * kelvin))
        linear = factor * solution.a * arrhenius / (kelvin * grain_mm**3)
    return Creep(power, dislocation.n, linear)
