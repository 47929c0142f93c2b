"""Stress members of the thin sheets: a few maps carry what would be smoothed one by one."""

import numpy as np
import pytest

from mijnrisico.errors import InputError
from mijnrisico.seismic.source import loading as loads
from mijnrisico.seismic.source import sheets
from mijnrisico.seismic.source.loading import StressGrid
from mijnrisico.subsurface import fault_stress, stress, thin_sheet
from mijnrisico.subsurface.compaction import rate_type
from mijnrisico.units import MPA_PER_BAR

from .. import small_field

FIT = small_field.loading()


def _slow(held: loads.Loading, change: np.ndarray, rmax: float, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Density (cell,) and stress in MPa (time, cell) of one member, every time smoothed by itself."""
    cells = held.cells
    fields = fault_stress.fault_fields(held.ground.fault_points, cells.grid_x, cells.grid_y, rmax)
    on_grid = np.zeros((held.times.size, *cells.active.shape))
    on_grid[:, cells.active] = change
    made = fault_stress.coulomb_stress_in_sheet(on_grid, fields["gradient"].to_numpy())
    smoothed = fault_stress.smooth(made, sigma, cells.spacing_m)[:, cells.active]
    return fault_stress.smooth(fields["density"].to_numpy(), sigma, cells.spacing_m)[cells.active], smoothed


def test_an_elastic_member_is_the_depletion_on_the_faults_smoothed_once():
    made = small_field.group(
        type("Model", (), {"groups": staticmethod(sheets.elastic)}), FIT, rmax=0.55, sigma_m=1500.0
    )
    fall = FIT.depletion_bar[:, FIT.cells.active] * MPA_PER_BAR
    density, slow = _slow(FIT, -stress.stress_factor(FIT.ground.compressibility_per_mpa) * fall, 0.55, 1500.0)
    np.testing.assert_allclose(made.density, density, rtol=1e-12)
    assert made.scale == pytest.approx(slow[FIT.scale_at].max(), rel=1e-4)
    np.testing.assert_allclose(made.stress * made.scale, slow, atol=2e-4 * made.scale)
    assert made.stress[FIT.scale_at].max() == pytest.approx(1.0, rel=1e-12)


@pytest.mark.slow
def test_an_elastic_plastic_member_is_the_march_of_its_slope_and_modulus():
    grid = StressGrid((0.35, 0.55), (1500.0,), (2.5, 4.0), (3.5, 5.0))
    held, cells = small_field.loading(grid), FIT.cells
    compressibility = held.ground.compressibility_per_mpa
    depth = np.full(cells.x.size, 2900.0)
    initial, fall = held.initial_bar[cells.active], held.depletion_bar[:, cells.active]
    vertical = stress.initial_vertical_stress_mpa(depth, initial)
    years = np.concatenate([[0.0], np.cumsum(held.all_step_years)])
    strains = rate_type.strain(stress.initial_vertical_stress_mpa(depth, initial - fall), years, compressibility)
    groups = [make() for make in sheets.elastic_plastic(held)]
    assert [(g.parameters["rmax"], g.parameters["slope"], g.parameters["log10_hs"]) for g in groups] == [
        (r, m, h) for r in grid.rmax for m in grid.slope for h in grid.log10_hs
    ]
    for made in groups[4:]:
        change = thin_sheet.horizontal_stress_change(
            *strains, vertical, made.parameters["slope"], compressibility, log10_hs_mpa=made.parameters["log10_hs"]
        )
        _, slow = _slow(held, change, 0.55, 1500.0)
        asked = slice(held.first, None)
        assert np.isnan(made.stress[: held.first]).all()
        np.testing.assert_allclose(made.stress[asked] * made.scale, slow[asked], atol=2e-4 * made.scale)


def test_groups_do_not_depend_on_the_order_or_number_in_which_they_are_made():
    makers = list(sheets.elastic(FIT))
    late = [make() for make in makers[::-1]][::-1]
    for first, second in zip([make() for make in sheets.elastic(FIT)], late, strict=True):
        assert first.parameters == second.parameters
        np.testing.assert_array_equal(first.stress, second.stress)


def test_faults_above_the_ratio_take_no_part():
    few, many = (small_field.loading(StressGrid((r,), (1500.0,))) for r in (0.35, 0.75))
    low, high = (next(sheets.elastic(held))() for held in (few, many))
    assert (low.density <= high.density + 1e-15).all()
    assert low.density.sum() < 0.9 * high.density.sum()


def test_a_stress_scale_of_another_moment_is_another_unit_and_nothing_else():
    then = small_field.loading(scale="2018-01-01")
    assert then.times[then.scale_at] == np.datetime64("2018-01-01")
    assert then.times[-1] == np.datetime64("2018-01-01")
    one, other = next(sheets.elastic(FIT))(), next(sheets.elastic(then))()
    assert other.scale > one.scale
    np.testing.assert_allclose(
        (other.stress * other.scale)[: FIT.times.size], one.stress * one.scale, atol=2e-4 * one.scale
    )


def test_one_field_gives_the_same_stress_on_cells_of_500_and_of_250_metres():
    # With faults in every cell; the packaged faults leave cells empty, see `fault_stress.smooth_on_faults`.
    grid = StressGrid((0.55,), (1500.0,))
    coarse, fine = (small_field.loading(grid, field=small_field.ground(side, even=True)) for side in (500.0, 250.0))
    one, other = next(sheets.elastic(coarse))(), next(sheets.elastic(fine))()
    assert one.scale == pytest.approx(other.scale, rel=0.01)
    for name, values in {"density": (one.density, other.density), "stress": (one.stress[-1], other.stress[-1])}.items():
        mean_of_four = values[1].reshape(20, 2, 20, 2).mean(axis=(1, 3)).ravel()
        np.testing.assert_allclose(values[0], mean_of_four, rtol=0.02, err_msg=name)


def test_faults_on_lines_give_the_same_stress_on_any_cells_only_as_a_mean_over_the_faults():
    """The published smoothing takes a cell without faults for one without stress: cells of 250 m give half as much."""
    scales, shapes = {}, {}
    for smoothing in ("grid", "faults"):
        grid = StressGrid((0.55,), (1500.0,), smoothing=smoothing)
        made = [
            next(sheets.elastic(small_field.loading(grid, field=small_field.ground(side, even=True, lines=True))))()
            for side in (500.0, 250.0)
        ]
        scales[smoothing] = made[0].scale / made[1].scale
        fine = made[1].stress[-1].reshape(20, 2, 20, 2).mean(axis=(1, 3)).ravel()
        shapes[smoothing] = np.abs(made[0].stress[-1] / fine - 1.0).max()
    assert scales["grid"] == pytest.approx(2.0, rel=0.1)
    assert scales["faults"] == pytest.approx(1.0, rel=0.01)
    assert shapes["faults"] < 0.02


def test_a_mean_over_the_faults_is_the_smoothed_load_over_the_smoothed_density():
    grid = StressGrid((0.55,), (1500.0,), smoothing="faults")
    held = small_field.loading(grid)
    made = next(sheets.elastic(held))()
    cells = held.cells
    fields = fault_stress.fault_fields(held.ground.fault_points, cells.grid_x, cells.grid_y, 0.55)
    load = fault_stress.coulomb_stress(held.depletion_bar, fields["gradient"].to_numpy())
    slow = fault_stress.smooth_on_faults(load, fields["density"].to_numpy(), 1500.0, cells.spacing_m)[:, cells.active]
    np.testing.assert_allclose(made.stress * made.scale, slow, atol=2e-4 * made.scale)


def test_pressure_that_does_not_cover_the_fit_the_forecast_or_the_scale_is_refused():
    short = small_field.pressure().sel(time=slice("1996-01-01", "2014-01-01"))
    for pressure, more in (
        (short.sel(time=slice("1997-01-01", None)), {"until": "2010-01-01"}),
        (short, {"until": "2015-01-01", "start": "1997-01-01"}),
        (short, {"until": "2010-01-01", "start": "1997-01-01", "end": "2016-01-01"}),
        (short, {"until": "2010-01-01", "start": "1997-01-01", "scale": "2016-01-01"}),
    ):
        given = {"start": "1995-01-01", "ground": small_field.ground(), **more}
        with pytest.raises(InputError) as refused:
            loads.loading(pressure, small_field.GRID, **given)
        assert refused.value.problems[0].code == "E303"


def test_events_are_found_in_their_step_their_share_of_it_and_their_cell():
    time = np.array(["1995-01-01", "2000-07-01", "2014-12-31T23:59"], dtype="datetime64[ns]")
    at = FIT.at(time, np.array([5100.0, 260.0, 9990.0]), np.array([5100.0, 260.0, 260.0]))
    np.testing.assert_array_equal(FIT.times[at.step].astype("datetime64[Y]").astype(int) + 1970, [1995, 2000, 2014])
    np.testing.assert_allclose(at.fraction, [0.0, 182.0 / 366.0, 1.0], atol=1e-5)
    np.testing.assert_allclose(FIT.cells.x[at.cell], [5250.0, 250.0, 9750.0])
    assert FIT.years[0] == 1995
    assert FIT.years[-1] == 2014
    np.testing.assert_allclose(FIT.step_years, 1.0, atol=3e-3)


def test_depletion_is_linear_in_time_and_nothing_outside_the_outline():
    pressure = small_field.pressure()
    cells = FIT.cells
    times = np.array(["1960-01-01", "2000-01-01", "2000-07-01", "2001-01-01"], dtype="datetime64[ns]")
    fall, initial = loads.depletion_bar(pressure, cells, times)
    np.testing.assert_allclose(initial[cells.active], 347.0)
    assert (fall[:, ~cells.active] == 0.0).all()
    share = 182.0 / 366.0
    np.testing.assert_allclose(fall[2], (1.0 - share) * fall[1] + share * fall[3], rtol=1e-12)
