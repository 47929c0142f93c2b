"""One b-value for the whole field: the law of Gutenberg and Richter (1944) with nothing that changes it.

Two likelihoods of b. That of the magnitudes from a completeness, rounded to 0.1; and b-positive (van der Elst 2021,
doi:10.1029/2020JB021027), of the rises from one event to the next, which asks only that an event larger than the one
before it is not missed, and so does not depend on how the completeness of the network changed.
"""

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.magnitude import estimate
from mijnrisico.seismic.magnitude.gutenberg_richter import HALF_BIN, log_probability

NAME = "constant"
PARAMETERS = ("b",)

MODEL = Model(
    name=NAME,
    role="magnitude",
    predicts={"b_value": "1"},
    needs={"catalogue": "events"},
    valid={"magnitude": (1.5, 3.6)},
    source="Gutenberg and Richter (1944); Tinti and Mulargia (1987); van der Elst (2021), doi:10.1029/2020JB021027",
    departs="a posterior under a flat prior instead of an estimate",
)


def prior_grid() -> np.ndarray:
    """b from 0.4 to 2 in steps of 0.01, a fifth of its error from 357 events, under a flat prior; (161, 1)."""
    return np.linspace(0.4, 2.0, 161)[:, None]


def b_value(parameters: np.ndarray, covariate: np.ndarray) -> np.ndarray:
    """b of each combination at each place, whatever `covariate` (n,) says of it; (combination, n)."""
    return np.repeat(parameters[:, :1], covariate.size, axis=1)


def log_likelihood(
    parameters: np.ndarray,
    covariate: np.ndarray,  # noqa: ARG001 - other models need one
    magnitude: np.ndarray,
    magnitude_min: float,
) -> np.ndarray:
    """Log-likelihood of the rounded magnitudes of the events from `magnitude_min`; (combination,).

    Depends on their number and mean alone, and not on `covariate`.
    """
    if magnitude.size == 0:
        return np.zeros(parameters.shape[0])
    return magnitude.size * log_probability(np.array(magnitude.mean()), parameters[:, 0], magnitude_min)


def log_likelihoods(
    parameters: np.ndarray, covariate: np.ndarray, magnitude: np.ndarray, magnitude_min: float
) -> np.ndarray:
    """The same for many members, `covariate` (member, event), which are all alike; (member, combination)."""
    one = log_likelihood(parameters, covariate[0], magnitude, magnitude_min)
    return np.broadcast_to(one, (covariate.shape[0], one.size))


def log_likelihood_of_rises(
    parameters: np.ndarray, magnitude: np.ndarray, smallest_rise: float = estimate.SMALLEST_RISE
) -> np.ndarray:
    """Log-likelihood of the rises of at least `smallest_rise` between events in order of time; (combination,).

    ln [10^(-b (d - d_min)) (1 - 10^(-0.1 b))] for each rise d. Given that it rises, a magnitude above the one before
    follows the same law from there and does not depend on how large that one was, so the rises are independent.
    """
    rise = estimate.rises(magnitude, smallest_rise)
    return log_likelihood(parameters, rise, rise, smallest_rise - HALF_BIN)


def posterior(log_likelihood: np.ndarray) -> np.ndarray:
    """Weight of each combination under the flat prior; sums to one."""
    weight = np.exp(log_likelihood - log_likelihood.max())
    return weight / weight.sum()
