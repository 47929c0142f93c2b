"""Cracks in a masonry wall by earthquakes (Korswagen, Longo and Rots, 2022): one event, and a history of events.

Damage is Psi: visible cracks (DS1) begin at Psi 1 and are no longer light (end of DS1) from Psi 2 on.

    P(Psi >= x | PGV, Psi0) = Phi((ln PGV - mu(x, Psi0)) / sigma(x, Psi0))        one event, PGV in mm/s

mu and sigma stand in the paper at steps of 0.5; between them they are linear in x and in Psi0, and they continue along
the last line down to x = Psi0. With a scatter of the motion in ln PGV the variances add.

A history is a list of motions, and the table says nothing of two earthquakes on the same wall. Two readings bound it:

* `remembering`: what makes a wall weak stays with it. A wall that withstood a motion withstands a lesser one, so only
  what goes beyond what the wall met before does more damage. Events differ by their motion alone.
* `memoryless`: each event draws anew, from the damage that is there: a Markov chain over Psi.

The finite-element calculations of the same authors, repeated by equal events, decide between them. In every group of
runs up to 32 mm/s `remembering` is within 16 percentage points of the share of walls that crack, or whose crack grows
by half a step; eight times 16 mm/s crack 32 % of the undamaged walls, `remembering` says 20 % and `memoryless` 100 %.
So the first is the answer here and the second the bound above it.

Valid up to 32 mm/s, for Psi0 of 0 to 1.5 and Psi up to 3. In a chain, damage above 1.5 goes on by the law of 1.5.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from mijnrisico.core.model import Model
from mijnrisico.errors import InputError, Problem
from mijnrisico.seismic.vulnerability import Array

VISIBLE: Final = 1.0
"""Psi at which cracks can be seen: DS1 begins."""
HIGHEST_PGV_MM_S: Final = 32.0
HIGHEST_INITIAL: Final = 1.5
HIGHEST_FINAL: Final = 3.0
STATES: Final = np.linspace(0.0, HIGHEST_FINAL, 31)
"""Damage of a chain; the last state is 3 or more."""
_WALLS: Final = np.linspace(-8.0, 8.0, 401)
_SITES, _SITE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)

MODEL: Final = Model(
    name="korswagen_2022",
    role="damage",
    predicts={"P(Psi)": "1"},
    needs={"PGV": "mm/s", "Psi0": ""},
    valid={"PGV_mm_s": (0.0, HIGHEST_PGV_MM_S), "Psi0": (0.0, HIGHEST_INITIAL)},
    source="Korswagen, Longo and Rots (2022), doi:10.1007/s10518-022-01404-0; lognormal fits, open access",
    departs="linear between the steps of the table and continued down to the initial damage; a history of events is "
    "bounded by a wall that remembers and one that does not, which the paper does not do with this table",
)


@dataclass(frozen=True, eq=False)
class _Table:
    """mu and sigma of each initial damage (rows) at its final damages."""

    initial: Array
    final: tuple[Array, ...]
    mu: tuple[Array, ...]
    sigma: tuple[Array, ...]


@cache
def _table() -> _Table:
    text = resources.files("mijnrisico.seismic.damage").joinpath("korswagen_2022.toml").read_text("utf-8")
    held = tomllib.loads(text)
    initial, final = np.array(held["psi_initial"]), np.array(held["psi_final"])
    having = [[row for row, values in enumerate(held["mu"]) if len(values) > column] for column in range(initial.size)]
    mu, sigma = (
        tuple(np.array([held[name][row][column] for row in rows]) for column, rows in enumerate(having))
        for name in ("mu", "sigma")
    )
    return _Table(initial, tuple(final[rows] for rows in having), mu, sigma)


def _along(x: Array, nodes: Array, values: Array) -> Array:
    """Linear between nodes and along the first and last line beyond them."""
    left = np.clip(np.searchsorted(nodes, x) - 1, 0, nodes.size - 2)
    share = (x - nodes[left]) / (nodes[left + 1] - nodes[left])
    return values[left] + share * (values[left + 1] - values[left])


def parameters(psi_final: ArrayLike, psi_initial: ArrayLike) -> tuple[Array, Array]:
    """mu and sigma of ln PGV (mm/s); the arguments broadcast. Meaningful where the final damage is the larger."""
    x, start = np.broadcast_arrays(np.asarray(psi_final, float), np.asarray(psi_initial, float))
    table = _table()
    columns = [
        np.stack([_along(x, nodes, values[k]) for k, nodes in enumerate(table.final)])
        for values in (table.mu, table.sigma)
    ]
    held = np.clip(start, table.initial[0], table.initial[-1])
    left = np.clip(np.searchsorted(table.initial, held) - 1, 0, table.initial.size - 2)
    share = (held - table.initial[left]) / (table.initial[left + 1] - table.initial[left])
    pick = [np.take_along_axis(of, np.stack([left, left + 1]), axis=0) for of in columns]
    mu, sigma = ((1.0 - share) * pair[0] + share * pair[1] for pair in pick)
    return mu, sigma


def probability(psi_final: float, psi_initial: float, ln_pgv_mm_s: ArrayLike, sd: ArrayLike = 0.0) -> Array:
    """Probability that one event brings a wall from an initial damage to a final one or beyond.

    Args:
        psi_final: damage that is asked for, above the initial one and at most 3.
        psi_initial: damage before the event, 0 to 1.5.
        ln_pgv_mm_s: ln of the (median) peak ground velocity in mm/s.
        sd: scatter of ln PGV around it.

    Raises:
        InputError: E503 outside those ranges.
    """
    mu, sigma = _checked(psi_final, psi_initial)
    return ndtr((np.asarray(ln_pgv_mm_s, float) - mu) / np.hypot(sigma, sd))


def _checked(psi_final: float, psi_initial: float) -> tuple[float, float]:
    if not 0.0 <= psi_initial <= HIGHEST_INITIAL:
        params = {"got": psi_initial, "expected": f"0 – {HIGHEST_INITIAL:g}", "example": "0.5"}
        raise InputError(Problem("E503", "psi_initial", params))
    if not psi_initial < psi_final <= HIGHEST_FINAL:
        params = {"got": psi_final, "expected": f"{psi_initial:g} – {HIGHEST_FINAL:g}", "example": "1.5"}
        raise InputError(Problem("E503", "psi_final", params))
    mu, sigma = parameters(psi_final, psi_initial)
    return float(mu), float(sigma)


def remembering(
    psi_final: float, psi_initial: float, ln_pgv_mm_s: Array, *, common_sd: float = 0.0, event_sd: float = 0.0
) -> float:
    """Probability that a history of events brings a wall that remembers to a final damage or beyond.

        1 - integral phi(w) prod_n Phi((mu - ln PGV_n - w sqrt(sigma^2 + common_sd^2)) / event_sd) dw

    w is what the wall and its place have in common in all events, `event_sd` the scatter that each event draws anew.

    Args:
        psi_final: as in `probability`, as is what raises.
        psi_initial: damage before the first event.
        ln_pgv_mm_s: ln of the median PGV (mm/s) of each event, shape (event).
        common_sd: scatter of ln PGV that is the same in all events: the site term.
        event_sd: scatter of each event: between and within events.
    """
    mu, sigma = _checked(psi_final, psi_initial)
    median = np.asarray(ln_pgv_mm_s, float)
    if not median.size:
        return 0.0
    if event_sd == 0.0:
        return float(probability(psi_final, psi_initial, median.max(), common_sd))
    need = (mu - np.hypot(sigma, common_sd) * _WALLS)[:, None] - median
    weight = np.exp(-0.5 * _WALLS**2)
    return float(1.0 - weight @ ndtr(need / event_sd).prod(axis=1) / weight.sum())


def memoryless(psi_initial: float, ln_pgv_mm_s: Array, *, common_sd: float = 0.0, event_sd: float = 0.0) -> Array:
    """Probability that the damage is at least each of `STATES` after a history of events that draw anew.

    Args as `remembering`; the initial damage is taken at the nearest of the states. Returns (state,). Raises
    InputError E503 for an initial damage outside 0 to 1.5.
    """
    _checked(HIGHEST_FINAL, psi_initial)
    mu, sigma = _steps()
    scale = np.hypot(sigma, event_sd)
    state = np.zeros((_SITES.size, STATES.size))
    state[:, np.abs(STATES - psi_initial).argmin()] = 1.0
    for median in np.asarray(ln_pgv_mm_s, float):
        reach = ndtr((float(median) + common_sd * _SITES[:, None, None] - mu) / scale)  # (site, from, to)
        reach = np.minimum.accumulate(reach, axis=2)  # fits of neighbouring damages cross at very small motions
        at_least = (state[:, None, :] @ reach)[:, 0]
        state = at_least - np.concatenate([at_least[:, 1:], np.zeros((_SITES.size, 1))], axis=1)
    weight = _SITE_WEIGHTS / _SITE_WEIGHTS.sum()
    return (weight @ state)[::-1].cumsum()[::-1]


@cache
def _steps() -> tuple[Array, Array]:
    """mu and sigma from each state to each larger one; minus infinity and 1 to the others, which are surely reached."""
    mu, sigma = parameters(STATES[None, :], STATES[:, None])
    larger = np.triu(np.ones(mu.shape, bool), 1)
    return np.where(larger, mu, -np.inf), np.where(larger, sigma, 1.0)
