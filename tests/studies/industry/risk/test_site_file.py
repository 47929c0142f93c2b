"""The file of a site: what it becomes, and everything that is wrong with one, at once."""

import math
from pathlib import Path

import pytest

from mijnrisico import messages
from mijnrisico.core import toml_places
from mijnrisico.errors import InputError, Problem
from mijnrisico.studies.industry.risk import site_file
from mijnrisico.studies.industry.risk.site_risk import Cloud, Fire

EXAMPLE = Path(__file__).with_name("site_example.toml")
TEXT = EXAMPLE.read_text(encoding="utf-8")
near = pytest.approx


def wrong(*changes: tuple[str, str]) -> list[Problem]:
    """Problems of the example with texts replaced."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        site_file.parse(text, "site.toml")
    for problem in caught.value.problems:
        for lang in messages.LANGUAGES:
            told = messages.describe(problem.code, problem.where, problem.params, lang)
            assert "–" not in told.fix
            assert "{" not in told.what + told.why.replace("{ ", "")
    return list(caught.value.problems)


def test_the_example_becomes_units_scenarios_weather_and_measures() -> None:
    site = site_file.read(EXAMPLE)
    assert [unit.name for unit in site.units] == ["tank 1", "ammonia tank"]
    assert site.units[0].states == ("DS3", "DS4", "DS5")
    assert sum(sum(each.shares) for each in site.weather) == near(1.0)
    assert [measure.name for measure in site.measures] == ["anchor", "less ammonia"]
    pool, cloud = (each.scenario.effect for each in site.scenarios)
    assert isinstance(pool, Fire)
    assert pool.radius_m == near(math.sqrt(2500.0 / math.pi))
    assert isinstance(cloud, Cloud)
    assert (cloud.rate_kg_s, cloud.exposure_min, cloud.probit.name) == (8.0, 30.0, "ammonia")


def test_a_median_from_a_check_and_a_set_without_a_source() -> None:
    found = site_file.read(EXAMPLE).units[1].fragility
    assert found.states["rupture"].median_g == near(0.5 * math.exp(2.326 * 0.4))
    assert found.mark == "?"


@pytest.mark.parametrize(
    ("old", "new", "where", "got"),
    [
        ('fragility = "hazus_unanchored"', 'fragility = "ala_2001_fill60"', "unit 1, fragility", "DS5"),
        ('fragility = "hazus_unanchored"', 'fragility = "hazus"', "unit 1, fragility", "hazus"),
        ('loss_from = "DS3"', 'loss_from = "DS9"', "unit 1, loss_from", "DS9"),
        ("share = 0.7", "share = 0.6", "weather", "0.9"),
        ('stability = "D"', 'stability = "G"', "weather 1, stability", "G"),
        ("x_rd = 246400", "x_rd = 6.8", "place 1, x_rd", "6.8"),
        ("rate_kg_s = 8.0", 'rate_kg_s = "8,5"', "unit 2, scenario 1, rate_kg_s", "8,5"),
        ("rate_kg_s = 8.0", "", "unit 2, scenario 1", "–"),
        ("on = { DS4 = 0.3, DS5 = 0.3 }", "on = { DS2 = 0.3 }", "unit 1, scenario 1, on", "DS2"),
        ("on = { leak = 0.5, rupture = 1.0 }", "on = { leak = 1.5 }", "unit 2, scenario 1, on, leak", "1.5"),
        ("median_g = 0.6, beta = 0.5", "median_g = 0.6", "unit 2, states, leak", "median_g"),
        ('substance = "ammonia"', 'substance = "amonia"', "unit 2, scenario 1, substance", "amonia"),
        ("burning_kg_m2_s = 0.055", "", "substance, naphtha", "–"),
        ('unit = "ammonia tank"', 'unit = "amonia tank"', "measure 2, change 1, unit", "amonia tank"),
        ('name = "ammonia tank"', 'name = "tank 1"', "unit 2, name", "tank 1"),
        ("liquid_height_m = 8.0", "liquid_height_m = 80.0", "unit 1, tank, liquid_height_m", "8.0"),
        ("wall_thickness_m = 0.010", "wall_thickness_m = 10", "unit 1, tank, wall_thickness_m", "10"),
        ("periods_s = [0.0, 0.1", "periods_s = [0.1, 0.0", "spectrum, periods_s", "0.1"),
        ("rate_per_year = [0.20, 0.09", "rate_per_year = [0.09, 0.20", "hazard, rate_per_year", "0.09"),
        ("p16_per_year = [0.10, 0.04", "p16_per_year = [0.10", "hazard, p16_per_year", "0.1"),
        ("[246100, 594700], [246100, 595000]", "[246100, 595000], [246100, 594700]", "boundary", "245700"),
        ("cell_m = 50", "cell_m = 0.2", "grid, cell_m", "0.2"),
        ("cell_m = 50\nhalf_width_m = 800", "cell_m = 2\nhalf_width_m = 8000", "grid", "64000000 x 2"),
        ('title = "Tank farm"', 'title = "Tank farm"\nnorm = "mine"', "norm", "mine"),
    ],
)  # fmt: skip
def test_one_slip_is_found_at_its_place(old: str, new: str, where: str, got: str) -> None:
    (problem, *_) = wrong((old, new))
    assert f"[{where}]" in problem.where
    assert got in messages.describe(problem.code, problem.where, problem.params).what + str(problem.params)


def test_all_slips_are_told_at_once_in_the_order_of_the_file() -> None:
    found = wrong(
        ('fragility = "hazus_unanchored"', 'fragility = "hazus"\ncolour = "red"'),
        ("share = 0.7", "share = 0.6"),
        ('fragility = "hazus_anchored"', 'fragility = "anchored"'),
        ("x_rd = 246400", "x_rd = 6.8"),
    )
    assert [problem.code for problem in found] == ["E504", "E503", "E502", "E503", "E503"]
    lines = [int(problem.where.partition(":")[2].partition(" ")[0] or 0) for problem in found]
    assert lines == sorted(lines)


def test_a_number_with_a_decimal_comma_is_shown_with_a_point() -> None:
    (problem,) = wrong(("rate_kg_s = 8.0", 'rate_kg_s = "8,5"'))
    assert problem.params["example"] == "rate_kg_s = 8.5"


def test_weather_may_be_left_out_where_nothing_blows() -> None:
    start, end = TEXT.index("[[weather]]"), TEXT.index("[substance.ammonia]")
    without = TEXT[:start] + TEXT[end:]
    with pytest.raises(InputError) as caught:
        site_file.parse(without, "site.toml")
    assert "[weather]" in caught.value.problems[0].where
    burning = without.replace('effect = "toxic"', 'effect = "blast"\nlethal_radius_m = 50.0')
    assert site_file.parse(burning, "site.toml").weather == ()


def test_a_slip_of_toml_and_a_file_that_is_not_there_are_told_as_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(InputError) as absent:
        site_file.read(tmp_path / "site.toml")
    assert absent.value.code == "E101"
    (tmp_path / "site.toml").write_text("title = 'x\n", encoding="utf-8")
    with pytest.raises(InputError) as broken:
        site_file.read(tmp_path / "site.toml")
    assert broken.value.code == "E501"


def test_a_path_points_at_the_second_of_a_list() -> None:
    text = (
        "[[unit]]\nx = 1\n[[unit.scenario]]\nrate = 1\n[[unit]]\nx = 2\n[[unit.scenario]]\n[[unit.scenario]]\nrate = 3"
    )
    assert toml_places.where("f", text, ("unit", 1, "scenario", 1, "rate")) == "f:9 [unit 2, scenario 2, rate]"
    assert toml_places.where("f", text, ("unit", 1, "y")) == "f:5 [unit 2, y]"
