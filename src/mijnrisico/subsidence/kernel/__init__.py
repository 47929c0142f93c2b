"""How the surface moves per cubic metre lost at a depth: kernels, one published model a file.

`build(settings, depth_m)` gives the `Kernel` of any of them; `MODELS` are their heads. Exact bodies in a half space
are in `geertsma` (disc, rectangle) and `polygon`.
"""

from typing import Final

from mijnrisico.core.model import Model
from mijnrisico.subsidence.kernel import geertsma, knothe, layered, van_opstal
from mijnrisico.subsidence.kernel.kernel import Kernel, Layer, Settings, build, check, volume_within

MODELS: Final[dict[str, Model]] = {each.MODEL.name: each.MODEL for each in (geertsma, van_opstal, knothe, layered)}

__all__ = ["MODELS", "Kernel", "Layer", "Settings", "build", "check", "volume_within"]
