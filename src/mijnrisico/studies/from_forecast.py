"""The hazard alone: a forecast from a file in, shaking at sites of any field out, and in Groningen the risk.

    forecast from a file -> ground motion -> (in Groningen) personal risk

Nothing is computed of pressures, sources or hindcasts. Rates that hold for every year are computed once; every year of
the scenario then has the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core import files
from mijnrisico.core.curve import STATISTICS
from mijnrisico.core.progress import Progress
from mijnrisico.core.run import RunWriter, Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.data.readers import crs
from mijnrisico.errors import Problem
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic import hazard as hazards
from mijnrisico.seismic.site import NO_ZONE
from mijnrisico.studies import given, inputs, shaking
from mijnrisico.studies.groningen import model_tables, outputs, people, people_tables
from mijnrisico.studies.groningen import sites as where

MOST_CURVES: Final = 100
"""Sites up to which curves stand in a table too; the grids always have them."""
LARGE_MAGNITUDES: Final = outputs.LARGE_MAGNITUDES
_TENTH: Final = 0.1

Compute = Callable[[Progress], xr.Dataset]


@dataclass(frozen=True, slots=True)
class Shaking:
    """Levels and rates of one measure at the sites: (component, site, year, ...) as `hazard.hazard` gives them."""

    measure: str
    unit: str
    found: xr.Dataset

    @property
    def level(self) -> xr.DataArray:
        """Levels (component, site, year, return_period, statistic)."""
        return self.found[hazards.level_name(self.unit)]


def assess(scenario: Scenario, writer: RunWriter) -> None:
    """Answer the scenario and write its tables and grids into the run folder."""
    measures, with_risk = shaking.measures(scenario), has_risk(scenario)
    writer.plan("given_forecast", *map(stage_of, measures), *(people.STAGES if with_risk else ()), "report")
    forecast = writer.stage(
        "given_forecast", lambda _: given.forecast(scenario), settings=[_forecast_key(scenario), scenario.years]
    )
    points = given.sites(scenario, forecast.data)
    shaken = []
    for measure in measures:
        staged = writer.stage(
            stage_of(measure),
            at_sites(scenario, forecast, points, measure),
            settings=[shaking.key(scenario), measure, inputs.key(scenario, "sites"), scenario.years],
            after=[forecast],
        )
        unit = shaking.model(scenario).units[measure]
        shaken.append(Shaking(measure, unit, staged.data))
    found = None
    if with_risk:
        every_year = replace(forecast, data=_every_year(forecast.data, scenario))
        found = people.compute(scenario, writer, every_year, scenario.years[0])
    _record_models(scenario, writer)
    _warn(scenario, forecast.data, shaken, points.sizes["site"], writer)
    _write(scenario, writer, forecast.data, points, shaken, found)


def stage_of(measure: str) -> str:
    """Return the name of the stage that computes a measure: hazard_pga, hazard_sa_0_3."""
    return f"hazard_{files.measure_name(measure).replace('.', '_')}"


def has_risk(scenario: Scenario) -> bool:
    """Say whether the run computes personal risk: for a model of Groningen, on its map."""
    return shaking.has_risk(scenario) and "sites" not in scenario.input_files


def at_sites(scenario: Scenario, forecast: Staged, points: xr.Dataset, measure: str) -> Compute:
    """Levels at the sites for every component, regular surface; whole curves with their fractiles for given sites."""

    def run(progress: Progress) -> xr.Dataset:
        ready, components = shaking.ready(scenario, forecast.data), shaking.components(scenario, measure)
        parts = []
        for index, component in enumerate(components):
            parts.append(
                shaking.levels(
                    scenario,
                    ready,
                    points,
                    component,
                    measure=measure,
                    curves=not points.attrs["on_grid"],
                    progress=lambda done, index=index: progress((index + done) / len(components)),
                )
            )
        return _every_year(shaking.joined(parts, "component", components), scenario)

    return run


def _every_year(found: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    """What was given or computed with every year of the scenario written out: one that stands for all is repeated."""
    if found.sizes["year"] == len(scenario.years):
        return found
    return found.isel(year=np.zeros(len(scenario.years), dtype=int)).assign_coords(year=list(scenario.years))


def _forecast_key(scenario: Scenario) -> object:
    return inputs.key(scenario, "forecast")


def _record_models(scenario: Scenario, writer: RunWriter) -> None:
    """Name the forecast of the user where our models of the source would stand, and the models that were used."""
    writer.record_model("rate", "file of the user", 1.0, scenario.input_files["forecast"].name)
    shaken = shaking.model(scenario).head
    writer.record_model("motion", shaken.name, 1.0, shaken.source.reference, **shaking.recorded(scenario))
    if has_risk(scenario):
        people.record_models(scenario, writer)


def _warn(scenario: Scenario, forecast: xr.Dataset, shaken: list[Shaking], sites: int, writer: RunWriter) -> None:
    """Say what the answer lacks or stretches: sites without a zone, levels below the lowest, ranges of validity."""
    if blank := int(shaken[0].found.attrs["sites_without_zone"]):
        writer.warn(Problem("W111", "hazard", {"n": blank, "percent": f"{100 * blank / sites:.0f}"}))
    for unit, of in (("g", {}), ("cm/s", {"of": "velocity"})):
        of_unit = [one for one in shaken if one.unit == unit]
        if below := sum(map(below_lowest, of_unit)):
            level = float(f"{min(float(one.found['level'].min()) for one in of_unit):.2g}")
            writer.warn(Problem("W603", "hazard", {"n": below, "level": level, **of}))
    for problem in shaking.outside(scenario, forecast).problems:
        writer.warn(problem)


def below_lowest(one: Shaking) -> int:
    """Count the levels of a measure, at every site, year, component and return period, below those computed."""
    return int((one.found["flag"] == -1).sum())


def _write(
    scenario: Scenario,
    writer: RunWriter,
    forecast: xr.Dataset,
    points: xr.Dataset,
    shaken: list[Shaking],
    found: people.People | None,
) -> None:
    of_people = {} if found is None else people_tables.tables(scenario, found, points)
    tables = {
        "forecast_rates": forecast_rates(forecast),
        "logic_tree": logic_tree(scenario, forecast),
        "left_out": left_out(scenario, forecast, shaken, found),
        "summary": summary(scenario, forecast, shaken[0], of_people),
        **of_people,
    }
    for unit, name in (("g", "hazard_places"), ("cm/s", "velocity_places")):
        of_unit = [one for one in shaken if one.unit == unit]
        if of_unit and not points.attrs["on_grid"]:
            tables[name] = pd.concat([places(one, points) for one in of_unit], ignore_index=True)
    first = shaken[0]
    if first.measure == shaking.RULE_MEASURE and "rate" in first.found and points.sizes["site"] <= MOST_CURVES:
        tables["hazard_curves"] = curves(first, points)
    others = [one for one in shaken if "rate" in one.found and one.measure != shaking.RULE_MEASURE]
    if others and len(others) * points.sizes["site"] <= MOST_CURVES:
        tables["measure_curves"] = pd.concat([measure_curves(one, points) for one in others], ignore_index=True)
    if found is not None:
        if first.measure == shaking.RULE_MEASURE:
            tables["verdicts"] = outputs.verdicts(scenario, first.found.isel(component=0), points, of_people)
        people_tables.write_grids(scenario, found, points, writer)
    for name, table in tables.items():
        writer.write_table(f"tables/{name}.csv", table)
    writer.write_grid("grids/source.nc", _every_year(forecast, scenario))
    for one in shaken:
        writer.write_grid(f"grids/sites_{files.measure_name(one.measure)}.nc", sites_grid(one, points, forecast))
    if points.attrs["on_grid"] and crs.is_rd(str(forecast.attrs["crs"])) and first.measure == shaking.RULE_MEASURE:
        writer.write_grid("grids/hazard.nc", map_grid(first.found, points))


def _places_of(points: xr.Dataset) -> pd.DataFrame:
    """Name and place of each site, as the tables of a run state them; RD New only where the sites lie in it."""
    count = points.sizes["site"]
    named = points["name"].to_numpy() if "name" in points else np.arange(1, count + 1).astype(str)
    in_rd = "zone" in points and bool(crs.in_netherlands(points["x"], points["y"]).all())
    nowhere = np.full(count, np.nan)
    return pd.DataFrame(
        {
            "site": np.arange(count),
            "place": named,
            "lon": points["lon"].to_numpy(),
            "lat": points["lat"].to_numpy(),
            "x_rd": points["x"].to_numpy() if in_rd else nowhere,
            "y_rd": points["y"].to_numpy() if in_rd else nowhere,
            "zone": points["zone"].to_numpy().astype(int) if "zone" in points else np.full(count, NO_ZONE),
        }
    )


def places(one: Shaking, points: xr.Dataset) -> pd.DataFrame:
    """Levels of a measure at the sites: each component, return period and year."""
    end = "g" if one.unit == "g" else "cms"
    levels = one.level.drop_vars([name for name in ("x", "y", "zone", "vs30", "name") if name in one.level.coords])
    table = levels.to_dataset("statistic").to_dataframe().reset_index().merge(_places_of(points), on="site")
    names = {"return_period": "return_period_yr"} | {name: f"{name}_{end}" for name in STATISTICS}
    columns = ["place", "x_rd", "y_rd", "lon", "lat", "zone", "year", "imt", "component", "surface"]
    columns += ["return_period_yr", *(f"{name}_{end}" for name in STATISTICS)]
    table = table.rename(columns=names).assign(imt=one.measure, surface="regular")[columns]
    return table.sort_values(["place", "component", "return_period_yr", "year"], ignore_index=True)


def curves(one: Shaking, points: xr.Dataset) -> pd.DataFrame:
    """Exceedance rate per peak ground acceleration at the sites that have a value, as the study of Groningen has it."""
    table = measure_curves(one, points).rename(columns={"level": "pga_g"})
    columns = ["place", "year", "component", "surface", "pga_g", *(f"{name}_rate" for name in STATISTICS)]
    return table[columns]


def measure_curves(one: Shaking, points: xr.Dataset) -> pd.DataFrame:
    """Exceedance rate per level, in the unit that stands beside it, at the sites that have a value."""
    rate = one.found["rate"].drop_vars([n for n in ("x", "y", "zone", "vs30", "name") if n in one.found["rate"].coords])
    table = rate.to_dataset("statistic").to_dataframe().dropna().reset_index().merge(_places_of(points), on="site")
    table = table.rename(columns={name: f"{name}_rate" for name in STATISTICS})
    columns = ["place", "year", "imt", "component", "surface", "level", "unit"]
    table = table.assign(surface="regular", imt=one.measure, unit=one.unit)
    rates = [f"{name}_rate" for name in STATISTICS]
    return table[columns + rates].sort_values(columns, ignore_index=True)


def forecast_rates(forecast: xr.Dataset) -> pd.DataFrame:
    """Earthquakes a year in each magnitude bin over all places: mean, least and most over the branches."""
    rate = forecasting.by_magnitude(forecast).transpose("year", "magnitude", "branch")
    mean = (rate * forecast["weight"]).sum("branch")
    frame = xr.Dataset({"mean": mean, "least": rate.min("branch"), "most": rate.max("branch")}).to_dataframe()
    return frame.reset_index()[["year", "magnitude", "mean", "least", "most"]]


def logic_tree(scenario: Scenario, forecast: xr.Dataset) -> pd.DataFrame:
    """Every choice of the tree, see `model_tables.logic_tree`: branches of the forecast, then those of the motion."""
    names, weights = [str(name) for name in forecast["branch"].to_numpy()], forecast["weight"].to_numpy()
    nodes: list[model_tables.Node] = [("forecast", "source", "", names, weights)]
    return model_tables.as_table([*nodes, *model_tables.of_motion(scenario)], scenario)


def left_out(
    scenario: Scenario, forecast: xr.Dataset, shaken: list[Shaking], of_people: people.People | None
) -> pd.DataFrame:
    """What the answer does not contain, or stretches, counted: what, value, unit."""
    found, beyond = shaken[0].found, shaking.outside(scenario, forecast)
    rows = [
        ("cells_without_rate", int(forecast.attrs["cells_without_rate"]), "cells"),
        ("rate_beyond_share", found.attrs["share_of_rate_beyond_largest_distance"], "1"),
        ("sites_without_value", found.attrs["sites_without_zone"], "sites"),
        ("levels_below_lowest", sum(map(below_lowest, shaken)), "levels"),
        ("rate_outside_magnitudes_of_motion", beyond.share, "1"),
        ("cells_shallower_than_motion", beyond.shallow, "cells"),
        *([] if of_people is None else people_tables.left_out(of_people)),
    ]
    return pd.DataFrame(rows, columns=["what", "value", "unit"])


def summary(scenario: Scenario, forecast: xr.Dataset, first: Shaking, of_people: people_tables.Tables) -> pd.DataFrame:
    """The answer on one page: quantity, year, value, unit, p10, p90 (of the branches, or the tree)."""
    rate = forecasting.by_magnitude(_every_year(forecast, scenario))
    rate = rate.transpose("magnitude", "year", "branch").to_numpy()
    weight, magnitude = forecast["weight"].to_numpy(), forecast["magnitude"].to_numpy()
    rows: list[people_tables.Row] = []
    for index, year in enumerate(scenario.years):
        rows.append(("events_forecast", year, *_spread(rate[:, index].sum(axis=0), weight, "1/year")))
    for large in (m for m in LARGE_MAGNITUDES if share_above(magnitude, m).any()):
        for index, year in enumerate(scenario.years):
            above = share_above(magnitude, large) @ rate[:, index]
            rows.append((f"chance_m{large:g}", year, *_spread(-np.expm1(-above), weight, "1")))
    name = files.measure_name(first.measure)
    for number, component in enumerate(shaking.components(scenario, first.measure)):
        suffix = f"_{component}" if number else ""
        for period in scenario.hazard.periods:
            for year in scenario.years:
                at = first.level.isel(component=number).sel(return_period=period, year=year)
                mean = at.sel(statistic="mean").to_numpy()
                if np.isfinite(mean).any():
                    top = int(np.nanargmax(mean))
                    low, high = (float(at.sel(statistic=each).to_numpy()[top]) for each in ("p10", "p90"))
                    rows.append((f"{name}{period:g}_max{suffix}", year, float(mean[top]), first.unit, low, high))
    rows += people_tables.summary_rows(scenario, of_people)
    return pd.DataFrame(rows, columns=["quantity", "year", "value", "unit", "p10", "p90"])


def share_above(magnitude: np.ndarray, large: float) -> np.ndarray:
    """Share of each bin of magnitudes (centres, ascending) at or above a magnitude, by the width of the bin.

    A bin reaches half the smallest step to either side, 0.05 where there is one bin; one that holds the magnitude
    counts for the part above it, as if the earthquakes lay evenly in it. Bins of 0.1 around tenths are those of
    magnitudes rounded to one decimal: then the bin of the magnitude itself counts whole, as in the study of Groningen.
    """
    width = float(np.diff(magnitude).min()) if magnitude.size > 1 else _TENTH
    share = np.round(np.clip((magnitude + width / 2.0 - large) / width, 0.0, 1.0), 9)
    rounded = (np.abs(magnitude - large) < 1e-6) & (abs(width - _TENTH) < 1e-6)
    return np.where(rounded, 1.0, share)


def _spread(values: np.ndarray, weight: np.ndarray, unit: str) -> tuple[float, str, float, float]:
    """Mean, unit and the 10 and 90 % fractiles of values with weights."""
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    low, high = (float(values[order][np.searchsorted(reached, share - 1e-12)]) for share in (0.1, 0.9))
    return float(values @ weight), unit, low, high


def sites_grid(one: Shaking, points: xr.Dataset, forecast: xr.Dataset) -> xr.Dataset:
    """Everything known of a measure at the sites, with their places, for other programs."""
    known = {name: points[name] for name in ("lon", "lat", "zone", "vs30", "name") if name in points}
    found = one.found.assign_coords(
        {name: ("site", value.to_numpy().astype(_plain(value))) for name, value in known.items()}
    )
    found = found.assign_coords(x=("site", points["x"].to_numpy()), y=("site", points["y"].to_numpy()))
    return found.assign_attrs(imt=one.measure, crs=str(forecast.attrs["crs"]))


def _plain(value: xr.DataArray) -> str:
    return "U" if value.dtype == object else value.dtype.str


def map_grid(found: xr.Dataset, points: xr.Dataset) -> xr.Dataset:
    """Levels, mean curves and the share of the tree at or above the threshold on a map in RD New."""
    total, blank = points.sizes["site"], int(found.attrs["sites_without_zone"])
    attrs = {"nodes_total": total, "nodes_without_zone": blank, "surface": "regular"}
    on_map = {name: where.on_grid(found[name].drop_vars(list(set(found[name].coords) & _OF_SITE)), points)
              for name in ("level_g", "mean_rate", "share")}  # fmt: skip
    if "zone" in points:
        zone = xr.DataArray(points["zone"].to_numpy().astype(float), dims="site", attrs={"units": "1"})
        on_map["zone"] = where.on_grid(zone, points)
    return xr.Dataset(on_map, attrs=attrs)


_OF_SITE: Final = frozenset({"x", "y", "zone", "vs30", "name"})
