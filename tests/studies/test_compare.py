"""Comparing two runs: differences of what means the same, warnings for what does not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mijnrisico import messages
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError
from mijnrisico.studies import compare as comparing
from mijnrisico.studies.compare import compare

SCENARIO = """title = "{title}"
[source]
magnitude_min = {magnitude_min}
magnitude = {{ linear_stress = {stress}, thickness_split = {thickness} }}
[motion]
model = "V7"
[hazard]
cell = {cell}
threshold = {threshold}
[output]
dir = "{out}"
"""
PACKAGED = {"magnitude_min": 1.45, "stress": 0.3, "thickness": 0.7, "cell": 1000, "threshold": 0.05}
BLANK = (np.nan, np.nan)
ROWS = [
    ("events", 2024, 4.0, "1/year", 2.0, 7.0),
    ("events", 2025, 3.0, "1/year", 1.0, 6.0),
    ("pga475_max", 2024, 0.1, "g", 0.05, 0.15),
    ("area_pga475_threshold", 2024, 0.0, "km2", np.nan, np.nan),
    ("people_above_1e-5_mix", 2024, 100.0, "people", np.nan, np.nan),
    ("pga475_max_place", 2024, "Zeerijp", "-", np.nan, np.nan),
]


def run(folder: Path, name: str, rows: list[tuple], code: str = "11aa", **settings: object) -> StoredRun:
    path = folder / name
    (path / "tables").mkdir(parents=True)
    values = PACKAGED | {"title": name, "out": name} | settings
    (path / "scenario.toml").write_text(SCENARIO.format(**values), encoding="utf-8")
    columns = ["quantity", "year", "value", "unit", "p10", "p90"]
    pd.DataFrame(rows, columns=columns).to_csv(path / "tables" / "summary.csv", index=False)
    manifest = {
        "run_id": name,
        "hash": {"code": f"sha256:{code}"},
        "software": {"numpy": "2.4.6"},
        "inputs": [{"role": "places", "file": "places.csv", "sha256": "ab" * 32}],
        "models": [{"role": "motion", "id": "V7", "weight": 1.0}],
    }
    (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return StoredRun(path, manifest)


def doubled(rows: list[tuple]) -> list[tuple]:
    return [(q, y, v if isinstance(v, str) else 2 * v, *rest) for q, y, v, *rest in rows]


def test_every_number_stands_beside_the_other_with_difference_and_percent(tmp_path: Path) -> None:
    found = compare(run(tmp_path, "a", ROWS), run(tmp_path, "b", doubled(ROWS)))
    events = found.summary.query("quantity == 'events' and year == 2024").iloc[0]
    assert (events["a"], events["b"], events["difference"], events["percent"]) == (4.0, 8.0, 4.0, 100.0)
    assert (events["a_p10"], events["b_p90"]) == (2.0, 7.0)
    assert found.years == (2024, 2025)


def test_a_difference_from_zero_has_no_percent(tmp_path: Path) -> None:
    rows = [(q, y, 5.0 if q.startswith("area") else v, *rest) for q, y, v, *rest in ROWS]
    area = compare(run(tmp_path, "a", ROWS), run(tmp_path, "b", rows)).summary.set_index("quantity")
    assert area.loc["area_pga475_threshold", "difference"] == 5.0
    assert np.isnan(area.loc["area_pga475_threshold", "percent"])


def test_runs_of_one_question_have_no_changes_whatever_their_title_and_place(tmp_path: Path) -> None:
    found = compare(run(tmp_path, "a", ROWS), run(tmp_path, "b", ROWS))
    assert found.changes.empty
    assert (found.summary["difference"] == 0.0).all()
    assert found.warnings == ()


def test_changed_settings_code_and_inputs_are_listed_by_kind(tmp_path: Path) -> None:
    found = compare(run(tmp_path, "a", ROWS), run(tmp_path, "b", ROWS, code="22bb", stress=0.5, thickness=0.5))
    changes = found.changes.set_index("name")
    assert changes.loc["mijnrisico (code)", ["kind", "a", "b"]].tolist() == ["code", "11aa", "22bb"]
    assert changes.loc["source.magnitude.linear_stress", ["a", "b"]].tolist() == ["0.3", "0.5"]


@pytest.mark.parametrize(
    ("settings", "gone", "kept", "maps"),
    [
        ({"cell": 2000}, "pga475_max", "events", {"pga", "lpr"}),
        ({"threshold": 0.1}, "area_pga475_threshold", "pga475_max", set()),
        ({"magnitude_min": 1.2}, "events", "pga475_max", {"rate"}),
    ],
)
def test_what_does_not_mean_the_same_is_left_out_and_named(
    tmp_path: Path, settings: dict[str, object], gone: str, kept: str, maps: set[str]
) -> None:
    found = compare(run(tmp_path, "a", ROWS), run(tmp_path, "b", ROWS, **settings))
    quantities = set(found.summary["quantity"])
    assert gone not in quantities
    assert kept in quantities
    (warning,) = found.warnings
    assert (warning.code, warning.where.rpartition(".")[2]) == ("W703", next(iter(settings)))
    differing = {name for name, why in found.no_map.items() if why.key != "explore.only_one"}
    assert differing >= maps - {name for name in found.no_map if found.no_map[name].key == "explore.only_one"}
    for lang in messages.LANGUAGES:
        said = messages.describe(warning.code, warning.where, warning.params, lang)
        assert str(next(iter(settings.values()))).replace(".", "") in said.what.replace(".", "").replace(",", "")
        assert said.why.rstrip(".").partition(": ")[2], "the quantities left out are named"


def test_a_quantity_or_year_of_one_run_alone_is_said_and_left_out(tmp_path: Path) -> None:
    found = compare(run(tmp_path, "a", ROWS), run(tmp_path, "b", [ROWS[0], ROWS[2]]))
    assert {warning.params["what"].key for warning in found.warnings} == {  # type: ignore[attr-defined]
        "explore.differs.quantities",
        "explore.differs.years",
    }
    assert found.years == (2024,)


def test_a_run_without_the_second_component_is_told_so(tmp_path: Path) -> None:
    both = [*ROWS, ("pga475_max_arbitrary", 2024, 0.11, "g", np.nan, np.nan)]
    (warning,) = compare(run(tmp_path, "a", both), run(tmp_path, "b", ROWS)).warnings
    assert (warning.code, warning.params["a"]) == ("W703", "pga475_max_arbitrary")
    assert "components" in messages.describe(warning.code, warning.where, warning.params).what


def test_other_buildings_are_said_but_nothing_is_left_out_for_them(tmp_path: Path) -> None:
    listed = [
        *ROWS,
        ("buildings_above_1e-5", 2024, 40.0, "buildings", 10.0, 90.0),
        ("deaths", 2024, 1e-3, "1/year", *BLANK),
    ]
    a, b = run(tmp_path, "a", listed), run(tmp_path, "b", doubled(listed))
    b.manifest["inputs"].append({"role": "exposure", "file": "mine.csv", "sha256": "cd" * 32})
    for each, mapping in ((a, "even = 1.0"), (b, "weaker = 1.0")):
        with (each.path / "scenario.toml").open("a", encoding="utf-8") as stream:
            stream.write(f"[exposure]\nmapping = {{ {mapping} }}\n")
    found = compare(a, b)
    assert [warning.where for warning in found.warnings] == ["exposure.mapping", "inputs.exposure.file"]
    assert {"buildings_above_1e-5", "deaths"} <= set(found.summary["quantity"])
    for lang in messages.LANGUAGES:
        for warning in found.warnings:
            assert "--waterfall" in messages.describe(warning.code, warning.where, warning.params, lang).why


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    one = run(tmp_path, "a", ROWS)
    with pytest.raises(InputError) as caught:
        compare(one, one)
    assert caught.value.code == "E714"


def test_runs_without_a_common_year_are_refused_with_both_spans(tmp_path: Path) -> None:
    later = [(q, y + 100, *rest) for q, y, *rest in ROWS]
    with pytest.raises(InputError) as caught:
        compare(run(tmp_path, "a", ROWS), run(tmp_path, "b", later))
    assert caught.value.code == "E718"
    assert caught.value.problems[0].params["years_b"] == "2124–2125"


def test_every_rule_has_words_in_both_languages() -> None:
    for lang in messages.LANGUAGES:
        for rule in comparing.RULES:
            assert messages.has(f"explore.differs.{rule.says}", lang)
        for name, _ in comparing._FAMILIES:
            assert messages.has(f"explore.family.{name}", lang)
