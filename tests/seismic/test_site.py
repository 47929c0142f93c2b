"""Zones and the grid of sites."""

import numpy as np
import pytest
import shapely

from mijnrisico import data
from mijnrisico.seismic import site
from mijnrisico.seismic.motion import bommer_2021 as v7


@pytest.fixture(scope="module")
def polygons():
    properties, shapes = data.polygons("site_zones")
    return {int(p["zone"]): s for p, s in zip(properties, shapes, strict=True) if p["has_v7_amplification"]}


def slow_zone(x, y, polygons):
    point = shapely.Point(x, y)
    inside = [zone for zone, shape in polygons.items() if shape.intersects(point)]
    if inside:
        return min(inside)
    distance = {zone: shape.distance(point) for zone, shape in polygons.items()}
    nearest = min(distance, key=lambda zone: (distance[zone], zone))
    return nearest if distance[nearest] <= site.ZONE_REACH_M else site.NO_ZONE


def test_zones_equal_a_search_through_every_polygon(polygons):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(228_000, 275_000, 400), rng.uniform(562_000, 620_000, 400)
    expected = [slow_zone(a, b, polygons) for a, b in zip(x, y, strict=True)]
    assert site.NO_ZONE in expected
    np.testing.assert_array_equal(site.zone_of(x, y), expected)


def test_a_point_just_outside_a_polygon_takes_the_nearest_within_250_m(polygons):
    land = shapely.union_all(list(polygons.values()))
    west = land.bounds[0]
    edge = next(p for p in land.exterior.coords if p[0] == west) if land.geom_type == "Polygon" else None
    if edge is None:
        biggest = max(land.geoms, key=lambda g: g.area)
        edge = min(biggest.exterior.coords, key=lambda p: p[0])
    near, far = site.zone_of([edge[0] - 200.0, edge[0] - 300.0], [edge[1], edge[1]])
    assert near != site.NO_ZONE
    assert far == slow_zone(edge[0] - 300.0, edge[1], polygons)


def test_every_zone_that_is_given_has_amplification():
    zones = np.unique(site.hazard_grid()["zone"].to_numpy())
    assert set(zones[zones != site.NO_ZONE].tolist()) <= set(v7.zones())


def test_the_shape_of_the_input_is_kept():
    x, y = np.meshgrid([240_000.0, 245_000.0, 250_000.0], [590_000.0, 595_000.0])
    zones = site.zone_of(x, y)
    assert zones.shape == (2, 3)
    assert zones[1, 2] == site.zone_of(250_000.0, 595_000.0)


def test_the_grid_covers_the_field_and_five_kilometres_and_counts_its_blanks():
    grid = site.hazard_grid()
    x, y = grid["x"].to_numpy(), grid["y"].to_numpy()
    assert np.all(x % 1000.0 == 0.0)
    assert np.all(y % 1000.0 == 0.0)
    assert np.all(site.distance_outside_km(x, y) == 0.0)
    assert 1600 < grid.sizes["site"] < 2000
    assert grid.attrs["sites_without_zone"] == int((grid["zone"] == -1).sum()) > 0


def test_a_point_far_away_is_outside_by_its_distance_less_the_margin():
    outside = site.distance_outside_km([121_000.0, 245_000.0], [487_000.0, 595_000.0])
    assert outside[0] > 100.0
    assert outside[1] == 0.0
    without = site.distance_outside_km(121_000.0, 487_000.0, margin=0.0)
    assert without - outside[0] == pytest.approx(5.0)
