"""Number test with a negative binomial count: Werner, Zechar, Marzocchi and Wiemer (2010), doi:10.4401/ag-4840."""

import numpy as np

from mijnrisico.seismic import event_counts
from mijnrisico.seismic.testing import zechar_2010


def number_test(mean: float, variance: float, events: int) -> tuple[float, float]:
    """N-test: delta1 = P(N >= n) and delta2 = P(N <= n) with counts that vary more than those of Poisson do.

    Clustered earthquakes do: `variance` is that of numbers in such periods, at least `mean`.
    """
    pmf = event_counts.pmf(event_counts.negative_binomial, np.array(mean), np.array(variance))
    return zechar_2010.number_test(pmf, events)
