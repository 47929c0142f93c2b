"""Models of the magnitudes of earthquakes: what sets the b-value.

`MODELS` lists them under the names of scenarios and branches, all with the same few functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.magnitude import constant, linear_stress, tanh_stress, thickness_split

Covariate = Literal["stress", "thickness", "none"]


@dataclass(frozen=True, slots=True)
class MagnitudeModel:
    """A model of b: its parameters and how they and one covariate make b.

    `b_value(parameters (k, p), covariate (n,), width)` is (k, n); `log_likelihoods(parameters, covariate (member,
    event), magnitude (event,), magnitude_min, width)` is (member, k), where the covariate of models without stress has
    one member. `width(covariate of the events)` is what the thickness split takes from the catalogue, zero for others.
    """

    name: str
    head: Model
    parameters: tuple[str, ...]
    covariate: Covariate
    prior_grid: Callable[[], np.ndarray]
    b_value: Callable[[np.ndarray, np.ndarray, float], np.ndarray]
    log_likelihoods: Callable[[np.ndarray, np.ndarray, np.ndarray, float, float], np.ndarray]
    width: Callable[[np.ndarray], float] = lambda _: 0.0


LINEAR: Final = MagnitudeModel(
    linear_stress.NAME,
    linear_stress.MODEL,
    linear_stress.PARAMETERS,
    "stress",
    linear_stress.prior_grid,
    lambda parameters, stress, _: linear_stress.b_value(parameters, stress),
    lambda parameters, stress, size, least, _: linear_stress.log_likelihoods(parameters, stress, size, least),
)
SPLIT: Final = MagnitudeModel(
    thickness_split.NAME,
    thickness_split.MODEL,
    thickness_split.PARAMETERS,
    "thickness",
    thickness_split.prior_grid,
    thickness_split.b_value,
    lambda parameters, thickness, size, least, width: thickness_split.log_likelihoods(
        parameters, thickness[0], size, least, width
    )[None],
    thickness_split.width,
)
TANH: Final = MagnitudeModel(
    tanh_stress.NAME,
    tanh_stress.MODEL,
    tanh_stress.PARAMETERS,
    "stress",
    tanh_stress.prior_grid,
    lambda parameters, stress, _: tanh_stress.b_value(parameters, stress),
    lambda parameters, stress, size, least, _: tanh_stress.log_likelihoods(parameters, stress, size, least),
)
CONSTANT: Final = MagnitudeModel(
    constant.NAME,
    constant.MODEL,
    constant.PARAMETERS,
    "none",
    constant.prior_grid,
    lambda parameters, covariate, _: constant.b_value(parameters, covariate),
    lambda parameters, covariate, size, least, _: constant.log_likelihoods(parameters, covariate, size, least),
)
MODELS: Final[Mapping[str, MagnitudeModel]] = {each.name: each for each in (LINEAR, SPLIT, TANH, CONSTANT)}
