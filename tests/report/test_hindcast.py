"""Claims about the judged models (F31, F32, their chapter), the b-values (F09) and the count and density (F29)."""

import shutil

import numpy as np
import pandas as pd
import pytest
from scipy.special import pdtr

from mijnrisico.report import branches, hindcast_facts, thresholds
from mijnrisico.report.draw import names
from mijnrisico.report.figures import FIGURES
from mijnrisico.report.figures.f09_b_value import mixed
from mijnrisico.report.figures.f29_hazard_management import cumulative, cumulative_band, follow
from mijnrisico.report.hindcast_facts import Gain
from mijnrisico.report.pages import hindcast, tables
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

NEW = {"F09", "F13", "F14", "F18", "F19", "F21", "F25", "F26", "F27", "F30", "F31", "F32", "F33", "F34"}
EN = Words("en")


@pytest.fixture(scope="module")
def run(run_path):
    return RunFolder(run_path)


@pytest.fixture(scope="module")
def old(synthetic, tmp_path_factory):
    return RunFolder(synthetic.write(tmp_path_factory.mktemp("old"), elastic_only=True))


@pytest.fixture
def copy(run_path, tmp_path):
    shutil.copytree(run_path, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "report"))
    return tmp_path / "run"


def draw(number, run, lang="en"):
    return next(figure for figure in FIGURES if figure.number == number).draw(run, lang)


def change(path, name, edit):
    file = path / "tables" / f"{name}.csv"
    edit(pd.read_csv(file)).to_csv(file, index=False)
    return RunFolder(path)


def test_an_older_run_keeps_its_figures_and_lacks_only_the_new_ones(old):
    possible = {figure.number for figure in FIGURES if figure.possible(old)}
    assert {figure.number for figure in FIGURES} - possible == NEW
    assert "P10–P90" in " ".join(t.get_text() for t in draw("F04", old).figure.axes[0].get_legend().get_texts())
    assert hindcast.sentences(old, EN) == ()
    assert hindcast.in_short(old, EN) == ""


def test_only_a_run_without_a_delayed_branch_is_called_elastic(run, old, copy):
    assert branches.elastic_only(old)
    assert not branches.elastic_only(run)
    assert branches.note(run, EN) == ""
    assert "delay" in branches.note(old, EN)


def test_a_gain_says_something_only_when_its_band_leaves_out_zero():
    assert Gain(0.2, 0.1, 0.3).case == "positive"
    assert Gain(-0.2, -0.3, -0.1).case == "negative"
    assert Gain(0.2, -0.1, 0.5).case == "none"
    assert Gain(0.2, float("nan"), float("nan")).case == "none"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.1, 0.9, "That is more than the band"), (-0.1, 0.9, "not more than the band"), (-0.9, -0.1, "None of ")],
)
def test_the_sentence_about_the_best_model_follows_its_band(copy, low, high, said):
    run = change(copy, "hindcast_summary", lambda t: t.assign(score_gain_low=low, score_gain_high=high))
    assert said in hindcast.sentences(run, EN)[0]
    drawing = draw("F32", run)
    assert ("best" in drawing.title) == (high > 0) or "No single model" in drawing.title


def test_the_years_outside_the_band_are_named_and_counted(copy):
    def miss(table):
        ensemble = table.model == branches.ENSEMBLES[0]
        return table.assign(p975=np.where(ensemble & table.year.isin([2003, 2011]), table.observed - 1, table.p975))

    run = change(copy, "hindcast", miss)
    title = draw("F31", run).title
    assert "2003 and 2011" in title
    assert "2 of the 24" in title
    assert any("In 2 of 24 years" in s and "2003, 2011" in s for s in hindcast.sentences(run, EN))
    assert "in 22 of the 24 years" in hindcast.in_short(run, EN)


def test_no_year_outside_the_band_is_said_to_be_none(run):
    assert any(s.startswith("In none of 24 years") for s in hindcast.sentences(run, EN))


def test_a_number_over_all_or_the_last_years_outside_its_band_is_said(run, copy):
    assert not any("together" in s and "came" in s for s in hindcast.sentences(run, EN))

    def miss(table):
        ensemble = table.model == branches.ENSEMBLES[0]
        late = table.late_observed
        return table.assign(
            late_expected=np.where(ensemble, 30.0, table.late_expected),
            late_low=np.where(ensemble, late - 20, table.late_low),
            late_high=np.where(ensemble, late - 1, table.late_high),
        )

    found = [s for s in hindcast.sentences(change(copy, "hindcast_summary", miss), EN) if "In 2020–2023 together" in s]
    assert len(found) == 1
    assert f"{branches.called(EN, branches.ENSEMBLES[0])} 30 (" in found[0]
    assert found[0].count(";") == 0
    assert "In all of" not in found[0]


def test_what_is_said_of_a_model_does_not_rest_on_the_test_that_takes_earthquakes_as_independent(run, copy):
    narrow = change(copy, "hindcast_summary", lambda t: t.assign(gain_low=0.11, gain_high=0.12, t_p=0.0))
    before, after = hindcast.sentences(run, EN), hindcast.sentences(narrow, EN)
    assert before[1:] == after[1:]
    assert before[0].split("The T-test")[0] == after[0].split("The T-test")[0]
    assert "(0.11 to 0.12)" in after[0]
    assert hindcast.table(run, EN).rows == hindcast.table(narrow, EN).rows
    assert draw("F32", run).title == draw("F32", narrow).title


def test_the_gain_adds_up_to_the_difference_of_the_scores(run):
    table = hindcast_facts.years(run)
    course = hindcast_facts.cumulative_gain(table, "elastic", "constant")
    ours, known = (
        hindcast_facts.one(table, *m).score.sum() for m in (("elastic", "constant"), hindcast_facts.REFERENCE)
    )
    assert course.gain.iloc[-1] == pytest.approx(ours - known)
    assert (hindcast_facts.cumulative_gain(table, *hindcast_facts.REFERENCE).gain == 0.0).all()


def test_the_weights_by_past_score_sum_to_one_in_every_year(run):
    weights = hindcast_facts.past_weights(hindcast_facts.years(run))
    assert weights.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert weights.iloc[0].nunique() == 1


def test_without_the_reference_there_is_no_gain_to_draw(copy):
    run = change(copy, "hindcast", lambda t: t[t.model != hindcast_facts.REFERENCE[0]])
    figure = next(figure for figure in FIGURES if figure.number == "F32")
    assert not figure.possible(run)


def test_the_table_lists_the_ensembles_and_then_the_models_by_score(run):
    table = hindcast.table(run, EN)
    summary = hindcast_facts.summary(run)
    assert len(table.rows) == summary.model.nunique()
    assert [row[0] for row in table.rows[:2]] == [branches.called(EN, name) for name in branches.ENSEMBLES]
    scores = [float(row[2]) for row in table.rows[2:]]
    assert scores == sorted(scores, reverse=True)


def test_the_table_of_parameters_tells_where_the_range_or_the_steps_decide(run):
    rows = {row[0]: row for row in tables.posterior(run, EN).rows}
    hardening = rows["elastic-plastic: Hardening log₁₀ H_s (MPa)"]
    assert hardening[3].startswith("at the edge: 31")
    assert hardening[4].startswith("coarse")
    assert rows["elastic: Choice of faults r_max (throw over half thickness)"][3].startswith("wide enough")
    assert next(iter(rows)).startswith("elastic-plastic: ")  # the heaviest first


def test_the_posterior_of_a_model_without_theta1_is_drawn_too(copy):
    def heavier(table):
        return table.assign(weight=np.where(table.branch == "rate_and_state", 0.9, table.weight))

    run = change(copy, "logic_tree", heavier)
    drawing = draw("F08", run)
    assert "rate-and-state" in drawing.title
    assert "θ₁" not in drawing.alt


def test_the_band_of_a_sum_of_poisson_years_is_that_of_poisson():
    mean = np.array([8.0, 6.0, 5.0])
    half = 1.2815515655446004 * np.sqrt(mean)
    low, high = cumulative_band(mean, mean - half, mean + half)
    for total, p10, p90 in zip(np.cumsum(mean), low, high, strict=True):
        assert pdtr(p10, total) >= 0.1 > pdtr(p10 - 1, total)
        assert pdtr(p90, total) >= 0.9 > pdtr(p90 - 1, total)


def test_what_years_have_in_common_widens_the_band_of_their_sum():
    mean = np.full(10, 9.0)
    alone = 1.2815515655446004 * np.sqrt(mean)
    narrow, wide = (cumulative_band(mean, mean - f * alone, mean + f * alone) for f in (1.0, 2.0))
    assert wide[1][-1] - wide[0][-1] > 2.0 * (narrow[1][-1] - narrow[0][-1])


def test_the_forecast_is_counted_on_from_what_was_observed(run):
    counted = cumulative(run.table("event_rate"))
    past, ahead = (counted[counted.period == name] for name in ("past", "forecast"))
    assert len(past) == 10
    rate = run.table("event_rate").set_index("year")
    start = float(past.observed.iloc[-1])
    assert ahead["mean"].iloc[0] == pytest.approx(start + rate["mean"][run.first_year])
    assert (ahead.p10 <= ahead.p90).all()


def test_the_density_is_counted_from_a_higher_magnitude_since_2020(run):
    found = follow(run)
    assert set(found.magnitude_min) == {1.0, 1.2}
    assert found[found.magnitude_min == 1.0].moment.max() == found[found.magnitude_min == 1.2].moment.min()
    assert (found.density_per_km2_year >= 0.0).all()


def test_a_catalogue_without_weak_earthquakes_has_no_density_and_says_so(copy):
    run = change(copy, "catalogue", lambda t: t[t.magnitude >= 1.45])
    assert len(follow(run)) == 0
    assert "not drawn" in draw("F29", run).reading


def test_a_threshold_has_a_source_and_a_time_and_the_rest_is_called_not_configured(run):
    for known in thresholds.thresholds("earthquake_density"):
        assert known.valid_from < known.valid_until
        assert known.source
    reading = draw("F29", run).reading
    assert "Not configured" in reading
    assert "unsafe" not in reading


def test_the_b_value_of_the_title_is_the_lowest_of_the_weighted_mean(run):
    grid = run.grid("b_value")
    weight = grid.weight.values
    slow = sum(w * grid.b_value.isel(magnitude_model=k).values for k, w in enumerate(weight)) / weight.sum()
    np.testing.assert_allclose(mixed(grid), slow)
    assert EN.fixed(float(np.nanmin(slow)), 2) in draw("F09", run).title


def test_a_magnitude_model_without_weight_has_no_map(run, copy):
    grid = run.grid("b_value").load()
    grid.weight.values[:] = [1.0, 0.0, 0.0, 0.0]
    (copy / "grids" / "b_value.nc").unlink()
    grid.to_netcdf(copy / "grids" / "b_value.nc", engine="h5netcdf")
    assert set(draw("F09", RunFolder(copy)).data.magnitude_model) == {"linear_stress"}


def test_names_at_the_ends_of_lines_do_not_stand_on_each_other():
    placed = names.apart([(1.0, "a", ""), (1.01, "b", ""), (1.02, "c", ""), (9.0, "d", "")], 0.5)
    heights = [height for height, _, _ in placed]
    assert [name for _, name, _ in placed] == ["a", "b", "c", "d"]
    assert np.diff(heights).min() >= 0.5 - 1e-9
    assert heights[-1] == 9.0
    assert np.mean(heights[:3]) == pytest.approx(1.01)
