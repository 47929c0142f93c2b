"""A plugged cavern beside closed forms, worked numbers and an independent integrator; the options beside each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from mijnrisico.subsurface.cavern import abandonment, closure, shut_in, warming
from mijnrisico.subsurface.cavern.abandonment import CUSTOMARY, Option, Salt
from mijnrisico.subsurface.cavern.geometry import Cavern, Gradients
from mijnrisico.subsurface.cavern.laws import creep, laws
from mijnrisico.subsurface.cavern.shut_in import Brine, Plugged
from mijnrisico.subsurface.cavern.warming import Heat

LAWS = laws()
YEARS = np.array([0.0, 0.1, 1.0, 10.0, 100.0, 1000.0])
TALL = Cavern("tall", 0.0, 0.0, 850.0, 1150.0, 30.0)
ROUND = Cavern("round", 0.0, 0.0, 970.0, 1030.0, 30.0, "sphere")
GRADIENTS = Gradients(0.022, 0.012)
ETREZ = creep(LAWS["etrez"], 60.0)
BOTH = creep(LAWS["bgra"], 50.0, LAWS["spiers_1990"], 5.0)


@pytest.mark.parametrize(("law", "temperature"), [("bgra", 45.0), ("bgra", 100.0), ("etrez", 60.0), ("cornet_3", 80.0)])
def test_sealed_brine_under_a_power_law_follows_its_closed_form(law, temperature):
    salt = creep(LAWS[law], temperature)
    found = shut_in.follow(Plugged(1e5, "sphere", salt, 12.0, 22.0, 12.0), YEARS)
    exact = shut_in.creep_alone_mpa(YEARS, 10.0, salt, "sphere", Brine())
    np.testing.assert_allclose(22.0 - found.pressure_mpa, exact, atol=2e-3)
    np.testing.assert_allclose(found.pressure_mpa, 22.0 - exact, rtol=1e-4)


def test_steps_half_as_long_are_four_times_as_exact():
    salt = creep(LAWS["bgra"], 100.0)
    exact = 22.0 - shut_in.creep_alone_mpa(YEARS, 10.0, salt, "cylinder", Brine())
    away = [
        np.abs(
            shut_in.follow(Plugged(1e9, "cylinder", salt, 12.0, 22.0, 12.0), YEARS[:5], steps=n).pressure_mpa
            - exact[:5]
        ).max()
        for n in (60, 120, 240)
    ]
    assert np.divide(away[:-1], away[1:]) == pytest.approx([4.0, 4.0], rel=0.3)


def test_a_kelvin_of_warming_is_eleven_tenths_of_a_megapascal():
    """d4: alpha/beta, in salt that does not creep."""
    still = creep(LAWS["bgra"], -200.0)
    found = shut_in.follow(Plugged(1e5, "sphere", still, 12.0, 22.0, 12.0), YEARS, lambda after: np.minimum(after, 1.0))
    assert found.pressure_mpa[-1] == pytest.approx(13.1, rel=1e-9)


def test_creep_and_seepage_balance_below_the_rock():
    """d6 and d7: 0.425 m3 a year at 5 MPa; 19.73 MPa in a sphere of 30 m at 1000 m."""
    seepage = shut_in.seepage_m3_per_year_mpa(1e-20, 30.0, Brine())
    assert 5.0 * seepage == pytest.approx(0.424891, rel=1e-5)
    cavern = Plugged(ROUND.volume_m3, "sphere", ETREZ, 12.0, 22.0, 12.0, seepage_m3_per_year_mpa=seepage)
    assert shut_in.balance_mpa(cavern) == pytest.approx(19.7297, rel=1e-5)
    found = shut_in.follow(cavern, np.array([0.0, 100.0, 1000.0]))
    assert found.pressure_mpa[-1] == pytest.approx(19.7297, rel=1e-3)


@pytest.mark.parametrize("cap", [np.inf, 21.0])
def test_creep_warming_seepage_and_a_roof_that_parts_as_an_independent_integrator_has_them(cap):
    salt = creep(LAWS["bgra"], 60.0, LAWS["spiers_1990"], 5.0)
    seepage = float(shut_in.seepage_m3_per_year_mpa(1e-19, 30.0, Brine()))
    cavern = Plugged(1e5, "cylinder", salt, 12.0, 22.0, 12.0, cap, seepage)

    def warm(after):
        return 20.0 * -np.expm1(-np.asarray(after) / 15.0)

    def change(time, state):
        pressure, lost = state[:2]
        pressed = float(closure.rate_per_year(22.0 - pressure, salt, "cylinder")) * (1e5 - lost)
        out = seepage * (pressure - 12.0)
        net = pressed + 4.4e-4 * (1e5 - lost) * 20.0 / 15.0 * np.exp(-time / 15.0) - out
        if pressure >= cap and net > 0.0:
            return [0.0, pressed, out, net]
        return [net / (4e-4 * (1e5 - lost)), pressed, out, 0.0]

    years = np.array([0.0, 0.5, 3.0, 20.0, 100.0])
    slow = solve_ivp(change, (0.0, 100.0), [12.0, 0, 0, 0], rtol=1e-7, atol=1e-7, max_step=1.0, t_eval=years).y
    found = shut_in.follow(cavern, years, warm)
    np.testing.assert_allclose(found.pressure_mpa, slow[0], rtol=2e-4)
    for ours, theirs in zip((found.lost_m3, found.seeped_m3, found.leaked_m3), slow[1:], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=0.1)


@pytest.mark.parametrize(("years", "ratio"), [(0.5, 0.48), (5.0, 4.0 / 3.0), (50.0, 0.48), (20.0, 2.0)])
def test_brine_warms_as_finite_differences_have_it(years, ratio):
    slow = warming.gap_left_slow(years, 30.0, Heat(3e-6, ratio), shells=500, steps=500)
    assert warming.gap_left(np.array(years), 30.0, Heat(3e-6, ratio)) == pytest.approx(slow, abs=5e-4)


@given(radius=st.floats(5.0, 100.0), ratio=st.floats(0.05, 5.0))
@settings(max_examples=25)
def test_the_gap_of_temperature_falls_from_all_to_nothing(radius, ratio):
    gap = warming.gap_left(np.concatenate([[0.0], np.geomspace(1e-3, 1e5, 40)]), radius, Heat(3e-6, ratio))
    assert gap[0] == pytest.approx(1.0, rel=1e-6)
    assert (np.diff(gap) < 0.0).all()
    assert 0.0 < gap[-1] < 0.02


def test_a_tall_cavern_presses_at_its_roof():
    """d5: 1.5 MPa above the rock for 300 m of brine that balances in the middle."""
    assert GRADIENTS.roof_excess_mpa(TALL) == pytest.approx(1.5)
    assert abandonment.highest_mpa(TALL, GRADIENTS, 0.5) == pytest.approx(22.0 - 1.5 + 0.5)


def followed(option, cavern=TALL, salt=None, horizon=500.0, **more):
    salt = salt or Salt(BOTH, permeability_m2=1e-20)
    return abandonment.follow(cavern, option, salt, GRADIENTS, np.linspace(2025.0, 2025.0 + horizon, 26), **more)


def test_an_open_cavern_ends_in_the_brine_and_a_plugged_one_keeps_most_of_its_volume():
    lost = {option.name: followed(option, cooler_k=15.0).lost_m3[-1] for option in CUSTOMARY}
    assert lost["open"] > lost["plug_after_warming"] > lost["plug_now"] > lost["backfill"] > 0.0
    assert lost["open"] < TALL.volume_m3
    forever = followed(CUSTOMARY[0], horizon=1e5)
    assert forever.lost_m3[-1] == pytest.approx(TALL.volume_m3, rel=1e-9)


@given(wait=st.floats(0.0, 80.0), fill=st.floats(0.0, 1.0), cooler=st.floats(0.0, 40.0), strength=st.floats(0.0, 1.5))
@settings(max_examples=6)
def test_whatever_the_option_the_roof_bears_its_strength_and_losses_stay_within_the_cavern(
    wait, fill, cooler, strength
):
    found = followed(Option("any", True, wait, fill), salt=Salt(BOTH, 1e-20, strength), cooler_k=cooler)
    assert (found.roof_excess_mpa <= strength + 1e-9).all()
    assert (np.diff(found.lost_m3) >= -1e-6 * TALL.volume_m3).all()
    assert (found.lost_m3 <= Option("any", True, wait, fill).lost_share * TALL.volume_m3 * (1.0 + 1e-9)).all()
    assert (np.diff(found.brine_out_m3) >= -1e-6).all()


def test_brine_that_is_warm_already_leaves_the_plugged_cavern_below_the_rock_and_cold_brine_above():
    strong = Salt(BOTH, 0.0, 50.0)
    cold, warm = (followed(Option("x"), salt=strong, cooler_k=k, horizon=20.0).pressure_mpa[-1] for k in (20.0, 0.0))
    assert cold > 22.0 > warm


def test_a_plug_at_the_end_of_the_wait_continues_from_the_open_cavern():
    early, late = followed(Option("early", False)), followed(Option("late", True, 100.0))
    np.testing.assert_allclose(early.lost_m3[:6], late.lost_m3[:6], rtol=1e-12)
    assert late.lost_m3[-1] < early.lost_m3[-1]


def test_no_more_brine_leaves_than_was_lost_and_swelled():
    found = followed(Option("plug"), cooler_k=15.0)
    swollen = 4.4e-4 * 15.0 * TALL.volume_m3
    pressed = 4e-4 * (found.pressure_mpa[-1] - found.pressure_mpa[0]) * TALL.volume_m3
    assert found.brine_out_m3[-1] == pytest.approx(found.lost_m3[-1] + swollen - pressed, rel=0.02)


def test_members_differ_by_what_is_not_known_of_the_salt():
    salt = Salt(creep(LAWS["bgra"], 50.0, factor=np.array([0.3, 1.0, 3.0])), np.array([0.0, 1e-21, 1e-19]))
    found = followed(Option("plug"), cavern=ROUND, salt=salt)
    assert found.pressure_mpa.shape == (26, 3)
    assert (np.diff(found.lost_m3[-1]) > 0.0).all()
