"""Speed and memory of the risk stage; one JSON line per case {case, size, wall_s, cpu_s, peak_mib, ...}.

    python benchmarks/risk.py [CASE ...]

Cases run each in a process of its own, after imports and with compiled kernels in the cache of numba, on the synthetic
forecast of full size of benchmarks/hazard.py; `lpr_tree` on two of those, 24 source branches as in the packaged
scenario. Buildings are drawn from the packaged default: one for every so many of it, each of one class, anywhere in its
cell. CPU seconds are the better measure where the machine is shared. How exact the risk is: benchmarks/average_sa.py.
"""

import os

import numpy as np
import xarray as xr
from hazard import YEARS, line, run, synthetic_forecast, timed, zone_nodes

from mijnrisico.seismic import building_risk, building_tree, event_losses, hazard, loss, risk, risk_tree, site
from mijnrisico.seismic.exposure import buildings, synthetic


def two_models() -> xr.Dataset:
    """One year of two forecasts, 2 km apart, as one of 24 source branches."""
    parts = [synthetic_forecast(YEARS[:1], shift) for shift in (0.0, 2000.0)]
    coefficient = [part["coefficient"].assign_coords(branch=part["branch"] + f"|{k}") for k, part in enumerate(parts)]
    maps = np.cumsum([0, *(part.sizes["map"] for part in parts)])
    apart = [one.assign_coords(map=np.arange(maps[k], maps[k + 1])) for k, one in enumerate(coefficient)]
    joined = xr.concat(apart, dim="branch", join="outer", fill_value=0.0)
    weight = np.concatenate([0.5 * part["weight"].to_numpy() for part in parts])
    return xr.Dataset(
        {
            "maps": (("cell", "map"), np.concatenate([part["maps"].to_numpy() for part in parts], axis=1)),
            "coefficient": joined.drop_vars("map"),
            "weight": ("branch", weight),
        },
        coords={name: parts[0][name] for name in ("cell_x", "cell_y")},
    )


def single_buildings(count: int) -> xr.Dataset:
    """Buildings of one class each, drawn from the packaged default."""
    rng = np.random.default_rng(1)
    default = synthetic.of_field(site.hazard_grid())
    weight = default["number"].to_numpy() * (default["zone"].to_numpy() >= 0)
    row = rng.choice(weight.size, count, p=weight / weight.sum())
    share = np.tensordot(default["mapping_weight"].to_numpy(), default["share"].to_numpy(), 1)[row]
    chosen = (rng.random((count, 1)) > share.cumsum(axis=1)[:, :-1]).sum(axis=1)
    people = [(default[name] / default["number"].clip(1e-9)).to_numpy()[row] for name in ("people_day", "people_night")]
    x, y = (default[axis].to_numpy()[row] + rng.uniform(-500.0, 500.0, count) for axis in "xy")
    return buildings.of(
        [f"b{k}" for k in range(count)], x, y, np.eye(share.shape[1])[chosen], people_day=people[0],
        people_night=people[1], source="synthetic",
    )  # fmt: skip


def lpr_mean() -> None:
    """Mean LPR of 35 classes on all zone-node pairs in one year; then of another forecast with the same tables."""
    sites, first = zone_nodes(), synthetic_forecast(YEARS[:1])
    zones = np.unique(sites["zone"])
    risk.risk(first.isel(magnitude=slice(0, 51, 10)), sites.isel(site=[0]))
    size = f"{sites.sizes['site']} zone-node pairs, {zones.size} zones, 35 classes, 1 year"

    def cold() -> tuple[xr.Dataset, xr.Dataset]:
        ready = hazard.sources(first)
        tables = risk.loss_tables(zones, ready.magnitude, ready.table().distance_km)
        return tables, risk.risk(ready, sites, tables=tables)

    (tables, _), wall, cpu = timed(cold)
    line("lpr_mean_cold", size, wall, cpu, tables_mib=round(tables.nbytes / 2**20, 1))
    other = synthetic_forecast(YEARS[:1], shift=2000.0)
    found, wall, cpu = timed(lambda: risk.risk(other, sites, tables=tables))
    one = sites.isel(site=[1000])
    error = abs(risk.risk(other, one)["lpr_mean"][0] / found["lpr_mean"][1000] - 1.0)
    line("lpr_mean_next", size, wall, cpu, difference_from_without_tables=float(error.max()))


def lpr_tree() -> None:
    """Mean and fractiles of LPR over the complete tree, 35 classes on all zone-node pairs in one year."""
    sites, made, classes = zone_nodes(), two_models(), loss.vulnerability().classes
    if SAMPLE > 1:
        sites = sites.isel(site=slice(0, None, SAMPLE))
    few = made.isel(magnitude=slice(0, 51, 10))
    risk_tree.lpr_fractiles(few, sites.isel(site=[0]), classes[:2])
    found, wall, cpu = timed(lambda: risk_tree.lpr_fractiles(made, sites, classes))
    zones = np.unique(sites["zone"]).size
    size = f"{sites.sizes['site']} zone-node pairs, {zones} zones, 35 classes, {found.attrs['leaves']} leaves, 1 year"
    some = sites.isel(site=slice(0, None, 500))
    mean = risk.risk(made, some)["lpr_mean"]
    error = abs(found["lpr"].sel(statistic="mean").isel(site=slice(0, None, 500)) / mean - 1.0)
    line("lpr_tree", size, wall, cpu, mean_differs_above_1e_10=float(error.where(mean > 1e-10).max()))


def buildings_150k() -> None:
    """150,000 buildings assigned to nodes of the map and their risk summed; then over the complete tree."""
    drawn, made = single_buildings(150_000), synthetic_forecast(YEARS[:1])
    few = drawn.isel(building=slice(0, 20))
    building_risk.means(made.isel(magnitude=slice(0, 51, 25)), few)
    at = building_risk.at_nodes(made, building_risk.nodes(drawn).sites)
    found, wall, cpu = timed(lambda: building_risk.summed(drawn, building_risk.nodes(drawn), at))
    size = f"{drawn.sizes['building']} buildings of 1 class, {at.sizes['site']} nodes, 1 year"
    line("buildings_150k", size, wall, cpu, lpr_mean=float(found["lpr_mean"].mean()))


def buildings_tree() -> None:
    """The packaged default buildings over the complete tree: fractiles of each, and of the counts above levels."""
    drawn, made = synthetic.of_field(site.hazard_grid()), two_models()
    year = int(YEARS[0])
    building_tree.over_tree(made.isel(magnitude=slice(0, 51, 25)), drawn.isel(building=slice(0, 3)), years=[year])
    found, wall, cpu = timed(lambda: building_tree.over_tree(made, drawn, years=[year]))
    size = f"{drawn.sizes['building']} rows, {drawn.sizes['mapping']} mappings, {found.attrs['leaves']} leaves, 1 year"
    line("buildings_tree", size, wall, cpu)


def events_100k() -> None:
    """100,000 simulated years of the losses of 100,000 buildings."""
    drawn, made = single_buildings(100_000), synthetic_forecast(YEARS[:1])
    year = int(YEARS[0])
    event_losses.simulate(made, drawn.isel(building=slice(0, 50)), year=year, years=200)
    found, wall, cpu = timed(lambda: event_losses.simulate(made, drawn, year=year))
    line("events_100k", f"100,000 years, {drawn.sizes['building']} buildings, {found.sizes['event']} events", wall, cpu)


SAMPLE = int(os.environ.get("SAMPLE", "1"))
"""Of `lpr_tree`, every so many pairs: to try it."""
CASES = {
    "lpr_mean": lpr_mean,
    "lpr_tree": lpr_tree,
    "buildings_150k": buildings_150k,
    "buildings_tree": buildings_tree,
    "events_100k": events_100k,
}


if __name__ == "__main__":
    run(CASES, __file__)
