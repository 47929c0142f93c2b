"""Risk to a person given the shaking: fragility times consequence, for every branch of both.

    LPR(SaAvg, PGA) = 0.99 PoD_in(SaAvg) + 0.01 (PoD_out(SaAvg) + PoD_chimney(PGA))

LPR (local personal risk) counts a person who is always in or beside the building; the shares of the time are data of
the consequence model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mijnrisico.seismic import consequence, fragility
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.fragility import displacement
from mijnrisico.seismic.vulnerability import Array


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
        InputError: E503 for an unknown model or class.
    """
    capacity = fragility.model(model).coefficients()
    people = consequence.model(model).coefficients()
    chosen = tuple(classes) if classes is not None else capacity.classes
    weights = occupants.branch_weights()
    return Vulnerability(model, chosen, capacity.pick(chosen), people.pick(chosen), *weights)


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
