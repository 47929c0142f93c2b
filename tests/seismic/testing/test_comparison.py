"""One forecast against another, and the weights of an ensemble: exact cases, twins, and no look ahead."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson, ttest_1samp

from mijnrisico.seismic import event_counts
from mijnrisico.seismic.testing import geweke_amisano_2011, log_score, marzocchi_2012, rhoades_2011


def _rates(seed: int, events: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(-5.0, 1.0, events), rng.normal(-5.2, 1.0, events)


def test_the_gain_is_the_difference_of_the_poisson_likelihoods_per_event():
    rng = np.random.default_rng(1)
    a, b = rng.gamma(1.0, 0.4, (30, 5)), rng.gamma(1.0, 0.5, (30, 5))
    count = rng.poisson(a)
    cell, magnitude = np.repeat(np.argwhere(count), count[count > 0], axis=0).T
    gain = rhoades_2011.t_test(np.log(a[cell, magnitude]), np.log(b[cell, magnitude]), a.sum(), b.sum())
    joint = poisson.logpmf(count, a).sum() - poisson.logpmf(count, b).sum()
    assert gain.per_event == pytest.approx(joint / count.sum())
    assert gain.events == count.sum()


def test_the_t_test_is_that_of_student_on_the_differences():
    a, b = _rates(2)
    gain = rhoades_2011.t_test(a, b, 18.0, 21.0)
    known = ttest_1samp(a - b + 3.0 / 20.0, 0.0)
    assert gain.t == pytest.approx(known.statistic)
    assert gain.p_value == pytest.approx(known.pvalue)
    np.testing.assert_allclose(gain.interval(), known.confidence_interval(0.95))


def test_a_forecast_gains_nothing_on_itself_and_as_much_as_the_other_loses():
    a, b = _rates(3)
    there, back = rhoades_2011.t_test(a, b, 10.0, 12.0), rhoades_2011.t_test(b, a, 12.0, 10.0)
    assert there.per_event == pytest.approx(-back.per_event)
    assert rhoades_2011.w_test(a, b, 10.0, 12.0) == pytest.approx(rhoades_2011.w_test(b, a, 12.0, 10.0))
    assert rhoades_2011.t_test(a, a, 10.0, 10.0).per_event == 0.0
    assert np.isnan(rhoades_2011.t_test(a, a, 10.0, 10.0).p_value)
    assert np.isnan(rhoades_2011.w_test(a, a, 10.0, 10.0))


def test_few_events_are_said_to_be_few():
    none, one = np.empty(0), np.array([-3.0])
    assert np.isnan(rhoades_2011.t_test(none, none, 1.0, 2.0).per_event)
    assert np.isnan(rhoades_2011.w_test(none, none, 1.0, 2.0))
    gain = rhoades_2011.t_test(one, one - 1.0, 1.0, 1.0)
    assert gain.per_event == 1.0
    assert np.isnan(gain.standard_error)
    assert np.isnan(gain.p_value)
    assert np.isnan(gain.interval()).all()


@given(st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=9))
def test_the_w_test_counts_every_assignment_of_signs(values: list[int]):
    d = np.array(values, dtype=float)
    size = np.abs(d)
    rank = np.array([(size < s).sum() + ((size == s).sum() + 1) / 2.0 for s in size])
    sums = np.array([rank[np.array(sign)].sum() for sign in itertools.product([False, True], repeat=d.size)])
    found = rank[d > 0].sum()
    expected = min(1.0, 2.0 * min((sums <= found).mean(), (sums >= found).mean()))
    assert rhoades_2011.w_test(d, np.zeros(d.size), 5.0, 5.0) == pytest.approx(expected)


def test_the_normal_law_takes_over_smoothly_in_the_w_test(monkeypatch):
    d = np.random.default_rng(4).normal(0.2, 1.0, 60)
    exact = rhoades_2011.w_test(d, np.zeros(60), 1.0, 1.0)
    monkeypatch.setattr(rhoades_2011, "_EXACT_UP_TO", 59)
    normal = rhoades_2011.w_test(d, np.zeros(60), 1.0, 1.0)
    assert normal == pytest.approx(exact, abs=0.01)
    assert normal != exact


def test_both_tests_reject_one_in_twenty_where_neither_forecast_is_better():
    rng = np.random.default_rng(5)
    drawn = rng.normal(0.0, 1.0, (1500, 15))
    zero = np.zeros(15)
    student = np.mean([rhoades_2011.t_test(d, zero, 1.0, 1.0).p_value < 0.05 for d in drawn])
    signed = np.mean([rhoades_2011.w_test(d, zero, 1.0, 1.0) < 0.05 for d in drawn])
    assert student == pytest.approx(0.05, abs=0.02)
    assert signed == pytest.approx(0.05, abs=0.02)


def test_the_score_with_a_poisson_number_is_the_likelihood_of_independent_events():
    rng = np.random.default_rng(6)
    rate = rng.gamma(1.0, 0.1, (40, 4))
    cell, magnitude = rng.integers(0, 40, 9), rng.integers(0, 4, 9)
    score = log_score.log_score(float(poisson.logpmf(9, rate.sum())), rate, cell, magnitude)
    assert score == pytest.approx(np.log(rate[cell, magnitude]).sum() - rate.sum())
    assert log_score.log_score(-2.0, 3.0 * rate, cell, magnitude) == pytest.approx(
        log_score.log_score(-2.0, rate, cell, magnitude)
    )


def test_a_period_without_events_scores_the_chance_of_none_and_an_impossible_place_minus_infinity():
    none, rate = np.empty(0, dtype=int), np.array([[1.0], [0.0]])
    assert log_score.log_score(-3.0, rate, none, none) == -3.0
    assert log_score.log_score(-3.0, rate, np.array([1]), np.array([0])) == -np.inf


def test_on_average_nobody_scores_higher_than_the_truth():
    rng = np.random.default_rng(7)
    n = event_counts.sample(rng, np.array(6.0), np.array(0.4), 3000)
    truth = event_counts.generalised_poisson(n, np.array(6.0), np.array(0.4))
    others = (
        event_counts.generalised_poisson(n, np.array(10.0), np.array(0.0)),
        event_counts.generalised_poisson(n, np.array(7.0), np.array(0.4)),
        event_counts.negative_binomial(n, np.array(10.0), np.array(40.0)),
    )
    for other in others:
        gain = truth - other
        assert gain.mean() > 2.0 * gain.std() / np.sqrt(n.size)


SCORES = st.lists(st.lists(st.floats(-60.0, -1.0), min_size=3, max_size=3), min_size=2, max_size=8)
PRIOR = np.array([0.5, 0.3, 0.2])


@given(SCORES)
def test_weights_never_look_ahead(scores: list[list[float]]):
    score = np.array(scores)
    changed = score.copy()
    changed[-1] = changed[-1][::-1] - 3.0
    for weights in (
        marzocchi_2012.sequential_weights,
        marzocchi_2012.inverse_score_weights,
        geweke_amisano_2011.sequential_weights,
    ):
        before, after = weights(score, PRIOR), weights(changed, PRIOR)
        np.testing.assert_allclose(before.sum(axis=1), 1.0)
        np.testing.assert_allclose(before[0], PRIOR)
        np.testing.assert_array_equal(before[:-1], after[:-1])


@given(SCORES)
def test_posterior_weights_lose_at_most_the_log_of_the_prior_on_the_best_member(scores: list[list[float]]):
    score = np.array(scores)
    weights = marzocchi_2012.sequential_weights(score, PRIOR)
    total = log_score.score_of_mixture(score, weights[:-1]).sum()
    members = score.sum(axis=0)
    assert total == pytest.approx(np.log(PRIOR @ np.exp(members - members.max())) + members.max())
    assert total >= (members + np.log(PRIOR)).max() - 1e-9


def test_tempering_keeps_weights_nearer_to_the_prior():
    score = np.array([[-10.0, -12.0, -11.0], [-9.0, -14.0, -12.0]])
    full, half = (marzocchi_2012.sequential_weights(score, PRIOR, temper)[-1] for temper in (1.0, 0.5))
    none = marzocchi_2012.sequential_weights(score, PRIOR, 0.0)[-1]
    assert full[0] > half[0] > PRIOR[0]
    np.testing.assert_allclose(none, PRIOR)


def test_a_member_that_held_what_happened_impossible_is_out():
    score = np.array([[-10.0, -np.inf, -11.0], [-9.0, -2.0, -12.0]])
    assert (marzocchi_2012.sequential_weights(score, PRIOR)[1:, 1] == 0.0).all()
    assert np.isfinite(log_score.score_of_mixture(score, PRIOR)).all()
    assert (log_score.score_of_mixture(np.full((1, 3), -np.inf), PRIOR) == -np.inf).all()


def test_inverse_scores_give_half_the_weight_to_twice_the_distance():
    weights = marzocchi_2012.inverse_score_weights(np.array([[-10.0, -20.0]]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(weights[1], [2.0 / 3.0, 1.0 / 3.0])


def test_pool_weights_are_the_best_on_the_past():
    rng = np.random.default_rng(8)
    score = rng.normal(-10.0, 1.5, (24, 3))
    best = geweke_amisano_2011.pool_weights(score, PRIOR, 0.0)
    top = log_score.score_of_mixture(score, best).sum()
    for other in rng.dirichlet(np.ones(3), 300):
        assert log_score.score_of_mixture(score, other).sum() <= top + 1e-6


def test_pool_weights_stay_mixed_where_members_take_turns_and_posterior_weights_do_not():
    score = np.array([[-5.0, -15.0], [-15.0, -5.0]] * 6 + [[-5.0, -15.0]])
    prior = np.array([0.5, 0.5])
    pooled = geweke_amisano_2011.pool_weights(score, prior, 1.0)
    np.testing.assert_allclose(pooled, [7.5 / 14.0, 6.5 / 14.0], atol=1e-3)
    assert marzocchi_2012.sequential_weights(score, prior)[-1][0] > 0.99


def test_a_strong_prior_holds_the_pool_and_a_period_without_a_chance_says_nothing():
    score = np.array([[-5.0, -15.0, -9.0], [-np.inf, -np.inf, -np.inf]])
    np.testing.assert_allclose(geweke_amisano_2011.pool_weights(score, PRIOR, 1e6), PRIOR, atol=1e-5)
    np.testing.assert_allclose(
        geweke_amisano_2011.pool_weights(score, PRIOR), geweke_amisano_2011.pool_weights(score[:1], PRIOR)
    )
    np.testing.assert_allclose(geweke_amisano_2011.pool_weights(np.empty((0, 3)), PRIOR), PRIOR)
