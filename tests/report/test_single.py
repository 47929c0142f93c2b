"""Single figures: one map, one curve, one profile, one map of differences; each with its numbers beside it."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mijnrisico import messages
from mijnrisico.errors import InputError
from mijnrisico.messages import LANGUAGES
from mijnrisico.report.draw import curve, density, layer, maps, profile, single
from mijnrisico.report.draw.layer import Choice
from mijnrisico.report.figures import f16_difference_map as f16
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

LINE = ((228_000.0, 590_000.0), (265_000.0, 596_000.0))


@pytest.fixture(scope="module")
def run(run_path: Path) -> RunFolder:
    return RunFolder(run_path)


def _number(text: str, lang: str) -> float:
    found = re.search(r"\d+[.,]\d+", text)
    assert found is not None
    return float(found[0].replace(",", ".") if lang == "nl" else found[0])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("quantity", ["pga", "lpr", "pressure", "buildings"])
def test_every_quantity_becomes_a_map_in_both_languages(run: RunFolder, quantity: str, lang: str) -> None:
    picture = single.map_(run, layer.read(run, Choice(quantity)), lang)  # type: ignore[arg-type]
    svg = picture._repr_svg_()
    assert svg.count("<desc>") == 1
    assert picture.title in svg
    assert run.run_id in picture.drawing.source
    assert picture.drawing.source.split(":")[0] == {"en": "DRAFT", "nl": "CONCEPT"}[lang]
    assert not re.search(r"\{\w+\}", picture.title + picture.alt + picture.reading)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_title_says_the_highest_value_of_the_table(run: RunFolder, lang: str) -> None:
    picture = single.map_(run, layer.read(run, Choice("pga")), lang)  # type: ignore[arg-type]
    highest = picture.data["pga_g"].max()
    said = picture.title.rpartition(";")[2]
    assert _number(said, lang) == pytest.approx(highest, rel=0.05)
    column = "pga_g"
    area = float(np.count_nonzero(picture.data[column] >= run.threshold_g))
    assert f"{area:.0f} km²" in picture.title


@pytest.fixture(name="strong")
def run_with_many_above(run_path: Path, tmp_path: Path) -> RunFolder:
    """The same run with one building more above the norm in every cell that has buildings."""
    for name in ("scenario.toml", "manifest.json", "grids/hazard.nc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(run_path / name, tmp_path / name)
    grid = RunFolder(run_path).grid("building_risk")
    more = grid.assign({"mean_above_1e-5": grid["mean_above_1e-5"] + (grid["buildings"] > 0.0)})
    more.to_netcdf(tmp_path / "grids" / "building_risk.nc", engine="h5netcdf")
    return RunFolder(tmp_path)


def test_buildings_above_the_norm_are_named_where_most_stand_or_said_to_be_nowhere(
    run: RunFolder, strong: RunFolder
) -> None:
    none = layer.read(run, Choice("buildings", year=2035))
    assert np.nanmax(none.values) == 0.0
    assert "no building" in single.map_(run, none, "en").title
    some = layer.read(strong, Choice("buildings", year=2035))
    assert "meeste gebouwen boven de norm" in single.map_(strong, some, "nl").title
    few = strong.grid("building_risk")["withheld"].to_numpy() > 0
    assert few.any()
    assert np.isnan(some.values[few]).all()
    change = f16.difference(run, strong, Choice("buildings", year=2035), "en")
    assert set(change.data["buildings_above_1e-5_difference"]) == {1.0}


def test_a_map_without_a_year_is_that_of_the_report(run: RunFolder) -> None:
    assert layer.read(run, Choice("pga")).choice.year == run.shown_year
    worst = layer.read(run, Choice("lpr")).choice
    assert worst.vulnerability_class == "URM1F_B"


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        (Choice("share"), "--quantity"),
        (Choice("pga", year=1999), "--year"),
        (Choice("pga", return_period=95), "--period"),
        (Choice("pga", statistic="p01"), "--statistic"),
        (Choice("pressure", statistic="p90"), "--statistic"),
        (Choice("pga", component="vertical"), "--component"),
        (Choice("lpr", vulnerability_class="BRICK"), "--class"),
    ],
)
def test_a_choice_that_the_run_lacks_is_refused_at_its_option(run: RunFolder, choice: Choice, where: str) -> None:
    with pytest.raises(InputError) as caught:
        layer.read(run, choice)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("E711", where)


def test_a_measure_that_is_on_no_map_is_refused_with_the_key_that_puts_it_there(run: RunFolder) -> None:
    with pytest.raises(InputError) as caught:
        layer.read(run, Choice("pga", measure="SA(9)"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("E711", "--measure")
    for lang in ("nl", "en"):
        assert "hazard.measures" in messages.describe(problem.code, problem.where, problem.params, lang).why


def test_a_profile_lies_between_its_fractiles_and_marks_the_field(run: RunFolder) -> None:
    data = profile.profile(run, Choice("pga"), *LINE, "en").data
    known = data.dropna(subset="pga_g")
    assert (known["pga_g_p10"] <= known["pga_g"]).all()
    assert (known["pga_g"] <= known["pga_g_p90"]).all()
    assert data["inside_field"].any()
    assert not data["inside_field"].iloc[0]
    assert data["distance_km"].iloc[-1] == pytest.approx(np.hypot(37.0, 6.0))


def test_a_profile_through_nodes_gives_their_values(run: RunFolder) -> None:
    found = layer.read(run, Choice("pga"))
    row, column = np.argwhere(np.isfinite(found.values))[200]
    value = single.at_points(found, found.x[[column]], found.y[[row]])
    assert value[0] == found.values[row, column]


@pytest.mark.parametrize("line", [(LINE[0], LINE[0]), ((0.0, 0.0), (1000.0, 1000.0))])
def test_a_line_without_length_or_value_is_refused(run: RunFolder, line: tuple) -> None:
    with pytest.raises(InputError) as caught:
        profile.profile(run, Choice("pga"), *line, "en")
    assert caught.value.code == "E712"


def test_the_curve_meets_the_level_at_its_return_period(run: RunFolder) -> None:
    at = curve.Place("Zeerijp", 247_700, 597_400)
    picture = curve.of_place(run, at, 2024, "en")
    assert picture is not None
    table = run.table("hazard_places").query("place == 'Zeerijp' and year == 2024 and return_period_yr == 475")
    level = float(table.query("component == 'geometric_mean'")["mean_g"].iloc[0])
    assert _number(picture.title.rpartition("years")[2], "en") == pytest.approx(level, rel=0.06)
    assert {"mean_rate", "p10_rate", "p90_rate", "x_rd"} <= set(picture.data)


def test_a_place_without_a_curve_is_told_which_places_have_one(run: RunFolder) -> None:
    nothing = pd.DataFrame({"pga_g": [0.01, 0.1]} | {f"{s}_rate": [np.nan] * 2 for s in curve.STATISTICS})
    with pytest.raises(InputError) as caught:
        curve.curve(run, curve.Place("Winschoten", 264_350, 573_990), 2024, nothing, "en")
    assert "Zeerijp" in caught.value.problems[0].params["known"]  # type: ignore[operator]


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf"])
def test_a_picture_is_saved_with_its_numbers_beside_it(run: RunFolder, tmp_path: Path, ending: str) -> None:
    picture = single.map_(run, layer.read(run, Choice("pga")), "en")
    written, data = picture.save(tmp_path / "new" / f"map{ending}")
    assert written.stat().st_size > 1000
    assert len(pd.read_csv(data)) == len(picture.data)
    assert sorted(path.name for path in written.parent.iterdir()) == sorted([written.name, data.name])


def test_another_ending_is_refused_before_anything_is_written(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        single.map_(run, layer.read(run, Choice("pga")), "en").save(tmp_path / "map.gif")
    assert caught.value.code == "E717"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("largest", [1e-7, 0.0123, 0.05, 0.9999, 1.0, 37.0, 0.0, float("nan")])
def test_the_classes_of_a_difference_are_symmetrical_around_zero(largest: float) -> None:
    edges = f16.edges_for(largest)
    assert len(edges) == len(f16.COLOURS) + 1
    assert list(edges) == [-edge for edge in reversed(edges)]
    assert list(edges) == sorted(edges)
    if largest > 0:
        assert edges[-2] <= largest * (1 + 1e-9) < 2.5 * edges[-2] * (1 + 1e-9)


def test_a_run_minus_itself_is_white_everywhere(run: RunFolder) -> None:
    picture = f16.difference(run, run, Choice("pga"), "en")
    assert (picture.data["pga_g_difference"] == 0.0).all()
    assert "the same" in picture.title


def test_a_profile_counts_only_the_kilometres_that_have_a_value(run: RunFolder) -> None:
    picture = profile.profile(run, Choice("pga"), (235_000.0, 597_000.0), (274_000.0, 601_000.0), "en")
    known = picture.data["pga_g"].notna().mean() * picture.data["distance_km"].iloc[-1]
    assert 0 < known < picture.data["distance_km"].iloc[-1]
    assert f"{known:.1f} km that have a value" in picture.title
    assert ">no value<" in picture._repr_svg_()


@pytest.mark.parametrize(("lang", "says"), [("en", "arbitrary direction"), ("nl", "willekeurige richting")])
def test_the_map_of_risk_says_direction_mean_and_which_classes_are_nowhere(
    run: RunFolder, lang: str, says: str
) -> None:
    picture = single.map_(run, layer.read(run, Choice("lpr")), lang)  # type: ignore[arg-type]
    assert says in picture.drawing.subtitle
    assert {"en": "mean of the models", "nl": "gemiddelde van de modellen"}[lang] in picture.drawing.subtitle
    assert {"en": "(nowhere)", "nl": "(nergens)"}[lang] in picture._repr_svg_()


def test_the_density_has_the_classes_and_the_unit_of_the_report(run: RunFolder) -> None:
    found = layer.read(run, Choice("rate", year=int(run.years[-1])))
    assert list(found.edges) == list(density.edges(density.top(run.grid("rate")["events_per_km2"])))
    picture = single.map_(run, found, "en")
    assert "per km² per year" in picture.drawing.subtitle
    assert _number(picture.title, "en") == pytest.approx(picture.data["events_per_km2"].max(), rel=0.06)


def test_a_place_further_than_three_kilometres_comes_with_its_distance() -> None:
    words = Words("en")
    x, y = maps.background().places["Appingedam"]
    assert maps.near(words, x, y) == "Appingedam"
    assert maps.near(words, x, y - 3500) == "Appingedam (3.5 km away)"


@pytest.fixture(scope="module")
def stronger(tmp_path_factory: pytest.TempPathFactory, synthetic) -> RunFolder:
    path = synthetic.write(tmp_path_factory.mktemp("stronger") / "2026-01-01-b", scale=1.3)
    file = path / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["hash"]["code"] = "sha256:0badc0de"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return RunFolder(path)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_runs_are_named_by_their_scenario_and_by_their_code_where_it_differs(
    run: RunFolder, stronger: RunFolder, lang: str
) -> None:
    picture = f16.difference(run, stronger, Choice("pga"), lang)  # type: ignore[arg-type]
    assert {"en": "higher than A everywhere, by up to", "nl": "overal hoger dan A, tot"}[lang] in picture.title
    assert "+" not in picture.title
    assert f">A: {run.title(lang)[:20]}" in picture._repr_svg_()  # type: ignore[arg-type]
    assert "0badc0de" in picture.drawing.source
    assert "0badc0de" not in f16.difference(stronger, stronger, Choice("pga"), lang).drawing.source  # type: ignore[arg-type]
