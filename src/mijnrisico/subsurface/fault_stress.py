"""Stress on the mapped faults: how much fault, with what offset, and how much loaded (Bourne and Oates 2017).

doi:10.1002/2017JB014356. Departs from the published chain in units only: density is per m2 and stress in MPa,
so that no parameter depends on the grid; there the density is per cell and the stress is normalised by a sum
over cells (the tests convert).
"""

import numpy as np
import xarray as xr

from mijnrisico.core.model import Model
from mijnrisico.subsurface.stress import ELASTIC_SHARE, LOG10_HS_MPA, POISSON, stress_factor
from mijnrisico.units import MPA_PER_BAR

COMPRESSIBILITY_PER_MPA = 7.0e-5
REFERENCE_THROW_M = 100.0
THICKNESS_SHARE = 0.5
TRUNCATION = 4.0

MODEL = Model(
    name="elastic_thin_sheet",
    role="stress",
    predicts={"coulomb_stress": "MPa", "fault_density": "m2/m2"},
    needs={"depletion": "bar", "fault_throw": "m", "reservoir_thickness": "m"},
    valid={},
    source="Bourne and Oates (2017), doi:10.1002/2017JB014356",
    departs="density per m2 and stress in MPa, so that no parameter depends on the grid; one compressibility for the "
    "whole field",
)


def fault_fields(points: xr.Dataset, x: np.ndarray, y: np.ndarray, rmax: float) -> xr.Dataset:
    """Return fault `density` [m2 of fault per m2] and `gradient` [m] on the grid (y, x) of cell centres.

    `points` (dim `point`): x, y, throw, thickness (whole Rotliegend), length, all in m. With t = thickness/2 (the
    choice of the original authors), points of throw/t above `rmax` (or without a ratio) take no part. Per cell
    density = sum(l t)/cell area; gradient = sum(throw l t)/sum(l t), the mean throw, 0 where there is no fault.
    Attributes count the points above `rmax` and off the grid.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    cell_m = x[1] - x[0]
    thickness = THICKNESS_SHARE * points["thickness"].values
    throw, length = points["throw"].values, points["length"].values
    with np.errstate(divide="ignore", invalid="ignore"):
        eligible = throw / thickness <= rmax
    i = np.floor((points["x"].values - x[0]) / cell_m + 0.5).astype(int)
    j = np.floor((points["y"].values - y[0]) / cell_m + 0.5).astype(int)
    on_grid = (i >= 0) & (i < x.size) & (j >= 0) & (j < y.size)
    kept = eligible & on_grid
    flat = j[kept] * x.size + i[kept]
    surface = (length * thickness)[kept]
    area = np.bincount(flat, surface, y.size * x.size).reshape(y.size, x.size)
    moment = np.bincount(flat, surface * throw[kept], y.size * x.size).reshape(y.size, x.size)
    gradient = np.divide(moment, area, out=np.zeros_like(area), where=area > 0)
    return xr.Dataset(
        {
            "density": (("y", "x"), area / cell_m**2, {"units": "m2 m-2", "long_name": "fault surface per area"}),
            "gradient": (("y", "x"), gradient, {"units": "m", "long_name": "mean throw"}),
        },
        coords={"y": ("y", y, {"units": "m"}), "x": ("x", x, {"units": "m"})},
        attrs={
            "rmax": rmax,
            "points_kept": int(kept.sum()),
            "points_above_rmax": int((~eligible).sum()),
            "points_off_grid": int((eligible & ~on_grid).sum()),
        },
    )


def smooth(field: np.ndarray, sigma_m: float, cell_m: float) -> np.ndarray:
    """Smooth `field` (..., y, x) with a Gaussian of standard deviation `sigma_m`; outside the grid is zero.

    The weights are exp(-d^2 / 2 sigma^2) at whole cells, cut at 4 sigma and normalised to one, so what lies within
    4 sigma of the edge loses mass to the outside. Two small matrix products, equal to scipy's `gaussian_filter`
    (mode "constant") to rounding.
    """
    field = np.asarray(field, dtype=float)
    rows = gaussian_matrix(field.shape[-2], sigma_m / cell_m)
    columns = gaussian_matrix(field.shape[-1], sigma_m / cell_m)
    return rows @ field @ columns


def gaussian_matrix(size: int, sigma_cells: float) -> np.ndarray:
    """Symmetric (size, size) matrix of truncated Gaussian weights between cells on a line."""
    reach = int(TRUNCATION * sigma_cells + 0.5)
    if reach == 0:
        return np.eye(size)
    offset = np.arange(-reach, reach + 1)
    weight = np.exp(-0.5 * (offset / sigma_cells) ** 2)
    weight /= weight.sum()
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    return np.where(distance <= reach, weight[np.minimum(distance, reach) + reach], 0.0)


def coulomb_stress(
    depletion_bar: np.ndarray,
    gradient_m: np.ndarray,
    *,
    compressibility_per_mpa: float | np.ndarray = COMPRESSIBILITY_PER_MPA,
    log10_hs_mpa: float = LOG10_HS_MPA,
    elastic_share: float = ELASTIC_SHARE,
    poisson: float = POISSON,
) -> np.ndarray:
    """Increase of Coulomb stress on faults [MPa] (..., y, x) in the elastic thin sheet, not yet smoothed.

    S = max(0, dp) K G / (100 m): depletion dp (..., y, x) [bar] since the start, stress factor K
    (`stress.stress_factor`), mean throw G (y, x) [m] of `fault_fields`; the 100 m only make it a stress, the
    value on an offset of 100 m. The depletion must be zero, not empty, outside the field.
    """
    factor = stress_factor(
        compressibility_per_mpa, log10_hs_mpa=log10_hs_mpa, elastic_share=elastic_share, poisson=poisson
    )
    load = MPA_PER_BAR * factor * np.asarray(gradient_m) / REFERENCE_THROW_M
    return np.maximum(np.asarray(depletion_bar), 0.0) * load
