"""Limits and basins of a question: the chance that what was agreed is exceeded, as it was known after each campaign."""

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.studies.subsidence import prediction, sections
from mijnrisico.studies.subsidence.fit import Fit
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.subsidence.observe import budget, red_flag, slope
from mijnrisico.subsidence.observe.update import Mixture

Array = NDArray[np.float64]

BASIN_CELL_M = 500.0
"""Cells into which a basin is cut; see `observe.budget` for the error."""


def red_flags(question: SubsidenceQuestion, found: Fit, grids: xr.Dataset) -> pd.DataFrame:
    """Chance that each limit is exceeded, before any measurement and after each campaign.

    A limit on subsidence or tilt holds for the end of the question; one on a rate for the year with the highest mean
    rate from its first year on. Places and that year are of the final mean: where subsidence is "largest" at the end,
    where it is steepest, where it goes fastest; the chance that a limit is exceeded anywhere is somewhat larger.
    """
    asked = question.entry.limit
    if not asked:
        return pd.DataFrame()
    limits = [red_flag.Limit(each.name, each.quantity, each.at, each.value, each.source) for each in asked]
    rows = [_of_limit(question, found, each, *_place(question, each, grids)) for each in asked]
    measured = found.measured
    if measured is None or not measured.used.any():
        steps = [(red_flag.BEFORE, found.before)]
    else:
        used = measured.observations.chosen(measured.used)
        steps = list(red_flag.campaigns(used, found.after.branches))
    flags = [
        red_flag.Flag(year, np.array([_chance(m, *pair) for pair in zip(rows, limits, strict=True)]))
        for year, m in steps
    ]
    return red_flag.table(limits, flags)


def _chance(mixture: Mixture, rows: tuple[list[Array], ...], limit: red_flag.Limit) -> float:
    if len(rows) == 2:
        return slope.exceeding(mixture, *rows, limit.si)
    return float(mixture.predict(rows[0]).exceeding(limit.si)[0])


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
            each.sea_level_rise_sd_mm_per_year,
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


def _of_limit(
    question: SubsidenceQuestion, found: Fit, limit: sections.Limit, x: Array, y: Array
) -> tuple[list[Array], ...]:
    """Rows of every branch for the quantity of a limit, in m or m per year; for a tilt those of both its parts."""
    model, last = found.model, np.array([question.years[-1] + 1.0])
    if limit.quantity == "tilt":
        motion = prediction.influences(model, x, y, ("tilt_x", "tilt_y"))
        return tuple(
            [found.padded(one[0])[0] for one in prediction.rows_at_years(model, motion[name], last)]
            for name in ("tilt_x", "tilt_y")
        )
    motion = prediction.influences(model, x, y)["subsidence"]
    if limit.quantity == "subsidence_cm":
        return ([found.padded(one[0]) for one in prediction.rows_at_years(model, motion, last)],)
    first = max(limit.from_year or question.years[0], question.years[0])
    moments = np.arange(first, question.years[-1] + 2, dtype=float)
    rates = [np.diff(one[0], axis=0) for one in prediction.rows_at_years(model, motion, moments)]
    fastest = int(np.argmax(found.predict(rates).mean()))
    return ([found.padded(one[fastest : fastest + 1]) for one in rates],)


def _place(question: SubsidenceQuestion, limit: sections.Limit, grids: xr.Dataset) -> tuple[Array, Array]:
    """A point of the question, or where the quantity is largest on the maps; a rate in any shown year it holds for."""
    for each in question.entry.point:
        if each.name == limit.at:
            return np.array([each.x_m]), np.array([each.y_m])
    if limit.quantity == "tilt":
        chosen = grids["tilt"].isel(year=-1)
    elif limit.quantity == "rate_mm_per_year" and limit.at == "largest":
        rate = grids["rate_mm_per_year"]
        late = rate["year"] >= (limit.from_year or question.years[0])
        chosen = (rate.where(late, drop=True) if bool(late.any()) else rate.isel(year=[-1])).max("year")
    else:
        chosen = grids["total_m"].sel(statistic="mean").isel(year=-1)
    chosen = chosen.transpose("y", "x")
    row, column = np.unravel_index(int(chosen.to_numpy().argmax()), chosen.shape)
    return chosen["x"].to_numpy()[[column]].astype(float), chosen["y"].to_numpy()[[row]].astype(float)
