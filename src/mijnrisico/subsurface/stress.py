"""Stress in a depleting thin sheet: how much of the pressure fall becomes horizontal stress on faults.

The reservoir is a thin sheet that shortens vertically and is held horizontally; the fall of the pore pressure strains
an elastic skeleton (compressibility f_d Cm). Equations as published with the Groningen seismic source model (Bourne and
Oates 2017, doi:10.1002/2017JB014356; Kraaijpoel et al. 2022): here the closed forms of the elastic sheet, in
`thin_sheet` the sheet that also creeps.
"""

import numpy as np

from mijnrisico.units import GRAVITY_M_S2, MPA_PER_BAR

ELASTIC_SHARE = 0.4
POISSON = 0.2
LOG10_HS_MPA = 4.5
ROCK_DENSITY_KG_M3 = 2400.0


def sheet_modulus_mpa(
    compressibility_per_mpa: float | np.ndarray,
    log10_hs_mpa: float = LOG10_HS_MPA,
    elastic_share: float = ELASTIC_SHARE,
) -> float | np.ndarray:
    """Modulus H [MPa] of reservoir and skeleton in series: 1/H = f_d Cm + 10^-Hs."""
    return 1.0 / (elastic_share * compressibility_per_mpa + 10.0**-log10_hs_mpa)


def stress_factor(
    compressibility_per_mpa: float | np.ndarray,
    *,
    log10_hs_mpa: float = LOG10_HS_MPA,
    elastic_share: float = ELASTIC_SHARE,
    poisson: float = POISSON,
) -> float | np.ndarray:
    """Horizontal stress change per depletion, K [1], of the elastic sheet in closed form.

    K = f_d Cm H (1 - 2 nu)/(1 - nu) = f_d Cm / (f_d Cm + 10^-Hs) * (1 - 2 nu)/(1 - nu).
    With one uniform Cm this is a constant, so data on rates cannot tell Hs.
    """
    modulus = sheet_modulus_mpa(compressibility_per_mpa, log10_hs_mpa, elastic_share)
    return elastic_share * compressibility_per_mpa * modulus * (1 - 2 * poisson) / (1 - poisson)


def initial_vertical_stress_mpa(top_depth_m: np.ndarray, pressure_bar: np.ndarray) -> np.ndarray:
    """Effective vertical stress [MPa, compression negative]: -rho g z + p, rho 2400 kg/m3."""
    return -ROCK_DENSITY_KG_M3 * GRAVITY_M_S2 * top_depth_m * 1e-6 + MPA_PER_BAR * pressure_bar


def thermo_elastic_load_mpa(
    depletion_bar: float | np.ndarray,
    cooling_k: float | np.ndarray,
    compressibility_per_mpa: float | np.ndarray,
    *,
    thermal_mpa_per_k: float,
    log10_hs_mpa: float = LOG10_HS_MPA,
    poisson: float = POISSON,
) -> np.ndarray:
    """Load [MPa] on an offset fault in an elastic sheet that loses pressure and heat; more is nearer to failure.

    strain = Cm (dp + a_T dT), load = strain H (1 - 2 nu)/(2 (1 - nu)) with 1/H = Cm + 10^-Hs, dp the depletion, dT the
    cooling (both positive where pressure and temperature fall) and a_T `thermal_mpa_per_k`, the depletion that shortens
    the rock as much as a kelvin of cooling. Shapes broadcast. All of Cm is elastic here, as in the thermo-elastic
    branch of the public source model; the half is that branch's own, which measures stress relative to a sum over the
    field, so that without cooling the load is half of what `stress_factor` gives with an elastic share of 1.
    """
    strain = compressibility_per_mpa * (
        MPA_PER_BAR * np.asarray(depletion_bar) + thermal_mpa_per_k * np.asarray(cooling_k)
    )
    modulus = sheet_modulus_mpa(compressibility_per_mpa, log10_hs_mpa, elastic_share=1.0)
    return strain * modulus * (1 - 2 * poisson) / (2 * (1 - poisson))
