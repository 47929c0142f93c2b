"""The rate of earthquakes that a site sees, per magnitude and rupture distance.

    lambda(x; M, R_j) = sum over cells c of rate(c, M) w_j(M, offset of x from c, depth of c)      [1/year]

with w_j the quadrature weights of `rupture`. They depend on the offset only, so the cells are first summed onto the
(hypocentral distance, harmonic of azimuth) nodes of the site and the table of weights is applied once; ruptures of
several depths have a table each and the distances R_j in common. Point sources need no table: those nodes are their
distances, the same for every magnitude. Years and branches ride along: a forecast is a few maps of the cells times
coefficients, and only the maps are summed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import logic_tree
from mijnrisico.core.factor import basis
from mijnrisico.core.workers import Spread, one_blas_thread, serial, threads
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic import motion as models
from mijnrisico.seismic import offsets, rupture
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.motion import GroundMotion

Floats = NDArray[np.float64]

SITE_BLOCK = 16
"""Sites whose rates are in memory at once."""
SHALLOWEST_KM = 0.1
"""Cells nearer to the surface than this are taken at this depth, and counted."""
_MEAN_BLOCK = 32
_MEAN_TOLERANCE = 1e-7
MOST_DEPTHS = 32
"""Different depths of finite ruptures; more are brought to the nearest of so many, within 1/62 of their range."""
MEAN = "mean"
"""Name of the one branch of sources that are a mean over branches."""
_FACTOR_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Sources:
    """A forecast made ready: maps of the cells and what every magnitude, year and branch takes of them.

    rate (cell, magnitude, year, branch) = sum over q of maps (cell, q) coefficient (q, magnitude, year, branch); `mean`
    (magnitude, q, year) is the mean over branches. `weight` (branch,) sums to one. For each magnitude group of the
    motion tree the coefficients are also `reduced` (magnitude, q, r) times `expand` (year x branch, r): within a group
    years and branches differ in a few ways. `geometry` has the depth of the shallowest cell, and says whether the
    sources are points for this model of the motion, whose median bends at `kinks_km`. `raised` cells lay above
    `SHALLOWEST_KM`.
    """

    x: Floats
    y: Floats
    depth_km: Floats
    magnitude: Floats
    year: NDArray[np.int64]
    branch: tuple[str, ...]
    weight: Floats
    maps: Floats
    coefficient: Floats
    mean: Floats
    reduced: tuple[Floats, ...]
    expand: tuple[Floats, ...]
    groups: tuple[slice, ...]
    geometry: rupture.Geometry
    kinks_km: tuple[float, ...]
    raised: int
    motion: str

    def table(self) -> rupture.Projection:
        """Quadrature weights of the shallowest cells, kept per process; other depths have its distances too."""
        return rupture.projection(self.magnitude, geometry=self.geometry, kinks_km=self.kinks_km)


@one_blas_thread()
def sources(
    forecast: xr.Dataset,
    *,
    motion: str | GroundMotion = "V7",
    geometry: rupture.Geometry = rupture.GRONINGEN,
) -> Sources:
    """Make a forecast ready for many sites; pass the result instead of the forecast to save the time again.

    `forecast` has `maps` (cell, map), `coefficient` (map, magnitude, year, branch), `weight` (branch), coordinates
    cell_x and cell_y in m and, where the depth is not that of `geometry`, `cell_depth` (cell,) in km. `motion` decides
    which magnitudes have the same medians, where the distance has kinks and whether it is that to the hypocentre.
    """
    coefficient = forecast["coefficient"].transpose("map", "magnitude", "year", "branch").to_numpy()
    magnitude = forecast["magnitude"].to_numpy().astype(float)
    x, y = (forecast[f"cell_{axis}"].to_numpy().astype(float) for axis in "xy")
    given = forecast["cell_depth"].to_numpy().astype(float) if "cell_depth" in forecast else geometry.depth_km
    depth = np.maximum(np.broadcast_to(given, x.shape), SHALLOWEST_KM)
    model = models.model_of(motion)
    finite = geometry.finite and model.distance == "rupture"
    if finite:
        depth = _few_depths(depth)
    weight = logic_tree.check_weights("source branches", forecast["weight"].to_numpy())
    groups = tree(magnitude, model).groups
    pairs = _reduced(coefficient, groups)
    return Sources(
        x=x,
        y=y,
        depth_km=depth,
        magnitude=magnitude,
        year=forecast["year"].to_numpy(),
        branch=tuple(str(b) for b in forecast["branch"].to_numpy()),
        weight=weight,
        maps=np.ascontiguousarray(forecast["maps"].transpose("cell", "map").to_numpy()),
        coefficient=coefficient,
        mean=np.ascontiguousarray(np.moveaxis(coefficient, 1, 0) @ weight),
        reduced=tuple(reduced for reduced, _ in pairs),
        expand=tuple(expand for _, expand in pairs),
        groups=groups,
        geometry=replace(geometry, depth_km=float(depth.min()), finite=finite),
        kinks_km=model.kinks_km,
        raised=int((np.broadcast_to(given, x.shape) < SHALLOWEST_KM).sum()),
        motion=model.head.name,
    )


def for_model(forecast: xr.Dataset | Sources, model: GroundMotion) -> Sources:
    """The forecast made ready for a model; raises InputError E503 where it was made ready for another."""
    if not isinstance(forecast, Sources):
        return sources(forecast, motion=model)
    if forecast.motion != model.head.name:
        params = {"got": forecast.motion, "expected": model.head.name, "example": model.head.name}
        raise InputError(Problem("E503", where="forecast", params=params))
    return forecast


@one_blas_thread()
def averaged(ready: Sources, years: Sequence[int] | None = None) -> Sources:
    """The mean over branches as sources of one branch, on as few maps as it needs, of these calendar years (None: all).

    The mean of a year is much the same map at every magnitude: a dozen maps hold each magnitude and year to 1e-7 of
    its own length. What `averaged` made is given back as it is.
    """
    if years is None and ready.branch == (MEAN,):
        return ready
    chosen = np.arange(ready.year.size) if years is None else np.flatnonzero(np.isin(ready.year, list(years)))
    mean = np.moveaxis(ready.mean[:, :, chosen], 0, 1)
    fields = ready.maps @ mean.reshape(mean.shape[0], -1)
    few = basis(fields, _MEAN_TOLERANCE)
    coefficient = (few.T @ fields).reshape(-1, *mean.shape[1:], 1)
    pairs = _reduced(coefficient, ready.groups)
    return replace(
        ready,
        year=ready.year[chosen],
        branch=(MEAN,),
        weight=np.ones(1),
        maps=np.ascontiguousarray(few),
        coefficient=coefficient,
        mean=np.ascontiguousarray(np.moveaxis(coefficient[..., 0], 1, 0)),
        reduced=tuple(reduced for reduced, _ in pairs),
        expand=tuple(expand for _, expand in pairs),
    )


def _few_depths(depth: Floats) -> Floats:
    """Depths as they are, or the nearest of 32 between the smallest and the largest: each costs ruptures a table."""
    if np.unique(depth).size <= MOST_DEPTHS:
        return depth
    few = np.linspace(depth.min(), depth.max(), MOST_DEPTHS)
    return few[np.abs(depth[:, None] - few).argmin(axis=1)]


def _reduced(coefficient: Floats, groups: Sequence[slice]) -> list[tuple[Floats, Floats]]:
    by_magnitude = np.moveaxis(coefficient, 1, 0)
    flat = by_magnitude.reshape(*by_magnitude.shape[:2], -1)
    return [_reduce(flat[group]) for group in groups]


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


@dataclass(frozen=True, slots=True)
class _Layer:
    """Cells that share a table: of one depth, or all of them when they are points."""

    x: Floats
    y: Floats
    depth_km: Floats
    maps: Floats
    table: rupture.Projection

    def scatter(self, site_x: Floats, site_y: Floats, spread: Spread) -> Floats:
        """Sums over the cells on the nodes of each site, and beyond them; (site, node x harmonic + 1, q)."""
        table, columns = self.table, self.maps.shape[1]
        harmonics = table.weight.shape[3]
        out = np.empty((site_x.size, table.hypocentral_km.size * harmonics + 1, columns))
        cells = (self.x, self.y, self.depth_km, self.maps)
        nodes = (*table.geometry.strike(), np.log(table.hypocentral_km), table.steps, harmonics)
        spread(
            lambda first, last: offsets.scatter(first, last, site_x, site_y, *cells, *nodes, out),
            site_x.size * -(-columns // offsets.SCATTER_COLUMNS),
        )
        return out


def _layers(ready: Sources, table: rupture.Projection) -> Iterator[_Layer]:
    depths = np.unique(ready.depth_km)
    if depths.size == 1 or not table.geometry.finite:
        yield _Layer(ready.x, ready.y, ready.depth_km, ready.maps, table)
        return
    for depth in depths:
        here = np.flatnonzero(ready.depth_km == depth)
        own = rupture.projection(
            ready.magnitude,
            geometry=replace(table.geometry, depth_km=float(depth)),
            kinks_km=ready.kinks_km,
            shallowest_km=table.geometry.depth_km,
        )
        yield _Layer(ready.x[here], ready.y[here], ready.depth_km[here], ready.maps[here], own)


def map_rates(
    ready: Sources, table: rupture.Projection, site_x: Floats, site_y: Floats, spread: Spread = serial
) -> tuple[Floats, Floats]:
    """What a site sees of each map: quadrature weights (site, magnitude, distance, q), and beyond all (site, q).

    `table` is `ready.table()`. Points are the same at every magnitude: a view without a copy for each.
    """
    near, far = np.zeros(()), np.zeros(())
    for layer in _layers(ready, table):
        scattered = layer.scatter(site_x, site_y, spread)
        far = far + scattered[:, -1]
        if not table.geometry.finite:
            shape = (site_x.size, ready.magnitude.size, *scattered[0, :-1].shape)
            return np.broadcast_to(scattered[:, None, :-1], shape), far
        near = near + _contract(layer.table, scattered, spread)
    return near, far


def _contract(table: rupture.Projection, scattered: Floats, spread: Spread) -> Floats:
    magnitudes, distances = table.weight.shape[:2]
    sites, columns = scattered.shape[0], scattered.shape[2]
    kernel = table.weight.reshape(magnitudes * distances, -1)
    near = np.empty((sites, magnitudes * distances, columns))

    def contract(first: int, last: int) -> None:
        for task in range(first, last):
            site, half = divmod(task, 2)
            rows = slice(half * kernel.shape[0] // 2, (half + 1) * kernel.shape[0] // 2)
            np.matmul(kernel[rows], scattered[site, :-1], out=near[site, rows])

    spread(contract, 2 * sites)
    return near.reshape(sites, magnitudes, distances, columns)


def mean_site_rates(ready: Sources, site_x: Floats, site_y: Floats, spread: Spread = serial) -> tuple[Floats, Floats]:
    """Mean over branches of what sites see: (site, year, magnitude, distance), and beyond all (site, year); 1/year.

    For one year twenty times as fast as `map_rates` of 181 maps. What `averaged` made is taken as it is, anything else
    is averaged first.
    """
    few = averaged(ready)
    table = few.table()
    layers = list(_layers(few, table))
    magnitudes, _, years = few.mean.shape
    onto = np.ascontiguousarray(few.mean.transpose(2, 0, 1)).reshape(years * magnitudes, -1)
    near = np.zeros((site_x.size, years, magnitudes, table.distance_km.size))
    far = np.zeros((site_x.size, years))

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            block = slice(number * _MEAN_BLOCK, (number + 1) * _MEAN_BLOCK)
            for layer in layers:
                scattered = layer.scatter(site_x[block], site_y[block], serial)
                far[block] += scattered[:, -1] @ few.mean.sum(axis=0)
                by_map = np.ascontiguousarray(scattered[:, :-1].transpose(2, 1, 0))
                seen = (onto @ by_map.reshape(by_map.shape[0], -1)).reshape(years, magnitudes, *by_map.shape[1:])
                if table.geometry.finite:
                    seen = layer.table.weight.reshape(*layer.table.weight.shape[:2], -1) @ seen
                near[block] += seen.transpose(3, 0, 1, 2)

    spread(fill, -(-site_x.size // _MEAN_BLOCK))
    return near, far


def site_rates(forecast: xr.Dataset | Sources, sites: xr.Dataset, *, branch_mean: bool = False) -> xr.Dataset:
    """Annual rate of earthquakes that each site sees per magnitude bin and rupture-distance node.

    Returns `rate` (site, magnitude, distance, year, branch) in 1/year, coordinate `distance` in km, and `beyond`
    (site, year, branch), the rate of cells farther than the largest distance, which `rate` leaves out. `rate` are
    quadrature weights: sum over distance of rate x f(distance) is the sum of f(R) over events; single values can be
    negative. With `branch_mean` the source branches are averaged by weight and the dimension `branch` is gone. A
    forecast is taken with the ruptures of Groningen; `sources` makes others.

    One site with 12 years and 12 branches takes 1.4 MB: ask for blocks of sites.
    """
    ready = forecast if isinstance(forecast, Sources) else sources(forecast)
    table = ready.table()
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
        attrs={
            "largest_distance_km": ready.geometry.largest_km,
            "cells_raised": ready.raised,
        },
    )
    return result.isel(branch=0, drop=True) if branch_mean else result.assign_coords(branch=list(ready.branch))
