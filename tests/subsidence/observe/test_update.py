"""The exact update of strain amplitudes: against dense conditioning, against quadrature, and on known truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from mijnrisico.subsidence.observe import observations, prior, update
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.update import Branch, Whitened

from . import cases


def amplitudes(sd: float = 0.3, length: float = 4000.0, **more):
    return prior.correlated(*cases.cells(), sd=sd, range_m=length, **more)


@pytest.mark.parametrize("points", [3, 20])  # fewer and more measurements than amplitudes
@pytest.mark.parametrize("kind", ["exponential", "matern32", "matern52"])
def test_the_update_equals_dense_conditioning_in_both_spaces(points, kind):
    measured = cases.observed(cases.rows(points=points, years=(1980.0, 1990.0, 2000.0, 2010.0)), 1.2)
    matrix, belief = cases.matrix(measured), amplitudes(kind=kind)
    found = update.posterior(update.whitened(measured), matrix, belief, fixed_m=0.002)
    mean, covariance, log_evidence = update.conditioned(measured, matrix, belief, fixed_m=0.002)
    assert (found.reduced is None) == (points == 20)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-7)
    np.testing.assert_allclose(found.covariance(), covariance, atol=1e-9)
    np.testing.assert_allclose(found.sd_of(np.eye(len(mean))), np.sqrt(np.diag(covariance)), rtol=1e-6)
    assert found.log_evidence == pytest.approx(log_evidence, rel=1e-9)


def test_one_amplitude_and_one_measurement_is_the_weighted_mean_of_the_two():
    frame = cases.rows(points=1, years=(1980.0, 2000.0)).assign(value_m=-0.3)
    measured = observations.record(frame, [[0.01**2]])
    found = update.posterior(update.whitened(measured), [[-0.2]], prior.normal(1.0, [[0.25]]))
    precision = 1 / 0.25 + 0.2**2 / 0.01**2
    assert found.mean[0] == pytest.approx((1 / 0.25 + 0.2 * 0.3 / 0.01**2) / precision)
    assert found.covariance()[0, 0] == pytest.approx(1 / precision)
    spread = 0.01**2 + 0.2**2 * 0.25
    assert np.exp(found.log_evidence) == pytest.approx(np.exp(-0.5 * 0.1**2 / spread) / np.sqrt(2 * np.pi * spread))


@settings(max_examples=10)
@given(st.integers(1, 15), st.integers(0, 1000), st.floats(0.05, 1.0))
def test_measuring_more_never_widens_the_posterior(first, seed, sd):
    measured = cases.observed(cases.rows(points=8), 1.1, seed)
    data, matrix, belief = update.whitened(measured), cases.matrix(measured), amplitudes(sd)
    less = update.posterior(data.first(first), matrix[:first], belief).covariance()
    more = update.posterior(data, matrix, belief).covariance()
    assert np.linalg.eigvalsh(belief.root @ belief.root.T - less).min() > -1e-10
    assert np.linalg.eigvalsh(less - more).min() > -1e-10


def test_the_order_of_the_rows_does_not_matter_and_campaigns_in_turn_give_the_same_as_at_once():
    measured = cases.observed(cases.rows(points=8), 1.1)
    matrix, belief = cases.matrix(measured), amplitudes()
    whole = update.posterior(update.whitened(measured), matrix, belief)
    turned = measured.chosen(np.arange(len(measured))[::-1])
    other = update.posterior(update.whitened(turned), matrix[::-1], belief)
    np.testing.assert_allclose(other.mean, whole.mean, rtol=1e-8)
    assert other.log_evidence == pytest.approx(whole.log_evidence)
    early = update.posterior(update.whitened(measured.until(1995.0)), matrix[:8], belief)
    np.testing.assert_allclose(
        update.posterior(update.whitened(measured).first(8), matrix[:8], belief).mean, early.mean, rtol=1e-10
    )


def test_a_known_truth_is_found_again_and_its_spread_is_honest():
    frame = cases.rows(points=30, years=(1980.0, 1990.0, 2000.0, 2010.0))
    belief, rng = amplitudes(), np.random.default_rng(3)
    target = cases.matrix(cases.observed(frame.head(5)))
    bare = cases.observed(frame)
    data, matrix = update.whitened(bare), cases.matrix(bare)
    score = []
    for _ in range(60):
        truth = belief.mean + belief.root @ rng.standard_normal(len(belief.mean))
        value = matrix @ truth + data.factor @ rng.standard_normal(len(frame))
        found = update.posterior(Whitened(value, data.factor), matrix, belief)
        score.append((target @ (truth - found.mean)) / found.sd_of(target))
    assert 0.85 < np.sqrt(np.mean(np.square(score))) < 1.15
    assert found.sd_of(target).max() < 0.2 * np.sqrt(np.square(target @ belief.root).sum(axis=1)).min()


def test_without_measurements_the_prior_is_kept():
    belief = amplitudes()
    found = update.before([Branch("a", np.empty((0, 29)), belief), Branch("b", np.empty((0, 29)), belief, weight=3.0)])
    np.testing.assert_allclose(found.weights, [0.25, 0.75])
    np.testing.assert_allclose(found.predict(np.eye(29)).sd(), belief.sd)


def test_samples_follow_the_posterior_in_both_spaces():
    for points in (3, 20):
        measured = cases.observed(cases.rows(points=points), 1.2)
        found = update.posterior(update.whitened(measured), cases.matrix(measured), amplitudes())
        drawn = found.sample(np.random.default_rng(5), 8_000)
        np.testing.assert_allclose(drawn.mean(axis=0), found.mean, atol=0.02)
        np.testing.assert_allclose(np.cov(drawn.T), found.covariance(), atol=0.01)


def two_branches(measured):
    right = cases.matrix(measured)
    return [Branch("right", right, amplitudes(), 0.3), Branch("half", 0.5 * right, amplitudes(), 0.7)]


def test_the_branch_that_made_the_data_gains_weight():
    measured = cases.observed(cases.rows(points=20), 1.0)
    found = update.mixture(update.whitened(measured), two_branches(measured))
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights[0] > 0.9
    odds = found.weights[0] / found.weights[1]
    evidence = [one.log_evidence for one in found.posteriors]
    assert np.log(odds) == pytest.approx(np.log(0.3 / 0.7) + evidence[0] - evidence[1])
    assert found.log_evidence == pytest.approx(np.log(0.3 * np.exp(evidence[0] - evidence[1]) + 0.7) + evidence[1])


def test_predictions_of_a_mixture_have_the_spread_within_and_between_branches():
    measured = cases.observed(cases.rows(points=2, years=(1980.0, 1982.0)), 0.8)
    branches = two_branches(measured)
    found = update.mixture(update.whitened(measured), branches)
    rows = [one.design for one in branches]
    predicted = found.predict(rows)
    mean, covariance = found.covariance_of(rows)
    np.testing.assert_allclose(predicted.mean(), mean)
    np.testing.assert_allclose(predicted.sd(), np.sqrt(np.diag(covariance)))
    drawn, each = found.sample(np.random.default_rng(0), 40_000)
    values = np.concatenate([amplitude @ row.T for amplitude, row in zip(each, rows, strict=True)])
    assert len(drawn) == len(values)
    np.testing.assert_allclose(values.mean(axis=0), mean, rtol=0.02)
    np.testing.assert_allclose(np.quantile(values, 0.9, axis=0), predicted.quantile(0.9), rtol=0.02)
    np.testing.assert_allclose(found.predict(rows, [np.ones(2), np.ones(2)]).mean(), mean + 1.0)


def test_a_mixture_of_normals_gives_the_chances_of_its_parts():
    two = NormalMixture(np.array([0.2, 0.8]), np.array([[0.0, 1.0], [3.0, 1.0]]), np.array([[1.0, 0.0], [2.0, 0.0]]))
    assert two.exceeding(2.0)[0] == pytest.approx(0.2 * ndtr(-2.0) + 0.8 * ndtr(0.5))
    assert two.exceeding([2.0, 1.0])[1] == 1.0  # what it is for certain is reached
    assert two.below([2.0, 1.0])[1] == 0.0
    np.testing.assert_allclose(two.below([0.3, 0.9]) + two.exceeding([0.3, 0.9]), 1.0)
    for chance in (0.01, 0.5, 0.999):
        assert two.below(two.quantile(chance))[0] == pytest.approx(chance, abs=1e-9)
    assert two.quantile(0.3)[1] == 1.0
    np.testing.assert_allclose(two.widened(3.0).sds[:, 1], 3.0)


def test_an_offset_of_the_datum_and_a_shallow_rate_are_told_from_the_field():
    frame = pd.concat(
        [cases.rows(points=20), cases.rows("insar", points=20, years=(2000.0, 2005.0, 2010.0))], ignore_index=True
    )
    clean = cases.observed(frame, 1.0, seed=4)
    insar = (frame.technique == "insar").to_numpy()
    wrong = np.where(insar, -0.015 * (frame.to_year - frame.from_year) * frame["up"], 0.06)
    measured = observations.record(frame.assign(value_m=clean.value_m + wrong), clean.covariance_m2)
    terms = prior.nuisance(measured, datum_sd_m=0.05, shallow_rate_sd_m_per_year=0.01)
    assert terms.names == ("datum levelling||far", "datum insar||far", "shallow insar||far")
    belief = prior.with_nuisance(amplitudes(), terms)
    matrix = prior.design_with_nuisance(cases.matrix(measured), terms)
    found = update.posterior(update.whitened(measured), matrix, belief)
    offset, _, shallow = found.mean[-3:]
    assert offset == pytest.approx(0.06, abs=3 * found.sd_of(np.eye(len(matrix.T))[-3])[0])
    assert shallow == pytest.approx(-0.015, abs=3 * found.sd_of(np.eye(len(matrix.T))[-1])[0])
    plain = update.posterior(update.whitened(measured), cases.matrix(measured), amplitudes())
    assert found.log_evidence > plain.log_evidence + 10.0
    motion = prior.without_nuisance(cases.matrix(measured), terms)
    assert np.abs(motion @ found.mean - cases.matrix(measured).sum(axis=1)).max() < 0.02


def test_priors_that_are_singular_or_shared_or_cut_short():
    one = amplitudes(length=0.0)
    assert one.root.shape == (29, 1)
    singular = prior.normal(1.0, np.ones((4, 4)))
    np.testing.assert_allclose(singular.root @ singular.root.T, 1.0)
    assert singular.root.shape[1] == 1
    full, short = amplitudes(length=20_000.0), amplitudes(length=20_000.0, kept=0.95)
    assert short.root.shape[1] < 15
    assert np.square(short.root).sum() >= 0.95 * np.square(full.root).sum()
    both = prior.together([one, singular])
    assert both.root.shape == (33, 2)
    np.testing.assert_allclose(both.sd, [0.3] * 29 + [1.0] * 4)


def test_correlations_start_at_one_and_fall():
    distance = np.linspace(0.0, 20_000.0, 50)
    for kind in ("exponential", "matern32", "matern52"):
        found = prior.correlation(distance, 4000.0, kind)
        assert found[0] == 1.0
        assert (np.diff(found) < 0.0).all()
