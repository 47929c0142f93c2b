"""The only door through which the report sees results: a run folder on disk."""

import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from mijnrisico.core.run import StoredRun
from mijnrisico.core.shown import shown

Frame: TypeAlias = Any  # a pandas.DataFrame; pandas does not publish complete types


@dataclass(frozen=True)
class RunFolder:
    """A finished run: `tables/*.csv`, `grids/*.nc`, `manifest.json` and `scenario.toml` below one folder."""

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What was computed, from what, with what; empty when the file is not there."""
        file = self.path / "manifest.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """The resolved scenario; empty when the file is not there."""
        file = self.path / "scenario.toml"
        return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def setting(self, *keys: str, default: Any = None) -> Any:
        """Return one setting of the scenario, `default` where it is not given."""
        value: Any = self.scenario
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                return default
            value = value[key]
        return value

    def has_table(self, name: str) -> bool:
        """Say whether the run wrote this table."""
        return (self.path / "tables" / f"{name}.csv").is_file()

    def has_grid(self, name: str) -> bool:
        """Say whether the run wrote this grid."""
        return (self.path / "grids" / f"{name}.nc").is_file()

    def table(self, name: str) -> Frame:
        """Read one table; raises `InputError` (E702) when the run did not write it."""
        return self._run.table(name)

    def grid(self, name: str) -> xr.Dataset:
        """Read one grid into memory, once; raises `InputError` (E702) when the run did not write it."""
        if name not in self._grids:
            self._grids[name] = self._run.grid(name)
        return self._grids[name]

    @cached_property
    def _grids(self) -> dict[str, xr.Dataset]:
        return {}

    @property
    def _run(self) -> StoredRun:
        return StoredRun(self.path, self.manifest)

    @cached_property
    def hazard(self) -> xr.DataArray:
        """PGA in g (year, return_period, statistic, y, x): the geometric mean of the two horizontal components."""
        level = self._levels
        return level.sel(component="geometric_mean") if "component" in level.dims else level

    @cached_property
    def arbitrary(self) -> xr.DataArray | None:
        """The same for one arbitrary horizontal component; None when the run did not compute it."""
        level = self._levels
        if "component" not in level.dims or "arbitrary" not in level.component.values:
            return None
        return level.sel(component="arbitrary")

    @cached_property
    def _levels(self) -> xr.DataArray:
        level = self.grid("hazard").level_g
        return level.sel(surface="regular") if "surface" in level.dims else level

    @cached_property
    def measures(self) -> dict[str, str]:
        """Name of the grid with the mean levels of each measure on the map, that of the peak acceleration first."""
        found = {"PGA": "hazard"} if self.has_grid("hazard") else {}
        for file in sorted((self.path / "grids").glob("hazard_*.nc")):
            if measure := self.grid(file.stem).attrs.get("imt"):
                found[str(measure)] = file.stem
        return found

    @cached_property
    def lpr(self) -> xr.DataArray:
        """Mean local personal risk per year (vulnerability_class, year, y, x)."""
        return self.grid("lpr").lpr_mean

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Forecast years; of a run of subsidence all years of its history and forecast."""
        start, end = self.setting("time", "start"), self.setting("time", "end")
        if start is not None and end is not None:
            return tuple(range(int(start), int(end) + 1))
        count = self.setting("time", "years")
        if start is not None and count is not None:
            return tuple(range(int(str(start)[:4]), int(str(start)[:4]) + int(count)))
        return tuple(int(y) for y in self.hazard.year.values)

    @property
    def first_year(self) -> int:
        """First year of the forecast."""
        return self.years[0]

    @property
    def last_year(self) -> int:
        """Last year of the forecast."""
        return self.years[-1]

    @cached_property
    def return_period(self) -> int:
        """Return period of the rule: 475 years where the run has it, else its first one."""
        if self.has_grid("hazard"):
            periods = [int(p) for p in self.hazard.return_period.values]
        else:
            periods = [int(p) for p in self.setting("hazard", "return_periods", default=[475])]
        return 475 if 475 in periods else periods[0]

    @cached_property
    def shown_year(self) -> int:
        """The year that maps, titles and tables show: where most of the map is at or above the threshold (mean).

        Where several years share that, or no year reaches it, the one with the highest level; the first of equals.
        Without a hazard grid it is the first year of the forecast.
        """
        if not self.has_grid("hazard"):
            return self.first_year
        mean = self.hazard.sel(return_period=self.return_period, statistic="mean").transpose("year", "y", "x")
        return int(mean.year.values[shown(mean.values.reshape(mean.sizes["year"], -1), self.threshold_g)])

    @cached_property
    def told_years(self) -> tuple[int, ...]:
        """The years that a table puts side by side: first, shown and last; a middle one where the first is shown."""
        middle = self.years[len(self.years) // 2] if self.shown_year == self.first_year else self.shown_year
        return tuple(sorted({self.first_year, middle, self.last_year}))

    @property
    def threshold_g(self) -> float:
        """Acceleration with which the hazard at the first return period is compared."""
        return float(self.setting("hazard", "threshold", default=0.05))

    @property
    def run_id(self) -> str:
        """Name of the run."""
        return str(self.manifest.get("run_id") or self.path.name)

    def title(self, lang: str) -> str:
        """Title of the scenario in the language asked for, as far as the scenario gives one."""
        title = self.setting(f"title_{lang}") or self.setting("title") or self.manifest.get("title") or self.run_id
        return str(title)


def regular(table: Frame, **choice: object) -> Frame:
    """Rows of a table for the default component and surface, and for the values asked for.

    Columns that the table does not have are not asked.
    """
    wanted = {"component": "geometric_mean", "surface": "regular", **choice}
    keep = np.ones(len(table), bool)
    for column, value in wanted.items():
        if column in table.columns and value is not None:
            keep &= (table[column] == value).to_numpy()
    return table[keep]
