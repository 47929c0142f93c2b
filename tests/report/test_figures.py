import re
import shutil
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from mijnrisico import messages
from mijnrisico.report import hazard_facts
from mijnrisico.report.draw import sheet, style
from mijnrisico.report.draw.exceedance import rate_at
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.figures.f04_event_rate import outside, poisson_interval
from mijnrisico.report.run_folder import RunFolder

NUMBERS = (
    *("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09"),
    *("F10", "F11", "F12", "F13", "F14", "F15", "F17", "F18", "F19"),
    *("F20", "F21", "F23", "F29", "F30", "F31", "F32", "F33", "F34"),
)
OF_SUBSIDENCE = ("F25", "F26", "F27")


@pytest.fixture(scope="module")
def run(run_path):
    return RunFolder(run_path)


def test_the_figures_of_the_report_are_these():
    assert sorted(figure.number for figure in FIGURES) == sorted((*NUMBERS, *OF_SUBSIDENCE))


def test_every_figure_is_written_in_both_languages_with_its_data(run_path, pages):
    files = {path.name for path in (run_path / "figures").iterdir()}
    stems = {name.split(".")[0] for name in files}
    assert {stem.split("_")[0] for stem in stems} == set(NUMBERS)
    assert files == {f"{stem}.{end}" for stem in stems for end in ("nl.svg", "en.svg", "csv")}
    for stem in stems:
        assert len(pd.read_csv(run_path / "figures" / f"{stem}.csv", low_memory=False)) > 0


def test_every_svg_is_well_formed_named_and_described(run_path, pages):
    for path in (run_path / "figures").glob("*.svg"):
        root = ElementTree.fromstring(path.read_text(encoding="utf-8").split("\n", 1)[1])
        names = [child.tag.rpartition("}")[2] for child in root]
        assert names[:2] == ["title", "desc"]
        assert len(root[0].text or "") > 20
        assert len(root[1].text or "") > 80


def test_figures_carry_no_date_of_writing_and_come_out_the_same_twice(run):
    figure = next(f for f in FIGURES if f.number == "F04")
    first, second = (sheet.svg(figure.draw(run, "nl")) for _ in range(2))
    assert first == second


def test_dutch_figures_have_decimal_commas_and_english_ones_points(run_path, pages):
    shown = {
        lang: re.findall(r">(\d[.,]\d+)<", (run_path / "figures" / f"F10_hazard_map.{lang}.svg").read_text("utf-8"))
        for lang in messages.LANGUAGES
    }
    dutch = (run_path / "figures" / "F10_hazard_map.nl.svg").read_text("utf-8")
    english = (run_path / "figures" / "F10_hazard_map.en.svg").read_text("utf-8")
    assert "0,05 tot 0,08" in dutch
    assert "0.05 to 0.08" in english
    assert not any("." in text for text in shown["nl"])


def test_the_break_is_drawn_as_a_cased_contour(run_path, pages):
    text = (run_path / "figures" / "F10_hazard_map.en.svg").read_text("utf-8")
    case, line = (
        text.count(f"stroke: {colour}; stroke-width: {width}")
        for colour, width in (("#ffffff", "3.6"), ("#000000", "1.4"))
    )
    assert case >= 1
    assert line >= 1


def test_findings_change_with_the_numbers(run_path, synthetic, tmp_path):
    strong = RunFolder(synthetic.write(tmp_path, scale=1.9))
    weak = RunFolder(run_path)
    by_number = {figure.number: figure for figure in FIGURES}
    for number in ("F10", "F15", "F17"):
        assert by_number[number].draw(strong, "nl").title != by_number[number].draw(weak, "nl").title
    assert "10 per miljoen" in by_number["F17"].draw(strong, "nl").title


def test_a_run_far_below_the_threshold_is_drawn_without_a_contour(synthetic, tmp_path):
    run = RunFolder(synthetic.write(tmp_path, scale=0.2))
    for figure in FIGURES:
        if figure.number in {"F10", "F15", "F17"}:
            drawing = figure.draw(run, "en")
            assert "nan" not in (drawing.title + drawing.alt).lower()


def test_the_highest_level_and_its_area_come_from_the_grid(run):
    found = hazard_facts.shaking(run, 2024)
    field = run.hazard.sel(year=2024, return_period=475, statistic="mean")
    assert found.level_g == pytest.approx(float(np.nanmax(field.values)))
    assert found.area_km2 == float((field.values >= 0.05).sum())


def test_blank_nodes_are_counted(run):
    known, total = hazard_facts.coverage(run)
    assert 0 < known < total


def test_blank_nodes_inside_the_field_are_counted_apart(run):
    known, total = hazard_facts.coverage(run)
    blank, nodes = hazard_facts.blank_inside(run)
    assert 0 < blank < total - known
    assert blank < nodes < total


def test_an_arbitrary_direction_decides_only_between_the_two_levels(synthetic, tmp_path):
    run = RunFolder(synthetic.write(tmp_path, scale=0.93))
    decided = {y: hazard_facts.direction_decides(run, y) for y in run.years}
    for year, decides in decided.items():
        level = hazard_facts.shaking(run, year).level_g
        assert decides == (level < 0.05 <= 1.06 * level)
    assert any(decided.values())
    drawing = next(f for f in FIGURES if f.number == "F15").draw(run, "en")
    assert "geometric mean" in drawing.title
    assert "arbitrary direction" in drawing.title


def test_years_outside_the_band_are_named(run):
    above, below = outside(run.table("event_rate"), "p05", "p95")
    seen = run.table("event_rate").set_index("year")
    assert above
    assert all(seen.observed[y] > seen.p95[y] for y in above)
    assert all(seen.observed[y] < seen.p05[y] for y in below)
    reading = next(f for f in FIGURES if f.number == "F04").draw(run, "en").reading
    assert all(str(year) in reading for year in above + below)


def test_a_level_below_the_lowest_is_drawn_as_low_and_not_as_blank(run):
    field = run.hazard.sel(year=2024, return_period=475, statistic="p10").values
    blank = np.isnan(field)
    low = np.where(field < 0.003, np.nan, field)
    drawn = hazard_facts.drawn(run, low)
    assert (np.isnan(drawn) == blank).all()
    assert (drawn[np.isnan(low) & ~blank] == 0.0).all()


def test_a_curve_is_read_log_log_between_its_points():
    curve = pd.DataFrame({"pga_g": [0.01, 0.1], "mean_rate": [1e-2, 1e-4]})
    assert rate_at(curve, np.sqrt(0.001)) == pytest.approx(1e-3)
    assert rate_at(curve, 0.2) == 0.0
    assert np.isnan(rate_at(curve, 0.001))


def test_the_poisson_interval_has_its_coverage():
    low, high = poisson_interval(np.array([0.0, 10.0]))
    assert low[0] == 0.0
    assert high[0] == pytest.approx(-np.log(0.1))
    assert low[1] == pytest.approx(6.2213, abs=1e-3)
    assert high[1] == pytest.approx(15.4066, abs=1e-3)


def test_a_run_without_a_table_loses_only_the_figure_that_needs_it(run_path, tmp_path):
    shutil.copytree(run_path, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "report"))
    (tmp_path / "run" / "tables" / "hazard_curves.csv").unlink()
    possible = {figure.number for figure in FIGURES if figure.possible(RunFolder(tmp_path / "run"))}
    assert possible == set(NUMBERS) - {"F12"}


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ink", [style.INK, style.QUIET, style.BLUE, style.ORANGE])
@pytest.mark.parametrize("paper", [style.PAPER, "#f3f6fa", "#eef4fb"])
def test_words_stand_out_from_their_ground(ink, paper):
    assert contrast(ink, paper) >= 4.5


def test_palettes_only_get_darker():
    for colours in (style.PGA_COLOURS, style.LPR_COLOURS):
        found = [luminance(colour) for colour in colours]
        assert found == sorted(found, reverse=True)
