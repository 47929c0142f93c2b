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
_FACTOR_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Sources:
    """A forecast made ready: maps of the cells that all magnitudes and components share, and how they combine.

    rate (magnitude, cell, year, branch) = sum over q, k of maps (cell, q) mixing (q, magnitude, k) right; `right`
    (magnitude, k, year, branch). `weight` (branch,) sums to one. For each magnitude group of the motion tree `right`
    is also `reduced` (magnitude, k, r) times `expand` (year x branch, r): years and branches differ in a few ways.
    """

    x: Floats
    y: Floats
    magnitude: Floats
    year: NDArray[np.int64]
    branch: tuple[str, ...]
    weight: Floats
    maps: Floats
    mixing: Floats
    right: Floats
    reduced: tuple[Floats, ...]
    expand: tuple[Floats, ...]


def sources(forecast: xr.Dataset) -> Sources:
    """Make a forecast ready for many sites; pass the result instead of the forecast to save the time again.

    The maps `left` of neighbouring magnitudes are nearly the same: they are written in one orthonormal basis found by
    random projection (Halko et al. 2011, doi:10.1137/090771806; fixed generator), enlarged until nothing
    above 1e-9 of a magnitude's field is left out.
    """
    left = forecast["left"].transpose("cell", "magnitude", "component_index").to_numpy()
    right = forecast["right"].transpose("magnitude", "component_index", "year", "branch").to_numpy()
    weight = logic_tree.check_weights("source branches", forecast["weight"].to_numpy())
    scale = np.sqrt((left**2).sum(axis=(0, 2)))
    unit = left / np.where(scale > 0.0, scale, 1.0)[:, None]
    flat = unit.reshape(left.shape[0], -1)
    basis = _range_basis(flat)
    mixing = (basis.T @ flat).reshape(-1, *left.shape[1:]) * scale[:, None]
    magnitude = forecast["magnitude"].to_numpy().astype(float)
    length = np.sqrt((left**2).sum(axis=0))
    groups = tree(magnitude).groups
    pairs = [_reduce(right[group].reshape(*right[group].shape[:2], -1), length[group]) for group in groups]
    return Sources(
        x=forecast["cell_x"].to_numpy().astype(float),
        y=forecast["cell_y"].to_numpy().astype(float),
        magnitude=magnitude,
        year=forecast["year"].to_numpy(),
        branch=tuple(str(b) for b in forecast["branch"].to_numpy()),
        weight=weight,
        maps=np.ascontiguousarray(basis),
        mixing=mixing,
        right=np.ascontiguousarray(right),
        reduced=tuple(reduced for reduced, _ in pairs),
        expand=tuple(expand for _, expand in pairs),
    )


def _reduce(right: Floats, length: Floats) -> tuple[Floats, Floats]:
    """Factors (magnitude, k, r) and (column, r) of `right` (magnitude, k, column), to 1e-9 of every column's field.

    `length` (magnitude, k) is that of the maps, so that a component counts as much as it moves the rates.
    """
    fields = right * length[:, :, None]
    size = np.sqrt((fields**2).sum(axis=(1, 2), keepdims=True))
    fields = fields / np.where(size > 0.0, size, 1.0)
    column = np.sqrt((fields**2).sum(axis=(0, 1)))
    flat = (fields / np.where(column > 0.0, column, 1.0)).reshape(-1, right.shape[2])
    values, axes = np.linalg.svd(flat, full_matrices=False)[1:]
    axes = axes[values > _FACTOR_TOLERANCE * values[0]]
    scale = np.where(length > 0.0, size[:, :, 0] / np.where(length > 0.0, length, 1.0), 0.0)
    reduced = (flat @ axes.T).reshape(*right.shape[:2], -1) * scale[:, :, None]
    return reduced, np.ascontiguousarray((axes * column).T)


def _range_basis(columns: Floats) -> Floats:
    """Orthonormal basis (cell, q) that holds every column to 1e-9."""
    rows, count = columns.shape
    rank = 48
    generator = np.random.default_rng(20_240_101)
    while rank < min(rows, count):
        basis = np.linalg.qr(columns @ generator.standard_normal((count, rank)))[0]
        left_out = columns - basis @ (basis.T @ columns)
        if np.sqrt((left_out**2).sum(axis=0).max()) <= _FACTOR_TOLERANCE:
            return basis
        rank *= 2
    return np.linalg.qr(columns)[0] if count <= rows else np.eye(rows)


def component_rates(
    ready: Sources, table: rupture.Projection, site_x: Floats, site_y: Floats, spread: Spread = serial
) -> tuple[Floats, Floats]:
    """Quadrature rates (site, magnitude, distance, k) and what lies beyond (site, magnitude, k), before `right`."""
    magnitudes, distances, nodes, harmonics = table.weight.shape
    ln_nodes = np.log(table.hypocentral_km)
    columns = ready.maps.shape[1]
    scattered = np.empty((site_x.size, nodes * harmonics + 1, columns))
    kernel = table.weight.reshape(magnitudes * distances, -1)
    mixing = np.ascontiguousarray(np.moveaxis(ready.mixing, 0, 1))
    near = np.empty((site_x.size, magnitudes, distances, mixing.shape[2]))

    def scatter(first: int, last: int) -> None:
        rupture.scatter(
            first, last, site_x, site_y, ready.x, ready.y, ready.maps, ln_nodes, table.steps, harmonics, scattered
        )

    def contract(first: int, last: int) -> None:
        for site in range(first, last):
            seen = (kernel @ scattered[site, :-1]).reshape(magnitudes, distances, columns)
            np.matmul(seen, mixing, out=near[site])

    spread(scatter, site_x.size * -(-columns // rupture.SCATTER_COLUMNS))
    spread(contract, site_x.size)
    return near, np.einsum("sq,mqk->smk", scattered[:, -1], mixing)


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
    right = ready.right @ ready.weight[:, None] if branch_mean else ready.right
    site_x, site_y = sites["x"].to_numpy().astype(float), sites["y"].to_numpy().astype(float)
    years, branches = right.shape[2:]
    rate = np.empty((site_x.size, ready.magnitude.size, table.distance_km.size, years, branches))
    beyond = np.empty((site_x.size, years, branches))
    flat = right.reshape(*right.shape[:2], -1)
    with threads() as spread:
        for start in range(0, site_x.size, SITE_BLOCK):
            block = slice(start, start + SITE_BLOCK)
            near, far = component_rates(ready, table, site_x[block], site_y[block], spread)
            np.matmul(near, flat, out=rate[block].reshape(*near.shape[:3], -1))
            beyond[block] = np.einsum("smk,mkyb->syb", far, right)
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
