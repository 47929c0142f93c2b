"""Speed and accuracy of the hazard stage on a synthetic forecast of full size; prints JSON.

    python benchmarks/hazard.py [--sites 60] [--all]

The forecast has exponential rates on the 500 m cells of the field, two b-value models and six largest magnitudes, 12
years. `--all` runs every site of the 1 km grid. Ratios are within one run on the same machine: CPU seconds are the
better measure where the machine is shared.
"""

import argparse
import json
import time

import numpy as np
import xarray as xr

from mijnrisico import data
from mijnrisico.seismic import hazard, rupture, site
from mijnrisico.seismic.exceedance import exceedance
from mijnrisico.seismic.forecast import compress
from mijnrisico.seismic.magnitude import gutenberg_richter

YEARS = np.arange(2024, 2036)
MMAX = {4.0: 0.27, 4.5: 0.405, 5.0: 0.1875, 5.5: 0.1075, 6.0: 0.025, 6.5: 0.005}
MODELS = {"linear": 0.3, "split": 0.7}


def synthetic_forecast() -> xr.Dataset:
    """Rates that peak near Zeerijp, fade with the years and have lower b-values there."""
    reservoir = data.dataset("reservoir")
    inside = np.nan_to_num(reservoir["inside_fraction"].to_numpy())
    grid_x, grid_y = np.meshgrid(reservoir["x"].to_numpy(), reservoir["y"].to_numpy())
    keep = inside > 0.0
    x, y, inside = grid_x[keep], grid_y[keep], inside[keep]
    load = np.exp(-(((x - 245_500.0) / 8000.0) ** 2) - ((y - 596_000.0) / 11_000.0) ** 2)
    rate = np.empty((51, x.size, YEARS.size, len(MODELS) * len(MMAX)))
    for i, year in enumerate(YEARS):
        stress = (1.0 + 0.15 * np.sin(0.3 * i + x / 9000.0)) * load
        counts = inside * np.exp(3.5 * stress) * np.exp(-0.12 * (year - YEARS[0]))
        counts *= 8.0 * np.exp(-0.12 * i) / counts.sum()
        for j, b in enumerate((1.1 - 0.3 * stress, 0.9 + 0.15 * np.tanh((x - 247_000.0) / 4000.0))):
            for k, top in enumerate(MMAX):
                rate[:, :, i, j * len(MMAX) + k] = counts * gutenberg_richter.bin_probability(b, top, 1.45).T
    maps, coefficient = compress(rate)
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", [a * b for a in MODELS.values() for b in MMAX.values()]),
        },
        coords={
            "magnitude": gutenberg_richter.MAGNITUDES,
            "year": YEARS,
            "branch": [f"{m}|{top:g}" for m in MODELS for top in MMAX],
            "cell_x": ("cell", x),
            "cell_y": ("cell", y),
        },
    )


def timed(call):
    """Value, wall seconds and CPU seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    value = call()
    return value, time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=60)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--fast", action="store_true", help="leave out the accuracy")
    arguments = parser.parse_args()
    made, seconds, _ = timed(synthetic_forecast)
    report = {"cells": made.sizes["cell"], "maps": made.sizes["map"], "forecast_s": seconds}
    grid = site.hazard_grid()
    zoned = grid.isel(site=np.flatnonzero(grid["zone"].to_numpy() != site.NO_ZONE))
    chosen = zoned if arguments.all else zoned.isel(site=slice(0, None, max(zoned.sizes["site"] // arguments.sites, 1)))
    one = zoned.isel(site=[zoned.sizes["site"] // 2])
    _, report["first_call_with_compilation_s"], _ = timed(lambda: hazard.hazard(made, one, curves=True))
    ready, report["sources_s"], report["sources_cpu_s"] = timed(lambda: hazard.sources(made))
    _, wall, cpu = timed(lambda: hazard.hazard(ready, one))
    report |= {"one_site_warm_ms": 1e3 * wall, "one_site_warm_cpu_ms": 1e3 * cpu}
    _, wall, cpu = timed(lambda: hazard.hazard(ready, one, curves=True))
    report |= {"one_site_with_curves_ms": 1e3 * wall, "one_site_with_curves_cpu_ms": 1e3 * cpu}
    result, wall, cpu = timed(lambda: hazard.hazard(ready, chosen))
    report |= {
        "sites": chosen.sizes["site"],
        "zones": len(set(chosen["zone"].to_numpy().tolist())),
        "years": made.sizes["year"],
        "branches": result.attrs["branches"],
        "seconds": wall,
        "cpu_seconds": cpu,
        "per_site_ms": 1e3 * wall / chosen.sizes["site"],
        "per_site_cpu_ms": 1e3 * cpu / chosen.sizes["site"],
    }
    _, wall, cpu = timed(lambda: hazard.hazard(ready, chosen, fractiles=()))
    report |= {"mean_only_per_site_ms": 1e3 * wall / chosen.sizes["site"]}
    _, wall, cpu = timed(lambda: hazard.site_rates(ready, chosen.isel(site=slice(0, 16)), branch_mean=True))
    report |= {"site_rates_mean_per_site_ms": 1e3 * wall / 16, "site_rates_mean_per_site_cpu_ms": 1e3 * cpu / 16}
    report |= {} if arguments.fast else accuracy(made, one)
    print(json.dumps(report, indent=1))


def accuracy(made: xr.Dataset, one: xr.Dataset) -> dict[str, float]:
    """Mean curve of one site against the sum over every cell and magnitude with a fine distance distribution."""
    at, first = int(one["zone"][0]), made.isel(year=[0])
    mean_rate = first["maps"].dot((first["coefficient"] * first["weight"]).sum("branch"), dim="map")
    cell_rate = mean_rate.isel(year=0).transpose("cell", "magnitude").to_numpy()
    fast, fast_s, fast_cpu = timed(lambda: hazard.hazard(first, one, curves=True))
    start, start_cpu = time.perf_counter(), time.process_time()
    weights = mean_weights()
    east, north = (one[c].to_numpy()[0] - made[f"cell_{c}"].to_numpy() for c in "xy")
    fine = rupture.projection(
        made["magnitude"].to_numpy(), points=(16, 14, 14, 14), steps=(120, 80, 80, 80), harmonics=8, refine=3
    )
    probability, _ = exceedance(asked(V7), at, fine.magnitude, fine.distance_km, fast["level"].to_numpy())
    mean = np.einsum("mrctpel,mc,tpe->mrl", probability, hazard.tree(fine.magnitude).median_weight, weights)
    brute = np.zeros(mean.shape[-1])
    for cell in range(east.size):
        seen = rupture.projected_weights(fine, east[cell], north[cell])[0]
        brute += np.einsum("m,mr,mrl->l", cell_rate[cell], seen, mean, optimize=True)
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    ours = fast["rate"].sel(statistic="mean").to_numpy()[0, 0]
    error = ours / brute - 1.0
    return {
        "twin_s": wall,
        "ratio_twin_over_fast_wall": wall / fast_s,
        "ratio_twin_over_fast_cpu": cpu / fast_cpu,
        "rate_error_above_1e-3_per_year": float(np.abs(error[brute > 1e-3]).max()),
        "rate_error_above_1e-4_per_year": float(np.abs(error[brute > 1e-4]).max()),
        "rate_error_above_1e-6_per_year": float(np.abs(error[brute > 1e-6]).max()),
        "rate_error_above_1e-9_per_year": float(np.abs(error[brute > 1e-9]).max()),
    }


def mean_weights() -> np.ndarray:
    """Weights (tau, phi_ss, epsilon)."""
    return hazard.tree(np.array([4.0])).motion_weight.reshape(3, 2, 3)


if __name__ == "__main__":
    main()
