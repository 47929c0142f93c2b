"""What is believed of the amplitudes before they are measured, and nuisance terms beside them.

Amplitudes multiply the strain of a model, cell by cell: mean 1 and a relative standard deviation, with a correlation
that falls off with distance: exponential exp(-d/l), Matern of order 3/2, (1 + s) exp(-s) with s = sqrt(3) d/l, or of
order 5/2, (1 + s + s^2/3) exp(-s) with s = sqrt(5) d/l. A length of 0 gives one amplitude to all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from mijnrisico.subsidence.observe.observations import SET, Observations

Array = NDArray[np.float64]
Correlation = Literal["exponential", "matern32", "matern52"]
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Normal prior: mean (amplitude,) and a root R (amplitude, k) with R R^T the covariance; k may be smaller.

    `names` are of the nuisance terms that stand behind the amplitudes.
    """

    mean: Array
    root: Array
    names: tuple[str, ...] = ()

    @property
    def sd(self) -> Array:
        """Standard deviation of each amplitude."""
        return np.sqrt(np.square(self.root).sum(axis=1))


def normal(mean: ArrayLike, covariance: ArrayLike, *, kept: float = 1.0) -> Prior:
    """Return a prior with a covariance (amplitude, amplitude), which may be singular.

    `kept` below 1 keeps the largest principal components that hold that share of the summed variance: fewer unknowns,
    and a little less spread, which the caller should state.
    """
    matrix = np.asarray(covariance, dtype=float)
    centre = np.broadcast_to(np.asarray(mean, dtype=float), (len(matrix),)).copy()
    if kept >= 1.0:
        try:
            return Prior(centre, np.asarray(scipy.linalg.cholesky(matrix, lower=True), dtype=float))
        except scipy.linalg.LinAlgError:
            pass
    value, vector = scipy.linalg.eigh(matrix)
    value, vector = value[::-1], vector[:, ::-1]
    positive = value > _NEGLIGIBLE * value[0]
    enough = np.cumsum(value) - value < kept * value[positive].sum()
    chosen = positive & enough if kept < 1.0 else positive
    return Prior(centre, vector[:, chosen] * np.sqrt(value[chosen]))


def correlated(
    x_m: ArrayLike,
    y_m: ArrayLike,
    *,
    sd: ArrayLike,
    range_m: float,
    mean: ArrayLike = 1.0,
    kind: Correlation = "exponential",
    kept: float = 1.0,
) -> Prior:
    """Return the prior of amplitudes at places (amplitude,), standard deviation `sd`, correlated over distance.

    >>> correlated([0.0, 1000.0], [0.0, 0.0], sd=0.3, range_m=1000.0).sd
    array([0.3, 0.3])
    """
    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    spread = np.broadcast_to(np.asarray(sd, dtype=float), x.shape)
    if range_m == 0.0:
        return Prior(np.broadcast_to(np.asarray(mean, dtype=float), x.shape).copy(), spread[:, None].copy())
    distance = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    return normal(mean, correlation(distance, range_m, kind) * spread[:, None] * spread[None, :], kept=kept)


def correlation(distance_m: ArrayLike, range_m: float, kind: Correlation = "exponential") -> Array:
    """Return the correlation at distances (any shape); see the head of this file."""
    d = np.asarray(distance_m, dtype=float) / range_m
    if kind == "exponential":
        return np.exp(-d)
    if kind == "matern32":
        return (1.0 + np.sqrt(3.0) * d) * np.exp(-np.sqrt(3.0) * d)
    return (1.0 + np.sqrt(5.0) * d + 5.0 * d**2 / 3.0) * np.exp(-np.sqrt(5.0) * d)


def together(priors: Sequence[Prior]) -> Prior:
    """Return independent priors as one, in their order: the fields and caverns of a region."""
    mean = np.concatenate([one.mean for one in priors])
    return Prior(mean, np.asarray(scipy.linalg.block_diag(*(one.root for one in priors)), dtype=float))


@dataclass(frozen=True, slots=True, eq=False)
class Nuisance:
    """Terms that are no part of the model: columns (row, term) in m per unit, their names and standard deviations."""

    columns: Array
    names: tuple[str, ...]
    sd: Array


def nuisance(
    observations: Observations, *, datum_sd_m: float = 0.0, shallow_rate_sd_m_per_year: float = 0.0
) -> Nuisance:
    """Return the nuisance terms of observations; a standard deviation of 0 leaves its kind out.

    datum:    one offset for each technique, set and reference, equal for all of its rows.
    shallow:  one rate (up) for each set of InSAR and reference, times the years of a row and the vertical share of its
              direction: what buildings and soil there do by themselves, on average, against the reference.
    """
    rows = observations.rows
    group = (rows["technique"] + "|" + rows[SET] + "|" + rows["reference"]).to_numpy()
    years = (rows["to_year"] - rows["from_year"]).to_numpy(dtype=float) * rows["up"].to_numpy(dtype=float)
    columns, names, sd = [], [], []
    for name in dict.fromkeys(group):
        own = group == name
        if datum_sd_m > 0.0:
            columns.append(own.astype(float))
            names.append(f"datum {name}")
            sd.append(datum_sd_m)
        if shallow_rate_sd_m_per_year > 0.0 and name.startswith("insar|"):
            columns.append(np.where(own, years, 0.0))
            names.append(f"shallow {name}")
            sd.append(shallow_rate_sd_m_per_year)
    stacked = np.column_stack(columns) if columns else np.empty((len(rows), 0))
    return Nuisance(stacked, tuple(names), np.array(sd))


def with_nuisance(prior: Prior, terms: Nuisance) -> Prior:
    """Return a prior with the nuisance terms behind the amplitudes; make it once and share it between branches."""
    mean = np.concatenate([prior.mean, np.zeros(len(terms.names))])
    root = np.asarray(scipy.linalg.block_diag(prior.root, np.diag(terms.sd)), dtype=float)
    return Prior(mean, root, terms.names)


def design_with_nuisance(design: ArrayLike, terms: Nuisance) -> Array:
    """Return a design matrix with the columns of the nuisance terms behind it."""
    return np.hstack([np.asarray(design, dtype=float), terms.columns])


def without_nuisance(rows: ArrayLike, terms: Nuisance) -> Array:
    """Return predictions (quantity, amplitude) of the motion alone: nuisance terms count nothing."""
    wanted = np.atleast_2d(np.asarray(rows, dtype=float))
    return np.hstack([wanted, np.zeros((len(wanted), len(terms.names)))])
