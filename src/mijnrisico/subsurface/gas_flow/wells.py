"""What the wells take out: volumes per cluster and month, in the past and in a scenario."""

import pandas as pd

from mijnrisico import data
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

FIELD = "field"
SHARE_YEARS = 5


def monthly_volumes(production: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `production` (cluster, month, volume_nm3) with the place of each cluster.

    Columns of the result: cluster, month (`YYYY-MM`), volume_nm3 [Nm3 in that month], x_rd, y_rd [m].
    Rows of one cluster and month are added. Raises InputError (E503) for a cluster with a volume but no place.
    """
    summed = pd.DataFrame(production.groupby(["cluster", "month"])["volume_nm3"].sum()).reset_index()
    places = data.table("production_clusters")[["cluster", "x_rd", "y_rd"]]
    placed = summed.merge(places, on="cluster", how="left")
    nowhere = placed.loc[placed["x_rd"].isna() & (placed["volume_nm3"] != 0), "cluster"].unique()
    if nowhere.size:
        known = sorted(places.dropna()["cluster"])
        expected = Phrase("subsurface.known_cluster", {"names": known})
        raise InputError(
            Problem("E503", "cluster", {"got": str(name), "expected": expected, "example": known[0]})
            for name in nowhere
        )
    return placed.dropna(subset=["x_rd"]).reset_index(drop=True)


def volumes(production: pd.DataFrame, scenario: pd.DataFrame) -> pd.DataFrame:
    """Bring a production scenario per month to clusters, in the form of `monthly_volumes`.

    `scenario` has cluster (a code, or `field`), month (`YYYY-MM`) and volume_nm3. `field` is split by
    `recent_shares(production)`. A month without a row produces nothing.
    """
    columns = ["cluster", "month", "volume_nm3"]
    of_field = scenario["cluster"] == FIELD
    split = scenario.loc[of_field, ["month", "volume_nm3"]].merge(recent_shares(production), how="cross")
    split["volume_nm3"] *= split["share"]
    return monthly_volumes(pd.concat([scenario.loc[~of_field, columns], split[columns]], ignore_index=True))


def recent_shares(production: pd.DataFrame) -> pd.DataFrame:
    """Share of each cluster in the field's volume over the last five calendar years that are complete.

    Columns: cluster, share (sum 1). A year is complete if the record of the field runs past its December.
    """
    last_month = pd.Period(production["month"].max(), freq="M")
    last_year = last_month.year if last_month.month == 12 else last_month.year - 1
    year = production["month"].str[:4].astype(int)
    recent = production[(year > last_year - SHARE_YEARS) & (year <= last_year)]
    total = pd.DataFrame(recent.groupby("cluster")["volume_nm3"].sum()).reset_index()
    total = total.loc[total["volume_nm3"] > 0]
    share = total["volume_nm3"] / total["volume_nm3"].sum()
    return pd.DataFrame({"cluster": total["cluster"], "share": share}).reset_index(drop=True)
