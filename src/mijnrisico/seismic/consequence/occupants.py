"""Probability that a person dies when a building or its chimney fails: the form of the published models.

    PoD = sum_k (Pd_k - Pd_(k-1)) P(CS_k)       inside, and outside within reach of debris; Pd_0 = 0
    PoD_chimney = Phi(ln(PGA / median) / beta)
    local personal risk given the shaking = f_in PoD_in + f_out (PoD_out + PoD_chimney)

The shares f_in, f_out of the time are data (`presence.toml`). CS1-CS3 are nested: a building in CS2 is also in CS1, so
the increments of Pd count.
Source: Crowley and Pinho, report on the version 7 fragility and consequence models for the Groningen field (2020).
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Self

import numpy as np
import pandas as pd

from mijnrisico import data
from mijnrisico.seismic.vulnerability import BRANCHES, COLLAPSE_STATES, Array, columns, lognormal, picked


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients of one consequence model; axes (vulnerability_class, branch) and for Pd also collapse state."""

    classes: tuple[str, ...]
    pd_inside: Array
    pd_outside: Array
    chimney_median_g: Array
    chimney_beta: Array

    def pick(self, classes: Sequence[str]) -> Self:
        """Return the same coefficients for the named classes, in that order; E503 where one is unknown."""
        return picked(self, classes)


@dataclass(frozen=True)
class Consequence:
    """Head of a published consequence model."""

    name: str
    predicts: Mapping[str, str]
    needs: Mapping[str, str]
    source: str
    departs: str
    coefficients: Callable[[], Coefficients]


@dataclass(frozen=True)
class Presence:
    """Shares of the year that the reference person spends inside and outside close to the building."""

    inside: float
    outside: float
    source: str


@cache
def presence() -> Presence:
    """Shares of the time inside and outside, with their source."""
    text = resources.files("mijnrisico.seismic.consequence").joinpath("presence.toml").read_text("utf-8")
    values = tomllib.loads(text)
    return Presence(float(values["inside"]), float(values["outside"]), str(values["source"]))


def branch_weights() -> tuple[Array, Array]:
    """Logic-tree weights (fragility, consequence) of the branches lower, middle, upper."""
    table = data.table("fcm_logic_tree").set_index(["node", "branch"])["weight"]
    return tuple(np.array([float(table[(node, b)]) for b in BRANCHES]) for node in ("fragility", "consequence"))  # type: ignore[return-value]


def from_table(table: pd.DataFrame) -> Coefficients:
    """Read coefficients from the packaged table, one row per vulnerability class and branch."""
    classes, column = columns(table)

    def states(where: str) -> Array:
        return np.stack([column(f"pd_{where}_{state.lower()}") for state in COLLAPSE_STATES], axis=-1)

    return Coefficients(classes, states("inside"), states("outside"), column("median_pga_chd"), column("beta_chd"))


def collapse_shares(coefficients: Coefficients) -> Array:
    """Risk to the reference person per unit of P(CS_k): f_in dPd_in + f_out dPd_out, (class, branch, 3)."""
    inside, outside = shares_by_place(coefficients)
    return inside + outside


def shares_by_place(coefficients: Coefficients) -> tuple[Array, Array]:
    """The two terms of `collapse_shares`: f_in dPd_in and f_out dPd_out, each (class, branch, 3)."""
    share = presence()
    inside, outside = share.inside * coefficients.pd_inside, share.outside * coefficients.pd_outside
    return np.diff(inside, axis=-1, prepend=0.0), np.diff(outside, axis=-1, prepend=0.0)


def chimney(coefficients: Coefficients, ln_pga: Array) -> Array:
    """Risk to the reference person from chimneys, f_out PoD_chimney(PGA), shape (class, branch, z)."""
    curve = lognormal(coefficients.chimney_median_g, coefficients.chimney_beta, ln_pga)
    return presence().outside * curve
