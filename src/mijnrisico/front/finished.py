"""A finished run in the hands of a person: labelled arrays, tables and pictures, each with its unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mijnrisico import messages
from mijnrisico.core.run import StoredRun, store
from mijnrisico.core.run.netcdf import GRID_CRS
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from mijnrisico.core.progress import Progress
    from mijnrisico.core.scenario import Scenario
    from mijnrisico.front.point import Site
    from mijnrisico.report import Audience, Format
    from mijnrisico.report.draw.picture import Picture
    from mijnrisico.report.run_folder import RunFolder

Point = tuple[float, float]


@dataclass(frozen=True)
class Run:
    """A finished run. Nothing here computes the run again or changes its folder, but `report`, which draws in it."""

    stored: StoredRun

    @classmethod
    def of(cls, run: "Run | StoredRun") -> Self:
        """Return the run of the front door, whichever of the two was given."""
        return cls(run.stored if isinstance(run, Run) else run)

    def __repr__(self) -> str:
        """Name and title."""
        return f"Run({self.id}: {self.title})"

    def _repr_html_(self) -> str:
        """What a notebook shows: name, title, review, and the summary in the first and last year."""
        frame = self.summary()
        ends = frame[frame["year"].isin([frame["year"].min(), frame["year"].max()])]
        status = str(self.manifest.get("review", {}).get("status", "draft"))
        head = f"<p><strong>{escape(self.title)}</strong><br>run <code>{escape(self.id)}</code>, {escape(status)}</p>"
        return head + ends.to_html(index=False, na_rep="", float_format=lambda value: f"{value:.3g}")

    @property
    def id(self) -> str:
        """Date and first digits of the hash."""
        return self.stored.id

    @property
    def path(self) -> Path:
        """Folder of the run."""
        return self.stored.path

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was computed, from what, with what."""
        return self.stored.manifest

    @property
    def scenario(self) -> "Scenario":
        """The resolved scenario: `run.scenario.replace({...})` asks the next question."""
        return self.stored.scenario

    @property
    def title(self) -> str:
        """Title of the scenario in English, as far as it gives one."""
        return str(self.manifest.get("title", ""))

    def table(self, name: str) -> "pd.DataFrame":
        """Read `tables/<name>.csv`; raises `InputError` E702 where the run has no such table."""
        return self.stored.table(name)

    def grid(self, name: str) -> "xr.Dataset":
        """Read `grids/<name>.nc` into memory; raises `InputError` E702 where the run has no such grid."""
        return self.stored.grid(name)

    def summary(self) -> "pd.DataFrame":
        """Return the answer on one page: quantity, year, value, unit, p10, p90; numbers are numbers."""
        import pandas as pd

        frame = self.table("summary")
        numbers = pd.to_numeric(frame["value"], errors="coerce")
        return frame.assign(value=numbers.where(numbers.notna(), frame["value"]))

    def hazard(self, imt: str = "PGA", return_period: float = 475, component: str = "geometric_mean") -> "xr.DataArray":
        """Return the level exceeded once in `return_period` years on average: (year, statistic, y, x) in g.

        The peak acceleration has the mean and its fractiles; another measure of the scenario (`hazard.measures`) the
        mean alone, PGV in cm/s. Raises `InputError` E711 for what the run does not have; the message lists what it has.
        """
        folder = self.folder
        self._known("imt", imt, list(folder.measures))
        grid = folder.grid(folder.measures[imt])
        self._known("return_period", float(return_period), [float(v) for v in grid["return_period"].to_numpy()])
        self._known("component", component, [str(v) for v in grid["component"].to_numpy()])
        level = grid["level_cms" if imt == "PGV" else "level_g"]
        level = level.sel(return_period=float(return_period), component=component)
        if imt == "PGA":
            return self._labelled(level.transpose("year", "statistic", "y", "x"), "pga", units="g").rename("pga")
        level = level.assign_coords(statistic="mean", imt=imt).transpose("year", "y", "x")
        return self._labelled(level, "sa", units="cm/s" if imt == "PGV" else "g").rename(imt)

    def lpr(self, vulnerability_class: str) -> "xr.DataArray":
        """Return the mean local personal risk of one class of building: (year, y, x) in 1/year; E711 as `hazard`."""
        grid = self.grid("lpr")
        self._known(
            "vulnerability_class", vulnerability_class, [str(v) for v in grid["vulnerability_class"].to_numpy()]
        )
        chosen = grid["lpr_mean"].sel(vulnerability_class=vulnerability_class).assign_coords(statistic="mean")
        return self._labelled(chosen.transpose("year", "y", "x"), "lpr", units="1/year").rename("lpr")

    def pressure(self) -> "xr.DataArray":
        """Return the pressure in the reservoir on 1 January of each year: (year, y, x) in bar."""
        field = self.grid("pressure")["pressure"]
        field = field.assign_coords(year=("time", field["time"].dt.year.to_numpy())).swap_dims(time="year")
        return self._labelled(field.drop_vars("time").transpose("year", "y", "x"), "pressure", units="bar")

    def rate(self) -> "xr.DataArray":
        """Return the mean density of earthquakes of at least `magnitude_min`: (year, y, x) in 1/(km2 year)."""
        field = self.grid("rate")["events_per_km2"].assign_coords(statistic="mean")
        return self._labelled(field.transpose("year", "y", "x"), "rate", units="1/(km2 year)").rename("rate")

    def site(
        self, *, rd: Point | None = None, lonlat: Point | None = None, place: str | None = None, name: str = ""
    ) -> "Site":
        """Return a point to ask: RD New (m), longitude and latitude (degrees), or one of the named places.

        Raises `InputError` E503 where not exactly one of the three is given, E711 for an unknown place, E107 for a
        point outside the model area.
        """
        from mijnrisico.front.point import Site

        return Site.at(self, rd=rd, lonlat=lonlat, place=place, name=name)

    def map(
        self,
        quantity: str = "pga",
        *,
        year: int | None = None,
        return_period: float | None = None,
        statistic: str = "mean",
        component: str = "geometric_mean",
        vulnerability_class: str | None = None,
        measure: str = "PGA",
        lang: Language = "en",
    ) -> "Picture":
        """Draw one map: `pga`, `lpr`, `rate`, `pressure`, `share` or `buildings`.

        `share` is that of the models at or above the threshold, `buildings` the number above the norm.
        With another `measure` of the scenario, such as "SA(0.3)" or "PGV", `pga` draws that instead.
        Raises `InputError` E711 for what the run does not have, E702 for a run that is not about earthquakes.
        """
        from mijnrisico.report.draw import layer, single

        self.stored.be_about_earthquakes()
        choice = layer.Choice(quantity, year, return_period, statistic, component, vulnerability_class, measure)
        return single.map_(self.folder, layer.read(self.folder, choice), lang)

    def figure(self, number: str, lang: Language = "en") -> "Picture":
        """Draw one figure of the report by its number, such as "F25"; raises `InputError` E711 for one it has not."""
        from mijnrisico.report.draw.picture import Picture
        from mijnrisico.report.figures import FIGURES

        possible = {figure.number: figure for figure in FIGURES if figure.possible(self.folder)}
        if number not in possible:
            what = {"what": Phrase("explore.of.figure"), "got": number, "known": ", ".join(sorted(possible))}
            raise InputError(Problem("E711", number, what | {"run": self.id}))
        return Picture(possible[number].draw(self.folder, lang))

    def profile(
        self,
        start: Point,
        end: Point,
        quantity: str = "pga",
        *,
        year: int | None = None,
        return_period: float | None = None,
        component: str = "geometric_mean",
        vulnerability_class: str | None = None,
        lang: Language = "en",
    ) -> "Picture":
        """Draw a quantity along the straight line between two points in RD New (m), with its band where it has one.

        Raises `InputError` E711 for what the run does not have, E712 for a line without a value.
        """
        from mijnrisico.report.draw import layer, profile

        self.stored.be_about_earthquakes()
        choice = layer.Choice(quantity, year, return_period, "mean", component, vulnerability_class)
        return profile.profile(self.folder, choice, start, end, lang)

    def report(
        self,
        langs: Sequence[Language] = ("nl", "en"),
        *,
        formats: "Sequence[Format] | None" = None,
        audiences: "Sequence[Audience] | None" = None,
        contact: str = "",
        progress: "Progress | None" = None,
    ) -> list[Path]:
        """Draw the figures and the reports again in the folder of the run, and return the reports.

        The manifest lists the new files with their digests. See `mijnrisico.report.write` for the rest.
        Raises `InputError` E704 for a published run.
        """
        from mijnrisico import report

        with store.amended(self.path):
            return report.write(self.path, langs, formats, audiences, contact=contact, progress=progress)

    def export(
        self,
        folder: str | Path,
        formats: Sequence[str] = ("netcdf", "csv"),
        *,
        catalogues: int = 10,
        seed: int | None = None,
    ) -> list[Path]:
        """Write the results for other programs and return the files.

        Formats are `netcdf`, `csv`, `gpkg`, `geotiff`, `forecast`, `quakeml` and `parquet`; `quakeml` writes
        `catalogues` simulated from the forecast with a `seed`, `parquet` single buildings where the run kept them.
        """
        from mijnrisico import export

        return list(export.write(self.stored, Path(folder), tuple(formats), catalogues=catalogues, seed=seed))

    @property
    def folder(self) -> "RunFolder":
        """The run as figures and reports read it."""
        from mijnrisico.report.run_folder import RunFolder

        return RunFolder(self.path)

    def _known(self, what: str, got: object, known: Sequence[object]) -> None:
        if got not in known:
            params = {"what": Phrase(f"explore.of.{what}"), "got": got, "known": tuple(known), "run": self.id}
            raise InputError(Problem("E711", what, params))

    def _labelled(self, array: "xr.DataArray", quantity: str, units: str) -> "xr.DataArray":
        from mijnrisico.front import accessor

        del accessor  # importing it gives every array `.mijnrisico.map()`
        said = {"quantity": quantity, "units": units, "crs": GRID_CRS, "run_id": self.id, "run_folder": str(self.path)}
        return array.assign_attrs(long_name=messages.text(f"explore.quantity.{quantity}"), **said)
