"""Grids by Fourier transform beside the direct sum over cells, and beside bodies with an exact answer."""

import numpy as np
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.errors import InputError
from mijnrisico.subsidence import field
from mijnrisico.subsidence.field import QUANTITIES, surface
from mijnrisico.subsidence.kernel import Layer, Settings, build, geertsma, volume_within

EVERY = {
    "geertsma": Settings("geertsma", poisson=0.3),
    "van_opstal": Settings(poisson=0.2, basement_m=5000.0),
    "knothe": Settings("knothe", angle_deg=40.0),
    "layered": Settings("layered", layers=(Layer(800.0, 3.0, 0.35), Layer(1500.0, 10.0, 0.25), Layer(None, 25.0, 0.2))),
}
RIGID = EVERY["van_opstal"]


def lost(values: np.ndarray, width: float = 500.0, height: float = 500.0) -> xr.DataArray:
    """Volumes (..., y, x) on cells of a size."""
    values = np.asarray(values, dtype=float)
    y, x = 4e5 + height * np.arange(values.shape[-2]), 2e5 + width * np.arange(values.shape[-1])
    return xr.DataArray(values, coords={"y": y, "x": x}, dims=("time", "y", "x")[-values.ndim :])


def some(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.0, 1e5, shape)


def summed(volume: xr.DataArray, depth, chosen: Settings, quantity: str, cell: tuple[float, float]) -> np.ndarray:
    """The direct sum over cells, point by point."""
    x, y = (each.ravel() for each in np.meshgrid(volume["x"], volume["y"]))
    flat = volume.to_numpy().reshape(-1, x.size)
    depth = np.broadcast_to(depth, volume.shape[-2:]).ravel()
    made = np.zeros((x.size, len(flat)))
    for i in range(0, x.size, 100):  # few depths at a time: each has its own kernel
        part = slice(i, i + 100)
        green = field.influence(x, y, x[part], y[part], depth[part], chosen, quantity, cell_m=cell)
        made += green @ flat[:, part].T
    return made.T.reshape(volume.shape)


def close(found: xr.DataArray, expected: np.ndarray, share: float) -> None:
    np.testing.assert_allclose(found.to_numpy(), expected, rtol=0.0, atol=share * np.abs(expected).max())


@pytest.mark.parametrize("name", EVERY)
def test_the_transform_is_the_sum_over_cells_for_every_quantity(name: str) -> None:
    volume = lost(some((2, 11, 14)), 500.0, 700.0)
    found = field.on_grid(volume, EVERY[name], 3000.0, tuple(QUANTITIES))
    for quantity in QUANTITIES:
        close(found[quantity], summed(volume, 3000.0, EVERY[name], quantity, (500.0, 700.0)), 1e-13)
        assert found[quantity].attrs["units"] == QUANTITIES[quantity].units
    assert found.attrs["truncated"] == 0.0


def test_nothing_between_cells_is_cut_off_however_far() -> None:
    volume = np.zeros((3, 400))
    volume[1, 0] = 1e6
    found = field.on_grid(lost(volume), Settings("geertsma"), 3000.0)["subsidence"]
    expected = 1e6 * build(Settings("geertsma"), 3000.0).vertical(np.array(399 * 500.0))
    assert float(found[1, -1]) == pytest.approx(float(expected), rel=1e-3)


@pytest.mark.parametrize(("cell", "depth"), [(100.0, 3000.0), (500.0, 3000.0), (1000.0, 2000.0), (500.0, 600.0)])
def test_a_cell_is_the_rectangle_that_it_is(cell: float, depth: float) -> None:
    volume = np.zeros((5, 9))
    volume[2, 2] = 1.0
    found = field.on_grid(lost(volume, cell, cell), Settings("geertsma"), depth)["subsidence"]
    x, y = np.meshgrid(cell * (np.arange(9) - 2.0), cell * (np.arange(5) - 2.0))
    edges = (-cell / 2, -cell / 2, cell / 2, cell / 2)
    close(found, geertsma.rectangle(x, y, edges, depth) / cell**2, 1e-7)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_the_average_over_a_square_cell_is_the_same_from_tables_and_from_points(name: str, share: float) -> None:
    kernel = build(EVERY[name], 3000.0)
    cell = share * surface.length_m(kernel)
    dx, dy = np.meshgrid(np.linspace(-9000.0, 9000.0, 91), np.linspace(0.0, 9000.0, 46))
    assert dx.size > surface.MANY
    tables = surface.cell_average(kernel, dx, dy, "subsidence", (cell, cell))
    points = np.array(
        [surface.cell_average(kernel, *row, "subsidence", (cell, cell)) for row in zip(dx, dy, strict=True)]
    )
    np.testing.assert_allclose(tables, points, rtol=0.0, atol=2e-8 * points.max())


def test_a_disc_on_cells_of_100_m_is_the_disc_to_a_ten_thousandth() -> None:
    radius, depth, cell = 5000.0, 3000.0, 100.0
    angle = 2.0 * np.pi * np.arange(1440) / 1440
    shape = shapely.Polygon(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    edge = cell * np.arange(-55, 60)
    west, south = np.meshgrid(edge, edge[:110])
    area = shapely.area(shapely.intersection(shapely.box(west, south, west + cell, south + cell), shape))
    found = field.on_grid(lost(area, cell, cell), Settings("geertsma"), depth)["subsidence"].to_numpy()
    x, y = west + cell / 2, south + cell / 2
    exact = geertsma.disc(np.hypot(x, y), radius, depth)[0]
    assert np.abs(found - exact).max() < 1e-4 * exact.max()


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.sampled_from(sorted(EVERY)))
@settings(max_examples=8)
def test_fields_of_two_activities_add_up(a: float, b: float, name: str) -> None:
    one, two = some((9, 9), 1), some((9, 9), 2)
    found = field.on_grid(lost(a * one + b * two), EVERY[name], 3000.0)["subsidence"]
    parts = field.on_grid(lost(np.stack([one, two])), EVERY[name], 3000.0)["subsidence"]
    np.testing.assert_allclose(found, a * parts[0] + b * parts[1], atol=1e-12)


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
@settings(max_examples=8)
def test_a_field_moved_by_part_of_a_cell_is_the_same_field(dx: float, dy: float) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-4e3, 4e3, (2, 30))
    source, volume = rng.uniform(-3e3, 3e3, (2, 8)), rng.uniform(0.0, 1e5, 8)
    east, north = 500.0 * dx, 500.0 * dy
    here = field.at_points(x, y, *source, 3000.0, volume, RIGID, ("subsidence", "strain_xy"))
    there = field.at_points(
        x + east, y + north, source[0] + east, source[1] + north, 3000.0, volume, RIGID, ("subsidence", "strain_xy")
    )
    for quantity in here:
        np.testing.assert_allclose(there[quantity], here[quantity], rtol=1e-9, atol=1e-18)


def test_the_bowl_over_a_rigid_base_holds_what_is_lost() -> None:
    volume = np.zeros((181, 181))
    volume[80:100, 85:95] = some((20, 10))
    found = field.on_grid(lost(volume), Settings(basement_m=2250.0), 1500.0)["subsidence"]
    assert float(found.sum()) * 500.0**2 == pytest.approx(volume.sum(), rel=1e-6)


def test_in_a_half_space_a_point_pulls_sideways_by_distance_over_depth() -> None:
    x = np.linspace(-9e3, 9e3, 41)
    found = field.at_points(
        x, 0.0 * x, [0.0], [0.0], 3000.0, np.array([1e6]), Settings("geertsma"), ("subsidence", "east")
    )
    np.testing.assert_allclose(found["east"], -x / 3000.0 * found["subsidence"], rtol=1e-12, atol=1e-18)


def test_depth_that_varies_is_interpolated_among_planes_with_the_error_that_is_said() -> None:
    volume = lost(some((2, 12, 15)))
    x, y = np.meshgrid(volume["x"], volume["y"])
    depth = 2500.0 + 100.0 * np.round(0.001 * (x - x[0, 0]) + 3.0 * np.sin(y / 2000.0))
    quantities = ("subsidence", "east", "curvature_xx")
    found = field.on_grid(volume, RIGID, depth, quantities)
    assert 0.0 < found.attrs["depth_error"] < 1e-8
    for quantity, share in zip(quantities, (1e-8, 1e-8, 1e-6), strict=True):
        close(found[quantity], summed(volume, depth, RIGID, quantity, (500.0, 500.0)), share)


def test_a_few_depths_are_exact() -> None:
    volume, depth = lost(some((8, 8))), np.where(np.arange(8) < 4, 2000.0, 3500.0) + np.zeros((8, 8))
    found = field.on_grid(volume, RIGID, depth)
    assert found.attrs["depth_error"] == 0.0
    close(found["subsidence"], summed(volume, depth, RIGID, "subsidence", (500.0, 500.0)), 1e-13)


def test_the_depth_of_a_cell_that_loses_nothing_does_not_count() -> None:
    volume = np.zeros((2, 8, 8))
    volume[:, 2:5, 2:5] = some((2, 3, 3))
    depth = np.where(volume[0] > 0.0, 2000.0 + 100.0 * np.arange(8), np.nan)
    found = field.on_grid(lost(volume), RIGID, depth)["subsidence"]
    close(found, summed(lost(volume), np.nan_to_num(depth, nan=2000.0), RIGID, "subsidence", (500.0, 500.0)), 1e-13)
    depth[3, 3] = np.nan
    with pytest.raises(InputError) as raised:
        field.on_grid(lost(volume), RIGID, depth)
    assert raised.value.problems[0].where == "depth_m"


def test_many_depths_of_points_are_interpolated_too() -> None:
    rng = np.random.default_rng(5)
    depth, source = rng.uniform(2000.0, 3500.0, 200), rng.uniform(-5e3, 5e3, (2, 200))
    x = np.linspace(-8e3, 8e3, 9)
    found = field.influence(x, x, *source, depth, RIGID)
    exact = np.hstack(
        [field.influence(x, x, *source[:, i : i + 50], depth[i : i + 50], RIGID) for i in range(0, 200, 50)]
    )
    np.testing.assert_allclose(found, exact, rtol=0.0, atol=2e-8 * exact.max())


def test_a_radius_cuts_off_what_it_says() -> None:
    volume = np.zeros((61, 61))
    volume[30, 30] = 1.0
    whole, cut = (field.on_grid(lost(volume), RIGID, 3000.0, radius_m=each) for each in (None, 7000.0))
    x, y = np.meshgrid(500.0 * (np.arange(61) - 30.0), 500.0 * (np.arange(61) - 30.0))
    inside = np.hypot(x, y) <= 7000.0
    np.testing.assert_allclose(cut["subsidence"], np.where(inside, whole["subsidence"], 0.0), atol=1e-22)
    assert cut.attrs["truncated"] == pytest.approx(1.0 - volume_within(build(RIGID, 3000.0), 7000.0))
    assert cut.attrs["truncated"] == pytest.approx(1.0 - float(cut["subsidence"].sum()) * 500.0**2, abs=2e-3)


def test_a_cut_at_7_km_takes_a_part_of_a_wide_bowl() -> None:
    volume = lost(np.full((121, 121), 500.0**2))
    whole, cut = (field.on_grid(volume, RIGID, 2900.0, radius_m=each)["subsidence"] for each in (None, 7000.0))
    assert float(cut[60, 60]) / float(whole[60, 60]) == pytest.approx(
        volume_within(build(RIGID, 2900.0), 7000.0), abs=1e-3
    )


@pytest.mark.parametrize(
    ("volume", "where"),
    [
        (lost(np.where(np.eye(4) > 0, np.nan, 1.0)), "volume_m3"),
        (lost(np.ones((4, 4))).isel(y=slice(None, None, -1)), "y"),
        (lost(np.ones((4, 4))).isel(x=[0, 1, 3]), "x"),
        (lost(np.ones((4, 1))), "x"),
    ],
)
def test_volumes_and_axes_that_cannot_be_used_are_refused(volume: xr.DataArray, where: str) -> None:
    with pytest.raises(InputError) as raised:
        field.on_grid(volume, RIGID, 3000.0)
    assert raised.value.problems[0].where == where


@pytest.mark.parametrize("quantity", list(QUANTITIES))
def test_a_square_cell_is_nearly_a_function_of_distance(quantity):
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-12e3, 12e3, (2, 300))
    source = np.zeros(1), np.zeros(1), 2900.0, Settings(basement_m=5000.0)
    exact = field.influence(x, y, *source, quantity, cell_m=500.0)
    quick = field.influence(x, y, *source, quantity, cell_m=500.0, isotropic=True)
    np.testing.assert_allclose(quick, exact, rtol=0.0, atol=4e-5 * np.abs(exact).max())
    assert np.abs(quick - exact).max() < 0.05 * np.abs(field.influence(x, y, *source, quantity) - exact).max()
