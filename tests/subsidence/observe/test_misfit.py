"""Misfit of model and measurement: by hand, in groups, and what the laws say of right and wrong models."""

import numpy as np
import pytest

from mijnrisico.subsidence.observe import misfit, observations, prior, update
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.observations import Observations

from . import cases


def test_chi_square_counts_correlated_errors_once():
    both = [[1.0, 0.9], [0.9, 1.0]]
    assert misfit.chi_square([1.0, 1.0], both) == pytest.approx(2.0 / 1.9)  # the same error twice: little evidence
    assert misfit.chi_square([1.0, -1.0], both) == pytest.approx(2.0 / 0.1)


def test_chi_square_of_the_right_model_is_the_number_of_rows_on_average():
    measured = cases.observed(cases.rows(points=10))
    errors = np.linalg.cholesky(measured.covariance_m2) @ np.random.default_rng(2).standard_normal((20, 200))
    found = [misfit.chi_square(error, measured.covariance_m2) for error in errors.T]
    assert np.mean(found) == pytest.approx(20.0, abs=4 * np.sqrt(40.0 / 200))


def test_the_table_holds_each_group_with_its_own_rows():
    measured = cases.observed(cases.rows(points=3))
    found = misfit.table(measured, measured.value_m - 0.002).set_index(["group", "name"])
    assert list(found.index) == [("all", "all"), ("technique", "levelling"), ("epoch", "1995"), ("epoch", "2010")] + [
        ("point", f"l{n}") for n in range(3)
    ]
    assert found.observations.tolist() == [6, 6, 3, 3, 2, 2, 2]
    np.testing.assert_allclose(found.bias_mm, -2.0)  # less subsidence was measured than modelled
    np.testing.assert_allclose(found.rmse_mm, 2.0)
    np.testing.assert_allclose(found.mean_absolute_mm, 2.0)
    own = measured.chosen(measured.rows.point == "l1")
    assert found.chi_square["point", "l1"] == pytest.approx(misfit.chi_square([0.002] * 2, own.covariance_m2))


def test_the_chance_of_a_chi_square_is_large_for_small_ones():
    assert misfit.chance(0.0, 5) == 1.0
    assert misfit.chance(100.0, 5) < 1e-9


def test_left_out_predicts_as_a_refit_without_the_row_does():
    measured = cases.observed(cases.rows(points=5), 1.1)
    matrix, belief = cases.matrix(measured), prior.correlated(*cases.cells(), sd=0.3, range_m=4000.0)
    data = update.whitened(measured)
    mean, sd = misfit.left_out(data, matrix, belief)
    joint = matrix @ belief.root @ belief.root.T @ matrix.T + measured.covariance_m2
    residual = measured.value_m - matrix @ belief.mean
    for row in (0, 7):
        rest = np.delete(np.arange(len(measured)), row)
        gain = np.linalg.solve(joint[np.ix_(rest, rest)], joint[rest, row])
        assert mean[row] == pytest.approx((matrix @ belief.mean)[row] + gain @ residual[rest], rel=1e-6)
        assert sd[row] == pytest.approx(np.sqrt(joint[row, row] - gain @ joint[rest, row]), rel=1e-6)


def test_surprise_of_a_campaign_is_that_of_its_rows_given_the_campaigns_before():
    measured = cases.observed(cases.rows(points=4, years=(1980.0, 1990.0, 2000.0)), 1.1)
    matrix, belief = cases.matrix(measured), prior.correlated(*cases.cells(), sd=0.3, range_m=4000.0)
    turned = np.random.default_rng(1).permutation(len(measured))
    found = misfit.surprise(measured.chosen(turned), matrix[turned], belief)
    joint = matrix @ belief.root @ belief.root.T @ matrix.T + measured.covariance_m2
    residual, old, new = measured.value_m - matrix @ belief.mean, slice(0, 4), slice(4, 8)
    gain = joint[new, old] @ np.linalg.inv(joint[old, old])
    left = residual[new] - gain @ residual[old]
    expected = left @ np.linalg.solve(joint[new, new] - gain @ joint[old, new], left)
    assert found.chi_square.tolist() == pytest.approx([misfit.chi_square(residual[old], joint[old, old]), expected])
    assert found.observations.tolist() == [4, 4]
    assert found.chance[1] == pytest.approx(misfit.chance(expected, 4))


def test_a_field_that_moves_otherwise_than_thought_gives_an_alert():
    frame = cases.rows(points=8, years=(1980.0, 1990.0, 2000.0))
    measured = cases.observed(frame, 1.0)
    matrix, belief = cases.matrix(measured), prior.correlated(*cases.cells(), sd=0.2, range_m=8000.0)
    value = np.where(frame.to_year == 2000.0, 1.0, 0.4) * matrix.sum(axis=1)  # slow at first, then in haste
    told = observations.record(frame.assign(value_m=value), measured.covariance_m2)
    assert misfit.surprise(measured, matrix, belief).chance.min() > 0.01
    assert misfit.surprise(told, matrix, belief).chance.iloc[-1] < 1e-3


def test_ranks_of_measurements_that_were_not_used_are_uniform():
    bare, rng = cases.observed(cases.rows(points=10)), np.random.default_rng(8)
    belief, matrix = prior.correlated(*cases.cells(), sd=0.3, range_m=4000.0), cases.matrix(bare)
    noise = np.linalg.cholesky(bare.covariance_m2)
    sd = np.sqrt(np.square(matrix @ belief.root).sum(axis=1))
    expected = NormalMixture(np.ones(1), (matrix @ belief.mean)[None], sd[None])
    ranks = []
    for _ in range(200):
        truth = belief.mean + belief.root @ rng.standard_normal(29)
        value = matrix @ truth + noise @ rng.standard_normal(20)
        ranks.append(misfit.rank(Observations(bare.rows.assign(value_m=value), bare.covariance_m2), expected))
    share = np.histogram(np.concatenate(ranks), bins=5, range=(0.0, 1.0))[0] / 4000.0
    np.testing.assert_allclose(share, 0.2, atol=0.04)


def test_the_table_of_measurements_is_positive_down_and_brackets_the_model():
    measured = cases.observed(cases.rows("insar", points=4))
    matrix = cases.matrix(measured)
    branch = update.Branch("a", matrix, prior.correlated(*cases.cells(), sd=0.3, range_m=4000.0))
    after = update.mixture(update.whitened(measured), [branch])
    found = misfit.observation_table(measured, update.before([branch]).predict(matrix), after.predict(matrix))
    assert (found.modelled_p10_mm < found.modelled_mm).all()
    assert (found.modelled_mm < found.modelled_p90_mm).all()
    np.testing.assert_allclose(found.value_mm, -1000.0 * measured.value_m)
    np.testing.assert_allclose(found.residual_mm, found.value_mm - found.modelled_mm)
    np.testing.assert_allclose(found.normalised, found.residual_mm / found.sigma_mm)
    assert found.used.all()
    assert not misfit.observation_table(measured, after.predict(matrix), after.predict(matrix), used=False).used.any()


def test_horizontal_motion_keeps_its_sign():
    frame = cases.rows("gnss", points=1).assign(up=[0.0, 1.0], east=[1.0, 0.0])
    assert observations.record(frame, np.eye(2)).shown_sign.tolist() == [1.0, -1.0]
