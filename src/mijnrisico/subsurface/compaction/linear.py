"""Linear compaction: strain in proportion to depletion (Geertsma 1973)."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mijnrisico.core.model import Model
from mijnrisico.subsurface.compaction import unloading
from mijnrisico.units import MPA_PER_BAR

MODEL = Model(
    name="linear",
    role="compaction",
    predicts={"vertical_strain": "1", "compaction": "m"},
    needs={"depletion": "bar", "compressibility": "1/MPa", "reservoir_thickness": "m"},
    valid={},
    source="Geertsma (1973), doi:10.2118/3730-PA",
    departs="one compressibility for the whole field in the Groningen chain, where it enters by the share of the "
    "pressure fall that becomes stress",
)


@dataclass(frozen=True, slots=True)
class Linear:
    """`unloading_share` and `ratchet_share` as in `unloading`; with 1 the rock is fully reversible."""

    unloading_share: float = 1.0
    ratchet_share: float = 0.0


def effective_depletion_bar(
    pressure_bar: np.ndarray,
    years: np.ndarray,  # noqa: ARG001 every model has the same door; this one has no time in it
    parameters: Linear = Linear(),
) -> np.ndarray:
    """Effective depletion D [bar] (time, ...), strain = Cm D: the fall of the pressure since the first of `years`.

    `pressure_bar` is (time, ...). Geertsma (1973), doi:10.2118/3730-PA; the memory of `unloading` is ours.
    """
    pressure = np.asarray(pressure_bar, dtype=float)
    return unloading.remembered(pressure[0] - pressure, parameters.unloading_share, parameters.ratchet_share)


def vertical_strain(depletion_bar: xr.DataArray, compressibility_per_mpa: float | xr.DataArray) -> xr.DataArray:
    """Vertical strain [1] of the reservoir, shortening positive: epsilon = Cm dp.

    `depletion_bar` (..., y, x) is initial minus present pressure; `compressibility_per_mpa` is the uniaxial
    compressibility Cm, one number or (y, x). Geertsma (1973), J. Petrol. Technol. 25(6), doi:10.2118/3730-PA.
    """
    strain = compressibility_per_mpa * MPA_PER_BAR * depletion_bar
    strain.attrs = {"units": "1", "long_name": "vertical strain, shortening positive"}
    return strain


def compaction(strain: xr.DataArray, thickness_m: xr.DataArray) -> xr.DataArray:
    """Shortening of the reservoir column [m]: strain x thickness."""
    shortening = strain * thickness_m
    shortening.attrs = {"units": "m", "long_name": "compaction"}
    return shortening
