"""What a run leaves behind: the tables and grids that the report, the map and any spreadsheet read."""

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico import data
from mijnrisico.core import files, norm
from mijnrisico.core.curve import STATISTICS
from mijnrisico.core.run import RunWriter
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import forecast as forecasting
from mijnrisico.seismic import hazard as shaking
from mijnrisico.seismic import site
from mijnrisico.studies import places as at_places
from mijnrisico.studies.groningen import chain, hindcast, model_tables, people_tables, source_tables
from mijnrisico.studies.groningen import sites as where
from mijnrisico.studies.groningen.chain import Results
from mijnrisico.studies.groningen.people_tables import Row, Tables
from mijnrisico.studies.preflight import HISTORY_END
from mijnrisico.subsurface import gas_flow
from mijnrisico.units import NM3_PER_BCM

LARGE_MAGNITUDES = (3.6, 4.5)
"""Magnitudes whose yearly chance the summary gives: the largest so far (Huizinge 2012), and one that worries."""


def write(scenario: Scenario, results: Results, writer: RunWriter) -> None:
    """Write every table and grid of the run."""
    grid = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)
    events = chain.events(scenario)
    used = events[events["used"]]
    rates = source_tables.event_rate(scenario, results, used)
    chances = source_tables.chance(results.forecast)
    of_people = {} if results.people is None else people_tables.tables(scenario, results.people, grid)
    tables = {
        "production": production(scenario),
        "pressure_mean": pressure_mean(results),
        "pressure_fit": gas_flow.fit_to_measurements(results.history["pressure"], data.table("static_pressures")),
        "event_rate": rates,
        "event_rate_models": source_tables.event_rate_models(scenario, results),
        "magnitude_frequency": source_tables.magnitude_frequency(scenario, results, used),
        "catalogue": source_tables.catalogue(events),
        "chance": chances,
        "chance_regions": source_tables.chance_regions(results.forecast),
        "source_posterior_grid": source_tables.posterior_grid(scenario, results.posteriors),
        "aftershock_grid": source_tables.aftershock_grid(scenario, results.posteriors),
        "b_value_grid": source_tables.b_value_grid(scenario, results.posteriors),
        "logic_tree": model_tables.logic_tree(scenario),
        "hazard_places": hazard_places(results.hazard_places),
        "hazard_curves": hazard_curves(results.hazard_places),
        "hazard_spectra": at_places.spectra_table(results.spectra, where.places(), results.shown_year),
        **at_places.causes_tables(results.causes, where.places()),
        "left_out": left_out(results),
        "verdicts": verdicts(scenario, _first(results), grid, of_people),
        "summary": summary(scenario, results, rates, chances, of_people),
        **of_people,
    }
    if results.hindcast is not None:
        tables |= {"hindcast": hindcast.table(results.hindcast), "hindcast_summary": hindcast.summary(results.hindcast)}
    for name, table in tables.items():
        writer.write_table(f"tables/{name}.csv", table)
    writer.write_grid("grids/pressure.nc", pressure_grid(results))
    writer.write_grid("grids/rate.nc", rate_grid(results.forecast))
    writer.write_grid("grids/hazard.nc", hazard_grid(results, grid))
    if results.people is not None:
        people_tables.write_grids(scenario, results.people, grid, writer)
    for measure, found in measure_grids(results, grid).items():
        writer.write_grid(f"grids/hazard_{measure}.nc", found)
    writer.write_grid("grids/b_value.nc", b_value_grid(results.forecast))
    writer.write_grid("grids/source.nc", results.forecast)


def production(scenario: Scenario) -> pd.DataFrame:
    """Volume per calendar year in bcm, measured and of the scenario: also of years before the forecast begins."""
    history = data.table("production_by_cluster")
    past = history.groupby(history["month"].str[:4].astype(int))["volume_nm3"].sum() / NM3_PER_BCM
    future = scenario.volumes()
    coming = future.groupby(future["month"].str[:4].astype(int))["volume_nm3"].sum() / NM3_PER_BCM
    coming = coming.reindex(range(int(HISTORY_END[:4]), scenario.years[-1] + 1), fill_value=0.0)
    return pd.concat(
        [
            pd.DataFrame({"year": past.index, "volume_bcm": past.to_numpy(), "kind": "history"}),
            pd.DataFrame({"year": coming.index, "volume_bcm": coming.to_numpy(), "kind": "scenario"}),
        ],
        ignore_index=True,
    )


def _pressure(results: Results) -> xr.DataArray:
    """History and scenario on 1 January of each year; (time, y, x) in bar."""
    whole = xr.concat([results.history["pressure"], results.pressure["pressure"].isel(time=slice(1, None))], "time")
    return whole.isel(time=whole["time"].dt.dayofyear.to_numpy() == 1)


def pressure_mean(results: Results) -> pd.DataFrame:
    """Mean over the cells and the spread between them (2 to 98 % and the ends), in bar."""
    yearly = _pressure(results)
    values = yearly.stack(cell=("y", "x")).dropna("cell").transpose("time", "cell").to_numpy()
    return pd.DataFrame(
        {
            "date": yearly["time"].dt.strftime("%Y-%m-%d").to_numpy(),
            "mean_bar": values.mean(axis=1),
            "min_bar": values.min(axis=1),
            "max_bar": values.max(axis=1),
            "p02": np.quantile(values, 0.02, axis=1),
            "p98": np.quantile(values, 0.98, axis=1),
        }
    )


def pressure_grid(results: Results) -> xr.Dataset:
    """Reservoir pressure on 1 January of each year."""
    return _pressure(results).astype(np.float32).to_dataset(name="pressure")


def rate_grid(forecast: xr.Dataset) -> xr.Dataset:
    """Expected events of M >= 1.45 per km2 and year, mean over the tree, on the source cells."""
    mean = forecasting.mean_field(forecast)
    cells = xr.Dataset({"x": ("site", mean["cell_x"].to_numpy()), "y": ("site", mean["cell_y"].to_numpy())})
    density = (mean / (mean["cell_area"] / 1e6)).rename(cell="site")
    return where.on_grid(density.assign_attrs(units="1/(km2 year)"), cells).to_dataset(name="events_per_km2")


def b_value_grid(forecast: xr.Dataset) -> xr.Dataset:
    """b-value per magnitude model and its spread on the source cells, first forecast year."""
    found = source_tables.b_value_grid_of(forecast)
    x, y = forecast["cell_x"].to_numpy(), forecast["cell_y"].to_numpy()
    cells = xr.Dataset({"x": ("site", x), "y": ("site", y)})
    names = ("b_value", "b_value_sd")
    on_map = {name: where.on_grid(found[name].rename(cell="site"), cells) for name in names}
    return xr.Dataset(on_map | {"weight": found["weight"]}, attrs={"year": int(forecast["year"][0])})


def hazard_places(places: xr.Dataset) -> pd.DataFrame:
    """Levels at the named places: both components, both surfaces, every return period and year."""
    table = places["level_g"].to_dataset("statistic").to_dataframe().reset_index(allow_duplicates=False)
    named = _named(places)
    table = table.drop(columns=[c for c in ("x", "y", "zone", "name") if c in table]).merge(named, on="site")
    table = table.rename(columns={"return_period": "return_period_yr"} | {name: f"{name}_g" for name in STATISTICS})
    columns = ["place", "x_rd", "y_rd", "zone", "year", "imt", "component", "surface", "return_period_yr"]
    return table.assign(imt="PGA")[[*columns, *(f"{name}_g" for name in STATISTICS)]].sort_values(
        ["place", "component", "surface", "return_period_yr", "year"], ignore_index=True
    )


def hazard_curves(places: xr.Dataset) -> pd.DataFrame:
    """Exceedance rate per level at the named places that have a zone."""
    table = places["rate"].to_dataset("statistic").to_dataframe().reset_index()
    table = table.drop(columns=[c for c in ("x", "y", "zone", "name") if c in table]).merge(_named(places), on="site")
    table = table[table["zone"] != site.NO_ZONE].rename(
        columns={"level": "pga_g"} | {name: f"{name}_rate" for name in STATISTICS}
    )
    columns = ["place", "year", "component", "surface", "pga_g", *(f"{name}_rate" for name in STATISTICS)]
    return table[columns].sort_values(columns[:5], ignore_index=True)


def _named(places: xr.Dataset) -> pd.DataFrame:
    """Name, place and zone of each site of a result."""
    named = where.places()
    return pd.DataFrame(
        {
            "site": np.arange(places.sizes["site"]),
            "place": named["name"].to_numpy(),
            "x_rd": named["x"].to_numpy(),
            "y_rd": named["y"].to_numpy(),
            "zone": named["zone"].to_numpy(),
        }
    )


def hazard_grid(results: Results, grid: xr.Dataset) -> xr.Dataset:
    """Levels, mean curves, the share of the tree at or above the threshold, on the map; the zone of each node."""
    components = pd.Index(list(results.hazard), name="component")

    def of_both(name: str, units: str) -> xr.DataArray:
        found = xr.concat([result[name] for result in results.hazard.values()], components)
        return where.on_grid(found.assign_attrs(units=units), grid)

    zone = xr.DataArray(grid["zone"].to_numpy().astype(float), dims="site", attrs={"units": "1"})
    attrs = {"nodes_total": grid.sizes["site"], "nodes_without_zone": int((grid["zone"] == site.NO_ZONE).sum())}
    return xr.Dataset(
        {
            "level_g": of_both("level_g", "g"),
            "mean_rate": of_both("mean_rate", "1/year").astype(np.float32),
            "share": of_both("share", "1"),
            "zone": where.on_grid(zone, grid),
        },
        attrs=attrs | {"surface": "regular"},
    )


def measure_grids(results: Results, grid: xr.Dataset) -> dict[str, xr.Dataset]:
    """Mean levels of the other measures on the map, by the name of the measure in a file: `sa_0.3`.

    `level_g`, for PGV `level_cms`, (component, year, return_period, y, x); the attribute `imt` names the measure.
    """
    found = {}
    for index, measure in enumerate([] if results.measures is None else results.measures["measure"].to_numpy()):
        assert results.measures is not None
        one = results.measures.isel(measure=index)
        unit = str(one["unit"].item())
        level = where.on_grid(one["level"].drop_vars(["measure", "unit"]).assign_attrs(units=unit), grid)
        attrs = {"imt": str(measure), "surface": "regular", "statistic": "mean"}
        found[files.measure_name(str(measure))] = level.to_dataset(name=shaking.level_name(unit)).assign_attrs(attrs)
    return found


def summary(
    scenario: Scenario,
    results: Results,
    rates: pd.DataFrame,
    chances: pd.DataFrame,
    of_people: Tables,
) -> pd.DataFrame:
    """The answer on one page: quantity, year, value, unit, p10, p90."""
    rows: list[Row] = []
    for year, mean, p10, p90 in rates[["year", "mean", "p10", "p90"]].to_numpy():
        if int(year) in scenario.years:
            rows.append(("events", int(year), mean, "1/year", p10, p90))
    for magnitude in LARGE_MAGNITUDES:
        of_size = chances[chances["magnitude"] == magnitude]
        for year, mean, p10, p90 in of_size[["year", "chance", "p10", "p90"]].to_numpy():
            rows.append((f"chance_m{magnitude:g}", int(year), mean, "1", p10, p90))
    rows += _hazard_rows(scenario, results)
    rows += people_tables.summary_rows(scenario, of_people)
    return pd.DataFrame(rows, columns=["quantity", "year", "value", "unit", "p10", "p90"])


def _hazard_rows(scenario: Scenario, results: Results) -> list[Row]:
    """Largest level, and the area where the level reaches the threshold; regular surface."""
    rows = []
    cell_km2 = (scenario.hazard.cell / 1000.0) ** 2
    for number, (component, found) in enumerate(results.hazard.items()):
        suffix = "" if number == 0 else f"_{component}"
        for period in scenario.hazard.periods:
            level = found["level_g"].sel(return_period=period)
            for year in scenario.years:
                of_year = level.sel(year=year)
                mean = of_year.sel(statistic="mean").to_numpy()
                top = int(np.nanargmax(mean))
                low, high = (float(of_year.sel(statistic=name).to_numpy()[top]) for name in ("p10", "p90"))
                rows.append((f"pga{period:g}_max{suffix}", year, float(mean[top]), "g", low, high))
                if period == scenario.hazard.periods[0]:
                    area = [
                        cell_km2 * np.count_nonzero(of_year.sel(statistic=name) >= scenario.hazard.threshold)
                        for name in ("mean", "p10", "p90")
                    ]
                    rows.append((f"area_pga{period:g}_threshold{suffix}", year, area[0], "km2", area[1], area[2]))
    return rows


def _first(results: Results) -> xr.Dataset:
    """Hazard on the map for the component that stands first: the geometric mean in every model that has it."""
    return next(iter(results.hazard.values()))


def left_out(results: Results) -> pd.DataFrame:
    """What the answer does not contain, counted: what, value, unit; a pressure of the user has no gas flow to count."""
    history, hazard = results.history.attrs, _first(results).attrs
    counted = (("gas_volume_share_dropped", "1"), ("farthest_well_moved_m", "m"), ("fault_points_off_grid", "points"))
    of_people = [] if results.people is None else people_tables.left_out(results.people)
    rows = [
        ("pressures_not_used", int((data.table("static_pressures")["flag"] != 0).sum()), "measurements"),
        *((name, float(np.max(history[name])), unit) for name, unit in counted if name in history),
        ("events_unloaded", _mean_over_rates(results, "events_unloaded"), "events"),
        ("posterior_weight_share", _mean_over_rates(results, "weight_left_out"), "1"),
        ("aftershocks_outside_share", results.forecast.attrs["aftershocks_outside_share"], "1"),
        ("rate_beyond_share", hazard["share_of_rate_beyond_largest_distance"], "1"),
        ("nodes_without_zone", hazard["sites_without_zone"], "nodes"),
        ("levels_below_lowest", hazard["below_lowest_level"], "levels"),
        *of_people,
    ]
    return pd.DataFrame(rows, columns=["what", "value", "unit"])


def _mean_over_rates(results: Results, name: str) -> float:
    """Mean over the models of the rate of something that their fits counted."""
    return float(np.mean([fitted.attrs[name] for fitted in results.posteriors.values()]))


def verdicts(scenario: Scenario, levels: xr.Dataset, grid: xr.Dataset, of_people: Tables) -> pd.DataFrame:
    """What the norms say of the highest value on the map, per year: the value, where it is, the limit, the outcome.

    The acceleration is the mean for the geometric mean on the regular surface; the risk that of the most vulnerable
    class where it is highest, whether such a building stands there or not.
    """
    rows = []
    industry, safety = norm.norm("industrie_piekgrondversnelling"), norm.norm("veiligheidsnorm")
    level = levels["level_g"].sel(statistic="mean", return_period=industry.return_period_yr)
    for year in scenario.years:
        of_year = level.sel(year=year).to_numpy()
        top = int(np.nanargmax(of_year))
        place = where.nearest_place(float(grid["x"][top]), float(grid["y"][top]))
        found = [(industry, "", float(of_year[top]), place)]
        if of_people:
            of_year = of_people["lpr_classes"].query("year == @year")
            worst = of_year.sort_values("lpr_mean", ascending=False).iloc[0]
            found.append((safety, str(worst["class"]), float(worst["lpr_mean"]), str(worst["place"])))
        for limit, name, value, place in found:
            verdict = norm.judge(value, limit)
            rows.append((limit.name, year, name, place, value, limit.unit, limit.value, verdict.outcome, limit.article))
    return pd.DataFrame(
        rows, columns=["norm", "year", "class", "place", "value", "unit", "limit", "outcome", "article"]
    )
