"""From a release to individual risk: published numbers, the slow twin, contours, bands."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.studies.industry.risk import dispersion_twin

from mijnrisico.errors import InputError
from mijnrisico.studies.industry.risk import band, contours, dispersion, fire, lethality, release, site_risk
from mijnrisico.studies.industry.risk.site_risk import Blast, Cloud, Fire, Scenario, Weather

near = pytest.approx
CHLORINE, AMMONIA = lethality.toxic("chlorine"), lethality.toxic("ammonia")
ROSE = (0.05, 0.05, 0.06, 0.07, 0.06, 0.05, 0.04, 0.04, 0.05, 0.08, 0.12, 0.10, 0.08, 0.06, 0.05, 0.04)
WEATHER = (
    Weather("D", 5.0, tuple(0.5 * share for share in ROSE)),
    Weather("D", 1.5, tuple(0.2 * share for share in reversed(ROSE))),
    Weather("F", 1.5, tuple(0.3 * share for share in ROSE)),
)
POOL = Fire(fire.pool_power_w(20.0, 0.055, 44e6), 0.25)


def cloud(rate: float = 2.0, *, probit: lethality.Probit = CHLORINE, source_m: float = 0.0) -> Scenario:
    return Scenario("cloud", "tank", 100.0, -50.0, Cloud(rate, 1800.0, probit, source_m))


def test_probits_of_two_gases() -> None:
    assert float(CHLORINE.value(500.0, 30.0)) == near(3.89568, rel=1e-5)
    assert float(CHLORINE.death(500.0, 30.0)) == near(0.134728, rel=1e-5)
    assert float(AMMONIA.value(5000.0, 30.0)) == near(4.83558, rel=1e-5)
    assert float(AMMONIA.death(5000.0, 30.0)) == near(0.434702, rel=1e-5)
    assert float(AMMONIA.death(0.0, 30.0)) == 0.0


def test_a_probit_says_that_it_is_older_and_from_memory() -> None:
    for name in lethality.toxic_names():
        found = lethality.toxic(name)
        assert (found.mark, found.status) == ("M", "older")
        assert found.source
    assert lethality.origin("heat")[0] == lethality.origin("blast")[0] == "M"
    with pytest.raises(InputError):
        lethality.toxic("water")


def test_a_plume_at_half_a_kilometre() -> None:
    sy, sz = dispersion.sigmas(500.0, "F")
    assert (float(sy), float(sz)) == (near(19.518, rel=1e-5), near(6.95652, rel=1e-5))
    found = dispersion.concentration_mg_m3(2.0, 1.5, "F", 500.0)
    assert float(found) == near(3093.67, rel=1e-5)
    assert float(AMMONIA.death(found, 30.0)) == near(0.130385, rel=1e-5)


def test_the_ground_reflects_the_plume_so_that_nothing_is_lost() -> None:
    z, y = np.linspace(0.0, 600.0, 1201), np.linspace(-800.0, 800.0, 801)
    c = dispersion.concentration_mg_m3
    sheet = np.array([c(2.0, 4.0, "D", 1000.0, y, receptor_m=height, source_m=30.0) for height in z])
    flux_kg_s = 4.0 * np.trapezoid(np.trapezoid(sheet, y, axis=1), z) / dispersion.MG_PER_KG
    assert flux_kg_s == near(2.0, rel=1e-3)


@pytest.mark.parametrize(("better", "worse"), ["AB", "BC", "CD", "DE", "EF"])
def test_the_more_stable_the_narrower(better: dispersion.Stability, worse: dispersion.Stability) -> None:
    for wide, narrow in zip(dispersion.sigmas(1000.0, better), dispersion.sigmas(1000.0, worse), strict=True):
        assert float(wide) > float(narrow)


def test_a_pool_fire_and_its_distances() -> None:
    assert POOL.power_w == near(760.27e6, rel=1e-4)
    assert fire.distance_to_flux_m(POOL.power_w, 0.25, 35e3) == near(20.788, rel=1e-4)
    for level, distance in ((1e-5, 29.693), (1e-6, 36.468)):
        found = 3e-5 * lethality.heat_death(fire.heat_flux_w_m2(POOL.power_w, 0.25, distance))
        assert float(found) == near(level, rel=1e-3)


def test_heat_kills_for_certain_above_35_kw_and_no_longer_than_20_seconds_count() -> None:
    assert float(lethality.heat_death(35_001.0)) == 1.0
    assert float(lethality.heat_death(35_000.0)) < 1.0
    assert float(lethality.heat_death(2e4, 60.0)) == float(lethality.heat_death(2e4, 20.0))
    assert float(lethality.heat_death(2e4, 10.0)) < float(lethality.heat_death(2e4, 20.0))


def test_blast_kills_from_its_threshold_on() -> None:
    assert lethality.blast_death([0.29, 0.30, 1.0]).tolist() == [0.0, 1.0, 1.0]


def test_outflow_and_draining_of_a_small_hole() -> None:
    assert release.outflow_kg_s(0.010, 8.0, 1000.0) == near(0.610065, rel=1e-5)
    assert release.drain_time_s(20.0, 0.010, 8.0) / 3600.0 == near(2288.7, rel=1e-4)


def test_draining_takes_twice_as_long_as_at_the_first_rate() -> None:
    content_kg = 1000.0 * math.pi * 10.0**2 * 8.0
    assert release.drain_time_s(20.0, 0.1, 8.0) == near(2.0 * content_kg / release.outflow_kg_s(0.1, 8.0, 1000.0))


def test_pools_by_what_flows_in_and_by_what_holds_them() -> None:
    diameter = release.pool_of_outflow_m(5.0, 0.055)
    assert 0.25 * math.pi * diameter**2 * 0.055 == near(5.0)
    assert release.pool_of_content_m(100.0, 0.02) == near(math.sqrt(4 * 5000.0 / math.pi))
    assert release.pool_of_content_m(100.0, 0.02, bund_m2=900.0) == near(math.sqrt(4 * 900.0 / math.pi))
    assert release.whole_content(6000.0) == (10.0, 600.0)


@pytest.mark.parametrize("rate", [0.05, 2.0, 20.0])
@pytest.mark.parametrize("probit", [CHLORINE, AMMONIA], ids=lambda probit: probit.name)
def test_a_plume_over_the_rose_is_the_sum_over_thousands_of_directions(rate: float, probit: lethality.Probit) -> None:
    scenario, rng = cloud(rate, probit=probit), np.random.default_rng(3)
    away, bearing = np.geomspace(50.0, 4000.0, 16), rng.uniform(0.0, 2.0 * math.pi, 16)
    x, y = scenario.x_m + away * np.sin(bearing), scenario.y_m + away * np.cos(bearing)
    found = site_risk.at_points([scenario], WEATHER, x, y)[0]
    slow = np.array([dispersion_twin.death(scenario, list(WEATHER), *place) for place in zip(x, y, strict=True)])
    assert found == near(slow, rel=3e-3, abs=2e-8)


@pytest.mark.parametrize(("source_m", "nearest", "farthest"), [(0.0, 1.0, 50.0), (30.0, 50.0, 4000.0)])
def test_near_a_source_and_from_a_high_one_the_table_holds_too(
    source_m: float, nearest: float, farthest: float
) -> None:
    scenario, rng = cloud(20.0, source_m=source_m), np.random.default_rng(4)
    away, bearing = np.geomspace(nearest, farthest, 20), rng.uniform(0.0, 2.0 * math.pi, 20)
    x, y = scenario.x_m + away * np.sin(bearing), scenario.y_m + away * np.cos(bearing)
    found = site_risk.at_points([scenario], WEATHER, x, y)[0]
    slow = [dispersion_twin.death(scenario, list(WEATHER), *place) for place in zip(x, y, strict=True)]
    assert found == near(np.array(slow), rel=0.01, abs=1e-7)


def test_the_middle_of_a_sector_alone_would_draw_a_spoke() -> None:
    even = (Weather("F", 1.5, (1.0 / 16,) * 16),)
    scenario = Scenario("cloud", "tank", 0.0, 0.0, Cloud(2.0, 1800.0, AMMONIA))
    on, between = site_risk.at_points(
        [scenario], even, [0.0, 500 * math.sin(math.pi / 16)], [500.0, 500 * math.cos(math.pi / 16)]
    )[0]
    assert on == near(between, rel=1e-6)
    assert on < 0.5 * dispersion_twin.death(scenario, list(even), 0.0, 500.0, steps=1)


def test_wind_from_the_west_kills_in_the_east() -> None:
    west = (Weather("D", 5.0, (0.0, 0.0, 0.0, 1.0)),)
    scenario = Scenario("cloud", "tank", 0.0, 0.0, Cloud(5.0, 1800.0, CHLORINE))
    east, north, back = site_risk.at_points([scenario], west, [200.0, 0.0, -200.0], [0.0, 200.0, 0.0])[0]
    assert east > 0.01
    assert (north, back) == (0.0, 0.0)


def test_fires_and_blasts_ask_no_wind() -> None:
    scenarios = [Scenario("fire", "tank", 0.0, 0.0, POOL), Scenario("blast", "tank", 0.0, 0.0, Blast(150.0))]
    found = site_risk.at_points(scenarios, (), [10.0, 36.468, 149.0, 151.0], [0.0] * 4)
    assert found[0] == near([1.0, 1.0 / 30.0, 0.0, 0.0], rel=1e-3, abs=1e-9)
    assert found[1].tolist() == [1.0, 1.0, 1.0, 0.0]


def test_whoever_stands_in_the_pool_dies() -> None:
    small = Fire(1e5, 0.25, radius_m=10.0)
    assert site_risk.at_points([Scenario("f", "t", 0.0, 0.0, small)], (), [9.0, 11.0], [0.0, 0.0])[0].tolist() == [1, 0]


def test_individual_risk_is_the_sum_over_scenarios_of_rate_times_death() -> None:
    x, y = np.linspace(-300.0, 300.0, 13), np.linspace(-200.0, 200.0, 9)
    scenarios = [cloud(1.0), Scenario("fire", "tank", 0.0, 0.0, POOL)]
    fields = site_risk.death(scenarios, WEATHER, x, y)
    assert fields.shape == (2, 9, 13)
    assert site_risk.risk(fields, [1e-5, 3e-6]) == near(1e-5 * fields[0] + 3e-6 * fields[1])
    at_point = site_risk.at_points(scenarios, WEATHER, [x[4]], [y[7]])[:, 0]
    assert fields[:, 7, 4] == near(at_point)
    assert (fields <= 1.0).all()


def test_the_allowable_rate_brings_the_worst_place_to_the_norm() -> None:
    x = y = np.linspace(-100.0, 100.0, 41)
    fields = site_risk.death([Scenario("fire", "tank", 0.0, 0.0, POOL)], (), x, y)
    given_loss = site_risk.given_loss(fields, [2e-4])
    outside = np.hypot(*np.meshgrid(x, y)) > 30.0
    rate = site_risk.allowable_rate(given_loss, 1e-5, outside)
    assert rate is not None
    assert site_risk.risk(fields, [rate])[outside].max() == near(1e-5)
    assert site_risk.allowable_rate(given_loss, 1e-5) == near(1e-5)
    assert site_risk.allowable_rate(given_loss, 1e-5, np.hypot(*np.meshgrid(x, y)) > 100.0) is None


@given(st.floats(1.1, 4.0))
@settings(max_examples=10)
def test_a_larger_release_kills_nowhere_less(factor: float) -> None:
    away = np.geomspace(5.0, 3000.0, 30)
    for scenario in (cloud(1.0), Scenario("f", "t", 100.0, -50.0, POOL), Scenario("b", "t", 100.0, -50.0, Blast(40.0))):
        pair = [scenario, scenario.larger(factor)]
        less, more = site_risk.at_points(pair, WEATHER, scenario.x_m + away, np.full(30, scenario.y_m))
        assert (more >= less * (1.0 - 5e-3) - 1e-9).all()


def test_a_contour_of_a_round_field_is_its_circle() -> None:
    x, y = np.linspace(-500.0, 500.0, 101), np.linspace(-400.0, 400.0, 81)
    field = 1e-5 * (200.0 / np.maximum(np.hypot(*np.meshgrid(x, y)), 1.0)) ** 2
    found = contours.contour(x, y, field, 1e-5)
    assert found.hectares == near(math.pi * 4.0, rel=1e-3)
    assert found.farthest_m(0.0, 0.0) == near(200.0, rel=2e-3)
    assert not found.cut_off


def test_no_contour_is_nothing_and_not_a_circle_of_radius_zero() -> None:
    x = y = np.linspace(0.0, 100.0, 11)
    found = contours.contour(x, y, np.full((11, 11), 9.9e-7), 1e-6)
    assert (found.area, found.hectares, found.farthest_m(0.0, 0.0)) == (None, 0.0, None)


def test_a_contour_at_the_edge_says_that_it_is_cut_off() -> None:
    x = y = np.linspace(0.0, 100.0, 11)
    found = contours.contour(x, y, np.full((11, 11), 1e-6), 1e-6)
    assert found.cut_off
    assert found.hectares == near(1.0, rel=1e-4)


def test_a_ring_keeps_its_hole_and_two_hills_stay_two() -> None:
    x = y = np.linspace(-600.0, 600.0, 121)
    gx, gy = np.meshgrid(x, y)
    ring = np.exp(-(((np.hypot(gx, gy) - 300.0) / 80.0) ** 2))
    found = contours.contour(x, y, ring, 0.5).area
    assert found is not None
    assert (len(found.geoms), len(found.geoms[0].interiors)) == (1, 1)
    hills = np.exp(-(((gx - 300.0) ** 2 + gy**2) / 1e4)) + np.exp(-(((gx + 300.0) ** 2 + gy**2) / 1e4))
    both = contours.contour(x, y, hills, 0.5).area
    assert both is not None
    assert len(both.geoms) == 2


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_grid_points_lie_inside_a_contour_exactly_when_they_reach_its_level(seed: int) -> None:
    import shapely

    rng = np.random.default_rng(seed)
    x = y = np.arange(9.0)
    field = np.exp(rng.normal(0.0, 2.0, (9, 9)))
    field[rng.random((9, 9)) < 0.2] = 0.0
    found = contours.contour(x, y, field, 1.0)
    gx, gy = np.meshgrid(x, y)
    inside = (
        np.zeros(field.shape, bool) if found.area is None else shapely.intersects_xy(found.area.buffer(1e-9), gx, gy)
    )
    assert (inside == (field >= 1.0)).all()


def test_a_band_over_two_lognormal_inputs_and_the_wider_one_drives_it() -> None:
    inputs = {"narrow": band.factors(0.9, 1.1), "wide": band.factors(0.5, 2.0), "fixed": band.Options((3.0,))}
    found = band.band(lambda c: c["narrow"] * c["wide"] * c["fixed"], inputs)
    spread = math.hypot(0.5 * math.log(2.0 / 0.5), 0.5 * math.log(1.1 / 0.9))
    assert math.log(found.p84 / found.p50) == near(spread, rel=0.05)
    assert found.p50 == near(3.0, rel=0.05)
    assert [driver.name for driver in found.drivers] == ["wide", "narrow", "fixed"]
    assert found.drivers[0].ratio == near(4.0, rel=0.02)
    assert found.drivers[2].ratio == 1.0


def test_weights_of_alternatives_count_in_the_mean_and_the_fractiles() -> None:
    found = band.band(lambda c: c["set"], {"set": band.Options((1.0, 2.0, 10.0), (0.5, 0.4, 0.1))})
    assert found.mean == near(2.3)
    assert (found.p16, found.p50, found.p84) == (1.0, 1.0, 2.0)
