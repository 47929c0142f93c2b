"""Rate of loss of containment: the hazard curve at an installation times its fragility.

    rate = integral of F(a) |d lambda(a)|

lambda(a) is the yearly rate at which the peak ground acceleration at the surface exceeds a, F the chance of loss at a.
Between two points of the curve lambda is a power law k0 a^-k, so the piece from lo to hi is exact for a lognormal F:

    I(lo, hi) = F(lo) lambda(lo) - F(hi) lambda(hi) + k0 theta^-k exp(k^2 beta^2 / 2) [Phi(z(hi)) - Phi(z(lo))]
    z(a) = (ln a - ln theta + k beta^2) / beta

The first two terms are those at the ends. They are easily lost: the last alone is the integral of lambda dF, which is
another number on a curve that begins and ends. What lies beyond the table is not guessed: see `Rate`.

    curve = hazard([0.01, 0.1, 1.0], [0.2, 5e-3, 2e-7])
    found = rate(curve, Lognormal(median_g=0.68, beta=0.75))
    found.per_year, found.low, found.high

Rates are per year; `probability_per_year` makes a chance of one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

Array = NDArray[np.float64]

HCLPF_Z: Final = 2.326
"""Standard normal quantile of 99 %: a capacity with 1 % chance of failure lies exp(2.326 beta) below the median."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Chance of a damage state or worse given the acceleration: Phi(ln(a / median) / beta). `beta` is of ln a."""

    median_g: float
    beta: float

    def __post_init__(self) -> None:  # noqa: D105
        problems = [
            _wrong(name, value, "expected.greater_than", limit=0)
            for name, value in (("median_g", self.median_g), ("beta", self.beta))
            if not (math.isfinite(value) and value > 0.0)
        ]
        if problems:
            raise InputError(problems)

    def at(self, pga_g: ArrayLike) -> Array:
        """Chance at each acceleration (g)."""
        return ndtr(np.log(np.asarray(pga_g, float) / self.median_g) / self.beta)


@dataclass(frozen=True, slots=True)
class Mixture:
    """A unit that is in one condition or another: a share of the time for each, such as nearly full and nearly empty.

    Shares that sum to less than one leave the rest of the time without loss.
    """

    parts: tuple[tuple[float, Lognormal], ...]

    def at(self, pga_g: ArrayLike) -> Array:
        """Chance at each acceleration (g)."""
        return np.sum([share * part.at(pga_g) for share, part in self.parts], axis=0) + np.zeros(np.shape(pga_g))


Fragility = Lognormal | Mixture


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard curve at one place: accelerations at the surface (g, ascending) and yearly rates of exceeding them."""

    pga_g: tuple[float, ...]
    rate_per_year: tuple[float, ...]

    @property
    def slopes(self) -> Array:
        """Exponent k of each piece, (level - 1,): lambda = k0 a^-k."""
        return -np.diff(np.log(self.rate_per_year)) / np.diff(np.log(self.pga_g))

    def at(self, pga_g: ArrayLike) -> Array:
        """Yearly rate of exceeding each acceleration, straight between points in ln-ln; NaN outside the table."""
        ln_a = np.log(np.asarray(pga_g, float))
        return np.exp(np.interp(ln_a, np.log(self.pga_g), np.log(self.rate_per_year), np.nan, np.nan))

    def scaled(self, factor: float) -> "Hazard":
        """Return the curve with all rates times a factor."""
        return Hazard(self.pga_g, tuple(factor * rate for rate in self.rate_per_year))


@dataclass(frozen=True, slots=True)
class Rate:
    """A yearly rate from a curve that begins at `from_g` and ends at `to_g`, and what may lie beyond its ends.

    `per_year` counts shaking between the two. Stronger shaking adds between `tail_low` and `tail_high`: all of it does
    harm at least as often as at `to_g`, at most always. Weaker shaking adds at most `below_at_most`, where the curve is
    no steeper below its first point than just above it, as hazard curves are.
    """

    per_year: float
    from_g: float
    to_g: float
    tail_low: float
    tail_high: float
    below_at_most: float

    @property
    def low(self) -> float:
        """Least that the rate can be, tail counted."""
        return self.per_year + self.tail_low

    @property
    def high(self) -> float:
        """Most that the rate can be."""
        return self.per_year + self.tail_high + self.below_at_most


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """A hazard that is k0 a^-k everywhere: a curve without ends, for hand calculations and as a limit in tests."""

    k0: float
    k: float

    def at(self, pga_g: ArrayLike) -> Array:
        """Yearly rate of exceeding each acceleration."""
        return self.k0 * np.asarray(pga_g, float) ** -self.k

    def table(self, pga_g: Sequence[float]) -> Hazard:
        """Return the same hazard as a table on these accelerations."""
        return hazard(pga_g, self.at(pga_g))


def hazard(pga_g: ArrayLike, rate_per_year: ArrayLike, where: str = "hazard") -> Hazard:
    """Check a table and return it; rates of zero at its end are left out, for they have no logarithm.

    Raises:
        InputError: E503 where accelerations do not rise from above zero, rates rise or are no numbers above zero, or
            fewer than two points are left.
    """
    a, rates = np.atleast_1d(np.asarray(pga_g, float)), np.atleast_1d(np.asarray(rate_per_year, float))
    problems = []
    if a.size != rates.size:
        problems.append(_wrong(where, f"{a.size} / {rates.size}", "industry_risk.expected.pairs"))
    if not (np.isfinite(a).all() and (a > 0.0).all() and (np.diff(a) > 0.0).all()):
        problems.append(_wrong(f"{where}.pga_g", a.tolist(), "industry_risk.expected.rising"))
    kept = rates[: rates.size - int(np.argmax(rates[::-1] > 0.0))] if (rates > 0.0).any() else rates[:0]
    if not (np.isfinite(rates).all() and (kept > 0.0).all() and (np.diff(kept) <= 0.0).all()) or (rates < 0.0).any():
        problems.append(_wrong(f"{where}.rate_per_year", rates.tolist(), "industry_risk.expected.falling"))
    if not problems and kept.size < 2:
        problems.append(_wrong(f"{where}.rate_per_year", rates.tolist(), "industry_risk.expected.two_points"))
    if problems:
        raise InputError(problems)
    return Hazard(tuple(a[: kept.size].tolist()), tuple(kept.tolist()))


def through_two_points(pga_1_g: float, rate_1: float, pga_2_g: float, rate_2: float) -> PowerLaw:
    """The power law through two points of a hazard curve: k = ln(rate_1 / rate_2) / ln(pga_2 / pga_1).

    >>> law = through_two_points(0.10, 1 / 475, 0.19, 1 / 2475)
    >>> f"{law.k:.6f} {law.k0:.6e}"
    '2.571739 5.643741e-06'
    """
    checked = hazard([pga_1_g, pga_2_g], [rate_1, rate_2])
    k = float(checked.slopes[0])
    return PowerLaw(rate_1 * pga_1_g**k, k)


def return_level(curve: Hazard, return_period_yr: float) -> float:
    """Acceleration (g) that is exceeded once in so many years on average, straight in ln-ln between the points.

    -inf where even the first point is exceeded less often, inf where the last is exceeded more often.
    """
    rate_ = 1.0 / return_period_yr
    if rate_ > curve.rate_per_year[0]:
        return -math.inf
    if rate_ < curve.rate_per_year[-1]:
        return math.inf
    ln_rates, ln_a = np.log(curve.rate_per_year), np.log(curve.pga_g)
    return float(np.exp(np.interp(-math.log(rate_), -ln_rates, ln_a)))


def return_period(probability: float, years: float) -> float:
    """Return period (years) of a level that is exceeded with this chance in so many years.

    >>> round(return_period(0.10, 50), 3), round(return_period(0.02, 50), 3)
    (474.561, 2474.916)
    """
    return -years / math.log1p(-probability)


def probability(rate_per_year: float, years: float = 1.0) -> float:
    """Chance of at least one in so many years, of independent events with a yearly rate."""
    return -math.expm1(-rate_per_year * years)


def decline_average(yearly_decline: float, years: int) -> float:
    """Average over so many years of a rate that falls by a share each year, as a share of the first year.

    >>> round(decline_average(0.12, 10), 5)
    0.60125
    """
    return float(np.mean((1.0 - yearly_decline) ** np.arange(years)))


def median_from_hclpf(capacity_g: float, beta: float) -> float:
    """Median (g) where a check shows no loss at `capacity_g`, read as a capacity with 1 % chance of failure.

    theta = a_R exp(2.326 beta). The check says nothing of beta: it is assumed, and the answer hangs on it.
    """
    return capacity_g * math.exp(HCLPF_Z * beta)


def rate(curve: Hazard | PowerLaw, fragility: Fragility) -> Rate:
    """Yearly rate of a damage state or worse, exact for the curve as it is read (straight in ln-ln).

    A `PowerLaw` has no ends: k0 theta^-k exp(k^2 beta^2 / 2), and nothing beyond.
    """
    if isinstance(fragility, Mixture):
        return _mixed(curve, fragility)
    if isinstance(curve, PowerLaw):
        ln_rate = math.log(curve.k0) - curve.k * math.log(fragility.median_g) + 0.5 * (curve.k * fragility.beta) ** 2
        return Rate(math.exp(ln_rate), 0.0, math.inf, 0.0, 0.0, 0.0)
    within, below = _integral(curve, np.array([fragility.median_g]), np.array([fragility.beta]))
    at_end = float(fragility.at(curve.pga_g[-1]))
    return _found(curve, float(within[0]), at_end, float(below[0]))


def rates(curve: Hazard, median_g: ArrayLike, beta: ArrayLike) -> Array:
    """`rate(...).per_year` for many lognormals at once, in the shape of the medians."""
    medians, betas = np.broadcast_arrays(np.asarray(median_g, float), np.asarray(beta, float))
    return _integral(curve, medians.ravel(), betas.ravel())[0].reshape(medians.shape)


def parts_of(fragility: Fragility) -> tuple[tuple[float, Lognormal], ...]:
    """Shares of the time and the lognormal of each, one for a unit in a single condition."""
    return ((1.0, fragility),) if isinstance(fragility, Lognormal) else fragility.parts


def exclusive(of_states: Mapping[str, float]) -> dict[str, float]:
    """Rate of each state and no worse, from rates of each state or worse in rising order of damage.

    They sum to the rate of the first. Raises `InputError` E503 where a worse state has the higher rate: the curves
    cross, and a difference would be a negative rate.
    """
    names, values = list(of_states), [*of_states.values(), 0.0]
    wrong = [
        _wrong(worse, values[i + 1], "industry_risk.expected.no_worse", state=names[i], rate=values[i])
        for i, worse in enumerate(names[1:])
        if values[i + 1] > values[i]
    ]
    if wrong:
        raise InputError(wrong)
    return {name: values[i] - values[i + 1] for i, name in enumerate(names)}


def at_least(curve: Hazard, units: Sequence[Fragility]) -> tuple[Rate, ...]:
    """Yearly rate of earthquakes in which at least 1, 2, ... units of one site are lost.

    The units share the shaking; given its peak acceleration they fail independently of each other. So the rates of
    single units must not be added: at least one is the integral of 1 - prod(1 - F_i(a)) |d lambda(a)|. Of n units the
    chance of at least m at an acceleration is that of a sum of unequal coins. Integrated by Gauss-Legendre on pieces
    of ln a no longer than the smallest beta; with one unit it equals `rate` to 1e-9 of it.
    """
    if not units:
        raise InputError(_wrong("units", "–", "expected.too_short", limit=1))
    longest = min((part.beta for unit in units for _, part in parts_of(unit)), default=1.0)
    ln_a, weight = _quadrature(curve, longest)
    chance = _counts(np.array([unit.at(np.exp(ln_a)) for unit in units]))
    ends = _counts(np.array([unit.at(np.array(curve.pga_g)) for unit in units]))
    below = _below_at_most(curve, units)
    return tuple(
        _found(curve, float(weight @ chance[m]), float(ends[m, -1]), below / (m + 1)) for m in range(len(units))
    )


def _found(curve: Hazard, within: float, at_end: float, below: float) -> Rate:
    last = curve.rate_per_year[-1]
    return Rate(within, curve.pga_g[0], curve.pga_g[-1], at_end * last, last, below)


def _integral(curve: Hazard, median: Array, beta: Array) -> tuple[Array, Array]:
    """Exact integral over the table, and that of the first piece carried on to zero; each (fragility,)."""
    a, rates_ = np.array(curve.pga_g), np.array(curve.rate_per_year)
    if rates_[0] == 0.0:  # a curve of zeros: nothing happens
        return np.zeros(median.shape), np.zeros(median.shape)
    chance = ndtr(np.log(a / median[:, None]) / beta[:, None])
    ends = chance[:, :-1] * rates_[:-1] - chance[:, 1:] * rates_[1:]
    k = curve.slopes
    ln_scale = _ln_scale(curve, k, median[:, None], beta[:, None])
    low, high = (_z(a[part], k, median, beta) for part in (slice(None, -1), slice(1, None)))
    within = np.where(k > 0.0, ends + np.exp(ln_scale + _ln_normal_between(low, high)), 0.0).sum(axis=1)
    with np.errstate(over="ignore"):  # a first piece so steep that it bounds nothing
        below = np.exp(ln_scale[:, 0] + log_ndtr(low[:, 0])) - chance[:, 0] * rates_[0]
    return np.maximum(within, 0.0), np.maximum(below, 0.0)


def _ln_scale(curve: Hazard, k: Array, median: Array, beta: Array) -> Array:
    """Logarithm of k0 theta^-k exp(k^2 beta^2 / 2), (fragility, piece): its parts overflow on steep pieces."""
    ln_k0 = np.log(curve.rate_per_year[:-1]) + k * np.log(curve.pga_g[:-1])
    return ln_k0 - k * np.log(median) + 0.5 * (k * beta) ** 2


def _z(a: Array, k: Array, median: Array, beta: Array) -> Array:
    return (np.log(a / median[:, None]) + k * beta[:, None] ** 2) / beta[:, None]


def _ln_normal_between(low: Array, high: Array) -> Array:
    """ln [Phi(high) - Phi(low)], from the tail that is nearer, so that no digits are lost."""
    flip = low > 0.0
    small, large = np.where(flip, -high, low), np.where(flip, -low, high)
    ln_large = log_ndtr(large)
    with np.errstate(divide="ignore"):
        return ln_large + np.log1p(-np.exp(log_ndtr(small) - ln_large))


def _quadrature(curve: Hazard, longest: float) -> tuple[Array, Array]:
    """Points (ln g) and weights of |d lambda| over the table: 16 on each piece, none longer than `longest` in ln a."""
    points, weights = [], []
    for ln_low, ln_high, k, rate_ in zip(
        np.log(curve.pga_g[:-1]), np.log(curve.pga_g[1:]), curve.slopes, curve.rate_per_year[:-1], strict=True
    ):
        ends = np.linspace(ln_low, ln_high, max(int(np.ceil((ln_high - ln_low) * max(1.0, k / 4.0) / longest)), 1) + 1)
        half = 0.5 * np.diff(ends)[:, None]
        ln_a = (ends[:-1, None] + half) + half * _NODES
        points.append(ln_a.ravel())
        weights.append((half * _WEIGHTS * k * rate_ * np.exp(-k * (ln_a - ln_low))).ravel())
    return np.concatenate(points), np.concatenate(weights)


def _counts(chance: Array) -> Array:
    """Chance of at least 1, 2, ... n of n independent units, (n, level), from the chance of each (n, level)."""
    exactly = np.zeros((chance.shape[0] + 1, chance.shape[1]))
    exactly[0] = 1.0
    for one in chance:
        exactly[1:] = exactly[1:] * (1.0 - one) + exactly[:-1] * one
        exactly[0] *= 1.0 - one
    return np.cumsum(exactly[:0:-1], axis=0)[::-1]


def _below_at_most(curve: Hazard, units: Sequence[Fragility]) -> float:
    """Expected units lost in a year by shaking below the table; by Markov at least m are lost 1/m times as often."""
    return sum(rate(curve, unit).below_at_most for unit in units)


def _mixed(curve: Hazard | PowerLaw, mixture: Mixture) -> Rate:
    found = [(share, rate(curve, part)) for share, part in mixture.parts]
    law = isinstance(curve, PowerLaw)
    ends = (0.0, math.inf) if law else (curve.pga_g[0], curve.pga_g[-1])
    within, tail, below = (
        sum(share * getattr(one, name) for share, one in found) for name in ("per_year", "tail_low", "below_at_most")
    )
    return Rate(within, *ends, tail, 0.0 if law else curve.rate_per_year[-1], below)


def _wrong(where: str, got: object, expected: str, **limits: object) -> Problem:
    example = "median_g = 0.68" if expected.startswith("expected.") else Phrase("industry_risk.example.hazard")
    return Problem("E503", where, {"got": got, "expected": Phrase(expected, limits), "example": example})
