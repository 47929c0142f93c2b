"""Risk to a person given the shaking: fragility times consequence, for every branch of both.

    LPR(SaAvg, PGA) = 0.99 PoD_in(SaAvg) + 0.01 (PoD_out(SaAvg) + PoD_chimney(PGA))

LPR (local personal risk) counts a person who is always in or beside the building; the shares of the time are data of
the consequence model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import consequence, fragility
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.fragility import displacement, fcm_v5
from mijnrisico.seismic.vulnerability import COLLAPSE_STATES, Array, lognormal


@dataclass(frozen=True, eq=False)
class Vulnerability:
    """A fragility and a consequence model for chosen classes, with the weights of their branches."""

    name: str
    classes: tuple[str, ...]
    fragility: displacement.Coefficients
    consequence: occupants.Coefficients
    fragility_weight: Array
    consequence_weight: Array


def vulnerability(model: str = "TNO2020", classes: Sequence[str] | None = None) -> Vulnerability:
    """Load a vulnerability model by name for some classes, or for all in the order of its table.

    Raises:
        InputError: E503 for an unknown model or class, and for V5, whose intensity is not computed.
    """
    if model == fcm_v5.MODEL.name:
        raise InputError(
            Problem("E503", "risk.model", {"got": model, "expected": Phrase("expected.not_v5"), "example": "TNO2020"})
        )
    capacity = fragility.model(model).coefficients()
    people = consequence.model(model).coefficients()
    chosen = tuple(classes) if classes is not None else capacity.classes
    weights = occupants.branch_weights()
    return Vulnerability(model, chosen, capacity.pick(chosen), people.pick(chosen), *weights)


def damage(model: Vulnerability, ln_sa_avg: ArrayLike) -> Array:
    """Probability of DS2-DS4, then CS1-CS3, (vulnerability_class, fragility branch, state, z)."""
    states = displacement.exceedance(model.fragility, ln_sa_avg)
    collapses = len(COLLAPSE_STATES)
    return np.concatenate([states[:, :, collapses:], states[:, :, :collapses]], axis=2)


def fallen(model: Vulnerability, ln_pga: ArrayLike) -> Array:
    """Probability that a chimney falls, (vulnerability_class, fragility branch, z)."""
    return lognormal(model.fragility.chimney_median_g, model.fragility.chimney_beta, ln_pga)


def loss_given_sa_avg(model: Vulnerability, ln_sa_avg: ArrayLike) -> Array:
    """LPR from collapse at ln SaAvg (g), shape (vulnerability_class, fragility branch, consequence branch, z)."""
    states = displacement.collapse(model.fragility, ln_sa_avg)
    shares = occupants.collapse_shares(model.consequence)
    return np.einsum("nck,nfkz->nfcz", shares, states)


def loss_given_pga(model: Vulnerability, ln_pga: ArrayLike) -> Array:
    """LPR from chimneys at ln PGA (g), shape (vulnerability_class, consequence branch, z)."""
    return occupants.chimney(model.consequence, np.asarray(ln_pga, float))


def mean_loss(model: Vulnerability, grid_ln_g: Array) -> tuple[Array, Array]:
    """Branch-weighted LPR from collapse (z of ln SaAvg) and from chimneys (z of ln PGA), each (class, z)."""
    collapse = np.einsum(
        "f,c,nfcz->nz",
        model.fragility_weight,
        model.consequence_weight,
        loss_given_sa_avg(model, grid_ln_g),
    )
    return collapse, np.einsum("c,ncz->nz", model.consequence_weight, loss_given_pga(model, grid_ln_g))


@dataclass(frozen=True, eq=False)
class Terms:
    """What the mean LPR given the shaking is made of, each (vulnerability_class, z).

    `inside` and `outside` are functions of ln SaAvg, `chimney` of ln PGA; inside + outside is the first table of
    `mean_loss`, chimney the second.
    """

    inside: Array
    outside: Array
    chimney: Array


def mean_terms(model: Vulnerability, grid_ln_g: ArrayLike) -> Terms:
    """Branch-weighted LPR inside, outside by debris and outside by chimneys, at ln SaAvg or ln PGA (g), shape (z)."""
    z = np.asarray(grid_ln_g, float)
    states = np.einsum("f,nfkz->nkz", model.fragility_weight, displacement.collapse(model.fragility, z))
    shares = [np.einsum("c,nck->nk", model.consequence_weight, s) for s in occupants.shares_by_place(model.consequence)]
    inside, outside = (np.einsum("nk,nkz->nz", share, states) for share in shares)
    return Terms(inside, outside, np.einsum("c,ncz->nz", model.consequence_weight, loss_given_pga(model, z)))
