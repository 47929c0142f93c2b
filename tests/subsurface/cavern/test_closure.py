"""Closure of a cavern beside published formulas, worked numbers and a slow twin; void and loss while leaching."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.subsurface.cavern import closure, history
from mijnrisico.subsurface.cavern.closure import SHAPES, rate_per_year, rate_slow_per_year
from mijnrisico.subsurface.cavern.laws import Creep, creep, laws

LAWS = laws()
SPIERS = LAWS["spiers_1990"]
POWER = [name for name, law in LAWS.items() if law.mechanism == "dislocation"]


def test_every_law_has_a_source_and_a_mark():
    assert all(law.source for law in LAWS.values())
    assert {law.mark for law in LAWS.values()} <= {"script", "example", "mixed", "memory"}
    assert LAWS["bgra"].mark == "memory"


@pytest.mark.parametrize(("shape", "expected"), [("cylinder", 5.018730e-2), ("sphere", 2.117277e-2)])
def test_salt_of_100_degrees_closes_by_some_per_cent_a_year_under_20_mpa(shape, expected):
    """C1, worked with a gas constant cut off at its seventh digit: 1.4e-6 away."""
    assert rate_per_year(20.0, creep(LAWS["bgra"], 100.0), shape) == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize(("shape", "expected"), [("cylinder", 5.253328e-4), ("sphere", 3.939996e-4)])
def test_pressure_solution_alone_closes_at_the_worked_rate(shape, expected):
    """C2: 45 degC, 5 MPa, grains of 5 mm."""
    both = creep(LAWS["bgra"], 45.0, SPIERS, 5.0)
    assert rate_per_year(5.0, Creep(0.0, both.n, both.linear), shape) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("shape", "expected"), [("cylinder", 7.9707e-4), ("sphere", 5.4322e-4)])
def test_two_mechanisms_together_close_faster_than_the_sum_of_both_alone(shape, expected):
    both = creep(LAWS["bgra"], 45.0, SPIERS, 5.0)
    together = rate_per_year(5.0, both, shape)
    alone = rate_per_year(5.0, Creep(both.power, both.n), shape) + rate_per_year(
        5.0, Creep(0.0, both.n, both.linear), shape
    )
    assert together == pytest.approx(expected, rel=1e-4)
    assert together > 1.3 * alone


@pytest.mark.parametrize(("shape", "expected"), [("sphere", 0.000575667), ("cylinder", 0.00103823)])
def test_salt_of_etrez_type_closes_at_the_worked_rate(shape, expected):
    """d1, d2: 60 degC, 10 MPa."""
    assert rate_per_year(10.0, creep(LAWS["etrez"], 60.0), shape) == pytest.approx(expected, rel=1e-4)


def test_a_viscous_sphere_closes_by_three_deficits_over_four_viscosities():
    """d3: e' = s/(3 eta), 1e17 Pa s, 2 MPa."""
    linear = 1e6 * 365.25 * 86400.0 / (3.0 * 1e17)
    for n in (1.0, 3.0):
        assert rate_per_year(2.0, Creep(0.0, n, linear), "sphere") == pytest.approx(0.000473364, rel=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
@given(
    law=st.sampled_from(POWER),
    deficit=st.floats(0.05, 50.0),
    temperature=st.floats(15.0, 150.0),
    grain=st.floats(0.05, 50.0),
)
@settings(max_examples=20)
def test_the_closed_integral_equals_quadrature(shape, law, deficit, temperature, grain):
    salt = creep(LAWS[law], temperature, SPIERS, grain)
    assert rate_per_year(deficit, salt, shape) == pytest.approx(rate_slow_per_year(deficit, salt, shape), rel=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
@given(deficit=st.floats(0.05, 40.0), more=st.floats(0.01, 5.0), grain=st.floats(0.5, 50.0))
@settings(max_examples=12)
def test_a_cavern_closes_faster_under_more_deficit_and_opens_as_it_closes(shape, deficit, more, grain):
    salt = creep(LAWS["bgra"], 60.0, SPIERS, grain)
    one, two, back = rate_per_year(np.array([deficit, deficit + more, -deficit]), salt, shape)
    assert 0.0 < one < two
    assert back == pytest.approx(-one, rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_slope_by_the_deficit_is_that_of_small_differences(shape):
    salt = creep(LAWS["bgra"], 60.0, SPIERS, 3.0)
    wall = closure.wall_stress_mpa(np.array(7.0), salt, shape)
    slope = closure.of_wall(wall, salt, shape)[1]
    high, low = rate_per_year(np.array([7.001, 6.999]), salt, shape)
    assert slope == pytest.approx((high - low) / 0.002, rel=1e-6)


def test_a_cylinder_closes_faster_than_a_sphere():
    salt = creep(LAWS["bgra"], 60.0, SPIERS, 3.0)
    assert rate_per_year(10.0, salt, "cylinder") > rate_per_year(10.0, salt, "sphere")


def test_members_of_an_ensemble_are_caverns_of_their_own():
    factor = np.array([0.5, 1.0, 3.0])
    salt = creep(LAWS["bgra"], np.array([50.0, 60.0, 70.0]), SPIERS, 4.0, factor)
    one = [creep(LAWS["bgra"], t, SPIERS, 4.0, f) for t, f in zip((50.0, 60.0, 70.0), factor, strict=True)]
    alone = [rate_per_year(8.0, each, "sphere") for each in one]
    np.testing.assert_allclose(rate_per_year(8.0, salt, "sphere"), alone, rtol=1e-11)


@settings(max_examples=30)
@given(
    lengths=st.lists(st.floats(0.1, 20.0), min_size=1, max_size=6),
    leached=st.floats(0.0, 1e5),
    rate=st.floats(0.0, 0.5),
    start=st.floats(0.0, 1e6),
)
def test_what_was_leached_is_void_or_lost(lengths, leached, rate, start):
    years = np.cumsum([2000.0, *lengths])
    flow = np.full(len(lengths), leached)
    void, lost = history.voids_m3(years, flow, rate, start)
    np.testing.assert_allclose(void + lost, start + leached * (years - years[0]), rtol=1e-9, atol=1e-6)
    assert (np.diff(lost) >= -1e-6).all()


def test_squeeze_mining_settles_at_a_void_and_loses_all_that_it_wins():
    void, lost = history.voids_m3(np.arange(0.0, 201.0), np.full(200, 3e4), np.array([0.2, 0.4]))
    np.testing.assert_allclose(void[-1], [1.5e5, 7.5e4], rtol=1e-9)
    np.testing.assert_allclose(np.diff(lost, axis=0)[-1], 3e4, rtol=1e-9)


def test_a_rate_of_closure_may_change_between_the_years():
    void, _ = history.voids_m3(np.arange(3.0), np.zeros(2), np.array([[0.1], [0.0]]), 1000.0)
    np.testing.assert_allclose(void[:, 0], [1000.0, 1000.0 * np.exp(-0.1), 1000.0 * np.exp(-0.1)])
