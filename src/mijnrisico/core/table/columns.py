"""Names of columns: what others call the ones we need, and how to say so without touching the file."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from mijnrisico.core import toml
from mijnrisico.messages import Phrase

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "year": ("jaar", "kalenderjaar", "calendar_year", "jr", "yr"),
    "month": ("maand", "jaar_maand", "year_month", "yyyy-mm", "periode", "period"),
    "cluster": ("clusternaam", "cluster_name", "locatie", "location", "productiecluster", "veld", "field", "code"),
    "volume_bcm": (
        "volume",
        "productie",
        "production",
        "gas",
        "volume_mrd_nm3",
        "mrd_nm3",
        "bcm",
        "mld_nm3",
        "volume_bn_nm3",
        "miljard_nm3",
        "volume_miljard_nm3",
    ),
    "volume_nm3": ("nm3", "volume_nm³", "productie_nm3", "gas_nm3", "volume_m3", "m3"),
    "name": (
        "naam",
        "id",
        "locatie",
        "location",
        "place",
        "plaats",
        "adres",
        "site",
        "object",
        "label",
        "omschrijving",
    ),
    "x_rd": ("rd_x", "xrd", "rdx", "x_coordinaat", "x_coördinaat", "xcoord", "x_coord", "easting", "x_28992", "x"),
    "y_rd": ("rd_y", "yrd", "rdy", "y_coordinaat", "y_coördinaat", "ycoord", "y_coord", "northing", "y_28992", "y"),
    "x": ("x_coord", "xcoord", "x_m", "east", "easting", "oost", "x_utm", "rd_x", "x_rd", "x_coordinaat"),
    "y": ("y_coord", "ycoord", "y_m", "north", "northing", "noord", "y_utm", "rd_y", "y_rd", "y_coordinaat"),
    "lon": ("longitude", "lengtegraad", "lengte", "long", "lng", "longitude_deg", "lon_wgs84", "wgs84_lon"),
    "lat": ("latitude", "breedtegraad", "breedte", "latitude_deg", "lat_wgs84", "wgs84_lat"),
    "time": ("tijd", "datum", "date", "datetime", "origin_time", "tijdstip", "timestamp", "date_time", "jaar", "year"),
    "date": ("datum", "dag", "day", "time", "tijd"),
    "pressure": ("druk", "p", "pres", "reservoirdruk", "pressure_bar", "druk_bar", "p_bar", "pressure_mpa"),
    "rate_per_year": ("rate", "annual_rate", "rate_per_yr", "events_per_year", "aantal_per_jaar", "per_jaar"),
    "depth_km": ("depth", "diepte", "diepte_km", "hypo_depth", "z_km"),
    "magnitude": ("mag", "ml", "m", "sterkte", "magnitude_ml", "magnitude_local", "mw"),
    "depth": ("diepte", "depth_km", "diepte_km", "z", "depth/km"),
    "type": ("soort", "event_type", "eventtype", "event type"),
    "event_id": ("id", "eventid", "#eventid", "event", "publicid"),
    "magnitude_type": ("magtype", "mag_type", "magnitudetype"),
    "evaluation_mode": ("mode", "evaluationmode", "status", "beoordeling"),
}


def plain(name: str) -> str:
    """Return a column name for comparing: lower case, blanks and dots as underscores."""
    return re.sub(r"[\s.]+", "_", name.strip().lower())


def suggestion(needed: Iterable[Sequence[str]], found: Sequence[str]) -> dict[str, str]:
    """Return needed name -> name in the file, for the needed columns that stand there under another name.

    Args:
        needed: groups of alternatives; a group with one of its names in `found` needs nothing.
        found: the columns of the file.
    """
    free = {plain(name): name for name in found if name}
    taken = {name for group in needed for name in group if name in found}
    pairs: dict[str, str] = {}
    for group in needed:
        if any(name in found for name in group):
            continue
        for name in group:
            like = next((alias for alias in (name, *ALIASES.get(name, ())) if alias in free), "")
            near = [like] if like else difflib.get_close_matches(name, free, n=1, cutoff=0.75)
            if near and free[near[0]] not in taken:
                pairs[name] = free[near[0]]
                taken.add(free[near[0]])
                break
    return pairs


def line(pairs: Mapping[str, str]) -> str:
    """Write names of columns as the line of a scenario: `columns = { year = "jaar" }`."""
    return f"columns = {toml.written(pairs)}"


def nearest(name: str, known: Collection[str], *, cutoff: float = 0.6) -> str | Phrase:
    """Return the known name that was probably meant, upper or lower case alike, or a phrase that says there is none."""
    wanted = name.lower()
    by_lower = {item.lower(): item for item in known}

    def likeness(other: str) -> tuple[float, int]:
        ratio = difflib.SequenceMatcher(None, wanted, other).ratio()
        return round(ratio, 3), sum(a == b for a, b in zip(wanted, other, strict=False))

    near = difflib.get_close_matches(wanted, by_lower, n=5, cutoff=cutoff)
    return by_lower[max(near, key=likeness)] if near else Phrase("tables.none_near")
