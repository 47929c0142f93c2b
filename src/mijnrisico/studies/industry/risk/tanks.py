"""A vertical steel tank on the ground in an earthquake: liquid as an impulsive and a convective mass.

After Malhotra, Wenk and Wieland (2000) and EN 1998-4 annex A. With gamma = H/R:

    Ti = Ci H sqrt(rho) / (sqrt(s/R) sqrt(E))        Tc = Cc sqrt(R)
    V  = (mi + mw + mr) Se(Ti) + mc Se(Tc)
    M  = (mi hi + mw hw + mr hr) Se(Ti) + mc hc Se(Tc)        just above the base plate; below it with hi', hc'
    d  = R Se(Tc)/g (Malhotra)   or   0.84 R Se(Tc)/g (EN 1998-4)

The spectrum is an argument: a function of period (s) and damping (share of critical) that returns m/s2. The sloshing
mass is damped by 0.5 %, an order less than steel. Shell stability is in `shells`.

Coefficients are of the literature and marked as such (`tanks.toml`); `*_exact` are the closed forms of a rigid tank
that they were checked with. The convective mass of the table is all that is not impulsive: it lumps the sloshing modes,
of which the first alone is 4 to 8 % smaller.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from scipy.special import iv, ivp

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry.risk import dated
from mijnrisico.units import GRAVITY_M_S2

Spectrum = Callable[[float, float], float]
"""Spectral acceleration (m/s2) at a period (s) and a damping (share of critical)."""
Wave = Literal["malhotra", "en_1998_4"]

STEEL_DENSITY_KG_M3: Final = 7850.0
IMPULSIVE_DAMPING: Final = 0.05
CONVECTIVE_DAMPING: Final = 0.005
WAVE_FACTOR: Final[Mapping[Wave, float]] = {"malhotra": 1.0, "en_1998_4": 0.84}
FIRST_ROOT: Final = 1.8411838
"""First zero of the derivative of the Bessel function J1: the first sloshing mode."""
_TERMS: Final = 200
_LARGEST: Final = 600.0
"""Beyond this argument I1/I1' is 1 to six digits, and I1 overflows soon after."""


@dataclass(frozen=True, slots=True)
class Tank:
    """A tank of radius R (m) filled to H (m); wall thickness s (m) is that of an equal uniform wall, R to mid-wall."""

    radius_m: float
    liquid_height_m: float
    wall_thickness_m: float
    liquid_density_kg_m3: float = 1000.0
    young_modulus_pa: float = 210e9
    wall_mass_kg: float = 0.0
    wall_centre_m: float = 0.0
    roof_mass_kg: float = 0.0
    roof_height_m: float = 0.0

    @property
    def slenderness(self) -> float:
        """Height of the liquid over the radius."""
        return self.liquid_height_m / self.radius_m

    @property
    def liquid_mass_kg(self) -> float:
        """Mass of the liquid."""
        return self.liquid_density_kg_m3 * math.pi * self.radius_m**2 * self.liquid_height_m


@dataclass(frozen=True, slots=True)
class Response:
    """What a spectrum does to a tank; moments just above the base plate and, with what acts on the plate, below it."""

    impulsive_period_s: float
    convective_period_s: float
    impulsive_mass_kg: float
    convective_mass_kg: float
    impulsive_acceleration_m_s2: float
    convective_acceleration_m_s2: float
    base_shear_n: float
    wall_moment_nm: float
    base_moment_nm: float
    wave_height_m: float
    wave_formula: Wave


def table() -> Mapping[str, Any]:
    """The packaged coefficients with their source and mark."""
    return dated.read("tanks")


def coefficients(slenderness: float) -> Mapping[str, float]:
    """Coefficients at H/R, straight between the rows of the table.

    Raises:
        InputError: E503 outside the table, 0.3 to 3.
    """
    rows = np.array(table()["rows"])
    low, high = float(rows[0, 0]), float(rows[-1, 0])
    if not low <= slenderness <= high:
        expected = Phrase("industry_risk.expected.slenderness", {"low": low, "high": high})
        params = {"got": slenderness, "expected": expected, "example": "H/R = 0.8"}
        raise InputError(Problem("E503", "liquid_height_m / radius_m", params))
    return {
        name: float(np.interp(slenderness, rows[:, 0], column))
        for name, column in zip(table()["columns"], rows.T, strict=True)
    }


def respond(tank: Tank, spectrum: Spectrum, wave: Wave = "malhotra") -> Response:
    """Periods, masses, base shear, moments and wave height of a tank under a spectrum."""
    c = coefficients(tank.slenderness)
    period, slosh = impulsive_period_s(tank), convective_period_s(tank)
    mi, mc = (c[f"{part}_mass"] * tank.liquid_mass_kg for part in ("impulsive", "convective"))
    sa, sc = spectrum(period, IMPULSIVE_DAMPING), spectrum(slosh, CONVECTIVE_DAMPING)
    shell = tank.wall_mass_kg * tank.wall_centre_m + tank.roof_mass_kg * tank.roof_height_m

    def moment(impulsive: str, convective: str) -> float:
        hi, hc = (c[name] * tank.liquid_height_m for name in (impulsive, convective))
        return (mi * hi + shell) * sa + mc * hc * sc

    return Response(
        impulsive_period_s=period,
        convective_period_s=slosh,
        impulsive_mass_kg=mi,
        convective_mass_kg=mc,
        impulsive_acceleration_m_s2=sa,
        convective_acceleration_m_s2=sc,
        base_shear_n=(mi + tank.wall_mass_kg + tank.roof_mass_kg) * sa + mc * sc,
        wall_moment_nm=moment("impulsive_height", "convective_height"),
        base_moment_nm=moment("impulsive_height_base", "convective_height_base"),
        wave_height_m=WAVE_FACTOR[wave] * tank.radius_m * sc / GRAVITY_M_S2,
        wave_formula=wave,
    )


def impulsive_period_s(tank: Tank) -> float:
    """Period of liquid and shell moving together (s): Ti = Ci H sqrt(rho) / (sqrt(s/R) sqrt(E))."""
    ci = coefficients(tank.slenderness)["impulsive_period"]
    stiffness = math.sqrt(tank.wall_thickness_m / tank.radius_m * tank.young_modulus_pa)
    return ci * tank.liquid_height_m * math.sqrt(tank.liquid_density_kg_m3) / stiffness


def convective_period_s(tank: Tank) -> float:
    """Period of sloshing (s): Tc = Cc sqrt(R), Cc in s/sqrt(m)."""
    return coefficients(tank.slenderness)["convective_period"] * math.sqrt(tank.radius_m)


def convective_period_exact_s(tank: Tank) -> float:
    """Period of the first sloshing mode (s), exact: 2 pi / sqrt(g lambda1 tanh(lambda1 gamma) / R)."""
    stiffness = GRAVITY_M_S2 * FIRST_ROOT * math.tanh(FIRST_ROOT * tank.slenderness)
    return 2.0 * math.pi * math.sqrt(tank.radius_m / stiffness)


def impulsive_mass_exact(slenderness: float) -> float:
    """Share of the liquid that moves with a rigid tank: 2 gamma sum I1(nu/gamma) / (nu^3 I1'(nu/gamma))."""
    nu = (2.0 * np.arange(_TERMS) + 1.0) * math.pi / 2.0
    return float(2.0 * slenderness * (_bessel_ratio(nu / slenderness) / nu**3).sum())


def convective_mass_exact(slenderness: float) -> float:
    """Share of the liquid in the first sloshing mode: 2 tanh(lambda1 gamma) / (gamma lambda1 (lambda1^2 - 1))."""
    return 2.0 * math.tanh(FIRST_ROOT * slenderness) / (slenderness * FIRST_ROOT * (FIRST_ROOT**2 - 1.0))


def wall_pressure_coefficient(slenderness: float, terms: int = 4000) -> float:
    """Impulsive pressure of a rigid tank on the wall at its foot, as Ci0 in p = Ci0 rho H A.

    Ci0 = 2 sum (-1)^n I1(nu/gamma) / (nu^2 I1'(nu/gamma)), a series whose signs change: its mean of the last two sums.
    """
    nu = (2.0 * np.arange(terms) + 1.0) * math.pi / 2.0
    sums = np.cumsum(2.0 * (-1.0) ** np.arange(terms) * _bessel_ratio(nu / slenderness) / nu**2)
    return float(sums[-2:].mean())


def impulsive_wall_pressure_pa(tank: Tank, ground_acceleration_m_s2: float) -> float:
    """Impulsive pressure on the wall at its foot (Pa) when the ground accelerates; a flexible shell adds to it."""
    coefficient = wall_pressure_coefficient(tank.slenderness)
    return coefficient * tank.liquid_density_kg_m3 * tank.liquid_height_m * ground_acceleration_m_s2


def foot_pressure_mpa(tank: Tank, response: Response) -> tuple[float, float]:
    """Least and largest inside pressure at the foot of the wall (MPa): the liquid at rest, minus and plus impulsive.

    The impulsive part takes the acceleration at the period of tank and liquid together, for a shell is not rigid.
    """
    rest = tank.liquid_density_kg_m3 * GRAVITY_M_S2 * tank.liquid_height_m
    swing = impulsive_wall_pressure_pa(tank, response.impulsive_acceleration_m_s2)
    return 1e-6 * (rest - swing), 1e-6 * (rest + swing)


def tabulated(periods_s: tuple[float, ...], acceleration_g: tuple[float, ...], damping: float = 0.05) -> Spectrum:
    """A spectrum from values in g at periods (s, from 0 for the peak acceleration) and one damping.

    Straight in period between the values; beyond the last one at constant displacement, Sa ~ 1/T^2, which is where
    tanks slosh. To another damping by eta = sqrt(10 / (5 + damping in %)), at least 0.55, of EN 1998-1 (3.6), which
    was made for the response of structures and is carried to 0.5 % here.
    """
    last_s, last_g = periods_s[-1], acceleration_g[-1]

    def spectrum(period_s: float, wanted: float) -> float:
        beyond = (last_s / period_s) ** 2 if period_s > last_s else 1.0
        value = last_g if period_s > last_s else float(np.interp(period_s, periods_s, acceleration_g))
        factor = _damping_factor(wanted) / _damping_factor(damping) if period_s > 0.0 else 1.0
        return value * beyond * factor * GRAVITY_M_S2

    return spectrum


def _damping_factor(damping: float) -> float:
    return max(math.sqrt(10.0 / (5.0 + 100.0 * damping)), 0.55)


def _bessel_ratio(x: np.ndarray) -> np.ndarray:
    """I1(x) / I1'(x); for large x by 1 + 1/(2x), its first terms."""
    small = np.minimum(x, _LARGEST)
    return np.where(x < _LARGEST, iv(1, small) / ivp(1, small), 1.0 + 0.5 / x)
