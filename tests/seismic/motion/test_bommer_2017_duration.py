"""The significant duration of V5: its equation for one number, where it bends, and how it goes with the motion."""

import math

import numpy as np
import pytest

from mijnrisico import data
from mijnrisico.seismic.motion import bommer_2017_duration as duration


def by_hand(branch, magnitude, distance, vs30):
    c = data.table("gmm_v5_duration").set_index("branch").loc[branch]
    x = magnitude - 5.25
    source = c.m6 + c.m8 * x + c.m9 * x * x if x > 0.0 else c.m6 + c.m7 * (max(magnitude, 3.25) - 5.25)
    mc = min(max(magnitude, 3.25), 6.0)
    path = (c.r6 + c.r7 * mc) * math.log(min(distance, 12.0) / 3.0) ** c.r8
    path += (c.r9 + c.r10 * mc) * math.log(max(distance, 12.0) / 12.0)
    return source + path - 0.2246 * math.log(min(vs30, 600.0) / 600.0)


@pytest.mark.parametrize(("magnitude", "distance", "vs30"), [(2.8, 3.0, 200.0), (4.0, 8.0, 700.0), (6.4, 30.0, 250.0)])
def test_the_median_is_the_published_equation(magnitude, distance, vs30):
    expected = [by_hand(branch, magnitude, distance, vs30) for branch in duration.BRANCHES]
    np.testing.assert_allclose(duration.median_ln(magnitude, distance, vs30), expected, atol=1e-12)


def test_the_median_is_continuous_at_its_hinges():
    for magnitude in (3.25, 5.25, 6.0):
        sides = duration.median_ln(np.array([magnitude - 1e-9, magnitude + 1e-9]), 9.0)
        np.testing.assert_allclose(sides[0], sides[1], atol=1e-7)
    sides = duration.median_ln(4.0, np.array([12.0 - 1e-9, 12.0 + 1e-9]))
    np.testing.assert_allclose(sides[0], sides[1], atol=1e-7)


def test_shaking_lasts_longer_for_larger_farther_and_softer():
    base = duration.median_ln(4.0, 5.0, 300.0)
    assert np.all(duration.median_ln(5.0, 5.0, 300.0) > base)
    assert np.all(duration.median_ln(4.0, 10.0, 300.0) > base)
    assert np.all(duration.median_ln(4.0, 5.0, 200.0) > base)


def test_small_earthquakes_have_the_duration_of_magnitude_3_25():
    np.testing.assert_array_equal(duration.median_ln(2.0, 6.0), duration.median_ln(3.25, 6.0))


def test_an_arbitrary_component_adds_its_variance_within_the_event():
    tau, phi = duration.parts(4.6, 5.0)
    tau_arbitrary, phi_arbitrary = duration.parts(4.6, 5.0, "arbitrary")
    np.testing.assert_array_equal(tau, tau_arbitrary)
    np.testing.assert_allclose(phi_arbitrary**2 - phi**2, 0.0299 + 2.434 * 1.0 * 5.0**-1.95, atol=1e-12)


def test_harder_motion_is_shorter_up_to_two_seconds():
    found = duration.correlation(("PGA", "SA(0.1)", "SA(1)", "SA(2)", "SA(5)", "PGV"))
    assert np.all(found[:4] < 0.0)
    assert found[4] > 0.0
    assert found[0] == -0.45
    assert found[5] == -0.26


def test_a_measure_without_a_published_correlation_is_refused():
    with pytest.raises(KeyError):
        duration.correlation(("SA(7)",))
