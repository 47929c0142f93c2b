"""Dempsey & Suckale: earthquakes on faults that are already critical, at the pace at which they are loaded further.

After Dempsey & Suckale (2017, Geophys. Res. Lett. 44); equations, fixed values and ranges are those of the code that
the first author published for a later forecast of this field (github.com/ddempsey/groningen). On each point of a fault

    CFS = tau - f (sigma_n - p),      rate = max(dCFS/dt, 0) where CFS > 0, times the size of the point,

smoothed with a Gaussian of 0.5 km; one factor, the productivity (events per m2 of fault and MPa), fits the number.

Stress before production, total and positive in compression: vertical S_v of 2,500 kg/m3 at 3 km; least horizontal S_h
such that the best oriented fault just fails, S_h = p + (S_v - p)/(sqrt(f^2 + 1) + f)^2, then raised by h (S_v - S_h);
largest horizontal S_H = S_h + H (S_v - S_h), pointing theta times 90 degrees west of north. As the pressure falls by q
both horizontal stresses fall by A q and the vertical one stays. For a fault of dip delta whose normal makes an angle
alpha with S_H, with S_n = S_H cos^2 alpha + S_h sin^2 alpha - A q and S_s = (S_H - S_h) sin alpha cos alpha,

    sigma_n = S_n sin^2 delta + S_v cos^2 delta,      tau = sin delta sqrt(S_s^2 + cos^2 delta (S_v - S_n)^2)

Kept: all of the above and the dip of 70 degrees of every fault. Departs:

- every mapped fault point instead of 325 straight segments; its strike is that of the chord between its neighbours on
  the fault, within 1 degree on average of the strike that the authors of the points give;
- thickness of the reservoir at the point, where there it is a plane in x and y;
- CFS is linear within a step, so a step has max(0, rise of max(CFS, 0)) events, where there the rate of a year counts
  in full if CFS is positive at its end;
- the likelihood of times and places instead of a weighted misfit of yearly counts and profiles;
- `EVEN_SHARE` of the events of a year is spread evenly over the field, for epicentres that are off and faults that are
  not mapped, where there each point has a rate of 1e-8 at least. A fault that is unloaded has no events of its own.

Prior: flat in the five parameters over the ranges searched there (f 0.5-0.8, H and theta 0-1, A 0.8-1), except that h
stops at 0.24 instead of 0.5: from 0.22 on no fault of this field was critical by 1995, when there were events. The
optimum there is H 0.381, f 0.502, A 0.998, h 0.191, theta 0.518; the grid keeps to thirds of H and theta.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numba
import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from mijnrisico.core.model import Model
from mijnrisico.seismic.source.loading import At, Cells, Loading
from mijnrisico.seismic.source.model import Group, Maker, RateModel
from mijnrisico.seismic.source.smoothed_stationary import middle_member
from mijnrisico.units import MPA_PER_BAR

DIP_DEG = 70.0
VERTICAL_MPA = 2500.0 * 9.81 * 3000.0 / 1e6
BANDWIDTH_M = 500.0
TRUNCATION = 4.0
LONGEST_GAP_M = 300.0
EVEN_SHARE = 0.01
NEGLIGIBLE = 1e-9
"""Share of the posterior below which `events_per_cell` leaves a combination out."""

FRICTION = np.array([0.5, 0.65, 0.8])
OFFSET = np.linspace(0.0, 0.24, 7)
HORIZONTAL = np.array([1 / 6, 1 / 2, 5 / 6])
AZIMUTH = np.array([1 / 6, 1 / 2, 5 / 6])
STRESS_PATH = np.array([0.8, 0.9, 1.0])
INNER = np.array(list(product(FRICTION, OFFSET, HORIZONTAL, AZIMUTH, STRESS_PATH)))
"""Prior grid (k, 5) of f, h, H, theta and A; the last one runs fastest."""

MODEL = Model(
    name="dempsey_suckale",
    role="rate",
    predicts={"event_rate": "1/year per cell"},
    needs={"depletion": "bar", "fault_points": "", "reservoir_thickness": "m", "catalogue": "events"},
    valid={"year": (1995, 2023)},
    source="Dempsey and Suckale (2017), Geophys. Res. Lett. 44; constants from github.com/ddempsey/groningen",
    departs="every mapped fault point with its own strike, one dip; fitted to the times and places of events; 1 % of "
    "the events evenly over the field",
)


def strikes(fault: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Direction of each fault point (radians clockwise from north), of the chord between its neighbours on the fault.

    `fault` (point,) tells faults and their parts apart; points follow each other along a fault, and a gap of more than
    `LONGEST_GAP_M` breaks it. At an end the one neighbour counts. NaN for a point without neighbours.
    """
    joined = (fault[1:] == fault[:-1]) & (np.hypot(np.diff(x), np.diff(y)) <= LONGEST_GAP_M)
    index = np.arange(x.size)
    before = index - np.concatenate([[False], joined])
    after = index + np.concatenate([joined, [False]])
    direction = np.arctan2(x[after] - x[before], y[after] - y[before])
    return np.where(before == after, np.nan, direction)


@dataclass(frozen=True, slots=True)
class Points:
    """Fault points in the field: size (m2) and strike (rad) of each, its cell, and the share of it in nearby cells.

    `kernel` (point, cell) in 1/m2 is the Gaussian between point and centre of cell; its integral over the plane is one,
    and over the field `inside` (point,).
    """

    size_m2: np.ndarray
    strike: np.ndarray
    cell: np.ndarray
    kernel: csr_array
    inside: np.ndarray


def points_in(cells: Cells, points: xr.Dataset) -> Points:
    """The fault points inside the cells that have a strike; sizes are length times thickness of the reservoir."""
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    fault = points["fault_id"].to_numpy().astype(np.int64) * 1000
    if "part" in points:
        fault = fault + points["part"].to_numpy()
    strike = strikes(fault, x, y)
    size = points["length"].to_numpy() * points["thickness"].to_numpy()
    column = np.floor((x - cells.grid_x[0]) / cells.spacing_m + 0.5).astype(int)
    row = np.floor((y - cells.grid_y[0]) / cells.spacing_m + 0.5).astype(int)
    rows, columns = cells.active.shape
    kept = np.isfinite(strike) & (size > 0.0) & (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    number = np.full((rows, columns), -1)
    number[cells.active] = np.arange(cells.x.size)
    kept[kept] &= number[row[kept], column[kept]] >= 0
    kernel = _kernel(cells, number, x[kept], y[kept], row[kept], column[kept])
    return Points(size[kept], strike[kept], number[row[kept], column[kept]], kernel, kernel @ cells.area_m2)


def _kernel(
    cells: Cells, number: np.ndarray, x: np.ndarray, y: np.ndarray, row: np.ndarray, column: np.ndarray
) -> csr_array:
    """Gaussian between points and centres of cells (point, cell), 1/m2, cut at 4 standard deviations."""
    reach = int(np.ceil(TRUNCATION * BANDWIDTH_M / cells.spacing_m))
    rows, columns = number.shape
    along = np.arange(-reach, reach + 1)
    to_x = (column[:, None] + along) * cells.spacing_m + cells.grid_x[0] - x[:, None]
    to_y = (row[:, None] + along) * cells.spacing_m + cells.grid_y[0] - y[:, None]
    distance2 = to_y[:, :, None] ** 2 + to_x[:, None, :] ** 2
    weight = np.where(distance2 <= (TRUNCATION * BANDWIDTH_M) ** 2, np.exp(-0.5 * distance2 / BANDWIDTH_M**2), 0.0)
    weight /= weight.sum(axis=(1, 2), keepdims=True) * cells.spacing_m**2
    at_row, at_column = row[:, None, None] + along[:, None], column[:, None, None] + along[None, :]
    on_grid = (at_row >= 0) & (at_row < rows) & (at_column >= 0) & (at_column < columns)
    cell = np.where(on_grid, number[np.clip(at_row, 0, rows - 1), np.clip(at_column, 0, columns - 1)], -1)
    point, i, j = np.nonzero((cell >= 0) & (weight > 0.0))
    return csr_array((weight[point, i, j], (point, cell[point, i, j])), shape=(x.size, cells.x.size))


def coulomb_stress(fall_mpa: np.ndarray, strike: np.ndarray, inner: np.ndarray, pressure_mpa: float) -> np.ndarray:
    """CFS (MPa) as the equations have it, for one combination `inner` (5,) = f, h, H, theta, A; the twin of `_coulomb`.

    Fall of the pressure (MPa) and strike (rad) broadcast against each other.
    """
    friction, offset, ratio, theta, path = inner
    dip, azimuth = np.deg2rad(DIP_DEG), -np.deg2rad(90.0 * theta)
    critical = pressure_mpa + (VERTICAL_MPA - pressure_mpa) / (np.sqrt(friction**2 + 1.0) + friction) ** 2
    least = critical + offset * (VERTICAL_MPA - critical)
    largest = least + ratio * (VERTICAL_MPA - least)
    angle = strike + 0.5 * np.pi - azimuth
    along = largest * np.cos(angle) ** 2 + least * np.sin(angle) ** 2 - path * fall_mpa
    across = (largest - least) * np.sin(angle) * np.cos(angle)
    normal = along * np.sin(dip) ** 2 + VERTICAL_MPA * np.cos(dip) ** 2
    shear = np.sin(dip) * np.sqrt(across**2 + np.cos(dip) ** 2 * (VERTICAL_MPA - along) ** 2)
    return shear - friction * (normal - (pressure_mpa - fall_mpa))


_SINE2, _COSINE2 = np.sin(np.deg2rad(DIP_DEG)) ** 2, np.cos(np.deg2rad(DIP_DEG)) ** 2


def _prepared(points: Points, inner: np.ndarray, pressure_mpa: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the kernels need of `inner` (k, 5).

    `state` (k, 4): least horizontal stress before production, largest minus least, friction and stress path; `turned`
    (theta, point): squared cosine between the normal and the largest stress; `theta` (k,): which of them.
    """
    friction, offset, ratio = inner[:, 0], inner[:, 1], inner[:, 2]
    critical = pressure_mpa + (VERTICAL_MPA - pressure_mpa) / (np.sqrt(friction**2 + 1.0) + friction) ** 2
    least = critical + offset * (VERTICAL_MPA - critical)
    state = np.column_stack([least, ratio * (VERTICAL_MPA - least), friction, inner[:, 4]])
    azimuths, theta = np.unique(inner[:, 3], return_inverse=True)
    return state, np.sin(points.strike + 0.5 * np.pi * azimuths[:, None]) ** 2, theta.ravel()


@numba.njit(cache=True, inline="always")
def _coulomb(fall: float, state: np.ndarray, turned: float, pressure: float) -> float:
    """CFS (MPa) after a fall of the pressure (MPa); `state` (4,) and `turned` as in `_prepared`."""
    along = state[0] + state[1] * turned - state[3] * fall
    across2 = state[1] ** 2 * turned * (1.0 - turned)
    shear = np.sqrt(_SINE2 * (across2 + _COSINE2 * (VERTICAL_MPA - along) ** 2))
    return shear - state[2] * (_SINE2 * along + _COSINE2 * VERTICAL_MPA - pressure + fall)


@numba.njit(parallel=True, cache=True)
def _field(
    fall: np.ndarray, weight: np.ndarray, state: np.ndarray, turned: np.ndarray, theta: np.ndarray, pressure: float
) -> np.ndarray:
    """Sum over points of weight times rise of max(CFS, 0), (k, step); `fall` (point, time)."""
    times = fall.shape[1]
    total = np.zeros((theta.size, times - 1))
    for k in numba.prange(theta.size):
        failure = np.empty(times)
        for point in range(weight.size):
            for time in range(times):
                failure[time] = max(_coulomb(fall[point, time], state[k], turned[theta[k], point], pressure), 0.0)
            for step in range(times - 1):
                total[k, step] += weight[point] * max(failure[step + 1] - failure[step], 0.0)
    return total


@numba.njit(parallel=True, cache=True)
def _points(
    fall: np.ndarray, share: np.ndarray, state: np.ndarray, turned: np.ndarray, theta: np.ndarray, pressure: float
) -> np.ndarray:
    """Rise of max(CFS, 0) averaged by `share` (k,) over the combinations, (point, step); `fall` (point, time)."""
    points, times = fall.shape
    total = np.zeros((points, times - 1))
    for point in numba.prange(points):
        failure = np.empty(times)
        for k in range(theta.size):
            for time in range(times):
                failure[time] = max(_coulomb(fall[point, time], state[k], turned[theta[k], point], pressure), 0.0)
            for step in range(times - 1):
                total[point, step] += share[k] * max(failure[step + 1] - failure[step], 0.0)
    return total


@numba.njit(parallel=True, cache=True)
def _near(
    start: np.ndarray,
    point_of: np.ndarray,
    weight: np.ndarray,
    step_of: np.ndarray,
    fraction: np.ndarray,
    fall: np.ndarray,
    state: np.ndarray,
    turned: np.ndarray,
    theta: np.ndarray,
    pressure: float,
) -> np.ndarray:
    """Rise per step of the points near each event that are critical at its moment, times their weight; (k, event).

    Points of event e are `point_of` from `start[e]` to `start[e + 1]`, with their `weight`.
    """
    rate = np.zeros((theta.size, step_of.size))
    for event in numba.prange(step_of.size):
        step = int(step_of[event])
        for entry in range(start[event], start[event + 1]):
            point = int(point_of[entry])
            before_fall, after_fall = fall[point, step], fall[point, step + 1]
            for k in range(theta.size):
                before = _coulomb(before_fall, state[k], turned[theta[k], point], pressure)
                after = _coulomb(after_fall, state[k], turned[theta[k], point], pressure)
                if after > before and before + fraction[event] * (after - before) > 0.0:
                    rate[k, event] += weight[entry] * (after - before)
    return rate


def _at_points(fall_mpa: np.ndarray, points: Points) -> np.ndarray:
    """Fall of the pressure in the cell of each point, (point, time)."""
    return np.ascontiguousarray(fall_mpa[:, points.cell].T)


def events_per_step(fall_mpa: np.ndarray, points: Points, inner: np.ndarray, pressure_mpa: float) -> np.ndarray:
    """Events in the field per step for unit productivity: sum over points of size, share inside and rise; (step, k).

    `fall_mpa` (time, cell) is the fall of the pressure, `inner` (k, 5), `pressure_mpa` that before production.
    """
    weight = points.size_m2 * points.inside
    return _field(_at_points(fall_mpa, points), weight, *_prepared(points, inner, pressure_mpa), pressure_mpa).T


def events_per_cell(
    fall_mpa: np.ndarray, points: Points, inner: np.ndarray, share: np.ndarray, pressure_mpa: float
) -> np.ndarray:
    """Events from faults per m2 of each step and cell, averaged by `share` (k,) over `inner`; (step, cell)."""
    asked = share > NEGLIGIBLE * share.sum()
    prepared = _prepared(points, inner[asked], pressure_mpa)
    rises = _points(_at_points(fall_mpa, points), np.asarray(share[asked], float), *prepared, pressure_mpa)
    return (points.kernel.T @ (rises * points.size_m2[:, None])).T


def rate_at(
    fall_mpa: np.ndarray, step_years: np.ndarray, points: Points, inner: np.ndarray, pressure_mpa: float, at: At
) -> np.ndarray:
    """Rate from faults per m2 and year at each event, for unit productivity; (k, event)."""
    near = csr_array(points.kernel.T)[at.cell]
    per_event = _near(
        near.indptr,
        near.indices,
        near.data * points.size_m2[near.indices],
        at.step,
        at.fraction,
        _at_points(fall_mpa, points),
        *_prepared(points, inner, pressure_mpa),
        pressure_mpa,
    )
    return per_event / step_years[at.step]


def _state(loading: Loading) -> tuple[np.ndarray, Points, float]:
    """Fall of the pressure in the cells (MPa, from the first time), the fault points, and the pressure before."""
    active = loading.cells.active
    fall = loading.depletion_bar[:, active] * MPA_PER_BAR
    points = points_in(loading.cells, loading.ground.fault_points)
    return fall, points, float(np.mean(loading.initial_bar[active])) * MPA_PER_BAR


def _groups(loading: Loading) -> Iterator[Maker]:
    middle = middle_member(loading)
    points = points_in(loading.cells, loading.ground.fault_points)
    density = points.kernel.T @ points.size_m2
    yield partial(Group, {}, density, middle.stress, middle.scale)


def _expected(group: Group, loading: Loading) -> np.ndarray:  # noqa: ARG001 - the one group has nothing to choose
    fall, points, pressure = _state(loading)
    return events_per_step(fall[loading.first :], points, INNER, pressure)


def _at_events(group: Group, loading: Loading, at: At) -> np.ndarray:  # noqa: ARG001
    fall, points, pressure = _state(loading)
    years, asked = loading.all_step_years, int(at.step.min()) if at.step.size else 0
    whole = events_per_step(fall[asked:], points, INNER, pressure) / years[asked:, None]
    even = whole[at.step - asked].T / loading.cells.area_m2.sum()
    return (1.0 - EVEN_SHARE) * rate_at(fall, years, points, INNER, pressure, at) + EVEN_SHARE * even


def _counts(group: Group, loading: Loading, weight: np.ndarray) -> np.ndarray:  # noqa: ARG001
    fall, points, pressure = _state(loading)
    area = loading.cells.area_m2
    counts = events_per_cell(fall[loading.first :], points, INNER, weight, pressure) * area
    return (1.0 - EVEN_SHARE) * counts + EVEN_SHARE * counts.sum(axis=1, keepdims=True) * area / area.sum()


DEMPSEY_SUCKALE = RateModel(
    "dempsey_suckale",
    MODEL,
    ("friction", "offset", "horizontal", "azimuth", "stress_path"),
    INNER,
    _groups,
    _expected,
    _at_events,
    _counts,
)
