"""Effective depletion by every strain model: exact cases, slow twins, and what all of them have in common."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.errors import InputError
from mijnrisico.subsurface.compaction import (
    MODELS,
    Bilinear,
    Linear,
    RateType,
    TimeDecay,
    effective_depletion_bar,
    rate_type,
    time_decay,
)
from mijnrisico.subsurface.compaction.linear import vertical_strain
from mijnrisico.units import GRAVITY_M_S2

DEPTH_M = 3000.0
EVERY = [
    Linear(),
    Linear(unloading_share=0.3, ratchet_share=0.1),
    Bilinear(),
    Bilinear(unloading_share=0.3),
    TimeDecay(3.0),
    TimeDecay(7.0, unloading_share=0.3, ratchet_share=0.1),
    RateType(),
]
FALLS = st.lists(st.tuples(st.floats(0.0, 40.0), st.floats(0.1, 10.0)), min_size=1, max_size=8)
MOVES = st.lists(st.tuples(st.floats(-40.0, 40.0), st.floats(0.1, 10.0)), min_size=1, max_size=8)


def history(moves, start=360.0):
    falls, lengths = np.array(moves).T
    pressure = np.clip(start - np.cumsum([0.0, *falls]), 20.0, 420.0)
    return pressure, np.cumsum([1960.0, *lengths])


def depletion(pressure, years, parameters):
    return effective_depletion_bar(np.asarray(pressure, dtype=float), years, parameters, DEPTH_M)


def cycles(number, low=250.0, high=350.0):
    pressure = np.tile([high, low], number + 1)[: 2 * number + 1]
    return pressure, 2000.0 + 0.5 * np.arange(len(pressure))


def test_every_model_is_listed_by_its_own_name_and_speaks_of_strain():
    assert list(MODELS) == ["linear", "bilinear", "time_decay", "rate_type"]
    assert all(module.MODEL.role == "compaction" for module in MODELS.values())
    assert all("vertical_strain" in module.MODEL.predicts for module in MODELS.values())


@pytest.mark.parametrize("parameters", EVERY, ids=str)
@given(moves=FALLS)
@settings(max_examples=8)
def test_compaction_starts_at_nothing_and_never_shrinks_while_the_pressure_falls(parameters, moves):
    pressure, years = history(moves)
    found = depletion(pressure, years, parameters)
    assert found[0] == 0.0
    assert (np.diff(found) >= -1e-9).all()


@pytest.mark.parametrize("parameters", EVERY, ids=str)
def test_cells_do_not_know_of_each_other(parameters):
    one, years = history([(30.0, 2.0), (-20.0, 1.0), (60.0, 5.0)])
    other = 330.0 - (one[0] - one) * 0.5
    both = depletion(np.stack([one, other], axis=1)[:, None, :], years, parameters)
    assert both.shape == (4, 1, 2)
    for column, alone in enumerate((one, other)):
        np.testing.assert_allclose(both[:, 0, column], depletion(alone, years, parameters), rtol=1e-12)


@pytest.mark.parametrize("parameters", [Linear(), Bilinear(), TimeDecay(2.0)], ids=str)
def test_with_a_share_of_one_everything_comes_back(parameters):
    found = depletion([350.0, 150.0, 350.0, 350.0], np.array([0.0, 10.0, 20.0, 300.0]), parameters)
    assert found[-1] == pytest.approx(0.0, abs=1e-9)
    assert found[1] > 100.0


def test_linear_depletion_times_compressibility_is_the_strain_of_the_seismic_chain():
    pressure, years = history([(30.0, 2.0), (60.0, 5.0)])
    theirs = vertical_strain(xr.DataArray(pressure[0] - pressure, dims="time"), 1e-4)
    np.testing.assert_allclose(theirs, 1e-5 * depletion(pressure, years, Linear()), rtol=1e-14)


@given(moves=MOVES)
@settings(max_examples=20)
def test_no_decay_time_and_no_change_of_slope_are_linear(moves):
    pressure, years = history(moves)
    linear = depletion(pressure, years, Linear())
    np.testing.assert_array_equal(depletion(pressure, years, TimeDecay(0.0)), linear)
    np.testing.assert_allclose(depletion(pressure, years, TimeDecay(1e-9)), linear, atol=1e-6)
    np.testing.assert_allclose(depletion(pressure, years, Bilinear(slope_ratio=1.0)), linear, atol=1e-10)


def test_without_a_reference_rate_rate_type_rock_is_linear_with_its_elastic_share():
    pressure, years = history([(30.0, 2.0), (-10.0, 1.0), (60.0, 5.0)])
    still = RateType(reference_rate_mpa_per_year=0.0)
    np.testing.assert_allclose(
        depletion(pressure, years, still), 0.4 * depletion(pressure, years, Linear()), atol=1e-11
    )


@given(moves=MOVES, tau=st.floats(0.1, 50.0))
@settings(max_examples=20)
def test_the_recursion_of_time_decay_equals_the_integral_of_mossop(moves, tau):
    pressure, years = history(moves)
    found = depletion(pressure, years, TimeDecay(tau))
    for at in (1, len(years) - 1):
        slow = time_decay.effective_depletion_slow_bar(pressure, years, TimeDecay(tau), years[at])
        assert found[at] == pytest.approx(slow, abs=1e-8)


@given(moves=MOVES, tau=st.floats(0.1, 50.0))
@settings(max_examples=12)
def test_time_decay_does_not_depend_on_how_often_the_pressure_is_given(moves, tau):
    pressure, years = history(moves)
    often = np.sort(np.concatenate([years, 0.3 * years[1:] + 0.7 * years[:-1]]))
    finely = depletion(np.interp(often, years, pressure), often, TimeDecay(tau))
    np.testing.assert_allclose(finely[::2], depletion(pressure, years, TimeDecay(tau)), atol=1e-9)


def test_a_jump_of_the_pressure_decays_from_the_moment_it_is_made():
    for tau in (0.0, 5.0):
        found = depletion([300.0, 200.0, 200.0], np.array([0.0, 0.0, 5.0]), TimeDecay(tau))
        followed = 1.0 if tau == 0.0 else 1.0 - np.exp(-5.0 / tau)
        np.testing.assert_allclose(found, [0.0, 0.0, 100.0 * followed], rtol=1e-14)


def test_bilinear_rock_that_starts_below_the_transition_is_soft_from_the_start():
    found = depletion([200.0, 150.0], np.array([0.0, 1.0]), Bilinear(transition_bar=250.0, slope_ratio=3.0))
    np.testing.assert_allclose(found, [0.0, 150.0])


def test_a_set_stays_after_unloading_and_does_not_grow_with_equal_cycles():
    pressure, years = cycles(5)
    found = depletion(pressure, years, Linear(unloading_share=0.4))
    np.testing.assert_allclose(found[1::2], 100.0)
    np.testing.assert_allclose(found[2::2], 60.0)


def test_each_cycle_of_a_ratchet_adds_its_share_of_the_amplitude():
    pressure, years = cycles(5)
    found = depletion(pressure, years, Linear(unloading_share=0.4, ratchet_share=0.05))
    np.testing.assert_allclose(found[2::2], 60.0 + 0.6 * 0.05 * 100.0 * np.arange(5.0))


def test_cycles_of_storage_ratchet_in_rate_type_rock_by_creep_ever_less():
    pressure, years = cycles(20)
    sets = depletion(pressure, years, RateType())[2::2]
    assert (np.diff(sets) > 0.0).all()
    assert (np.diff(sets, 2) < 0.0).all()


@given(moves=MOVES, share=st.floats(0.0, 1.0), ratchet=st.floats(0.0, 1.0))
@settings(max_examples=25)
def test_what_is_remembered_lies_between_all_and_nothing_coming_back(moves, share, ratchet):
    pressure, years = history(moves)
    found = depletion(pressure, years, Linear(share, ratchet))
    rises = np.cumsum([0.0, *np.maximum(-np.diff(pressure), 0.0)])
    assert (found >= (pressure[0] - pressure) - 1e-9).all()
    assert (found <= rises + 1e-9).all()


def depth_of(effective_bar, pressure):
    """Depth at which the effective vertical stress is what the case asks."""
    return (effective_bar + pressure) * 1e5 / (2400.0 * GRAVITY_M_S2)


def test_loading_at_the_reference_rate_for_ten_years_strains_by_3_6e_4():
    """R1: 3 bar a year, Cm_ref 1.2e-5 /bar."""
    years = np.arange(11.0)
    rock = RateType(b=0.02, elastic_share=0.5, reference_share=1.0, reference_rate_mpa_per_year=-0.3)
    found = effective_depletion_bar(300.0 - 3.0 * years, years, rock, depth_of(300.0, 300.0))
    assert 1.2e-5 * found[-1] == pytest.approx(3.6e-4, rel=1e-9)


def test_a_century_of_creep_under_300_bar_strains_by_3_6e_7():
    """R2: c_d = 0, b = 0.02, 3e-4 bar a year, Cm_ref 1.2e-5 /bar."""
    rock = RateType(b=0.02, elastic_share=0.0, reference_share=1.0, reference_rate_mpa_per_year=-3e-5)
    years = np.arange(101.0)
    found = rate_type.effective_depletion_bar(
        np.full(101, 100.0), years, rock, depth_m=depth_of(300.0, 100.0), substeps=64
    )
    assert 1.2e-5 * found[-1] == pytest.approx(3.591208998e-07, rel=1e-8)


@pytest.mark.parametrize(
    ("elastic_share", "secant_per_bar", "close"), [(0.0, 9.843751601690e-06, 1e-11), (0.75, 9.876834e-06, 1e-6)]
)
def test_fast_loading_approaches_the_isotach_of_its_rate(elastic_share, secant_per_bar, close):
    """R3: secant Cm after 200 years at 6 bar a year from 300 bar, where the reference is 1.2e-5 /bar at 3e-4 a year.

    Rock without an elastic share has reached 1.2e-5 (6/3e-4)^-0.02; with c_d = 0.75 c_ref it is 0.3 % away.
    """
    rock = RateType(b=0.02, elastic_share=elastic_share, reference_share=1.0, reference_rate_mpa_per_year=-3e-5)
    years = np.arange(0.0, 200.5, 0.5)
    pressure = 1500.0 - 6.0 * years
    found = rate_type.effective_depletion_bar(pressure, years, rock, depth_m=depth_of(300.0, 1500.0), substeps=16)
    assert 1.2e-5 * (found[-1] + 300.0) / 1500.0 == pytest.approx(secant_per_bar, rel=close)


def test_rate_type_rock_asks_for_its_depth_in_words():
    with pytest.raises(InputError) as raised:
        effective_depletion_bar(np.array([300.0, 200.0]), np.array([0.0, 1.0]), RateType())
    assert raised.value.code == "E503"
    assert raised.value.problems[0].where == "depth_m"
