"""Compaction by cooling: the cold volume of a geothermal doublet and what it shrinks.

Heat balance: water injected dT colder than the rock takes up rho_w c_w dT per m3; rock with its pores gives rho c dT.
Behind the thermal front everything has cooled by dT, whatever the pattern of flow, so

    cold volume [m3] = injected volume x rho_w c_w / (rho c),     rho c = phi rho_w c_w + (1 - phi) rho_r c_r

Held sideways, rock that cools by dT shortens by alpha (1 + nu)/(1 - nu) dT (uniaxial; alpha the linear expansion), so

    volume lost [m3] = alpha (1 + nu)/(1 - nu) dT x cold volume

which depends on the heat taken out only: heat that conducts in from the layers around cools them instead, and they
shrink as much where their alpha/(rho c) is alike.
"""

from dataclasses import dataclass

import numpy as np

from mijnrisico.core.model import Model

MODEL = Model(
    name="thermal",
    role="compaction",
    predicts={"vertical_strain": "1"},
    needs={"cooling": "K", "cold_volume": "m3"},
    valid={},
    source="linear thermo-elasticity, uniaxial strain; the cold volume from the balance of heat",
    departs="the expansion and the heat capacities are textbook values from memory, not checked; not calibrated",
)


@dataclass(frozen=True, slots=True)
class Rock:
    """Thermal constants of a reservoir; the defaults are textbook values from memory, not checked.

    `expansion_per_k` linear [1/K], `poisson`, `porosity`, and heat capacities [J/(m3 K)] of grains and of brine.
    """

    expansion_per_k: float = 1.0e-5
    poisson: float = 0.25
    porosity: float = 0.2
    grain_j_m3_k: float = 2.2e6
    water_j_m3_k: float = 4.1e6

    @property
    def bulk_j_m3_k(self) -> float:
        """Heat capacity of the rock with water in its pores, J/(m3 K)."""
        return self.porosity * self.water_j_m3_k + (1.0 - self.porosity) * self.grain_j_m3_k


def cold_volume_m3(injected_m3: np.ndarray, rock: Rock = Rock()) -> np.ndarray:
    """Rock [m3] (...) cooled to the temperature of the water, after `injected_m3` (...), cumulative.

    >>> float(cold_volume_m3(1e6, Rock(porosity=1.0)))
    1000000.0
    """
    return np.asarray(injected_m3, dtype=float) * rock.water_j_m3_k / rock.bulk_j_m3_k


def strain(cooling_k: float | np.ndarray, rock: Rock = Rock()) -> np.ndarray:
    """Vertical strain [1] of rock that cooled by `cooling_k` [K] and is held sideways, shortening positive."""
    return np.asarray(cooling_k, dtype=float) * rock.expansion_per_k * (1.0 + rock.poisson) / (1.0 - rock.poisson)


def volume_loss_m3(
    cold_volume: np.ndarray,
    cooling_k: float | np.ndarray,
    rock: Rock = Rock(),
) -> np.ndarray:
    """Volume lost [m3] by `cold_volume` [m3] of rock that cooled by `cooling_k` [K]; shapes broadcast.

    A doublet that moves 150 m3 of water an hour for 30 years, 60 K colder:

    >>> round(float(volume_loss_m3(cold_volume_m3(150 * 24 * 365.25 * 30), 60.0)))
    62687
    """
    return strain(cooling_k, rock) * np.asarray(cold_volume, dtype=float)
