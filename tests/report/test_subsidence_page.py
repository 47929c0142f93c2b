"""Claims about the report of a run of subsidence: its answer, its tables, and what it does not say."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico import report
from mijnrisico.report import subsidence_facts as facts
from mijnrisico.report.pages import subsidence
from mijnrisico.report.pages.tables import subsidence as tables
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

EN, NL = Words("en"), Words("nl")


@pytest.fixture(scope="module")
def run(subsidence_path) -> RunFolder:
    return RunFolder(subsidence_path)


@pytest.fixture
def copy(subsidence_path, tmp_path):
    shutil.copytree(subsidence_path, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "report"))
    return tmp_path / "run"


def change(path, name, edit):
    file = path / "tables" / f"{name}.csv"
    edit(pd.read_csv(file)).to_csv(file, index=False)
    return RunFolder(path)


def test_the_answer_is_one_sentence_with_the_numbers_of_the_grid(run, subsidence_page):
    total = 100.0 * run.grid("subsidence").total_m.sel(year=2080)
    field = total.sel(statistic="mean").to_numpy()
    row, column = np.unravel_index(int(field.argmax()), field.shape)
    low, mean, high = (f"{float(total.sel(statistic=s)[row, column]):.0f}" for s in ("p10", "mean", "p90"))
    answer = subsidence.answer(run, EN)
    assert f"at most {mean} cm" in answer
    assert f"{low}\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}{high}" in answer
    assert "by Groningen" in answer
    assert answer.count(". ") == 0
    assert answer in subsidence_page
    assert "door Groningen" in subsidence.answer(run, NL)


def test_every_chapter_is_there_and_what_was_not_written_is_left_out(subsidence_page, copy):
    found = re.findall(r'<h2 id="(\w+)"><span', subsidence_page)
    assert found == [*(name for name, _ in subsidence._CHAPTERS), *(name for name, _ in subsidence._APPENDICES)]
    for name in ("observations", "misfit", "red_flag", "budget", "subsidence_objects", "overlap", "strain_models"):
        (copy / "tables" / f"{name}.csv").unlink()
    less = subsidence.render(RunFolder(copy), EN, {})
    assert re.findall(r'<h2 id="(\w+)"><span', less) == ["depth", "causes", "time", "right", "not", *found[-3:]]
    assert "No measurements were given" in less


def test_the_page_is_whole_by_itself_and_every_figure_has_words(subsidence_page, subsidence_blocks):
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', subsidence_page)
    assert "<script" not in subsidence_page
    labels = re.findall(r'<svg role="img" aria-label="([^"]+)"', subsidence_page)
    assert len(labels) == len(subsidence_blocks) == 3
    ids = re.findall(r' id="([^"]+)"', subsidence_page)
    assert len(ids) == len(set(ids))


def test_a_run_of_subsidence_has_one_report_whatever_is_asked(run):
    assert report._chosen(run, ["html"], None)[1] == ("expert",)
    assert report._chosen(run, ["html"], ["short", "resident"])[1] == ("expert",)


def test_published_values_far_off_are_called_so_and_counted(run, subsidence_page):
    table = run.table("published")
    far = int((table.difference_percent.abs() > 20.0).sum())
    assert far > 0
    judged = [row[6] for row in tables.published(run, EN).rows]
    assert sum(cell.startswith("no") for cell in judged) == far
    unused = table[~table.used]
    near = int((unused.difference_percent.abs() <= 20.0).sum())
    assert near < len(unused)
    assert f"Of {len(unused)} published values that the model was not fitted to {near}" in subsidence_page


def test_values_that_the_model_was_fitted_to_count_by_what_the_others_foretell(copy):
    """Fitted to, they all agree; the sentence is about each of them left out."""

    def fitted(table):
        agree = 0.5 * (table.published_low_cm + table.published_high_cm)
        foretold = {"by_the_others_cm": 2.0 * agree, "by_the_others_p10_cm": 1.9 * agree}
        foretold |= {"by_the_others_p90_cm": 2.1 * agree}
        return table.assign(used=True, modelled_cm=agree, difference_percent=0.0, **foretold)

    (said,) = subsidence._about_published(change(copy, "published", fitted), EN)
    assert "fitted to 4 published values" in said
    assert "0 lie within P10–P90, 0 within 20 %" in said
    assert "100 %" in said


def test_a_value_of_the_deepest_point_is_not_called_a_place(run):
    places = {row[0] for row in tables.published(run, EN).rows}
    assert places == {"deepest point (near Loppersum)", "Eemshaven", "Winsum", "Winschoten"}


def test_shares_of_the_activities_add_up_to_all(run):
    shares = [float(row[6].split("\N{NO-BREAK SPACE}")[0]) for row in tables.causes(run, EN).rows]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert tables.causes(run, EN).rows[0][0] == "Groningen"
    assert tables.causes(run, NL).rows[1][1] == "zoutcavernes"


def test_a_limit_from_memory_is_never_said_to_be_exceeded(run, subsidence_page):
    rows = {row[0]: row for row in tables.limits_used(run, EN).rows}
    remembered = rows["Boscardin & Cording, Burland: negligible (0.05 % strain)"]
    assert "not checked" in remembered[1]
    assert remembered[2] == "from memory, not checked"
    assert "not configured" in rows["SBR: differences of settlement"][1]
    assert "Boscardin" not in " ".join(row[6] for row in tables.objects(run, EN).rows)


def test_an_object_says_which_limits_it_is_beyond(run):
    church, pump = tables.objects(run, EN).rows
    assert church[0] == "Church of Loppersum"
    assert church[6] == "EN 1997-1 annex H: settlement of 5 cm (93\xa0%)"  # those with a chance of 4 % are not named
    assert church[3] == "1/5\N{NO-BREAK SPACE}600\N{NO-BREAK SPACE}000"
    assert pump[5] == "–"
    assert tables.objects(run, NL).head[5] == "Verandering drooglegging, cm"


def test_the_chance_of_a_limit_is_that_of_the_last_campaign(run):
    said = next(s for s in subsidence.sentences(run, EN) if "Deepest point" in s)
    assert "is 4\N{NO-BREAK SPACE}%" in said
    assert "up to 2018.5" in said
    assert "before measuring it was 42" in said
    assert "nan" not in said
    assert [row[3] for row in tables.red_flag(run, NL).rows][:2] == ["voor het meten", "1987,5"]
    assert tables.red_flag(run, EN).rows[0][5] == "permit, article 3"


def test_a_limit_that_no_campaign_met_says_that_nothing_was_measured(copy):
    run = change(copy, "red_flag", lambda t: t[t.campaign_year.isna()])
    (said,) = (s for s in subsidence._about_limits(run, NL) if "Deepest point" in s)
    assert "42\N{NO-BREAK SPACE}%, zonder dat metingen zijn gebruikt" in said


def test_the_worst_year_of_a_basin_stands_in_its_table_and_its_sentence(run):
    rows = tables.budget(run, EN).rows
    assert [row[1] for row in rows if "largest chance" in row[1]] == ["2019 (largest chance)"]
    assert any("largest in 2019" in s for s in subsidence._about_limits(run, EN))
    assert len(rows) < len(run.table("budget"))
    assert "kom" not in " ".join(tables.budget(run, NL).head).lower()


def test_the_volume_lost_stands_beside_that_of_the_bowl(run):
    volume = run.table("volumes")
    lost = float(volume[(volume.activity == "Groningen") & (volume.year == 2080)].mean_m3.iloc[0]) / 1e6
    row = tables.causes(run, EN).rows[0]
    assert row[4] == EN.general(lost, 3)
    assert row[5] != row[4]
    assert "half space" in tables.causes(run, EN).note


def test_ground_counts_as_gone_down_from_the_limit_of_the_run(copy):

    file = copy / "grids" / "subsidence.nc"
    with xr.open_dataset(file, engine="h5netcdf") as grid:
        edited = grid.load()
    edited.assign_attrs(overlap_limit_cm=5.0).to_netcdf(file, engine="h5netcdf")
    run = RunFolder(copy)
    assert "5 cm" in tables.depth(run, EN).head[4]
    assert any("5 cm" in what for what, *_ in subsidence.key_numbers(run, EN))
    total = 100.0 * run.grid("subsidence").total_m.sel(year=2080, statistic="mean")
    assert tables.depth(run, EN).rows[-1][4] == EN.fixed(float((total >= 5.0).sum()) * 2.25)


def test_the_measurements_that_fit_worst_are_listed_the_worst_first(run):
    table = run.table("observations")
    rows = tables.residuals(run, EN).rows
    worst = table.loc[table.normalised.abs().idxmax()]
    assert rows[0][0].startswith(worst.point)
    assert float(rows[0][6].replace("\N{MINUS SIGN}", "-")) == pytest.approx(worst.normalised, abs=0.05)
    assert len(rows) == 12


def test_models_without_weight_are_counted_and_not_listed(run):
    table = tables.strain_models(run, EN)
    assert len(table.rows) == 3
    assert "1 other weighs less than 0.005 after the measurements (before, 0.25 together)" in table.note


def test_a_page_in_dutch_has_dutch_words_and_decimals(run):
    page = subsidence.render(run, NL, {})
    assert "vertraging 7 jaar; Poissongetal 0,25, starre ondergrond op 5000 m" in page
    assert "waterpassing (levelling.csv)" in page
    assert "van de diepte naar het maaiveld" in page
    assert "2018,5" in page
    assert not re.search(r"2018\.5|tau =| yr\b|basement|observations_levelling|>compaction<|>kernel<", page)


@pytest.mark.parametrize(("chance", "said"), [(0.002, "<1"), (0.0, "0"), (0.999, ">99"), (1.0, "100"), (0.31, "31")])
def test_a_chance_is_never_rounded_to_nothing_or_to_certainty(chance, said):
    assert tables.percent(EN, chance) == f"{said}\N{NO-BREAK SPACE}%"


def test_a_model_that_misses_the_measurements_is_said_to(copy):
    run = change(copy, "misfit", lambda t: t.assign(chi_square=9.0 * t.chi_square))
    assert any("misses many" in s for s in subsidence.sentences(run, EN))


def test_a_single_measurement_is_not_called_the_worst_point(run):
    names = [row[0] for row in tables.misfit(run, EN).rows]
    assert not any(re.search(r"S\d{3}", name) for name in names)
    assert "all that were used" in names


def test_years_of_such_a_run_are_those_of_its_question(run):
    assert run.years[0] == 1964
    assert run.years[-1] == 2080
    assert facts.main_year(run) == 2024


@pytest.mark.slow
def test_the_report_is_written_as_pages_and_papers(copy):
    written = [path.name for path in report.write(copy, ("nl", "en"), ["html", "pdf"])]
    assert written == ["report.nl.html", "report.en.html", "report.nl.pdf", "report.en.pdf"]


def test_tables_without_rows_are_left_out_like_those_that_were_not_written(copy):
    names = ("misfit", "published", "red_flag", "budget", "strain_models", "subsidence_objects", "overlap")
    for name in names:
        change(copy, name, lambda t: t.head(0))
    page = subsidence.render(RunFolder(copy), EN, {})
    assert re.findall(r'<h2 id="(\w+)"><span', page)[:3] == ["depth", "causes", "time"]
    assert 'id="table-misfit"' not in page
