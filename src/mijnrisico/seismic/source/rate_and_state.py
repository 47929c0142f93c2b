"""Threshold rate-and-state: seeds of earthquakes that need time to grow, on faults that were far from failure.

Heimisson et al. (2022), doi:10.1093/gji/ggab467, on the law of Dieterich (1994), doi:10.1029/93JB02581, which Candela
et al. (2019, J. Geophys. Res. Solid Earth 124) used on Groningen without a threshold. No earthquakes until the stress s
first passes s_c, at the moment t_b; from then on

    R(t) = r exp((s(t) - s_c) / a) / D(t),      D(t) = 1 + (1/t_a) int from t_b to t of exp((s - s_c) / a) dt

with r the rate of a fault just at the threshold, a the A-sigma of the law of friction and t_a the time in which the
rate forgets. R = r t_a dlnD/dt, so a step has r t_a ln(D2 / D1) events. With s linear within a step the integral grows
by (exp2 - exp1)/slope: nothing here depends on the length of a step.

The kernels carry g = D exp(-(s - s_c)/a), Dieterich's state: R = r/g, and over a step of T years in which
d = (s2 - s1)/a

    events = r t_a ln(1 + q/g),    g  becomes  (g + q) exp(-d),    q = (T/t_a) (exp(d) - 1)/d

No exponential of the stress itself is taken, only of its changes, so nothing overflows.

Where s falls the rate follows the same law: it falls at once, is never negative, and goes on where the load stands
still or is below s_c again. This model needs no other rule of unloading.

Stress is relative to the largest in the field, as everywhere here: a and s_c are shares of `Group.scale`, which turns
them into MPa. r, per m2 of fault, is the productivity that the calibration integrates out.

Prior: flat in ln a, ln t_a and s_c over the grid. a from 0.02 to 0.32 by half octaves: others' fits of Groningen have
0.0013-0.010 MPa against thresholds of 0.17-0.37 MPa, a few per cent, and the growth of the extreme-threshold model
(theta1 of 3-13) is an a of 0.08-0.3; below 0.02 the rate only follows the load. t_a from 10 to 3,000 years by half
decades: others found 24-57 years, and by the end of the grid a fault that was never near the largest stress
forgets nothing. s_c from 0 to 0.5: by the first earthquakes more than half of the depletion had passed.
"""

from itertools import product

import numba
import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.source import sheets
from mijnrisico.seismic.source.loading import At, Loading
from mijnrisico.seismic.source.model import Group, RateModel

A_SIGMA = np.geomspace(0.02, 0.32, 9)
T_A_YEARS = np.array([10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0])
S_C = np.linspace(0.0, 0.5, 6)
INNER = np.array(list(product(A_SIGMA, T_A_YEARS, S_C)))
"""Prior grid (k, 3) of a, t_a (years) and s_c; the last one runs fastest."""

MODEL = Model(
    name="rate_and_state",
    role="rate",
    predicts={"event_rate": "1/year per cell"},
    needs={"coulomb_stress": "MPa", "fault_density": "m2/m2", "catalogue": "events"},
    valid={"year": (1995, 2023)},
    source="Heimisson et al. (2022), doi:10.1093/gji/ggab467; Candela et al. (2019)",
    departs="stress of the thin sheet on mapped faults, relative to the largest in the field; parameters from the "
    "times and places of the events, not from yearly counts",
)

NEGLIGIBLE = 1e-9
"""Share of the posterior below which `events_per_cell` leaves a combination out."""

_STEEP = 30.0  # change of s/a beyond which exp(d) is divided out
_SMALLEST, _LARGEST = 1e-300, 1e300  # of the state g: rates of 1e300 r and 1e-300 r


@numba.njit(cache=True)
def _start(before: float, after: float, a: float, s_c: float) -> tuple[float, float, float]:
    """Where a step first passes s_c: state g there (0 where it does not), change of s/a from there and share left."""
    if max(before, after) <= s_c:
        return 0.0, 0.0, 0.0
    if before >= s_c:
        return max(np.exp((s_c - before) / a), _SMALLEST), (after - before) / a, 1.0
    return 1.0, (after - s_c) / a, (after - s_c) / (after - before)


@numba.njit(cache=True)
def _growth(d: float) -> float:
    """(exp(d) - 1)/d up to `_STEEP`; beyond it (1 - exp(-d))/d, which is exp(-d) times that."""
    if abs(d) < 1e-9:
        return 1.0
    return np.expm1(d) / d if d < _STEEP else -np.expm1(-d) / d


@numba.njit(cache=True)
def _passed(g: float, q: float, d: float, decay: float) -> float:
    """State after a stretch; `q` from `_growth`, `decay` = exp(-d)."""
    return min((g + q) * decay, _LARGEST) if d < _STEEP else g * decay + q


@numba.njit(cache=True)
def _gone(g: float, q: float, d: float, decay: float) -> float:
    """ln(D2/D1) over a stretch that begins in state g."""
    return np.log(1.0 + q / g) if d < _STEEP else d + np.log(decay + q / g)


@numba.njit(cache=True, nogil=True)
def _events(
    stress: np.ndarray,
    years: np.ndarray,
    weight: np.ndarray,
    share: np.ndarray,
    asked: np.ndarray,
    a_sigma: np.ndarray,
    t_a: np.ndarray,
    s_c: np.ndarray,
    first: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of t_a ln(D2/D1): over cells by `weight` (step, a, t, c), and over combinations by `share` (step, cell).

    Only the pairs of a and s_c that are `asked` (a, c) for are marched; all t_a share their exponentials.
    """
    steps, n_a, n_t, n_c = years.size, a_sigma.size, t_a.size, s_c.size
    by_step = np.zeros((steps - first, n_a, n_t, n_c))
    by_cell = np.zeros((steps - first, weight.size))
    g = np.empty((n_a, n_c, n_t))
    for cell in range(weight.size):
        g[:] = 0.0
        for step in range(steps):
            before, after = stress[step, cell], stress[step + 1, cell]
            for i in range(n_a):
                whole = (after - before) / a_sigma[i]
                whole_growth, whole_decay = _growth(whole), np.exp(-whole)
                for k in range(n_c):
                    if not asked[i, k]:
                        continue
                    d, growth, decay = whole, whole_growth, whole_decay
                    if g[i, k, 0] == 0.0:
                        begun, d, left = _start(before, after, a_sigma[i], s_c[k])
                        if begun == 0.0:
                            continue
                        g[i, k, :] = begun
                        growth, decay = left * _growth(d), np.exp(-d)
                    for j in range(n_t):
                        q = growth * years[step] / t_a[j]
                        if step >= first:
                            events = t_a[j] * _gone(g[i, k, j], q, d, decay)
                            by_step[step - first, i, j, k] += weight[cell] * events
                            by_cell[step - first, cell] += share[i, j, k] * events
                        g[i, k, j] = _passed(g[i, k, j], q, d, decay)
    return by_step, by_cell


@numba.njit(cache=True, nogil=True)
def _rates(
    stress: np.ndarray,
    years: np.ndarray,
    inner: np.ndarray,
    step_of: np.ndarray,
    fraction: np.ndarray,
    cell_of: np.ndarray,
) -> np.ndarray:
    """R/r at each event, (k, event): marched from the first time to the moment of the event."""
    rate = np.zeros((inner.shape[0], step_of.size))
    for event in range(step_of.size):
        cell, last = cell_of[event], step_of[event]
        for k in range(inner.shape[0]):
            a, t_a, s_c = inner[k]
            g = 0.0
            for step in range(last + 1):
                before, after, length = stress[step, cell], stress[step + 1, cell], years[step]
                if step == last:
                    after, length = before + fraction[event] * (after - before), fraction[event] * length
                d, left = (after - before) / a, 1.0
                if g == 0.0:
                    g, d, left = _start(before, after, a, s_c)
                    if g == 0.0:
                        continue
                g = _passed(g, left * _growth(d) * length / t_a, d, np.exp(-d))
            if g > 0.0:
                rate[k, event] = 1.0 / g
    return rate


def events_per_step(
    stress: np.ndarray,
    step_years: np.ndarray,
    weight: np.ndarray,
    a_sigma: np.ndarray,
    t_a: np.ndarray,
    s_c: np.ndarray,
    first: int = 0,
) -> np.ndarray:
    """Expected events per step for r = 1: sum over cells of A D t_a ln(D2/D1), in the steps from `first` on.

    `stress` (time, cell) from before production on, relative to its scale, `step_years` (time - 1,), `weight` (cell,)
    = A D, and the axes of the three parameters. Returns (step, a, t, c).
    """
    nothing, all_pairs = np.zeros((a_sigma.size, t_a.size, s_c.size)), np.ones((a_sigma.size, s_c.size), dtype=np.bool_)
    axes = _plain(a_sigma), _plain(t_a), _plain(s_c)
    return _events(_plain(stress), _plain(step_years), _plain(weight), nothing, all_pairs, *axes, first)[0]


def events_per_cell(
    stress: np.ndarray,
    step_years: np.ndarray,
    share: np.ndarray,
    a_sigma: np.ndarray,
    t_a: np.ndarray,
    s_c: np.ndarray,
    first: int = 0,
) -> np.ndarray:
    """Events per m2 of fault in each step and cell, averaged by `share` (a, t, c) over the parameters; (step, cell).

    Pairs of a and s_c whose share is below `NEGLIGIBLE` of the whole are left out.
    """
    weight, asked = np.zeros(stress.shape[1]), share.max(axis=1) > NEGLIGIBLE * share.sum()
    axes = _plain(a_sigma), _plain(t_a), _plain(s_c)
    return _events(_plain(stress), _plain(step_years), weight, _plain(share), asked, *axes, first)[1]


def rate_at(
    stress: np.ndarray,
    step_years: np.ndarray,
    inner: np.ndarray,
    step: np.ndarray,
    fraction: np.ndarray,
    cell: np.ndarray,
) -> np.ndarray:
    """R/r at moments within steps, for each combination of `inner` (k, 3); (k, event). Zero until s_c is passed."""
    return _rates(_plain(stress), _plain(step_years), _plain(inner), step, fraction, cell)


def _plain(values: np.ndarray) -> np.ndarray:
    """Contiguous floats: the kernels are compiled for one layout."""
    return np.ascontiguousarray(values, dtype=np.float64)


def march_slow(stress: np.ndarray, step_years: np.ndarray, a: float, t_a: float, s_c: float) -> np.ndarray:
    """ln D (time,) of one cell, as the equations have it; the twin of the kernels in the tests.

    `stress` (time,), linear between its times. Overflows where (s - s_c)/a exceeds 700.
    """
    integral, passed, log_d = 0.0, False, [0.0]
    for low_s, after, whole in zip(stress[:-1], stress[1:], step_years, strict=True):
        before, years = low_s, whole
        if not passed and max(before, after) > s_c:
            passed = True
            if before < s_c:
                years, before = years * (after - s_c) / (after - before), s_c
        if passed:
            low, high = np.exp((before - s_c) / a), np.exp((after - s_c) / a)
            slope = (after - before) / a / years if years > 0.0 else 0.0
            integral += (high - low) / slope if slope != 0.0 else low * years
        log_d.append(np.log(1.0 + integral / t_a))
    return np.array(log_d)


def _expected(group: Group, loading: Loading) -> np.ndarray:
    weight = group.density * loading.cells.area_m2
    counts = events_per_step(group.stress, loading.all_step_years, weight, A_SIGMA, T_A_YEARS, S_C, loading.first)
    return counts.reshape(counts.shape[0], -1)


def _at_events(group: Group, loading: Loading, at: At) -> np.ndarray:
    rate = rate_at(group.stress, loading.all_step_years, INNER, at.step, at.fraction, at.cell)
    return group.density[at.cell] * rate


def _counts(group: Group, loading: Loading, weight: np.ndarray) -> np.ndarray:
    share = np.asarray(weight, float).reshape(A_SIGMA.size, T_A_YEARS.size, S_C.size)
    per_m2 = events_per_cell(group.stress, loading.all_step_years, share, A_SIGMA, T_A_YEARS, S_C, loading.first)
    return per_m2 * (group.density * loading.cells.area_m2)


RATE_AND_STATE = RateModel(
    "rate_and_state", MODEL, ("a_sigma", "t_a_years", "s_c"), INNER, sheets.elastic, _expected, _at_events, _counts
)
