"""`mijnrisico models`: cards and the logic tree on the screen."""

import json

import pandas as pd
import pytest

from mijnrisico import cli
from mijnrisico.studies import models

Capture = pytest.CaptureFixture[str]


def test_the_list_names_every_model(capsys: Capture) -> None:
    assert cli.call(["models", "list", "--json"]) == 0
    assert [card["key"] for card in json.loads(capsys.readouterr().out)] == [card.key for card in models.cards()]
    assert cli.call(["models", "list", "--lang", "nl"]) == 0
    said = capsys.readouterr().out
    assert all(card.key in said for card in models.cards())
    assert "wat het doet" in said


@pytest.mark.parametrize("name", ["fragility.V7", "FRAGILITY.v7"])
def test_a_card_tells_range_source_and_where_it_is(name: str, capsys: Capture) -> None:
    assert cli.call(["models", "describe", name]) == 0
    said = capsys.readouterr().out
    assert "0.001–5" in said
    assert "Crowley and Pinho" in said
    assert "mijnrisico.seismic.fragility.fcm_v7" in said


def test_a_name_that_models_share_shows_them_all(capsys: Capture) -> None:
    assert cli.call(["models", "describe", "V7"]) == 0
    said = capsys.readouterr().out
    assert all(key in said for key in ("motion.V7", "fragility.V7", "consequence.V7"))


def test_the_tree_counts_the_combinations_of_the_documentation(capsys: Capture) -> None:
    assert cli.call(["models", "tree", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["combinations"] == {"shaking": 19872, "risk": 178848, "buildings": 4 * 178848}


def test_the_weights_of_every_choice_sum_to_one_on_the_screen(capsys: Capture) -> None:
    assert cli.call(["models", "tree", "groningen", "--lang", "nl"]) == 0
    sums = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip().startswith("som")]
    assert len(sums) == 11
    assert {value for _, value in sums} == {"1"}


def test_the_tree_of_a_scenario_has_its_weights(capsys: Capture, tmp_path) -> None:
    (tmp_path / "mine.toml").write_text(
        'title = "Mine"\n[source]\nmmax = { values = [5.0, 6.0], weights = [0.5, 0.5] }\n', encoding="utf-8"
    )
    assert cli.call(["models", "tree", "mine.toml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["combinations"]["shaking"] == 19872 // 3


def test_the_tree_of_a_wrong_scenario_says_what_is_wrong(capsys: Capture, tmp_path) -> None:
    (tmp_path / "mine.toml").write_text('title = "Mine"\n[hazard]\ncel = 1\n', encoding="utf-8")
    assert cli.call(["models", "tree", "mine.toml"]) == 3
    assert "E502" in capsys.readouterr().err


def test_the_tree_of_a_run_is_that_in_its_table(capsys: Capture, tmp_path, synthetic) -> None:
    folder = synthetic.write(tmp_path / "2024-01-17-3f2e")
    assert cli.call(["models", "tree", "--run", "3f2e", "--results", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    table = pd.read_csv(folder / "tables" / "logic_tree.csv")
    assert [row["branch"] for row in found["nodes"]] == table["branch"].astype(str).tolist()
    assert all(row["condition"] is not None for row in found["nodes"])
    assert cli.call(["models", "tree", "--run", "3f2e", "--results", str(tmp_path)]) == 0
    sums = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip().startswith("sum ")]
    assert {value for _, value in sums} == {"1"}


def test_a_tree_is_of_a_scenario_or_of_a_run(capsys: Capture) -> None:
    assert cli.call(["models", "tree", "groningen", "--run", "3f2e"]) == cli.USAGE
    assert "E006" in capsys.readouterr().err
