"""How many earthquakes: the law of the number of events of a cascade, and mixtures of it over draws of its parameters.

Independent events arrive with mean L and each event has a Poisson number of direct aftershocks with mean r, as have
those in their turn. The number of all of them follows the generalised Poisson law (Consul and Jain 1973,
doi:10.1080/00401706.1973.10489112):

    P(n) = L (L + r n)^(n-1) exp(-L - r n) / n!        mean L/(1-r), variance L/(1-r)^3, 0 <= r < 1

Generations are not independent, as the public chain takes them: at mean 15 of first events and r = 0.3 the variance is
43.7 and not 23.5. With r = 0 it is the law of Poisson.

Where productivity grows with magnitude, the mean number of direct aftershocks of an event is random itself, with mean r
and variance v (magnitudes independent of those before). Then

    mean L/(1-r), variance L (1+v)/(1-r)^3, P(0) = exp(-L)

and the law has no closed form. `matched` gives the generalised Poisson law with that mean and variance, whose P(0) is
exp(-L / sqrt(1+v)), too large; where P(0) or "no event from m" is what is asked, `chance_of_none` and its form by
magnitude are exact.

A mixture weighs the law of each draw of the parameters: what is not known about the mean then widens the counts. A
probability mass function is an array over 0, 1, ... on its last axis.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln, xlogy

LEFT_OUT = 1e-12
"""Probability beyond the last count of a table, about."""

_TINY = 1e-300

LogPmf = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Law of counts: natural log of the probability of n, from n and two parameters, which broadcast."""


def generalised_poisson(n: np.ndarray, rate: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Natural log of P(n) with mean `rate` of first events and branching ratio `r`; arguments broadcast."""
    n, rate, r = (np.asarray(value, dtype=np.float64) for value in (n, rate, r))
    grown = rate + r * n
    with np.errstate(divide="ignore"):
        first = np.where(n > 0.0, np.log(rate), 0.0)
    return first + np.maximum(n - 1.0, 0.0) * np.log(np.maximum(grown, _TINY)) - grown - gammaln(n + 1.0)


def negative_binomial(n: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Natural log of P(n) of the negative binomial law with this mean and variance; arguments broadcast.

    With the variance equal to the mean, or below it, it is the law of Poisson.
    """
    n, mean, variance = (np.asarray(value, dtype=np.float64) for value in (n, mean, variance))
    poisson = xlogy(n, mean) - mean - gammaln(n + 1.0)
    excess = variance - mean
    over = (excess > 1e-9 * mean) & (mean > 0.0)
    safe_mean, safe_excess = np.where(over, mean, 1.0), np.where(over, excess, 1.0)
    size = safe_mean**2 / safe_excess
    share = safe_excess / (safe_mean + safe_excess)  # of each further event
    log_value = gammaln(n + size) - gammaln(size) - gammaln(n + 1.0) + size * np.log1p(-share) + xlogy(n, share)
    return np.where(over, log_value, poisson)


def moments(rate: np.ndarray, r: np.ndarray, v: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the count of a cascade; `v` is the variance of the mean number of direct aftershocks."""
    return rate / (1.0 - r), rate * (1.0 + v) / (1.0 - r) ** 3


def matched(rate: np.ndarray, r: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parameters (L', r') of the generalised Poisson law with the mean and variance of a cascade with spread `v`.

    (1 - r')^2 = (1 - r)^2 / (1 + v), L' = L (1 - r')/(1 - r).
    """
    rest = (1.0 - r) / np.sqrt(1.0 + v)
    return rate * rest / (1.0 - r), 1.0 - rest


def productivity(offspring: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
    """Branching ratio r and spread v from the mean number of direct aftershocks (magnitude,) and its probability."""
    r = float(probability @ offspring)
    return r, float(probability @ (offspring - r) ** 2)


def pmf(law: LogPmf, first: np.ndarray, second: np.ndarray, last: int | None = None) -> np.ndarray:
    """Probabilities of 0, 1, ..., `last` (by default all but about 1e-12) of a law; (..., count)."""
    first, second = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    n = np.arange((_last(law, first, second) if last is None else last) + 1)
    return np.exp(law(n, first[..., None], second[..., None]))


def mixture(
    law: LogPmf, first: np.ndarray, second: np.ndarray, weight: np.ndarray, last: int | None = None
) -> np.ndarray:
    """Probabilities of the counts over draws of the parameters; (..., count).

    `first`, `second` (draw, ...) are the parameters of `law`, `weight` (draw,) sums to one. All cells share one length.
    """
    first, second = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    n = np.arange((_last(law, first, second) if last is None else last) + 1)
    a, b = first.reshape(first.shape[0], -1), second.reshape(first.shape[0], -1)
    columns = [weight @ np.exp(law(n, a[:, [i]], b[:, [i]])) for i in range(a.shape[1])]
    return np.stack(columns).reshape(*first.shape[1:], n.size)


def mixture_log(law: LogPmf, n: np.ndarray, first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Natural log of the probability of `n` (...,) in such a mixture, however far in the tail; (...,)."""
    each = law(np.asarray(n), first, second)
    top = each.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log(np.tensordot(weight, np.exp(each - safe), axes=1))


def _last(law: LogPmf, first: np.ndarray, second: np.ndarray) -> int:
    """Count beyond which next to nothing lies, for the draw that reaches furthest."""
    last, floor = 16, np.log(LEFT_OUT)
    while True:
        log_value, before = law(np.array(last), first, second), law(np.array(last - 1), first, second)
        with np.errstate(invalid="ignore"):
            shrink = -np.expm1(np.minimum(log_value - before, 0.0))  # the tail is at most a geometric series of these
            tail = log_value - np.log(np.maximum(shrink, _TINY))
        if not (np.where(np.isneginf(log_value), -np.inf, tail) > floor).any():
            return last
        last += last // 2


def cdf(probability: np.ndarray) -> np.ndarray:
    """P(N <= n) for each n of a table of probabilities; (..., count), at most one."""
    return np.minimum(np.cumsum(probability, axis=-1), 1.0)


def quantile(probability: np.ndarray, at: np.ndarray | float) -> np.ndarray:
    """Smallest count whose cumulative probability reaches `at` (p...); (p..., ...) of integers."""
    below = cdf(probability)
    target = np.asarray(at, dtype=np.float64)
    target = target.reshape(*target.shape, *(1,) * below.ndim) - 1e-12
    return np.minimum((below < target).sum(axis=-1), below.shape[-1] - 1)


def table_moments(probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a table of probabilities (..., count)."""
    n = np.arange(probability.shape[-1])
    mean = probability @ n
    return mean, probability @ n**2 - mean**2


def sample(rng: np.random.Generator, rate: np.ndarray, r: np.ndarray, size: int | tuple[int, ...]) -> np.ndarray:
    """Numbers of events drawn as cascades, generation by generation; `size`."""
    generation = rng.poisson(rate, size)
    total = generation.copy()
    while generation.any():
        generation = rng.poisson(r * generation)
        total += generation
    return total


def chance_of_none(rate: np.ndarray, r: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Probability that no event of a cascade is of a kind that each is with probability `share`, such as M >= m.

    exp(-L (1 - q)), where q is the smallest root of q = (1 - share) exp(-r (1 - q)): no event of the cascade of one
    event. Productivity is the same for all events. Arguments broadcast.
    """
    r, share = np.asarray(r, dtype=np.float64), np.asarray(share, dtype=np.float64)
    r, share = np.broadcast_arrays(r, share)
    return np.exp(-np.asarray(rate) * _some(r[..., None], 1.0 - share[..., None], share))


def chance_of_none_from(
    rate: np.ndarray, offspring: np.ndarray, probability: np.ndarray, first: int | np.ndarray
) -> np.ndarray:
    """Probability that no event of a cascade has a magnitude in bin `first` or above, with productivity by magnitude.

    q = sum over bins below `first` of p_i exp(-k_i (1 - q)), exact for magnitudes independent of those before.
    `offspring` k and `probability` p (magnitude,); `rate` and `first` broadcast.
    """
    first = np.asarray(first)
    below = np.where(np.arange(probability.size) < first[..., None], probability, 0.0)
    share = np.where(np.arange(probability.size) >= first[..., None], probability, 0.0).sum(axis=-1)
    return np.exp(-np.asarray(rate) * _some(np.broadcast_to(offspring, below.shape), below, share))


def _some(k: np.ndarray, p: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Chance u = 1 - q that the cascade of one event holds one of the kind: smallest root of u = 1 - sum p exp(-k u).

    `k`, `p` (..., bin) are the productivity and probability of events not of the kind, share + sum p = 1. The function
    u - share - sum p (1 - exp(-k u)) is convex and not negative at 1: Newton from there comes down to the root, and
    loses no digits when `share` is tiny.
    """
    u = np.ones(share.shape)
    for _ in range(100):
        fertile = p * np.expm1(-k * u[..., None])
        value = u - share + fertile.sum(axis=-1)
        slope = 1.0 - (k * (fertile + p)).sum(axis=-1)
        step = value / np.where(slope > 0.0, slope, 1.0)
        u = np.maximum(u - step, share)
        if (np.abs(step) <= 1e-14 * u).all():
            break
    return u
