"""Every check that a run can write has its words, and what differs is explained."""

import ast
import inspect

import numpy as np
import pandas as pd
import pytest

from mijnrisico import messages
from mijnrisico.report.pages import tables
from mijnrisico.report.pages.tables import checked, past_years
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words
from mijnrisico.studies.groningen import validation

EQUAL_TABLES = {
    "gmm_v7_median",
    "gmm_v7_amplification",
    "fcm_v7",
    "production_total",
    "events_1995_2021",
    "mass_balance",
}
"""Checks that a change of code would break, not the world: one that differs gets the general sentence."""


def loops(tree, name):
    """What the variables in a name run through: one mapping for every turn of the loop that makes it."""
    inside = {n.id for n in ast.walk(name) if isinstance(n, ast.Name)}
    for loop in (n for n in ast.walk(tree) if isinstance(n, ast.For) and isinstance(n.target, ast.Tuple)):
        variables = [n.id for n in loop.target.elts]
        if inside & set(variables):
            return [dict(zip(variables, turn, strict=True)) for turn in ast.literal_eval(loop.iter)]
    return [{}]


def values(node):
    """Return the texts that an expression can be: of a choice either way, and one for each model that is published."""
    if isinstance(node, ast.IfExp):
        return values(node.body) | values(node.orelse)
    if isinstance(node, ast.JoinedStr):
        written = compile(ast.Expression(node), "check", "eval")
        return {eval(written, {"model": model}) for model in validation._PUBLISHED if model != "elastic"}
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def names():
    """Names of the checks, read from the source: the first argument of every call that makes one."""
    tree = ast.parse(inspect.getsource(validation))
    assigned: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, set()).update(values(node.value))
    found = set()
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)):
        if call.func.id not in {"Check", "_equal", "_count"}:
            continue
        first = call.args[0]
        if isinstance(first, ast.Name):
            found |= set(assigned.get(first.id, ()))
        else:
            written = compile(ast.Expression(first), "check", "eval")
            found |= {eval(written, vars(validation) | one) for one in loops(tree, first)}
    return found


def test_the_names_are_found_in_the_source():
    assert {"pressure_rms_1km", "pressure_rms_500m", "hindcast_2017_max_pga_v6", "statement_2021", "fcm_v7"} <= names()


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_check_has_a_label(lang):
    assert {name for name in names() if not Words(lang).has(f"check.{name}")} == set()


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("verdict", ["", "False"])
def test_every_check_that_does_not_agree_is_explained(lang, verdict, run_path, tmp_path):
    (tmp_path / "tables").mkdir()
    checks = pd.DataFrame({"check": sorted(names()), "published": 2.0, "ours": 1.0, "note": "", "passed": verdict})
    checks.to_csv(tmp_path / "tables" / "validation.csv", index=False)
    explained = dict(tables.discussion(RunFolder(tmp_path), Words(lang)))
    assert len(explained) == len(checks) or not verdict
    general = Words(lang)("discussion.none")
    ours = {
        n
        for n in names() - EQUAL_TABLES
        if explained.get(checked._check(RunFolder(tmp_path), Words(lang), n), general) == general
    }
    assert ours == set()


def test_an_explanation_of_a_shortfall_is_not_printed_where_there_is_none(tmp_path):
    (tmp_path / "tables").mkdir()
    row = {"check": ["events_2017_2023_forecast"], "published": 92.0, "ours": 90.0, "note": "", "passed": True}
    pd.DataFrame(row).to_csv(tmp_path / "tables" / "validation.csv", index=False)
    assert tables.discussion(RunFolder(tmp_path), Words("en")) == ()


def test_the_hindcast_says_where_a_model_is_highest_and_what_the_others_give_relative_to_it(run_path):
    found = dict(tables.discussion(RunFolder(run_path), Words("en")))
    text = found["Hindcast 2017 with V7: highest PGA once in 475 years"]
    assert "near Zeerijp; the published one is 2.4 times it" in text
    assert "V6 gives 1.8 times V7" in text
    assert "comparison and no test" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "in Eemsdelta, Groningen and Oldambt: exactly the municipalities"),
        ({"Oldambt": (0.0422, 0.0)}, "in Eemsdelta and Groningen. Not in Oldambt (0.042\N{NO-BREAK SPACE}g), which"),
        ({"Oldambt": (np.nan, 0.0)}, "Not in Oldambt (below 0.04 g), which the industry rule names too. Elsewhere"),
        (
            {"Pekela": (0.06, 3.0)},
            "in Eemsdelta, Groningen, Oldambt and Pekela. The industry rule does not name Pekela.",
        ),
        (dict.fromkeys(("Eemsdelta", "Groningen", "Oldambt"), (np.nan, 0.0)), "comes to 0.05 g nowhere."),
    ],
)
def test_what_differs_from_the_statement_is_named(changed, said, tmp_path):
    level = dict.fromkeys(("Eemsdelta", "Groningen", "Oldambt"), (0.07, 9.0)) | {"Pekela": (np.nan, 0.0)} | changed
    rows = [("V7", name, *of_name, 99.0, name != "Pekela") for name, of_name in level.items()]
    columns = ["motion", "municipality", "highest_g", "area_km2", "on_map_km2", "named"]
    (tmp_path / "tables").mkdir()
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "tables" / "hindcast_2021_municipalities.csv", index=False)
    assert said in past_years.told(RunFolder(tmp_path), Words("en"), "statement_2021_v7")["outcome"]


def test_the_table_of_municipalities_shows_level_and_area_and_who_is_named(run_path):
    table = tables.municipalities(RunFolder(run_path), Words("en"))
    rows = {row[0]: tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row[1:]) for row in table.rows}
    assert table.head == ("Municipality", "Named in the rule", "V6", "V7")
    assert rows["Eemsdelta"] == ("yes", "0.17 g; 240 km²", "0.099 g; 147 km²")
    assert rows["Midden-Groningen"][2] == "0.050 g; less than 0.1 km²"
    assert rows["Oldambt"] == ("yes", "0.074 g; 11 km²", "0.042 g")
    assert rows["Tynaarlo"] == ("no", "–", "–")


def test_the_level_of_the_rate_stands_beside_no_published_one(run_path):
    rows = {row[0]: row[2] for row in tables.posterior(RunFolder(run_path), Words("en")).rows}
    assert rows["elastic: Level θ₀ (ln of direct events per unit of the model)"] == "–"
    assert "6.14" in next(v for k, v in rows.items() if "θ₁" in k)


def test_what_was_left_out_is_counted_once(run_path):
    rows = dict(tables.left_out(RunFolder(run_path), Words("en")).rows)
    assert rows["Pressure measurements set aside by a flag"] == "120"
    assert not any(value.startswith("W") for value in rows.values())
    assert sum("without a ground zone" in name for name in rows) == 1


def test_beside_expected_deaths_stands_who_can_be_among_them_and_for_how_much_of_the_time(run_path, tmp_path):
    (tmp_path / "tables").mkdir()
    for name in ("scenario.toml", "tables/expected_losses.csv"):
        (tmp_path / name).write_text((run_path / name).read_text("utf-8"), encoding="utf-8")
    assert "Only people inside the counted buildings" in tables.losses(RunFolder(tmp_path), Words("en")).note
    (tmp_path / "tables" / "left_out.csv").write_text("what,value,unit\ntime_outside_share,0.296,1\n", encoding="utf-8")
    assert "70 % of the time of the inhabitants" in tables.losses(RunFolder(tmp_path), Words("en")).note
    assert tables.left_out(RunFolder(tmp_path), Words("nl")).rows[0][1] == "30\N{NO-BREAK SPACE}%"


def test_a_highest_node_that_moves_is_named_in_the_last_year(run_path, tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "scenario.toml").write_text((run_path / "scenario.toml").read_text("utf-8"), encoding="utf-8")
    table = pd.read_csv(run_path / "tables" / "lpr_classes.csv")
    table.loc[(table.year == 2035) & (table["class"] == "URM4L"), "place"] = "Loppersum"
    table.to_csv(tmp_path / "tables" / "lpr_classes.csv", index=False)
    rows = {row[0]: row for row in tables.classes(RunFolder(tmp_path), Words("en")).rows}
    assert rows["URM4L"][1] == "Zeerijp"
    assert rows["URM4L"][-1].endswith("(Loppersum)")
    assert "(" not in rows["URM3L"][-1]


def test_a_check_of_a_model_that_the_run_does_not_use_says_so(run_path):
    run, words = RunFolder(run_path), Words("en")
    used = run.setting("risk", "model")
    other = {"V7": "fcm_tno2020", "TNO2020": "fcm_v7"}[used]
    assert checked._check(run, words, other).endswith(f"(not the model of this run: {used})")


def test_a_parameter_against_the_edge_of_its_range_is_named(run_path, tmp_path):
    (tmp_path / "tables").mkdir()
    for weights, edge in (((0.1, 0.2, 0.1, 0.0), None), ((0.1, 0.2, 0.1, 0.05), 2.4)):
        grid = {"model": "linear_stress", "first": [2.1, 2.2, 2.3, 2.4], "second": 0.0, "weight": weights}
        pd.DataFrame(grid).to_csv(tmp_path / "tables" / "b_value_grid.csv", index=False)
        assert checked.at_edge(RunFolder(tmp_path)) == edge


def test_the_choice_that_maps_and_tables_give_stands_first(run_path):
    rows = tables.choices(RunFolder(run_path), Words("en")).rows
    assert rows[0][0] == "geometric mean of two directions, ordinary ground"


def test_the_postcodes_are_not_ranked_by_a_barn(run_path):
    caption = tables.postcodes(RunFolder(run_path), Words("en")).caption
    assert "barn" not in caption
    assert "if all dwellings were" in caption


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_the_median_stands_beside_the_mean_of_a_risk(lang, run_path):
    run, words = RunFolder(run_path), Words(lang)
    row = tables.classes(run, words).rows[0]
    table = run.table("lpr_classes")
    known = table[(table.year == run.shown_year) & (table["class"] == row[0])]
    assert row[3] == (words.per_million(float(known.p50.iloc[0])) if "p50" in table else "–")
