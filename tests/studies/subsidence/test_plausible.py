"""Mistakes of unit, sign and column in a question about subsidence are said when it is checked, with where they are."""

import re
from pathlib import Path

import pytest
from tests.studies.subsidence import small

from mijnrisico import messages
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.subsidence import question
from mijnrisico.studies.subsidence.question import Checked

TANK = "initial_bar = 300.0\ngas_in_place_nm3 = 1.0e10\ntemperature_k = 373.0\n"
PRODUCED = small.QUESTION.replace('pressure = "pressure.csv"', f'production = "production.csv"\n{TANK}')
OUTLINE = "236000,586000\n244000,586000\n244000,594000\n236000,594000\n"


def read(folder: Path, text: str = small.QUESTION, **files: str) -> Checked:
    return question.read(small.write(folder, text, **files))


def told(found: tuple[Problem, ...], code: str, of: str = "") -> list[Problem]:
    return [each for each in found if each.code == code and each.params.get("of", "") == of]


def changed(key: str, value: str) -> str:
    lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in small.QUESTION.splitlines()]
    return "\n".join(lines)


def test_a_usual_question_raises_no_eyebrow(tmp_path: Path) -> None:
    assert told(read(tmp_path).warnings, "W606", "plausible") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("thickness_m", "0.08"), ("compressibility_per_bar", "1.0e-4"), ("expansion_per_k", "1.0e-2")],
)
def test_a_number_in_another_unit_is_noticed_at_its_line(tmp_path: Path, key: str, value: str) -> None:
    (found,) = told(read(tmp_path, changed(key, value)).warnings, "W606", "plausible")
    assert found.params["key"] == key
    assert found.where.startswith("question.toml:")
    for lang in messages.LANGUAGES:
        said = messages.describe(found.code, found.where, found.params, lang).what
        assert key in said
        assert {"expansion_per_k": "Doublet"}.get(key, "Field A") in said  # also where a report has no place


def test_a_pressure_that_no_rock_holds_down_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, small.QUESTION.replace("depth_m = 3000.0", "depth_m = 2.9").replace("= 100.0", "= 0.08"))
    assert [(each.code, each.params["key"]) for each in found.errors] == [("E503", "pressure")]
    assert {each.params["key"] for each in told(found.warnings, "W606", "plausible")} == {"depth_m", "thickness_m"}


def test_a_reservoir_that_sticks_out_of_the_ground_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, small.QUESTION.replace("thickness_m = 100.0", "thickness_m = 6000.0"))
    assert "thickness_m" in {each.params["key"] for each in found.errors}


def test_pressures_in_mpa_that_are_read_as_bar_are_noticed(tmp_path: Path) -> None:
    found = read(tmp_path, pressure_csv="year,pressure\n1990,30\n2031,10\n")
    (one,) = told(found.warnings, "W606", "plausible")
    assert (one.params["key"], one.params["got"]) == ("pressure", 30.0)


@pytest.mark.parametrize("depth", ["4960.0", "4990.0"])
def test_the_bottom_of_a_reservoir_lies_above_the_basement(tmp_path: Path, depth: str) -> None:
    found = read(tmp_path, small.QUESTION.replace("depth_m = 3000.0", f"depth_m = {depth}"))
    assert ["depth_m" in each.where for each in found.errors] == [True]
    assert not read(tmp_path, small.QUESTION.replace("depth_m = 3000.0", "depth_m = 4940.0")).errors


def test_years_and_pressures_in_each_others_column_are_refused(tmp_path: Path) -> None:
    found = read(tmp_path, pressure_csv="year;pressure_bar\n300;1990\n100;2010\n")
    assert [(each.code, each.where) for each in found.errors] == [("E503", "pressure.csv:2 [year]")]


def levelled(factor: float, reference: str = "") -> str:
    head = "point,x_rd,y_rd,from,to,subsidence_mm,reference\n"
    rows = ((240000, 590000, 95.0), (238000, 588000, 75.0), (243000, 593000, 60.0), (262000, 604000, 0.0))
    lines = [f"B{k},{x},{y},1995.5,2008.5,{factor * z},{reference}" for k, (x, y, z) in enumerate(rows)]
    return head + "\n".join(lines[: 3 if reference else 4]) + (f"\n{lines[3].rsplit(',', 1)[0]}," if reference else "")


@pytest.mark.parametrize(("factor", "noticed"), [(1.0, 0), (-1.0, 1), (0.001, 1)])
@pytest.mark.parametrize("reference", ["", "B3"])
def test_a_reversed_sign_and_metres_for_millimetres_are_noticed(
    tmp_path: Path, factor: float, noticed: int, reference: str
) -> None:
    found = read(tmp_path, levelling_csv=levelled(factor, reference))
    assert found.errors == ()
    assert [each.where for each in told(found.warnings, "W606", "plausible")] == ["levelling.csv"] * noticed


@pytest.mark.parametrize(("value", "noticed"), [(42.5, 0), (-42.5, 1), (0.0425, 1), (-4.0, 0)])
def test_one_benchmark_is_judged_where_it_is_clear(tmp_path: Path, value: float, noticed: int) -> None:
    rows = f"point,x_rd,y_rd,from,to,subsidence_mm\nB1,240000,590000,1995.5,2008.5,{value}\n"
    found = read(tmp_path, levelling_csv=rows)
    assert len(told(found.warnings, "W606", "plausible")) == noticed


@pytest.mark.parametrize(
    ("rows", "line"),
    [("1990,2e9\n1995,3e9\n", 3), ("1990,1e9\n1991,1e9\n1993,1e9\n", 4), ("1990.5,1e9\n1991.5,1e9\n", 2)],
)
def test_production_has_a_row_for_every_year(tmp_path: Path, rows: str, line: int) -> None:
    found = read(tmp_path, PRODUCED, production_csv=f"year,volume_nm3\n{rows}")
    assert [(each.code, each.where) for each in found.errors] == [("E503", f"production.csv:{line} [year]")]


def test_more_gas_out_than_in_place_is_refused_where_it_stands(tmp_path: Path) -> None:
    found = read(tmp_path, PRODUCED, production_csv="year,volume_nm3\n1995,2e9\n1996,9e9\n1997,1e9\n")
    (one,) = found.errors
    assert one.where.endswith("[activity 1, gas_in_place_nm3]")
    assert isinstance(one.params["expected"], Phrase)
    assert one.params["expected"].params["file"] == "production.csv"
    assert one.params["expected"].params["year"] == 1996
    storage = PRODUCED.replace('kind = "gas"', 'kind = "storage"')
    (one,) = read(tmp_path, storage, production_csv="year,volume_nm3\n1995,-2e10\n1996,1e9\n").errors
    assert one.where.endswith("[activity 1, initial_bar]")


def test_a_reservoir_off_the_map_is_refused_before_the_run(tmp_path: Path) -> None:
    def beside(extent: str) -> list[str]:
        text = small.QUESTION.replace("cell_m = 1000.0", f"cell_m = 1000.0\nextent = {extent}")
        return [each.where.partition(" ")[2] for each in read(tmp_path, text).errors]

    assert beside("[200000, 560000, 210000, 570000]") == ["[activity 1, outline]"]
    assert beside("[243000, 560000, 260000, 590000]") == []


def test_inputs_that_end_before_the_question_are_named_once(tmp_path: Path) -> None:
    (one,) = told(read(tmp_path).warnings, "W303", "ends")
    said = messages.describe(one.code, one.where, one.params, "en").what
    assert said == "Inputs that end before 2030: Field A (pressure.csv) until 2015, Caverns (volumes.csv) until 2020"
    long = read(
        tmp_path,
        pressure_csv="year,pressure\n1990,300\n2030,100\n",
        volumes_csv="cavern,year,volume_loss_m3\nC1,1990,0\nC1,2031,9\nC2,1990,0\nC2,2031,9\n",
    )
    assert told(long.warnings, "W303", "ends") == []


@pytest.mark.parametrize("head", ["x_rd,y_rd", "x,y"])
def test_an_outline_in_rd_needs_no_word_about_it_and_no_last_vertex(tmp_path: Path, head: str) -> None:
    text = small.QUESTION.replace("field.geojson", "field.csv")
    found = read(tmp_path, text, field_csv=f"{head}\n{OUTLINE}")
    assert found.errors == ()
    assert [each for each in found.warnings if each.code == "W109"] == []
    assert found.scenario is not None
    assert found.scenario.inputs.ground[0].polygon is not None
    assert found.scenario.inputs.ground[0].polygon.area == pytest.approx(64e6)


@pytest.mark.parametrize("kind", ["activity", "basin"])
def test_the_remedy_for_places_names_the_key_of_the_question(tmp_path: Path, kind: str) -> None:
    degrees = "x,y\n6.5,53.2\n6.6,53.2\n6.6,53.3\n6.5,53.3\n"
    basin = (
        '\n[[basin]]\nname = "B"\noutline = "basin.csv"\nlimit_mm_per_year = 5.0\nsource = "permit"\n'
        "sea_level_rise_mm_per_year = 2.0\naverage_years = 5\n"
    )
    text = small.QUESTION.replace("field.geojson", "field.csv") if kind == "activity" else small.QUESTION + basin
    (one,) = read(tmp_path, text, field_csv=degrees, basin_csv=degrees).errors
    assert one.code == "E104"
    said = messages.describe(one.code, one.where, one.params, "en").fix
    assert f'[[{kind}]]  crs = "EPSG:4326"' in said
    assert "inputs." not in said
    declared = (
        text.replace('outline = "field.csv"', 'outline = "field.csv"\ncrs = "EPSG:4326"')
        if kind == "activity"
        else text.replace('outline = "basin.csv"', 'outline = "basin.csv"\ncrs = "EPSG:4326"')
    )
    assert read(tmp_path, declared, field_csv=degrees, basin_csv=degrees).errors == ()


def test_columns_in_dutch_are_to_be_renamed_and_a_table_of_years_needs_no_places(tmp_path: Path) -> None:
    (one,) = read(tmp_path, pressure_csv="jaar;druk\n1990;300\n2010;100,5\n").errors
    said = messages.describe(one.code, one.where, one.params, "en")
    assert "jaar → year, druk → pressure" in said.fix
    assert "inputs." not in said.fix
    assert "x_rd" not in said.why


def test_decimal_commas_are_said_once_and_only_at_the_check(tmp_path: Path) -> None:
    dutch = "point;x_rd;y_rd;from;to;subsidence_mm\nB1;240000,5;590000;1995,5;2008,5;95,2\n"
    found = read(tmp_path, levelling_csv=dutch)
    (one,) = [each for each in found.warnings if each.code == "W208"]
    assert set(one.params["files"]) == {"pressure.csv", "levelling.csv"}  # pyright: ignore[reportArgumentType]
    assert found.scenario is not None
    assert "W208" not in {each.code for each in found.scenario.warnings}
    assert "W303" in {each.code for each in found.scenario.warnings}


class TestPageOfFiles:
    """The examples of the page about files are files that a question reads without a word about them."""

    PAGE = Path(__file__).parents[3] / "docs" / "do" / "subsidence_files.md"

    @pytest.fixture
    def examples(self) -> dict[str, str]:
        return dict(re.findall(r"^`(\w+\.csv)`\n\n```\n(.*?)```", self.PAGE.read_text(encoding="utf-8"), re.M | re.S))

    def test_every_example_is_read(self, tmp_path: Path, examples: dict[str, str]) -> None:
        for name, content in examples.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        text = (
            small.QUESTION.replace("field.geojson", "outline.csv")
            .replace("doublet.csv", "cooling.csv")
            .replace(
                'levelling = "levelling.csv"', 'levelling = "levelling.csv"\ngnss = "gnss.csv"\ninsar = "insar.csv"'
            )
        )
        gridded = f"""
[[activity]]
name = "Grid"
kind = "gas"
grid = "grid.csv"
compressibility_per_bar = 1.0e-5
production = "production.csv"
{TANK}
[objects]
file = "objects.csv"
"""
        files = {name.replace(".csv", "_csv"): content for name, content in examples.items()}
        found = read(tmp_path, text + gridded, **files)
        assert [(each.where, each.params) for each in found.errors] == []
        assert {each.code for each in found.warnings} <= {"W208", "W303"}
        used = {path.name for path in found.scenario.input_files.values()} if found.scenario is not None else set()
        assert used == set(examples)

    def test_every_key_that_names_a_file_has_its_place(self) -> None:
        page = self.PAGE.read_text(encoding="utf-8")
        assert all(f"`{key}`" in page for key in (*question.FILES, *question.READERS, "weir"))

    def test_every_column_of_the_examples_is_explained(self, examples: dict[str, str]) -> None:
        page = self.PAGE.read_text(encoding="utf-8")
        heads = {name for content in examples.values() for name in re.split("[,;]", content.splitlines()[0])}
        told = set(re.findall(r"`(\w+)`", page)) | {"sigma_east_mm", "sigma_north_mm", "sigma_up_mm"}
        assert heads - told == {"toward_mm_per_year"}
