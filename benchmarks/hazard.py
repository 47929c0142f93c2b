"""Speed, memory and accuracy of the hazard stage; one JSON line per case {case, size, wall_s, cpu_s, peak_mib, ...}.

    python benchmarks/hazard.py [CASE ...]

Cases run each in a process of its own, after imports and with compiled kernels in the cache of numba. The Groningen
cases use a synthetic forecast of full size: exponential rates on the 500 m cells of the field, two b-value models and
six largest magnitudes. CPU seconds are the better measure where the machine is shared.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import shapely
import xarray as xr

from mijnrisico import data
from mijnrisico.seismic import hazard, rupture, site
from mijnrisico.seismic.forecast import compress
from mijnrisico.seismic.hazard.asked import asked
from mijnrisico.seismic.hazard.exceedance import exceedance
from mijnrisico.seismic.hazard.rates import averaged
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.motion import MODELS as MOTIONS
from mijnrisico.seismic.motion import GroundMotion, Motion, Source
from mijnrisico.seismic.rupture import Geometry

YEARS = np.arange(2024, 2036)
MMAX = {4.0: 0.27, 4.5: 0.405, 5.0: 0.1875, 5.5: 0.1075, 6.0: 0.025, 6.5: 0.005}
MODELS = {"linear": 0.3, "split": 0.7}
FIVE = (0.05, 0.1, 0.5, 0.9, 0.95)
V7 = MOTIONS["V7"]


def synthetic_forecast(years=YEARS, shift=0.0) -> xr.Dataset:
    """Rates that peak near Zeerijp, fade with the years and have lower b-values there."""
    reservoir = data.dataset("reservoir")
    inside = np.nan_to_num(reservoir["inside_fraction"].to_numpy())
    grid_x, grid_y = np.meshgrid(reservoir["x"].to_numpy(), reservoir["y"].to_numpy())
    keep = inside > 0.0
    x, y, inside = grid_x[keep], grid_y[keep], inside[keep]
    load = np.exp(-(((x - 245_500.0 - shift) / 8000.0) ** 2) - ((y - 596_000.0) / 11_000.0) ** 2)
    rate = np.empty((51, x.size, len(years), len(MODELS) * len(MMAX)))
    for i, year in enumerate(years):
        stress = (1.0 + 0.15 * np.sin(0.3 * i + x / 9000.0)) * load
        counts = inside * np.exp(3.5 * stress) * np.exp(-0.12 * (year - years[0]))
        counts *= 8.0 * np.exp(-0.12 * i) / counts.sum()
        for j, b in enumerate((1.1 - 0.3 * stress, 0.9 + 0.15 * np.tanh((x - 247_000.0) / 4000.0))):
            for k, top in enumerate(MMAX):
                rate[:, :, i, j * len(MMAX) + k] = counts * gutenberg_richter.bin_probability(b, top, 1.45).T
    weight = [a * b for a in MODELS.values() for b in MMAX.values()]
    names = [f"{m}|{top:g}" for m in MODELS for top in MMAX]
    return forecast_of(rate, x, y, years, names, weight, gutenberg_richter.MAGNITUDES)


def forecast_of(rate, x, y, years, names, weight, magnitude, depth=None) -> xr.Dataset:
    """Factored forecast of rates (magnitude, cell, year, branch)."""
    maps, coefficient = compress(rate)
    made = xr.Dataset(
        {
            "maps": (("cell", "map"), maps),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", weight),
        },
        coords={
            "magnitude": magnitude,
            "year": np.asarray(years),
            "branch": names,
            "cell_x": ("cell", x),
            "cell_y": ("cell", y),
        },
    )
    return made if depth is None else made.assign_coords(cell_depth=("cell", np.full(x.size, depth)))


def zone_nodes() -> xr.Dataset:
    """Pairs of a zone and a node of the 1 km grid: every node whose box of 2 x 2 km touches the zone."""
    grid = site.hazard_grid()
    x, y = grid["x"].to_numpy(), grid["y"].to_numpy()
    properties, shapes = data.polygons("site_zones")
    usable = [i for i, p in enumerate(properties) if p["has_v7_amplification"]]
    boxes = shapely.box(x - 1000.0, y - 1000.0, x + 1000.0, y + 1000.0)
    node, zone = shapely.STRtree([shapes[i] for i in usable]).query(boxes, predicate="intersects")
    number = np.array([int(properties[i]["zone"]) for i in usable])[zone]
    return xr.Dataset({"x": ("site", x[node]), "y": ("site", y[node]), "zone": ("site", number)})


def timed(call, repeat=1):
    """Value, wall seconds and CPU seconds of a call, the least of `repeat`."""
    best = (np.inf, np.inf)
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        value = call()
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    return value, *best


def line(case, size, wall, cpu, **more):
    """Print what a case took."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    measured = {"wall_s": round(wall, 4), "cpu_s": round(cpu, 4), "peak_mib": round(peak)}
    print(json.dumps({"case": case, "size": size, **measured, **more}), flush=True)


def _compile() -> None:
    """Compile, or load from the cache, what the Groningen cases use, on another zone and other magnitudes."""
    few = synthetic_forecast(YEARS[:1]).isel(magnitude=slice(0, 51, 10))
    one = zone_nodes().isel(site=[0])
    hazard.hazard(few, one, fractiles=FIVE)
    hazard.means(few, one, ["PGA"])


def v7_mean() -> None:
    """Mean of one year for PGA and nine spectral accelerations on all zone-node pairs; then of another forecast."""
    _compile()
    sites, measures = zone_nodes(), list(V7.units)
    zones = np.unique(sites["zone"]).size
    size = f"{sites.sizes['site']} zone-node pairs, {zones} zones, {len(measures)} measures, 1 year"
    first = synthetic_forecast(YEARS[:1])
    _, wall, cpu = timed(lambda: hazard.means(first, sites, measures))
    line("v7_mean_cold", size, wall, cpu)
    other = synthetic_forecast(YEARS[:1], shift=2000.0)
    found, wall, cpu = timed(lambda: hazard.means(other, sites, measures))
    some = sites.isel(site=slice(0, None, 250))
    slow = hazard.hazard(other, some, imt="SA(0.3)", fractiles=(0.5,), curves=True, thresholds=())
    fast = found["SA(0.3)"]["mean_rate"].to_numpy()[::250]
    rare = slow["mean_rate"].to_numpy()
    error = float(np.abs(fast / rare - 1.0)[rare > 1e-6].max())
    line("v7_mean_next", size, wall, cpu, error_against_the_tree_above_1e_6=error)


def v7_tree_pga() -> None:
    """Complete tree with mean and five fractiles for PGA on all zone-node pairs, one year."""
    _compile()
    sites, made = zone_nodes(), synthetic_forecast(YEARS[:1])
    found, wall, cpu = timed(lambda: hazard.hazard(made, sites, fractiles=FIVE))
    line("v7_tree_pga", f"{sites.sizes['site']} zone-node pairs, {found.attrs['branches']} branches, 1 year", wall, cpu)


def site_any() -> None:
    """One point, everything warm but the point itself: the mean curve, and the complete tree."""
    made = hazard.sources(synthetic_forecast(YEARS[:1]))
    few = averaged(made)
    points = site.sites_at(246_000.0 + 137.0 * np.arange(8), 595_000.0 + 211.0 * np.arange(8))
    hazard.hazard(few, points.isel(site=[0]), fractiles=())
    hazard.hazard(made, points.isel(site=[0]))
    walls, cpus = zip(
        *(timed(lambda i=i: hazard.hazard(few, points.isel(site=[i]), fractiles=()))[1:] for i in range(1, 8)),
        strict=True,
    )
    line("site_mean", "1 point, 1 year, worst of 7 points", max(walls), max(cpus))
    walls, cpus = zip(
        *(timed(lambda i=i: hazard.hazard(made, points.isel(site=[i])))[1:] for i in range(1, 8)), strict=True
    )
    line("site_tree", "1 point, 1 year, 9,936 branches, worst of 7 points", max(walls), max(cpus))


POINT_MAGNITUDES = np.round(np.arange(1.55, 6.5, 0.1), 2)


def point_forecast(branches=1) -> xr.Dataset:
    """987 points on a 1 km grid at 3 km depth, rates that fall to the edge; branches differ in b-value and rate."""
    x, y = (a.ravel().astype(float) for a in np.meshgrid(np.arange(21) * 1000.0, np.arange(47) * 1000.0))
    load = 1e-3 * np.exp(-(((x - 10e3) / 9e3) ** 2) - ((y - 23e3) / 18e3) ** 2)
    b = 0.8 + 0.04 * np.arange(branches) if branches > 1 else np.array([1.0])
    pmf = 10.0 ** (-b[:, None] * POINT_MAGNITUDES)
    pmf /= pmf.sum(axis=1, keepdims=True)
    scale = np.linspace(0.7, 1.3, branches) if branches > 1 else np.ones(1)
    rate = np.einsum("bm,c,b->mcb", pmf, load, scale)[:, :, None]
    weight = np.full(branches, 1.0 / branches)
    names = [f"b {one:.2f}" for one in b]
    return forecast_of(rate, x, y, [2024], names, weight, POINT_MAGNITUDES, depth=3.0)


def point_sites() -> xr.Dataset:
    """1,793 sites on a 1 km grid around the points."""
    x, y = (a.ravel().astype(float) for a in np.meshgrid(np.arange(-6, 27) * 1000.0, np.arange(-4, 51) * 1000.0))
    return xr.Dataset({"x": ("site", x[:1793]), "y": ("site", y[:1793])})


def six_motions() -> GroundMotion:
    """Atkinson (2015) raised and lowered by a factor 1.3, in its two forms: six medians of equal weight."""
    forms = (MOTIONS["atkinson_2015"], MOTIONS["atkinson_2015_alternative"])

    def reference(measure, magnitude, distance_km, component):
        parts = [one.reference(measure, magnitude, distance_km, component) for one in forms]
        moved = [(median + np.log(1.3) * step, sd) for median, sd in parts for step in (-1.0, 0.0, 1.0)]
        return np.concatenate([m for m, _ in moved], axis=1), np.concatenate([s for _, s in moved], axis=1)

    head = Motion("six", {}, (), {}, Source("synthetic", "", ""), "")
    return GroundMotion(
        head=head,
        units=forms[0].units,
        reference=reference,
        distance="hypocentral",
        medians=tuple("abcdef"),
        median_weights=lambda magnitude: np.full((*np.shape(magnitude), 6), 1.0 / 6.0),
    )


def point_sources() -> None:
    """The job of 987 point sources, 1,793 sites, 50 magnitudes, PGA and SA(0.2), truncated at 3 sd."""
    made, sites, motion = point_forecast(), point_sites(), MOTIONS["atkinson_2015"]
    geometry, few = Geometry(depth_km=3.0, finite=False), sites.isel(site=[0])
    measures = ("PGA", "SA(0.2)")

    def job(forecast, sites, motion, fractiles=()):
        ready = hazard.sources(forecast, motion=motion, geometry=geometry)
        if not fractiles:
            return list(hazard.means(ready, sites, measures, motion=motion, truncation=3.0).values())
        choices = {"fractiles": fractiles, "curves": True, "truncation": 3.0, "thresholds": ()}
        return [hazard.hazard(ready, sites, motion=motion, imt=m, **choices) for m in measures]

    half = made.isel(magnitude=slice(0, 50, 2))
    job(half, few, motion)
    found, wall, cpu = timed(lambda: job(made, sites, motion), 3)
    levels = found[0].sizes["level"]
    size = f"987 sources, 1,793 sites, 50 magnitudes, 2 measures x {levels} levels, 3 sd"
    line("point_sources", size, wall, cpu, error_above_1e_6=slow_point_error(made, sites, found[0], motion))
    branches, six = point_forecast(16), six_motions()
    job(branches.isel(magnitude=slice(0, 50, 2)), few, six, FIVE)
    found, wall, cpu = timed(lambda: job(branches, sites, six, FIVE), 3)
    size = size.replace("2 measures", f"{found[0].attrs['branches']} branches, 2 measures")
    line("point_sources_96", size, wall, cpu, error_above_1e_6=slow_point_error(branches, sites, found[0], six))


def slow_point_error(made, sites, found, motion) -> float:
    """Largest relative difference of the mean from the sum over every pair, some sites, above 1e-6 a year."""
    some = np.arange(0, sites.sizes["site"], 119)
    rate = made["maps"].dot(made["coefficient"], dim="map").isel(year=0) @ made["weight"]
    rate = rate.transpose("cell", "magnitude").to_numpy()
    level = found["level"].to_numpy()
    wanted = asked(motion, imt=found.attrs["imt"], truncation=3.0)
    worst = 0.0
    for at in some:
        east, north = (float(sites[axis][at]) - made[f"cell_{axis}"].to_numpy() for axis in "xy")
        distance = np.sqrt((east**2 + north**2) / 1e6 + 9.0)
        unique, place = np.unique(np.round(distance, 9), return_inverse=True)
        p, _ = exceedance(wanted, 0.0, made["magnitude"].to_numpy(), unique, level)
        mean = p[:, :, :, 0, 0].mean(axis=2)
        slow = np.einsum("cm,mcl->l", rate, mean[:, place])
        ours = found["mean_rate"].to_numpy()[at, 0]
        worst = max(worst, float(np.abs(ours / np.maximum(slow, 1e-300) - 1.0)[slow > 1e-6].max(initial=0.0)))
    return worst


def accuracy() -> None:
    """Mean curve of one site against the sum over every cell and magnitude with a fine distance distribution."""
    made = synthetic_forecast(YEARS[:1])
    grid = site.hazard_grid()
    zoned = grid.isel(site=np.flatnonzero(grid["zone"].to_numpy() != site.NO_ZONE))
    one = zoned.isel(site=[zoned.sizes["site"] // 2])
    hazard.hazard(made, one, curves=True)
    mean_rate = made["maps"].dot((made["coefficient"] * made["weight"]).sum("branch"), dim="map")
    cell_rate = mean_rate.isel(year=0).transpose("cell", "magnitude").to_numpy()
    ready = hazard.sources(made)
    fast, fast_s, fast_cpu = timed(lambda: hazard.hazard(ready, one, curves=True))
    start, start_cpu = time.perf_counter(), time.process_time()
    east, north = (one[c].to_numpy()[0] - made[f"cell_{c}"].to_numpy() for c in "xy")
    fine = rupture.projection(
        made["magnitude"].to_numpy(), points=(16, 14, 14, 14), steps=(120, 80, 80, 80), harmonics=8, refine=3
    )
    at, levels = float(one["zone"][0]), fast["level"].to_numpy()
    p, _ = exceedance(asked(V7), at, fine.magnitude, fine.distance_km, levels)
    weights = (V7.median_weights(fine.magnitude), V7.scatter_weight, V7.epsilon_weight)
    mean = np.einsum("mrctel,mc,t,e->mrl", p, *weights, optimize=True)
    brute = np.zeros(levels.size)
    for cell in range(east.size):
        seen = rupture.projected_weights(fine, east[cell], north[cell])[0]
        brute += np.einsum("m,mr,mrl->l", cell_rate[cell], seen, mean, optimize=True)
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    error = np.abs(fast["mean_rate"].to_numpy()[0, 0] / brute - 1.0)
    line(
        "accuracy",
        f"1 site, {east.size} cells, mean of the tree against every cell and magnitude",
        wall,
        cpu,
        ratio_twin_over_tree_wall=wall / fast_s,
        ratio_twin_over_tree_cpu=cpu / fast_cpu,
        **{f"rate_error_above_{low:g}": float(error[brute > low].max()) for low in (1e-3, 1e-4, 1e-6, 1e-9)},
    )


CASES = {
    "v7_mean": v7_mean,
    "v7_tree_pga": v7_tree_pga,
    "site": site_any,
    "point_sources": point_sources,
    "accuracy": accuracy,
}


def run(cases: Mapping[str, Callable[[], None]], file: str) -> None:
    """Run the cases that the command line asks for, or all, each in a process of its own."""
    wanted = sys.argv[1:] or list(cases)
    if len(wanted) == 1:
        cases[wanted[0]]()
        return
    for case in wanted:
        subprocess.run([sys.executable, str(Path(file).resolve()), case], check=True, env=os.environ)


if __name__ == "__main__":
    run(CASES, __file__)
