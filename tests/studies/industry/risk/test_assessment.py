"""A whole site: rates, risk, what is allowed, measures, bands; each against a sum by hand."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mijnrisico.errors import InputError
from mijnrisico.studies.industry.risk import (
    assessment,
    hazard_band,
    installations,
    site_file,
    site_risk,
    tank_checks,
    tanks,
)
from mijnrisico.studies.industry.risk import loss_of_containment as loss
from mijnrisico.studies.industry.risk.assessment import HIGHEST, Assessment
from mijnrisico.studies.industry.risk.hazard_band import HazardBand
from mijnrisico.studies.industry.risk.installations import ANY, PRESENT, Change, Measure
from mijnrisico.studies.industry.risk.site_file import Site

near = pytest.approx


@pytest.fixture(scope="module")
def site() -> Site:
    return site_file.read(Path(__file__).with_name("site_example.toml"))


@pytest.fixture(scope="module")
def hazard(site: Site) -> HazardBand:
    given = site.entry.hazard
    assert given is not None
    return hazard_band.band(given.pga_g, given.rate_per_year, given.fractiles(), given.source)


@pytest.fixture(scope="module")
def found(site: Site, hazard: HazardBand) -> Assessment:
    return assessment.assess(site, hazard)


def test_what_the_norm_leaves_all_units_together_is_less_than_each_alone(found: Assessment) -> None:
    used = found.allowable.set_index("unit")["share_used"]
    together = float(used[assessment.TOGETHER])
    assert max(used["tank 1"], used["ammonia tank"]) < together <= used["tank 1"] + used["ammonia tank"]
    seismic = next(each for kind, each in found.verdicts if kind == "seismic")
    assert together == near(seismic.ratio)


def test_a_scenario_happens_as_often_as_its_states_times_their_shares(found: Assessment, hazard: HazardBand) -> None:
    states = found.site.units[0].fragility.states
    rate = {name: loss.rate(hazard.mean, curve).per_year for name, curve in states.items()}
    expected = 0.3 * (rate["DS4"] - rate["DS5"]) + 0.3 * rate["DS5"]
    assert found.scenarios["seismic_per_year"][0] == near(expected)


def test_the_map_is_rates_times_fields_and_other_causes_come_on_top(found: Assessment) -> None:
    fields = site_risk.death([each.scenario for each in found.site.scenarios], found.site.weather, found.x_m, found.y_m)
    rates = found.scenarios["seismic_per_year"].to_numpy()
    assert found.seismic == near(np.tensordot(rates, fields, 1))
    assert found.total is not None
    assert found.total - found.seismic == near(1e-6 * fields[0] + 5e-7 * fields[1], abs=1e-18)


def test_any_loss_lies_between_the_worst_unit_and_the_sum(found: Assessment, hazard: HazardBand) -> None:
    single = [installations.loss_rate(hazard.mean, unit).per_year for unit in found.site.units]
    assert max(single) < found.any_loss.per_year < sum(single)


def test_the_allowable_rate_makes_the_worst_place_on_or_outside_the_boundary_meet_the_norm(found: Assessment) -> None:
    row = found.allowable.iloc[1]
    house = float(found.places["seismic_per_year"][0])
    assert row["allowable_per_year"] == near(1e-5 / row["highest_chance_of_death"])
    assert house / found.scenarios["seismic_per_year"][1] < row["highest_chance_of_death"] <= 1.0


def test_the_highest_place_is_on_the_fence_and_no_cell_outside_exceeds_it(found: Assessment) -> None:
    highest = found.places.set_index("place").loc[HIGHEST, "seismic_per_year"]
    assert highest >= found.seismic[found.outside].max()
    seismic = next(each for kind, each in found.verdicts if kind == "seismic")
    assert seismic.value == near(highest, rel=1e-9)


def test_anchoring_helps_the_tank_and_less_ammonia_the_neighbours(found: Assessment) -> None:
    table = found.alternatives.set_index(["alternative", "unit"])
    assert table.loc[("anchor", "tank 1"), "times_lower"] > 5.0
    assert table.loc[("anchor", "ammonia tank"), "times_lower"] == near(1.0)
    assert table.loc[("less ammonia", "ammonia tank"), "times_lower"] == near(2.0)
    risk = table["seismic_risk_at_places_per_year"].unstack("alternative").loc[ANY]
    assert risk["less ammonia"] < risk[PRESENT]
    assert risk["anchor"] < risk[PRESENT]


def test_no_measure_and_a_measure_that_changes_nothing_are_the_present(site: Site, hazard: HazardBand) -> None:
    table = installations.compare(hazard.mean, site.units, [Measure("nothing", {"tank 1": Change()})])
    wide = table.pivot_table(index="unit", columns="alternative", values="loss_per_year")
    assert wide["nothing"].to_numpy() == near(wide[PRESENT].to_numpy())


def test_a_use_restriction_is_a_share_of_the_time_and_what_holds_in_the_rest(site: Site, hazard: HazardBand) -> None:
    tank = site.units[0]
    low = site.measures[0].changes["tank 1"].fragility
    half = installations.changed(tank, Change(full_share=0.5, when_low=low))
    full, anchored = (
        installations.loss_rate(hazard.mean, unit).per_year for unit in (tank, replace(tank, fragility=low))
    )
    assert installations.loss_rate(hazard.mean, half).per_year == near(0.5 * (full + anchored))


def test_contours_of_all_causes_are_never_smaller(found: Assessment) -> None:
    table = found.contour_table.set_index(["risk", "level_per_year"])["area_ha"].fillna(0.0)
    for level in assessment.LEVELS:
        assert table[("total", level)] >= table[("seismic", level)]


def test_bands_hold_their_mean_curve_and_say_what_drives_them(found: Assessment) -> None:
    band = found.place_bands["house"]
    assert band.p16 < found.places["seismic_per_year"][0] < 3.0 * band.p84
    assert {driver.name for driver in band.drivers} == {
        "hazard", "fragility set", "median of the fragility", "release",
    }  # fmt: skip
    ratios = [driver.ratio for driver in band.drivers]
    assert ratios == sorted(ratios, reverse=True)
    assert {driver.name for driver in found.unit_bands["ammonia tank"].drivers} == {"hazard", "median of the fragility"}


def test_the_hazard_runs_through_its_fractiles(hazard: HazardBand) -> None:
    for share, rates in hazard.fractiles.items():
        z = {0.16: -0.994458, 0.84: 0.994458}[share]
        assert hazard.at(z).rate_per_year == near(rates, rel=1e-5)
    assert np.all(np.diff(hazard.at(3.0).rate_per_year) <= 0.0)


def test_a_fractile_of_zero_makes_a_low_end_of_zero(site: Site, hazard: HazardBand) -> None:
    low = {0.16: (0.0,) * 10, 0.5: (0.1, 0.01, *(0.0,) * 8), 0.84: hazard.fractiles[0.84]}
    band = replace(hazard, fractiles=low)
    assert set(band.at(-1.2).rate_per_year) == {0.0}
    assert band.at(0.0).rate_per_year == near((0.1, 0.01))
    assert len(band.at(0.5).rate_per_year) == 10
    assert min(band.at(0.5).rate_per_year) > 0.0
    tank = site.units[0]
    assert installations.loss_rate(band.at(-1.2), tank).per_year == 0.0
    assert assessment.assess(site, band).unit_bands["tank 1"].p16 == 0.0


def test_other_drivers_take_the_set_of_the_unit(site: Site, hazard: HazardBand) -> None:
    found = assessment.assess(site, hazard).unit_bands["tank 1"]
    alone = assessment.assess(replace(site, alternatives={}), hazard).unit_bands["tank 1"]
    for name in ("hazard", "median of the fragility"):
        both = [next(each for each in band.drivers if each.name == name) for band in (found, alone)]
        assert (both[0].low, both[0].high) == (near(both[1].low), near(both[1].high))


def test_a_stronger_tank_is_stronger_when_low_too(site: Site) -> None:
    tank = replace(site.units[0], full_share=0.5, when_low=site.units[0].fragility)
    stronger = installations.changed(tank, Change(median_factor=2.0))
    assert stronger.when_low is not None
    assert stronger.when_low.states["DS3"].median_g == near(2.0 * tank.fragility.states["DS3"].median_g)


def test_every_mark_and_every_open_check_is_told(found: Assessment) -> None:
    marks = {origin.what: origin.mark for origin in found.origins}
    assert marks["hazus_unanchored"] == "M"
    assert marks["ammonia tank"] == "?"
    assert marks["probit ammonia (older)"] == "M"
    open_ = assessment.open_checks(found.site, "en")
    assert len([unit for unit, _ in open_ if unit == "tank 1"]) == 4
    assert not any("freeboard" in words for _, words in open_)


def test_tanks_are_checked_under_the_spectrum_of_the_file(site: Site) -> None:
    assert site.entry.spectrum is not None
    table = tank_checks.check(site, tank_checks.spectrum_of(site.entry.spectrum))
    row = table.iloc[0]
    assert list(table["unit"]) == ["tank 1"]
    assert row["impulsive_period_s"] == near(0.118129 * math.sqrt(0.74), rel=1e-4)
    assert row["uplift"] in ("none", "stable", "anchor")
    assert 0.0 < row["elephant_foot"] < 1.0


def test_the_stress_of_a_tank_is_that_of_how_it_stands(site: Site) -> None:
    def row(acceleration_g: float, *, plate: bool = True) -> Mapping[str, object]:
        entry = site.entry.unit[0]
        assert entry.tank is not None
        tank = entry.tank if plate else entry.tank.model_copy(update={"annular_plate_mm": None})
        unit = entry.model_copy(update={"tank": tank})
        other = replace(site, entry=site.entry.model_copy(update={"unit": [unit]}))
        table = tank_checks.check(other, tanks.tabulated((0.0, 10.0), (acceleration_g, acceleration_g)))
        return dict(table.iloc[0])

    stand = {level: row(level) for level in (0.05, 0.12, 0.5)}
    assert [each["axial_stress_as"] for each in stand.values()] == ["no uplift", "uplift", "anchor"]
    assert stand[0.12]["uplift"] == "stable"
    assert float(str(stand[0.12]["axial_stress_mpa"])) > float(str(row(0.12, plate=False)["axial_stress_mpa"]))
    assert stand[0.5]["elephant_foot"] == stand[0.5]["elastic_buckling"] == math.inf
    assert row(0.5, plate=False)["axial_stress_as"] == "as if anchored"


def read(*changes: tuple[str, str]) -> Site:
    """The example with texts replaced."""
    text = Path(__file__).with_name("site_example.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return site_file.parse(text, "site.toml")


def mean_of(hazard: HazardBand) -> HazardBand:
    """The hazard without fractiles: bands take time."""
    return replace(hazard, fractiles={})


def test_without_a_rate_of_other_causes_all_causes_are_unknown_and_never_met(hazard: HazardBand) -> None:
    site = read(("base_per_year = 5e-7", ""))
    assert site.without_base == ("ammonia tank, broken connection",)
    found = assessment.assess(site, mean_of(hazard))
    assert found.total is None
    totals = [each for kind, each in found.contours if kind == "total"]
    assert [(each.area, each.unknown) for each in totals] == [(None, "base")] * 2
    assert found.places["total_per_year"].isna().all()
    outcomes = found.verdict_table.set_index("risk")["outcome"]
    assert outcomes["seismic"] in ("met", "exceeded")
    assert set(outcomes["total"]) <= {"no_value", "exceeded"}


def test_what_is_known_of_all_causes_may_still_exceed_a_limit(hazard: HazardBand) -> None:
    site = read(("base_per_year = 5e-7", ""), ("base_per_year = 1e-6", "base_per_year = 1.0"))
    verdicts = assessment.assess(site, mean_of(hazard)).verdict_table
    assert set(verdicts[verdicts["risk"] == "total"]["outcome"]) == {"exceeded"}


def test_a_packaged_rate_of_other_causes_is_given_by_name_with_its_mark(hazard: HazardBand) -> None:
    site = read(("base_per_year = 5e-7", 'base = "pressure_vessel.ten_minutes"'))
    assert site.scenarios[1].base_per_year == 5e-7
    assert not site.without_base
    marks = {each.what: each.mark for each in assessment.assess(site, mean_of(hazard)).origins}
    assert marks["ammonia tank, broken connection: rate of other causes"] == "M"
    assert marks["tank 1, pool in the bund: rate of other causes"] == "u"
    for wrong in ('base = "pressure_vessel"', 'base_per_year = 1e-7\nbase = "pressure_vessel.ten_minutes"'):
        with pytest.raises(InputError) as caught:
            read(("base_per_year = 5e-7", wrong))
        assert caught.value.problems[0].where.endswith("base]")


def test_what_a_user_gives_is_not_called_read(hazard: HazardBand) -> None:
    states = "states = { leak = { median_g = 0.6, beta = 0.5 }, rupture = { hclpf_g = 0.5, beta = 0.4 } }"
    probit = 'probit = { k1 = -15.6, k2 = 1.0, n = 2.0, source = "memo 3" }'
    site = read(
        (states, states + '\nsource = "report 8"'), ("density_kg_m3 = 680.0", "density_kg_m3 = 680.0\n" + probit)
    )
    assert site.units[1].fragility.mark == "u"
    assert [each.mark for each in site.probits] == ["u"]


def test_a_hole_of_a_fire_and_no_loss_when_low_are_told_as_origins(hazard: HazardBand) -> None:
    site = read(
        ("content_kg = 1.5e6\nlayer_m = 0.02\nbund_m2 = 2500.0", "hole_m = 0.05\nhead_m = 8.0"),
        ('effect = "toxic"', 'effect = "blast"\nlethal_radius_m = 50.0'),
    )
    origins = assessment.assess(site, mean_of(hazard)).origins
    marks = {each.what: each.mark for each in origins}
    assert marks["outflow through a hole, Cd 0.62"] == "M"
    assert marks["less ammonia, ammonia tank: no loss while not full"] == "u"
    assert site.assumes_no_loss_when_low == ("less ammonia, ammonia tank",)
