"""Displacement fragility: the form shared by the published fragility models for Groningen.

    ln SD = b0 + b1 ln SaAvg          displacement of the building [m] from the intensity [g]
    P(limit state | SaAvg) = Phi((ln SD - ln SD_limit) / sigma)

SaAvg is the geometric mean of ten spectral accelerations (0.01-1 s, 5 % damped, arbitrary horizontal component).
Source: Crowley and Pinho, report on the version 7 fragility and consequence models for the Groningen field (2020).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr

from mijnrisico.seismic.vulnerability import COLLAPSE_STATES, Array, columns, picked

LIMIT_STATES = (*COLLAPSE_STATES, "DS2", "DS3", "DS4")


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients of one fragility model; axes (vulnerability_class, branch) and for limits also limit_state."""

    classes: tuple[str, ...]
    b0: Array
    b1: Array
    sigma: Array
    limit_m: Array
    chimney_median_g: Array
    chimney_beta: Array

    def pick(self, classes: Sequence[str]) -> Self:
        """Return the same coefficients for the named classes, in that order.

        Raises:
            InputError: E503 where a class is not in the model.
        """
        return picked(self, classes)


@dataclass(frozen=True)
class Fragility:
    """Head of a published fragility model: what it predicts, needs, where it is valid and where it departs."""

    name: str
    predicts: Mapping[str, str]
    needs: Mapping[str, str]
    valid: Mapping[str, tuple[float, float]]
    source: str
    departs: str
    coefficients: Callable[[], Coefficients]


def from_table(table: pd.DataFrame) -> Coefficients:
    """Read coefficients from the packaged table, one row per vulnerability class and branch."""
    classes, column = columns(table)
    return Coefficients(
        classes=classes,
        b0=column("b0"),
        b1=column("b1"),
        sigma=column("sigma"),
        limit_m=np.stack([column(f"dl_{state.lower()}") for state in LIMIT_STATES], axis=-1),
        chimney_median_g=column("median_pga_chf"),
        chimney_beta=column("beta_chf"),
    )


def exceedance(coefficients: Coefficients, ln_sa_avg: ArrayLike) -> Array:
    """Probability of reaching each limit state; ln_sa_avg in ln g, shape (z).

    Returns:
        (vulnerability_class, branch, limit_state, z), limit states in the order of `LIMIT_STATES`.
    """
    c = coefficients
    z = np.asarray(ln_sa_avg, float)
    ln_sd = c.b0[..., None, None] + c.b1[..., None, None] * z
    return ndtr((ln_sd - np.log(c.limit_m)[..., None]) / c.sigma[..., None, None])


def collapse(coefficients: Coefficients, ln_sa_avg: ArrayLike) -> Array:
    """Probability of the collapse states CS1-CS3, shape (vulnerability_class, branch, 3, z)."""
    return exceedance(coefficients, ln_sa_avg)[:, :, : len(COLLAPSE_STATES)]
