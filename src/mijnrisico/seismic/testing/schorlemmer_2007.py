"""Likelihood test: Schorlemmer, Gerstenberger, Wiemer, Jackson and Rhoades (2007), doi:10.1785/gssrl.78.1.17."""

import numpy as np

from mijnrisico.seismic import event_counts
from mijnrisico.seismic.testing import simulated
from mijnrisico.seismic.testing.simulated import Simulated


def likelihood_test(
    rng: np.random.Generator,
    rate: np.ndarray,
    cell: np.ndarray,
    magnitude: np.ndarray,
    pmf: np.ndarray | None = None,
    simulations: int = 1000,
) -> Simulated:
    """L-test: is the whole catalogue likely: number, places and magnitudes together.

    `rate` (cell, magnitude), `cell` and `magnitude` (event,) indices. The paper takes independent Poisson counts, which
    is the default; `pmf` (count,) puts another law of the number in its place. Dominated by the number, and blind to an
    excess of events in likely places: the conditional form (`werner_2011`) is the one to trust.
    """
    if pmf is None:
        pmf = event_counts.pmf(event_counts.generalised_poisson, rate.sum(), np.array(0.0))
    with np.errstate(divide="ignore"):
        log_pmf = np.log(pmf)
    return simulated.with_the_count(rng, rate.ravel(), cell * rate.shape[1] + magnitude, log_pmf, simulations)
