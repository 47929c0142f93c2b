"""Building types of ESRM20 (GEM building taxonomy) read as vulnerability classes of Groningen.

Nobody has published which building is of which of the 35 classes, nor what the classes are in terms of an open
taxonomy, and 91 % of the homes of ESRM20 in Groningen are two types of low masonry. So the reading is labelled data
(`esrm20_classes.csv`: pattern of the type, kind of settlement, mapping, class, share, reason) with alternatives as
branches of the logic tree:

    illustrative   the mix of classes that the packaged scenario shows, each letter on its own
    even           nothing is known: all classes that fit the letters alike
    weaker         of the classes that fit the letters those in which more people die at the same shaking
    stronger       those in which fewer die

Their weights are judgement of this project, not published; the spread between them is what the mapping is worth.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.seismic.exposure import rules
from mijnrisico.seismic.exposure.buildings import classes

Array = NDArray[np.float64]

WEIGHTS: Final[Mapping[str, float]] = {"illustrative": 0.4, "even": 0.3, "weaker": 0.15, "stronger": 0.15}
"""The mappings and their weights where nobody sets others; judgement of this project."""


@cache
def packaged() -> rules.Rules:
    """Return the packaged rules; a type that fits none of them is not one of ESRM20 for the Netherlands."""
    with resources.files("mijnrisico.seismic.exposure").joinpath("esrm20_classes.csv").open(encoding="utf-8") as file:
        return rules.of_table(pd.read_csv(file), classes())


def shares(taxonomy: Sequence[str], settlement: Sequence[str], mapping: Sequence[str] = tuple(WEIGHTS)) -> Array:
    """Return the share of each class in each type (mapping, type, vulnerability_class), NaN where no rule fits."""
    known = {"taxonomy": np.asarray(taxonomy, object), "settlement": np.asarray(settlement, object)}
    return rules.shares(packaged(), known, len(known["taxonomy"]), mapping)
