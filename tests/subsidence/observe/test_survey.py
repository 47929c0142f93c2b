"""Planning of measurements: the cases of the literature by hand, limits, and greedy choice against enumeration."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.subsidence.observe import prior, survey
from mijnrisico.subsidence.observe.survey import Series

from . import cases

SIX_DAYS = 6.0 / 365.25


def test_a_year_of_radar_images_every_six_days_of_4_mm_gives_a_rate_to_about_1_75_mm_per_year():
    assert survey.velocity_sd(np.linspace(0.0, 1.0, 61), 4.0) == pytest.approx(1.75, abs=0.006)  # exactly a year
    assert survey.velocity_sd(np.arange(61) * SIX_DAYS, 4.0) == pytest.approx(1.771, abs=0.001)  # 360 days


def test_about_a_year_and_a_half_of_them_gives_1_mm_per_year():
    assert survey.years_until(1.0, SIX_DAYS, Series(4.0)) == pytest.approx(1.48, abs=0.02)
    assert survey.years_until(0.001, SIX_DAYS, Series(4.0), longest_years=5.0) == np.inf


@settings(max_examples=15)
@given(st.lists(st.floats(0.0, 50.0), min_size=2, max_size=12, unique_by=lambda t: round(t, 2)), st.floats(0.1, 10.0))
def test_least_squares_with_independent_errors_is_the_textbook_formula(years, sigma):
    found = survey.rate_sd(years, Series(sigma).covariance_mm2(years))
    assert found == pytest.approx(survey.velocity_sd(years, sigma), rel=1e-9)


@settings(max_examples=15)
@given(st.integers(3, 15), st.floats(0.0, 5.0), st.floats(0.1, 0.95), st.floats(0.0, 2.0))
def test_noise_that_lasts_and_a_moving_reference_never_help(count, walk, hurst, drift):
    t = np.arange(count, dtype=float)
    plain = survey.rate_sd(t, Series(2.0, 1.0).covariance_mm2(t))
    found = survey.rate_sd(t, Series(2.0, 1.0, walk, 0.5 * walk, hurst, drift).covariance_mm2(t))
    assert found >= plain * (1.0 - 1e-9)
    assert found >= drift * (1.0 - 1e-6)


def test_an_unknown_rate_of_the_reference_adds_to_the_rate_as_it_is():
    t = np.arange(10.0)
    without, found = (survey.rate_sd(t, Series(2.0, stable_per_year_mm=d).covariance_mm2(t)) for d in (0.0, 0.7))
    assert found == pytest.approx(np.hypot(without, 0.7), rel=1e-6)


def test_a_random_walk_alone_gives_the_rate_of_its_ends():
    t = np.array([0.0, 1.0, 3.0, 8.0])
    assert survey.rate_sd(t, Series(1e-3, walk_mm=2.0).covariance_mm2(t)) == pytest.approx(2.0 / np.sqrt(8.0), rel=1e-3)


def test_a_change_needs_epochs_on_both_sides():
    t = np.array([2010.0, 2012.0, 2014.0, 2016.0])
    noise = Series(1.0).covariance_mm2(t)
    assert survey.change_sd(t, noise, 2013.0) < np.inf
    assert survey.change_sd(t, noise, 2016.0) == np.inf
    assert survey.change_sd(t, noise, 2009.0) == np.inf
    assert survey.change_sd(t[:2], noise[:2, :2], 2011.0) == np.inf
    assert survey.rate_sd(t[:1], noise[:1, :1]) == np.inf
    assert survey.velocity_sd(t[:1], 1.0) == np.inf


def test_change_of_rate_by_hand_with_its_normal_equations():
    t = np.linspace(2000.0, 2010.0, 11)
    noise = Series(3.0, walk_mm=1.0).covariance_mm2(t)
    columns = np.column_stack([np.ones(11), t - 2005.0, np.maximum(t - 2006.0, 0.0)])
    expected = np.sqrt(np.linalg.inv(columns.T @ np.linalg.solve(noise, columns))[2, 2])
    assert survey.change_sd(t, noise, 2006.0) == pytest.approx(expected, rel=1e-8)


def test_power_and_the_smallest_change_are_each_others_inverse():
    for sd, wanted, significance in ((1.0, 0.8, 0.05), (2.5, 0.95, 0.01), (0.3, 0.5, 0.1)):
        change = survey.smallest_change(sd, wanted, significance)
        assert survey.power(change, sd, significance) == pytest.approx(wanted, abs=1e-9)
    assert survey.smallest_change(np.inf) == np.inf


def test_power_is_the_share_of_simulated_tests_that_see_the_change():
    rng, t = np.random.default_rng(2), np.linspace(0.0, 6.0, 13)
    noise = Series(2.0, walk_mm=0.5).covariance_mm2(t)
    sd = survey.change_sd(t, noise, 3.0)
    change = survey.smallest_change(sd)
    columns = np.column_stack([np.ones(13), t, np.maximum(t - 3.0, 0.0)])
    gain = np.linalg.solve(columns.T @ np.linalg.solve(noise, columns), columns.T) @ np.linalg.inv(noise)
    series = change * columns[:, 2] + rng.standard_normal((20_000, 13)) @ np.linalg.cholesky(noise).T
    seen = np.abs(series @ gain[2]) > 1.959963984540054 * sd
    assert seen.mean() == pytest.approx(0.8, abs=0.01)


def plan():
    measured = cases.observed(cases.rows(points=7))
    belief = prior.correlated(*cases.cells(), sd=0.3, range_m=4000.0)
    matrix = cases.matrix(measured)
    return measured, matrix, belief, matrix[-7:].sum(axis=0, keepdims=True), measured.rows.point.tolist()


def left(rows, measured, matrix, belief, targets) -> float:
    own = belief.root @ belief.root.T
    joint = matrix[rows] @ own @ matrix[rows].T + measured.covariance_m2[np.ix_(rows, rows)]
    cross = targets @ own @ matrix[rows].T
    return float(np.trace(targets @ own @ targets.T - cross @ np.linalg.solve(joint, cross.T)))


def test_each_choice_leaves_the_variance_of_conditioning_on_all_that_was_chosen():
    measured, matrix, belief, targets, groups = plan()
    found = survey.choose(matrix, measured.covariance_m2, belief, targets, groups, 3)
    names = [name for name, _ in found]
    for count, (_, variance) in enumerate(found, start=1):
        rows = [n for n, name in enumerate(groups) if name in names[:count]]
        assert variance == pytest.approx(left(rows, measured, matrix, belief, targets), rel=1e-6)
    best = min(dict.fromkeys(groups), key=lambda p: left([n for n, g in enumerate(groups) if g == p], measured, matrix,
                                                         belief, targets))  # fmt: skip
    assert names[0] == best


def test_greedy_choice_comes_close_to_the_best_of_all_pairs_and_knows_what_is_there_already():
    measured, matrix, belief, targets, groups = plan()
    found = survey.choose(matrix, measured.covariance_m2, belief, targets, groups, 2)

    def of(pair):
        return left([n for n, g in enumerate(groups) if g in pair], measured, matrix, belief, targets)

    assert found[-1][1] <= 1.2 * min(of(pair) for pair in combinations(dict.fromkeys(groups), 2))
    given = survey.choose(matrix, measured.covariance_m2, belief, targets, groups, 1, given=[found[0][0]])
    assert given[0][0] == found[1][0]
    assert given[0][1] == pytest.approx(found[1][1])


def test_everything_chosen_is_everything_measured():
    measured, matrix, belief, targets, groups = plan()
    found = survey.choose(matrix, measured.covariance_m2, belief, targets, groups, 99)
    assert len(found) == 7
    assert found[-1][1] == pytest.approx(left(list(range(14)), measured, matrix, belief, targets), rel=1e-6)
    assert (np.diff([variance for _, variance in found]) <= 0.0).all()
