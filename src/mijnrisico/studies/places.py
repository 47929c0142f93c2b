"""Spectra, and the earthquakes behind the hazard, at named places in the year that a run shows."""

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.progress import Progress
from mijnrisico.core.scenario import Scenario
from mijnrisico.core.shown import shown
from mijnrisico.seismic import hazard
from mijnrisico.seismic.hazard import disaggregation
from mijnrisico.seismic.hazard import spectrum as spectra_of
from mijnrisico.seismic.hazard.asked import Choices
from mijnrisico.studies import hazard_tables, shaking
from mijnrisico.studies.point import RETURN_PERIODS


def shown_year(scenario: Scenario, on_map: xr.Dataset) -> int:
    """The year of which the report shows the map `on_map`, the result of `hazard.hazard` on its nodes."""
    name = "level_g" if "level_g" in on_map else "level_cms"
    level = on_map[name].sel(return_period=scenario.hazard.periods[0], statistic="mean").transpose("year", "site")
    return int(on_map["year"].to_numpy()[shown(level.to_numpy(), scenario.hazard.threshold)])


def spectra(scenario: Scenario, forecast: xr.Dataset, sites: xr.Dataset, year: int, progress: Progress) -> xr.Dataset:
    """Levels of every measure of the model at the sites once in 95, 475, 975 and 2475 years, mean and fractiles.

    The first component of the model, regular surface: see `seismic.spectrum.spectrum`.
    """
    ready = shaking.ready(scenario, forecast.sel(year=[year]))
    settings = {"motion": shaking.model(scenario), "return_periods": RETURN_PERIODS, "progress": progress}
    found = spectra_of.spectrum(ready, sites, **settings, **_choices(scenario))
    return found.isel(year=0).drop_vars(["x", "y", "zone", "vs30", "name"], errors="ignore")


def causes(
    scenario: Scenario, forecast: xr.Dataset, sites: xr.Dataset, known: xr.DataArray, year: int, progress: Progress
) -> xr.Dataset:
    """Which earthquakes make the level of the first measure once in the first return period, at each site.

    `known` (site,) says which sites have such a level; the others are left out. Returns what
    `disaggregation.disaggregate` does along `place`, with the names of the places and `closure` (place,).
    """
    ready = shaking.ready(scenario, forecast.sel(year=[year]))
    parts, names, wanted = [], [], np.flatnonzero(known.to_numpy())
    for done, index in enumerate(wanted, start=1):
        found = disaggregation.disaggregate(
            ready,
            sites.isel(site=[index]),
            year,
            return_period=scenario.hazard.periods[0],
            motion=shaking.model(scenario),
            **{**_choices(scenario), "imt": shaking.measures(scenario)[0]},
        )
        parts.append(found.assign(closure=found.attrs["closure"]))
        names.append(str(sites["name"].to_numpy()[index]))
        progress(done / wanted.size)
    if not parts:
        return xr.Dataset()
    whole = xr.concat(parts, dim=pd.Index(names, name="place"), combine_attrs="drop_conflicts")
    assert isinstance(whole, xr.Dataset)
    return whole


def _choices(scenario: Scenario) -> Choices:
    return {**shaking.choices(scenario), "component": shaking.components(scenario)[0], "surface": "regular"}


def spectra_table(found: xr.Dataset, sites: xr.Dataset, year: int) -> pd.DataFrame:
    """A row per place, measure and return period: mean, P10, P50, P90."""
    rows = [
        hazard_tables.spectrum(found.isel(site=index), _named(sites, index) | {"year": year})
        for index in range(sites.sizes["site"])
    ]
    return pd.concat(rows, ignore_index=True)


def causes_tables(found: xr.Dataset, sites: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Tables of disaggregations: in a row each, by bin, and by source cell; none where there are none."""
    if not found:
        return {}
    makers = {"": hazard_tables.told, "_bins": hazard_tables.bins, "_cells": hazard_tables.cells}
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in makers}
    at = {str(name): index for index, name in enumerate(sites["name"].to_numpy())}
    for number, place in enumerate(map(str, found["place"].to_numpy())):
        one = found.isel(place=number)
        one = one.assign_attrs(closure=float(one["closure"]))
        for name, make in makers.items():
            said = {"place": place} if name else _named(sites, at[place])
            tables[name].append(make(one, said))
    return {f"disaggregation{name}": pd.concat(rows, ignore_index=True) for name, rows in tables.items()}


def _named(sites: xr.Dataset, index: int) -> dict[str, object]:
    place = sites.isel(site=index)
    return {"place": str(place["name"].item()), "x_rd": float(place["x"]), "y_rd": float(place["y"])}


def levels_at(at_places: xr.Dataset, scenario: Scenario, year: int) -> xr.DataArray:
    """Whether each site has a level of the first measure in a year, (site,), in what `shaking.every_choice` gave."""
    name = hazard.level_name(shaking.model(scenario).units[shaking.measures(scenario)[0]])
    level = at_places[name].isel(component=0, surface=0)
    chosen = level.sel(year=year, return_period=scenario.hazard.periods[0], statistic="mean")
    return chosen.notnull()
