"""The rate of earthquakes that a site sees, per magnitude and rupture distance.

    lambda(x; M, R_j) = sum over cells c of rate(c, M) w_j(M, offset of x from c)                  [1/year]

with w_j the quadrature weights of `rupture`. They depend on the offset only, so the cells are first summed onto the
(hypocentral distance, harmonic of azimuth) nodes of the site and the table of weights is applied once. Years and
branches ride along: a forecast is a few maps of the cells times coefficients, and only the maps are summed.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import logic_tree
from mijnrisico.core.workers import Spread, serial, threads
from mijnrisico.seismic import rupture
from mijnrisico.seismic.motion_tree import tree

Floats = NDArray[np.float64]

SITE_BLOCK = 16
"""Sites whose rates are in memory at once."""
_FACTOR_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Sources:
    """A forecast made ready: maps of the cells and what every magnitude, year and branch takes of them.

    rate (cell, magnitude, year, branch) = sum over q of maps (cell, q) coefficient (q, magnitude, year, branch); `mean`
    (magnitude, q, year) is the mean over branches. `weight` (branch,) sums to one. For each magnitude group of the
    motion tree the coefficients are also `reduced` (magnitude, q, r) times `expand` (year x branch, r): within a group
    years and branches differ in a few ways.
    """

    x: Floats
    y: Floats
    magnitude: Floats
    year: NDArray[np.int64]
    branch: tuple[str, ...]
    weight: Floats
    maps: Floats
    coefficient: Floats
    mean: Floats
    reduced: tuple[Floats, ...]
    expand: tuple[Floats, ...]


def sources(forecast: xr.Dataset) -> Sources:
    """Make a forecast ready for many sites; pass the result instead of the forecast to save the time again."""
    coefficient = forecast["coefficient"].transpose("map", "magnitude", "year", "branch").to_numpy()
    weight = logic_tree.check_weights("source branches", forecast["weight"].to_numpy())
    magnitude = forecast["magnitude"].to_numpy().astype(float)
    by_magnitude = np.moveaxis(coefficient, 1, 0)
    flat = by_magnitude.reshape(*by_magnitude.shape[:2], -1)
    pairs = [_reduce(flat[group]) for group in tree(magnitude).groups]
    return Sources(
        x=forecast["cell_x"].to_numpy().astype(float),
        y=forecast["cell_y"].to_numpy().astype(float),
        magnitude=magnitude,
        year=forecast["year"].to_numpy(),
        branch=tuple(str(b) for b in forecast["branch"].to_numpy()),
        weight=weight,
        maps=np.ascontiguousarray(forecast["maps"].transpose("cell", "map").to_numpy()),
        coefficient=coefficient,
        mean=np.ascontiguousarray(by_magnitude @ weight),
        reduced=tuple(reduced for reduced, _ in pairs),
        expand=tuple(expand for _, expand in pairs),
    )


def _reduce(coefficient: Floats) -> tuple[Floats, Floats]:
    """Factors (magnitude, q, r) and (column, r) of `coefficient` (magnitude, q, column), to 1e-5.

    Magnitudes and columns are brought to the same length first, so that the rare and large ones count as the others.
    """
    size = np.sqrt((coefficient**2).sum(axis=(1, 2), keepdims=True))
    fields = coefficient / np.where(size > 0.0, size, 1.0)
    column = np.sqrt((fields**2).sum(axis=(0, 1)))
    flat = (fields / np.where(column > 0.0, column, 1.0)).reshape(-1, coefficient.shape[2])
    values, axes = np.linalg.svd(flat, full_matrices=False)[1:]
    axes = axes[values > _FACTOR_TOLERANCE * values[0]]
    reduced = (flat @ axes.T).reshape(*coefficient.shape[:2], -1) * size
    return np.ascontiguousarray(reduced), np.ascontiguousarray((axes * column).T)


def map_rates(
    ready: Sources, table: rupture.Projection, site_x: Floats, site_y: Floats, spread: Spread = serial
) -> tuple[Floats, Floats]:
    """What a site sees of each map: quadrature weights (site, magnitude, distance, q), and beyond 70 km (site, q)."""
    magnitudes, distances, nodes, harmonics = table.weight.shape
    ln_nodes = np.log(table.hypocentral_km)
    columns = ready.maps.shape[1]
    scattered = np.empty((site_x.size, nodes * harmonics + 1, columns))
    kernel = table.weight.reshape(magnitudes * distances, -1)
    near = np.empty((site_x.size, magnitudes * distances, columns))

    def scatter(first: int, last: int) -> None:
        rupture.scatter(
            first, last, site_x, site_y, ready.x, ready.y, ready.maps, ln_nodes, table.steps, harmonics, scattered
        )

    def contract(first: int, last: int) -> None:
        for task in range(first, last):
            site, half = divmod(task, 2)
            rows = slice(half * kernel.shape[0] // 2, (half + 1) * kernel.shape[0] // 2)
            np.matmul(kernel[rows], scattered[site, :-1], out=near[site, rows])

    spread(scatter, site_x.size * -(-columns // rupture.SCATTER_COLUMNS))
    spread(contract, 2 * site_x.size)
    return near.reshape(site_x.size, magnitudes, distances, columns), scattered[:, -1]


def site_rates(forecast: xr.Dataset | Sources, sites: xr.Dataset, *, branch_mean: bool = False) -> xr.Dataset:
    """Annual rate of earthquakes that each site sees per magnitude bin and rupture-distance node.

    Returns `rate` (site, magnitude, distance, year, branch) in 1/year, coordinate `distance` in km, and `beyond`
    (site, year, branch), the rate of cells farther than 70 km, which `rate` leaves out. `rate` are quadrature
    weights: sum over distance of rate x f(distance) is the sum of f(R) over events; single values can be
    negative. With `branch_mean` the source branches are averaged by weight and the dimension `branch` is gone.

    One site with 12 years and 12 branches takes 1.4 MB: ask for blocks of sites.
    """
    ready = forecast if isinstance(forecast, Sources) else sources(forecast)
    table = rupture.projection(ready.magnitude)
    by_magnitude = ready.mean[..., None] if branch_mean else np.moveaxis(ready.coefficient, 1, 0)
    site_x, site_y = sites["x"].to_numpy().astype(float), sites["y"].to_numpy().astype(float)
    years, branches = by_magnitude.shape[2:]
    rate = np.empty((site_x.size, ready.magnitude.size, table.distance_km.size, years, branches))
    beyond = np.empty((site_x.size, years, branches))
    flat = np.ascontiguousarray(by_magnitude.reshape(*by_magnitude.shape[:2], -1))
    with threads() as spread:
        for start in range(0, site_x.size, SITE_BLOCK):
            block = slice(start, start + SITE_BLOCK)
            near, far = map_rates(ready, table, site_x[block], site_y[block], spread)
            np.matmul(near, flat, out=rate[block].reshape(*near.shape[:3], -1))
            beyond[block] = np.einsum("sq,mqyb->syb", far, by_magnitude)
    dims = ("site", "magnitude", "distance", "year", "branch")
    result = xr.Dataset(
        {
            "rate": (dims, rate, {"units": "1/year"}),
            "beyond": (("site", "year", "branch"), beyond, {"units": "1/year"}),
        },
        coords={
            "magnitude": ready.magnitude,
            "distance": ("distance", table.distance_km, {"units": "km"}),
            "year": ready.year,
        },
        attrs={"largest_distance_km": rupture.LARGEST_DISTANCE_KM},
    )
    return result.isel(branch=0, drop=True) if branch_mean else result.assign_coords(branch=list(ready.branch))
