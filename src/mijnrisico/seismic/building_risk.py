"""Local personal risk of buildings: each on its own ground, of its own classes.

    LPR(building) = sum over mappings of weight sum over classes of share LPR(class at x, y | zone, surface)

Where a building stands decides the rates of the earthquakes, its zone and surface what they do; the rates are smooth.
So the risk of every class is computed on the nodes of a grid, for the zones and surfaces of the buildings around them,
and interpolated between the 4 x 4 nodes around a building with cubic (Lagrange) weights. LPR is linear in the rates,
so this is the interpolation of the rates; the error is stated in tests/seismic/test_building_risk.py. The complete tree
is in `building_tree`, tables of both in `building_tables`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import norm
from mijnrisico.core.workers import threads
from mijnrisico.seismic import hazard, risk
from mijnrisico.seismic.exposure.buildings import mean_share
from mijnrisico.seismic.motion.model import Surface

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Progress = Callable[[float], None]

NODE_M: Final = 1000.0
LEVELS: Final = tuple(
    float(norm.norm(name).value or np.nan) for name in ("veiligheidsnorm", "tijdelijke_veiligheidsnorm")
)
"""Levels that buildings are counted above, 1/year: the norm and the temporary norm."""
SURFACES: Final[tuple[Surface, Surface]] = ("regular", "wierde")
_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """Where the risk must be known for some buildings, and how it is interpolated.

    `sites` (site) has x, y (m), zone and wierde. Building b lies in box `box[b]` (-1: no zone) at `east[b]`, `north[b]`
    of its side; the 16 sites around a box are `around` (box, 16), rows from south to north, west to east in a row.
    """

    sites: xr.Dataset
    box: Whole
    around: Whole
    east: Array
    north: Array


def nodes(buildings: xr.Dataset, cell_m: float = NODE_M) -> Nodes:
    """Return the nodes (multiples of `cell_m`, per zone and surface) around buildings (`exposure.buildings`)."""
    x, y = (buildings[name].to_numpy().astype(float) / cell_m for name in ("x", "y"))
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    zone, wierde = buildings["zone"].to_numpy().astype(np.int64), buildings["wierde"].to_numpy().astype(np.int64)
    known = np.flatnonzero(zone >= 0)
    boxes, box = np.unique(np.stack([zone, wierde, row, column])[:, known], axis=1, return_inverse=True)
    north, east = (step.ravel() for step in np.meshgrid(np.arange(-1, 3), np.arange(-1, 3), indexing="ij"))
    corners = np.stack(
        [
            np.repeat(boxes[0][:, None], 16, axis=1),
            np.repeat(boxes[1][:, None], 16, axis=1),
            boxes[2][:, None] + north,
            boxes[3][:, None] + east,
        ]
    )
    sites, around = np.unique(corners.reshape(4, -1), axis=1, return_inverse=True)
    place = np.full(zone.size, -1)
    place[known] = box.ravel()
    return Nodes(
        sites=xr.Dataset(
            {
                "x": ("site", sites[3] * cell_m, {"units": "m"}),
                "y": ("site", sites[2] * cell_m, {"units": "m"}),
                "zone": ("site", sites[0], {"units": "1"}),
                "wierde": ("site", sites[1].astype(bool), {"units": "1"}),
            }
        ),
        box=place,
        around=around.reshape(-1, 16),
        east=x - column,
        north=y - row,
    )


def at_nodes(
    forecast: xr.Dataset | hazard.Sources,
    sites: xr.Dataset,
    *,
    tables: Mapping[Surface, xr.Dataset] | None = None,
    progress: Progress = lambda _: None,
    **settings: Any,
) -> xr.Dataset:
    """Mean risk of every class at sites, each with its own surface: `risk.risk` of those on a mound and of the others.

    Args:
        forecast: as for `risk.risk`.
        sites: as for `risk.risk`, with `wierde` (site).
        tables: `risk.loss_tables` per surface; those that lack a zone are made again.
        progress: called with the fraction done.
        settings: the others of `risk.risk`.
    """
    wierde, zone = sites["wierde"].to_numpy(), sites["zone"].to_numpy()
    parts, rows = [], []
    for index, surface in enumerate(SURFACES):
        here = np.flatnonzero(wierde == bool(index))
        if here.size == 0 and (index == 0 or rows):
            continue
        given = (tables or {}).get(surface)
        if given is not None and not np.isin(zone[here], given["zone"].to_numpy()).all():
            given = None
        share = here.size / max(wierde.size, 1)
        found = risk.risk(
            forecast,
            sites.isel(site=here),
            surface=surface,
            tables=given,
            progress=lambda done, share=share, index=index: progress(
                done * share if index == 0 else 1.0 - share + done * share
            ),
            **settings,
        )
        parts.append(found[["lpr_mean"]])
        rows.append(here)
    joined = parts[0] if len(parts) == 1 else xr.concat(parts, "site", combine_attrs="override")
    order = np.argsort(np.concatenate(rows))
    return joined.isel(site=order).assign_attrs(surface="own")


def means(
    forecast: xr.Dataset | hazard.Sources,
    buildings: xr.Dataset,
    *,
    tables: Mapping[Surface, xr.Dataset] | None = None,
    cell_m: float = NODE_M,
    progress: Progress = lambda _: None,
    **settings: Any,
) -> xr.Dataset:
    """Mean local personal risk of every building in every year of the forecast.

    Args:
        forecast: factored event rates, or `hazard.sources` or `averaged` of them.
        buildings: `exposure.buildings`; those without a zone get NaN.
        tables: `risk.loss_tables` per surface, or none.
        cell_m: distance between the nodes.
        progress: called with the fraction done.
        settings: model, motion, site_term, site_correlation and site_variability_argument of `risk.risk`.

    Returns:
        As `summed`.
    """
    where = nodes(buildings, cell_m)
    return summed(buildings, where, at_nodes(forecast, where.sites, tables=tables, progress=progress, **settings))


def summed(buildings: xr.Dataset, where: Nodes, risk_at: xr.Dataset) -> xr.Dataset:
    """Means of buildings from the risk at their nodes (`at_nodes` of `where.sites`).

    Returns:
        `lpr_mean` (building, year), 1/year, NaN without a zone; `number` (vulnerability_class), the expected number of
        buildings of a class, and `above` (year, vulnerability_class, level) of how many of them the risk *as a building
        of that class* is above a level. They do not add up to the buildings whose own risk is above it.
    """
    lpr = risk_at["lpr_mean"].transpose("site", "year", "vulnerability_class").to_numpy()
    share = mean_share(buildings).transpose("building", "vulnerability_class").to_numpy()
    number = buildings["number"].to_numpy().astype(float)
    mean = np.full((number.size, lpr.shape[1]), np.nan)
    blocks = -(-number.size // _BLOCK)
    above = np.zeros((blocks, *lpr.shape[1:], len(LEVELS)))
    weight = np.where(where.box[:, None] >= 0, share * number[:, None], 0.0)

    def fill(first: int, last: int) -> None:
        for block in range(first, last):
            rows = slice(block * _BLOCK, (block + 1) * _BLOCK)
            _sum(
                where.box[rows], where.around, where.east[rows], where.north[rows], lpr, share[rows], weight[rows],
                np.array(LEVELS), mean[rows], above[block],
            )  # fmt: skip

    with threads() as spread:
        spread(fill, blocks)
    classes = risk_at["vulnerability_class"].to_numpy()
    return xr.Dataset(
        {
            "lpr_mean": (("building", "year"), mean, risk.lpr_attrs()),
            "number": ("vulnerability_class", weight.sum(axis=0), {"units": "buildings"}),
            "above": (("year", "vulnerability_class", "level"), above.sum(axis=0), {"units": "buildings"}),
        },
        coords={
            "building": buildings["building"].to_numpy(),
            "year": risk_at["year"].to_numpy(),
            "vulnerability_class": classes,
            "level": ("level", list(LEVELS), {"units": "1/year"}),
        },
        attrs=risk_at.attrs | {"without_zone": float(number[where.box < 0].sum())},
    )


def as_classes(where: Nodes, lpr: Array, rows: Whole) -> Array:
    """Risk of some buildings as if of each class, (row, year, class), from `lpr` (site, year, class) at the nodes."""
    out = np.empty((rows.size, *lpr.shape[1:]))
    _as_classes(where.box[rows], where.around, where.east[rows], where.north[rows], lpr, out)
    return out


@numba.njit(cache=True, inline="always")
def _cubic(at, weight):
    """Lagrange weights of the points -1, 0, 1, 2 at a point between 0 and 1."""
    weight[0] = -at * (at - 1.0) * (at - 2.0) / 6.0
    weight[1] = (at + 1.0) * (at - 1.0) * (at - 2.0) / 2.0
    weight[2] = -(at + 1.0) * at * (at - 2.0) / 2.0
    weight[3] = (at + 1.0) * at * (at - 1.0) / 6.0


@numba.njit(cache=True, inline="always")
def _between(sites, wx, wy, lpr, year, own):
    """Fill `own` (class,) with what lies between 16 sites in a year of `lpr` (site, year, class)."""
    own[:] = 0.0
    for j in range(16):
        w, row = wy[j // 4] * wx[j % 4], lpr[sites[j], year]
        for c in range(own.size):
            own[c] += w * row[c]


@numba.njit(cache=True, nogil=True)
def _sum(box, around, east, north, lpr, share, weight, levels, mean, above):
    """Fill `mean` (building, year) and add to `above` (year, class, level) from `lpr` (site, year, class)."""
    wx, wy = np.empty(4), np.empty(4)
    own = np.empty(lpr.shape[2])
    for b in range(box.size):
        if box[b] < 0:
            continue
        _cubic(east[b], wx)
        _cubic(north[b], wy)
        for year in range(lpr.shape[1]):
            _between(around[box[b]], wx, wy, lpr, year, own)
            total = 0.0
            for c in range(own.size):
                if share[b, c] > 0.0:
                    total += share[b, c] * own[c]
                    for k in range(levels.size):
                        if own[c] > levels[k]:
                            above[year, c, k] += weight[b, c]
            mean[b, year] = total


@numba.njit(cache=True, nogil=True)
def _as_classes(box, around, east, north, lpr, out):
    """Fill `out` (building, year, class) with the risk of buildings as if of each class."""
    wx, wy = np.empty(4), np.empty(4)
    for b in range(box.size):
        _cubic(east[b], wx)
        _cubic(north[b], wy)
        for year in range(lpr.shape[1]):
            _between(around[box[b]], wx, wy, lpr, year, out[b, year])
