"""Smoothed stationary seismicity: earthquakes will come where they came, as often as they came; no physics.

The reference that a model with physics has to beat. With the n events of the fit at x_i and a Gaussian K of standard
deviation h that is cut at the outline of the field and made whole again inside it,

    f(x) = (1/n) sum over i of K(x - x_i; h) / Z_i,      Z_i = integral over the field of K(x - x_i; h)

is the density (1/m2), and the rate is the productivity (events per year) times f, the same at every moment.

A density that has seen an event is too sure of it. So at an event that the fit is made of the density is that of the
n - 1 others (leave one out); at any other event, and in a forecast, it is that of all n. Zechar & Jordan (2010, Ann.
Geophys. 53) smooth with one length in the same way; Helmstetter et al. (2007), doi:10.1785/gssrl.78.1.78, with a length
for each event, the distance to its k-th neighbour. On this field that gains nothing (0.727 against 0.727 natural units
per event on 1995-2023, 0.726 against 0.724 on 1995-2011, once the event left out is no neighbour either), so one length
it is. Events are not declustered: aftershocks are counted where they fell.

The model is made of `Loading.events`: a hindcast hands it the events before its moment, and evaluates it anew for each.

Prior: flat in ln h from 0.5 km, the size of a cell and about the error of an epicentre, to 5.7 km.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.source import sheets
from mijnrisico.seismic.source.loading import At, Cells, Loading
from mijnrisico.seismic.source.model import Group, Maker, RateModel

BANDWIDTH_M = np.geomspace(500.0, 500.0 * 2.0**3.5, 8)
"""Prior grid of h (m), flat in its logarithm: half octaves from 0.5 to 5.7 km."""

MODEL = Model(
    name="smoothed_stationary",
    role="rate",
    predicts={"event_rate": "1/year per cell"},
    needs={"catalogue": "events", "outline": ""},
    valid={},
    source="Zechar and Jordan (2010), Ann. Geophys. 53; Helmstetter et al. (2007), doi:10.1785/gssrl.78.1.78",
    departs="Gaussian of one length, cut at the outline; length by leaving out one event; no declustering",
)


def kernels(x: np.ndarray, y: np.ndarray, cells: Cells, bandwidth_m: float) -> np.ndarray:
    """Density of each event over the field (event, cell) in 1/m2; times the areas of the cells it sums to one.

    An epicentre outside every cell counts at the centre of the nearest one, as it does in the likelihood.
    """
    nearest = cells.nearest(x, y)
    centre_x, centre_y = cells.x[nearest], cells.y[nearest]
    inside = np.maximum(np.abs(x - centre_x), np.abs(y - centre_y)) <= 0.5 * cells.spacing_m
    x, y = np.where(inside, x, centre_x), np.where(inside, y, centre_y)
    distance2 = (x[:, None] - cells.x) ** 2 + (y[:, None] - cells.y) ** 2
    kernel = np.exp(-0.5 * distance2 / bandwidth_m**2)
    return kernel / (kernel @ cells.area_m2)[:, None]


def density(kernel: np.ndarray, area_m2: np.ndarray) -> np.ndarray:
    """Mean of the kernels (event, cell); without events as even as the field, (cell,)."""
    if kernel.shape[0] == 0:
        return np.full(area_m2.size, 1.0 / area_m2.sum())
    return kernel.mean(axis=0)


def density_without(kernel: np.ndarray, area_m2: np.ndarray, event: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Density in each `cell` from all events but one, `event`; where `event` is -1 from all of them.

    `kernel` (event, cell) as `kernels` gives it; a single event leaves an even density. Returns (asked,).
    """
    n = kernel.shape[0]
    whole = density(kernel, area_m2)[cell]
    if n == 0:
        return whole
    others = (n * whole - kernel[event, cell]) / (n - 1) if n > 1 else np.full(whole.shape, 1.0 / area_m2.sum())
    return np.where(event >= 0, np.maximum(others, 0.0), whole)


def which(asked: At, known: At) -> np.ndarray:
    """Index among the `known` events of each one `asked` about, by moment and cell; -1 for one that is not there.

    Each known event is given out once.
    """
    left: dict[tuple[int, float, int], list[int]] = {}
    for index in range(known.step.size)[::-1]:
        left.setdefault(_key(known, index), []).append(index)
    found = [left.get(_key(asked, index)) for index in range(asked.step.size)]
    return np.array([indices.pop() if indices else -1 for indices in found], dtype=int)


def middle_member(loading: Loading) -> Group:
    """The elastic member in the middle of the stress grid: the stress of models whose rate does not come from it."""
    grid = loading.grid
    rmax, sigma = grid.rmax[len(grid.rmax) // 2], grid.sigma_m[len(grid.sigma_m) // 2]
    return next(sheets.elastic(replace(loading, grid=replace(grid, rmax=(rmax,), sigma_m=(sigma,)))))()


def _key(at: At, index: int) -> tuple[int, float, int]:
    return int(at.step[index]), float(at.fraction[index]), int(at.cell[index])


def _of_fit(loading: Loading, bandwidth_m: float) -> np.ndarray:
    """Kernels of the events of the fit."""
    events, cells = loading.events, loading.cells
    if events.empty:
        return np.zeros((0, cells.x.size))
    return kernels(events["x"].to_numpy(float), events["y"].to_numpy(float), cells, bandwidth_m)


def _groups(loading: Loading) -> Iterator[Maker]:
    middle = middle_member(loading)
    for bandwidth in BANDWIDTH_M:
        of_all = density(_of_fit(loading, bandwidth), loading.cells.area_m2)
        yield partial(Group, {"bandwidth_m": float(bandwidth)}, of_all, middle.stress, middle.scale)


def _expected(group: Group, loading: Loading) -> np.ndarray:
    return loading.step_years[:, None] * (group.density @ loading.cells.area_m2)


def _at_events(group: Group, loading: Loading, at: At) -> np.ndarray:
    events = loading.events
    if events.empty:
        return group.density[None, at.cell]
    known = loading.at(events["time"].to_numpy(), events["x"].to_numpy(float), events["y"].to_numpy(float))
    kernel = _of_fit(loading, group.parameters["bandwidth_m"])
    return density_without(kernel, loading.cells.area_m2, which(at, known), at.cell)[None]


def _counts(group: Group, loading: Loading, weight: np.ndarray) -> np.ndarray:
    return np.sum(weight) * loading.step_years[:, None] * (group.density * loading.cells.area_m2)


SMOOTHED = RateModel("smoothed_stationary", MODEL, (), np.zeros((1, 0)), _groups, _expected, _at_events, _counts)
