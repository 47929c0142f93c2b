"""A finished run asked at one point: the curve of any measure, the spectrum, and which earthquakes make the hazard.

Everything is computed at the point itself, from the forecast that the run keeps and with the settings of its scenario.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final

import xarray as xr

from mijnrisico import data
from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import Scenario, load
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import hazard, site
from mijnrisico.seismic.hazard import disaggregation
from mijnrisico.seismic.hazard import spectrum as spectra
from mijnrisico.seismic.hazard.asked import Choices
from mijnrisico.seismic.motion.model import Component, Surface
from mijnrisico.studies import shaking

RETURN_PERIODS: Final = spectra.RETURN_PERIODS
"""Return periods of a spectrum (years)."""


def scenario_of(run: StoredRun) -> Scenario:
    """The scenario of a run, read once: a finished run never changes."""
    return _scenario(run.path)


def curve(
    run: StoredRun,
    x: float,
    y: float,
    year: int,
    *,
    measure: str = shaking.RULE_MEASURE,
    component: str | None = None,
    surface: str = "regular",
) -> xr.DataArray:
    """Annual rate of exceeding each level at a point in RD New (m), (statistic, level in the unit of the measure).

    Raises InputError E711 for a year, measure or component that the run or its model of the motion does not have.
    """
    known, where, choices = _asked(run, x, y, year, measure, component, surface)
    motion = shaking.model(known)
    threshold = (known.hazard.threshold,) if motion.units[measure] == "g" else ()
    found = hazard.hazard(_ready(run.path, year), where, motion=motion, curves=True, thresholds=threshold, **choices)
    rate = (
        found["rate"]
        .isel(site=0, year=0)
        .transpose("statistic", "level")
        .drop_vars(("x", "y", "zone"), errors="ignore")
    )
    return rate.assign_attrs(found.attrs, units="1/year")


def spectrum(
    run: StoredRun,
    x: float,
    y: float,
    year: int,
    *,
    component: str | None = None,
    surface: str = "regular",
    return_periods: tuple[float, ...] = RETURN_PERIODS,
) -> xr.Dataset:
    """Levels of every measure of the model at a point: `level` (measure, return_period, statistic).

    Raises InputError E711 as `curve`.
    """
    known, where, choices = _asked(run, x, y, year, None, component, surface)
    motion = shaking.model(known)
    found = spectra.spectrum(_ready(run.path, year), where, motion=motion, return_periods=return_periods, **choices)
    one = found.isel(site=0, year=0).drop_vars(("x", "y", "zone"), errors="ignore")
    return one.transpose("measure", "return_period", "statistic")


def disaggregate(
    run: StoredRun,
    x: float,
    y: float,
    year: int,
    *,
    measure: str = shaking.RULE_MEASURE,
    level: float | None = None,
    return_period: float | None = None,
    component: str | None = None,
    surface: str = "regular",
) -> xr.Dataset:
    """Which earthquakes make the hazard at a point, see `seismic.disaggregation.disaggregate`.

    The level is given, or that of a return period: the first of the run by default.

    Raises InputError E711 as `curve`, E503 for a level that makes no sense.
    """
    known, where, choices = _asked(run, x, y, year, measure, component, surface)
    if level is None and return_period is None:
        return_period = known.hazard.periods[0]
    return disaggregation.disaggregate(
        _ready(run.path, year),
        where,
        year,
        level=level,
        return_period=return_period,
        motion=shaking.model(known),
        **choices,
    )


def _asked(
    run: StoredRun, x: float, y: float, year: int, measure: str | None, component: str | None, surface: str
) -> tuple[Scenario, xr.Dataset, Choices]:
    """The scenario, the point as a site and the choices, all checked."""
    known = _scenario(run.path)
    motion = shaking.model(known)
    component = component or motion.components[0]
    _among(run, "year", year, known.years)
    if measure is not None:
        _among(run, "imt", measure, tuple(motion.units))
    _among(run, "component", component, motion.components)
    _among(run, "surface", surface, shaking.surfaces(known))
    where = site.sites_at(x, y)
    if motion.site == "zone" and int(where["zone"][0]) == site.NO_ZONE:
        known_places = tuple(str(name) for name in data.table("places")["place"])
        params = {
            "what": Phrase("explore.of.curve"),
            "got": f"RD {x:.0f} {y:.0f}",
            "known": known_places,
            "run": run.id,
        }
        raise InputError(Problem("E711", "--rd", params))
    ground: Surface = "wierde" if surface == "wierde" else "regular"
    chosen: Component = motion.components[motion.components.index(component)]  # pyright: ignore[reportArgumentType]
    asked: Choices = {**shaking.choices(known), "component": chosen, "surface": ground}
    return known, where, asked if measure is None else {**asked, "imt": measure}


def _among(run: StoredRun, what: str, got: object, known: tuple[object, ...]) -> None:
    if got not in known:
        params = {"what": Phrase(f"explore.of.{what}"), "got": got, "known": known, "run": run.id}
        raise InputError(Problem("E711", f"--{_OPTIONS[what]}", params))


_OPTIONS: Final = {"year": "year", "imt": "measure", "component": "component", "surface": "surface"}


@lru_cache(maxsize=4)
def _scenario(folder: Path) -> Scenario:
    return load(folder / "scenario.toml")


@lru_cache(maxsize=4)
def _ready(folder: Path, year: int) -> hazard.Sources:
    """The forecast of one year of a run, made ready; kept for the next question to the same run."""
    with xr.open_dataset(folder / "grids" / "source.nc", engine="h5netcdf") as forecast:
        return shaking.ready(_scenario(folder), forecast.sel(year=[year]).load())
