"""Ground-motion models, one published model a file, listed here by the name that a scenario uses."""

from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.motion import (
    atkinson_2015,
    bommer_2017,
    bommer_2019,
    bommer_2021,
    bommer_2021_pgv,
    douglas_2013,
)
from mijnrisico.seismic.motion.model import GroundMotion, Motion, Response, Source

MODELS: dict[str, GroundMotion] = {
    "V7": bommer_2021.V7,
    "V6": bommer_2019.V6,
    "V5": bommer_2017.V5,
    "bommer_2021_pgv": bommer_2021_pgv.PGV,
    "atkinson_2015": atkinson_2015.STANDARD,
    "atkinson_2015_alternative": atkinson_2015.ALTERNATIVE,
    "douglas_2013": douglas_2013.DOUGLAS,
}

__all__ = ["MODELS", "GroundMotion", "Motion", "Response", "Source", "bommer_2021", "model_of"]


def model_of(motion: str | GroundMotion) -> GroundMotion:
    """The model of a name, or the one given; raises InputError E503 for a name that is not listed."""
    if isinstance(motion, GroundMotion):
        return motion
    if motion not in MODELS:
        params = {"got": motion, "expected": ", ".join(MODELS), "example": "V7"}
        raise InputError(Problem("E503", where="motion", params=params))
    return MODELS[motion]
