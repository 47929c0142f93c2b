"""Extreme-threshold failure: the rate of earthquakes grows exponentially with Coulomb stress.

Bourne & Oates (2017), doi:10.1002/2017JB014356, in the form of Kraaijpoel et al. (2026): with fault density D
(m2 per m2), area A (m2) and stress s relative to a named scale, the expected number of events between t1 and t2 is

    N = A D exp(theta0) (exp(theta1 s(t2)) - exp(theta1 s(t1)))

and the rate density at an event is D theta1 (ds/dt) exp(theta0 + theta1 s). Unloading adds no events: only rises of
exp(theta1 s) count, in the integral, in the likelihood and in the forecast alike.
"""

import numba
import numpy as np

from mijnrisico.core.model import Model

MODEL = Model(
    name="extreme_threshold",
    role="rate",
    predicts={"event_rate": "1/year per cell"},
    needs={"coulomb_stress": "MPa", "fault_density": "m2/m2", "catalogue": "events"},
    valid={"year": (1995, 2023)},
    source="Bourne and Oates (2017), doi:10.1002/2017JB014356, in the form of Kraaijpoel et al. (2026)",
    departs="elastic loading only, no aftershocks: short of the counts since 2017, by 40 % in 2021-2023",
)


@numba.njit(parallel=True, cache=True)
def _rises(stress: np.ndarray, weight: np.ndarray, first: float, spacing: float, size: int) -> np.ndarray:
    """Rises for theta1 = first + k spacing: exp(theta1 s) is carried from k to k + 1 by a product."""
    steps = stress.shape[0] - 1
    total = np.zeros((steps, size))
    for step in numba.prange(steps):
        for cell in range(weight.size):
            before, after = stress[step, cell], stress[step + 1, cell]
            if after > before:
                low, high = weight[cell] * np.exp(first * before), weight[cell] * np.exp(first * after)
                low_factor, high_factor = np.exp(spacing * before), np.exp(spacing * after)
                for k in range(size):
                    total[step, k] += high - low
                    low *= low_factor
                    high *= high_factor
    return total


def rises(stress: np.ndarray, weight: np.ndarray, theta1: np.ndarray) -> np.ndarray:
    """Expected events per step for exp(theta0) = 1: sum over cells of A D max(0, rise of exp(theta1 s)).

    `stress` (time, cell) relative to its scale, `weight` (cell,) = A D, `theta1` (k,) evenly spaced.
    Returns (time - 1, k).
    """
    spacing = float(theta1[1] - theta1[0])
    return _rises(np.ascontiguousarray(stress), np.ascontiguousarray(weight), theta1[0], spacing, theta1.size)


def rises_slow(stress: np.ndarray, weight: np.ndarray, theta1: np.ndarray) -> np.ndarray:
    """The same as `rises`, written as the equation; its twin in the tests."""
    grown = np.exp(theta1[:, None, None] * stress[None])
    return np.maximum(np.diff(grown, axis=1), 0.0).dot(weight).T


def at_events(
    stress: np.ndarray, step_years: np.ndarray, step: np.ndarray, fraction: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Stress and its rate (per year) at each event, linear in time within the step; both (event,).

    `stress` (time, cell), `step_years` (time - 1,) lengths, and for each event its step, the fraction of that step
    gone by, and its cell. The rate is zero where the cell is not loaded.
    """
    before, after = stress[step, cell], stress[step + 1, cell]
    return before + fraction * (after - before), np.maximum(after - before, 0.0) / step_years[step]
