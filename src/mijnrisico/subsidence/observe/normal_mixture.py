"""Numbers whose uncertainty is a mixture of normal laws, one for each branch; mean, quantiles and chances are exact."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]
_HALVINGS = 80


@dataclass(frozen=True, slots=True, eq=False)
class NormalMixture:
    """Weights that sum to one, (branch,) or (branch, quantity); means and standard deviations (branch, quantity).

    >>> two = NormalMixture(np.array([0.5, 0.5]), np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]]))
    >>> two.mean(), two.quantile(0.5), two.exceeding(1.0)
    (array([1.]), array([1.]), array([0.5]))
    """

    weights: Array
    means: Array
    sds: Array

    def mean(self) -> Array:
        """Mean of each quantity."""
        return self._over(self.means)

    def sd(self) -> Array:
        """Standard deviation: within the branches and between them."""
        return np.sqrt(self._over(self.sds**2 + (self.means - self.mean()) ** 2))

    def below(self, value: ArrayLike) -> Array:
        """Return the chance that each quantity stays below `value` (one for all, or one for each)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (np.asarray(value, dtype=float) - self.means) / self.sds
        z = np.where(np.isnan(z), -np.inf, z)  # no spread, and exactly at the value: it is reached
        return self._over(ndtr(z))

    def exceeding(self, limit: ArrayLike) -> Array:
        """Return the chance that each quantity reaches or exceeds `limit` (one for all, or one for each)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (self.means - np.asarray(limit, dtype=float)) / self.sds
        z = np.where(np.isnan(z), np.inf, z)
        return self._over(ndtr(z))

    def quantile(self, chance: float) -> Array:
        """Return the value that each quantity stays below with that chance, by halving an interval that holds it."""
        reach = ndtri(chance)
        each = self.means + reach * self.sds
        low, high = each.min(axis=0), each.max(axis=0)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            under = self.below(middle) < chance
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return 0.5 * (low + high)

    def widened(self, sd: ArrayLike) -> "NormalMixture":
        """Return the quantities with an independent normal error (quantity,) added, such as that of a measurement."""
        return NormalMixture(self.weights, self.means, np.hypot(self.sds, np.asarray(sd, dtype=float)))

    def _over(self, values: Array) -> Array:
        """Mean over the branches of values (branch, quantity)."""
        weights = self.weights if self.weights.ndim == 2 else self.weights[:, None]
        return (weights * values).sum(axis=0)
