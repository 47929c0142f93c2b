"""Pressure of a closed gas reservoir from what it produced: the tank model, with an aquifer after shut-in.

Gas in a constant pore volume at one temperature obeys p V = z n R T, so the content goes with p/z and

    p/z = (p/z)_0 (1 - Gp/G)

with Gp the net volume produced (less what was injected) and G the gas in place, both in Nm3. z is that of
`subsurface.gas`.

After shut-in gas and aquifer share their pressures with one time constant T: the gas gains what the aquifer loses,
in proportion to their capacities (volume x compressibility), a the aquifer's share of the two together:

    p(t)    = p_s + a (p_aq - p_s) (1 - exp(-(t - t_s)/T))
    p_aq(t) = p_aq - (1 - a) (p_aq - p_s) (1 - exp(-(t - t_s)/T))

The pressures are those of the time of shut-in t_s. The fall of the aquifer is what makes a second bowl beside the
field. One time constant is a choice: diffusion in a wide aquifer has many.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.subsurface.gas import GRONINGEN_GAS, HIGHEST_BAR, Gas, z_factor

_STEP_BAR = 0.25
_NEWTON = 3


@dataclass(frozen=True, slots=True)
class Tank:
    """A closed reservoir: pressure at the start [bar], gas in place [Nm3], and the gas with its temperature."""

    initial_bar: float
    gas_in_place_nm3: float
    gas: Gas = GRONINGEN_GAS


def pressure_bar(produced_nm3: np.ndarray, tank: Tank) -> np.ndarray:
    """Pressure [bar] (...) at which `produced_nm3` (...) has left the reservoir, net of what was injected.

    Raises `InputError` E503 where more has left than is in place, or where injection asks for more than 700 bar.

    >>> tank = Tank(initial_bar=347.0, gas_in_place_nm3=1e10)
    >>> pressure_bar(np.array([0.0, 5e9, 9e9]), tank).round(1).tolist()
    [347.0, 155.5, 32.2]
    """
    produced = np.asarray(produced_nm3, dtype=float)
    if (produced >= tank.gas_in_place_nm3).any():
        raise _refused("left", float(np.max(produced)), tank)
    start = tank.initial_bar / float(z_factor(np.array(tank.initial_bar), tank.gas))
    wanted = start * (1.0 - produced / tank.gas_in_place_nm3)
    nodes = np.arange(_STEP_BAR, HIGHEST_BAR + _STEP_BAR, _STEP_BAR)
    content = nodes / z_factor(nodes, tank.gas)
    if (wanted > content[-1]).any():
        raise _refused("injected", float(np.min(produced)), tank)
    inverse = PchipInterpolator(np.insert(content, 0, 0.0), np.insert(nodes, 0, 0.0))
    found = inverse(wanted)
    slope = inverse.derivative()(wanted)
    for _ in range(_NEWTON):
        found = found + (wanted - found / z_factor(found, tank.gas)) * slope
    return found


def _refused(why: str, produced: float, tank: Tank) -> InputError:
    expected = Phrase(f"subsidence_strain.expected.{why}", {"in_place": tank.gas_in_place_nm3, "most": HIGHEST_BAR})
    return InputError(Problem("E503", "produced_nm3", {"got": produced, "expected": expected, "example": "1.2e9"}))


@dataclass(frozen=True, slots=True)
class Aquifer:
    """Water beside the gas: its share of the capacity of both, 0 to 1, and the time constant of sharing [years]."""

    share: float
    time_constant_years: float


def equalised(
    gas_bar: np.ndarray, years: np.ndarray, shut_in_year: float, aquifer: Aquifer, aquifer_bar: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Pressure of the gas and of the aquifer [bar], each (time, ...), which share theirs from the shut-in on.

    `gas_bar` (time, ...) is that of the closed tank, which stands still after the shut-in; `aquifer_bar` is the
    pressure of the aquifer until then, the first of the gas where not given.

    >>> gas, water = equalised(np.array([300.0, 100.0, 100.0]), np.array([0.0, 10.0, 1e4]), 10.0, Aquifer(0.25, 20.0))
    >>> gas.tolist(), water.tolist()
    ([300.0, 100.0, 150.0], [300.0, 300.0, 150.0])
    """
    gas = np.asarray(gas_bar, dtype=float)
    water = gas[0] if aquifer_bar is None else np.full_like(gas[0], aquifer_bar)
    times = np.asarray(years, dtype=float).reshape(-1, *(1,) * (gas.ndim - 1))
    done = -np.expm1(-np.maximum(times - shut_in_year, 0.0) / aquifer.time_constant_years)
    gap = water - gas[-1]
    return gas + aquifer.share * gap * done, water - (1.0 - aquifer.share) * gap * done


def storage(
    first_year: float, cycles: int, working_nm3: float, *, withdrawal_share: float = 0.5, base_nm3: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Years and net volume produced [Nm3], both (time,), of a store that gives and takes its working gas every year.

    Linear between the times given: withdrawal during `withdrawal_share` of the year, then injection of the same.
    `base_nm3` has been produced before.

    >>> storage(2000.0, 2, 5e9)[1].tolist()
    [0.0, 5000000000.0, 0.0, 5000000000.0, 0.0]
    """
    starts = first_year + np.arange(cycles + 1.0)
    years = np.column_stack([starts, starts + withdrawal_share]).ravel()[:-1]
    produced = np.full(len(years), base_nm3)
    produced[1::2] += working_nm3
    return years, produced
