"""What a run leaves behind about people: tables and grids of personal risk, of buildings and of losses."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core.curve import STATISTICS
from mijnrisico.core.run import RunWriter
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import building_privacy, building_risk, building_tables, expected_losses, exposure
from mijnrisico.seismic.building_stock import people_inside
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
    of_buildings = found.buildings, found.of_buildings, found.over_tree
    return {
        "fragility_curves": model_tables.fragility_curves(scenario),
        "consequences": model_tables.consequences(scenario),
        "lpr_classes": lpr_classes(found.at_places),
        "lpr_places": lpr_places(scenario, found.at_places),
        "lpr_postcodes": postcodes(scenario, found.on_map, grid),
        "buildings_above": building_tables.above(*of_buildings),
        "building_ranking": building_tables.ranking(found.buildings, found.over_tree),
        "risk_classes": building_tables.risk_classes(found.buildings, found.over_tree),
        "building_classes": building_tables.by_class(found.of_buildings, found.over_tree),
        "buildings_postcodes": building_postcodes(scenario, found),
        "buildings_municipalities": building_municipalities(scenario, found),
        "buildings_branches": building_tables.by_branch(found.over_tree),
        "expected_losses": losses(found),
        "fn_curve": fn_curve(found.events),
        "convergence": found.convergence.to_dataframe().reset_index(drop=True),
    }


def write_grids(scenario: Scenario, found: People, grid: xr.Dataset, writer: RunWriter) -> None:
    """Write the mean risk of each class on the map and the buildings per square; single buildings where asked for."""
    writer.write_grid("grids/lpr.nc", where.on_grid(found.on_map["lpr_mean"], grid).to_dataset(name="lpr_mean"))
    writer.write_grid("grids/building_risk.nc", building_squares(scenario, found))
    if scenario.exposure.single_buildings:
        writer.write_parquet("tables/buildings.parquet", single_buildings(found))


def building_postcodes(scenario: Scenario, found: People) -> pd.DataFrame:
    """Buildings and their risk per postcode; those with few buildings only where single buildings are asked for."""
    every = building_tables.by_postcode(found.buildings, found.of_buildings, found.over_tree)
    return every if scenario.exposure.single_buildings else building_privacy.postcodes(every)[0]


def building_municipalities(scenario: Scenario, found: People) -> pd.DataFrame:
    """Buildings above the norm per municipality; those with few only where single buildings are asked for."""
    every = building_tables.by_municipality(found.buildings, found.of_buildings, found.over_tree)
    return every if scenario.exposure.single_buildings else building_privacy.municipalities(every)[0]


def building_squares(scenario: Scenario, found: People) -> xr.Dataset:
    """Buildings and their risk per square; those with few buildings only where single buildings are asked for."""
    every = building_tables.by_cell(found.buildings, found.of_buildings, found.over_tree)
    return every if scenario.exposure.single_buildings else building_privacy.cells(every)[0]


def losses(found: People) -> pd.DataFrame:
    """Expected deaths and damage per year: mean and 10 and 90 % over the tree; light damage in every year."""
    light = found.light_damage["count"].to_dataset("statistic").to_dataframe().reset_index()
    light = light.assign(quantity="ds1", unit="buildings/year")
    rows = pd.concat([expected_losses.table(found.expected), light])
    return rows[["year", "quantity", "unit", "mean", "p10", "p90"]].sort_values(["year", "quantity"], ignore_index=True)


def fn_curve(events: xr.Dataset) -> pd.DataFrame:
    """Rate of events with at least so many deaths, with the 5 and 95 % of its sampling error."""
    table = events[["rate_per_year", "p05", "p95"]].to_dataframe().dropna().reset_index()
    return table.sort_values(["year", "deaths"], ignore_index=True)


def single_buildings(found: People) -> pd.DataFrame:
    """Every building with a zone in the years of the tree: where, its risk and its class of risk."""
    known = np.flatnonzero(found.buildings["zone"].to_numpy() >= 0)
    lpr = found.over_tree["lpr"].transpose("year", "building", "statistic").to_numpy()
    classes = np.array(building_tables.RISK_CLASSES, dtype=object)
    in_class = building_tables.risk_class(found.over_tree).transpose("year", "building").to_numpy()
    parts = [
        pd.DataFrame(
            {
                "building": found.buildings["building"].to_numpy()[known],
                "x_rd": found.buildings["x"].to_numpy()[known],
                "y_rd": found.buildings["y"].to_numpy()[known],
                "zone": found.buildings["zone"].to_numpy()[known],
                "year": int(year),
                **{f"lpr_{name}": lpr[when, known, k] for k, name in enumerate(STATISTICS)},
                "risk_class": classes[in_class[when, known]],
            }
        )
        for when, year in enumerate(found.over_tree["year"].to_numpy())
    ]
    return pd.concat(parts, ignore_index=True)


def left_out(found: People) -> list[tuple[str, float, str]]:
    """What the numbers of buildings and losses do not contain, counted: what, value, unit."""
    buildings, tree = found.buildings.attrs, found.over_tree.attrs
    return [
        ("buildings_outside", float(buildings["buildings_left_out"]), "buildings"),
        ("people_outside", float(buildings["people_left_out"]), "persons"),
        *uncounted_time(found.buildings),
        ("buildings_below_tree", float(tree["left_out"]), "buildings"),
        ("mean_count_too_low", float(tree["left_out_mean_sum"]) / building_risk.LEVELS[0], "buildings"),
        ("municipalities_without_band", float(tree["municipalities_without_band"]), "municipalities"),
        ("losses_of_small_events_share", float(found.events["left_out"].max()), "1"),
        ("buildings_without_light_damage_curve", float(found.light_damage.attrs["without_curve"]), "buildings"),
    ]


def uncounted_time(buildings: xr.Dataset) -> list[tuple[str, float, str]]:
    """Share of the time of the inhabitants in which they are in none of the buildings; no row where they are unknown.

    In expected deaths somebody is at risk only where they are counted as inside.
    """
    inhabitants = float(buildings.attrs.get("inhabitants", 0.0))
    if inhabitants <= 0.0:
        return []
    return [("time_outside_share", max(1.0 - float(people_inside(buildings).sum()) / inhabitants, 0.0), "1")]


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
    above = tables["buildings_above"]
    for level, name in zip(building_risk.LEVELS, ("1e-5", "1e-4"), strict=True):
        own = above[(above["class"] == building_tables.ALL) & (above["level"] == level)]
        for year, count, p10, p90 in own[["year", "buildings", "buildings_p10", "buildings_p90"]].to_numpy():
            rows.append((f"buildings_above_{name}", int(year), count, "buildings", p10, p90))
    deaths = tables["expected_losses"].query("quantity == 'deaths'")
    for year, mean, p10, p90 in deaths[["year", "mean", "p10", "p90"]].to_numpy():
        rows.append(("deaths", int(year), mean, "1/year", p10, p90))
    return rows
