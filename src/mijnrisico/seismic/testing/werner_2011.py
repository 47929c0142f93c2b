"""Conditional likelihood test: Werner, Helmstetter, Jackson and Kagan (2011), doi:10.1785/0120090340."""

import numpy as np

from mijnrisico.seismic.testing import simulated
from mijnrisico.seismic.testing.simulated import Simulated


def conditional_likelihood_test(
    rng: np.random.Generator, rate: np.ndarray, cell: np.ndarray, magnitude: np.ndarray, simulations: int = 1000
) -> Simulated:
    """CL-test: are places and magnitudes likely together, given the number of events.

    `rate` (cell, magnitude), `cell` and `magnitude` (event,) indices.
    """
    return simulated.given_the_count(rng, rate.ravel(), cell * rate.shape[1] + magnitude, simulations)
