"""Van Opstal (1974): a nucleus of strain in an elastic layer on a rigid base.

The surface z = 0 is free, the base z = H does not move. With c the depth of the source, q = 3 - 4 nu and x = kH:

    u_z = dV (1 - nu)/(2 pi) int [C_z + 2k e^{-kc}] J0(kr) dk
    u_r = dV (1 - nu)/(2 pi) int [C_r - 2k e^{-kc}] J1(kr) dk
    C_z = k/(2 phi) { e^{kc}(2x+1) - e^{-kc}(4x^2+2x+q^2) - q[e^{-k(2H+c)} - e^{-k(2H-c)}] }
    C_r = k/(2 phi) { e^{kc}(1-2x) + e^{-kc}(4x^2-2x+q^2) + q[e^{-k(2H-c)} + e^{-k(2H+c)}] }
    phi(x) = (1-2nu)^2 + x^2 + q cosh^2 x

The half space (`geertsma`) is the part without C. What the base adds is integrated here without approximation, for any
nu, c and H; the published sums of terms are in `van_opstal_terms`. The bowl holds exactly what is lost, whatever nu.
Far away the ground rises a little where nu is below about 0.2. With the base ever deeper the kernel tends to the half
space, slowly and not from one side: its peak is 4 % above it at H = 2c, 2 % below at 4c, 0.05 % below at 40c.
"""

from functools import lru_cache, partial
from typing import Final

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.subsidence.kernel import geertsma, hankel
from mijnrisico.subsidence.kernel.record import Kernel

MODEL: Final = Model(
    name="van_opstal",
    role="kernel",
    predicts={"surface_motion": "m"},
    needs={"volume_loss": "m3", "source_depth": "m", "basement_depth": "m", "poisson": "1"},
    valid={"poisson": (0.0, 0.5)},
    source="Van Opstal (1974), The effect of base-rock rigidity on subsidence due to reservoir compaction, Proc. 3rd "
    "Congress of the International Society for Rock Mechanics, Denver, II-B, 1102-1111",
    departs="the Hankel integral itself where the paper has a sum of terms for a Poisson's ratio of 0.25; horizontal "
    "motion, tilt, curvature and strain besides",
)
REACH: Final = 40.0
"""Distance in depths of the base from which the kernel is zero; it has fallen below 1e-12 of its peak there."""


def kernel(depth_m: float, *, basement_m: float, poisson: float = 0.25) -> Kernel:
    """The kernel of a point at `depth_m` in a layer on a rigid base at `basement_m`, 0 < depth < base.

    >>> import numpy as np
    >>> print(np.round(1e8 * kernel(3000.0, basement_m=4500.0).vertical(np.array([0.0, 3000.0])), 6))
    [3.259999 1.104317]
    """
    functions = hankel.functions(partial(_table, depth_m, basement_m, poisson))
    vertical, radial = (
        partial(each, depth_m=depth_m, basement_m=basement_m, poisson=poisson) for each in (spectrum, radial_spectrum)
    )
    return Kernel("van_opstal", depth_m, 1.0, *functions, vertical, radial, REACH * basement_m)


def spectrum(k: np.ndarray, *, depth_m: float, basement_m: float, poisson: float) -> np.ndarray:
    """U(k) [1] of u_z(r) = int k U J0(kr) dk, without overflow for any k [1/m]."""
    k = np.asarray(k, dtype=float)
    return (1.0 - poisson) / np.pi * np.exp(-k * depth_m) + _base(k, depth_m, basement_m, poisson, 1.0)


def radial_spectrum(k: np.ndarray, *, depth_m: float, basement_m: float, poisson: float) -> np.ndarray:
    """V(k) [1] of u_r(r) = int k V J1(kr) dk."""
    k = np.asarray(k, dtype=float)
    return -(1.0 - poisson) / np.pi * np.exp(-k * depth_m) + _base(k, depth_m, basement_m, poisson, -1.0)


def moving_basement_m(
    years: np.ndarray, depth_m: float, first_m: float, last_m: float, relaxation_years: float
) -> np.ndarray:
    """Depth of the base [m] (year,) that moves from `first_m` to `last_m` as salt above it relaxes:

    c/H(t) = c/H0 + (c/H1 - c/H0) (1 - e^{-t/tau}), t in years since the beginning.

    A device, not physics: the kernel of the time t is multiplied by the whole volume lost until t. Of the studies of
    the Wadden Sea (TNO 2012) and of PySub.

    >>> import numpy as np
    >>> moving_basement_m(np.array([0.0, 10.0, 1e6]), 3000.0, 4000.0, 6000.0, 10.0).round()
    array([4000., 5068., 6000.])
    """
    moved = -np.expm1(-np.asarray(years, dtype=float) / relaxation_years)
    return depth_m / (depth_m / first_m + (depth_m / last_m - depth_m / first_m) * moved)


def _base(k: np.ndarray, c: float, H: float, nu: float, sign: float) -> np.ndarray:
    """What the base adds to U (sign 1) or V (sign -1): (1-nu)/(2 pi) C/k, times e^{-2x} above and below the line."""
    q, x = 3.0 - 4.0 * nu, k * H
    twice, up, down = np.exp(-2.0 * x), np.exp(k * (c - 2.0 * H)), np.exp(-k * (c + 2.0 * H))
    below = 2.0 * ((1.0 - 2.0 * nu) ** 2 + x * x) * twice + 0.5 * q * np.square(1.0 + twice)
    above = up * (1.0 + sign * 2.0 * x) - sign * down * (4.0 * x * x + sign * 2.0 * x + q**2)
    above += q * twice * (up - sign * down)
    return (1.0 - nu) / (2.0 * np.pi) * above / below


@lru_cache(maxsize=1024)
def _table(depth_m: float, basement_m: float, poisson: float, name: hankel.Name) -> hankel.Table:
    """One of the five functions, half space and base together, in steps of the depth of the source."""
    r = hankel.nodes_m(depth_m, REACH * basement_m)
    up, out = (partial(_base, c=depth_m / basement_m, H=1.0, nu=poisson, sign=sign) for sign in (1.0, -1.0))
    added = hankel.table(basement_m, hankel.transform(name, up, out, 1.0, REACH))(r)
    alone = geertsma.even(name, r, depth_m, poisson)
    values = np.where(r < REACH * basement_m, alone + added / basement_m ** hankel.PER_LENGTH[name], 0.0)
    return hankel.table(depth_m, values)
