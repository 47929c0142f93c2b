"""Claims about the figures of a run of subsidence: what they say is what stands in its tables and grids."""

import re
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from mijnrisico import messages
from mijnrisico.core.run import datapackage
from mijnrisico.report import subsidence_facts as facts
from mijnrisico.report.draw import bowl, given
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.figures.f27_time_series import _telling, on_curve, on_its_own
from mijnrisico.report.pages import subsidence as subsidence_page
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

OURS = ("F25", "F26", "F27")
EN = Words("en")


@pytest.fixture(scope="module")
def run(subsidence_path) -> RunFolder:
    return RunFolder(subsidence_path)


@pytest.fixture
def copy(subsidence_path, tmp_path) -> Path:
    shutil.copytree(subsidence_path, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "report"))
    return tmp_path / "run"


def draw(number, run, lang="en"):
    return next(figure for figure in FIGURES if figure.number == number).draw(run, lang)


def changed(path, edit):
    """A run whose grid is edited."""
    file = path / "grids" / "subsidence.nc"
    with xr.open_dataset(file, engine="h5netcdf") as grid:
        edited = edit(grid.load())
    edited.to_netcdf(file, engine="h5netcdf")
    return RunFolder(path)


def test_a_run_of_subsidence_has_its_three_figures_and_no_other(run, run_path):
    assert {figure.number for figure in FIGURES if figure.possible(run)} == set(OURS)
    assert not {figure.number for figure in FIGURES if figure.possible(RunFolder(run_path))} & set(OURS)


@pytest.fixture(scope="module")
def drawn(subsidence_blocks):
    return {number: block.drawing for number, block in subsidence_blocks.items()}


@pytest.mark.parametrize("number", OURS[2:])
def test_both_languages_say_the_same_numbers_in_words_of_their_own(run, drawn, number):
    dutch, english = draw(number, run, "nl"), drawn[number]
    assert dutch.title != english.title
    assert dutch.alt != english.alt
    pd.testing.assert_frame_equal(dutch.data, english.data)


def test_the_map_describes_itself_and_is_not_too_large_for_a_page(drawn, subsidence_blocks):
    image = str(subsidence_blocks["F25"].svg)
    assert drawn["F25"].alt.split(".")[0] in image
    assert len(image) < 600_000


def test_the_map_says_the_deepest_point_of_the_grid_with_its_band(run, drawn):
    drawing = drawn["F25"]
    last = run.grid("subsidence").total_m.sel(year=2080)
    deepest = 100.0 * float(last.sel(statistic="mean").max())
    assert facts.cm(EN, deepest) in drawing.title
    assert drawing.data.mean_cm.max() == pytest.approx(deepest)
    at = drawing.data.loc[drawing.data.mean_cm.idxmax()]
    assert facts.band_cm(EN, at.p10_cm, at.p90_cm) in drawing.alt
    assert "near Loppersum" in drawing.title


def test_the_activities_on_the_map_add_up_to_its_total(run, drawn):
    data = drawn["F25"].data
    parts = data[[f"{name}_cm" for name in facts.activities(run)]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(data.mean_cm.to_numpy())


def test_the_ground_that_goes_down_is_red_and_a_rise_is_blue():
    edges = bowl.levels(44.0, -5.0)
    assert edges[:3] == [-4.0, -2.0, 2.0]
    shades = bowl.colours(edges)
    assert len(shades) == len(edges) + 1
    assert shades[2] == "none"
    assert int(shades[0][5:], 16) > int(shades[0][1:3], 16)
    assert int(shades[-1][1:3], 16) > int(shades[-1][5:], 16)


@pytest.mark.slow
def test_a_rise_beside_the_bowl_is_drawn(copy):
    def lift(grid):
        bump = -0.06 * np.exp(-(((grid.x - 235000) / 4000) ** 2) - ((grid.y - 570000) / 4000) ** 2)
        return grid.assign(total_m=grid.total_m + bump.transpose("y", "x"))

    assert draw("F25", changed(copy, lift)).figure.axes


@pytest.mark.slow
def test_a_bowl_of_millimetres_and_one_of_nothing_are_drawn(copy):
    shallow = changed(copy, lambda g: g.assign(total_m=g.total_m / 200, subsidence_m=g.subsidence_m / 200))
    assert "0.22 cm" in draw("F25", shallow).title
    flat = changed(copy, lambda g: g.assign({n: g[n] * 0 for n in ("total_m", "subsidence_m", "rate_mm_per_year")}))
    assert "0.0 cm" in draw("F25", flat).title
    assert "less than 0.1 mm" in " ".join(t.get_text() for t in draw("F25", flat).figure.texts)


@pytest.mark.slow
def test_one_activity_has_no_maps_of_its_own(subsidence, tmp_path):
    one = RunFolder(subsidence.write(tmp_path / "one", activities=1, observed=False))
    texts = [t.get_text() for t in draw("F25", one).figure.texts]
    assert not any(t.startswith("Groningen,") for t in texts)
    assert "without measurements" in draw("F27", one).title
    assert "100 %" in draw("F26", one).title
    assert "hatch" not in draw("F26", one).reading
    page = subsidence_page.render(one, EN, {})
    assert 'id="table-overlap"' not in page
    assert "Each activity on its own" not in page
    assert "by Groningen" in draw("F25", one).subtitle


def test_a_profile_is_stacked_to_its_total_and_says_whose_it_is(run, drawn):
    table = run.table("subsidence_profiles")
    last = table[(table.year == 2080) & (table.profile == "A-B")]
    total = last[last.activity == "total"].mean_cm.to_numpy()
    parts = last[last.activity != "total"].groupby("distance_m").mean_cm.sum().to_numpy()
    assert parts == pytest.approx(total)
    drawing = drawn["F26"]
    assert facts.cm(EN, total.max()) in drawing.alt
    slope = np.abs(np.diff(total) / np.diff(last[last.activity == "total"].distance_m)).max()
    assert f"at most {1e4 * slope:.0f} mm per km" in drawing.alt


def test_a_measurement_stands_as_far_from_the_line_as_it_differs_from_the_model():
    curve = pd.DataFrame({"year": [1999, 2009], "mean_cm": [10.0, 20.0]})
    rows = pd.DataFrame(
        {"to_year": [2005.0], "residual_mm": [7.0], "sigma_mm": [3.0], "technique": ["gnss"], "used": [True]}
    )
    found = on_curve(rows, curve)
    assert found.cm.tolist() == pytest.approx([15.7])
    assert found.sigma_cm.tolist() == pytest.approx([0.3])


def test_a_benchmark_is_summed_from_epoch_to_epoch():
    rows = pd.DataFrame(
        {
            "from_year": [1980.0, 1990.0], "to_year": [1990.0, 2000.0], "modelled_mm": [40.0, 30.0],
            "modelled_p10_mm": [37.0, 26.0], "modelled_p90_mm": [43.0, 34.0], "residual_mm": [2.0, -1.0],
            "sigma_mm": [1.0, 1.0], "technique": ["levelling"] * 2, "used": [True, False],
        }
    )  # fmt: skip
    curve, points = on_its_own(rows)
    assert (curve.year + 1.0).tolist() == [1980.0, 1990.0, 2000.0]
    assert curve.mean_cm.tolist() == pytest.approx([0.0, 4.0, 7.0])
    assert (curve.p90_cm - curve.mean_cm).tolist() == pytest.approx([0.0, 0.3, 0.5])
    assert points.cm.tolist() == pytest.approx([4.2, 6.9])


def test_the_title_of_the_time_series_says_how_well_the_model_fits(drawn, copy):
    assert "fits the measurements" in drawn["F27"].title
    file = copy / "tables" / "observations.csv"
    table = pd.read_csv(file)
    table.assign(normalised=3.0 * table.normalised).to_csv(file, index=False)
    assert "misses many" in draw("F27", RunFolder(copy)).title


def test_points_of_the_question_come_before_benchmarks_and_measured_ones_first(drawn):
    assert list(dict.fromkeys(drawn["F27"].data.point))[:4] == ["Loppersum", "Eemshaven", "Winsum", "Winschoten"]


def test_benchmarks_that_are_no_point_of_the_question_are_drawn_too(drawn):
    assert set(drawn["F27"].data.point) >= {"007E0031", "003H0090"}
    assert not any(str(name).startswith("S0") for name in drawn["F27"].data.point)


def test_a_benchmark_measured_once_is_drawn_and_the_worst_comes_first():
    measured = pd.DataFrame({
        "point": ["often", "often", "worst", "once", "radar"], "technique": [*["levelling"] * 4, "insar"],
        "normalised": [0.1, 0.2, 4.0, 1.0, 9.0],
    })  # fmt: skip
    assert _telling(measured) == ["often", "worst", "once"]


def test_the_legend_of_the_series_names_what_is_drawn_and_nothing_else(copy):
    file = copy / "tables" / "observations.csv"
    table = pd.read_csv(file)
    table[(table.technique != "insar") | table.point.str.startswith("S")].to_csv(file, index=False)
    drawing = draw("F27", RunFolder(copy))
    texts = [text.get_text() for text in drawing.figure.texts]
    assert "levelling" in texts
    assert "InSAR" not in texts


def test_the_map_shows_what_the_question_gives(run, drawn):
    texts = [text.get_text() for text in drawn["F25"].figure.texts]
    for label in ("outlines of activities", "outline of a basin", "caverns or doublets (2)", "objects (2)"):
        assert label in texts
    assert "benchmarks or stations (6)" in texts
    (ring,) = (part for kind, part in given._outlines(run) if kind == "basin")
    lines = [line.get_xydata() for line in drawn["F25"].figure.axes[0].lines]
    assert any(line.shape == ring.shape and np.allclose(line, ring) for line in lines)


def test_of_many_objects_an_even_part_is_drawn():
    axes = Figure().add_subplot()
    given.draw(axes, {"object": [np.array([[float(x), 0.0]]) for x in range(1000)]})
    x = axes.lines[0].get_xdata()
    assert len(x) == given.MOST_MARKS
    assert (min(x), max(x)) == (0.0, 999.0)


def test_values_on_contours_have_a_halo_in_the_page(subsidence_blocks, drawn):
    values = [text for axes in drawn["F25"].figure.axes for text in axes.texts if text.get_text() == "10"]
    assert values
    image = str(subsidence_blocks["F25"].svg)
    assert len(re.findall(r'aria-hidden="true"><text [^>]*>10<', image)) == len(values)


def test_a_window_is_inside_the_grid_and_holds_what_moves(run):
    field = facts.total_cm(run, 2080)
    west, east, south, north = bowl.window([field], 10.0)
    moving = field.where(field >= 10.0, drop=True)
    assert west <= moving.x.min() <= moving.x.max() <= east
    assert south <= moving.y.min() <= moving.y.max() <= north
    assert field.x.min() <= west < east <= field.x.max()


def test_every_column_of_every_table_has_a_meaning_in_both_languages(run, subsidence_path):
    for file in sorted((subsidence_path / "tables").glob("*.csv")):
        for lang in messages.LANGUAGES:
            assert messages.label("tables", file.stem, lang) != file.stem
            for column in pd.read_csv(file, nrows=1):
                assert datapackage.description(file.stem, column, lang), (file.stem, column)
    assert datapackage.unit("budget", "load_p10_mm_per_year") == "mm/year"
    assert datapackage.unit("subsidence_points", "mean_cm") == "cm"


def test_every_packaged_limit_has_a_name_in_both_languages():
    names = tomllib.loads(
        Path(str(messages.__file__)).parent.joinpath("../data/subsidence_limits.toml").read_text("utf-8")
    )
    for lang in messages.LANGUAGES:
        assert [n for n in names if not messages.has(f"report.subsidence_limit.{n}", lang)] == []
