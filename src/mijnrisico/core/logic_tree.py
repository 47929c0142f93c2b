"""The logic tree as axes of an array: weighted nodes, and weights that change with a condition.

A node whose weights depend on the event (GMM V7 weighs its medians by magnitude) has no single weight per branch.
It is read as one uniform variable u: at every condition u picks the branch whose interval of cumulative weight holds
u, so a high u means a high branch everywhere (comonotone). The thresholds of all conditions, merged, cut 0-1 into
intervals inside which the choice is the same; each is one coherent model and its weight is its length. Averaging over
the intervals gives back the stated weights at every condition.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mijnrisico.errors import InputError, Problem

WEIGHT_TOLERANCE = 1e-9
_MERGE = 1e-12


def check_weights(name: str, weights: ArrayLike) -> NDArray[np.float64]:
    """The weights as an array when none is negative and the last axis sums to one within 1e-9.

    Raises InputError E504 naming the node and the sum.
    """
    array = np.asarray(weights, float)
    sums = array.sum(axis=-1)
    if not (np.all(np.isfinite(array)) and np.all(array >= 0.0) and np.all(np.abs(sums - 1.0) <= WEIGHT_TOLERANCE)):
        worst = float(np.ravel(sums)[np.argmax(np.abs(np.ravel(sums) - 1.0))])
        raise InputError(Problem("E504", where=name, params={"node": name, "sum": worst, "weights": array.tolist()}))
    return array


def joint_weights(*nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of all combinations of independent nodes, (branches 1, branches 2, ...)."""
    joint = np.ones(())
    for weights in nodes:
        joint = joint[..., None] * np.asarray(weights, float)
    return joint


def branch_of(u: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the branch that each uniform number picks: that whose interval of cumulative weight holds it."""
    return np.minimum(np.searchsorted(np.cumsum(weight), u, side="right"), weight.size - 1)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals of the uniform variable of a node with conditional weights.

    `weight` (interval,) are lengths that sum to one; `branch` (interval, condition) is the index picked.
    """

    weight: NDArray[np.float64]
    branch: NDArray[np.int64]


def comonotone_intervals(weights: ArrayLike) -> Intervals:
    """Merged intervals of u for weights (condition, branch); averaging over them restores the weights exactly."""
    table = check_weights("conditional weights", np.atleast_2d(np.asarray(weights, float)))
    thresholds = np.cumsum(table, axis=1)
    thresholds[:, -1] = 1.0
    edges = np.unique(np.concatenate([[0.0], thresholds.ravel()]))
    edges = edges[np.concatenate([[True], np.diff(edges) > _MERGE])]
    edges[-1] = 1.0
    middle = 0.5 * (edges[1:] + edges[:-1])
    branch = (middle[:, None, None] > thresholds[None, :, :]).sum(axis=2)
    return Intervals(weight=np.diff(edges), branch=branch.astype(np.int64))


def same_rows(weights: ArrayLike) -> NDArray[np.int64]:
    """Group number (condition,) of consecutive conditions whose weights (condition, branch) are the same."""
    table = np.asarray(weights, float)
    changed = np.any(np.abs(np.diff(table, axis=0)) > _MERGE, axis=1)
    return np.concatenate([[0], np.cumsum(changed)]).astype(np.int64)
