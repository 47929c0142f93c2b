"""What the wells take out: volumes per cluster and month, in the past and in a scenario."""

import numpy as np
import pandas as pd

from mijnrisico import data
from mijnrisico.errors import InputError, Problem

BCM_NM3 = 1.0e9
FIELD = "field"
SHARE_YEARS = 5


def monthly_volumes(production: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `production` (cluster, month, volume_nm3) with the place of each cluster.

    Columns of the result: cluster, month (`YYYY-MM`), volume_nm3 [Nm3 in that month], x_rd, y_rd [m].
    Rows of one cluster and month are added. Raises InputError (E503) for a cluster with a volume but no place.
    """
    summed = production.groupby(["cluster", "month"], as_index=False)["volume_nm3"].sum()
    places = data.table("production_clusters")[["cluster", "x_rd", "y_rd"]]
    placed = summed.merge(places, on="cluster", how="left")
    nowhere = placed.loc[placed["x_rd"].isna() & (placed["volume_nm3"] != 0), "cluster"].unique()
    if nowhere.size:
        known = sorted(places.dropna()["cluster"])
        raise InputError([Problem("E503", "cluster", {"expected": known, "got": str(name)}) for name in nowhere])
    return placed.dropna(subset=["x_rd"]).reset_index(drop=True)


def volumes(production: pd.DataFrame, scenario: pd.DataFrame) -> pd.DataFrame:
    """Spread a production scenario over clusters and months, in the form of `monthly_volumes`.

    `scenario` has `cluster` (a code, or `field`), `year` or `month` (`YYYY-MM`), and `volume_nm3` or
    `volume_bcm`. A year is spread over its months by their number of days; `field` is split by the shares of
    the clusters in the last five full years of `production`. A month without a row produces nothing.
    """
    nm3 = scenario["volume_nm3"] if "volume_nm3" in scenario else scenario["volume_bcm"] * BCM_NM3
    rows = pd.DataFrame({"cluster": scenario["cluster"].astype(str), "volume_nm3": nm3.astype(float)})
    if "month" in scenario:
        rows["month"] = scenario["month"].astype(str)
    else:
        rows = rows.assign(year=scenario["year"].astype(int)).merge(_months_of(scenario["year"]), on="year")
        rows["volume_nm3"] *= rows["share_of_year"]
    of_field = rows["cluster"] == FIELD
    shares = recent_shares(production).rename_axis("cluster").rename("share").reset_index()
    split = rows[of_field].drop(columns="cluster").merge(shares, how="cross")
    split["volume_nm3"] *= split["share"]
    columns = ["cluster", "month", "volume_nm3"]
    return monthly_volumes(pd.concat([rows.loc[~of_field, columns], split[columns]], ignore_index=True))


def recent_shares(production: pd.DataFrame) -> pd.Series:
    """Share of each cluster in the field's volume over the last five calendar years that are complete."""
    last_month = pd.Period(production["month"].max(), freq="M")
    last_year = last_month.year if last_month.month == 12 else last_month.year - 1
    year = production["month"].str[:4].astype(int)
    recent = production[(year > last_year - SHARE_YEARS) & (year <= last_year)]
    total = recent.groupby("cluster")["volume_nm3"].sum()
    return total[total > 0] / total.sum()


def _months_of(years: pd.Series) -> pd.DataFrame:
    months = [pd.Period(year=int(y), month=m, freq="M") for y in sorted(set(years)) for m in range(1, 13)]
    table = pd.DataFrame({"year": [p.year for p in months], "month": [str(p) for p in months]})
    days = np.array([p.days_in_month for p in months], dtype=float)
    table["share_of_year"] = days / pd.Series(days).groupby(table["year"]).transform("sum")
    return table
