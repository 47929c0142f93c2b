"""The validation chapter and the tests it quotes say the same: every test is there, with the tolerance printed."""

import ast
import re
from pathlib import Path

import pytest

from mijnrisico import messages
from mijnrisico.report.pages import reference
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

ROOT = Path(__file__).parents[2]


def numbers(test: ast.FunctionDef, module: ast.Module) -> set[float]:
    """Every number in a test, and those behind the names of the module that it uses."""
    named = {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    inside = list(ast.walk(test))
    found = {n.value for n in inside if isinstance(n, ast.Constant)}
    found |= {named[n.id] for n in inside if isinstance(n, ast.Name) and n.id in named}
    return {float(value) for value in found if isinstance(value, int | float)}


@pytest.mark.parametrize("check", reference.checks(), ids=lambda check: check.key)
def test_a_quoted_test_is_there_and_holds_the_tolerance_that_is_printed(check):
    path, _, name = check.test.partition("::")
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    test = next((n for n in module.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    assert test is not None, check.test
    printed = {float(value) for value in re.findall(r"\d[\d.]*(?:e-?\d+)?", check.tolerance)}
    assert printed
    assert printed <= numbers(test, module)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_the_table_names_every_check_in_the_language(lang, run_path):
    table = reference.table(RunFolder(run_path), Words(lang))
    assert len(table.rows) == len(reference.checks()) == len({row[0] for row in table.rows})
    assert ("0,0025" if lang == "nl" else "0.0025") in {row[2] for row in table.rows}
