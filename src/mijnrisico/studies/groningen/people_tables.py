"""What a run leaves behind about people: tables and grids of personal risk, of buildings and of losses."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import exposure
from mijnrisico.studies.groningen import model_tables
from mijnrisico.studies.groningen import sites as where
from mijnrisico.studies.groningen.people import People

MIX = "mix"

Row = tuple[str, int, float, str, float, float]
"""quantity, year, value, unit, p10, p90"""
Tables = Mapping[str, pd.DataFrame]
"""Tables about people by their name; empty where the run has none."""


def tables(scenario: Scenario, found: People, grid: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Every table about people, by its name."""
    return {
        "fragility_curves": model_tables.fragility_curves(scenario),
        "consequences": model_tables.consequences(scenario),
        "lpr_classes": lpr_classes(found.at_places),
        "lpr_places": lpr_places(scenario, found.at_places),
        "lpr_postcodes": postcodes(scenario, found.on_map, grid),
    }


def grids(found: People, grid: xr.Dataset) -> dict[str, xr.Dataset]:
    """Every grid about people, by its name: `lpr` has the mean risk of each class on the map."""
    return {"lpr": where.on_grid(found.on_map["lpr_mean"], grid).to_dataset(name="lpr_mean")}


def lpr_classes(tree: xr.Dataset) -> pd.DataFrame:
    """Local personal risk of each class where its mean is highest in that year, with fractiles over the tree."""
    highest = tree["highest"].transpose("year", "vulnerability_class").to_numpy()
    rows = []
    for index, name in enumerate(tree["vulnerability_class"].to_numpy()):
        for when in range(tree.sizes["year"]):
            at = tree.isel(site=int(highest[when, index]), vulnerability_class=index, year=[when])
            x, y = float(at["x"]), float(at["y"])
            where_is = {"zone": int(at["zone"]), "place": where.nearest_place(x, y), "x_rd": x, "y_rd": y}
            rows.append(_risk_rows(at["lpr"], {"class": str(name)}, where_is))
    return pd.concat(rows, ignore_index=True)


def lpr_places(scenario: Scenario, tree: xr.Dataset) -> pd.DataFrame:
    """Local personal risk of the shown classes at the named places, with fractiles over the complete tree."""
    rows = []
    for index in np.flatnonzero(tree["place"].to_numpy() != ""):
        for name in scenario.risk.shown:
            at = tree.isel(site=int(index)).sel(vulnerability_class=name)
            rows.append(_risk_rows(at["lpr"], {"place": str(tree["place"].to_numpy()[index]), "class": name}, {}))
    return pd.concat(rows, ignore_index=True)


def _risk_rows(lpr: xr.DataArray, before: dict[str, object], after: dict[str, object]) -> pd.DataFrame:
    values = lpr.transpose("year", "statistic").to_numpy()
    numbers = {"lpr_mean": values[:, 0], "p10": values[:, 1], "p50": values[:, 2], "p90": values[:, 3]}
    return pd.DataFrame(before | {"year": lpr["year"].to_numpy()} | after | numbers)


def postcodes(scenario: Scenario, losses: xr.Dataset, grid: xr.Dataset) -> pd.DataFrame:
    """People above the norm per postcode, as if all dwellings were of one class, and for the configured mix."""
    over = exposure.overlay(grid, scenario.hazard.cell)
    shown = scenario.risk
    return exposure.postcode_counts(losses["lpr_mean"], over, classes=shown.shown, mix=shown.mix, mix_label=MIX)


def summary_rows(scenario: Scenario, tables: Tables) -> list[Row]:
    """Highest risk of each shown class, and people above the norm and above ten times the norm; none without tables."""
    rows: list[Row] = []
    if not tables:
        return rows
    classes, people = tables["lpr_classes"], tables["lpr_postcodes"]
    for name in scenario.risk.shown:
        of_class = classes[classes["class"] == name]
        for year, mean, p10, p90 in of_class[["year", "lpr_mean", "p10", "p90"]].to_numpy():
            rows.append((f"lpr_max_{name}", int(year), mean, "1/year", p10, p90))
    for level in ("1e-5", "1e-4"):
        for name in (*scenario.risk.shown, MIX):
            of_class = people[people["class"] == name]
            for year in scenario.years:
                count = float(of_class.loc[of_class["year"] == year, f"above_{level}"].sum())
                rows.append((f"people_above_{level}_{name}", year, count, "people", np.nan, np.nan))
    return rows
