"""The numbers that figures and text say about shaking, worked out once from the hazard grid."""

from dataclasses import dataclass

import numpy as np
import shapely
import xarray as xr

from mijnrisico.report import norms
from mijnrisico.report.draw import maps
from mijnrisico.report.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Shaking:
    """Highest level and area at or above the threshold in one year, of the mean and of a fractile."""

    year: int
    level_g: float
    x: float
    y: float
    area_km2: float


def return_period(run: RunFolder) -> int:
    """Return period of the rule: 475 years where the run has it, else its first one."""
    return run.return_period


def shaking(run: RunFolder, year: int, statistic: str = "mean", levels: xr.DataArray | None = None) -> Shaking:
    """Return the highest level and where it lies, and the area of nodes at or above the threshold (inclusive).

    `levels` are those of the geometric mean unless others are given.
    """
    field = (run.hazard if levels is None else levels).sel(
        year=year, return_period=return_period(run), statistic=statistic
    )
    values = field.values
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return Shaking(
        year,
        float(values[row, column]),
        float(field.x.values[column]),
        float(field.y.values[row]),
        float(np.sum(values >= run.threshold_g)) * cell_km2(field),
    )


def has_median(run: RunFolder) -> bool:
    """Say whether the run wrote what half of the models stay below (P50)."""
    return "p50" in run.hazard.statistic.values


def falls(run: RunFolder) -> bool:
    """Say whether the highest level falls after the shown year, up to the last one."""
    return shaking(run, run.last_year).level_g < shaking(run, run.shown_year).level_g


def course(run: RunFolder, statistic: str) -> list[Shaking]:
    """Return `shaking` for every year of the hazard grid."""
    return [shaking(run, int(year), statistic) for year in run.hazard.year.values]


def first_below(run: RunFolder, statistic: str = "mean") -> int | None:
    """Return the first year from which on no node reaches the threshold; `None` when that does not happen."""
    below = None
    for item in reversed(course(run, statistic)):
        if item.level_g >= run.threshold_g:
            break
        below = item.year
    return below


def arbitrary(run: RunFolder, year: int) -> Shaking | None:
    """Return `shaking` of the mean for one arbitrary direction of the motion; None when the run lacks it."""
    return None if run.arbitrary is None else shaking(run, year, "mean", run.arbitrary)


def direction_decides(run: RunFolder, year: int) -> bool | None:
    """Say whether only one of geometric mean and arbitrary direction reaches the threshold anywhere in a year.

    None when the run has no arbitrary direction.
    """
    other = arbitrary(run, year)
    if other is None:
        return None
    return norms.reached(shaking(run, year).level_g, run.threshold_g) != norms.reached(other.level_g, run.threshold_g)


def cell_km2(field: xr.DataArray) -> float:
    """Area that one node stands for."""
    x, y = field.x.values, field.y.values
    return float(abs(x[1] - x[0]) * abs(y[1] - y[0])) / 1e6


def coverage(run: RunFolder) -> tuple[int, int]:
    """Return how many nodes of the model area (field plus margin) have a value, and how many there are."""
    counted = run.grid("hazard").attrs
    if {"nodes_total", "nodes_without_zone"} <= counted.keys():
        total = int(counted["nodes_total"])
        return total - int(counted["nodes_without_zone"]), total
    field = run.hazard.sel(year=run.first_year, return_period=return_period(run), statistic="mean")
    area = shapely.buffer(maps.background().field, margin_m(run))
    shapely.prepare(area)
    xx, yy = np.meshgrid(field.x.values, field.y.values)
    known = np.isfinite(field.values)
    inside = shapely.contains_xy(area, xx, yy) | known
    return int(known.sum()), int(inside.sum())


def blank_inside(run: RunFolder) -> tuple[int, int]:
    """Return how many nodes inside the packaged outline of the field have no site zone, and how many lie inside."""
    hazard = run.grid("hazard")
    if "zone" in hazard:
        zone = hazard.zone.values
        known = np.isfinite(zone) & (zone >= 0)
    else:
        first = run.hazard.sel(year=run.first_year, return_period=return_period(run), statistic="mean")
        known = np.isfinite(first.values)
    xx, yy = np.meshgrid(hazard.x.values, hazard.y.values)
    inside = shapely.contains_xy(maps.outline(), xx, yy)
    return int((inside & ~known).sum()), int(inside.sum())


def drawn(run: RunFolder, level_g: np.ndarray) -> np.ndarray:
    """Return the levels as a map shows them: 0 where a node has a zone but lies below the lowest level (W603).

    Such a node is in the lowest class; only a node without a zone is blank.
    """
    hazard = run.grid("hazard")
    if "zone" not in hazard:
        return level_g
    zone = hazard.zone.values
    return np.where(np.isnan(level_g) & np.isfinite(zone) & (zone >= 0), 0.0, level_g)


def margin_m(run: RunFolder) -> float:
    """Distance around the field up to which hazard is computed."""
    return float(run.setting("hazard", "margin", default=5000))
