"""What a public product may say of a cell, postcode or municipality with few buildings: nothing.

The model computes for a type of building and knows no owner, but in a cell with one farm its risk is that of one
family. So an area with fewer than `FEWEST` buildings has no numbers: not in the files that a run writes, not in
figures, and not in exports. Totals hold everything, so what is withheld follows from them as a sum: the areas
without numbers are therefore never one alone, and hold together at least `FEWEST` buildings; where they would not, the
smallest of the others are withheld too. The postcodes of each municipality are judged together, for it has a total of
its own. Ten is the choice of this toolbox. Cells and postcodes are judged each by themselves: who subtracts the ones
from the others is not stopped.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

FEWEST: Final = 10
"""Buildings that an area has at least where it has numbers."""
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

    The highest number of any year counts. Those of a `municipality` are judged together, all as one where that column
    is absent; a municipality that is withheld itself (`municipalities`) has no numbers in any of its postcodes. A table
    that has rows without numbers already is returned with those.
    """
    code, highest = _highest(table, "pc4")
    where = np.zeros(highest.size, np.int64)
    if "municipality" in table:
        where[code] = pd.factorize(table["municipality"], use_na_sentinel=False)[0]
    few = withheld(np.bincount(where, highest).astype(float))
    hidden = few[where]
    for one in np.flatnonzero(~few):
        hidden[where == one] = withheld(highest[where == one])
    return _without(table, code, hidden)


def municipalities(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the table with no numbers in rows of municipalities with few buildings, and how many those are.

    The rest as `postcodes`.
    """
    code, highest = _highest(table, "municipality")
    return _without(table, code, withheld(highest))


def _highest(table: pd.DataFrame, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the area of each row, and the highest number of buildings of each area in any year (area,)."""
    code, known = pd.factorize(table[name], use_na_sentinel=False)
    highest = np.zeros(len(known))
    np.maximum.at(highest, code, table[_COUNTED].fillna(0.0).to_numpy(float))
    return code, highest


def _without(table: pd.DataFrame, code: NDArray[np.int64], hidden: NDArray[np.bool_]) -> tuple[pd.DataFrame, int]:
    """Return the table with no numbers in rows of hidden areas, as it is where it has such rows, and how many."""
    number = table[_COUNTED].to_numpy(float)
    if np.isnan(number).any():
        hidden = np.zeros(hidden.size, bool)
        hidden[code[np.isnan(number)]] = True
    numbers = [name for name in table.columns if name not in _PLACE]
    kept = table.astype(dict.fromkeys(numbers, float))
    kept.loc[hidden[code], numbers] = np.nan
    return kept, int(hidden.sum())
