"""What a public product may say of a cell or postcode with few buildings: nothing.

The model computes for a type of building and knows no owner, but in a cell with one farm its risk is that of one
family. So a cell or postcode with fewer than `FEWEST` buildings has no numbers in figures and exports, and how many of
them there are, with how many buildings, is said beside them. Ten is the choice of this toolbox; totals hold everything.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mijnrisico.report.run_folder import Frame

if TYPE_CHECKING:
    import xarray as xr

FEWEST: Final = 10
"""Buildings that a cell or postcode has at least where it has numbers."""
_COUNTED: Final = "buildings"
_PLACE: Final = ("pc4", "place", "municipality", "year")


@dataclass(frozen=True, slots=True)
class Withheld:
    """How many cells or postcodes have no numbers because they hold few buildings, and how many those hold."""

    areas: int
    buildings: float


def cells(grid: "xr.Dataset") -> "tuple[xr.Dataset, Withheld]":
    """Return the grid without the values of cells with few buildings, and what was withheld.

    `buildings` has (y, x), or those and other dimensions; a cell is withheld where any of its counts is below
    `FEWEST` and not zero.
    """
    number = grid[_COUNTED]
    few = (number > 0.0) & (number < FEWEST)
    others = [name for name in number.dims if name not in ("y", "x")]
    few = few.any(others) if others else few
    highest = number.max(others) if others else number
    kept = grid.copy()
    for name, variable in grid.data_vars.items():
        if {"y", "x"} <= set(variable.dims):
            kept[name] = variable.where(~few).transpose(*variable.dims).assign_attrs(variable.attrs)
    return kept, Withheld(int(few.sum()), float(highest.where(few).sum()))


def postcodes(table: Frame) -> tuple[Frame, Withheld]:
    """Return the table with no numbers in rows of postcodes with few buildings, and what was withheld."""
    few = (table[_COUNTED] > 0.0) & (table[_COUNTED] < FEWEST)
    kept = table.copy()
    numbers = [name for name in table.columns if name not in _PLACE]
    kept[numbers] = kept[numbers].astype(float)
    kept.loc[few, numbers] = np.nan
    fewest = table[few].groupby("pc4")[_COUNTED].max()
    return kept, Withheld(len(fewest), float(fewest.sum()))
