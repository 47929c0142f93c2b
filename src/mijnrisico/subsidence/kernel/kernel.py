"""Which kernel: the settings that a question has, checked, and the kernel that they ask for.

settings = Settings(model="van_opstal", poisson=0.25, basement_m=5000.0)
kernel = build(settings, 3000.0)
kernel.vertical(r)          metres of subsidence per m3 lost, at distances r
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsidence.kernel import geertsma, knothe, layered, van_opstal
from mijnrisico.subsidence.kernel.layered import Layer
from mijnrisico.subsidence.kernel.record import Kernel, volume_within

__all__ = ["Kernel", "Layer", "Settings", "build", "check", "volume_within"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What lies between source and surface.

    `model` is "geertsma" (needs `poisson`), "van_opstal" (`poisson`, `basement_m`), "knothe" (`angle_deg`,
    `horizontal_share`) or "layered" (`layers` from the surface down); what a model does not need it does not read.
    """

    model: str = "van_opstal"
    poisson: float = 0.25
    basement_m: float | None = None
    angle_deg: float | None = None
    layers: tuple[Layer, ...] = ()
    horizontal_share: float = knothe.HORIZONTAL_SHARE


def check(settings: Settings, deepest_m: float) -> list[Problem]:
    """All that stands in the way of a kernel for sources down to `deepest_m`; empty where nothing does."""
    if settings.model not in _BUILDERS:
        params = {"got": settings.model, "expected": ", ".join(_BUILDERS), "example": "van_opstal"}
        return [Problem("E503", "model", params)]
    found = []
    if not deepest_m > 0.0:
        found.append(_wrong("depth_m", deepest_m, "depth", 3000.0))
    if settings.model in ("geertsma", "van_opstal") and not 0.0 <= settings.poisson <= 0.5:
        found.append(_wrong("poisson", settings.poisson, "poisson", 0.25))
    if settings.model == "van_opstal" and not deepest_m < (settings.basement_m or 0.0) < float("inf"):
        found.append(_wrong("basement_m", settings.basement_m, "basement", 2.0 * deepest_m, depth_m=deepest_m))
    if settings.model == "knothe":
        if not 0.0 < (settings.angle_deg or 0.0) < 90.0:
            found.append(_wrong("angle_deg", settings.angle_deg, "angle", 45.0))
        if not settings.horizontal_share >= 0.0:
            found.append(_wrong("horizontal_share", settings.horizontal_share, "share", knothe.HORIZONTAL_SHARE))
    if settings.model == "layered":
        found += _check_layers(settings.layers, deepest_m)
    return found


def build(settings: Settings, depth_m: float) -> Kernel:
    """The kernel of a source at `depth_m` [m]; raises InputError E503 for every setting that cannot be used.

    >>> import numpy as np
    >>> layer = build(Settings(poisson=0.25, basement_m=4500.0), 3000.0)
    >>> print(layer.model, layer.bowl_volume, f"{float(layer.vertical(np.array(0.0))):.4e}")
    van_opstal 1.0 3.2600e-08
    """
    return _build(settings, float(depth_m))


@lru_cache(maxsize=1024)
def _build(settings: Settings, depth_m: float) -> Kernel:
    if problems := check(settings, depth_m):
        raise InputError(problems)
    return _BUILDERS[settings.model](settings, depth_m)


def _van_opstal(settings: Settings, depth_m: float) -> Kernel:
    assert settings.basement_m is not None
    return van_opstal.kernel(depth_m, basement_m=settings.basement_m, poisson=settings.poisson)


def _knothe(settings: Settings, depth_m: float) -> Kernel:
    assert settings.angle_deg is not None
    return knothe.kernel(depth_m, angle_deg=settings.angle_deg, horizontal_share=settings.horizontal_share)


_BUILDERS: Final[dict[str, Callable[[Settings, float], Kernel]]] = {
    "geertsma": lambda settings, depth_m: geertsma.kernel(depth_m, poisson=settings.poisson),
    "van_opstal": _van_opstal,
    "knothe": _knothe,
    "layered": lambda settings, depth_m: layered.kernel(depth_m, layers=settings.layers),
}


def _check_layers(layers: tuple[Layer, ...], deepest_m: float) -> list[Problem]:
    if not layers:
        return [_wrong("layers", "[]", "layers", 1)]
    found = []
    for number, layer in enumerate(layers, 1):
        where, last = f"layers, {number}", number == len(layers)
        if not (last if layer.thickness_m is None else 0.0 < layer.thickness_m < float("inf")):
            found.append(_wrong(f"{where}, thickness_m", layer.thickness_m, "thickness", 1000.0))
        if not 0.0 < layer.young_gpa < float("inf"):
            found.append(_wrong(f"{where}, young_gpa", layer.young_gpa, "young", 10.0))
        if not 0.0 <= layer.poisson <= 0.5:
            found.append(_wrong(f"{where}, poisson", layer.poisson, "poisson", 0.25))
    base = sum(layer.thickness_m or 0.0 for layer in layers)
    if not found and layers[-1].thickness_m is not None and not deepest_m < base:
        found.append(_wrong("layers", base, "basement", 2.0 * deepest_m, depth_m=deepest_m))
    return found


def _wrong(where: str, got: object, expected: str, example: float, **params: object) -> Problem:
    said = Phrase(f"subsidence_kernel.{expected}", params)
    return Problem("E503", where, {"got": got, "expected": said, "example": example})
