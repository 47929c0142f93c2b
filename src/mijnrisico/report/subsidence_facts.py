"""What a run of subsidence says, as figures and pages ask it: shown years, deepest point, activities, measurements."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mijnrisico.report.draw import maps
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

STUDY = "subsidence"
GRID = "subsidence"
TOTAL = "total"
_CM_PER_M = 100.0
_SAYS = 0.05  # of the deepest point, or the smallest first contour: what lies below it is not shown


@dataclass(frozen=True, slots=True)
class Deepest:
    """The deepest point in a year: mean with its P10 and P90 (cm), and where."""

    year: int
    x_m: float
    y_m: float
    mean_cm: float
    p10_cm: float
    p90_cm: float


def is_subsidence(run: RunFolder) -> bool:
    """Say whether a run is one of subsidence."""
    return run.setting("study") == STUDY


def shown_years(run: RunFolder) -> tuple[int, ...]:
    """Return the years of the maps, those that the question asks for as far as the grid has them, else all of it."""
    known = [int(year) for year in run.grid(GRID).year.to_numpy()]
    asked = [int(year) for year in run.setting("time", "shown", default=known)]
    return tuple(sorted(set(asked) & set(known)) or known)


def main_year(run: RunFolder) -> int:
    """Return the shown year nearest to the day of the computation; of two the earlier."""
    now = str(run.manifest.get("created", ""))[:4]
    years = shown_years(run)
    return min(years, key=lambda year: abs(year - int(now))) if now.isdigit() else years[0]


def total_cm(run: RunFolder, year: int, statistic: str = "mean") -> xr.DataArray:
    """Return the subsidence of all activities in cm (y, x)."""
    chosen = run.grid(GRID).total_m.sel(year=year, statistic=statistic, drop=True)
    return _CM_PER_M * chosen.transpose("y", "x")


def part_cm(run: RunFolder, activity: str, year: int) -> xr.DataArray:
    """Return the mean subsidence by one activity in cm (y, x)."""
    return _CM_PER_M * run.grid(GRID).subsidence_m.sel(activity=activity, year=year, drop=True).transpose("y", "x")


def activities(run: RunFolder) -> tuple[str, ...]:
    """Return the names of the activities, in the order of the question."""
    return tuple(str(name) for name in run.grid(GRID).activity.to_numpy())


def deepest(run: RunFolder, year: int) -> Deepest:
    """Return the deepest point of the mean; its band is that of the same place."""
    mean = total_cm(run, year)
    row, column = np.unravel_index(int(np.nanargmax(mean.to_numpy())), mean.shape)
    low, high = (float(total_cm(run, year, s)[row, column]) for s in ("p10", "p90"))
    return Deepest(year, float(mean.x[column]), float(mean.y[row]), float(mean[row, column]), low, high)


def deepest_of(field_cm: xr.DataArray) -> tuple[float, float, float]:
    """Return value (cm), easting and northing (m) of the deepest point of a field (y, x)."""
    row, column = np.unravel_index(int(np.nanargmax(field_cm.to_numpy())), field_cm.shape)
    return float(field_cm[row, column]), float(field_cm.x[column]), float(field_cm.y[row])


def fastest(run: RunFolder, year: int) -> tuple[float, float, float]:
    """Return the largest rate of going down (mm per year), and where (m)."""
    return deepest_of(run.grid(GRID).rate_mm_per_year.sel(year=year, drop=True).transpose("y", "x"))


def by_share(run: RunFolder, year: int) -> list[tuple[str, float, float]]:
    """Return (activity, its own deepest point in cm, its volume of the bowl in 10^6 m3), the largest volume first."""
    field = run.grid(GRID).subsidence_m.sel(year=year, drop=True)
    cell_m2 = abs(float(field.x[1] - field.x[0]) * float(field.y[1] - field.y[0]))
    found = [
        (name, deepest_of(part_cm(run, name, year))[0], float(field.sel(activity=name).sum()) * cell_m2 / 1e6)
        for name in activities(run)
    ]
    return sorted(found, key=lambda one: -abs(one[2]))


def least_cm(run: RunFolder) -> float:
    """Return the subsidence (cm) from which ground counts as gone down: the limit of the run, as in its tables."""
    return float(run.grid(GRID).attrs.get("overlap_limit_cm", 2.0))


def area(words: Words, km2: float) -> str:
    """Write an area: whole km2 from 10 on, else one decimal."""
    return words.fixed(km2, 0 if km2 >= 9.95 else 1)


def area_km2(field_cm: xr.DataArray, least_cm: float) -> float:
    """Return the area (km2) that goes down by at least so much."""
    cell_km2 = abs(float(field_cm.x[1] - field_cm.x[0]) * float(field_cm.y[1] - field_cm.y[0])) / 1e6
    return cell_km2 * float((field_cm >= least_cm).sum())


def place(run: RunFolder, words: Words, x: float, y: float) -> str:
    """Name a place by the nearest point of the run or packaged place, with the distance; else by its coordinates."""
    known = dict(maps.background().places)
    if run.has_table("subsidence_points"):
        rows = run.table("subsidence_points").drop_duplicates("point")
        known |= {str(n): (float(a), float(b)) for n, a, b in zip(rows.point, rows.x_m, rows.y_m, strict=True)}
    name = min(known, key=lambda each: float(np.hypot(known[each][0] - x, known[each][1] - y)))
    km = float(np.hypot(known[name][0] - x, known[name][1] - y)) / 1000.0
    if km > 25.0:
        return words("subsidence.coordinates", x=words.fixed(x / 1000.0), y=words.fixed(y / 1000.0))
    return name if km <= 1.0 else words("map.away", place=name, km=words.fixed(km, 1 if km < 10 else 0))


def year(words: Words, moment: float) -> str:
    """Write a moment in decimal years: whole years without decimals, others with one.

    >>> from mijnrisico.report.words import Words
    >>> year(Words("nl"), 2018.5), year(Words("en"), 2018.0)
    ('2018,5', '2018')
    """
    written = f"{moment:.1f}".removesuffix(".0")
    return written.replace(".", ",") if words.lang == "nl" else written


def worst_years(budget: Frame) -> Frame:
    """Return the row of each basin in which its space is most likely used up; of equals that with most beyond it."""
    beyond = budget.load_mm_per_year - budget.space_mm_per_year
    ordered = budget.assign(beyond=beyond).sort_values(["probability_above", "beyond"], kind="stable")
    return ordered.groupby("basin", sort=False).tail(1).sort_index()


def lost_1e6_m3(run: RunFolder, at: int) -> dict[str, float]:
    """Return the volume that each activity lost at depth by a year (10^6 m3), the mean; of an old run nothing."""
    if not run.has_table("volumes"):
        return {}
    rows = run.table("volumes")
    rows = rows[rows.year == at]
    return {str(name): float(lost) / 1e6 for name, lost in zip(rows.activity, rows.mean_m3, strict=True)}


def observations(run: RunFolder) -> Frame:
    """Return the measurements, with `used` as true or false."""
    table = run.table("observations")
    return table.assign(
        used=table.used.astype(str).str.lower().isin(["true", "1"]), reference=table.reference.fillna("").astype(str)
    )


def cm(words: Words, value: float) -> str:
    """Write centimetres: whole from 10 on, one decimal from 1 on, else two digits.

    >>> from mijnrisico.report.words import Words
    >>> cm(Words("en"), 36.7), cm(Words("en"), 4.26), cm(Words("en"), 0.0432)
    ('37', '4.3', '0.043')
    """
    size = abs(float(value))
    if size >= 9.95 or not np.isfinite(size):
        return words.fixed(value)
    return words.fixed(value, 1) if size >= 0.95 or size == 0.0 else words.significant(value, 2)


def band_cm(words: Words, low: float, high: float) -> str:
    """Write a band of centimetres."""
    return words.band(cm(words, low), cm(words, high))
