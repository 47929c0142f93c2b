"""Peak ground velocity of 2021: worked values, saturation, Vs30 and the parts of the scatter."""

import math

import numpy as np
import pytest

from mijnrisico import data
from mijnrisico.seismic.motion import bommer_2021_pgv as pgv


@pytest.mark.parametrize(("component", "expected"), [("larger", 1.182), ("max_rotated", 1.280)])
def test_the_values_stated_with_the_table(component, expected):
    assert math.exp(pgv.median_ln(3.6, 5.0, component, 200.0)) == pytest.approx(expected, abs=5e-4)


def test_the_median_is_the_published_equation_on_all_three_segments():
    c = data.table("gmm_pgv_2021").set_index("component").loc["geometric_mean"]
    for magnitude, distance, vs30 in ((2.0, 3.5, 180.0), (3.6, 9.0, 250.0), (3.0, 25.0, 200.0)):
        r = math.sqrt(distance**2 + math.exp(c.c6 + c.c7 * magnitude) ** 2)
        expected = c.c1 + c.c2 * magnitude + c.c3 * math.log(min(r, 7.0)) + c.c8 * math.log(vs30 / 200.0)
        expected += c.c4 * math.log(min(max(r, 7.0), 12.0) / 7.0) + c.c5 * math.log(max(r, 12.0) / 12.0)
        assert float(pgv.median_ln(magnitude, distance, "geometric_mean", vs30)) == pytest.approx(expected, abs=1e-12)


def test_components_are_ordered():
    values = [float(pgv.median_ln(3.0, 6.0, component)) for component in pgv.COMPONENTS]
    assert values == sorted(values)


@pytest.mark.parametrize("component", pgv.COMPONENTS)
def test_the_scatter_is_the_published_total_with_the_site_term(component):
    model = pgv.PGV
    _, sd = model.reference("PGV", np.array([3.0]), np.array([6.0]), component)
    response = model.response(200.0, "PGV", component)
    assert response.s1 == response.s2
    assert math.hypot(sd[0, 0, 0], response.s1) == pytest.approx(pgv.coefficients(component)["sigma"], abs=1e-4)
    assert model.site_term == "aleatory"


def test_soft_ground_moves_more_and_each_component_has_its_own_slope():
    place = np.array([3.0]), np.array([6.0])
    shifts = {
        component: float(pgv.PGV.response(160.0, "PGV", component).linear_ln(*place)[0]) for component in pgv.COMPONENTS
    }
    assert all(shift > 0.0 for shift in shifts.values())
    assert len(set(shifts.values())) == 3
    assert shifts["larger"] == pytest.approx(-0.3295 * math.log(0.8), abs=1e-12)


def test_at_200_m_s_the_response_changes_nothing():
    response = pgv.PGV.response(200.0, "PGV", "larger")
    np.testing.assert_array_equal(response.linear_ln(np.array([3.0]), np.array([6.0])), 0.0)
    assert response.f2 == 0.0


def test_the_motion_saturates_near_a_large_source():
    near = pgv.median_ln(5.5, np.array([3.0, 4.0]))
    far = pgv.median_ln(2.5, np.array([3.0, 4.0]))
    assert near[0] - near[1] < 0.1 * (far[0] - far[1])


def test_an_arbitrary_component_is_not_in_the_model():
    with pytest.raises(KeyError):
        pgv.median_ln(3.0, 5.0, "arbitrary")
