"""Buildings brought together: those of one class, on one kind of ground, in one square, with about as many people.

A hundred thousand buildings are a few thousand places: a place is the ground of one zone, ordinary or a dwelling mound,
in one square of 1 km, and all its buildings are shaken as at the centre of the square. In a place buildings of one
class with about as many people (bins of a factor two, the mean within a bin) make a group: how many buildings there
are is a sum of probabilities, so it need not be whole.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SQUARE_M: Final = 1000.0
"""Side of the squares, whose corners are at multiples of it (m, RD New)."""
QUANTITIES: Final = ("deaths", "chimney", "ds2", "ds3", "ds4", "cs1", "cs2", "cs3")
"""Losses: persons, chimneys that fall, buildings in at least a state of damage (ds) or of collapse (cs)."""


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """Buildings by group.

    Nodes are centres of squares: `x`, `y` (m), `column`, `row` on their grid. Places (`node`, `zone`, `wierde`) are in
    order of their node; groups (`place`, `kind`) in order of their place, `kind` a position in `classes`. `number`
    (mapping, group) are buildings, `inside` (mapping, group, 2) the people in them by day and at night, `weight`
    (mapping,).
    """

    classes: tuple[str, ...]
    x: Array
    y: Array
    column: Whole
    row: Whole
    node: Whole
    zone: Whole
    wierde: NDArray[np.bool_]
    place: Whole
    kind: Whole
    number: Array
    inside: Array
    weight: Array
    buildings_left_out: float
    people_left_out: float

    def by_class(self, of_groups: Array) -> Array:
        """Sum of values per group (..., group) over the groups of a place and class, (..., place, class)."""
        to = self.place * len(self.classes) + self.kind
        size = self.node.size * len(self.classes)
        flat = of_groups.reshape(-1, to.size)
        sums = np.zeros((len(flat), size))
        for row, values in zip(sums, flat, strict=True):
            row[:] = np.bincount(to, values, size)
        return sums.reshape(*of_groups.shape[:-1], self.node.size, len(self.classes))

    def people(self) -> Array:
        """People inside (mapping, group), mean over the year."""
        return self.inside @ day_and_night()


@cache
def day_and_night() -> Array:
    """Shares of the time that count as day and as night, (2,)."""
    text = resources.files("mijnrisico.seismic").joinpath("day_and_night.toml").read_text("utf-8")
    values = tomllib.loads(text)
    return np.array([float(values["day"]), float(values["night"])])


def people_inside(buildings: xr.Dataset) -> Array:
    """People inside buildings (`exposure.buildings`), mean over the day, (building,)."""
    both = np.stack([buildings[f"people_{moment}"].to_numpy() for moment in ("day", "night")], axis=-1)
    return both @ day_and_night()


def stock(buildings: xr.Dataset) -> Stock:
    """Bring buildings (`exposure.buildings`) together; those without a zone are left out, and counted.

    A row may stand for many buildings; its people are spread evenly over them.
    """
    zone = buildings["zone"].to_numpy()
    outside = zone < 0
    rows = np.flatnonzero(~outside)
    number, day, night = (buildings[name].to_numpy().astype(float) for name in ("number", "people_day", "people_night"))
    share = buildings["share"].transpose("mapping", "building", "vulnerability_class").to_numpy()[:, rows]
    present = np.flatnonzero(share.any(axis=(0, 1)))
    share = share[:, :, present]
    column, row = (np.floor(buildings[axis].to_numpy()[rows] / SQUARE_M).astype(np.int64) for axis in "xy")
    most = np.maximum(day, night)[rows] / np.where(number[rows] > 0.0, number[rows], 1.0)
    crowd = np.floor(np.log2(np.maximum(most, 0.5))).astype(np.int64)
    places, place = _distinct(row, column, zone[rows], buildings["wierde"].to_numpy()[rows].astype(np.int64))
    nodes, node = _distinct(places[0], places[1])
    building, kind = np.nonzero(share.any(axis=0))
    groups, group = _distinct(place[building], kind, crowd[building])

    def summed(of_buildings: Array) -> Array:
        each = of_buildings[building]
        sums = np.zeros((len(share), groups[0].size))
        for row, part in zip(sums, share, strict=True):
            row[:] = np.bincount(group, part[building, kind] * each, row.size)
        return sums

    return Stock(
        classes=tuple(str(name) for name in buildings["vulnerability_class"].to_numpy()[present]),
        x=(nodes[1].astype(float) + 0.5) * SQUARE_M,
        y=(nodes[0].astype(float) + 0.5) * SQUARE_M,
        column=nodes[1] - nodes[1].min(initial=nodes[1].max(initial=0)),
        row=nodes[0] - nodes[0].min(initial=nodes[0].max(initial=0)),
        node=node,
        zone=places[2],
        wierde=places[3].astype(bool),
        place=groups[0],
        kind=groups[1],
        number=summed(number[rows]),
        inside=np.stack([summed(day[rows]), summed(night[rows])], axis=-1),
        weight=buildings["mapping_weight"].to_numpy().astype(float),
        buildings_left_out=float(number[outside].sum()),
        people_left_out=float((np.stack([day, night], axis=-1)[outside] @ day_and_night()).sum()),
    )


def _distinct(*keys: Whole) -> tuple[list[Whole], Whole]:
    """The distinct combinations of keys, in their order, and the position of each among them."""
    low = [int(key.min()) if key.size else 0 for key in keys]
    span = [int(key.max()) - least + 1 if key.size else 1 for key, least in zip(keys, low, strict=True)]
    flat = np.ravel_multi_index([key - least for key, least in zip(keys, low, strict=True)], span)
    once, position = np.unique(flat, return_inverse=True)
    return [part + least for part, least in zip(np.unravel_index(once, span), low, strict=True)], position
