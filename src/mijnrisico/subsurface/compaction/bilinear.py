"""Bilinear compaction: stiff until the pressure falls to a transition, softer from there.

    strain = Cm (p0 - p)                                   p >= p_tr
    strain = Cm (p0 - p_tr) + ratio Cm (p_tr - p)          p <  p_tr

One of the four strain models (linear, bilinear, time decay, rate type) among which studies of subsidence in the
Netherlands let levelling data choose (Candela et al. 2022, doi:10.3389/feart.2022.713273).
"""

from dataclasses import dataclass

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.subsurface.compaction import unloading

MODEL = Model(
    name="bilinear",
    role="compaction",
    predicts={"vertical_strain": "1"},
    needs={"reservoir_pressure": "bar", "compressibility": "1/bar"},
    valid={},
    source="used beside the linear, time-decay and rate-type models in Candela et al. (2022), "
    "doi:10.3389/feart.2022.713273",
    departs="the defaults of transition and ratio are examples, not a calibration",
)


@dataclass(frozen=True, slots=True)
class Bilinear:
    """Constants of the model.

    `transition_bar` is the pressure p_tr at which the rock softens, `slope_ratio` the compressibility below it over
    that above. `unloading_share` and `ratchet_share` as in `unloading`: the way back follows the compressibility that
    holds at each pressure, times the share; 1 is fully reversible.
    """

    transition_bar: float = 250.0
    slope_ratio: float = 3.0
    unloading_share: float = 1.0
    ratchet_share: float = 0.0


def effective_depletion_bar(
    pressure_bar: np.ndarray,
    years: np.ndarray,  # noqa: ARG001 every model has the same door; this one has no time in it
    parameters: Bilinear = Bilinear(),
) -> np.ndarray:
    """Effective depletion D [bar] (time, ...), strain = Cm D with Cm the compressibility above the transition.

    `pressure_bar` is (time, ...); a reservoir that starts below the transition is soft from the start.

    >>> effective_depletion_bar(np.array([350.0, 250.0, 150.0]), np.arange(3)).tolist()
    [0.0, 100.0, 400.0]
    """
    pressure = np.asarray(pressure_bar, dtype=float)
    softened = np.minimum(pressure - parameters.transition_bar, 0.0)
    softened = softened * (parameters.slope_ratio - 1.0) + pressure
    return unloading.remembered(softened[0] - softened, parameters.unloading_share, parameters.ratchet_share)
