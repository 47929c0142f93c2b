"""What a bowl does to an object on it: settlement, tilt, bending, stretching, and the water around it.

From the quantities of the surface at each object (`subsidence`, `tilt_x`, `curvature_xx`, `strain_xx`, ...), with an
object so small against the bowl that curvature and strain are the same under all of it, and lying in the direction
that is worst for it. With k a principal curvature of the subsidence u (positive down) and L the length of the object:

    tilt                 w     = |grad u|
    relative rotation    beta  = |k| L / 2     slope at its end relative to the line between its ends
    deflection ratio     D / L = |k| L / 8     largest distance to that line, by its length
    horizontal strain          the principal one of the largest size, extension positive

Where the middle goes down more than the ends (k < 0) it sags, and the deflection ratio is positive here; where the ends
go down more (k > 0) it hogs, and it is negative. Of the two principal curvatures the larger counts, each against its
own allowance in `limits`: hogging counts double. `along` is the same for any profile of settlement under a building.

The motion is that of the free field: a stiff building moves less. A limit of annex H of EN 1997-1 is about one
foundation; a bowl of kilometres takes all foundations of a building with it, which is why its settlement as such says
little and its bending all. The tensile strain joins the largest extension with the worst bend as if they had one
direction, which is never too favourable.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.subsidence import deep_beam, limits, water
from mijnrisico.subsidence.limits import Limit

HOGGING_COUNTS: Final = 2.0
"""By how much a bend upward in the middle weighs more than one downward when the worst direction is chosen."""
_CM_PER_M: Final = 100.0
_COMPONENTS: Final = ("tilt_x", "tilt_y", *(f"{q}_{c}" for q in ("curvature", "strain") for c in ("xx", "xy", "yy")))


@dataclass(frozen=True, slots=True)
class Deformation:
    """How an object is bent: tilt, relative rotation and deflection ratio (1); sagging positive, hogging negative.

    `relative_rotation` carries no sign; the sign of `deflection_ratio` says which way it bends.
    """

    tilt: np.ndarray
    relative_rotation: np.ndarray
    deflection_ratio: np.ndarray


def principal(xx: np.ndarray, xy: np.ndarray, yy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest value that a symmetric tensor takes over all directions.

    >>> principal(np.array(0.0), np.array(2.0), np.array(0.0))
    (np.float64(-2.0), np.float64(2.0))
    """
    middle, radius = (xx + yy) / 2.0, np.hypot((xx - yy) / 2.0, xy)
    return middle - radius, middle + radius


def largest(xx: np.ndarray, xy: np.ndarray, yy: np.ndarray) -> np.ndarray:
    """Return the principal value of the largest size, with its sign; the positive one of two of one size."""
    low, high = principal(xx, xy, yy)
    return np.where(np.abs(low) > np.abs(high), low, high)


def bent(
    tilt_x: np.ndarray,
    tilt_y: np.ndarray,
    curvature_xx: np.ndarray,
    curvature_xy: np.ndarray,
    curvature_yy: np.ndarray,
    length_m: np.ndarray,
) -> Deformation:
    """Return how objects of a length are bent in their worst direction (equations of this module).

    Args:
        tilt_x: slope of the subsidence to the east (1).
        tilt_y: to the north (1).
        curvature_xx: second derivatives of the subsidence (1/m).
        curvature_xy: the mixed one.
        curvature_yy: to the north.
        length_m: largest length of the objects.
    """
    low, high = principal(curvature_xx, curvature_xy, curvature_yy)
    sagging, hogging = np.maximum(-low, 0.0), np.maximum(high, 0.0)
    hogs = HOGGING_COUNTS * hogging > sagging
    size = np.where(hogs, hogging, sagging)
    ratio = np.where(hogs, -size, size) * length_m / 8.0
    return Deformation(np.hypot(tilt_x, tilt_y), size * length_m / 2.0, ratio)


def along(distance_m: np.ndarray, settlement_m: np.ndarray) -> Deformation:
    """Return how a building is bent by a profile of settlement under it, of any shape.

    Relative to the line between its two ends: the steepest slope between two neighbouring points, and the largest
    distance, by its length. Where parts of it go down more and parts less than that line, the larger part counts.

    >>> found = along(np.array([0.0, 5.0, 10.0]), np.array([0.010, 0.015, 0.012]))
    >>> round(float(found.tilt), 6), round(float(found.relative_rotation), 6), round(float(found.deflection_ratio), 6)
    (0.0002, 0.0008, 0.0004)

    Args:
        distance_m: along the building, ascending (point,).
        settlement_m: at those points, down positive (…, point).
    """
    distance, settled = np.asarray(distance_m, dtype=float), np.asarray(settlement_m, dtype=float)
    length = distance[-1] - distance[0]
    slope = (settled[..., -1] - settled[..., 0]) / length
    below = settled - settled[..., :1] - slope[..., None] * (distance - distance[0])
    rotation = np.abs(np.diff(below, axis=-1) / np.diff(distance)).max(axis=-1)
    deepest, highest = below.max(axis=-1), below.min(axis=-1)
    deflection = np.where(deepest >= -highest, deepest, highest)
    return Deformation(np.abs(slope), rotation, deflection / length)


def of_objects(objects: pd.DataFrame, motion: xr.Dataset) -> xr.Dataset:
    """Return what happens to each object, summed over the activities, with the share of each in its settlement.

    Args:
        objects: `object`, `x_m`, `y_m`, `length_m`, and where known `height_m`.
        motion: (activity, year, object) `subsidence` (m), `tilt_x`, `tilt_y` (1), `curvature_*` (1/m), `strain_*` (1);
            where known `weir_subsidence` (m), that of the weir or pumping station of the object, NaN where it has
            none, and (year, object) `level_change` (m, up positive), by which the water level was adjusted.

    Returns:
        (year, object) `settlement_cm`, `tilt`, `relative_rotation`, `deflection_ratio`, `strain_horizontal`,
        `tensile_strain`, `freeboard_change_cm`; (activity, year, object) `share`.
    """
    by_activity = [str(name) for name in motion.data_vars if "activity" in motion[name].dims]
    total = motion.drop_vars(by_activity).assign(motion[by_activity].sum("activity", skipna=False))
    return of_total(objects, total).assign(share=shares(motion["subsidence"]))


def of_total(objects: pd.DataFrame, total: xr.Dataset) -> xr.Dataset:
    """Return what happens to each object by a motion that is summed over the activities already.

    The arguments are those of `of_objects` without activity; other dimensions, such as members, are kept.
    """
    other = [name for name in total["subsidence"].dims if name not in ("year", "object")]
    part = {name: total[name].transpose(*other, "year", "object").to_numpy() for name in ("subsidence", *_COMPONENTS)}
    length = objects["length_m"].to_numpy(float)
    height = objects["height_m"].to_numpy(float) if "height_m" in objects else np.full(length.shape, np.nan)
    bends = bent(
        part["tilt_x"],
        part["tilt_y"],
        part["curvature_xx"],
        part["curvature_xy"],
        part["curvature_yy"],
        length,
    )
    strains = part["strain_xx"], part["strain_xy"], part["strain_yy"]
    tensile = deep_beam.tensile_strain(bends.deflection_ratio, principal(*strains)[1], length, height)
    found = {
        "settlement_cm": part["subsidence"] * _CM_PER_M,
        "tilt": bends.tilt,
        "relative_rotation": bends.relative_rotation,
        "deflection_ratio": bends.deflection_ratio,
        "strain_horizontal": largest(*strains),
        "tensile_strain": tensile,
        "freeboard_change_cm": _freeboard(total, part["subsidence"], other),
    }
    coords = {"year": total["year"], "object": objects["object"].astype(str).to_numpy()}
    return xr.Dataset({name: ((*other, "year", "object"), values) for name, values in found.items()}, coords=coords)


def _freeboard(total: xr.Dataset, subsidence_m: np.ndarray, other: Sequence[Hashable]) -> np.ndarray:
    """Return the change of freeboard (cm, negative is wetter); NaN for an object without a weir."""
    if "weir_subsidence" not in total:
        return np.full(subsidence_m.shape, np.nan)
    weir = total["weir_subsidence"].transpose(*other, "year", "object").to_numpy()
    adopted = total["level_change"].transpose("year", "object").to_numpy() if "level_change" in total else 0.0
    return -_CM_PER_M * water.level_rise(subsidence_m, weir, adopted)


def shares(subsidence: xr.DataArray) -> xr.DataArray:
    """Return the share of each activity in the subsidence at a place; they add up to one.

    NaN where all of them together move the ground by nothing. Where one lifts what another lowers, a share is negative
    or more than one.
    """
    total = subsidence.sum("activity")
    return subsidence / total.where(total != 0.0)


def table(
    objects: pd.DataFrame, motion: xr.Dataset, members: xr.Dataset, against: Sequence[Limit] = ()
) -> pd.DataFrame:
    """Return `tables/subsidence_objects.csv`: a row for each object, year and limit, with its verdict.

    Columns: object, x_m, y_m, year, settlement_cm with settlement_p10_cm and settlement_p90_cm, tilt,
    relative_rotation, deflection_ratio, strain_horizontal, tensile_strain, freeboard_change_cm, limit, verdict (of the
    mean motion), probability_exceeded (share of the members, NaN where a limit gives no verdict), and one
    share_<activity> per activity.

    Args:
        objects: as in `of_objects`.
        motion: the mean, as in `of_objects`.
        members: (member, year, object), the same of members of equal weight, summed over the activities.
        against: the limits; the packaged ones by default.
    """
    found, each = of_objects(objects, motion), of_total(objects, members)
    quantities = [str(name) for name in found.data_vars if name != "share"]
    low, high = np.quantile(each["settlement_cm"].transpose("member", ...).to_numpy(), (0.1, 0.9), axis=0)
    band = {"settlement_p10_cm": (("year", "object"), low), "settlement_p90_cm": (("year", "object"), high)}
    one = found[quantities].assign(band).to_dataframe().reset_index()
    for name in found["activity"].to_numpy():
        share = found["share"].sel(activity=name, drop=True).rename("share").to_dataframe().reset_index()
        one = one.merge(share.rename(columns={"share": f"share_{name}"})[["year", "object", f"share_{name}"]])
    place = objects[["object", "x_m", "y_m"]].astype({"object": str})
    one = one.merge(place, on="object")
    hogging = one["deflection_ratio"].to_numpy() < 0.0
    rows = []
    for limit in against or limits.packaged():
        verdict = limits.verdicts(one[limit.quantity].to_numpy(), limit, hogging)
        beyond = _probability(each, limit).rename("probability_exceeded").to_dataframe().reset_index()
        judged = one.assign(limit=limit.name, verdict=verdict)
        rows.append(judged.merge(beyond[["year", "object", "probability_exceeded"]], on=["year", "object"]))
    first = ["object", "x_m", "y_m", "year", quantities[0], *band, *quantities[1:]]
    first += ["limit", "verdict", "probability_exceeded"]
    whole = pd.concat(rows, ignore_index=True)
    return whole[[*first, *(f"share_{name}" for name in found["activity"].to_numpy())]].sort_values(
        ["object", "year"], kind="stable", ignore_index=True
    )


def _probability(each: xr.Dataset, limit: Limit) -> xr.DataArray:
    """Return the share of the members in which a limit is exceeded (year, object); NaN where it gives no verdict."""
    value = each[limit.quantity].transpose("member", ...)
    hogging = each["deflection_ratio"].transpose("member", ...).to_numpy() < 0.0
    verdict = limits.verdicts(value.to_numpy(), limit, hogging)
    known = np.isin(verdict, ("met", "exceeded")).all(axis=0)
    return value.isel(member=0, drop=True).copy(data=np.where(known, (verdict == "exceeded").mean(axis=0), np.nan))
