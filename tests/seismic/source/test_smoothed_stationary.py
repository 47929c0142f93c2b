"""Smoothed stationary seismicity: mass inside the outline, honest scores, recovery of a known length."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.seismic.source import smoothed_stationary as smoothed
from mijnrisico.seismic.source.loading import At, Cells, Field, Loading, StressGrid, source_cells
from mijnrisico.seismic.source.model import Group

SIDE = 40


def _ground() -> Field:
    """A field of 40 by 40 cells of 500 m that lacks a corner and is cut half-way through its last column."""
    axis = 500.0 * np.arange(SIDE)
    inside = np.ones((SIDE, SIDE))
    inside[25:, :15] = 0.0
    inside[:, -1] = 0.5
    reservoir = xr.Dataset(
        {"thickness_filled": (("y", "x"), np.full_like(inside, 200.0)), "inside_fraction": (("y", "x"), inside)},
        coords={"y": axis, "x": axis},
    )
    points = xr.Dataset(
        {name: ("point", np.array(values)) for name, values in {
            "x": [4000.0, 9000.0], "y": [5000.0, 6000.0], "throw": [20.0, 40.0], "thickness": [200.0, 200.0],
            "length": [50.0, 50.0], "fault_id": [1, 1],
        }.items()}
    )  # fmt: skip
    return Field(reservoir, points)


GROUND = _ground()
CELLS: Cells = source_cells(GROUND)


def _events(x: np.ndarray, y: np.ndarray, first: str = "2001-03-01") -> pd.DataFrame:
    time = np.datetime64(first, "ns") + np.arange(x.size) * np.timedelta64(7, "D")
    return pd.DataFrame({"time": time, "x": x, "y": y, "magnitude": 2.0})


def _loading(events: pd.DataFrame) -> Loading:
    times = np.array([f"{year}-01-01" for year in range(2000, 2009)], dtype="datetime64[ns]")
    fall = np.linspace(0.0, 100.0, times.size)[:, None, None] * CELLS.active
    return Loading(
        GROUND, CELLS, times, fall, np.full(CELLS.active.shape, 347.0), 1, 8, StressGrid((0.4,), (1000.0,)), events
    )


def _at(loading: Loading, events: pd.DataFrame) -> At:
    return loading.at(events["time"].to_numpy(), events["x"].to_numpy(), events["y"].to_numpy())


def _groups(loading: Loading) -> list[Group]:
    return [make() for make in smoothed.SMOOTHED.groups(loading)]


def _somewhere(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    cell = rng.integers(CELLS.x.size, size=count)
    return CELLS.x[cell] + rng.uniform(-250.0, 250.0, count), CELLS.y[cell] + rng.uniform(-250.0, 250.0, count)


def _slow_density(x: np.ndarray, y: np.ndarray, bandwidth: float) -> np.ndarray:
    """The equation written out, event by event and cell by cell."""
    total = np.zeros(CELLS.x.size)
    for event_x, event_y in zip(x, y, strict=True):
        kernel = np.array(
            [
                np.exp(-((cx - event_x) ** 2 + (cy - event_y) ** 2) / (2.0 * bandwidth**2)) / (2 * np.pi * bandwidth**2)
                for cx, cy in zip(CELLS.x, CELLS.y, strict=True)
            ]
        )
        inside = sum(k * area for k, area in zip(kernel, CELLS.area_m2, strict=True))
        total += kernel / inside / x.size
    return total


def test_the_density_equals_the_equation_written_out():
    x, y = _somewhere(4, 1)
    found = smoothed.density(smoothed.kernels(x, y, CELLS, 900.0), CELLS.area_m2)
    np.testing.assert_allclose(found, _slow_density(x, y, 900.0), rtol=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 9), st.sampled_from(list(smoothed.BANDWIDTH_M)))
def test_every_event_counts_for_one_inside_the_outline(seed: int, count: int, bandwidth: float):
    x, y = _somewhere(count, seed)
    kernel = smoothed.kernels(x, y, CELLS, bandwidth)
    np.testing.assert_allclose(kernel @ CELLS.area_m2, 1.0, rtol=1e-12)
    assert (kernel >= 0.0).all()


def test_far_from_the_outline_the_kernel_is_the_gaussian_of_the_plane():
    kernel = smoothed.kernels(np.array([15_100.0]), np.array([6_200.0]), CELLS, 700.0)[0]
    distance2 = (CELLS.x - 15_100.0) ** 2 + (CELLS.y - 6_200.0) ** 2
    plane = np.exp(-0.5 * distance2 / 700.0**2) / (2 * np.pi * 700.0**2)
    np.testing.assert_allclose(kernel, plane, rtol=1e-6)


def test_an_epicentre_outside_the_field_counts_in_its_nearest_cell():
    outside = smoothed.kernels(np.array([-9000.0]), np.array([4000.0]), CELLS, 500.0)
    nearest = smoothed.kernels(np.array([0.0]), np.array([4000.0]), CELLS, 500.0)
    np.testing.assert_array_equal(outside, nearest)


def test_an_event_does_not_see_itself():
    x, y = _somewhere(12, 2)
    events = _events(x, y)
    loading = _loading(events)
    at = _at(loading, events)
    for group in _groups(loading):
        rate = smoothed.SMOOTHED.at_events(group, loading, at)[0]
        for event in (0, 7):
            others = np.arange(x.size) != event
            alone = _slow_density(x[others], y[others], group.parameters["bandwidth_m"])
            assert rate[event] == pytest.approx(alone[at.cell[event]], rel=1e-8, abs=1e-22)


def test_whose_event_it_is_does_not_depend_on_the_order_of_asking():
    events = _events(*_somewhere(9, 3))
    loading = _loading(events)
    group = _groups(loading)[3]
    order = np.array([4, 0, 8, 2])
    straight = smoothed.SMOOTHED.at_events(group, loading, _at(loading, events))[0]
    shuffled = smoothed.SMOOTHED.at_events(group, loading, _at(loading, events.iloc[order]))[0]
    np.testing.assert_array_equal(shuffled, straight[order])


def test_a_new_event_is_judged_by_all_events_of_the_fit():
    events = _events(*_somewhere(9, 4))
    loading = _loading(events)
    later = _events(events["x"].to_numpy()[:2], events["y"].to_numpy()[:2], "2006-05-05")
    group = _groups(loading)[2]
    rate = smoothed.SMOOTHED.at_events(group, loading, _at(loading, later))[0]
    np.testing.assert_array_equal(rate, group.density[_at(loading, later).cell])


def test_without_events_and_for_a_single_one_the_density_is_even():
    even = 1.0 / CELLS.area_m2.sum()
    nothing = _loading(_events(np.empty(0), np.empty(0)))
    asked = At(np.array([3]), np.array([0.5]), np.array([10]))
    for group in _groups(nothing):
        np.testing.assert_allclose(smoothed.SMOOTHED.at_events(group, nothing, asked), even)
    one = _events(*_somewhere(1, 5))
    group = _groups(_loading(one))[0]
    np.testing.assert_allclose(smoothed.SMOOTHED.at_events(group, _loading(one), _at(_loading(one), one)), even)


def test_the_rate_is_the_same_every_year_and_sums_to_the_length_of_the_step():
    loading = _loading(_events(*_somewhere(30, 6)))
    for group in _groups(loading):
        expected = smoothed.SMOOTHED.expected(group, loading)
        assert expected.shape == (7, 1)
        np.testing.assert_allclose(expected[:, 0], loading.step_years, rtol=1e-12)
        counts = smoothed.SMOOTHED.counts(group, loading, np.array([2.5]))
        np.testing.assert_allclose(counts.sum(axis=1), 2.5 * loading.step_years, rtol=1e-12)


def test_events_after_the_fit_change_nothing():
    events = _events(*_somewhere(20, 7))
    early = events.iloc[:12]
    loading = _loading(early)
    group = _groups(loading)[4]
    with_the_rest = smoothed.SMOOTHED.at_events(group, loading, _at(loading, events))[0]
    alone = smoothed.SMOOTHED.at_events(group, loading, _at(loading, early))[0]
    np.testing.assert_array_equal(with_the_rest[:12], alone)


@pytest.mark.parametrize(("spread", "expected"), [(1350.0, 707.0), (2700.0, 1414.0)])
def test_the_length_follows_the_spread_of_the_events(spread: float, expected: float):
    # Three clusters of known spread, 50 events each: the best length is that of Silverman's rule, spread / 50^(1/6).
    rng = np.random.default_rng(8)
    centre = np.array([[4000.0, 5000.0], [15_000.0, 4000.0], [14_000.0, 15_000.0]])[rng.integers(3, size=150)]
    x, y = (centre + rng.normal(0.0, spread, centre.shape)).T
    loading = _loading(_events(x, y, "2001-02-01"))
    at = _at(loading, loading.events)
    groups = _groups(loading)
    score = [np.log(smoothed.SMOOTHED.at_events(group, loading, at)).sum() for group in groups]
    best = groups[int(np.argmax(score))].parameters["bandwidth_m"]
    assert expected / 2.0**0.6 < best < expected * 2.0**0.6
