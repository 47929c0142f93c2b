"""The year that the report shows, and what it says when that is not the first one."""

import pandas as pd
import pytest

from mijnrisico.report.figures.f02_pressure import f02_pressure
from mijnrisico.report.figures.f05_magnitudes import f05_magnitudes
from mijnrisico.report.pages import findings
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


@pytest.fixture
def later(run_path) -> RunFolder:
    """Return a run whose shaking is strongest in its third year."""
    run = RunFolder(run_path)
    rising = run.hazard.copy()
    rising.loc[{"year": 2026}] = 1.3 * rising.sel(year=2024)
    run.__dict__["hazard"] = rising
    return run


def test_the_shown_year_is_the_first_when_shaking_only_falls(run_path):
    run = RunFolder(run_path)
    assert run.shown_year == run.first_year
    assert run.told_years == (2024, 2030, 2035)


def test_the_shown_year_is_the_one_with_the_largest_area_above_the_threshold(later):
    assert later.shown_year == 2026
    assert later.told_years == (2024, 2026, 2035)


def test_without_any_area_the_shown_year_has_the_highest_level(later):
    later.__dict__["hazard"] = 0.01 * later.hazard
    assert later.shown_year == 2026


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_summary_names_first_shown_and_last_year(later, lang):
    first = findings.sentences(later, Words(lang))[0]
    assert all(str(year) in first for year in later.told_years)


def test_pressure_that_evens_out_explains_nothing_while_gas_is_produced(synthetic, tmp_path):
    path = synthetic.write(tmp_path)
    table = pd.read_csv(path / "tables" / "production.csv")
    closed = f02_pressure(RunFolder(path), "en").title
    table.loc[table.year == 2025, "volume_bcm"] = 5.0
    table.to_csv(path / "tables" / "production.csv", index=False)
    assert "earthquakes go on" in closed
    assert f02_pressure(RunFolder(path), "en").title.startswith("The scenario produces gas")


def test_a_magnitude_counts_from_the_lower_edge_of_its_rounding(run_path):
    assert "3.6 or more counts from 3.55" in f05_magnitudes(RunFolder(run_path), "en").reading
