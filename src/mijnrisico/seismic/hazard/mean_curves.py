"""Mean hazard curves of many sites and measures at once: what sites see, summed once, times tables of the mean motion.

    H(x, s) = sum over M, R_j of lambda(x; M, R_j) mean over the motion branches of P(S > s | M, R_j, site(x))

For one year the mean over source branches is a dozen maps (`rates.averaged`), the same for all measures and
responses of the site. The mean exceedance (M, R, level) of a response is kept for the next forecast: 0.5 MB a zone and
measure. (It does not compress: 160 zones differ over (M, R) in 900 ways to 1e-6, each bends f1 elsewhere.) Points
see the same distances at every magnitude: the sum over M is then taken in the table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mijnrisico.core.workers import Spread, one_blas_thread, threads
from mijnrisico.seismic.hazard.asked import Asked
from mijnrisico.seismic.hazard.mean_exceedance import mean_exceedance
from mijnrisico.seismic.hazard.rates import Sources, averaged, map_rates, mean_site_rates

Floats = NDArray[np.float64]

BLOCK = 4096
"""Sites x years whose rates are in memory at once."""


@dataclass(frozen=True, slots=True)
class At:
    """Where the exceedance of a site response is wanted: settings, magnitudes, distances (km) and levels."""

    settings: Asked
    magnitude: tuple[float, ...]
    distance_km: tuple[float, ...]
    level: tuple[float, ...]

    def axes(self) -> tuple[Floats, Floats, Floats]:
        """Magnitude, distance and level as arrays."""
        return np.array(self.magnitude), np.array(self.distance_km), np.array(self.level)


Tables = dict[float, Floats]
"""Mean exceedance (M x R, level) by response of the site."""


@lru_cache(maxsize=16)
def tables(at: At, keys: tuple[float, ...]) -> tuple[Tables, int]:
    """Mean exceedance of several responses of the site, kept for the next forecast; how many had a curve that fell."""
    magnitude, distance_km, level = at.axes()
    with threads() as spread:
        found, repaired = mean_exceedance(at.settings, keys, magnitude, distance_km, level, spread)
    found.flags.writeable = False
    return dict(
        zip(keys, found.reshape(len(keys), magnitude.size * distance_km.size, level.size), strict=True)
    ), repaired


@dataclass(frozen=True, slots=True)
class Curves:
    """Mean curves (site, year, level) of each measure in 1/year, NaN without a response; repairs and sums of rates."""

    rate: list[Floats]
    repaired: list[int]
    near: float
    beyond: float


@one_blas_thread()
def mean_curves(
    ready: Sources,
    site_x: Floats,
    site_y: Floats,
    key: Floats,
    asked: Sequence[tuple[Asked, Floats]],
    progress: Callable[[float], None] | None = None,
) -> Curves:
    """Mean curves of the sites for several measures, each with its levels; `key` (site,) picks the response.

    Sites at one place see the same earthquakes: those are summed once.
    """
    few = averaged(ready)
    known = np.flatnonzero(np.isfinite(key))
    keys = tuple(np.unique(key[known]).tolist())
    axes = (tuple(few.magnitude.tolist()), tuple(few.table().distance_km.tolist()))
    given = [tables(At(wanted, *axes, tuple(level.tolist())), keys) for wanted, level in asked]
    see, exceedance = _ruptures, [found for found, _ in given]
    if not few.geometry.finite:
        see = _points
        exceedance = [{k: over_magnitudes(few.mean, one) for k, one in found.items()} for found in exceedance]
    rate = [np.full((key.size, few.year.size, level.size), np.nan) for _, level in asked]
    places, place = np.unique(np.stack([site_x[known], site_y[known]]), axis=1, return_inverse=True)
    near, beyond, step = 0.0, 0.0, max(BLOCK // few.year.size, 1)
    with threads() as spread:
        for start in range(0, places.shape[1], step):
            stop = min(start + step, places.shape[1])
            here = np.flatnonzero((place >= start) & (place < stop))
            seen, total, far = see(few, places[0, start:stop], places[1, start:stop], spread)
            near += float(total[place[here] - start].sum())
            beyond += float(far[place[here] - start].sum())
            for response in np.unique(key[known[here]]):
                rows = here[key[known[here]] == response]
                of_rows = seen[place[rows] - start]
                of_rows = of_rows.reshape(-1, of_rows.shape[-1])
                for table, out in zip(exceedance, rate, strict=True):
                    out[known[rows]] = (of_rows @ table[response]).reshape(rows.size, *out.shape[1:])
            if progress is not None:
                progress(stop / places.shape[1])
    return Curves(rate, [repaired for _, repaired in given], near, beyond)


def _ruptures(few: Sources, x: Floats, y: Floats, spread: Spread) -> tuple[Floats, Floats, Floats]:
    """Rates that each place sees (place, year, M x R), their sum and what is beyond all, both (place,)."""
    seen, far = mean_site_rates(few, x, y, spread)
    return seen.reshape(*seen.shape[:2], -1), seen.sum(axis=(1, 2, 3)), far.sum(axis=1)


def _points(few: Sources, x: Floats, y: Floats, spread: Spread) -> tuple[Floats, Floats, Floats]:
    """The same before the sum over magnitude: what each place sees of the maps, (place, 1, R x q)."""
    near, far = map_rates(few, few.table(), x, y, spread)
    of_map = few.mean.sum(axis=(0, 2))
    return near[:, 0].reshape(len(x), 1, -1), near[:, 0].sum(axis=1) @ of_map, far @ of_map


def over_magnitudes(mean: Floats, exceedance: Floats) -> Floats:
    """Rates `mean` (magnitude, q, year) times `exceedance` (M x R, level), summed over M: (R x q, year x level)."""
    magnitudes, maps, years = mean.shape
    flat = exceedance.reshape(magnitudes, -1)
    found = (mean.reshape(magnitudes, -1).T @ flat).reshape(maps, years, -1, exceedance.shape[1])
    return np.ascontiguousarray(found.transpose(2, 0, 1, 3)).reshape(-1, years * exceedance.shape[1])
