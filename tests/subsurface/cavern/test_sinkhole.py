"""Migration of a void: worked heights, what comes through, and probability by sampling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.subsurface.cavern import sinkhole
from mijnrisico.subsurface.cavern.sinkhole import Migration, Triangle

SURE = Triangle(40.0, 40.0, 40.0), Triangle(1.15, 1.15, 1.15)


def test_rubble_fills_a_chimney_over_a_void_of_40_m_within_267_m():
    """S1 and d8."""
    assert sinkhole.arrest_m(np.array(40.0), np.array(1.15)) == pytest.approx(266.667, rel=1e-5)
    assert sinkhole.arrest_m(np.array(1.0), np.array(1.2)) == pytest.approx(5.0)
    assert sinkhole.arrest_m(np.array(1.0), np.array(1.2), cone=True) == pytest.approx(15.0)


@pytest.mark.parametrize(("cover", "expected"), [(200.0, 1.0), (300.0, 0.0)])
def test_without_doubt_it_comes_through_or_it_does_not(cover, expected):
    case = Migration(*SURE, Triangle(cover, cover, cover), area_m2=1000.0)
    found = sinkhole.reach(case, 100, np.random.default_rng(1))
    assert (found.given_failure, found.probability, found.sampling) == (expected, expected, 0.0)
    assert np.isnan(found.crater_m3[1]) == (expected == 0.0)


@settings(max_examples=30)
@given(height=st.floats(1.0, 100.0), bulking=st.floats(1.05, 1.6), cover=st.floats(10.0, 500.0), cone=st.booleans())
def test_what_is_missing_at_the_surface_is_the_void_less_what_rubble_took_up(height, bulking, cover, cone):
    arrest = float(sinkhole.arrest_m(height, bulking, cone=cone))
    left = float(sinkhole.crater_m3(100.0 * height, cover, arrest, cone=cone))
    fallen = min(cover, arrest)
    column = 100.0 * arrest / 3.0 * (1.0 - (1.0 - fallen / arrest) ** 3) if cone else 100.0 * fallen
    assert left == pytest.approx(100.0 * height - (bulking - 1.0) * column, rel=1e-6, abs=1e-6)


def test_sampling_finds_a_probability_that_can_be_worked_out():
    """Bulking 1.2 and cover of 100 m: through where the void is higher than 20 m, a third of this triangle."""
    height = Triangle(0.0, 10.0, 40.0)
    case = Migration(height, Triangle(1.2, 1.2, 1.2), Triangle(100.0, 100.0, 100.0), 1.0, roof_fails=0.5)
    found = sinkhole.reach(case, 20_000, np.random.default_rng(2))
    exact = (40.0 - 20.0) ** 2 / (40.0 * 30.0)
    assert found.given_failure == pytest.approx(exact, abs=1e-3)
    assert found.probability == pytest.approx(0.5 * exact, abs=1e-3)
    assert found.height_m[0] == pytest.approx(5.0 * float(height.at(np.array(0.1))), rel=0.01)
    assert found.height_m[1] == pytest.approx(5.0 * float(height.at(np.array(0.5))), rel=0.01)


def test_more_void_less_bulking_less_cover_and_a_cone_all_make_it_likelier():
    def chance(height=(10, 20, 40), bulking=(1.1, 1.2, 1.4), cover=(80, 120, 200), cone=0.0):
        case = Migration(Triangle(*height), Triangle(*bulking), Triangle(*cover), 100.0, cone_share=cone)
        return sinkhole.reach(case, 4000, np.random.default_rng(3)).given_failure

    base = chance()
    assert 0.1 < base < 0.9
    assert chance(height=(15, 30, 50)) > base
    assert chance(bulking=(1.1, 1.15, 1.3)) > base
    assert chance(cover=(60, 100, 150)) > base
    assert chance(cone=1.0) > chance(cone=0.5) > base
