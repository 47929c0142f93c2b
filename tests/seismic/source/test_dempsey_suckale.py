"""Dempsey & Suckale: stress on a plane with an exact answer, twins, conservation, recovery of known truth."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico import data
from mijnrisico.seismic.source import dempsey_suckale as ds
from mijnrisico.seismic.source.loading import At, Field, Loading, StressGrid, source_cells
from mijnrisico.seismic.source.model import Group

PRESSURE = 34.7
SIDE = 16


def _loading() -> Loading:
    """A field of 16 by 16 cells with 10 straight faults of every direction; the pressure falls 22 years, then rises."""
    axis, even = 500.0 * np.arange(SIDE), np.ones((SIDE, SIDE))
    reservoir = xr.Dataset(
        {"thickness_filled": (("y", "x"), 200.0 * even), "inside_fraction": (("y", "x"), even)},
        coords={"y": axis, "x": axis},
    )
    rng = np.random.default_rng(2)
    along = np.arange(-1500.0, 1501.0, 100.0)
    lines = [(rng.uniform(2000.0, 5500.0, 2), angle) for angle in np.pi * np.arange(10) / 10.0]
    columns = {
        "x": np.concatenate([x + along * np.sin(angle) for (x, _), angle in lines]),
        "y": np.concatenate([y + along * np.cos(angle) for (_, y), angle in lines]),
        "fault_id": np.repeat(np.arange(10), along.size),
        "throw": np.full(10 * along.size, 30.0),
        "thickness": np.full(10 * along.size, 200.0),
        "length": np.full(10 * along.size, 100.0),
    }
    points = xr.Dataset({name: ("point", values) for name, values in columns.items()})
    ground = Field(reservoir, points)
    cells = source_cells(ground)
    times = np.array([f"{year}-01-01" for year in range(1980, 2005)], dtype="datetime64[ns]")
    course = np.concatenate([np.linspace(0.0, 1.0, 23), [0.97, 0.95]])
    fall = 300.0 * course[:, None, None] * (0.6 + 0.4 * np.linspace(0.0, 1.0, SIDE))[None, None, :] * even
    return Loading(
        ground, cells, times, fall, np.full(even.shape, 10.0 * PRESSURE), 8, 24, StressGrid((0.4,), (1000.0,))
    )


LOADING = _loading()
GROUP: Group = next(ds.DEMPSEY_SUCKALE.groups(LOADING))()
FALL, POINTS, BEFORE = ds._state(LOADING)


def _index(*parameters: float) -> int:
    return int(np.argmin(np.abs(ds.INNER - np.array(parameters)).sum(axis=1)))


def _everywhere(step: int, fraction: float) -> At:
    cells = np.arange(LOADING.cells.x.size)
    return At(np.full(cells.size, step), np.full(cells.size, fraction), cells)


def test_a_fault_of_the_best_direction_and_dip_just_fails_before_production():
    # The dip of 70 degrees is the best one for a friction of tan(50 degrees), along the largest horizontal stress.
    friction = np.tan(np.deg2rad(2.0 * ds.DIP_DEG - 90.0))
    for theta in (0.0, 0.3, 0.9):
        inner, strike = np.array([friction, 0.0, 0.4, theta, 0.9]), -np.deg2rad(90.0 * theta)
        assert ds.coulomb_stress(np.array(0.0), np.array(strike), inner, PRESSURE) == pytest.approx(0.0, abs=1e-9)
        others = ds.coulomb_stress(np.zeros(40), strike + np.linspace(0.1, 3.0, 40), inner, PRESSURE)
        assert (others < 0.0).all()


def test_the_largest_horizontal_stress_points_theta_quarter_turns_west_of_north():
    # With theta = 0.5 a fault to the north-west (azimuth 315 degrees) is the one loaded most.
    inner, strike = np.array([0.6, 0.1, 0.5, 0.5, 0.9]), np.deg2rad(np.arange(0.0, 360.0, 5.0))
    best = np.rad2deg(strike[np.argmax(ds.coulomb_stress(np.array(5.0), strike, inner, PRESSURE))])
    assert best % 180.0 == pytest.approx(135.0)


def test_the_offset_moves_every_fault_away_from_failure():
    strike = np.linspace(0.0, np.pi, 19)
    near = ds.coulomb_stress(np.array(0.0), strike, np.array([0.6, 0.1, 0.4, 0.2, 0.9]), PRESSURE)
    far = ds.coulomb_stress(np.array(0.0), strike, np.array([0.6, 0.2, 0.4, 0.2, 0.9]), PRESSURE)
    assert (far < near).all()


def test_equal_horizontal_stresses_load_every_direction_alike():
    stress = ds.coulomb_stress(np.array(8.0), np.linspace(0.0, np.pi, 7), np.array([0.6, 0.1, 0.0, 0.7, 0.9]), PRESSURE)
    np.testing.assert_allclose(stress, stress[0], rtol=1e-12)


def test_stress_on_a_plane_is_that_of_the_stress_tensor():
    inner, strike, fall = np.array([0.6, 0.15, 0.4, 0.3, 0.9]), 0.7, 6.0
    friction, offset, ratio, theta, path = inner
    least = PRESSURE + (ds.VERTICAL_MPA - PRESSURE) / (np.hypot(friction, 1.0) + friction) ** 2
    least += offset * (ds.VERTICAL_MPA - least)
    largest = least + ratio * (ds.VERTICAL_MPA - least)
    west = np.deg2rad(90.0 * theta)
    axis = np.array([-np.sin(west), np.cos(west), 0.0])
    across = np.array([axis[1], -axis[0], 0.0])
    tensor = largest * np.outer(axis, axis) + least * np.outer(across, across) - path * fall * np.diag([1.0, 1.0, 0.0])
    tensor[2, 2] = ds.VERTICAL_MPA
    dip = np.deg2rad(ds.DIP_DEG)
    normal = np.array([np.cos(strike) * np.sin(dip), -np.sin(strike) * np.sin(dip), np.cos(dip)])
    traction = tensor @ normal
    pressing = normal @ traction
    shear = np.linalg.norm(traction - pressing * normal)
    expected = shear - friction * (pressing - (PRESSURE - fall))
    found = ds.coulomb_stress(np.array(fall), np.array(strike), inner, PRESSURE)
    assert float(found) == pytest.approx(expected, rel=1e-12)


def test_the_strike_is_that_of_the_chord_between_the_neighbours():
    x, y = (
        np.array([0.0, 100.0, 200.0, 600.0, 700.0, 0.0, 0.0, 5.0]),
        np.array([0.0, 100.0, 100.0, 0.0, 0.0, 9e3, 9100.0, 0.0]),
    )
    fault = np.array([1, 1, 1, 1, 1, 2, 2, 3])
    found = ds.strikes(fault, x, y)
    ahead = np.arctan2([100.0, 200.0, 100.0, 100.0, 100.0, 0.0, 0.0], [100.0, 100.0, 0.0, 0.0, 0.0, 100.0, 100.0])
    np.testing.assert_allclose(found[:7], ahead)
    assert np.isnan(found[7])


def test_a_point_well_inside_the_field_counts_for_one_and_one_at_the_edge_for_less():
    middle = np.hypot(LOADING.cells.x[POINTS.cell] - 3750.0, LOADING.cells.y[POINTS.cell] - 3750.0) < 1200.0
    np.testing.assert_allclose(POINTS.inside[middle], 1.0, rtol=1e-12)
    assert (POINTS.inside < 1.0 + 1e-12).all()
    assert POINTS.inside.min() == pytest.approx(POINTS.kernel[[np.argmin(POINTS.inside)]].sum() * 500.0**2)
    assert POINTS.inside.min() < 0.995


@settings(max_examples=30)
@given(st.floats(0.5, 0.8), st.floats(0.0, 0.3), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.8, 1.0))
def test_the_kernels_equal_the_equations(friction: float, offset: float, ratio: float, theta: float, path: float):
    inner = np.array([[friction, offset, ratio, theta, path]])
    failure = np.maximum(ds.coulomb_stress(FALL[:, POINTS.cell], POINTS.strike, inner[0], BEFORE), 0.0)
    rises = np.maximum(np.diff(failure, axis=0), 0.0)
    slow = (rises * POINTS.size_m2) @ (POINTS.kernel.toarray() @ LOADING.cells.area_m2)
    np.testing.assert_allclose(ds.events_per_step(FALL, POINTS, inner, BEFORE)[:, 0], slow, rtol=1e-9, atol=1e-9)
    per_cell = (rises * POINTS.size_m2) @ POINTS.kernel.toarray()
    found = ds.events_per_cell(FALL, POINTS, inner, np.array([0.5]), BEFORE)
    np.testing.assert_allclose(found, 0.5 * per_cell, rtol=1e-9, atol=1e-15)


def test_faults_that_are_not_critical_or_are_unloaded_have_no_events():
    inner = np.array([[0.6, 0.1, 0.3, 0.5, 0.9]])
    failure = ds.coulomb_stress(FALL[:, POINTS.cell], POINTS.strike, inner[0], BEFORE)
    counts = ds.events_per_step(FALL, POINTS, inner, BEFORE)[:, 0]
    quiet = (failure[1:] <= 0.0).all(axis=1)
    assert quiet.any()
    assert (counts[quiet] == 0.0).all()
    assert (counts[-2:] == 0.0).all()
    assert counts.max() > 0.0


def test_the_rate_at_a_moment_integrates_to_the_events_of_the_step():
    inner = np.array([[0.6, 0.1, 0.3, 0.5, 0.9]])
    counts = ds.events_per_step(FALL, POINTS, inner, BEFORE)[:, 0]
    years = LOADING.all_step_years
    middles = (np.arange(100) + 0.5) / 100.0
    for step in (np.flatnonzero(counts)[2], 21):
        over_cells = [
            ds.rate_at(FALL, years, POINTS, inner, BEFORE, _everywhere(int(step), fraction))[0] @ LOADING.cells.area_m2
            for fraction in middles
        ]
        assert np.mean(over_cells) * years[step] == pytest.approx(counts[step], rel=0.02)


def test_the_even_share_moves_events_without_adding_any():
    weight = np.random.default_rng(4).uniform(size=ds.INNER.shape[0])
    counts = ds.DEMPSEY_SUCKALE.counts(GROUP, LOADING, weight)
    expected = ds.DEMPSEY_SUCKALE.expected(GROUP, LOADING)
    assert counts.shape == (16, LOADING.cells.x.size)
    np.testing.assert_allclose(counts.sum(axis=1), expected @ weight, rtol=1e-9)
    busy = expected @ weight > 0.0
    assert (counts[busy].min(axis=1) >= 0.99 * ds.EVEN_SHARE * counts[busy].mean(axis=1)).all()


def test_an_event_far_from_every_fault_has_the_even_rate_of_its_year():
    nearby = POINTS.kernel.sum(axis=0)
    cell = int(np.argmin(nearby))
    assert nearby[cell] == 0.0
    at = At(np.array([20]), np.array([0.4]), np.array([cell]))
    rate = ds.DEMPSEY_SUCKALE.at_events(GROUP, LOADING, at)[:, 0]
    expected = ds.DEMPSEY_SUCKALE.expected(GROUP, LOADING)[20 - LOADING.first] / LOADING.all_step_years[20]
    np.testing.assert_allclose(rate, ds.EVEN_SHARE * expected / LOADING.cells.area_m2.sum(), rtol=1e-9)


def test_larger_faults_have_more_events_in_proportion():
    wider = LOADING.ground.fault_points.assign(thickness=2.0 * LOADING.ground.fault_points["thickness"])
    thicker = replace(LOADING, ground=replace(LOADING.ground, fault_points=wider))
    once = ds.DEMPSEY_SUCKALE.expected(GROUP, LOADING)
    np.testing.assert_allclose(ds.DEMPSEY_SUCKALE.expected(GROUP, thicker), 2.0 * once, rtol=1e-12)


@pytest.mark.parametrize("truth", [(0.5, 0.12, 0.5, 0.5, 0.9), (0.8, 0.04, 1 / 6, 5 / 6, 1.0)])
def test_the_parameters_that_made_the_events_are_found_again(truth: tuple[float, ...]):
    known, rng = _index(*truth), np.random.default_rng(6)
    alone = (np.arange(ds.INNER.shape[0]) == known).astype(float)
    counts = ds.DEMPSEY_SUCKALE.counts(GROUP, LOADING, alone)
    drawn = rng.choice(counts.size, size=2000, p=counts.ravel() / counts.sum())
    step, cell = LOADING.first + drawn // counts.shape[1], drawn % counts.shape[1]
    at = At(step, rng.uniform(size=step.size), cell)
    expected = ds.DEMPSEY_SUCKALE.expected(GROUP, LOADING).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = ds.DEMPSEY_SUCKALE.at_events(GROUP, LOADING, at)
        score = np.log(rate).sum(axis=1) - step.size * np.log(expected)
    best = ds.INNER[np.nanargmax(score)]
    np.testing.assert_allclose(best, ds.INNER[known])


def test_the_embedded_faults_have_a_strike_but_for_two_points():
    points = data.dataset("fault_points")
    fault = 1000 * points["fault_id"].to_numpy() + points["part"].to_numpy()
    assert np.count_nonzero(np.isnan(ds.strikes(fault, points["x"].to_numpy(), points["y"].to_numpy()))) == 2
