"""`hindcast` and `calibrate source` on the command line, over small results and over small fits."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico import cli, front
from mijnrisico.cli import calibrate as verb
from mijnrisico.cli import hindcast as judging
from mijnrisico.studies.groningen import hindcast, refit


def _member(model: str, magnitude: str, score: float, gain: float, wide: float) -> dict[str, object]:
    values = dict.fromkeys(hindcast.SUMMARY, np.nan)
    values |= {"model": model, "magnitude_model": magnitude, "events": 33, "expected": 30.0, "score": score}
    values |= {"score_gain": 10 * gain, "score_gain_low": 10 * (gain - wide), "score_gain_high": 10 * (gain + wide)}
    values |= {"gain_per_event": gain, "gain_low": gain - 0.01, "gain_high": gain + 0.01, "in_band": 2, "years": 3}
    values |= {"total_low": 20, "total_high": 40, "late_observed": 33, "late_expected": 15.0, "late_low": 8}
    values |= {"late_high": 40}
    return values


def _tables(gain: float, wide: float, observed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [_member("elastic", "constant", -300.0, gain, wide), _member("smoothed_stationary", "constant", -310, 0, 0)]
    rows.append(_member("ensemble_official", "", -305.0, gain / 2.0, wide))
    yearly = pd.DataFrame(
        [
            dict.fromkeys(hindcast.TABLE, 0.0)
            | {"year": year, "model": row["model"], "magnitude_model": row["magnitude_model"], "observed": observed}
            | {"p025": 2.0, "p975": 16.0}
            for year in (2021, 2022, 2023)
            for row in rows
        ]
    )
    return yearly, pd.DataFrame(rows)


@pytest.fixture(name="contest")
def quick_contest(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    asked: list[dict[str, object]] = []

    def run(scenario: object, events: pd.DataFrame, **more: object) -> xr.Dataset:
        asked.append({"events": len(events), **more})
        return xr.Dataset()

    yearly, whole = _tables(0.2, 0.1, 12)
    monkeypatch.setattr(hindcast, "hindcast", run)
    monkeypatch.setattr(hindcast, "table", lambda _: yearly)
    monkeypatch.setattr(hindcast, "summary", lambda _: whole)
    return asked


def test_a_hindcast_shows_its_summary_the_best_first_and_what_it_means(contest, capsys) -> None:
    assert cli.call(["hindcast", "--from", "2021", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "33 earthquakes" in lines[0]
    assert lines[2].startswith("elastic, ")
    assert "better than chance" in lines[-2]
    assert "in all 3 years" in lines[-1]
    assert list(contest[0]["years"]) == [2021, 2022, 2023]
    assert contest[0]["events"] == 357


@pytest.mark.parametrize(
    ("gain", "wide", "words"), [(0.2, 0.1, "better than chance"), (0.1, 0.2, "do not decide"), (-0.3, 0.1, "nothing")]
)
def test_the_meaning_follows_the_band(gain: float, wide: float, words: str) -> None:
    first, second = judging.meaning(*_tables(gain, wide, 20), "en")
    assert words in first  # by the years: the band of the T-test is narrow in all three
    assert "2021 (20; 2–16)" in second


def test_both_tables_are_written_or_none(contest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.call(["hindcast", "--out", "judged", "--quiet"]) == 0
    assert sorted(path.name for path in (folder / "judged").iterdir()) == ["hindcast.csv", "hindcast_summary.csv"]
    header = (folder / "judged" / "hindcast.csv").read_text(encoding="utf-8").splitlines()[0]
    assert tuple(header.split(",")) == hindcast.TABLE
    assert cli.call(["hindcast", "--out", "judged", "--quiet"]) == 3
    assert len(contest) == 1  # it is refused before anything is computed
    assert cli.call(["hindcast", "--out", "judged", "--force", "--quiet"]) == 0

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "full")

    broken = _tables(0.2, 0.1, 12)[1]
    monkeypatch.setattr(type(broken), "to_csv", full)
    assert cli.call(["hindcast", "--out", "other", "--quiet"]) == 6
    assert list((folder / "other").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (["--to", "2024"], "E303", 3),
        (["--from", "1995"], "E303", 3),
        (["--from", "2012", "--to", "2010"], "E503", 3),
        (["--models", "elastic,magic"], "E005", 2),
        (["nowhere.toml"], "E101", 3),
    ],
)
def test_what_cannot_be_foretold_is_said(contest, words, code, exit_code, capsys) -> None:
    assert cli.call(["hindcast", *words]) == exit_code
    assert code in capsys.readouterr().err
    assert contest == []


def test_a_program_gets_both_tables_as_json(contest, capsys) -> None:
    assert cli.call(["hindcast", "--json", "--quiet", "--models", "elastic, rate_and_state"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in told["summary"]] == ["elastic", "smoothed_stationary", "ensemble_official"]
    assert len(told["years"]) == 9
    assert told["files"] == []
    assert contest[0]["models"] == ("elastic", "rate_and_state")


PRESSURE = refit.pressure
SMALL = """
title = "Small"
template = "groningen"
[source]
rmax = [0.4125, 0.425]
sigma = [3500.0]
"""


@pytest.fixture(scope="module", name="told")
def a_small_fit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("refit") / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(name="once")
def pressures_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refit, "pressure", lambda scenario, _: _pressure(scenario.pressure.cell))


@cache
def _pressure(cell: int) -> xr.DataArray:
    return PRESSURE(front.template(overrides=[f"pressure.cell={cell}"]), date(2024, 12, 31))


@pytest.mark.slow
@pytest.mark.usefixtures("once")
def test_the_posterior_is_shown_with_how_it_was_found(told: Path, capsys) -> None:
    assert cli.call(["calibrate", "source", str(told), "--until", "2010-07-01", "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert "elastic: 135 earthquakes from 1995-01-01 to 2010-07-01" in shown
    assert "Sensitivity to stress" in shown
    assert "Log evidence" in shown
    assert "wide and fine enough" in shown


@pytest.mark.usefixtures("once")
def test_one_more_earthquake_counts_from_the_day_after_it(told: Path, capsys) -> None:
    counts = []
    for day in ("2012-08-16", "2012-08-17"):  # that of Huizinge is of the 16th
        assert cli.call(["calibrate", "source", str(told), "--until", day, "--json", "--quiet"]) == 0
        counts.append(json.loads(capsys.readouterr().out)["events"])
    assert counts[1] == counts[0] + 1


@pytest.mark.usefixtures("once")
def test_after_the_measured_production_that_of_the_scenario_is_taken(told: Path, capsys) -> None:
    assert cli.call(["calibrate", "source", str(told), "--until", "2024-02-05", "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["until"] == "2024-02-05"
    assert {row["parameter"] for row in found["parameters"]} >= {"rmax", "sigma_m", "theta1", "etas_k", "b0"}
    assert 0.0 <= found["weight_left_out"] < 0.01


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--until", "2024-06-01"], "E303"),
        (["--until", "1995-01-01"], "E303"),
        (["--until", "soon"], "E503"),
        (["--until", "1997-01-01"], "E408"),
        (["--catalogue", "nowhere.csv"], "E101"),
    ],
)
def test_a_day_or_a_catalogue_that_cannot_be_used_is_said(words: list[str], code: str, capsys) -> None:
    assert cli.call(["calibrate", "source", *words]) == 3
    assert code in capsys.readouterr().err


@pytest.mark.usefixtures("once")
def test_a_newer_catalogue_is_fitted_beyond_the_measured_production(told: Path, folder: Path, capsys) -> None:
    from mijnrisico.seismic import catalogue

    events = catalogue.select(1.45, "1995-01-01", "2024-01-01")
    newer = pd.DataFrame({"time": ["2024-11-02T03:00:00"], "x": [240_000.0], "y": [597_000.0], "magnitude": [2.3]})
    rows = pd.concat([events.assign(time=events["time"].dt.strftime("%Y-%m-%dT%H:%M:%S")), newer])
    rows = rows.rename(columns={"x": "x_rd", "y": "y_rd"}).assign(magnitude_type="ML", type="induced")
    rows.to_csv(folder / "newer.csv", index=False)
    words = ["--until", "2024-12-01", "--catalogue", "newer.csv", "--json", "--quiet"]
    assert cli.call(["calibrate", "source", str(told), *words]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 358


@pytest.mark.usefixtures("once")
def test_the_last_run_stands_beside_it(
    told: Path, tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType, capsys
) -> None:
    results = tmp_path_factory.mktemp("results")
    synthetic.write(results / "2026-03-02-aa11bb22")
    words = ["--until", "2010-07-01", "--results", str(results), "--json", "--quiet"]
    assert cli.call(["calibrate", "source", str(told), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"]
    assert {row["model"] for row in found["parameters_of_run"]} == {"elastic"}


@pytest.mark.parametrize(
    ("edge", "coarse", "words"),
    [(0.01, 0.1, "wide and fine"), (0.3, 0.1, "narrow: 30 %"), (0.0, 0.7, "coarse: 0.70"), (None, None, "–")],
)
def test_convergence_is_said_in_words(edge: float | None, coarse: float | None, words: str) -> None:
    assert verb.convergence(edge, coarse, "en").startswith(words)


def test_the_pressure_after_the_history_follows_the_scenario() -> None:
    found = refit.pressure(front.template(), date(2024, 12, 31))
    assert str(found["time"].to_numpy()[-1])[:10] == "2025-01-01"
    assert len(set(found["time"].to_numpy().tolist())) == found.sizes["time"]
