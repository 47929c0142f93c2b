import numpy as np
import pytest
import xarray as xr

from mijnrisico.subsurface import stress, thin_sheet
from mijnrisico.subsurface.compaction import linear

CM, HS = 7e-5, 4.5
START = stress.initial_vertical_stress_mpa(np.array([2800.0, 3000.0]), np.array([347.0, 347.0]))


def path(steps: int = 21) -> tuple[np.ndarray, np.ndarray]:
    """Elastic strain under 270 bar of depletion, and a plastic strain that lags behind (compression < 0)."""
    share = np.linspace(0.0, 1.0, steps)[:, None] * np.ones(2)
    elastic = -stress.ELASTIC_SHARE * CM * 27.0 * share
    return elastic, 1.2 * elastic[-1] * share**2


@pytest.mark.parametrize("log10_hs", [3.0, 4.5, 6.0])
@pytest.mark.parametrize("poisson", [0.15, 0.2, 0.3])
def test_closed_form_equals_the_general_sheet_at_the_elastic_slope(log10_hs, poisson):
    elastic, plastic = path()
    slope = thin_sheet.elastic_slope(poisson)
    general = thin_sheet.horizontal_stress_change(
        elastic, plastic, START, slope, CM, log10_hs_mpa=log10_hs, poisson=poisson
    )
    factor = stress.stress_factor(CM, log10_hs_mpa=log10_hs, poisson=poisson)
    depletion = -elastic / (stress.ELASTIC_SHARE * CM)
    np.testing.assert_allclose(general, -factor * depletion, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("slope", [2.0, 3.0, 5.0])
def test_without_plastic_strain_any_slope_is_elastic(slope):
    elastic, _ = path()
    general = thin_sheet.horizontal_stress_change(elastic, np.zeros_like(elastic), START, slope, CM)
    np.testing.assert_allclose(general[-1], -stress.stress_factor(CM) * 27.0, rtol=1e-12)


def test_stress_factor_is_that_of_a_confined_sheet_for_a_stiff_skeleton():
    # 10^-Hs -> 0: all depletion is carried, K = (1 - 2 nu)/(1 - nu) = 0.75 for nu 0.2
    assert stress.stress_factor(CM, log10_hs_mpa=12.0) == pytest.approx(0.75, rel=1e-6)


def test_stress_factor_at_the_published_setting():
    # by hand: 0.4 x 7e-5 = 2.8e-5; 2.8e-5/(2.8e-5 + 3.1623e-5) x 0.75
    assert stress.stress_factor(CM, log10_hs_mpa=HS) == pytest.approx(0.35221, abs=1e-5)


def test_elastic_slope_at_the_usual_poisson_ratio_is_the_published_one():
    assert thin_sheet.elastic_slope(0.2) == pytest.approx(2.598, abs=5e-4)


def test_plastic_flow_converges_with_the_square_of_the_step():
    elastic, plastic = path(6)
    at = [
        thin_sheet.horizontal_stress_change(elastic, plastic, START, 2.0, CM, substeps=n)[-1, 0] for n in (2, 4, 8, 64)
    ]
    errors = np.abs(np.array(at[:3]) - at[3])
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.25)


def test_strain_is_compressibility_times_depletion():
    fall = xr.DataArray(np.array([[100.0, 200.0]]), dims=("y", "x"))
    strain = linear.vertical_strain(fall, 7e-5)
    np.testing.assert_allclose(strain, [[7e-4, 1.4e-3]])
    assert strain.attrs["units"] == "1"


def test_uniform_compressibility_gives_the_levelled_compaction_of_2018():
    # 4.5e-6 /bar on 200 m under 277 bar: a quarter of a metre of compaction
    fall = xr.DataArray(np.array([[277.0]]), dims=("y", "x"))
    shortening = linear.compaction(linear.vertical_strain(fall, 4.5e-5), xr.full_like(fall, 200.0))
    assert float(shortening[0, 0]) == pytest.approx(0.2493)
    assert shortening.attrs["units"] == "m"


def test_a_family_equals_its_members_taken_one_by_one():
    rng = np.random.default_rng(4)
    cells = 150  # more than two blocks, the last not full
    elastic = -np.cumsum(rng.uniform(-1e-5, 6e-5, (12, cells)), axis=0)
    plastic = -np.cumsum(rng.uniform(0.0, 4e-5, (12, cells)), axis=0)
    elastic[0] = plastic[0] = 0.0
    start, compressibility = rng.uniform(-38.0, -28.0, cells), rng.uniform(4e-5, 1.2e-4, cells)
    slopes, hs = np.array([2.0, 2.6, 5.5]), np.array([3.0, 4.5])
    for cm in (compressibility, CM):
        family = thin_sheet.sheet_family(elastic, plastic, start, slopes, hs, cm, substeps=3)
        assert family.shape == (3, 2, 12, cells)
        for m, slope in enumerate(slopes):
            for h, log10_hs in enumerate(hs):
                one = thin_sheet.horizontal_stress_change(
                    elastic, plastic, start, slope, cm, log10_hs_mpa=log10_hs, substeps=3
                )
                np.testing.assert_allclose(family[m, h], one, rtol=1e-11, atol=1e-12)


def test_the_default_step_of_the_sheet_is_converged():
    elastic, plastic = path(81)
    default, fine = (
        thin_sheet.sheet_family(elastic, plastic, START, [2.0, 3.5, 5.5], [3.0, 4.5], CM, substeps=n)
        for n in (thin_sheet.SUBSTEPS, 256)
    )
    assert np.abs(default - fine).max() < 1e-6 * np.abs(fine).max()


def test_creep_adds_to_the_horizontal_stress_above_the_elastic_slope_and_takes_from_it_below():
    elastic, plastic = path()
    low, even, high = thin_sheet.sheet_family(
        elastic, plastic, START, [2.0, thin_sheet.elastic_slope(), 5.5], [HS], CM
    )[:, 0, -1, 0]
    assert even == pytest.approx(-stress.stress_factor(CM) * 27.0, rel=1e-12)
    assert high < even < low < 0.0  # compression


def test_one_kelvin_of_cooling_loads_as_the_depletion_it_stands_for():
    cooled = stress.thermo_elastic_load_mpa(0.0, np.array([1.0, 10.0]), CM, thermal_mpa_per_k=0.15)
    depleted = stress.thermo_elastic_load_mpa(np.array([1.5, 15.0]), 0.0, CM, thermal_mpa_per_k=0.15)
    np.testing.assert_allclose(cooled, depleted, rtol=1e-14)
    both = stress.thermo_elastic_load_mpa(np.array([1.5, 15.0]), np.array([1.0, 10.0]), CM, thermal_mpa_per_k=0.15)
    np.testing.assert_allclose(both, 2 * cooled, rtol=1e-14)
    assert stress.thermo_elastic_load_mpa(0.0, -1.0, CM, thermal_mpa_per_k=0.15) < 0.0


def test_without_cooling_the_thermo_elastic_load_is_half_of_the_wholly_elastic_sheet():
    load = stress.thermo_elastic_load_mpa(270.0, 0.0, CM, thermal_mpa_per_k=0.15)
    assert load == pytest.approx(0.5 * stress.stress_factor(CM, elastic_share=1.0) * 27.0, rel=1e-14)
    # by hand: 7e-5 x 27 = 1.89e-3; /(7e-5 + 3.1623e-5) x 0.375
    assert load == pytest.approx(6.9744, abs=1e-3)
