"""Atkinson (2015): worked values from the printed equation, saturation and scatter."""

import math

import numpy as np
import pytest

from mijnrisico.seismic.motion import atkinson_2015 as a15


def test_pga_from_the_printed_coefficients():
    # M 4, 10 km: heff = max(1, 10^(-1.72 + 1.72)) = 1 km
    r = math.sqrt(101.0)
    log10 = -2.376 + 1.818 * 4 - 0.1153 * 16 - 1.752 * math.log10(r) - 0.002 * r
    assert math.exp(a15.median_ln("PGA", 4.0, 10.0)) == pytest.approx(10.0**log10 / 980.665, rel=1e-12)


def test_pgv_stays_in_cm_per_second():
    r = math.hypot(5.0, 10.0 ** (-1.72 + 0.43 * 5.0))
    log10 = -4.151 + 1.762 * 5 - 0.09509 * 25 - 1.669 * math.log10(r) - 0.0006 * r
    assert math.exp(a15.median_ln("PGV", 5.0, 5.0)) == pytest.approx(10.0**log10, rel=1e-12)
    assert a15.UNITS["PGV"] == "cm/s"


def test_the_effective_depth_is_never_below_one_kilometre():
    depth = a15.effective_depth_km(np.array([2.0, 4.0, 5.0]))
    np.testing.assert_allclose(depth, [1.0, 1.0, 10.0 ** (-1.72 + 2.15)])
    np.testing.assert_allclose(a15.effective_depth_km(3.0, a15.ALTERNATIVE_SATURATION), 10.0**0.29)


def test_the_alternative_is_lower_near_the_source_and_the_same_far_away():
    magnitude, distance = np.array([4.0, 4.0]), np.array([2.0, 40.0])
    standard, _ = a15.STANDARD.reference("PGA", magnitude, distance, "geometric_mean")
    alternative, _ = a15.ALTERNATIVE.reference("PGA", magnitude, distance, "geometric_mean")
    ratio = np.exp(alternative - standard).ravel()
    assert 0.4 < ratio[0] < 0.6
    assert 0.99 < ratio[1] < 1.0


def test_the_scatter_is_the_published_total_in_natural_logarithms():
    _, sd = a15.STANDARD.reference("PGA", np.array([4.0]), np.array([10.0]), "geometric_mean")
    assert sd[0, 0, 0] == pytest.approx(0.37 * math.log(10.0), abs=1e-12)
    assert a15.STANDARD.parts is not None
    tau, phi = a15.STANDARD.parts("PGA", np.array([4.0]), np.array([10.0]), "geometric_mean")
    assert tau[0, 0, 0] / phi[0, 0, 0] == pytest.approx(0.24 / 0.28, abs=1e-12)


@pytest.mark.parametrize("measure", a15.MEASURES)
def test_the_published_total_is_that_of_its_parts_to_the_rounding(measure):
    c = a15.coefficients(measure)
    assert math.hypot(c["tau"], c["phi"]) == pytest.approx(c["sigma"], abs=0.01)


def test_there_is_no_site_term():
    response = a15.STANDARD.response(0.0, "PGA")
    np.testing.assert_array_equal(response.linear_ln(np.array([4.0]), np.array([10.0])), 0.0)
    assert (response.f2, response.s1, response.s2) == (0.0, 0.0, 0.0)
