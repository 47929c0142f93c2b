"""Pressure and volume of a plugged cavern full of brine: creep and warming raise the pressure, seepage lowers it.

    beta V_b dp/dt = (V'/V)(p_rock - p) V  +  alpha V_b dT/dt  -  Q(p)  -  Q_roof
    dV/dt = -(V'/V) V                               the volume that the salt loses
    Q = 4 pi K R (p - p_pore)/mu                    steady seepage of brine from a sphere into the salt

V is the cavern, V_b the brine in it (all of it, but for fill), beta the compressibility of brine and cavern together,
alpha the expansion of brine, K the permeability of salt and mu the viscosity of brine. Pressure may not rise above a
cap, at which the roof parts: what is then too much leaves as Q_roof. Sealed, the pressure tends to that of the rock;
with seepage to where creep and seepage balance (`balance_mpa`). Concept: Berest and Brouard (2003), Oil & Gas Sci.
Technol. 58(3), 361-384.

A step takes the equation as linear in p around its start and solves that exactly (exponential Rosenbrock-Euler, second
order, stable at any length); steps grow with time since the plug, as the rates fall. For creep alone there is a closed
form, `creep_alone_mpa`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize

from mijnrisico.subsurface.cavern import closure
from mijnrisico.subsurface.cavern.closure import Shape
from mijnrisico.subsurface.cavern.laws import Creep
from mijnrisico.subsurface.cavern.warming import SECONDS_PER_YEAR

STEPS: Final = 160
_FIRST_YEARS: Final = 1e-3
_EMPTY: Final = 1e-9
_STRAIGHT: Final = 1e-9
PA_PER_MPA: Final = 1e6


@dataclass(frozen=True, slots=True)
class Brine:
    """Compressibility of brine and cavern together [1/MPa], expansion [1/K], viscosity [Pa s]; from memory."""

    compressibility_per_mpa: float = 4e-4
    expansion_per_k: float = 4.4e-4
    viscosity_pa_s: float = 1.4e-3


BRINE: Final = Brine()


@dataclass(frozen=True, slots=True)
class Plugged:
    """A cavern at the moment of the plug. What may differ between members of an ensemble is a number or (member,).

    `start_mpa`, `rock_mpa` and `pore_mpa` are pressures at its middle; `cap_mpa` the highest that its roof bears, there
    too; `seepage_m3_per_year_mpa` is Q by pressure; `brine_share` the brine in the cavern by its volume;
    `loss_limit_m3` the most that it can lose.
    """

    volume_m3: float | np.ndarray
    shape: Shape
    creep: Creep
    start_mpa: float | np.ndarray
    rock_mpa: float
    pore_mpa: float
    cap_mpa: float | np.ndarray = np.inf
    seepage_m3_per_year_mpa: float | np.ndarray = 0.0
    brine_share: float | np.ndarray = 1.0
    loss_limit_m3: float | np.ndarray = np.inf
    brine: Brine = BRINE


@dataclass(frozen=True, slots=True)
class Path:
    """Pressure [MPa], volume lost [m3], brine seeped and leaked at the roof [m3] since the start, (time, member)."""

    pressure_mpa: np.ndarray
    lost_m3: np.ndarray
    seeped_m3: np.ndarray
    leaked_m3: np.ndarray


def seepage_m3_per_year_mpa(permeability_m2: float | np.ndarray, radius_m: float, brine: Brine) -> float | np.ndarray:
    """Brine that seeps into the salt around a sphere, by year and MPa of excess pressure: 4 pi K R/mu.

    >>> round(5.0 * seepage_m3_per_year_mpa(1e-20, 30.0, Brine()), 3)
    0.425
    """
    return 4.0 * np.pi * permeability_m2 * radius_m / brine.viscosity_pa_s * PA_PER_MPA * SECONDS_PER_YEAR


def follow(
    cavern: Plugged,
    years: np.ndarray,
    warmed_k: Callable[[np.ndarray], np.ndarray] | None = None,
    *,
    steps: int = STEPS,
) -> Path:
    """Follow a plugged cavern from `years[0]` to each of the `years` (time,), which rise.

    `warmed_k` tells by how much the brine is warmer [K] (time,) some years (time,) after the plug; None: it stays.
    Relative error with 160 steps against closed forms and an independent integrator: below 1e-4 of the pressure and
    1e-3 of the volumes (tests).
    """
    times = np.asarray(years, dtype=float)
    fine, kept = _grid(times, steps)
    warm = np.zeros(len(fine)) if warmed_k is None else warmed_k(fine - times[0])
    brine, creep, cap = cavern.brine, cavern.creep, np.asarray(cavern.cap_mpa, dtype=float)
    seepage = np.asarray(cavern.seepage_m3_per_year_mpa, dtype=float)
    parts = (cavern.volume_m3, creep.power, creep.linear, cavern.start_mpa, cap, seepage)
    members = np.broadcast_shapes(*(np.shape(each) for each in parts))
    start = np.broadcast_to(np.asarray(cavern.volume_m3, dtype=float), members)
    p = np.minimum(np.broadcast_to(np.asarray(cavern.start_mpa, dtype=float), members), cap)
    at_cap = closure.rate_per_year(
        cavern.rock_mpa - np.where(np.isfinite(cap), cap, cavern.rock_mpa), creep, cavern.shape
    )
    lost, seeped, leaked = (np.zeros(members) for _ in range(3))
    found = np.empty((len(times), 4, *members))
    found[0] = np.stack([p, lost, seeped, leaked])
    wall, row = None, 1
    for step in range(1, len(fine)):
        dt = fine[step] - fine[step - 1]
        warming = brine.expansion_per_k / brine.compressibility_per_mpa * (warm[step] - warm[step - 1]) / dt
        closes = np.where(lost < cavern.loss_limit_m3, start - lost, 0.0)
        stock = brine.compressibility_per_mpa * np.maximum(cavern.brine_share * start - lost, _EMPTY * start)
        wall = closure.wall_stress_mpa(cavern.rock_mpa - p, creep, cavern.shape, wall)
        rate, slope = closure.of_wall(wall, creep, cavern.shape)
        pace = (rate * closes - seepage * (p - cavern.pore_mpa)) / stock + warming
        fall = (slope * closes + seepage) / stock
        free = _until(p, cap, pace, fall, dt)
        held = dt - free
        rise = pace * _mean(fall * free) * free
        out = seepage * free * (p + 0.5 * rise - cavern.pore_mpa)
        out_held = seepage * held * (p + rise - cavern.pore_mpa)
        pressed, pressed_held = (rise - warming * free) * stock + out, at_cap * closes * held
        leaked = leaked + np.where(held > 0.0, pressed_held + warming * held * stock - out_held, 0.0)
        lost = np.minimum(lost + np.where(closes > 0.0, pressed + pressed_held, 0.0), cavern.loss_limit_m3)
        seeped = seeped + out + out_held
        p = np.minimum(p + rise, cap)
        if step in kept:
            found[row] = np.stack([p, lost, seeped, leaked])
            row += 1
    return Path(found[:, 0], found[:, 1], found[:, 2], found[:, 3])


def _mean(x: np.ndarray) -> np.ndarray:
    """(1 - exp(-x))/x, 1 at 0."""
    return np.where(x > 0.0, -np.expm1(-x) / np.where(x > 0.0, x, 1.0), 1.0)


def _until(p: np.ndarray, cap: np.ndarray, pace: np.ndarray, fall: np.ndarray, dt: float) -> np.ndarray:
    """Part of a step [years] before the pressure is at its cap, under dp/dt = pace - fall (p - p_start)."""
    room = np.where(np.isfinite(cap), np.maximum(cap - p, 0.0), 0.0)
    reaches = np.isfinite(cap) & (pace > 0.0) & (fall * room < pace)
    straight = room / np.where(reaches, pace, 1.0)
    share = np.where(reaches, fall * straight, 0.0)
    bent = np.where(share > _STRAIGHT, -np.log1p(-share) / np.where(fall > 0.0, fall, 1.0), straight)
    return np.where(reaches, np.minimum(bent, dt), dt)


def _grid(years: np.ndarray, steps: int) -> tuple[np.ndarray, frozenset[int]]:
    """Times that grow in length from the start, with the `years` among them, and the places of the latter."""
    span = years[-1] - years[0]
    u = np.linspace(0.0, 1.0, steps + 1)[1:]
    ratio = max(span / _FIRST_YEARS, 2.0)
    grown = years[0] + span * (ratio**u - 1.0) / (ratio - 1.0)
    fine = np.unique(np.concatenate([grown[grown < years[-1] * (1.0 - 1e-12)], years]))
    return fine, frozenset(np.searchsorted(fine, years).tolist())


def balance_mpa(cavern: Plugged) -> float:
    """Pressure [MPa] of one cavern at which creep replaces exactly what seeps away, and it stands still.

    That of the rock where nothing seeps.
    """
    volume, seepage = float(cavern.volume_m3), float(cavern.seepage_m3_per_year_mpa)

    def over(p: float) -> float:
        rate = float(closure.rate_per_year(cavern.rock_mpa - p, cavern.creep, cavern.shape))
        return rate * volume - seepage * (p - cavern.pore_mpa)

    return float(optimize.root_scalar(over, bracket=(cavern.pore_mpa, cavern.rock_mpa), xtol=1e-12).root)


def creep_alone_mpa(years: np.ndarray, deficit_mpa: float, creep: Creep, shape: Shape, brine: Brine) -> np.ndarray:
    """Deficit y = p_rock - p [MPa] (time,) of a sealed cavern under a power law alone, at an unchanging volume.

    y(t) = [y0^(1-n) + (n-1) c t/beta]^(1/(1-n)), V'/V = c y^n, n > 1.
    """
    c = float(closure.rate_per_year(1.0, Creep(creep.power, creep.n), shape))
    power = 1.0 - creep.n
    grown = deficit_mpa**power - power * c * np.asarray(years, dtype=float) / brine.compressibility_per_mpa
    return grown ** (1.0 / power)
