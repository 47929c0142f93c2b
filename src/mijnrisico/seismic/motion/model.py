"""A ground-motion model as the hazard sees it: head, motion at the reference horizon, response of the site, branches.

    ln S = ln Y + clip(f1(M, R) + f2 ln((Y + f3)/f3), low, high) + eps phi_s2s(Y) + wierde,    ln Y ~ N(median, sd)

Every model fills this form. One without a reference horizon has f1 = f2 = 0 and no clip, one without a site-to-site
term has phi_s2s = 0. Medians, scatters and site epsilons are the branches of its own logic tree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Component = Literal["geometric_mean", "arbitrary", "larger", "max_rotated"]
Surface = Literal["regular", "wierde"]
SiteTerm = Literal["epistemic", "aleatory"]
SiteVariabilityArgument = Literal["g", "cm/s2"]
Distance = Literal["rupture", "hypocentral"]
SiteKey = Literal["zone", "vs30", ""]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model was published and where its coefficients were read."""

    reference: str
    tables: str
    licence: str


@dataclass(frozen=True, slots=True)
class Motion:
    """Head of one published ground-motion model.

    `predicts` maps a quantity to its unit; `valid` gives closed ranges by name; `departs` says in words where
    this code differs from its source, empty when it does not.
    """

    name: str
    predicts: Mapping[str, str]
    needs: tuple[str, ...]
    valid: Mapping[str, tuple[float, float]]
    source: Source
    departs: str


def _nothing(magnitude: ArrayLike, distance_km: ArrayLike) -> Floats:
    return np.zeros(np.broadcast_shapes(np.shape(magnitude), np.shape(distance_km)))


@dataclass(frozen=True, slots=True)
class Response:
    """How the ground under a site changes one measure; the default changes nothing.

    `linear_ln(M, R)` is f1, broadcast; `f3`, `xl`, `xh` are in the unit of the measure; `ln_low`, `ln_high` clip the
    amplification; phi_s2s is linear in ln Y from `s1` at `xl` to `s2` at `xh` and constant outside.
    """

    linear_ln: Callable[[ArrayLike, ArrayLike], Floats] = _nothing
    f2: float = 0.0
    f3: float = 1.0
    ln_low: float = -np.inf
    ln_high: float = np.inf
    s1: float = 0.0
    s2: float = 0.0
    xl: float = 0.1
    xh: float = 1.0


class SiteResponse(Protocol):
    """Picks the response of a site by its key (zone or Vs30) and the measure; few models need the component."""

    def __call__(self, key: float, measure: str, component: Component = ..., /) -> Response:
        """Return the response; without a component that of the first of the model."""
        ...


def _no_response(key: float, measure: str, component: Component = "geometric_mean") -> Response:
    del key, measure, component
    return Response()


def _one_median(magnitude: ArrayLike) -> Floats:
    return np.ones((*np.shape(magnitude), 1))


def constant_weights(weight: Floats) -> Callable[[ArrayLike], Floats]:
    """Weights of the medians that are the same at every magnitude: a function to (magnitude, median)."""
    return lambda magnitude: np.broadcast_to(weight, (*np.shape(magnitude), weight.size)).copy()


def _no_mound(measure: str) -> float:
    del measure
    return 0.0


@dataclass(frozen=True, slots=True, eq=False)
class GroundMotion:
    """One model ready for the hazard.

    `units` gives the unit of every measure ("PGA", "SA(0.1)", "PGV") in the order of its tables; the first component
    is the default. `reference(measure, M (row,), R km (row,), component)` returns the medians of ln Y (row, median)
    and the sds (row, median or 1, scatter) in ln of that unit. `median_weights(M)` are (magnitude, median) and may
    depend on magnitude, `scatter_weight` (scatter,) may not. `site` names the variable of the sites that picks
    `response(key, measure, component)`. The site-to-site term is fixed per branch (`epistemic`, `epsilon` with
    `epsilon_weight`) or part of the scatter (`aleatory`); `site_term` is what the publication does. `kinks_km` are
    distances where the median bends. `wierde_ln(measure)` is the ln factor of a dwelling mound.

    `parts`, with the arguments of `reference`, splits its sds: between events tau and within an event phi, each
    (row, median or 1, scatter), tau^2 + phi^2 = sd^2; the site-to-site term is in neither. `correlation(measures)` is
    the matrix (measure, measure) of the residuals of ln Y at one site, None when it was not published; it raises
    KeyError for a measure outside the published matrix.
    """

    head: Motion
    units: Mapping[str, str]
    reference: Callable[[str, Floats, Floats, Component], tuple[Floats, Floats]]
    distance: Distance = "rupture"
    kinks_km: tuple[float, ...] = ()
    components: tuple[Component, ...] = ("geometric_mean",)
    medians: tuple[str, ...] = ("median",)
    median_weights: Callable[[ArrayLike], Floats] = _one_median
    scatters: tuple[str, ...] = ("scatter",)
    scatter_weight: Floats = field(default_factory=lambda: np.ones(1))
    site: SiteKey = ""
    response: SiteResponse = _no_response
    site_term: SiteTerm = "epistemic"
    epsilon: Floats = field(default_factory=lambda: np.zeros(1))
    epsilon_weight: Floats = field(default_factory=lambda: np.ones(1))
    wierde_ln: Callable[[str], float] = _no_mound
    parts: Callable[[str, Floats, Floats, Component], tuple[Floats, Floats]] | None = None
    correlation: Callable[[tuple[str, ...]], Floats] | None = None
