"""T02: the acceleration at every named place for each return period of the run, with its band."""

import numpy as np

from mijnrisico.report import branches
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import Frame, RunFolder, regular
from mijnrisico.report.words import Words

_LIFE_YEARS = 50


def levels(run: RunFolder, words: Words) -> Table:
    """Return a row per place: mean and P10-P90 of the PGA (g) per return period in the shown year, strongest first.

    The geometric mean of two directions on the regular surface; a place without a value says so.
    """
    table = regular(run.table("hazard_places"), year=run.shown_year, imt="PGA")
    periods = sorted(int(period) for period in table.return_period_yr.unique())
    at = {
        period: table[table.return_period_yr == period].drop_duplicates("place").set_index("place")
        for period in periods
    }
    order = at[run.return_period].mean_g.sort_values(ascending=False, na_position="last").index
    rows = tuple((str(place), *(_cell(words, at[period].loc[place], run) for period in periods)) for place in order)
    return Table(
        words("levels.caption", year=run.shown_year),
        (words("levels.place"), *(words("levels.period", period=period) for period in periods)),
        rows,
        words(
            "levels.note",
            first=run.return_period,
            chance=words.significant(100 * -np.expm1(-_LIFE_YEARS / run.return_period)),
            chance_year=words.significant(100 * -np.expm1(-1.0 / run.return_period), 1),
        ),
        csv="../tables/hazard_places.csv",
    )


def _cell(words: Words, row: Frame, run: RunFolder) -> str:
    if not np.isfinite(row.mean_g):
        below = branches.given(run) and (row.zone >= 0 or not branches.has_zones(run))
        return words("places.below" if below else "levels.blank")
    mean, low, high = (words.level(float(v), run.threshold_g, "") for v in (row.mean_g, row.p10_g, row.p90_g))
    return f"{mean} ({words.band(low, high)})"
