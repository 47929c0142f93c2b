"""Buildings: a labelled array of what stands where, of which class with which probability, and who is inside.

    buildings(building, vulnerability_class, mapping)
        x, y            RD New, m                           (building)
        zone            geological zone, -1 = none          (building)
        wierde          stands on a dwelling mound          (building)
        number          buildings that the row stands for   (building)   1 for a single one, fractions for aggregates
        people_day, people_night   persons inside, whole row (building)
        pc4, municipality, use     text, "" where unknown   (building)
        share           probability of each class           (mapping, building, vulnerability_class), sums to one
        mapping_weight  weight of each way of reading classes from what is known (mapping), sums to one

The risk of a building is the mean over its classes. What lies between buildings of one row is not known, so a row
that stands for many counts as so many buildings of the same risk.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from mijnrisico import data
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import site

Array = NDArray[np.float64]

AS_GIVEN: Final = "as given"
"""Name of the only mapping of a file that states classes itself."""
SHARE_TOLERANCE: Final = 1e-6
"""Shares read from text may miss one by so much; they are scaled to sum to one exactly."""

_UNITS: Final = {
    "x": ("m", "easting, RD New"),
    "y": ("m", "northing, RD New"),
    "zone": ("1", "geological zone, -1 = none"),
    "wierde": ("1", "stands on a dwelling mound"),
    "number": ("1", "buildings that the row stands for"),
    "people_day": ("persons", "people inside by day"),
    "people_night": ("persons", "people inside at night"),
    "pc4": ("", "postcode"),
    "municipality": ("", "municipality"),
    "use": ("", "use"),
    "share": ("1", "probability of each vulnerability class"),
    "mapping_weight": ("1", "weight of the mapping from what is known to classes"),
}


@cache
def classes() -> tuple[str, ...]:
    """Return the 35 vulnerability classes of the Groningen fragility models, in the order of their table."""
    return tuple(dict.fromkeys(str(name) for name in data.table("fcm_v7_fragility")["vulnerability_class"]))


def of(
    building: Sequence[str] | NDArray[np.object_],
    x: ArrayLike,
    y: ArrayLike,
    share: ArrayLike,
    *,
    mapping: Mapping[str, float] | None = None,
    number: ArrayLike = 1.0,
    people_day: ArrayLike = 0.0,
    people_night: ArrayLike = 0.0,
    zone: ArrayLike | None = None,
    wierde: ArrayLike = False,
    pc4: ArrayLike = "",
    municipality: ArrayLike = "",
    use: ArrayLike = "",
    kind: str = "file",
    source: str = "",
    where: str = "buildings",
) -> xr.Dataset:
    """Return checked buildings; what is one value counts for each of them.

    Args:
        building: ids, text.
        x, y: RD New, m, (building).
        share: (building, vulnerability_class) or (mapping, building, vulnerability_class), over `classes()`.
        mapping: weight of each mapping by name, in the order of `share`; by default one, `AS_GIVEN`.
        number, people_day, people_night, wierde, pc4, municipality, use: see the module.
        zone: by default found by `site.zone_of`.
        kind: "synthetic" or "file".
        source: in words, for reports.
        where: what messages call these buildings.

    Raises:
        InputError: see `problems`.
    """
    ids = np.asarray(building, dtype=object)
    weights = mapping or {AS_GIVEN: 1.0}
    shares = np.asarray(share, float)
    shares = shares[None] if shares.ndim == 2 else shares
    found = xr.Dataset(coords={"building": ids, "mapping": list(weights), "vulnerability_class": list(classes())})
    east, north = np.asarray(x, float), np.asarray(y, float)
    columns: dict[str, tuple[ArrayLike, type]] = {
        "x": (east, float),
        "y": (north, float),
        "zone": (_zone_of(*np.broadcast_arrays(east, north)) if zone is None else zone, int),
        "wierde": (wierde, bool),
        "number": (number, float),
        "people_day": (people_day, float),
        "people_night": (people_night, float),
        "pc4": (pc4, object),
        "municipality": (municipality, object),
        "use": (use, object),
    }
    for name, (values, dtype) in columns.items():
        found[name] = ("building", np.broadcast_to(np.asarray(values, dtype), ids.shape).copy())
    found["share"] = (("mapping", "building", "vulnerability_class"), shares)
    found["mapping_weight"] = ("mapping", np.array(list(weights.values()), float))
    for name, (unit, text) in _UNITS.items():
        found[name].attrs = {"units": unit, "long_name": text}
    found.attrs = {"kind": kind, "source": source}
    if wrong := problems(found, where):
        raise InputError(wrong)
    total = found["share"].sum("vulnerability_class")
    found["share"] = (found["share"] / total).assign_attrs(found["share"].attrs)
    return found


def _zone_of(x: Array, y: Array) -> NDArray[np.int64]:
    """Zone of each point; none for a point that is no number, which `problems` reports."""
    known = np.isfinite(x) & np.isfinite(y)
    zone = np.full(x.shape, site.NO_ZONE, dtype=np.int64)
    zone[known] = site.zone_of(x[known], y[known])
    return zone


def problems(buildings: xr.Dataset, where: str = "buildings") -> list[Problem]:
    """Return what is wrong with buildings, everything at once, [] when nothing is.

    E411 for ids that are not unique, E504 for shares or weights that do not sum to one, E503 for a number, a count of
    people or a coordinate that cannot be one.
    """
    ids = buildings["building"].to_numpy()
    once, count = np.unique(ids.astype(str), return_counts=True)
    found: list[Problem] = []
    if doubled := once[count > 1].tolist():
        found.append(Problem("E411", where, {"got": tuple(doubled), "n": len(doubled)}))
    for name, low in (("number", 0.0), ("people_day", 0.0), ("people_night", 0.0), ("x", -np.inf), ("y", -np.inf)):
        values = buildings[name].to_numpy()
        bad = np.flatnonzero(~np.isfinite(values) | (values < low))
        if bad.size:
            got = tuple(f"{name} = {values[i]:g} ({ids[i]})" for i in bad[:20])
            params = {"got": got, "expected": "≥ 0", "example": f"{name} = 1"}
            found.append(Problem("E503", f"{where} [{name}]", params))
    weights = buildings["mapping_weight"].to_numpy()
    if abs(weights.sum() - 1.0) > SHARE_TOLERANCE or (weights < 0.0).any():
        got = tuple(f"{name} = {w:g}" for name, w in zip(buildings["mapping"].to_numpy(), weights, strict=True))
        found.append(Problem("E504", f"{where} [mapping]", {"sum": float(weights.sum()), "weights": got}))
    share = buildings["share"].to_numpy()
    total = share.sum(axis=2)
    off = (np.abs(total - 1.0) > SHARE_TOLERANCE) | ~np.isfinite(total) | (share < 0.0).any(axis=2)
    if off.any():
        rows = np.flatnonzero(off.any(axis=0))
        first = int(np.flatnonzero(off[:, rows[0]])[0])
        got = tuple(f"{ids[i]}: {total[off[:, i], i][0]:g}" for i in rows[:20])
        params = {"sum": float(total[first, rows[0]]), "weights": got}
        found.append(Problem("E504", f"{where} [{ids[rows[0]]}]", params))
    return found


def mean_share(buildings: xr.Dataset) -> xr.DataArray:
    """Return the probability of each class, mean over the mappings (building, vulnerability_class)."""
    return (buildings["share"] * buildings["mapping_weight"]).sum("mapping", skipna=False)


def with_zone(buildings: xr.Dataset) -> xr.Dataset:
    """Return the buildings that lie in a zone; `attrs` tells how many buildings and people (at night) were left out."""
    inside = buildings["zone"].to_numpy() != site.NO_ZONE
    left = {name: float(buildings[name].to_numpy()[~inside].sum()) for name in ("number", "people_night")}
    kept = buildings if inside.all() else buildings.isel(building=np.flatnonzero(inside))
    return kept.assign_attrs(buildings_left_out=left["number"], people_left_out=left["people_night"])
