"""Aftershocks: what an earthquake sets off (ETAS), in time and on the plane.

An event of magnitude m at t', x' raises the rate at t, x by

    mu = K exp(a (m - m0)) (p - 1)/c (1 + dt/c)^-p (q - 1)/(pi d) (1 + r^2/d)^-q           [1/day/m2]

(Ogata 1998, doi:10.1023/A:1003403601725; constants p, q, d of the Groningen chain, Kraaijpoel et al. 2026). Both laws
integrate to one, over time and over the plane, so K exp(a (m - m0)) is the mean number of direct aftershocks. Events
outside the outline and after the end of the catalogue are not observed: the likelihood counts what falls inside.

The rate is the sum of the direct rate and of this for every earlier event. With n expected events in all and a share
`beta` of aftershocks among them, (1 - beta) and beta are the weights of two densities that integrate to one over the
fit (`mixture`): n is then known exactly, gamma(N + 1) for N events, and nothing has to be swept for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
from scipy.signal import fftconvolve

from mijnrisico.core.model import Model
from mijnrisico.seismic.source.loading import Cells
from mijnrisico.units import DAYS_PER_YEAR

P = 1.35
Q = 3.16
D_M2 = 4.0e6

ALPHA = np.linspace(0.0, 1.8, 7)
"""Prior grid of a, flat, over the range of the public run of 2024."""
C_DAYS = np.geomspace(0.05, 3.2, 7)
"""Prior grid of c, flat in ln c: 0.3 day is fixed in the public run, 0.5 +- 0.4 the published posterior (2026)."""
SHARE = np.linspace(0.0, 0.48, 17)
"""Grid of the share of aftershocks among the expected events; the prior is flat in K (`log_prior`)."""

MODEL = Model(
    name="etas",
    role="aftershocks",
    predicts={"event_rate": "1/year per cell"},
    needs={"catalogue": "events"},
    valid={"magnitude": (1.5, 3.6)},
    source="Ogata (1998), doi:10.1023/A:1003403601725; p, q and d of Kraaijpoel et al. (2026)",
    departs="the law on the plane is not split in x and y; only what falls inside the outline and before the end of "
    "the catalogue is expected; c has a posterior",
)


@dataclass(frozen=True, slots=True)
class Law:
    """One law of aftershocks: productivity K, alpha a, c (days), p, d (m2), q, and the magnitude m0 it counts from."""

    productivity: float
    alpha: float
    c_days: float
    p: float = P
    d_m2: float = D_M2
    q: float = Q
    magnitude_min: float = 1.45


def offspring(law: Law, magnitude: np.ndarray) -> np.ndarray:
    """Mean number of direct aftershocks of an event: K exp(a (m - m0))."""
    return law.productivity * np.exp(law.alpha * (np.asarray(magnitude) - law.magnitude_min))


def delay_days(law: Law, u: np.ndarray) -> np.ndarray:
    """Delay (days) that a share u of the direct aftershocks does not exceed."""
    return law.c_days * ((1.0 - np.asarray(u)) ** (-1.0 / (law.p - 1.0)) - 1.0)


def distance_m(law: Law, u: np.ndarray) -> np.ndarray:
    """Distance (m) that a share u of the direct aftershocks does not exceed."""
    return np.sqrt(law.d_m2 * ((1.0 - np.asarray(u)) ** (-1.0 / (law.q - 1.0)) - 1.0))


def time_density(days: np.ndarray, c_days: np.ndarray | float, p: float = P) -> np.ndarray:
    """Density of the delay (1/day), zero before the event."""
    after = np.maximum(days, 0.0)
    return np.where(days > 0.0, (p - 1.0) / c_days * (1.0 + after / c_days) ** -p, 0.0)


def time_share(days: np.ndarray, c_days: np.ndarray | float, p: float = P) -> np.ndarray:
    """Share of the direct aftershocks within a delay (days)."""
    return 1.0 - (1.0 + np.maximum(days, 0.0) / c_days) ** (1.0 - p)


def plane_density(distance2_m2: np.ndarray, d_m2: float = D_M2, q: float = Q) -> np.ndarray:
    """Density on the plane (1/m2) at a squared distance (m2)."""
    return (q - 1.0) / (np.pi * d_m2) * (1.0 + distance2_m2 / d_m2) ** -q


def plane_share(distance_m_: np.ndarray, d_m2: float = D_M2, q: float = Q) -> np.ndarray:
    """Share of the direct aftershocks within a distance (m)."""
    return 1.0 - (1.0 + np.asarray(distance_m_) ** 2 / d_m2) ** (1.0 - q)


@dataclass(frozen=True, slots=True)
class Excitation:
    """What earlier events add at each event, and how many aftershocks of it are expected to be seen, per unit K.

    `rate` (combination, event) in 1/m2/year, `expected` (combination,), for the combinations of `alpha` and `c_days`
    (combination,). `inside` (event,) is the share of the law on the plane inside the outline.
    """

    alpha: np.ndarray
    c_days: np.ndarray
    rate: np.ndarray
    expected: np.ndarray
    inside: np.ndarray


def excitation(
    time: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    magnitude: np.ndarray,
    *,
    until: str,
    cells: Cells,
    magnitude_min: float,
    alpha: Sequence[float] | np.ndarray = ALPHA,
    c_days: Sequence[float] | np.ndarray = C_DAYS,
    inside: np.ndarray | None = None,
) -> Excitation:
    """Sum the law over the earlier events for every combination of `alpha` and `c_days`.

    Events (event,) in order of time, before `until`; `inside` spares its calculation where it is known.
    """
    days = (np.asarray(time).astype("datetime64[ns]") - np.datetime64(until, "ns")) / np.timedelta64(1, "D")
    inside = share_inside(x, y, cells) if inside is None else inside
    lag = days[:, None] - days[None]
    near = plane_density((x[:, None] - x[None]) ** 2 + (y[:, None] - y[None]) ** 2)
    grid = [(a, c) for a in alpha for c in c_days]
    rate = np.empty((len(grid), days.size))
    expected = np.empty(len(grid))
    at_lag = {float(c): np.where(lag > 0.0, time_density(lag, c), 0.0) * near * DAYS_PER_YEAR for c in c_days}
    for k, (a, c) in enumerate(grid):
        born = np.exp(a * (magnitude - magnitude_min))
        rate[k] = at_lag[float(c)] @ born
        expected[k] = float((born * inside) @ time_share(-days, c))
    a, c = np.array(grid).T
    return Excitation(a, c, rate, expected, inside)


_GAUSS = np.polynomial.legendre.leggauss(3)


def share_inside(x: np.ndarray, y: np.ndarray, cells: Cells) -> np.ndarray:
    """Share of the law on the plane that falls inside the outline, for events at x, y (m); (event,).

    Sum over the cells of their area inside times the mean density over the cell (3 x 3 Gauss points).
    """
    shares = np.zeros(np.asarray(x).size)
    half = cells.spacing_m / 2.0
    for node_x, weight_x in zip(*_GAUSS, strict=True):
        for node_y, weight_y in zip(*_GAUSS, strict=True):
            away_x = np.asarray(x)[:, None] - (cells.x + node_x * half)[None]
            away_y = np.asarray(y)[:, None] - (cells.y + node_y * half)[None]
            shares += weight_x * weight_y / 4.0 * (plane_density(away_x**2 + away_y**2) @ cells.area_m2)
    return shares


def reach(x: np.ndarray, y: np.ndarray, cells: Cells) -> np.ndarray:
    """Share of the direct aftershocks of events at x, y (m) in each cell; (cell, event)."""
    away2 = (cells.x[:, None] - x) ** 2 + (cells.y[:, None] - y) ** 2
    return plane_density(away2) * cells.area_m2[:, None]


def log_prior(excited: Excitation, share: np.ndarray = SHARE) -> np.ndarray:
    """Log prior of (combination, share) that is flat in theta0, in K, in a and in ln c.

    With mu = n (1 - beta) direct events and K = n beta / H, d theta0 dK = dmu/mu dK = 1 / (H (1 - beta)) dn dbeta:
    so the law of n is untouched and the prior of the share is 1 / (H (1 - beta)).
    """
    return -np.log(excited.expected)[:, None] - np.log1p(-share)[None]


@numba.njit(cache=True)
def _log_mixture(ratio: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Sum over events of ln((1 - beta) + beta ratio), by products of sixteen between logs."""
    total = np.zeros(share.size)
    for j in range(share.size):
        keep, beta, product, logs, taken = 1.0 - share[j], share[j], 1.0, 0.0, 0
        for i in range(ratio.size):
            product *= keep + beta * ratio[i]
            taken += 1
            if taken == 16:
                logs += np.log(product)
                product, taken = 1.0, 0
        total[j] = logs + np.log(product)
    return total


@numba.njit(parallel=True, cache=True)
def _mixtures(direct: np.ndarray, whole: np.ndarray, rate: np.ndarray, expected: np.ndarray, share: np.ndarray):
    """Log-likelihood (k, combination, share) of direct densities and aftershocks, each normalised over the fit."""
    members, events = direct.shape
    combinations = rate.shape[0]
    out = np.empty((members, combinations, share.size))
    for k in numba.prange(members):
        ratio = np.empty(events)
        base = 0.0
        for i in range(events):
            base += np.log(max(direct[k, i] / whole[k], 1e-20))
        for g in range(combinations):
            for i in range(events):
                ratio[i] = rate[g, i] / expected[g] / max(direct[k, i] / whole[k], 1e-20)
            out[k, g] = base + _log_mixture(ratio, share)
    return out


def mixture(direct: np.ndarray, whole: np.ndarray, excited: Excitation, share: np.ndarray = SHARE) -> np.ndarray:
    """Log-likelihood of where and when the events are, (k, combination, share), but for their number.

    Sum over events of ln((1 - beta) f_i + beta h_i), f_i = direct (k, event) / whole (k,), its integral over the fit,
    and h_i the aftershock rate over its own. A direct rate of zero (an unloaded place) leaves the event to the
    aftershocks; the floor of 1e-20 per m2 and year, far below any of these, only keeps the logarithm finite.
    """
    return _mixtures(np.ascontiguousarray(direct), np.ascontiguousarray(whole), excited.rate, excited.expected, share)


def mixture_slow(direct: np.ndarray, whole: np.ndarray, excited: Excitation, share: np.ndarray = SHARE) -> np.ndarray:
    """The same as `mixture`, written as the equation; its twin in the tests."""
    f = np.maximum(direct / whole[:, None], 1e-20)[:, None, None]
    h = (excited.rate / excited.expected[:, None])[None, :, None]
    beta = share[None, None, :, None]
    return np.log((1.0 - beta) * f + beta * h).sum(axis=-1)


def branching(law: Law, probability: np.ndarray, magnitudes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the mean number of aftershocks of an event, over its magnitude; probability (..., m)."""
    born = offspring(law, magnitudes)
    mean = probability @ born
    return mean, probability @ born**2 - mean**2


def step_shares(edges_days: np.ndarray, c_days: float, p: float = P) -> np.ndarray:
    """Share of the direct aftershocks of an event, uniform in step s, that falls in step t; (s, t), zero for t < s.

    From the integral of the time law, in closed form: with F the integral of `time_share`,
    [F(t1 - s0) - F(t0 - s0) - F(t1 - s1) + F(t0 - s1)] / (s1 - s0).
    """

    def integral(days: np.ndarray) -> np.ndarray:
        after = np.maximum(days, 0.0)
        return after - c_days / (2.0 - p) * ((1.0 + after / c_days) ** (2.0 - p) - 1.0)

    start, end = edges_days[:-1, None], edges_days[1:, None]
    low, high = edges_days[None, :-1], edges_days[None, 1:]
    shares = integral(high - start) - integral(low - start) - integral(high - end) + integral(low - end)
    return np.triu(shares / (end - start))


def inherited(time: np.ndarray, born: np.ndarray, edges: np.ndarray, c_days: float, p: float = P) -> np.ndarray:
    """Direct aftershocks that past events still have in each step: (event, step), from `born` (event,) in all."""
    days = (edges[None].astype("datetime64[ns]") - time[:, None].astype("datetime64[ns]")) / np.timedelta64(1, "D")
    return np.diff(time_share(days, c_days, p), axis=1) * born[:, None]


_FIELDS = 16  # transformed together, so that the transforms of hundreds do not lie in memory at once


@lru_cache(maxsize=4)
def _kernel(spacing_m: float, reach: int) -> np.ndarray:
    """Share of the aftershocks of a parent, uniform in its cell, in the cell at each offset; (2 reach + 1,) squared.

    The difference of two uniform points has a triangular density, integrated with 6 Gauss points on either side.
    """
    nodes, weights = np.polynomial.legendre.leggauss(6)
    across = np.concatenate([(nodes - 1.0) / 2.0, (nodes + 1.0) / 2.0])
    weight = np.concatenate([weights, weights]) / 2.0 * (1.0 - np.abs(across))
    offset = (np.arange(-reach, reach + 1)[:, None] + across).ravel() * spacing_m
    density = plane_density(offset[:, None] ** 2 + offset[None] ** 2)
    blocks = density.reshape(2 * reach + 1, across.size, 2 * reach + 1, across.size)
    return np.einsum("iajb,a,b->ij", blocks, weight, weight) * spacing_m**2


def spread(fields: np.ndarray, cells: Cells) -> np.ndarray:
    """Move `fields` (cell, n) from parents to their direct aftershocks; what falls outside the outline is gone.

    A cell on the rim takes the share of its area inside.
    """
    reach = max(cells.active.shape)
    kernel = _kernel(cells.spacing_m, reach)
    inside = cells.area_m2 / cells.spacing_m**2
    out = np.empty_like(fields, dtype=float)
    for first in range(0, fields.shape[1], _FIELDS):
        some = slice(first, first + _FIELDS)
        on_grid = np.zeros((fields[:, some].shape[1], *cells.active.shape))
        on_grid[:, cells.active] = fields[:, some].T
        moved = fftconvolve(on_grid, kernel[None], mode="same", axes=(1, 2))
        out[:, some] = moved[:, cells.active].T * inside[:, None]
    return out
