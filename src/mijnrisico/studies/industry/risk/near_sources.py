"""Risk close to its sources, where the grid is too coarse to see it: rays, and small grids of their own.

A pool of 8 m kills within 16 m; on cells of 25 m no sample falls there. So each source is sampled itself and on rays
around it. Where a level is reached less than `CELLS` cells away, the source gets a fine grid of its own, and the line
of equal risk is that of the fine grid there and that of the coarse one elsewhere.

    rays = sampled(scenarios, weather, cell_m)
    made = patches(scenarios, weather, rays, [risk of the rays by kind], levels, cell_m)
    contour(x, y, risk, level, rays, risk of the rays, made, risk of the patches)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from mijnrisico.studies.industry.risk import contours, site_risk
from mijnrisico.studies.industry.risk.contours import Contour
from mijnrisico.studies.industry.risk.site_risk import Scenario, Weather

Array = NDArray[np.float64]

CELLS: Final = 12.0
"""Reach in cells from which the grid shows a contour well enough."""
POINTS: Final = 49
"""Points of a small grid along each side."""
MOST: Final = 240
"""Small grids at most; what they do not reach is called unknown."""
_RAYS: Final = 16
_NEAREST_M: Final = 0.5
_STEP: Final = 1.2
_ROUND: Final = 1.5
"""Cells around a reach into which samples within it can still carry a line, the diagonal and a little."""


@dataclass(frozen=True, slots=True, eq=False)
class Rays:
    """Places around each source: x and y (source, ray, radius), the first radius 0; chance of death (scenario, ...)."""

    sources: Array
    radii_m: Array
    x_m: Array
    y_m: Array
    death: Array


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A small grid around a source, and the chance of death there given each scenario, (scenario, y, x)."""

    x_m: Array
    y_m: Array
    death: Array

    @property
    def box(self) -> shapely.Polygon:
        """What it covers."""
        return shapely.box(self.x_m[0], self.y_m[0], self.x_m[-1], self.y_m[-1])

    @property
    def cell_m(self) -> float:
        """Distance between its points (m)."""
        return float(self.x_m[1] - self.x_m[0])


def sampled(scenarios: Sequence[Scenario], weather: Sequence[Weather], cell_m: float) -> Rays:
    """Chance of death at every source and on rays around it, as far as `CELLS` cells."""
    sources = np.unique(np.array([(each.x_m, each.y_m) for each in scenarios]).reshape(-1, 2), axis=0)
    count = max(math.ceil(math.log(CELLS * cell_m / _NEAREST_M) / math.log(_STEP)), 1) + 1
    radii = np.concatenate([[0.0], np.geomspace(_NEAREST_M, max(CELLS * cell_m, 2.0 * _NEAREST_M), count)])
    angle = np.arange(_RAYS) * 2.0 * math.pi / _RAYS
    x = sources[:, 0, None, None] + np.sin(angle)[:, None] * radii
    y = sources[:, 1, None, None] + np.cos(angle)[:, None] * radii
    death = site_risk.at_points(scenarios, weather, x.ravel(), y.ravel()).reshape(len(scenarios), *x.shape)
    return Rays(sources, radii, x, y, death)


def reaches_m(rays: Rays, risk: Array, level: float) -> Array:
    """How far from each source the risk is at or above a level without a gap, (source,).

    An upper value, the first radius below it; 0 where no ray reaches the level, inf where it holds to the last radius.
    """
    above = risk >= level
    began = np.maximum.accumulate(above, axis=-1)
    ended = began & ~above
    radius = np.where(ended.any(axis=-1), rays.radii_m[ended.argmax(axis=-1)], np.inf)
    return np.where(above.any(axis=-1), radius, 0.0).max(axis=-1, initial=0.0)


def patches(
    scenarios: Sequence[Scenario],
    weather: Sequence[Weather],
    rays: Rays,
    risks: Sequence[Array],
    levels: Sequence[float],
    cell_m: float,
) -> tuple[Patch, ...]:
    """Small grids for every reach that the grid does not show, coarsest first."""
    made: list[tuple[float, float, float]] = []
    wanted = {
        (float(reach), float(x), float(y))
        for risk in risks
        for level in levels
        for reach, (x, y) in zip(reaches_m(rays, risk, level), rays.sources, strict=True)
        if 0.0 < reach < CELLS * cell_m
    }
    for reach, x, y in sorted(wanted, reverse=True):
        step = cell_m
        while step > 2.0 * reach / CELLS and len(made) < MOST:
            half = reach + _ROUND * step
            finer = 2.0 * half / (POINTS - 1)
            if not any(_serves(each, (half, x, y), 1.25 * finer) for each in made):
                made.append((half, x, y))
            if finer > 0.8 * step:
                break
            step = finer
    made.sort(reverse=True)
    axes = [(np.linspace(x - half, x + half, POINTS), np.linspace(y - half, y + half, POINTS)) for half, x, y in made]
    if not axes:
        return ()
    grids = [np.meshgrid(x, y) for x, y in axes]
    every_x, every_y = (np.concatenate([grid[k].ravel() for grid in grids]) for k in (0, 1))
    death = site_risk.at_points(scenarios, weather, every_x, every_y)
    death = death.reshape(len(scenarios), len(axes), POINTS, POINTS)
    return tuple(Patch(x, y, death[:, k]) for k, (x, y) in enumerate(axes))


def contour(
    x_m: Array, y_m: Array, risk: Array, level: float, rays: Rays, at_rays: Array, fine: Sequence[tuple[Patch, Array]]
) -> Contour:
    """The area at or above a level: of each small grid within it, the finest last, and of the grid elsewhere.

    Where a source is at or above the level and no area holds it, the answer is not "none" but unknown: the grid is too
    coarse, or ends before it.
    """
    whole = contours.contour(x_m, y_m, risk, level)
    area = shapely.MultiPolygon() if whole.area is None else whole.area
    for patch, field in fine:
        inner = contours.contour(patch.x_m, patch.y_m, field, level).area
        area = area.difference(patch.box)
        if inner is not None:
            area = area.union(inner.intersection(patch.box))
    kept = [part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon) and part.area > 0.0]
    found = replace(whole, area=shapely.MultiPolygon(kept) if kept else None)
    return _known(found, rays, reaches_m(rays, at_rays, level), x_m, y_m)


def _known(found: Contour, rays: Rays, reach: Array, x_m: Array, y_m: Array) -> Contour:
    """Say what is not known: sources at or above the level that no area holds."""
    grid = shapely.box(x_m[0], y_m[0], x_m[-1], y_m[-1])
    missed, beyond = [], False
    for (x, y), far in zip(rays.sources, reach, strict=True):
        disc = shapely.Point(x, y).buffer(min(float(far), float(rays.radii_m[-1])))
        if far > 0.0 and (found.area is None or not found.area.intersects(disc)):
            beyond |= not grid.intersects(disc)
            missed.append(float(far))
    beyond |= any(
        far == math.inf and not grid.contains(shapely.Point(*at)) for at, far in zip(rays.sources, reach, strict=True)
    )
    if not missed:
        return replace(found, cut_off=found.cut_off or beyond)
    if beyond:
        return replace(found, cut_off=True, unknown="edge" if found.area is None else "")
    return replace(found, unknown="grid", needed_cell_m=max(min(missed) / 6.0, 0.1))


def _serves(made: tuple[float, float, float], wanted: tuple[float, float, float], cell_m: float) -> bool:
    """Whether a small grid covers what another would, finely enough."""
    half, x, y = made
    room = half - wanted[0]
    return max(abs(x - wanted[1]), abs(y - wanted[2])) <= room and 2.0 * half / (POINTS - 1) <= cell_m
