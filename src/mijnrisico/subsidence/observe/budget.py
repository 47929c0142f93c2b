"""Measure and control ("hand aan de kraan"): the load of a basin against the space that sea level rise leaves.

    load(t)  = [V_b(t) - V_b(t - n)] / (n A)       V_b: bowl volume within the basin, A its area    [m per year]
    space(t) = limit - expected sea level rise(t)

for an average over the n years that end at t. The basin keeps up with sediment as long as load plus rise stay below
the limit, a rate that depends on the basin (De Waal, Roest, Fokker and others 2012; De Waal and Schouten 2020). Every
year the chance that the load is above the space is asked of the posterior. The load is linear in the amplitudes, so
that the chance is that of a mixture of normal laws, and exact.

The bowl volume within a polygon is the integral of the influence over it, taken cell by cell: each cell is cut along
the edge, its area is exact and the influence that of its centre of gravity. The error falls with the square of the
cell size over the depth: of a circle of 4 km above a source at 3 km, 0.5, 0.13 and 0.03 % with 1000, 500 and 250 m.

The limit, the rise and n are settings: what the permits and the reports say, with their source.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsidence.observe import design
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.update import Mixture

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Basin:
    """A basin cut into cells: centres x, y (cell,) and areas (cell,) in m2, and its rule.

    `sea_level_rise_mm_per_year` is one number or one for each year that is asked.
    """

    name: str
    x_m: Array
    y_m: Array
    area_m2: Array
    limit_mm_per_year: float
    average_years: float
    sea_level_rise_mm_per_year: ArrayLike = 0.0
    sea_level_rise_sd_mm_per_year: float = 0.0
    source: str = ""

    def load_row(self, subsidence: ArrayLike) -> Array:
        """Return the mean subsidence of the basin per m3 lost (source,), from that of its cells (cell, source)."""
        return self.area_m2 @ np.asarray(subsidence, dtype=float) / self.area_m2.sum()

    def space_mm_per_year(self, years: Sequence[float] | Array) -> Array:
        """Return what is left for subsidence in each year (year,)."""
        rise = np.broadcast_to(np.asarray(self.sea_level_rise_mm_per_year, dtype=float), (len(years),))
        return self.limit_mm_per_year - rise


def cut(outline: shapely.Polygon | shapely.MultiPolygon, cell_m: float) -> tuple[Array, Array, Array]:
    """Return centres of gravity x, y and areas (cell,) of the square cells of a grid, cut along a polygon.

    Raises `InputError` E503 for an outline without area and a cell that is not above zero.

    >>> x, y, area = cut(shapely.box(0.0, 0.0, 1000.0, 500.0), 400.0)
    >>> len(x), float(area.sum()), float(area @ x / area.sum())
    (6, 500000.0, 500.0)
    """
    if not cell_m > 0.0 or outline.area == 0.0:
        expected = Phrase("subsidence_observe.expected.basin")
        got = f"{outline.area:g} m2, {cell_m:g} m"
        raise InputError(Problem("E503", "basin", {"got": got, "expected": expected, "example": "500"}))
    low_x, low_y, high_x, high_y = outline.bounds
    x = cell_m * np.arange(np.floor(low_x / cell_m), np.ceil(high_x / cell_m))
    y = cell_m * np.arange(np.floor(low_y / cell_m), np.ceil(high_y / cell_m))
    corner_x, corner_y = (part.ravel() for part in np.meshgrid(x, y))
    boxes = shapely.box(corner_x, corner_y, corner_x + cell_m, corner_y + cell_m)
    shapely.prepare(outline)
    boxes = boxes[shapely.intersects(outline, boxes)]
    pieces = shapely.intersection(boxes, outline)
    area = shapely.area(pieces)
    centre = shapely.centroid(pieces[area > 0.0])
    return shapely.get_x(centre), shapely.get_y(centre), area[area > 0.0]


def load_rows(
    basin: Basin,
    subsidence: ArrayLike,
    volume_m3: ArrayLike,
    volume_years: ArrayLike,
    years: Sequence[float] | Array,
    basis: ArrayLike | None = None,
) -> Array:
    """Return the load (year, amplitude) in m per year per unit of amplitude, averaged over the years before each.

    Args:
        basin: whose cells `subsidence` (cell, source) per m3 is of.
        subsidence: influence at the cells, positive down.
        volume_m3: lost since the start (time, source) for amplitudes of one, at `volume_years` (time,).
        years: moments that are asked; nothing happened before the first year of the volumes.
        basis: (source, amplitude), as in `design.matrix`.
    """
    row = basin.load_row(subsidence)
    volume, moments = np.atleast_2d(np.asarray(volume_m3, dtype=float)), np.asarray(volume_years, dtype=float)
    period = basin.average_years
    lost = [
        design.at_year(volume, moments, float(t)) - design.at_year(volume, moments, float(t) - period) for t in years
    ]
    load = np.stack(lost) * row / period
    return load if basis is None else load @ np.asarray(basis, dtype=float)


def table(
    basin: Basin, years: Sequence[float] | Array, posterior: Mixture, rows: Sequence[ArrayLike] | ArrayLike
) -> pd.DataFrame:
    """Return the load of each year, the space and the chance that the load is above it.

    `rows` are of `load_rows`, for each branch of the posterior or one for all. Columns basin, year, load_mm_per_year,
    load_p10_mm_per_year, load_p90_mm_per_year, space_mm_per_year, probability_above. The chance takes the uncertainty
    of sea level rise with it where a standard deviation is given.
    """
    load = posterior.predict(rows)
    shown = NormalMixture(load.weights, 1e3 * load.means, 1e3 * load.sds)
    space = basin.space_mm_per_year(years)
    return pd.DataFrame(
        {
            "basin": basin.name,
            "year": list(years),
            "load_mm_per_year": shown.mean(),
            "load_p10_mm_per_year": shown.quantile(0.1),
            "load_p90_mm_per_year": shown.quantile(0.9),
            "space_mm_per_year": space,
            "probability_above": shown.widened(basin.sea_level_rise_sd_mm_per_year).exceeding(space),
        }
    )
