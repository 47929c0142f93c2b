"""The buildings of a scenario: what a file says counts, what it leaves open is filled in and counted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mijnrisico import messages
from mijnrisico.core import scenario as scenarios
from mijnrisico.errors import InputError
from mijnrisico.seismic.exposure import buildings, rules
from mijnrisico.studies import inputs, preflight

HEAD = "building,x_rd,y_rd,vulnerability_class,number,people_day,people_night\n"
RULES = (
    "mapping,use,year_until,floors_from,vulnerability_class,share\n"
    "own,woon*,1920,,URM4L,0.6\nown,woon*,1920,,URM3L,0.4\nown,woon*,,3,URM3M_U,1\nown,woon*,,,RC1L,1\n"
    "other,woon*,1920,,URM8L,1\nother,woon*,,3,RC1M,1\nother,woon*,,,RC1L,1\n"
)
KNOWN = "building,x_rd,y_rd,use,year,floors,people_day,people_night\n"


def laid_out(folder: Path, table: str, *, classes: str = "", more: str = "") -> Path:
    (folder / "buildings.csv").write_text(table, encoding="utf-8")
    text = f'title = "t"\n{more}\n[inputs.exposure]\nfile = "buildings.csv"\n'
    if classes:
        (folder / "classes.csv").write_text(classes, encoding="utf-8")
        text += '[inputs.exposure_classes]\nfile = "classes.csv"\n'
    (folder / "s.toml").write_text(text, encoding="utf-8")
    return folder / "s.toml"


def of(found, **where):
    """Share of a class of a building in a mapping."""
    return found["share"].sel(**where).item()


def test_without_a_file_the_default_is_made_for_the_cells_of_the_scenario():
    coarse = scenarios.template("groningen", ["hazard.cell=5000", "hazard.margin=0", "exposure.mapping={even = 1.0}"])
    found = inputs.buildings(coarse)
    assert found.attrs["kind"] == "synthetic"
    assert found["mapping"].to_numpy().tolist() == ["even"]
    assert (found["x"] % 5000 == 0).all()
    assert not buildings.problems(found)


def test_classes_and_people_that_a_file_leaves_open_are_the_mean_of_the_others(tmp_path):
    rows = "a,244441,595577,URM3L,3,3,6\nb,244500,595600,RC1L,1,1,6\nc,244500,595700,,2,,\n"
    checked = preflight.read(laid_out(tmp_path, HEAD + rows))
    assert sorted(p.code for p in checked.warnings if p.code != "W117") == ["W413"] * 3
    found = inputs.buildings(checked.scenario)
    assert of(found, building="c", vulnerability_class="URM3L") == pytest.approx(0.75)
    assert found["people_day"].to_numpy().tolist() == [3.0, 1.0, 2.0]
    assert found["people_night"].to_numpy().tolist() == [6.0, 6.0, 6.0]
    assert found.attrs["without_class"] == 1
    assert found["pc4"].to_numpy().tolist() == ["9919"] * 3
    assert found["municipality"].to_numpy().tolist() == ["Eemsdelta"] * 3


def warned(folder: Path, table: str) -> list[messages.Message]:
    """The warnings about people of a file, in words."""
    found = [p for p in preflight.read(laid_out(folder, table)).warnings if p.code == "W413"]
    return [messages.describe(p.code, p.where, p.params) for p in found]


def test_a_column_of_people_that_is_not_there_is_told_apart_from_empty_cells_of_the_other(tmp_path):
    rows = [f"b{i},244441,595577,URM3L,{2 if i else ''}\n" for i in range(10)]
    day, night = warned(tmp_path, "building,x_rd,y_rd,vulnerability_class,mensen_nacht\n" + "".join(rows))
    assert (day.where, night.where) == ("buildings.csv [people_day]", "buildings.csv [mensen_nacht]")
    assert day.what == "The file does not say how many people are in the buildings by day"
    assert day.why.startswith("Every building gets the mean of a home in the province of Groningen (ESRM20): 0.")
    assert "people_day" in day.fix
    assert "night" not in day.fix
    assert night.what == "Buildings without a number of people at night: 1 of 10"
    assert night.why == "For example: b0. They get the mean of the other buildings in the file: 2 persons per building."
    assert "mensen_nacht" in night.fix


def test_a_column_without_any_number_gets_that_of_a_home_and_a_mean_of_one_is_one_person(tmp_path):
    rows = "a,244441,595577,URM3L,1,1,\nb,244500,595600,RC1L,1,,\n"
    day, night = warned(tmp_path, HEAD + rows)
    assert day.why.endswith("file: 1 person per building.")
    assert "Every building gets the mean of a home" in night.why


def test_nothing_is_said_about_people_when_both_columns_are_full(tmp_path):
    assert warned(tmp_path, HEAD + "a,244441,595577,URM3L,1,0,2\n") == []


def test_buildings_without_a_zone_are_left_out_and_their_people_counted(tmp_path):
    rows = "a,244441,595577,URM3L,1,1,2\nb,200000,500000,RC1L,4,5,6\n"
    found = inputs.buildings(preflight.read(laid_out(tmp_path, HEAD + rows)).scenario)
    assert found["building"].to_numpy().tolist() == ["a"]
    assert (found.attrs["buildings_left_out"], found.attrs["people_left_out"]) == (4.0, 6.0)


def test_the_first_rule_that_fits_reads_the_class_in_each_mapping(tmp_path):
    rows = "old,244441,595577,Woonfunctie,1908,3,1,2\nhigh,244500,595600,woonfunctie,1960,4,1,2\n"
    rows += "low,244500,595600,woonfunctie,1960,2,1,2\nage,244500,595600,woonfunctie,,,1,2\n"
    weights = "exposure = { mapping = { own = 0.7, other = 0.3 }, single_buildings = false }"
    checked = preflight.read(laid_out(tmp_path, KNOWN + rows, classes=RULES, more=weights))
    assert checked.errors == ()
    found = inputs.buildings(checked.scenario)
    assert dict(zip(found["mapping"].to_numpy(), found["mapping_weight"].to_numpy(), strict=True)) == {
        "own": 0.7,
        "other": 0.3,
    }
    assert of(found, mapping="own", building="old", vulnerability_class="URM4L") == pytest.approx(0.6)
    assert of(found, mapping="other", building="old", vulnerability_class="URM8L") == 1.0
    assert of(found, mapping="own", building="high", vulnerability_class="URM3M_U") == 1.0
    assert of(found, mapping="own", building="low", vulnerability_class="RC1L") == 1.0
    assert of(found, mapping="own", building="age", vulnerability_class="RC1L") == 1.0


def test_weights_of_mappings_that_the_rules_do_not_have_are_refused(tmp_path):
    rows = "old,244441,595577,woonfunctie,1908,3,1,2\n"
    checked = preflight.read(laid_out(tmp_path, KNOWN + rows, classes=RULES))
    assert [p.code for p in checked.errors] == ["E503"]
    assert "illustrative" in checked.errors[0].params["got"]


def test_when_no_building_meets_a_rule_there_is_nothing_to_take_the_mean_of(tmp_path):
    path = laid_out(
        tmp_path, KNOWN + "a,244441,595577,kerk,1400,1,1,2\n", classes="use,vulnerability_class\nwoon*,RC1L\n"
    )
    assert [p.code for p in preflight.read(path).errors] == ["E503"]


def test_another_file_under_the_same_name_is_read_again(tmp_path):
    path = laid_out(tmp_path, HEAD + "a,244441,595577,URM3L,1,1,2\n")
    scenario = preflight.read(path).scenario
    first, key = inputs.buildings(scenario), inputs.key(scenario, "exposure")
    (tmp_path / "buildings.csv").write_text(HEAD + "a,244441,595577,URM4L,1,1,2\n", encoding="utf-8")
    assert inputs.key(scenario, "exposure") != key
    assert of(inputs.buildings(scenario), building="a", vulnerability_class="URM4L") == 1.0
    assert of(first, building="a", vulnerability_class="URM3L") == 1.0
    (tmp_path / "buildings.csv").write_text(HEAD + "a,244441,595577,none,1,1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="E412"):
        inputs.buildings(scenario)


def test_a_number_that_is_not_known_meets_no_limit_and_a_pattern_ignores_capitals():
    frame = pd.DataFrame(
        {"use": ["SHOP*", ""], "year_from": [1950.0, np.nan], "vulnerability_class": ["W2", "W3"], "share": 1.0}
    ).assign(mapping="m")
    table = rules.of_table(frame, buildings.classes())
    known = {"use": np.array(["shops", "Shop", "shop"], object), "year": np.array([1950.0, np.nan, 1949.0])}
    assert rules.first_of(table, known, 3).tolist() == [0, 1, 1]
    assert list(rules.problems(table, "t")) == []
