"""Fields in factors, above point sources and in ensembles, beside the same answered at length."""

import numpy as np
import pytest
import xarray as xr

from mijnrisico.subsidence import field
from mijnrisico.subsidence.field import QUANTITIES, ensemble
from mijnrisico.subsidence.kernel import Settings, build

RIGID = Settings(poisson=0.2, basement_m=5000.0)
AXIS = 500.0 * np.arange(24)
RNG = np.random.default_rng(11)


def cube(rank: int, noise: float = 0.0) -> xr.DataArray:
    """Volumes (time, y, x) that are `rank` maps with histories, and a little more."""
    rng = np.random.default_rng(rank)
    maps, history = rng.uniform(0.0, 1e5, (rank, 24, 24)), np.cumsum(rng.uniform(0.0, 1.0, (9, rank)), axis=0)
    values = np.tensordot(history, maps, 1) + noise * rng.normal(size=(9, 24, 24))
    return xr.DataArray(values, coords={"time": 1990.0 + np.arange(9), "y": AXIS, "x": AXIS}, dims=("time", "y", "x"))


@pytest.mark.parametrize("rank", [1, 3])
def test_a_cube_of_few_maps_is_found_to_be_that(rank: int) -> None:
    volume = cube(rank)
    found = field.factors(volume)
    assert found.maps_m3.sizes["rank"] == rank
    np.testing.assert_allclose(found.history @ found.maps_m3, volume, rtol=1e-6)


def test_the_field_of_factors_is_that_of_the_cube_within_the_error_that_is_said() -> None:
    volume = cube(2, noise=200.0)
    whole = field.on_grid(volume, RIGID, 3000.0, ("subsidence", "tilt_x"))
    made = field.factored(field.factors(volume, tolerance=1e-2), RIGID, 3000.0, ("subsidence", "tilt_x"))
    assert made.volumes.maps_m3.sizes["rank"] == 2
    for quantity in ("subsidence", "tilt_x"):
        away = np.abs(made.cube(quantity) - whole[quantity])
        assert 0.0 < float(away.max()) <= made.bowls[quantity].attrs["error"]
        np.testing.assert_allclose(made.at(4, quantity), made.cube(quantity)[4], rtol=1e-12, atol=1e-15)
        assert made.cube(quantity).attrs["units"] == QUANTITIES[quantity].units
    assert list(made.cube()["time"].to_numpy()) == list(volume["time"].to_numpy())


def test_points_of_a_factored_field_are_those_of_its_maps_and_lie_between_nodes_too() -> None:
    made = field.factored(field.factors(cube(2)), RIGID, 3000.0, ("subsidence", "strain_xx"))
    found = made.at_points(AXIS[[3, 8]], AXIS[[5, 5]], ("subsidence", "strain_xx"))
    for quantity in ("subsidence", "strain_xx"):
        expected = made.cube(quantity).to_numpy()[:, 5, [3, 8]]
        np.testing.assert_allclose(found[quantity], expected, rtol=1e-9)
    between = made.at_points(AXIS[3:5].mean(keepdims=True), AXIS[[5]])["subsidence"].to_numpy()[-1, 0]
    low, high = sorted(made.cube()[-1, 5, 3:5].to_numpy())
    assert low < between < high


def test_factors_that_are_given_leave_nothing_out() -> None:
    maps, history = cube(3)[:2].rename(time="rank").drop_vars("rank"), xr.DataArray(np.eye(4, 2), dims=("time", "rank"))
    made = field.factored(field.given(maps, history), RIGID, 3000.0)
    assert made.bowls["subsidence"].attrs["error"] == 0.0
    np.testing.assert_allclose(made.cube()[:2], field.on_grid(maps, RIGID, 3000.0)["subsidence"], rtol=1e-12)
    assert float(np.abs(made.cube()[2:]).max()) == 0.0


@pytest.mark.parametrize("quantity", ["subsidence", "east", "tilt_y", "curvature_xy", "strain_yy"])
def test_slices_of_caverns_that_share_a_table_are_the_sum_of_points(quantity: str) -> None:
    place, depth = np.repeat(RNG.uniform(2e3, 9e3, (2, 3)), 4, axis=1), np.tile([1100.0, 1150.0, 1200.0, 1300.0], 3)
    history, share = np.linspace(0.0, 1.0, 6)[:, None] ** [1.0, 2.0, 0.5], [0.1, 0.4, 0.3, 0.2]
    volume = np.repeat(history, 4, axis=1) * np.tile(share, 3) * 1e5
    volume[:, 11] = np.linspace(0.0, 1e4, 6) ** 0.7  # one slice goes its own way
    found = field.from_points(AXIS, AXIS[:20], *place, depth, volume, Settings(basement_m=2500.0), (quantity,))
    x, y = (each.ravel() for each in np.meshgrid(AXIS, AXIS[:20]))
    expected = field.at_points(x, y, *place, depth, volume, Settings(basement_m=2500.0), (quantity,))
    values = expected[quantity].to_numpy().reshape(6, 20, 24)
    np.testing.assert_allclose(found[quantity], values, rtol=0.0, atol=1e-8 * np.abs(values).max())


def test_a_source_on_a_node_and_one_that_loses_nothing_are_sources_like_any_other() -> None:
    volume = np.array([[0.0, 1e5], [0.0, 2e5]])
    found = field.from_points(AXIS, AXIS, AXIS[[2, 4]], AXIS[[2, 4]], 1000.0, volume, RIGID, ("east", "curvature_xx"))
    assert float(found["east"][0, 4, 4]) == 0.0
    assert np.all(np.isfinite(found["curvature_xx"]))
    np.testing.assert_allclose(found["east"][1], 2.0 * found["east"][0], rtol=1e-12)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_members_of_an_ensemble_are_what_each_alone_would_be(quantity: str) -> None:
    x, y = RNG.uniform(-2e3, 14e3, (2, 12))
    x[0], y[0] = AXIS[3], AXIS[4]
    source_x, source_y = (each.ravel() for each in np.meshgrid(AXIS[::2], AXIS[::2]))
    volume = RNG.uniform(0.0, 1e5, (2, source_x.size))
    members = [
        (Settings(poisson=0.2, basement_m=4400.0), 2900.0),
        (Settings(poisson=0.35, basement_m=7500.0), 3100.0),
        (Settings("geertsma", poisson=0.25), 3200.0),
    ]
    kernels = [build(*each) for each in members]
    seen = ensemble.collapse(x, y, source_x, source_y, volume, kernels[0], quantity, cell_m=1000.0)
    for made, (chosen, depth) in zip(seen.at(kernels), members, strict=True):
        green = field.influence(x, y, source_x, source_y, depth, chosen, quantity, cell_m=1000.0)
        expected = green @ volume.T
        np.testing.assert_allclose(made, expected, rtol=0.0, atol=3e-7 * np.abs(expected).max())
