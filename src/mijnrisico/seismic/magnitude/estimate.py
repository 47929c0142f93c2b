"""Estimates of the b-value and of the completeness of a catalogue: numbers to check the models of magnitude by.

Magnitudes are rounded to a width (0.1), and a completeness Mc is the smallest of these values that is complete, so
that the law begins half a width below it: `catalogue.select(1.45, ...)` goes with Mc = 1.5. Magnitudes below Mc are
left out.
"""

import numpy as np
import pandas as pd

WIDTH = 0.1
SMALLEST_RISE = 0.2
"""Two widths: a rise of one width may be rounding."""
_LN10 = np.log(10.0)


def aki_utsu(magnitude: np.ndarray, completeness: float, width: float = WIDTH) -> float:
    """b = log10(e) / (mean - (Mc - width/2)): Aki (1965) with the half bin of Utsu.

    The first-order form of `tinti_mulargia`, which is exact: low by 0.4 % at b = 1 and width 0.1.
    """
    return float(1.0 / (_LN10 * (_complete(magnitude, completeness, width).mean() - completeness + width / 2.0)))


def tinti_mulargia(magnitude: np.ndarray, completeness: float, width: float = WIDTH) -> float:
    """b = ln(1 + width / (mean - Mc)) / (width ln 10): most likely b of rounded magnitudes, exact.

    Tinti and Mulargia (1987), Bull. Seismol. Soc. Am. 77, 2125-2134. Infinite if all lie in the first bin.
    """
    excess = _complete(magnitude, completeness, width).mean() - completeness
    return float(np.log1p(width / excess) / (width * _LN10)) if excess > 1e-9 * width else np.inf


def shi_bolt(magnitude: np.ndarray, b: float) -> float:
    """Standard error of b: 2.30 b^2 times the standard error of the mean magnitude.

    Shi and Bolt (1982), Bull. Seismol. Soc. Am. 72, 1677-1687, who write ln 10 as 2.30. `magnitude` are those that b
    comes from (for b-positive, the rises); two or more.
    """
    n = magnitude.size
    return float(2.30 * b**2 * np.sqrt(np.sum((magnitude - magnitude.mean()) ** 2) / (n * (n - 1))))


def rises(magnitude: np.ndarray, smallest_rise: float = SMALLEST_RISE, width: float = WIDTH) -> np.ndarray:
    """Differences of at least `smallest_rise` from one event to the next, `magnitude` in order of time; (rise,)."""
    steps = np.diff(np.rint(np.asarray(magnitude) / width))
    return steps[steps >= round(smallest_rise / width)] * width


def b_positive(
    magnitude: np.ndarray, smallest_rise: float = SMALLEST_RISE, width: float = WIDTH
) -> tuple[float, float, int]:
    """b from the rises of magnitude alone, its standard error and the number of rises.

    b = ln(1 + width / (mean rise - smallest)) / (width ln 10): van der Elst (2021), doi:10.1029/2020JB021027, in the
    form for rounded magnitudes. Indifferent to a completeness that changes, as long as an event larger than the one
    before it is recorded. The rises are independent (`constant.log_likelihood_of_rises`), so the error of Shi and Bolt
    holds.
    """
    rise = rises(magnitude, smallest_rise, width)
    b = tinti_mulargia(rise, smallest_rise, width)
    return b, shi_bolt(rise, b), rise.size


def maximum_curvature(magnitude: np.ndarray, correction: float = 0.0, width: float = WIDTH) -> float:
    """Mc as the magnitude with most events, the smallest of equals (Wiemer and Wyss 2000), plus `correction`.

    doi:10.1785/0119990114. Known to be low where completeness differs in time or space; 0.2 is a usual correction.
    """
    step, count = np.unique(np.rint(np.asarray(magnitude) / width), return_counts=True)
    return float(round(step[np.argmax(count)] * width + correction, 10))


def residual(magnitude: np.ndarray, completeness: float, width: float = WIDTH) -> float:
    """Share of misfit of the law above Mc: sum |B_i - S_i| / sum B_i over the bins from Mc to the largest magnitude.

    B and S are the numbers of events at or above a bin, observed and by the law with the b of `tinti_mulargia` and the
    observed number (Wiemer and Wyss 2000, doi:10.1785/0119990114: their R is 100 times one minus this).
    """
    step = np.rint(_complete(magnitude, completeness, width) / width).astype(int) - round(completeness / width)
    observed = np.cumsum(np.bincount(step)[::-1])[::-1]
    ratio = step.mean() / (step.mean() + 1.0)  # 10^(-b width)
    expected = step.size * ratio ** np.arange(observed.size)
    return float(np.abs(observed - expected).sum() / observed.sum())


def goodness_of_fit(magnitude: np.ndarray, level: float = 0.95, fewest: int = 50, width: float = WIDTH) -> float:
    """Mc as the smallest magnitude from which the law explains at least `level` of the counts (Wiemer and Wyss 2000).

    Looks no further than there are `fewest` events; nan if none is good enough. 0.90 and 0.95 are the usual levels.
    """
    for completeness in _candidates(magnitude, fewest, width):
        if residual(magnitude, completeness, width) <= 1.0 - level:
            return float(completeness)
    return float("nan")


def by_completeness(magnitude: np.ndarray, fewest: int = 50, width: float = WIDTH) -> pd.DataFrame:
    """Tabulate b against Mc: `completeness`, `events`, `b`, `sigma` (Shi and Bolt), `explained` (1 - residual).

    A b that rises with Mc and then stays says where the catalogue is complete.
    """
    rows = []
    for completeness in _candidates(magnitude, fewest, width):
        chosen = _complete(magnitude, completeness, width)
        b = tinti_mulargia(chosen, completeness, width)
        rows.append((completeness, chosen.size, b, shi_bolt(chosen, b), 1.0 - residual(chosen, completeness, width)))
    return pd.DataFrame(rows, columns=["completeness", "events", "b", "sigma", "explained"])


def _complete(magnitude: np.ndarray, completeness: float, width: float) -> np.ndarray:
    magnitude = np.asarray(magnitude, dtype=np.float64)
    return magnitude[magnitude > completeness - width / 2.0]


def _candidates(magnitude: np.ndarray, fewest: int, width: float) -> np.ndarray:
    """Values of Mc from the smallest magnitude on that leave at least `fewest` events, in more than one bin."""
    step = np.sort(np.rint(np.asarray(magnitude) / width).astype(int))
    if step.size < fewest:
        return np.empty(0)
    return np.round(np.arange(step[0], min(step[-fewest] + 1, step[-1])) * width, 10)
