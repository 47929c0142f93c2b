"""Void of a cavern and the volume it lost while it is leached and closes: dV/dt = L - c V, exact a step.

L is the volume leached a year, c the rate of closure. What was lost is what the surface sinks over: all that was
leached and is no longer there. Where c is large, as in squeeze mining, the void settles at L/c and from then on every
cubic metre of salt that is won is lost below.
"""

import numpy as np


def voids_m3(
    years: np.ndarray,
    leached_m3_per_year: np.ndarray,
    closure_per_year: float | np.ndarray,
    start_m3: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Void and volume lost [m3], each (time, ...), from `start_m3` of void.

    `leached_m3_per_year` (time - 1,) holds between the `years` (time,); `closure_per_year` is one number, an ensemble
    (member,), or varies between the years, (time - 1, member).

    >>> void, lost = voids_m3(np.array([0.0, 10.0]), np.array([1000.0]), 0.0)
    >>> void.tolist(), lost.tolist()
    ([0.0, 10000.0], [0.0, 0.0])
    """
    length = np.diff(np.asarray(years, dtype=float))
    rate = np.asarray(closure_per_year, dtype=float)
    steps = rate if rate.ndim > 1 else np.broadcast_to(rate, (len(length), *rate.shape))
    leached = np.asarray(leached_m3_per_year, dtype=float)
    void = np.empty((len(length) + 1, *steps.shape[1:]))
    lost = np.zeros_like(void)
    void[0] = start_m3
    for step, dt in enumerate(length):
        x = steps[step] * dt
        mean = np.where(x > 0.0, -np.expm1(-x) / np.where(x > 0.0, x, 1.0), 1.0)
        void[step + 1] = void[step] * np.exp(-x) + leached[step] * dt * mean
        lost[step + 1] = lost[step] + leached[step] * dt - (void[step + 1] - void[step])
    return void, lost
