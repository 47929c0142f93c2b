"""Sites: where shaking is wanted, and the geological zone that amplifies it.

One rule for zones everywhere: the polygon that holds the point (lowest number where polygons overlap), else the
nearest polygon within 250 m, else none. Only zones with V7 amplification take part, so the lakes 2813 and 3411 give
way to a neighbour within reach. Coordinates are RD New, metres. The model area is the field outline and 5 km
around it; nothing is extrapolated beyond it.
"""

from functools import cache

import numpy as np
import shapely
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from mijnrisico import data
from mijnrisico.core.model import Model

NO_ZONE = -1
ZONE_REACH_M = 250.0
MODEL_MARGIN_M = 5000.0

MODEL = Model(
    name="zones",
    role="site",
    predicts={"site_zone": ""},
    needs={"place": "m"},
    valid={"distance_outside_field_km": (0.0, MODEL_MARGIN_M / 1000.0)},
    source="Deltares and NAM, zonation V6, in the public hazard and risk chain of TNO",
    departs="a point within 250 m of a zone takes that zone; elsewhere no value is given",
)


@cache
def _zones() -> tuple[NDArray[np.int64], NDArray[np.object_], shapely.STRtree]:
    """Zone numbers ascending, their polygons and the search tree."""
    properties, polygons = data.polygons("site_zones")
    amplified = np.array([bool(p["has_v7_amplification"]) for p in properties])
    numbers = np.array([int(p["zone"]) for p in properties])[amplified]
    order = np.argsort(numbers, kind="stable")
    shapes = np.asarray(polygons, dtype=object)[amplified][order]
    shapely.prepare(shapes)
    return numbers[order], shapes, shapely.STRtree(shapes)


@cache
def _vs30() -> dict[int, float]:
    properties, _ = data.polygons("site_zones")
    return {int(p["zone"]): float(p["vs30_m_s"]) for p in properties}


def vs30_of(zone: ArrayLike) -> NDArray[np.float64]:
    """Mean shear-wave velocity (m/s) of the upper 30 m of each zone, NaN where there is none; same shape."""
    numbers = np.asarray(zone)
    return np.array([_vs30().get(int(n), np.nan) for n in numbers.ravel()]).reshape(numbers.shape)


@cache
def _outline() -> shapely.Geometry:
    outline = shapely.union_all(data.polygons("groningen_outline")[1])
    shapely.prepare(outline)
    return outline


def zone_of(x: ArrayLike, y: ArrayLike) -> NDArray[np.int64]:
    """Zone number of each point, -1 where there is none; same shape as `x` and `y` (RD New, m)."""
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    numbers, shapes, tree = _zones()
    points = np.asarray(shapely.points(x.ravel(), y.ravel()))
    index = np.full(points.size, shapes.size, dtype=np.int64)
    inside_point, inside_shape = tree.query(points, predicate="intersects")
    np.minimum.at(index, inside_point, inside_shape)
    outside = np.flatnonzero(index == shapes.size)
    if outside.size:
        near_point, near_shape = tree.query(points[outside], predicate="dwithin", distance=ZONE_REACH_M)
        distance = shapely.distance(points[outside[near_point]], shapes[near_shape])
        order = np.lexsort((near_shape, distance, near_point))
        first, position = np.unique(near_point[order], return_index=True)
        index[outside[first]] = near_shape[order][position]
    return np.append(numbers, NO_ZONE)[index].reshape(x.shape)


def distance_outside_km(x: ArrayLike, y: ArrayLike, margin: float = MODEL_MARGIN_M) -> NDArray[np.float64]:
    """Distance (km) of each point beyond the model area, the outline and `margin` metres around it; 0 inside."""
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    distance_m = shapely.distance(shapely.points(x, y), _outline())
    return np.maximum(distance_m - margin, 0.0) / 1000.0


def sites_at(x: ArrayLike, y: ArrayLike, name: ArrayLike | None = None) -> xr.Dataset:
    """Sites at points (site,) in RD New metres: x, y, zone and, when given, name."""
    x, y = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
    sites = xr.Dataset(
        {
            "x": ("site", x, {"units": "m", "long_name": "easting, RD New"}),
            "y": ("site", y, {"units": "m", "long_name": "northing, RD New"}),
            "zone": ("site", zone_of(x, y), {"units": "1", "long_name": "geological zone, -1 = none"}),
        }
    )
    if name is not None:
        sites["name"] = ("site", np.atleast_1d(np.asarray(name)).astype(object), {"units": ""})
    return sites


def hazard_grid(cell: float = 1000.0, margin: float = MODEL_MARGIN_M) -> xr.Dataset:
    """Sites on the multiples of `cell` metres in the outline and `margin` metres around it, south to north.

    Nodes outside the zones are kept, with zone -1: they are blank on the map and counted in `attrs`.
    """
    west, south, east, north = shapely.bounds(_outline())
    x = np.arange(np.ceil((west - margin) / cell), np.floor((east + margin) / cell) + 1) * cell
    y = np.arange(np.ceil((south - margin) / cell), np.floor((north + margin) / cell) + 1) * cell
    x, y = (a.ravel() for a in np.meshgrid(x, y))
    near = shapely.dwithin(shapely.points(x, y), _outline(), margin)
    sites = sites_at(x[near], y[near])
    sites.attrs = {
        "cell_m": float(cell),
        "margin_m": float(margin),
        "sites_without_zone": int((sites["zone"] == NO_ZONE).sum()),
    }
    return sites
