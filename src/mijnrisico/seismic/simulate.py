"""Catalogues of earthquakes as a forecast says they may come: drawn branch by branch, event by event.

    events = simulate(forecast, catalogues=1000, seed=1)            independent events: rates hold the aftershocks
    events = simulate(forecast, catalogues=1000, seed=1, law=law)   cascades: rates of direct events

A catalogue first draws its branch by weight, then the number of its events and the cell, year and magnitude of each.
Catalogue i is drawn by a generator of its own (`SeedSequence(seed, spawn_key=(i,))`), so it does not depend on the
number of catalogues or workers.

What this does not hold: the spread of the posterior within a branch (rates are its mean), so that counts of independent
events are those of Poisson within a branch; and the outline within a cell on the rim, where events are spread over the
whole square.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.core import workers as threading
from mijnrisico.seismic import aftershocks
from mijnrisico.seismic.aftershocks import Law

MILLISECONDS_PER_DAY: Final = 86_400_000


def simulate(
    forecast: xr.Dataset, *, catalogues: int, seed: int, law: Law | None = None, workers: int | None = None
) -> pd.DataFrame:
    """Draw catalogues of events from a forecast.

    Args:
        forecast: `maps` (cell, map) x `coefficient` (map, magnitude, year, branch) in events per year, `weight`
            (branch) and the coordinates of `seismic.forecast`.
        catalogues: how many, at least 1.
        seed: of all of them together.
        law: of aftershocks. Without it events are independent and the rates are those of all events. With it the rates
            are those of direct events, see `direct_rates`, and each event has a Poisson number of direct aftershocks
            with the mean, delay and distance of the law, and the magnitudes of the cell and year of its parent; what
            falls outside the cells or the years is gone.
        workers: threads, by default one per processor.

    Returns:
        A row an event, by catalogue and in order of time: catalogue (from 0), time (UTC, ms), x and y (RD New, m),
        magnitude (centre of its bin), parent (position in the same catalogue of the event that set it off, -1 for
        none), branch. Attributes `catalogues` and `seed`.

    Raises `ValueError` for a law with which a cascade need not end.
    """
    forecast = forecast.sortby("year")
    if law is not None:
        forecast = direct_rates(forecast)
    weight = np.cumsum(forecast["weight"].to_numpy())
    first = np.array([_generator(seed, i).random() for i in range(catalogues)])
    chosen = np.minimum(np.searchsorted(weight, first * weight[-1], side="right"), weight.size - 1)
    names = forecast["branch"].to_numpy().astype(str)
    ground = _ground(forecast)
    drawn: list[_Events] = [_NONE] * catalogues
    with threading.threads(workers) as spread:
        for branch in np.unique(chosen):
            rates = _rates(forecast, ground, int(branch), law)
            mine = np.flatnonzero(chosen == branch)

            def task(low: int, high: int, rates: "_Rates" = rates, mine: np.ndarray = mine) -> None:
                for i in mine[low:high]:
                    drawn[i] = _catalogue(_generator(seed, int(i)), rates)

            spread(task, mine.size)
    events, count = _together(drawn), [each.ms.size for each in drawn]
    frame = pd.DataFrame(
        {
            "catalogue": np.repeat(np.arange(catalogues), count),
            "time": (ground.origin + events.ms.astype("timedelta64[ms]")).astype("datetime64[ns]"),
            "x": events.x,
            "y": events.y,
            "magnitude": ground.magnitude[events.bin],
            "parent": events.parent,
            "branch": np.repeat(names[chosen], count),
        }
    )
    frame.attrs |= {"catalogues": catalogues, "seed": seed}
    return frame


def direct_rates(forecast: xr.Dataset) -> xr.Dataset:
    """Return the forecast with the rates of direct events only, those that are no aftershocks.

    A forecast with aftershocks says with `direct` (source, year) how many events of a year are none: the rates of each
    branch and year are scaled to that, so that places and magnitudes stay as they are with aftershocks. A forecast
    without `direct` is returned as it is.
    """
    if "direct" not in forecast:
        return forecast
    total = forecast["maps"].sum("cell").dot(forecast["coefficient"].sum("magnitude"), dim="map")
    source = [str(name).rpartition("|")[0] for name in forecast["branch"].to_numpy()]
    direct = forecast["direct"].sel(source=source).rename(source="branch").assign_coords(branch=forecast["branch"])
    share = (direct / total.where(total > 0.0)).fillna(0.0)
    return forecast.assign(coefficient=(forecast["coefficient"] * share).transpose(*forecast["coefficient"].dims))


def by_catalogue(events: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield every catalogue with its number, those without an event as well."""
    groups = dict(iter(events.groupby("catalogue")))
    for number in range(int(events.attrs["catalogues"])):
        yield number, groups.get(number, events.iloc[:0]).reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class _Ground:
    """Cells as squares: centres, side, and the index of the cell at each node of their grid (-1 for none).

    `starts` and `ends` of the years in ms since `origin`.
    """

    x: np.ndarray
    y: np.ndarray
    side: float
    index: np.ndarray
    magnitude: np.ndarray
    origin: np.datetime64
    starts: np.ndarray
    ends: np.ndarray

    def year_at(self, ms: np.ndarray) -> np.ndarray:
        """Return the year in which each moment, not before the first, lies, -1 for none."""
        year = np.searchsorted(self.starts, ms, side="right") - 1
        return np.where(ms < self.ends[year], year, -1)

    def cell_at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the cell in which each point lies, -1 for none."""
        column = np.floor((x - self.x.min()) / self.side + 0.5).astype(int)
        row = np.floor((y - self.y.min()) / self.side + 0.5).astype(int)
        rows, columns = self.index.shape
        on = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        return np.where(on, self.index[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)], -1)


def _ground(forecast: xr.Dataset) -> _Ground:
    x, y = forecast["cell_x"].to_numpy(), forecast["cell_y"].to_numpy()
    steps = np.diff(np.unique(x))
    side = float(steps.min()) if steps.size else float(np.sqrt(forecast["cell_area"].max()))
    column, row = (np.round((at - at.min()) / side).astype(int) for at in (x, y))
    index = np.full((row.max() + 1, column.max() + 1), -1)
    index[row, column] = np.arange(x.size)
    years = [int(year) for year in forecast["year"].to_numpy()]
    origin = np.datetime64(f"{years[0]}-01-01", "ms")
    starts, ends = (
        (np.array([f"{year + more}-01-01" for year in years], dtype="datetime64[ms]") - origin).astype(np.int64)
        for more in (0, 1)
    )
    return _Ground(x, y, side, index, forecast["magnitude"].to_numpy(), origin, starts, ends)


@dataclass(frozen=True, slots=True)
class _Rates:
    """Running sum of the rates of a branch over (cell, year, magnitude), and what lies behind its positions."""

    ground: _Ground
    running: np.ndarray
    by_place: np.ndarray
    law: Law | None


def _rates(forecast: xr.Dataset, ground: _Ground, branch: int, law: Law | None) -> _Rates:
    coefficient = forecast["coefficient"].isel(branch=branch).transpose("map", "year", "magnitude").to_numpy()
    rate = np.tensordot(forecast["maps"].transpose("cell", "map").to_numpy(), coefficient, 1)
    rate = np.maximum(rate, 0.0)  # the factored form leaves values a little below zero where there is next to nothing
    if law is not None:
        share = rate.sum(axis=(0, 1)) / max(float(rate.sum()), 1e-300)
        ratio = float(share @ aftershocks.offspring(law, ground.magnitude))
        if ratio >= 1.0:
            raise ValueError(f"every event has {ratio:.2f} direct aftershocks on average: a cascade need not end")
    within = np.cumsum(rate, axis=2) if law is not None else np.empty(0)
    return _Rates(ground, np.cumsum(rate.ravel()), within, law)


def _generator(seed: int, catalogue: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(catalogue,)))


def _catalogue(generator: np.random.Generator, rates: _Rates) -> "_Events":
    """Draw one catalogue of a branch, in order of time; the first number of its generator went to the branch."""
    ground = rates.ground
    generator.random()
    years, magnitudes = ground.starts.size, ground.magnitude.size
    count = int(generator.poisson(rates.running[-1]))
    position = np.searchsorted(rates.running, generator.random(count) * rates.running[-1], side="right")
    cell, year, bin_ = np.unravel_index(position, (ground.x.size, years, magnitudes))
    ms = ground.starts[year] + np.floor(generator.random(count) * (ground.ends - ground.starts)[year]).astype(np.int64)
    events = _Events(
        ms,
        ground.x[cell] + (generator.random(count) - 0.5) * ground.side,
        ground.y[cell] + (generator.random(count) - 0.5) * ground.side,
        bin_,
        np.full(count, -1),
    )
    if rates.law is not None:
        events = _with_aftershocks(events, rates, rates.law, generator)
    order = np.argsort(events.ms, kind="stable")
    position = np.empty(order.size, dtype=int)
    position[order] = np.arange(order.size)
    parent = np.where(events.parent >= 0, position[events.parent], -1) if order.size else events.parent
    return _Events(events.ms[order], events.x[order], events.y[order], events.bin[order], parent[order])


@dataclass(frozen=True, slots=True)
class _Events:
    """Events of one catalogue: time (ms since the first year begins), place (m), bin of magnitude, index of parent."""

    ms: np.ndarray
    x: np.ndarray
    y: np.ndarray
    bin: np.ndarray
    parent: np.ndarray


_NONE: Final = _Events(*(np.empty(0, dtype=kind) for kind in (np.int64, float, float, int, int)))


def _together(parts: Sequence[_Events]) -> _Events:
    columns = zip(*((each.ms, each.x, each.y, each.bin, each.parent) for each in parts), strict=True)
    return _Events(*(np.concatenate(column) for column in columns))


def _with_aftershocks(direct: _Events, rates: _Rates, law: Law, generator: np.random.Generator) -> _Events:
    """Add the aftershocks of every event, theirs, and so on, generation by generation."""
    ground, generations, offset = rates.ground, [direct], 0
    mean = aftershocks.offspring(law, ground.magnitude)
    end = int(ground.ends[-1])
    while generations[-1].ms.size:
        parents = generations[-1]
        born = generator.poisson(mean[parents.bin])
        of = np.repeat(np.arange(parents.ms.size), born)
        delay = aftershocks.delay_days(law, generator.random(of.size)) * MILLISECONDS_PER_DAY
        distance = aftershocks.distance_m(law, generator.random(of.size))
        angle = 2.0 * np.pi * generator.random(of.size)
        u = generator.random(of.size)
        ms = parents.ms[of] + np.ceil(np.minimum(delay, 2.0 * end)).astype(np.int64)
        x, y = parents.x[of] + distance * np.cos(angle), parents.y[of] + distance * np.sin(angle)
        share = rates.by_place[ground.cell_at(parents.x[of], parents.y[of]), ground.year_at(parents.ms[of])]
        bin_ = np.minimum((share <= (u * share[:, -1])[:, None]).sum(axis=1), ground.magnitude.size - 1)
        seen = (ground.year_at(ms) >= 0) & (ground.cell_at(x, y) >= 0)
        generations.append(_Events(ms[seen], x[seen], y[seen], bin_[seen], of[seen] + offset))
        offset += parents.ms.size
    return _together(generations)
