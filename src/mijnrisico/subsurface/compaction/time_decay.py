"""Time-decay compaction: the rock follows the depletion with one relaxation time (Mossop 2012).

    e(t) = Int Cm (-dp/dt') (1 - exp(-(t - t')/tau)) dt'     or     de/dt = (Cm d - e)/tau,   d the depletion

For a pressure that is linear between two times dt apart the lag L = d - D of the effective depletion D = e/Cm obeys,
without approximation,

    L_next = L q + (d_next - d) (1 - q) tau/dt,              q = exp(-dt/tau)

so one line a step suffices however long the steps are. tau -> 0 is the linear model.
"""

from dataclasses import dataclass

import numpy as np
from scipy import integrate

from mijnrisico.core.model import Model
from mijnrisico.subsurface.compaction import unloading

MODEL = Model(
    name="time_decay",
    role="compaction",
    predicts={"vertical_strain": "1"},
    needs={"reservoir_pressure": "bar", "compressibility": "1/bar"},
    valid={},
    source="Mossop (2012), An explanation for anomalous time dependent subsidence, 46th US Rock Mechanics Symposium",
    departs="exact for a pressure linear between the given times, where common tools take it constant",
)


@dataclass(frozen=True, slots=True)
class TimeDecay:
    """`decay_years` is tau, 0 for none; `unloading_share` and `ratchet_share` as in `unloading`, 1 is reversible.

    With a share below 1 what the rock remembers drives the decay, taken as linear between the given times.
    """

    decay_years: float = 5.0
    unloading_share: float = 1.0
    ratchet_share: float = 0.0


def effective_depletion_bar(
    pressure_bar: np.ndarray,
    years: np.ndarray,
    parameters: TimeDecay = TimeDecay(),
) -> np.ndarray:
    """Effective depletion D [bar] (time, ...), strain = Cm D; the recursion of the module's head.

    `pressure_bar` (time, ...) is linear between the `years` (time,), which do not fall; two equal years are a jump of
    the pressure, which the rock has not followed yet.
    """
    pressure = np.asarray(pressure_bar, dtype=float)
    driving = unloading.remembered(pressure[0] - pressure, parameters.unloading_share, parameters.ratchet_share)
    kept, share = _steps(np.asarray(years, dtype=float), parameters.decay_years)
    found = driving.reshape(len(driving), -1)
    before, lag = found[0].copy(), np.zeros(found.shape[1])
    for step in range(len(kept)):  # in place: a map of every year of a large field is hundreds of megabytes
        lag *= kept[step]
        lag += share[step] * (found[step + 1] - before)
        before[:] = found[step + 1]
        found[step + 1] -= lag
    return found.reshape(driving.shape)


def _steps(years: np.ndarray, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """What is kept of a lag over each step, q, and what lags of a rise in it, (1 - q) tau/dt; both (time - 1,)."""
    length = np.diff(years)
    if tau == 0.0:
        return np.where(length > 0.0, 0.0, 1.0), np.where(length > 0.0, 0.0, 1.0)
    x = length / tau
    return np.exp(-x), np.where(x > 0.0, -np.expm1(-x) / np.where(x > 0.0, x, 1.0), 1.0)


def effective_depletion_slow_bar(
    pressure_bar: np.ndarray, years: np.ndarray, parameters: TimeDecay, at_year: float
) -> float:
    """The same at one year and for one pressure history (time,) by quadrature of Mossop's integral; its twin in tests.

    Fully reversible rock only.
    """
    pressure, times = np.asarray(pressure_bar, dtype=float), np.asarray(years, dtype=float)
    found = 0.0
    for step in range(len(times) - 1):
        end = min(times[step + 1], at_year)
        if end <= times[step]:
            continue
        fall = (pressure[step] - pressure[step + 1]) / (times[step + 1] - times[step])
        part = integrate.quad(
            lambda past: 1.0 - np.exp(-(at_year - past) / parameters.decay_years), times[step], end, epsabs=1e-12
        )
        found += fall * part[0]
    return found
