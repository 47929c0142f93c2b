"""A field in factors: a few bowls, each with its own history, and any map, series or cube made when it is asked for.

Subsidence is linear in the volumes lost. Where these are a sum of maps times histories, v(t, y, x) = sum_i h_i(t)
m_i(y, x), so is the subsidence, with the bowl of every map convolved once. One pressure for a whole field is one map;
of a cube the few directions that matter are found here, and what leaving out the others costs is bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.subsidence.field import grid, points
from mijnrisico.subsidence.kernel import Settings

TOLERANCE: Final = 1e-7
ROUNDING: Final = 3e-8
"""Of the size of a map, below which products of maps cannot tell whether it is complete."""

BLOCK: Final = 16_384
"""Cells at a time."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Volumes lost in factors: `maps_m3` (rank, y, x), `history` (time, rank), and `missed_m3` (time,).

    `missed_m3` is the root of the sum of the squares over the cells of what the factors leave out.
    """

    maps_m3: xr.DataArray
    history: xr.DataArray
    missed_m3: np.ndarray


@dataclass(frozen=True, slots=True)
class Factored:
    """Bowls (rank, y, x) of every quantity, `history` (time, rank), and the volumes and settings that they are of.

    `attrs["error"]` of a bowl is the most that any value of any time can be away because of what the factors leave out,
    in its unit: the missed volume times the root of the sum of squares of the kernel (Cauchy and Schwarz).
    """

    bowls: xr.Dataset
    history: xr.DataArray
    volumes: Factors
    settings: Settings
    depth_m: float | np.ndarray | xr.DataArray

    def at(self, time: int, quantity: str = "subsidence") -> xr.DataArray:
        """The map (y, x) of one time, by its number in `history`."""
        return self._wrapped(np.tensordot(self.history.to_numpy()[time], self.bowls[quantity].to_numpy(), 1), quantity)

    def cube(self, quantity: str = "subsidence") -> xr.DataArray:
        """All maps (time, y, x)."""
        bowls = self.bowls[quantity].to_numpy()
        flat = self.history.to_numpy() @ bowls.reshape(len(bowls), -1)
        return self._wrapped(flat.reshape(-1, *bowls.shape[1:]), quantity)

    def at_points(self, x: np.ndarray, y: np.ndarray, quantities: Sequence[str] = ("subsidence",)) -> xr.Dataset:
        """Quantities (time, point) at any x, y [m], from the cells themselves and not between nodes of the map."""
        maps = self.volumes.maps_m3
        east, north = np.meshgrid(maps["x"], maps["y"])
        some = np.any(maps.to_numpy() != 0.0, axis=0)
        depth = np.broadcast_to(np.asarray(self.depth_m, dtype=float), some.shape)
        volume = xr.DataArray(maps.to_numpy()[:, some], dims=("rank", "source"))
        raster = grid.raster_of(maps)
        found = points.at_points(
            x,
            y,
            east[some],
            north[some],
            depth[some],
            volume,
            self.settings,
            quantities,
            cell_m=(raster.cell_m[1], raster.cell_m[0]),
        )
        return found.assign({q: (self.history @ found[q]).assign_attrs(found[q].attrs) for q in quantities})

    def _wrapped(self, values: np.ndarray, quantity: str) -> xr.DataArray:
        maps = self.volumes.maps_m3
        dims = ("y", "x") if values.ndim == 2 else (str(self.history.dims[0]), "y", "x")
        coords = {name: maps.coords[name] for name in ("y", "x")}
        if values.ndim == 3 and dims[0] in self.history.coords:
            coords[dims[0]] = self.history.coords[dims[0]]
        return xr.DataArray(values, coords, dims, quantity, self.bowls[quantity].attrs)


def factors(volume_m3: xr.DataArray, tolerance: float = TOLERANCE) -> Factors:
    """The fewest maps that give volumes lost (time, y, x) but for `tolerance` of the largest map, root mean square.

    From the eigenvectors of the products of the maps among each other, which can tell maps apart to 3e-8 of their
    size: a smaller tolerance is taken as that.
    """
    volume_m3 = volume_m3.transpose(..., "y", "x")
    time = str(volume_m3.dims[0])
    flat = volume_m3.to_numpy().reshape(volume_m3.sizes[time], -1)
    products = np.zeros((len(flat), len(flat)))
    for begin in range(0, flat.shape[1], BLOCK):  # a block fits in the cache
        part = flat[:, begin : begin + BLOCK]
        products += part @ part.T
    sizes = np.sqrt(np.diag(products))
    allowed = max(tolerance, ROUNDING) * float(sizes.max(initial=0.0))
    eigenvalues, vectors = np.linalg.eigh(products)
    vectors = vectors[:, ::-1]
    kept = np.cumsum(np.square(vectors) * np.maximum(eigenvalues[::-1], 0.0), axis=1)
    missed = np.sqrt(np.maximum(np.diag(products)[:, None] - kept, 0.0))
    rank = 1 + int(np.argmax(missed.max(axis=0) <= allowed)) if flat.size else 1
    history = vectors[:, :rank]
    maps = (history.T @ flat).reshape(rank, *volume_m3.shape[1:])
    coords = {name: volume_m3.coords[name] for name in ("y", "x")}
    own = {time: volume_m3.coords[time]} if time in volume_m3.coords else {}
    return Factors(
        xr.DataArray(maps, coords, ("rank", "y", "x")),
        xr.DataArray(history, own, (time, "rank")),
        np.maximum(missed[:, rank - 1], ROUNDING * sizes),
    )


def given(maps_m3: xr.DataArray, history: xr.DataArray) -> Factors:
    """Volumes that are known in factors: maps (rank, y, x) [m3] times histories (time, rank) [1]."""
    return Factors(maps_m3, history, np.zeros(history.shape[0]))


def factored(
    volumes: Factors,
    settings: Settings,
    depth_m: float | np.ndarray | xr.DataArray,
    quantities: Sequence[str] = ("subsidence",),
) -> Factored:
    """The field of volumes in factors, see `Factored`; `depth_m` and errors as in `grid.on_grid`.

    >>> import numpy as np, xarray as xr
    >>> axis, years = 500.0 * np.arange(60), np.arange(5.0)
    >>> lost = xr.DataArray(np.zeros((1, 60, 60)), coords={"y": axis, "x": axis}, dims=("rank", "y", "x"))
    >>> lost[0, 20:40, 20:40] = 1e5
    >>> time = xr.DataArray(years[:, None] / 4.0, coords={"time": years}, dims=("time", "rank"))
    >>> field = factored(given(lost, time), Settings(basement_m=5000.0), 3000.0)
    >>> field.at(2).shape, field.cube().shape, round(float(field.at(4).max() / field.at(2).max()), 9)
    ((60, 60), (5, 60, 60), 2.0)
    """
    bowls = grid.on_grid(volumes.maps_m3, settings, depth_m, quantities)
    raster, missed = grid.raster_of(volumes.maps_m3), float(np.max(volumes.missed_m3, initial=0.0))
    planes, weights = grid.planes(volumes.maps_m3.transpose(..., "y", "x"), settings, depth_m)
    largest = [1.0 if each is None else float(np.abs(each).max()) for each in weights]
    for quantity in quantities:
        norms = [grid.spectrum(settings, float(each), raster, quantity).norm for each in planes.depths_m]
        bowls[quantity].attrs["error"] = missed * float(np.dot(largest, norms))
    return Factored(bowls, volumes.history, volumes, settings, depth_m)
