"""Tables about the models of a run: the curves of its buildings, and the logic tree with its weights."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import consequence, fragility
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.fragility import displacement
from mijnrisico.seismic.hazard import motion_tree
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.seismic.vulnerability import BRANCHES, COLLAPSE_STATES
from mijnrisico.studies import shaking

SA_AVG_G = np.geomspace(0.01, 3.0, 61)
"""Intensities at which fragility curves are tabulated, in g."""
_MEDIANS = ("low", "central_low", "central_high", "high")
_THREE = ("lower", "central", "upper")

Node = tuple[str, str, str, Sequence[str], Sequence[float] | np.ndarray]
"""node, part, condition, branches and their weights"""


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
    combinations computed. The reading of the packaged buildings counts for those only, not for a class by itself.
    """
    source = scenario.source
    for_collapse, for_people = occupants.branch_weights()
    with_risk = shaking.has_risk(scenario)
    packaged, mapping = not scenario.inputs.exposure.file, scenario.exposure.mapping
    nodes = [
        ("rate", "source", "", tuple(source.rate.tree), tuple(source.rate.tree.values())),
        ("magnitude", "source", "", tuple(source.magnitude.tree), tuple(source.magnitude.tree.values())),
        ("mmax", "source", "", tuple(f"{top:g}" for top in source.mmax.tree), tuple(source.mmax.tree.values())),
        *of_motion(scenario),
        *([("fragility", "risk", "", BRANCHES, for_collapse)] if with_risk else []),
        *([("consequence", "risk", "", BRANCHES, for_people)] if with_risk else []),
        *([("mapping", "buildings", "", tuple(mapping), tuple(mapping.values()))] if with_risk and packaged else []),
    ]
    return as_table(nodes, scenario)


def as_table(nodes: Sequence[Node], scenario: Scenario) -> pd.DataFrame:
    """Return nodes as the table of the logic tree."""
    intervals = _tree(scenario).intervals.weight.size
    rows = [
        (node, part, condition, branch, float(weight), intervals if node == "median" else np.count_nonzero(weights))
        for node, part, condition, branches, weights in nodes
        for branch, weight in zip(branches, weights, strict=True)
    ]
    return pd.DataFrame(rows, columns=["node", "part", "condition", "branch", "weight", "models"])


def of_motion(scenario: Scenario) -> list[Node]:
    """Nodes of the motion model: medians with the magnitudes between which their weights change, scatter, site term."""
    model = shaking.model(scenario)
    if model is v7.V7:
        low, high = (f"{m:g}" for m in v7.MEDIAN_HINGES)
        at_hinges = v7.median_weights(np.array(v7.MEDIAN_HINGES))
        nodes: list[Node] = [
            ("median", "motion", f"M <= {low}", _MEDIANS, at_hinges[0]),
            ("median", "motion", f"M >= {high}", _MEDIANS, at_hinges[1]),
            ("tau", "motion", "", _THREE, v7.TAU_WEIGHTS),
            ("phi", "motion", "", ("lower", "upper"), v7.PHI_SS_WEIGHTS),
        ]
    else:
        weights = model.median_weights(gutenberg_richter.MAGNITUDES)
        ends = ((0, "M <="), (-1, "M >=")) if np.ptp(weights, axis=0).any() else ((0, ""),)
        nodes = [
            ("median", "motion", f"{sign} {gutenberg_richter.MAGNITUDES[at]:.2f}" if sign else "", model.medians, row)
            for at, sign in ends
            for row in [weights[at]]
        ]
        nodes.append(("scatter", "motion", "", model.scatters, model.scatter_weight))
    if shaking.site_term(scenario) == "epistemic" and model.epsilon_weight.size > 1:
        nodes.append(("site", "motion", "", _THREE[: model.epsilon_weight.size], model.epsilon_weight))
    return nodes


def _tree(scenario: Scenario) -> motion_tree.Tree:
    return motion_tree.tree(gutenberg_richter.MAGNITUDES, shaking.model(scenario), shaking.site_term(scenario))
