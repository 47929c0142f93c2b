"""What every branch predicts, as a matrix times the factors of the sources: places, years and activities alike.

    subsidence(place, year; activity) = sum over sources of G(place, source) V(year, source) W(source, node) a(node)

G is the influence of the surface, V the volume by the strain model for factors of one, W spreads the factors of the
nodes. All factors of a question stand in one vector, activity after activity.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mijnrisico.studies.subsidence import branches as alternatives
from mijnrisico.studies.subsidence.branches import Branch, StrainAlternative, SurfaceAlternative
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.studies.subsidence.sources import Sources, at, years_of
from mijnrisico.subsidence import field
from mijnrisico.subsidence.observe import prior as priors

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Sources, alternatives and volumes of a question: everything before the measurements.

    `volume` (strain, activity): arrays (time, source) at `years`.
    """

    sources: tuple[Sources, ...]
    strains: tuple[StrainAlternative, ...]
    surfaces: tuple[SurfaceAlternative, ...]
    branches: tuple[Branch, ...]
    years: Array
    volume: tuple[tuple[Array, ...], ...]

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where the factors of each activity stand in the vector of all."""
        ends = np.cumsum([0, *(len(one.nodes) for one in self.sources)])
        return tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))

    @property
    def factors(self) -> int:
        """Number of factors."""
        return sum(len(one.nodes) for one in self.sources)

    def prior(self) -> priors.Prior:
        """Mean one and the covariance of each activity, independent of each other."""
        return priors.together([priors.normal(np.ones(len(s.nodes)), s.prior_covariance()) for s in self.sources])

    def volume_at(self, strain: int, activity: int, moments: Array) -> Array:
        """Volume lost by some moments (moment, source)."""
        return at(self.years, self.volume[strain][activity], moments)

    def of_branches(self, make: Callable[[int, int], Array]) -> list[Array]:
        """Return what `make` gives for the strain model and surface of each branch; made once for each pair."""
        made = {pair: make(*pair) for pair in dict.fromkeys((b.strain, b.surface) for b in self.branches)}
        return [made[branch.strain, branch.surface] for branch in self.branches]


def model(question: SubsidenceQuestion, sources: tuple[Sources, ...], readings: Sequence[float] = (1.0,)) -> Model:
    """Return the model of a question: volumes by every strain model; `readings` are weights, see `measured.Reading`."""
    strain, surface = alternatives.strains(question.entry.strain), alternatives.surfaces(question.entry.surface)
    years, secant = years_of(question), question.entry.strain.secant_year
    volume = tuple(
        tuple(one.volume(alternatives.strain_of(s.model, one.activity), years, secant) for one in sources)
        for s in strain
    )
    return Model(sources, strain, surface, alternatives.branches(strain, surface, readings), years, volume)


def influences(
    model: Model, x: Array, y: Array, quantities: Sequence[str] = ("subsidence",)
) -> Mapping[str, list[list[Array]]]:
    """Influence by quantity, surface and activity: each (place, source), per m3."""
    found = [[influence(one, x, y, surface, quantities) for one in model.sources] for surface in model.surfaces]
    return {name: [[of_activity[name] for of_activity in row] for row in found] for name in quantities}


def influence(
    one: Sources, x: Array, y: Array, surface: SurfaceAlternative, quantities: Sequence[str]
) -> dict[str, Array]:
    """Influence of one activity by one surface, by quantity: each (place, source), per m3."""
    settings = alternatives.surface_of(surface.settings, one.activity)
    return field.influences(
        x, y, one.x_m, one.y_m, one.depth_m, settings, quantities, cell_m=one.cell_m, isotropic=True
    )


def rows_at_years(model: Model, influence: list[list[Array]], years: Array) -> list[Array]:
    """Rows of every branch: (place, year, factor), from the influence of one quantity by surface and activity."""
    volumes = [
        [model.volume_at(strain, activity, years) for activity in range(len(model.sources))]
        for strain in range(len(model.strains))
    ]

    def made(strain: int, surface: int) -> Array:
        rows = np.empty((len(influence[0][0]), years.size, model.factors))
        for activity, (one, columns) in enumerate(zip(model.sources, model.slices, strict=True)):
            for place, row in enumerate(influence[surface][activity]):
                rows[place, :, columns] = (one.weights.T @ (volumes[strain][activity] * row).T).T
        return rows

    return model.of_branches(made)


def of_activity(model: Model, rows: Array, activity: int) -> Array:
    """Rows (..., factor) in which only one activity counts."""
    own = np.zeros_like(rows)
    columns = model.slices[activity]
    own[..., columns] = rows[..., columns]
    return own
