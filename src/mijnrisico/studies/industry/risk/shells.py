"""Does the shell of a tank buckle, or lift off? Elephant foot, elastic buckling, uplift; after EN 1998-4 and API 650.

    sigma_c1 = 0.6 E s / R                                                      ideal axial buckling
    fm = sigma_c1 (1 - (pR/(s fy))^2) (1 - 1/(1.12 + r^1.15)) (r + fy/250)/(r + 1),  r = R/(400 s)    elephant foot
    sigma_m / sigma_c1 <= 0.19 + 0.81 sigma_p / sigma_c1                        elastic

The formulas are of the literature, marked M: hold signs and symbols against the standards before a design rests on
them. Units are in the names, for each of these is a trap: fy/250 takes fy in MPa, the uplift formula its annular plate
in mm; p is the whole inside pressure at the buckled course, hydrostatic *plus* hydrodynamic for the elephant foot and
*minus* it for elastic buckling.

Not here, and to be checked as well: plastic rotation of the bottom plate, flexibility of pipe connections, anchor
bolts, sliding, roof and freeboard, foundation and liquefaction.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

MARK: Final = "M"
SOURCE: Final = "EN 1998-4:2006 annex A (A.9, A.10); API 650 annex E (uplift)"

NO_UPLIFT: Final = 0.785
STABLE: Final = 1.54
"""Uplift ratio J up to which a tank that is not anchored stays down, and up to which it lifts and is stable."""
LARGEST_PRESSURE: Final = 5.0
"""Pressure pR / (s sigma_c1) beyond which the formula of elastic buckling does not gain."""

Uplift = Literal["none", "stable", "anchor"]


@dataclass(frozen=True, slots=True)
class Shell:
    """A course of the shell: radius (m, to mid-wall), thickness (m), steel (MPa)."""

    radius_m: float
    thickness_m: float
    yield_mpa: float = 235.0
    young_modulus_mpa: float = 210_000.0

    def __post_init__(self) -> None:  # noqa: D105
        given = {
            "radius_m": (self.radius_m, 0.5, 100.0),
            "thickness_m": (self.thickness_m, 0.001, 0.1),
            "yield_mpa": (self.yield_mpa, 100.0, 1000.0),
            "young_modulus_mpa": (self.young_modulus_mpa, 50_000.0, 300_000.0),
        }
        problems = [
            Problem(
                "E503", name, {"got": value, "expected": _between(low, high), "example": f"{name} = {_usual[name]}"}
            )
            for name, (value, low, high) in given.items()
            if not low <= value <= high
        ]
        if problems:
            raise InputError(problems)


@dataclass(frozen=True, slots=True)
class Elastic:
    """Steps of the check on elastic buckling; `limit_mpa` is the axial stress that may not be exceeded."""

    imperfection: float
    knockdown: float
    slenderness_squared: float
    without_pressure_mpa: float
    with_pressure_mpa: float
    limit_mpa: float


def ideal_buckling_mpa(shell: Shell) -> float:
    """Axial stress at which a perfect cylinder buckles (MPa)."""
    return 0.6 * shell.young_modulus_mpa * shell.thickness_m / shell.radius_m


def elephant_foot_mpa(shell: Shell, pressure_mpa: float) -> float:
    """Axial stress (MPa) at which the foot bulges; `pressure_mpa` is the largest inside pressure there.

    Zero, and not less, where the hoop stress alone reaches the yield stress.
    """
    ideal = ideal_buckling_mpa(shell)
    hoop = pressure_mpa * shell.radius_m / (shell.thickness_m * shell.yield_mpa)
    r = shell.radius_m / (400.0 * shell.thickness_m)
    plastic = (1.0 - 1.0 / (1.12 + r**1.15)) * (r + shell.yield_mpa / 250.0) / (r + 1.0)
    return max(ideal * (1.0 - hoop**2) * plastic, 0.0)


def elastic(shell: Shell, pressure_mpa: float, quality: float = 1.0) -> Elastic:
    """The check on elastic buckling; `pressure_mpa` is the smallest inside pressure, `quality` the a of workmanship.

    a = 1 for ordinary construction, larger for better (1.5 and 2.5 in EN 1998-4).
    """
    ideal = ideal_buckling_mpa(shell)
    out_of_round = 0.06 / quality * math.sqrt(shell.radius_m / shell.thickness_m)
    psi = 1.0 - 1.24 * out_of_round * (math.sqrt(1.0 + 2.0 / (1.24 * out_of_round)) - 1.0)
    lam2 = shell.yield_mpa / (psi * ideal)
    alone = shell.yield_mpa * (1.0 - 0.25 * lam2) if lam2 <= 2.0 else psi * ideal
    p = min(max(pressure_mpa, 0.0) * shell.radius_m / (shell.thickness_m * ideal), LARGEST_PRESSURE)
    helped = ideal * math.sqrt(1.0 - (1.0 - p / LARGEST_PRESSURE) ** 2 * (1.0 - (alone / ideal) ** 2))
    return Elastic(out_of_round, psi, lam2, alone, helped, ideal * (0.19 + 0.81 * helped / ideal))


def utilisation(
    shell: Shell, axial_mpa: float, least_mpa: float, largest_mpa: float, quality: float = 1.0
) -> dict[str, float]:
    """Axial stress over what each check allows, at the least and largest inside pressure (MPa); above 1 it fails."""
    foot = elephant_foot_mpa(shell, largest_mpa)
    limit = elastic(shell, least_mpa, quality).limit_mpa
    return {"elephant_foot": axial_mpa / foot if foot > 0.0 else math.inf, "elastic": axial_mpa / limit}


def axial_stress_mpa(shell: Shell, moment_nm: float, weight_n: float = 0.0) -> float:
    """Largest axial stress at the foot of a shell that does not lift (MPa): 1.273 M / (D^2 s), and the weight above.

    For one that is anchored, or held down with J <= 0.785; `lifted_stress_mpa` is for one that lifts.

    `weight_n` is what the shell carries there, its own weight and the roof's, spread over the circumference.
    """
    diameter = 2.0 * shell.radius_m
    bending = 4.0 / math.pi * moment_nm / (diameter**2 * shell.thickness_m)
    return 1e-6 * (bending + weight_n / (math.pi * diameter * shell.thickness_m))


def lifted_stress_mpa(shell: Shell, ratio: float, shell_weight_n_m: float, resisting_n_m: float) -> float:
    """Largest axial stress (MPa) at the foot of a shell that is not anchored and lifts, for J above 0.785.

    sigma s = (wt + wa) / (0.607 - 0.18667 J^2.3) - wa, API 650 E.6.2.2: what stays on the ground carries all. Infinite
    above 1.54, where the tank must be anchored.
    """
    if ratio > STABLE:
        return math.inf
    held = (shell_weight_n_m + resisting_n_m) / (0.607 - 0.18667 * ratio**2.3) - resisting_n_m
    return 1e-6 * held / shell.thickness_m


def resisting_weight_n_m(
    annular_plate_mm: float, yield_mpa: float, liquid_height_m: float, diameter_m: float, specific_gravity: float
) -> float:
    """Weight of liquid that holds the shell down (N per m of wall): min(99 ta sqrt(Fy H G), 201.1 H D G).

    Raises:
        InputError: E503 for a plate thinner than 1 mm, which was probably given in m.
    """
    if annular_plate_mm < 1.0:
        params = {"got": annular_plate_mm, "expected": Phrase("industry_risk.expected.millimetres")}
        raise InputError(Problem("E503", "annular_plate_mm", {**params, "example": "annular_plate_mm = 8"}))
    by_plate = 99.0 * annular_plate_mm * math.sqrt(yield_mpa * liquid_height_m * specific_gravity)
    return min(by_plate, 201.1 * liquid_height_m * diameter_m * specific_gravity)


def uplift_ratio(
    moment_nm: float,
    diameter_m: float,
    shell_weight_n_m: float,
    resisting_n_m: float,
    *,
    vertical_g: float = 0.0,
    pressure_uplift_n_m: float = 0.0,
    pressure_factor: float = 0.4,
) -> float:
    """Uplift ratio J = M / (D^2 (wt (1 - 0.4 Av) + wa - Fp wint)), weights in N per m of wall; inf where nothing holds.

    `vertical_g` is the vertical acceleration as a share of g, `pressure_uplift_n_m` the uplift by gas pressure.
    """
    held = shell_weight_n_m * (1.0 - 0.4 * vertical_g) + resisting_n_m - pressure_factor * pressure_uplift_n_m
    return math.inf if held <= 0.0 else moment_nm / (diameter_m**2 * held)


def uplift(ratio: float) -> Uplift:
    """Say what an uplift ratio means: no uplift, uplift and stable, or to be anchored.

    >>> uplift(0.785), uplift(1.54), uplift(1.55)
    ('none', 'stable', 'anchor')
    """
    if ratio <= NO_UPLIFT:
        return "none"
    return "stable" if ratio <= STABLE else "anchor"


_usual: Final = {"radius_m": 10, "thickness_m": 0.010, "yield_mpa": 235, "young_modulus_mpa": 210_000}


def _between(low: float, high: float) -> Phrase:
    return Phrase("industry_risk.expected.between", {"low": low, "high": high})
