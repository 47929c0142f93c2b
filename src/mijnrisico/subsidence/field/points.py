"""Motion at points, and on a grid above point sources: sums over sources, no grid of sources needed.

    influence(x, y, source_x, source_y, depth_m, settings, "subsidence")     the Green matrix (point, source)
    at_points(x, y, source_x, source_y, depth_m, volume_m3, settings)        Dataset (..., point)
    from_points(x, y, source_x, source_y, depth_m, volume_m3, settings)      Dataset (..., y, x) on axes x and y

Sources are points, or cells over which their volume is spread evenly where `cell_m` gives their side, or width and
height.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.subsidence.field import depths, surface
from mijnrisico.subsidence.field.surface import QUANTITIES
from mijnrisico.subsidence.kernel import Kernel, Settings, build

EXACT_DEPTHS: Final = 128
"""Up to so many different depths every source has its own kernel; above it planes are interpolated."""
BLOCK: Final = 4_000_000
"""Points times sources at a time."""


def influence(
    x: np.ndarray,
    y: np.ndarray,
    source_x: np.ndarray,
    source_y: np.ndarray,
    depth_m: float | np.ndarray,
    settings: Settings,
    quantity: str = "subsidence",
    *,
    cell_m: float | tuple[float, float] = 0.0,
    isotropic: bool = False,
) -> np.ndarray:
    """The Green matrix (point, source) of one quantity; see `influences`."""
    found = influences(x, y, source_x, source_y, depth_m, settings, (quantity,), cell_m=cell_m, isotropic=isotropic)
    return found[quantity]


def influences(
    x: np.ndarray,
    y: np.ndarray,
    source_x: np.ndarray,
    source_y: np.ndarray,
    depth_m: float | np.ndarray,
    settings: Settings,
    quantities: Sequence[str],
    *,
    cell_m: float | tuple[float, float] = 0.0,
    isotropic: bool = False,
) -> dict[str, np.ndarray]:
    """The Green matrices (point, source): quantities at x, y (point,) per m3 lost at each source (source,).

    The volume of a source is spread over a cell of `cell_m`: exactly, or for square cells, with `isotropic`, as a
    function of distance alone, several times faster; see `surface.spread` for its error.

    `depth_m` is one number or (source,). With more than `EXACT_DEPTHS` different depths kernels are interpolated in
    depth, to 1e-8 of the largest. Raises InputError E503 for settings that cannot be used at these depths.
    """
    x, y = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (x, y))
    source_x, source_y = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (source_x, source_y))
    depth = np.broadcast_to(np.asarray(depth_m, dtype=float), source_x.shape)
    sides = cell_m if isinstance(cell_m, tuple) else (cell_m, cell_m)
    reach = float(np.hypot(np.ptp(np.append(x, source_x)), np.ptp(np.append(y, source_y))))
    made = {name: np.zeros((x.size, source_x.size)) for name in quantities}
    for kernel, chosen, weights in _by_depth(depth, settings):
        east, north = x[:, None] - source_x[chosen], y[:, None] - source_y[chosen]
        if isotropic and sides[0] > 0.0:
            spread = surface.spread(kernel, sides[0], max(reach, kernel.depth_m))
            found = surface.several(spread, east, north, quantities)
        else:
            found = {name: surface.cell_average(kernel, east, north, name, sides) for name in quantities}
        for name, part in found.items():
            made[name][:, chosen] += part if weights is None else part * weights
    return made


def at_points(
    x: np.ndarray,
    y: np.ndarray,
    source_x: np.ndarray,
    source_y: np.ndarray,
    depth_m: float | np.ndarray,
    volume_m3: np.ndarray | xr.DataArray,
    settings: Settings,
    quantities: Sequence[str] = ("subsidence",),
    *,
    cell_m: float | tuple[float, float] = 0.0,
) -> xr.Dataset:
    """Quantities at points (..., point) for volumes lost (..., source) [m3]; see `influence`.

    An array of volumes has dimensions (time, source) or (source,); the dimensions of a DataArray are kept.
    """
    volume, dims, coords = _volumes(volume_m3)
    x, y = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (x, y))
    step = max(1, BLOCK // max(1, volume.shape[-1]))
    made = {}
    for quantity in quantities:
        found = np.empty((*volume.shape[:-1], x.size))
        for begin in range(0, x.size, step):
            part = slice(begin, begin + step)
            green = influence(x[part], y[part], source_x, source_y, depth_m, settings, quantity, cell_m=cell_m)
            found[..., part] = volume @ green.T
        made[quantity] = ((*dims, "point"), found, attributes(quantity))
    return xr.Dataset(made, {**coords, "x": ("point", x), "y": ("point", y)}, {"model": settings.model})


def from_points(
    x: np.ndarray,
    y: np.ndarray,
    source_x: np.ndarray,
    source_y: np.ndarray,
    depth_m: float | np.ndarray,
    volume_m3: np.ndarray | xr.DataArray,
    settings: Settings,
    quantities: Sequence[str] = ("subsidence",),
) -> xr.Dataset:
    """Quantities on a grid of axes x (x,) and y (y,) above point sources, (..., y, x).

    Sources are where they are, not moved to a node. Those at one place that lose volume in one proportion, such as
    slices of a cavern, share one table. Volumes as in `at_points`.
    """
    volume, dims, coords = _volumes(volume_m3)
    flat = volume.reshape(-1, volume.shape[-1])
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    source_x, source_y = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (source_x, source_y))
    depth = np.broadcast_to(np.asarray(depth_m, dtype=float), source_x.shape)
    groups, history = _together(source_x, source_y, flat)
    made = {}
    for quantity in quantities:
        bowls = np.empty((len(groups), y.size * x.size))
        for row, (members, shares) in enumerate(groups):
            east, north = x - source_x[members[0]], y - source_y[members[0]]
            kernel = _shared([float(each) for each in depth[members]], shares, east, north, settings)
            bowls[row] = surface.values(kernel, east, north[:, None], quantity).ravel()
        found = (history @ bowls).reshape(*volume.shape[:-1], y.size, x.size)
        made[quantity] = ((*dims, "y", "x"), found, attributes(quantity))
    return xr.Dataset(made, {**coords, "x": x, "y": y}, {"model": settings.model})


def attributes(quantity: str) -> dict[str, str]:
    """Unit and name of a quantity for the attributes of an array."""
    return {"units": QUANTITIES[quantity].units, "long_name": QUANTITIES[quantity].long_name}


def _by_depth(depth: np.ndarray, settings: Settings) -> Iterator[tuple[Kernel, np.ndarray | slice, np.ndarray | None]]:
    """Kernels with the sources that they are for, and the weights of those where planes are interpolated."""
    found = depths.planes(depth, settings, EXACT_DEPTHS)
    if found.error == 0.0:
        for each in found.depths_m:
            chosen = slice(None) if len(found.depths_m) == 1 else np.flatnonzero(depth == each)
            yield build(settings, float(each)), chosen, None
    else:
        for kernel, weights in zip(depths.kernels(found, settings), found.weights(depth), strict=True):
            yield kernel, slice(None), weights


def _together(
    source_x: np.ndarray, source_y: np.ndarray, volume: np.ndarray
) -> tuple[list[tuple[list[int], np.ndarray]], np.ndarray]:
    """Sources at one place with histories in one proportion: their numbers and shares, and histories (time, group)."""
    at = np.argmax(np.abs(volume), axis=0)
    largest = volume[at, np.arange(volume.shape[1])]
    shapes = volume / np.where(largest == 0.0, 1.0, largest)
    found: dict[tuple[float, float, bytes], list[int]] = {}
    for number in range(volume.shape[1]):
        key = (float(source_x[number]), float(source_y[number]), np.round(shapes[:, number], 12).tobytes())
        found.setdefault(key, []).append(number)
    groups = [(members, largest[members]) for members in found.values()]
    return groups, shapes[:, [members[0] for members, _ in groups]]


def _shared(depth: list[float], shares: np.ndarray, east: np.ndarray, north: np.ndarray, settings: Settings) -> Kernel:
    farthest = float(np.hypot(np.abs(east).max(), np.abs(north).max()))
    return surface.merged([build(settings, each) for each in depth], shares, farthest)


def _volumes(volume_m3: np.ndarray | xr.DataArray) -> tuple[np.ndarray, tuple[str, ...], dict[str, object]]:
    """Values (..., source), names of the leading dimensions and their coordinates."""
    if isinstance(volume_m3, xr.DataArray):
        dims = tuple(str(each) for each in volume_m3.dims[:-1])
        return volume_m3.to_numpy().astype(float), dims, {d: volume_m3.coords[d] for d in dims if d in volume_m3.coords}
    values = np.asarray(volume_m3, dtype=float)
    return values, ("time",) * (values.ndim - 1), {}
