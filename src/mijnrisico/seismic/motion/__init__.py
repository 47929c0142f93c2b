"""Ground-motion models, one published model a file, listed here by the name that a scenario uses."""

from mijnrisico.seismic.motion import bommer_2021
from mijnrisico.seismic.motion.model import GroundMotion, Motion, Response, Source

MODELS: dict[str, GroundMotion] = {"V7": bommer_2021.V7}

__all__ = ["MODELS", "GroundMotion", "Motion", "Response", "Source", "bommer_2021"]
