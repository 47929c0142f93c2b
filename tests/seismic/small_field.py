"""A field of 10 by 10 km of our own, its history and its earthquakes: the truth is known and a fit takes a blink."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.seismic import aftershocks
from mijnrisico.seismic.aftershocks import Law
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.source import loading as loads
from mijnrisico.seismic.source.loading import Cells, Field, Loading, StressGrid
from mijnrisico.seismic.source.model import Group, RateModel
from mijnrisico.units import DAYS_PER_YEAR

SIDE_M = 10_000.0
GRID = StressGrid((0.35, 0.55, 0.75), (1000.0, 1500.0, 2000.0), (2.5, 4.0), (4.0, 5.0))
START, UNTIL, END = "1995-01-01", "2015-01-01", "2020-01-01"
NO_AFTERSHOCKS = Law(0.0, 0.0, 1.0)


def ground(spacing_m: float = 500.0, *, even: bool = False, lines: bool = False) -> Field:
    """A square field with faults everywhere; unless `even` it lacks a corner, and throw and thickness vary.

    With `lines` there are faults on lines 1.5 km apart only.
    """
    size = int(SIDE_M / spacing_m)
    axis = spacing_m * (np.arange(size) + 0.5)
    x, y = np.meshgrid(axis, axis)
    inside = np.ones_like(x)
    thickness = np.full_like(x, 200.0)
    if not even:
        inside[(x < 2000.0) & (y > 7000.0)] = 0.0
        inside[-1] *= 0.5
        thickness = 160.0 + 120.0 * x / SIDE_M
    reservoir = xr.Dataset(
        {
            "thickness_filled": (("y", "x"), thickness),
            "top_depth": (("y", "x"), np.full_like(x, 2900.0)),
            "inside_fraction": (("y", "x"), inside),
        },
        coords={"y": axis, "x": axis},
    )
    steps = 250.0 * (np.arange(int(SIDE_M / 250.0)) + 0.5)
    px, py = (each.ravel() for each in np.meshgrid(steps, steps))
    if lines:
        on_line = np.isclose(px % 1500.0, 875.0)
        px, py = px[on_line], py[on_line]
    throw = np.full(px.size, 30.0)
    if not even:
        hill = np.exp(-((px - 6500.0) ** 2 + (py - 6000.0) ** 2) / 2500.0**2)
        throw = 10.0 + 60.0 * hill + 50.0 * (np.sin(px / 900.0) * np.cos(py / 700.0)) ** 2
    points = xr.Dataset(
        {
            name: ("point", values)
            for name, values in {
                "x": px,
                "y": py,
                "throw": throw,
                "thickness": np.full(px.size, 200.0),
                "length": np.full(px.size, 50.0),
                "fault_id": np.ones(px.size),
            }.items()
        }
    )
    return Field(reservoir, points)


def pressure(last: str = END) -> xr.DataArray:
    """Pressure (bar) that falls since 1960, faster in the north and slower in the end."""
    times = pd.date_range("1960-01-01", last, freq="YS")
    axis = np.linspace(0.0, SIDE_M, 11)
    years = np.arange(times.size)[:, None, None]
    north = (0.5 + 0.5 * axis / SIDE_M)[None, :, None]
    fall = 260.0 * (1.0 - np.exp(-years / 35.0)) * north * np.ones(axis.size)
    return xr.DataArray(347.0 - fall, dims=("time", "y", "x"), coords={"time": times, "y": axis, "x": axis})


def loading(
    grid: StressGrid = GRID, *, end: str | None = None, until: str = UNTIL, field: Field | None = None, **more: object
) -> Loading:
    """Loading of a fit on 1995-2014, or of a forecast to `end`."""
    return loads.loading(pressure(), grid, start=START, until=until, end=end, ground=field or ground(), **more)


def group(model: RateModel, held: Loading, **wanted: float) -> Group:
    """The group with these parameters."""
    for make in model.groups(held):
        made = make()
        if all(np.isclose(made.parameters[name], value) for name, value in wanted.items()):
            return made
    raise LookupError(wanted)


def magnitudes(rng: np.random.Generator, size: int, b: float = 1.0, least: float = 1.45) -> np.ndarray:
    """Rounded magnitudes of one b, up to 5.95."""
    edge = gutenberg_richter.bin_probability(np.array(b), 5.95, least)
    return rng.choice(gutenberg_richter.MAGNITUDES, size, p=edge)


def catalogue(
    rng: np.random.Generator,
    model: RateModel,
    made: Group,
    held: Loading,
    inner: int,
    expected: float,
    law: Law = NO_AFTERSHOCKS,
    b: float = 1.0,
) -> pd.DataFrame:
    """Direct events by the model, `expected` on average, each with its cascade; those inside, before the end."""
    unit = np.zeros(model.inner.shape[0])
    unit[inner] = 1.0
    counts = model.counts(made, held, unit)
    chosen = rng.choice(counts.size, rng.poisson(expected), p=(counts / counts.sum()).ravel())
    step, cell = np.unravel_index(chosen, counts.shape)
    cells, edges = held.cells, (held.times[held.first :] - held.times[held.first]) / np.timedelta64(1, "D")
    days = edges[step] + rng.random(step.size) * np.diff(edges)[step]
    half = cells.spacing_m * (rng.random((2, step.size)) - 0.5)
    x, y, size = cells.x[cell] + half[0], cells.y[cell] + half[1], magnitudes(rng, step.size, b)
    everything = [(days, x, y, size)]
    while everything[-1][0].size and law.productivity > 0.0:
        days, x, y, size = everything[-1]
        of = np.repeat(np.arange(days.size), rng.poisson(aftershocks.offspring(law, size)))
        away, angle = aftershocks.distance_m(law, rng.random(of.size)), 2.0 * np.pi * rng.random(of.size)
        later = days[of] + aftershocks.delay_days(law, rng.random(of.size))
        there = x[of] + away * np.cos(angle), y[of] + away * np.sin(angle)
        seen = (later < edges[-1]) & is_inside(cells, *there)
        everything.append((later[seen], there[0][seen], there[1][seen], magnitudes(rng, int(seen.sum()), b)))
    days, x, y, size = (np.concatenate(column) for column in zip(*everything, strict=True))
    time = held.times[held.first] + (days * 86_400e9).astype("timedelta64[ns]")
    found = pd.DataFrame({"time": time, "x": x, "y": y, "magnitude": size})
    return found.sort_values("time", ignore_index=True, kind="stable")


def is_inside(cells: Cells, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether points lie in an active cell."""
    column = np.floor((x - cells.grid_x[0]) / cells.spacing_m + 0.5).astype(int)
    row = np.floor((y - cells.grid_y[0]) / cells.spacing_m + 0.5).astype(int)
    on = (column >= 0) & (column < cells.grid_x.size) & (row >= 0) & (row < cells.grid_y.size)
    return on & cells.active[np.where(on, row, 0), np.where(on, column, 0)]


def rates(forecast: xr.Dataset) -> np.ndarray:
    """Events per year; (cell, magnitude, year, branch)."""
    every = forecast["maps"].dot(forecast["coefficient"], dim="map")
    return every.transpose("cell", "magnitude", "year", "branch").to_numpy()


def years_of(first: int, last: int) -> Sequence[int]:
    """Years of a forecast."""
    return range(first, last + 1)


DAYS = DAYS_PER_YEAR
