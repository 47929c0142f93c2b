"""The numbers of others, read from the tables beside this file."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


@cache
def _read(name):
    return pd.read_csv(HERE / name, dtype={"case": str})


def curve(case, site, column):
    """Levels (g) and the numbers of a column of `curves.csv` at them, both (level,)."""
    table = _read("curves.csv")
    rows = table[(table["case"] == case) & (table["site"] == site) & table[column].notna()]
    return rows["level_g"].to_numpy(float), rows[column].to_numpy(float)


def fractiles():
    """Levels (g), fractiles (fractile,) and the annual rates of case 3.2 at them (level, fractile)."""
    table = _read("fractiles_3_2.csv")
    share = np.arange(1, 100) / 100.0
    return table["level_g"].to_numpy(float), share, table[[f"p{i}" for i in range(1, 100)]].to_numpy(float)


def outline():
    """Longitude and latitude of the corners of area 1, (corner, 2)."""
    return _read("area_1.csv").to_numpy(float)
