"""Risk within a cell of its source: contours against circles of closed form, at the default grid."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from mijnrisico.studies.industry.risk import assessment, fire, hazard_band, near_sources, site_file, site_risk
from mijnrisico.studies.industry.risk.assessment import HIGHEST, Assessment
from mijnrisico.studies.industry.risk.hazard_band import HazardBand
from mijnrisico.studies.industry.risk.site_risk import Fire, Scenario

near = pytest.approx
RATE = 9.9e-5
FLAT = hazard_band.band([0.1, 0.2, 5.0, 50.0], [RATE, RATE * (1 - 1e-9), RATE * (1 - 2e-9), 1e-30], {}, "made up")


def pool(diameter_m: float, *, at: tuple[float, float] = (0.0, 0.0), more: str = "", base: str = "0.0") -> str:
    """A site of one pool that burns as often as the ground shakes, at a place off the middle of a cell."""
    return f"""
title = "Pool"
{more}
[substance.naphtha]
burning_kg_m2_s = 0.055
heat_of_combustion_j_kg = 44e6
radiated_share = 0.25
[[unit]]
name = "tank"
kind = "tank"
x_rd = {258300.0 + at[0]}
y_rd = {594000.0 + at[1]}
states = {{ lost = {{ median_g = 1.0, beta = 0.05 }} }}
[[unit.scenario]]
name = "pool"
on = {{ lost = 1.0 }}
effect = "pool_fire"
substance = "naphtha"
pool_diameter_m = {diameter_m}
base_per_year = {base}
"""


def assessed(text: str, hazard: HazardBand = FLAT) -> Assessment:
    return assessment.assess(site_file.parse(text, "site.toml"), hazard)


def radius_m(diameter_m: float, level: float, rate: float) -> float:
    """Where the risk of a pool falls to a level, by the point source and the probit of heat."""
    pr = 5.0 + float(ndtri(level / rate))
    q = (math.exp((pr + 36.38) / 2.56) / 20.0) ** 0.75
    return fire.distance_to_flux_m(fire.pool_power_w(diameter_m, 0.055, 44e6), 0.25, q)


@pytest.mark.parametrize("diameter", [8.0, 10.0, 20.0])
def test_the_contour_of_a_small_pool_is_its_circle_at_the_default_grid(diameter: float) -> None:
    found = assessed(pool(diameter))
    assert found.site.entry.grid.cell_m == 25.0
    rate = float(found.scenarios["seismic_per_year"][0])
    assert rate == near(RATE, rel=1e-3)
    table = found.contour_table.set_index(["risk", "level_per_year"])
    for level in assessment.LEVELS:
        radius = radius_m(diameter, level, rate)
        row = table.xs(("seismic", level))
        assert row["contour"]
        assert row["area_ha"] * 1e4 == near(math.pi * radius**2, rel=0.03)
        assert row["farthest_m"] == near(radius, rel=0.03)


def test_a_small_pool_that_exceeds_the_norm_is_not_called_met() -> None:
    found = assessed(pool(8.0))
    verdicts = found.verdict_table.set_index(["risk", "norm"])
    assert verdicts.loc[("seismic", "veiligheidsnorm"), "outcome"] == "exceeded"
    assert verdicts["highest_per_year"].to_numpy() == near(RATE, rel=1e-3)
    assert found.places.set_index("place").loc[HIGHEST, "seismic_per_year"] == near(RATE, rel=1e-3)


def test_a_fence_close_to_a_small_pool_is_sampled_at_its_nearest_point() -> None:
    fence = "boundary = [[258200, 593900], [258303.3, 593900], [258303.3, 594100], [258200, 594100]]"
    found = assessed(pool(8.0, at=(0.0, 1.2), more=fence))
    highest = found.places[found.places["place"] == HIGHEST]
    assert highest["x_rd"].to_numpy() == near(258303.9, abs=0.61)
    assert highest["seismic_per_year"].to_numpy() == near(RATE, rel=1e-3)


def test_two_small_pools_have_an_area_each_and_a_large_one_keeps_that_of_the_grid() -> None:
    second = pool(20.0, at=(151.0, 7.0)).partition("[[unit]]")[2].replace('"tank"', '"other"')
    found = assessed(pool(8.0) + "[[unit]]" + second)
    seismic = next(each for kind, each in found.contours if kind == "seismic" and each.level == 1e-6)
    assert seismic.area is not None
    parts = sorted(part.area for part in seismic.area.geoms)
    expected = [math.pi * radius_m(d, 1e-6, RATE) ** 2 for d in (8.0, 20.0)]
    assert parts == near(expected, rel=0.04)
    wide = assessed(pool(250.0))
    area = next(each for kind, each in wide.contours if kind == "seismic" and each.level == 1e-6).hectares
    assert area * 1e4 == near(math.pi * radius_m(250.0, 1e-6, RATE) ** 2, rel=0.03)


def test_a_source_that_no_area_shows_is_unknown_and_not_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_sources, "MOST", 0)
    found = assessed(pool(8.0)).contour_table
    assert list(found["contour"]) == [None] * 4
    assert set(found["unknown"]) == {"grid"}
    assert (found["needed_cell_m"] < 3.5).all()


def test_a_small_source_beyond_the_grid_has_its_area_and_a_large_one_is_cut_off() -> None:
    def beside(diameter: float) -> Assessment:
        second = pool(diameter, at=(900.0, 0.0)).partition("[[unit]]")[2].replace('"tank"', '"other"')
        grid = "[grid]\nhalf_width_m = 100\n"
        return assessed(pool(8.0, more=grid) + "[[unit]]" + second)

    small = beside(20.0).contour_table
    assert small["contour"].all()
    assert not small["cut_off_by_grid"].any()
    large = beside(300.0)
    assert large.contour_table["cut_off_by_grid"].all()


def test_a_level_that_no_source_reaches_has_no_contour() -> None:
    tiny = hazard_band.band([0.1, 50.0], [1e-8, 1e-30], {}, "made up")
    found = assessed(pool(8.0), tiny).contour_table
    assert list(found["contour"]) == [False] * 4
    assert set(found["unknown"]) == {""}


def test_a_site_without_scenarios_has_no_contour_and_no_verdict() -> None:
    found = assessed(pool(8.0).partition("[[unit.scenario]]")[0])
    assert not found.verdicts
    assert list(found.contour_table["contour"]) == [False] * 4


def test_reach_ends_at_the_first_gap() -> None:
    fires = [Scenario("a", "u", 0.0, 0.0, Fire(1e8, 0.25, 5.0)), Scenario("b", "u", 200.0, 0.0, Fire(1e8, 0.25, 5.0))]
    rays = near_sources.sampled(fires, [], 25.0)
    risk = site_risk.risk(rays.death, np.full(2, 1e-4))
    reach = near_sources.reaches_m(rays, risk, 1e-6)
    assert (reach > 5.0).all()
    assert (reach < 30.0).all()


def test_many_sources_stay_quick() -> None:
    rng = np.random.default_rng(0)
    at = rng.uniform(-400.0, 400.0, (50, 2))
    fires = [Scenario(str(k), "u", float(x), float(y), Fire(1e8, 0.25, 5.0)) for k, (x, y) in enumerate(at)]
    began = time.process_time()
    rays = near_sources.sampled(fires, [], 25.0)
    risk = site_risk.risk(rays.death, np.full(50, 1e-4))
    made = near_sources.patches(fires, [], rays, [risk], (1e-6,), 25.0)
    assert len(made) <= near_sources.MOST
    assert time.process_time() - began < 4.0
    assert replace(made[0]).cell_m < 25.0
