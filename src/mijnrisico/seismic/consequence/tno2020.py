"""Consequence TNO2020: versions 6 and 7, for some classes one branch up.

Where a class is shifted, the middle branch becomes the lower, the upper the middle, and the new upper is the old upper
squared over the old middle (the same ratio once more).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from mijnrisico import data
from mijnrisico.seismic.consequence.occupants import Coefficients, Consequence, from_table
from mijnrisico.seismic.vulnerability import Array


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 35 classes, from the packaged table."""
    return from_table(data.table("fcm_tno2020_consequence"))


def shifted(base_pd: Array, upper_to_middle: Sequence[bool]) -> Array:
    """Probabilities of death with the branches moved up where a class asks for it, (class, branch, state)."""
    ratio = np.divide(base_pd[:, 2], base_pd[:, 1], out=np.ones_like(base_pd[:, 2]), where=base_pd[:, 1] > 0)
    up = np.stack([base_pd[:, 1], base_pd[:, 2], base_pd[:, 2] * ratio], axis=1)
    return np.where(np.asarray(upper_to_middle)[:, None, None], up, base_pd)


MODEL = Consequence(
    name="TNO2020",
    predicts={"probability of death": "1"},
    needs={"P(CS1..CS3)": "1", "PGA": "g (chimneys)"},
    source="TNO (2020), as used in the public assessments of Groningen; table rebuilt from versions 6 and 7, EUPL-1.2",
    departs="none",
    coefficients=coefficients,
)
