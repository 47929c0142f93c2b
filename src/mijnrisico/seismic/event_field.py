"""A field ready for the simulation of its losses: sources of one year, motion, ground, buildings and how they fail."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mijnrisico.core import logic_tree
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import average_sa, loss, rupture
from mijnrisico.seismic.average_sa import MEASURES, SiteCorrelation
from mijnrisico.seismic.building_stock import SQUARE_M, Stock
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.event_shaking import LN_G, LN_PEAK, LN_STEP, PEAK_STEP, Failure, Floats, Ground, Motion, Whole
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.hazard.rates import Sources
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument
from mijnrisico.seismic.vulnerability import COLLAPSE_STATES, lognormal
from mijnrisico.units import CMS2_PER_G

_DISTANCE_STEP_LN = 0.1
_NEGLIGIBLE = 1e-12  # probability taken as zero: numbers near the smallest float make sums many times slower


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that does not depend on the draw: sources of one year, motion, ground, buildings and their failure.

    `rate` (branch, magnitude, cell) are events per year, `median_edge` (magnitude, median) the running weights;
    `shift` is the row and the column on the ground of the first square.
    """

    ready: Sources
    rate: Floats
    median_edge: Floats
    model: GroundMotion
    site_weight: Floats
    motion: Motion
    ground: Ground
    stock: Stock
    vulnerable: loss.Vulnerability
    shift: tuple[int, int]

    def failure(self, weight: Floats) -> Failure:
        """What shaking does, mean over branches by `weight` (mapping, fragility, consequence)."""
        return _failure(self.stock, self.vulnerable, weight)


def field_of(
    ready: Sources,
    built: Stock,
    year: int,
    model: str,
    motion: GroundMotion,
    site_term: SiteTerm | None,
    site_correlation: SiteCorrelation,
    argument: SiteVariabilityArgument,
) -> Field:
    """Make a year of the sources, a motion model and buildings ready; arguments as of `event_losses.simulate`.

    Raises InputError E503 for a year that is not in the forecast, or an unknown model or class.
    """
    term: SiteTerm = site_term or motion.site_term
    if year not in ready.year:
        known = f"{ready.year.min()}-{ready.year.max()}"
        raise InputError(Problem("E503", "year", {"got": year, "expected": known, "example": int(ready.year[0])}))
    column = int(np.flatnonzero(ready.year == year)[0])
    at_year = np.ascontiguousarray(np.moveaxis(ready.coefficient[:, :, column], 0, 1))  # magnitude, map, branch
    rate = np.maximum(np.moveaxis(ready.maps @ at_year, 2, 0), 0.0)  # branch, magnitude, cell
    branches = tree(ready.magnitude, motion, term)
    ends = np.array(rupture.segments(ready.geometry, ready.kinks_km))
    steps = np.maximum(np.ceil(np.diff(np.log(ends)) / _DISTANCE_STEP_LN), 1).astype(np.int64)
    pieces = [np.geomspace(a, b, n + 1)[:-1] for a, b, n in zip(ends[:-1], ends[1:], steps, strict=True)]
    distance = np.append(np.concatenate(pieces), ends[-1])
    at = average_sa.reference(ready.magnitude, distance, motion)
    shape = (ready.magnitude.size, distance.size)
    epsilon = motion.epsilon if term == "epistemic" else np.zeros(1)
    split, split_weight = average_sa.hermite(2 if term == "epistemic" else 7)
    split_peak, split_peak_weight = average_sa.hermite(5 if term == "epistemic" else 7)

    def by_event(of_pairs: Floats) -> Floats:
        return of_pairs.reshape(*shape, *of_pairs.shape[1:])

    between, within, own = _parts(at)
    moving = Motion(
        ends=np.log(ends),
        steps=steps,
        mu=by_event(at.mu),
        along=by_event(at.along),
        rest=by_event(at.rest),
        mu_mean=by_event(at.mu.mean(-1)),
        along_mean=by_event(at.along.mean(-1)),
        between=by_event(np.sqrt(between)),
        within=by_event(np.sqrt(within)),
        own=by_event(np.sqrt(own)),
        epsilon=np.asarray(epsilon, float),
        common=average_sa.between_periods(motion, term, site_correlation),
        split=split,
        split_weight=split_weight,
        split_peak=split_peak,
        split_peak_weight=split_peak_weight,
    )
    nodes = np.full((built.row.max(initial=0) + 1, built.column.max(initial=0) + 1), -1)
    nodes[built.row, built.column] = np.arange(built.x.size)
    first = [
        int(np.floor(at_m[0] / SQUARE_M)) - int(square[0]) if square.size else 0
        for at_m, square in ((built.y, built.row), (built.x, built.column))
    ]
    return Field(
        ready=ready,
        rate=rate,
        median_edge=np.cumsum(branches.median_weight, axis=1),
        model=motion,
        site_weight=motion.epsilon_weight if term == "epistemic" else np.ones(1),
        motion=moving,
        ground=_ground(built, nodes, at, shape, argument),
        stock=built,
        vulnerable=loss.vulnerability(model, built.classes),
        shift=(first[0], first[1]),
    )


def _parts(at: average_sa.Reference) -> tuple[Floats, Floats, Floats]:
    """Shares (pair, spread, scatter) of the variance along b between events, within an event, and of the component."""
    model = at.model
    if model.parts is None or model.correlation is None:
        raise ValueError(f"{model.head.name} does not say how its scatter splits between and within events")
    both = [model.parts(k, at.magnitude, at.distance_km, "arbitrary") for k in MEASURES]
    plain = [model.parts(k, at.magnitude, at.distance_km, model.components[0]) for k in MEASURES]
    tau, phi = (np.stack([part[k] for part in both], axis=-1) for k in (0, 1))
    within = np.minimum(np.stack([part[1] for part in plain], axis=-1), phi)
    own = np.sqrt(phi**2 - within**2)
    spreads = at.along.shape[1]
    rho = model.correlation(MEASURES)
    of_b = [
        np.einsum("...i,ij,...j->...", at.along * sd[:, :spreads], rho, at.along * sd[:, :spreads])
        for sd in (tau, within, own)
    ]
    total = of_b[0] + of_b[1] + of_b[2]
    return of_b[0] / total, of_b[1] / total, of_b[2] / total


def _ground(
    built: Stock, nodes: Whole, at: average_sa.Reference, shape: tuple[int, int], argument: SiteVariabilityArgument
) -> Ground:
    zones, of_place = np.unique(built.zone, return_inverse=True)
    linear = np.empty((zones.size, *shape, len(MEASURES)), np.float32)
    constants = np.empty((8, zones.size, len(MEASURES)))
    for z, zone in enumerate(zones):
        for i, measure in enumerate(MEASURES):
            one = at.model.response(float(zone), measure, "arbitrary")
            linear[z, :, :, i] = one.linear_ln(at.magnitude, at.distance_km).reshape(shape)
            constants[:, z, i] = one.f2, one.f3, one.ln_low, one.ln_high, one.s1, one.s2, one.xl, one.xh
    f2, f3, low, high, s1, s2, xl, xh = constants
    start = np.log(xl) - (np.log(CMS2_PER_G) if argument == "cm/s2" else 0.0)
    mound = np.array([at.model.wierde_ln(k) for k in MEASURES])
    return Ground(
        nodes,
        built.x,
        built.y,
        np.searchsorted(built.node, np.arange(built.x.size + 1)).astype(np.int64),
        of_place.astype(np.int64),
        np.where(built.wierde[:, None], np.array([mound.mean(), mound[0]]), 0.0),
        linear,
        np.stack([f2, np.log(f3), low, high, s1, s2 - s1, start, 1.0 / np.log(xh / xl)], axis=-1),
    )


def leaf_weights(field: Field) -> Floats:
    """Weights (mapping, fragility, consequence) of what shaking does."""
    return logic_tree.joint_weights(
        field.stock.weight, field.vulnerable.fragility_weight, field.vulnerable.consequence_weight
    )


def _failure(built: Stock, vulnerable: loss.Vulnerability, weight: Floats) -> Failure:
    """Tables of a mean over branches (mapping, fragility, consequence); draws need one branch with all the weight.

    Between the points of a table a function is read along straight lines, which adds on average what a variance of a
    sixth of the step squared would add: the tables are made with so much less scatter.
    """
    m, f, c = (int(i[0]) for i in np.nonzero(weight == weight.max()))
    of_mapping, of_fragility, of_consequence = weight.sum((1, 2)), weight.sum((0, 2)), weight.sum((0, 1))
    capacity, people = vulnerable.fragility, vulnerable.consequence
    sharper = replace(
        vulnerable,
        fragility=replace(
            capacity,
            sigma=_sharper(capacity.sigma, capacity.b1 * LN_STEP),
            chimney_beta=_sharper(capacity.chimney_beta, PEAK_STEP),
        ),
    )
    damage = loss.damage(sharper, LN_G)  # class, fragility, state, z
    collapse = damage[:, :, -len(COLLAPSE_STATES) :]
    presence = occupants.presence()
    beside = presence.outside / presence.inside
    shares = np.diff(people.pd_inside + beside * people.pd_outside, axis=-1, prepend=0.0)
    dead = np.einsum("fc,nck,nfkz->nz", weight.sum(0), shares, collapse)
    fallen = np.einsum("f,nfz->nz", of_fragility, loss.fallen(sharper, LN_PEAK))
    struck = beside * np.einsum(
        "c,ncz->nz",
        of_consequence,
        lognormal(people.chimney_median_g, _sharper(people.chimney_beta, PEAK_STEP), LN_PEAK),
    )
    buildings = built.by_class(of_mapping @ built.number)
    day, night = (built.by_class(of_mapping @ built.inside[..., time]) for time in (0, 1))
    states = np.einsum("f,nfkz->nzk", of_fragility, damage)
    return Failure(
        _over_classes((buildings, states), (day, dead[..., None]), (night, dead[..., None])),
        _over_classes((buildings, fallen[..., None]), (day, struck[..., None]), (night, struck[..., None])),
        np.searchsorted(built.place, np.arange(built.node.size + 1)).astype(np.int64),
        built.kind.astype(np.int64),
        np.ascontiguousarray(built.number[m]),
        built.inside[m] / np.maximum(built.number[m], 1e-300)[:, None],
        np.ascontiguousarray(capacity.b0[:, f]),
        np.ascontiguousarray(capacity.b1[:, f]),
        np.ascontiguousarray(capacity.sigma[:, f]),
        np.log(capacity.limit_m[:, f, : len(COLLAPSE_STATES)]),
        np.ascontiguousarray(people.pd_inside[:, c]),
        beside * people.pd_outside[:, c],
    )


def _sharper(sd: Floats, step: float | Floats) -> Floats:
    """Standard deviation of a function whose table, read along straight lines, has the given one, averaged over a step.

    Zero stays zero; raises ValueError for another that is smaller than what the lines add.
    """
    variance = np.where(sd > 0.0, sd**2 - step**2 / 6.0, 0.0)
    if (variance < 0.0).any():
        raise ValueError(f"scatter of {sd[sd > 0.0].min():.3g} is too fine for tables with steps of {np.max(step):.3g}")
    return np.sqrt(variance)


def _over_classes(*parts: tuple[Floats, Floats]) -> NDArray[np.float32]:
    """Sums over classes of (place, class) times a table (class, z, column), side by side in (place, z, column)."""
    sums = []
    for by_class, table in parts:
        flat = np.where(table > _NEGLIGIBLE, table, 0.0).reshape(len(table), -1).astype(np.float32)
        sums.append((by_class.astype(np.float32) @ flat).reshape(len(by_class), *table.shape[1:]))
    return np.concatenate(sums, axis=-1)
