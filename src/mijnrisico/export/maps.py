"""The maps of a run, one by one, each with everything a reader must know of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mijnrisico import messages
from mijnrisico.messages import Language

if TYPE_CHECKING:
    import xarray as xr

    from mijnrisico.core.run import StoredRun

CRS = "EPSG:28992"


@dataclass(frozen=True)
class Source:
    """What is exported: a run, the years wanted and the language of words; grids are read once."""

    run: "StoredRun"
    years: tuple[int, ...]
    lang: Language

    @cached_property
    def hazard(self) -> "xr.Dataset":
        """Grid `hazard` in the years wanted."""
        return self.run.grid("hazard").sel(year=list(self.years))

    @cached_property
    def lpr(self) -> "xr.Dataset":
        """Grid `lpr` in the years wanted."""
        return self.run.grid("lpr").sel(year=list(self.years))

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Vulnerability classes that the scenario shows and the run has."""
        there = {str(name) for name in self.lpr["vulnerability_class"].to_numpy()}
        return tuple(name for name in self.run.scenario.risk.shown if name in there)

    @cached_property
    def surface(self) -> str:
        """Surface on which the levels of the map are given."""
        if not (self.run.path / "grids" / "hazard.nc").is_file():  # levels at sites, of a forecast from a file
            return "regular"
        return str(self.hazard.attrs.get("surface", "regular"))

    @cached_property
    def first_shown(self) -> int:
        """Year with the highest acceleration: that is what a map shows first."""
        level = self.hazard["level_g"].sel(statistic="mean").isel(return_period=0, component=0)
        return int(level.max(("y", "x")).idxmax("year"))

    @cached_property
    def about(self) -> dict[str, str]:
        """Where a file comes from, as it stands in every one of them."""
        manifest = self.run.manifest
        title = manifest.get("title_nl") if self.lang == "nl" else None
        warnings = [f"{w['code']} {w['message'][self.lang]}" for w in manifest.get("warnings", ())]
        return {
            "run_id": self.run.id,
            "title": str(title or manifest.get("title", "")),
            "created": str(manifest.get("created", "")),
            "review_status": self.review,
            "warnings": "; ".join((messages.text(f"export.status.{self.review}", self.lang), *warnings)),
            "source": f"mijnrisico {manifest.get('software', {}).get('mijnrisico', metadata.version('mijnrisico'))}",
        }

    @property
    def review(self) -> str:
        """Review status of the run: draft, reviewed, published or superseded."""
        review: dict[str, Any] = self.run.manifest.get("review") or {}
        status = str(review.get("status") or "draft")
        return status if messages.has(f"export.status.{status}", self.lang) else "draft"


@dataclass(frozen=True)
class Map:
    """Values (y, x) on nodes `y`, `x` (RD New, m, ascending), not-a-number where there is no value."""

    quantity: Literal["pga", "share", "lpr", "subsidence", "rate"]
    name: str
    year: int
    statistic: str
    unit: str
    values: np.ndarray
    x: np.ndarray
    y: np.ndarray
    component: str = ""
    surface: str = ""
    return_period_yr: float | None = None
    vulnerability_class: str = ""
    threshold_g: float | None = None
    activity: str = ""

    @property
    def cell(self) -> float:
        """Side of a cell (m)."""
        return float(self.x[1] - self.x[0])

    def facts(self) -> dict[str, str]:
        """Return what the values are, by name, for the metadata of a file."""
        known = {
            "quantity": self.quantity,
            "year": self.year,
            "statistic": self.statistic,
            "unit": self.unit,
            "component": self.component,
            "surface": self.surface,
            "return_period_yr": self.return_period_yr,
            "vulnerability_class": self.vulnerability_class,
            "threshold_g": self.threshold_g,
            "activity": self.activity,
        }
        return {name: f"{v:g}" if isinstance(v, float) else str(v) for name, v in known.items() if v not in (None, "")}


def hazard_maps(source: Source) -> Iterator[Map]:
    """Yield peak ground acceleration per component, return period, year and statistic."""
    level = source.hazard["level_g"].transpose("component", "return_period", "year", "statistic", "y", "x")
    x, y = level["x"].to_numpy(), level["y"].to_numpy()
    for component in map(str, level["component"].to_numpy()):
        for period in level["return_period"].to_numpy():
            of_both = level.sel(component=component, return_period=period)
            for year in source.years:
                for statistic in map(str, level["statistic"].to_numpy()):
                    values = of_both.sel(year=year, statistic=statistic).to_numpy()
                    name = f"pga{period:g}_{component}"
                    yield Map("pga", name, year, statistic, "g", values, x, y, component, source.surface, float(period))


def share_maps(source: Source) -> Iterator[Map]:
    """Yield the share of the tree at or above each threshold; nothing where the run has none."""
    if "share" not in source.hazard:
        return
    share = source.hazard["share"].transpose("component", "threshold", "year", "y", "x")
    x, y = share["x"].to_numpy(), share["y"].to_numpy()
    for component in map(str, share["component"].to_numpy()):
        for threshold in share["threshold"].to_numpy():
            for year in source.years:
                values = share.sel(component=component, threshold=threshold, year=year).to_numpy()
                name = f"share{threshold:g}g_{component}"
                yield Map(
                    "share",
                    name,
                    year,
                    "share",
                    "1",
                    values,
                    x,
                    y,
                    component,
                    source.surface,
                    return_period_yr=475.0,
                    threshold_g=float(threshold),
                )


def risk_maps(source: Source) -> Iterator[Map]:
    """Yield the mean local personal risk of each class shown, per year."""
    lpr = source.lpr["lpr_mean"].transpose("vulnerability_class", "year", "y", "x")
    x, y = lpr["x"].to_numpy(), lpr["y"].to_numpy()
    for name in source.shown:
        for year in source.years:
            values = lpr.sel(vulnerability_class=name, year=year).to_numpy()
            yield Map(
                "lpr",
                f"lpr_{name}",
                year,
                "mean",
                "1/year",
                values,
                x,
                y,
                "arbitrary",
                "regular",
                vulnerability_class=name,
            )
