"""What the test suite holds the code against, as a table: reference, tolerance and the test that watches it.

One source, `reference_tests.toml`; a test reads the tests themselves and fails when a tolerance or a name differs.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


@dataclass(frozen=True, slots=True)
class Check:
    """One claim about the code: its key in the texts, where the reference comes from, how close, which test."""

    key: str
    origin: str
    tolerance: str
    test: str


@cache
def checks() -> tuple[Check, ...]:
    """Return every claim, in the order of the chain."""
    text = (resources.files("mijnrisico.report.pages") / "reference_tests.toml").read_text(encoding="utf-8")
    return tuple(Check(key, **entry) for key, entry in tomllib.loads(text).items())


def table(run: RunFolder, words: Words) -> Table:
    """Return the claims in words."""
    del run  # the same for every run of this version; the signature is that of all tables
    rows = tuple(
        (
            words(f"reference.what_{check.key}"),
            words(f"reference.origin_{check.origin}"),
            _decimals(check.tolerance, words),
            check.test,
        )
        for check in checks()
    )
    head = tuple(words(f"reference.{c}") for c in ("what", "origin", "tolerance", "test"))
    return Table(words("reference.caption"), head, rows, words("reference.note"), text_columns=(1, 2, 3))


def _decimals(tolerance: str, words: Words) -> str:
    return re.sub(r"(?<=\d)\.(?=\d)", ",", tolerance) if words.lang == "nl" else tolerance
