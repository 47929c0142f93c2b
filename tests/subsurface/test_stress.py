import numpy as np
import pytest
import xarray as xr

from mijnrisico.subsurface import stress
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
    slope = stress.elastic_slope(poisson)
    general = stress.horizontal_stress_change(
        elastic, plastic, START, slope, CM, log10_hs_mpa=log10_hs, poisson=poisson
    )
    factor = stress.stress_factor(CM, log10_hs_mpa=log10_hs, poisson=poisson)
    depletion = -elastic / (stress.ELASTIC_SHARE * CM)
    np.testing.assert_allclose(general, -factor * depletion, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("slope", [2.0, 3.0, 5.0])
def test_without_plastic_strain_any_slope_is_elastic(slope):
    elastic, _ = path()
    general = stress.horizontal_stress_change(elastic, np.zeros_like(elastic), START, slope, CM)
    np.testing.assert_allclose(general[-1], -stress.stress_factor(CM) * 27.0, rtol=1e-12)


def test_stress_factor_is_that_of_a_confined_sheet_for_a_stiff_skeleton():
    # 10^-Hs -> 0: all depletion is carried, K = (1 - 2 nu)/(1 - nu) = 0.75 for nu 0.2
    assert stress.stress_factor(CM, log10_hs_mpa=12.0) == pytest.approx(0.75, rel=1e-6)


def test_stress_factor_at_the_published_setting():
    # by hand: 0.4 x 7e-5 = 2.8e-5; 2.8e-5/(2.8e-5 + 3.1623e-5) x 0.75
    assert stress.stress_factor(CM, log10_hs_mpa=HS) == pytest.approx(0.35221, abs=1e-5)


def test_elastic_slope_at_the_usual_poisson_ratio_is_the_published_one():
    assert stress.elastic_slope(0.2) == pytest.approx(2.598, abs=5e-4)


def test_plastic_flow_converges_with_the_square_of_the_step():
    elastic, plastic = path(6)
    at = [stress.horizontal_stress_change(elastic, plastic, START, 2.0, CM, substeps=n)[-1, 0] for n in (2, 4, 8, 64)]
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
