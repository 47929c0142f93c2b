"""What the measurements say: the factors of the sources by every branch, exactly, and how likely each branch is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mijnrisico.studies.subsidence import prediction
from mijnrisico.studies.subsidence.measured import Measured
from mijnrisico.studies.subsidence.prediction import Model
from mijnrisico.subsidence.observe import design, misfit, update
from mijnrisico.subsidence.observe import prior as priors
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.observations import Observations
from mijnrisico.subsidence.observe.update import Mixture

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Factors before and after the measurements, and the terms beside them (`nuisance`).

    `designs` are the rows (measurement, factor and nuisance) of every branch for all measurements, in the order of
    `measured`; empty without any.
    """

    model: Model
    before: Mixture
    after: Mixture
    measured: Measured | None
    designs: tuple[Array, ...]
    nuisance: tuple[str, ...]

    def predict(self, rows: Sequence[Array], *, prior: bool = False) -> NormalMixture:
        """Return linear predictions as mixtures: rows (quantity, factor) of each branch, in the order of the model."""
        mixture = self.before if prior else self.after
        return mixture.predict([self.padded(one) for one in rows])

    def padded(self, rows: Array) -> Array:
        """Return rows with a zero for every term that is no factor."""
        return np.pad(rows, ((0, 0), (0, len(self.nuisance)))) if self.nuisance else rows

    def means(self) -> list[Array]:
        """Mean factors of every branch (factor,)."""
        return [one.mean[: self.model.factors] for one in self.after.posteriors]

    def mean_volume(self, activity: int, surface: int, moments: Array) -> Array:
        """Volume an activity lost by some moments: its mean, times the weight of one surface (moment, source)."""
        one, columns = self.model.sources[activity], self.model.slices[activity]
        volume = np.zeros((moments.size, one.x_m.size))
        for branch, weight, factor in zip(self.model.branches, self.after.weights, self.means(), strict=True):
            if branch.surface == surface and weight > 0.0:
                lost = self.model.volume_at(branch.strain, activity, moments)
                volume += weight * lost * (one.weights @ factor[columns])
        return volume

    def sample(self, rng: np.random.Generator, members: int) -> tuple[NDArray[np.intp], Array]:
        """Draw branches (member,), ascending, and factors (member, factor)."""
        branch, drawn = self.after.sample(rng, members)
        return branch, np.concatenate(drawn)[:, : self.model.factors]

    def of_measurements(self, *, prior: bool = False) -> NormalMixture:
        """Return what is predicted of all measurements, terms beside the factors included."""
        return (self.before if prior else self.after).predict(list(self.designs))

    def misfit(self) -> "pd.DataFrame":
        """Return the misfit of the mean prediction by technique, epoch and point: of what is used, else of all."""
        assert self.measured is not None
        which = self.measured.used if self.measured.used.any() else np.ones_like(self.measured.used)
        return misfit.table(self.measured.observations.chosen(which), self.of_measurements().mean()[which])

    def left_out(self) -> NormalMixture:
        """Return what all other measurements say of each one that is used [m] (measurement,), NaN for the rest.

        Each branch without a refit, by `observe.misfit.left_out`, with the weight that the others alone give it. The
        spread holds the error of the measurement itself.
        """
        assert self.measured is not None
        used = self.measured.used
        data = update.whitened(self.measured.observations.chosen(used))
        pairs = zip(self.after.posteriors, self.designs, strict=True)
        each = [misfit.left_out(data, rows[used], one.prior) for one, rows in pairs]
        shape = (len(each), used.size)
        means, sds = np.full(shape, np.nan), np.full(shape, np.nan)
        means[:, used], sds[:, used] = (np.stack([one[k] for one in each]) for k in (0, 1))
        density = -0.5 * ((self.measured.observations.value_m - means) / sds) ** 2 - np.log(sds)
        with np.errstate(divide="ignore"):
            log_weight = np.log(self.after.weights)[:, None] - np.where(used, density, 0.0)
        weights = np.exp(log_weight - log_weight.max(axis=0))
        return NormalMixture(weights / weights.sum(axis=0), means, sds)


def fit(model: Model, measured: Measured | None) -> Fit:
    """Return the factors after the measurements that are used, exactly for every branch; see `observe.update`."""
    own = model.prior()
    if measured is None:
        none = np.empty((0, model.factors))
        made = [update.Branch(_name(model, k), none, own, one.weight) for k, one in enumerate(model.branches)]
        found = update.before(made)
        return Fit(model, found, found, None, (), ())
    known = measured.observations
    terms = priors.nuisance(known, shallow_rate_sd_m_per_year=measured.shallow_sd_m_per_year)
    wide = priors.with_nuisance(own, terms)
    shares = [measured.readings[branch.reading].share[:, None] for branch in model.branches]
    deep = zip(_designs(model, known), shares, strict=True)
    designs = tuple(priors.design_with_nuisance(one * share, terms) for one, share in deep)
    used = known.chosen(measured.used)
    made = [
        update.Branch(_name(model, k), designs[k][measured.used], wide, branch.weight)
        for k, branch in enumerate(model.branches)
    ]
    before = update.before(made)
    after = update.mixture(update.whitened(used), made) if len(used) else before
    return Fit(model, before, after, measured, designs, terms.names)


def _name(model: Model, number: int) -> str:
    branch = model.branches[number]
    return f"{model.strains[branch.strain].name}, {model.surfaces[branch.surface].name}"


def _designs(model: Model, known: Observations) -> list[Array]:
    """Rows (measurement, factor) of every branch."""
    where = design.places(known)
    flat = bool((known.direction[:, :2] == 0.0).all())
    quantities = ("subsidence",) if flat else ("subsidence", "east", "north")
    motion = prediction.influences(model, where.x_m, where.y_m, quantities)

    def rows(strain: int, surface: int) -> Array:
        parts = []
        for activity, one in enumerate(model.sources):
            own = {name: motion[name][surface][activity] for name in quantities}
            volume = model.volume[strain][activity]
            parts.append(
                design.matrix(known, design.Influence(**own), volume, model.years, basis=one.weights.toarray())
            )
        return np.hstack(parts)

    return model.of_branches(rows)
