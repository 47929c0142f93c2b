"""Packaged data on subsidence: rates of parcels seen by radar, and the values that were published.

The standard error of a rate is ours, because the source gives none. Residuals of neighbouring epochs resemble each
other, so the usual formula for independent errors is too small: half of the time gives rates that differ from those of
the other half by twice what it promises. Here the noise is white plus a first-order autoregressive part,

    cov(i, j) = s^2 [(1 - a) 1(i = j) + a exp(-|t_i - t_j| / T)],

with one share `a` and one memory `T` for all parcels and a variance `s^2` for each, by restricted maximum likelihood
(the fit of rate and yearly wave takes away slow noise, and that is allowed for).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from data_files import Target, read_features, write_table
from scipy.optimize import minimize

DAYS_A_YEAR = 365.25
POSITION_SD_M = 500.0
"""Of a place that is only named, along any direction: a benchmark anywhere within a kilometre of its middle."""
AROUND_ZUIDLAARDERMEER = ("Noordlaren", "Midlaren", "De Groeve", "Kropswolde")

# What each text says: the place, whether the deepest point near it is meant, and how the value is known.
ANCHORS = {
    "maximum subsidence at the deepest point of the bowl near Loppersum, 2018 levelling": (
        "Loppersum",
        "deepest",
        "measured",
    ),
    "maximum subsidence at the deepest point, 2018 (other figure)": ("Loppersum", "deepest", "measured"),
    "subsidence at Winschoten, 2018 levelling": ("Winschoten", "place", "measured"),
    "subsidence at Winsum, 2018 levelling": ("Winsum", "place", "measured"),
    "subsidence at Eemshaven, 2018 levelling": ("Eemshaven", "place", "measured"),
    "subsidence at Zuidlaardermeer, 2018 levelling": ("Zuidlaardermeer", "place", "measured"),
    "predicted maximum subsidence in 2080 near Loppersum (uncertainty 2.5 to 3 cm)": (
        "Loppersum",
        "deepest",
        "predicted",
    ),
    "maximum subsidence near Loppersum in 2013": ("Loppersum", "deepest", "reported"),
    "subsidence at the city of Groningen about 2002": ("Groningen", "place", "reported"),
}
UNCERTAINTY_2080_CM = 3.0  # the larger of "2.5 to 3 cm"


def correlation(days: np.ndarray, share: float, memory_days: float) -> np.ndarray:
    """Return the correlation (epoch, epoch) of white noise with a share of autoregressive noise, module equation."""
    lag = np.abs(days[:, None] - days)
    return (1.0 - share) * np.eye(len(days)) + share * np.exp(-lag / memory_days)


def _design(days: np.ndarray) -> np.ndarray:
    """Constant, rate per year, and a wave of one year: (epoch, 4)."""
    years = days / DAYS_A_YEAR
    return np.column_stack([np.ones_like(years), years, np.cos(2 * np.pi * years), np.sin(2 * np.pi * years)])


def _left(days: np.ndarray, series_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A basis (epoch, epoch - 4) of all that the fit leaves, and the series in it."""
    basis = np.linalg.qr(_design(days), mode="complete")[0][:, 4:]
    return basis, basis.T @ series_mm


def _variance(factor: np.ndarray, left: np.ndarray) -> np.ndarray:
    return np.mean(np.linalg.solve(factor, left) ** 2, axis=0)


def noise(days: np.ndarray, series_mm: np.ndarray) -> tuple[float, float]:
    """Return the share and the memory [days] of the autoregressive noise that the series (epoch, series) have."""
    basis, left = _left(days, series_mm)

    def cost(parameters: np.ndarray) -> float:
        share, memory_days = 1.0 / (1.0 + np.exp(-parameters[0])), np.exp(parameters[1])
        factor = np.linalg.cholesky(basis.T @ correlation(days, share, memory_days) @ basis)
        spread = 0.5 * left.shape[0] * np.mean(np.log(_variance(factor, left)))
        return float(np.sum(np.log(np.diag(factor))) + spread)

    best = minimize(cost, [-2.0, 4.0], method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-7}).x
    return float(1.0 / (1.0 + np.exp(-best[0]))), float(np.exp(best[1]))


def rates(days: np.ndarray, series_mm: np.ndarray, share: float, memory_days: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rate and its standard error [mm/yr] of each series (epoch, series): ordinary least squares."""
    basis, left = _left(days, series_mm)
    design, among = _design(days), correlation(days, share, memory_days)
    weights = np.linalg.pinv(design)[1]
    variance = _variance(np.linalg.cholesky(basis.T @ among @ basis), left)
    return weights @ series_mm, np.sqrt(variance * (weights @ among @ weights))


def insar(sources: Path) -> pd.DataFrame:
    """The rate of each parcel with its standard error and the epochs that it rests on, a row each."""
    table = pd.read_csv(sources / "subsidence/insar_parcel_rates_2015_2020.csv").sort_values("series_id")
    series = pd.read_parquet(sources / "subsidence/insar_parcel_series_2015_2020.parquet")
    date = pd.to_datetime(series["date"])
    groups = series.assign(date=date).groupby("series_id", sort=True)
    epochs = groups["date"].agg(["min", "max", "count"])
    if epochs["count"].nunique() != 1 or not np.array_equal(epochs.index, table["series_id"]):
        raise SystemExit("insar_parcel_series: the series no longer have the same number of epochs, or no rate")
    displacement_mm = np.column_stack([group.to_numpy(float) for _, group in groups["displacement_mm"]])
    days = (groups.get_group(1)["date"] - date.min()).dt.days.to_numpy(float)
    rate, standard_error = rates(days, displacement_mm, *noise(days, displacement_mm))
    if np.abs(rate - table["rate_mm_per_year"]).max() > 0.01:
        raise SystemExit("insar_parcel_rates: the rates are no longer those of a line with a yearly wave")
    return table.assign(
        point=[f"P{number:03d}" for number in table["series_id"]],
        parcel=table["parcel_id"],
        x_rd=table["x_rd"].round().astype(int),
        y_rd=table["y_rd"].round().astype(int),
        standard_error_mm_per_year=np.round(standard_error, 2),
        first_epoch=epochs["min"].dt.strftime("%Y-%m-%d").to_numpy(),
        last_epoch=epochs["max"].dt.strftime("%Y-%m-%d").to_numpy(),
        epochs=epochs["count"].to_numpy(),
    )


def positions(sources: Path, places: pd.DataFrame) -> pd.DataFrame:
    """Where the published values hold: our places, and the lake amid the postcodes of the villages around it."""
    records, _ = read_features(sources / "geometry/pc4_north_netherlands.geojson")
    shore = [record for record in records if record["place"] in AROUND_ZUIDLAARDERMEER]
    if len(shore) != len(AROUND_ZUIDLAARDERMEER):
        raise SystemExit("pc4_north_netherlands: the villages around the Zuidlaardermeer have changed")
    lake = {axis: round(float(np.mean([record[axis] for record in shore]))) for axis in ("x_rd", "y_rd")}
    spread = np.sqrt(np.mean([np.var([record[axis] for record in shore]) for axis in ("x_rd", "y_rd")]))
    lake |= {"position_sd_m": round(float(spread), -1)}
    lake |= {"place": "Zuidlaardermeer", "source": "mean of the postcode points of four villages around the lake (CBS)"}
    every = places.assign(position_sd_m=POSITION_SD_M)
    return pd.concat([every, pd.DataFrame([lake])], ignore_index=True).set_index("place")


def anchors(published: pd.DataFrame, where: pd.DataFrame) -> pd.DataFrame:
    """The published values on subsidence, one row a place, year and kind, lowest and highest figure side by side."""
    own = published[published["theme"] == "subsidence"]
    unknown = sorted(set(own["quantity"]) ^ set(ANCHORS))
    if unknown:
        raise SystemExit(f"published_result_anchors: unknown or gone: {json.dumps(unknown)}")
    names = pd.DataFrame([ANCHORS[quantity] for quantity in own["quantity"]], columns=["place", "at", "kind"])
    own = pd.concat([own.reset_index(drop=True), names], axis=1)
    rows = []
    for (place, at, kind, period), group in own.groupby(["place", "at", "kind", "period"], sort=False):
        margin = UNCERTAINTY_2080_CM if kind == "predicted" else 0.0
        position = where.loc[place]
        rows.append(
            {
                "place": place,
                "at": at,
                "kind": kind,
                "year": int(period),
                "low_cm": group["value"].min() - margin,
                "high_cm": group["value"].max() + margin,
                "x_rd": position["x_rd"],
                "y_rd": position["y_rd"],
                "position_sd_m": position["position_sd_m"],
                "position": position["source"],
                "source": "; ".join(dict.fromkeys(group["source"])),
                "note": "; ".join(group["note"].dropna()),
            }
        )
    return pd.DataFrame(rows).sort_values(["year", "kind", "place"], kind="stable")


def subsidence(sources: Path, targets: dict[str, Target]) -> dict[str, int]:
    """Rates of parcels, and published values with the place they hold for."""
    published = pd.read_csv(sources / "published/published_result_anchors.csv")
    where = positions(sources, pd.read_csv(targets["places"].path))
    tables = {"insar_parcel_rates": insar(sources), "published_subsidence": anchors(published, where)}
    return {name: write_table(targets[name], frame) for name, frame in tables.items()}
