import numpy as np
import pytest
import xarray as xr

from mijnrisico.subsurface.gas_flow import to_grid

X = 500.0 + 1000.0 * np.arange(6)
Y = 500.0 + 1000.0 * np.arange(4)
FINE_X, FINE_Y = 250.0 + 500.0 * np.arange(12), 250.0 + 500.0 * np.arange(8)


def field(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(
        values[None], dims=("time", "y", "x"), coords={"time": [0], "y": Y, "x": X}, attrs={"units": "bar"}
    )


def test_plane_is_met_exactly_within_the_cells():
    values = 100.0 + 2e-3 * X[None, :] - 1e-3 * Y[:, None]
    fine = to_grid(field(values), FINE_X[1:-1], FINE_Y[1:-1])
    expected = 100.0 + 2e-3 * FINE_X[None, 1:-1] - 1e-3 * FINE_Y[1:-1, None]
    np.testing.assert_allclose(fine.values[0], expected)
    assert fine.attrs["units"] == "bar"


def test_empty_cells_do_not_leak_in():
    values = np.where(X[None, :] < 3000.0, 200.0, np.nan) * np.ones((4, 1))
    fine = to_grid(field(values), FINE_X, FINE_Y)
    np.testing.assert_allclose(fine.values, 200.0)


def test_point_without_active_neighbours_takes_the_nearest():
    values = np.full((4, 6), np.nan)
    values[0, 0], values[3, 0] = 100.0, 300.0
    fine = to_grid(field(values), np.array([5500.0]), np.array([600.0, 3400.0]))
    np.testing.assert_allclose(fine.values[0, :, 0], [100.0, 300.0])


def test_same_grid_returns_the_same_pressures():
    values = np.random.default_rng(1).uniform(60, 350, (4, 6))
    np.testing.assert_allclose(to_grid(field(values), X, Y).values[0], values)


def test_field_without_time_stays_without_time():
    values = np.random.default_rng(1).uniform(60, 350, (4, 6))
    assert to_grid(field(values).isel(time=0, drop=True), FINE_X, FINE_Y).dims == ("y", "x")


def test_values_stay_within_those_of_the_active_cells():
    rng = np.random.default_rng(5)
    values = np.where(rng.uniform(size=(4, 6)) < 0.4, np.nan, rng.uniform(60, 350, (4, 6)))
    fine = to_grid(field(values), FINE_X, FINE_Y).values
    assert np.nanmin(values) - 1e-9 <= fine.min()
    assert fine.max() == pytest.approx(min(fine.max(), np.nanmax(values)))
