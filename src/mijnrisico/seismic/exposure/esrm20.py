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

import fnmatch
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.seismic.exposure.buildings import classes

Array = NDArray[np.float64]

WEIGHTS: Final[Mapping[str, float]] = {"illustrative": 0.4, "even": 0.3, "weaker": 0.15, "stronger": 0.15}
"""The mappings and their weights where nobody sets others; judgement of this project."""


@cache
def rules() -> pd.DataFrame:
    """Return the labelled data: taxonomy and settlement (patterns), mapping, vulnerability_class, share, reason."""
    with resources.files("mijnrisico.seismic.exposure").joinpath("esrm20_classes.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


def shares(taxonomy: Sequence[str], settlement: Sequence[str], mapping: Sequence[str] = tuple(WEIGHTS)) -> Array:
    """Return the share of each class in each type (mapping, type, vulnerability_class), NaN where no rule fits.

    The first rule counts whose patterns fit the type and the settlement ("" fits only the pattern `*`).
    """
    kinds = list(zip(taxonomy, settlement, strict=True))
    found = {kind: _share(*kind, tuple(mapping)) for kind in set(kinds)}
    return np.stack([found[kind] for kind in kinds], axis=1) if kinds else np.zeros((len(mapping), 0, len(classes())))


@cache
def _share(taxonomy: str, settlement: str, mapping: tuple[str, ...]) -> Array:
    """Share of the classes in one type, (mapping, vulnerability_class)."""
    out = np.full((len(mapping), len(classes())), np.nan)
    patterns = rules()[["taxonomy", "settlement"]].drop_duplicates().itertuples(index=False)
    fits = (p for p in patterns if fnmatch.fnmatchcase(taxonomy, p[0]) and fnmatch.fnmatchcase(settlement, p[1]))
    if (first := next(fits, None)) is None:
        return out
    own = rules()[(rules()["taxonomy"] == first[0]) & (rules()["settlement"] == first[1])]
    for row, name in enumerate(mapping):
        of_mapping = own[own["mapping"] == name].set_index("vulnerability_class")["share"]
        out[row] = of_mapping.reindex(classes(), fill_value=0.0) / of_mapping.sum()
    return out
