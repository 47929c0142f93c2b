"""Rupture distance against samples of the public chain, a Monte Carlo twin and finer tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mijnrisico import data
from mijnrisico.errors import InputError
from mijnrisico.seismic import rupture
from mijnrisico.seismic.rupture import Geometry

MAGNITUDES = np.round(np.arange(1.5, 6.55, 0.1), 1)


@pytest.fixture(scope="module")
def reference():
    return data.dataset("reference_rupture_distance")


@pytest.fixture(scope="module")
def table():
    return rupture.projection(MAGNITUDES)


def test_the_length_equals_the_public_chain(reference):
    ours = rupture.length_km(np.asarray(reference["rupture_length_magnitude"]))
    np.testing.assert_allclose(ours, np.asarray(reference["rupture_length_median_km"]), rtol=1e-12)


def test_the_closed_form_equals_a_million_samples(reference):
    """Histogram on 50 log nodes with linear splitting; the samples have a standard error of 0.0005."""
    nodes = np.log(np.asarray(reference["node_R_km"]))
    fine = np.linspace(nodes[0], nodes[-1], 49 * 1000 + 1)
    middle = np.concatenate([fine[:1], 0.5 * (fine[1:] + fine[:-1])])
    position = (middle - nodes[0]) / (nodes[1] - nodes[0])
    low = np.minimum(position.astype(int), 48)
    part = position - low
    for i, magnitude in enumerate(np.asarray(reference["magnitude"])):
        for j, hypocentral in enumerate(np.asarray(reference["distance_hypocenter_km"])):
            for k, azimuth in enumerate(np.asarray(reference["azimuth_deg"])):
                cdf = rupture.distance_cdf(np.exp(fine) * (1 + 1e-12), magnitude, hypocentral, azimuth)
                mass = np.diff(cdf, prepend=0.0)
                ours = np.bincount(low, mass * (1 - part), 50) + np.bincount(low + 1, mass * part, 50)
                assert ours.sum() == pytest.approx(1.0, abs=1e-9)
                np.testing.assert_allclose(ours, reference["node_pmf"][i, j, k], atol=0.0025)


def test_quantiles_of_the_closed_form_are_those_of_a_million_samples(reference):
    """A sample quantile at p has p give or take sqrt(p (1 - p) / n) of the law below it; 4.5 sd over 1,008 of them.

    Where a rupture that passes the site leaves many samples at one distance, p lies in the jump there.
    """
    p, n = np.asarray(reference["quantile"]), reference.attrs["samples"]
    at = [np.asarray(reference[name]) for name in ("magnitude", "distance_hypocenter_km", "azimuth_deg")]
    magnitude, hypocentral, azimuth = (axis[..., None] for axis in np.meshgrid(*at, indexing="ij"))
    quantile, error = np.asarray(reference["R_quantiles_km"]), 4.5 * np.sqrt(p * (1.0 - p) / n)
    assert np.all(rupture.distance_cdf(quantile * (1.0 + 1e-6), magnitude, hypocentral, azimuth) >= p - error)
    assert np.all(rupture.distance_cdf(quantile * (1.0 - 1e-6), magnitude, hypocentral, azimuth) <= p + error)


def test_reach_exceedance_is_a_probability_that_falls():
    reach = np.linspace(0.0, 80.0, 500)[:, None]
    p = rupture.reach_exceedance(reach, MAGNITUDES)
    assert np.all((p >= 0.0) & (p <= 1.0))
    assert np.all(np.diff(p, axis=0) <= 1e-12)
    np.testing.assert_array_equal(p[0], 1.0)


def test_weights_of_an_event_sum_to_one(table):
    rng = np.random.default_rng(3)
    east, north = rng.uniform(-40e3, 40e3, (2, 300))
    np.testing.assert_allclose(rupture.projected_weights(table, east, north).sum(-1), 1.0, atol=1e-9)


def test_weights_reproduce_a_function_that_is_polynomial_in_ln_distance():
    r = np.geomspace(3.0, 70.0, 500)
    basis = rupture.distance_basis(r)
    np.testing.assert_allclose(basis.sum(-1), 1.0, atol=1e-10)

    def f(distance):
        x = np.log(distance)
        return 1.0 - 2.0 * x + 0.7 * x**2 - 0.05 * x**4

    np.testing.assert_allclose(basis @ f(rupture.distance_nodes()), f(r), atol=1e-10)


@pytest.mark.parametrize("magnitude", [2.0, 4.0, 5.0, 6.0])
def test_weights_equal_a_monte_carlo_over_length_position_and_strike(table, magnitude):
    at = int(np.flatnonzero(np.isclose(MAGNITUDES, magnitude))[0])
    for east, north in OFFSETS:
        _assert_like_samples(table, at, east, north)


OFFSETS = ((4000.0, 3000.0), (-9000.0, 2000.0), (1000.0, 16_000.0))
FUNCTIONS = (np.log, lambda d: d, lambda d: d**2, lambda d: d**-2.0, lambda d: 1.0 / (1.0 + (d / 8.0) ** 4))


def _assert_like_samples(table, at, east, north, samples=400_000):
    """Moments of R, a decay and a step-like probability under the weights and under ruptures drawn one by one."""
    rng, geometry, magnitude = np.random.default_rng(11), table.geometry, table.magnitude[at]
    length = rupture.length_km(magnitude) * np.exp(rupture.LENGTH_SD_LN * rng.standard_normal(samples))
    reach = rng.random(samples) * length
    strike = np.deg2rad(geometry.strike_deg + geometry.strike_sd_deg * rng.standard_normal(samples))
    epicentral, azimuth = np.hypot(east, north) / 1000.0, np.arctan2(east, north)
    along, across = np.abs(epicentral * np.cos(azimuth - strike)), epicentral * np.sin(azimuth - strike)
    r = np.sqrt(across**2 + np.maximum(along - reach, 0.0) ** 2 + geometry.depth_km**2)
    weights = rupture.projected_weights(table, east, north)[0, at]
    for f in FUNCTIONS:
        sample = f(r)
        tolerance = 4.0 * sample.std() / np.sqrt(samples) + 1e-3 * np.abs(sample.mean())
        assert weights @ f(table.distance_km) == pytest.approx(sample.mean(), abs=tolerance)


@pytest.mark.parametrize(
    "settings", [{"points": (12, 10, 12, 10), "steps": (48, 28, 40, 48)}, {"harmonics": 8, "refine": 2}]
)
def test_a_finer_table_changes_an_expected_motion_by_less_than_one_in_a_thousand(settings):
    used, fine = rupture.projection(MAGNITUDES[::10]), rupture.projection(MAGNITUDES[::10], **settings)
    rng = np.random.default_rng(9)
    angle, distance = rng.uniform(0, 2 * np.pi, 1000), np.sqrt(rng.uniform(0, 30e3**2, 1000))
    east, north = distance * np.sin(angle), distance * np.cos(angle)
    totals = [rupture.projected_weights(one, east, north).mean(axis=0) @ one.distance_km**-2.4 for one in (used, fine)]
    np.testing.assert_allclose(totals[0], totals[1], rtol=2e-4)


def test_the_weights_do_not_change_when_the_offset_is_mirrored_or_turned_by_half_a_circle(table):
    a = rupture.projected_weights(table, 5000.0, 2000.0)
    np.testing.assert_allclose(rupture.projected_weights(table, -5000.0, -2000.0), a, atol=1e-12)


def test_cells_beyond_the_largest_distance_give_no_weight(table):
    assert np.all(rupture.projected_weights(table, 80_000.0, 0.0) == 0.0)


def test_an_event_under_the_site_is_at_three_kilometres(table):
    weights = rupture.projected_weights(table, 0.0, 0.0)[0]
    np.testing.assert_allclose(weights[:, 0], 1.0, atol=1e-12)


@pytest.mark.parametrize(
    ("geometry", "kinks_km"),
    [
        (Geometry(depth_km=5.0, strike_deg=40.0, strike_sd_deg=15.0), (7.0, 12.0)),
        (Geometry(depth_km=8.0, strike_deg=100.0, strike_sd_deg=60.0, largest_km=120.0), (7.0, 12.0, 25.0)),
        (Geometry(depth_km=1.5, strike_sd_deg=5.0), ()),
    ],
)
def test_weights_of_other_depths_strikes_and_kinks_equal_a_monte_carlo(geometry, kinks_km):
    table = rupture.projection([3.0, 5.5], geometry=geometry, kinks_km=kinks_km)
    assert table.geometry == geometry
    assert table.distance_km[0] == geometry.depth_km
    assert table.distance_km[-1] == geometry.largest_km
    for at in range(2):
        for east, north in OFFSETS:
            _assert_like_samples(table, at, east, north)


def test_turning_the_strike_is_turning_the_offsets_back():
    rng = np.random.default_rng(5)
    east, north = rng.uniform(-20e3, 20e3, (2, 100))
    turned = rupture.projection([5.0], geometry=Geometry(strike_deg=rupture.STRIKE_DEG + 50.0))
    angle = np.deg2rad(50.0)
    back_east, back_north = east * np.cos(angle) - north * np.sin(angle), east * np.sin(angle) + north * np.cos(angle)
    weights = rupture.projected_weights(turned, east, north)
    expected = rupture.projected_weights(rupture.projection([5.0]), back_east, back_north)
    np.testing.assert_allclose(weights, expected, atol=1e-11)
    assert np.abs(weights - rupture.projected_weights(rupture.projection([5.0]), east, north)).max() > 0.01


def test_a_table_of_a_deeper_rupture_shares_the_distances_of_the_shallowest_and_never_uses_nearer_ones():
    deep = Geometry(depth_km=9.0)
    shared = rupture.projection([4.0, 6.0], geometry=deep, shallowest_km=3.0)
    own = rupture.projection([4.0, 6.0], geometry=deep)
    np.testing.assert_array_equal(shared.distance_km, rupture.distance_nodes())
    rng = np.random.default_rng(2)
    east, north = rng.uniform(-15e3, 15e3, (2, 200))
    for f in (np.log, lambda d: d**-2.0):
        ours = rupture.projected_weights(shared, east, north) @ f(shared.distance_km)
        np.testing.assert_allclose(ours, rupture.projected_weights(own, east, north) @ f(own.distance_km), rtol=1e-4)
    below_seven = shared.distance_km < 6.99
    assert np.all(rupture.projected_weights(shared, east, north)[..., below_seven] == 0.0)


@examples(max_examples=25)
@given(
    depth=st.floats(0.2, 30.0),
    largest=st.floats(40.0, 300.0),
    kinks=st.lists(st.floats(0.5, 200.0), max_size=4, unique=True),
    finite=st.booleans(),
)
def test_segments_run_from_the_depth_over_the_kinks_beyond_it_to_the_largest_distance(depth, largest, kinks, finite):
    ends = rupture.segments(Geometry(depth_km=depth, largest_km=largest, finite=finite), tuple(kinks))
    assert ends[0] == depth
    assert ends[-1] == largest
    assert np.all(np.diff(ends) > 0.0)
    assert set(ends) >= {k for k in kinks if depth < k < largest}
    assert not set(ends) & {k for k in kinks if k < depth or k > largest}
    assert not finite or np.max(np.diff(np.log(ends))) <= np.log(3.0) + 1e-9


def test_the_defaults_are_the_segments_points_and_harmonics_chosen_for_v7():
    assert rupture.segments(Geometry()) == rupture.SEGMENTS_KM == (3.0, 7.0, 12.0, 25.0, 70.0)
    table = rupture.projection([4.0])
    np.testing.assert_array_equal(table.distance_km, rupture.distance_nodes(rupture.POINTS, rupture.SEGMENTS_KM))
    assert tuple(table.steps) == rupture.HYPOCENTRAL_STEPS
    assert table.weight.shape[-1] == rupture.HARMONICS


def test_a_narrower_scatter_of_the_strike_keeps_more_harmonics():
    counts = [rupture.harmonics_of(sd) for sd in (0.0, 3.0, 10.0, 30.0, 60.0, 180.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 40
    assert counts[-1] == 1


@pytest.mark.parametrize("depth", [0.0, -1.0, 70.0, np.nan])
def test_a_depth_that_cannot_be_is_refused(depth):
    with pytest.raises(InputError) as caught:
        rupture.projection([4.0], geometry=Geometry(depth_km=depth))
    assert [(p.code, p.where) for p in caught.value.problems] == [("E503", "rupture.depth")]


@pytest.fixture(scope="module")
def points():
    return rupture.projection(MAGNITUDES, geometry=Geometry(finite=False))


def test_points_have_one_law_for_every_magnitude(points):
    assert rupture.projected_weights(points, 4000.0, 3000.0).shape == (1, 1, points.distance_km.size)
    assert points.magnitude.size == MAGNITUDES.size


def test_a_point_at_a_node_is_that_node(points):
    for node in (0, 1, 77, points.distance_km.size - 2):
        offset = 1000.0 * np.sqrt(points.distance_km[node] ** 2 - 9.0)
        weights = rupture.projected_weights(points, 0.6 * offset, -0.8 * offset)[0, 0]
        np.testing.assert_allclose(weights, np.arange(weights.size) == node, atol=1e-9)


def test_points_of_any_depth_reproduce_a_cubic_in_ln_distance_and_nearly_anything_smooth(points):
    rng = np.random.default_rng(8)
    east, north = rng.uniform(-40e3, 40e3, (2, 500))
    depth = rng.uniform(3.0, 15.0, 500)
    r = np.sqrt((east**2 + north**2) / 1e6 + depth**2)
    weights = rupture.projected_weights(points, east, north, depth)[:, 0]
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)

    def cubic(distance):
        return 2.0 - np.log(distance) + 0.3 * np.log(distance) ** 3

    np.testing.assert_allclose(weights @ cubic(points.distance_km), cubic(r), atol=1e-10)
    np.testing.assert_allclose(weights @ points.distance_km**-2.4, r**-2.4, rtol=1e-8)


def test_a_point_beyond_the_largest_distance_gives_no_weight(points):
    assert np.all(rupture.projected_weights(points, 69_000.0, 0.0, 20.0) == 0.0)
