"""The chance that a limit on subsidence or on its rate is exceeded, from campaign to campaign.

Two ways. `exact` takes the posterior after each campaign (`update`), a mixture of normal laws, and the chance from it.
`weighted` takes N realisations of the prior with whatever they predict, weights them by the measurements known then,

    w_i proportional to w0_i exp(-chi2_i / 2),    P(limit exceeded) = sum of the weights of those that exceed it

as Nepveu, Kroon and Fokker (2010, Hoisting a red flag: an early warning system for exceeding subsidence limits,
Mathematical Geosciences; repository.tno.nl, document 29708) do; it asks nothing of the model, not that it is linear
either. It fails when few realisations come near the measurements: the effective number, 1 / sum w_i^2, is given with
it, and below `FEW` the chance is no answer (`Flag.collapsed`). With many precise or correlated measurements it always
ends so.

A limit that is just reached counts as exceeded, as everywhere here. Campaigns are the moments to which rows run. Rows
are taken in that order: L, the Cholesky factor of the covariance, makes each campaign independent of what came before,
so that chi2 after a campaign is a running sum.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsidence.observe import update
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture
from mijnrisico.subsidence.observe.observations import Observations
from mijnrisico.subsidence.observe.update import Branch, Mixture

Array = NDArray[np.float64]
Quantity = Literal["subsidence_cm", "rate_mm_per_year", "tilt"]

FEW: Final = 100.0
"""Effective realisations below which a weighted chance is no answer: a convention."""
UNITS: Final[Mapping[str, tuple[str, float]]] = {
    "subsidence_cm": ("cm", 100.0),
    "rate_mm_per_year": ("mm/year", 1000.0),
    "tilt": ("1", 1.0),
}
"""Unit of each quantity, and how many of it one m, m per year or 1 is."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on a quantity at a place ("deepest", or a point), in the unit that the name of the quantity says."""

    name: str
    quantity: Quantity
    at: str
    value: float
    source: str = ""

    @property
    def si(self) -> float:
        """The limit in m, m per year or 1."""
        return self.value / UNITS[self.quantity][1]


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """Chances (limit,) after one campaign, and how many realisations they rest on: infinite where they are exact."""

    campaign_year: float
    probability: Array
    effective: float = np.inf

    @property
    def collapsed(self) -> bool:
        """Say whether too few realisations are left to answer."""
        return self.effective < FEW


BEFORE: Final = -np.inf
"""Campaign year of the prior."""


def exact(
    observations: Observations,
    branches: Sequence[Branch],
    limits: Sequence[Limit],
    rows: Sequence[ArrayLike],
    fixed: Sequence[ArrayLike] | None = None,
) -> list[Flag]:
    """Return the flags before and after each campaign from the exact posterior.

    Args:
        observations: rows in any order.
        branches: with a design (row, amplitude) in the order of the observations.
        limits: what must not be exceeded.
        rows: for each branch (limit, amplitude): the quantity of each limit in m, m per year or 1, positive down.
        fixed: for each branch (limit,), what comes besides the amplitudes.
    """
    value = np.array([limit.si for limit in limits])
    return [
        Flag(year, found.predict(rows, fixed).exceeding(value)) for year, found in campaigns(observations, branches)
    ]


def campaigns(observations: Observations, branches: Sequence[Branch]) -> Iterator[tuple[float, Mixture]]:
    """Yield the exact posterior before any and after each campaign, with its year; see `exact` for the arguments."""
    order = np.argsort(observations.rows["to_year"].to_numpy(dtype=float), kind="stable")
    data = update.whitened(observations.chosen(order))
    turned = [
        Branch(
            one.name,
            np.asarray(one.design)[order],
            one.prior,
            one.weight,
            np.broadcast_to(np.asarray(one.fixed_m, dtype=float), (len(order),))[order],
            one.parameters,
        )
        for one in branches
    ]
    for year, count in _steps(observations):
        yield year, update.mixture(data.first(count), turned)


def weighted(
    observations: Observations,
    modelled_m: ArrayLike,
    limits: Sequence[Limit],
    quantity: ArrayLike,
    prior_weight: ArrayLike | None = None,
) -> list[Flag]:
    """Return the flags before and after each campaign from weighted realisations of the prior.

    Args:
        observations: rows in any order.
        modelled_m: predicted measurements (realisation, row).
        limits: what must not be exceeded.
        quantity: of each limit (realisation, limit) in m, m per year or 1, positive down.
        prior_weight: of the realisations; equal by default.
    """
    order = np.argsort(observations.rows["to_year"].to_numpy(dtype=float), kind="stable")
    ordered = observations.chosen(order)
    data = update.whitened(ordered)
    modelled = np.asarray(modelled_m, dtype=float)[:, order]
    running = np.cumsum(np.square(data.apply((ordered.value_m - modelled).T)), axis=0)
    with np.errstate(divide="ignore"):
        start = np.zeros(len(modelled)) if prior_weight is None else np.log(np.asarray(prior_weight, dtype=float))
    above = np.asarray(quantity, dtype=float) >= np.array([limit.si for limit in limits])
    flags = []
    for year, count in _steps(observations):
        log_weight = start - (0.5 * running[count - 1] if count else 0.0)
        weight = np.exp(log_weight - np.asarray(logsumexp(log_weight)))
        flags.append(Flag(year, weight @ above, float(1.0 / np.sum(weight**2))))
    return flags


def table(limits: Sequence[Limit], flags: Sequence[Flag]) -> pd.DataFrame:
    """Return columns limit, quantity, at, value, unit, campaign_year, probability; the prior has no campaign year.

    The chance is NaN where too few realisations are left.
    """
    return pd.DataFrame(
        [
            {
                "limit": limit.name,
                "quantity": limit.quantity,
                "at": limit.at,
                "value": limit.value,
                "unit": UNITS[limit.quantity][0],
                "campaign_year": flag.campaign_year if np.isfinite(flag.campaign_year) else np.nan,
                "probability": np.nan if flag.collapsed else flag.probability[number],
            }
            for number, limit in enumerate(limits)
            for flag in flags
        ]
    )


def warnings(flags: Sequence[Flag]) -> list[Problem]:
    """W606 for the campaigns after which too few realisations are left."""
    gone = [flag for flag in flags if flag.collapsed]
    if not gone:
        return []
    params = {"effective": f"{gone[0].effective:.3g}", "year": f"{gone[0].campaign_year:g}"}
    reason = Phrase("subsidence_observe.few", {"few": f"{FEW:g}"})
    return [Problem("W606", "red_flag", {"what": Phrase("subsidence_observe.collapsed", params), "range": reason})]


def deepest(predicted: NormalMixture) -> int:
    """Return which of the predicted places is the deepest on average: where a limit "at the deepest point" holds.

    The chance that it is exceeded anywhere is somewhat larger, as the deepest point may lie elsewhere.
    """
    return int(np.argmax(predicted.mean()))


def _steps(observations: Observations) -> list[tuple[float, int]]:
    """Return each campaign and how many rows are known after it; before the first none is."""
    moments = np.sort(observations.rows["to_year"].to_numpy(dtype=float))
    years = np.unique(moments)
    counts = np.searchsorted(moments, years, side="right")
    return [(BEFORE, 0), *zip(years.tolist(), counts.tolist(), strict=True)]
