"""How far model and measurement lie apart, in all and by technique, epoch and benchmark.

    chi2 = r^T C^-1 r,    r = measured - modelled

with the full covariance C of the rows of a group, its correlations included (so groups do not add up to the whole). On
average chi2 of a right model is the number of rows. Bias is the mean, RMSE the root mean square, MAE the mean absolute
value of the residuals as they are shown, in mm: subsidence positive down, horizontal motion positive east and north.
A positive bias says that more was measured than modelled.

A residual over its standard deviation is `normalised`. The rank of a measurement in its posterior predictive law (the
model's spread and the error of the measurement together) is uniform between 0 and 1 where both are right: heaped at
the ends, the spread is too small.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincc

from mijnrisico.subsidence.observe import covariance, update
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.observations import Observations
from mijnrisico.subsidence.observe.prior import Prior
from mijnrisico.subsidence.observe.update import Whitened

Array = NDArray[np.float64]

GROUPS: Final[Mapping[str, str]] = {"technique": "technique", "epoch": "to_year", "point": "point"}
ALL: Final = "all"


def chi_square(residual_m: ArrayLike, covariance_m2: ArrayLike) -> float:
    """r^T C^-1 r of residuals (row,).

    >>> chi_square([2.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])
    4.0
    """
    residual = np.asarray(residual_m, dtype=float)
    white = Whitened(residual, covariance.cholesky(np.asarray(covariance_m2, dtype=float))).apply(residual)
    return float(white @ white)


def chance(chi2: float, count: int) -> float:
    """Return the chance of a chi-square of at least `chi2` for `count` rows, where model and covariance are right.

    >>> round(chance(3.841458820694124, 1), 12)
    0.05
    """
    return float(gammaincc(0.5 * count, 0.5 * chi2))


def normalised(observations: Observations, modelled_m: Array, spread_m: Array | float = 0.0) -> Array:
    """Return residuals (row,) over their standard deviation, that of the model (row,) added where given."""
    return (observations.value_m - modelled_m) / np.hypot(observations.sigma_m, spread_m)


def table(observations: Observations, modelled_m: ArrayLike) -> pd.DataFrame:
    """Return the misfit by technique, epoch (the year to which rows run) and point, and of all rows.

    Columns group, name, observations (their number), chi_square, bias_mm, rmse_mm, mean_absolute_mm.
    """
    residual = observations.value_m - np.asarray(modelled_m, dtype=float)
    shown = 1e3 * observations.shown_sign * residual
    whole = chi_square(residual, observations.covariance_m2)
    rows = []
    for group, name, index in _groups(observations):
        own, noise = shown[index], observations.covariance_m2[np.ix_(index, index)]
        rows.append(
            {
                "group": group,
                "name": name,
                "observations": len(index),
                "chi_square": whole if len(index) == len(residual) else chi_square(residual[index], noise),
                "bias_mm": own.mean(),
                "rmse_mm": np.sqrt(np.mean(own**2)),
                "mean_absolute_mm": np.abs(own).mean(),
            }
        )
    return pd.DataFrame(rows)


def rank(observations: Observations, predicted: NormalMixture) -> Array:
    """Return the rank (row,) of each measurement in its predictive law: `predicted` (m) widened by its own error.

    Of measurements that were not used; one that was used pulls the prediction to itself (see `left_out`).
    """
    return predicted.widened(observations.sigma_m).below(observations.value_m)


def left_out(data: Whitened, design: Array, prior: Prior, fixed_m: Array | float = 0.0) -> tuple[Array, Array]:
    """Return what each measurement is predicted to be by all the others, and the standard deviation of that (row,).

    With S = G R R^T G^T + C: mean_i = d_i - (S^-1 r)_i / (S^-1)_ii and variance 1 / (S^-1)_ii, r = d - g - G mu; exact,
    without a refit for each row; the correlation of the errors counts.
    """
    joint = data.factor @ data.factor.T
    half = design @ prior.root
    joint += half @ half.T
    inverse = np.asarray(np.linalg.inv(joint), dtype=float)
    residual = data.value_m - fixed_m - design @ prior.mean
    variance = 1.0 / np.diag(inverse)
    return data.value_m - (inverse @ residual) * variance, np.sqrt(variance)


def surprise(observations: Observations, design: Array, prior: Prior, fixed_m: Array | float = 0.0) -> pd.DataFrame:
    """Return how far each campaign lies from what was expected of it, given all campaigns before.

    The chi-square of the rows of a campaign in their predictive law is what the chi-square of the prior prediction
    grows by; with model and covariance right it has as many degrees of freedom as there are rows, and campaigns are
    independent. A small chance is an alert: something moves otherwise than was thought. Columns campaign_year,
    observations, chi_square, chance.
    """
    order = np.argsort(observations.rows["to_year"].to_numpy(dtype=float), kind="stable")
    data, turned = update.whitened(observations.chosen(order)), design[order]
    fixed = np.broadcast_to(fixed_m, (len(order),))[order]
    moments = observations.rows["to_year"].to_numpy(dtype=float)[order]
    rows, before, known = [], 0.0, 0
    for year in observations.campaigns:
        count = int(np.searchsorted(moments, year, side="right"))
        total = update.posterior(data.first(count), turned[:count], prior, fixed[:count]).chi_square
        own = {"campaign_year": float(year), "observations": count - known, "chi_square": total - before}
        rows.append(own | {"chance": chance(total - before, count - known)})
        before, known = total, count
    return pd.DataFrame(rows)


def observation_table(
    observations: Observations, prior: NormalMixture, posterior: NormalMixture, *, used: ArrayLike = True
) -> pd.DataFrame:
    """Return each measurement beside what was modelled before and after, in mm, subsidence positive down.

    `prior` and `posterior` are predictions of the rows in m; `posterior` is the prior again where nothing was used.
    Columns technique, point, x_m, y_m, reference, from_year, to_year, value_mm, sigma_mm, prior_mm, modelled_mm,
    modelled_p10_mm, modelled_p90_mm, residual_mm, normalised, used.
    """
    sign = 1e3 * observations.shown_sign
    low, high = sign * posterior.quantile(0.1), sign * posterior.quantile(0.9)
    mean = posterior.mean()
    own = observations.rows[["technique", "point", "x_m", "y_m", "reference", "from_year", "to_year"]]
    return own.assign(
        value_mm=sign * observations.value_m,
        sigma_mm=1e3 * observations.sigma_m,
        prior_mm=sign * prior.mean(),
        modelled_mm=sign * mean,
        modelled_p10_mm=np.minimum(low, high),
        modelled_p90_mm=np.maximum(low, high),
        residual_mm=sign * (observations.value_m - mean),
        normalised=observations.shown_sign * normalised(observations, mean),
        used=np.broadcast_to(np.asarray(used, dtype=bool), (len(observations),)),
    )


def _groups(observations: Observations) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    """Yield group, name and the indices of the rows of each group."""
    yield ALL, ALL, np.arange(len(observations))
    for group, column in GROUPS.items():
        values = observations.rows[column]
        order = sorted(dict.fromkeys(values)) if group == "epoch" else dict.fromkeys(values)
        for value in order:
            name = f"{value:.10g}" if group == "epoch" else str(value)
            yield group, name, np.flatnonzero((values == value).to_numpy())
