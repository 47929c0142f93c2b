"""A forecast and sites of a user, read once and laid out for the hazard; and what they say together.

With a forecast of the user nothing is computed of pressures and sources: see `from_forecast`.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.core import provenance
from mijnrisico.core.scenario import Checked, Scenario
from mijnrisico.core.scenario.sections import ForecastFile, Sites
from mijnrisico.data.readers import anywhere, crs, site_list
from mijnrisico.data.readers import forecast as forecast_reader
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic import motion, site
from mijnrisico.seismic.motion import douglas_2013

TOLERANCE: Final = 1e-7
"""Length that the maps may leave out of each field of a given forecast: other engines keep every digit too."""


def read_forecast(path: Path, settings: ForecastFile) -> forecast_reader.Read:
    """Read a forecast of the user; the same file with the same settings once per process."""
    return _forecast(path, provenance.digest_or_nothing(path), tuple(sorted(settings.columns.items())), settings.crs)


@lru_cache(maxsize=2)
def _forecast(path: Path, digest: str, columns: tuple[tuple[str, str], ...], system: str) -> forecast_reader.Read:
    del digest  # the same name can hold something else the next time
    return forecast_reader.read(path, columns=dict(columns), crs=system)


def read_sites(path: Path, settings: Sites, system: str = "") -> site_list.Read:
    """Read sites of the user in a metric system (`anywhere.system_of` by default)."""
    return _sites(
        path, provenance.digest_or_nothing(path), tuple(sorted(settings.columns.items())), settings.crs, system
    )


@lru_cache(maxsize=2)
def _sites(path: Path, digest: str, columns: tuple[tuple[str, str], ...], declared: str, system: str) -> site_list.Read:
    del digest
    return site_list.read(path, columns=dict(columns), crs=declared, system=system)


def forecast(scenario: Scenario) -> xr.Dataset:
    """Return the forecast of the user as `seismic.site_rates.sources` takes it, with the years of the scenario.

    Rates that hold for every year have one year, the first of the scenario. Attribute `every_year` says so. Raises
    `InputError` when the file can no longer be read as it was when the scenario was checked.
    """
    found = read_forecast(scenario.input_files["forecast"], scenario.inputs.forecast)
    if found.forecast is None:
        raise InputError(found.problems)
    given = found.forecast
    every_year = given["year"].to_numpy().tolist() == [forecast_reader.EVERY_YEAR]
    given = given.assign_coords(year=[scenario.years[0]]) if every_year else given.sel(year=list(scenario.years))
    if "rate" in given:
        rate = given["rate"].transpose("magnitude", "cell", "year", "branch").to_numpy()
        maps, coefficient = forecasting.compress(rate, TOLERANCE)
        given = given.drop_vars("rate").assign(
            maps=(("cell", "map"), maps, {"units": "1"}),
            coefficient=(("map", "magnitude", "year", "branch"), coefficient, {"units": "1/year"}),
        )
    return given.assign_attrs(every_year=int(every_year))


def sites(scenario: Scenario, given: xr.Dataset) -> xr.Dataset:
    """Return where the hazard is wanted, in the system of the forecast: x, y, lon, lat, zone in Groningen, name.

    Those of the user; else the map of Groningen for a model with its zones; else nodes on the multiples of the cell of
    the scenario within its margin of the places of the forecast. Attribute `on_grid` says whether they are nodes.
    """
    system = str(given.attrs["crs"])
    if path := scenario.input_files.get("sites"):
        found = read_sites(path, scenario.sites, system)
        if found.sites is None:
            raise InputError(found.problems)
        points = found.sites.assign_attrs(on_grid=0)
    else:
        zones = motion.model_of(scenario.motion.model).site == "zone"
        cell, margin = scenario.hazard.cell, scenario.hazard.margin
        points = site.hazard_grid(cell, margin) if zones else _around(given, cell, margin)
        lon, lat = anywhere.to_lonlat(points["x"], points["y"], system)
        points = points.assign(lon=("site", lon), lat=("site", lat)).assign_attrs(on_grid=1)
    if "zone" not in points and crs.is_rd(system):
        points["zone"] = ("site", site.zone_of(points["x"], points["y"]), {"units": "1"})
    return points


def _around(given: xr.Dataset, cell: float, margin: float) -> xr.Dataset:
    """Nodes on the multiples of `cell` within `margin` (m) of any place of a forecast, south to north."""
    from scipy.spatial import KDTree

    places = np.column_stack([given["cell_x"].to_numpy(), given["cell_y"].to_numpy()])
    reach = max(margin, cell)
    low, high = np.ceil((places.min(axis=0) - reach) / cell), np.floor((places.max(axis=0) + reach) / cell)
    axes = [cell * np.arange(first, last + 1.0) for first, last in zip(low, high, strict=True)]
    x, y = (axis.ravel() for axis in np.meshgrid(*axes))
    near = KDTree(places).query(np.column_stack([x, y]))[0] <= reach
    return xr.Dataset({"x": ("site", x[near], {"units": "m"}), "y": ("site", y[near], {"units": "m"})})


def problems(checked: Checked) -> Iterator[Problem]:
    """What is to be said about the forecast and the sites of the user, each and together."""
    path, settings = checked.input_files.get("forecast"), checked.inputs
    found = None
    if path is not None and settings is not None:
        found = read_forecast(path, settings.forecast)
        yield from found.problems
        if others := [name.name for role, name in checked.input_files.items() if role not in ("forecast", "sites")]:
            yield Problem("W114", found.name, {"of": "forecast", "forecast": path.name, "others": tuple(others)})
    if (listed := checked.input_files.get("sites")) is not None and checked.sites is not None:
        of_sites = read_sites(listed, checked.sites)
        yield from of_sites.problems
        if settings is not None and not settings.forecast.file:
            where = checked.places.where("sites.file") if checked.places else "sites.file"
            params = {"got": listed.name, "expected": Phrase("exchange.sites_alone"), "example": 'file = ""'}
            yield Problem("E503", where, params)
    if found is not None and found.forecast is not None and checked.time is not None:
        yield from _years(found, checked)


def _years(found: forecast_reader.Read, checked: Checked) -> Iterator[Problem]:
    """E303 for a forecast that lacks a year of the scenario."""
    assert found.forecast is not None
    assert checked.time is not None
    there = set(found.forecast["year"].to_numpy().tolist())
    wanted = range(checked.time.start, checked.time.end + 1)
    if there == {forecast_reader.EVERY_YEAR} or set(wanted) <= there:
        return
    got = f"{min(there)} – {max(there)}"
    yield Problem("E303", found.name, {"of": "forecast", "got": got, "start": wanted[0], "end": wanted[-1]})


def of_motion(scenario: Scenario) -> Iterator[Problem]:
    """What the ground-motion model of a scenario cannot give: a measure, or a value for sites without what it needs."""
    model = motion.model_of(scenario.motion.model)
    if lacking := [measure for measure in scenario.hazard.measures if measure not in model.units]:
        expected = Phrase("exchange.measures", {"model": scenario.motion.model, "known": tuple(model.units)})
        example = f'measures = ["{next(iter(model.units))}"]'
        yield Problem("E503", "hazard.measures", {"got": tuple(lacking), "expected": expected, "example": example})
    yield from _beyond_cubic(scenario)
    if model.site == "vs30" and not _has_vs30(scenario):
        expected = Phrase("exchange.needs_vs30", {"model": scenario.motion.model})
        yield Problem(
            "E503", "sites.file", {"got": scenario.sites.file or "–", "expected": expected, "example": "vs30"}
        )
    if model.site == "zone" and "forecast" in scenario.input_files:
        found = read_forecast(scenario.input_files["forecast"], scenario.inputs.forecast)
        if found.forecast is not None and not crs.is_rd(str(found.forecast.attrs["crs"])):
            expected = Phrase("exchange.abroad", {"model": scenario.motion.model})
            params = {"got": scenario.motion.model, "expected": expected, "example": 'model = "atkinson_2015"'}
            yield Problem("E503", "motion.model", params)
    if scenario.rupture.depth >= scenario.rupture.largest_distance:
        expected = Phrase("expected.less_than", {"limit": scenario.rupture.largest_distance})
        yield Problem(
            "E503", "rupture.depth", {"got": scenario.rupture.depth, "expected": expected, "example": "depth = 3.0"}
        )


def _beyond_cubic(scenario: Scenario) -> Iterator[Problem]:
    """E503 for magnitudes at which the equation of the model must not be used: of the file, else of the tree."""
    if scenario.motion.model != douglas_2013.MODEL.name:
        return
    path, highest = scenario.input_files.get("forecast"), max(scenario.source.mmax.tree)
    if path is not None:
        found = read_forecast(path, scenario.inputs.forecast).forecast
        highest = 0.0 if found is None else float(found["magnitude"].max())
    limit = douglas_2013.MODEL.valid["magnitude"][1]
    if highest > limit + 1e-6:
        expected = Phrase("exchange.cubic", {"high": limit, "model": scenario.motion.model})
        example = 'model = "atkinson_2015"'
        yield Problem("E503", "motion.model", {"got": f"M {highest:.4g}", "expected": expected, "example": example})


def _has_vs30(scenario: Scenario) -> bool:
    path = scenario.input_files.get("sites")
    found = None if path is None else read_sites(path, scenario.sites).sites
    return found is not None and "vs30" in found
