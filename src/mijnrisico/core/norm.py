"""Norms as dated data, and the verdict on one value.

A norm says what it limits, from when (as far as that was read), by which article, and where that was read
(`data/norms.toml`). A value is judged unrounded and inclusively: 0.05 g reaches a threshold "from 0.05 g", 1e-5 meets
a norm of "at most 1e-5".
"""

import math
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from mijnrisico.errors import InputError, Problem

Relation = Literal["at_most", "from"]
Outcome = Literal["met", "exceeded", "reached", "not_reached", "no_value", "not_configured"]


@dataclass(frozen=True, slots=True)
class Norm:
    """A limit or threshold in force during a period; `value` and `valid_from` are None where they were not read."""

    name: str
    quantity: str
    statistic: str
    value: float | None
    unit: str
    relation: Relation
    valid_from: date | None
    valid_until: date | None
    return_period_yr: float | None
    instrument: str
    article: str
    source: str
    note: str
    dated: date | None = None

    @property
    def configured(self) -> bool:
        """Whether the norm has a value."""
        return self.value is not None

    def in_force(self, on: date) -> bool | None:
        """Whether the norm is in force on that day; None where its first day was not read and it had not ended."""
        if self.valid_until is not None and on > self.valid_until:
            return False
        return None if self.valid_from is None else self.valid_from <= on


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a norm says of a value: the outcome and how far off, as value / norm."""

    norm: Norm
    value: float
    outcome: Outcome
    ratio: float


def read(text: str) -> dict[str, Norm]:
    """Read norms from TOML text, one table each."""
    return {name: _norm(name, entry) for name, entry in tomllib.loads(text).items()}


@cache
def norms() -> dict[str, Norm]:
    """All packaged norms, by name."""
    return read(resources.files("mijnrisico").joinpath("data", "norms.toml").read_text("utf-8"))


def norm(name: str) -> Norm:
    """One packaged norm.

    Raises:
        InputError: E503 for an unknown name.
    """
    known = norms()
    if name not in known:
        raise InputError(Problem("E503", "norm", {"got": name, "expected": ", ".join(known)}))
    return known[name]


def judge(value: float, against: Norm) -> Verdict:
    """Hold an unrounded value, in the unit of the norm, against the norm.

    >>> judge(0.05, norm("industrie_piekgrondversnelling")).outcome
    'reached'
    >>> judge(1.0000001e-5, norm("veiligheidsnorm")).outcome
    'exceeded'
    """
    limit = against.value
    if limit is None:
        return Verdict(against, value, "not_configured", math.nan)
    if math.isnan(value):
        return Verdict(against, value, "no_value", math.nan)
    outcome: Outcome
    if against.relation == "at_most":
        outcome = "met" if value <= limit else "exceeded"
    else:
        outcome = "reached" if value >= limit else "not_reached"
    return Verdict(against, value, outcome, value / limit)


def _norm(name: str, entry: dict) -> Norm:
    relation = entry["relation"]
    if relation not in ("at_most", "from"):
        raise InputError(Problem("E503", f"norms.{name}.relation", {"got": relation, "expected": "at_most, from"}))
    value = entry.get("value")
    period = entry.get("return_period_yr")
    return Norm(
        name=name,
        quantity=entry["quantity"],
        statistic=entry["statistic"],
        value=None if value is None else float(value),
        unit=entry["unit"],
        relation=relation,
        valid_from=entry.get("valid_from"),
        valid_until=entry.get("valid_until"),
        return_period_yr=None if period is None else float(period),
        instrument=entry["instrument"],
        article=entry["article"],
        source=entry["source"],
        note=entry.get("note", ""),
        dated=entry.get("dated"),
    )
