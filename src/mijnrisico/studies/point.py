"""A finished run asked at one point: the curve of any measure, the spectrum, and which earthquakes make the hazard.

Everything is computed at the point itself, from the forecast that the run keeps and with the settings of its scenario.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico import data
from mijnrisico.core import files
from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import Scenario, load
from mijnrisico.data.readers import crs
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import hazard, loss, site
from mijnrisico.seismic.hazard import disaggregation
from mijnrisico.seismic.hazard import spectrum as spectra
from mijnrisico.seismic.hazard.asked import Choices
from mijnrisico.seismic.motion.model import Component, GroundMotion, Surface
from mijnrisico.studies import shaking

RETURN_PERIODS: Final = spectra.RETURN_PERIODS
"""Return periods of a spectrum (years)."""
SAME_M: Final = 1.0
"""Distance within which a point is a site of the run."""


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
    """Annual rate of exceeding each level at a point in the `system` of the run: (statistic, level in its unit).

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
    """Levels at a point: `level` (measure, return_period, statistic) of each measure that has the component.

    Raises InputError E711 as `curve`.
    """
    known, where, choices = _asked(run, x, y, year, None, component, surface)
    motion = shaking.model(known)
    having = [each for each in spectra.by_period(motion) if choices.get("component") in _components(motion, each)]
    found = spectra.spectrum(
        _ready(run.path, year), where, motion=motion, return_periods=return_periods, measures=having, **choices
    )
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
    among(run, "year", year, known.years)
    if measure is not None:
        among(run, "imt", measure, tuple(motion.units))
    among(run, "component", component, _components(motion, measure))
    among(run, "surface", surface, shaking.surfaces(known))
    where = _site(run, known, x, y)
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


def _components(motion: GroundMotion, measure: str | None) -> tuple[str, ...]:
    """The components of one measure, or of any: a spectrum leaves out the measures without the one that is asked."""
    return motion.components if measure is None else shaking.components_of(motion, measure)


def outside_km(run: StoredRun, x: float, y: float) -> float:
    """Distance (km) of a point beyond what a run on a forecast from a file can answer; 0 within.

    That reaches as far from the places of the forecast as its ruptures count, or as the margin of its map.
    """
    known, given = _scenario(run.path), _places(run.path)
    reach_km = max(known.rupture.largest_distance, known.hazard.margin / 1000.0)
    away = np.hypot(given.x - x, given.y - y).min() / 1000.0
    return max(float(away) - reach_km, 0.0)


def system(run: StoredRun) -> str:
    """Coordinate system in m of the points of a run: RD New, or that of a field abroad."""
    return _places(run.path).system


def named(run: StoredRun) -> dict[str, tuple[float, float]]:
    """The sites that the user gave a run on a forecast from a file, by name: x and y in its system."""
    points = _own_sites(run.path)
    if points is None:
        return {}
    names = points["name"].to_numpy() if "name" in points.variables else ()
    return {str(name): (float(x), float(y)) for name, x, y in zip(names, points["x"], points["y"], strict=True)}


def _site(run: StoredRun, known: Scenario, x: float, y: float) -> xr.Dataset:
    """A point as a site of the hazard: with its zone in the Netherlands, with the Vs30 of the site of the run there.

    Raises InputError E503 where the model needs a Vs30 and no site of the run lies at the point.
    """
    motion, abroad = shaking.model(known), not crs.is_rd(system(run))
    values = {"x": ("site", [x], {"units": "m"}), "y": ("site", [y], {"units": "m"})}
    where = xr.Dataset(values) if abroad else site.sites_at(x, y)
    if motion.site != "vs30":
        return where
    points = _own_sites(run.path)
    if points is not None and "vs30" in points.variables:
        away = np.hypot(points["x"].to_numpy() - x, points["y"].to_numpy() - y)
        if away.min() <= SAME_M:
            return where.assign(vs30=("site", [float(points["vs30"].to_numpy()[away.argmin()])], {"units": "m/s"}))
    expected = Phrase("exchange.vs30_at", {"model": motion.head.name})
    raise InputError(Problem("E503", "site", {"got": "–", "expected": expected, "example": "--place " + _first(run)}))


def _first(run: StoredRun) -> str:
    return next(iter(named(run)), "–")


@dataclass(frozen=True, slots=True)
class _Places:
    """Places of the earthquakes of a run in m in a system."""

    x: np.ndarray
    y: np.ndarray
    system: str


@lru_cache(maxsize=4)
def _places(folder: Path) -> _Places:
    with xr.open_dataset(folder / "grids" / "source.nc", engine="h5netcdf") as forecast:
        x, y = (forecast[f"cell_{axis}"].to_numpy() for axis in "xy")
        return _Places(x, y, str(forecast.attrs.get("crs", crs.RD)))


@lru_cache(maxsize=4)
def _own_sites(folder: Path) -> xr.Dataset | None:
    """Coordinates of the sites of a run on a forecast from a file; None for any other."""
    scenario = _scenario(folder)
    if "sites" not in scenario.input_files:
        return None
    name = files.measure_name(shaking.measures(scenario)[0])
    with xr.open_dataset(folder / "grids" / f"sites_{name}.nc", engine="h5netcdf") as held:
        return held.drop_vars(list(held.data_vars)).load()


def classes(run: StoredRun) -> tuple[str, ...]:
    """Vulnerability classes whose risk a run can be asked; raises `InputError` E702 where its motion model has none."""
    known = _scenario(run.path)
    if not shaking.has_risk(known):
        raise run.lacking("LPR", "motion.model=V7")
    return loss.vulnerability(known.risk.model).classes


def unknown_classes(run: StoredRun, asked: Iterable[str]) -> list[Problem]:
    """E711 for each class that a run cannot be asked, with those that it can, the nearest name first; raises E702."""
    known, what = classes(run), Phrase("explore.of.vulnerability_class")
    return [
        Problem("E711", "--class", {"what": what, "got": name, "known": _nearest_first(name, known), "run": run.id})
        for name in asked
        if name not in known
    ]


def _nearest_first(got: str, known: Iterable[str]) -> tuple[str, ...]:
    likeness = {name: difflib.SequenceMatcher(None, got.lower(), name.lower()).ratio() for name in known}
    return tuple(sorted(likeness, key=lambda name: (-likeness[name], name)))


def among(run: StoredRun, what: str, got: object, known: tuple[object, ...]) -> None:
    """Raise `InputError` E711 where a run does not have a year, measure, component, surface or target."""
    if got not in known:
        params = {"what": Phrase(f"explore.of.{what}"), "got": got, "known": known, "run": run.id}
        raise InputError(Problem("E711", f"--{_OPTIONS[what]}", params))


_OPTIONS: Final = {"year": "year", "imt": "measure", "component": "component", "surface": "surface", "target": "target"}


@lru_cache(maxsize=4)
def _scenario(folder: Path) -> Scenario:
    return load(folder / "scenario.toml")


@lru_cache(maxsize=4)
def _ready(folder: Path, year: int) -> hazard.Sources:
    """The forecast of one year of a run, made ready; kept for the next question to the same run."""
    with xr.open_dataset(folder / "grids" / "source.nc", engine="h5netcdf") as forecast:
        return shaking.ready(_scenario(folder), forecast.sel(year=[year]).load())
