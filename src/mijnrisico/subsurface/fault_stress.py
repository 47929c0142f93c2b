"""Stress on the mapped faults: how much fault, with what offset, and how much loaded (Bourne and Oates 2017).

doi:10.1002/2017JB014356. Departs from the published chain in units only: density is per m2 and stress in MPa;
there the density is per cell and the stress is normalised by a sum over cells. The published smoothing of stress still
goes with the size of the cells (`smooth_on_faults` does not). `public_convention` says how fields and parameters go
from ours to theirs.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mijnrisico.core.model import Model
from mijnrisico.subsurface.stress import ELASTIC_SHARE, LOG10_HS_MPA, POISSON, stress_factor
from mijnrisico.units import MPA_PER_BAR

COMPRESSIBILITY_PER_MPA = 7.0e-5
REFERENCE_THROW_M = 100.0
THICKNESS_SHARE = 0.5
TRUNCATION = 4.0
PUBLIC_CELL_M = 500.0
PUBLIC_STRESS_SUM = 0.00121376224017666
"""The public chain scales its smoothed stress so that its sum over cells of 500 m on 1 January 1995 is this number."""

MODEL = Model(
    name="elastic_thin_sheet",
    role="stress",
    predicts={"coulomb_stress": "MPa", "fault_density": "m2/m2"},
    needs={"depletion": "bar", "fault_throw": "m", "reservoir_thickness": "m"},
    valid={},
    source="Bourne and Oates (2017), doi:10.1002/2017JB014356",
    departs="density per m2 and stress in MPa where the public chain sums over cells; one compressibility for the "
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


def smooth_on_faults(stress: np.ndarray, density: np.ndarray, sigma_m: float, cell_m: float) -> np.ndarray:
    """Smooth `stress` (..., y, x) as the mean over fault surface: smooth(stress density)/smooth(density).

    The published smoothing, `smooth(stress)`, takes a cell without faults for a cell without stress, so that its
    result goes with the share of cells that faults touch. With the Groningen faults (sigma 2.5-3.5 km) cells of 250 m
    give half of the stress that cells of 500 m give, cells of 1 km 1.6 times as much, and relative to the largest in
    the field single places still differ by 10 to 30 %. Weighted by `density` (y, x), not yet smoothed, all three agree
    within 1 % at nine places in ten. Zero where no fault is within reach.
    """
    weight = smooth(density, sigma_m, cell_m)
    loaded = smooth(np.asarray(stress) * density, sigma_m, cell_m)
    return np.divide(loaded, weight, out=np.zeros_like(loaded), where=weight > 0.0)


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


def coulomb_stress_in_sheet(horizontal_stress_mpa: np.ndarray, gradient_m: np.ndarray) -> np.ndarray:
    """Increase of Coulomb stress on faults [MPa] (..., y, x) from the stress of any sheet, not yet smoothed.

    S = max(0, -ds_h G / (100 m)), with ds_h (..., y, x) [MPa] the change of total horizontal stress since the start,
    negative under depletion (`thin_sheet`), and G (y, x) [m] the mean throw. In the elastic sheet ds_h = -K dp and this
    is `coulomb_stress`.
    """
    return np.maximum(-np.asarray(horizontal_stress_mpa) * (np.asarray(gradient_m) / REFERENCE_THROW_M), 0.0)


@dataclass(frozen=True, slots=True)
class PublicConvention:
    """How fields and parameters of ours read in the public source model of TNO, for one stress member.

    There the fault density D' is per cell of 500 m, D' = D A with A = 250,000 m2, and stress is S' = k S with
    k = `per_mpa`. A rate D exp(theta0) (exp(theta1 s2) - exp(theta1 s1)) per m2, s = S/scale, stays what it is
    for theta0' = theta0 - ln A and theta1' = theta1/(k scale); so does a b-value for a slope, or any factor of s,
    over k scale.
    """

    per_mpa: float

    def density(self, density: np.ndarray) -> np.ndarray:
        """Fault density [m2 per cell of 500 m] from m2/m2."""
        return density * PUBLIC_CELL_M**2

    def stress(self, stress_mpa: np.ndarray) -> np.ndarray:
        """Stress in the public scale from MPa."""
        return stress_mpa * self.per_mpa

    def theta0(self, theta0: float | np.ndarray) -> float | np.ndarray:
        """Logarithm of the public rate constant from that per m2 of fault per m2."""
        return theta0 - 2.0 * np.log(PUBLIC_CELL_M)

    def per_stress(self, factor: float | np.ndarray, scale_mpa: float = 1.0) -> float | np.ndarray:
        """Public theta1, b-slope or other factor of stress from one of ours for stress over `scale_mpa`."""
        return factor / (self.per_mpa * scale_mpa)


def public_convention(stress_1995_mpa: np.ndarray, cell_m: float) -> PublicConvention:
    """Convention of the public chain for the smoothed stress (y, x) [MPa] on 1 January 1995 on cells of `cell_m`.

    The sum is over all cells of the grid, those outside the outline as well; cells of another size count by area, so
    that the scale is that of 500 m.
    """
    return PublicConvention(PUBLIC_STRESS_SUM / (float(np.sum(stress_1995_mpa)) * (cell_m / PUBLIC_CELL_M) ** 2))
