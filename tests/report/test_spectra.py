"""Spectra and disaggregations in the report: what they say is what the tables hold."""

import re

import numpy as np
import pandas as pd
import pytest

from mijnrisico.report.draw import causes, layer, spectrum
from mijnrisico.report.draw.curve import Place
from mijnrisico.report.figures.f13_spectra import f13_spectra
from mijnrisico.report.figures.f14_causes import f14_causes
from mijnrisico.report.pages import spectra
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


@pytest.fixture(scope="module")
def run(run_path):
    return RunFolder(run_path)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_table_of_spectra_has_mean_and_band_at_every_return_period(run, lang):
    words = Words(lang)
    table = spectra.spectra(run, words)
    source = run.table("hazard_spectra").set_index(["place", "imt", "return_period_yr"])
    assert len(table.head) == 1 + 4
    assert len(table.rows) == 3 * source.index.get_level_values("place").nunique()
    for row in table.rows:
        place, measure = row[0].split(", ", 1)
        name = next(imt for imt in ("PGA", "SA(0.3)", "SA(1)") if words.measure(imt) == measure)
        value = float(source.loc[(place, name, 2475.0), "mean"])
        written = row[4].split(" ")[0].replace(",", ".")
        assert float(written) == pytest.approx(value, rel=0.06)
        assert "(" in row[4]


def test_the_table_of_causes_names_the_mean_and_the_part_of_every_place(run):
    table = spectra.causes(run, Words("en"))
    assert len(table.rows) == len(run.table("disaggregation"))
    assert all(row[5].startswith("M 3.5–5.0, within 5 km (56") for row in table.rows)
    assert {row[2] for row in table.rows} == {"4.3"}


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_figures_say_component_surface_and_year(run, lang):
    for draw in (f13_spectra, f14_causes):
        drawing = draw(run, lang)
        said = drawing.subtitle
        assert {"nl": "geometrisch gemiddelde", "en": "geometric mean"}[lang] in said
        assert {"nl": "maaiveld", "en": "ground level"}[lang] in said
        assert "2024" in said
        assert {"component", "surface", "year"} <= set(drawing.data)
        wrong = {"nl": r"\d\.\d", "en": r"\d,\d"}[lang]
        assert not re.search(wrong, f"{drawing.title} {said} {drawing.alt} {drawing.reading}")


def test_the_shares_of_a_figure_add_up(run):
    data = f14_causes(run, "en").data
    assert data.loc[data.kind == "bin", "share"].sum() == pytest.approx(1.0)
    highest = run.table("disaggregation").sort_values("level").place.iloc[-1]
    assert set(data.place) == {highest}


def test_a_spectrum_of_the_user_lies_beside_it_in_figure_and_data(run):
    table = run.table("hazard_spectra").query("place == 'Zeerijp'")
    theirs = pd.DataFrame({"period_s": [0.0, 0.2, 1.0], "sa_g": [0.1, 0.25, 0.1]})
    theirs.attrs["name"] = "norm"
    at = Place("Zeerijp", 247_700.0, 597_400.0)
    alone = spectrum.spectrum(run, at, 2024, table, "en")
    both = spectrum.spectrum(run, at, 2024, table, "en", beside=theirs)
    assert len(both.data) == len(alone.data) + 3
    assert set(both.data.imt) - set(alone.data.imt) == {"norm"}
    assert "norm" in {text.get_text() for text in both.figure.axes[0].texts}
    assert both.reading.startswith(alone.reading)


def test_no_solid_line_runs_from_the_ground_to_the_shortest_period_and_every_dot_is_computed(run):
    table = run.table("hazard_spectra").query("place == 'Zeerijp'")
    drawn = spectrum.spectrum(run, Place("Zeerijp", 247_700.0, 597_400.0), 2024, table, "en")
    lines = drawn.figure.axes[0].lines
    solid = [line for line in lines if line.get_linestyle() == "-"]
    assert solid
    assert min(line.get_xdata().min() for line in solid) == pytest.approx(0.1)
    periods = set(table.loc[table.unit == "g", "period_s"].clip(lower=0.01))
    assert all(set(line.get_xdata()) == periods for line in lines if line.get_marker() == "o")


def test_figures_without_a_map_speak_of_no_coordinates(run):
    assert "RD" not in f13_spectra(run, "en").source


def test_frame_cross_and_line_of_a_disaggregation_are_named_below_it(run):
    (legend,) = [axes.get_legend() for axes in f14_causes(run, "en").figure.axes if axes.get_legend()]
    names = [text.get_text() for text in legend.get_texts()]
    assert names[0].startswith("M 3.5–5.0, within 5 km: ")
    assert names[1:] == ["mean magnitude and distance", "mean epsilon"]


def test_the_sentence_names_a_nearest_distance_only_where_it_says_something(run):
    row = run.table("disaggregation").iloc[0]
    words = Words("en")
    assert causes.distances(words, row, "part50") == "within 5 km"
    away = row.copy()
    away["part50_distance_low_km"] = 4.0
    assert causes.distances(words, away, "part50") == "at 4 to 5 km"
    assert causes.magnitudes(words, row, "part50") == "3.5–5.0"


def test_a_measure_is_written_in_the_notation_of_the_language():
    assert Words("nl").measure("SA(0.85)") == "SA(0,85\N{NO-BREAK SPACE}s)"
    assert Words("en").measure("PGV") == "PGV"
    assert layer.measure_in_words("SA(0.3)", Words("nl")) == "Spectrale versnelling bij 0,3 s"


def test_a_run_without_spectra_keeps_the_table_of_accelerations(run):
    from mijnrisico.report.pages import levels

    assert np.all([len(row) == 3 for row in levels.levels(run, Words("en")).rows])
