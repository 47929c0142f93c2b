"""Individual risk around an installation: the chance per year that someone who always stands there dies by it.

    IR(x) = sum over scenarios f_s  sum over weather and wind p_w,d  P(death | x, s, w, d)

Location-specific: outdoors, unprotected, always present. The chance given a scenario does not hang on how often it
happens, so `death` is computed once and rates, alternatives and bands are sums over it:

    fields = death(scenarios, weather, x, y)          (scenario, y, x)
    risk(fields, rates_per_year)                      (y, x)

A rose gives the share of the time by sector; within a sector the wind turns evenly. The integral over the direction is
taken, not the middle of a sector: that would draw spokes, twice too high where a narrow plume goes and empty between
them. How a plume is spread out over the wind is in `plume`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mijnrisico.studies.industry.risk import dispersion, fire, lethality, plume, release
from mijnrisico.studies.industry.risk.dispersion import Stability
from mijnrisico.studies.industry.risk.lethality import Probit

Array = NDArray[np.float64]

NOBODY: Final = 1e-9
"""Chance of death below which nobody is counted, as in `plume`."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A toxic gas from a continuous source. Exposure ends with the release or after the longest exposure counted."""

    rate_kg_s: float
    duration_s: float
    probit: Probit
    source_m: float = 0.0
    receptor_m: float = 1.0

    @property
    def exposure_min(self) -> float:
        """Time of exposure (min)."""
        return min(self.duration_s / 60.0, float(release.defaults()["assumptions"]["longest_exposure_min"]))


@dataclass(frozen=True, slots=True)
class Fire:
    """A fire that radiates a share of its power from a point; within `radius_m` all die (the pool itself)."""

    power_w: float
    radiated: float
    radius_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Blast:
    """An explosion: the distance to the lethal overpressure comes from a model outside this toolbox."""

    radius_m: float


Effect = Cloud | Fire | Blast


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which a unit harms its surroundings, at a place in metres."""

    name: str
    unit: str
    x_m: float
    y_m: float
    effect: Effect

    def larger(self, factor: float) -> "Scenario":
        """Return the scenario with a release, or power, times a factor; a blast reaches farther by its cube root."""
        match self.effect:
            case Cloud():
                effect: Effect = replace(self.effect, rate_kg_s=factor * self.effect.rate_kg_s)
            case Fire():
                wider = self.effect.radius_m * math.sqrt(factor)
                effect = replace(self.effect, power_w=factor * self.effect.power_w, radius_m=wider)
            case Blast():
                effect = Blast(self.effect.radius_m * factor ** (1.0 / 3.0))
        return replace(self, effect=effect)


@dataclass(frozen=True, slots=True)
class Weather:
    """A weather class: stability, wind (m/s), and its share of the time by sector that the wind blows *from*.

    Sectors are equal, the first has north in its middle, then clockwise. All shares of all classes sum to one.
    """

    stability: Stability
    wind_m_s: float
    shares: tuple[float, ...]


def death(scenarios: Sequence[Scenario], weather: Sequence[Weather], x_m: Array, y_m: Array) -> Array:
    """Chance of death given each scenario, over weather and wind, at (y, x) of a grid: (scenario, y, x)."""
    grid_x, grid_y = np.meshgrid(np.asarray(x_m, float), np.asarray(y_m, float))
    return at_points(scenarios, weather, grid_x.ravel(), grid_y.ravel()).reshape(-1, *grid_x.shape)


def at_points(scenarios: Sequence[Scenario], weather: Sequence[Weather], x_m: Array, y_m: Array) -> Array:
    """Chance of death given each scenario at points: (scenario, point)."""
    x, y = np.asarray(x_m, float).ravel(), np.asarray(y_m, float).ravel()
    found = np.zeros((len(scenarios), x.size))
    for row, scenario in zip(found, scenarios, strict=True):
        east, north = x - scenario.x_m, y - scenario.y_m
        away = np.hypot(east, north)
        match scenario.effect:
            case Cloud() as cloud:
                upwind = np.arctan2(-east, -north)
                for each in weather:
                    plume.add(row, away, upwind, np.asarray(each.shares, float), _plume(cloud, each))
            case Fire() as burning:
                heat = lethality.heat_death(fire.heat_flux_w_m2(burning.power_w, burning.radiated, away))
                row[:] = np.where(away <= burning.radius_m, 1.0, np.where(heat < NOBODY, 0.0, heat))
            case Blast() as blast:
                row[:] = away <= blast.radius_m
    return found


def risk(fields: Array, rates_per_year: Sequence[float] | Array) -> Array:
    """Individual risk (1/year): rates of the scenarios times their fields, in the shape of one field."""
    return np.tensordot(np.asarray(rates_per_year, float), fields, axes=1)


def given_loss(fields: Array, rates_per_year: Sequence[float] | Array) -> Array:
    """Chance of death given that one of the scenarios happens, in proportion to their rates; zero without rates."""
    rates = np.asarray(rates_per_year, float)
    total = rates.sum()
    return risk(fields, rates / total) if total > 0.0 else np.zeros(fields.shape[1:])


def allowable_rate(given: Array, norm_per_year: float, outside: NDArray[np.bool_] | None = None) -> float | None:
    """Highest yearly rate of a loss at which no place exceeds the norm: norm / max P(death | loss, place).

    `outside` says which places count, as those beyond the fence. None where the loss kills at none of them: then no
    rate is too high for this norm.
    """
    counted = given if outside is None else given[outside]
    worst = float(counted.max()) if counted.size else 0.0
    return norm_per_year / worst if worst > 0.0 else None


def _plume(cloud: Cloud, weather: Weather) -> plume.Plume:
    """The chance of death in a cloud as a normal value: z0 + slope ln(concentration of a unit source)."""
    probit = cloud.probit
    slope = probit.k2 * probit.n
    unit = math.log(dispersion.MG_PER_KG * cloud.rate_kg_s / (2.0 * math.pi * weather.wind_m_s))
    z0 = probit.k1 - 5.0 + probit.k2 * math.log(cloud.exposure_min) + slope * unit
    heights = (cloud.receptor_m - cloud.source_m, cloud.receptor_m + cloud.source_m)
    return plume.Plume(z0, slope, *dispersion.SIGMAS[weather.stability], *heights)
