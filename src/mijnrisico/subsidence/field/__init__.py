"""Fields at the surface: the Green matrix, points, grids, factors, and ensembles at points."""

from mijnrisico.subsidence.field.ensemble import Collapsed, collapse
from mijnrisico.subsidence.field.factored import Factored, Factors, factored, factors, given
from mijnrisico.subsidence.field.grid import on_grid
from mijnrisico.subsidence.field.points import at_points, from_points, influence
from mijnrisico.subsidence.field.quantities import QUANTITIES

__all__ = [
    "QUANTITIES",
    "Collapsed",
    "Factored",
    "Factors",
    "at_points",
    "collapse",
    "factored",
    "factors",
    "from_points",
    "given",
    "influence",
    "on_grid",
]
