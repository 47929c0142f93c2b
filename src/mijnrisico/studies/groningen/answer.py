"""The hazard at any point of a finished run, computed at the point itself."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.run import Run
from mijnrisico.core.scenario import Scenario, load
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import hazard as shaking
from mijnrisico.seismic import site


def site_answer(
    run: Run,
    x: np.ndarray,
    y: np.ndarray,
    names: list[str],
    year: int | None = None,
    threshold: float = 0.05,
    *,
    curves: bool = False,
) -> pd.DataFrame:
    """Level, band and share of the tree at or above `threshold` for each site and year.

    Args:
        run: a finished run.
        x, y: RD New, metres; (site,).
        names: one per site.
        year: calendar year of the run; every year when None.
        threshold: peak ground acceleration (g), compared inclusively and unrounded.
        curves: also give the hazard curves, with their fractiles.

    Returns:
        A row per site and year: `name`, `x_rd`, `y_rd`, `distance_outside_km` (0 inside the model area), `zone` (-1:
        none), `year`; for the first return period `mean_g`, `p10_g`, `p50_g`, `p90_g`, for each further one the
        same with its years behind (`mean_2475_g`); `share_at_threshold`. NaN where no value is given: outside the
        model area or without a zone. With `curves`, `attrs["curves"]` holds the exceedance rates in 1/year (site,
        year, level in g, statistic).

    Raises:
        InputError: E503 for a year that the run does not have.
    """
    scenario = _scenario(run.path)
    if year is not None and year not in scenario.years:
        params = {"got": year, "expected": f"{scenario.years[0]}-{scenario.years[-1]}", "example": scenario.years[0]}
        raise InputError(Problem("E503", "year", params))
    sites = site.sites_at(x, y, names)
    outside = site.distance_outside_km(x, y, scenario.hazard.margin)
    sites["zone"] = sites["zone"].where(xr.DataArray(outside, dims="site") <= 0.0, site.NO_ZONE)
    sources = _sources(run.path, year)
    settings = {
        "return_periods": scenario.hazard.return_periods,
        "thresholds": (threshold,),
        "site_variability_argument": scenario.motion.site_variability_argument,
    }
    found = shaking.hazard(sources, sites, curves=curves, **settings)
    years = found["year"].to_numpy()
    columns: dict[str, np.ndarray] = {
        "name": np.repeat(np.asarray(names, dtype=object), years.size),
        "x_rd": np.repeat(sites["x"].to_numpy(), years.size),
        "y_rd": np.repeat(sites["y"].to_numpy(), years.size),
        "distance_outside_km": np.repeat(outside, years.size),
        "zone": np.repeat(sites["zone"].to_numpy(), years.size),
        "year": np.tile(years, len(names)),
    }
    level = found["level_g"].transpose("return_period", "statistic", "site", "year").to_numpy()
    for index, period in enumerate(scenario.hazard.return_periods):
        for statistic, values in zip(shaking.STATISTICS, level[index], strict=True):
            columns[f"{statistic}_g" if index == 0 else f"{statistic}_{period:g}_g"] = values.ravel()
    columns["share_at_threshold"] = found["share"].transpose("site", "year", "threshold").to_numpy().ravel()
    frame = pd.DataFrame(columns)
    if curves:
        frame.attrs["curves"] = found["rate"]
    return frame


@lru_cache(maxsize=4)
def _scenario(folder: Path) -> Scenario:
    """The scenario of a run, read once: a finished run never changes."""
    return load(folder / "scenario.toml")


@lru_cache(maxsize=4)
def _sources(folder: Path, year: int | None) -> shaking.Sources:
    """The forecast of a run, made ready; kept for the next question to the same run."""
    with xr.open_dataset(folder / "grids" / "source.nc", engine="h5netcdf") as forecast:
        chosen = forecast if year is None else forecast.sel(year=[year])
        return shaking.sources(chosen.load())
