"""Fragility of 54 classes of buildings, version 5 (Crowley and Pinho, 2017): curves, not used for risk.

    ln SD = b0 + b1 ln SA(T1) + b2 ln D + b3 ln SA(T2)         displacement [m]; SA in g, D = D5-75 in s
    P(limit state) = Phi((ln SD - ln SD_limit) / sigma)

T1 and, where a class has one, T2 are its own periods; 26 of the 54 classes do not depend on the duration (b2 = 0).

What is read and what is inferred. The tables are open, the report with the equation is not among them. In all 162 rows
b3 is zero exactly where there is no second period, so b3 goes with SA(T2), and b2 is left for the duration, on which
the model of the motion depends by its logarithm. That ln D enters, rather than D, is inferred and not read.

Local personal risk by this model needs the joint distribution of two spectral accelerations and the duration at the
surface of every class; `average_sa` gives that of the mean over ten periods. `loss.vulnerability` therefore refuses V5.
The classes are not those of versions 6 and 7, also where they have the same name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from mijnrisico import data
from mijnrisico.core.model import Model
from mijnrisico.seismic.fragility.displacement import LIMIT_STATES
from mijnrisico.seismic.vulnerability import Array, columns, picked

MODEL: Final = Model(
    name="V5",
    role="fragility",
    predicts={"P(CS1..CS3), P(DS2..DS4)": "1"},
    needs={"SA(T1), SA(T2)": "g", "D5-75": "s", "PGA": "g (chimneys)"},
    valid={},
    source="Crowley and Pinho (2017), fragility and consequence models version 5; NAM's table as held by TNO, EUPL-1.2",
    departs="curves only, no risk; that the duration enters by its logarithm is inferred from the table, not read",
)


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients of version 5; `t1_s`, `t2_s` (class,), t2_s 0 where there is none; others (class, branch, ...)."""

    classes: tuple[str, ...]
    t1_s: Array
    t2_s: Array
    b0: Array
    b1: Array
    b2: Array
    b3: Array
    sigma: Array
    limit_m: Array
    chimney_median_g: Array
    chimney_beta: Array

    def pick(self, classes: Sequence[str]) -> Self:
        """Return the same coefficients for the named classes, in that order; E503 where one is unknown."""
        return picked(self, classes)


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 54 classes, from the packaged table."""
    classes, column = columns(data.table("fcm_v5_fragility"))
    return Coefficients(
        classes,
        column("t1_s")[:, 0],
        column("t2_s")[:, 0],
        *(column(name) for name in ("b0", "b1", "b2", "b3", "sigma")),
        limit_m=np.stack([column(f"dl_{state.lower()}") for state in LIMIT_STATES], axis=-1),
        chimney_median_g=column("median_pga_chf"),
        chimney_beta=column("beta_chf"),
    )


def exceedance(c: Coefficients, ln_sa_t1: ArrayLike, ln_sa_t2: ArrayLike, ln_duration: ArrayLike) -> Array:
    """Probability of reaching each limit state, by the equation above.

    Args:
        c: coefficients.
        ln_sa_t1: ln SA (g) at the first period of each class, shape (class, z).
        ln_sa_t2: the same at the second; any finite number where a class has none.
        ln_duration: ln D5-75 (s), shape (z).

    Returns:
        (vulnerability_class, branch, limit_state, z), limit states in the order of `displacement.LIMIT_STATES`.
    """
    first, second = (np.asarray(a, float)[:, None, None, :] for a in (ln_sa_t1, ln_sa_t2))
    b0, b1, b2, b3, sigma = (a[..., None, None] for a in (c.b0, c.b1, c.b2, c.b3, c.sigma))
    ln_sd = b0 + b1 * first + b2 * np.asarray(ln_duration, float) + b3 * second
    return ndtr((ln_sd - np.log(c.limit_m)[..., None]) / sigma)
