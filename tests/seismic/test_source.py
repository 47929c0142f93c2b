"""The rate of earthquakes and their magnitudes: twins, exact cases, recovery of known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from mijnrisico.seismic.forecast import compress
from mijnrisico.seismic.magnitude import gutenberg_richter, linear_stress, thickness_split
from mijnrisico.seismic.source import extreme_threshold


def test_rises_equal_the_equation_written_out():
    rng = np.random.default_rng(1)
    stress = rng.uniform(0.0, 1.0, (9, 40))
    weight = rng.uniform(0.0, 2.0, 40)
    theta1 = np.linspace(1.0, 12.0, 5)
    np.testing.assert_allclose(
        extreme_threshold.rises(stress, weight, theta1),
        extreme_threshold.rises_slow(stress, weight, theta1),
        rtol=1e-12,
    )


def test_unloading_adds_no_events():
    stress = np.array([[0.2, 0.5], [0.4, 0.3], [0.1, 0.6]])
    expected = extreme_threshold.rises(stress, np.array([1.0, 2.0]), np.array([3.0, 4.0]))[:, 0]
    np.testing.assert_allclose(expected, [np.exp(1.2) - np.exp(0.6), 2.0 * (np.exp(1.8) - np.exp(0.9))], rtol=1e-12)


def test_the_rate_at_an_event_integrates_to_the_expected_count():
    stress, years, theta1 = np.array([[0.3], [0.7]]), np.array([2.0]), 5.0

    def density(moment: float) -> float:
        s, rate = extreme_threshold.at_events(stress, years, np.array([0]), np.array([moment / 2.0]), np.array([0]))
        return float(theta1 * rate[0] * np.exp(theta1 * s[0]))

    whole = extreme_threshold.rises(stress, np.array([1.0]), np.array([theta1, 6.0]))[0, 0]
    assert quad(density, 0.0, 2.0)[0] == pytest.approx(whole, rel=1e-9)


@given(b=st.floats(0.4, 2.5), top=st.floats(2.0, 6.55))
def test_magnitude_bins_sum_to_one(b: float, top: float):
    probability = gutenberg_richter.bin_probability(np.array([b]), top, 1.45)[0]
    assert probability.sum() == pytest.approx(1.0, abs=1e-12)
    assert (probability >= 0.0).all()
    assert (probability[top < gutenberg_richter.MAGNITUDES - 0.05] == 0.0).all()


def test_a_higher_smallest_magnitude_leaves_the_same_law_above_it():
    b = np.array([0.9])
    all_of_them = gutenberg_richter.bin_probability(b, 5.0, 1.45)[0]
    above = gutenberg_richter.bin_probability(b, 5.0, 1.95)[0]
    np.testing.assert_allclose(above[5:], all_of_them[5:] / all_of_them[5:].sum(), rtol=1e-12)
    assert (above[:5] == 0.0).all()


@given(b=st.floats(0.5, 2.0))
def test_likelihood_of_rounded_magnitudes_is_a_probability(b: float):
    magnitudes = np.round(np.arange(1.5, 60.0, 0.1), 1)
    assert np.exp(gutenberg_richter.log_probability(magnitudes, np.array(b), 1.45)).sum() == pytest.approx(1.0)


def _rounded_magnitudes(rng: np.random.Generator, b: np.ndarray) -> np.ndarray:
    return np.round(1.45 + rng.exponential(1.0 / (b * np.log(10.0))) + 1e-9, 1).clip(1.5)


def test_linear_stress_finds_the_b_values_that_made_the_magnitudes():
    rng = np.random.default_rng(7)
    stress = rng.uniform(0.0, 1.0, 20_000)
    magnitude = _rounded_magnitudes(rng, 1.3 - 0.6 * stress)
    grid = linear_stress.prior_grid()
    best = grid[np.argmax(linear_stress.log_likelihood(grid, stress, magnitude, 1.45))]
    np.testing.assert_allclose(best, [1.3, 0.6], atol=0.051)


def test_thickness_split_finds_the_b_values_that_made_the_magnitudes():
    rng = np.random.default_rng(8)
    thickness = rng.uniform(180.0, 300.0, 20_000)
    width = thickness_split.width(thickness)
    truth = np.array([[1.2, 0.8, 255.0]])
    magnitude = _rounded_magnitudes(rng, thickness_split.b_value(truth, thickness, width)[0])
    coarse = thickness_split.prior_grid()
    near = coarse[np.abs(coarse[:, 2] - 255.0) < 6.0]
    best = near[np.argmax(thickness_split.log_likelihood(near, thickness, magnitude, 1.45, width))]
    np.testing.assert_allclose(best[:2], truth[0, :2], atol=0.04)
    assert best[2] == pytest.approx(255.0, abs=3.0)


def test_compression_keeps_every_field():
    rng = np.random.default_rng(3)
    maps = rng.uniform(0.1, 1.0, (4, 300))
    mix = rng.uniform(0.0, 1.0, (3, 4, 5, 6)) * 10.0 ** rng.uniform(-9, 0, (3, 1, 5, 6))
    rate = np.einsum("kc,mkyb->mcyb", maps, mix)
    maps, coefficient = compress(rate)
    assert maps.shape[1] < 40
    np.testing.assert_allclose(np.einsum("cq,qmyb->mcyb", maps, coefficient), rate, rtol=1e-6)
