"""Motion on a grid of cells that lose volume: a convolution by Fourier transform, with nothing cut off.

The kernel, averaged over a cell, is tabulated at every offset that two cells of the grid can have, and the grid is
padded with zeros to twice its size: the result is the direct sum over all cells, to rounding. Real transforms in
double precision; of the kernel only a quadrant is needed, as it is even or odd in x and in y, and its spectrum is
kept. A `radius_m` cuts the kernel off as other programs do, and says what share of the bowl that loses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr
from scipy import fft

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsidence.field import depths, surface
from mijnrisico.subsidence.field.points import attributes
from mijnrisico.subsidence.field.surface import QUANTITIES
from mijnrisico.subsidence.kernel import Settings, build, volume_within

EXACT_PLANES = 3
"""Up to so many different depths every one has its own transform; above it Chebyshev planes are interpolated."""


COLUMNS = 32
"""Columns transformed along y at a time."""


@dataclass(frozen=True, slots=True)
class Raster:
    """Cells of a grid: numbers (y, x) and sizes [m] (y, x)."""

    shape: tuple[int, int]
    cell_m: tuple[float, float]

    @property
    def padded(self) -> tuple[int, int]:
        """Even lengths of the transforms, at least twice those of the grid."""
        return (2 * _fast(self.shape[0]), 2 * _fast(self.shape[1]))


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Transform of a kernel that is even or odd along each axis: a quadrant, and the signs that make it whole.

    `values` (kx, ky) are real; the transform is `values` times 1 or -i for each odd axis. `norm` is the square root
    of the sum of the squares of the kernel over all offsets.
    """

    values: np.ndarray
    odd_in_x: bool
    odd_in_y: bool
    norm: float


def on_grid(
    volume_m3: xr.DataArray,
    settings: Settings,
    depth_m: float | np.ndarray | xr.DataArray,
    quantities: Sequence[str] = ("subsidence",),
    *,
    radius_m: float | None = None,
) -> xr.Dataset:
    """Quantities (..., y, x) on the grid of `volume_m3` (..., y, x), the volume that each cell lost [m3].

    Cells are equal and their volume is spread over them. `depth_m` is one number or (y, x); different depths are
    interpolated among planes, `attrs["depth_error"]` of the largest subsidence of one cell. `attrs["truncated"]` is
    the share of the bowl that a `radius_m` cuts off, 0 without. A grid as wide as the answer should be: add margins of
    cells without volume. Raises InputError E503 for settings, axes, depths or volumes that cannot be used.

    >>> import numpy as np, xarray as xr
    >>> axis = 500.0 * np.arange(81)
    >>> lost = xr.DataArray(np.zeros((81, 81)), coords={"y": axis, "x": axis}, dims=("y", "x"))
    >>> lost[40, 40] = 1e6
    >>> bowl = on_grid(lost, Settings(basement_m=5000.0), 3000.0)["subsidence"]
    >>> print(f"{float(bowl[40, 40]):.4f} m; {float(bowl.sum()) * 500.0**2 / 1e6:.3f} of the volume within 20 km")
    0.0297 m; 0.996 of the volume within 20 km
    """
    volume_m3 = volume_m3.transpose(..., "y", "x")
    raster = raster_of(volume_m3)
    volume = volume_m3.to_numpy()
    if not np.all(np.isfinite(volume)):
        raise _wrong("volume_m3", "NaN", "finite")
    found, weights = planes(volume_m3, settings, depth_m)
    spectra = [
        [spectrum(settings, float(depth), raster, quantity, radius_m) for quantity in quantities]
        for depth in found.depths_m
    ]
    flat = volume.reshape(-1, *raster.shape)
    made = [np.empty(flat.shape) for _ in quantities]
    for number, each in enumerate(flat):
        for quantity, answer in enumerate(_convolved(each, weights, spectra, raster)):
            made[quantity][number] = answer
    dims = volume_m3.dims
    lost = 0.0 if radius_m is None else 1.0 - volume_within(build(settings, float(found.depths_m[-1])), radius_m)
    return xr.Dataset(
        {q: (dims, a.reshape(volume.shape), attributes(q)) for q, a in zip(quantities, made, strict=True)},
        {name: volume_m3.coords[name] for name in dims if name in volume_m3.coords},
        {"model": settings.model, "truncated": lost, "depth_error": found.error},
    )


def planes(
    volume_m3: xr.DataArray, settings: Settings, depth_m: float | np.ndarray | xr.DataArray
) -> tuple[depths.Planes, list[np.ndarray | None]]:
    """Planes for the cells that lose volume, and the weight of each plane in every cell (None: it is the only one).

    The depth of a cell that loses nothing does not count, and may be NaN. Raises InputError E503 where another is NaN.
    """
    volume = volume_m3.to_numpy()
    losing = np.any(volume != 0.0, axis=tuple(range(volume.ndim - 2)))
    depth = np.broadcast_to(np.asarray(depth_m, dtype=float), losing.shape)
    own = depth[losing if losing.any() else np.isfinite(depth)]
    if not (own.size and np.all(np.isfinite(own))):
        raise _wrong("depth_m", "NaN", "depth")
    found = depths.planes(own, settings, EXACT_PLANES)
    if len(found.depths_m) == 1:
        return found, [None]
    depth = np.where(losing, depth, own[0])
    if found.error == 0.0:
        return found, [np.where(depth == each, 1.0, 0.0) for each in found.depths_m]
    return found, list(found.weights(depth))


def raster_of(volume_m3: xr.DataArray) -> Raster:
    """The cells of an array (..., y, x); raises InputError E503 where its axes do not ascend in equal steps."""
    sizes = []
    for name in ("y", "x"):
        axis = np.asarray(volume_m3.coords[name], dtype=float)
        steps = np.diff(axis) if axis.size > 1 else np.zeros(1)
        if not (steps[0] > 0.0 and np.allclose(steps, steps[0], rtol=1e-6, atol=0.0)):
            raise _wrong(name, " ".join(f"{one:g}" for one in axis[:4]), "axis")
        sizes.append(float((axis[-1] - axis[0]) / (axis.size - 1)))
    return Raster((volume_m3.sizes["y"], volume_m3.sizes["x"]), (sizes[0], sizes[1]))


@lru_cache(maxsize=24)
def spectrum(
    settings: Settings, depth_m: float, raster: Raster, quantity: str, radius_m: float | None = None
) -> Spectrum:
    """The transform of a quantity per m3 lost in one cell, for all offsets of a raster; kept for the next call."""
    kernel = build(settings, depth_m)
    (ny, nx), (hy, hx), (py, px) = raster.shape, raster.cell_m, raster.padded
    dy, dx = hy * np.arange(ny)[:, None], hx * np.arange(nx)
    quadrant = np.zeros((py // 2 + 1, px // 2 + 1))
    table = quadrant[:ny, :nx]
    table[:] = surface.cell_average(kernel, dx, dy, quantity, (hx, hy))
    if radius_m is not None:
        table[np.square(dx) + np.square(dy) > radius_m**2] = 0.0
    head = QUANTITIES[quantity]
    counted = np.outer(np.where(np.arange(ny) > 0, 2.0, 1.0), np.where(np.arange(nx) > 0, 2.0, 1.0))
    norm = float(np.sqrt(np.sum(counted * table**2)))
    for axis, odd in ((0, head.odd_in_y), (1, head.odd_in_x)):
        quadrant = _one_axis(quadrant, axis, odd)
    return Spectrum(np.ascontiguousarray(quadrant.T), head.odd_in_x, head.odd_in_y, norm)


def _convolved(
    volume: np.ndarray, weights: Sequence[np.ndarray | None], spectra: list[list[Spectrum]], raster: Raster
) -> list[np.ndarray]:
    """The sum over planes of the convolutions of weighted volumes (y, x), one for each quantity.

    Transformed along x, then along y and back for some columns at a time: they stay in the cache, and no array of the
    padded size is made.
    """
    (ny, nx), (py, px) = raster.shape, raster.padded
    rows = [np.asarray(fft.rfft(volume if each is None else volume * each, px, axis=1)) for each in weights]
    made = [np.empty_like(rows[0]) for _ in spectra[0]]
    for begin in range(0, px // 2 + 1, COLUMNS):
        part = slice(begin, begin + COLUMNS)
        waves = [np.asarray(fft.fft(each[:, part].T, py, axis=1)) for each in rows]
        for number, answer in enumerate(made):
            total = sum(_times(wave, of_plane[number], part) for wave, of_plane in zip(waves, spectra, strict=True))
            answer[:, part] = np.asarray(fft.ifft(total, axis=1, overwrite_x=True))[:, :ny].T
    return [np.asarray(fft.irfft(each, px, axis=1))[:, :nx] for each in made]


def _times(wave: np.ndarray, each: Spectrum, part: slice) -> np.ndarray:
    """`wave` (kx, ky) of some kx times a kernel's transform."""
    half = each.values.shape[1] - 1
    values = each.values[part]
    factor = -1.0 if each.odd_in_x and each.odd_in_y else -1.0j if each.odd_in_x or each.odd_in_y else 1.0
    made = np.empty_like(wave)
    np.multiply(wave[:, : half + 1], values, out=made[:, : half + 1])
    np.multiply(wave[:, half + 1 :], values[:, half - 1 : 0 : -1], out=made[:, half + 1 :])
    if each.odd_in_y:
        np.negative(made[:, half + 1 :], out=made[:, half + 1 :])
    return made if factor == 1.0 else np.multiply(made, factor, out=made)


def _one_axis(quadrant: np.ndarray, axis: int, odd: bool) -> np.ndarray:
    """Transform along one axis of a kernel known from offset 0 to half the padded length: cosines, or sines if odd."""
    if not odd:
        return np.asarray(fft.dct(quadrant, type=1, axis=axis))
    inner = [slice(None), slice(None)]
    inner[axis] = slice(1, -1)
    made = np.zeros_like(quadrant)
    made[tuple(inner)] = fft.dst(quadrant[tuple(inner)], type=1, axis=axis)
    return made


def _fast(length: int) -> int:
    return int(fft.next_fast_len(length, real=True) or length)


def _wrong(where: str, got: str, expected: str) -> InputError:
    said = Phrase(f"subsidence_kernel.{expected}")
    return InputError(Problem("E503", where, {"got": got, "expected": said, "example": "500 1000 1500"}))
