"""Ground-motion models, one published model a file, listed here by name."""

from mijnrisico.seismic.motion import bommer_2021
from mijnrisico.seismic.motion.model import Motion, Source

MODELS: dict[str, Motion] = {"V7": bommer_2021.MODEL}
"""Head of each model by the name that a scenario uses."""

__all__ = ["MODELS", "Motion", "Source", "bommer_2021"]
