"""Spectra and disaggregations as tables: what the run writes for its places and a question about a point gives back."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.seismic.hazard.disaggregation import SHARES, main_part

_CELLS_SHARE = 0.999
"""Share of the rate whose cells are written; the others make the rest."""


def spectrum(found: xr.Dataset, said: Mapping[str, object]) -> pd.DataFrame:
    """A row per measure and return period of `level` (measure, return_period, statistic), `said` in front.

    Columns imt, period_s (0 for PGA, empty for PGV), unit, component, surface, return_period_yr and a statistic each.
    """
    levels = found["level"].transpose("measure", "return_period", "statistic").to_numpy()
    measures, periods = found["measure"].to_numpy(), np.sort(found["return_period"].to_numpy())
    order = np.argsort(found["return_period"].to_numpy())
    rows = [
        {
            **said,
            "component": found.attrs["component"],
            "surface": found.attrs["surface"],
            "imt": str(measure),
            "period_s": float(found["period"].to_numpy()[m]),
            "unit": str(found["unit"].to_numpy()[m]),
            "return_period_yr": float(period),
            **dict(zip(map(str, found["statistic"].to_numpy()), levels[m, order[p]], strict=True)),
        }
        for m, measure in enumerate(measures)
        for p, period in enumerate(periods)
    ]
    return pd.DataFrame(rows)


def named(found: xr.Dataset) -> dict[str, object]:
    """The choices behind a disaggregation: year, imt, component, surface, level with its unit, its return
    period where it was asked for by that, rate of exceedance."""
    attrs = found.attrs
    return {
        **{name: attrs[name] for name in ("year", "imt", "component", "surface")},
        "level": float(found["level"]),
        "unit": attrs["units"],
        "return_period_yr": float(attrs.get("return_period_yr", np.nan)),
        "rate_per_year": float(found["curve_rate"]),
    }


def bins(found: xr.Dataset, said: Mapping[str, object]) -> pd.DataFrame:
    """A row per bin of magnitude, distance and epsilon that holds anything: its edges, rate (1/year) and share."""
    rate = found["rate"].transpose("magnitude", "distance", "epsilon").to_numpy()
    index = np.nonzero(rate > 0.0)
    columns = {}
    for name, unit, at in zip(("magnitude", "distance", "epsilon"), ("", "_km", ""), index, strict=True):
        for end in ("low", "high"):
            columns[f"{name}_{end}{unit}"] = found[f"{name}_{end}"].to_numpy()[at]
    held = {"rate_per_year": rate[index], "share": rate[index] / rate.sum()}
    return pd.DataFrame({**dict(said), **columns, **held})


def cells(found: xr.Dataset, said: Mapping[str, object]) -> pd.DataFrame:
    """The source cells that make 99.9 % of the rate, the largest first: middle in RD New (m), rate (1/year), share."""
    rate = found["cell_rate"].to_numpy()
    order = np.argsort(rate)[::-1]
    share = rate[order] / rate.sum()
    order = order[: int(np.searchsorted(np.cumsum(share), _CELLS_SHARE)) + 1]
    where = {"x_rd": found["cell_x"].to_numpy()[order], "y_rd": found["cell_y"].to_numpy()[order]}
    return pd.DataFrame({**dict(said), **where, "rate_per_year": rate[order], "share": rate[order] / rate.sum()})


def told(found: xr.Dataset, said: Mapping[str, object]) -> pd.DataFrame:
    """One row: mean and mode of magnitude, distance and epsilon, and the parts that hold half and four fifths."""
    row: dict[str, object] = {**said, **named(found)}
    for statistic in ("mean", "mode"):
        for name, unit in (("magnitude", ""), ("distance", "_km"), ("epsilon", "")):
            row[f"{statistic}_{name}{unit}"] = float(found[statistic].sel(quantity=name))
    for share in SHARES:
        part, name = main_part(found, share), f"part{100 * share:.0f}"
        row[f"{name}_share"] = part.share
        row[f"{name}_magnitude_low"], row[f"{name}_magnitude_high"] = part.magnitude
        row[f"{name}_distance_low_km"], row[f"{name}_distance_high_km"] = part.distance_km
    row["nearest_km"] = float(found["distance_low"][0])
    return pd.DataFrame([row | {"closure": float(found.attrs["closure"])}])
