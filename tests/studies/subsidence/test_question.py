"""A question about subsidence: what is understood, and that everything that is wrong is said at once."""

from pathlib import Path

import pytest
from tests.studies.subsidence import small

from mijnrisico import messages
from mijnrisico.studies import ask
from mijnrisico.studies.subsidence import question


def problems(path: Path) -> list[tuple[str, str]]:
    return [(found.code, found.where) for found in question.read(path).errors]


def test_a_question_with_its_files_is_understood(tmp_path: Path) -> None:
    checked = question.read(small.write(tmp_path, small.QUESTION))
    assert checked.errors == ()
    asked = checked.scenario
    assert asked is not None
    assert [each.kind for each in asked.entry.activity] == ["gas", "cavern", "geothermal"]
    field, caverns, _ = asked.inputs.ground
    assert field.polygon is not None
    assert field.polygon.area == pytest.approx(64e6)
    assert caverns.caverns is not None
    assert caverns.caverns.names == ("C1", "C2")
    assert asked.years[0], asked.years[-1] == (1990, 2030)


def test_the_packaged_question_is_a_file_of_the_same_form() -> None:
    checked = question.read(question.PACKAGED)
    assert checked.errors == ()
    assert question.PACKAGED in ask.PACKAGED


def test_everything_that_is_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    wrong = (
        small.QUESTION.replace("shown = [2010, 2030]", "shown = [2010, 2040]")
        .replace('basement_m = { "5000" = 0.5, "6000" = 0.5 }', 'basement_m = { "2900" = 0.5, "6000" = 0.4 }')
        .replace('outline = "field.geojson"', 'outline = "feild.geojson"')
        .replace("expansion_per_k = 1.0e-5\n", "")
        .replace("x_m = 240000.0", "x_m = 2400000.0")
        .replace('name = "Doublet"', 'name = "Caverns"')
    )
    path = small.write(tmp_path, wrong, volumes_csv="cavern,year,volume_loss_m3\nC1,1990,100\nC1,2020,50\n")
    found = problems(path)
    where = [place for _, place in found]
    assert any("shown" in one for one in where)
    assert any("feild" in str(one.params) for one in question.read(path).errors if one.code == "E101")
    assert any(code == "E504" and "basement_m" in place for code, place in found)
    assert any("depth_m" in one for one in where)
    assert any("expansion_per_k" in one for one in where)
    assert any("point 1, x_m" in one for one in where)
    assert any("activity 3, name" in one for one in where)
    assert any(one.startswith("volumes.csv:3") for one in where)
    assert any(
        code == "E503" and "C2" in str(one.params)
        for (code, _), one in zip(found, question.read(path).errors, strict=True)
    )
    assert all(place.split(" [")[0].count(":") == 1 for place in where if place.startswith("question.toml"))


def test_an_unknown_key_hides_nothing_else(tmp_path: Path) -> None:
    wrong = small.QUESTION.replace("cell_m = 1000.0", "cell = 1000.0").replace(
        'kind = "cavern"', 'kind = "cavern"\ndepht_m = 3.0'
    )
    codes = [
        code for code, _ in problems(small.write(tmp_path, wrong.replace("sd = 0.1", 'sd = 0.1\noutline = "x.csv"')))
    ]
    assert codes.count("E502") == 2
    assert "E503" in codes


@pytest.mark.parametrize("text", ["sd = 0.4", "range_m = 4000.0"])
def test_text_for_a_number_is_an_error(tmp_path: Path, text: str) -> None:
    key, _, value = text.partition(" = ")
    found = problems(small.write(tmp_path, small.QUESTION.replace(text, f'{key} = "{value}"')))
    assert [(code, key in place) for code, place in found] == [("E503", True)]


def test_a_setting_of_the_command_line_takes_the_place_of_one_in_the_file(tmp_path: Path) -> None:
    asked = question.read(
        small.write(tmp_path, small.QUESTION), ["grid.cell_m=2000.0", "observations.members=100"]
    ).scenario
    assert asked is not None
    assert (asked.entry.grid.cell_m, asked.entry.observations.members) == (2000.0, 100)


def test_the_digest_asks_for_contents_and_not_for_names_or_places(tmp_path: Path) -> None:
    first, second, third = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for folder in (first, second, third):
        folder.mkdir()
    one = question.read(small.write(first, small.QUESTION)).scenario
    (second / "druk.csv").write_text(small.FILES["pressure.csv"])
    renamed = (
        small.QUESTION.replace('pressure = "pressure.csv"', 'pressure = "druk.csv"') + '\n[output]\ndir = "elsewhere"\n'
    )
    other = question.read(small.write(second, renamed)).scenario
    changed = question.read(
        small.write(third, small.QUESTION, pressure_csv="year;pressure_bar\n1990;300\n2010;101\n")
    ).scenario
    assert one is not None
    assert other is not None
    assert changed is not None
    assert one.digest() == other.digest() != changed.digest()


def test_what_a_run_keeps_is_the_same_question_again(tmp_path: Path) -> None:
    asked = question.read(small.write(tmp_path, small.QUESTION)).scenario
    assert asked is not None
    kept = asked.kept({role: path.name for role, path in asked.input_files.items()})
    (tmp_path / "scenario.toml").write_text(kept)
    again = question.read(tmp_path).scenario
    assert again is not None
    assert again.digest() == asked.digest()
    assert question.is_subsidence(tmp_path)


def test_pressures_in_two_ways_or_none_are_refused(tmp_path: Path) -> None:
    both = small.QUESTION.replace('pressure = "pressure.csv"', 'pressure = "pressure.csv"\nproduction = "pressure.csv"')
    assert any("pressure" in place for _, place in problems(small.write(tmp_path, both)))
    none = small.QUESTION.replace('pressure = "pressure.csv"\n', "")
    assert [code for code, _ in problems(small.write(tmp_path, none))] == ["E503"]


def said(path: Path) -> list[tuple[str, str, str]]:
    found = question.read(path).errors
    words = [messages.describe(each.code, each.where, each.params, "en") for each in found]
    return [(each.code, each.where, f"{each.why} {each.fix}") for each in words]


LIMIT = '\nname = "L"\nquantity = "subsidence_cm"\nvalue = 5.0\nsource = "permit"\n'


@pytest.mark.parametrize(
    ("change", "where", "example"),
    [
        (("sd = 0.4", 'sd = 0.4\npressure_unit = "Bar"'), "pressure_unit", 'pressure_unit = "bar"'),
        (("sd = 0.4", "sd = 0.4\npressure_unit = 3"), "pressure_unit", 'pressure_unit = "bar"'),
        (("time_decay = 0.5", "timedecay = 0.5"), "[strain, models, timedecay]", "time_decay = 1.0"),
        (("[[point]]", f"[limit]{LIMIT}[[point]]"), "[limit]", "[[limit]]"),
        (("[[point]]", '[report]\nformats = ["htlm"]\n[[point]]'), "formats", 'formats = ["html"]'),
    ],
)
def test_the_example_for_a_slip_is_one_that_would_be_right(
    tmp_path: Path, change: tuple[str, str], where: str, example: str
) -> None:
    found = said(small.write(tmp_path, small.QUESTION.replace(*change, 1)))
    assert [code for code, _, _ in found] == ["E503"]
    assert where in found[0][1]
    assert example in found[0][2]
    assert "[key]" not in str(found)


def test_a_table_that_stands_there_twice_is_said_once_with_the_brackets_of_a_list(tmp_path: Path) -> None:
    found = said(small.write(tmp_path, f"{small.QUESTION}\n[limit]{LIMIT}\n[limit]{LIMIT}"))
    assert [code for code, _, _ in found] == ["E501"]
    assert "[[limit]]" in found[0][2]
