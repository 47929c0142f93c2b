"""Limits and basins of a question: the chance that what was agreed is exceeded, as it was known after each campaign."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.studies.subsidence import prediction, sections
from mijnrisico.studies.subsidence.fit import Fit
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.subsidence.observe import budget, red_flag

Array = NDArray[np.float64]

BASIN_CELL_M = 500.0
"""Cells into which a basin is cut; see `observe.budget` for the error."""


def red_flags(question: SubsidenceQuestion, found: Fit, grids: xr.Dataset) -> pd.DataFrame:
    """Chance that each limit is exceeded, before any measurement and after each campaign.

    A limit on subsidence or tilt holds for the end of the question; one on a rate for the year with the highest mean
    rate from its first year on. "deepest" is the deepest point of the mean map in the last year that is shown.
    """
    asked = question.entry.limit
    if not asked:
        return pd.DataFrame()
    limits = [red_flag.Limit(each.name, each.quantity, each.at, each.value, each.source) for each in asked]
    rows = _of_limits(question, found, grids)
    measured = found.measured
    if measured is None or not measured.used.any():
        chance = found.before.predict(rows).exceeding(np.array([limit.si for limit in limits]))
        return red_flag.table(limits, [red_flag.Flag(red_flag.BEFORE, chance)])
    used = measured.observations.chosen(measured.used)
    return red_flag.table(limits, red_flag.exact(used, found.after.branches, limits, rows))


def budgets(question: SubsidenceQuestion, found: Fit) -> pd.DataFrame:
    """Load of every basin in every year, the space for it, and the chance that it is above: hand aan de kraan."""
    model, frames = found.model, []
    for each, outline in zip(question.entry.basin, question.inputs.basins, strict=True):
        x, y, area = budget.cut(outline, BASIN_CELL_M)
        basin = budget.Basin(
            each.name,
            x,
            y,
            area,
            each.limit_mm_per_year,
            each.average_years,
            each.sea_level_rise_mm_per_year,
            source=each.source,
        )
        motion = prediction.influences(model, x, y)["subsidence"]
        years = np.array(question.years[each.average_years - 1 :], dtype=float)
        rows = []
        for branch in model.branches:
            own = np.zeros((years.size, model.factors))
            for activity, (one, columns) in enumerate(zip(model.sources, model.slices, strict=True)):
                own[:, columns] = budget.load_rows(
                    basin,
                    motion[branch.surface][activity],
                    model.volume[branch.strain][activity],
                    model.years,
                    years + 1.0,
                    one.weights.toarray(),
                )
            rows.append(found.padded(own))
        frames.append(budget.table(basin, years, found.after, rows).astype({"year": int}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _of_limits(question: SubsidenceQuestion, found: Fit, grids: xr.Dataset) -> list[Array]:
    """Rows (limit, factor) of every branch: the quantity of each limit in m, m per year or 1."""
    rows = [np.empty((0, found.model.factors)) for _ in found.model.branches]
    for each in question.entry.limit:
        x, y = _place(question, each, grids)
        own = _of_limit(question, found, each, x, y)
        rows = [np.vstack([one, row]) for one, row in zip(rows, own, strict=True)]
    return [found.padded(one) for one in rows]


def _of_limit(question: SubsidenceQuestion, found: Fit, limit: sections.Limit, x: Array, y: Array) -> Sequence[Array]:
    model, last = found.model, np.array([question.years[-1] + 1.0])
    if limit.quantity == "tilt":
        motion = prediction.influences(model, x, y, ("tilt_x", "tilt_y"))
        parts = [prediction.rows_at_years(model, motion[name], last) for name in ("tilt_x", "tilt_y")]
        mean = np.array([float(found.predict([one[:, 0] for one in part]).mean()[0]) for part in parts])
        direction = mean / max(float(np.hypot(*mean)), np.finfo(float).tiny)
        return [direction[0] * a[0] + direction[1] * b[0] for a, b in zip(*parts, strict=True)]
    motion = prediction.influences(model, x, y)["subsidence"]
    if limit.quantity == "subsidence_cm":
        return [one[0] for one in prediction.rows_at_years(model, motion, last)]
    first = max(limit.from_year or question.years[0], question.years[0])
    moments = np.arange(first, question.years[-1] + 2, dtype=float)
    rates = [np.diff(one[0], axis=0) for one in prediction.rows_at_years(model, motion, moments)]
    fastest = int(np.argmax(found.predict(rates).mean()))
    return [one[fastest : fastest + 1] for one in rates]


def _place(question: SubsidenceQuestion, limit: sections.Limit, grids: xr.Dataset) -> tuple[Array, Array]:
    for each in question.entry.point:
        if each.name == limit.at:
            return np.array([each.x_m]), np.array([each.y_m])
    mean = grids["total_m"].sel(statistic="mean").isel(year=-1).transpose("y", "x")
    row, column = np.unravel_index(int(mean.to_numpy().argmax()), mean.shape)
    return mean["x"].to_numpy()[[column]].astype(float), mean["y"].to_numpy()[[row]].astype(float)
