"""Figures, tables and the page about buildings: one number everywhere, none is said as none, few are not shown."""

import json
import re
import shutil
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from mijnrisico import messages, report
from mijnrisico.report import building_facts
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.figures.f19_above_norm import f19_above_norm
from mijnrisico.report.figures.f21_damage import count
from mijnrisico.report.figures.f34_buildings_map import COUNTS, f34_buildings_map
from mijnrisico.report.pages import findings, pdf, resident, tables
from mijnrisico.report.pages.tables import outcome
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words
from mijnrisico.seismic import building_privacy

TABLES = ("buildings_above", "building_ranking", "building_classes", "risk_classes", "buildings_postcodes",
          "buildings_municipalities", "buildings_branches", "expected_losses", "fn_curve")  # fmt: skip
OF_BUILDINGS = ("F18", "F19", "F21", "F33", "F34")


def copied(run_path, target):
    shutil.copytree(run_path, target, ignore=shutil.ignore_patterns("figures", "report"))
    return target


@pytest.fixture(scope="module", name="weak")
def nobody_above(run_path) -> RunFolder:
    return RunFolder(run_path)


@pytest.fixture(scope="module", name="strong")
def some_above(synthetic, run_path, tmp_path_factory) -> RunFolder:
    path = copied(run_path, tmp_path_factory.mktemp("strong") / "run")
    synthetic._building_tables(path, 2.5)
    return RunFolder(path)


@pytest.fixture(scope="module", name="older")
def without_buildings(run_path, tmp_path_factory) -> RunFolder:
    path = copied(run_path, tmp_path_factory.mktemp("older") / "run")
    for name in TABLES:
        (path / "tables" / f"{name}.csv").unlink()
    (path / "grids" / "building_risk.nc").unlink()
    return RunFolder(path)


@pytest.fixture(params=messages.LANGUAGES)
def words(request) -> Words:
    return Words(request.param)


def draw(number, run, lang="en"):
    return next(figure for figure in FIGURES if figure.number == number).draw(run, lang)


def plain(page: str) -> str:
    page = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize("number", OF_BUILDINGS)
def test_every_text_of_a_figure_is_filled_in(strong, number):
    drawing = draw(number, strong, "nl")
    for text in (drawing.title, drawing.subtitle, drawing.reading, drawing.alt, drawing.source):
        assert len(text) > 20
        assert not re.search(r"[{}]|\bnan\b|None", text)


def test_an_older_run_has_none_of_these_figures(older):
    assert not any(figure.possible(older) for figure in FIGURES if figure.number in OF_BUILDINGS)


def test_the_number_above_the_norm_is_one_number_everywhere(strong, words):
    above = words.people(building_facts.above(strong, 2024).buildings)
    cell = next(row for row in tables.building_classes(strong, words).rows if row[0] == words("T19.own"))
    assert cell[2] == above
    assert above in draw("F18", strong, words.lang).title
    assert above in draw("F19", strong, words.lang).title
    assert above in findings.counted_buildings(strong, words)
    assert f" {above} " in plain(resident.render(strong, words))


def test_the_curve_of_the_ranking_falls_and_passes_the_count_at_the_norm(strong):
    data = draw("F18", strong).data
    assert (np.diff(data.buildings) <= 0).all()
    at_norm = data.buildings[np.isclose(data.lpr, 1e-5)]
    assert float(at_norm.iloc[0]) == pytest.approx(building_facts.above(strong, 2024).buildings)


def test_the_ranking_begins_where_it_has_a_band(strong, tmp_path):
    path = copied(strong.path, tmp_path / "run")
    table = pd.read_csv(path / "tables" / "building_ranking.csv")
    table.loc[table.lpr < 0.9e-7, ["buildings_p10", "buildings_p50", "buildings_p90"]] = np.nan
    table.to_csv(path / "tables" / "building_ranking.csv", index=False)
    assert draw("F18", RunFolder(path)).data.lpr.min() == pytest.approx(1e-7)
    assert draw("F18", strong).data.lpr.min() == pytest.approx(1e-8)


def test_no_building_above_the_norm_is_said_in_words_with_the_p90(weak, words):
    high = words.people(building_facts.above(weak, 2024).p90)
    for number in ("F18", "F19"):
        drawing = draw(number, weak, words.lang)
        assert words("F18.title_none_p90", year=2024, high=high) == drawing.title or high in drawing.title
    texts = {t.get_text() for axes in f19_above_norm(weak, words.lang).figure.axes for t in axes.texts}
    assert any(text.startswith(words("F19.none")) and high in text for text in texts)


def test_a_year_without_a_tree_has_a_bar_and_no_band(strong):
    assert np.isnan(building_facts.above(strong, 2025).p90)
    assert building_facts.above(strong, 2025).buildings > 0
    drawing = draw("F19", strong)
    assert "2025: 1" in drawing.alt
    assert "P10" in drawing.alt.partition("2024: ")[2].partition(";")[0]
    assert "P10" not in drawing.alt.partition("2025: ")[2].partition("2026")[0]


def test_where_the_types_do_not_add_up_to_the_buildings_both_are_said(weak, words, tmp_path):
    path = copied(weak.path, tmp_path / "run")
    table = pd.read_csv(path / "tables" / "buildings_above.csv")
    table.loc[(table["class"] == "URM1F_B") & (table.year == 2024) & (table.level < 5e-5), "buildings"] = 52.0
    table.to_csv(path / "tables" / "buildings_above.csv", index=False)
    run = RunFolder(path)
    assert draw("F19", run, words.lang).title == words("F19.title_mixed", by_class="52", most=2024)
    total = words.people(building_facts.total(run, 2024))
    said = {"year": 2024, "total": total, "count": words("resident.no_building")}
    page = plain(resident.render(run, words))
    assert plain(words("resident.buildings_none", **said)) in page
    assert plain(words("resident.types_note_sum", by_type="52")) in page
    assert words("finding.buildings_none_by_class", by_class="52", **said) in findings.counted_buildings(run, words)
    assert plain(words("resident.types_note_sum", by_type="52")) not in plain(resident.render(weak, words))
    assert words("finding.buildings_none", **said) in findings.counted_buildings(weak, words)


def test_a_shown_year_without_a_tree_is_not_told_as_nothing(strong, tmp_path):
    path = copied(strong.path, tmp_path / "run")
    for name in ("risk_classes", "building_ranking"):
        table = pd.read_csv(path / "tables" / f"{name}.csv")
        table[table.year != 2024].to_csv(path / "tables" / f"{name}.csv", index=False)
    run = RunFolder(path)
    assert building_facts.year(run) == 2025
    assert "130" in findings.counted_buildings(run, Words("en"))
    assert draw("F18", run).data.year.unique().tolist() == [2025]


def test_risk_classes_hold_every_building_once(strong, weak):
    for run in (strong, weak):
        number = run.table("building_classes").query("year == 2024").buildings.sum()
        assert building_facts.total(run, 2024) == pytest.approx(number)


def test_cells_with_few_buildings_have_no_number_on_the_map(strong):
    grid = strong.grid("building_risk")
    few = int(grid.withheld.sum())
    drawing = f34_buildings_map(strong, "en")
    assert few > 0
    assert f"{few} squares" in drawing.reading
    assert drawing.data.buildings.min() >= building_privacy.FEWEST


def test_postcodes_with_few_buildings_keep_their_row_and_lose_their_numbers(weak):
    shown, areas = building_privacy.postcodes(weak.table("buildings_postcodes"))
    row = shown[(shown.pc4.astype(str) == "9919") & (shown.year == 2024)].iloc[0]
    assert np.isnan([row.buildings, row.people, row.lpr_mean, row["p90_above_1e-5"]]).all()
    assert areas == 2  # 9919 has four; 9601 is the smallest of the others and hides them in the total
    listed = {row[0] for row in tables.building_postcodes(weak, Words("en")).rows}
    assert {"9919", "9601"} & listed == set()
    assert "9610" in listed


def test_municipalities_stand_in_order_of_their_count_and_those_without_any_together(strong, weak, words):
    shown = tables.building_municipalities(strong, words)
    assert [row[0] for row in shown.rows] == ["Eemsdelta", "Groningen", words("counts.others", count=1)]
    above = building_facts.above(strong, 2024)
    assert shown.rows[0][3] == words.people(0.7 * above.buildings)
    assert shown.rows[0][5].startswith(words.people(0.7 * above.mean))
    assert shown.rows[-1][1:] == (words.people(4000.0), words.people(8400.0), *["0"] * 5)
    assert words("counts.withheld", withheld=2, fewest=10) in shown.note  # Assen has four; 900 others hide them
    assert words("counts.parts") in shown.note
    assert [row[0] for row in tables.building_municipalities(weak, words).rows] == [words("counts.every", count=3)]


def test_a_municipality_without_a_count_of_its_own_is_shown_and_said(strong, words, tmp_path):
    path = copied(strong.path, tmp_path / "run")
    table = pd.read_csv(path / "tables" / "buildings_municipalities.csv")
    table.loc[table.municipality == "Pekela", table.columns.str.startswith("buildings_")] = np.nan
    table.to_csv(path / "tables" / "buildings_municipalities.csv", index=False)
    shown = tables.building_municipalities(RunFolder(path), words)
    assert shown.rows[-1][0] == "Pekela"
    assert shown.rows[-1][6] == "–"
    assert words("counts.without_band", count=1) in shown.note


def test_the_choice_with_the_largest_range_of_the_count_is_named_first(strong, weak, words):
    shown = tables.building_drivers(strong, words)
    above = building_facts.above(strong, 2024).buildings
    low, high = words.people(0.2 * above), words.people(2.0 * above)
    assert low in shown.caption
    assert high in shown.caption
    assert words("tornado.input.mmax") in shown.caption
    assert [row[0] for row in shown.rows] == [words("tornado.input.mmax"), words("tornado.input.median")]
    assert shown.rows[0][2].startswith(f"{high}: M 6")
    assert words("drivers.median") in shown.note
    assert words("drivers.site_epsilon") not in shown.note
    assert not tables.building_drivers(weak, words).rows


def test_residents_see_the_municipalities_where_there_is_something_to_see(strong, weak, words):
    page = resident.render(strong, words)
    assert words("resident.section_municipality") in plain(page)
    assert "Eemsdelta" in page
    assert "Eemsdelta" in resident.render(strong, words, paper=True)
    assert words("resident.section_municipality") not in plain(resident.render(weak, words))


def test_expected_numbers_are_written_in_full():
    said = [count(Words("en"), value) for value in (163.0, 4.24, 0.997, 0.0612, 1e-5, 0.0)]
    assert said == ["160", "4.2", "1.0", "0.061", "<\N{NO-BREAK SPACE}0.0001", "0"]


def test_the_expert_report_has_the_chapter_with_its_tables(pages):
    for lang, page in pages.items():
        for name in ("building_classes", "risk_classes", "building_municipalities", "building_postcodes", "losses"):
            assert f'id="table-{name}"' in page
        assert Words(lang)("intro.risk_counted")[-60:] in plain(page)


@pytest.mark.parametrize(
    ("mean", "p10", "p90", "case"),
    [
        (1640.0, 0.0, 3250.0, "between"),
        (9000.0, 0.0, 3250.0, "lifted"),
        (0.0, 0.0, 0.0, "none"),
        (40.0, 0.0, 0.0, "none"),
        (3.0, 3.0, 3.0, "same"),
        (1642.0, 1641.0, 1644.0, "near"),
    ],
)
def test_the_band_of_a_count_is_told_with_its_mean(mean, p10, p90, case):
    band = building_facts.band(Words("en"), building_facts.Above(0.0, mean, p10, p10, p90))
    assert band["case"] == case
    assert Words("en").people(mean) in Words("en")(f"resident.buildings_band_{case}", **band)


def test_the_band_of_a_count_stands_with_the_mean_of_that_count_in_the_summary(strong, words):
    above = building_facts.above(strong, 2024)
    own, counted, _ = outcome._building_rows(strong, words, (2024,))
    assert own[1] == words.people(above.buildings)
    assert counted[1].startswith(words.people(above.mean))
    assert words.people(above.p90) in counted[1]


def test_buildings_that_are_in_no_model_are_said_where_they_matter(strong, words, tmp_path):
    above = building_facts.above(strong, 2024)
    assert building_facts.least(strong, words, above) == {}
    path = copied(strong.path, tmp_path / "run")
    table = pd.read_csv(path / "tables" / "left_out.csv")
    table.loc[len(table)] = ["mean_count_too_low", 2.0 * above.mean, "buildings"]
    table.to_csv(path / "tables" / "left_out.csv", index=False)
    most = words.people(2.0 * above.mean)
    run = RunFolder(path)
    assert f"{most}" in building_facts.least(run, words, above)["most"]
    assert words("finding.buildings_band_least", **building_facts.least(run, words, above)) in (
        findings.counted_buildings(run, words)
    )
    assert most in plain(resident.render(run, words))


def test_a_count_without_a_tree_has_no_band():
    assert building_facts.band(Words("en"), building_facts.Above(130.0, *(float("nan"),) * 4)) == {}


def test_a_map_on_which_everything_above_the_norm_is_withheld_does_not_say_none(strong, words, tmp_path):
    path = copied(strong.path, tmp_path / "run")
    grid = strong.grid("building_risk").load()
    for name in COUNTS:
        grid[name] = grid[name] * 0.0
    grid.to_netcdf(path / "grids" / "building_risk.nc")
    run = RunFolder(path)
    above = words.people(building_facts.above(run, 2024).buildings)
    title = f34_buildings_map(run, words.lang).title
    assert title == words("F34.title_some_withheld", year=2024, total_above=above)


def test_the_title_of_the_ranking_says_that_its_band_is_that_of_another_count(strong, words):
    found = building_facts.above(strong, 2024)
    counted, _, band = draw("F18", strong, words.lang).title.partition(";")
    assert words.people(found.buildings) in counted
    apart = {"en": "in each model by itself", "nl": "in elk model apart"}[words.lang]
    assert apart in band
    assert words.band(words.people(found.p10), words.people(found.p90)) in band


def test_one_cell_and_one_building_are_said_as_one(strong, words, tmp_path):
    path = copied(strong.path, tmp_path / "run")
    grid = strong.grid("building_risk").load()
    shown, _ = building_privacy.cells(grid.sel(year=2024, drop=True))
    at = np.argwhere((shown.buildings > 0.0).to_numpy())[0]
    for name in COUNTS:
        one = grid[name].transpose("year", "y", "x") * 0.0
        one[:, at[0], at[1]] = 1.0
        grid[name] = one
    grid.to_netcdf(path / "grids" / "building_risk.nc")
    drawing = f34_buildings_map(RunFolder(path), words.lang)
    one = {"en": ("1 cell of", "1 building in 1 cell;"), "nl": ("1 vak van", "1 gebouw in 1 vak;")}[words.lang]
    assert one[0] in drawing.title
    assert one[1] in drawing.alt


def test_the_band_of_light_damage_is_not_told_as_that_of_the_models(strong, words):
    assert words("F21.subtitle_light") in draw("F21", strong, words.lang).subtitle
    assert words("losses.note_light") in tables.losses(strong, words).note
    assert words("F21.reading_chimney") in tables.losses(strong, words).note


def test_how_much_the_models_differ_stands_beside_the_sampling_error(strong, words):
    drawing = draw("F33", strong, words.lang)
    row = strong.table("expected_losses").query("quantity == 'deaths' and year == 2024").iloc[0]
    said = {"low": count(words, row.p10), "high": count(words, row.p90), "mean": count(words, row["mean"])}
    assert drawing.subtitle.endswith(words("F33.spread", **said))
    assert words("F33.spread_said", **said) in drawing.reading


class TestResident:
    def test_it_says_the_fixed_sentence_the_norm_and_the_risk_with_one_denominator(self, strong, words):
        text = plain(resident.render(strong, words))
        assert words("resident.fixed") in text
        assert words("resident.what_norm", norm="10") in text
        assert not re.search(r"\d[eE]-\d|10⁻", text)

    def test_it_never_says_that_a_house_is_safe_or_unsafe(self, strong, weak, words):
        for run in (strong, weak):
            text = plain(resident.render(run, words)).replace(words("resident.fixed"), "")
            assert not re.search(r"\b(un)?safe\b|\b(on)?veilig\b", text)

    def test_every_kind_of_house_has_one_row_and_all_buildings_are_counted(self, strong, words):
        rows = resident.house_types(strong, words).rows
        assert len({row[0] for row in rows}) == len(rows)
        names = "".join(row[0] for row in rows)
        assert not re.search(r"URM|RC\d|_[A-Z]", names)
        groups = resident._groups(strong, words)
        assert sum(float(part.buildings.sum()) for _, part in groups) == pytest.approx(
            building_facts.total(strong, 2024)
        )

    def test_a_value_just_below_the_norm_is_not_rounded_up_to_it(self, weak, words, tmp_path):
        path = copied(weak.path, tmp_path / "run")
        table = pd.read_csv(path / "tables" / "lpr_classes.csv")
        table.loc[(table["class"] == "URM1F_B") & (table.year == 2024), "lpr_mean"] = 9.97e-6
        table.to_csv(path / "tables" / "lpr_classes.csv", index=False)
        assert {"9.97", "9,97"} & {row[1] for row in resident.house_types(RunFolder(path), words).rows}

    def test_the_definition_of_the_groups_has_its_rule_and_day(self, weak):
        text = plain(resident.render(weak, Words("nl")))
        assert "Besluit versterking gebouwen Groningen (Stcrt. 2019, 30569) van 20 mei 2019, een beleidsregel" in text
        assert "geen rechtskracht" in text

    def test_what_is_not_in_it_is_counted(self, weak, words, monkeypatch):
        outside = {what: words.people(float(weak.table("left_out").set_index("what").value[what]))
                   for what in ("buildings_outside", "people_outside")}  # fmt: skip
        assert plain(words("resident.not_edge", **outside)) in plain(resident.render(weak, words))
        monkeypatch.setattr(building_facts, "file_of", lambda run: "houses.csv")
        text = plain(resident.render(weak, words))
        assert plain(words("resident.not_buildings_outside", count=outside["buildings_outside"])) in text

    def test_what_was_not_checked_stands_beside_the_norm(self, weak, words):
        text = plain(resident.render(weak, words))
        assert f"{words('resident.what_norm', norm='10')} {words('resident.norm_unchecked')}" in text

    def test_the_highest_risk_of_a_type_is_that_on_ordinary_ground(self, weak, words):
        table = resident.house_types(weak, words)
        ground = {"en": "ordinary ground", "nl": "gewone grond"}[words.lang]
        assert ground in table.caption
        assert ground in table.note

    def test_whom_to_call_can_be_set_and_is_otherwise_named(self, weak, words):
        assert "NCG" in plain(resident.render(weak, words))
        page = plain(resident.render(weak, words, contact="Gemeente Voorbeeld\\ntel. 14 0596"))
        assert "Gemeente Voorbeeld tel. 14 0596" in page
        assert "NCG" not in page

    def test_an_older_run_has_the_page_without_counts(self, older, words):
        page = resident.render(older, words)
        assert 'id="table-types"' in page
        assert 'id="table-resident_classes"' not in page
        assert not re.search(r"\bnan\b|\bNone\b|\{[a-z_]+\}", plain(page))

    def test_a_run_without_risk_has_no_such_page(self, older, tmp_path):
        path = copied(older.path, tmp_path / "run")
        assert report._chosen(RunFolder(path), ("html",), ("short", "resident"))[1] == ("short", "resident")
        (path / "tables" / "lpr_classes.csv").unlink()
        assert report._chosen(RunFolder(path), ("html",), ("short", "resident"))[1] == ("short",)

    def test_headings_go_down_one_step_at_a_time_and_identifiers_are_unique(self, strong, words):
        page = resident.render(strong, words)
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        names = re.findall(r' id="([^"]+)"', page)
        assert len(names) == len(set(names))
        assert json.dumps(page).count("http:") + page.count("https:") == 0

    @pytest.mark.skipif(pdf.missing() is not None, reason="needs Pango, which .ci/run installs")
    def test_on_paper_it_is_two_pages(self, strong):
        from io import BytesIO

        from pypdf import PdfReader

        paper = pdf.make(resident.render(strong, Words("nl"), paper=True), "r")
        assert len(PdfReader(BytesIO(paper)).pages) == 2
