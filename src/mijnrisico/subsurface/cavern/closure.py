"""Steady closure of a cavern in creeping salt: sphere and long cylinder, power law and pressure solution together.

In an incompressible salt that creeps at e'(s) = A s^n + k s the stress around a cavern whose pressure is P below that
of the rock follows from the flow alone. With the von Mises stress s_w at its wall

    P    = c Int_0^{s_w} (n A s^{n-1} + k)/(A s^{n-1} + k) ds        c = 2/3 sphere, 1/sqrt3 cylinder
    V'/V = (1/c) e'(s_w)

so the rate is known where s_w is. The integral is c (n s_w - (n-1) s_w F), F = 2F1(1, 1/m; 1 + 1/m; -A s_w^m/k) with
m = n - 1: 1 where pressure solution rules, 0 where it is absent. Then P = c n s_w gives the published power law,
sphere 3/2 A (3P/2n)^n and cylinder sqrt3 A (sqrt3 P/n)^n. P is convex in s_w, so Newton's method from s_w = P/c falls
to the one root. Adding the closures of two mechanisms each on its own is too little: each softens the salt that the
other deforms.
"""

from typing import Final, Literal

import numpy as np
from scipy import integrate, optimize, special

from mijnrisico.core.model import Model
from mijnrisico.subsurface.cavern.laws import Creep

Shape = Literal["sphere", "cylinder"]
SHAPES: Final[tuple[Shape, ...]] = ("sphere", "cylinder")
FACTOR: Final[dict[Shape, float]] = {"sphere": 2.0 / 3.0, "cylinder": 1.0 / np.sqrt(3.0)}
_ITERATIONS: Final = 60
_CLOSE: Final = 1e-13

MODEL = Model(
    name="steady_creep",
    role="closure",
    predicts={"closure_rate": "1/year"},
    needs={"pressure_deficit": "MPa", "temperature": "degC"},
    valid={},
    source="steady flow of incompressible salt around a sphere and a long cylinder; power law as used by Berest and "
    "Brouard (2003), Oil & Gas Sci. Technol. 58(3), 361-384",
    departs="dislocation creep and pressure solution act together by one exact integral; no transient creep, which "
    "makes the first years after a change of pressure faster",
)


def deficit_mpa(wall_mpa: np.ndarray, creep: Creep, shape: Shape) -> np.ndarray:
    """Pressure of the rock less that of the cavern [MPa] (...) at a von Mises stress at the wall [MPa] (...).

    Both are negative where the cavern opens.
    """
    s = np.abs(np.asarray(wall_mpa, dtype=float))
    return np.sign(wall_mpa) * FACTOR[shape] * s * (creep.n - (creep.n - 1.0) * _share(s, creep))


def _share(wall: np.ndarray, creep: Creep) -> np.ndarray:
    """F of the module's head: part of the wall stress over which pressure solution rules."""
    m = creep.n - 1.0
    power, linear = np.asarray(creep.power, dtype=float), np.asarray(creep.linear, dtype=float)
    if not linear.any():
        return np.zeros(np.broadcast_shapes(wall.shape, power.shape))
    if m == 0.0:
        return np.ones(np.broadcast_shapes(wall.shape, power.shape))
    return special.hyp2f1(1.0, 1.0 / m, 1.0 + 1.0 / m, -power * wall**m / linear)


def wall_stress_mpa(deficit: np.ndarray, creep: Creep, shape: Shape, guess: np.ndarray | None = None) -> np.ndarray:
    """Von Mises stress at the wall [MPa] (...) at a pressure deficit [MPa] (...), by Newton's method."""
    c, m = FACTOR[shape], creep.n - 1.0
    sign, wanted = np.sign(deficit), np.abs(np.asarray(deficit, dtype=float))
    if not np.any(creep.linear):
        return sign * wanted / (c * creep.n)
    lowest, highest = wanted / (c * creep.n), wanted / c
    s = highest if guess is None else np.clip(np.abs(guess), lowest, highest)
    s = np.broadcast_to(s, np.broadcast_shapes(np.shape(s), np.shape(creep.power), np.shape(creep.linear)))
    for _ in range(_ITERATIONS):
        pace = creep.power * s**m
        slope = c * (creep.n * pace + creep.linear) / (pace + creep.linear)
        following = np.clip(s - (deficit_mpa(s, creep, shape) - wanted) / slope, lowest, highest)
        done = np.all(np.abs(following - s) <= _CLOSE * highest)
        s = following
        if done:
            break
    return sign * s


def of_wall(wall_mpa: np.ndarray, creep: Creep, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Rate of closure V'/V [1/year] and its slope by the deficit [1/(year MPa)], (...), at a stress at the wall.

    The slope is exact: (A s_w^{n-1} + k)/c^2.
    """
    s = np.asarray(wall_mpa, dtype=float)
    pace = creep.power * np.abs(s) ** (creep.n - 1.0) + creep.linear
    return s * pace / FACTOR[shape], pace / FACTOR[shape] ** 2


def rate_per_year(deficit: float | np.ndarray, creep: Creep, shape: Shape) -> np.ndarray:
    """Share of its volume that a cavern loses in a year, V'/V [1/year] (...), at a pressure deficit [MPa] (...).

    >>> from mijnrisico.subsurface.cavern.laws import creep, laws
    >>> salt = creep(laws()["bgra"], 100.0)
    >>> [f"{rate_per_year(20.0, salt, shape):.3e}" for shape in ("cylinder", "sphere")]
    ['5.019e-02', '2.117e-02']
    """
    deficit = np.asarray(deficit, dtype=float)
    return of_wall(wall_stress_mpa(deficit, creep, shape), creep, shape)[0]


def rate_slow_per_year(deficit: float, creep: Creep, shape: Shape) -> float:
    """The same for one cavern by quadrature and bisection; the twin of `rate_per_year` in the tests."""
    a, n, k, c = float(creep.power), creep.n, float(creep.linear), FACTOR[shape]

    def over(wall: float) -> float:
        ratio = integrate.quad(lambda s: (n * a * s ** (n - 1) + k) / (a * s ** (n - 1) + k), 0.0, wall, epsrel=1e-12)
        return c * ratio[0] - deficit

    wall = optimize.root_scalar(over, bracket=(1e-12, deficit / c * (1.0 + 1e-9)), xtol=1e-14).root
    return (a * wall**n + k * wall) / c
