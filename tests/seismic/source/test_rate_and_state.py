"""Threshold rate-and-state: published numbers, twins, exact limits, recovery of known truth."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from mijnrisico.seismic.source import rate_and_state as rs
from mijnrisico.seismic.source.loading import At, Field, Loading, StressGrid, source_cells
from mijnrisico.seismic.source.model import Group

ONE = np.array([1.0])


def _rate(stress: np.ndarray, years: np.ndarray, a: float, t_a: float, s_c: float, fraction: float) -> float:
    """R/r in the one cell, a share of the last step gone by."""
    last = np.array([years.size - 1])
    inner = np.array([[a, t_a, s_c]])
    return float(rs.rate_at(stress[:, None], years, inner, last, np.array([fraction]), np.array([0]))[0, 0])


def _log_d(stress: np.ndarray, years: np.ndarray, a: float, t_a: float, s_c: float) -> np.ndarray:
    """ln D after each step in the one cell, by the kernel."""
    counts = rs.events_per_step(stress[:, None], years, ONE, np.array([a]), np.array([t_a]), np.array([s_c]))
    return np.concatenate([[0.0], np.cumsum(counts[:, 0, 0, 0])]) / t_a


@pytest.mark.parametrize(("years_after", "expected"), [(5.0, 39.333), (400.0, 39.6988)])
def test_the_published_numbers_of_a_steady_load(years_after: float, expected: float):
    # Numeric checks l2 (5 years after the threshold) and l1 (steady): 0.01 MPa a year, t_a 8,700 d, A-sigma 0.006 MPa.
    threshold, pace = 0.17, 0.01
    until = threshold / pace + years_after
    stress, years = np.array([0.0, pace * until]), np.array([until])
    assert _rate(stress, years, 0.006, 8700.0 / 365.25, threshold, 1.0) == pytest.approx(expected, rel=1e-4)


histories = st.lists(
    st.tuples(st.integers(-200, 500), st.one_of(st.just(0.0), st.floats(0.05, 3.0))), min_size=1, max_size=12
)


@settings(max_examples=40)
@given(histories, st.floats(0.02, 0.5), st.floats(1.0, 1000.0), st.floats(0.0, 0.8))
def test_the_kernel_equals_the_equations_whatever_the_history(history, a: float, t_a: float, s_c: float):
    thousandths, lengths = np.array(history).T
    stress = np.concatenate([[0.0], np.cumsum(thousandths)]) / 1000.0
    slow = rs.march_slow(stress, lengths, a, t_a, s_c)
    np.testing.assert_allclose(_log_d(stress, lengths, a, t_a, s_c), slow, rtol=1e-9, atol=1e-12)
    if slow[-1] > 0.0:
        at_end = np.exp((stress[-1] - s_c) / a - slow[-1])
        assert _rate(stress, lengths, a, t_a, s_c, 1.0) == pytest.approx(at_end, rel=1e-8)


def test_the_rate_integrates_to_the_count_also_where_the_threshold_is_passed_within_a_step():
    stress, years = np.array([0.0, 0.5, 0.9, 0.7]), np.array([2.0, 1.0, 1.5])
    a, t_a, s_c = 0.1, 4.0, 0.3
    log_d = _log_d(stress, years, a, t_a, s_c)
    for step, length in enumerate(years):
        upto = slice(0, step + 2), slice(0, step + 1)
        passed = 0.6 if step == 0 else 0.0
        whole = quad(lambda f, u=upto: _rate(stress[u[0]], years[u[1]], a, t_a, s_c, f), passed, 1.0)[0] * length
        assert whole == pytest.approx(t_a * (log_d[step + 1] - log_d[step]), rel=1e-7)


def test_cutting_a_step_into_pieces_changes_nothing():
    stress, years = np.array([0.0, 0.8, 0.6]), np.array([3.0, 2.0])
    fine = np.interp(np.linspace(0.0, 2.0, 41), [0.0, 1.0, 2.0], stress)
    finely = np.repeat(years / 20.0, 20)
    whole, cut = _log_d(stress, years, 0.07, 9.0, 0.25), _log_d(fine, finely, 0.07, 9.0, 0.25)
    np.testing.assert_allclose(cut[[0, 20, 40]], whole, rtol=1e-11)


def test_nothing_happens_below_the_threshold():
    stress, years = np.linspace(0.0, 0.29, 8), np.ones(7)
    assert not _log_d(stress, years, 0.05, 10.0, 0.3).any()
    assert _rate(stress, years, 0.05, 10.0, 0.3, 1.0) == 0.0


def test_without_forgetting_the_rate_is_the_exponential_of_the_stress():
    stress, years = np.array([0.0, 0.9]), np.array([10.0])
    assert _rate(stress, years, 0.2, 1e12, 0.3, 1.0) == pytest.approx(np.exp(3.0), rel=1e-8)


def test_a_small_a_gives_a_rate_in_proportion_to_the_loading():
    # Events = t_a (rise of stress above the threshold) / a: the steady limit, from the first moment on.
    stress, years = np.array([0.0, 0.7, 0.8]), np.array([7.0, 1.0])
    log_d = _log_d(stress, years, 1e-4, 5.0, 0.3)
    assert log_d[2] - log_d[1] == pytest.approx(0.1 / 1e-4, rel=1e-3)


def test_extreme_parameters_do_not_overflow():
    stress, years = np.array([0.0, 1.0, 0.0, 1.0, 1.0]), np.ones(4)
    with np.errstate(all="raise"):
        log_d = _log_d(stress, years, 1e-5, 1e-3, 0.0)
        rate = _rate(stress, years, 1e-5, 1e-3, 0.0, 0.5)
    assert np.isfinite(log_d).all()
    assert (np.diff(log_d) >= 0.0).all()
    assert np.isfinite(rate)


def test_where_the_load_falls_the_rate_falls_and_is_never_negative():
    stress = np.array([0.0, 0.8, 0.7, 0.6, 0.6, 0.6])
    counts = np.diff(_log_d(stress, np.ones(5), 0.05, 20.0, 0.3))
    assert (counts > 0.0).all()
    assert (np.diff(counts[1:]) < 0.0).all()
    rising = _rate(stress[:2], np.ones(1), 0.05, 20.0, 0.3, 1.0)
    assert _rate(stress[:3], np.ones(2), 0.05, 20.0, 0.3, 0.01) < rising


def test_the_sums_over_cells_and_over_parameters_are_sums_of_the_same_events():
    rng = np.random.default_rng(3)
    stress = np.cumsum(rng.uniform(-0.05, 0.2, (9, 70)), axis=0)
    years, weight = rng.uniform(0.5, 1.5, 8), rng.uniform(0.0, 2.0, 70)
    axes = np.array([0.05, 0.2]), np.array([5.0, 50.0, 500.0]), np.array([0.1, 0.4])
    by_step = rs.events_per_step(stress, years, weight, *axes, first=3)
    share = rng.uniform(0.0, 1.0, (2, 3, 2)) * (rng.uniform(size=(2, 1, 2)) > 0.3)
    by_cell = rs.events_per_cell(stress, years, share, *axes, first=3)
    np.testing.assert_allclose(by_cell @ weight, by_step.reshape(5, -1) @ share.ravel(), rtol=1e-9)
    slow = rs.march_slow(stress[:, 11], years, 0.2, 50.0, 0.4)
    alone = np.zeros((2, 3, 2))
    alone[1, 1, 1] = 2.0
    expected = 2.0 * 50.0 * np.diff(slow)[3:]
    np.testing.assert_allclose(rs.events_per_cell(stress, years, alone, *axes, first=3)[:, 11], expected, rtol=1e-9)


def test_the_count_doubles_when_the_density_doubles(synthetic):
    loading, group = synthetic
    twice = Group(group.parameters, 2.0 * group.density, group.stress, group.scale)
    once = rs.RATE_AND_STATE.expected(group, loading)
    np.testing.assert_allclose(rs.RATE_AND_STATE.expected(twice, loading), 2.0 * once, rtol=1e-12)


def test_the_counts_of_the_cells_sum_to_the_expected_number(synthetic):
    loading, group = synthetic
    weight = np.random.default_rng(4).uniform(size=rs.INNER.shape[0])
    counts = rs.RATE_AND_STATE.counts(group, loading, weight)
    assert counts.shape == (loading.step_years.size, loading.cells.x.size)
    np.testing.assert_allclose(counts.sum(axis=1), rs.RATE_AND_STATE.expected(group, loading) @ weight, rtol=1e-8)


@pytest.mark.parametrize("truth", [(0.08, 30.0, 0.2), (0.16, 300.0, 0.4)])
def test_the_parameters_that_made_the_events_are_found_again(synthetic, truth):
    loading, group = synthetic
    known = int(np.argmin(np.abs(np.log(rs.INNER[:, :2] / truth[:2])).sum(axis=1) + np.abs(rs.INNER[:, 2] - truth[2])))
    at = _drawn(loading, group, known, 4000, np.random.default_rng(11))
    expected = rs.RATE_AND_STATE.expected(group, loading).sum(axis=0)
    with np.errstate(divide="ignore"):
        rate = rs.RATE_AND_STATE.at_events(group, loading, at)
        log_likelihood = np.log(rate).sum(axis=1) - at.step.size * np.log(expected)
    np.testing.assert_allclose(rs.INNER[np.argmax(log_likelihood)], rs.INNER[known])


def _drawn(loading: Loading, group: Group, known: int, events: int, rng: np.random.Generator) -> At:
    """Events of one combination: step and cell from the counts, the moment within the step by rejection."""
    weight = (np.arange(rs.INNER.shape[0]) == known).astype(float)
    counts = rs.RATE_AND_STATE.counts(group, loading, weight)
    drawn = rng.choice(counts.size, size=events, p=counts.ravel() / counts.sum())
    step, cell = loading.first + drawn // counts.shape[1], drawn % counts.shape[1]
    fraction, waiting = np.empty(events), np.arange(events)
    ends = [_rates(loading, group, known, At(step, np.full(events, f), cell)) for f in np.linspace(0.0, 1.0, 21)]
    highest = 1.1 * np.max(ends, axis=0)
    while waiting.size:
        tried = At(step[waiting], rng.uniform(size=waiting.size), cell[waiting])
        taken = rng.uniform(size=waiting.size) * highest[waiting] < _rates(loading, group, known, tried)
        fraction[waiting[taken]] = tried.fraction[taken]
        waiting = waiting[~taken]
    return At(step, fraction, cell)


def _rates(loading: Loading, group: Group, known: int, at: At) -> np.ndarray:
    return rs.rate_at(group.stress, loading.all_step_years, rs.INNER[[known]], at.step, at.fraction, at.cell)[0]


@pytest.fixture(name="synthetic", scope="module")
def _synthetic() -> tuple[Loading, Group]:
    """A field of 12 by 12 cells under 30 yearly steps that slow down and end with a fall; asked from the tenth on."""
    axis, even = 500.0 * np.arange(12), np.ones((12, 12))
    reservoir = xr.Dataset(
        {"thickness_filled": (("y", "x"), 200.0 * even), "inside_fraction": (("y", "x"), even)},
        coords={"y": axis, "x": axis},
    )
    cells = source_cells(Field(reservoir, xr.Dataset()))
    times = np.array([f"{year}-01-01" for year in range(1970, 2001)], dtype="datetime64[ns]")
    pace = np.concatenate([np.full(10, 2.0), np.full(12, 3.0), np.full(5, 0.5), np.full(3, -1.0)])
    course = np.concatenate([[0.0], np.cumsum(pace)]) / np.cumsum(pace).max()
    stress = course[:, None] * np.linspace(0.15, 1.0, cells.x.size)
    fall = np.zeros((times.size, 12, 12))
    loading = Loading(
        Field(reservoir, xr.Dataset()),
        cells,
        times,
        fall,
        fall[0],
        first=9,
        scale_at=30,
        grid=StressGrid((0.4,), (3000.0,)),
        events=pd.DataFrame(),
    )
    density = np.random.default_rng(5).uniform(0.5, 1.5, cells.x.size)
    return loading, Group({}, density, stress, 0.5)
