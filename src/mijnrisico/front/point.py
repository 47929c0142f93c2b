"""One point of a finished run: levels by year, the hazard curve, the risk of each class of building."""

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from mijnrisico.front.finished import Point, Run
    from mijnrisico.report.draw.picture import Picture


@dataclass(frozen=True)
class Site:
    """A point in RD New (m), answered at the point itself and not from a map."""

    run: "Run"
    name: str
    x: float
    y: float
    named: bool = False
    """One of the named places, for which the run wrote the curves itself."""

    @classmethod
    def at(cls, run: "Run", *, rd: "Point | None", lonlat: "Point | None", place: str | None, name: str = "") -> Self:
        """Find the point; raises as `Run.site` says."""
        if sum(way is not None for way in (rd, lonlat, place)) != 1:
            params = {"got": "–", "expected": Phrase("explore.site_way"), "example": "--rd 245459 594583"}
            raise InputError(Problem("E503", "site", params))
        if place is not None:
            name, rd = _of_name(run, place)
        from mijnrisico.data.readers import sites

        asked, problems = sites.at(rd=rd, lonlat=lonlat)
        if problems:
            raise InputError(problems)
        called = name or (f"RD {asked[0].name}" if lonlat is None else asked[0].name)
        found = cls(run, called, asked[0].x, asked[0].y, named=place is not None)
        found._inside()
        return found

    def __repr__(self) -> str:
        """Name, place and run."""
        return f"Site({self.name}: {self.x:.0f}, {self.y:.0f}; {self.run.id})"

    def table(self, year: int | None = None, threshold: float | None = None) -> "pd.DataFrame":
        """Return level (g), band and share of the models at or above the threshold; a row per year of the run.

        `threshold` (g) is that of the run by default.
        """
        from mijnrisico import front

        limit = self.run.scenario.hazard.threshold if threshold is None else threshold
        return front.site(self.run, self.x, self.y, names=[self.name], year=year, threshold=limit)

    def rates(self, year: int | None = None) -> "xr.DataArray":
        """Return the hazard curve: annual rate of exceeding each level, (statistic, level in g).

        By default of the year that the report shows.
        Raises `InputError` E503 for a year that the run does not have.
        """
        from mijnrisico import front

        year = self.run.folder.shown_year if year is None else year
        frame = front.site(self.run, self.x, self.y, names=[self.name], year=year, curves=True)
        curves = frame.attrs["curves"].isel(site=0).sel(year=year).transpose("statistic", "level")
        curves["level"] = curves["level"].assign_attrs(units="g", long_name="peak ground acceleration")
        said = {"units": "1/year", "run_id": self.run.id, "place": self.name, "x_rd": self.x, "y_rd": self.y}
        return curves.drop_vars(["x", "y", "zone", "name"], errors="ignore").rename("rate").assign_attrs(said)

    def curve(self, year: int | None = None, *, lang: Language = "en") -> "Picture":
        """Draw the hazard curve with its band, the return periods and the threshold."""
        from mijnrisico.report.draw import curve

        at = curve.Place(self.name, self.x, self.y)
        if self.named and (drawn := curve.of_place(self.run.folder, at, year, lang)) is not None:
            return drawn
        rates = self.rates(year)
        return curve.curve(self.run.folder, at, int(rates["year"]), curve.frame_of(rates), lang)

    def lpr_by_class(self, year: int | None = None) -> "pd.DataFrame":
        """Return the local personal risk (1/year) of each class of building here, over the complete logic tree.

        Columns class, year, lpr_mean, p10, p50, p90; highest first. Takes seconds; by default the year of the report.
        """
        from mijnrisico.studies import groningen

        chosen = self.run.folder.shown_year if year is None else year
        return groningen.site_risk(self.run.stored, self.x, self.y, chosen)

    def _inside(self) -> None:
        from mijnrisico.seismic import site

        margin = float(self.run.folder.setting("hazard", "margin", default=site.MODEL_MARGIN_M))
        away = float(site.distance_outside_km(self.x, self.y, margin))
        if away > 0.0:
            params = {"name": self.name, "distance_km": round(away, 1), "margin_km": margin / 1000.0}
            raise InputError(Problem("E107", "site", params))


def _of_name(run: "Run", place: str) -> "tuple[str, Point]":
    """Return the packaged place of that name, whatever its capitals."""
    from mijnrisico import data

    table = data.table("places")
    by_name = {str(name).lower(): str(name) for name in table["place"]}
    if place.lower() not in by_name:
        likeness = {name: difflib.SequenceMatcher(None, place.lower(), low).ratio() for low, name in by_name.items()}
        known = tuple(sorted(likeness, key=lambda name: (-likeness[name], name)))
        params = {"what": Phrase("explore.of.place"), "got": place, "known": known, "run": run.id}
        raise InputError(Problem("E711", "--place", params))
    row = table[table["place"] == by_name[place.lower()]].iloc[0]
    return by_name[place.lower()], (float(row["x_rd"]), float(row["y_rd"]))
