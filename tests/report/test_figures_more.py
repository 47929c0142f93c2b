"""Claims about F03, F06, F07, F08, F11, F20, F23 and the table of levels: the words say what the numbers say."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from mijnrisico import messages
from mijnrisico.report.draw import maps
from mijnrisico.report.draw.density import edges as density_edges
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.figures.f03_catalogue import completeness
from mijnrisico.report.figures.f05_magnitudes import crossing
from mijnrisico.report.figures.f06_chance import percent
from mijnrisico.report.figures.f20_vulnerability import rare_level
from mijnrisico.report.figures.f23_logic_tree import combinations, unbalanced
from mijnrisico.report.pages import levels as level_table
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

NEW = ("F03", "F04", "F06", "F07", "F08", "F09", "F11", "F20", "F23", "F29", "F31", "F32")


@pytest.fixture(scope="module")
def run(run_path):
    return RunFolder(run_path)


@pytest.fixture
def copy(run_path, tmp_path):
    shutil.copytree(run_path, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "report"))
    return tmp_path / "run"


def draw(number, run, lang="en"):
    figure = next(figure for figure in FIGURES if figure.number == number)
    assert figure.possible(run)
    return figure.draw(run, lang)


def change(path, name, edit):
    file = path / "tables" / f"{name}.csv"
    edit(pd.read_csv(file)).to_csv(file, index=False)
    return RunFolder(path)


@pytest.mark.parametrize("number", NEW)
@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_text_of_a_figure_is_filled_in(run, number, lang):
    drawing = draw(number, run, lang)
    for text in (drawing.title, drawing.subtitle, drawing.reading, drawing.alt, drawing.source):
        assert len(text) > 20
        assert not re.search(r"[{}]|\bnan\b|None", text)


@pytest.mark.parametrize("number", NEW)
def test_a_dutch_text_has_no_decimal_points(run, number):
    drawing = draw(number, run, "nl")
    assert not re.search(r"\d\.\d", " ".join((drawing.title, drawing.reading, drawing.alt)))


def test_the_catalogue_names_its_strongest_earthquake_and_counts_what_is_used(run):
    table = run.table("catalogue")
    used = table[table.used]
    drawing = draw("F03", run)
    assert f"{len(used)} earthquakes" in drawing.title
    assert f"strongest was {used.magnitude.max():.1f}" in drawing.title
    assert str(len(table)) in drawing.alt
    assert len(drawing.data) == len(table)


def test_a_catalogue_without_used_earthquakes_is_drawn_and_says_so(copy):
    run = change(copy, "catalogue", lambda table: table.assign(used=False))
    assert "No earthquake" in draw("F03", run).title


def test_other_kinds_of_earthquakes_are_named_where_there_are_any(copy, run):
    assert "brown" not in draw("F03", run).reading
    mixed = change(copy, "catalogue", lambda t: t.assign(type=np.where(t.used, t.type, "tectonic")))
    assert "brown" in draw("F03", mixed).reading


def test_the_chance_in_the_title_is_that_of_the_table(run):
    table = run.table("chance").set_index(["magnitude", "year"])
    words, drawing = Words("en"), draw("F06", run)
    for year in (run.first_year, run.last_year):
        assert percent(words, table.chance[(3.6, year)]) in drawing.title
        for magnitude in (3.6, 4.0, 4.5, 5.0):
            assert percent(words, table.p90[(magnitude, year)]) in drawing.alt
    assert "falls" in drawing.title


def test_a_chance_that_rises_is_said_to_rise(copy):
    run = change(copy, "chance", lambda t: t.assign(chance=t.chance * (1 + 4 * (t.year - t.year.min()))))
    assert "rises" in draw("F06", run).title


def test_a_chance_too_small_to_print_is_not_printed_as_zero():
    assert percent(Words("nl"), 2e-7) == "<\N{NO-BREAK SPACE}0,0001\N{NO-BREAK SPACE}%"
    assert percent(Words("en"), 0.0) == "0\N{NO-BREAK SPACE}%"
    assert percent(Words("en"), 0.0653) == "6.5\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize("highest", [3e-4, 0.0153, 0.05, 2.4])
def test_density_classes_are_round_and_the_last_one_holds_the_highest_value(highest):
    edges = density_edges(highest)
    assert len(edges) == 8
    assert edges[0] == 0.0
    assert np.isinf(edges[-1])
    assert edges[-2] <= highest < 5 * edges[-2]
    assert all(f"{edge:.0e}"[0] in "125" for edge in edges[1:-1])


def test_density_panels_share_their_classes_and_name_the_highest_value(run):
    drawing = draw("F07", run)
    assert drawing.data.year.nunique() == 4
    first = drawing.data[drawing.data.year == run.first_year].events_per_km2_per_year.max()
    assert Words("en").significant(float(first)) in drawing.title


def test_a_forecast_of_one_year_has_one_density_map(copy):
    with xr.open_dataset(copy / "grids" / "rate.nc", engine="h5netcdf") as grid:
        one = grid.isel(year=[0]).load()
    one.to_netcdf(copy / "grids" / "rate.nc", engine="h5netcdf")
    drawing = draw("F07", RunFolder(copy))
    assert drawing.data.year.nunique() == 1
    assert drawing.title.count(str(int(one.year[0]))) == 1


def test_the_posterior_gives_the_weighted_mean_of_its_table(run):
    table = run.table("source_posterior_grid")
    table = table[table.model == "elastic_plastic"]
    mean = float(table.theta1 @ table.weight)
    drawing = draw("F08", run)
    assert f"θ₁ {mean:.1f}" in drawing.title
    assert f"about {int(float(f'{np.exp(mean):.1e}'))} times" in drawing.title
    assert "−1.00" in drawing.reading or "−0.9" in drawing.reading


def test_a_posterior_of_one_member_is_drawn(copy):
    run = change(copy, "source_posterior_grid", lambda t: t[(t.rmax == 0.4) & (t.sigma_m == 3500)])
    assert draw("F08", run).figure.axes


def test_the_map_of_the_long_period_says_its_highest_level_and_shows_no_limit(run):
    drawing = draw("F11", run)
    field = run.hazard.sel(year=run.shown_year, return_period=2475, statistic="mean")
    assert Words("en").level(float(field.max())) in drawing.title
    assert "2475" in drawing.title
    assert set(drawing.data.return_period_yr) == {2475}


def test_a_run_with_one_return_period_has_no_map_of_a_longer_one(copy):
    with xr.open_dataset(copy / "grids" / "hazard.nc", engine="h5netcdf") as grid:
        one = grid.sel(return_period=[475]).load()
    one.to_netcdf(copy / "grids" / "hazard.nc", engine="h5netcdf")
    figure = next(figure for figure in FIGURES if figure.number == "F11")
    assert not figure.possible(RunFolder(copy))


def test_the_weakest_type_is_the_one_that_collapses_at_the_lowest_shaking(run):
    curves = run.table("fragility_curves")
    level = {name: rare_level(rows) for name, rows in curves.groupby("class")}
    drawing = draw("F20", run)
    assert f"type {min(level, key=level.get)} " in drawing.title
    assert f"type {max(level, key=level.get)} " in drawing.title
    assert len(drawing.data) == len(curves)


def test_the_level_of_one_in_a_hundred_lies_between_the_levels_around_it():
    curves = pd.DataFrame({"branch": "middle", "sa_avg_g": [0.1, 0.2], "p_cs1": [0.0, 0.02]})
    assert rare_level(curves) == pytest.approx(np.sqrt(0.02))
    assert np.isnan(rare_level(curves, chance=0.5))


def test_the_tree_counts_its_combinations_and_adds_its_weights(run):
    table = run.table("logic_tree")
    assert combinations(table, ("source", "motion")) == 5 * 4 * 6 * 46 * 3 * 2 * 3
    assert unbalanced(table) == []
    drawing = draw("F23", run)
    assert "99\N{NO-BREAK SPACE}360" in drawing.title
    assert "894\N{NO-BREAK SPACE}240" in drawing.title
    assert "M 6.5: 0.005" in drawing.alt


def test_weights_that_do_not_add_up_are_the_finding(copy):
    run = change(copy, "logic_tree", lambda t: t.assign(weight=np.where(t.node == "tau", 0.3, t.weight)))
    assert "between earthquakes" in draw("F23", run).title


def test_the_table_of_levels_has_a_column_per_return_period_and_says_what_the_run_says(run):
    table = level_table.levels(run, Words("en"))
    assert table.head == ("Place", "Once in 475 years", "Once in 2475 years")
    first = run.table("hazard_places")
    chosen = first[
        (first.component == "geometric_mean") & (first.year == run.shown_year) & (first.return_period_yr == 2475)
    ].set_index("place")
    for place, _, long in table.rows:
        value = float(chosen.mean_g[place])
        assert long == "no value" if np.isnan(value) else long.startswith(Words("en").level(value, 0.05, ""))
    assert "10 per cent in 50 years" in table.note


@pytest.mark.parametrize("number", ["F03", "F10", "F11"])
def test_a_map_has_few_and_round_ticks(run, number):
    axes = draw(number, run).figure.axes[0]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        shown = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
        assert 2 <= len(shown) <= 3
        assert all(tick % 20_000 == 0 for tick in shown)


def test_a_chance_that_reads_the_same_is_said_to_stay(copy):
    run = change(copy, "chance", lambda t: t.assign(chance=0.065 * (1 - 1e-4 * (t.year - t.year.min()))))
    assert "stays about 6.5\N{NO-BREAK SPACE}% per year" in draw("F06", run).title


@pytest.mark.parametrize("number", ["F02", "F03", "F04", "F05"])
def test_a_source_line_names_the_file_of_the_user_and_the_institute_otherwise(copy, run, number):
    role = "pressure" if number == "F02" else "catalogue"
    own = "own gas flow" if number == "F02" else "KNMI"
    assert own in draw(number, run).source
    scenario = copy / "scenario.toml"
    scenario.write_text(scenario.read_text("utf-8") + f'[inputs.{role}]\nfile = "inputs/mine.csv"\n', encoding="utf-8")
    source = draw(number, RunFolder(copy)).source
    assert "mine.csv" in source
    assert own not in source


def test_cells_of_a_grid_join_without_gaps_or_overlap():
    x, y = np.linspace(0.1, 7.3, 9), np.linspace(5.7, -3.1, 6)
    boxes = maps._boxes(x, y)
    whole = shapely.coverage_union_all(boxes)
    assert shapely.coverage_is_valid(boxes.ravel())
    assert whole.area == pytest.approx(9 * 6 * 0.9 * 1.76)
    assert whole.geom_type == "Polygon"


def test_the_data_of_the_posterior_hold_the_b_values_too(run):
    parts = draw("F08", run).data.groupby("part").weight.sum()
    models = run.table("source_posterior_grid").model.nunique()
    assert parts["rate"] == pytest.approx(models)
    assert parts["aftershocks"] == pytest.approx(models)
    assert parts["b-value"] == pytest.approx(run.table("b_value_grid").model.nunique())


def test_depths_are_called_a_convention_only_where_most_are_the_same(copy, run):
    assert "100 % of them stand at 3 km" in draw("F03", run).reading
    measured = change(copy, "catalogue", lambda t: t.assign(depth_km=np.linspace(1, 4, len(t))))
    assert "convention" not in draw("F03", measured).reading


def test_a_return_period_shorter_than_that_of_the_rule_has_no_map_of_the_long_one(copy):
    with xr.open_dataset(copy / "grids" / "hazard.nc", engine="h5netcdf") as grid:
        short = grid.assign_coords(return_period=[475, 95]).load()
    short.to_netcdf(copy / "grids" / "hazard.nc", engine="h5netcdf")
    assert not next(figure for figure in FIGURES if figure.number == "F11").possible(RunFolder(copy))


def test_once_in_so_many_years_follows_from_the_rate_and_not_from_the_chance(copy):
    run = change(copy, "chance", lambda t: t.assign(chance=0.5))
    assert "once in 1 years" in draw("F06", run).reading
    assert "impossible" in draw("F06", run).reading
    sure = change(copy, "chance", lambda t: t.assign(p10=0.1))
    assert "impossible" not in draw("F06", sure).reading


def _branches(*factors):
    magnitude = np.arange(1.45, 4.0, 0.1)
    return [
        (4.0 + k, pd.DataFrame({"magnitude": magnitude, "annual_rate": f * 10 ** (-0.9 * (magnitude - 1.45))}))
        for k, f in enumerate(factors)
    ]


def test_the_dots_are_said_to_cross_the_lines_only_where_they_do():
    lines = _branches(4.0, 5.0)
    magnitude = lines[0][1].magnitude
    above = pd.DataFrame({"magnitude": magnitude, "annual_rate": 12 * 10 ** (-0.9 * (magnitude - 1.45))})
    assert crossing(above, lines) is None
    falls = above.assign(annual_rate=above.annual_rate.where(magnitude < 3.4, above.annual_rate / 4))
    assert crossing(falls, lines) == pytest.approx(3.45)


def test_the_median_counts_once_although_it_has_two_bars(run):
    figure = next(f for f in FIGURES if f.number == "F23")
    drawing = figure.draw(run, "en")
    median = run.table("logic_tree").query("node == 'median'").models.iloc[0]
    assert f"The median counts for {median}" in drawing.reading
    product = re.search(r"\((\d+) × (\d+) × (\d+) = ([\d\s]+)\)", drawing.reading)
    assert product is not None
    assert np.prod([int(n) for n in product.groups()[:3]]) == int(re.sub(r"\s", "", product[4]))


def test_completeness_is_told_for_periods_with_enough_earthquakes_only():
    magnitude = np.concatenate([np.repeat([0.8, 1.0, 1.2, 1.4], [10, 20, 40, 15]), np.full(30, 0.5)])
    year = np.concatenate([np.full(85, 2001.0), np.full(30, 2018.0)])
    data = pd.DataFrame({"magnitude": magnitude, "year": year, "type": "induced", "inside": True})
    found = completeness(data.assign(used=data.magnitude >= 1.4))
    assert [round(mc, 6) for _, _, mc in found] == [1.4]
    assert found[0][:2] == (2001.0, 2015)
