"""Fragility TNO2020: versions 6 and 7 with TNO's choices per class and its wider branches.

Per class: base version 6 (non-masonry and URM4L) or 7; for some classes the upper branch becomes the middle one; for
some b0 - b1 ln 0.85 (median capacity times 0.85); then branches b0 -/+ 1.73 u with the model uncertainty u. Which
class has what is data (`tno2020_conversion.csv`).
"""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico import data
from mijnrisico.seismic.fragility import fcm_v6, fcm_v7
from mijnrisico.seismic.fragility.displacement import Coefficients, Fragility
from mijnrisico.seismic.vulnerability import Array, merged

UNCERTAINTY_STEPS = 1.73
"""Distance of the outer branches in model uncertainties: three points with 0.17, 0.66, 0.17 keep the variance."""
MEDIAN_FACTOR = 0.85


@cache
def coefficients() -> Coefficients:
    """Coefficients of the 35 classes of version 7, made from versions 6 and 7 by the packaged conversion."""
    classes = fcm_v7.coefficients().classes
    rule = data.table("fcm_tno2020_conversion").set_index("vulnerability_class").loc[list(classes)]
    of_v6 = (rule["base_version"] == "v6").to_numpy()
    base = merged(classes, of_v6, fcm_v6.coefficients(), fcm_v7.coefficients())
    b0 = branch_b0(
        base.b0,
        base.b1,
        rule["model_uncertainty"].to_numpy(float),
        (rule["fragility_upper_to_middle"] == "yes").to_numpy(),
        (rule["fragility_median_shift_085"] == "yes").to_numpy(),
    )
    return replace(base, b0=b0)


def branch_b0(
    base_b0: Array,
    base_b1: Array,
    uncertainty: Array,
    upper_to_middle: ArrayLike,
    median_shift: ArrayLike,
) -> Array:
    """Intercepts of the three branches as TNO2020 makes them from a base version.

    Args:
        base_b0: intercepts of the base version, shape (class, branch).
        base_b1: slopes, same shape.
        uncertainty: model uncertainty u in ln displacement, shape (class).
        upper_to_middle: take the upper branch as the middle one, shape (class).
        median_shift: multiply the median capacity by 0.85, shape (class).

    Returns:
        b0, shape (class, branch).
    """
    middle = np.where(np.asarray(upper_to_middle), base_b0[:, 2], base_b0[:, 1])
    middle = middle - np.where(np.asarray(median_shift), base_b1[:, 1] * np.log(MEDIAN_FACTOR), 0.0)
    return middle[:, None] + UNCERTAINTY_STEPS * np.asarray(uncertainty)[:, None] * np.array([-1.0, 0.0, 1.0])


MODEL = Fragility(
    name="TNO2020",
    predicts={"P(CS1..CS3), P(DS2..DS4)": "1"},
    needs={"SaAvg": "g, geometric mean of ten periods 0.01-1 s, arbitrary component", "PGA": "g (chimneys)"},
    valid={"SaAvg_g": (0.001, 5.0)},
    source="TNO (2020), as used in the public assessments of Groningen; made from versions 6 and 7, EUPL-1.2",
    departs="none",
    coefficients=coefficients,
)
