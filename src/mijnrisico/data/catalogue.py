"""The catalogue of packaged data: one entry a dataset, and the check that each file is the one described.

This module reads TOML and computes digests; it imports nothing heavy, so `mijnrisico data list` is quick.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

from mijnrisico.errors import MissingDataError, Problem

Kind = Literal["table", "dataset", "polygons"]

MISSING = "E112"
DAMAGED = "E113"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, a variable of a dataset or a property of a polygon; unit "" means none applies."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known about one packaged dataset: its pedigree, its file and the digest the file must have.

    `file` is relative to the package, `built_from` names the source tables relative to the folder that
    `scripts/build_data.py` is given, `rows` counts table rows, polygons or values of the largest variable.
    """

    name: str
    kind: Kind
    title: str
    file: str
    sha256: str
    bytes: int
    rows: int
    built_from: tuple[str, ...]
    source: str
    address: str
    licence: str
    retrieved: str
    crs: str
    derivation: str
    gaps: tuple[str, ...]
    columns: tuple[Column, ...]
    dates: tuple[str, ...] = ()

    @property
    def units(self) -> dict[str, str]:
        """Unit of each column or variable."""
        return {column.name: column.unit for column in self.columns}


def package_root() -> Traversable:
    """Return the folder that the `file` of an entry is relative to."""
    return resources.files("mijnrisico")


@cache
def _catalogue() -> dict[str, Entry]:
    text = package_root().joinpath("data/catalogue.toml").read_text(encoding="utf-8")
    return {name: _entry(name, fields) for name, fields in tomllib.loads(text).items()}


def _entry(name: str, fields: dict) -> Entry:
    columns = tuple(Column(key, unit, meaning) for key, (unit, meaning) in fields.pop("columns").items())
    lists = {key: tuple(fields.pop(key, ())) for key in ("built_from", "gaps", "dates")}
    return Entry(name=name, columns=columns, **lists, **fields)


def entries() -> tuple[Entry, ...]:
    """Return every entry of the catalogue, in the order of the file."""
    return tuple(_catalogue().values())


def entry(name: str) -> Entry:
    """Return the entry called `name`; raises `MissingDataError` (E112) with the nearest name when unknown."""
    known = _catalogue()
    if name not in known:
        nearest = get_close_matches(name, known, n=1)
        raise MissingDataError(Problem(MISSING, name, {"name": name, "nearest": nearest[0] if nearest else ""}))
    return known[name]


def digest(name: str) -> str:
    """Return the SHA-256 that the catalogue states for `name`: the digest that manifests quote."""
    return entry(name).sha256


def problem_of(item: Entry) -> Problem | None:
    """Compare the file of one entry with the catalogue; None when it is the file described."""
    file = package_root().joinpath(item.file)
    if not file.is_file():
        return Problem(MISSING, item.file, {"name": item.name, "nearest": ""})
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != item.sha256:
        return Problem(DAMAGED, item.file, {"name": item.name, "expected": item.sha256, "found": found})
    return None


def verify() -> list[Problem]:
    """Check every packaged file against its digest; an empty list means that all is as described."""
    return [problem for item in entries() if (problem := problem_of(item)) is not None]
