"""The motion tree of a model beside the source branches: every branch a hazard curve, and fractiles over all of them.

Medians may be weighted by magnitude, as those of V7 are. They enter as one uniform variable (`core.logic_tree`): about
46 intervals for V7, in each of which every magnitude has its own median, and from one interval to the next few
magnitudes change. With tau x phi_ss x site epsilon (18) and 24 source branches that is 19,872 curves a site and year.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mijnrisico.core import logic_tree
from mijnrisico.seismic.motion import bommer_2021
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tree:
    """The motion tree laid over the magnitudes of a forecast.

    `groups` are slices of consecutive magnitudes with the same median weights; `intervals` the comonotone intervals
    over the groups; `median_weight` (magnitude, median); `motion_weight` (scatter x site epsilon,).
    """

    groups: tuple[slice, ...]
    intervals: logic_tree.Intervals
    median_weight: Floats
    motion_weight: Floats

    def branch_weight(self) -> Floats:
        """Weights of the motion branches (median, scatter, site epsilon) at each magnitude, (magnitude, branch)."""
        return (self.median_weight[:, :, None] * self.motion_weight).reshape(len(self.median_weight), -1)


def tree(magnitude: Floats, model: GroundMotion = bommer_2021.V7, site_term: SiteTerm | None = None) -> Tree:
    """The tree of a model over magnitude bin centres (magnitude,); an aleatory site term adds no branches."""
    median_weight = model.median_weights(magnitude)
    group = logic_tree.same_rows(median_weight)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(group) > 0]))
    stops = np.append(starts[1:], magnitude.size)
    epistemic = (site_term or model.site_term) == "epistemic"
    joint = logic_tree.joint_weights(model.scatter_weight, model.epsilon_weight if epistemic else np.ones(1))
    return Tree(
        groups=tuple(slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True)),
        intervals=logic_tree.comonotone_intervals(median_weight[starts]),
        median_weight=median_weight,
        motion_weight=logic_tree.check_weights("scatter and site epsilon", joint.ravel()),
    )


def mean_over_motions(probability: Floats, branches: Tree) -> Floats:
    """Mean (magnitude, distance, level) of probability (magnitude, distance, median, motion x level) by weight."""
    motions = branches.motion_weight.size
    by_motion = probability.reshape(*probability.shape[:3], motions, -1)
    median = (branches.median_weight[:, None, None, :] @ by_motion.reshape(*probability.shape[:3], -1))[:, :, 0]
    return branches.motion_weight @ median.reshape(*probability.shape[:2], motions, -1)


@njit(cache=True, nogil=True)
def branch_curves(parts, picked, table):
    """Fill `table` (source, interval, motion, level) with the rates of every branch of the tree in one year.

    `parts` (group, source, median, motion, level) is what each magnitude group adds to the rate, `picked` (interval,
    group) the median of a group in an interval. From one interval to the next only groups whose median changes
    are exchanged. Rounding can leave -1e-20 where nothing is exceeded: zero.
    """
    groups, nsource, _, motions, nlevel = parts.shape
    current = np.empty((motions, nlevel))
    for b in range(nsource):
        current[:] = 0.0
        for g in range(groups):
            current += parts[g, b, picked[0, g]]
        for i in range(picked.shape[0]):
            for g in range(groups):
                if i > 0 and picked[i, g] != picked[i - 1, g]:
                    new, old = parts[g, b, picked[i, g]], parts[g, b, picked[i - 1, g]]
                    for t in range(motions):
                        for level in range(nlevel):
                            current[t, level] += new[t, level] - old[t, level]
            target = table[b, i]
            for t in range(motions):
                for level in range(nlevel):
                    target[t, level] = max(current[t, level], 0.0)
