"""What `init` writes is a scenario in order, with a remark at every key; the schema knows the same keys."""

import json
import operator
import re
import tomllib
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mijnrisico import cli, messages
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.scenario import file as scenario_file
from mijnrisico.core.scenario import sections
from mijnrisico.core.scenario.tree import leaves
from mijnrisico.errors import InputError
from mijnrisico.studies import preflight

WRITTEN: list[tuple[str, messages.Language]] = [
    (kind, lang) for kind in scenario_file.KINDS for lang in messages.LANGUAGES
]
LEFT_OUT = {"title_nl", "template", "seed"}


@pytest.mark.parametrize(("kind", "lang"), WRITTEN)
def test_what_init_writes_passes_check_as_it_is(
    kind: str, lang: messages.Language, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.call(["init", str(tmp_path / "new" / "study"), "--template", kind, "--lang", lang]) == 0
    said = capsys.readouterr().out
    folder = tmp_path / "new" / "study"
    assert {path.name for path in folder.iterdir()} == {"scenario.toml", "production.csv", "sites.csv"}
    assert f"mijnrisico check {(folder / 'scenario.toml').as_posix()}" in said
    checked = preflight.read(folder / "scenario.toml")
    assert checked.errors == ()
    expected = ["W117"] if kind == "groningen" else []  # the sample of a production that does not count yet
    assert [problem.code for problem in checked.warnings] == expected
    assert ("--template restart" in said) == (kind == "groningen")
    assert checked.scenario is not None
    produced = checked.scenario.volumes()["volume_nm3"].sum()
    assert produced == pytest.approx(45e9) if kind == "restart" else produced == 0


@pytest.mark.parametrize(("kind", "lang"), WRITTEN)
def test_a_new_scenario_asks_the_packaged_question(kind: str, lang: messages.Language, tmp_path: Path) -> None:
    for name, content in scenario_file.starter(kind, lang).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    deviations = scenarios.load(tmp_path / "scenario.toml").deviations()
    assert set(deviations) - {"title", "title_nl"} == ({"inputs.scenario.file"} if kind == "restart" else set())


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_key_of_a_new_scenario_has_a_remark(lang: messages.Language) -> None:
    written = scenario_file.commented("groningen", lang)
    known = {key for key, _ in leaves(scenarios.template().settings())}
    assert {key for key, _ in leaves(tomllib.loads(written))} == known - LEFT_OUT
    lines = written.splitlines()
    for before, line in pairwise(lines):
        if re.match(r"(# )?[a-z_]+ = |\[", line):
            assert before.startswith("# "), line
        assert len(line) <= 112 or not line.startswith("#")


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sites.csv").write_text("mine")
    assert cli.call(["init"]) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["sites.csv"]
    assert Path("sites.csv").read_text() == "mine"


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_key_has_a_text_and_every_text_a_key(lang: messages.Language) -> None:
    texts = {key.removeprefix("keys.") for key in messages.catalogue(lang) if key.startswith("keys.")}
    assert texts == {*sections.keys(), "extends", "schema"}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_the_schema_describes_every_key_in_the_language_asked(lang: messages.Language) -> None:
    schema = scenario_file.schema(lang)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    described = dict(_properties(schema))
    assert described.keys() == {*sections.keys(), "extends", "schema"}
    for key, node in described.items():
        assert node["description"] == messages.text(f"keys.{key}", lang)
    assert "$ref" not in json.dumps(schema)


def _properties(node: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    table = next((one for one in node.get("anyOf", ()) if "properties" in one), node)
    found: list[tuple[str, dict[str, Any]]] = []
    for name, inner in table.get("properties", {}).items():
        key = f"{path}.{name}" if path else name
        found += [(key, inner), *_properties(inner, key)]
    return found


BROKEN = (
    "[hazard]\ncell = 5",
    '[hazard]\nreturn_periods = "475"',
    "[hazard]\nreturn_period = [475]",
    '[time]\nkind = "gas_year"',
    "[time]\nstart = 2020",
    "[source]\nmmax = { values = [9.0], weights = [1] }",
    '[source]\nmagnitude = { linear_stress = "half" }',
    "[inputs.pressure]\nunit = 'psia'",
    "[report]\nformats = ['docx']",
    "schema = 2",
    "seed = 1.5",
    "[hazard]\nreturn_periods = [475, 475]",
    "[hazard]\nreturn_periods = [2.475]",
    "[inputs.catalogue]\ncrs = 'RD'",
    "titel = 'Proef'",
    "[hazard]\nmeasures = ['SA(0.30)']",
    "[rupture]\nfinite = 1",
    "[sites]\nfiles = 'a.csv'",
)


TYPES = {"object": dict, "array": list, "string": (str, date), "integer": int, "boolean": bool}
TYPES["number"] = (int, float)
LIMITS: dict[str, Callable[[Any, Any], bool]] = {
    "const": operator.eq,
    "enum": lambda value, allowed: value in allowed,
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
    "multipleOf": lambda value, step: value % step == 0,
    "minLength": lambda value, least: len(value) >= least,
    "minItems": lambda value, least: len(value) >= least,
    "maxItems": lambda value, most: len(value) <= most,
    "maxProperties": lambda value, most: len(value) <= most,
    "uniqueItems": lambda value, _: len(set(value)) == len(value),
    "pattern": lambda value, pattern: re.search(pattern, value) is not None,
    "required": lambda value, names: set(names) <= value.keys(),
}
SAID = {"description", "default", "examples", "title", "$schema", "format"}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Judge a value by the part of JSON Schema that ours uses; a word that is not known here raises `KeyError`."""
    kind = schema.get("type")
    if kind is not None and (not isinstance(value, TYPES[kind]) or isinstance(value, bool) != (kind == "boolean")):
        return False
    if "anyOf" in schema and not any(fits(value, one) for one in schema["anyOf"]):
        return False
    inner = schema.get("properties", {})
    rest = schema.get("additionalProperties", {})
    if isinstance(value, dict):
        for name, item in value.items():
            below = inner.get(name, rest)
            if below is False or not fits(item, below):
                return False
    if isinstance(value, list) and not all(fits(item, schema.get("items", {})) for item in value):
        return False
    known = SAID | {"type", "anyOf", "properties", "additionalProperties", "items"}
    return all(LIMITS[word](value, limit) for word, limit in schema.items() if word not in known)


def test_the_schema_accepts_good_files_and_refuses_broken_ones() -> None:
    schema = scenario_file.schema("en")
    good = [scenario_file.commented(kind, lang) for kind, lang in WRITTEN]
    good += ['extends = "base.toml"', 'title = "t"\n[inputs]\nscenario = "a.csv"', scenarios.template().toml()]
    for content in good:
        assert fits(tomllib.loads(content), schema)
    assert not fits({}, schema)
    for bad in BROKEN:
        content = f'title = "t"\n{bad}' if bad.startswith("[") else f'{bad}\ntitle = "t"'
        assert not fits(tomllib.loads(content), schema), bad


@pytest.mark.parametrize("bad", BROKEN)
def test_what_the_schema_refuses_the_reader_refuses_too(bad: str) -> None:
    content = f'title = "t"\n{bad}' if bad.startswith("[") else f'{bad}\ntitle = "t"'
    assert scenarios.check(content, name="s.toml", folder=Path()).errors


def test_the_schema_goes_to_a_file_or_to_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["schema", "--lang", "nl"]) == 0
    on_screen = capsys.readouterr().out
    assert cli.call(["schema", "--lang", "nl", "--out", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == json.loads(on_screen)


def test_check_shows_what_is_read_what_it_takes_and_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.call(["init", "study", "--template", "restart"]) == 0
    capsys.readouterr()
    assert cli.call(["check", "study/scenario.toml", "--set", "hazard.cell=2000", "--lang", "nl"]) == 0
    shown = capsys.readouterr().out
    for part in ("production.csv", "KNMI", "2024", "geheugen", "min", "schijf", "   12 ", "uit het hele veld"):
        assert part in shown
    assert "mijnrisico run study/scenario.toml --set hazard.cell=2000" in shown
    assert cli.call(["check", "study/scenario.toml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["role"] for row in told["inputs"]] == ["scenario", "catalogue", "pressure"]
    assert told["estimate"]["seconds"] > 0


def test_a_folder_stands_for_the_scenario_in_it(tmp_path: Path) -> None:
    assert cli.call(["init", str(tmp_path)]) == 0
    assert scenarios.load(tmp_path) == scenarios.load(tmp_path / "scenario.toml")


def test_check_of_a_folder_names_the_file_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["init", str(tmp_path), "--template", "restart"]) == 0
    capsys.readouterr()
    assert cli.call(["check", ".", "-C", str(tmp_path), "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("scenario.toml is in order")


def test_a_changed_scenario_is_checked_against_the_packaged_data_too() -> None:
    scenario = preflight.read("groningen").scenario
    assert scenario is not None
    with pytest.raises(InputError) as caught:
        scenario.replace({"source.from": "2023-06-01"})
    assert caught.value.code == "E408"
    assert scenario.replace({"source.from": "1990-01-01"}).warnings[0].code == "W409"
