"""Levels at return periods and weighted fractiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mijnrisico.core import curve

LEVELS = 0.05 * np.exp(np.arange(-20, 21) * 0.2)


def test_a_power_law_is_read_exactly():
    rates = 2e-3 * (LEVELS / 0.05) ** -2.5
    expected = 0.05 * (2e-3 * 475.0) ** (1 / 2.5)
    assert curve.return_level(LEVELS, rates, 475.0) == pytest.approx(expected, rel=1e-12)


def test_a_bent_curve_is_read_to_one_in_ten_thousand():
    def rate(level):
        x = np.log(level / 0.02)
        return 0.01 * np.exp(-1.2 * x - 0.25 * x**2 - 0.02 * x**3)

    for period in (100.0, 475.0, 2475.0, 1e5):
        low, high = 0.005, 2.0
        for _ in range(200):
            middle = np.sqrt(low * high)
            low, high = (middle, high) if rate(middle) > 1.0 / period else (low, middle)
        assert curve.return_level(LEVELS, rate(LEVELS), period) == pytest.approx(low, rel=1e-4)


def test_a_level_outside_the_curve_is_infinite_and_not_extrapolated():
    rates = 1e-3 * (LEVELS / 0.05) ** -2.0
    assert curve.return_level(LEVELS, rates * 1e-9, 475.0) == -np.inf
    assert curve.return_level(LEVELS, rates * 1e9, 475.0) == np.inf


def test_a_curve_that_ends_in_zeros_is_read_up_to_its_end():
    rates = np.where(LEVELS < 0.06, 1e-2 * (LEVELS / 0.05) ** -2.0, 0.0)
    level = curve.return_level(LEVELS, rates, 475.0)
    last = np.flatnonzero(rates >= 1 / 475.0)[-1]
    assert LEVELS[last] <= level <= LEVELS[last + 1]


@given(st.lists(st.floats(0.01, 3.0), min_size=40, max_size=40), st.floats(1.0, 1e5))
def test_a_level_reaches_a_point_of_the_grid_exactly_when_the_rate_there_does(falls, period):
    rates = 0.5 * np.exp(-np.cumsum([0.0, *falls]))
    level = curve.return_level(LEVELS, rates, period)
    reached = rates >= 1.0 / period
    if np.isfinite(level):
        np.testing.assert_array_equal(level * (1 + 1e-12) >= LEVELS, reached)


@given(st.lists(st.floats(0.01, 3.0), min_size=40, max_size=40))
def test_the_level_rises_with_the_return_period(falls):
    rates = 0.5 * np.exp(-np.cumsum([0.0, *falls]))
    periods = np.geomspace(2.1, 1e6, 60)
    found = np.array([float(curve.return_level(LEVELS, rates, p)) for p in periods])
    assert np.all(found[1:] >= found[:-1] * (1 - 1e-12))


def test_a_fractile_is_the_value_at_which_the_weight_is_reached():
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([0.3, 0.1, 0.6])
    np.testing.assert_array_equal(
        curve.weighted_fractile(values, weights, [0.1, 0.11, 0.5, 0.7, 0.71]), [1, 2, 2, 2, 3]
    )


def test_a_branch_can_be_split_in_two_without_moving_a_fractile():
    rng = np.random.default_rng(5)
    values, weights = rng.normal(size=50), rng.random(50)
    split = np.concatenate([values, values]), np.concatenate([weights * 0.3, weights * 0.7])
    wanted = [0.1, 0.5, 0.9]
    np.testing.assert_array_equal(
        curve.weighted_fractile(values, weights, wanted), curve.weighted_fractile(*split, wanted)
    )


def random_tree(seed, branches=3000):
    """Falling curves (branch, level) with zeros at the end of some, and weights of very different size."""
    rng = np.random.default_rng(seed)
    falls = rng.exponential(0.4, (branches, LEVELS.size)) * rng.uniform(0.3, 2.0, (branches, 1))
    rates = 0.5 * np.exp(-np.cumsum(falls, axis=1))
    rates[: branches // 10, -8:] = 0.0
    weight = rng.random(branches) ** 4
    return rates, weight / weight.sum()


@pytest.mark.parametrize("seed", [1, 2])
def test_fractiles_over_a_tree_equal_sorting_every_branch(seed):
    rates, weight = random_tree(seed)
    periods, fractiles = np.array([20.0, 475.0, 2475.0]), np.array([0.1, 0.5, 0.9])
    level, share, by_level = np.empty((3, 3)), np.empty(2), np.empty((LEVELS.size, 3))
    at = np.array([3, 6])
    curve.branch_fractiles(rates, weight, np.log(LEVELS), 1.0 / periods, fractiles, at, level, share, by_level)
    for r, period in enumerate(periods):
        levels = curve.return_level(LEVELS, rates, period)
        np.testing.assert_allclose(np.exp(level[r]), curve.weighted_fractile(levels, weight, fractiles), rtol=1e-13)
    for k in range(LEVELS.size):
        np.testing.assert_array_equal(by_level[k], curve.weighted_fractile(rates[:, k], weight, fractiles))
    for k, index in enumerate(at):
        assert share[k] == pytest.approx(weight[rates[:, index] >= 1 / 20.0].sum(), abs=1e-12)


def test_a_fractile_below_the_lowest_level_is_said_to_be_there():
    rates, weight = random_tree(3)
    level, share, by_level = np.empty((1, 3)), np.empty(0), np.empty((0, 0))
    none = np.array([], dtype=np.int64)
    fractiles = np.array([0.1, 0.5, 0.9])
    curve.branch_fractiles(
        rates * 1e-6, weight, np.log(LEVELS), np.array([1e-3]), fractiles, none, level, share, by_level
    )
    np.testing.assert_array_equal(level, -np.inf)
