"""`tornado` and `sensitivity`: a table, a figure and its data, JSON, an interruption, words in both languages."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.studies import small_tree

from mijnrisico import cli, messages
from mijnrisico.core.run import kept
from mijnrisico.seismic import site
from mijnrisico.studies import inputs, sensitivity
from mijnrisico.studies.groningen import shares, tornado
from mijnrisico.studies.sensitivity import Node

ROWS = [
    ("pga_max", "mmax", "4.5", "branch", 0.75, 0.04, 0.08, 0.5),
    ("pga_max", "mmax", "5.5", "branch", 0.25, 0.16, 0.08, 2.0),
    ("pga_max", "median", "upper", "branch", np.nan, 0.1, 0.08, 1.25),
    ("pga_max", "rupture", "point", "one_at_a_time", np.nan, 0.076, 0.08, 0.95),
    ("buildings_above_1e-5", "mmax", "4.5", "branch", 0.75, 0.0, 0.0, np.nan),
]


BRANCHES = pd.DataFrame(
    [("rate", "elastic", 0.4, "events", 30.0, 42.0), ("median", "upper", np.nan, "deaths", 2.0, 1.0)],
    columns=["node", "branch", "weight", "target", "value", "base"],
)


@pytest.fixture(name="results")
def results_folder(tmp_path: Path) -> str:
    small_tree.stored(tmp_path)
    return str(tmp_path)


@pytest.fixture(name="answered")
def answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame(ROWS, columns=list(tornado.COLUMNS))
    monkeypatch.setattr(tornado, "tornado", lambda *_: table)


def _call(verb: str, results: str, *arguments: str) -> int:
    return cli.call([verb, "aa11", "--results", results, *arguments])


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.usefixtures("answered")
def test_the_largest_effect_stands_first_on_the_screen_and_in_the_figure(
    lang: messages.Language, results: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = tmp_path / "out" / "t.svg"
    assert _call("tornado", results, "--out", str(figure), "--lang", lang) == 0
    said = capsys.readouterr().out
    assert messages.text("report.tornado.input.mmax", lang) in said
    assert messages.text("report.tornado.published.masonry_fragility", lang) in said
    title = figure.read_text(encoding="utf-8")
    assert messages.text("report.tornado.input.mmax", lang) in title
    data = pd.read_csv(figure.with_suffix(".csv"))
    assert data["target"].unique().tolist() == ["pga_max"]


@pytest.mark.usefixtures("answered")
def test_the_json_has_every_row_of_the_target(results: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("tornado", results, "--json", "--out", str(tmp_path / "t.svg")) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["ratio"] for row in told["rows"]] == [0.5, 2.0, 1.25, 0.95]


@pytest.mark.usefixtures("answered")
def test_a_target_that_is_zero_has_no_factors_and_says_so(
    results: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call("tornado", results, "--target", "buildings", "--lang", "en", "--out", str(tmp_path / "b.svg")) == 0
    assert "is zero in 2030" in " ".join(capsys.readouterr().out.split())


ZERO = pd.DataFrame(
    [
        ("buildings_above_1e-5", "mmax", "4.5", "branch", 0.75, 0.0, 0.0, np.nan),
        ("buildings_above_1e-5", "mmax", "6.5", "branch", 0.03, 1640.0, 0.0, np.nan),
        ("buildings_above_1e-5", "rupture", "point", "one_at_a_time", np.nan, 0.0, 0.0, np.nan),
        ("buildings_above_1e-5", "fragility", "upper", "branch", 0.2, 3250.0, 0.0, np.nan),
        ("deaths", "fragility", "lower", "branch", 0.2, 0.5, 2.0, 0.25),
        ("deaths", "fragility", "upper", "branch", 0.2, 4.0, 2.0, 2.0),
    ],
    columns=list(tornado.COLUMNS),
)


def test_what_changes_a_number_that_is_zero_comes_first_and_what_does_not_is_no_bar() -> None:
    from mijnrisico.report.figures.f22_tornado import bars

    found = tornado.ordered(ZERO)
    assert found["value"].tolist() == [3250.0, 1640.0, 0.0, 0.0, 0.5, 4.0]
    drawn = bars(found[found["target"] == "buildings_above_1e-5"])
    assert drawn["input"].tolist() == ["fragility", "mmax"]
    assert drawn[["low", "high"]].to_numpy().tolist() == [[0.0, 3250.0], [0.0, 1640.0]]


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_a_number_that_is_zero_is_told_in_differences(
    lang: messages.Language,
    results: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tornado, "tornado", lambda *_: tornado.ordered(ZERO))
    figure = tmp_path / "zero.svg"
    assert _call("tornado", results, "--target", "buildings", "--lang", lang, "--out", str(figure)) == 0
    said = capsys.readouterr().out
    assert messages.text("tornado.column.difference", lang) in said
    assert messages.text("tornado.say.differences", lang) in said
    drawn = figure.read_text(encoding="utf-8")
    assert "+1640" in drawn
    assert "+3250" in drawn


def test_bars_reach_from_the_lowest_to_the_highest_option_the_longest_first() -> None:
    from mijnrisico.report.figures.f22_tornado import bars

    found = bars(pd.DataFrame(ROWS[:4], columns=list(tornado.COLUMNS)))
    assert found["input"].tolist() == ["mmax", "median", "rupture"]
    assert found.loc[0, ["option_low", "low", "option_high", "high"]].tolist() == ["4.5", 0.5, "5.5", 2.0]


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_the_shares_add_up_in_the_table_and_in_the_json(
    lang: messages.Language, results: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = Node("mmax", np.array([0.5, 0.5])), Node("median", np.array([0.2, 0.8]))
    found = shares.Leaves(np.array([[0.0, 1.0], [3.0, 4.0]]), nodes)
    monkeypatch.setattr(shares, "leaves", lambda *_: found)
    assert _call("sensitivity", results, "--samples", "64", "--lang", lang) == 0
    assert messages.text("report.tornado.input.median", lang) in capsys.readouterr().out
    assert _call("sensitivity", results, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(row["s1"] for row in told["exact"]) == pytest.approx(1.0)
    assert told["leaves"] == 4


@pytest.fixture(name="few")
def two_inputs_and_few_buildings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Only a unit and the smallest magnitude are varied; what the second asks is answered at once."""
    asked: list[str] = []
    chosen = tuple(each for each in sensitivity.inputs() if each.name in {"site_variability_argument", "magnitude_min"})
    monkeypatch.setattr(sensitivity, "inputs", lambda: chosen)
    monkeypatch.setattr(tornado, "branch_targets", lambda *_: BRANCHES)
    monkeypatch.setattr(inputs, "buildings", lambda scenario: small_tree.homes())
    monkeypatch.setattr(site, "hazard_grid", small_tree.grid)
    monkeypatch.setattr(tornado.Workshop, "forecast", lambda self, scenario: _forecast(scenario, asked))
    return asked


def _forecast(scenario, asked: list[str]):
    from mijnrisico.core.run import Staged

    asked.append(f"{scenario.source.magnitude_min:g}")
    factor = 1.5 if scenario.source.magnitude_min > 1.5 else 1.0
    found = small_tree.forecast()
    found["coefficient"] = found["coefficient"] * factor
    return Staged(f"given {factor}", found, cached=False, seconds=0.0)


def test_an_interrupted_tornado_goes_on_where_it_stopped(
    few: list[str], results: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tornado.Workshop, "forecast", stop)
        assert _call("tornado", results, "--lang", "en") == 130
    again = f"mijnrisico tornado 2030-01-01-aa11bb22 --target pga_max --year 2030 --results {results} --lang en"
    assert again in capsys.readouterr().err.replace("\n", "")
    names = {path.name.rpartition("-")[0] for path in (Path(results) / kept.CACHE).glob("*.json")}
    assert names == {"tornado_branches", "tornado_base", "tornado_site_variability_argument"}
    with monkeypatch.context() as patch:
        patch.setattr(tornado, "branch_targets", stop)
        patch.setattr(tornado.Workshop, "answer", lambda *_, **__: {"events": 60.0, "deaths": 1.0})
        assert _call("tornado", results, "--target", "events", "--json", "--out", str(tmp_path / "e.svg")) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["input"] for row in rows} == {"rate", "magnitude_min", "site_variability_argument"}
    assert few == ["1.45", "1.65", "1.95"]
