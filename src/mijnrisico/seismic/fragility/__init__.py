"""Fragility: the probability that a building of a class reaches a state, given the shaking; a model a file."""

from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.fragility import fcm_v7, tno2020
from mijnrisico.seismic.fragility.displacement import Fragility

MODELS: tuple[Fragility, ...] = (fcm_v7.MODEL, tno2020.MODEL)


def model(name: str) -> Fragility:
    """Return the fragility model of that name.

    Raises:
        InputError: E503 where there is none.
    """
    for candidate in MODELS:
        if candidate.name == name:
            return candidate
    raise InputError(Problem("E503", "risk.model", {"got": name, "expected": ", ".join(m.name for m in MODELS)}))
