"""A nucleus of strain among welded elastic layers, on a rigid base or a half space: exact for every wavenumber.

With u_z = int k W J0 dk, u_r = int k V J1 dk, s_zz = int k S J0 dk, t_rz = int k T J1 dk and y = (W, V, S/(k m0),
T/(k m0)), elasticity is y' = k M y in z, where m is the shear modulus over m0, g = nu/(1-nu), e = (1-2nu)/(2(1-nu)):

        [  0   -g   e/m   0  ]
    M = [  1    0    0   1/m ]         (M^2 - 1)^2 = 0
        [  0    0    0   -1  ]
        [  0  2m/(1-nu) g  0 ]

so that exp(Mx) = cosh x + x/2 sinh x N + M [sinh x + (x cosh x - sinh x)/2 N] with N = M^2 - 1, exactly. What the free
surface allows (two columns of y) is carried down to the source and what the base allows is carried up to it, both
made orthogonal again in every layer: only growing solutions are carried, which keeps all digits at any k and
thickness. At the source the two meet with the jumps of a centre of dilatation, W by -1/(2 pi) and T/(k m0) by m/pi:
four equations in four unknowns.

The volume lost is that of the nucleus in the unbounded rock of its own layer. In one layer the kernel is that of
`geertsma` or `van_opstal`. Method after Thomson and Haskell, in the form of a stable sweep; no source is followed
word by word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.subsidence.kernel import hankel
from mijnrisico.subsidence.kernel.record import Kernel

MODEL: Final = Model(
    name="layered",
    role="kernel",
    predicts={"surface_motion": "m"},
    needs={"volume_loss": "m3", "source_depth": "m", "layers": ""},
    valid={"poisson": (0.0, 0.5)},
    source="static limit of the propagator method of Thomson (1950) and Haskell (1953)",
    departs="subspaces that are made orthogonal in every layer instead of a product of matrices, which loses all "
    "digits; the volume lost is defined in the layer of the source",
)
THICK: Final = 40.0
"""k times the thickness above which what lies below a layer is not seen through it: exp(-80)."""
REACH: Final = 40.0
"""Distance that is tabulated, in depths of the source or of the last interface, whichever is deeper."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: thickness [m], Young's modulus [GPa] and Poisson's ratio. A last layer of thickness None has no end.

    Only ratios of the moduli matter. Where every layer has a thickness, what lies below the last does not move.
    """

    thickness_m: float | None
    young_gpa: float
    poisson: float


def kernel(depth_m: float, *, layers: Sequence[Layer]) -> Kernel:
    """The kernel of a point at `depth_m` among `layers`, from the surface down; the source lies above a rigid base.

    A source on an interface belongs to the layer below it.

    >>> import numpy as np
    >>> soft, stiff = Layer(1000.0, 5.0, 0.3), Layer(None, 20.0, 0.25)
    >>> k = kernel(3000.0, layers=(soft, stiff))
    >>> bool(k.vertical(np.array(0.0)) > 0.0)
    True
    """
    layers = tuple(layers)
    rigid = layers[-1].thickness_m is not None
    volume = 2.0 * np.pi * float(spectrum(np.zeros(1), depth_m=depth_m, layers=layers)[0])
    return Kernel(
        "layered",
        depth_m,
        volume,
        *hankel.functions(partial(_table, depth_m, layers)),
        partial(spectrum, depth_m=depth_m, layers=layers),
        partial(radial_spectrum, depth_m=depth_m, layers=layers),
        reach_m=REACH * _deepest_m(depth_m, layers) if rigid else np.inf,
    )


def spectrum(k: np.ndarray, *, depth_m: float, layers: tuple[Layer, ...]) -> np.ndarray:
    """U(k) [1] of u_z(r) = int k U J0(kr) dk, k in 1/m."""
    return _at_surface(np.asarray(k, dtype=float), depth_m, layers)[..., 0]


def radial_spectrum(k: np.ndarray, *, depth_m: float, layers: tuple[Layer, ...]) -> np.ndarray:
    """V(k) [1] of u_r(r) = int k V J1(kr) dk."""
    return _at_surface(np.asarray(k, dtype=float), depth_m, layers)[..., 1]


def _at_surface(k: np.ndarray, depth_m: float, layers: tuple[Layer, ...]) -> np.ndarray:
    """W and V at the surface (..., 2) per m3 lost."""
    flat = np.ravel(k)
    tops = np.concatenate(
        [[0.0], np.cumsum([np.inf if each.thickness_m is None else each.thickness_m for each in layers])]
    )
    own = int(np.searchsorted(tops, depth_m, side="right")) - 1
    moduli = [each.young_gpa / (2.0 * (1.0 + each.poisson)) for each in layers]
    matrices = [_matrix(m / moduli[own], each.poisson) for m, each in zip(moduli, layers, strict=True)]

    above = np.broadcast_to(np.eye(4)[:, :2], (flat.size, 4, 2))
    shares, shrink = np.broadcast_to(np.eye(2), (flat.size, 2, 2)), np.zeros(flat.size)
    for number in range(own + 1):
        x = flat * (min(tops[number + 1], depth_m) - tops[number])
        above, mixed = np.linalg.qr(_exponential(matrices[number], x, 1.0) @ above)
        shares, shrink = shares @ np.linalg.inv(mixed), shrink + x

    if np.isinf(tops[-1]):
        below = np.broadcast_to(_falling(matrices[-1]), (flat.size, 4, 2))
    else:
        below = np.broadcast_to(np.eye(4)[:, 2:], (flat.size, 4, 2))
    for number in range(len(layers) - 1, own - 1, -1):
        thickness = tops[number + 1] - max(tops[number], depth_m)
        if np.isfinite(thickness):
            x = np.minimum(flat * thickness, THICK)
            below, _ = np.linalg.qr(_exponential(matrices[number], x, -1.0) @ below)

    jump = np.array([-0.5 / np.pi, 0.0, 0.0, 1.0 / np.pi])
    meet = np.concatenate([below, -above], axis=2)
    found = np.linalg.solve(meet, np.broadcast_to(jump[:, None], (flat.size, 4, 1)))[:, 2:]
    surface = (shares @ found)[..., 0] * np.exp(-shrink)[:, None]
    return surface.reshape(*np.shape(k), 2)


def _matrix(m: float, nu: float) -> np.ndarray:
    """M of the module's docstring for a shear modulus m (over that of the source's layer) and Poisson's ratio nu."""
    g, e = nu / (1.0 - nu), (1.0 - 2.0 * nu) / (2.0 * (1.0 - nu))
    return np.array(
        [[0.0, -g, e / m, 0.0], [1.0, 0.0, 0.0, 1.0 / m], [0.0, 0.0, 0.0, -1.0], [0.0, 2.0 * m / (1.0 - nu), g, 0.0]]
    )


def _exponential(matrix: np.ndarray, x: np.ndarray, sign: float) -> np.ndarray:
    """exp(sign M x) e^{-x} (..., 4, 4) for x >= 0."""
    x = x[:, None, None]
    one, twice = np.eye(4), np.exp(-2.0 * x)
    rest = matrix @ matrix - one
    cosh, sinh = 0.5 * (1.0 + twice), -0.5 * np.expm1(-2.0 * x)
    return cosh * one + 0.5 * x * sinh * rest + sign * matrix @ (sinh * one + 0.5 * (x * cosh - sinh) * rest)


def _falling(matrix: np.ndarray) -> np.ndarray:
    """The two columns (4, 2) that die out downwards: the range of (M - 1)^2."""
    columns, _, _ = np.linalg.svd(np.linalg.matrix_power(matrix - np.eye(4), 2))
    return columns[:, :2]


def _deepest_m(depth_m: float, layers: tuple[Layer, ...]) -> float:
    return max(depth_m, sum(each.thickness_m or 0.0 for each in layers))


@lru_cache(maxsize=1024)
def _table(depth_m: float, layers: tuple[Layer, ...], name: hankel.Name) -> hankel.Table:
    reach = REACH * float(np.ceil(4.0 * _deepest_m(depth_m, layers) / depth_m)) / 4.0
    up, out = (partial(_known, depth_m, layers, part) for part in (0, 1))
    power = 0.0 if layers[-1].thickness_m is not None else hankel.TAIL_POWERS[name]
    return hankel.table(depth_m, hankel.transform(name, up, out, depth_m, reach), power)


def _known(depth_m: float, layers: tuple[Layer, ...], part: int, k: np.ndarray) -> np.ndarray:
    return _both(depth_m, layers, k.tobytes())[:, part]


@lru_cache(maxsize=64)
def _both(depth_m: float, layers: tuple[Layer, ...], wavenumbers: bytes) -> np.ndarray:
    """`_at_surface` once for the five functions."""
    return _at_surface(np.frombuffer(wavenumbers), depth_m, layers)
