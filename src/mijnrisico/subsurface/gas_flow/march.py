"""Backward Euler for the areal flow of a real gas, on plain arrays.

    d/dt [ G_i (p/z)_i / (p/z)_0 ] = sum over neighbours j of T_ij (psi_j - psi_i) - q_i

G_i is the gas initially in place [Nm3], psi the pseudo-pressure [Pa/s], T_ij the transmissibility [m3] times
the ratio of normal to reservoir density, q_i the offtake [Nm3/s] (Al-Hussainy, Ramey and Crawford 1966,
doi:10.2118/1243-A-PA). In psi the flow is linear and the matrix of each Newton step symmetric and banded.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded

from mijnrisico.errors import NumericalError, Problem
from mijnrisico.subsurface.gas import HIGHEST_BAR, LOWEST_BAR, GasTable

TOLERANCE = 1.0e-13
MOST_ITERATIONS = 40


@dataclass(frozen=True, slots=True)
class System:
    """The discrete field: `in_place_nm3` (cell,); faces `first` < `second` with `transmissibility` (face,)."""

    in_place_nm3: np.ndarray
    first: np.ndarray
    second: np.ndarray
    transmissibility: np.ndarray
    initial_bar: float
    table: GasTable


def march(
    system: System,
    start_bar: np.ndarray,
    offtake_nm3: np.ndarray,
    seconds: np.ndarray,
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:
    """Return pressures [bar] (step + 1, cell) from `start_bar` (cell,), the first row.

    `offtake_nm3` (step, cell) leaves during each step of `seconds` (step,). Newton iterates until the imbalance
    summed over the cells is below 1e-13 of the gas in place. Raises NumericalError (E602) if a step has no
    solution, as when a well takes more than can flow to it.
    """
    pressures = np.empty((seconds.size + 1, start_bar.size))
    pressures[0] = start_bar
    bands = _bands(system)
    for step, (offtake, duration) in enumerate(zip(offtake_nm3, seconds, strict=True)):
        pressures[step + 1] = _advance(system, bands, pressures[step], offtake, duration, step)
        if progress is not None:
            progress((step + 1) / seconds.size)
    return pressures


def gas_in_place_nm3(system: System, pressure_bar: np.ndarray) -> np.ndarray:
    """Gas in each cell [Nm3] at `pressure_bar` (..., cell)."""
    share = system.table.p_over_z(pressure_bar) / system.table.p_over_z(system.initial_bar)
    return system.in_place_nm3 * share


def _bands(system: System) -> np.ndarray:
    """Lower bands (offset, cell) of the flow matrix: minus T off the diagonal, their sum on it."""
    cells = system.in_place_nm3.size
    offset = system.second - system.first
    bands = np.zeros((int(offset.max(initial=0)) + 1, cells))
    bands[offset, system.first] = -system.transmissibility
    bands[0] = np.bincount(system.first, system.transmissibility, cells)
    bands[0] += np.bincount(system.second, system.transmissibility, cells)
    return bands


def _advance(
    system: System, bands: np.ndarray, before: np.ndarray, offtake: np.ndarray, seconds: float, step: int
) -> np.ndarray:
    table, cells = system.table, before.size
    content = system.in_place_nm3 / float(table.p_over_z(system.initial_bar))
    stored = content * table.p_over_z(before)
    scale = system.in_place_nm3.sum()
    p, imbalance = before.copy(), offtake
    for _ in range(MOST_ITERATIONS):
        psi = table.pseudo_pressure(p)
        flux = system.transmissibility * (psi[system.first] - psi[system.second])
        leaving = np.bincount(system.first, flux, cells) - np.bincount(system.second, flux, cells)
        imbalance = content * table.p_over_z(p) - stored + seconds * leaving + offtake
        if np.abs(imbalance).sum() < TOLERANCE * scale:
            return p
        slope = table.pseudo_pressure_slope(p)
        matrix = seconds * bands
        matrix[0] += content * table.p_over_z_slope(p) / slope
        change = solveh_banded(matrix, -imbalance, lower=True, overwrite_ab=True, check_finite=False) / slope
        # a step may not leave the range of the gas table; near the solution this never binds
        p = np.clip(p + change, np.maximum(0.3 * p, LOWEST_BAR), np.minimum(3.0 * p, HIGHEST_BAR))
    worst = int(np.argmax(np.abs(imbalance)))
    detail = f"step {step}, cell {worst}: {p[worst]:.1f} bar"
    raise NumericalError(Problem("E602", "gas_flow", {"detail": detail, "step": step, "cell": worst}))
