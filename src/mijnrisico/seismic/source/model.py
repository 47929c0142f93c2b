"""What a model of the earthquake rate is: the same few functions, whatever the physics.

A model turns loading into a *direct* rate (aftershocks come on top, in `aftershocks`) up to one factor, its
productivity, which the calibration integrates out:

    rate at x, t  =  productivity  *  density(x)  *  growth(x, t; group, inner)           [events / m2 / year]

A `Group` is what costs time to make (fields of fault density and stress for one choice of faults, smoothing and
rheology); the `inner` parameters are swept over a grid within a group. Densities are per m2 and stress is relative to
the largest in the field at a named moment; what is left of the grid is in how stress is smoothed (`StressGrid`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.source.loading import At, Loading


@dataclass(frozen=True, slots=True)
class Group:
    """One choice of what is expensive: its parameters by name, and its fields.

    `density` (cell,) is the weight of a cell per m2 (m2 of fault per m2; for a model without faults 1/m2), `stress`
    (time, cell) the load relative to `scale` (MPa), the largest in the field at `Loading.scale_at`. Models whose rate
    does not come from that stress still give one, since models of the magnitude may ask for it.
    """

    parameters: Mapping[str, float]
    density: np.ndarray
    stress: np.ndarray
    scale: float


Maker = Callable[[], Group]
"""Makes a group when it is wanted: a forecast needs only those with weight, and threads make them side by side."""


@dataclass(frozen=True, slots=True)
class RateModel:
    """A model of the direct rate under the `name` that scenarios and branches give it.

    `inner` (k, p) are the combinations of the parameters `inner_names`, under a prior flat in each unless the module
    says otherwise. Steps are those of the loading from `loading.first` on. With unit productivity:

    - `groups(loading)` yields what makes each group, in an order that depends on the grid alone;
    - `expected(group, loading)` is the number of events per step over the field, (step, k);
    - `at_events(group, loading, at)` the rate per m2 and year at each event, (k, event);
    - `counts(group, loading, weight)` the number of events per step and cell, averaged over the inner combinations by
      `weight` (k,), which need not sum to one: (step, cell).
    """

    name: str
    head: Model
    inner_names: tuple[str, ...]
    inner: np.ndarray
    groups: Callable[[Loading], Iterator[Maker]]
    expected: Callable[[Group, Loading], np.ndarray]
    at_events: Callable[[Group, Loading, At], np.ndarray]
    counts: Callable[[Group, Loading, np.ndarray], np.ndarray]
