"""Sources of NRML laid out as points with rates, as a forecast holds them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from mijnrisico.data.readers import anywhere, crs
from mijnrisico.data.readers.nrml import Source


@dataclass(frozen=True, slots=True)
class Points:
    """Sources as points: a row for each place, depth and magnitude with its annual rate, and the strike they share."""

    lon: np.ndarray
    lat: np.ndarray
    depth_km: np.ndarray
    magnitude: np.ndarray
    rate: np.ndarray
    strike_deg: float
    strike_sd_deg: float


def as_points(sources: Sequence[Source], spacing_km: float) -> Points:
    """Lay sources out as points: an area on squares of `spacing_km`, each with its share of the area.

    A square at the edge counts with the part that lies inside, at the middle of that part: the rates of an area sum to
    its rate. Rates of equal place, depth and magnitude are added. The strike is the mean direction over all sources,
    weighed by rate, and its standard deviation; 0 and 180 degrees are the same direction.
    """
    rows: dict[tuple[float, float, float, float], float] = {}
    for source in sources:
        for (lon, lat), share in _cells(source.place, spacing_km):
            for depth, probability in source.depth:
                for magnitude, rate in zip(source.magnitude, source.rate, strict=True):
                    key = (round(lon, 7), round(lat, 7), depth, round(float(magnitude), 6))
                    rows[key] = rows.get(key, 0.0) + float(rate) * share * probability
    lon, lat, depth, magnitude, rate = np.array([(*key, rate) for key, rate in rows.items()]).T
    return Points(lon, lat, depth, magnitude, rate, *_strike(sources))


def _cells(place: shapely.Point | shapely.Polygon, spacing_km: float) -> Iterator[tuple[tuple[float, float], float]]:
    """Places (degrees) and shares of a source, on squares of a metric system around it."""
    if isinstance(place, shapely.Point):
        yield (place.x, place.y), 1.0
        return
    lon, lat = np.asarray(place.exterior.coords.xy)
    system = anywhere.around(lon, lat)
    ring = shapely.Polygon(np.column_stack(anywhere.to_system(lon, lat, crs.LONLAT, system)))
    step = 1000.0 * spacing_km
    low_x, low_y, high_x, high_y = ring.bounds
    x, y = (
        step * np.arange(np.floor(low / step), np.ceil(high / step)) for low, high in ((low_x, high_x), (low_y, high_y))
    )
    left, bottom = (axis.ravel() for axis in np.meshgrid(x, y))
    parts = shapely.intersection(shapely.box(left, bottom, left + step, bottom + step), ring)
    parts = parts[shapely.area(parts) > 0.0]
    middle = shapely.centroid(parts)
    middles = anywhere.to_lonlat(shapely.get_x(middle), shapely.get_y(middle), system)
    for each_lon, each_lat, area in zip(*middles, shapely.area(parts), strict=True):
        yield (float(each_lon), float(each_lat)), float(area / ring.area)


def _strike(sources: Sequence[Source]) -> tuple[float, float]:
    """Mean direction and standard deviation (degrees) of the strikes, as directions without a sense."""
    weight = np.array([source.rate.sum() * share for source in sources for _, share in source.strike])
    doubled = np.deg2rad([2.0 * strike for source in sources for strike, _ in source.strike])
    total = weight.sum()
    mean = np.sum(weight * np.exp(1j * doubled)) / total if total > 0.0 else 0.0
    length = min(float(abs(mean)), 1.0)
    spread = 90.0 if length < 1e-6 else min(90.0, float(np.rad2deg(np.sqrt(-2.0 * np.log(length)))) / 2.0)
    return float(np.rad2deg(np.angle(mean))) / 2.0, abs(round(spread, 6))
