"""A likelihood beside those of catalogues drawn from the forecast itself: what the simulated tests share."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

_ALIKE = 1e-8  # difference of log-likelihoods that is rounding


@dataclass(frozen=True, slots=True)
class Simulated:
    """Log-likelihood that was `observed` and those of catalogues drawn from the forecast, `simulated` (simulation,)."""

    observed: float
    simulated: np.ndarray

    @property
    def quantile(self) -> float:
        """Share of the drawn catalogues that are no likelier than the observed one; nan without events to judge.

        Near zero, the forecast says that what happened hardly could. The tests of consistency are one-sided. Under a
        law of Gutenberg and Richter many catalogues are equally likely: those count, whatever rounding makes of them.
        """
        if np.isnan(self.observed):
            return float("nan")
        return float(np.mean(self.simulated <= self.observed + _ALIKE))


NOTHING = Simulated(float("nan"), np.empty(0))
"""Outcome of a conditional test where nothing happened."""


def given_the_count(rng: np.random.Generator, rate: np.ndarray, bins: np.ndarray, simulations: int) -> Simulated:
    """Judge in which bins the events fell, given their number n; `rate` (bin,), `bins` (event,) indices.

    Rates are scaled to sum to n, and the likelihood is that of independent Poisson counts w in the bins,
    sum (w ln(rate) - rate - ln w!); catalogues are drawn with n events.
    """
    n = bins.size
    if n == 0:
        return NOTHING
    log_share = _log_share(rate)
    constant = n * np.log(n) - n
    drawn = _joint(rng, log_share, np.full(simulations, n))
    return Simulated(constant + _one(log_share, bins), constant + drawn)


def with_the_count(
    rng: np.random.Generator, rate: np.ndarray, bins: np.ndarray, log_pmf: np.ndarray, simulations: int
) -> Simulated:
    """Judge the number of events and the bins in which they fell; `log_pmf` (count,) is the law of their number.

    The likelihood is ln P(n) + ln n! + sum (w ln share - ln w!); with the law of Poisson that is the likelihood of
    independent counts in the bins. A number beyond `log_pmf` is impossible.
    """
    log_share = _log_share(rate)
    below = np.cumsum(np.exp(log_pmf))
    counts = np.searchsorted(below, rng.random(simulations) * below[-1], side="right")
    term = log_pmf + gammaln(np.arange(log_pmf.size) + 1.0)
    observed = term[bins.size] if bins.size < term.size else -np.inf
    return Simulated(float(observed + _one(log_share, bins)), term[counts] + _joint(rng, log_share, counts))


def _log_share(rate: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(rate / rate.sum())


def _one(log_share: np.ndarray, bins: np.ndarray) -> float:
    """Sum of w ln share - ln w! of one catalogue."""
    _, repeated = np.unique(bins, return_counts=True)
    return float(log_share[bins].sum() - gammaln(repeated + 1.0).sum())


def _joint(rng: np.random.Generator, log_share: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Sum of w ln share - ln w! of catalogues with `counts` (simulation,) events drawn by the shares."""
    below = np.cumsum(np.exp(log_share))
    which = np.repeat(np.arange(counts.size), counts)
    bins = np.searchsorted(below, rng.random(which.size) * below[-1], side="right")
    value = np.bincount(which, log_share[bins], counts.size)
    both, repeated = np.unique(which * log_share.size + bins, return_counts=True)
    return value - np.bincount(both // log_share.size, gammaln(repeated + 1.0), counts.size)
