"""Properties of the reservoir gas: z-factor, viscosity and pseudo-pressure.

z: Dranchuk and Abou-Kassem (1975), J. Can. Petrol. Technol. 14(3), 34-36, doi:10.2118/75-03-03.
Viscosity: Lee, Gonzalez and Eakin (1966), J. Petrol. Technol. 18(8), 997-1000, doi:10.2118/1340-PA.
Mixing: Kay's rule for the pseudo-critical temperature and pressure.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import CubicSpline, PPoly

from mijnrisico.units import PA_PER_BAR

NORMAL_PRESSURE_PA = 101_325.0
NORMAL_TEMPERATURE_K = 273.15

COMPONENTS = {
    # name: (critical temperature K, critical pressure bar, molar mass g/mol); NIST Chemistry WebBook
    "CH4": (190.56, 45.99, 16.043),
    "C2H6": (305.32, 48.72, 30.070),
    "N2": (126.19, 33.96, 28.013),
    "CO2": (304.13, 73.77, 44.010),
}

LOWEST_BAR, HIGHEST_BAR, STEP_BAR = 0.5, 700.0, 0.5

_A = (0.3265, -1.0700, -0.5339, 0.01569, -0.05165, 0.5475, -0.7361, 0.1844, 0.1056, 0.6134, 0.7210)


@dataclass(frozen=True, slots=True)
class Gas:
    """A gas mixture at one temperature; `mole_fractions` pairs names of `COMPONENTS` with amounts (any sum)."""

    mole_fractions: tuple[tuple[str, float], ...]
    temperature_k: float

    @property
    def pseudo_critical(self) -> tuple[float, float]:
        """Temperature [K] and pressure [bar] by Kay's rule: the mole-weighted means."""
        return self._mean(0), self._mean(1)

    @property
    def molar_mass_g(self) -> float:
        """Molar mass, g/mol."""
        return self._mean(2)

    def _mean(self, column: int) -> float:
        total = sum(amount for _, amount in self.mole_fractions)
        return sum(amount * COMPONENTS[name][column] for name, amount in self.mole_fractions) / total


GRONINGEN_GAS = Gas((("CH4", 0.813), ("N2", 0.143), ("C2H6", 0.029), ("CO2", 0.009)), temperature_k=375.0)


def z_factor(pressure_bar: np.ndarray, gas: Gas = GRONINGEN_GAS) -> np.ndarray:
    """Compressibility factor z of a real gas, p V = z n R T, dimensionless, for any shape of `pressure_bar`.

    Solves z = 0.27 Ppr / (rho_r Tpr) with the Dranchuk and Abou-Kassem (1975) series for z(rho_r, Tpr),
    by Newton on the reduced density rho_r; valid for 1 < Tpr < 3 and 0.2 < Ppr < 30.
    """
    critical_k, critical_bar = gas.pseudo_critical
    t = gas.temperature_k / critical_k
    target = 0.27 * np.asarray(pressure_bar, dtype=float) / critical_bar / t
    a = _A
    c1 = a[0] + a[1] / t + a[2] / t**3 + a[3] / t**4 + a[4] / t**5
    c2 = a[5] + a[6] / t + a[7] / t**2
    c5 = a[8] * (a[6] / t + a[7] / t**2)
    c3 = a[9] / t**3
    rho = target.copy()
    for _ in range(60):
        square = a[10] * rho**2
        tail = c3 * np.exp(-square)
        z = 1 + c1 * rho + c2 * rho**2 - c5 * rho**5 + tail * (rho**2 + square * rho**2)
        slope = c1 + 2 * c2 * rho - 5 * c5 * rho**4 + tail * 2 * rho * (1 + square - square**2)
        step = (rho * z - target) / (z + rho * slope)
        rho -= step
        if np.max(np.abs(step), initial=0.0) < 1e-14:
            break
    return np.where(rho > 0, target / np.where(rho > 0, rho, 1.0), 1.0)


def viscosity_pa_s(pressure_bar: np.ndarray, gas: Gas = GRONINGEN_GAS) -> np.ndarray:
    """Viscosity [Pa s] of a natural gas, Lee, Gonzalez and Eakin (1966), equations 2-5.

    mu = 1e-4 K exp(X rho^Y) centipoise, with rho in g/cm3 and K, X, Y functions of temperature [Rankine]
    and molar mass; the density follows from `z_factor`.
    """
    rankine, mass = gas.temperature_k * 1.8, gas.molar_mass_g
    pressure = np.asarray(pressure_bar, dtype=float)
    rho = pressure * PA_PER_BAR * mass * 1e-6 / (z_factor(pressure, gas) * 8.314462618 * gas.temperature_k)
    k = (9.379 + 0.01607 * mass) * rankine**1.5 / (209.2 + 19.26 * mass + rankine)
    x = 3.448 + 986.4 / rankine + 0.01009 * mass
    y = 2.447 - 0.2224 * x
    return 1e-7 * k * np.exp(x * rho**y)


@dataclass(frozen=True, slots=True)
class GasTable:
    """Splines in pressure [bar] of the two functions that the flow equation needs.

    `p_over_z` [bar] is proportional to the gas content of a pore volume; `pseudo_pressure` [Pa/s] is
    the integral of p/(mu z) dp, in which Darcy flow of a real gas is linear.
    """

    p_over_z: PPoly
    p_over_z_slope: PPoly
    pseudo_pressure: PPoly
    pseudo_pressure_slope: PPoly


@lru_cache(maxsize=8)
def gas_table(gas: Gas = GRONINGEN_GAS) -> GasTable:
    """Tabulate `gas` from 0.5 to 700 bar by 0.5 bar as cubic splines (relative error below 1e-8)."""
    p = np.arange(LOWEST_BAR, HIGHEST_BAR + STEP_BAR, STEP_BAR)
    z = z_factor(p, gas)
    content = CubicSpline(p, p / z)
    # p in Pa for the integrand and again for dp: bar^2 to Pa^2
    mobility = CubicSpline(p, PA_PER_BAR**2 * p / (viscosity_pa_s(p, gas) * z))
    return GasTable(content, content.derivative(), mobility.antiderivative(), mobility)
