"""Number, magnitude and spatial test: Zechar, Gerstenberger and Rhoades (2010), doi:10.1785/0120090192."""

import numpy as np

from mijnrisico.seismic.testing import simulated
from mijnrisico.seismic.testing.simulated import Simulated


def number_test(pmf: np.ndarray, events: int) -> tuple[float, float]:
    """N-test: delta1 = P(N >= n) and delta2 = P(N <= n) under the probabilities of 0, 1, ... (count,).

    delta1 near zero: the forecast is too low; delta2 near zero: too high. As a two-sided test at 5 % each is compared
    with 0.025. The paper takes the law of Poisson; any law of `event_counts` is as good, and one that knows of
    aftershocks and of the uncertainty of the mean is better.
    """
    return float(max(0.0, 1.0 - pmf[:events].sum())), float(min(1.0, pmf[: events + 1].sum()))


def magnitude_test(
    rng: np.random.Generator, rate: np.ndarray, magnitude: np.ndarray, simulations: int = 1000
) -> Simulated:
    """M-test: are the magnitudes likely, given the number of events and whatever their places.

    `rate` (cell, magnitude), `magnitude` (event,) bins.
    """
    return simulated.given_the_count(rng, rate.sum(axis=0), magnitude, simulations)


def spatial_test(rng: np.random.Generator, rate: np.ndarray, cell: np.ndarray, simulations: int = 1000) -> Simulated:
    """S-test: are the places likely, given the number of events and whatever their magnitudes.

    `rate` (cell, magnitude), `cell` (event,).
    """
    return simulated.given_the_count(rng, rate.sum(axis=1), cell, simulations)
