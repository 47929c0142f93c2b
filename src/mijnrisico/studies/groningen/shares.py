"""How the variance of an answer is shared out over the nodes of the logic tree: over all leaves, nothing sampled.

    found = shares(run, year, "site_pga")      name, s1, st of every node; mean, fractiles and median of the leaves

Leaves are those of the hazard (`hazard.branches`) and of the risk (`risk_tree`): source branches x intervals of the
comonotone variable of the medians x scatter x site epsilon, for risk x fragility x consequence x mapping. What is
uncertain in a leaf is no longer in it: the scatter of motion, which earthquakes come. Those are in its mean.

    site_pga   PGA at the return period of the rule at the point
    pga_max    the same where its mean is highest in the year
    lpr        personal risk at the point in the mix of buildings around it (all buildings of the nearest place)
    deaths     expected deaths per year, summed over all buildings
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.core import curve, logic_tree
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.run import Staged, StoredRun
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import hazard, risk_tree, site
from mijnrisico.seismic.hazard.rates import SITE_BLOCK
from mijnrisico.seismic.motion import GroundMotion
from mijnrisico.seismic.tree_nodes import GIVEN, SOURCE
from mijnrisico.studies import sensitivity, shaking
from mijnrisico.studies.groningen.targets import Homes, Workshop, of_year
from mijnrisico.studies.point import among
from mijnrisico.studies.sensitivity import Node

Floats = NDArray[np.float64]

TARGETS: Final = ("pga_max", "site_pga", "lpr", "deaths")
OF_RISK: Final = ("lpr", "deaths")
_MAP_CELL: Final = 2000.0


@dataclass(frozen=True, slots=True)
class Leaves:
    """Values over all leaves, an axis for each of `nodes`."""

    values: Floats
    nodes: tuple[Node, ...]

    @property
    def weight(self) -> Floats:
        """Weight of each leaf, in the shape of the values."""
        return logic_tree.joint_weights(*(node.weight for node in self.nodes))

    @property
    def mean(self) -> float:
        """Mean over the leaves."""
        return float((self.weight * self.values).sum())

    def fractile(self, q: float) -> float:
        """Value of the leaf at a fractile."""
        return float(curve.weighted_fractile(self.values, self.weight, q)[0])

    def shares(self) -> pd.DataFrame:
        """Name, s1 and st of every node that has more than one branch."""
        found = sensitivity.exact_shares(self.values, self.nodes)
        return found[[node.weight.size > 1 for node in self.nodes]].reset_index(drop=True)

    def sampled(self, samples: int, seed: int) -> pd.DataFrame:
        """Name, s1 and st with intervals by Saltelli's design, one uniform number for the branch of each node."""
        several = [axis for axis, node in enumerate(self.nodes) if node.weight.size > 1]

        def value(u: Floats) -> Floats:
            index = np.zeros((len(u), len(self.nodes)), dtype=np.intp)
            for column, axis in enumerate(several):
                index[:, axis] = logic_tree.branch_of(u[:, column], self.nodes[axis].weight)
            return self.values[tuple(index.T)]

        bounds = {self.nodes[axis].name: (0.0, 1.0) for axis in several}
        return sensitivity.sampled_shares(value, bounds, samples=samples, seed=seed)


def leaves(
    run: StoredRun,
    year: int,
    target: str,
    point: tuple[float, float] | None = None,
    progress: Progress = ignore,
) -> Leaves:
    """Return a target in every leaf of the tree of a run; see the head of this module.

    Raises:
        InputError: E711 for a year or target that the run does not have, E702 for a run without forecast.
    """
    known = run.scenario
    among(run, "year", year, known.years)
    among(run, "target", target, _targets(known))
    scenario = of_year(known, year)
    forecast = Staged(run.id, run.grid("source").sel(year=[year]), cached=True, seconds=0.0)
    workshop = Workshop(cell=max(_MAP_CELL, scenario.hazard.cell), point=point)
    if target in OF_RISK:
        homes = workshop.homes(scenario)
        counted = homes.people if target == "deaths" else _around(homes, workshop.point)
        return of_risk(scenario, forecast, homes, counted[:, None] * homes.share, progress)
    x, y = workshop.point
    if target == "pga_max":
        levels = workshop.levels(scenario, forecast).data
        mean = levels["level_g"].isel(year=0).sel(statistic="mean", return_period=scenario.hazard.periods[0])
        top = int(np.nanargmax(mean.to_numpy()[:-1]))
        x, y = float(levels["x"][top]), float(levels["y"][top])
    return of_level(scenario, forecast, year, x, y)


def _targets(scenario: Scenario) -> tuple[str, ...]:
    return TARGETS if shaking.has_risk(scenario) else tuple(name for name in TARGETS if name not in OF_RISK)


def _around(homes: Homes, point: tuple[float, float]) -> Floats:
    """Share of each building in those of the place nearest to a point, (building,)."""
    distance = np.hypot(homes.sites["x"].to_numpy() - point[0], homes.sites["y"].to_numpy() - point[1])
    here = np.where(homes.site == int(np.argmin(distance)), homes.number, 0.0)
    return here / here.sum()


def of_level(scenario: Scenario, forecast: Staged, year: int, x: float, y: float) -> Leaves:
    """Return the level at the return period of the rule at a point in every leaf, g."""
    model = shaking.model(scenario)
    found = hazard.branches(
        shaking.ready(scenario, forecast.data),
        site.sites_at([x], [y]),
        year,
        motion=model,
        thresholds=(scenario.hazard.threshold,),
        **shaking.choices(scenario),
    )
    rate = found["rate"].transpose("source", "interval", "motion", "level").to_numpy()
    curves = np.ascontiguousarray(rate.reshape(-1, rate.shape[-1]))
    ln_level = np.empty((len(curves), 1))
    curve.ln_return_levels(
        np.log(found["level"].to_numpy()), curves, np.array([1.0 / scenario.hazard.periods[0]]), ln_level
    )
    level = np.where(np.isfinite(ln_level), np.exp(ln_level), 0.0)
    joint = found["weight"].transpose("source", "interval", "motion").to_numpy()
    source, parts = _source(forecast)
    interval = Node("median", joint.sum(axis=(0, 2)))
    motion = _motion(model, epistemic=shaking.site_term(scenario) == "epistemic")
    return _laid_out(level.reshape(rate.shape[:3]), source, parts, (interval, *motion))


def of_risk(scenario: Scenario, forecast: Staged, homes: Homes, people: Floats, progress: Progress = ignore) -> Leaves:
    """Return sums over buildings and classes of `people` (mapping, building, class) x risk, in every leaf."""
    sources = shaking.ready(scenario, forecast.data)
    model, term = shaking.model(scenario), shaking.site_term(scenario)
    vulnerable, few = risk_tree.basis(scenario.risk.model, homes.classes)
    tree = risk_tree.Leaves(sources, vulnerable, model, term)
    at = risk_tree.reference_of(sources, model)
    by_site = np.zeros((len(homes.mapping), homes.wierde.size, len(homes.classes)))
    for mapping in range(len(homes.mapping)):
        np.add.at(by_site[mapping], homes.site, people[mapping])
    counted = by_site.sum(axis=(0, 2)) > 0.0
    x, y = (homes.sites[axis].to_numpy() for axis in "xy")
    total, shape, done = np.zeros(()), (), 0
    for surface, zone, rows in homes.grounds():
        here = rows[counted[rows]]
        if not here.size:
            continue
        given = risk_tree.expected(shaking.zone_intensity(scenario, zone, at, surface), few)
        for start in range(0, here.size, SITE_BLOCK):
            block = here[start : start + SITE_BLOCK]
            moment = risk_tree.moments(sources, x[block], y[block], given)
            share = by_site[:, block].transpose(0, 2, 1).reshape(-1, block.size)
            shape = moment.shape[1:]
            total = total + share @ moment.reshape(block.size, -1)
        done += here.size
        progress(done / counted.sum())
    summed = total.reshape(len(homes.mapping), len(homes.classes), *shape)
    values = []
    parts, out = tree.room()
    for of_mapping in summed:
        part = np.sum([tree.parts(one, few.coefficient[k : k + 1])[0] for k, one in enumerate(of_mapping)], axis=0)
        tree.of_year(part, 0, parts[0])
        risk_tree.fill_leaves(parts[0], tree.picks, out[0])
        values.append(out[0].astype(float))
    source, names = _source(forecast)
    motion = _motion(model, epistemic=term == "epistemic")
    interval = Node("median", tree.weight.sum(axis=(0, 2)))
    losses = (Node("fragility", vulnerable.fragility_weight), Node("consequence", vulnerable.consequence_weight))
    found = _laid_out(np.stack(values, axis=-1), source, names, (interval, *motion, *losses))
    return Leaves(found.values, (*found.nodes, Node("mapping", homes.weight)))


def _source(forecast: Staged) -> tuple[Floats, list[list[str]]]:
    """Weights of the source branches, and the parts of their names."""
    names = [str(name).split("|") for name in forecast.data["branch"].to_numpy()]
    return forecast.data["weight"].to_numpy(), names


def _motion(model: GroundMotion, *, epistemic: bool) -> tuple[Node, ...]:
    """Nodes of the scatter and of an epistemic site term, as their product runs through the motions."""
    parts = [[part.rsplit(" ", 1) for part in name.split(", ")] for name in model.scatters]
    nodes: list[Node] = []
    rest, left = model.scatter_weight, len(model.scatters)
    if all(len(piece) == 2 for part in parts for piece in part):
        for position, (name, _) in enumerate(parts[0]):
            of_node = [part[position][1] for part in parts]
            options = list(dict.fromkeys(of_node))
            weight = np.array([rest[np.array(of_node) == option].sum() for option in options])
            nodes.append(Node(name, weight))
            left //= len(options)
    if left != 1:
        nodes = [Node("scatter", rest)]
    return (*nodes, *([Node("site_epsilon", model.epsilon_weight)] if epistemic else []))


def _laid_out(values: Floats, weight: Floats, names: list[list[str]], others: tuple[Node, ...]) -> Leaves:
    """Values (source, interval, other, ...) with an axis for every node."""
    size = [node.weight.size for node in others]
    rest = values.shape[3:]
    if all(len(parts) == len(SOURCE) for parts in names):
        options = [list(dict.fromkeys(parts[position] for parts in names)) for position in range(len(SOURCE))]
        first = [
            Node(name, np.array([weight[[parts[k] == option for parts in names]].sum() for option in options[k]]))
            for k, name in enumerate(SOURCE)
        ]
        joint = logic_tree.joint_weights(*(node.weight for node in first)).ravel()
        if joint.size == weight.size and np.allclose(joint, weight):
            shape = [node.weight.size for node in first]
            return Leaves(values.reshape(*shape, *size, *rest), (*first, *others))
    return Leaves(values.reshape(weight.size, *size, *rest), (Node(GIVEN, weight), *others))
