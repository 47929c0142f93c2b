"""What a public product may say of a cell or postcode with few buildings: nothing.

The model computes for a type of building and knows no owner, but in a cell with one farm its risk is that of one
family. So a cell or postcode with fewer than `FEWEST` buildings has no numbers: not in the files that a run writes, not
in figures, and not in exports. Totals hold everything, so what is withheld follows from them as a sum: the areas
without numbers are therefore never one alone, and hold together at least `FEWEST` buildings; where they would not, the
smallest of the others are withheld too. Ten is the choice of this toolbox. Cells and postcodes are judged each by
themselves: who subtracts the ones from the others is not stopped.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

FEWEST: Final = 10
"""Buildings that a cell or postcode has at least where it has numbers."""
WITHHELD: Final = "withheld"
"""Variable of a grid that is 1 in cells without numbers because they hold few buildings; its attribute `buildings`."""
_COUNTED: Final = "buildings"
_PLACE: Final = ("pc4", "place", "municipality", "year")


@dataclass(frozen=True, slots=True)
class Withheld:
    """How many cells have no numbers because they hold few buildings, and how many those hold, in whole tens."""

    areas: int
    buildings: float


def withheld(buildings: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which areas (area,) get no numbers, given the buildings in each.

    Those with fewer than `FEWEST`; and the smallest others, until the areas without numbers are more than one and hold
    at least `FEWEST` buildings together. An area with no building, or NaN, is not withheld.
    """
    without = (buildings > 0.0) & (buildings < FEWEST)
    if not without.any():
        return without
    for smallest in np.argsort(buildings, kind="stable"):
        if np.count_nonzero(without) > 1 and buildings[without].sum() >= FEWEST:
            break
        without[smallest] |= bool(buildings[smallest] > 0.0)
    return without


def cells(grid: xr.Dataset) -> tuple[xr.Dataset, Withheld]:
    """Return the grid without the values of cells with few buildings, and what was withheld.

    `buildings` has (y, x), or those and other dimensions, of which the highest counts. The grid gets a variable
    `WITHHELD` (y, x); one that has it already is returned as it is.
    """
    if WITHHELD not in grid:
        others = [name for name in grid[_COUNTED].dims if name not in ("y", "x")]
        number = grid[_COUNTED].max(others).fillna(0.0).transpose("y", "x")
        hidden = withheld(number.to_numpy().ravel()).reshape(number.shape)
        kept = {
            name: variable.where(xr.DataArray(~hidden, dims=("y", "x"))).transpose(*variable.dims)
            for name, variable in grid.data_vars.items()
            if {"y", "x"} <= set(variable.dims)
        }
        total = float(np.round(number.to_numpy()[hidden].sum(), -1))
        grid = grid.assign(kept | {WITHHELD: (("y", "x"), hidden.astype(np.int8), {"units": "1", _COUNTED: total})})
    mark = grid[WITHHELD]
    return grid, Withheld(int(mark.sum()), float(mark.attrs[_COUNTED]))


def postcodes(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the table with no numbers in rows of postcodes with few buildings, and how many postcodes those are.

    The highest number of any year counts. A table that has rows without numbers already is returned with those.
    """
    code, known = pd.factorize(table["pc4"], use_na_sentinel=False)
    number = table[_COUNTED].to_numpy(float)
    hidden = np.zeros(len(known), bool)
    if np.isnan(number).any():
        hidden[code[np.isnan(number)]] = True
    else:
        highest = np.zeros(len(known))
        np.maximum.at(highest, code, number)
        hidden = withheld(highest)
    numbers = [name for name in table.columns if name not in _PLACE]
    kept = table.astype(dict.fromkeys(numbers, float))
    kept.loc[hidden[code], numbers] = np.nan
    return kept, int(hidden.sum())
