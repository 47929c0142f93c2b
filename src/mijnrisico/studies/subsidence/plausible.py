"""Is a number what it is said to be? Mistakes of unit, sign and column, said when a question is checked.

What cannot be is an error; what lies outside the usual is a warning (W606), for a rock may be unusual. The ranges are
conventions of ours, wide on purpose: a factor ten, the usual size of a mistake in a unit, falls outside, little else.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from mijnrisico import data
from mijnrisico.messages import Phrase
from mijnrisico.studies.subsidence import sections
from mijnrisico.studies.subsidence.files import Ground, Series

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

USUAL: Final = {
    "depth_m": (200.0, 7000.0),
    "thickness_m": (1.0, 1000.0),
    "compressibility_per_bar": (1e-6, 6e-5),
    "expansion_per_k": (1e-6, 1e-4),
    "top_m": (100.0, 4000.0),
    "bottom_m": (100.0, 4000.0),
    "radius_m": (2.0, 300.0),
    "cooling_k": (2.0, 150.0),
}
"""Lowest and highest value that raises no question, by key or column."""
WATER_BAR_PER_M: Final = 0.1
"""Of a column of water, which the first pressure of most reservoirs is near."""
LEAST_BAR_PER_M: Final = 0.025
"""Highest pressure of a reservoir by its depth below which it looks like one in MPa."""
ROCK_BAR_PER_M: Final = 0.3
"""More than the weight of any rock above: no reservoir holds such a pressure."""
SMALLEST_MM: Final = (0.1, 1.0)
"""Measurements none of which is as large look as if they were in metres; the second where there are more than a few."""
_RISES: Final = -0.5
"""Correlation of what was measured with a bowl around the sources below which the sign looks reversed."""
_FEW: Final = 3
_CLEAR_M: Final = (0.01, 0.003)
"""Largest of the measurements from which their sign is judged; the second where there are more than a few."""
_IN_BOWL: Final = 0.1
"""Share of its depth within which some point must lie in the bowl, to tell anything of its sign."""

Finding = tuple[str, object, Phrase]
"""Key or column, value, and what is usual there."""


def unlikely(each: sections.Activity, ground: Ground) -> Iterator[Finding]:
    """Yield the numbers of an activity, and of its files, that lie outside the usual."""
    for key in ("depth_m", "thickness_m", "compressibility_per_bar"):
        value = _typical(each, ground, key)
        if value is not None:
            yield from _outside(key, value)
    if each.expansion_per_k is not None:
        yield from _outside("expansion_per_k", each.expansion_per_k)
    if ground.caverns is not None:
        for key in ("top_m", "bottom_m", "radius_m"):
            yield from _outside(key, float(np.median(getattr(ground.caverns, key))))
    if ground.cooling is not None:
        yield from _outside("cooling_k", float(ground.cooling.values["cooling_k"].max()))
    highest, depth = highest_bar(each, ground), _typical(each, ground, "depth_m")
    if highest is not None and depth is not None and highest < LEAST_BAR_PER_M * depth:
        params = {"depth": depth, "water": float(f"{WATER_BAR_PER_M * depth:.3g}")}
        yield _pressure_key(each), highest, Phrase("subsidence.usual.pressure", params)


def impossible(each: sections.Activity, ground: Ground) -> Iterator[Finding]:
    """Yield what cannot be: a pressure above the weight of the rock, a reservoir that sticks out of the ground."""
    highest, depth = highest_bar(each, ground), _typical(each, ground, "depth_m")
    thickness = _typical(each, ground, "thickness_m") or 0.0
    if depth is None:
        return
    if 0.5 * thickness >= depth:
        yield "thickness_m", thickness, Phrase("subsidence.expected.below_surface", {"depth": depth})
    elif highest is not None and highest > ROCK_BAR_PER_M * (depth + 0.5 * thickness):
        most = float(f"{ROCK_BAR_PER_M * (depth + 0.5 * thickness):.2g}")
        yield _pressure_key(each), highest, Phrase("subsidence.expected.below_rock", {"depth": depth, "most": most})


def deepest_m(each: sections.Activity, ground: Ground) -> float | None:
    """Depth of the deepest source of an activity [m]: the bottom of a reservoir, the floor of a cavern."""
    if each.field:
        reservoir = data.dataset("reservoir")
        return float((reservoir["top_depth"] + reservoir["thickness_filled"]).max())
    if ground.caverns is not None:
        return float(ground.caverns.bottom_m.max())
    if ground.grid is None:
        return None if each.depth_m is None else each.depth_m + 0.5 * (each.thickness_m or 0.0)
    depth = ground.grid.get("depth_m", each.depth_m)
    return None if depth is None else float((depth + 0.5 * ground.grid["thickness_m"]).max())


def highest_bar(each: sections.Activity, ground: Ground) -> float | None:
    """Highest pressure that an activity is given [bar]; None where it has none."""
    if isinstance(ground.pressure, Series):
        return float(ground.pressure.values["pressure_bar"].max())
    if ground.pressure is not None:
        return float(ground.pressure.max())
    return each.initial_bar if each.production else None


def too_small(rows: "pd.DataFrame") -> float | None:
    """Return the largest of the measurements [mm] where all of them are smaller than can be told; else None."""
    largest = 1000.0 * float(rows["value_m"].abs().max())
    return largest if largest < SMALLEST_MM[len(rows) >= _FEW] else None


def rises(rows: "pd.DataFrame", activities: Sequence[sections.Activity], grounds: Sequence[Ground]) -> bool:
    """Say whether measurements go against a bowl around the sources: as when their sign was read the wrong way.

    A storage may lift the ground, so that with one nothing is said.
    """
    if any(each.kind == "storage" for each in activities):
        return False
    vertical = rows[rows["up"].abs() > 0.5]
    value = vertical["value_m"].to_numpy() * np.sign(vertical["up"].to_numpy())
    if not value.size or np.abs(value).max() < _CLEAR_M[value.size >= _FEW]:
        return False
    x, y, rx, ry = (vertical[name].to_numpy(dtype=float) for name in ("x_m", "y_m", "reference_x_m", "reference_y_m"))
    bowl = _bowl(x, y, activities, grounds)
    against = np.where(np.isfinite(rx), _bowl(np.nan_to_num(rx), np.nan_to_num(ry), activities, grounds), 0.0)
    fall = against - bowl
    size = float(np.sqrt((value**2).sum() * (fall**2).sum()))
    return float(np.abs(fall).max()) > _IN_BOWL and float(value @ fall) / size < _RISES


def _bowl(x: Array, y: Array, activities: Sequence[sections.Activity], grounds: Sequence[Ground]) -> Array:
    """A bowl of depth one over every activity, as wide as the activity is deep: a shape, no subsidence."""
    places = shapely.points(x, y)
    found = np.zeros(x.size)
    for each, ground in zip(activities, grounds, strict=True):
        shape = shape_of(each, ground)
        depth = deepest_m(each, ground)
        if shape is not None and depth is not None:
            found += (1.0 + (shapely.distance(places, shape) / depth) ** 2) ** -1.5
    return found


def shape_of(each: sections.Activity, ground: Ground) -> shapely.Geometry | None:
    """Where an activity lies; None where nothing says so. A grid is the rectangle around it."""
    if each.field:
        return shapely.union_all(data.polygons("groningen_outline")[1])
    if ground.polygon is not None:
        return ground.polygon
    if ground.grid is not None:
        x, y = ground.grid["x"].to_numpy(), ground.grid["y"].to_numpy()
        return shapely.box(x.min(), y.min(), x.max(), y.max())
    if ground.caverns is not None:
        return shapely.MultiPoint(np.column_stack([ground.caverns.x_m, ground.caverns.y_m]))
    return None if each.x_m is None or each.y_m is None else shapely.Point(each.x_m, each.y_m)


def _typical(each: sections.Activity, ground: Ground, key: str) -> float | None:
    if ground.grid is not None and key in ground.grid:
        return float(ground.grid[key].median())
    return getattr(each, key)


def _pressure_key(each: sections.Activity) -> str:
    return "initial_bar" if each.production else "pressure"


def _outside(key: str, value: float) -> Iterator[Finding]:
    low, high = USUAL[key]
    if not low <= value <= high:
        yield key, value, Phrase(f"subsidence.usual.{key}", {"low": low, "high": high})
