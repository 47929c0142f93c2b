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
from mijnrisico.seismic.source import sheets
from mijnrisico.seismic.source.loading import At, Loading
from mijnrisico.seismic.source.model import Group, RateModel

THETA1 = np.linspace(1.0, 13.0, 25)
"""Prior grid of theta1, flat: the growth of ln rate from an unloaded place to the most loaded one."""

MODEL = Model(
    name="extreme_threshold",
    role="rate",
    predicts={"event_rate": "1/year per cell"},
    needs={"coulomb_stress": "MPa", "fault_density": "m2/m2", "catalogue": "events"},
    valid={"year": (1995, 2023)},
    source="Bourne and Oates (2017), doi:10.1002/2017JB014356, in the form of Kraaijpoel et al. (2026)",
    departs="density per m2 and stress relative to the largest in the field; theta0 is integrated exactly",
)


@numba.njit(parallel=True, cache=True)
def _rises(stress: np.ndarray, weight: np.ndarray, first: float, spacing: float, size: int) -> np.ndarray:
    """Rises for theta1 = first + k spacing, by blocks of cells: exp(theta1 s) is carried from k to k + 1 by a product,
    and from step to step by keeping it.
    """
    steps, cells = stress.shape[0] - 1, weight.size
    blocks = 16
    parts = np.zeros((blocks, steps, size))
    for block in numba.prange(blocks):
        before, after = np.empty(size), np.empty(size)
        for cell in range(block * cells // blocks, (block + 1) * cells // blocks):
            grown, factor = weight[cell] * np.exp(first * stress[0, cell]), np.exp(spacing * stress[0, cell])
            for k in range(size):
                before[k] = grown
                grown *= factor
            for step in range(steps):
                grown = weight[cell] * np.exp(first * stress[step + 1, cell])
                factor = np.exp(spacing * stress[step + 1, cell])
                for k in range(size):
                    after[k] = grown
                    grown *= factor
                if stress[step + 1, cell] > stress[step, cell]:
                    for k in range(size):
                        parts[block, step, k] += after[k] - before[k]
                before, after = after, before
    total = np.zeros((steps, size))
    for block in range(blocks):
        total += parts[block]
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


def _expected(group: Group, loading: Loading) -> np.ndarray:
    return rises(group.stress[loading.first :], group.density * loading.cells.area_m2, THETA1)


def _at_events(group: Group, loading: Loading, at: At) -> np.ndarray:
    stress, rate = at_events(group.stress, loading.all_step_years, at.step, at.fraction, at.cell)
    return group.density[at.cell] * rate * THETA1[:, None] * np.exp(THETA1[:, None] * stress)


_NODES = 2001  # of the table of expected growth against stress; linear in ln, error of a rise below 1e-5


def _counts(group: Group, loading: Loading, weight: np.ndarray) -> np.ndarray:
    """Averages over theta1 by a table against stress: exp(theta1 s) is evaluated at 2,001 stresses, not in every cell."""
    stress = group.stress[loading.first :]
    nodes = np.linspace(stress.min(), stress.max(), _NODES)
    table = np.log(np.exp(nodes[:, None] * THETA1) @ np.maximum(weight, 1e-300))
    grown = np.exp(np.interp(stress, nodes, table))
    return np.maximum(np.diff(grown, axis=0), 0.0) * (group.density * loading.cells.area_m2)


ELASTIC = RateModel("elastic", MODEL, ("theta1",), THETA1[:, None], sheets.elastic, _expected, _at_events, _counts)
ELASTIC_PLASTIC = RateModel(
    "elastic_plastic", MODEL, ("theta1",), THETA1[:, None], sheets.elastic_plastic, _expected, _at_events, _counts
)
