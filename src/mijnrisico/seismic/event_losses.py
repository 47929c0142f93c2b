"""What earthquakes do to the buildings and people of a field, event by event: how many at once, and how often.

    losses = simulate(forecast, buildings, year=2026, years=100_000, seed=1)

Every simulated year draws one branch of the whole tree (source, median as the comonotone variable u, scatter, site
epsilon, mapping of the buildings, fragility, consequence), a Poisson number of events and for each a cell, a
magnitude, a rupture (length, strike, place of the hypocentre along it: `rupture`) and whether it is day or night.
Then at the centre of every square of 1 km, with b and T of the scheme of `average_sa`,

    t = a z + c w + d n,   a^2 + c^2 + d^2 = 1         along the leading direction b of the ten periods
    ln SaAvg | t ~ N(m(t), v(t)),  ln PGA | t ~ N(m'(t), v'(t))

z is of the event, w of the place, correlated with distance (`spatial_correlation`), n of the place alone: what an
arbitrary component adds to the geometric mean. a, c and d are the parts of the variance along b. What v holds, the
other directions and a site term that is scatter, differs from building to building: losses take its mean. Given the
shaking of its place buildings fail independently: the number that collapse is Poisson with the expected number, and
each is of a group by its share. Those inside one that collapses die by the probability of its state, whole persons;
deaths beside buildings and by chimneys are Poisson.

Left out, with their share of every loss: events below a magnitude, places beyond a distance that depends on magnitude,
and places where the motion at the reference horizon is below a level. A small simulation of equally many events of
every third magnitude (`_pilot`) says what is lost by that: about `LEFT_OUT` of the loss that small motions matter most
to, of deaths and collapses next to nothing.

Years are drawn in blocks and events shaken in batches, each with a generator of its own (`SeedSequence`, `spawn_key`):
the answer does not depend on the number of workers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import fft
from scipy.special import gammaincinv, ndtri

from mijnrisico.core import logic_tree
from mijnrisico.core.workers import in_order
from mijnrisico.seismic import risk, rupture, spatial_correlation
from mijnrisico.seismic.average_sa import MEASURES, SiteCorrelation
from mijnrisico.seismic.building_stock import QUANTITIES, SQUARE_M, day_and_night, stock
from mijnrisico.seismic.event_field import Field, field_of, leaf_weights
from mijnrisico.seismic.event_shaking import (
    LEVEL_START,
    LEVEL_STEP,
    LEVELS,
    SOFT,
    Events,
    Failure,
    Floats,
    Motion,
    Whole,
    shake,
)
from mijnrisico.seismic.hazard.rates import Sources, for_model
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument

Progress = Callable[[float], None]

LEFT_OUT: Final = 0.03
"""Largest share of any loss, by the pilot, that small events, far places and weak motion take with them."""
_BLOCK_YEARS = 1000
_BATCH = 32
_PILOT_EVENTS, _PILOT_STEP, _PILOT_LEAST = 48, 3, -6.5
_FIELD_PAD = 1.5


def simulate(
    forecast: xr.Dataset | Sources,
    buildings: xr.Dataset,
    *,
    year: int,
    years: int = 100_000,
    seed: int = 0,
    model: str = "TNO2020",
    motion: str | GroundMotion = "V7",
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
    site_variability_argument: SiteVariabilityArgument = "g",
    correlation_km: float | None = None,
    workers: int | None = None,
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Simulate a forecast year many times: losses of every event.

    Args:
        forecast: factored event rates, as `seismic.forecast` makes them, or `hazard.sources` of it for the motion.
        buildings: as of `exposure.buildings`.
        year: calendar year of the forecast.
        years: how many times to simulate it.
        seed: of everything that is drawn.
        model, motion, site_term, site_correlation, site_variability_argument: as in `risk.risk`.
        correlation_km: distance at which the within-event residuals have a correlation of 5 %; None for the mean over
            the ten periods (`spatial_correlation`), 0 for none.
        workers: threads, by default one per processor; they do not change the answer.
        progress: called with the fraction done.

    Returns:
        Per event (event,): `simulated_year`, `magnitude`, `x`, `y` (m), `branch` of the sources, `deaths` as drawn and
        `expected` (event, quantity), which is given the shaking and so has the smaller sampling error; `left_out`
        (quantity,) the share of each loss that small and far events have taken with them; `rate` (event per year) of
        all that were simulated. Attributes: smallest magnitude, correlation, years, seed, what was left out.

    Raises:
        InputError: E503 for an unknown model, class or year, or a motion model without the ten periods of SaAvg.
    """
    shaking, term = risk.motion_of(motion, site_term)
    ready = for_model(forecast, shaking)
    b_km = correlation_length_km() if correlation_km is None else correlation_km
    field = field_of(
        ready, stock(buildings), year, model, shaking, term, site_correlation, site_variability_argument,
    )  # fmt: skip
    counts = _pilot(field, seed)
    progress(0.05)
    events, drawn = _draw(field, years, seed, counts.smallest, counts.reach_km)
    expected = np.zeros((drawn.simulated_year.size, len(QUANTITIES)))
    deaths = np.zeros(drawn.simulated_year.size, np.int64)
    batches = list(_batches(field, events, drawn.leaf, b_km))
    done = 0
    weights = leaf_weights(field)
    for leaf in np.unique(drawn.leaf):
        failure = field.failure(np.where(np.arange(weights.size) == leaf, 1.0, 0.0).reshape(weights.shape))
        mine = [batch for batch in batches if batch.leaf == leaf]
        tasks = (partial(_run, batch, events, field, failure, counts.least, seed) for batch in mine)
        for batch, (of_events, dead) in zip(mine, in_order(tasks, workers), strict=True):
            expected[batch.rows], deaths[batch.rows] = of_events[:, 0], dead
            done += batch.rows.size
            progress(0.05 + 0.95 * done / max(len(deaths), 1))
    return xr.Dataset(
        {
            "simulated_year": ("event", drawn.simulated_year),
            "magnitude": ("event", ready.magnitude[events.bin]),
            "x": ("event", events.x, {"units": "m"}),
            "y": ("event", events.y, {"units": "m"}),
            "branch": ("event", drawn.branch),
            "deaths": ("event", deaths, {"units": "persons"}),
            "expected": (("event", "quantity"), expected, {"units": "persons, chimneys or buildings"}),
            "left_out": (
                "quantity",
                counts.left_out,
                {"units": "1", "long_name": "share left out with small or far events"},
            ),
        },
        coords={"quantity": list(QUANTITIES)},
        attrs={
            "year": year,
            "years": years,
            "seed": seed,
            "smallest_magnitude": float(ready.magnitude[counts.smallest]),
            "correlation_km": b_km,
            "buildings": float(field.stock.number.sum(axis=1) @ field.stock.weight),
            "buildings_left_out": field.stock.buildings_left_out,
            "people_left_out": field.stock.people_left_out,
            "vulnerability_model": model,
            "motion_model": field.model.head.name,
        },
    )


def correlation_length_km() -> float:
    """Correlation length (km) of the leading direction of SaAvg: the mean of those of its ten periods."""
    return float(np.mean([spatial_correlation.length_km(measure) for measure in MEASURES]))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Beside the events (event,): the simulated year, the branch of the sources, mapping x fragility x consequence."""

    simulated_year: Whole
    branch: Whole
    leaf: Whole


def _draw(field: Field, years: int, seed: int, smallest: int, reach_km: Floats) -> tuple[Events, _Drawn]:
    """Draw the branches of every simulated year and its events of at least a magnitude bin, in order of the years."""
    rate = field.rate[:, smallest:].reshape(len(field.rate), -1)
    total = rate.sum(axis=1)
    running = (np.cumsum(rate, axis=1) + np.concatenate([[0.0], np.cumsum(total)[:-1]])[:, None]).ravel()
    offset = np.concatenate([[0.0], np.cumsum(total)])
    weights = leaf_weights(field)
    parts: list[tuple[Events, _Drawn]] = []
    for block, start in enumerate(range(0, years, _BLOCK_YEARS)):
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, block)))
        size = min(_BLOCK_YEARS, years - start)
        branch = generator.choice(field.ready.weight.size, size, p=field.ready.weight)
        leaf = generator.choice(weights.size, size, p=weights.ravel())
        u = generator.random(size)
        scatter = generator.choice(field.model.scatter_weight.size, size, p=field.model.scatter_weight)
        site = generator.choice(field.site_weight.size, size, p=field.site_weight)
        of_year = np.repeat(np.arange(size), generator.poisson(total[branch]))
        source = branch[of_year]
        position = offset[source] + generator.random(of_year.size) * total[source]
        flat = np.clip(
            np.searchsorted(running, position, side="right"), source * rate.shape[1], (source + 1) * rate.shape[1] - 1
        )
        bin_, cell = np.divmod(flat % rate.shape[1], field.ready.x.size)
        events = _events(field, generator, bin_ + smallest, cell, u[of_year], scatter[of_year], site[of_year], reach_km)
        parts.append((events, _Drawn(start + of_year, source, leaf[of_year])))
    events, drawn = zip(*parts, strict=True)
    return (
        Events._make(np.concatenate(column) for column in zip(*events, strict=True)),
        _Drawn(
            *(np.concatenate([getattr(one, name) for one in drawn]) for name in ("simulated_year", "branch", "leaf"))
        ),
    )


def _events(
    field: Field,
    generator: np.random.Generator,
    bin_: Whole,
    cell: Whole,
    u: Floats,
    scatter: Whole,
    site: Whole,
    reach_km: Floats,
) -> Events:
    """Ruptures and between-event terms of events at the centres of cells."""
    geometry, size = field.ready.geometry, bin_.size
    length = rupture.length_km(field.ready.magnitude[bin_]) * np.exp(
        rupture.LENGTH_SD_LN * generator.standard_normal(size)
    )
    place = generator.random(size)
    strike = np.deg2rad(geometry.strike_deg + geometry.strike_sd_deg * generator.standard_normal(size))
    length = length if geometry.finite else np.zeros(size)
    x, y = field.ready.x[cell], field.ready.y[cell]
    return Events(
        row=np.floor(y / SQUARE_M).astype(np.int64) - field.shift[0],
        column=np.floor(x / SQUARE_M).astype(np.int64) - field.shift[1],
        x=x,
        y=y,
        depth_km=field.ready.depth_km[cell],
        bin=bin_,
        strike=strike,
        forward_km=place * length,
        backward_km=(1.0 - place) * length,
        median=np.minimum((u[:, None] > field.median_edge[bin_]).sum(axis=1), field.median_edge.shape[1] - 1),
        scatter=scatter,
        site=site,
        z=generator.standard_normal(size),
        time=(generator.random(size) >= day_and_night()[0]).astype(np.int64),
        reach_km=reach_km[bin_],
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events that are shaken together: their number, rows, branch, half a window (squares), and amplitudes of w."""

    number: int
    rows: Whole
    leaf: int
    half: int
    amplitude: NDArray[np.float32]


def _batches(field: Field, events: Events, leaf: Whole, b_km: float) -> Iterator[_Batch]:
    """Events of one branch whose windows are alike, a few at a time."""
    rows, columns = field.ground.nodes.shape
    most = (
        max(
            max(int(r), rows - 1 - int(r), int(c), columns - 1 - int(c))
            for r, c in zip(
                (events.row.min(), events.row.max()), (events.column.min(), events.column.max()), strict=True
            )
        )
        if events.bin.size
        else 0
    )
    halves = [h for h in (5, 6, 8, 12, 16, 24, 32) if h < most] + [most]
    room = rupture.length_km(field.ready.magnitude) * (2.0 if field.ready.geometry.finite else 0.0)
    squares = np.minimum(np.ceil(events.reach_km + room[events.bin]), most)
    size = np.searchsorted(halves, squares * 1000.0 / SQUARE_M)
    amplitudes = [_amplitude(h, b_km) for h in halves]
    order, number = np.lexsort((np.arange(size.size), size, leaf)), 0
    key = leaf[order] * len(halves) + size[order]
    for part in np.split(order, np.flatnonzero(np.diff(key)) + 1):
        for start in range(0, part.size, _BATCH):
            mine = part[start : start + _BATCH]
            h = int(size[mine[0]])
            yield _Batch(number, mine, int(leaf[mine[0]]), halves[h], amplitudes[h])
            number += 1


def _amplitude(half: int, b_km: float) -> NDArray[np.float32]:
    """Root of the eigenvalues of the correlation on a torus (n, n) that holds a window; ifft2 gives unit variance.

    The torus is 1.5 correlation lengths larger than the window, or twice as large: distances in the window are exact
    but for those beyond half the torus, where the correlation is 1 % or less. The few eigenvalues below zero are left
    out.
    """
    pad = min(int(np.ceil(_FIELD_PAD * b_km * 1000.0 / SQUARE_M)), 2 * half)
    n = int(fft.next_fast_len(2 * half + 1 + pad) or 0)
    step = np.arange(int(n))
    away = np.minimum(step, n - step) * SQUARE_M / 1000.0
    value = np.maximum(np.fft.fft2(spatial_correlation.correlation(np.hypot(away[:, None], away), b_km)).real, 0.0)
    return (np.sqrt(value * (n * n / value.sum())) * n).astype(np.float32)


def _correlated(
    generator: np.random.Generator, count: int, half: int, amplitude: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Fields w (count, row, column) within `half` squares, eight from each transform.

    They are its two parts, the same half a torus further, and those with the sign turned. Each has the stated
    distribution and goes to an event of its own. Those of events that share a transform, which can be of one year,
    correlate by 0.08 at most at the epicentre: every mean stays as it is, sums over events vary a little less.
    """
    n, pairs, side = len(amplitude), (count + 7) // 8, 2 * half + 1
    noise = generator.standard_normal((pairs, n, n, 2), dtype=np.float32).view(np.complex64)[..., 0]
    both = np.asarray(fft.ifft2(noise * amplitude, overwrite_x=True, workers=1), np.complex64)
    window = np.arange(side)
    fields = [
        part[:, place[:, None], place] for part in (both.real, both.imag) for place in (window, (window + n // 2) % n)
    ]
    return np.concatenate([*fields, *(-one for one in fields)])[:count]


def _run(
    batch: _Batch, events: Events, field: Field, failure: Failure, least: float, seed: int
) -> tuple[Floats, Whole]:
    """Expected losses (event, 1, quantity) and deaths drawn (event,) of a batch."""
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, batch.number)))
    w = _correlated(generator, batch.rows.size, batch.half, batch.amplitude)
    return shaken(events.pick(batch.rows), batch.half, w, field, failure, generator, least)


def shaken(
    events: Events,
    half: int,
    w: NDArray[np.float32],
    field: Field,
    failure: Failure,
    generator: np.random.Generator,
    least: float | None,
) -> tuple[Floats, Whole]:
    """Run the kernel; without a `least` level as the pilot wants it."""
    rows = 1 if least is not None else int(field.motion.steps.sum()) + 1 + LEVELS
    expected = np.empty((events.bin.size, rows, len(QUANTITIES)))
    deaths = np.empty(0 if least is None else events.bin.size, np.int64)
    lowest = _PILOT_LEAST if least is None else least
    shake(events, half, w, lowest, field.motion, field.ground, failure, SOFT, generator, expected, deaths)
    return expected, deaths


@dataclass(frozen=True, slots=True)
class _Counts:
    """Which events and places count: smallest magnitude bin, reach (magnitude,) km, `least` level, shares left out."""

    smallest: int
    reach_km: Floats
    least: float
    left_out: Floats


def _pilot(field: Field, seed: int) -> _Counts:
    """Which events and places count.

    As many events of every third magnitude, at the places of the mean over branches and with the mean of what shaking
    does, say which loss comes from which magnitude, distance and level of motion at the reference horizon.
    """
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    mean = np.tensordot(field.ready.weight, field.rate, 1)
    bins = len(mean)
    some = np.unique(np.append(np.arange(0, bins, _PILOT_STEP), bins - 1))
    order = generator.permuted(np.tile(np.arange(_PILOT_EVENTS), (5, 1)), axis=1)
    u = (order + generator.random(order.shape)) / _PILOT_EVENTS
    events = _events(
        field,
        generator,
        np.repeat(some, _PILOT_EVENTS),
        np.tile(logic_tree.branch_of(u[0], mean.sum(axis=0) / mean.sum()), some.size),
        np.tile(u[1], some.size),
        np.tile(logic_tree.branch_of(u[2], field.model.scatter_weight), some.size),
        np.tile(logic_tree.branch_of(u[3], field.site_weight), some.size),
        np.full(bins, field.ready.geometry.largest_km),
    )._replace(z=np.tile(ndtri(u[4]), some.size))
    everywhere = int(max(np.abs(events.row).max(), np.abs(events.column).max())) + max(field.ground.nodes.shape)
    none = np.zeros((0, 0, 0), np.float32)
    expected, _ = shaken(events, everywhere, none, field, field.failure(leaf_weights(field)), generator, least=None)
    of_event = expected.reshape(some.size, _PILOT_EVENTS, -1).mean(axis=1)
    between = np.array([np.interp(np.arange(bins), some, column) for column in of_event.T]).T
    losses = between.reshape(bins, *expected.shape[1:]) * mean.sum(axis=1)[:, None, None]
    return _cut(losses[:, :-LEVELS], losses[:, -LEVELS:].sum(axis=0), np.exp(_distances(field.motion)))


def _distances(motion: Motion) -> Floats:
    """Points of the grid of ln distance."""
    pieces = [
        np.linspace(a, b, n + 1)[:-1] for a, b, n in zip(motion.ends[:-1], motion.ends[1:], motion.steps, strict=True)
    ]
    return np.append(np.concatenate(pieces), motion.ends[-1])


def _cut(losses: Floats, by_level: Floats, distance_km: Floats) -> _Counts:
    """What can be left out of losses (magnitude, distance, quantity) and (level, quantity), the same losses otherwise.

    Of `LEFT_OUT` a third goes to small events, a third to low levels and at most a third to far places.
    """
    total = np.maximum(losses.sum(axis=(0, 1)), 1e-300)
    share, each = losses / total, LEFT_OUT / 3.0
    smallest = int(min((np.cumsum(share.sum(axis=1), axis=0) > each).any(axis=1).argmax(), len(losses) - 1))
    beyond = np.cumsum(share[:, ::-1], axis=1)[:, ::-1]
    counts = (beyond > 0.5 * each * np.maximum(share.sum(axis=1), 1.0 / len(losses))[:, None]).any(axis=2)
    last = np.where(counts.any(axis=1), counts.shape[1] - 1 - counts[:, ::-1].argmax(axis=1), 0)
    last = np.minimum(np.maximum.accumulate(last) + 1, len(distance_km) - 1)
    kept = np.arange(len(distance_km)) <= last[:, None]
    kept[:smallest] = False
    below = np.cumsum(by_level / total, axis=0)
    level = int((below > each).any(axis=1).argmax())
    under = below[level - 1] if level else np.zeros(len(total))
    return _Counts(
        smallest,
        distance_km[last],
        LEVEL_START + LEVEL_STEP * level,
        1.0 - (share * kept[:, :, None]).sum(axis=(0, 1)) + under,
    )


def fn_curve(losses: xr.Dataset) -> pd.DataFrame:
    """F-N curve: columns year, deaths (n), rate_per_year of events with at least n, and its 5 and 95 %.

    The band is the sampling error alone: exact limits of a Poisson mean given how many events were counted.
    """
    years, dead = int(losses.attrs["years"]), losses["deaths"].to_numpy()
    most = int(dead.max(initial=0))
    steps = [n * 10**k for k in range(8) for n in (1, 2, 3, 5, 7)]
    n = np.array([one for one in steps if one < most] + ([most] if most else []), dtype=np.int64)
    count = (dead >= n[:, None]).sum(axis=1)
    return pd.DataFrame(
        {
            "year": int(losses.attrs["year"]),
            "deaths": n,
            "rate_per_year": count / years,
            "p05": gammaincinv(np.maximum(count, 1), 0.05) / years,
            "p95": gammaincinv(count + 1.0, 0.95) / years,
        }
    )
