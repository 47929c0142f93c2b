"""The hazard at any point of a finished run, computed at the point itself."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.curve import STATISTICS
from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import Scenario, load
from mijnrisico.data.readers import anywhere, crs
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import hazard as shaking
from mijnrisico.seismic import risk_tree, site
from mijnrisico.studies import shaking as of_scenario
from mijnrisico.studies.point import classes, unknown_classes

IMT, SURFACE = of_scenario.RULE_MEASURE, "regular"
"""What the level, the band and the share are given for, for the first component of the model. No norm says which
component and surface count, so the means for the other choices stand beside it."""
CHOICES = ("arbitrary", "wierde", "arbitrary_wierde")
_AROUND = (0.5, 2.5)
"""Levels computed for the arbitrary component, as factors on those of the geometric mean: the largest ratio on the
map is 1.13, and three points on both sides keep the value that of the full range."""


def site_answer(
    run: StoredRun,
    x: np.ndarray,
    y: np.ndarray,
    names: list[str],
    year: int | None = None,
    threshold: float = 0.05,
    *,
    curves: bool = False,
) -> pd.DataFrame:
    """Level, band and share of the tree at or above `threshold` for each site and year, and whether that is settled.

    Args:
        run: a finished run.
        x, y: RD New, metres; (site,).
        names: one per site.
        year: calendar year of the run; every year when None.
        threshold: peak ground acceleration (g), compared inclusively and unrounded.
        curves: also give the hazard curves, with their fractiles.

    Returns:
        A row per site and year: `name`, `x_rd`, `y_rd`, `distance_outside_km` (0 inside the model area), `zone` (-1:
        none), `year`, `imt`, `component`, `surface`; for the first return period `mean_g`, `p10_g`, `p50_g`, `p90_g`
        and, the means for an arbitrary horizontal component, on a dwelling mound and both, `mean_arbitrary_g`,
        `mean_wierde_g`, `mean_arbitrary_wierde_g`; for each further one the same with its years behind
        (`mean_2475_g`); `reaches`: the first of these means are at or above the threshold in all four choices ("yes"),
        in none ("no") or in some ("depends"); `share_at_threshold`. NaN or None where no value is given: outside the
        model area or without a zone. With `curves`, `attrs["curves"]` holds the exceedance rates in 1/year (site,
        year, level in g, statistic) of `component` and `surface`.

    Raises:
        InputError: E503 for a year that the run does not have, E702 where its motion model has no accelerations.
    """
    scenario = _scenario(run.path)
    if year is not None:
        _among(scenario, year)
    if IMT not in of_scenario.model(scenario).units:
        raise run.lacking(IMT, "motion.model=V7")
    sites = site.sites_at(x, y, names)
    outside = _outside_km(run, scenario, x, y)
    sites["zone"] = sites["zone"].where(xr.DataArray(outside, dims="site") <= 0.0, site.NO_ZONE)
    sources = _sources(run.path, year)
    settings = {
        "motion": scenario.motion.model,
        "return_periods": scenario.hazard.periods,
        "thresholds": (threshold,),
        **of_scenario.choices(scenario),
    }
    found = shaking.hazard(sources, sites, curves=curves, **settings)
    years = found["year"].to_numpy()
    shown = {"imt": IMT, "component": of_scenario.components(scenario)[0], "surface": SURFACE}
    columns: dict[str, np.ndarray] = {
        "name": np.repeat(np.asarray(names, dtype=object), years.size),
        "x_rd": np.repeat(sites["x"].to_numpy(), years.size),
        "y_rd": np.repeat(sites["y"].to_numpy(), years.size),
        "distance_outside_km": np.repeat(outside, years.size),
        "zone": np.repeat(sites["zone"].to_numpy(), years.size),
        "year": np.tile(years, len(names)),
        **{name: np.full(len(names) * years.size, value, dtype=object) for name, value in shown.items()},
    }
    level = np.where(np.repeat(outside <= 0.0, years.size), _flat(found), np.nan)
    means = _other_means(scenario, sources, sites, level[:, 0], settings)
    for index, period in enumerate(scenario.hazard.periods):
        end = "g" if index == 0 else f"{period:g}_g"
        columns |= {f"{name}_{end}": row for name, row in zip(STATISTICS, level[index], strict=True)}
        columns |= {f"mean_{name}_{end}": row for name, row in zip(CHOICES, means[index], strict=True)}
    columns["reaches"] = _reaches(np.vstack([level[0, :1], means[0]]), threshold)
    columns["share_at_threshold"] = found["share"].transpose("site", "year", "threshold").to_numpy().ravel()
    frame = pd.DataFrame(columns)
    if curves:
        frame.attrs["curves"] = found["rate"]
    return frame


def site_lpr(
    run: StoredRun, x: np.ndarray, y: np.ndarray, of_classes: Sequence[str], year: int | None = None
) -> xr.DataArray:
    """Local personal risk of vulnerability classes at points, on regular ground, over the complete logic tree.

    Args:
        run: a finished run.
        x, y: RD New, metres; (site,).
        of_classes: some of those of `studies.point.classes`.
        year: calendar year of the run; every year when None.

    Returns:
        LPR in 1/year, (site, year, vulnerability_class, statistic): mean, P10, P50 and P90; NaN outside the model area
        and without a zone.

    Raises:
        InputError: E503 for a year that the run does not have, E702 where its motion model is not one of Groningen,
            E711 for a class that its vulnerability model does not have.
    """
    scenario = _scenario(run.path)
    if year is not None:
        _among(scenario, year)
    if problems := unknown_classes(run, of_classes):
        raise InputError(problems)
    sites = site.sites_at(x, y)
    outside = xr.DataArray(_outside_km(run, scenario, x, y), dims="site")
    sites["zone"] = sites["zone"].where(outside <= 0.0, site.NO_ZONE)
    found = risk_tree.lpr_fractiles(_sources(run.path, year), sites, of_classes, **of_scenario.of_risk(scenario))
    return found["lpr"].transpose("site", "year", "vulnerability_class", "statistic")


def site_risk(run: StoredRun, x: float, y: float, year: int, of_classes: Sequence[str] | None = None) -> pd.DataFrame:
    """Local personal risk at a point in one year for every vulnerability class, over the complete logic tree.

    Args:
        run: a finished run.
        x, y: RD New, metres.
        year: calendar year of the run.
        of_classes: some classes; all of the model by default.

    Returns:
        `class`, `year`, `lpr_mean`, `p10`, `p50`, `p90` (1/year), highest mean first; NaN where the point has no zone.

    Raises:
        InputError: E503 for a year that the run does not have, E702 where its motion model is not one of Groningen.
    """
    found = site_lpr(run, np.array([x]), np.array([y]), classes(run) if of_classes is None else of_classes, year)
    values = found.isel(site=0, year=0).transpose("vulnerability_class", "statistic").to_numpy()
    columns = dict(zip(("lpr_mean", "p10", "p50", "p90"), values.T, strict=True))
    frame = pd.DataFrame({"class": found["vulnerability_class"].to_numpy(), "year": year, **columns})
    return frame.sort_values("lpr_mean", ascending=False, ignore_index=True)


def _outside_km(run: StoredRun, scenario: Scenario, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance (km) of points in RD New beyond the area of the run: that of the field, or around a given forecast."""
    if not scenario.inputs.forecast.file:
        return site.distance_outside_km(x, y, scenario.hazard.margin)
    with xr.open_dataset(run.path / "grids" / "source.nc", engine="h5netcdf") as forecast:
        system, cells = str(forecast.attrs["crs"]), [forecast[f"cell_{axis}"].to_numpy() for axis in "xy"]
    east, north = anywhere.to_system(x, y, crs.RD, system)
    near = np.hypot(east[:, None] - cells[0], north[:, None] - cells[1]).min(axis=1)
    return np.maximum(near - scenario.hazard.margin, 0.0) / 1000.0


def _among(scenario: Scenario, year: int) -> None:
    if year not in scenario.years:
        params = {"got": year, "expected": f"{scenario.years[0]}-{scenario.years[-1]}", "example": scenario.years[0]}
        raise InputError(Problem("E503", "year", params))


def _flat(found: xr.Dataset) -> np.ndarray:
    """Levels in g as (return period, statistic, site x year)."""
    level = found["level_g"].transpose("return_period", "statistic", "site", "year").to_numpy()
    return level.reshape(*level.shape[:2], -1)


def _other_means(
    scenario: Scenario, sources: shaking.Sources, sites: xr.Dataset, mean: np.ndarray, settings: dict[str, Any]
) -> np.ndarray:
    """Mean levels in g for `CHOICES`, (return period, choice, row), where `mean` (return period, row) is the first.

    The factor of a dwelling mound does not depend on the motion, so it moves a whole curve along the levels. A choice
    that the model does not know is NaN.
    """
    known = mean[np.isfinite(mean)]
    if known.size == 0:
        return np.full((mean.shape[0], len(CHOICES), mean.shape[1]), np.nan)
    around = (known.min() * _AROUND[0], known.max() * _AROUND[1])
    arbitrary = np.full_like(mean, np.nan)
    if "arbitrary" in of_scenario.components(scenario)[1:]:
        found = shaking.hazard(sources, sites, component="arbitrary", fractiles=(), level_range=around, **settings)
        arbitrary = np.where(np.isfinite(mean), _flat(found)[:, 0], np.nan)
    mound = np.nan
    if "wierde" in of_scenario.surfaces(scenario):
        mound = np.exp(of_scenario.model(scenario).wierde_ln(IMT))
    return np.stack([arbitrary, mound * mean, mound * arbitrary], axis=1)


def _reaches(means: np.ndarray, threshold: float) -> np.ndarray:
    """Whether `means` (choice, row) are at or above the threshold: "yes", "no", "depends" or None without a value.

    Choices without a value in any row do not count.
    """
    above = means[np.isfinite(means).any(axis=1) | (np.arange(len(means)) == 0)] >= threshold
    words = np.where(above.all(axis=0), "yes", np.where(above.any(axis=0), "depends", "no")).astype(object)
    words[np.isnan(means[0])] = None
    return words


@lru_cache(maxsize=4)
def _scenario(folder: Path) -> Scenario:
    """The scenario of a run, read once: a finished run never changes."""
    return load(folder / "scenario.toml")


@lru_cache(maxsize=4)
def _sources(folder: Path, year: int | None) -> shaking.Sources:
    """The forecast of a run, made ready; kept for the next question to the same run."""
    with xr.open_dataset(folder / "grids" / "source.nc", engine="h5netcdf") as forecast:
        chosen = forecast if year is None else forecast.sel(year=[year])
        return of_scenario.ready(_scenario(folder), chosen.load())
