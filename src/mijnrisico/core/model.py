"""The head of a model: what it predicts and needs, where it is valid, where it comes from, where it departs.

Motion, fragility and consequence models carry their own heads with what their kind needs besides. `studies.models`
lists every head of the chain; the command `mijnrisico models` and the cards of the report are made from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "pressure",
    "compaction",
    "kernel",
    "stress",
    "closure",
    "rate",
    "aftershocks",
    "magnitude",
    "rupture",
    "motion",
    "site",
    "fragility",
    "consequence",
    "damage",
    "exposure",
    "norm",
]


@dataclass(frozen=True, slots=True)
class Model:
    """Head of one model.

    `predicts` and `needs` map a quantity to its unit, "" where it has none to state; `valid` maps a quantity, whose
    unit stands in its name, to a closed range in which the model was made or tested; `departs` says in words where
    this code differs from its source, "none" where it does not.
    """

    name: str
    role: Role
    predicts: Mapping[str, str]
    needs: Mapping[str, str]
    valid: Mapping[str, tuple[float, float]]
    source: str
    departs: str
