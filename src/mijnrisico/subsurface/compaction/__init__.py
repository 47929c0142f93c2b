"""Compaction models: vertical strain of the reservoir from its depletion, one model a file.

Every model is linear in the uniaxial compressibility Cm, so each is a function to an *effective depletion* D [bar]:

    strain      = Cm D                      shortening positive
    volume lost = Cm D x thickness x area   of a cell of the reservoir

and Cm, thickness and the kernel of the surface multiply what comes out. `MODELS` lists them by name, each a module
with `MODEL` (its head), `effective_depletion_bar(pressure_bar, years, parameters, ...)` and a frozen record of
parameters; `effective_depletion_bar` here picks the model by the record.

>>> import numpy as np
>>> years, pressure = np.array([0.0, 10.0, 20.0]), np.array([350.0, 150.0, 150.0])
>>> [effective_depletion_bar(pressure, years, p).round(1).tolist() for p in (Linear(), TimeDecay(5.0))]
[[0.0, 200.0, 200.0], [0.0, 113.5, 188.3]]
"""

from types import ModuleType
from typing import Final

import numpy as np

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsurface.compaction import bilinear, linear, rate_type, time_decay
from mijnrisico.subsurface.compaction.bilinear import Bilinear
from mijnrisico.subsurface.compaction.linear import Linear
from mijnrisico.subsurface.compaction.rate_type import RateType
from mijnrisico.subsurface.compaction.time_decay import TimeDecay

__all__ = ["MODELS", "Bilinear", "Linear", "Parameters", "RateType", "TimeDecay", "effective_depletion_bar"]

Parameters = Linear | Bilinear | TimeDecay | RateType

MODELS: Final[dict[str, ModuleType]] = {each.MODEL.name: each for each in (linear, bilinear, time_decay, rate_type)}


def effective_depletion_bar(
    pressure_bar: np.ndarray, years: np.ndarray, parameters: Parameters, depth_m: float | np.ndarray | None = None
) -> np.ndarray:
    """Effective depletion [bar] (time, ...) by the model that the record of `parameters` belongs to.

    `pressure_bar` (time, ...) is linear in time between the `years` (time,); the first is the undisturbed one.
    `depth_m`, one number or (...), is the depth of the reservoir, which only the rate-type model asks for: it raises
    `InputError` E503 without.
    """
    match parameters:
        case Linear():
            return linear.effective_depletion_bar(pressure_bar, years, parameters)
        case Bilinear():
            return bilinear.effective_depletion_bar(pressure_bar, years, parameters)
        case TimeDecay():
            return time_decay.effective_depletion_bar(pressure_bar, years, parameters)
        case RateType():
            if depth_m is None:
                expected = Phrase("subsidence_strain.expected.depth")
                raise InputError(Problem("E503", "depth_m", {"got": "–", "expected": expected, "example": "3000.0"}))
            return rate_type.effective_depletion_bar(pressure_bar, years, parameters, depth_m=depth_m)
