"""A forecast as a table: a row for each rate."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from mijnrisico.core import table
from mijnrisico.core.table import Table
from mijnrisico.data.readers import anywhere, place_table
from mijnrisico.data.readers.forecast_parts import (
    EVERY_YEAR,
    ONE_BRANCH,
    PAIRS,
    SECTION,
    SETTING,
    Axes,
    Read,
    impossible,
    located,
    unequal,
)
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_OPTIONAL: Final = ("depth_km", "year", "branch", "weight")


def read(path: Path, columns: Mapping[str, str], crs: str) -> Read:
    """Read a table; see `forecast.read`."""
    pair = ("x", "y")

    def choose(head: Table) -> tuple[str, ...] | list[Problem]:
        nonlocal pair
        there = set(head.columns)
        pair = next((each for each in PAIRS if set(each) <= there), ("x", "y"))
        needed = [("x", "x_rd", "lon"), ("y", "y_rd", "lat"), ("magnitude",), ("rate_per_year",)]
        needed += [("weight",)] * ("branch" in there) + [("branch",)] * ("weight" in there)
        if lacking := table.missing_columns(head, needed, SECTION):
            return lacking
        return (*pair, "magnitude", "rate_per_year", *(name for name in _OPTIONAL if name in there))

    needed = (*(name for each in PAIRS for name in each), "magnitude", "rate_per_year", "depth_km", "year", "weight")
    found = place_table.read(path, columns, choose, needed, ("branch",))
    if not isinstance(found, place_table.Numbers):
        return Read(None, tuple(found), path.name)
    rows = found.lines.size
    if not rows:
        return Read(None, (*found.problems, Problem("E214", path.name, {})), path.name)
    values, problems = found.values, list(found.problems)
    system = crs or PAIRS[pair]
    places = [f"{path.name}:{line}" for line in found.lines]
    problems += anywhere.check(
        values[pair[0]], values[pair[1]], system, where=found.where(*pair), places=places, setting=SETTING
    )
    problems += impossible(values, found.name, found.lines)
    problems += _weights(found)
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), path.name, rows)
    held = _held(values, found.texts.get("branch"), pair)
    twice = _twice(held, found)
    if twice:
        return Read(None, (*problems, *twice), path.name, rows)
    rate = np.zeros(held.shape)
    rate[held.index] = values["rate_per_year"]
    return Read(located(rate, held, system), tuple(problems), path.name, rows)


def _weights(found: place_table.Numbers) -> list[Problem]:
    """E503 for a branch with two weights, E504 where those of the branches do not sum to one."""
    if "branch" not in found.texts or np.isnan(found.values["weight"]).any():
        return []
    names, first, branch = np.unique(found.texts["branch"], return_index=True, return_inverse=True)
    weight = found.values["weight"]
    of_branch = weight[first]
    two = np.flatnonzero(np.abs(weight - of_branch[branch]) > 1e-12)
    if two.size:
        i = int(two[0])
        got = (f"{of_branch[branch[i]]:.6g} (:{found.lines[first[branch[i]]]})", f"{weight[i]:.6g} (:{found.lines[i]})")
        expected = Phrase("exchange.one_weight", {"branch": str(names[branch[i]])})
        params = {"got": got, "expected": expected, "example": f"{of_branch[branch[i]]:.6g}"}
        return [Problem("E503", f"{found.name}:{found.lines[i]} [weight]", params)]
    return unequal(f"{found.name} [weight]", [str(name) for name in names], of_branch)


def _held(values: Mapping[str, np.ndarray], branches: np.ndarray | None, pair: tuple[str, str]) -> Axes:
    columns = [values[name] for name in (*pair, "depth_km") if name in values]
    place, cell = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    magnitude, at = np.unique(np.round(values["magnitude"], 6), return_inverse=True)
    year, of_year = (
        np.unique(values["year"].astype(int), return_inverse=True)
        if "year" in values
        else (np.array([EVERY_YEAR]), np.zeros(at.size, dtype=int))
    )
    if branches is None:
        names, of_branch, weight = (ONE_BRANCH,), np.zeros(at.size, dtype=int), np.ones(1)
    else:
        found, first, of_branch = np.unique(branches, return_index=True, return_inverse=True)
        names, weight = tuple(map(str, found)), values["weight"][first]
    return Axes(place, magnitude, year, names, weight, (cell.ravel(), at.ravel(), of_year.ravel(), of_branch.ravel()))


def _twice(held: Axes, found: place_table.Numbers) -> list[Problem]:
    """E301 for rates of the same place, magnitude, year and branch."""
    flat = np.ravel_multi_index(held.index, held.shape)
    _, first = np.unique(flat, return_index=True)
    if first.size == flat.size:
        return []
    again = np.setdiff1d(np.arange(flat.size), first)
    got = tuple(f"M {found.values['magnitude'][i]:g} (:{found.lines[i]})" for i in again[:50])
    return [Problem("E301", f"{found.name}:{found.lines[again[0]]}", {"of": "forecast", "got": got, "n": again.size})]
