"""Tables about the models of a run: the curves of its buildings, and the logic tree with its weights."""

import numpy as np
import pandas as pd

from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import consequence, fragility, motion_tree
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.fragility import displacement
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.motion import bommer_2021 as motion
from mijnrisico.seismic.vulnerability import BRANCHES, COLLAPSE_STATES

SA_AVG_G = np.geomspace(0.01, 3.0, 61)
"""Intensities at which fragility curves are tabulated, in g."""
_MEDIANS = ("low", "central_low", "central_high", "high")
_THREE = ("lower", "central", "upper")


def fragility_curves(scenario: Scenario) -> pd.DataFrame:
    """Probability of the collapse states of the shown classes against SaAvg (g), a row per class, branch and level."""
    coefficients = fragility.model(scenario.risk.model).coefficients().pick(scenario.risk.shown)
    states = displacement.collapse(coefficients, np.log(SA_AVG_G))
    weights = occupants.branch_weights()[0]
    rows = [
        pd.DataFrame(
            {"class": name, "branch": branch, "weight": weights[j], "sa_avg_g": SA_AVG_G}
            | {f"p_{state.lower()}": states[i, j, k] for k, state in enumerate(COLLAPSE_STATES)}
        )
        for i, name in enumerate(scenario.risk.shown)
        for j, branch in enumerate(BRANCHES)
    ]
    return pd.concat(rows, ignore_index=True)


def consequences(scenario: Scenario) -> pd.DataFrame:
    """Probability of death of a person inside, and outside within reach of debris, given a collapse state."""
    coefficients = consequence.model(scenario.risk.model).coefficients().pick(scenario.risk.shown)
    weights = occupants.branch_weights()[1]
    rows = [
        (
            name,
            branch,
            weights[j],
            state.lower(),
            coefficients.pd_inside[i, j, k],
            coefficients.pd_outside[i, j, k],
        )
        for i, name in enumerate(scenario.risk.shown)
        for j, branch in enumerate(BRANCHES)
        for k, state in enumerate(COLLAPSE_STATES)
    ]
    return pd.DataFrame(rows, columns=["class", "branch", "weight", "state", "p_death_inside", "p_death_outside"])


def logic_tree(scenario: Scenario) -> pd.DataFrame:
    """Every choice of the tree: node, part of the chain, condition, branch, weight, and its number of models.

    Weights of a node and condition sum to one. The weights of the median depend on the magnitude (`condition`: the
    magnitude up to which, or from which, they hold; in between they change linearly); it enters as one variable, cut
    into `models` intervals. The product of `models` over the nodes of a part and those before it is the number of
    combinations computed.
    """
    source = scenario.source
    at_hinges = motion.median_weights(np.array(motion.MEDIAN_HINGES))
    intervals = motion_tree.tree(gutenberg_richter.MAGNITUDES).intervals.weight.size
    for_collapse, for_people = occupants.branch_weights()
    low, high = (f"{m:g}" for m in motion.MEDIAN_HINGES)
    nodes = [
        ("rate", "source", "", tuple(source.rate.tree), tuple(source.rate.tree.values())),
        ("magnitude", "source", "", tuple(source.magnitude.tree), tuple(source.magnitude.tree.values())),
        ("mmax", "source", "", tuple(f"{top:g}" for top in source.mmax.tree), tuple(source.mmax.tree.values())),
        ("median", "motion", f"M <= {low}", _MEDIANS, at_hinges[0]),
        ("median", "motion", f"M >= {high}", _MEDIANS, at_hinges[1]),
        ("tau", "motion", "", _THREE, motion.TAU_WEIGHTS),
        ("phi", "motion", "", ("lower", "upper"), motion.PHI_SS_WEIGHTS),
        ("site", "motion", "", _THREE, motion.SITE_EPSILON_WEIGHTS),
        ("fragility", "risk", "", BRANCHES, for_collapse),
        ("consequence", "risk", "", BRANCHES, for_people),
    ]
    rows = [
        (node, part, condition, branch, float(weight), intervals if node == "median" else np.count_nonzero(weights))
        for node, part, condition, branches, weights in nodes
        for branch, weight in zip(branches, weights, strict=True)
    ]
    return pd.DataFrame(rows, columns=["node", "part", "condition", "branch", "weight", "models"])
