"""Fault fields and stress beside the public chain (tests/reference/ssm_*.npz) and beside slow twins."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter

from mijnrisico import data
from mijnrisico.subsurface import fault_stress, stress, thin_sheet
from mijnrisico.subsurface.compaction import rate_type

REFERENCE = Path(__file__).parents[1] / "reference"
CELL_M = 500.0


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
    """Scale stress (..., time, y, x) as the public chain does: one sum over the cells at the start of 1995."""
    return field * (0.00121376224017666 / field[..., years == 1995, :, :].sum(axis=(-2, -1), keepdims=True))


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


@pytest.mark.parametrize("h", [0, 1])
def test_the_rest_of_the_difference_is_the_lag_of_the_public_time_step(inputs, published, pillars, h):
    """The public chain takes the flow direction from the vertical stress at the end of a yearly step and the
    horizontal stress at its start, so that its elastic branch is not quite elastic. Doing the same reproduces it.
    """
    total = public_sheet(
        vertical_load(inputs),
        years(inputs),
        inputs["cm_per_MPa"][0],
        slope=thin_sheet.elastic_slope(),
        log10_hs=published["hs_exp"][h],
    )
    for k, rmax in enumerate(published["rmax"]):
        gradient = fault_stress.fault_fields(pillars, inputs["x"], inputs["y"], rmax)["gradient"].values
        for s, sigma_m in enumerate(published["sigma_m"]):
            scaled = public_stress(total, gradient, sigma_m, inputs, published)
            theirs = published["dcs_elastic"][k, s, h]
            assert np.abs(scaled - theirs).max() < 1e-6 * theirs.max()


@pytest.mark.parametrize("m", [0, 1, 2])
def test_the_public_steps_reproduce_the_public_rate_type_branch(inputs, published, pillars, m):
    total = public_sheet(vertical_load(inputs), years(inputs), inputs["cm_per_MPa"][1], slope=published["M_plastic"][m])
    scaled = public_stress(total, rate_type_gradient(inputs, pillars), 3000.0, inputs, published)
    theirs = published["dcs_rticm"][m]
    assert np.abs(scaled - theirs).max() < 1e-6 * theirs.max()


def test_ours_differs_from_the_public_rate_type_branch_by_two_thousandths(inputs, published, pillars):
    """6e-4, 2e-3 and 3e-3 of the maximum for M = 3, 2 and 5; the next test shows whose they are."""
    load, compressibility = vertical_load(inputs), inputs["cm_per_MPa"][1]
    ours = our_sheet(load, years(inputs), compressibility, published["M_plastic"])
    scaled = public_stress(ours, rate_type_gradient(inputs, pillars), 3000.0, inputs, published)
    theirs = published["dcs_rticm"]
    away = np.abs(scaled - theirs).max(axis=(1, 2, 3)) / theirs.max(axis=(1, 2, 3))
    np.testing.assert_allclose(away, [1.86e-3, 6.4e-4, 2.86e-3], rtol=0.02)


def test_the_difference_is_the_error_of_the_yearly_step(inputs, published):
    """Cut in 2, 4, ... 16 the explicit step tends to ours, half the way each time: it is of first order."""
    every = slice(None, None, 9)
    load, compressibility = vertical_load(inputs)[:, every, every], inputs["cm_per_MPa"][1][every, every]
    ours = our_sheet(load, years(inputs), compressibility, published["M_plastic"])
    for slope, member in zip(published["M_plastic"], ours, strict=True):
        away = [
            np.abs(public_sheet(load, years(inputs), compressibility, slope=slope, parts=parts) - member).max()
            for parts in (1, 2, 4, 8, 16)
        ]
        assert away[0] < 1e-2 * np.abs(member).max()
        np.testing.assert_allclose(np.divide(away[:-1], away[1:]), 2.0, rtol=0.05)


def vertical_load(inputs: dict[str, np.ndarray]) -> np.ndarray:
    return stress.initial_vertical_stress_mpa(inputs["depth_m"], inputs["pressure_bar_x1e4"] * 1e-4)


def our_sheet(load: np.ndarray, years: np.ndarray, compressibility: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Total horizontal stress (slope, time, y, x) of our converged scheme."""
    elastic, plastic = (part.reshape(len(load), -1) for part in rate_type.strain(load, years, compressibility))
    family = thin_sheet.sheet_family(elastic, plastic, load[0].ravel(), slopes, [4.5], compressibility.ravel())
    return family[:, 0].reshape(len(slopes), *load.shape)


def years(inputs: dict[str, np.ndarray]) -> np.ndarray:
    days = np.array([f"{year}-01-01" for year in inputs["time"]], dtype="datetime64[D]").astype(float)
    return days / 365.25


def rate_type_gradient(inputs: dict[str, np.ndarray], pillars: xr.Dataset) -> np.ndarray:
    return fault_stress.fault_fields(pillars, inputs["x"], inputs["y"], 0.4)["gradient"].values


def public_stress(
    total: np.ndarray,
    gradient: np.ndarray,
    sigma_m: float,
    inputs: dict[str, np.ndarray],
    published: dict[str, np.ndarray],
) -> np.ndarray:
    """Total horizontal stress (..., time, y, x) as Coulomb stress in the years and the scale of the public chain."""
    smoothed = fault_stress.smooth(fault_stress.coulomb_stress_in_sheet(total, gradient), sigma_m, CELL_M)
    return public_scale(smoothed, inputs["time"])[..., np.isin(inputs["time"], published["year"]), :, :]


def public_sheet(
    load: np.ndarray,
    years: np.ndarray,
    compressibility: np.ndarray,
    *,
    slope: float,
    log10_hs: float = 4.5,
    parts: int = 1,
    poisson: float = 0.2,
) -> np.ndarray:
    """Total horizontal stress (time, y, x) by explicit steps, each year cut in `parts`: the twin of the public chain.

    The creep of a step is that of the isotach with the strain at its start and the stress at its end; the flow that of
    the vertical stress at its end and the horizontal stress at its start.
    """
    direct, reference = 0.4 * compressibility, 0.8 * compressibility
    modulus = stress.sheet_modulus_mpa(compressibility, log10_hs)
    vertical, effective = load[0], poisson / (1 - poisson) * load[0]
    creep, total = np.zeros_like(vertical), np.zeros_like(load)
    for step, length in enumerate(np.diff(years) / parts):
        total[step + 1] = total[step]
        for part in range(parts):
            before = load[step] + (load[step + 1] - load[step]) * part / parts
            after = load[step] + (load[step + 1] - load[step]) * (part + 1) / parts
            isotach = (direct * (before - load[0]) + creep + reference * load[0]) / after
            d_plastic = -3.16e-5 * (isotach - direct) * (isotach / reference) ** (-1 / 0.021) * length
            d_elastic = direct * (after - before)
            creep = creep + d_plastic
            vertical = vertical + modulus * d_elastic
            flow = thin_sheet.lateral_flow(effective, vertical, slope)
            effective = effective + modulus / (1 - poisson) * (poisson * d_elastic + flow * d_plastic)
            total[step + 1] -= modulus * (1 - 2 * poisson) / (1 - poisson) * (flow * d_plastic - d_elastic)
    return total


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


def test_the_sheet_without_plastic_strain_loads_faults_as_the_closed_form():
    fall = np.array([[[0.0, 0.0]], [[100.0, -20.0]], [[250.0, 40.0]]])
    gradient = np.array([[80.0, 120.0]])
    total = -stress.stress_factor(7e-5) * 0.1 * fall
    np.testing.assert_allclose(
        fault_stress.coulomb_stress_in_sheet(total, gradient),
        fault_stress.coulomb_stress(fall, gradient, compressibility_per_mpa=7e-5),
        rtol=1e-14,
    )


def test_rates_and_b_values_are_the_same_in_the_public_convention():
    rng = np.random.default_rng(3)
    density, before = rng.uniform(0.0, 0.3, (12, 9)), rng.uniform(0.0, 0.8, (12, 9))
    after = before + rng.uniform(0.0, 0.1, (12, 9))
    theta0, theta1, slope, scale = -17.1, 6.1, 1.3, 0.9

    public = fault_stress.public_convention(before, 500.0)
    there = {"density": public.density(density), "before": public.stress(before), "after": public.stress(after)}
    assert there["before"].sum() == pytest.approx(0.00121376224017666, rel=1e-14)

    ours = density * np.exp(theta0) * (np.exp(theta1 * after / scale) - np.exp(theta1 * before / scale))
    public_theta1 = public.per_stress(theta1, scale)
    grown = np.exp(public_theta1 * there["after"]) - np.exp(public_theta1 * there["before"])
    np.testing.assert_allclose(there["density"] * np.exp(public.theta0(theta0)) * grown, ours, rtol=1e-10)
    np.testing.assert_allclose(public.per_stress(slope, scale) * there["after"], slope * after / scale, rtol=1e-14)


def test_published_parameters_lie_in_the_public_prior():
    """Stress over its maximum and density per m2: theta0 -17.4, theta1 6.14 (Kraaijpoel et al. 2026). The public prior
    of 2024, in its own units, has theta0 from -31 to -27 and theta1 from 4e6 to 14e6.
    """
    with np.load(REFERENCE / "ssm_fields.npz") as file:
        theirs = file["dcs_elastic"][0, 0, 0].astype(float)
    ours = theirs * 1e6
    public = fault_stress.public_convention(ours[0], CELL_M)
    assert -31.0 < public.theta0(-17.4) < -27.0
    assert 4e6 < public.per_stress(6.14, ours[-1].max()) < 14e6


def test_the_public_scale_does_not_depend_on_the_size_of_our_cells():
    coarse = np.random.default_rng(5).uniform(size=(4, 6))
    fine = np.kron(coarse, np.ones((2, 2)))
    on_fine, on_coarse = fault_stress.public_convention(fine, 500.0), fault_stress.public_convention(coarse, 1000.0)
    assert on_fine.per_mpa == pytest.approx(on_coarse.per_mpa, rel=1e-14)


def in_coarse_cells(field: np.ndarray) -> np.ndarray:
    """Mean of each two by two cells."""
    rows, columns = field.shape
    return field.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))


def test_stress_and_density_of_a_smooth_field_agree_on_500_and_250_m():
    """The whole way from a smooth fall of the pressure, with the same mean throw in every cell; no number of the
    setting knows the grid.
    """
    stresses, densities = [], []
    for cell in (500.0, 250.0):
        axis = np.arange(cell / 2, 12_000.0, cell)
        x, y = np.meshgrid(axis, axis)
        fall = 25.0 * np.exp(-((x - 6000.0) ** 2 + (y - 5000.0) ** 2) / 2 / 4000.0**2)
        load = -32.0 - fall * np.array([0.0, 0.6, 1.0])[:, None, None]
        total = our_sheet(load, np.array([0.0, 20.0, 40.0]), np.full_like(fall, 7e-5), np.array([3.0]))[0]
        loaded = fault_stress.coulomb_stress_in_sheet(total, np.full_like(fall, 60.0))
        stresses.append(fault_stress.smooth(loaded, 1500.0, cell)[-1])
        along = np.arange(1000.0, 11_000.0, 25.0)
        columns = {"x": along, "y": 0.5 * along + 2000.0, "throw": np.full(along.size, 60.0)}
        columns |= {"thickness": np.full(along.size, 400.0), "length": np.full(along.size, 28.0)}
        points = xr.Dataset({name: ("point", column) for name, column in columns.items()})
        density = fault_stress.fault_fields(points, axis, axis, rmax=0.5)["density"].values
        densities.append(fault_stress.smooth(density, 1500.0, cell))
    for coarse, fine in (stresses, densities):
        assert np.abs(in_coarse_cells(fine) - coarse).max() < 0.01 * coarse.max()


def test_a_cell_without_faults_counts_as_one_without_stress_so_narrow_faults_weigh_less_on_small_cells():
    """The published smoothing of stress, unlike that of density, knows how many cells a line of faults touches."""
    found = []
    for cell in (500.0, 250.0):
        axis = np.arange(cell / 2, 12_000.0, cell)
        throw = np.where(np.abs(axis - 6100.0)[:, None] <= cell / 2, 60.0, np.zeros(axis.size))
        loaded = fault_stress.coulomb_stress(np.full(throw.shape, 250.0), throw)
        found.append(fault_stress.smooth(loaded, 1500.0, cell).max())
    assert found[0] / found[1] == pytest.approx(2.0, rel=0.01)


def test_smoothed_over_fault_surface_the_stress_of_the_real_faults_does_not_depend_on_the_cells():
    points = data.dataset("fault_points")
    on_grid = {}
    for cell in (1000.0, 500.0):
        x, y = np.arange(226_000.0 + cell / 2, 276_000.0, cell), np.arange(564_000.0 + cell / 2, 618_000.0, cell)
        fields = fault_stress.fault_fields(points, x, y, rmax=0.4)
        density, gradient = fields["density"].values, fields["gradient"].values
        on_grid[cell] = (
            fault_stress.smooth_on_faults(gradient, density, 3000.0, cell),
            fault_stress.smooth(gradient, 3000.0, cell),
            fault_stress.smooth(density, 3000.0, cell),
        )
    weighted, published, density = (in_coarse_cells(field) for field in on_grid[500.0])
    faulted = density > 0.2 * density.max()
    np.testing.assert_allclose(weighted[faulted], on_grid[1000.0][0][faulted], rtol=0.02)
    assert np.median(on_grid[1000.0][1][faulted] / published[faulted]) == pytest.approx(1.6, abs=0.05)


def test_smoothing_over_fault_surface_keeps_an_even_stress_and_is_zero_without_faults():
    density = np.zeros((60, 60))
    density[20:30, 25] = 0.2
    smoothed = fault_stress.smooth_on_faults(np.full((2, 60, 60), 3.0), density, 1000.0, 500.0)
    near = fault_stress.smooth(density, 1000.0, 500.0) > 0
    np.testing.assert_allclose(smoothed[:, near], 3.0, rtol=1e-12)
    np.testing.assert_array_equal(smoothed[:, ~near], 0.0)
