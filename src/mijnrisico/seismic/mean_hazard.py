"""Mean hazard curves of many sites and measures at once: what sites see, summed once, times tables of the mean motion.

    H(x, s) = sum over M, R_j of lambda(x; M, R_j) mean over the motion branches of P(S > s | M, R_j, site(x))

For one year the mean over source branches is a dozen maps (`site_rates.averaged`), for all measures and responses of a
site the same. The mean exceedance of all responses at all levels differs in a few dozen ways over (M, R): it is kept
as those combinations and their coefficients, so that 160 zones x 10 measures take 30 MB and another forecast seconds.
Points see the same distances at every magnitude: the sum over M is then taken in the table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mijnrisico.core.factor import basis
from mijnrisico.core.workers import Spread, threads
from mijnrisico.seismic.exceedance import Asked, mean_exceedance
from mijnrisico.seismic.site_rates import Sources, averaged, map_rates, mean_site_rates

Floats = NDArray[np.float64]

BLOCK = 128
"""Sites whose rates are in memory at once."""
_FEW_RESPONSES = 8
"""Up to so many responses of the site their tables are kept as they are."""
_TOLERANCE = 1e-6
_TYPICAL_B = 1.0
"""Rates of a forecast fall about so with magnitude: the tolerance holds for (M, R) weighed by it."""


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


@dataclass(frozen=True, slots=True)
class Means:
    """Mean exceedance (M x R, level) of response `key` is `onto` (M x R, k) times `table[key]` (k, level).

    Without `onto` the tables are the exceedance itself. `repaired` responses had a curve that fell.
    """

    onto: Floats | None
    table: dict[float, Floats]
    repaired: int


@lru_cache(maxsize=32)
def means(at: At, keys: tuple[float, ...]) -> Means:
    """Mean exceedance of several responses of the site, compressed where they are many; kept for the next forecast."""
    magnitude, distance_km, level = at.axes()
    with threads() as spread:
        found, repaired = mean_exceedance(at.settings, keys, magnitude, distance_km, level, spread)
        found = found.reshape(len(keys), -1, level.size)
        if len(keys) <= _FEW_RESPONSES:
            return Means(None, dict(zip(keys, found, strict=True)), repaired)
        typical = np.repeat(10.0 ** (-_TYPICAL_B * (magnitude - magnitude[0])), distance_km.size)
        fields = typical[:, None] * np.moveaxis(found, 0, 1).reshape(typical.size, -1)
        few = basis(fields, _TOLERANCE)
        tables = np.moveaxis((few.T @ fields).reshape(-1, len(keys), level.size), 1, 0)
    return Means(few / typical[:, None], dict(zip(keys, np.ascontiguousarray(tables), strict=True)), repaired)


@dataclass(frozen=True, slots=True)
class Curves:
    """Mean curves (site, year, level) of each measure in 1/year, NaN without a response; repairs and sums of rates."""

    rate: list[Floats]
    repaired: list[int]
    near: float
    beyond: float


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
    few = ready if len(ready.branch) == 1 else averaged(ready)
    known = np.flatnonzero(np.isfinite(key))
    keys = tuple(np.unique(key[known]).tolist())
    axes = (tuple(few.magnitude.tolist()), tuple(few.table().distance_km.tolist()))
    tables = [means(At(wanted, *axes, tuple(level.tolist())), keys) for wanted, level in asked]
    repaired = [one.repaired for one in tables]
    see = _ruptures
    if not few.geometry.finite:
        see, tables = _points, [_over_magnitudes(few, one) for one in tables]
    rate = [np.full((key.size, few.year.size, level.size), np.nan) for _, level in asked]
    places, place = np.unique(np.stack([site_x[known], site_y[known]]), axis=1, return_inverse=True)
    near = beyond = 0.0
    with threads() as spread:
        for start in range(0, places.shape[1], BLOCK):
            stop = min(start + BLOCK, places.shape[1])
            here = np.flatnonzero((place >= start) & (place < stop))
            seen, total, far = see(few, places[0, start:stop], places[1, start:stop], spread)
            near += float(total[place[here] - start].sum())
            beyond += float(far[place[here] - start].sum())
            for one, out in zip(tables, rate, strict=True):
                projected = seen if one.onto is None else seen @ one.onto
                for response in np.unique(key[known[here]]):
                    rows = here[key[known[here]] == response]
                    of_rows = projected[place[rows] - start]
                    curves = of_rows.reshape(-1, of_rows.shape[-1]) @ one.table[response]
                    out[known[rows]] = curves.reshape(rows.size, *out.shape[1:])
            if progress is not None:
                progress(stop / places.shape[1])
    return Curves(rate, repaired, near, beyond)


def _ruptures(few: Sources, x: Floats, y: Floats, spread: Spread) -> tuple[Floats, Floats, Floats]:
    """Rates that each place sees (place, year, M x R), their sum and what is beyond all, both (place,)."""
    seen, far = mean_site_rates(few, x, y, spread)
    return seen.reshape(*seen.shape[:2], -1), seen.sum(axis=(1, 2, 3)), far.sum(axis=1)


def _points(few: Sources, x: Floats, y: Floats, spread: Spread) -> tuple[Floats, Floats, Floats]:
    """The same before the sum over magnitude: what each place sees of the maps, (place, 1, R x q)."""
    near, far = map_rates(few, few.table(), x, y, spread)
    of_map = few.mean.sum(axis=(0, 2))
    return near[:, 0].reshape(len(x), 1, -1), near[:, 0].sum(axis=1) @ of_map, far @ of_map


def _over_magnitudes(few: Sources, given: Means) -> Means:
    """Tables for points."""
    tables = {
        key: over_magnitudes(few.mean, table if given.onto is None else given.onto @ table)
        for key, table in given.table.items()
    }
    return Means(None, tables, given.repaired)


def over_magnitudes(mean: Floats, exceedance: Floats) -> Floats:
    """Rates `mean` (magnitude, q, year) times `exceedance` (M x R, level), summed over M: (R x q, year x level)."""
    magnitudes, maps, years = mean.shape
    flat = exceedance.reshape(magnitudes, -1)
    found = (mean.reshape(magnitudes, -1).T @ flat).reshape(maps, years, -1, exceedance.shape[1])
    return np.ascontiguousarray(found.transpose(2, 0, 1, 3)).reshape(-1, years * exceedance.shape[1])
