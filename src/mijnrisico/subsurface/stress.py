"""Stress in a depleting thin sheet: how much of the pressure fall becomes horizontal stress on faults.

The reservoir is a thin sheet that shortens vertically and is held horizontally; the pore pressure fall strains
an elastic skeleton (compressibility f_d Cm) and, in the rate-type model, a plastic part that flows after modified
Cam-Clay. Equations as published with the Groningen seismic source model (Bourne and Oates 2017,
doi:10.1002/2017JB014356; Kraaijpoel et al. 2022). Compression is negative; strain of the closed forms shortens
positive, as in `compaction`.
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


def elastic_slope(poisson: float = POISSON) -> float:
    """Critical-state slope M = 3 sqrt(k^2 + k), k = (1 - K0)/(1 + 2 K0), at which the uniaxial path flows
    without lateral plastic strain: the general sheet is then elastic.
    """
    rest = poisson / (1 - poisson)
    k = (1 - rest) / (1 + 2 * rest)
    return 3.0 * float(np.sqrt(k**2 + k))


def horizontal_stress_change(
    elastic_strain: np.ndarray,
    plastic_strain: np.ndarray,
    vertical_stress_mpa: np.ndarray,
    plastic_slope: float,
    compressibility_per_mpa: float | np.ndarray,
    *,
    log10_hs_mpa: float = LOG10_HS_MPA,
    elastic_share: float = ELASTIC_SHARE,
    poisson: float = POISSON,
    substeps: int = 8,
) -> np.ndarray:
    """Change of total horizontal stress [MPa] (time, ...) in the general sheet with modified Cam-Clay flow.

    Takes the elastic and plastic parts of the vertical strain (time, ...), compression negative and zero at the
    first time, the initial effective vertical stress (...) and the slope M. With s_v', s_h' the effective
    stresses, starting from s_h' = nu/(1 - nu) s_v', P = (2 s_h' + s_v')/3, Q = |s_v' - s_h'|,
    a = 1 - Q^2/(M P)^2, q = 2 Q/(M^2 P), w = (q/2 + a/3)/(q - a/3):

        d s_h' = H/(1 - nu) (nu d e_el + w d e_pl),   d s_h = -H (1 - 2 nu)/(1 - nu) (w d e_pl - d e_el),

    s_v' advancing by H d e_el. Strains run linearly within a time step; each step is cut in `substeps` and taken
    with Heun's rule (second order).
    """
    modulus = sheet_modulus_mpa(compressibility_per_mpa, log10_hs_mpa, elastic_share)
    vertical = np.array(vertical_stress_mpa, dtype=float)
    effective = poisson / (1 - poisson) * vertical
    total = np.zeros_like(vertical)
    history = np.zeros((len(elastic_strain), *vertical.shape))
    for step in range(1, len(history)):
        d_elastic = (elastic_strain[step] - elastic_strain[step - 1]) / substeps
        d_plastic = (plastic_strain[step] - plastic_strain[step - 1]) / substeps
        for _ in range(substeps):
            here = _lateral_flow(effective, vertical, plastic_slope)
            guess = effective + modulus / (1 - poisson) * (poisson * d_elastic + here * d_plastic)
            vertical = vertical + modulus * d_elastic
            flow = 0.5 * (here + _lateral_flow(guess, vertical, plastic_slope))
            effective = effective + modulus / (1 - poisson) * (poisson * d_elastic + flow * d_plastic)
            total = total - modulus * (1 - 2 * poisson) / (1 - poisson) * (flow * d_plastic - d_elastic)
        history[step] = total
    return history


def _lateral_flow(effective: np.ndarray, vertical: np.ndarray, plastic_slope: float) -> np.ndarray:
    """Lateral over vertical plastic strain, w, of modified Cam-Clay at effective stresses (compression < 0)."""
    mean = (2 * effective + vertical) / 3
    shear = np.abs(vertical - effective)
    a = 1 - (shear / (plastic_slope * mean)) ** 2
    q = 2 * shear / (plastic_slope**2 * mean)
    return (q / 2 + a / 3) / (q - a / 3)
