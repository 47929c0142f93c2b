"""Every code of the catalogue: files that trigger it, its place, its example and its remedy in both languages."""

import ast
import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mijnrisico import cli, messages

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("error_cases", Path(__file__).with_name("cases.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
cases = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = cases
_SPEC.loader.exec_module(cases)

CASES = cases.read()
HEAD = re.compile(r"[!✗\s]*(?P<code>[EW]\d{3}) (?P<rest>.*)")


@dataclass(frozen=True)
class Shown:
    """One message as it stood on the screen."""

    code: str
    where: str
    words: str
    fix: str


def shown(screen: str) -> list[Shown]:
    """Read the messages back from the screen: a line that begins with a code, and the indented lines below it."""
    found: list[Shown] = []
    lines = screen.splitlines()
    for index, line in enumerate(lines):
        if not (head := HEAD.fullmatch(line)):
            continue
        body = []
        for below in lines[index + 1 :]:
            if HEAD.fullmatch(below) or not below.startswith("     "):
                break
            body.append(below.strip())
        what, _, where = head["rest"].rpartition("   ")
        fix = " ".join(body).partition("→ ")[2]
        found.append(Shown(head["code"], where if what else "", " ".join([head["rest"], *body]), fix))
    return found


LATE = ("W708",)
"""Codes that a whole report must be made for: on every change in one language."""


@pytest.mark.parametrize(
    ("case", "lang"),
    [
        pytest.param(case, lang, id=f"{case.name}-{lang}", marks=[pytest.mark.slow] if late else [])
        for case in CASES
        for lang in messages.LANGUAGES
        for late in [case.name.startswith(LATE) and lang != messages.LANGUAGES[0]]
    ],
)
def test_the_files_bring_the_code_its_place_its_example_and_its_remedy(
    case: Any, lang: messages.Language, prepare: Callable[[Any], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(case)
    code = cli.call([*case.command, "--lang", lang])
    screen = capsys.readouterr()
    everything = screen.err + screen.out
    assert code == case.exit, everything
    assert case.code == "E901" or "E901" not in everything, everything
    same = [message for message in shown(everything) if message.code == case.code]
    assert same, everything
    assert any(case.where in message.where if case.where else not message.where for message in same), same
    assert case.examples(lang), "nothing that the message must show"
    for example in case.examples(lang):
        assert any(example in message.words for message in same), (example, same)
    # a warning that a command shows as a note of one line has its remedy in that line, or in `explain`
    fixes = [message.fix for message in same if message.fix]
    fixes = fixes or [*(message.words for message in same), messages.catalogue(lang)[f"errors.{case.code}.fix"]]
    assert any(case.remedy[lang] in fix for fix in fixes), fixes


@pytest.mark.parametrize("code", messages.codes())
def test_every_code_has_a_fixture_or_names_the_test_that_covers_it(code: str) -> None:
    covered = code in {case.code for case in CASES} or code in cases.elsewhere()
    assert covered, f"{code} has neither a folder in tests/errors/fixtures nor an entry in tests/errors/elsewhere.toml"


def test_every_fixture_and_every_exception_belongs_to_a_code() -> None:
    assert {case.code for case in CASES} | cases.elsewhere().keys() <= set(messages.codes())
    folders = {path.name for path in cases.FIXTURES.iterdir() if path.is_dir()}
    assert folders == {case.name for case in CASES}


@pytest.mark.parametrize(("code", "test"), cases.elsewhere().items())
def test_a_code_without_files_is_covered_by_a_test_that_exists(code: str, test: str) -> None:
    file, *names = test.split("::")
    path = ROOT / file
    assert code in path.read_text(encoding="utf-8")
    defined = {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if hasattr(node, "name")}
    assert {name.partition("[")[0] for name in names} <= defined


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("code", messages.codes())
def test_every_code_can_be_explained(code: str, lang: messages.Language, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["explain", code, "--lang", lang]) == 0
    assert code in capsys.readouterr().out
