"""How much comes out: outflow through a hole, draining, a content in ten minutes, and the pool that forms.

    m = Cd A rho sqrt(2 g h)                      outflow of a liquid under its own head h above the hole (kg/s)
    t = At / (Cd Ah) sqrt(2 h0 / g)               time to drain a tank of section At through a hole Ah (s)

After an earthquake, do not count on the bund and on what must work: they may fail by the same shaking. So a pool is
bounded by a bund only where the caller says that it holds.
"""

import math
from collections.abc import Mapping
from typing import Any

from mijnrisico.studies.industry.risk import dated
from mijnrisico.units import GRAVITY_M_S2


def defaults() -> Mapping[str, Any]:
    """Standard values, scenarios by damage state and rates without an earthquake, each with source and mark."""
    return dated.read("release")


def base_rates() -> Mapping[str, tuple[float, str, str]]:
    """Packaged rates without an earthquake (1/year) by "kind.scenario", with mark and source; not those per metre."""
    return {
        f"{kind}.{name}": (float(rate), entry["mark"], entry["source"])
        for kind, entry in defaults()["base"].items()
        for name, rate in entry.items()
        if isinstance(rate, float) and not kind.endswith("per_m")
    }


def _coefficient() -> float:
    return float(defaults()["assumptions"]["discharge_coefficient"])


def outflow_kg_s(hole_m: float, head_m: float, density_kg_m3: float, coefficient: float | None = None) -> float:
    """Outflow (kg/s) through a round hole of a diameter (m) under a head of liquid (m); no pressure above it."""
    cd = _coefficient() if coefficient is None else coefficient
    return cd * _disc(hole_m) * density_kg_m3 * math.sqrt(2.0 * GRAVITY_M_S2 * head_m)


def drain_time_s(tank_diameter_m: float, hole_m: float, head_m: float, coefficient: float | None = None) -> float:
    """Time (s) until the liquid stands at the hole."""
    cd = _coefficient() if coefficient is None else coefficient
    return _disc(tank_diameter_m) / (cd * _disc(hole_m)) * math.sqrt(2.0 * head_m / GRAVITY_M_S2)


def whole_content(content_kg: float) -> tuple[float, float]:
    """Rate (kg/s) and duration (s) of a content that comes out in ten minutes."""
    duration = float(defaults()["assumptions"]["ten_minutes_s"])
    return content_kg / duration, duration


def pool_of_outflow_m(rate_kg_s: float, burning_kg_m2_s: float) -> float:
    """Diameter (m) of a pool that burns as much as flows in."""
    return math.sqrt(4.0 * rate_kg_s / (math.pi * burning_kg_m2_s))


def pool_of_content_m(content_m3: float, layer_m: float, bund_m2: float | None = None) -> float:
    """Diameter (m) of the disc of a content spread to a layer, or of the area of a bund that holds and is smaller."""
    area = content_m3 / layer_m
    return math.sqrt(4.0 * (area if bund_m2 is None else min(area, bund_m2)) / math.pi)


def _disc(diameter_m: float) -> float:
    return 0.25 * math.pi * diameter_m**2
