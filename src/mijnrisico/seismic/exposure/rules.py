"""Rules that read vulnerability classes from what is known of a building: its type, year, storeys and use.

A rule is a set of conditions with, for each mapping, the shares of the classes. The first rule whose conditions all
hold counts. Conditions on text are patterns (`*` any text, `?` any character), upper and lower case alike; those on
year and floors are limits, both included. A building of which a number is not known meets no condition on it.
"""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.errors import Problem

Array = NDArray[np.float64]
Condition = tuple[str | float, ...]

PATTERNS: Final = ("taxonomy", "settlement", "type", "use")
LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "year": ("year_from", "year_until"),
    "floors": ("floors_from", "floors_until"),
}
CONDITIONS: Final = (*PATTERNS, *(name for pair in LIMITS.values() for name in pair))
SHARE_TOLERANCE: Final = 0.005
"""Shares written with two or three decimals may miss one by so much; they are scaled."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Rules in order: `conditions` (one per rule, in the order of `CONDITIONS`), `share` (mapping, rule, class).

    A pattern "" or "*" holds always, an infinite limit is none. A share of NaN: the mapping does not speak of that
    rule.
    """

    mapping: tuple[str, ...]
    conditions: tuple[Condition, ...]
    share: Array


def of_table(frame: pd.DataFrame, classes: Sequence[str]) -> Rules:
    """Return the rules of a table with a row for each rule, mapping and class.

    Args:
        frame: any of `CONDITIONS`, vulnerability_class, share, mapping; names of classes are known.
        classes: the vulnerability classes in order.
    """
    full = frame.assign(**{name: "" for name in PATTERNS if name not in frame})
    full = full.assign(**{name: np.nan for pair in LIMITS.values() for name in pair if name not in frame})
    for first, last in LIMITS.values():
        full[first], full[last] = full[first].fillna(-np.inf), full[last].fillna(np.inf)
    keys = list(full[list(CONDITIONS)].itertuples(index=False, name=None))
    order = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    mapping = tuple(dict.fromkeys(str(name) for name in full["mapping"]))
    share = np.zeros((len(mapping), len(order), len(classes)))
    rows = (
        np.array([mapping.index(str(name)) for name in full["mapping"]]),
        np.array([order[key] for key in keys]),
        np.array([classes.index(str(name)) for name in full["vulnerability_class"]]),
    )
    np.add.at(share, rows, full["share"].to_numpy(float))
    spoken = np.zeros(share.shape[:2], dtype=bool)
    spoken[rows[0], rows[1]] = True
    share[~spoken] = np.nan
    return Rules(mapping, tuple(order), share)


def problems(rules: Rules, where: str) -> Iterator[Problem]:
    """E504 for rules whose shares do not sum to one in some mapping."""
    total = rules.share.sum(axis=2)
    wrong = [
        f"{name}, {_written(rules.conditions[rule])}: {total[row, rule]:g}"
        for row, name in enumerate(rules.mapping)
        for rule in np.flatnonzero(np.abs(total[row] - 1.0) > SHARE_TOLERANCE)
    ]
    if wrong:
        yield Problem("E504", where, {"of": "rule", "weights": tuple(wrong)})


def _written(conditions: Condition) -> str:
    """Write the conditions of a rule that say something."""
    return " ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in zip(CONDITIONS, conditions, strict=True)
        if value not in ("", "*") and not (isinstance(value, float) and np.isinf(value))
    )


def first_of(rules: Rules, known: Mapping[str, NDArray], count: int) -> NDArray[np.int64]:
    """Return the number of the first rule that each of `count` buildings meets, -1 where none.

    `known` holds text (building,) by name of `PATTERNS` and numbers for year and floors; what is not there is unknown.
    """
    chosen = np.full(count, -1, dtype=np.int64)
    text = {name: pd.factorize(np.char.lower(known[name].astype(str))) for name in PATTERNS if name in known}
    for number, conditions in enumerate(rules.conditions):
        holds = chosen < 0
        given = dict(zip(CONDITIONS, conditions, strict=True))
        for name in PATTERNS:
            pattern = str(given[name]).lower()
            if pattern in ("", "*"):
                continue
            if name not in text:
                holds &= False
                continue
            codes, values = text[name]
            holds &= np.array([fnmatch.fnmatchcase(value, pattern) for value in values], dtype=bool)[codes]
        for name, (first, last) in LIMITS.items():
            low, high = float(given[first]), float(given[last])
            if np.isfinite(low) or np.isfinite(high):
                values = known.get(name, np.full(count, np.nan))
                holds &= (values >= low) & (values <= high)
        chosen[holds] = number
    return chosen


def shares(rules: Rules, known: Mapping[str, NDArray], count: int, mapping: Sequence[str]) -> Array:
    """Return the share of each class (mapping, building, vulnerability_class), NaN for buildings that meet no rule."""
    rows = [rules.mapping.index(name) for name in mapping]
    table = rules.share[rows]
    table = table / table.sum(axis=2, keepdims=True)
    none = np.full((len(rows), 1, table.shape[2]), np.nan)
    return np.concatenate([table, none], axis=1)[:, first_of(rules, known, count)]
