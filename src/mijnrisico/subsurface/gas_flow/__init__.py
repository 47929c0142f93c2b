"""Reservoir pressure from production: a two-dimensional gas model of the Groningen field.

grid -> wells -> march (the equations) -> model (from parameters to pressure) -> fit (to measurements);
resample brings a result to another grid.
"""

from mijnrisico.subsurface.gas_flow.fit import calibrate, fit_to_measurements
from mijnrisico.subsurface.gas_flow.grid import reservoir_grid
from mijnrisico.subsurface.gas_flow.model import CALIBRATED, CALIBRATED_BEFORE_2000, Parameters, simulate
from mijnrisico.subsurface.gas_flow.resample import to_grid
from mijnrisico.subsurface.gas_flow.wells import monthly_volumes, recent_shares, volumes

__all__ = [
    "CALIBRATED",
    "CALIBRATED_BEFORE_2000",
    "Parameters",
    "calibrate",
    "fit_to_measurements",
    "monthly_volumes",
    "recent_shares",
    "reservoir_grid",
    "simulate",
    "to_grid",
    "volumes",
]
