import numpy as np
import pytest

from mijnrisico.subsurface.gas import GRONINGEN_GAS, Gas, gas_table, viscosity_pa_s, z_factor

METHANE = Gas((("CH4", 1.0),), temperature_k=375.0)


def test_gas_is_ideal_at_no_pressure():
    assert z_factor(np.array([1e-6])) == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize(
    ("t_reduced", "expected"),
    # the same correlation in the R package zFactor 0.1.9 at reduced pressures 0.5, 2.5, 4.5 and 6.5
    # (printed in its documentation, rdrr.io/cran/zFactor/man/Dranchuk-AbouKassem.html)
    [
        (1.3, (0.9203019, 0.6377871, 0.6898314, 0.8499523)),
        (1.5, (0.9509373, 0.7929993, 0.7896224, 0.8904317)),
        (1.7, (0.9681353, 0.8753784, 0.8721085, 0.9409634)),
        (2.0, (0.9824731, 0.9400752, 0.9497137, 1.0015560)),
    ],
)
def test_z_factor_equals_an_independent_program(t_reduced, expected):
    critical_k, critical_bar = METHANE.pseudo_critical
    gas = Gas((("CH4", 1.0),), temperature_k=t_reduced * critical_k)
    np.testing.assert_allclose(z_factor(critical_bar * np.array([0.5, 2.5, 4.5, 6.5]), gas), expected, rtol=2e-7)


def test_viscosity_of_thin_methane_is_that_of_kinetic_theory():
    # Chapman and Enskog: 2.669e-6 sqrt(M T)/(sigma^2 Omega) Pa s, with sigma 3.758 angstrom, epsilon/k 148.6 K and
    # Omega(T* = 2.52) = 1.091; the correlation is good to some per cent
    kinetic = 2.669e-6 * np.sqrt(16.043 * 375.0) / (3.758**2 * 1.091)
    assert viscosity_pa_s(np.array([1.0]), METHANE)[0] == pytest.approx(kinetic, rel=0.06)


def test_table_equals_the_functions_it_tabulates():
    p = np.linspace(1.0, 600.0, 997)
    table = gas_table(GRONINGEN_GAS)
    np.testing.assert_allclose(table.p_over_z(p), p / z_factor(p), rtol=1e-8)
    np.testing.assert_allclose(table.pseudo_pressure_slope(p), 1e10 * p / viscosity_pa_s(p) / z_factor(p), rtol=1e-7)


def test_gas_content_and_pseudo_pressure_rise_with_pressure():
    p = np.linspace(0.5, 700.0, 5000)
    table = gas_table()
    assert np.all(np.diff(table.p_over_z(p)) > 0)
    assert np.all(np.diff(table.pseudo_pressure(p)) > 0)
