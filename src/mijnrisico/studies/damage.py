"""What the earthquakes so far may have done to a masonry wall at one point: the shaking, and the chance of a crack.

    found = history(245_459, 594_583)
    found.events                          one row per earthquake: motion, chance of a crack by it alone, share
    found.new, found.grown                chance of a crack after all of them: by a wall that remembers, and the bound

The chance by a wall that remembers is rather too low, for many weak earthquakes up to five times: of walls shaken eight
times by 4 mm/s a crack grew in 13 % of the calculations, where it says 2.5 %.

The motion is computed from magnitude and distance, not measured: median peak ground velocity with its scatter, larger
of two horizontal directions, on the ground of the geological zone. The chances are those of a wall of the kind that
was calculated, not of a house: settlement, drought, traffic and the state of the building are not in them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtr

from mijnrisico import data
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import catalogue, site
from mijnrisico.seismic.damage import korswagen_2022
from mijnrisico.seismic.motion import bommer_2021_pgv
from mijnrisico.seismic.motion.model import Component
from mijnrisico.units import LN_MM_PER_CM

COMPONENT: Final[Component] = "larger"
LEVELS_MM_S: Final = (1.0, 2.0, 5.0, 10.0)
FARTHEST_KM: Final = 35.0
"""Epicentres farther away are left out: the motion model was made for less, and the motion is small there."""
CRACK_BEFORE: Final = korswagen_2022.VISIBLE
CRACK_AFTER: Final = 1.5
"""Psi of a crack that can just be seen, and of one that has clearly grown: half a step of the table."""
_P84, _P99 = 1.0, 2.3263478740408408
"""Standard deviations below which 84 and 99 % lie."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Chance of a crack: of a wall that remembers what it met, and of one that meets each earthquake as the first."""

    remembering: float
    memoryless: float


@dataclass(frozen=True)
class Damage:
    """Answer at one point (RD New, m).

    `events`, the strongest motion first: event_id, time_utc, place, magnitude, epicentral_km, pgv_median_mm_s,
    pgv_p84_mm_s, pgv_p99_mm_s (exceeded with a chance of 1 %), new_crack (chance by that event alone, from no damage)
    and share (of the chance of a new crack, in proportion to what each event would do alone). `levels`: level_mm_s,
    events (whose median is above it) and expected (number above it, with the scatter). `new` is the chance that an
    undamaged wall shows a crack, `grown` that a crack that could just be seen has clearly grown. `outside` is the
    chance that a motion went beyond the range of the model of damage; `smaller` and `farther` are events left out of
    the catalogue, which runs from `first` to `last`.
    """

    x: float
    y: float
    zone: int
    vs30_m_s: float
    events: pd.DataFrame
    levels: pd.DataFrame
    new: Chance
    grown: Chance
    outside: float
    smaller: int
    farther: int
    first: str
    last: str


def history(
    x: float, y: float, *, since: str = "", vs30_m_s: float | None = None, events: pd.DataFrame | None = None
) -> Damage:
    """Return the shaking and the chances of cracks at a point by the earthquakes of a catalogue.

    Args:
        x: easting in RD New, m.
        y: northing in RD New, m.
        since: count earthquakes from this day (year-month-day) or year on; all of the catalogue by default.
        vs30_m_s: of the ground, where it is known better than by the zone, or outside the zones.
        events: as of `seismic.catalogue`; the packaged catalogue by default.

    Raises:
        InputError: E503 for a day that is none, a Vs30 that is not above zero, or a point without zone and Vs30 in the
            model area; E107 for such a point outside it.
    """
    zone = int(site.zone_of(x, y))
    vs30 = float(site.vs30_of(zone)) if vs30_m_s is None else vs30_m_s
    problems = []
    outside_km = float(site.distance_outside_km(x, y))
    if vs30_m_s is None and zone == site.NO_ZONE and outside_km > 0.0:
        digits = 1 if outside_km >= 0.1 else 3
        shown = {"distance_km": round(outside_km, digits), "margin_km": site.MODEL_MARGIN_M / 1000.0}
        problems.append(Problem("E107", "damage", {"name": f"{x:.0f}, {y:.0f}", **shown}))
    elif not 0.0 < vs30 < np.inf:
        params = {
            "got": "–" if vs30_m_s is None else vs30_m_s,
            "expected": Phrase("expected.vs30"),
            "example": "--vs30 200",
        }
        problems.append(Problem("E503", "--vs30", params))
    start = pd.to_datetime(since or "1900", errors="coerce")
    if pd.isna(start):
        params = {"got": since, "expected": Phrase("expected.day_or_year"), "example": "--since 1995-01-01"}
        problems.append(Problem("E503", "--since", params))
    if problems:
        raise InputError(problems)
    known = catalogue.packaged() if events is None else events
    known = known[catalogue.induced(known) & (known["time"] >= start).to_numpy()]
    away_km = np.hypot(known["x"] - x, known["y"] - y).to_numpy() / 1000.0
    large = (known["magnitude"] >= bommer_2021_pgv.MODEL.valid["magnitude"][0]).to_numpy()
    near = away_km <= FARTHEST_KM
    chosen, away_km = known[large & near], away_km[large & near]
    hypocentral_km = np.hypot(away_km, chosen["depth_km"].to_numpy())
    ln_mm_s = bommer_2021_pgv.median_ln(chosen["magnitude"].to_numpy(), hypocentral_km, COMPONENT, vs30) + LN_MM_PER_CM
    common_sd, event_sd = scatter()
    sd = float(np.hypot(common_sd, event_sd))
    table = _events(chosen, away_km, ln_mm_s, sd)
    highest = np.log(korswagen_2022.HIGHEST_PGV_MM_S)
    return Damage(
        x,
        y,
        zone,
        vs30,
        table.sort_values("pgv_median_mm_s", ascending=False, kind="stable", ignore_index=True),
        _levels(ln_mm_s, sd),
        _chance(korswagen_2022.VISIBLE, 0.0, ln_mm_s),
        _chance(CRACK_AFTER, CRACK_BEFORE, ln_mm_s),
        float(1.0 - np.prod(ndtr((highest - ln_mm_s) / sd))),
        int((~large & near).sum()),
        int((~near).sum()),
        str(known["time"].min())[:10] if len(known) else "",
        str(known["time"].max())[:10] if len(known) else "",
    )


def scatter() -> tuple[float, float]:
    """Sds of ln PGV that all events at a place share (the site term), and that each event has anew."""
    c = bommer_2021_pgv.coefficients(COMPONENT)
    return c["phi_s2s"], float(np.hypot(c["tau"], c["phi_ss"]))


def _chance(psi_final: float, psi_initial: float, ln_mm_s: np.ndarray) -> Chance:
    common_sd, event_sd = scatter()
    remembering = korswagen_2022.remembering(psi_final, psi_initial, ln_mm_s, common_sd=common_sd, event_sd=event_sd)
    reached = korswagen_2022.memoryless(psi_initial, ln_mm_s, common_sd=common_sd, event_sd=event_sd)
    memoryless = float(reached[np.abs(korswagen_2022.STATES - psi_final).argmin()])
    return Chance(remembering, max(memoryless, remembering))


def _events(chosen: pd.DataFrame, away_km: np.ndarray, ln_mm_s: np.ndarray, sd: float) -> pd.DataFrame:
    alone = korswagen_2022.probability(korswagen_2022.VISIBLE, 0.0, ln_mm_s, sd)
    weight = -np.log1p(-np.minimum(alone, 1.0 - 1e-12))
    places = data.table("earthquakes").set_index("event_id")["place"]
    return pd.DataFrame(
        {
            "event_id": chosen["event_id"].to_numpy(),
            "time_utc": chosen["time"].dt.strftime("%Y-%m-%d %H:%M").to_numpy(),
            "place": places.reindex(chosen["event_id"]).fillna("").astype(str).to_numpy(),
            "magnitude": chosen["magnitude"].to_numpy(),
            "epicentral_km": away_km,
            "pgv_median_mm_s": np.exp(ln_mm_s),
            "pgv_p84_mm_s": np.exp(ln_mm_s + _P84 * sd),
            "pgv_p99_mm_s": np.exp(ln_mm_s + _P99 * sd),
            "new_crack": alone,
            "share": weight / weight.sum() if weight.size else weight,
        }
    )


def _levels(ln_mm_s: np.ndarray, sd: float) -> pd.DataFrame:
    levels = np.array(LEVELS_MM_S)
    beyond = ln_mm_s[:, None] - np.log(levels)
    return pd.DataFrame(
        {"level_mm_s": levels, "events": (beyond > 0.0).sum(axis=0), "expected": ndtr(beyond / sd).sum(axis=0)}
    )
