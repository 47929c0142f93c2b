"""Tests of one forecast: known numbers, exact cases, and quantiles that are even under the truth."""

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import kstest, multinomial, poisson

from mijnrisico.seismic import event_counts
from mijnrisico.seismic.testing import schorlemmer_2007, simulated, werner_2010, werner_2011, zechar_2010

CELLS, BINS = 60, 12
RATE = np.random.default_rng(1).gamma(0.7, 1.0, (CELLS, 1)) * 10.0 ** (-0.1 * np.arange(BINS))
RATE *= 15.0 / RATE.sum()


def _catalogue(rng: np.random.Generator, rate: np.ndarray, events: int) -> tuple[np.ndarray, np.ndarray]:
    drawn = rng.choice(rate.size, events, p=rate.ravel() / rate.sum())
    return np.divmod(drawn, rate.shape[1])


def _poisson(mean: float) -> np.ndarray:
    return event_counts.pmf(event_counts.generalised_poisson, np.array(mean), np.array(0.0))


def test_the_known_number_test_is_reproduced():
    delta1, delta2 = zechar_2010.number_test(_poisson(12.3), 18)
    assert delta1 == pytest.approx(0.0751911, rel=1e-3)
    assert delta2 == pytest.approx(0.95433, rel=1e-3)


def test_a_number_beyond_the_table_is_too_high_and_none_is_never_too_high():
    pmf = _poisson(5.0)
    assert zechar_2010.number_test(pmf, pmf.size + 10) == (pytest.approx(0.0, abs=1e-9), pytest.approx(1.0))
    assert zechar_2010.number_test(pmf, 0) == (1.0, pytest.approx(np.exp(-5.0)))


def test_counts_that_vary_more_are_surprised_less():
    plain = zechar_2010.number_test(_poisson(12.3), 22)[0]
    assert werner_2010.number_test(12.3, 12.3, 22)[0] == pytest.approx(plain)
    wide = werner_2010.number_test(12.3, 30.0, 22)[0]
    cascade = event_counts.pmf(event_counts.generalised_poisson, np.array(12.3 * 0.7), np.array(0.3))
    assert plain < zechar_2010.number_test(cascade, 22)[0]
    assert plain < 0.02 < wide


def test_the_number_test_is_honest_for_cascades_only_with_their_law():
    rng, rate, r = np.random.default_rng(2), 8.0, 0.4
    counts = event_counts.sample(rng, np.array(rate), np.array(r), 4000)
    own = event_counts.pmf(event_counts.generalised_poisson, np.array(rate), np.array(r), 400)
    plain = event_counts.pmf(event_counts.generalised_poisson, np.array(rate / (1 - r)), np.array(0.0), 400)
    rejected = [np.mean([min(zechar_2010.number_test(pmf, n)) < 0.025 for n in counts]) for pmf in (own, plain)]
    assert rejected[0] < 0.055
    assert rejected[1] > 0.15


def test_the_likelihood_is_that_of_independent_poisson_counts():
    rng = np.random.default_rng(3)
    cell, magnitude = _catalogue(rng, RATE, 17)
    count = np.zeros(RATE.shape)
    np.add.at(count, (cell, magnitude), 1)
    outcome = schorlemmer_2007.likelihood_test(rng, RATE, cell, magnitude, simulations=10)
    assert outcome.observed == pytest.approx(poisson.logpmf(count, RATE).sum())
    given = werner_2011.conditional_likelihood_test(rng, RATE, cell, magnitude, 10)
    scaled = RATE * 17.0 / RATE.sum()
    assert given.observed == pytest.approx(poisson.logpmf(count, scaled).sum())
    assert given.observed - poisson.logpmf(17, 17.0) == pytest.approx(
        multinomial.logpmf(count.ravel(), 17, RATE.ravel() / RATE.sum())
    )


def test_drawn_catalogues_have_the_likelihood_of_their_counts():
    # one bin of two: w events in the first have ln P = w ln p + (n - w) ln(1 - p) - ln w! - ln (n - w)!
    outcome = simulated.given_the_count(np.random.default_rng(4), np.array([0.3, 0.7]), np.zeros(6, dtype=int), 20_000)
    w = np.arange(7)
    value = w * np.log(0.3) + (6 - w) * np.log(0.7) - gammaln(w + 1) - gammaln(7 - w) + 6 * np.log(6) - 6
    share = np.exp(multinomial.logpmf(np.stack([w, 6 - w], axis=1), 6, [0.3, 0.7]))
    for each, expected in zip(value, share, strict=True):
        assert np.isclose(outcome.simulated, each).mean() == pytest.approx(expected, abs=0.015)
    assert outcome.observed == pytest.approx(value[6])


def test_equally_likely_catalogues_count_whatever_rounding_makes_of_them():
    # magnitudes 0 and 3, 1 and 2, fall in bins whose shares have the same product
    rng, rate = np.random.default_rng(11), 10.0 ** (-0.1 * np.arange(4))[None] * [[0.3], [0.3]]
    outcomes = [zechar_2010.magnitude_test(rng, rate, np.array(pair), 4000) for pair in ((0, 3), (1, 2))]
    share = rate.sum(axis=0) / rate.sum()
    likely = share[:, None] * share * np.where(np.eye(4, dtype=bool), 0.5, 1.0)
    expected = (share[:, None] * share)[likely <= likely[0, 3] * (1 + 1e-9)].sum()
    for outcome in outcomes:
        assert outcome.quantile == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("name", ["magnitude", "space", "both", "all"])
def test_quantiles_are_even_under_the_truth(name):
    rng = np.random.default_rng(5)
    quantiles = []
    for _ in range(300):
        events = rng.poisson(RATE.sum()) if name == "all" else 15
        cell, magnitude = _catalogue(rng, RATE, events)
        outcome = {
            "magnitude": lambda m=magnitude: zechar_2010.magnitude_test(rng, RATE, m, 99),
            "space": lambda c=cell: zechar_2010.spatial_test(rng, RATE, c, 99),
            "both": lambda c=cell, m=magnitude: werner_2011.conditional_likelihood_test(rng, RATE, c, m, 99),
            "all": lambda c=cell, m=magnitude: schorlemmer_2007.likelihood_test(rng, RATE, c, m, simulations=99),
        }[name]()
        quantiles.append(outcome.quantile)
    assert kstest(quantiles, "uniform").pvalue > 0.01


def test_quantiles_are_low_where_the_forecast_is_wrong_and_only_there():
    rng = np.random.default_rng(6)
    truth = RATE[::-1]  # the same magnitudes in other places
    cell, magnitude = _catalogue(rng, truth, 60)
    assert zechar_2010.spatial_test(rng, RATE, cell, 500).quantile < 0.01
    assert zechar_2010.magnitude_test(rng, RATE, magnitude, 500).quantile > 0.025
    assert werner_2011.conditional_likelihood_test(rng, RATE, cell, magnitude, 500).quantile < 0.01


def test_scaling_the_rate_changes_no_conditional_test():
    cell, magnitude = _catalogue(np.random.default_rng(7), RATE, 20)
    for factor in (1.0, 3.0):
        again = np.random.default_rng(8)
        found = [
            zechar_2010.magnitude_test(again, RATE * factor, magnitude, 50).quantile,
            zechar_2010.spatial_test(again, RATE * factor, cell, 50).quantile,
            werner_2011.conditional_likelihood_test(again, RATE * factor, cell, magnitude, 50).quantile,
        ]
        if factor == 1.0:
            first = found
    assert found == first


def test_an_event_where_no_rate_is_has_quantile_zero_and_no_events_have_none():
    rng, rate = np.random.default_rng(9), RATE.copy()
    rate[3] = 0.0
    one, none = np.array([3]), np.empty(0, dtype=int)
    assert zechar_2010.spatial_test(rng, rate, one, 50).quantile == 0.0
    assert schorlemmer_2007.likelihood_test(rng, rate, one, one, simulations=50).quantile == 0.0
    assert np.isnan(zechar_2010.spatial_test(rng, rate, none, 50).quantile)
    nothing = schorlemmer_2007.likelihood_test(rng, rate, none, none, simulations=50)
    assert nothing.observed == pytest.approx(-rate.sum())


def test_the_likelihood_test_takes_another_law_of_the_number():
    rng = np.random.default_rng(10)
    pmf = event_counts.pmf(event_counts.generalised_poisson, np.array(9.0), np.array(0.4))
    cell, magnitude = _catalogue(rng, RATE, 15)
    outcome = schorlemmer_2007.likelihood_test(rng, RATE, cell, magnitude, pmf, 400)
    plain = schorlemmer_2007.likelihood_test(rng, RATE, cell, magnitude, simulations=400)
    assert outcome.observed - plain.observed == pytest.approx(np.log(pmf[15]) - poisson.logpmf(15, 15.0))
    assert outcome.simulated.std() > plain.simulated.std()
