"""The band of an answer and what drives it: each uncertain input as a few equally likely, or weighted, options.

    inputs = {"hazard": normal(), "median": normal(), "fragility": Options((set_a, set_b))}
    found = band(lambda chosen: rate_of(chosen["hazard"], ...), inputs)
    found.mean, found.p16, found.p84, found.drivers

All combinations are taken, inputs independent of each other; fractiles are values of combinations, nothing is drawn.
A driver is the band by one input alone with the others at their base or middle option: that says which knowledge would
narrow the answer, not which input is largest.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy.special import ndtri

from mijnrisico.core.curve import weighted_fractile

FRACTILES: Final = (0.16, 0.5, 0.84)
STEPS: Final = 22
"""Options of a continuous input: with so many, 16 and 84 % fall in the middle of one."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an uncertain input may be, in a rising order where it has one, with weights that sum to one.

    `base` is what holds while another input is the driver; without one, the option in the middle of the weight.
    """

    values: tuple[object, ...]
    weights: tuple[float, ...] = ()
    base: object = None

    @property
    def probability(self) -> tuple[float, ...]:
        """Weights, equal where none were given."""
        return self.weights or (1.0 / len(self.values),) * len(self.values)

    @property
    def middle(self) -> object:
        """What holds while another input varies: the base, or the option that holds the middle of the weight."""
        if self.base is not None:
            return self.base
        at = int(np.searchsorted(np.cumsum(self.probability), 0.5 - 1e-12))
        return self.values[at]


@dataclass(frozen=True, slots=True)
class Driver:
    """The band that one input alone makes; `ratio` is high over low."""

    name: str
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """How many times the high end is the low one; inf where the low one is zero."""
        return self.high / self.low if self.low > 0.0 else math.inf if self.high > 0.0 else 1.0


@dataclass(frozen=True, slots=True)
class Band:
    """Mean, 16, 50 and 84 % over all combinations, and the drivers, widest first."""

    mean: float
    p16: float
    p50: float
    p84: float
    drivers: tuple[Driver, ...]


def normal(count: int = STEPS) -> Options:
    """A standard normal number as so many equally likely values, each the middle of its part."""
    return Options(tuple(float(ndtri((k + 0.5) / count)) for k in range(count)))


def factors(low: float, high: float, count: int = STEPS) -> Options:
    """A lognormal factor that is below `low` with 16 % chance and below `high` with 84 %, as equally likely values."""
    middle, spread = 0.5 * math.log(low * high), 0.5 * math.log(high / low) / float(ndtri(0.84))
    return Options(tuple(math.exp(middle + spread * z) for z in normal(count).values))  # pyright: ignore[reportOperatorIssue]


def band(evaluate: Callable[[Mapping[str, object]], float], inputs: Mapping[str, Options]) -> Band:
    """Evaluate all combinations of the options, and each input alone."""
    names = list(inputs)
    values, weights = [], []
    for chosen in product(*(zip(each.values, each.probability, strict=True) for each in inputs.values())):
        values.append(evaluate({name: value for name, (value, _) in zip(names, chosen, strict=True)}))
        weights.append(math.prod(weight for _, weight in chosen))
    p16, p50, p84 = map(float, weighted_fractile(values, weights, FRACTILES))
    middle = {name: each.middle for name, each in inputs.items()}
    drivers = [_driver(evaluate, middle, name, each) for name, each in inputs.items()]
    drivers.sort(key=lambda each: (-each.ratio, each.name))
    return Band(float(np.dot(values, weights)), p16, p50, p84, tuple(drivers))


def _driver(
    evaluate: Callable[[Mapping[str, object]], float], middle: Mapping[str, object], name: str, of: Options
) -> Driver:
    alone = [evaluate({**middle, name: value}) for value in of.values]
    low, _, high = map(float, weighted_fractile(alone, of.probability, FRACTILES))
    return Driver(name, low, high)
