"""One forecast against another: information gain, T-test and W-test.

Rhoades, Schorlemmer, Gerstenberger, Christophersen, Zechar and Imoto (2011), doi:10.2478/s11600-011-0013-5.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

_EXACT_UP_TO = 60  # differences; the distribution of the sum of ranks is then enumerated


@dataclass(frozen=True, slots=True)
class Gain:
    """Information gain per event of A over B (natural log units) and its standard error; a T-test."""

    per_event: float
    standard_error: float
    events: int

    @property
    def t(self) -> float:
        """Gain over its standard error."""
        return self.per_event / self.standard_error if self.standard_error > 0.0 else float("nan")

    @property
    def p_value(self) -> float:
        """Probability under Student's law of a t at least so far from zero, if neither is better; nan if undefined."""
        return float(2.0 * stdtr(self.events - 1, -abs(self.t))) if self.standard_error > 0.0 else float("nan")

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of the gain."""
        if self.events < 2:
            return float("nan"), float("nan")
        reach = float(stdtrit(self.events - 1, 0.5 + level / 2.0)) * self.standard_error
        return self.per_event - reach, self.per_event + reach


def t_test(log_rate_a: np.ndarray, log_rate_b: np.ndarray, total_a: float, total_b: float) -> Gain:
    """Information gain per event of forecast A over B, with its standard error.

        I = (1/n) sum (ln a_i - ln b_i) - (A - B)/n,   error = s / sqrt(n)

    `log_rate_a`, `log_rate_b` (event,) are the logs of the rates of both in the bin and period of each event, A and B
    their totals over all bins and periods, s the standard deviation of the differences of logs. For gridded Poisson
    rates I is the difference of the joint log-likelihoods over n, exactly. Without events it is undefined (nan).
    """
    n = log_rate_a.size
    if n == 0:
        return Gain(float("nan"), float("nan"), 0)
    difference = log_rate_a - log_rate_b
    error = float(np.std(difference, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return Gain(float(difference.mean() - (total_a - total_b) / n), error, n)


def w_test(log_rate_a: np.ndarray, log_rate_b: np.ndarray, total_a: float, total_b: float) -> float:
    """W-test: two-sided p-value of the signed-rank test of Wilcoxon that the median gain is zero.

    Arguments as in `t_test`; asks no normal law of the differences, only a symmetric one. Exact over all signs (ties
    have their mean rank) up to 60 events, by the normal law beyond; differences of zero do not count. The paper has the
    normal law throughout. nan without any difference.
    """
    n = log_rate_a.size
    difference = log_rate_a - log_rate_b - (total_a - total_b) / max(n, 1)
    difference = difference[difference != 0.0]
    if difference.size == 0:
        return float("nan")
    _, place, repeated = np.unique(np.abs(difference), return_inverse=True, return_counts=True)
    twice = (2 * np.cumsum(repeated) - repeated + 1)[place]  # twice the mean rank, a whole number
    positive = int(twice[difference > 0.0].sum())
    if difference.size > _EXACT_UP_TO:
        z = (positive - twice.sum() / 2.0) / np.sqrt((twice.astype(np.float64) ** 2).sum() / 4.0)
        return float(2.0 * ndtr(-abs(z)))
    chance = np.zeros(int(twice.sum()) + 1)
    chance[0] = 1.0
    for rank in twice:
        chance[rank:] += chance[:-rank].copy()
        chance /= 2.0
    return float(min(1.0, 2.0 * min(chance[: positive + 1].sum(), chance[positive:].sum())))
