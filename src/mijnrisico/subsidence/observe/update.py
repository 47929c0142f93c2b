"""What measurements say about strain: the exact update of amplitudes that count linearly, for each branch of the rest.

    d = g + G m + N b + e,    m ~ N(mu, R R^T),    b ~ N(0, diag s^2),    e ~ N(0, C)

d are the measured displacements, G the design matrix of the amplitudes m (compressibility, cell by cell), g what does
not depend on them, N b nuisance terms (an unstable datum, a shallow rate). Given the nonlinear parameters (kernel,
strain model, tau), the posterior of the amplitudes is normal and exact. With C = L L^T, A = L^-1 G R, w standard normal
and m = mu + R w, whichever is smaller is solved:

    (I + A^T A) w = A^T L^-1 (d - g - G mu)               in the space of the amplitudes
    w = A^T (I + A A^T)^-1 L^-1 (d - g - G mu)            in that of the data

ln evidence = -[r^T (I + A A^T)^-1 r + ln det(I + A A^T) + ln det C + n ln 2 pi] / 2, r = L^-1 (d - g - G mu), and
det(I + A A^T) = det(I + A^T A). Branches (combinations of the nonlinear parameters) are weighted by prior weight times
evidence, so that only those few are sampled or listed and the amplitudes are integrated out exactly
(Rao-Blackwellised); a linear prediction is then a mixture of normal laws. `conditioned` is the slow twin: the joint
normal of amplitudes and data, conditioned by dense algebra.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from mijnrisico.subsidence.observe import covariance
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.observations import Observations
from mijnrisico.subsidence.observe.prior import Prior

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Whitened:
    """Measured values and the Cholesky factor L of their covariance, made once for all branches."""

    value_m: Array
    factor: Array

    def __len__(self) -> int:  # noqa: D105
        return len(self.value_m)

    def first(self, count: int) -> "Whitened":
        """Return the first rows alone: the leading block of L belongs to them."""
        return Whitened(self.value_m[:count], self.factor[:count, :count])

    def apply(self, values: Array) -> Array:
        """L^-1 times values (row, …)."""
        return np.asarray(
            scipy.linalg.solve_triangular(self.factor, values, lower=True, check_finite=False), dtype=float
        )


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One combination of the nonlinear parameters: its prior weight, and what it makes of the amplitudes.

    `design` (row, amplitude) and `prior` have the same amplitudes, those of nuisance terms included (see
    `prior.with_nuisance`); `fixed_m` (row,) is what is predicted besides them.
    """

    name: str
    design: Array
    prior: Prior
    weight: float = 1.0
    fixed_m: Array | float = 0.0
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Normal posterior of the amplitudes, m = mu + R w, kept in factors; the evidence of the data, and chi-square.

    `mean` (amplitude,). `factor` is the lower Cholesky factor of I + A^T A; of I + A A^T where `reduced`, which is then
    A, is given. `chi_square` is that of the prior prediction within its own spread: r^T (I + A A^T)^-1 r.
    """

    prior: Prior
    mean: Array
    factor: Array
    reduced: Array | None
    log_evidence: float
    chi_square: float

    def of(self, rows: ArrayLike) -> tuple[Array, Array]:
        """Return means and covariance (quantity, quantity) of linear predictions (quantity, amplitude)."""
        wanted = np.atleast_2d(np.asarray(rows, dtype=float))
        half = self._half(wanted)
        if self.reduced is None:
            return wanted @ self.mean, half @ half.T
        own = wanted @ self.prior.root
        return wanted @ self.mean, own @ own.T - half @ half.T

    def sd_of(self, rows: ArrayLike) -> Array:
        """Return the standard deviations (quantity,) of linear predictions, without their covariance."""
        wanted = np.atleast_2d(np.asarray(rows, dtype=float))
        part = np.square(self._half(wanted)).sum(axis=1)
        if self.reduced is None:
            return np.sqrt(part)
        own = np.square(wanted @ self.prior.root).sum(axis=1)
        return np.sqrt(np.maximum(own - part, 0.0))

    def covariance(self) -> Array:
        """Posterior covariance of the amplitudes (amplitude, amplitude)."""
        return self.of(np.eye(len(self.mean)))[1]

    def sample(self, rng: np.random.Generator, count: int) -> Array:
        """Draw amplitudes (count, amplitude) from the posterior."""
        if self.reduced is None:
            drawn = rng.standard_normal((self.factor.shape[0], count))
            moved = scipy.linalg.solve_triangular(self.factor, drawn, lower=True, trans=1, check_finite=False)
        else:  # a draw of the prior, conditioned on data that were drawn with it
            drawn = rng.standard_normal((self.reduced.shape[1], count))
            data = self.reduced @ drawn + rng.standard_normal((len(self.reduced), count))
            moved = drawn - self.reduced.T @ scipy.linalg.cho_solve((self.factor, True), data, check_finite=False)
        return self.mean + (self.prior.root @ moved).T

    def _half(self, rows: Array) -> Array:
        """Return h with h h^T the covariance of the predictions, or what the data took from it, where reduced."""
        latent = (rows @ self.prior.root).T
        if self.reduced is not None:
            latent = self.reduced @ latent
        return np.asarray(
            scipy.linalg.solve_triangular(self.factor, latent, lower=True, check_finite=False), dtype=float
        ).T


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Posteriors of the branches, with weights (branch,) that sum to one: prior weight times evidence."""

    branches: tuple[Branch, ...]
    posteriors: tuple[Posterior, ...]
    weights: Array

    @property
    def log_evidence(self) -> float:
        """Of the data, the branches averaged by their prior weights."""
        prior = np.array([branch.weight for branch in self.branches])
        found = np.array([one.log_evidence for one in self.posteriors])
        return float(np.asarray(logsumexp(found, b=prior / prior.sum())))

    def predict(self, rows: Sequence[ArrayLike] | ArrayLike, fixed: Sequence[ArrayLike] | None = None) -> NormalMixture:
        """Return linear predictions as mixtures: for each branch rows (quantity, amplitude) of its own, or one for all.

        `fixed` (quantity,) for each branch is added.
        """
        each = self._each(rows)
        means = np.stack([np.atleast_2d(row) @ one.mean for row, one in zip(each, self.posteriors, strict=True)])
        if fixed is not None:
            means = means + np.stack([np.asarray(one, dtype=float) for one in fixed])
        sds = np.stack([one.sd_of(row) for row, one in zip(each, self.posteriors, strict=True)])
        return NormalMixture(self.weights, means, sds)

    def covariance_of(self, rows: Sequence[ArrayLike] | ArrayLike) -> tuple[Array, Array]:
        """Return means and covariance (quantity, quantity) of linear predictions, within and between branches."""
        found = [one.of(row) for row, one in zip(self._each(rows), self.posteriors, strict=True)]
        means = np.stack([mean for mean, _ in found])
        mean = self.weights @ means
        between = (means - mean).T @ (self.weights[:, None] * (means - mean))
        return mean, between + np.tensordot(self.weights, np.stack([one for _, one in found]), axes=1)

    def sample(self, rng: np.random.Generator, count: int) -> tuple[NDArray[np.intp], list[Array]]:
        """Draw branches (count,) by weight, ascending, and from each branch its amplitudes (its share, amplitude)."""
        drawn = np.sort(rng.choice(len(self.weights), size=count, p=self.weights))
        number = np.bincount(drawn, minlength=len(self.weights))
        return drawn, [one.sample(rng, int(n)) for one, n in zip(self.posteriors, number, strict=True)]

    def _each(self, rows: Sequence[ArrayLike] | ArrayLike) -> list[Array]:
        if isinstance(rows, list | tuple):
            return [np.atleast_2d(np.asarray(row, dtype=float)) for row in rows]
        return [np.atleast_2d(np.asarray(rows, dtype=float))] * len(self.branches)


def whitened(observations: Observations) -> Whitened:
    """Factor the covariance of observations; raises `InputError` E503 where it is not positive definite."""
    return Whitened(observations.value_m, covariance.cholesky(observations.covariance_m2))


def posterior(data: Whitened, design: ArrayLike, prior: Prior, fixed_m: Array | float = 0.0) -> Posterior:
    """Return the exact posterior of the amplitudes of one branch; see the head of this file.

    Args:
        data: of `whitened`.
        design: (row, amplitude), in m per unit of amplitude.
        prior: of the amplitudes.
        fixed_m: (row,), predicted besides the amplitudes.
    """
    matrix = np.asarray(design, dtype=float)
    if len(data) == 0:
        size = prior.root.shape[1]
        return Posterior(prior, prior.mean, np.eye(size), None, 0.0, 0.0)
    white = data.apply(np.column_stack([data.value_m - fixed_m - matrix @ prior.mean, matrix @ prior.root]))
    residual, reduced = white[:, 0], white[:, 1:]
    count, size = reduced.shape
    small = size <= count
    gram = reduced.T @ reduced if small else reduced @ reduced.T
    gram[np.diag_indices_from(gram)] += 1.0
    factor = scipy.linalg.cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
    if small:
        pulled = reduced.T @ residual
        latent = scipy.linalg.cho_solve((factor, True), pulled, check_finite=False)
        chi_square = float(residual @ residual - pulled @ latent)
    else:
        solved = scipy.linalg.cho_solve((factor, True), residual, check_finite=False)
        latent = reduced.T @ solved
        chi_square = float(residual @ solved)
    log_det = 2.0 * (np.log(np.diag(factor)).sum() + np.log(np.diag(data.factor)).sum())
    log_evidence = -0.5 * (chi_square + log_det + count * np.log(2.0 * np.pi))
    mean = prior.mean + prior.root @ latent
    return Posterior(prior, mean, factor, None if small else reduced, float(log_evidence), chi_square)


def mixture(data: Whitened, branches: Sequence[Branch]) -> Mixture:
    """Return the posteriors of the branches and their weights: prior weight times evidence, summing to one."""
    count = len(data)
    found = tuple(
        posterior(data, one.design[:count], one.prior, np.broadcast_to(one.fixed_m, (len(one.design),))[:count])
        for one in branches
    )
    prior = np.array([one.weight for one in branches], dtype=float)
    with np.errstate(divide="ignore"):
        log_weight = np.log(prior) + [one.log_evidence for one in found]
    return Mixture(tuple(branches), found, np.exp(log_weight - np.asarray(logsumexp(log_weight))))


def before(branches: Sequence[Branch]) -> Mixture:
    """Return the branches as they are without any measurement."""
    return mixture(Whitened(np.empty(0), np.empty((0, 0))), branches)


def conditioned(
    observations: Observations, design: ArrayLike, prior: Prior, fixed_m: Array | float = 0.0
) -> tuple[Array, Array, float]:
    """Return mean, covariance and ln evidence by conditioning the joint normal densely: the twin of `posterior`."""
    g = np.asarray(design, dtype=float)
    own = prior.root @ prior.root.T
    joint = g @ own @ g.T + observations.covariance_m2
    residual = observations.value_m - fixed_m - g @ prior.mean
    gain = np.asarray(np.linalg.solve(joint, g @ own), dtype=float).T
    log_det = np.linalg.slogdet(joint)[1]
    chi_square = residual @ np.linalg.solve(joint, residual)
    log_evidence = -0.5 * (chi_square + log_det + len(residual) * np.log(2.0 * np.pi))
    return prior.mean + gain @ residual, own - gain @ (g @ own), float(log_evidence)
