"""Rate-type isotach compaction: sandstone that goes on creeping, and strains less the faster it is loaded.

Pruiksma et al. (2015), "Isotach formulation of the rate type compaction model for sandstone", with the constants of
the Groningen source model of 2024. With s the effective vertical stress [MPa], s_ref its first value (both < 0),
Cm_d = f_d Cm and Cm_ref = f_ref Cm:

    e_el     = Cm_d (s - s_ref)                                        at once, and reversible
    cm       = (e_el + e_in + Cm_ref s_ref) / s                        the isotach that the rock is on
    de_in/dt = rate (cm - Cm_d) (cm / Cm_ref)^(-1/b)                   creep

The exponent -1/b is about -48. Two observations make it harmless.

* The compressibility falls out. With x = cm/Cm_ref, f = f_d/f_ref, S = -s and r = -rate, the creep v = S (x - f) [MPa]
  obeys dv/dt = r (x - f) x^(-1/b), in which no Cm is left, and e_in = -Cm_ref (v - v(0)). As v stands still when r = 0,
  unloading alone changes no inelastic strain; as dv/dt > 0, none is ever undone.
* An implicit step asks for the root of S - c/(x - f) - a x^(-1/b), which rises and is concave in x whatever c > 0 and
  a >= 0: one root, and Newton's method finds it from anywhere, from the left without overshooting.

The step is the L-stable diagonally implicit rule of second order with two stages (gamma = 1 - 1/sqrt 2): its weights
are positive, so that creep stays one-way in the discrete equations too.
"""

from dataclasses import dataclass

import numba
import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.subsurface import stress
from mijnrisico.units import MPA_PER_BAR

GAMMA = 1.0 - 0.5 * np.sqrt(2.0)
SUBSTEPS = 4
TOLERANCE = 1e-14
ITERATIONS = 200

MODEL = Model(
    name="rate_type",
    role="compaction",
    predicts={"vertical_strain": "1"},
    needs={"reservoir_pressure": "bar", "reservoir_geometry": "m", "compressibility": "1/MPa"},
    valid={},
    source="Pruiksma et al. (2015), isotach formulation of the rate type compaction model for sandstone; constants of "
    "the public source model of TNO for Groningen (2024)",
    departs="implicit steps within the step of the pressure, converged in time, where the public chain takes one "
    "explicit step a year; one compressibility for the whole field in the Groningen chain",
)


@dataclass(frozen=True, slots=True)
class RateType:
    """Constants of the model.

    `b` [1]; `elastic_share` f_d and `reference_share` f_ref of the compressibility, 0 <= f_d < f_ref;
    `reference_rate_mpa_per_year` of loading at which the rock follows f_ref Cm, negative as compression is.
    """

    b: float = 0.021
    elastic_share: float = 0.4
    reference_share: float = 0.8
    reference_rate_mpa_per_year: float = -3.16e-5


GRONINGEN = RateType()


def effective_depletion_bar(
    pressure_bar: np.ndarray,
    years: np.ndarray,
    parameters: RateType = GRONINGEN,
    *,
    depth_m: float | np.ndarray,
    substeps: int = SUBSTEPS,
) -> np.ndarray:
    """Effective depletion D [bar] (time, ...), strain = Cm D, shortening positive: elastic and creep together.

    `pressure_bar` (time, ...) is linear between the `years` (time,). The effective vertical stress is that of rock of
    2400 kg/m3 above `depth_m`, one number or (...), less the pressure, and the rock starts on the isotach of the
    first pressure. NaN where that stress is somewhere not compressive. `substeps` as in `strain`.
    """
    load = stress.initial_vertical_stress_mpa(np.asarray(depth_m, dtype=float), np.asarray(pressure_bar, dtype=float))
    elastic, inelastic = strain(load, years, 1.0, parameters=parameters, substeps=substeps)
    return (elastic + inelastic) / -MPA_PER_BAR


def strain(
    vertical_stress_mpa: np.ndarray,
    years: np.ndarray,
    compressibility_per_mpa: float | np.ndarray,
    *,
    parameters: RateType = GRONINGEN,
    substeps: int = SUBSTEPS,
) -> tuple[np.ndarray, np.ndarray]:
    """Elastic and inelastic vertical strain [1] (time, ...), compression negative, zero at the first time.

    `vertical_stress_mpa` (time, ...) is the effective vertical stress, compression negative
    (`stress.initial_vertical_stress_mpa`), linear in time between the `years` (time,), which do not fall;
    `compressibility_per_mpa` is one number or (...). Where the stress is somewhere not compressive both are NaN.

    Each step is cut in `substeps`. On the yearly steps of a depletion of 250 bar in 80 years the error of the
    inelastic strain, against 64 times as many, is 1.8e-6 of its maximum at the default of 4, and falls with the
    square of the number.
    """
    stress = np.asarray(vertical_stress_mpa, dtype=float)
    flat = np.ascontiguousarray(stress.reshape(len(stress), -1).T)
    share = parameters.elastic_share / parameters.reference_share
    rate = -parameters.reference_rate_mpa_per_year
    creep = _creep(-flat, np.asarray(years, dtype=float), 1.0 / parameters.b, share, rate, substeps)
    return _in_strain(stress, creep.T.reshape(stress.shape), compressibility_per_mpa, parameters)


def strain_slow(
    vertical_stress_mpa: np.ndarray,
    years: np.ndarray,
    compressibility_per_mpa: float | np.ndarray,
    *,
    parameters: RateType = GRONINGEN,
    substeps: int = SUBSTEPS,
) -> tuple[np.ndarray, np.ndarray]:
    """The same as `strain`, all cells at once in NumPy; its twin in the tests."""
    stress = np.asarray(vertical_stress_mpa, dtype=float)
    share = parameters.elastic_share / parameters.reference_share
    rate, exponent = -parameters.reference_rate_mpa_per_year, 1.0 / parameters.b
    load = np.where((stress < 0.0).all(axis=0), -stress, 1.0)
    creep = np.zeros_like(load)
    v = load[0] * (1.0 - share)
    for step in range(1, len(load)):
        length = (years[step] - years[step - 1]) / substeps
        rise = (load[step] - load[step - 1]) / substeps
        for part in range(substeps):
            before = load[step - 1] + part * rise
            first = _rate_slow(v, rate, length, before + GAMMA * rise, share, exponent)
            second = _rate_slow(v + (1.0 - GAMMA) * length * first, rate, length, before + rise, share, exponent)
            v = v + length * ((1.0 - GAMMA) * first + GAMMA * second)
        creep[step] = v - load[0] * (1.0 - share)
    return _in_strain(stress, creep, compressibility_per_mpa, parameters)


def _in_strain(
    stress: np.ndarray, creep: np.ndarray, compressibility: float | np.ndarray, parameters: RateType
) -> tuple[np.ndarray, np.ndarray]:
    """Elastic and inelastic strain from the stress and the creep since the first time; both [MPa] (time, ...)."""
    elastic = parameters.elastic_share * compressibility * (stress - stress[0])
    inelastic = parameters.reference_share * compressibility * (0.0 - creep)
    compressive = (stress < 0.0).all(axis=0)
    return np.where(compressive, elastic, np.nan), np.where(compressive, inelastic, np.nan)


def _rate_slow(
    known: np.ndarray, rate: float, length: float, load: np.ndarray, share: float, exponent: float
) -> np.ndarray:
    """Rate k of an implicit stage, k = r (x - f) x^(-n) at S (x - f) = known + gamma length k, by many Newton steps."""
    x = share + known / load
    for _ in range(ITERATIONS):
        fall = GAMMA * length * rate * x**-exponent
        x = x - (load - known / (x - share) - fall) / (known / (x - share) ** 2 + exponent * fall / x)
    return rate * (x - share) * x**-exponent


@numba.njit(cache=True, parallel=True)
def _creep(
    load: np.ndarray, years: np.ndarray, exponent: float, share: float, rate: float, substeps: int
) -> np.ndarray:
    """Creep v - v(0) [MPa] (cell, time) under the compressive stress `load` [MPa] (cell, time), zero elsewhere."""
    cells, times = load.shape
    creep = np.zeros((cells, times))
    for cell in numba.prange(cells):
        if not np.all(load[cell] > 0.0):
            continue
        start = load[cell, 0] * (1.0 - share)
        v = start
        x = 1.0
        for step in range(1, times):
            length = (years[step] - years[step - 1]) / substeps
            rise = (load[cell, step] - load[cell, step - 1]) / substeps
            a = GAMMA * length * rate
            for part in range(substeps):
                before = load[cell, step - 1] + part * rise
                x = _isotach(v, a, before + GAMMA * rise, share, exponent, x)
                first = length * rate * (x - share) * np.exp(-exponent * np.log(x))
                x = _isotach(v + (1.0 - GAMMA) * first, a, before + rise, share, exponent, x)
                second = length * rate * (x - share) * np.exp(-exponent * np.log(x))
                v += (1.0 - GAMMA) * first + GAMMA * second
            creep[cell, step] = v - start
    return creep


@numba.njit(cache=True)
def _isotach(known: float, a: float, load: float, share: float, exponent: float, guess: float) -> float:
    """Root x of load - known/(x - share) - a x^(-exponent), by Newton's method from `guess`."""
    lowest = share + known / load
    x = max(guess, lowest)
    for _ in range(ITERATIONS):
        fall = a * np.exp(-exponent * np.log(x))
        over = known / (x - share)
        change = (load - over - fall) / (over / (x - share) + exponent * fall / x)
        following = max(x - change, lowest)
        moved = abs(following - x)
        x = following
        if moved <= TOLERANCE * x:
            break
    return x
