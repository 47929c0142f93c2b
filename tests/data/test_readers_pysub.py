"""Inputs of PySub become records in our units; what cannot be read is told at once, with its row."""

import importlib.util
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from mijnrisico.data.readers.pysub import cells, model, question

_SPEC = importlib.util.spec_from_file_location("pysub_inputs", Path(__file__).with_name("pysub_inputs.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
inputs = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = inputs
_SPEC.loader.exec_module(inputs)


@pytest.fixture
def folder(tmp_path):
    inputs.outlines(tmp_path)
    return tmp_path


def read(folder, sheets, **options):
    return model.read([inputs.workbook(folder / "input.xlsx", sheets)], **options)


def codes(found):
    return [(problem.code, problem.where) for problem in found.problems]


def kinds(found):
    return {note.kind: note for note in found.notes}


def test_a_workbook_gives_reservoirs_in_our_units(folder):
    found = read(folder, inputs.GAS)
    assert found.problems == ()
    (each,) = found.inputs
    west, east = each.reservoirs
    assert (each.cell_m, each.radius_m, each.compaction, each.surface) == (100.0, 7000.0, "linear", "nucleus")
    assert west.values["top_m"] == ((3000.0, 1.0),)
    assert west.values["tau"][0][0] == pytest.approx(2.0, rel=1e-12)
    assert shapely.area(west.outline) == pytest.approx(16e6)
    assert shapely.bounds(east.outline).tolist() == [228_000, 578_000, 232_000, 582_000]
    np.testing.assert_array_equal(west.pressures[0].years, [1990.0, 2000.0, 2010.0])
    np.testing.assert_array_equal(west.pressures[0].bar, [300.0, 200.0, 150.0])
    assert [point.name for point in each.points] == ["S1"]
    assert each.measured[1].year == 2001.5


def test_paths_with_backslashes_are_found_and_one_of_another_computer_by_its_name(folder):
    notes = kinds(read(folder, inputs.GAS))
    assert notes["found"].params == {"named": "..\\elsewhere\\east.csv", "file": "east.csv"}


@pytest.mark.parametrize(("encoding", "ascii_only"), [("utf-8", False), ("utf-8", True), ("cp1252", False)])
def test_the_json_form_says_the_same_in_any_encoding(folder, encoding, ascii_only):
    path = inputs.as_json(folder / "input.json", inputs.GAS, encoding=encoding, ascii_only=ascii_only)
    found, same = model.read([path]), read(folder, inputs.GAS)
    assert found.problems == ()
    for one, other in zip(found.inputs[0].reservoirs, same.inputs[0].reservoirs, strict=True):
        assert (one.name, one.values) == (other.name, other.values)
        np.testing.assert_array_equal(one.pressures[0].bar, other.pressures[0].bar)
    assert found.inputs[0].measured == same.inputs[0].measured


@pytest.mark.parametrize(
    "head",
    [
        "Average density above reservoir (kg/m³)",
        "Average density above reservoir (kg/mÂ³)",
        "average density above reservoir (kg/m3)",
        "Average density above reservoir (kg/m\N{REPLACEMENT CHARACTER})",
    ],
)
def test_a_head_that_an_encoding_broke_is_the_same_head(head):
    term = next(term for term in model.GAS if term.name == "density")
    assert cells.words(head) == cells.words(term.words)
    assert cells.factor_of(head, term) == 1.0


def test_decimal_commas_in_cells_of_text_are_numbers(folder):
    sheets = inputs.changed(inputs.GAS, "Reservoir parameters", 1, "Compaction coefficient (1/bar)", "1,2e-5")
    sheets = inputs.changed(sheets, "Reservoir parameters", 2, "Reservoir thickness (m)", "100,5")
    found = read(folder, sheets)
    assert found.problems == ()
    assert found.inputs[0].reservoirs[0].values["compressibility"] == ((1.2e-5, 1.0),)
    assert found.inputs[0].reservoirs[1].values["thickness_m"] == ((100.5, 1.0),)


@pytest.mark.parametrize(
    ("old", "new", "name", "factor"),
    [
        ("Compaction coefficient (1/bar)", "Compaction coefficient (1/MPa)", "compressibility", 0.1),
        ("Tau (s)", "Tau (years)", "tau", 31_557_600.0),
        ("Depth to reservoir (m)", "Depth to reservoir (km)", "top_m", 1000.0),
    ],
)
def test_another_unit_in_the_head_is_converted(folder, old, new, name, factor):
    sheets = inputs.changed(inputs.GAS, "Reservoir parameters", 1, old, 2e-3)
    sheets = inputs.changed(sheets, "Reservoir parameters", 2, old, 2e-3)
    same = read(folder, sheets).inputs[0].reservoirs
    sheets["Reservoir parameters"][0] = [new if head == old else head for head in sheets["Reservoir parameters"][0]]
    found = read(folder, sheets)
    values = [each.values[name][0][0] for each in found.inputs[0].reservoirs]
    assert values == pytest.approx([factor * each.values[name][0][0] for each in same]) or not same


def test_a_unit_that_is_not_known_is_refused(folder):
    sheets = inputs.changed(inputs.GAS, "Reservoir parameters", 0, "Tau (s)", "Tau (fortnights)")
    found = read(folder, inputs.changed(sheets, "Model parameters", 1, "Compaction model", "time decay"))
    assert codes(found) == [("E503", "input.xlsx, Reservoir parameters [Tau (fortnights)]")]


@pytest.mark.parametrize("name", ["time decay", "time-decay", "Time_Decay", "timedecay"])
def test_a_strain_model_may_be_written_with_any_mark_between_its_words(folder, name):
    found = read(folder, inputs.changed(inputs.GAS, "Model parameters", 1, "Compaction model", name))
    assert found.inputs[0].compaction == "time_decay"


def test_every_problem_is_told_at_once_with_its_row(folder):
    sheets = inputs.changed(inputs.GAS, "Reservoir parameters", 1, "Reservoir thickness (m)", "thick")
    sheets = inputs.changed(sheets, "Reservoir parameters", 2, "Depth to reservoir (m)", None)
    sheets = inputs.changed(sheets, "Reservoir parameters", 2, "Shapefile location", "C:\\maps\\north.shp")
    sheets = inputs.changed(sheets, "Model parameters", 1, "Compaction model", "viscous")
    sheets = inputs.changed(sheets, "Pressure development", 1, 2000, -5)
    sheets = inputs.changed(sheets, "Observations", 2, "Time", "03/04/2000")
    sheets = inputs.changed(sheets, "Points", 1, "X", 980_000)
    found = read(folder, sheets)
    assert set(codes(found)) == {
        ("E503", "input.xlsx, Reservoir parameters:2 [Reservoir thickness (m)]"),
        ("E401", "input.xlsx, Reservoir parameters:3 [Depth to reservoir (m)]"),
        ("E101", "input.xlsx, Reservoir parameters:3 [Shapefile location]"),
        ("E412", "input.xlsx, Model parameters:2 [Compaction model]"),
        ("E503", "input.xlsx, Pressure development:2 [2000]"),
        ("E503", "input.xlsx, Observations:3 [Time]"),
        ("E105", "input.xlsx, Points:2"),
    }


@pytest.mark.parametrize(
    ("sheet", "change", "code"),
    [
        ("Reservoir parameters", lambda rows: rows[1].__setitem__(0, "East"), "E301"),
        ("Reservoir parameters", lambda rows: rows[0].__setitem__(4, "Top"), "E507"),
        ("Pressure development", lambda rows: rows.pop(), "E412"),
        ("Pressure development", lambda rows: rows[0].__setitem__(2, "later"), "E503"),
        ("Pressure development", lambda rows: rows[0].__setitem__(2, "1990-01-01"), "E301"),
        ("Pressure development", lambda rows: rows[1].__setitem__(2, None), "E401"),
        ("Reservoir parameters", lambda rows: rows[1].__setitem__(2, 3040), "E503"),
        ("Observations", lambda rows: rows[1].__setitem__(2, 222_600), "E503"),
        ("Model parameters", lambda rows: rows[1].__setitem__(6, 1980), "E503"),
    ],
    ids=["twice", "no column", "no pressure", "no moment", "moment twice", "empty", "basement", "moves", "backwards"],
)
def test_what_does_not_fit_is_refused(folder, sheet, change, code):
    sheets = inputs.changed(inputs.GAS, sheet, 1, inputs.GAS[sheet][0][1], inputs.GAS[sheet][1][1])
    change(sheets[sheet])
    assert code in [problem.code for problem in read(folder, sheets).problems]


def test_files_that_are_no_input_are_refused_with_what_to_do(folder):
    (folder / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (folder / "list.json").write_text("[1, 2]", encoding="utf-8")
    (folder / "empty.json").write_text("{}", encoding="utf-8")
    names = ["old.xls", "broken.xlsx", "list.json", "empty.json", "gone.xlsx", "west.csv"]
    found = model.read([folder / name for name in names])
    assert [problem.code for problem in found.problems] == ["E209", "E209", "E209", "E507", "E101", "E209"]


def test_one_name_in_two_files_is_refused(folder):
    paths = [inputs.workbook(folder / name, inputs.GAS) for name in ("Min.xlsx", "Max.xlsx")]
    found = model.read(paths)
    assert [problem.code for problem in found.problems] == ["E301", "E301"]
    assert found.problems[0].params["got"] == ("West (Min.xlsx)", "West (Max.xlsx)")


def test_a_start_and_an_end_pressure_become_a_line_and_that_is_said(folder):
    ends = [*inputs.GAS["Pressure start-end"], ["West", 300, 100, 1990, 2000], ["East", 280, 180, 1995, 2010]]
    found = read(folder, inputs.GAS | {"Pressure start-end": ends, "Pressure development": [["Reservoir name"]]})
    west, east = (each.pressures[0] for each in found.inputs[0].reservoirs)
    assert np.interp([1990, 1995, 2000, 2010], west.years, west.bar).tolist() == [300.0, 200.0, 100.0, 100.0]
    assert np.interp([1990, 1995, 2010], east.years, east.bar).tolist() == [280.0, 280.0, 180.0]
    assert kinds(found)["line"].n == 2
    assert kinds(found)["held"].n == 2


def test_a_course_gives_the_form_between_a_start_and_an_end(folder):
    ends = [*inputs.GAS["Pressure start-end"], ["West", 400, 100, None, None], ["East", 400, 100, None, None]]
    found = read(folder, inputs.GAS | {"Pressure start-end": ends})
    west = found.inputs[0].reservoirs[0].pressures[0]
    assert west.bar.tolist() == [400.0, 200.0, 100.0]


def test_volumes_of_each_step_are_summed_and_begin_at_zero(folder):
    found = read(folder, inputs.SALT)
    assert found.problems == ()
    first, second = found.inputs[0].caverns
    assert first.years.tolist() == [2000.0, 2001.0, 2002.0]
    assert first.volume_m3.tolist() == [0.0, 1000.0, 1500.0]
    assert second.years.tolist() == [1999.0, 2000.0, 2001.0, 2002.0]
    assert second.volume_m3.tolist() == [0.0, 200.0, 500.0, 900.0]


def test_volumes_said_to_be_sums_may_not_shrink(folder):
    found = read(folder, inputs.SALT, cumulative=True)
    assert codes(found) == [("E503", "input.xlsx, Volume change development")]
    assert found.problems[0].params["got"] == ("C1 2002: 500",)


def test_a_moving_basement_is_left_and_counted(folder):
    sheets = inputs.changed(inputs.SALT, "Cavern parameters", 1, "Depth to basement moved (m)", 7000)
    sheets = inputs.changed(sheets, "Cavern parameters", 1, "Viscous tau (s)", inputs.TWO_YEARS_S)
    assert kinds(read(folder, sheets))["moving_basement"].n == 1


def test_a_moving_basement_of_reservoirs_is_counted_too(folder):
    sheets = inputs.GAS | {
        "Reservoir parameters": [
            [*row, more]
            for row, more in zip(
                inputs.GAS["Reservoir parameters"], ("Depth to basement moved (m)", 7000, None), strict=True
            )
        ]
    }
    found = kinds(read(folder, sheets))
    assert found["moving_basement_of_reservoirs"].n == 1
    assert "Depth to basement moved (m)" not in str(found["unused"].params["names"])


def test_small_changes_with_a_decimal_comma_are_no_thousands(folder):
    sheets = inputs.changed(inputs.GAS, "Observations", 1, "Subsidence (m)", "0,021")
    sheets = inputs.changed(sheets, "Observations", 2, "Subsidence (m)", "0,025")
    sheets = inputs.changed(sheets, "Observations", 3, "Subsidence (m)", "0,000")
    found = read(folder, sheets)
    assert found.problems == ()
    assert [each.subsidence_m for each in found.inputs[0].measured] == [0.021, 0.025, 0.0]


def test_buckets_keep_their_values_with_probabilities(folder):
    found = read(folder, inputs.BUCKETS)
    assert found.problems == ()
    (west,) = found.inputs[0].reservoirs
    assert west.name == "West"
    assert west.values["poisson"] == ((0.2, 0.5), (0.25, 0.5))
    assert west.values["compressibility"] == ((1.0e-5, 0.25), (1.2e-5, 0.5), (1.4e-5, 0.25))
    assert [history.probability for history in west.pressures] == [0.25, 0.5, 0.25]


def test_the_most_probable_outline_is_kept_and_another_one_is_counted(folder):
    head = "Shapefile location probability (factor)"
    sheets = inputs.changed(inputs.BUCKETS, "Reservoir parameter probability", 1, head, 0.4)
    sheets = inputs.changed(sheets, "Reservoir parameter probability", 2, head, 0.6)
    assert "other_outlines" not in kinds(read(folder, sheets))
    found = read(folder, inputs.changed(sheets, "Reservoir parameters", 1, "Shapefile location", "east.csv"))
    assert kinds(found)["other_outlines"].n == 1
    assert shapely.bounds(found.inputs[0].reservoirs[0].outline)[0] == 220_000


def test_probabilities_that_do_not_sum_to_one_are_refused(folder):
    head = "Poisson's ratio probability (factor)"
    found = read(folder, inputs.changed(inputs.BUCKETS, "Reservoir parameter probability", 1, head, 0.4))
    assert codes(found) == [("E504", f"input.xlsx, Reservoir parameter probability [{head}]")]


def test_a_comma_between_coordinates_is_no_decimal_comma(folder):
    inputs.outline(folder / "east.csv", 228_000.0, 578_000.0, dutch=False)
    text = (folder / "east.csv").read_text(encoding="utf-8").replace(".0", "")
    (folder / "east.csv").write_text(text, encoding="utf-8")
    east = read(folder, inputs.GAS).inputs[0].reservoirs[1]
    assert shapely.area(east.outline) == pytest.approx(16e6)


def test_a_mask_of_cells_becomes_its_outline(folder):
    rows = [f"{x};{y};{int(x < 229_000)}" for x in (228_250, 228_750, 229_250) for y in (578_250, 578_750)]
    (folder / "east.csv").write_text("\n".join(["X;Y;mask", *rows]), encoding="utf-8")
    found = read(folder, inputs.GAS)
    assert shapely.bounds(found.inputs[0].reservoirs[1].outline).tolist() == [228_000, 578_000, 229_000, 579_000]
    assert kinds(found)["mask"].n == 4


def test_a_shapefile_with_parts_and_a_hole_is_read_whole(folder):
    geopandas = pytest.importorskip("geopandas")
    ring = shapely.box(228_000, 578_000, 232_000, 582_000) - shapely.box(229_000, 579_000, 230_000, 580_000)
    parts = shapely.MultiPolygon([ring, shapely.box(240_000, 578_000, 241_000, 579_000)])
    lonlat = geopandas.GeoDataFrame(geometry=[parts], crs="EPSG:28992").to_crs("EPSG:4326")
    lonlat.to_file(folder / "east.shp")
    found = read(folder, inputs.changed(inputs.GAS, "Reservoir parameters", 2, "Shapefile location", "X:\\east.shp"))
    assert found.problems == ()
    assert shapely.area(found.inputs[0].reservoirs[1].outline) == pytest.approx(16e6, rel=1e-4)
    assert kinds(found)["holes"].n == 1


def test_without_the_library_a_shapefile_is_an_error_that_says_so(folder, monkeypatch):
    from mijnrisico.data.readers.pysub import shapes

    (folder / "east.shp").write_bytes(b"")
    monkeypatch.setattr(shapes, "find_spec", lambda name: None)
    found = read(folder, inputs.changed(inputs.GAS, "Reservoir parameters", 2, "Shapefile location", "east.shp"))
    assert codes(found) == [("E008", "east.shp")]


@given(st.floats(min_value=1850.0, max_value=2200.0))
def test_a_moment_read_back_from_its_day_is_within_a_day(moment):
    start = np.datetime64(f"{int(moment)}-01-01")
    days = int((np.datetime64(f"{int(moment) + 1}-01-01") - start).astype(int) * (moment % 1.0))
    assert cells.year(str(start + days)) == pytest.approx(moment, abs=1.01 / 365.0)


def test_all_moments_of_ten_years_are_ten_years_apart():
    assert cells.year("2000-01-01 00:00:00") - cells.year("1990-01-01 00:00:00") == 10.0


def written(folder, *names_and_sheets, lang="en"):
    paths = [inputs.workbook(folder / name, sheets) for name, sheets in names_and_sheets]
    found = model.read(paths)
    assert found.problems == ()
    made = question.files(found.inputs, found.notes, lang)
    return made, tomllib.loads(made.files["question.toml"])


def test_a_question_names_every_table_that_is_written_and_no_other(folder):
    made, tree = written(folder, ("gas.xlsx", inputs.GAS), ("salt.xlsx", inputs.SALT))
    keys = ("outline", "pressure", "caverns", "volumes")
    named = {each[key] for each in tree["activity"] for key in keys if key in each}
    assert named | {"levelling.csv", "question.toml"} == set(made.files)
    assert [each["name"] for each in tree["activity"]] == ["West", "East", "salt"]


def test_the_depth_is_that_of_the_middle_of_the_reservoir(folder):
    _, tree = written(folder, ("gas.xlsx", inputs.GAS))
    assert [each["depth_m"] for each in tree["activity"]] == [3025.0, 2550.0]


def test_the_last_moment_is_the_end_of_the_year_before(folder):
    made, tree = written(folder, ("gas.xlsx", inputs.GAS))
    assert tree["time"] == {"start": 1990, "end": 2009, "shown": [2009]}
    assert made.files["pressure_west.csv"] == "year,pressure\n1990,300\n2000,200\n2010,150\n"


def test_histories_of_different_length_are_held_to_the_period_of_all(folder):
    made, _ = written(folder, ("gas.xlsx", inputs.GAS), ("salt.xlsx", inputs.SALT))
    rows = made.files["cavern_volumes_salt.csv"].splitlines()
    assert (rows[1], rows[-1]) == ("C1,1990,0", "C2,2010,900")


def test_a_basement_of_each_reservoir_stands_with_it(folder):
    made, tree = written(folder, ("gas.xlsx", inputs.GAS))
    assert tree["surface"] == {"model": {"van_opstal": 1.0}, "poisson": {"0.25": 1.0}, "basement_m": {"6000": 1.0}}
    assert all("basement_m" not in activity for activity in tree["activity"])
    other = inputs.changed(inputs.GAS, "Reservoir parameters", 2, "Depth to basement (m)", 7000)
    made, tree = written(folder, ("gas.xlsx", other))
    assert [activity["basement_m"] for activity in tree["activity"]] == [6000.0, 7000.0]
    assert tree["surface"]["basement_m"] == {"7000": 1.0}  # of the one that loses most
    assert "mixed_basement_m" not in {note.kind for note in made.notes}


def test_cells_of_different_size_become_the_smallest_and_that_is_said(folder):
    inputs.outlines(folder)
    made, tree = written(folder, ("gas.xlsx", inputs.GAS), ("salt.xlsx", inputs.SALT))
    assert tree["grid"]["cell_m"] == 50.0
    (note,) = [each for each in made.notes if each.kind == "mixed_cell"]
    assert note.params == {"cells": ("50", "100"), "kept": "50"}


def test_without_a_basement_the_overburden_is_a_half_space(folder):
    head = "Depth to basement (m)"
    sheets = inputs.changed(inputs.GAS, "Reservoir parameters", 1, head, None)
    _, tree = written(folder, ("gas.xlsx", inputs.changed(sheets, "Reservoir parameters", 2, head, None)))
    assert tree["surface"] == {"model": {"geertsma": 1.0}, "poisson": {"0.25": 1.0}}


@pytest.mark.parametrize("angle", [50.0, 130.0])
def test_a_blunt_angle_of_knothe_has_the_radius_of_its_supplement(folder, angle):
    sheets = inputs.changed(inputs.GAS, "Model parameters", 1, "Subsidence model", "knothe")
    for row in (1, 2):
        sheets = inputs.changed(sheets, "Reservoir parameters", row, "Knothe angle (°)", angle)
    _, tree = written(folder, ("gas.xlsx", sheets))
    assert tree["surface"] == {"model": {"knothe": 1.0}, "angle_deg": 50.0}
    assert np.tan(np.deg2rad(angle)) ** 2 == pytest.approx(np.tan(np.deg2rad(50.0)) ** 2)


def test_a_time_decay_is_in_years_and_one_of_zero_is_the_linear_model(folder):
    sheets = inputs.changed(inputs.GAS, "Model parameters", 1, "Compaction model", "time-decay")
    _, tree = written(folder, ("gas.xlsx", sheets))
    assert tree["strain"] == {"models": {"time_decay": 1.0}, "decay_years": {"2": 1.0}}
    for row in (1, 2):
        sheets = inputs.changed(sheets, "Reservoir parameters", row, "Tau (s)", 0)
    _, tree = written(folder, ("gas.xlsx", sheets))
    assert tree["strain"] == {"models": {"linear": 1.0}}


def test_the_rate_type_model_keeps_both_compaction_coefficients_and_the_rate_that_pysub_uses(folder):
    sheets = inputs.changed(inputs.GAS, "Model parameters", 1, "Compaction model", "ratetype")
    made, tree = written(folder, ("gas.xlsx", sheets))
    rate = tree["strain"]["rate_type"]
    west = tree["activity"][0]
    assert rate["elastic_share"] * west["compressibility_per_bar"] == pytest.approx(1.2e-5)
    assert rate["reference_share"] * west["compressibility_per_bar"] == pytest.approx(2.4e-5)
    assert rate["reference_rate_mpa_per_year"] == pytest.approx(3e-4 * 0.1)
    assert {note.kind for note in made.notes} >= {"rate", "rate_type", "unused"}


def test_buckets_become_a_mean_and_the_spread_of_their_product(folder):
    made, tree = written(folder, ("b.xlsx", inputs.BUCKETS))
    (west,) = tree["activity"]
    c, h, p = (np.array(each) for each in ((1.0, 1.2, 1.4), (80, 100, 120), (50, 100, 150)))
    weight = np.array([0.25, 0.5, 0.25])
    product = np.einsum("i,j,k->ijk", c, h, p).ravel()
    chance = np.einsum("i,j,k->ijk", weight, weight, weight).ravel()
    mean = chance @ product
    assert west["compressibility_per_bar"] * west["thickness_m"] * 100.0 == pytest.approx(mean * 1e-5)
    assert west["sd"] == pytest.approx(np.sqrt(chance @ product**2 - mean**2) / mean, abs=1e-4)
    assert tree["surface"]["basement_m"] == {"5000": 0.25, "6000": 0.5, "7000": 0.25}
    assert {note.kind for note in made.notes if note.group == "left"} == {"depths"}


def test_observations_are_changes_since_the_first_of_each_point(folder):
    made, tree = written(folder, ("gas.xlsx", inputs.GAS))
    head, *rows = made.files["levelling.csv"].splitlines()
    assert head == "point,x_rd,y_rd,from_year,to_year,subsidence_mm,sigma_mm"
    assert rows == ["S1,222500,580500,1990,2001.5,20,5"]  # 21 - 1 mm; errors of 3 and 4 mm
    assert tree["observations"] == {"levelling": "levelling.csv", "use": False}


@given(st.lists(st.floats(min_value=1e-3, max_value=1e9), min_size=1, max_size=9))
def test_weights_sum_to_one_exactly_enough_for_a_question(volumes):
    weights = question._exact({f"{k}": volume for k, volume in enumerate(volumes)})
    assert sum(weights.values()) == pytest.approx(1.0, abs=1e-9)
    assert all(weight > 0.0 for weight in weights.values())


def test_every_note_has_words_in_both_languages(folder):
    gas = inputs.changed(inputs.GAS, "Model parameters", 1, "Compaction model", "ratetype")
    paths = [inputs.workbook(folder / "gas.xlsx", gas), inputs.workbook(folder / "salt.xlsx", inputs.SALT)]
    found = model.read(paths)
    written = question.files(found.inputs, found.notes, "nl")
    assert len(written.notes) > 8
    for note in written.notes:
        assert note.text("nl") != note.text("en")
