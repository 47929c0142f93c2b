"""Stress members of the thin sheet: elastic, and elastic-plastic with rate-type compaction.

A member is one choice of fault pillars (`rmax`), smoothing (`sigma_m`) and, for the elastic-plastic sheet, of the slope
M of the critical state and the modulus Hs of the skeleton. Its Coulomb stress is

    S = smooth( max(0, -ds_h) G / 100 m ),      density = smooth(D)

with ds_h the change of the total horizontal stress and G, D the mean throw and the fault area per m2
(`subsurface.fault_stress`). Smoothing is linear, and the histories of ds_h of all slopes and moduli have nearly the
same maps of the field: so only a few basis maps are smoothed, and a member's history is a product of small matrices.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np

from mijnrisico.core.factor import basis
from mijnrisico.core.workers import Once
from mijnrisico.seismic.source.loading import Faults, Loading, faults
from mijnrisico.seismic.source.model import Group, Maker
from mijnrisico.subsurface import fault_stress, stress, thin_sheet
from mijnrisico.subsurface.compaction import rate_type
from mijnrisico.units import MPA_PER_BAR

BASIS_TOLERANCE = 1e-4
"""Length that the basis maps may leave out of the stress of any time and member, of a field of at least a third of the
largest; smoothing takes most of that away again.
"""


def elastic(loading: Loading) -> Iterator[Maker]:
    """Members (rmax, sigma) of the elastic sheet, whose horizontal stress is K times the depletion."""
    yield from _members(loading, _elastic_rise(loading), [{}], since=0)


def elastic_plastic(loading: Loading) -> Iterator[Maker]:
    """Members (rmax, sigma, slope, log10_hs) of the sheet that also flows, under rate-type compaction.

    There are many and the model that takes them looks at no step before `loading.first`: the stress before is left NaN.
    """
    slopes, moduli = np.asarray(loading.grid.slope, float), np.asarray(loading.grid.log10_hs, float)
    yield from _members(
        loading,
        _elastic_plastic_rise(loading),
        [{"slope": m, "log10_hs": h} for m, h in product(slopes, moduli)],
        since=min(loading.first, loading.scale_at),
    )


def public_convention(loading: Loading, parameters: Mapping[str, float]) -> fault_stress.PublicConvention:
    """How the stress of one member reads in the public source model, whose unit is its sum over the grid in 1995."""
    delayed, cells = "slope" in parameters, loading.cells
    choice = {"slope": (parameters["slope"],), "log10_hs": (parameters["log10_hs"],)} if delayed else {}
    one = replace(loading, grid=replace(loading.grid, **choice))
    rise = _elastic_plastic_rise(one) if delayed else _elastic_rise(one)
    on_grid = np.zeros(cells.active.shape)
    on_grid[cells.active] = rise[int(np.argmin(np.abs(loading.times - np.datetime64("1995-01-01", "ns"))))]
    pillars = faults(cells, parameters["rmax"], loading.ground.fault_points)
    load = on_grid * (pillars.gradient / fault_stress.REFERENCE_THROW_M)
    smoothed = fault_stress.smooth(load, parameters["sigma_m"], cells.spacing_m)
    return fault_stress.public_convention(smoothed, cells.spacing_m)


def _elastic_rise(loading: Loading) -> np.ndarray:
    """Rise of the horizontal stress (MPa) in the elastic sheet; (time, cell)."""
    factor = stress.stress_factor(_on_grid(loading.ground.compressibility_per_mpa))
    fall = np.maximum(loading.depletion_bar, 0.0) * MPA_PER_BAR * factor
    return fall.reshape(fall.shape[0], -1)[:, loading.cells.active.ravel()]


def _elastic_plastic_rise(loading: Loading) -> np.ndarray:
    """The same in the sheet that also flows, for every slope and modulus; (slope x modulus x time, cell)."""
    active = loading.cells.active
    compressibility = _on_grid(loading.ground.compressibility_per_mpa)
    compressibility = compressibility[active] if isinstance(compressibility, np.ndarray) else compressibility
    depth = loading.ground.reservoir["top_depth"].to_numpy()[active].astype(float)
    before = loading.initial_bar[active]
    vertical = stress.initial_vertical_stress_mpa(depth, before)
    loaded = stress.initial_vertical_stress_mpa(depth, before - loading.depletion_bar[:, active])
    years = np.concatenate([[0.0], np.cumsum(loading.all_step_years)])
    strains = rate_type.strain(loaded, years, compressibility)
    slopes, moduli = np.asarray(loading.grid.slope, float), np.asarray(loading.grid.log10_hs, float)
    change = thin_sheet.sheet_family(*strains, vertical, slopes, moduli, compressibility)
    return np.maximum(-change, 0.0).reshape(-1, active.sum())


def _on_grid(value: object) -> float | np.ndarray:
    """Compressibility as a number or on the grid (y, x)."""
    return float(value) if isinstance(value, int | float) else np.asarray(value, float)


@dataclass(frozen=True, slots=True)
class _Smoothed:
    """Fault density (cell,) and the basis maps on the faults (map, cell) of one (`rmax`, `sigma_m`)."""

    density: np.ndarray
    maps: np.ndarray


def _members(
    loading: Loading, change: np.ndarray, choices: Sequence[Mapping[str, float]], *, since: int
) -> Iterator[Maker]:
    """Groups from the rise of horizontal stress (choice x time, cell) in MPa."""
    cells, times = loading.cells, loading.times.size
    maps = basis(change.T, BASIS_TOLERANCE, least=0.3)
    share = (change @ maps).reshape(len(choices), times, -1)[:, since:]
    on_grid = np.zeros((maps.shape[1], *cells.active.shape))
    on_grid[:, cells.active] = maps.T

    def smoothed(pillars: Faults, sigma: float) -> _Smoothed:
        load = on_grid * (pillars.gradient / fault_stress.REFERENCE_THROW_M)
        density = fault_stress.smooth(pillars.density, sigma, cells.spacing_m)
        if loading.grid.smoothing == "faults":
            on_faults = fault_stress.smooth_on_faults(load, pillars.density, sigma, cells.spacing_m)
        else:
            on_faults = fault_stress.smooth(load, sigma, cells.spacing_m)
        return _Smoothed(density[cells.active], on_faults[:, cells.active])

    def group(parameters: Mapping[str, float], fields: Callable[[], _Smoothed], of_choice: np.ndarray) -> Group:
        found = fields()
        scale = float((of_choice[loading.scale_at - since] @ found.maps).max())
        stress_ = np.full((times, cells.x.size), np.nan)
        np.matmul(of_choice / scale, found.maps, out=stress_[since:])
        return Group(parameters, found.density, stress_, scale)

    for ratio in loading.grid.rmax:
        pillars = faults(cells, ratio, loading.ground.fault_points)
        for sigma in loading.grid.sigma_m:
            fields = Once(partial(smoothed, pillars, sigma))
            for chosen, of_choice in zip(choices, share, strict=True):
                yield partial(group, {"rmax": ratio, "sigma_m": sigma, **chosen}, fields, of_choice)
