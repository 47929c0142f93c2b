"""Cases 1.10 and 1.11: earthquakes anywhere in a circle of 100 km, at one depth or at six, points each.

The place is read in one of four ways. "words": points in the middle of squares of a grid, inside a circle of 100 km;
sites in its centre, 50 km from it, on the boundary and 25 km outside. "shares": squares count for the part of them in
the circle, by 25 points. "shifted": the grid has a point in the centre of the circle. "coordinates": a polygon of 90
corners and four points in longitude and latitude, printed to 0.001 degree (111 m), on the WGS84 ellipsoid in an
azimuthal equidistant projection about the centre.
"""

import numpy as np
import pyproj
import shapely
import xarray as xr

from mijnrisico.seismic import hazard, rupture

from . import tables
from .motions import SADIGH

RADIUS_KM = 100.0
SOUTH_KM = (0.0, 50.0, 100.0, 125.0)
LATITUDE = (38.0, 37.55, 37.099, 36.874)
CENTRE = (-122.0, 38.0)
SMALLEST, LARGEST, B_VALUE, RATE = 5.0, 6.5, 0.9, 0.0395
DEPTHS_KM = {"1.10": (5.0,), "1.11": (5.0, 6.0, 7.0, 8.0, 9.0, 10.0)}
LARGEST_KM = 250.0
_PARTS = 5


def bin_rates(step):
    """Centres of magnitude bins from 5 to 6.5 and their rates (1/year): exponential, cut off at both ends."""
    edges = np.linspace(SMALLEST, LARGEST, round((LARGEST - SMALLEST) / step) + 1)
    beyond = np.exp(-B_VALUE * np.log(10.0) * (edges - SMALLEST))
    return 0.5 * (edges[1:] + edges[:-1]), RATE * -np.diff(beyond) / (1.0 - beyond[-1])


def _projection():
    return pyproj.Proj(proj="aeqd", lon_0=CENTRE[0], lat_0=CENTRE[1], ellps="WGS84")


def _in_circle(x, y):
    return np.hypot(x, y) <= 1000.0 * RADIUS_KM


def _in_polygon(x, y):
    longitude, latitude = tables.outline().T
    corners = shapely.Polygon(np.column_stack(_projection()(longitude, latitude)))
    shapely.prepare(corners)
    return shapely.contains_xy(corners, x, y)


def cells(spacing_km, reading="words"):
    """Centres x, y (m) of square cells and the part of the rate that each holds."""
    count, spacing = int(np.ceil(1.02 * RADIUS_KM / spacing_km)), 1000.0 * spacing_km
    axis = (np.arange(-count, count + 1) + (0.0 if reading == "shifted" else 0.5)) * spacing
    x, y = (a.ravel() for a in np.meshgrid(axis, axis))
    inside = _in_polygon if reading == "coordinates" else _in_circle
    steps = ((np.arange(_PARTS) + 0.5) / _PARTS - 0.5) * spacing if reading == "shares" else (0.0,)
    part = np.mean([inside(x + dx, y + dy) for dx in steps for dy in steps], axis=0)
    held = part > 0.0
    return x[held], y[held], part[held] / part.sum()


def forecast(case, spacing_km, magnitude_step, reading="words"):
    """The area as a forecast: one map, one year, one branch."""
    x, y, part = cells(spacing_km, reading)
    magnitude, rate = bin_rates(magnitude_step)
    depths = DEPTHS_KM[case]
    return xr.Dataset(
        {
            "maps": (("cell", "map"), np.tile(part / len(depths), len(depths))[:, None]),
            "coefficient": (("map", "magnitude", "year", "branch"), rate[None, :, None, None]),
            "weight": ("branch", [1.0]),
        },
        coords={
            "magnitude": magnitude,
            "year": [1],
            "branch": ["area"],
            "cell_x": ("cell", np.tile(x, len(depths))),
            "cell_y": ("cell", np.tile(y, len(depths))),
            "cell_depth": ("cell", np.repeat(depths, x.size)),
        },
    )


def sites(reading="words"):
    """The four sites of the case."""
    if reading == "coordinates":
        x, y = _projection()(np.full(4, CENTRE[0]), LATITUDE)
    else:
        x, y = np.zeros(4), -1000.0 * np.array(SOUTH_KM)
    return xr.Dataset(coords={"x": ("site", np.asarray(x)), "y": ("site", np.asarray(y))})


def rates(made, places, level_g, truncation=None):
    """Annual rates of exceedance (site, level) of a forecast, by the hazard of the package."""
    ready = hazard.sources(made, motion=SADIGH, geometry=rupture.Geometry(finite=False, largest_km=LARGEST_KM))
    found = hazard.hazard(
        ready,
        places,
        motion=SADIGH,
        fractiles=(),
        thresholds=tuple(level_g),
        level_range=(min(level_g), max(level_g)),
        truncation=truncation,
    )
    return found["mean_rate"].isel(year=0).sel(level=level_g).to_numpy()


def _lens(radius, apart):
    """Area that a circle of `radius` shares with one of 100 km whose centre lies `apart` (km)."""
    r, d, big = np.broadcast_arrays(np.asarray(radius, float), float(apart), RADIUS_KM)
    small = np.minimum(r, big)
    with np.errstate(all="ignore"):
        a = np.arccos(np.clip((d**2 + r**2 - big**2) / (2.0 * d * r), -1.0, 1.0))
        b = np.arccos(np.clip((d**2 + big**2 - r**2) / (2.0 * d * big), -1.0, 1.0))
    shared = r**2 * (a - np.sin(2.0 * a) / 2.0) + big**2 * (b - np.sin(2.0 * b) / 2.0)
    return np.where(d <= np.abs(big - r), np.pi * small**2, np.where(d >= big + r, 0.0, shared))


def exact_without_scatter(level_g, south_km, depth_km=5.0):
    """Annual rates (level,) of case 1.10 when the motion has no scatter: a sum over areas, fine in magnitude only.

    A level is exceeded within the distance where the median equals it, so an earthquake exceeds it with the
    probability that it falls in the lens shared by two circles.
    """
    magnitude, rate = bin_rates(2.5e-4)
    level = np.asarray(level_g)[:, None]
    reach = np.exp((-0.624 + magnitude - np.log(level)) / 2.1) - np.exp(1.29649 + 0.25 * magnitude)
    epicentral = np.sqrt(np.maximum(reach**2 - depth_km**2, 0.0)) * (reach > depth_km)
    return (_lens(epicentral, south_km) @ rate) / (np.pi * RADIUS_KM**2)
