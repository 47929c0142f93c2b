"""Light damage (DS1) of buildings: how often at a place, how many buildings a year.

    P(DS1 | PGV)         = Phi(ln(PGV / median) / beta)                                       PGV in mm/s
    P(DS1 | M, r, Vs30)  = Phi((E ln PGV - ln median) / sqrt(beta^2 + sigma^2))               the variances add
    rate(site, type)     = sum over M, r of lambda(site; M, r) P(DS1 | M, r, Vs30)             per year
    count                = sum over buildings of rate                                          buildings per year

The motion is the model of peak ground velocity of 2021 in its largest direction, sigma all of its scatter, lambda what
the site sees of the forecast. Every event meets a building without damage: the rate counts light damage that is
repaired each time, and is not the chance that a crack grows (`korswagen_2022`). Three types of buildings have a curve;
which class takes which is data (`building_types.toml`), the others are counted and left out.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import xarray as xr
from numba import njit
from numpy.typing import ArrayLike
from scipy.special import ndtr

from mijnrisico import data
from mijnrisico.core.curve import FRACTILES, statistics, weighted_fractile
from mijnrisico.core.logic_tree import joint_weights
from mijnrisico.core.model import Model
from mijnrisico.core.workers import threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import hazard, site
from mijnrisico.seismic.hazard.rates import averaged, for_model, mean_site_rates
from mijnrisico.seismic.motion import bommer_2021_pgv
from mijnrisico.seismic.motion.model import Component
from mijnrisico.seismic.vulnerability import Array
from mijnrisico.units import LN_MM_PER_CM

COMPONENT: Final[Component] = "max_rotated"
PLACE_M: Final = 500.0
"""Buildings on the same ground within a square of this side share a place, their middle: with sources at 3 km depth it
moves the count of a square by less than a thousandth."""
FARTHEST_KM: Final = 100.0
"""Hypocentral distance beyond which an event does nothing."""
_NODES: Final = 240
"""Distances between which the probability is taken as linear in ln r: a count is right to 0.01 %."""
_CELL_BLOCK: Final = 128

MODEL: Final = Model(
    name="ds1",
    role="damage",
    predicts={"P(DS1)": "1"},
    needs={"PGV": "mm/s, largest direction", "building_type": ""},
    valid={},
    source="TNO, chain for light damage in the public hazard and risk chain (version after March 2025), EUPL-1.2",
    departs="Vs30 of the geological zone instead of the postcode; the type of a building from its vulnerability class, "
    "by labelled assumptions",
)


@dataclass(frozen=True, slots=True)
class Curve:
    """Median peak ground velocity (mm/s) and logarithmic standard deviation of light damage of a type of building."""

    median_mm_s: float
    beta: float


@cache
def curves() -> dict[str, Curve]:
    """The curve of each type of building that has one."""
    table = data.table("ds1_fragility")
    columns = (table[name].tolist() for name in ("building_type", "median_pgv_mm_s", "beta_ln"))
    return {str(name): Curve(float(median), float(beta)) for name, median, beta in zip(*columns, strict=True)}


@cache
def types_of_classes() -> dict[str, dict[str, float]]:
    """Share of each type of building in the vulnerability classes that have a curve."""
    text = resources.files("mijnrisico.seismic.damage").joinpath("building_types.toml").read_text("utf-8")
    rules = tomllib.loads(text)["rule"]
    return {str(name): dict(rule["types"]) for rule in rules for name in rule["classes"]}


def probability(building_type: str, ln_pgv_mm_s: ArrayLike, sd: ArrayLike = 0.0) -> Array:
    """Probability of light damage by one event.

    Args:
        building_type: a name of `curves`.
        ln_pgv_mm_s: ln of the (median) peak ground velocity in mm/s, largest direction.
        sd: scatter of ln PGV around it.

    Raises:
        InputError: E503 for a type without a curve.
    """
    if building_type not in curves():
        params = {"got": building_type, "expected": ", ".join(curves()), "example": next(iter(curves()))}
        raise InputError(Problem("E503", "building_type", params))
    curve = curves()[building_type]
    return ndtr((np.asarray(ln_pgv_mm_s, float) - np.log(curve.median_mm_s)) / np.hypot(curve.beta, sd))


def scatter() -> float:
    """Standard deviation of ln PGV around its median at a place of known Vs30: between, within and site to site."""
    c = bommer_2021_pgv.coefficients(COMPONENT)
    return float(np.sqrt(c["tau"] ** 2 + c["phi_s2s"] ** 2 + c["phi_ss"] ** 2))


def _given_event(building_type: str, magnitude: Array, distance_km: Array, vs30_m_s: float) -> Array:
    """P(DS1 | M, r, Vs30), (magnitude, distance)."""
    median = bommer_2021_pgv.median_ln(magnitude[:, None], distance_km, COMPONENT, vs30_m_s)
    return probability(building_type, median + LN_MM_PER_CM, scatter())


def ds1_rates(
    forecast: xr.Dataset | hazard.Sources, sites: xr.Dataset, building_types: Sequence[str] | None = None
) -> xr.Dataset:
    """Annual rate of earthquakes that give a building without damage light damage, mean over the source branches.

    Args:
        forecast: factored event rates, or `hazard.sources` of it for the motion model "bommer_2021_pgv".
        sites: dimension `site` with x, y (m) and vs30 (m/s); NaN where the ground is not known.
        building_types: names of `curves`; all of them by default.

    Returns:
        `rate` (site, year, building_type), 1/year; NaN where vs30 is.

    Raises:
        InputError: E503 for a type without a curve.
    """
    types = tuple(curves()) if building_types is None else tuple(building_types)
    ready = averaged(for_model(forecast, bommer_2021_pgv.PGV))
    x, y, vs30 = (sites[name].to_numpy().astype(float) for name in ("x", "y", "vs30"))
    with threads() as spread:
        seen, _ = mean_site_rates(ready, x, y, spread)
    distance_km, rate = ready.table().distance_km, np.full((x.size, ready.year.size, len(types)), np.nan)
    for ground in np.unique(vs30[np.isfinite(vs30)]):
        here = np.flatnonzero(vs30 == ground)
        given = np.stack([_given_event(name, ready.magnitude, distance_km, float(ground)) for name in types], axis=-1)
        rate[here] = np.tensordot(seen[here], given, axes=2)
    return xr.Dataset(
        {"rate": (("site", "year", "building_type"), rate, {"units": "1/year", "long_name": "rate of light damage"})},
        coords={"year": ready.year, "building_type": list(types), "x": sites["x"], "y": sites["y"]},
        attrs={"motion_model": bommer_2021_pgv.MODEL.name, "component": COMPONENT},
    )


def ds1_counts(forecast: xr.Dataset | hazard.Sources, buildings: xr.Dataset) -> xr.Dataset:
    """Expected number of buildings with light damage by earthquakes per year, over source branches and mappings.

    Args:
        forecast: as for `ds1_rates`.
        buildings: as of `exposure.buildings`.

    Returns:
        `count` (year, statistic) in buildings per year: mean and fractiles over the branches of the source times the
        mappings to classes, and `by_type` (year, building_type), its mean by type of building. attrs: `buildings`
        that were counted, `without_curve` and `without_ground`, buildings left out (mean over the mappings).

    The number of branches costs nothing: what all buildings together see of each cell is summed first, and the
    coefficients of branches and years come last.
    """
    ready = for_model(forecast, bommer_2021_pgv.PGV)
    places, types = _places(buildings), tuple(curves())
    made = _of_maps(ready, places)
    by_leaf = np.einsum("kamq,qmyb->kyab", made, ready.coefficient, optimize=True)
    mapping_weight = buildings["mapping_weight"].to_numpy().astype(float)
    weight = joint_weights(mapping_weight, ready.weight).ravel()
    leaves = by_leaf.sum(axis=0).reshape(ready.year.size, -1)
    count = np.stack([[year @ weight, *weighted_fractile(year, weight, FRACTILES)] for year in leaves])
    by_type = np.einsum("kyab,a,b->yk", by_leaf, mapping_weight, ready.weight)
    return xr.Dataset(
        {
            "count": (("year", "statistic"), count, {"units": "buildings/year"}),
            "by_type": (("year", "building_type"), by_type, {"units": "buildings/year"}),
        },
        coords={"year": ready.year, "statistic": list(statistics()), "building_type": list(types)},
        attrs={
            "motion_model": bommer_2021_pgv.MODEL.name,
            "component": COMPONENT,
            "buildings": float(np.einsum("kap,a->", places.number, mapping_weight)),
            "without_curve": places.without_curve,
            "without_ground": places.without_ground,
        },
    )


def _of_maps(ready: hazard.Sources, places: "_Places") -> Array:
    """What all places make of one unit of each map of the forecast, (type, mapping, magnitude, map).

    P depends on the ground by a shift of ln PGV, and smoothly: three grounds and a parabola between them stand for all.
    """
    grounds, share = _three_grounds(places.vs30)
    kinds, mappings, _ = places.number.shape
    columns = np.einsum("kap,gp->pkag", places.number, share)
    ln_nodes = np.linspace(np.log(ready.depth_km.min()), np.log(FARTHEST_KM), _NODES)
    given = [  # (ground, node) x magnitude of each type
        np.concatenate([_given_event(name, ready.magnitude, np.exp(ln_nodes), ground).T for ground in grounds])
        for name in curves()
    ]
    flat = np.ascontiguousarray(columns.reshape(places.x.size, -1))
    made = np.zeros((kinds, mappings, ready.magnitude.size, ready.maps.shape[1]))
    for first in range(0, ready.x.size, _CELL_BLOCK):
        block = slice(first, first + _CELL_BLOCK)
        cells = (ready.x[block], ready.y[block], ready.depth_km[block])
        seen = np.zeros((cells[0].size, ln_nodes.size, flat.shape[1]))
        _scatter(*cells, places.x, places.y, flat, ln_nodes, seen)
        by_kind = seen.reshape(*seen.shape[:2], kinds, mappings, len(grounds)).transpose(2, 3, 0, 4, 1)
        for k, table in enumerate(given):
            of_cell = by_kind[k].reshape(mappings * cells[0].size, -1) @ table
            made[k] += of_cell.reshape(mappings, cells[0].size, -1).transpose(0, 2, 1) @ ready.maps[block]
    return made


def _three_grounds(vs30: Array) -> tuple[Array, Array]:
    """Three values of Vs30 and the share of each in each place (ground, place): a parabola in ln Vs30."""
    ln = np.log(vs30)
    low, high = float(ln.min()), float(ln.max())
    nodes = np.linspace(low, max(high, low + 1e-6), 3)
    share = np.stack(
        [np.prod([(ln - other) / (node - other) for other in nodes if other != node], axis=0) for node in nodes]
    )
    return np.exp(nodes), share


@njit(cache=True, nogil=True)
def _scatter(cell_x, cell_y, depth_km, x, y, number, ln_nodes, out):
    """Add buildings `number` (place, column) onto distances from each cell, even in ln km: out (cell, node, column)."""
    step = ln_nodes[1] - ln_nodes[0]
    for c in range(cell_x.size):
        for p in range(x.size):
            east, north = (cell_x[c] - x[p]) / 1000.0, (cell_y[c] - y[p]) / 1000.0
            place = (0.5 * np.log(east**2 + north**2 + depth_km[c] ** 2) - ln_nodes[0]) / step
            left = int(place)
            if place < 0.0 or left >= ln_nodes.size - 1:
                continue
            part = place - left
            for k in range(number.shape[1]):
                out[c, left, k] += (1.0 - part) * number[p, k]
                out[c, left + 1, k] += part * number[p, k]


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Buildings added up: x, y (m) and Vs30 (m/s) of each place; number (type, mapping, place)."""

    x: Array
    y: Array
    vs30: Array
    number: Array
    without_curve: float
    without_ground: float


def _places(buildings: xr.Dataset) -> _Places:
    """Add up the buildings on the same ground in a square of `PLACE_M`."""
    share = buildings["share"].transpose("mapping", "building", "vulnerability_class").to_numpy()
    classes = [str(name) for name in buildings["vulnerability_class"].to_numpy()]
    to_type = np.array([[types_of_classes().get(name, {}).get(kind, 0.0) for kind in curves()] for name in classes])
    each = buildings["number"].to_numpy().astype(float)
    number = (share @ to_type) * each[:, None]  # (mapping, building, type)
    vs30 = site.vs30_of(buildings["zone"].to_numpy())
    known = np.isfinite(vs30)
    mapping_weight = buildings["mapping_weight"].to_numpy().astype(float)
    curved = np.einsum("abk,a->b", number, mapping_weight)
    x, y = (buildings[axis].to_numpy().astype(float)[known] for axis in "xy")
    square = np.column_stack([np.floor(x / PLACE_M), np.floor(y / PLACE_M), vs30[known]])
    unique, place = np.unique(square, axis=0, return_inverse=True)
    place = place.ravel()
    total = np.bincount(place, each[known], len(unique))
    middle_x, middle_y = (np.bincount(place, axis * each[known], len(unique)) / total for axis in (x, y))
    together = np.zeros((len(curves()), share.shape[0], len(unique)))
    for k in range(len(curves())):
        for a in range(share.shape[0]):
            together[k, a] = np.bincount(place, number[a, known, k], len(unique))
    return _Places(
        middle_x,
        middle_y,
        unique[:, 2],
        together,
        without_curve=float((each - curved)[known].sum()),
        without_ground=float(each[~known].sum()),
    )
