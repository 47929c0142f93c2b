"""Consequence TNO2020: versions 6 and 7, for some classes one branch up.

Where a class is shifted, the middle branch becomes the lower, the upper the middle, and the new upper is the old upper
squared over the old middle (the same ratio once more).
"""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.seismic.consequence import fcm_v6, fcm_v7
from mijnrisico.seismic.consequence.occupants import Coefficients, Consequence
from mijnrisico.seismic.vulnerability import Array, merged


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 35 classes of version 7, made from versions 6 and 7 by the packaged conversion."""
    classes = fcm_v7.coefficients().classes
    rule = data.table("fcm_tno2020_conversion").set_index("vulnerability_class").loc[list(classes)]
    of_v6 = (rule["base_version"] == "v6").to_numpy()
    base = merged(classes, of_v6, fcm_v6.coefficients(), fcm_v7.coefficients())
    up = (rule["consequence_upper_to_middle"] == "yes").to_numpy()
    return replace(base, pd_inside=shifted(base.pd_inside, up), pd_outside=shifted(base.pd_outside, up))


def shifted(base_pd: Array, upper_to_middle: ArrayLike) -> Array:
    """Probabilities of death with the branches moved up where a class asks for it, (class, branch, state)."""
    ratio = np.divide(base_pd[:, 2], base_pd[:, 1], out=np.ones_like(base_pd[:, 2]), where=base_pd[:, 1] > 0)
    up = np.stack([base_pd[:, 1], base_pd[:, 2], base_pd[:, 2] * ratio], axis=1)
    return np.where(np.asarray(upper_to_middle)[:, None, None], up, base_pd)


MODEL = Consequence(
    name="TNO2020",
    predicts={"probability of death": "1"},
    needs={"P(CS1..CS3)": "1", "PGA": "g (chimneys)"},
    source="TNO (2020), as used in the public assessments of Groningen; made from versions 6 and 7, EUPL-1.2",
    departs="none",
    coefficients=coefficients,
)
