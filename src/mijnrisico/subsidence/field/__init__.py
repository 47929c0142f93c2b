"""Fields at the surface: the Green matrix, points, grids and factors.

Many kernels at the same points, the members of an ensemble, are in `field.ensemble`, which is not loaded with the rest.
"""

from mijnrisico.subsidence.field.factored import Factored, Factors, factored, factors, given
from mijnrisico.subsidence.field.grid import on_grid
from mijnrisico.subsidence.field.points import at_points, from_points, influence, influences
from mijnrisico.subsidence.field.surface import QUANTITIES

__all__ = [
    "QUANTITIES",
    "Factored",
    "Factors",
    "at_points",
    "factored",
    "factors",
    "from_points",
    "given",
    "influence",
    "influences",
    "on_grid",
]
