"""The same numbers as pycsep, where it is installed (it is no requirement)."""

import numpy as np
import pytest

from mijnrisico.seismic import event_counts
from mijnrisico.seismic.testing import rhoades_2011, schorlemmer_2007, werner_2010, werner_2011, zechar_2010

pytestmark = pytest.mark.filterwarnings("ignore")
poisson_evaluations = pytest.importorskip("csep.core.poisson_evaluations", exc_type=ImportError)
binomial_evaluations = pytest.importorskip("csep.core.binomial_evaluations", exc_type=ImportError)

RNG = np.random.default_rng(1)
RATE = RNG.gamma(0.7, 1.0, (60, 1)) * 10.0 ** (-0.1 * np.arange(12))
RATE *= 15.0 / RATE.sum()
CELL, MAGNITUDE = np.divmod(RNG.choice(RATE.size, 18, p=RATE.ravel() / RATE.sum()), 12)
COUNT = np.zeros(RATE.shape)
np.add.at(COUNT, (CELL, MAGNITUDE), 1)


def test_number_tests_agree():
    pmf = event_counts.pmf(event_counts.generalised_poisson, np.array(12.3), np.array(0.0))
    np.testing.assert_allclose(
        zechar_2010.number_test(pmf, 18), poisson_evaluations._number_test_ndarray(12.3, 18), rtol=1e-8
    )
    np.testing.assert_allclose(
        werner_2010.number_test(12.3, 30.0, 18),
        binomial_evaluations._nbd_number_test_ndarray(12.3, 18, 30.0),
        rtol=1e-8,
    )


@pytest.mark.parametrize("name", ["magnitude", "space", "both", "all"])
def test_simulated_tests_agree_within_their_noise(name):
    rng, simulations = np.random.default_rng(2), 20_000
    ours, rate, count, options = {
        "magnitude": (
            zechar_2010.magnitude_test(rng, RATE, MAGNITUDE, simulations),
            RATE.sum(axis=0),
            COUNT.sum(axis=0),
            {"use_observed_counts": True, "normalize_likelihood": True},
        ),
        "space": (
            zechar_2010.spatial_test(rng, RATE, CELL, simulations),
            RATE.sum(axis=1),
            COUNT.sum(axis=1),
            {"use_observed_counts": True, "normalize_likelihood": True},
        ),
        "both": (
            werner_2011.conditional_likelihood_test(rng, RATE, CELL, MAGNITUDE, simulations),
            RATE,
            COUNT,
            {"use_observed_counts": True, "normalize_likelihood": True},
        ),
        "all": (
            schorlemmer_2007.likelihood_test(rng, RATE, CELL, MAGNITUDE, simulations=simulations),
            RATE,
            COUNT,
            {"use_observed_counts": False, "normalize_likelihood": False},
        ),
    }[name]
    _, observed, drawn = poisson_evaluations._poisson_likelihood_test(
        rate, count, num_simulations=simulations, seed=3, **options
    )
    assert ours.observed == pytest.approx(float(observed), rel=1e-8)
    # their own quantile leaves it to rounding on which side an equally likely catalogue falls
    assert ours.quantile == pytest.approx(np.mean(np.array(drawn) <= float(observed) + 1e-8), abs=0.02)
    for share in (0.1, 0.5, 0.9):
        theirs = np.quantile(drawn, share)
        assert np.quantile(ours.simulated, share) == pytest.approx(theirs, abs=0.1 * np.std(drawn))


def test_comparisons_agree():
    other = RATE**0.7
    a, b = RATE[CELL, MAGNITUDE], other[CELL, MAGNITUDE]
    totals = RATE.sum(), other.sum()
    theirs = poisson_evaluations._t_test_ndarray(a, b, 18, *totals)
    gain = rhoades_2011.t_test(np.log(a), np.log(b), *totals)
    assert gain.per_event == pytest.approx(theirs["information_gain"])
    assert gain.t == pytest.approx(theirs["t_statistic"])
    np.testing.assert_allclose(gain.interval(), (theirs["ig_lower"], theirs["ig_upper"]))


def test_the_w_test_agrees_where_both_take_the_normal_law():
    rng = np.random.default_rng(4)
    a, b = rng.normal(0.2, 1.0, 90).round(1), np.zeros(90)
    theirs = poisson_evaluations._w_test_ndarray(a - b, (12.0 - 9.0) / 90)
    assert rhoades_2011.w_test(a, b, 12.0, 9.0) == pytest.approx(theirs["probability"])
