"""Rate-type isotach compaction beside exact solutions, a slow twin and an independent integrator."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from mijnrisico.subsurface.compaction import rate_type
from mijnrisico.subsurface.compaction.rate_type import GRONINGEN, RateType

CM = 7e-5
START = -34.0
GRONINGEN_YEARS = np.arange(1957.0, 2037.0)
"""A depletion like that of Groningen: 250 bar, fast in the seventies, halting and turning at the end."""
GRONINGEN_STRESS = START - np.interp(
    GRONINGEN_YEARS, [1957, 1965, 1980, 2014, 2023, 2028, 2036], [0.0, 0.3, 12.0, 24.2, 25.0, 25.0, 24.4]
)


def column(stress: Sequence[float] | np.ndarray) -> np.ndarray:
    return np.asarray(stress, dtype=float)[:, None]


def total(stress: np.ndarray, years: np.ndarray, cm: float = CM, **choices) -> np.ndarray:
    elastic, inelastic = rate_type.strain(column(stress), years, cm, **choices)
    return (elastic + inelastic)[:, 0]


def independent(stress: np.ndarray, years: np.ndarray, parameters: RateType = GRONINGEN) -> np.ndarray:
    """Inelastic strain for Cm = 1 as the docstring of the module writes it, by SciPy's Radau at a tight tolerance."""
    direct, reference = parameters.elastic_share, parameters.reference_share
    found = [0.0]
    for step in range(1, len(stress)):
        span = years[step - 1], years[step]

        def rate(time: float, inelastic: np.ndarray, step: int = step, span: tuple = span) -> np.ndarray:
            share = (time - span[0]) / (span[1] - span[0])
            s = stress[step - 1] + share * (stress[step] - stress[step - 1])
            isotach = (direct * (s - stress[0]) + inelastic + reference * stress[0]) / s
            steepness = (isotach / reference) ** (-1.0 / parameters.b)
            return parameters.reference_rate_mpa_per_year * (isotach - direct) * steepness

        solution = solve_ivp(rate, span, [found[-1]], method="Radau", rtol=1e-9, atol=1e-12)
        found.append(float(solution.y[0, -1]))
    return np.array(found)


def test_the_fast_and_the_slow_kernel_agree_to_rounding():
    rng = np.random.default_rng(1)
    stress = -rng.uniform(30.0, 38.0, (1, 4, 3)) - np.cumsum(rng.normal(0.3, 0.6, (25, 4, 3)).clip(-0.8), axis=0)
    years = np.cumsum(rng.uniform(0.0, 2.0, 25))
    cm = rng.uniform(4e-5, 1e-4, (4, 3))
    for fast, slow in zip(rate_type.strain(stress, years, cm), rate_type.strain_slow(stress, years, cm), strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-10, atol=1e-18)


@pytest.mark.parametrize(
    "stress",
    [
        GRONINGEN_STRESS[::4],
        START - np.cumsum(np.random.default_rng(2).normal(0.4, 0.9, 25)),
        START - np.repeat([0.0, 15.0, 5.0], [3, 8, 4]),
    ],
    ids=["depletion", "up and down", "a jump and back"],
)
def test_creep_tends_to_that_of_an_independent_integrator_with_the_square_of_the_step(stress):
    years = 4.0 * np.arange(len(stress))
    exact = independent(stress, years)
    away = [
        np.abs(rate_type.strain(column(stress), years, 1.0, substeps=n)[1][:, 0] - exact).max() for n in (16, 32, 64)
    ]
    assert away[-1] < 1e-4 * np.abs(exact).max()
    np.testing.assert_allclose(np.divide(away[:-1], away[1:]), 4.0, rtol=0.15)


def test_the_error_at_the_default_number_of_parts_is_a_few_millionths():
    default, fine = (
        rate_type.strain(column(GRONINGEN_STRESS), GRONINGEN_YEARS, CM, substeps=n)[1]
        for n in (rate_type.SUBSTEPS, 64 * rate_type.SUBSTEPS)
    )
    assert np.abs(default - fine).max() < 5e-6 * np.abs(fine).max()


def test_the_explicit_step_of_the_public_chain_tends_to_ours_with_the_step_and_is_7_percent_off_at_a_year():
    ours = rate_type.strain(column(GRONINGEN_STRESS), GRONINGEN_YEARS, 1.0)[1][:, 0]
    away = []
    for parts in (1, 2, 4, 8, 16, 32):
        years = np.linspace(GRONINGEN_YEARS[0], GRONINGEN_YEARS[-1], parts * (len(GRONINGEN_YEARS) - 1) + 1)
        stress = np.interp(years, GRONINGEN_YEARS, GRONINGEN_STRESS)
        inelastic = np.zeros(len(years))
        for step in range(1, len(years)):
            known = 0.4 * (stress[step - 1] - START) + inelastic[step - 1] + 0.8 * START
            isotach = known / stress[step]
            rate = -3.16e-5 * (isotach - 0.4) * (isotach / 0.8) ** (-1 / 0.021)
            inelastic[step] = inelastic[step - 1] + rate * (years[step] - years[step - 1])
        away.append(np.abs(inelastic[::parts] - ours).max() / np.abs(ours).max())
    assert 0.04 < away[0] < 0.1
    np.testing.assert_allclose(np.divide(away[:-1], away[1:]), 2.0, rtol=0.1)


def test_loading_at_the_reference_rate_is_linear_in_stress_with_the_reference_compressibility():
    """3 bar a year for ten years from 300 bar with Cm_ref 1.2e-5 /bar: 3.6e-4, exactly."""
    years = np.arange(11.0)
    parameters = RateType(b=0.02, elastic_share=0.5, reference_share=1.0, reference_rate_mpa_per_year=-0.3)
    strain = total(-30.0 - 0.3 * years, years, 1.2e-4, parameters=parameters)
    np.testing.assert_allclose(strain, -1.2e-4 * 0.3 * years, rtol=1e-9, atol=1e-18)


def test_creep_under_a_constant_stress_has_its_closed_form():
    """f_d = 0: e = Cm_ref S [(1 + r t/(b S))^b - 1], here 3.591208998e-7 after 100 years at 300 bar."""
    years = np.arange(101.0)
    parameters = RateType(b=0.02, elastic_share=0.0, reference_share=1.0, reference_rate_mpa_per_year=-3e-5)
    strain = total(np.full(101, -30.0), years, 1.2e-4, parameters=parameters, substeps=16)
    closed = 1.2e-4 * 30.0 * ((1 + 3e-5 * years / (0.02 * 30.0)) ** 0.02 - 1)
    assert closed[-1] == pytest.approx(3.591208998e-07, rel=1e-8)
    np.testing.assert_allclose(strain, -closed, rtol=1e-7, atol=1e-18)


def test_loading_on_and_on_at_one_rate_ends_on_the_isotach_of_that_rate():
    """x = cm/Cm_ref tends to (S'/r)^-b, whatever the start."""
    years = np.arange(0.0, 801.0)
    stress = -30.0 - 0.6 * years
    parameters = RateType(b=0.02)
    strain = total(stress, years, 1.0, parameters=parameters)
    isotach = (strain - 0.8 * 30.0) / stress / 0.8
    assert isotach[-1] == pytest.approx((0.6 / 3.16e-5) ** -0.02, rel=1e-9)


def test_without_rate_sensitivity_all_strain_is_linear_with_the_reference_share():
    """b -> 0: the rock follows f_ref Cm at any rate, but for b ln(rate ratio), so half of it at half of b."""
    years = np.arange(0.0, 41.0)
    stress = START - 0.6 * years
    linear = 0.8 * CM * (stress - START)
    away = [np.abs(total(stress, years, parameters=RateType(b=b)) - linear).max() for b in (4e-3, 2e-3, 1e-3)]
    assert away[-1] < 0.03 * np.abs(linear).max()
    np.testing.assert_allclose(np.divide(away[:-1], away[1:]), 2.0, rtol=0.05)


def test_without_creep_all_strain_is_elastic():
    still = RateType(reference_rate_mpa_per_year=0.0)
    elastic, inelastic = rate_type.strain(column(GRONINGEN_STRESS), GRONINGEN_YEARS, CM, parameters=still)
    np.testing.assert_array_equal(inelastic, 0.0)
    np.testing.assert_allclose(elastic[:, 0], 0.4 * CM * (GRONINGEN_STRESS - START), rtol=1e-14)


@given(
    steps=st.lists(st.tuples(st.floats(-8.0, 20.0), st.floats(0.0, 50.0)), min_size=1, max_size=12),
    b=st.floats(0.005, 0.1),
    substeps=st.integers(1, 5),
)
@settings(max_examples=60)
def test_inelastic_strain_never_comes_back_whatever_the_stress_does(steps, b, substeps):
    stress, years = [START], [0.0]
    for rise, length in steps:
        stress.append(min(stress[-1] - rise, -1.0))
        years.append(years[-1] + length)
    choices = {"parameters": RateType(b=b), "substeps": substeps}
    _, inelastic = rate_type.strain(column(stress), np.array(years), CM, **choices)
    assert np.isfinite(inelastic).all()
    assert (np.diff(inelastic[:, 0]) <= 0.0).all()


def test_creep_goes_on_when_the_pressure_stands_still_and_when_it_rises():
    _, inelastic = rate_type.strain(column(GRONINGEN_STRESS), GRONINGEN_YEARS, CM)
    late = np.diff(inelastic[GRONINGEN_YEARS >= 2023, 0])
    assert (late < 0.0).all()
    assert (np.diff(late) > 0.0).all()  # ever slower


def test_a_change_of_stress_in_no_time_is_all_elastic():
    elastic, inelastic = rate_type.strain(column([START, -50.0, -50.0]), np.array([0.0, 0.0, 1.0]), CM)
    assert inelastic[1, 0] == 0.0
    assert elastic[1, 0] == pytest.approx(0.4 * CM * (-50.0 - START), rel=1e-14)
    assert inelastic[2, 0] < 0.0
    assert elastic[2, 0] == elastic[1, 0]


@given(fall=st.floats(1.0, 30.0), faster=st.floats(1.5, 20.0))
@settings(max_examples=30)
def test_faster_loading_strains_less_at_equal_stress(fall, faster):
    years = np.linspace(0.0, 60.0, 31)
    stress = START - fall * years / 60.0
    assert total(stress, years)[-1] < total(stress, years / faster)[-1] < 0.0


def test_strain_is_in_proportion_to_the_compressibility():
    both = column(GRONINGEN_STRESS) * np.ones(2)
    elastic, inelastic = rate_type.strain(both, GRONINGEN_YEARS, np.array([CM, 3 * CM]))
    np.testing.assert_allclose(elastic[:, 1], 3 * elastic[:, 0], rtol=1e-14)
    np.testing.assert_allclose(inelastic[:, 1], 3 * inelastic[:, 0], rtol=1e-14)


def test_a_cell_with_stress_that_does_not_compress_is_empty_and_leaves_the_others_alone():
    stress = np.array([[-30.0, -30.0, -30.0], [-35.0, 0.0, np.nan]])
    for kernel in (rate_type.strain, rate_type.strain_slow):
        elastic, inelastic = kernel(stress, np.array([0.0, 1.0]), CM)
        assert np.isnan(elastic[:, 1:]).all()
        assert np.isnan(inelastic[:, 1:]).all()
        assert elastic[1, 0] == pytest.approx(-0.4 * CM * 5.0)
