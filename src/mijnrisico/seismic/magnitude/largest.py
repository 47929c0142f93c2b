"""How large the largest of so many events is expected to be: what a catalogue can say of a largest possible magnitude.

Under the law of Gutenberg and Richter between a smallest and a largest magnitude,
F(m) = (1 - 10^(-b (m - m_min))) / (1 - 10^(-b (m_max - m_min))), the largest of n has the distribution F(m)^n.
"""

import numpy as np


def chance_below(
    magnitude: np.ndarray, events: int, b: float, magnitude_max: float, magnitude_min: float
) -> np.ndarray:
    """Probability that all `events` lie below `magnitude`; of the shape of `magnitude`.

    Of rounded magnitudes, those up to 3.6 lie below 3.65. Near zero for the largest that was observed, it says that
    events so large would be expected to have been seen more often; near one, that it was rare luck.
    """
    beta = b * np.log(10.0)
    inside = np.clip(np.asarray(magnitude, dtype=np.float64), magnitude_min, magnitude_max) - magnitude_min
    with np.errstate(divide="ignore"):
        log_share = np.log(np.expm1(-beta * inside) / np.expm1(-beta * (magnitude_max - magnitude_min)))
    return np.exp(events * log_share) if events else np.ones_like(inside)


def expected(events: int, b: float, magnitude_max: float, magnitude_min: float) -> float:
    """Mean of the largest magnitude of `events` (one or more), unrounded: m_max minus the integral of F(m)^n."""
    node, weight = np.polynomial.legendre.leggauss(200)
    half = (magnitude_max - magnitude_min) / 2.0
    at = magnitude_min + half * (node + 1.0)
    return float(magnitude_max - half * weight @ chance_below(at, events, b, magnitude_max, magnitude_min))
