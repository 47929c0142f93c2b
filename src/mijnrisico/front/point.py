"""One point of a finished run: levels by year, the hazard curve, the risk of each class of building."""

from dataclasses import dataclass
from pathlib import Path
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
    """A point, answered at the point itself and not from a map.

    `x` and `y` are in m in RD New; in a run on a forecast of a field abroad in the system of that field.
    """

    run: "Run"
    name: str
    x: float
    y: float
    named: bool = False
    """One of the named places, for which the run wrote the curves itself."""
    system: str = "rd"
    """Ends the names of columns with x and y: "rd", abroad "m"."""

    @classmethod
    def at(cls, run: "Run", *, rd: "Point | None", lonlat: "Point | None", place: str | None, name: str = "") -> Self:
        """Find the point; raises as `Run.site` says."""
        if sum(way is not None for way in (rd, lonlat, place)) != 1:
            params = {"got": "–", "expected": Phrase("explore.site_way"), "example": "--rd 245459 594583"}
            raise InputError(Problem("E503", "site", params))
        if run.scenario.inputs.forecast.file:
            return cls._of_own_field(run, rd, lonlat, place, name)
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

    @classmethod
    def _of_own_field(
        cls, run: "Run", rd: "Point | None", lonlat: "Point | None", place: str | None, name: str
    ) -> Self:
        """Find the point in a run on a forecast from a file, which has its own places and coordinates."""
        from mijnrisico.data.readers import anywhere, crs
        from mijnrisico.studies import point

        system, own = point.system(run.stored), point.named(run.stored)
        short = "rd" if crs.is_rd(system) else "m"
        if place in own:
            return cls(run, place, *own[place], named=True, system=short)
        if place is not None:
            if own:
                params = {"what": Phrase("explore.of.place"), "got": place, "known": tuple(own), "run": run.id}
                raise InputError(Problem("E711", "--place", params))
            name, rd = _of_name(run, place)
        declared, pair = (crs.LONLAT, lonlat) if rd is None else (crs.RD, rd)
        assert pair is not None
        way = "--rd" if rd is not None else "--lonlat"
        if problems := anywhere.check([pair[0]], [pair[1]], declared, where=way, setting="--lonlat LON LAT"):
            raise InputError(problems)
        x, y = (float(value[0]) for value in anywhere.to_system([pair[0]], [pair[1]], declared, system))
        called = name or f"{pair[0]:.5f}, {pair[1]:.5f}" if rd is None else name or f"RD {pair[0]:.0f}, {pair[1]:.0f}"
        found = cls(run, called, x, y, named=place is not None, system=short)
        if (away := point.outside_km(run.stored, x, y)) > 0.0:
            known = run.scenario
            reach = max(known.rupture.largest_distance, known.hazard.margin / 1000.0)
            params = {"name": called, "distance_km": round(away, 1), "margin_km": reach}
            raise InputError(Problem("E107", "site", params))
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

    def rates(
        self,
        year: int | None = None,
        measure: str = "PGA",
        *,
        component: str | None = None,
        surface: str = "regular",
    ) -> "xr.DataArray":
        """Return the hazard curve: annual rate of exceeding each level, (statistic, level in g, PGV in cm/s).

        By default of the year that the report shows, the first component of the motion model and ordinary ground. A
        rate is no probability: that of at least one exceedance in a year is 1 - exp(-rate).
        Raises `InputError` E711 for a year or measure that the run or its model of the motion does not have.
        """
        from mijnrisico.studies import point

        year = self._year(year)
        curves = point.curve(
            self.run.stored, self.x, self.y, year, measure=measure, component=component, surface=surface
        )
        named = {"units": curves["level"].attrs["units"], "long_name": measure}
        curves["level"] = curves["level"].assign_attrs(named)
        said = {"units": "1/year", "run_id": self.run.id, "place": self.name, **self._where()}
        kept = {name: curves.attrs[name] for name in ("component", "surface", "motion_model")}
        return curves.drop_vars("name", errors="ignore").rename("rate").assign_attrs({"imt": measure, **kept, **said})

    def curve(
        self,
        year: int | None = None,
        measure: str = "PGA",
        *,
        component: str | None = None,
        surface: str = "regular",
        lang: Language = "en",
    ) -> "Picture":
        """Draw the hazard curve with its band, the return periods and, for the peak acceleration, the threshold."""
        from mijnrisico.report.draw import curve

        at = curve.Place(self.name, self.x, self.y, self.system)
        usual = measure == "PGA" and surface == "regular" and component in (None, "geometric_mean")
        if usual and self.named and (drawn := curve.of_place(self.run.folder, at, year, lang)) is not None:
            return drawn
        rates = self.rates(year, measure, component=component, surface=surface)
        of = curve.Of(measure, rates["level"].attrs["units"], rates.attrs["component"], rates.attrs["surface"])
        return curve.curve(self.run.folder, at, int(rates["year"]), curve.frame_of(rates), lang, of=of)

    def spectrum(
        self, year: int | None = None, *, component: str | None = None, surface: str = "regular"
    ) -> "pd.DataFrame":
        """Return the level of every measure of the motion model once in 95, 475, 975 and 2475 years on average.

        A row per measure (`imt`, `period_s`, `unit`) and `return_period_yr`, with `mean`, `p10`, `p50`, `p90`.
        Raises `InputError` E711 as `rates`.
        """
        from mijnrisico.studies import hazard_tables, point

        year = self._year(year)
        found = point.spectrum(self.run.stored, self.x, self.y, year, component=component, surface=surface)
        return hazard_tables.spectrum(found, self._said(year))

    def draw_spectrum(
        self,
        year: int | None = None,
        *,
        component: str | None = None,
        surface: str = "regular",
        beside: "str | Path | None" = None,
        lang: Language = "en",
    ) -> "Picture":
        """Draw the uniform hazard spectrum; `beside` is a CSV file with `period_s` and `sa_g` to lay beside it."""
        from mijnrisico.report.draw import curve, spectrum

        theirs = None
        if beside is not None:
            from mijnrisico.data.readers import code_spectrum

            theirs = code_spectrum.read(Path(beside))
        levels = self.spectrum(year, component=component, surface=surface)
        at = curve.Place(self.name, self.x, self.y, self.system)
        return spectrum.spectrum(self.run.folder, at, self._year(year), levels, lang, beside=theirs)

    def disaggregation(
        self,
        year: int | None = None,
        measure: str = "PGA",
        *,
        level: float | None = None,
        return_period: float | None = None,
        component: str | None = None,
        surface: str = "regular",
    ) -> "xr.Dataset":
        """Return which earthquakes make the hazard here: `rate` (magnitude, distance, epsilon) and `cell_rate` (cell).

        Of a level (g, PGV in cm/s), or of that once in `return_period` years; the first of the run by default.
        See `mijnrisico.seismic.hazard.disaggregation`. Raises `InputError` E711 as `rates`.
        """
        from mijnrisico.studies import point

        return point.disaggregate(
            self.run.stored,
            self.x,
            self.y,
            self._year(year),
            measure=measure,
            level=level,
            return_period=return_period,
            component=component,
            surface=surface,
        )

    def causes(self, found: "xr.Dataset", lang: Language = "en") -> "Picture":
        """Draw a disaggregation: magnitude against distance, epsilon, and where the earthquakes start."""
        from mijnrisico.report.draw import causes, curve
        from mijnrisico.studies import hazard_tables

        tables = causes.Causes(
            *(make(found, {}) for make in (hazard_tables.told, hazard_tables.bins, hazard_tables.cells))
        )
        return causes.causes(self.run.folder, curve.Place(self.name, self.x, self.y, self.system), tables, lang)

    def _year(self, year: int | None) -> int:
        return self.run.folder.shown_year if year is None else year

    def _said(self, year: int) -> dict[str, object]:
        return {"place": self.name, **self._where(), "year": year}

    def _where(self) -> dict[str, float]:
        return {f"x_{self.system}": self.x, f"y_{self.system}": self.y}

    def lpr_by_class(self, year: int | None = None) -> "pd.DataFrame":
        """Return the local personal risk (1/year) of each class of building here, over the complete logic tree.

        Columns class, year, lpr_mean, p10, p50, p90; highest first. Takes seconds; by default the year of the report.
        """
        from mijnrisico.studies import groningen

        return groningen.site_risk(self.run.stored, self.x, self.y, self._year(year))

    def _inside(self) -> None:
        from mijnrisico.seismic import site

        margin = float(self.run.folder.setting("hazard", "margin", default=site.MODEL_MARGIN_M))
        away = float(site.distance_outside_km(self.x, self.y, margin))
        if away > 0.0:
            params = {"name": self.name, "distance_km": round(away, 1), "margin_km": margin / 1000.0}
            raise InputError(Problem("E107", "site", params))


def _of_name(run: "Run", place: str) -> "tuple[str, Point]":
    """Return the packaged place of that name, whatever its capitals."""
    from mijnrisico.data.readers import sites

    found, problems = sites.named(place)
    if problems:
        known = problems[0].params["known"]
        params = {"what": Phrase("explore.of.place"), "got": place, "known": known, "run": run.id}
        raise InputError(Problem("E711", "--place", params))
    return found[0].name, (found[0].x, found[0].y)
