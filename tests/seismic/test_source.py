"""The rate of earthquakes and their magnitudes: twins, exact cases, recovery of known truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from mijnrisico.seismic.forecast import compress
from mijnrisico.seismic.magnitude import gutenberg_richter, linear_stress, thickness_split
from mijnrisico.seismic.source import extreme_threshold
from mijnrisico.seismic.source.loading import Cells, Loading, StressGrid
from mijnrisico.seismic.source.model import Group

from . import small_field


def test_rises_equal_the_equation_written_out():
    rng = np.random.default_rng(1)
    stress = rng.uniform(0.0, 1.0, (9, 40))
    weight = rng.uniform(0.0, 2.0, 40)
    theta1 = np.linspace(1.0, 12.0, 5)
    np.testing.assert_allclose(
        extreme_threshold.rises(stress, weight, theta1),
        extreme_threshold.rises_slow(stress, weight, theta1),
        rtol=1e-5,  # the exponential is read between nodes
    )


def test_the_known_count_of_a_rise_of_stress():
    # Numeric check l7: theta0 = -2, theta1 = 8 per MPa, stress from 0.30 to 0.35 MPa.
    count = extreme_threshold.rises(np.array([[0.3], [0.35]]), np.array([np.exp(-2.0)]), np.array([8.0]))
    assert count[0, 0] == pytest.approx(0.733716, rel=1e-5)


@settings(max_examples=40)
@given(
    st.lists(st.floats(0.0, 1.4), min_size=2, max_size=8),
    st.floats(1.0, 13.0),
)
def test_counts_by_cell_add_up_to_those_of_the_field_and_never_fall_below_zero(history: list[float], theta1: float):
    rng = np.random.default_rng(2)
    stress = np.array(history)[:, None] * rng.uniform(0.2, 1.0, 12)
    made = Group({}, rng.uniform(0.5, 2.0, 12), stress, 1.0)
    held = _held(stress.shape[0], 12)
    k = int(np.argmin(np.abs(extreme_threshold.THETA1 - theta1)))
    weight = np.zeros(extreme_threshold.THETA1.size)
    weight[k] = 0.7
    counts = extreme_threshold.ELASTIC.counts(made, held, weight)
    assert (counts >= 0.0).all()
    field = extreme_threshold.ELASTIC.expected(made, held)[:, k]
    np.testing.assert_allclose(counts.sum(axis=1), 0.7 * field, rtol=1e-9, atol=1e-9)
    slow = extreme_threshold.rises_slow(stress, made.density * held.cells.area_m2, extreme_threshold.THETA1[[k]])
    # Read linearly between nodes, an exponential is at most (theta1 spacing)^2 / 8 too large, at both ends of a rise.
    step = extreme_threshold.THETA1[k] * max(np.ptp(stress), 1e-12) / 1600
    grown = np.exp(extreme_threshold.THETA1[k] * stress) @ (made.density * held.cells.area_m2)
    room = step**2 / 8.0 * np.exp(step) * (grown[1:] + grown[:-1])
    assert (np.abs(field - slow[:, 0]) <= room + 1e-12 * grown[1:] + 1e-7).all()


def _held(times: int, cells: int) -> Loading:
    """Loading of yearly steps over a row of cells, all of them asked about."""
    row = np.ones((1, cells), dtype=bool)
    axis = 500.0 * np.arange(cells)
    where = Cells(axis, np.zeros(1), row, axis, np.zeros(cells), np.full(cells, 2.5e5), np.full(cells, 200.0))
    when = np.array([f"{2000 + year}-01-01" for year in range(times)], dtype="datetime64[ns]")
    fall = np.zeros((times, 1, cells))
    return Loading(small_field.ground(), where, when, fall, fall[0], 0, times - 1, StressGrid((0.4,), (1000.0,)))


def test_a_place_that_is_not_loaded_has_the_lowest_loading_at_an_event_and_none_in_the_count():
    stress = np.array([[0.5, 0.5], [0.6, 0.4]])
    made, held = Group({}, np.ones(2), stress, 1.0), _held(2, 2)
    at = held.at(np.array(["2000-07-01", "2000-07-01"], dtype="datetime64[ns]"), held.cells.x, held.cells.y)
    rate = extreme_threshold.ELASTIC.at_events(made, held, at)
    theta1 = extreme_threshold.THETA1
    lowest = extreme_threshold.LOWEST_LOADING
    fraction = 182.0 / 366.0
    np.testing.assert_allclose(rate[:, 1], theta1 * lowest * np.exp(theta1 * (0.5 - 0.1 * fraction)), rtol=1e-9)
    np.testing.assert_allclose(
        rate[:, 0], theta1 * 0.1 / held.all_step_years[0] * np.exp(theta1 * (0.5 + 0.1 * fraction)), rtol=1e-9
    )
    alone = Group({}, np.array([1.0, 0.0]), stress, 1.0)
    np.testing.assert_allclose(
        extreme_threshold.ELASTIC.expected(made, held), extreme_threshold.ELASTIC.expected(alone, held), rtol=1e-12
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
    best = grid[np.argmax(linear_stress.log_likelihoods(grid, stress[None], magnitude, 1.45)[0])]
    np.testing.assert_allclose(best, [1.3, 0.6], atol=0.051)


def test_thickness_split_finds_the_b_values_that_made_the_magnitudes():
    rng = np.random.default_rng(8)
    thickness = rng.uniform(180.0, 300.0, 20_000)
    width = thickness_split.width(thickness)
    truth = np.array([[1.2, 0.8, 255.0]])
    magnitude = _rounded_magnitudes(rng, thickness_split.b_value(truth, thickness, width)[0])
    coarse = thickness_split.prior_grid()
    near = coarse[np.abs(coarse[:, 2] - 255.0) < 6.0]
    best = near[np.argmax(thickness_split.log_likelihoods(near, thickness, magnitude, 1.45, width))]
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
