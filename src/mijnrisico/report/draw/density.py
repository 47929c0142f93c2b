"""How the density of earthquakes is drawn: one set of classes and colours, in the report and in single maps."""

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.colors import to_hex

CLASSES = 7
_PANELS = 4
_STEPS = (1.0, 2.0, 5.0)


def years(density: xr.DataArray) -> list[int]:
    """Return up to four years of the forecast, evenly spread: those that the report draws."""
    every = [int(year) for year in density.year.values]
    return sorted({every[round(k)] for k in np.linspace(0, len(every) - 1, min(_PANELS, len(every)))})


def top(density: xr.DataArray) -> float:
    """Return the highest density (per km2 per year) of the years that the report draws."""
    return float(density.sel(year=years(density)).max())


def edges(highest: float) -> tuple[float, ...]:
    """Limits of seven classes in steps of 1, 2, 5: the last begins at the round number just below the highest value.

    >>> edges(0.0153)[-2:], edges(0.0153)[1]
    ((0.01, inf), 0.0002)
    """
    rungs = [float(f"{step}e{power}") for power in range(-12, 3) for step in _STEPS]
    below = [rung for rung in rungs if rung <= highest] or rungs[:1]
    return (0.0, *below[-(CLASSES - 1) :], float("inf"))


def colours() -> tuple[str, ...]:
    """Return a colour for each class, from light to dark."""
    return tuple(to_hex(colour) for colour in colormaps["hot_r"](np.linspace(0.04, 0.86, CLASSES)))
