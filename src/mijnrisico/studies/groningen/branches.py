"""What each branch of the logic tree comes to: the targets with that branch alone at its node, mean over the rest.

    T(branch) = T(mean over the other nodes of the fields, given the branch)       exact: no sampling, no fit again

The mean over a tree of independent nodes is linear in the weights of each node, and so are the fields of hazard and
risk that the targets are read from. So a branch of the source is the same forecast with other weights, all of which
ride along as years do; a branch of the motion model is that model with one weight; one of fragility, consequence or
mapping another mean of the same losses. A node whose weights depend on the magnitude (medians of V7) has no one weight:
NaN; its branch then counts at every magnitude.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.run import Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.core.workers import one_blas_thread, threads
from mijnrisico.seismic import risk_tree, tree_nodes
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.hazard.rates import Sources, mean_site_rates
from mijnrisico.seismic.motion import GroundMotion
from mijnrisico.seismic.motion.model import SiteTerm, constant_weights
from mijnrisico.seismic.vulnerability import BRANCHES
from mijnrisico.studies import shaking
from mijnrisico.studies.groningen.targets import (
    Homes,
    Numbers,
    Workshop,
    of_buildings,
    of_forecast,
    of_levels,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with its node and its weight there; NaN where that depends on the magnitude."""

    node: str
    name: str
    weight: float


_WHOLE: Final = Branch("", "", 1.0)
"""All branches with their weights."""


@dataclass(frozen=True, slots=True)
class _Motion:
    """A branch of the motion and the model in which it stands alone."""

    branch: Branch
    model: GroundMotion


def branch_targets(
    workshop: Workshop, scenario: Scenario, forecast: Staged, progress: Progress = ignore
) -> pd.DataFrame:
    """Return node, branch, weight, target, value and base of every branch, for the first year of the forecast.

    Targets that a node does not touch have no row. `base` is the target with the weights of the scenario.
    """
    of_source = _source_branches(forecast.data)
    weights = np.stack([forecast.data["weight"].to_numpy(), *(weight for _, weight in of_source)])
    together = Staged(f"{forecast.key} by branch", side_by_side(forecast.data, weights), cached=False, seconds=0.0)
    motions = _motion_branches(shaking.model(scenario), shaking.site_term(scenario))
    levels = workshop.levels(scenario, together).data
    rows = [
        (branch, of_forecast(together.data, year) | of_levels(scenario, levels, workshop.cell(scenario), year))
        for year, branch in enumerate([_WHOLE, *(branch for branch, _ in of_source)])
    ]
    progress(0.1)
    for index, motion in enumerate(motions):
        found = workshop.levels(scenario, forecast, motion.model).data
        rows.append((motion.branch, of_levels(scenario, found, workshop.cell(scenario))))
        progress(0.1 + 0.2 * (index + 1) / len(motions))
    if shaking.has_risk(scenario):
        sources = workshop.sources(scenario, together)
        rows += _risk(
            scenario,
            workshop.homes(scenario),
            sources,
            [branch for branch, _ in of_source],
            motions,
            lambda done: progress(0.3 + 0.7 * done),
        )
    base = {target: value for branch, numbers in rows if branch is _WHOLE for target, value in numbers.items()}
    frames = [
        (branch.node, branch.name, branch.weight, target, value, base[target])
        for branch, numbers in rows
        if branch is not _WHOLE
        for target, value in numbers.items()
    ]
    return pd.DataFrame(frames, columns=["node", "branch", "weight", "target", "value", "base"])


def _source_branches(forecast: xr.Dataset) -> list[tuple[Branch, Floats]]:
    """Branches of the nodes of the source that have more than one, and the weights (branch,) with it alone."""
    weight = forecast["weight"].to_numpy()
    found = []
    for node, of_node in tree_nodes.of_source([str(name) for name in forecast["branch"].to_numpy()]).items():
        options = [name for name in dict.fromkeys(of_node.tolist()) if weight[of_node == name].sum() > 0.0]
        for name in options if len(options) > 1 else ():
            share = float(weight[of_node == name].sum())
            found.append((Branch(node, name, share), np.where(of_node == name, weight, 0.0) / share))
    return found


def side_by_side(forecast: xr.Dataset, weights: Floats) -> xr.Dataset:
    """Return means of the first year over the branches with each of the `weights` (row, branch), as years 0, 1, ..."""
    coefficient = forecast["coefficient"].isel(year=0).transpose("map", "magnitude", "branch").to_numpy() @ weights.T
    kept = {name: forecast[name] for name in ("maps", "cell_depth") if name in forecast}
    return xr.Dataset(
        {
            **kept,
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient[..., None], {"units": "1/year"}),
            "weight": ("branch", np.ones(1)),
        },
        coords={
            "magnitude": forecast["magnitude"].to_numpy(),
            "year": np.arange(len(weights)),
            "branch": ["mean"],
            **{name: ("cell", forecast[name].to_numpy(), {"units": "m"}) for name in ("cell_x", "cell_y")},
        },
    )


def _motion_branches(model: GroundMotion, term: SiteTerm) -> list[_Motion]:
    """Branches of the medians, of each part of the scatter and of an epistemic site term."""
    found = []
    if len(model.medians) > 1:
        every = model.median_weights(np.array([1.0, 4.0, 7.0]))
        constant = bool((np.ptp(every, axis=0) == 0.0).all())
        for index, name in enumerate(model.medians):
            alone = replace(model, median_weights=constant_weights(_alone(len(model.medians), index)))
            found.append(_Motion(Branch("median", name, float(every[0, index]) if constant else np.nan), alone))
    for node, of_node in tree_nodes.of_scatter(model).items():
        for name in dict.fromkeys(of_node.tolist()) if len(set(of_node)) > 1 else ():
            share = float(model.scatter_weight[of_node == name].sum())
            alone = replace(model, scatter_weight=np.where(of_node == name, model.scatter_weight, 0.0) / share)
            found.append(_Motion(Branch(node, name, share), alone))
    if term == "epistemic" and model.epsilon.size > 1:
        for index, epsilon in enumerate(model.epsilon):
            alone = replace(model, epsilon_weight=_alone(model.epsilon.size, index))
            found.append(_Motion(Branch("site_epsilon", f"{epsilon:g}", float(model.epsilon_weight[index])), alone))
    return found


def _alone(size: int, index: int) -> Floats:
    """Weights with one branch alone."""
    weight = np.zeros(size)
    weight[index] = 1.0
    return weight


def _risk(
    scenario: Scenario,
    homes: Homes,
    sources: Sources,
    of_source: Sequence[Branch],
    motions: Sequence[_Motion],
    progress: Progress,
) -> list[tuple[Branch, Numbers]]:
    """Numbers of buildings for the whole tree, and with each branch of every node alone.

    The years of `sources` are the whole tree and the branches `of_source`.
    """
    vulnerable, few = risk_tree.basis(scenario.risk.model, homes.classes)
    for_collapse, for_people = vulnerable.fragility_weight, vulnerable.consequence_weight
    mean = np.outer(for_collapse, for_people)
    by_source, by_motion = _moments(scenario, sources, homes, [each.model for each in motions], few, progress)

    def numbers(moment: Floats, weight: Floats, mapping: Floats | None = None) -> Numbers:
        """Numbers from moments (site, k), with weights of fragility x consequence and of the mappings."""
        return of_buildings(moment @ (few.coefficient @ weight.ravel()).T, homes, mapping)

    found = [(branch, numbers(by_source[:, k], mean)) for k, branch in enumerate([_WHOLE, *of_source])]
    found += [(motion.branch, numbers(by_motion[:, k], mean)) for k, motion in enumerate(motions)]
    whole = by_source[:, 0]
    for index, name in enumerate(BRANCHES):
        alone = _alone(len(BRANCHES), index)
        if for_collapse[index] > 0.0:
            branch = Branch("fragility", name, float(for_collapse[index]))
            found.append((branch, numbers(whole, np.outer(alone, for_people))))
        if for_people[index] > 0.0:
            branch = Branch("consequence", name, float(for_people[index]))
            found.append((branch, numbers(whole, np.outer(for_collapse, alone))))
    for index, name in enumerate(homes.mapping if len(homes.mapping) > 1 else ()):
        branch = Branch("mapping", name, float(homes.weight[index]))
        found.append((branch, numbers(whole, mean, _alone(len(homes.mapping), index))))
    return found


def _moments(
    scenario: Scenario,
    sources: Sources,
    homes: Homes,
    motions: Sequence[GroundMotion],
    few: risk_tree.Basis,
    progress: Progress,
) -> tuple[Floats, Floats]:
    """Sums over the earthquakes of the functions of `few`: by year of the sources, and by branch of the motion.

    Returns (site, year, k) with the whole motion, and (site, motion, k) in the first year with each of `motions`.
    """
    model, term = shaking.model(scenario), shaking.site_term(scenario)
    at = risk_tree.reference_of(sources, model)
    weight = np.stack([tree(sources.magnitude, one, term).branch_weight() for one in (model, *motions)])
    functions = few.coefficient.shape[1]
    by_source = np.empty((homes.wierde.size, sources.year.size, functions))
    by_motion = np.empty((homes.wierde.size, len(motions), functions))
    x, y = (homes.sites[axis].to_numpy() for axis in "xy")
    done = 0
    with one_blas_thread(), threads() as spread:
        near = mean_site_rates(sources, x, y, spread)[0].reshape(x.size, sources.year.size, -1)
    for surface, zone, here in homes.grounds():
        given = risk_tree.expected(shaking.zone_intensity(scenario, zone, at, surface), few)
        given = given.reshape(sources.magnitude.size, -1, weight.shape[2], functions)
        by_branch = np.einsum("cmb,mrbk->mrck", weight, given, optimize=True)
        by_branch = by_branch.reshape(near.shape[2], len(weight), functions)
        by_source[here] = near[here] @ by_branch[:, 0]
        alone = np.ascontiguousarray(by_branch[:, 1:]).reshape(len(by_branch), -1)
        by_motion[here] = (near[here, 0] @ alone).reshape(here.size, len(motions), functions)
        done += here.size
        progress(done / x.size)
    return by_source, by_motion
