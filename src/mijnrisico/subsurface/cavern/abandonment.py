"""What becomes of a cavern after the last brine was taken: left open, plugged now or later, or filled first.

Every option begins with a cavern full of brine at the pressure of an open well, cooler than the rock.

    open                    the column stays open: pressure stands, the cavern closes, brine flows out
    plug_now                plugged at once: brine that warms and salt that creeps drive the pressure up
    plug_after_warming      open for some years first, until most of the warmth is in; then plugged
    backfill                filled with solids, then plugged: little brine is left to be squeezed, and little to lose

A fill takes a share of the cavern, `fill_porosity` of which is brine; salt may squeeze it by `fill_squeezed` of the
volume filled. Until that and all free brine is gone it carries nothing (upper bound of the pace, not of the loss).
The volume that the salt loses is what the surface will sink over, in full and at once.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mijnrisico.subsurface.cavern import closure, shut_in, warming
from mijnrisico.subsurface.cavern.geometry import Cavern, Gradients
from mijnrisico.subsurface.cavern.laws import Creep
from mijnrisico.subsurface.cavern.shut_in import BRINE, Brine
from mijnrisico.subsurface.cavern.warming import HEAT, Heat


@dataclass(frozen=True, slots=True)
class Option:
    """A way to leave a cavern; `wait_years` open before the plug."""

    name: str
    plugged: bool = True
    wait_years: float = 0.0
    fill_share: float = 0.0
    fill_porosity: float = 0.3
    fill_squeezed: float = 0.2

    @property
    def brine_share(self) -> float:
        """Brine by the volume of the cavern."""
        return 1.0 - self.fill_share * (1.0 - self.fill_porosity)

    @property
    def lost_share(self) -> float:
        """The most that can be lost by the volume of the cavern."""
        return 1.0 - self.fill_share * (1.0 - self.fill_squeezed)


CUSTOMARY: Final = (
    Option("open", plugged=False),
    Option("plug_now"),
    Option("plug_after_warming", wait_years=30.0),
    Option("backfill", fill_share=0.9),
)
"""Options that are compared where nobody names others; their numbers are examples."""


@dataclass(frozen=True, slots=True)
class Salt:
    """The salt around a cavern and what is not known of it: numbers, or (member,) of an ensemble.

    `strength_mpa` is by how much the pressure at the roof may exceed that of the rock before the roof parts.
    """

    creep: Creep
    permeability_m2: float | np.ndarray = 0.0
    strength_mpa: float | np.ndarray = 0.0


@dataclass(frozen=True, slots=True)
class Followed:
    """An option followed: (time, member) since it began. Pressure in the middle, and at the roof above the rock [MPa].

    `lost_m3` the salt has lost, `brine_out_m3` came out of an open well, seeped into the salt or left at the roof;
    `leaked_m3` is the part that left at the roof.
    """

    years: np.ndarray
    pressure_mpa: np.ndarray
    roof_excess_mpa: np.ndarray
    lost_m3: np.ndarray
    brine_out_m3: np.ndarray
    leaked_m3: np.ndarray


def highest_mpa(cavern: Cavern, gradients: Gradients, strength_mpa: float | np.ndarray) -> float | np.ndarray:
    """Highest pressure in the middle [MPa] at which the roof holds: at the roof no more than rock and strength."""
    return gradients.rock_mpa(cavern.middle_m) - gradients.roof_excess_mpa(cavern) + strength_mpa


def follow(
    cavern: Cavern,
    option: Option,
    salt: Salt,
    gradients: Gradients,
    years: np.ndarray,
    *,
    cooler_k: float = 0.0,
    open_mpa: float | None = None,
    void_m3: float | np.ndarray | None = None,
    brine: Brine = BRINE,
    heat: Heat = HEAT,
) -> Followed:
    """Follow one option at the `years` (time,), which rise; the first is that of abandonment.

    `cooler_k` is by how much the brine is then cooler than the rock; `open_mpa` the pressure in the middle while it is
    open, that of a column of brine where not given; `void_m3` the volume that is left after earlier
    closure, that of the cavern where not given.
    """
    times = np.asarray(years, dtype=float)
    void = np.asarray(cavern.volume_m3 if void_m3 is None else void_m3, dtype=float)
    column, rock = gradients.brine_mpa(cavern.middle_m), gradients.rock_mpa(cavern.middle_m)
    opened = column if open_mpa is None else open_mpa
    rate = closure.rate_per_year(rock - opened, salt.creep, cavern.shape)
    plug = times[0] + option.wait_years if option.plugged else np.inf
    since = np.minimum(times, plug) - times[0]
    shape = np.broadcast_shapes(void.shape, np.shape(rate), np.shape(salt.permeability_m2), np.shape(salt.strength_mpa))

    def gap(after: np.ndarray) -> np.ndarray:
        return cooler_k * warming.gap_left(after, cavern.warming_radius_m, heat)

    def column_of(values: np.ndarray) -> np.ndarray:
        return values.reshape(-1, *(1,) * len(shape))

    limit = option.lost_share * void
    lost = np.broadcast_to(np.minimum(-np.expm1(-rate * column_of(since)) * void, limit), (len(times), *shape)).copy()
    swollen = brine.expansion_per_k * (gap(np.zeros(1)) - gap(since)) * option.brine_share
    out = lost + column_of(swollen) * void
    pressure, leaked = np.full_like(lost, opened), np.zeros_like(lost)
    if plug < times[-1]:
        after = times > plug
        at_plug = np.minimum(-np.expm1(-rate * (plug - times[0])) * void, limit)
        left = void - at_plug
        sealed = shut_in.Plugged(
            volume_m3=left,
            shape=cavern.shape,
            creep=salt.creep,
            start_mpa=opened,
            rock_mpa=rock,
            pore_mpa=column,
            cap_mpa=highest_mpa(cavern, gradients, salt.strength_mpa),
            seepage_m3_per_year_mpa=shut_in.seepage_m3_per_year_mpa(
                salt.permeability_m2, cavern.seeping_radius_m, brine
            ),
            brine_share=1.0 - (1.0 - option.brine_share) * void / np.maximum(left, 1e-9 * void),
            loss_limit_m3=limit - at_plug,
            brine=brine,
        )
        wait = plug - times[0]
        path = shut_in.follow(
            sealed, np.concatenate([[plug], times[after]]), lambda more: gap(np.array([wait])) - gap(wait + more)
        )
        pressure[after] = path.pressure_mpa[1:]
        lost[after] = at_plug + path.lost_m3[1:]
        out[after] = out[after] + path.seeped_m3[1:] + path.leaked_m3[1:]
        leaked[after] = path.leaked_m3[1:]
    excess = pressure - rock + gradients.roof_excess_mpa(cavern)
    return Followed(times, pressure, excess, lost, out, leaked)
