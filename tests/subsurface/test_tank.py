"""Tank model and aquifer beside what can be worked out by hand; the volume that cooling takes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.errors import InputError
from mijnrisico.subsurface import tank, thermal
from mijnrisico.subsurface.gas import Gas, z_factor
from mijnrisico.subsurface.tank import Aquifer, Tank

METHANE = Gas((("CH4", 1.0),), temperature_k=360.0)


def test_p_over_z_falls_in_a_straight_line_with_production():
    store = Tank(347.0, 2e9, METHANE)
    produced = np.linspace(-2e8, 1.99e9, 60).reshape(3, 20)
    pressure = tank.pressure_bar(produced, store)
    start = 347.0 / z_factor(np.array(347.0), METHANE)
    np.testing.assert_allclose(pressure / z_factor(pressure, METHANE), start * (1 - produced / 2e9), rtol=1e-9)
    assert tank.pressure_bar(np.array(0.0), store) == pytest.approx(347.0, rel=1e-10)


@pytest.mark.parametrize("produced", [2e9, 2.1e9, -2e9])
def test_more_than_there_is_and_more_than_the_rock_was_made_for_are_refused(produced):
    with pytest.raises(InputError) as raised:
        tank.pressure_bar(np.array([0.0, produced]), Tank(347.0, 2e9, METHANE))
    assert raised.value.code == "E503"


@settings(max_examples=30)
@given(share=st.floats(0.0, 1.0), shut=st.floats(0.0, 30.0), tau=st.floats(0.1, 100.0))
def test_the_aquifer_gives_what_the_gas_gains_and_nothing_moves_before_shut_in(share, shut, tau):
    years = np.arange(0.0, 61.0, 5.0)
    closed = np.full((13, 2), [120.0, 90.0])
    closed[0] = 300.0
    gas, water = tank.equalised(closed, years, shut, Aquifer(share, tau))
    assert (gas[years <= shut] == closed[years <= shut]).all()
    np.testing.assert_allclose((1 - share) * (gas - closed), share * (300.0 - water), atol=1e-10)
    assert (np.diff(gas[1:], axis=0) >= -1e-12).all()
    assert (water >= gas - 1e-10).all()


def test_a_store_is_as_full_at_the_end_of_every_cycle_as_at_its_start():
    years, produced = tank.storage(2015.0, 3, 4e8, withdrawal_share=0.4, base_nm3=1e9)
    assert years.tolist() == pytest.approx([2015.0, 2015.4, 2016.0, 2016.4, 2017.0, 2017.4, 2018.0])
    pressure = tank.pressure_bar(produced, Tank(347.0, 2e9, METHANE))
    np.testing.assert_allclose(pressure[::2], pressure[0])
    np.testing.assert_allclose(pressure[1::2], pressure[1])
    assert pressure[1] < pressure[0]


def test_the_heat_of_the_water_is_the_heat_that_the_rock_lost():
    rock = thermal.Rock(porosity=0.15)
    cold = thermal.cold_volume_m3(np.array([0.0, 1e6, 3e6]), rock)
    np.testing.assert_allclose(cold * rock.bulk_j_m3_k * 40.0, np.array([0.0, 1e6, 3e6]) * rock.water_j_m3_k * 40.0)


def test_cooled_rock_held_sideways_shortens_more_than_free_rock():
    free = thermal.strain(50.0, thermal.Rock(poisson=0.0))
    assert free == pytest.approx(50.0 * 1e-5)
    assert thermal.strain(50.0, thermal.Rock(poisson=0.25)) == pytest.approx(5.0 / 3.0 * free)
    assert thermal.volume_loss_m3(np.array([0.0, 2e6]), 50.0).tolist() == pytest.approx([0.0, 5.0 / 3.0 * 1000.0])
