"""Tanks and their shells: published numbers, closed forms, traps of units."""

import math

import pytest

from mijnrisico.errors import InputError
from mijnrisico.studies.industry.risk import shells, tanks
from mijnrisico.studies.industry.risk.shells import Shell
from mijnrisico.studies.industry.risk.tanks import Tank
from mijnrisico.units import GRAVITY_M_S2

near = pytest.approx
TANK = Tank(radius_m=10.0, liquid_height_m=8.0, wall_thickness_m=0.010)
SHELL = Shell(radius_m=10.0, thickness_m=0.010)
FLAT = tanks.tabulated((0.0, 10.0), (0.1, 0.1))


def test_periods_and_masses_of_the_published_tank() -> None:
    assert tanks.impulsive_period_s(TANK) == near(0.118129, rel=1e-5)
    assert tanks.convective_period_s(TANK) == near(4.97532, rel=1e-5)
    assert tanks.convective_period_exact_s(TANK) == near(4.92768, rel=1e-5)
    assert tanks.coefficients(0.8)["impulsive_mass"] == near(0.458667, rel=1e-5)
    assert tanks.impulsive_mass_exact(0.8) == near(0.463638, rel=1e-5)
    assert TANK.liquid_mass_kg == near(2.513274e6, rel=1e-6)


def test_pressure_of_a_rigid_tank_on_its_wall_at_the_foot() -> None:
    found = [tanks.wall_pressure_coefficient(gamma) for gamma in (0.5, 0.8, 1.0)]
    assert found == near([0.82740, 0.79170, 0.74031], rel=1e-5)


@pytest.mark.parametrize("row", tanks.table()["rows"], ids=lambda row: f"{row[0]:g}")
def test_the_table_agrees_with_the_closed_forms(row: list[float]) -> None:
    gamma, c = row[0], tanks.coefficients(row[0])
    assert c["impulsive_mass"] == near(tanks.impulsive_mass_exact(gamma), abs=5.5e-4)
    assert c["impulsive_mass"] + c["convective_mass"] == near(1.0)
    assert 1.04 < c["convective_mass"] / tanks.convective_mass_exact(gamma) < 1.09
    tank = Tank(10.0, 10.0 * gamma, 0.01)
    assert tanks.convective_period_s(tank) == near(tanks.convective_period_exact_s(tank), rel=0.006)


def test_between_rows_the_table_is_straight_and_beyond_it_nothing_is_said() -> None:
    assert tanks.coefficients(0.6)["impulsive_period"] == near(0.5 * (7.74 + 6.97))
    with pytest.raises(InputError):
        tanks.coefficients(0.29)
    with pytest.raises(InputError):
        tanks.coefficients(3.01)


def test_shear_and_moments_are_those_of_two_masses_by_hand() -> None:
    tank = Tank(10.0, 10.0, 0.010, wall_mass_kg=5e4, wall_centre_m=5.0, roof_mass_kg=2e4, roof_height_m=11.0)
    found = tanks.respond(tank, lambda period, damping: 2.0 if damping == 0.05 else 0.5)
    m = tank.liquid_mass_kg
    assert found.base_shear_n == near((0.548 * m + 7e4) * 2.0 + 0.452 * m * 0.5)
    shell = (5e4 * 5.0 + 2e4 * 11.0) * 2.0
    assert found.wall_moment_nm == near(0.548 * m * 4.19 * 2.0 + 0.452 * m * 6.16 * 0.5 + shell)
    assert found.base_moment_nm == near(0.548 * m * 7.21 * 2.0 + 0.452 * m * 7.85 * 0.5 + shell)
    assert found.base_moment_nm > found.wall_moment_nm


def test_the_wave_is_named_by_its_formula() -> None:
    malhotra, en = (tanks.respond(TANK, FLAT, wave) for wave in ("malhotra", "en_1998_4"))
    assert (malhotra.wave_formula, en.wave_formula) == ("malhotra", "en_1998_4")
    assert malhotra.wave_height_m == near(10.0 * malhotra.convective_acceleration_m_s2 / GRAVITY_M_S2)
    assert en.wave_height_m == near(0.84 * malhotra.wave_height_m)


def test_sloshing_is_damped_less_than_steel() -> None:
    found = tanks.respond(TANK, FLAT)
    assert found.impulsive_acceleration_m_s2 == near(0.1 * GRAVITY_M_S2)
    assert found.convective_acceleration_m_s2 == near(math.sqrt(10.0 / 5.5) * 0.1 * GRAVITY_M_S2)


def test_beyond_the_last_period_a_spectrum_falls_at_constant_displacement() -> None:
    spectrum = tanks.tabulated((0.0, 1.0, 2.0), (0.1, 0.2, 0.1))
    assert spectrum(4.0, 0.05) == near(0.1 / 4.0 * GRAVITY_M_S2)
    assert spectrum(0.5, 0.05) == near(0.15 * GRAVITY_M_S2)


def test_inside_pressure_swings_around_the_liquid_at_rest() -> None:
    least, largest = tanks.foot_pressure_mpa(TANK, tanks.respond(TANK, FLAT))
    assert 0.5 * (least + largest) == near(1e-6 * 1000.0 * GRAVITY_M_S2 * 8.0)
    assert largest - least == near(2e-6 * 0.791699 * 1000.0 * 8.0 * 0.1 * GRAVITY_M_S2, rel=1e-4)


def test_elephant_foot() -> None:
    assert shells.ideal_buckling_mpa(SHELL) == near(126.0)
    assert shells.elephant_foot_mpa(SHELL, 0.10) == near(75.987, rel=1e-5)
    assert shells.elephant_foot_mpa(SHELL, 0.0) == near(92.790, rel=1e-5)
    assert shells.elephant_foot_mpa(SHELL, 0.235) == near(0.0, abs=1e-9)
    assert shells.elephant_foot_mpa(SHELL, 0.3) == 0.0


def test_elastic_buckling() -> None:
    found = shells.elastic(SHELL, 0.05)
    assert (found.imperfection, found.knockdown) == (near(1.89737, rel=1e-5), near(0.152605, rel=1e-5))
    assert found.slenderness_squared == near(12.2216, rel=1e-5)
    assert (found.with_pressure_mpa, found.limit_mpa) == (near(52.282, rel=1e-4), near(66.288, rel=1e-4))


def test_inside_pressure_helps_against_elastic_buckling_and_better_work_does_too() -> None:
    limits = [shells.elastic(SHELL, p).limit_mpa for p in (0.0, 0.05, 0.1, 1.0, 5.0)]
    assert limits == sorted(limits)
    assert shells.elastic(SHELL, 0.05, quality=2.5).limit_mpa > limits[1]
    assert shells.elastic(SHELL, -0.1).limit_mpa == limits[0]


def test_axial_stress_is_that_of_a_thin_ring() -> None:
    assert shells.axial_stress_mpa(SHELL, 1e7) == near(1.273 * 1e7 / (20.0**2 * 0.010) / 1e6, rel=1e-3)
    assert shells.axial_stress_mpa(SHELL, 0.0, weight_n=1e6) == near(1e6 / (math.pi * 20.0 * 0.01) / 1e6)


def test_use_of_a_shell_is_stress_over_what_is_allowed() -> None:
    found = shells.utilisation(SHELL, 66.288, 0.05, 0.10)
    assert found == {"elephant_foot": near(66.288 / 75.987, rel=1e-4), "elastic": near(1.0, rel=1e-4)}
    assert shells.utilisation(SHELL, 1.0, 0.0, 0.5)["elephant_foot"] == math.inf


def test_uplift_ratio_and_its_three_answers() -> None:
    held = shells.resisting_weight_n_m(8.0, 235.0, 8.0, 20.0, 1.0)
    assert held == near(min(99.0 * 8.0 * math.sqrt(235.0 * 8.0), 201.1 * 8.0 * 20.0))
    ratio = shells.uplift_ratio(1e7, 20.0, 5e3, held)
    assert ratio == near(1e7 / (400.0 * (5e3 + held)))
    assert [shells.uplift(j) for j in (0.5, 1.0, 2.0)] == ["none", "stable", "anchor"]
    assert shells.uplift_ratio(1e7, 20.0, 0.0, 0.0) == math.inf


@pytest.mark.parametrize(("ratio", "times"), [(1.0, 1.07), (1.2, 1.30), (1.4, 2.02), (1.5, 3.06)])
def test_a_tank_that_lifts_is_pressed_harder_than_an_anchored_one(ratio: float, times: float) -> None:
    own, held = 10e3, 20e3
    moment = ratio * 20.0**2 * (own + held)
    lifted = shells.lifted_stress_mpa(SHELL, ratio, own, held)
    anchored = shells.axial_stress_mpa(SHELL, moment, weight_n=own * math.pi * 20.0)
    assert lifted / anchored == near(times, abs=0.006)
    assert shells.lifted_stress_mpa(SHELL, 1.541, own, held) == math.inf


def test_a_plate_in_metres_and_a_thickness_in_millimetres_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        shells.resisting_weight_n_m(0.008, 235.0, 8.0, 20.0, 1.0)
    assert caught.value.problems[0].where == "annular_plate_mm"
    with pytest.raises(InputError) as both:
        Shell(10.0, 10.0, yield_mpa=235e6)
    assert [problem.where for problem in both.value.problems] == ["thickness_m", "yield_mpa"]
