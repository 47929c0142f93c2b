"""Consequence: the probability that a person dies, given the state of the building; a model a file."""

from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.consequence import fcm_v7, tno2020
from mijnrisico.seismic.consequence.occupants import Consequence

MODELS: tuple[Consequence, ...] = (fcm_v7.MODEL, tno2020.MODEL)


def model(name: str) -> Consequence:
    """Return the consequence model of that name.

    Raises:
        InputError: E503 where there is none.
    """
    for candidate in MODELS:
        if candidate.name == name:
            return candidate
    raise InputError(Problem("E503", "risk.model", {"got": name, "expected": ", ".join(m.name for m in MODELS)}))
