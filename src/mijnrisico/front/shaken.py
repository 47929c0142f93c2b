"""Shaking of one earthquake at the front door: a known event or one that is thought of, with or without records.

shaken = mijnrisico.shake(event="2012-08-16")
shaken.map()                                       picture: median, P10 and P90
shaken.table()                                     every node of the map
mijnrisico.shake(place="Zeerijp", magnitude=4.5, records="stations.csv").records()
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from mijnrisico.data.readers.stations import Record
    from mijnrisico.report.draw.picture import Picture
    from mijnrisico.seismic.motion.model import Component, GroundMotion, Surface
    from mijnrisico.seismic.scenario_shaking import Event, Records

Point = tuple[float, float]
THRESHOLD_G: Final = 0.05
_RING: Final = 36
"""Sites around the epicentre at the distance of a recorded maximum whose station has no coordinates."""


@dataclass(frozen=True)
class Shaken:
    """What one earthquake does: fractiles of the motion on the map, at places and where it was recorded.

    `grid`, `sites` and `epicentre` (one site) as of `seismic.scenario_shaking.shaking`; `when` is the moment of a known
    event, "" otherwise; `valid` the magnitudes for which the model was made.
    """

    name: str
    when: str
    event: "Event"
    depth_km: float
    motion: str
    grid: "xr.Dataset"
    sites: "xr.Dataset"
    epicentre: "xr.Dataset"
    used: "tuple[Record, ...]"
    unused: int
    peaks: "pd.DataFrame"
    valid: tuple[float, float]
    problems: tuple[Problem, ...] = ()

    @property
    def unit(self) -> str:
        """Unit of the motion."""
        return str(self.grid.attrs["unit"])

    @property
    def measure(self) -> str:
        """PGA, PGV or SA(T)."""
        return str(self.grid.attrs["imt"])

    @property
    def threshold(self) -> float | None:
        """Level whose probability of being exceeded was asked for."""
        levels = self.grid["threshold"].to_numpy()
        return float(levels[0]) if levels.size else None

    @property
    def floor(self) -> float:
        """Lowest level that is computed: a value that equals it is that or less."""
        return float(self.grid.attrs["floor"])

    @property
    def beyond(self) -> tuple[float, float] | None:
        """Magnitudes for which the model was made, where that of the event lies outside them."""
        low, high = self.valid
        return None if low <= self.event.magnitude <= high else self.valid

    def __repr__(self) -> str:
        """Event, magnitude and measure."""
        return f"Shaken({self.name}, M {self.event.magnitude:g}, {self.measure})"

    def table(self) -> "pd.DataFrame":
        """Return the nodes of the map: place, fractiles of the mixture and the probability of the threshold.

        A magnitude outside the range of the model adds a column `warning`.
        """
        frame = _frame(self.grid, self.unit, self.threshold)
        if self.beyond is not None:
            frame["warning"] = "W606: magnitude {:g} outside {:g} to {:g}".format(self.event.magnitude, *self.beyond)
        return frame

    def at_epicentre(self) -> "pd.DataFrame":
        """Return the same at the epicentre, one row."""
        return _frame(self.epicentre, self.unit, self.threshold)

    def at_sites(self) -> "pd.DataFrame":
        """Return the same at the named places, or at those of the file, with the distance to the epicentre."""
        import numpy as np

        east, north = (self.sites[axis].to_numpy() - at for axis, at in (("x", self.event.x), ("y", self.event.y)))
        frame = _frame(self.sites, self.unit, self.threshold)
        frame.insert(0, "name", self.sites["name"].to_numpy().astype(str))
        frame.insert(3, "epicentral_km", np.hypot(east, north) / 1000.0)
        return frame

    def records(self) -> "pd.DataFrame":
        """Return the records that were used, with where each falls in the distribution without any record.

        `fraction` of that distribution lies below the record; `residual_sd` is the same in standard deviations.
        """
        import pandas as pd

        columns = ("record", "record_fraction", "record_residual")
        value, fraction, residual = (self.grid[name].to_numpy() if name in self.grid else () for name in columns)
        return pd.DataFrame(
            {
                "name": [record.site.name for record in self.used],
                "x_rd": [record.site.x for record in self.used],
                "y_rd": [record.site.y for record in self.used],
                "component": [record.component for record in self.used],
                f"record_{_suffix(self.unit)}": value,
                "fraction": fraction,
                "residual_sd": residual,
            }
        )

    def map(self, lang: Language = "en") -> "Picture":
        """Draw the median, with P10 and P90 beside it."""
        from mijnrisico.report.draw import shaken_map

        return shaken_map.draw(self.about(), self.grid, self.used, lang)

    def about(self) -> dict[str, Any]:
        """Return what a title and a source line say of the event and the model."""
        return {
            "name": self.name,
            "when": self.when,
            "magnitude": self.event.magnitude,
            "depth_km": self.depth_km,
            "x": self.event.x,
            "y": self.event.y,
            "motion": self.motion,
            "beyond": self.beyond,
        }


def shake(
    *,
    event: str | None = None,
    place: str | None = None,
    rd: Point | None = None,
    lonlat: Point | None = None,
    magnitude: float | None = None,
    depth: float | None = None,
    measure: str = "PGA",
    motion: str = "V7",
    component: "Component | None" = None,
    surface: "Surface" = "regular",
    records: str | Path | None = None,
    correlation_length: float | None = None,
    sites: str | Path | None = None,
    cell: float = 1000.0,
    threshold: float | None = None,
) -> Shaken:
    """Return the shaking of one earthquake: a known one by its day or key, or one given by place and magnitude.

    Args:
        event: day (2012-08-16: the largest of that day) or key of an earthquake in the packaged catalogue.
        place: name of a packaged place, instead of `rd` or `lonlat`.
        rd: epicentre in RD New (m).
        lonlat: epicentre in degrees.
        magnitude: local magnitude; that of the catalogue for a known event.
        depth: of the hypocentre and the top edge of the rupture (km), 3 by default.
        measure: PGA, PGV or SA(T), as far as the model has it.
        motion: name in `seismic.motion.MODELS`.
        component: by default the first of the model.
        surface: regular or wierde.
        records: table of what stations recorded (`data.readers.stations`).
        correlation_length: distance (km) at which records say 5 % about another site; see `spatial_correlation`.
        sites: table of sites to answer besides the map; the named places by default.
        cell: distance between the nodes of the map (m).
        threshold: level whose probability is wanted, in the unit of the measure; 0.05 g for accelerations.

    Raises `InputError` with every problem: E503 where event and place are unclear or the model has no such measure,
    and those of the files.
    """
    from dataclasses import replace

    from mijnrisico.core.workers import threads
    from mijnrisico.seismic import scenario_shaking, site
    from mijnrisico.seismic.rupture import Geometry

    model = _model(motion, measure, component)
    name, when, found, known_depth = _event(event, place, rd, lonlat, magnitude)
    geometry = Geometry()
    deep = next(km for km in (depth, known_depth, geometry.depth_km) if km is not None)
    geometry = replace(geometry, depth_km=_positive("--depth", deep))
    read = _records(records)
    used = tuple(record for record in read if record.measure == measure)
    if foreign := list(_foreign(model, motion, used)):
        raise InputError(foreign)
    asked = _sites(sites)
    unit = model.units.get(measure, "g")
    levels = [THRESHOLD_G] if threshold is None and unit == "g" else [] if threshold is None else [threshold]
    choices: dict[str, Any] = {
        "motion": model,
        "imt": measure,
        "component": component,
        "geometry": geometry,
    }
    with threads() as spread:
        common = choices | {
            "surface": surface,
            "records": _as_records(used) if used else None,
            "correlation_length_km": None if correlation_length is None else float(correlation_length),
            "thresholds": [_positive("--threshold", level) for level in levels],
            "spread": spread,
        }
        grid = scenario_shaking.shaking(found, _with_vs30(site.hazard_grid(_positive("--cell", cell))), **common)
        at_sites = scenario_shaking.shaking(found, asked, **common)
        here = scenario_shaking.shaking(found, _with_vs30(site.sites_at([found.x], [found.y])), **common)
    return Shaken(
        name,
        when,
        found,
        geometry.depth_km,
        motion,
        grid,
        at_sites,
        here,
        used,
        len(read) - len(used),
        _peaks(when, measure, found, choices),
        _valid(model),
        tuple(_beyond(model, found)),
    )


def _model(motion: str, measure: str, component: "Component | None") -> "GroundMotion":
    """Return the model; raises `InputError` E503 that names the options, for what is not known or it does not have."""
    from mijnrisico.seismic import motion as models
    from mijnrisico.seismic.hazard.asked import asked

    option = {"motion": "--motion", "imt": "--measure", "component": "--component"}
    try:
        model = models.model_of(motion)
        asked(model, imt=measure, component=component)
    except InputError as error:
        raise InputError(
            Problem(problem.code, option.get(problem.where, problem.where), problem.params)
            for problem in error.problems
        ) from None
    return model


def _foreign(model: "GroundMotion", motion: str, records: "Sequence[Record]") -> Iterator[Problem]:
    """Yield E503 for each record in a component that the model does not have, with its file and row."""
    for record in records:
        if record.component not in model.components:
            expected = Phrase("shake.records_component", {"motion": motion, "known": ", ".join(model.components)})
            params = {"got": record.component, "expected": expected, "example": model.components[0]}
            yield Problem("E503", record.where, params)


def _event(
    event: str | None, place: str | None, rd: Point | None, lonlat: Point | None, magnitude: float | None
) -> "tuple[str, str, Event, float | None]":
    """Return name, moment, event and depth (km); the last three of the catalogue for a known event."""
    from mijnrisico.data.readers import sites
    from mijnrisico.data.readers.forecast_parts import MAGNITUDES
    from mijnrisico.seismic.scenario_shaking import Event

    if sum(way is not None for way in (event, place, rd, lonlat)) != 1:
        params = {"got": "–", "expected": Phrase("shake.event_way"), "example": "--event 2012-08-16"}
        raise InputError(Problem("E503", "mijnrisico shake", params))
    if magnitude is not None and not MAGNITUDES[0] <= magnitude <= MAGNITUDES[1]:
        limits = {"low": MAGNITUDES[0], "high": MAGNITUDES[1]}
        params = {"got": magnitude, "expected": Phrase("shake.magnitude_between", limits), "example": "--magnitude 3.6"}
        raise InputError(Problem("E503", "--magnitude", params))
    if event is not None:
        row = _known(event)
        size = float(row["magnitude"]) if magnitude is None else magnitude
        found = Event(float(row["x_rd"]), float(row["y_rd"]), size)
        return str(row["place"]), str(row["time_utc"])[:16], found, float(row["depth_km"])
    if magnitude is None:
        params = {"got": "–", "expected": Phrase("shake.magnitude_needed"), "example": "--magnitude 3.6"}
        raise InputError(Problem("E503", "--magnitude", params))
    name = ""
    if place is not None:
        name, rd = _of_name(place)
    asked, problems = sites.at(rd=rd, lonlat=lonlat)
    if problems:
        raise InputError(problems)
    called = name or f"RD {asked[0].x:.0f}, {asked[0].y:.0f}"
    return called, "", Event(asked[0].x, asked[0].y, magnitude), None


def _known(event: str) -> dict[Any, Any]:
    """Return the row of the catalogue of a key, or the largest event of a day."""
    from mijnrisico import data

    table = data.table("earthquakes")
    days = table["time_utc"].astype(str).str.slice(0, 10)
    of_day: list[dict[Any, Any]] = table[(table["event_id"] == event) | (days == event)].to_dict("records")
    if not of_day:
        params = {"got": event, "expected": Phrase("shake.event_known", {"last": days.max()}), "example": "2012-08-16"}
        raise InputError(Problem("E503", "--event", params))
    return max(of_day, key=lambda row: row["magnitude"])


def _of_name(place: str) -> tuple[str, Point]:
    """Return the packaged place of that name, whatever its capitals."""
    from mijnrisico import data

    known: dict[str, dict[Any, Any]] = {
        str(row["place"]).lower(): row for row in data.table("places").to_dict("records")
    }
    if place.lower() not in known:
        near = difflib.get_close_matches(place.lower(), known, 1, 0.0)[0]
        names = ", ".join(str(row["place"]) for row in known.values())
        params = {"got": place, "expected": names, "example": f"--place {known[near]['place']}"}
        raise InputError(Problem("E503", "--place", params))
    row = known[place.lower()]
    return str(row["place"]), (float(row["x_rd"]), float(row["y_rd"]))


def _positive(option: str, value: float) -> float:
    if not 0.0 < value < float("inf"):
        params = {"got": value, "expected": Phrase("expected.greater_than", {"limit": 0}), "example": "3"}
        raise InputError(Problem("E503", option, params))
    return float(value)


def _records(path: str | Path | None) -> "tuple[Record, ...]":
    from mijnrisico.core import table
    from mijnrisico.data.readers import stations

    if path is None:
        return ()
    file = table.find(str(path), Path(), "--records")
    if isinstance(file, Problem):
        raise InputError(file)
    found, problems = stations.read(file)
    if any(problem.code.startswith("E") for problem in problems):
        raise InputError(problems)
    return found


def _as_records(used: "Sequence[Record]") -> "Records":
    import numpy as np

    from mijnrisico.seismic import site
    from mijnrisico.seismic.scenario_shaking import Records

    places = site.sites_at([r.site.x for r in used], [r.site.y for r in used], [r.site.name for r in used])
    components: Any = tuple(record.component for record in used)
    return Records(_with_vs30(places), np.array([record.value for record in used]), components)


def _sites(path: str | Path | None) -> "xr.Dataset":
    """Sites of a file, or the named places."""
    from mijnrisico import data
    from mijnrisico.core import table
    from mijnrisico.data.readers import sites
    from mijnrisico.seismic import site

    if path is None:
        places = data.table("places")
        return _with_vs30(site.sites_at(places["x_rd"], places["y_rd"], places["place"]))
    file = table.find(str(path), Path(), "--sites")
    if isinstance(file, Problem):
        raise InputError(file)
    found, problems = sites.read(file)
    if any(problem.code.startswith("E") for problem in problems):
        raise InputError(problems)
    return _with_vs30(site.sites_at([s.x for s in found], [s.y for s in found], [s.name for s in found]))


def _with_vs30(sites: "xr.Dataset") -> "xr.Dataset":
    from mijnrisico.seismic import site

    return sites.assign(vs30=("site", site.vs30_of(sites["zone"]), {"units": "m/s"}))


def _peaks(when: str, measure: str, event: "Event", choices: dict[str, Any]) -> "pd.DataFrame":
    """Published recorded maxima of a known event, beside the motion at their distance without any record.

    The stations have no coordinates: at a stated distance the values are means over a ring of sites around the
    epicentre; without one, the epicentre itself.
    """
    import numpy as np
    import pandas as pd

    from mijnrisico import data
    from mijnrisico.seismic import scenario_shaking, site
    from mijnrisico.units import CMS2_PER_G

    table = data.table("recorded_peaks")
    rows: list[tuple[object, ...]] = []
    found_here: list[dict[Any, Any]] = table[(table["date"] == when[:10]) & (table["measure"] == measure)].to_dict(
        "records"
    )
    for row in found_here:
        value = float(row["value"]) / (CMS2_PER_G if row["unit"] == "cm/s2" else 1.0)
        distance = float(row["epicentral_km"])
        stated = isfinite(distance)
        angle = np.linspace(0.0, 2.0 * np.pi, _RING if stated else 1, endpoint=False)
        away = 1000.0 * distance if stated else 0.0
        ring = _with_vs30(site.sites_at(event.x + away * np.sin(angle), event.y + away * np.cos(angle)))
        found = scenario_shaking.shaking(event, ring, thresholds=[value], **choices)
        low, middle, high = np.nanmean(found["level"].to_numpy(), axis=1)
        below = 1.0 - float(np.nanmean(found["probability"].to_numpy()))
        station = row["station"] if isinstance(row["station"], str) else ""
        rows.append((station, distance, value, low, middle, high, below, row["source"]))
    columns = ["station", "epicentral_km", "recorded", "p10", "p50", "p90", "fraction", "source"]
    return pd.DataFrame(rows, columns=columns)


def _valid(model: "GroundMotion") -> tuple[float, float]:
    low, high = model.head.valid.get("magnitude", (-float("inf"), float("inf")))
    return float(low), float(high)


def _beyond(model: "GroundMotion", event: "Event") -> list[Problem]:
    """W606 for a magnitude outside the range for which the motion model was made."""
    low, high = _valid(model)
    if low <= event.magnitude <= high:
        return []
    words = {"magnitude": event.magnitude, "model": model.head.name, "low": low, "high": high}
    return [
        Problem("W606", "--magnitude", {"what": Phrase("shake.beyond", words), "range": Phrase("shake.range", words)})
    ]


def _suffix(unit: str) -> str:
    return {"g": "g", "cm/s": "cms"}[unit]


def _frame(found: "xr.Dataset", unit: str, threshold: float | None) -> "pd.DataFrame":
    import pandas as pd

    columns = {"x_rd": found["x"].to_numpy(), "y_rd": found["y"].to_numpy()}
    for fractile, values in zip(found["fractile"].to_numpy(), found["level"].to_numpy(), strict=True):
        columns[f"p{100 * float(fractile):g}_{_suffix(unit)}"] = values
    if threshold is not None:
        columns["probability_above_threshold"] = found["probability"].to_numpy()[0]
    return pd.DataFrame(columns)
