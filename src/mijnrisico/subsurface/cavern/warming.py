"""How fast the brine of a cavern takes the temperature of the rock: a well-mixed sphere in a wide solid, exactly.

The brine starts cooler than the rock by some degrees. With R the radius, kappa the diffusivity of salt,
chi = (rho c) of salt over that of brine and tau = kappa t/R^2, conduction into the sphere leaves

    gap(t)/gap(0) = L^-1 { 1/(p + 3 chi (1 + sqrt p)) }
                  = (a w(a) - b w(b))/(a - b),      w(z) = exp(z^2 tau) erfc(-z sqrt tau)

with a and b the roots of z^2 + 3 chi z + 3 chi = 0, a complex pair for chi < 4/3. In the end the gap falls with
tau^(-3/2). After the customary time R^2/(pi kappa) a third is left for salt and
brine.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from mijnrisico.units import DAYS_PER_YEAR

SECONDS_PER_YEAR: Final = DAYS_PER_YEAR * 86_400.0


@dataclass(frozen=True, slots=True)
class Heat:
    """Diffusivity of salt [m2/s] and heat capacity a volume of salt over that of brine; from memory, not checked."""

    diffusivity_m2_s: float = 3e-6
    capacity_ratio: float = 0.48


HEAT: Final = Heat()


def gap_left(years: np.ndarray, radius_m: float, heat: Heat = HEAT) -> np.ndarray:
    """Part of the difference in temperature that is left [1] (...) after `years` (...).

    >>> gap_left(np.array([0.0, 10.0, 100.0]), 30.0).round(2).tolist()
    [1.0, 0.14, 0.01]
    """
    tau = np.asarray(years, dtype=float) * SECONDS_PER_YEAR * heat.diffusivity_m2_s / radius_m**2
    root = np.sqrt(np.maximum(tau, 0.0))
    b3 = 3.0 * heat.capacity_ratio
    half = np.sqrt(complex(b3 * (b3 - 4.0))) / 2.0
    if abs(half) < 1e-6:  # a double root: take it apart by less than the answer shows
        half = complex(1e-6)
    a, b = -0.5 * b3 + half, -0.5 * b3 - half
    # exp(x^2) erfc(x) = w(i x), the Faddeeva function, at x = -z sqrt(tau), whose real part is positive
    of_a, of_b = (z * special.wofz(-1j * z * root) for z in (a, b))
    return np.real((of_a - of_b) / (a - b))


def gap_left_slow(years: float, radius_m: float, heat: Heat = HEAT, shells: int = 2000, steps: int = 4000) -> float:
    """The same at one time by implicit differences in the salt out to 40 radii; its twin in the tests."""
    tau = years * SECONDS_PER_YEAR * heat.diffusivity_m2_s / radius_m**2
    edges = np.geomspace(1.0, 40.0, shells + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    volume = (edges[1:] ** 3 - edges[:-1] ** 3) / 3.0
    between = edges[1:-1] ** 2 / np.diff(middle)
    first = 1.0 / (middle[0] - 1.0)
    dt = tau / steps
    lower, upper = np.zeros(shells + 1), np.zeros(shells + 1)
    content = np.concatenate([[1.0 / (3.0 * heat.capacity_ratio)], volume])
    flow = np.concatenate([[first], between])
    lower[1:], upper[:-1] = flow, flow
    banded = np.zeros((3, shells + 1))
    banded[0, 1:], banded[2, :-1] = -dt * flow, -dt * flow
    banded[1] = content + dt * (lower + upper)
    from scipy.linalg import solve_banded

    state = np.zeros(shells + 1)
    state[0] = 1.0
    for _ in range(steps):
        state = solve_banded((1, 1), banded, content * state)
    return float(state[0])
