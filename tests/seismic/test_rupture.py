"""Rupture distance against samples of the public chain, a Monte Carlo twin and finer tables."""

import numpy as np
import pytest

from mijnrisico import data
from mijnrisico.seismic import rupture

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
    """Mean of R^-2 and of a step-like probability, 400,000 samples a site."""
    rng = np.random.default_rng(11)
    n = 400_000
    at = int(np.flatnonzero(np.isclose(MAGNITUDES, magnitude))[0])
    reach = rng.random(n) * rupture.length_km(magnitude) * np.exp(rupture.LENGTH_SD_LN * rng.standard_normal(n))
    turn = np.deg2rad(rupture.STRIKE_SD_DEG) * rng.standard_normal(n)
    for east, north in ((4000.0, 3000.0), (-9000.0, 2000.0), (1000.0, 16_000.0)):
        epicentral = np.hypot(east, north) / 1000.0
        a = np.arctan2(east, north) - np.deg2rad(rupture.STRIKE_DEG) + turn
        along, across = np.abs(epicentral * np.cos(a)), epicentral * np.sin(a)
        r = np.sqrt(across**2 + np.maximum(along - reach, 0.0) ** 2 + rupture.DEPTH_KM**2)
        weights = rupture.projected_weights(table, east, north)[0, at]
        for f in (lambda d: d**-2.0, lambda d: 1.0 / (1.0 + (d / 8.0) ** 4)):
            sample = f(r)
            error = sample.std() / np.sqrt(n)
            assert weights @ f(table.distance_km) == pytest.approx(sample.mean(), abs=4 * error + 1e-3 * sample.mean())


def test_a_finer_table_changes_an_expected_motion_by_less_than_one_in_a_thousand(table):
    fine = rupture.projection(MAGNITUDES, points=(12, 10, 12, 10), steps=(72, 42, 60, 72), harmonics=8, refine=2)
    rng = np.random.default_rng(9)
    angle, distance = rng.uniform(0, 2 * np.pi, 3000), np.sqrt(rng.uniform(0, 30e3**2, 3000))
    east, north = distance * np.sin(angle), distance * np.cos(angle)
    total = {}
    for name, one in (("used", table), ("fine", fine)):
        weights = rupture.projected_weights(one, east, north)
        total[name] = weights.mean(axis=0) @ one.distance_km**-2.4
    np.testing.assert_allclose(total["used"], total["fine"], rtol=2e-4)


def test_the_weights_do_not_change_when_the_offset_is_mirrored_or_turned_by_half_a_circle(table):
    a = rupture.projected_weights(table, 5000.0, 2000.0)
    np.testing.assert_allclose(rupture.projected_weights(table, -5000.0, -2000.0), a, atol=1e-12)


def test_cells_beyond_the_largest_distance_give_no_weight(table):
    assert np.all(rupture.projected_weights(table, 80_000.0, 0.0) == 0.0)


def test_an_event_under_the_site_is_at_three_kilometres(table):
    weights = rupture.projected_weights(table, 0.0, 0.0)[0]
    np.testing.assert_allclose(weights[:, 0], 1.0, atol=1e-12)
