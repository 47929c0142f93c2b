"""The nodes of the logic tree by name, and which branch of each a leaf has.

The leaves of buildings are (mapping, source, interval, other), other = scatter x site epsilon x fragility x consequence
(`risk_tree.Leaves`). A source branch and a scatter say in their names which branches they have of several nodes:
`elastic|linear_stress|4`, `tau lower, phi_ss upper`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mijnrisico.seismic import hazard
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm
from mijnrisico.seismic.vulnerability import BRANCHES

Names = NDArray[np.str_]

SOURCE: Final = ("rate", "magnitude", "mmax")
"""Nodes in the name of a source branch of Groningen."""
GIVEN: Final = "forecast"
"""Node of the branches of a forecast of the user."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node and the branch of it that leaves have: `branch` broadcasts to (mapping, source, interval, other)."""

    name: str
    branch: Names


def of_source(names: Sequence[str]) -> dict[str, Names]:
    """Return the branch of each node of the source, (source branch,): one node where names have no three parts."""
    parts = [name.split("|") for name in names]
    if any(len(one) != len(SOURCE) for one in parts):
        return {GIVEN: np.array(names, dtype=str)}
    return {node: np.array([one[k] for one in parts], dtype=str) for k, node in enumerate(SOURCE)}


def of_scatter(model: GroundMotion) -> dict[str, Names]:
    """Return the branch of each part of the scatter, (scatter,); none for a model whose scatters have no parts."""
    if not all(" " in part for name in model.scatters for part in name.split(", ")):
        return {}
    parts = [dict(part.rsplit(" ", 1) for part in name.split(", ")) for name in model.scatters]
    return {node: np.array([one[node] for one in parts], dtype=str) for node in parts[0]}


def of_leaves(ready: hazard.Sources, model: GroundMotion, term: SiteTerm, mapping: Sequence[str]) -> list[Node]:
    """Return the nodes of the leaves of buildings, in the order of the chain.

    A node of the medians whose weights depend on the magnitude is one variable (`core.logic_tree`): a leaf has the
    branch of the largest magnitudes, and at smaller ones the branch at the same height of that variable. Where the site
    is part of the scatter it is no node.
    """
    medians = np.array(model.medians)[tree(ready.magnitude, model, term).intervals.branch[:, -1]]
    scatter = of_scatter(model) or {"scatter": np.array(model.scatters, dtype=str)}
    epsilon = [f"{value:g}" for value in model.epsilon] if term == "epistemic" else ["none"]
    others = len(model.scatters), len(epsilon), len(BRANCHES), len(BRANCHES)

    def other(axis: int, branch: Sequence[str] | Names) -> Names:
        along = np.array(branch, dtype=str).reshape([-1 if k == axis else 1 for k in range(len(others))])
        return np.broadcast_to(along, others).ravel()

    return [
        *(Node(node, branch[:, None, None]) for node, branch in of_source(ready.branch).items()),
        Node("median", medians[:, None]),
        *(Node(node, other(0, branch)) for node, branch in scatter.items()),
        Node("site_epsilon", other(1, epsilon)),
        Node("fragility", other(2, BRANCHES)),
        Node("consequence", other(3, BRANCHES)),
        Node("mapping", np.array(mapping, dtype=str)[:, None, None, None]),
    ]
