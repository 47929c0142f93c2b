"""Fault fields and stress beside the public chain (tests/reference/ssm_*.npz) and beside slow twins."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter

from mijnrisico import data
from mijnrisico.subsurface import fault_stress, stress

REFERENCE = Path(__file__).parents[1] / "reference"
CELL_M = 500.0
PUBLIC_STRESS_SUM = 0.00121376224017666
"""The public chain scales its smoothed stress so that its sum over 500 m cells on 1995-01-01 is this number."""


@pytest.fixture(scope="module")
def inputs() -> dict[str, np.ndarray]:
    with np.load(REFERENCE / "ssm_inputs.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def published() -> dict[str, np.ndarray]:
    with np.load(REFERENCE / "ssm_fields.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def pillars(inputs) -> xr.Dataset:
    """The reference gives t, half of the thickness; ours is the whole."""
    names = {"x": "x", "y": "y", "throw": "throw_m", "length": "length_m"}
    columns = {ours: ("point", inputs[f"pillar_{theirs}"]) for ours, theirs in names.items()}
    return xr.Dataset({**columns, "thickness": ("point", 2.0 * inputs["pillar_thickness_m"])})


def public_scale(field: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Scale stress (time, y, x) as the public chain does: one sum over the cells at the start of 1995."""
    return field * (PUBLIC_STRESS_SUM / field[years == 1995].sum())


@pytest.mark.parametrize("k", [0, 1])
def test_gradient_equals_the_public_chain(inputs, published, pillars, k):
    ours = fault_stress.fault_fields(pillars, inputs["x"], inputs["y"], published["rmax"][k])
    np.testing.assert_allclose(ours["gradient"], published["gradient"][k], rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("s", [0, 1])
def test_smoothed_density_equals_the_public_chain_per_cell(inputs, published, pillars, k, s):
    ours = fault_stress.fault_fields(pillars, inputs["x"], inputs["y"], published["rmax"][k])
    per_cell = fault_stress.smooth(ours["density"].values, published["sigma_m"][s], CELL_M) * CELL_M**2
    np.testing.assert_allclose(per_cell, published["density"][k, s], rtol=1e-5, atol=0.01)


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("s", [0, 1])
@pytest.mark.parametrize("h", [0, 1])
def test_stress_equals_the_public_chain_but_for_its_time_step(inputs, published, pillars, k, s, h):
    """Within 5e-4 of the maximum; `test_the_rest_of_the_difference...` shows where the 5e-4 comes from."""
    ours = fault_stress.fault_fields(pillars, inputs["x"], inputs["y"], published["rmax"][k])
    pressure = inputs["pressure_bar_x1e4"] * 1e-4
    loaded = fault_stress.coulomb_stress(
        pressure[0] - pressure,
        ours["gradient"].values,
        compressibility_per_mpa=inputs["cm_per_MPa"][0],
        log10_hs_mpa=published["hs_exp"][h],
    )
    scaled = public_scale(fault_stress.smooth(loaded, published["sigma_m"][s], CELL_M), inputs["time"])
    chosen = scaled[np.isin(inputs["time"], published["year"])]
    theirs = published["dcs_elastic"][k, s, h]
    assert np.abs(chosen - theirs).max() < 5e-4 * theirs.max()


def test_the_rest_of_the_difference_is_the_lag_of_the_public_time_step(inputs, published, pillars):
    """The public chain takes the flow direction from the vertical stress at the end of a yearly step and the
    horizontal stress at its start, so that its elastic branch is not quite elastic. Doing the same reproduces it.
    """
    compressibility, poisson = inputs["cm_per_MPa"][0], 0.2
    modulus = stress.sheet_modulus_mpa(compressibility, published["hs_exp"][1])
    vertical_load = stress.initial_vertical_stress_mpa(inputs["depth_m"], inputs["pressure_bar_x1e4"] * 1e-4)
    days = np.array([f"{year}-01-01" for year in inputs["time"]], dtype="datetime64[D]").astype(float)
    elastic, plastic = rate_type_strain(vertical_load, compressibility, days / 365.25)

    slope = stress.elastic_slope(poisson)
    vertical, effective = vertical_load[0], 0.25 * vertical_load[0]
    total = np.zeros_like(vertical_load)
    for step in range(1, len(total)):
        d_elastic, d_plastic = elastic[step] - elastic[step - 1], plastic[step] - plastic[step - 1]
        vertical = vertical + modulus * d_elastic
        mean, shear = (2 * effective + vertical) / 3, np.abs(vertical - effective)
        a, q = 1 - (shear / (slope * mean)) ** 2, 2 * shear / (slope**2 * mean)
        flow = (q / 2 + a / 3) / (q - a / 3)
        effective = effective + modulus / (1 - poisson) * (poisson * d_elastic + flow * d_plastic)
        total[step] = total[step - 1] - modulus * (1 - 2 * poisson) / (1 - poisson) * (flow * d_plastic - d_elastic)

    ours = fault_stress.fault_fields(pillars, inputs["x"], inputs["y"], published["rmax"][0])
    loaded = np.maximum(0.0, -total * ours["gradient"].values)
    scaled = public_scale(fault_stress.smooth(loaded, published["sigma_m"][0], CELL_M), inputs["time"])
    theirs = published["dcs_elastic"][0, 0, 1]
    assert np.abs(scaled[np.isin(inputs["time"], published["year"])] - theirs).max() < 3e-5 * theirs.max()


def rate_type_strain(load: np.ndarray, compressibility: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Elastic and plastic strain of the rate-type model by explicit steps (f_d 0.4, f_ref 0.8, b 0.021)."""
    direct, reference = 0.4 * compressibility, 0.8 * compressibility
    elastic = direct * (load - load[0])
    plastic = np.zeros_like(load)
    for step in range(1, len(load)):
        now = (elastic[step - 1] + plastic[step - 1] + reference * load[0]) / load[step - 1]
        rate = -3.16e-5 * (now - direct) * (now / reference) ** (-1 / 0.021)
        plastic[step] = plastic[step - 1] + rate * (years[step] - years[step - 1])
    return elastic, plastic


def test_density_and_gradient_equal_a_plain_loop():
    points = data.dataset("fault_points").isel(point=slice(0, 3000))
    # no whole metres: no point lies on the edge of a cell
    x, y = 227_500.3 + 500.0 * np.arange(87), 565_500.3 + 500.0 * np.arange(102)
    ours = fault_stress.fault_fields(points, x, y, rmax=0.4)
    area, moment = np.zeros((102, 87)), np.zeros((102, 87))
    columns = [points[name].values.tolist() for name in ("x", "y", "throw", "thickness", "length")]
    for px, py, throw, thickness, length in zip(*columns, strict=True):
        t = thickness / 2
        if throw / t <= 0.4:
            cell = np.argmin(np.abs(y - py)), np.argmin(np.abs(x - px))
            area[cell] += length * t
            moment[cell] += throw * length * t
    np.testing.assert_allclose(ours["density"], area / 250_000.0)
    np.testing.assert_allclose(ours["gradient"].values[area > 0], moment[area > 0] / area[area > 0])


def test_density_does_not_depend_on_the_size_of_the_cells():
    points = data.dataset("fault_points")
    total = []
    for cell in (500.0, 1000.0):
        x, y = np.arange(220_250.0, 280_000.0, cell), np.arange(560_250.0, 620_000.0, cell)
        fields = fault_stress.fault_fields(points, x, y, rmax=0.4)
        total.append(float(fields["density"].sum()) * cell**2)
    assert total[0] == pytest.approx(total[1], rel=1e-12)


def test_points_left_out_are_counted():
    points = data.dataset("fault_points")
    x, y = 240_000.0 + 500.0 * np.arange(20), 580_000.0 + 500.0 * np.arange(20)
    notes = fault_stress.fault_fields(points, x, y, rmax=0.4).attrs
    assert notes["points_kept"] + notes["points_above_rmax"] + notes["points_off_grid"] == points.sizes["point"]
    assert notes["points_off_grid"] > 0


@pytest.mark.parametrize("sigma_m", [100.0, 600.0, 3200.0, 40_000.0])
def test_smoothing_equals_scipy(sigma_m):
    field = np.random.default_rng(2).uniform(size=(3, 41, 33))
    expected = gaussian_filter(field, (0.0, sigma_m / 500.0, sigma_m / 500.0), mode="constant", truncate=4.0)
    np.testing.assert_allclose(fault_stress.smooth(field, sigma_m, 500.0), expected, rtol=1e-12, atol=1e-15)


def test_smoothing_keeps_the_sum_away_from_the_edge():
    field = np.zeros((81, 81))
    field[40, 40] = 3.0
    assert fault_stress.smooth(field, 3000.0, 500.0).sum() == pytest.approx(3.0)


def test_stress_doubles_with_depletion_and_never_falls_below_zero():
    gradient = np.array([[0.0, 50.0], [100.0, 20.0]])
    once = fault_stress.coulomb_stress(np.full((1, 2, 2), 100.0), gradient)
    twice = fault_stress.coulomb_stress(np.full((1, 2, 2), 200.0), gradient)
    np.testing.assert_allclose(twice, 2 * once)
    # 10 MPa x K x 100 m/100 m
    assert once[0, 1, 0] == pytest.approx(10.0 * stress.stress_factor(fault_stress.COMPRESSIBILITY_PER_MPA))
    np.testing.assert_array_equal(fault_stress.coulomb_stress(np.full((2, 2), -5.0), gradient), 0.0)
