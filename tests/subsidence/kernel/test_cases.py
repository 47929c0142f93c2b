"""Published and independently computed numbers of every kernel: closed forms beside quadrature at thirty digits.

Values of T01 to T16 are those of the methods page, found there by quadrature with 30 digits.
"""

import numpy as np
import pytest
import shapely

from mijnrisico.subsidence.kernel import geertsma, knothe, polygon, van_opstal, van_opstal_terms, volume_within

HALF = geertsma.kernel(3000.0)
RIGID = van_opstal.kernel(3000.0, basement_m=4500.0)
DEEP = van_opstal.kernel(2875.0, basement_m=7000.0)
RIGID_CASES = (
    (RIGID, [3.259999467513e-08, 1.104317460152e-08, 1.416310525739e-09, 1.683076268e-11], 3.1e-3),
    (DEEP, [2.878420339721e-08, 9.289542597209e-09, 1.846396487190e-09, 6.347154892e-11], 3.5e-4),
)
DISTANCES = np.array([0.0, 3000.0, 6000.0, 12000.0])


def one(function, r: float) -> float:
    return float(function(np.array([r]))[0])


def test_t01_t02_half_space_subsidence() -> None:
    assert one(HALF.vertical, 0.0) == pytest.approx(2.652582384865e-08, rel=1e-12)
    assert one(HALF.vertical, 3000.0) == pytest.approx(9.378294959970e-09, rel=1e-12)


def test_t03_half_space_moves_most_sideways_at_depth_over_root_two() -> None:
    at = 3000.0 / np.sqrt(2.0)
    assert one(HALF.radial, at) == pytest.approx(-1.020979435966e-08, rel=1e-12)
    assert abs(one(HALF.strain, at)) < 1e-12 * abs(one(HALF.strain, 0.0))


def test_t04_half_space_bowl_holds_one_and_a_half_times_what_is_lost() -> None:
    assert HALF.bowl_volume == 1.5
    radius = 3e9
    assert volume_within(HALF, radius) == pytest.approx(1.0, abs=2e-6)


def test_t05_half_space_tilt_and_curvature() -> None:
    assert one(HALF.tilt, 1500.0) == pytest.approx(-7.592133796450e-12, rel=1e-12)
    assert one(HALF.curvature, 0.0) == pytest.approx(-8.841941282883e-15, rel=1e-12)


@pytest.mark.parametrize(
    ("radius", "depth", "expected"),
    [(5000.0, 3000.0, 0.7282563668587), (1000.0, 3000.0, 0.0769750529242), (20000.0, 2875.0, 1.2865689010106)],
)
def test_t06_disc_on_its_axis(radius: float, depth: float, expected: float) -> None:
    assert geertsma.disc(np.zeros(1), radius, depth)[0][0] == pytest.approx(expected, rel=1e-12)


def test_t07_disc_off_its_axis() -> None:
    found, _ = geertsma.disc(np.array([2000.0, 5000.0, 8000.0, 15000.0]), 5000.0, 3000.0)
    expected = [0.6761764718216, 0.3838775093282, 0.1242965320405, 0.0176729106744]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_polygon_of_7200_sides_is_the_disc() -> None:
    angle = 2.0 * np.pi * np.arange(7200) / 7200
    disc = shapely.Polygon(5000.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    assert polygon.subsidence(np.array([8000.0]), np.zeros(1), disc, 3000.0)[0] == pytest.approx(0.1242965, abs=1e-7)


@pytest.mark.parametrize(("kernel", "expected", "_"), RIGID_CASES, ids=["T09a", "T09b"])
def test_t09_rigid_base(kernel, expected, _) -> None:
    np.testing.assert_allclose(kernel.vertical(DISTANCES), expected, rtol=1e-9)


@pytest.mark.parametrize("source", ["1974", "tno"])
@pytest.mark.parametrize(("kernel", "expected", "tolerance"), RIGID_CASES, ids=["T09a", "T09b"])
def test_t09_three_terms_are_near_the_rigid_base(kernel, expected, tolerance, source) -> None:
    base = 4500.0 if kernel is RIGID else 7000.0
    found, _ = van_opstal_terms.motion(DISTANCES, kernel.depth_m, base, van_opstal_terms.published(0.25, source))
    np.testing.assert_allclose(found, expected, atol=tolerance * expected[0])


@pytest.mark.parametrize(("kernel", "expected", "_"), RIGID_CASES, ids=["T09a", "T09b"])
def test_t09_our_twenty_two_terms_are_the_rigid_base_to_a_hundred_millionth(kernel, expected, _) -> None:
    base = 4500.0 if kernel is RIGID else 7000.0
    found, _ = van_opstal_terms.motion(DISTANCES, kernel.depth_m, base, van_opstal_terms.fitted(0.25))
    np.testing.assert_allclose(found, expected, atol=1e-8 * expected[0])


@pytest.mark.parametrize("kernel", [RIGID, DEEP], ids=["T09a", "T09b"])
def test_t11_rigid_base_bowl_holds_what_is_lost(kernel) -> None:
    assert kernel.bowl_volume == 1.0
    assert 2.0 * np.pi * one(kernel.spectrum, 0.0) == pytest.approx(1.0, rel=1e-12)
    assert volume_within(kernel, 0.9 * kernel.reach_m) == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(("source", "poissons"), [("1974", [0.25]), ("tno", [0.10, 0.15, 0.20, 0.25, 0.30, 0.35])])
def test_t11_the_published_terms_miss_less_than_a_thousandth_of_the_bowl(source: str, poissons: list[float]) -> None:
    for poisson in poissons:
        terms, q = van_opstal_terms.published(poisson, source), 3.0 - 4.0 * poisson
        volume = (1.0 - poisson) * (2.0 + float(terms.factor(np.zeros(1))[0]) * (1.0 - q**2))
        assert 1e-5 < abs(volume - 1.0) < 1e-3, poisson


def test_t12_under_a_wide_reservoir_the_ground_sinks_by_the_compaction_or_half_more() -> None:
    assert geertsma.disc(np.zeros(1), 1e8, 3000.0)[0][0] == pytest.approx(1.5, rel=1e-4)
    assert volume_within(RIGID, 1e5) * RIGID.bowl_volume == pytest.approx(1.0, rel=1e-9)


def test_t15_knothe() -> None:
    kernel = knothe.kernel(3000.0, angle_deg=45.0)
    assert one(kernel.vertical, 0.0) == pytest.approx(1.111111111e-07, rel=1e-9)
    assert one(kernel.vertical, 1500.0) == pytest.approx(5.065979197e-08, rel=1e-9)
    assert one(kernel.tilt, 3000.0 / np.sqrt(2.0 * np.pi)) == pytest.approx(-5.630914448e-11, rel=1e-9)
    assert one(kernel.curvature, 3000.0 / np.sqrt(2.0 * np.pi)) == pytest.approx(0.0, abs=1e-25)
    assert volume_within(kernel, kernel.reach_m) == pytest.approx(1.0, rel=1e-9)


def test_t16_rigid_base_sideways() -> None:
    expected = [-1.100945379963e-08, -1.087031260829e-08, -4.376456467075e-09]
    np.testing.assert_allclose(RIGID.radial(np.array([1500.0, 3000.0, 6000.0])), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("base", "ratio"),
    [(6000.0, 1.0368), (12000.0, 0.9809), (30000.0, 0.9941), (120000.0, 0.99953), (480000.0, 0.99997)],
)
def test_a_deeper_base_tends_to_the_half_space_and_not_from_one_side(base: float, ratio: float) -> None:
    peak = one(van_opstal.kernel(3000.0, basement_m=base).vertical, 0.0)
    assert peak / one(HALF.vertical, 0.0) == pytest.approx(ratio, abs=6e-5)
