"""How fast the risk without sampling settles, beside sampling: one class of building, one zone, one value for each n.

    R = sum over 45 pairs (M, r) of rate x L(class | M, r, zone), mean over all motion branches

for events of M 2.5-6.5 with b = 1, one of M 2 or more a year, evenly over the ground within 40 km. Ways (`what`):

- "nodes": the scheme of `average_sa` with n nodes along the leading direction (10 in use);
- "sobol": n points of a scrambled Sobol sequence in each pair, over the ten periods, the site and the branches;
- "random": n independent draws instead.

Sampling has no approximation but its noise. The reference takes Sobol points too, with the leading direction spread
evenly over +-6 standard deviations and weighed back, which leaves rare losses no noise to speak of.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from mijnrisico.seismic import average_sa, loss, risk
from mijnrisico.seismic.average_sa import GRID_LN_G, MEASURES, Array, SiteCorrelation
from mijnrisico.seismic.hazard.motion_tree import tree
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm

MAGNITUDE: Array = np.arange(2.5, 6.51, 0.5)
DISTANCE_KM: Array = np.array([3.0, 4.5, 8.0, 15.0, 30.0])
_RING_KM = np.array([0.0, 3.7, 6.0, 11.0, 22.0, 40.0])
_FINE_LN_G: Array = np.arange(-14.0, 5.0, 0.005)
_HALF_WIDTH = 6.0
_DIMENSIONS = 23
"""Ten of the motion, ten of the site, and the branch: median, scatter, site epsilon."""


def convergence(
    zone: int,
    vulnerability_class: str,
    *,
    model: str = "TNO2020",
    motion: str | GroundMotion = "V7",
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
    nodes: Sequence[int] = (2, 3, 4, 5, 6, 8, 10, 12, 16),
    points: Sequence[int] = tuple(2**k for k in range(6, 15, 2)),
    reference_points: int = 2**17,
    seed: int = 1,
) -> pd.DataFrame:
    """The yearly risk of one class by each way and number, beside the reference.

    Args:
        zone: number of a zone with amplification in the motion model.
        vulnerability_class: of the vulnerability model.
        model, motion, site_term, site_correlation: as in `risk.risk`.
        nodes: numbers of nodes of the scheme.
        points: numbers of points in a pair, powers of two.
        reference_points: of the reference, a power of two.
        seed: of the points.

    Returns:
        Columns what ("nodes", "sobol" or "random"), n, value and reference (1/year).

    Raises:
        InputError: as `risk.risk`.
        KeyError: a zone without amplification in the model.
    """
    shaking, term = risk.motion_of(motion, site_term)
    vulnerable = loss.vulnerability(model, [vulnerability_class])
    at = average_sa.reference(MAGNITUDE, DISTANCE_KM, shaking)
    rate = _rate()
    tables = loss.mean_loss(vulnerable, GRID_LN_G)

    def scheme(n: int) -> float:
        intensity = average_sa.zone_intensity(zone, at, nodes=n, site_term=term, site_correlation=site_correlation)
        return float(rate @ risk.zone_loss(intensity, *tables)[:, 0])

    draws = _Sampler(zone, at, term, site_correlation, loss.mean_loss(vulnerable, _FINE_LN_G))
    rng = np.random.default_rng(seed)
    sobol = qmc.Sobol(_DIMENSIONS, rng=rng)
    exact = float(rate @ draws.means(_of_sobol(sobol, reference_points), even=True))
    ways: list[tuple[str, Sequence[int], Callable[[int], float]]] = [
        ("nodes", nodes, scheme),
        ("sobol", points, lambda n: float(rate @ draws.means(_of_sobol(sobol, n)))),
        ("random", points, lambda n: float(rate @ draws.means(rng.random((n, _DIMENSIONS))))),
    ]
    rows = [(what, n, value(n), exact) for what, numbers, value in ways for n in numbers]
    return pd.DataFrame(rows, columns=["what", "n", "value", "reference"])


def _rate() -> Array:
    """Events per year of each pair, magnitude major: one of M 2 or more in the whole circle."""
    by_magnitude = 10.0 ** -(MAGNITUDE - 0.25 - 2.0) - 10.0 ** -(MAGNITUDE + 0.25 - 2.0)
    return np.multiply.outer(by_magnitude, np.diff(_RING_KM**2) / _RING_KM[-1] ** 2).ravel()


def _of_sobol(sobol: qmc.Sobol, n: int) -> Array:
    """The first n points of the scrambled sequence."""
    sobol.reset()
    return np.asarray(sobol.random(n), float)


class _Sampler:
    """Losses of drawn motions in every pair of magnitude and distance."""

    def __init__(
        self,
        zone: int,
        at: average_sa.Reference,
        site_term: SiteTerm,
        site_correlation: SiteCorrelation,
        tables: tuple[Array, Array],
    ) -> None:
        model = at.model
        self._at, self._tables = at, tables
        self._epistemic = site_term == "epistemic"
        self._responses = [model.response(zone, measure, "arbitrary") for measure in MEASURES]
        shaking = tree(at.magnitude, model, site_term)
        self._median = np.cumsum(shaking.median_weight, axis=1)
        self._scatter = np.cumsum(model.scatter_weight)
        self._epsilon = model.epsilon, np.cumsum(model.epsilon_weight)
        matrix = (
            np.eye(len(MEASURES))
            if self._epistemic
            else average_sa.between_periods(model, "aleatory", site_correlation)
        )
        value, vector = np.linalg.eigh(matrix)
        self._deviations = vector * np.sqrt(np.maximum(value, 0.0))

    def means(self, uniform: Array, *, even: bool = False) -> Array:
        """Mean loss of one event per pair, from points (n, 23) in the unit cube.

        With `even` the first coordinate is spread evenly along the leading direction, and the points are weighed.
        """
        z = ndtri(np.clip(uniform[:, :20], 1e-12, 1.0 - 1e-12))
        weight = np.full(len(uniform), 1.0 / len(uniform))
        if even:
            z[:, 0] = _HALF_WIDTH * (2.0 * uniform[:, 0] - 1.0)
            weight = np.exp(-0.5 * z[:, 0] ** 2)
            weight /= weight.sum()
        site = z[:, 10:] @ self._deviations.T
        if self._epistemic:
            site[:] = self._epsilon[0][_pick(self._epsilon[1], uniform[:, 22])][:, None]
        scatter = _pick(self._scatter, uniform[:, 21])
        return np.array(
            [weight @ self._loss(pair, z, site, scatter, uniform[:, 20]) for pair in range(len(self._at.mu))]
        )

    def _loss(self, pair: int, z: Array, site: Array, scatter: NDArray[np.intp], u: Array) -> Array:
        at = self._at
        median = _pick(self._median[pair], u)
        x = at.mu[pair, median]
        spreads = at.along.shape[1]
        for m in range(at.mu.shape[1]):
            for s in range(at.along.shape[2]):
                here = (median == m) & (scatter == s)
                if here.any():
                    own = min(m, spreads - 1)
                    value, vector = np.linalg.eigh(at.rest[pair, own, s])
                    root = np.column_stack([at.along[pair, own, s], (vector * np.sqrt(np.maximum(value, 0.0)))[:, 1:]])
                    x[here] += z[here, :10] @ root.T
        surface = np.empty_like(x)
        for i, one in enumerate(self._responses):
            linear = float(one.linear_ln(at.magnitude[pair], at.distance_km[pair]))
            bend = one.f2 * np.log1p(np.exp(x[:, i]) / one.f3)
            phi = np.interp(x[:, i], np.log([one.xl, one.xh]), [one.s1, one.s2])
            surface[:, i] = x[:, i] + np.clip(linear + bend, one.ln_low, one.ln_high) + phi * site[:, i]
        collapse, chimney = self._tables
        fallen = np.interp(surface.mean(axis=1), _FINE_LN_G, collapse[0])
        return fallen + np.interp(surface[:, 0], _FINE_LN_G, chimney[0])


def _pick(cumulative: Array, u: Array) -> NDArray[np.intp]:
    """Index of the branch of each u, for cumulative weights that end at one."""
    return np.clip(np.searchsorted(cumulative, u), 0, cumulative.size - 1)
