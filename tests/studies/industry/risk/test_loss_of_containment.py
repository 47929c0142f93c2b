"""The rate of loss of containment: published numbers, dense integration, common cause."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from mijnrisico.errors import InputError
from mijnrisico.studies.industry.risk import fragility_sets
from mijnrisico.studies.industry.risk import loss_of_containment as loss
from mijnrisico.studies.industry.risk.loss_of_containment import Hazard, Lognormal, Mixture

H1 = loss.through_two_points(0.10, 1 / 475, 0.19, 1 / 2475)
H2 = loss.hazard(
    [0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.50, 0.70, 1.00],
    [0.20, 0.09, 0.020, 0.0050, 0.0020, 0.00090, 0.00020, 2e-5, 3e-6, 2e-7],
)
near = pytest.approx


def hazus(state: str, anchored: bool = False) -> Lognormal:
    return fragility_sets.named("hazus_anchored" if anchored else "hazus_unanchored").states[state]


def dense(curve: Hazard, chance, n: int = 4_000) -> float:
    """Integral of F over the table by Stieltjes sums: F in the middle of small steps of the rate."""
    total = 0.0
    for low, high in zip(curve.pga_g[:-1], curve.pga_g[1:], strict=True):
        a = np.geomspace(low, high, n)
        total += float(np.sum(chance(np.sqrt(a[1:] * a[:-1])) * -np.diff(curve.at(a))))
    return total


curves = st.tuples(
    st.lists(st.floats(0.05, 1.0), min_size=1, max_size=8), st.lists(st.floats(0.0, 8.0), min_size=8, max_size=8)
).map(lambda drawn: _curve(*drawn))
lognormals = st.builds(Lognormal, st.floats(0.05, 3.0), st.floats(0.15, 1.0))


def _curve(steps: list[float], slopes: list[float]) -> Hazard:
    ln_a = np.log(0.01) + np.concatenate([[0.0], np.cumsum(steps)])
    falls = np.array(slopes[: len(steps)]) * np.array(steps)
    return loss.hazard(np.exp(ln_a), 0.2 * np.exp(-np.concatenate([[0.0], np.cumsum(falls)])))


def test_a_power_law_goes_through_its_two_points() -> None:
    assert (H1.k, H1.k0) == (near(2.571739, rel=1e-6), near(5.643741e-6, rel=1e-6))
    assert H1.at(0.19) == near(1 / 2475)


def test_levels_of_return_periods_are_read_in_logarithms() -> None:
    found = [loss.return_level(H2, period) for period in (95, 475, 2475)]
    assert found == near([0.068920, 0.146634, 0.248195], rel=1e-5)


def test_beyond_the_table_a_level_is_not_guessed() -> None:
    assert loss.return_level(H2, 1.0) == -math.inf
    assert loss.return_level(H2, 1e9) == math.inf


def test_a_tank_that_is_not_anchored_under_a_power_law() -> None:
    assert loss.rate(H1, hazus("DS4")).per_year == near(9.77598e-5, rel=1e-5)


def test_a_curve_with_ends_gives_less_than_one_without_by_the_terms_at_the_ends() -> None:
    whole = loss.rate(H1, hazus("DS4", anchored=True))
    cut = loss.rate(H1.table([0.01, 1.0]), hazus("DS4", anchored=True))
    assert (whole.per_year, cut.per_year) == (near(1.28566e-5, rel=1e-5), near(9.60948e-6, rel=1e-5))
    assert cut.low < whole.per_year < cut.high
    assert (cut.from_g, cut.to_g) == (0.01, 1.0)


def test_states_of_the_set_that_does_not_cross() -> None:
    states = fragility_sets.named("ala_2001_fill60_repaired").states
    found = {name: loss.rate(H2, curve).per_year for name, curve in states.items()}
    assert list(found.values()) == near([3.17477e-3, 1.93624e-4, 5.02934e-5, 6.93325e-6], rel=1e-3)
    expected = [2.98114e-3, 1.43331e-4, 4.33601e-5, 6.93325e-6]
    assert list(loss.exclusive(found).values()) == near(expected, rel=1e-3)


def test_states_at_one_acceleration() -> None:
    states = fragility_sets.named("ala_2001_fill60_repaired").states
    found = [float(curve.at(0.30)) for curve in states.values()]
    assert found == near([0.73209, 0.15187, 0.048572, 0.0069843], rel=1e-4)


def test_anchoring_lowers_the_rate_fourteen_times() -> None:
    before, after = (loss.rate(H2, hazus("DS4", anchored)).per_year for anchored in (False, True))
    assert (before, after, before / after) == (
        near(1.88815e-4, rel=1e-5),
        near(1.34832e-5, rel=1e-5),
        near(14.0, rel=1e-3),
    )


def test_a_check_without_loss_becomes_a_median() -> None:
    median = loss.median_from_hclpf(0.15, 0.45)
    assert median == near(0.427235, rel=1e-5)
    assert loss.rate(H2, Lognormal(median, 0.45)).per_year == near(1.77734e-4, rel=1e-5)
    assert float(Lognormal(median, 0.45).at(0.15)) == near(0.01, rel=2e-3)


def test_ten_per_cent_in_fifty_years_is_not_quite_475_years() -> None:
    assert loss.return_period(0.10, 50) == near(474.561, rel=1e-6)
    assert loss.return_period(0.02, 50) == near(2474.916, rel=1e-6)
    assert loss.probability(1 / 475, 50) == near(0.0999124, rel=1e-6)


def test_a_hazard_that_declines_by_twelve_per_cent_averages_sixty_per_cent_over_ten_years() -> None:
    assert loss.decline_average(0.12, 10) == near(0.60125, rel=1e-5)


@given(curves, lognormals)
@settings(max_examples=25)
def test_the_exact_integral_is_the_dense_sum(curve: Hazard, fragility: Lognormal) -> None:
    assert loss.rate(curve, fragility).per_year == near(dense(curve, fragility.at), rel=1e-4, abs=1e-13)


@given(curves, lognormals, st.floats(1.0, 5.0))
@settings(max_examples=50)
def test_the_rate_grows_in_proportion_to_the_hazard(curve: Hazard, fragility: Lognormal, factor: float) -> None:
    lower, higher = loss.rate(curve, fragility).per_year, loss.rate(curve.scaled(factor), fragility).per_year
    assert higher == near(factor * lower, rel=1e-9, abs=1e-16)


@given(curves, lognormals, st.floats(1.01, 3.0))
@settings(max_examples=50)
def test_a_stronger_installation_is_never_lost_more_often(curve: Hazard, weak: Lognormal, factor: float) -> None:
    strong = Lognormal(weak.median_g * factor, weak.beta)
    assert loss.rate(curve, strong).per_year <= loss.rate(curve, weak).per_year * (1.0 + 1e-9) + 1e-16


@given(curves, st.lists(lognormals, min_size=1, max_size=5))
@settings(max_examples=30)
def test_at_least_one_lies_between_the_worst_unit_and_the_sum(curve: Hazard, units: list[Lognormal]) -> None:
    single = [loss.rate(curve, unit).per_year for unit in units]
    found = [each.per_year for each in loss.at_least(curve, units)]
    assert max(single) * (1.0 - 1e-8) - 1e-15 <= found[0] <= sum(single) * (1.0 + 1e-8) + 1e-15
    assert sum(found) == near(sum(single), rel=1e-8, abs=1e-15)  # expected number of units lost
    assert all(more <= fewer * (1.0 + 1e-9) for fewer, more in itertools.pairwise(found))


def test_at_least_so_many_is_the_dense_sum_of_unequal_coins() -> None:
    units = [Lognormal(0.2, 0.3), Lognormal(0.4, 0.6), Lognormal(0.5, 0.5)]

    def two(a: np.ndarray) -> np.ndarray:
        p, q, r = (unit.at(a) for unit in units)
        return p * q * (1 - r) + p * (1 - q) * r + (1 - p) * q * r + p * q * r

    assert loss.at_least(H2, units)[1].per_year == near(dense(H2, two), rel=1e-6)


def test_units_that_share_the_shaking_fail_together_far_more_often_than_strangers() -> None:
    units = [Lognormal(0.3, 0.1)] * 3
    alone, together = loss.rate(H2, units[0]).per_year, loss.at_least(H2, units)[2].per_year
    assert together > 0.4 * alone > 1000 * alone**3


@given(curves, st.lists(st.floats(0.05, 3.0), min_size=2, max_size=5), st.floats(0.2, 1.0))
@settings(max_examples=30)
def test_exclusive_states_sum_to_the_first(curve: Hazard, medians: list[float], beta: float) -> None:
    found = {f"DS{i}": loss.rate(curve, Lognormal(m, beta)).per_year for i, m in enumerate(sorted(medians))}
    alone = loss.exclusive({name: max(found[name], *list(found.values())[i:]) for i, name in enumerate(found)})
    assert all(value >= 0.0 for value in alone.values())
    assert sum(alone.values()) == near(max(found.values()), rel=1e-12)


def test_rates_that_rise_with_the_damage_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        loss.exclusive({"DS2": 1e-4, "DS3": 2e-4})
    assert caught.value.problems[0].where == "DS3"


def test_a_tank_full_a_third_of_the_time_is_lost_a_third_as_often() -> None:
    unit = hazus("DS4")
    third = Mixture(((1 / 3, unit),))
    assert loss.rate(H2, third).per_year == near(loss.rate(H2, unit).per_year / 3)
    assert loss.at_least(H2, [third])[0].per_year == near(loss.rate(H2, third).per_year, rel=1e-9)
    assert loss.rate(H1, third).per_year == near(loss.rate(H1, unit).per_year / 3)


def test_what_lies_below_the_table_is_bounded_by_the_first_piece_carried_on() -> None:
    whole, cut = (loss.rate(law, Lognormal(0.1, 0.8)) for law in (H1, H1.table([0.05, 100.0])))
    assert whole.per_year == near(cut.per_year + cut.below_at_most, rel=1e-5)


def test_steep_pieces_and_wide_fragilities_do_not_overflow() -> None:
    steep = loss.hazard([0.1, 0.11], [1e-2, 1e-12])
    assert 0.0 < loss.rate(steep, Lognormal(50.0, 1.0)).per_year <= 1e-2 * float(ndtr(np.log(0.11 / 50.0)))


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    medians, betas = np.array([[0.1, 0.5], [1.0, 2.0]]), np.array([0.3, 0.9])
    expected = [[loss.rate(H2, Lognormal(m, b)).per_year for m, b in zip(row, betas, strict=True)] for row in medians]
    assert loss.rates(H2, medians, betas) == near(np.array(expected))


def test_a_bad_curve_brings_all_its_errors_at_once() -> None:
    with pytest.raises(InputError) as caught:
        loss.hazard([0.1, 0.1, 0.3], [1e-2, 2e-2, -1.0])
    assert [problem.where for problem in caught.value.problems] == ["hazard.pga_g", "hazard.rate_per_year"]


def test_rates_of_zero_at_the_end_are_left_out() -> None:
    assert loss.hazard([0.1, 0.2, 0.3], [1e-2, 1e-3, 0.0]).pga_g == (0.1, 0.2)
    with pytest.raises(InputError):
        loss.hazard([0.1, 0.2], [1e-2, 0.0])


def test_a_lognormal_needs_a_median_and_a_beta_above_zero() -> None:
    with pytest.raises(InputError) as caught:
        Lognormal(0.0, -1.0)
    assert len(caught.value.problems) == 2
