"""The elastic-plastic thin sheet: creep of the reservoir turns part of its vertical strain into horizontal stress.

The reservoir is a thin sheet that shortens vertically and is held horizontally. Its elastic strain acts on a skeleton
of modulus H (`stress.sheet_modulus_mpa`); its inelastic strain (`compaction.rate_type`) flows by modified Cam-Clay with
critical-state slope M, and pushes sideways by as much as the state of stress tells. Equations of the public source
model for Groningen, which names Aben et al. (2025) for them (its equations 13, 14 and 36), on the thin sheet of Bourne
and Oates (2017), doi:10.1002/2017JB014356. Compression is negative.
"""

from collections.abc import Sequence

import numba
import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.subsurface.stress import ELASTIC_SHARE, LOG10_HS_MPA, POISSON, sheet_modulus_mpa

SUBSTEPS = 4
BLOCK = 64
"""Cells that go through time together: their state stays in the first-level cache."""

MODEL = Model(
    name="elastic_plastic_thin_sheet",
    role="stress",
    predicts={"coulomb_stress": "MPa", "fault_density": "m2/m2"},
    needs={
        "vertical_strain": "1",
        "reservoir_pressure": "bar",
        "reservoir_geometry": "m",
        "fault_throw": "m",
        "reservoir_thickness": "m",
    },
    valid={},
    source="Bourne and Oates (2017), doi:10.1002/2017JB014356; plastic flow as in the public source model of TNO for "
    "Groningen (2024), after Aben et al. (2025)",
    departs="steps of second order within the step of the pressure, where the public chain takes one explicit step a "
    "year; density per m2 and stress in MPa where it sums over cells; one compressibility for the whole field",
)


def elastic_slope(poisson: float = POISSON) -> float:
    """Critical-state slope M = 3 sqrt(k^2 + k), k = (1 - K0)/(1 + 2 K0), at which the uniaxial path flows
    without lateral plastic strain: the general sheet is then elastic.
    """
    rest = poisson / (1 - poisson)
    k = (1 - rest) / (1 + 2 * rest)
    return 3.0 * float(np.sqrt(k**2 + k))


def sheet_family(
    elastic_strain: np.ndarray,
    plastic_strain: np.ndarray,
    vertical_stress_mpa: np.ndarray,
    slopes: Sequence[float] | np.ndarray,
    log10_hs_mpa: Sequence[float] | np.ndarray,
    compressibility_per_mpa: float | np.ndarray,
    *,
    elastic_share: float = ELASTIC_SHARE,
    poisson: float = POISSON,
    substeps: int = SUBSTEPS,
) -> np.ndarray:
    """Change of total horizontal stress [MPa] for every slope and every Hs: (slope, hs, time, cell).

    As `horizontal_stress_change`, for `elastic_strain` and `plastic_strain` (time, cell), the initial effective
    `vertical_stress_mpa` (cell,), slopes M (slope,), `log10_hs_mpa` (hs,) and a compressibility that is one number or
    (cell,). A member does not depend on the others in its family.
    """
    vertical = np.ascontiguousarray(vertical_stress_mpa, dtype=float)
    each = np.broadcast_to(np.asarray(compressibility_per_mpa, dtype=float), vertical.shape)
    modulus = np.stack([sheet_modulus_mpa(each, float(one), elastic_share) for one in log10_hs_mpa])
    return _march(
        np.ascontiguousarray(elastic_strain, dtype=float),
        np.ascontiguousarray(plastic_strain, dtype=float),
        vertical,
        np.asarray(slopes, dtype=float),
        modulus,
        poisson,
        substeps,
    )


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
    substeps: int = SUBSTEPS,
) -> np.ndarray:
    """Change of total horizontal stress [MPa] (time, ...) in the general sheet with modified Cam-Clay flow.

    Takes the elastic and plastic parts of the vertical strain (time, ...), compression negative and zero at the
    first time, the initial effective vertical stress (...) and the slope M. With s_v', s_h' the effective
    stresses, starting from s_h' = nu/(1 - nu) s_v', P = (2 s_h' + s_v')/3, Q = |s_v' - s_h'|,
    a = 1 - Q^2/(M P)^2, q = 2 Q/(M^2 P), w = (q/2 + a/3)/(q - a/3):

        d s_h' = H/(1 - nu) (nu d e_el + w d e_pl),   d s_h = -H (1 - 2 nu)/(1 - nu) (w d e_pl - d e_el),

    s_v' advancing by H d e_el. Strains run linearly within a time step; each step is cut in `substeps` and taken
    with Heun's rule (second order). On yearly steps of a depletion of 250 bar the error at the default of 4, against
    256, is 1e-8 of the largest stress. One member at a time: the twin of `sheet_family` in the tests.
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
            here = lateral_flow(effective, vertical, plastic_slope)
            guess = effective + modulus / (1 - poisson) * (poisson * d_elastic + here * d_plastic)
            vertical = vertical + modulus * d_elastic
            flow = 0.5 * (here + lateral_flow(guess, vertical, plastic_slope))
            effective = effective + modulus / (1 - poisson) * (poisson * d_elastic + flow * d_plastic)
            total = total - modulus * (1 - 2 * poisson) / (1 - poisson) * (flow * d_plastic - d_elastic)
        history[step] = total
    return history


def lateral_flow(effective: np.ndarray, vertical: np.ndarray, plastic_slope: float) -> np.ndarray:
    """Lateral over vertical plastic strain, w, of modified Cam-Clay at effective stresses (compression < 0)."""
    mean = (2 * effective + vertical) / 3
    shear = np.abs(vertical - effective)
    a = 1 - (shear / (plastic_slope * mean)) ** 2
    q = 2 * shear / (plastic_slope**2 * mean)
    return (q / 2 + a / 3) / (q - a / 3)


@numba.njit(cache=True, inline="always")
def _flow(effective: float, vertical: float, slope2: float) -> float:
    """w of `lateral_flow` with slope^2, its fractions multiplied by M^2 P^2."""
    mean = (2.0 * effective + vertical) / 3.0
    shear = abs(vertical - effective)
    turn = shear * mean
    cap = (slope2 * mean * mean - shear * shear) / 3.0
    return (turn + cap) / (2.0 * turn - cap)


@numba.njit(cache=True, parallel=True, error_model="numpy")
def _march(
    elastic: np.ndarray,
    plastic: np.ndarray,
    start: np.ndarray,
    slopes: np.ndarray,
    modulus: np.ndarray,
    poisson: float,
    substeps: int,
) -> np.ndarray:
    """Horizontal stress (slope, hs, time, cell) from strains (time, cell) and `modulus` (hs, cell)."""
    times, cells = elastic.shape
    history = np.zeros((slopes.size, modulus.shape[0], times, cells))
    side = 1.0 / (1.0 - poisson)
    for block in numba.prange((cells + BLOCK - 1) // BLOCK):
        first = block * BLOCK
        size = min(BLOCK, cells - first)
        vertical, effective, total = np.empty(size), np.empty(size), np.empty(size)
        d_elastic, d_plastic = np.empty(size), np.empty(size)
        for m in range(slopes.size):
            slope2 = slopes[m] ** 2
            for h in range(modulus.shape[0]):
                stiff = modulus[h, first : first + size]
                for k in range(size):
                    vertical[k] = start[first + k]
                    effective[k] = poisson * side * vertical[k]
                    total[k] = 0.0
                for step in range(1, times):
                    for k in range(size):
                        d_elastic[k] = stiff[k] * (elastic[step, first + k] - elastic[step - 1, first + k]) / substeps
                        d_plastic[k] = stiff[k] * (plastic[step, first + k] - plastic[step - 1, first + k]) / substeps
                    for _ in range(substeps):
                        for k in range(size):
                            here = _flow(effective[k], vertical[k], slope2)
                            guess = effective[k] + side * (poisson * d_elastic[k] + here * d_plastic[k])
                            vertical[k] += d_elastic[k]
                            flow = 0.5 * (here + _flow(guess, vertical[k], slope2))
                            effective[k] += side * (poisson * d_elastic[k] + flow * d_plastic[k])
                            total[k] -= (1.0 - 2.0 * poisson) * side * (flow * d_plastic[k] - d_elastic[k])
                    for k in range(size):
                        history[m, h, step, first + k] = total[k]
    return history
