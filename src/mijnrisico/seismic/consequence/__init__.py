"""Consequence: the probability that a person dies, given the state of the building; a model a file."""

from mijnrisico.seismic.consequence import fcm_v5, fcm_v6, fcm_v7, tno2020
from mijnrisico.seismic.consequence.occupants import Consequence
from mijnrisico.seismic.vulnerability import by_name

MODELS: tuple[Consequence, ...] = (fcm_v6.MODEL, fcm_v7.MODEL, tno2020.MODEL)
"""Those that give a risk; `fcm_v5` gives curves only."""

__all__ = ["MODELS", "fcm_v5", "model"]


def model(name: str) -> Consequence:
    """Return the consequence model of that name.

    Raises:
        InputError: E503 where there is none.
    """
    return by_name(MODELS, name)
