"""The year that a run shows: where most of the map is at or above the threshold."""

import numpy as np
from numpy.typing import NDArray


def shown(level: NDArray[np.float64], threshold: float) -> int:
    """Index of the year with most nodes at or above the threshold, of `level` (year, node) with NaN for no value.

    Where several years share that, or no year reaches it, the one with the highest level; the first of equals.
    """
    nodes = (level >= threshold).sum(axis=1)
    highest = np.nanmax(level, axis=1)
    return max(range(len(nodes)), key=lambda k: (nodes[k], highest[k]))
