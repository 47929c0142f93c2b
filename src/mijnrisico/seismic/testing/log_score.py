"""Log score of a forecast as a whole: the number of events by its law, their places and magnitudes given the number.

A proper score: on average no other forecast scores higher than the one by which the earthquakes come. Scores of
periods add up, as each is given what was known before it.
"""

import numpy as np
from scipy.special import gammaln


def log_score(log_count: float, rate: np.ndarray, cell: np.ndarray, magnitude: np.ndarray) -> float:
    """ln P(n) + ln n! + sum of ln (share of the rate in the bin of each event).

    `log_count` is ln P(n) of the observed number, `rate` (cell, magnitude) of the period up to a factor, `cell` and
    `magnitude` (event,) indices. With a law of Poisson it equals sum ln rate - total, the likelihood of independent
    events. Bins are as they are: compare forecasts on the same ones. Minus infinity where a rate is zero.
    """
    with np.errstate(divide="ignore"):
        log_share = np.log(rate[cell, magnitude]) - np.log(rate.sum())
    return float(log_count + gammaln(cell.size + 1.0) + log_share.sum())


def score_of_mixture(score: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Score of the mixture of forecasts as wholes, ln sum w exp(score); (period,).

    `score` (period, model), `weight` (model,) or (period, model), each row summing to one.
    """
    top = score.max(axis=-1, keepdims=True)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe[..., 0] + np.log((weight * np.exp(score - safe)).sum(axis=-1))
