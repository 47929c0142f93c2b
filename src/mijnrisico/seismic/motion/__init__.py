"""Ground-motion models, one published model a file, listed here by the name that a scenario uses."""

from mijnrisico.seismic.motion import bommer_2021
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.motion.model import GroundMotion, Motion, Response, Source

MODELS: dict[str, GroundMotion] = {"V7": bommer_2021.V7}

__all__ = ["MODELS", "GroundMotion", "Motion", "Response", "Source", "bommer_2021", "model"]


def model(motion: str | GroundMotion) -> GroundMotion:
    """The model of a name, or the one given; raises InputError E503 for a name that is not listed."""
    if isinstance(motion, GroundMotion):
        return motion
    if motion not in MODELS:
        raise InputError(Problem("E503", where="motion", params={"given": motion, "expected": ", ".join(MODELS)}))
    return MODELS[motion]
