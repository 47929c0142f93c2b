"""Chance of death by dose: probits as dated data, with their status.

    P = Phi(Pr - 5),   Pr = k1 + k2 ln(C^n t)

A probit is tied to units: C in mg/m3 and t in min for a gas, q in W/m2 and t in s for heat. Those in the package are
older adopted values, marked M: RIVM has revised many since. Give your own with its source and the date it was adopted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry.risk import dated
from mijnrisico.studies.industry.risk.fragility_sets import Mark

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Probit:
    """Pr = k1 + k2 ln(dose^n t), with its origin. `status` is what its owner calls it, `dated` when it was adopted."""

    name: str
    k1: float
    k2: float
    n: float
    mark: Mark
    status: str
    source: str
    dated: str = ""

    def value(self, dose: ArrayLike, time: ArrayLike) -> Array:
        """Probit value of a dose during a time, in the units of the probit; -inf without dose."""
        with np.errstate(divide="ignore"):
            return self.k1 + self.k2 * (self.n * np.log(np.asarray(dose, float)) + np.log(np.asarray(time, float)))

    def death(self, dose: ArrayLike, time: ArrayLike) -> Array:
        """Chance of death."""
        return ndtr(self.value(dose, time) - 5.0)


def _data() -> Mapping[str, Any]:
    return dated.read("probits")


def toxic_names() -> tuple[str, ...]:
    """Substances with a packaged probit."""
    return tuple(_data()["toxic"])


def toxic(substance: str, where: str = "substance") -> Probit:
    """Packaged probit of a substance, C in mg/m3 and t in min; raises `InputError` E503 for one that is not there."""
    known = _data()["toxic"]
    if substance not in known:
        expected = Phrase("industry_risk.expected.substance", {"known": tuple(known)})
        example = "probit = { k1 = -15.6, k2 = 1.0, n = 2.0 }"
        raise InputError(Problem("E503", where, {"got": substance, "expected": expected, "example": example}))
    return _probit(substance, known[substance])


def heat() -> Probit:
    """Packaged probit of heat radiation, q in W/m2 and t in s."""
    return _probit("heat", _data()["heat"])


def heat_death(flux_w_m2: ArrayLike, time_s: float | None = None) -> Array:
    """Chance of death by heat: the probit for at most 20 s, after which people are in shelter; 1 above 35 kW/m2."""
    rule = _data()["heat"]
    longest = float(rule["longest_s"])
    q = np.asarray(flux_w_m2, float)
    found = heat().death(q, longest if time_s is None else min(time_s, longest))
    return np.where(q > float(rule["certain_w_m2"]), 1.0, found)


def blast_death(overpressure_bar: ArrayLike) -> Array:
    """Chance of death by blast: 1 at and above 0.3 bar, 0 below."""
    return (np.asarray(overpressure_bar, float) >= float(_data()["blast"]["certain_bar"])).astype(float)


def origin(kind: str) -> tuple[Mark, str, str]:
    """Mark, status and source of what the package says of `heat` or `blast`."""
    entry = _data()[kind]
    return entry["mark"], entry["status"], entry["source"]


def _probit(name: str, entry: Mapping[str, Any]) -> Probit:
    numbers = {key: float(entry[key]) for key in ("k1", "k2", "n")}
    return Probit(
        name,
        **numbers,
        mark=entry["mark"],
        status=entry["status"],
        source=entry["source"],
        dated=str(entry.get("dated", "")),
    )
