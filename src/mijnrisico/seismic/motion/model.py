"""The head of a ground-motion model: what it predicts, what it needs, its valid range and its origin."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model was published and where its coefficients were read."""

    reference: str
    tables: str
    licence: str


@dataclass(frozen=True, slots=True)
class Motion:
    """Head of one published ground-motion model.

    `predicts` maps a quantity to its unit; `valid` gives closed ranges by name; `departs` says in words where
    this code differs from its source, empty when it does not.
    """

    name: str
    predicts: Mapping[str, str]
    needs: tuple[str, ...]
    valid: Mapping[str, tuple[float, float]]
    source: Source
    departs: str
