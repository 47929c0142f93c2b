"""The rigid base as a sum of closed terms: Van Opstal's own coefficients, those of TNO, and a fit for any nu.

The only factor of the Hankel integral that has no closed form is fitted by exponentials,

    1/(2 phi(x)) = sum_i a_i e^{-A_i x} + sum_j b_j x e^{-B_j x},

after which every term is I_n(h, r) = int k^n e^{-kh} J0(kr) dk = n! R^{-n-1} P_n(h/R), R^2 = r^2 + h^2:

    u_z = (1-nu)/(2 pi) { 2 I_1(c) + sum_i a_i T_0(A_i) + H sum_j b_j T_1(B_j) }
    T_s(A) = 2H I_{2+s}(AH-c) + I_{1+s}(AH-c) - 4H^2 I_{3+s}(AH+c) - 2H I_{2+s}(AH+c) - q^2 I_{1+s}(AH+c)
             - q [I_{1+s}((A+2)H+c) - I_{1+s}((A+2)H-c)]

The horizontal motion has J1 for J0. Our fit has 22 terms with fixed exponents and is found by one weighted least
squares for each nu; the published sets have three terms and are here for comparison with older work. `van_opstal`
needs none of them: it integrates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import factorial

EXPONENTS: Final = (np.arange(2.0, 8.6, 0.5), np.arange(2.0, 5.6, 0.5))
"""A_i and B_j of our fit."""
WEIGHT: Final = 1.9
"""Points of the fit weigh e^{1.9 x}: the factor falls as e^{-2x} and is met by terms as large as e^{cx/H}."""
LARGEST_X: Final = 14.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Coefficients a_i, A_i (i,) and b_j, B_j (j,) for one Poisson's ratio."""

    a: np.ndarray
    A: np.ndarray
    b: np.ndarray
    B: np.ndarray
    poisson: float

    def factor(self, x: np.ndarray) -> np.ndarray:
        """The sum that stands for 1/(2 phi(x))."""
        x = np.asarray(x, dtype=float)[..., None]
        return np.exp(-x * self.A) @ self.a + (x * np.exp(-x * self.B)) @ self.b


@lru_cache(maxsize=64)
def fitted(poisson: float) -> Terms:
    """The 22 terms for a Poisson's ratio from 0 to 0.5; error of the kernel at most 1e-5 of its peak."""
    A, B = EXPONENTS
    x = np.linspace(0.0, LARGEST_X, 1401)
    weight = np.exp(WEIGHT * x)[:, None]
    columns = np.hstack([np.exp(-x[:, None] * A), x[:, None] * np.exp(-x[:, None] * B)]) * weight
    q = 3.0 - 4.0 * poisson
    wanted = 0.5 / ((1.0 - 2.0 * poisson) ** 2 + x**2 + q * np.cosh(x) ** 2)
    found = np.linalg.lstsq(columns, wanted * weight[:, 0], rcond=None)[0]
    return Terms(found[: A.size], A, found[A.size :], B, poisson)


def published(poisson: float, source: str = "tno") -> Terms:
    """The three terms of `source` "1974" (nu 0.25 only) or "tno" (nu 0.10 to 0.35 in steps of 0.05).

    Raises KeyError for a ratio that the source does not give.
    """
    rows = _published()
    rows = rows[(rows["source"] == source) & np.isclose(rows["poisson"], poisson)].set_index("kind")
    factor, exponent = rows["factor"], rows["exponent"]
    first, last = ["a1", "a2"], ["b"]
    a, A, b, B = (each[names].to_numpy() for names in (first, last) for each in (factor, exponent))
    return Terms(a, A, b, B, poisson)


def motion(r: np.ndarray, depth_m: float, basement_m: float, terms: Terms) -> tuple[np.ndarray, np.ndarray]:
    """Vertical u_z and outward u_r [1/m2] at distances r [m] per m3 lost, in the shape of r."""
    r = np.asarray(r, dtype=float)
    vertical = _sum(r, depth_m, basement_m, terms, _with_j0, 1.0)
    return vertical, _sum(r, depth_m, basement_m, terms, _with_j1, -1.0)


def _sum(r: np.ndarray, c: float, H: float, terms: Terms, integral: "Integral", sign: float) -> np.ndarray:
    """The sum for u_z (sign 1) or u_r (sign -1)."""
    q = 3.0 - 4.0 * terms.poisson

    def term(A: float, s: int) -> np.ndarray:
        near, far, above = A * H - c, A * H + c, (A + 2.0) * H
        found = sign * 2.0 * H * integral(2 + s, near, r) + integral(1 + s, near, r)
        found -= sign * (4.0 * H**2 * integral(3 + s, far, r) + q**2 * integral(1 + s, far, r))
        found -= 2.0 * H * integral(2 + s, far, r)
        return found + q * (integral(1 + s, above - c, r) - sign * integral(1 + s, above + c, r))

    found = sign * 2.0 * integral(1, c, r)
    for a, A in zip(terms.a, terms.A, strict=True):
        found = found + a * term(A, 0)
    for b, B in zip(terms.b, terms.B, strict=True):
        found = found + H * b * term(B, 1)
    return (1.0 - terms.poisson) / (2.0 * np.pi) * found


Integral = Callable[[int, float, np.ndarray], np.ndarray]


def _with_j0(n: int, h: float, r: np.ndarray) -> np.ndarray:
    """int k^n e^{-kh} J0(kr) dk [1/m^(n+1)] for n from 1 to 4: n! R^{-n-1} P_n(h/R)."""
    distance = np.hypot(r, h)
    legendre = np.polynomial.Legendre.basis(n)(h / distance)
    return factorial(n) * legendre / distance ** (n + 1)


def _with_j1(n: int, h: float, r: np.ndarray) -> np.ndarray:
    """int k^n e^{-kh} J1(kr) dk: (n-1)! R^{-n-1} P_n^1(h/R), P_n^1 = sqrt(1 - z^2) P_n'(z)."""
    distance = np.hypot(r, h)
    slope = np.polynomial.Legendre.basis(n).deriv()(h / distance) * r / distance
    return factorial(n - 1) * slope / distance ** (n + 1)


@lru_cache(maxsize=1)
def _published() -> pd.DataFrame:
    with files("mijnrisico.subsidence.kernel").joinpath("van_opstal_terms.csv").open() as stream:
        return pd.read_csv(stream, comment="#", dtype={"source": str})
