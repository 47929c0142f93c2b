"""A cavern as the screening sees it: an upright cylinder or a sphere, and the pressures of rock and brine around it."""

import math
from dataclasses import dataclass

from mijnrisico.subsurface.cavern.closure import Shape


@dataclass(frozen=True, slots=True)
class Cavern:
    """Depths [m] below the surface of roof and floor, radius [m], and the volume [m3] where it was measured.

    A sphere has its radius from roof and floor.
    """

    name: str
    x_m: float
    y_m: float
    top_m: float
    bottom_m: float
    radius_m: float
    shape: Shape = "cylinder"
    measured_m3: float | None = None

    @property
    def middle_m(self) -> float:
        """Depth of the middle, at which pressures and temperature are taken."""
        return 0.5 * (self.top_m + self.bottom_m)

    @property
    def height_m(self) -> float:
        """Height from floor to roof."""
        return self.bottom_m - self.top_m

    @property
    def volume_m3(self) -> float:
        """Volume measured, else that of the shape.

        >>> round(Cavern("A", 0.0, 0.0, 970.0, 1030.0, 30.0, "sphere").volume_m3)
        113097
        """
        if self.measured_m3 is not None:
            return self.measured_m3
        if self.shape == "sphere":
            return math.pi / 6.0 * self.height_m**3
        return math.pi * self.radius_m**2 * self.height_m

    @property
    def warming_radius_m(self) -> float:
        """Radius of the sphere with the same ratio of volume to wall, which warms about as fast."""
        if self.shape == "sphere":
            return 0.5 * self.height_m
        return 1.5 * self.radius_m * self.height_m / (self.radius_m + self.height_m)

    @property
    def seeping_radius_m(self) -> float:
        """Radius of the sphere that seeps as much: that of the spheroid with the same half axes, exactly.

        >>> round(Cavern("A", 0.0, 0.0, 970.0, 1030.0, 30.0).seeping_radius_m, 9)
        30.0
        """
        half, side = 0.5 * self.height_m, self.radius_m
        if self.shape == "sphere" or math.isclose(half, side, rel_tol=1e-9):
            return half
        focal = math.sqrt(abs(half**2 - side**2))
        return focal / (math.atanh(focal / half) if half > side else math.atan(focal / half))


@dataclass(frozen=True, slots=True)
class Gradients:
    """Mean gradient to depth of the pressure of the rock and of a column of brine [MPa/m]."""

    rock_mpa_per_m: float
    brine_mpa_per_m: float

    def rock_mpa(self, depth_m: float) -> float:
        """Lithostatic pressure [MPa]."""
        return self.rock_mpa_per_m * depth_m

    def brine_mpa(self, depth_m: float) -> float:
        """Pressure [MPa] of a column of brine that stands open at the surface."""
        return self.brine_mpa_per_m * depth_m

    def roof_excess_mpa(self, cavern: Cavern) -> float:
        """What the brine at the roof has above the rock when they balance in the middle [MPa].

        Brine is lighter than rock, so a tall cavern presses hardest at its roof: (rock - brine) x half the height.
        """
        return (self.rock_mpa_per_m - self.brine_mpa_per_m) * (cavern.middle_m - cavern.top_m)
