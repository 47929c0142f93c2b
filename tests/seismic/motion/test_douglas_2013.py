"""Douglas et al. (2013): the printed equation, 36 variants, and the choice among them."""

import math

import numpy as np
import pytest

from mijnrisico.errors import InputError
from mijnrisico.seismic.motion import douglas_2013 as d13
from mijnrisico.seismic.motion.douglas_2013 import Variant


def test_pga_of_one_variant_from_the_printed_coefficients():
    # 10 bar, Q 600, kappa 0.02 s at M 4, 10 km: bh = 0.16 km
    x, r = 1.0, 10.16
    expected = 3.959118 + 1.671948 * x - 0.271802 * x**2 + 0.031204 * x**3 - 1.286048 * math.log(r) - 0.019660 * r
    ours = d13.median_ln("PGA", 4.0, 10.0)[d13.variants().index(Variant(10, 600, 0.02))]
    assert ours == pytest.approx(expected - math.log(980.665), abs=1e-5)


def test_there_are_36_variants_with_equal_weights():
    assert len(d13.variants()) == len(set(d13.variants())) == 36
    np.testing.assert_allclose(d13.DOUGLAS.median_weights(np.array([2.0, 4.0])), 1.0 / 36.0)
    assert {variant.kappa_s for variant in d13.variants()} == {0.005, 0.02, 0.04, 0.06}


def test_more_stress_drop_and_less_kappa_shake_harder():
    place = dict(zip(d13.variants(), d13.median_ln("PGA", 3.5, 8.0), strict=True))
    for q in (200.0, 600.0, 1800.0):
        for kappa in (0.005, 0.02, 0.04, 0.06):
            assert place[Variant(1, q, kappa)] < place[Variant(10, q, kappa)] < place[Variant(100, q, kappa)]
        for stress in (1.0, 10.0, 100.0):
            values = [place[Variant(stress, q, kappa)] for kappa in (0.005, 0.02, 0.04, 0.06)]
            assert values == sorted(values, reverse=True)


def test_tau_is_the_mean_of_the_two_sequences():
    tau, phi = d13.tau_phi("PGA")
    assert tau == pytest.approx(0.5 * (0.90206692 + 0.63679205), abs=1e-12)
    assert phi == 0.57602321


def test_the_scatter_between_tabulated_periods_lies_between_theirs():
    # 0.1 s has a median but no row of scatter: its neighbours are 0.0978 and 0.1016 s
    tau, phi = d13.tau_phi("SA(0.1)")
    assert 0.50224816 < phi < 0.50819820
    assert 0.5 * (0.48410339 + 0.55462523) < tau < 0.5 * (0.49137806 + 0.57445883)


def test_every_measure_has_a_median_and_a_scatter():
    for measure in d13.MEASURES:
        assert d13.median_ln(measure, 3.0, 5.0).shape == (36,)
        assert min(d13.tau_phi(measure)) > 0.2


def test_variants_can_be_chosen_with_their_weights():
    chosen = {Variant(100, 1800, 0.005): 0.75, Variant(10, 600, 0.02): 0.25}
    model = d13.with_variants(chosen)
    median, _ = model.reference("PGA", np.array([3.0]), np.array([5.0]), "geometric_mean")
    both = d13.median_ln("PGA", 3.0, 5.0)
    np.testing.assert_array_equal(median[0], [both[d13.variants().index(variant)] for variant in chosen])
    np.testing.assert_allclose(model.median_weights(3.0), [0.75, 0.25])
    assert model.medians == ("100 bar, Q 1800, kappa 0.005 s", "10 bar, Q 600, kappa 0.02 s")


@pytest.mark.parametrize(
    ("weights", "code"), [({Variant(10, 600, 0.03): 1.0}, "E503"), ({Variant(10, 600, 0.02): 0.9}, "E504")]
)
def test_an_unknown_variant_or_a_wrong_sum_is_refused(weights, code):
    with pytest.raises(InputError) as error:
        d13.with_variants(weights)
    assert error.value.code == code
