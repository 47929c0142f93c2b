"""Extreme-threshold failure: the rate of earthquakes grows exponentially with Coulomb stress.

Bourne & Oates (2017), doi:10.1002/2017JB014356, in the form of Kraaijpoel et al. (2026): with fault density D
(m2 per m2), area A (m2) and stress s relative to a named scale, the expected number of events between t1 and t2 is

    N = A D exp(theta0) (exp(theta1 s(t2)) - exp(theta1 s(t1)))

and the rate density at an event is D theta1 (ds/dt) exp(theta0 + theta1 s). Unloading adds no events: only rises of
exp(theta1 s) count, in the integral and in the forecast alike. In the likelihood the loading rate at an event is at
least `LOWEST_LOADING`: since 2020 a few events happened where the computed pressure rises, which the elastic sheet
holds impossible. Left to the aftershocks they would stretch the delay c from 0.6 to 2.8 days and double K; the floor is
a device, not a model, and adds nothing to the integral or the forecast. `calibrate` counts the events it touches.
"""

import numba
import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.source import sheets
from mijnrisico.seismic.source.loading import At, Loading
from mijnrisico.seismic.source.model import Group, RateModel

THETA1 = np.linspace(1.0, 13.0, 25)
"""Prior grid of theta1, flat: the growth of ln rate from an unloaded place to the most loaded one."""

_NODES = 1601  # stresses at which exp(theta1 s) is evaluated, instead of in every cell

LOWEST_LOADING = 1e-3
"""Least loading rate at an event, per year, of the largest stress in the field."""

MODEL = Model(
    name="extreme_threshold",
    role="rate",
    predicts={"event_rate": "1/year per cell"},
    needs={"coulomb_stress": "MPa", "fault_density": "m2/m2", "catalogue": "events"},
    valid={"year": (1995, 2023)},
    source="Bourne and Oates (2017), doi:10.1002/2017JB014356, in the form of Kraaijpoel et al. (2026)",
    departs="density per m2 and stress relative to the largest in the field; theta0 is integrated exactly; the loading "
    "rate at an event is at least 0.1 % of the largest stress a year",
)


@numba.njit(cache=True, nogil=True)
def _on_nodes(stress: np.ndarray, weight: np.ndarray, low: float, spacing: float, size: int) -> np.ndarray:
    """Lay the weight of every rising cell on a grid of stress: added where it arrives, taken where it came from."""
    laid = np.zeros((stress.shape[0] - 1, size))
    for step in range(stress.shape[0] - 1):
        for cell in range(weight.size):
            before, after = stress[step, cell], stress[step + 1, cell]
            if after > before:
                for value, sign in ((before, -1.0), (after, 1.0)):
                    position = (value - low) / spacing
                    lower = min(int(position), size - 2)
                    share = position - lower
                    laid[step, lower] += sign * weight[cell] * (1.0 - share)
                    laid[step, lower + 1] += sign * weight[cell] * share
    return laid


def rises(stress: np.ndarray, weight: np.ndarray, theta1: np.ndarray) -> np.ndarray:
    """Expected events per step for exp(theta0) = 1: sum over cells of A D max(0, rise of exp(theta1 s)).

    `stress` (time, cell) relative to its scale, `weight` (cell,) = A D, `theta1` (k,). Returns (time - 1, k). The
    exponential is read linearly between `_NODES` stresses: too large by (theta1 spacing)^2 / 12 on average, at most
    1e-5 of a field's rises; a rise far smaller than the spacing is known to (theta1 spacing)^2 / 8 of what it ends at.
    """
    low, high = float(stress.min()), float(stress.max())
    spacing = max(high - low, 1e-12) / (_NODES - 1)
    laid = _on_nodes(np.ascontiguousarray(stress), np.ascontiguousarray(weight), low, spacing, _NODES)
    return laid @ np.exp(np.linspace(low, high, _NODES)[:, None] * theta1)


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
    loaded = group.density[at.cell] * np.maximum(rate, LOWEST_LOADING)
    return loaded * THETA1[:, None] * np.exp(THETA1[:, None] * stress)


@numba.njit(cache=True, nogil=True)
def _read(stress: np.ndarray, table: np.ndarray, low: float, spacing: float, weight: np.ndarray) -> np.ndarray:
    """Rises of a table against stress, times the weight of the cell; (step, cell)."""
    out = np.zeros((stress.shape[0] - 1, weight.size))
    for cell in range(weight.size):
        before = 0.0
        for time in range(stress.shape[0]):
            position = (stress[time, cell] - low) / spacing
            lower = min(int(position), table.size - 2)
            grown = table[lower] + (position - lower) * (table[lower + 1] - table[lower])
            if time > 0 and grown > before:
                out[time - 1, cell] = weight[cell] * (grown - before)
            before = grown
    return out


def _counts(group: Group, loading: Loading, weight: np.ndarray) -> np.ndarray:
    """Average over theta1 by a table against stress, as in `rises`."""
    stress = group.stress[loading.first :]
    low, high = float(stress.min()), float(stress.max())
    nodes = np.linspace(low, high, _NODES)
    table = np.exp(nodes[:, None] * THETA1) @ weight
    spacing = max(high - low, 1e-12) / (_NODES - 1)
    return _read(np.ascontiguousarray(stress), table, low, spacing, group.density * loading.cells.area_m2)


ELASTIC = RateModel("elastic", MODEL, ("theta1",), THETA1[:, None], sheets.elastic, _expected, _at_events, _counts)
ELASTIC_PLASTIC = RateModel(
    "elastic_plastic", MODEL, ("theta1",), THETA1[:, None], sheets.elastic_plastic, _expected, _at_events, _counts
)
