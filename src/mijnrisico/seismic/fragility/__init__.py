"""Fragility: the probability that a building of a class reaches a state, given the shaking; a model a file."""

from mijnrisico.seismic.fragility import fcm_v5, fcm_v6, fcm_v7, tno2020
from mijnrisico.seismic.fragility.displacement import Fragility
from mijnrisico.seismic.vulnerability import by_name

MODELS: tuple[Fragility, ...] = (fcm_v6.MODEL, fcm_v7.MODEL, tno2020.MODEL)
"""Those that give a risk; `fcm_v5` gives curves only."""

__all__ = ["MODELS", "fcm_v5", "model"]


def model(name: str) -> Fragility:
    """Return the fragility model of that name.

    Raises:
        InputError: E503 where there is none.
    """
    return by_name(MODELS, name)
