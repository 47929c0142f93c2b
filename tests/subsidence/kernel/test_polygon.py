"""Polygons in a half space beside rectangles, discs and sums over cells."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.subsidence.kernel import geertsma, polygon

X = np.linspace(-9000.0, 9000.0, 7)
Y = np.linspace(-3000.0, 12000.0, 7)
OUTER, HOLE, APART = (-5000, -3000, 4000, 3500), (-500, -500, 1000, 700), (8000, 8000, 9000, 9500)


def test_holes_and_parts_add_up_as_rectangles_do() -> None:
    shape = shapely.box(*OUTER).difference(shapely.box(*HOLE)).union(shapely.box(*APART))
    outer, hole, apart = (geertsma.rectangle(X, Y, each, 3000.0) for each in (OUTER, HOLE, APART))
    np.testing.assert_allclose(polygon.subsidence(X, Y, shape, 3000.0), outer - hole + apart, atol=1e-14)


def test_the_way_round_of_a_ring_and_a_corner_given_twice_do_not_matter() -> None:
    corners = [(0, 0), (4000, 500), (4000, 500), (2500, 6000), (-1000, 3000)]
    one, other = shapely.Polygon(corners), shapely.Polygon(corners[::-1])
    np.testing.assert_allclose(
        polygon.solid_angle(X, Y, one, 2000.0), polygon.solid_angle(X, Y, other, 2000.0), rtol=1e-12
    )


def test_a_point_above_a_corner_or_an_edge_is_like_any_other() -> None:
    shape = shapely.box(*OUTER)
    x, y = np.array([-5000.0, 4000.0]), np.array([-3000.0, 0.0])
    np.testing.assert_allclose(
        polygon.subsidence(x, y, shape, 3000.0), geertsma.rectangle(x, y, OUTER, 3000.0), rtol=1e-12
    )


@given(st.floats(-8000, 8000), st.floats(-8000, 8000), st.floats(500, 5000), st.floats(0.0, 0.5))
@settings(max_examples=20)
def test_a_polygon_cut_in_two_is_the_sum_of_its_parts(x: float, y: float, depth: float, poisson: float) -> None:
    whole = shapely.Polygon([(0, 0), (5000, -1000), (6000, 4000), (2000, 2500), (-1000, 5000)])
    parts = [whole.intersection(shapely.box(*each)) for each in ((-2000, -2000, 2500, 6000), (2500, -2000, 7000, 6000))]
    args = np.array([x]), np.array([y])
    total = sum(polygon.subsidence(*args, each, depth, poisson) for each in parts)
    np.testing.assert_allclose(polygon.subsidence(*args, whole, depth, poisson), total, atol=1e-13)
    east = sum(polygon.horizontal(*args, each, depth, poisson)[0] for each in parts)
    np.testing.assert_allclose(polygon.horizontal(*args, whole, depth, poisson)[0], east, atol=1e-12)


def test_horizontal_motion_of_a_polygon_is_that_of_its_cells() -> None:
    half, cell = geertsma.kernel(3000.0), 100.0
    x, y = (each.ravel() for each in np.meshgrid(np.arange(-4950.0, 4000.0, cell), np.arange(-2950.0, 3500.0, cell)))
    east, north = polygon.horizontal(X, Y, shapely.box(*OUTER), 3000.0)
    dx, dy = X[:, None] - x, Y[:, None] - y
    r = np.hypot(dx, dy)
    over = np.divide(half.radial(r), r, out=np.zeros_like(r), where=r > 0.0) * cell**2
    np.testing.assert_allclose(east, np.sum(dx * over, axis=1), atol=1e-4)
    np.testing.assert_allclose(north, np.sum(dy * over, axis=1), atol=1e-4)


def test_a_disc_pulls_sideways_as_its_polygon_does() -> None:
    angle = 2.0 * np.pi * np.arange(7200) / 7200
    shape = shapely.Polygon(5000.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    r = np.array([0.5, 2.99, 3.01, 500.0, 5000.0, 20000.0])
    vertical, radial = geertsma.disc(r, 5000.0, 3000.0)
    np.testing.assert_allclose(polygon.subsidence(r, 0.0 * r, shape, 3000.0), vertical, rtol=1e-6)
    np.testing.assert_allclose(polygon.horizontal(r, 0.0 * r, shape, 3000.0)[0], radial, rtol=1e-6)


def test_the_shape_of_points_is_kept_and_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.meshgrid(X, Y)
    whole = polygon.subsidence(x, y, shapely.box(*OUTER), 3000.0)
    assert whole.shape == x.shape
    monkeypatch.setattr(polygon, "BLOCK", 13)
    np.testing.assert_array_equal(polygon.subsidence(x, y, shapely.box(*OUTER), 3000.0), whole)
