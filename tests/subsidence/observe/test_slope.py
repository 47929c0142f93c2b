"""The chance that a slope is steeper than a limit, beside draws of it."""

import numpy as np
import pytest

from mijnrisico.subsidence.observe import slope

CASES = [
    ((3e-5, 1e-5), ((1e-10, 2e-11), (2e-11, 5e-11)), 3e-5),
    ((0.0, 0.0), ((4e-12, -3e-12), (-3e-12, 4e-12)), 3e-6),
    ((5e-6, 0.0), ((1e-12, 0.0), (0.0, 1e-16)), 5e-6),
    ((2e-5, 2e-5), ((1e-14, 0.0), (0.0, 1e-14)), 2.83e-5),
    ((0.0, 4e-5), ((2.5e-9, 0.0), (0.0, 1e-12)), 6e-5),
]


@pytest.mark.parametrize(("mean", "covariance", "limit"), CASES)
def test_the_chance_is_that_of_draws(mean, covariance, limit):
    rng = np.random.default_rng(7)
    drawn = rng.multivariate_normal(mean, covariance, 400_000)
    expected = float((np.hypot(*drawn.T) >= limit).mean())
    assert slope.steeper(np.array(mean), np.array(covariance), limit) == pytest.approx(expected, abs=4e-3)


def test_both_parts_scatter_so_that_a_mean_of_nothing_can_still_be_steep():
    assert slope.steeper(np.zeros(2), np.diag([1e-10, 1e-10]), 1e-5) == pytest.approx(np.exp(-0.5), rel=1e-6)


def test_without_spread_the_mean_decides():
    for mean, expected in (((3e-5, 4e-5), 0.0), ((3.1e-5, 4.1e-5), 1.0)):
        assert slope.steeper(np.array(mean), np.zeros((2, 2)), 5.05e-5) == pytest.approx(expected, abs=1e-9)
