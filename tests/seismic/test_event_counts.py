"""The number of events of a cascade: exact cases, moments, simulated cascades, mixtures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from mijnrisico.seismic import event_counts
from mijnrisico.seismic.event_counts import generalised_poisson, negative_binomial


@given(rate=st.floats(0.0, 300.0), r=st.floats(0.0, 0.8))
def test_probabilities_sum_to_one_with_the_mean_and_variance_of_the_law(rate: float, r: float):
    probability = event_counts.pmf(generalised_poisson, np.array(rate), np.array(r))
    assert probability.sum() == pytest.approx(1.0, abs=1e-9)
    mean, variance = event_counts.moments(np.array(rate), np.array(r))
    found = event_counts.table_moments(probability)
    assert found[0] == pytest.approx(mean, rel=1e-6, abs=1e-8)
    assert found[1] == pytest.approx(variance, rel=1e-4, abs=1e-6)


def test_without_aftershocks_it_is_the_law_of_poisson():
    n = np.arange(60)
    np.testing.assert_allclose(
        generalised_poisson(n, np.array(12.3), np.array(0.0)), poisson.logpmf(n, 12.3), rtol=1e-10
    )


def test_the_known_tail_of_a_poisson_count():
    assert 1.0 - event_counts.cdf(event_counts.pmf(generalised_poisson, np.array(2.5), np.array(0.0)))[4] == (
        pytest.approx(0.108822, rel=1e-3)
    )


def test_the_variance_of_the_cascade_is_437_where_independent_generations_give_235():
    assert event_counts.moments(np.array(15.0), np.array(0.3))[1] == pytest.approx(43.7, abs=0.05)


def test_no_rate_gives_no_events():
    np.testing.assert_array_equal(event_counts.pmf(generalised_poisson, np.array(0.0), np.array(0.3))[:3], [1, 0, 0])
    np.testing.assert_array_equal(event_counts.pmf(negative_binomial, np.array(0.0), np.array(0.0))[:3], [1, 0, 0])


def test_a_heavy_tail_is_held_to_the_last():
    probability = event_counts.pmf(generalised_poisson, np.array(1.0), np.array(0.95))
    assert probability.sum() == pytest.approx(1.0, abs=1e-9)
    assert probability.size > 3000


@given(mean=st.floats(0.1, 80.0), over=st.floats(1.01, 8.0))
def test_the_negative_binomial_has_its_mean_and_variance(mean: float, over: float):
    n = np.arange(40)
    size = mean / (over - 1.0)
    np.testing.assert_allclose(
        negative_binomial(n, np.array(mean), np.array(mean * over)), nbinom.logpmf(n, size, 1.0 / over), atol=1e-7
    )


def test_the_negative_binomial_without_excess_is_the_law_of_poisson():
    n = np.arange(40)
    both = negative_binomial(n, np.array(7.0), np.array([[7.0], [7.0001]]))
    np.testing.assert_allclose(both[0], poisson.logpmf(n, 7.0), rtol=1e-12)
    np.testing.assert_allclose(both[1], both[0], atol=0.02)


def test_drawn_cascades_follow_the_law():
    drawn = event_counts.sample(np.random.default_rng(1), np.array(15.0), np.array(0.3), 100_000)
    mean, variance = event_counts.moments(np.array(15.0), np.array(0.3))
    assert drawn.mean() == pytest.approx(mean, rel=0.005)
    assert drawn.var() == pytest.approx(variance, rel=0.02)
    expected = event_counts.pmf(generalised_poisson, np.array(15.0), np.array(0.3))
    counts = np.bincount(drawn, minlength=expected.size)[: expected.size]
    error = np.sqrt(expected * (1.0 - expected) / drawn.size)
    assert (np.abs(counts / drawn.size - expected) < 5.0 * error + 1e-5).all()


K = np.array([0.05, 0.1, 0.3, 1.2, 4.0])
P = np.array([0.6, 0.25, 0.1, 0.04, 0.01])


def _marked(rng: np.random.Generator, rate: float, cascades: int) -> np.ndarray:
    """Events per magnitude bin of each cascade, bin by bin and generation by generation; (cascade, bin)."""
    generation = rng.multinomial(rng.poisson(rate, cascades), P)
    total = generation.copy()
    while generation.any():
        generation = rng.multinomial(rng.poisson(generation @ K), P)
        total += generation
    return total


def test_cascades_with_productivity_by_magnitude_have_the_moments_and_the_chances_of_the_closed_forms():
    rate, cascades = 2.0, 200_000
    r, v = event_counts.productivity(K, P)
    found = _marked(np.random.default_rng(2), rate, cascades)
    events = found.sum(axis=1)
    mean, variance = event_counts.moments(np.array(rate), np.array(r), v)
    assert events.mean() == pytest.approx(mean, rel=0.01)
    assert events.var() == pytest.approx(variance, rel=0.03)
    assert variance > 1.1 * event_counts.moments(np.array(rate), np.array(r))[1]
    assert (events == 0).mean() == pytest.approx(np.exp(-rate), abs=0.002)
    for first in range(P.size):
        none = (found[:, first:].sum(axis=1) == 0).mean()
        assert none == pytest.approx(event_counts.chance_of_none_from(np.array(rate), K, P, first), abs=0.004)


def test_the_matched_law_keeps_mean_and_variance_and_overstates_the_chance_of_none():
    rate, r, v = np.array(2.0), np.array(0.3), np.array(0.5)
    law = event_counts.matched(rate, r, v)
    np.testing.assert_allclose(event_counts.moments(*law), event_counts.moments(rate, r, v), rtol=1e-12)
    none = event_counts.pmf(generalised_poisson, *law)[0]
    assert none == pytest.approx(np.exp(-2.0 / np.sqrt(1.5)))
    assert none > np.exp(-rate)
    np.testing.assert_allclose(event_counts.matched(rate, r, np.array(0.0)), (rate, r), rtol=1e-12)


def test_the_chance_of_no_large_event_is_as_simulated():
    rng, rate, r, share = np.random.default_rng(3), 6.0, 0.4, 0.1
    drawn = event_counts.sample(rng, np.array(rate), np.array(r), 200_000)
    simulated = ((1.0 - share) ** drawn).mean()  # each event is small with chance 1 - share, given their number
    assert simulated == pytest.approx(event_counts.chance_of_none(np.array(rate), np.array(r), share), abs=0.002)


@given(rate=st.floats(0.01, 50.0), r=st.floats(0.0, 0.95), share=st.floats(0.0, 1.0))
def test_clustering_makes_no_large_event_likelier_at_equal_mean(rate: float, r: float, share: float):
    none = float(event_counts.chance_of_none(np.array(rate), np.array(r), np.array(share)))
    assert np.exp(-rate / (1.0 - r) * share) * (1.0 - 1e-9) <= none <= 1.0
    assert none >= np.exp(-rate) * (1.0 - 1e-9)


def test_every_event_counted_leaves_only_the_chance_of_no_first_event_and_a_tiny_share_keeps_its_digits():
    assert event_counts.chance_of_none(np.array(3.0), np.array(0.5), np.array(1.0)) == pytest.approx(np.exp(-3.0))
    assert event_counts.chance_of_none(np.array(3.0), np.array(0.5), np.array(0.0)) == 1.0
    few = event_counts.chance_of_none(np.array(1e6), np.array(0.5), np.array(1e-13))
    assert few == pytest.approx(np.exp(-1e6 * 2e-13), rel=1e-15)
    assert -np.log(few) == pytest.approx(2e-7, rel=1e-8)


def test_equal_productivity_is_a_case_of_productivity_by_magnitude():
    first, share = np.arange(5), np.array([1.0, 0.4, 0.15, 0.05, 0.01])
    np.testing.assert_allclose(
        event_counts.chance_of_none_from(np.array(4.0), np.full(5, 0.3), P, first),
        event_counts.chance_of_none(np.array(4.0), np.array(0.3), share),
        rtol=1e-12,
    )


def test_a_mixture_of_poisson_laws_over_a_gamma_rate_is_negative_binomial():
    rng = np.random.default_rng(4)
    rate = rng.gamma(5.0, 2.0, (20_000, 2)) * [1.0, 2.0]
    weight = np.full(rate.shape[0], 1.0 / rate.shape[0])
    mixed = event_counts.mixture(generalised_poisson, rate, np.zeros((1, 1)), weight)
    assert mixed.shape[0] == 2
    n = np.arange(mixed.shape[1])
    for row, factor in zip(mixed, (1.0, 2.0), strict=True):
        mean = 10.0 * factor
        exact = np.exp(negative_binomial(n, np.array(mean), np.array(mean + 20.0 * factor**2)))
        np.testing.assert_allclose(row, exact, atol=0.002)


def test_a_mixture_weighs_its_draws_and_its_log_reaches_the_far_tail():
    rate, r, weight = np.array([[2.0], [9.0]]), np.array([[0.1], [0.3]]), np.array([0.25, 0.75])
    mixed = event_counts.mixture(generalised_poisson, rate, r, weight)
    by_hand = 0.25 * np.exp(generalised_poisson(np.array(4), 2.0, 0.1)) + 0.75 * np.exp(
        generalised_poisson(np.array(4), 9.0, 0.3)
    )
    assert mixed[0, 4] == pytest.approx(by_hand, rel=1e-12)
    assert event_counts.mixture_log(generalised_poisson, np.array([4]), rate, r, weight) == pytest.approx(
        np.log(by_hand)
    )
    far = event_counts.mixture_log(generalised_poisson, np.array([3000]), rate, r, weight)
    assert far == pytest.approx(np.log(0.75) + generalised_poisson(np.array(3000), 9.0, 0.3), rel=1e-9)
    none = event_counts.mixture_log(generalised_poisson, np.array([1]), np.zeros((2, 1)), r, weight)
    assert np.isneginf(none).all()


def test_quantiles_are_the_smallest_counts_that_reach_them():
    probability = np.array([[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(event_counts.quantile(probability, 0.3), [1, 0])
    np.testing.assert_array_equal(event_counts.quantile(probability, [0.05, 0.31, 1.0]), [[0, 0], [2, 0], [3, 0]])
