"""Speed and memory of subsidence; one JSON line per case {case, size, wall_s, cpu_s, peak_mib, ...}.

    python benchmarks/subsidence.py [CASE ...]

Cases run each in a process of its own, after imports, with compiled kernels in the cache of numba and the table of
Bessel functions made; no kernel of a case is known before its clock starts. Times are the least of five, each with a
rigid base of its own. CPU seconds are the better measure where the machine is shared.

`peak_mib` is the most the process ever held, the interpreter and libraries with it: `start_mib` of it was there
before the case. pyarrow, which pandas loads where it is installed and which nothing here uses, is left out (33 MiB).
`error` is the largest difference with the direct sum over all sources, which cuts nothing off, at some points, over
the largest value.
"""
# ruff: noqa: E402 - what is loaded, and with how many threads, is settled before the libraries are

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.modules["pyarrow"] = None  # pyright: ignore[reportArgumentType]

import numpy as np
import xarray as xr

from mijnrisico.subsidence import field
from mijnrisico.subsidence.field import grid, surface
from mijnrisico.subsidence.kernel import Settings, build

CELLS, CELL_M, YEARS = 556, 100.0, np.arange(1964.0, 2025.0)
DEPTH_M, REPEAT = 2900.0, 5
MEMBERS, POINTS = 1000, 500


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def timed(call: Callable[[Settings], Any]) -> tuple[Any, Settings, float, float]:
    """Last value and least wall and CPU seconds of `REPEAT` calls, each with settings that no call had before."""
    best, value, chosen = (np.inf, np.inf), None, Settings()
    for number in range(REPEAT):
        del value
        grid.spectrum.cache_clear()
        chosen = Settings(basement_m=5000.0 + 10.0 * number)
        wall, cpu = time.perf_counter(), time.process_time()
        value = call(chosen)
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    return value, chosen, *best


def line(case: str, size: str, wall: float, cpu: float, start: float, **more: object) -> None:
    """Print what a case took."""
    measured = {
        "wall_s": round(wall, 4),
        "cpu_s": round(cpu, 4),
        "peak_mib": round(peak_mib()),
        "start_mib": round(start),
    }
    print(json.dumps({"case": case, "size": size, **measured, **more}), flush=True)


def warm() -> None:
    """Compile, and make what no case can do without: one small answer of another kernel."""
    axis = 500.0 * np.arange(4)
    small = xr.DataArray(np.ones((1, 4, 4)), coords={"y": axis, "x": axis}, dims=("rank", "y", "x"))
    chosen = Settings(basement_m=4000.0)
    field.factored(field.given(small, xr.DataArray(np.ones((2, 1)), dims=("time", "rank"))), chosen, 2000.0).cube()
    field.from_points(axis, axis, [0.0], [0.0], 1000.0, np.ones((2, 1)), chosen)


def groningen() -> field.Factors:
    """Volumes of a field of 24 by 40 km on 100 m cells, thicker to the north; one pressure, so one map and history."""
    axis = CELL_M * np.arange(CELLS)
    away = axis - axis.mean()
    inside = (away / 12e3) ** 2 + (away[:, None] / 20e3) ** 2 < 1.0
    compaction = np.where(inside, 0.3 + 0.2 * away[:, None] / 20e3, 0.0)
    maps = xr.DataArray(compaction[None] * CELL_M**2, coords={"y": axis, "x": axis}, dims=("rank", "y", "x"))
    history = np.linspace(0.0, 1.0, YEARS.size)[:, None] ** 0.8
    return field.given(maps, xr.DataArray(history, coords={"time": YEARS}, dims=("time", "rank")))


def away(made: np.ndarray, rows: np.ndarray, columns: np.ndarray, volumes: field.Factors, chosen: Settings) -> float:
    """Largest difference of a map with the direct sum over cells at some of its nodes, over its largest value."""
    maps = volumes.maps_m3
    x, y = np.meshgrid(maps["x"], maps["y"])
    some = np.flatnonzero(maps.to_numpy()[0])
    exact = np.zeros(len(rows))
    for part in np.array_split(some, some.size * len(rows) // surface.MANY + 1):  # few enough to need no table
        at = maps["x"].to_numpy()[columns], maps["y"].to_numpy()[rows]
        green = field.influence(*at, x.ravel()[part], y.ravel()[part], DEPTH_M, chosen, cell_m=CELL_M)
        exact += green @ maps.to_numpy()[0].ravel()[part]
    return float(np.abs(made[rows, columns] - exact).max() / made.max())


def groningen_100m_factored() -> None:
    """The bowl of the field and its history, from which any map, series or cube follows."""
    volumes, start = groningen(), peak_mib()
    made, chosen, wall, cpu = timed(lambda chosen: field.factored(volumes, chosen, DEPTH_M))
    rows, columns = np.random.default_rng(0).integers(0, CELLS, (2, 20))
    error = away(made.at(-1).to_numpy(), rows, columns, volumes, chosen)
    size = f"{CELLS} x {CELLS} cells, {YEARS.size} steps, 1 map"
    line("groningen_100m_factored", size, wall, cpu, start, error=error)


def groningen_100m_cube() -> None:
    """The same and the cube of all maps in double precision."""
    volumes, start = groningen(), peak_mib()
    made, _, wall, cpu = timed(lambda chosen: field.factored(volumes, chosen, DEPTH_M).cube())
    size = f"{CELLS} x {CELLS} cells, {YEARS.size} steps, 1 map; a cube of {made.nbytes / 2**20:.0f} MiB"
    line("groningen_100m_cube", size, wall, cpu, start)


def caverns_20() -> None:
    """20 caverns of 5 slices that close at their own pace, at their own place and depth, all years on the grid."""
    rng = np.random.default_rng(0)
    x, y = CELL_M * np.arange(226), CELL_M * np.arange(241)
    place, top = rng.uniform(2e3, 20e3, (2, 20)), rng.uniform(900.0, 1300.0, 20)
    depth = np.repeat(top, 5) + np.tile(30.0 + 60.0 * np.arange(5), 20)
    history = 1.0 - np.exp(-np.arange(61.0)[:, None] / rng.uniform(5.0, 50.0, 20))
    volume = np.repeat(history * rng.uniform(1e5, 4e5, 20), 5, axis=1) * np.tile([0.15, 0.25, 0.25, 0.2, 0.15], 20)
    args, start = (*np.repeat(place, 5, axis=1), depth, volume), peak_mib()
    made, chosen, wall, cpu = timed(lambda chosen: field.from_points(x, y, *args, chosen))
    rows, columns = rng.integers(0, y.size, 50), rng.integers(0, x.size, 50)
    exact = field.at_points(x[columns], y[rows], *args, chosen)["subsidence"].to_numpy()
    values = made["subsidence"].to_numpy()
    error = float(np.abs(values[:, rows, columns] - exact).max() / values.max())
    line("caverns_20", "20 caverns x 5 slices, 241 x 226 nodes, 61 years", wall, cpu, start, error=error)


def delayed(pressure_fall: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """Time decay (time, member) of a fall that is linear in each year, for each tau (member,): exact recursion."""
    kept = np.exp(-1.0 / tau)
    found = np.zeros((pressure_fall.size, tau.size))
    for year in range(1, pressure_fall.size):
        rise = pressure_fall[year] - pressure_fall[year - 1]
        behind = (pressure_fall[year - 1] - found[year - 1]) * kept + rise * tau * (1.0 - kept)
        found[year] = pressure_fall[year] - behind
    return found


def ensemble_1000() -> None:
    """Members that differ in the amplitude of six regions, the depth of the base, Poisson's ratio and tau.

    Each has its own kernel and its own history. 1 km cells of the field; the answer is (member, year, point).
    """
    from mijnrisico.subsidence.field import ensemble

    rng = np.random.default_rng(0)
    axis = 1000.0 * np.arange(56)
    x, y = (each.ravel() for each in np.meshgrid(axis, axis))
    inside = ((x - 27.5e3) / 12e3) ** 2 + ((y - 27.5e3) / 20e3) ** 2 < 1.0
    x, y = x[inside], y[inside]
    region = np.minimum(((y - y.min()) / (y.max() - y.min()) * 6).astype(int), 5)
    volume = np.where(region == np.arange(6)[:, None], 0.3e6, 0.0)
    points = rng.uniform(5e3, 50e3, (2, POINTS))
    amplitude = rng.lognormal(0.0, 0.3, (MEMBERS, 6))
    tau = rng.uniform(1.0, 7.0, MEMBERS)
    fall = np.linspace(0.0, 1.0, YEARS.size) ** 0.8
    ensemble.collapse(*points[:, :2], x, y, volume, build(Settings(basement_m=4000.0), 2000.0), cell_m=100.0)
    start = peak_mib()

    def members(number: int) -> list[Settings]:
        draw = np.random.default_rng(number)
        drawn = zip(draw.uniform(4500.0, 8000.0, MEMBERS), draw.uniform(0.1, 0.35, MEMBERS), strict=True)
        return [Settings(basement_m=base, poisson=poisson) for base, poisson in drawn]

    def answered(chosen: Settings) -> tuple[list[Settings], np.ndarray]:
        drawn = members(int(chosen.basement_m))
        kernels = [build(each, DEPTH_M) for each in drawn]
        seen = ensemble.collapse(*points, x, y, volume, kernels[0], cell_m=1000.0)
        bowls = np.einsum("mpr,mr->mp", seen.at(kernels), amplitude)
        return drawn, delayed(fall, tau).T[:, :, None] * bowls[:, None, :]

    (drawn, made), _, wall, cpu = timed(answered)
    exact = field.influence(*points, x, y, DEPTH_M, drawn[7], cell_m=1000.0) @ (amplitude[7] @ volume)
    error = float(np.abs(made[7, -1] - delayed(fall, tau)[-1, 7] * exact).max() / exact.max())
    size = f"{MEMBERS} members, {POINTS} points, {x.size} cells, {YEARS.size} years"
    varied = "amplitude of 6 regions, depth of the base, Poisson's ratio, tau"
    line("ensemble_1000", size, wall, cpu, start, varied=varied, error=error)


CASES = {each.__name__: each for each in (groningen_100m_factored, groningen_100m_cube, caverns_20, ensemble_1000)}


def main() -> None:
    wanted = sys.argv[1:] or list(CASES)
    if len(wanted) == 1:
        warm()
        CASES[wanted[0]]()
        return
    for case in wanted:
        subprocess.run([sys.executable, str(Path(__file__).resolve()), case], check=True, env=os.environ)


if __name__ == "__main__":
    main()
