"""What a plan of measurements will see: the standard deviation of a rate, the smallest change, which points add most.

Epochs t_i with independent errors of one standard deviation s give the rate with

    sd = s / sqrt(sum (t_i - mean t)^2)

Errors that last (a benchmark that wanders, a reference that moves) do not average out: then the rate comes from
generalised least squares, X with columns 1 and t and C the covariance of the series, sd^2 = [(X^T C^-1 X)^-1]_22.

A change of rate at a moment t_c is a third column, max(t - t_c, 0). It is seen with power p at significance a (two
sided) where |change| >= (z_(1-a/2) + z_p) sd of the change; the smallest change that is, follows.

`choose` puts a plan together: greedily the group of rows (a benchmark, an epoch) that takes most from the variance of
targets, with the errors of rows correlated as they are. It knows what was chosen before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from mijnrisico.subsidence.observe.prior import Prior

Array = NDArray[np.float64]

POWER: Final = 0.8
SIGNIFICANCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Series:
    """Errors of one point measured again and again against its reference (mm): what each epoch adds, and what lasts.

    `epoch_mm`: standard deviation of one epoch of the point; `reference_mm`: that of its reference, every epoch anew;
    `walk_mm`: of the wandering of the point over one year, growing as |dt|^hurst; `reference_walk_mm` the same of the
    reference; `stable_per_year_mm`: of an unknown constant rate of the reference, which no number of epochs lessens.
    """

    epoch_mm: float
    reference_mm: float = 0.0
    walk_mm: float = 0.0
    reference_walk_mm: float = 0.0
    hurst: float = 0.5
    stable_per_year_mm: float = 0.0

    def covariance_mm2(self, years: ArrayLike) -> Array:
        """Covariance (epoch, epoch) of the errors of a series, in mm2, up to an unknown constant of the series."""
        t = np.asarray(years, dtype=float)
        since = t - t.min()
        exponent = 2.0 * self.hurst
        apart = np.abs(since[:, None] - since[None, :])
        walked = 0.5 * (since[:, None] ** exponent + since[None, :] ** exponent - apart**exponent)
        white = self.epoch_mm**2 + self.reference_mm**2
        lasting = self.walk_mm**2 + self.reference_walk_mm**2
        centred = t - t.mean()
        drift = self.stable_per_year_mm**2 * centred[:, None] * centred[None, :]
        return white * np.eye(len(t)) + lasting * walked + drift


def velocity_sd(years: ArrayLike, sigma: float) -> float:
    """Standard deviation of a rate from independent epochs, per year in the unit of `sigma`; infinite with one epoch.

    >>> round(velocity_sd(np.arange(61) * 6 / 365.25, 4.0), 2)
    1.77
    """
    t = np.asarray(years, dtype=float)
    spread = np.sqrt(np.sum((t - t.mean()) ** 2))
    return float(sigma / spread) if spread > 0.0 else float("inf")


def rate_sd(years: ArrayLike, covariance: ArrayLike) -> float:
    """Standard deviation of a rate by generalised least squares, with an unknown offset; infinite where there is none.

    `covariance` (epoch, epoch) in the square of the unit.
    """
    t = np.asarray(years, dtype=float)
    return _last_sd(np.column_stack([np.ones(len(t)), t - t.mean()]), np.asarray(covariance, dtype=float))


def change_sd(years: ArrayLike, covariance: ArrayLike, change_year: float) -> float:
    """Standard deviation of a change of rate at a known moment; infinite where the epochs cannot tell it."""
    t = np.asarray(years, dtype=float)
    columns = [np.ones(len(t)), t - t.mean(), np.maximum(t - change_year, 0.0)]
    return _last_sd(np.column_stack(columns), np.asarray(covariance, dtype=float))


def power(change: float, sd: float, significance: float = SIGNIFICANCE) -> float:
    """Chance that a two-sided test finds a change of that size, given the standard deviation of its estimate.

    >>> round(power(0.0, 1.0), 4), round(power(2.8015852, 1.0), 4)
    (0.05, 0.8)
    """
    reach = float(ndtri(1.0 - 0.5 * significance))
    z = abs(change) / sd
    return float(ndtr(z - reach) + ndtr(-z - reach))


def smallest_change(sd: float, wanted: float = POWER, significance: float = SIGNIFICANCE) -> float:
    """Return the smallest change that is found with that power, in the unit of `sd`.

    >>> round(smallest_change(1.0), 4)
    2.8016
    """
    if not np.isfinite(sd):
        return float("inf")
    high = float(ndtri(1.0 - 0.5 * significance) + ndtri(wanted)) + 1.0
    found = brentq(lambda z: power(z, 1.0, significance) - wanted, 0.0, high, xtol=1e-12)
    return float(np.asarray(found)) * sd


def years_until(rate_sd_wanted: float, interval_years: float, series: Series, longest_years: float = 30.0) -> float:
    """Return how long must be measured, every `interval_years`, until the rate has that standard deviation (mm/year).

    Another epoch never widens it, so the number is found by doubling and halving; infinite where `longest_years` does
    not suffice.
    """
    most = int(longest_years / interval_years) + 1

    def sd(count: int) -> float:
        t = np.arange(count) * interval_years
        return rate_sd(t, series.covariance_mm2(t))

    low, high = 1, 2
    while sd(high) > rate_sd_wanted:
        if high >= most:
            return float("inf")
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if sd(middle) <= rate_sd_wanted else (middle, high)
    return (high - 1) * interval_years


def choose(
    design: ArrayLike,
    covariance: ArrayLike,
    prior: Prior,
    targets: ArrayLike,
    groups: Sequence[object],
    count: int,
    given: Sequence[object] = (),
) -> list[tuple[object, float]]:
    """Return the groups of rows that lessen the summed variance of targets most, in turn, and that variance after each.

    Args:
        design: candidate measurements (row, amplitude).
        covariance: of their errors (row, row), in m2; correlations between groups count.
        prior: of the amplitudes.
        targets: linear predictions (target, amplitude) whose variance matters.
        groups: of each row, what is measured or not as one: a benchmark, an epoch.
        count: how many groups may be added.
        given: groups that are measured anyway.
    """
    half, wanted = np.asarray(design, dtype=float) @ prior.root, np.atleast_2d(targets) @ prior.root
    joint = half @ half.T + np.asarray(covariance, dtype=float)
    cross = wanted @ half.T
    variance = float(np.square(wanted).sum())
    rows: Mapping[object, list[int]] = {
        name: [n for n, other in enumerate(groups) if other == name] for name in dict.fromkeys(groups)
    }
    left = dict(rows)
    for name in given:
        joint, cross, variance = _with(left.pop(name), joint, cross, variance)
    chosen: list[tuple[object, float]] = []
    while left and len(chosen) < count:
        gain = {name: _gain(own, joint, cross) for name, own in left.items()}
        best = max(gain, key=lambda name: gain[name])
        joint, cross, variance = _with(left.pop(best), joint, cross, variance)
        chosen.append((best, variance))
    return chosen


def _gain(rows: list[int], joint: Array, cross: Array) -> float:
    own = cross[:, rows]
    return float(np.sum(own.T * np.linalg.solve(joint[np.ix_(rows, rows)], own.T)))


def _with(rows: list[int], joint: Array, cross: Array, variance: float) -> tuple[Array, Array, float]:
    """Condition what is left on a group of rows: joint and cross covariance, and summed variance, after it."""
    gain = _gain(rows, joint, cross)
    known = np.linalg.solve(joint[np.ix_(rows, rows)], joint[rows])
    return joint - joint[:, rows] @ known, cross - cross[:, rows] @ known, variance - gain


def _last_sd(columns: Array, covariance: Array) -> float:
    """Standard deviation of the last unknown of a least-squares fit; infinite where the columns do not tell it."""
    if len(columns) < columns.shape[1]:
        return float("inf")
    factor = scipy.linalg.cholesky(covariance, lower=True)
    white = scipy.linalg.solve_triangular(factor, columns, lower=True)
    triangle = np.abs(np.diag(np.linalg.qr(white, mode="r")))
    if triangle[-1] <= 1e-9 * np.linalg.norm(white[:, -1]) or triangle.min() == 0.0:
        return float("inf")
    return float(1.0 / triangle[-1])
