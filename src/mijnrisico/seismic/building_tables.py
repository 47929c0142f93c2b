"""Buildings and their risk counted: above the norm, by class, postcode, municipality, square, rank and branch.

`means` is the result of `building_risk.means`, `tree` that of `building_tree.over_tree` for some of its years; columns
that need the tree are empty in the other years. People are those inside at night. Names of columns with 1e-5 and 1e-4
are local personal risk in 1/year.
"""

from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico import data
from mijnrisico.core import norm
from mijnrisico.seismic.building_risk import LEVELS

Array = NDArray[np.float64]

ALL: Final = "all"
RISK_CLASSES: Final = ("normal", "slightly_elevated", "elevated")
"""Mean and P90 meet the norm; the mean meets it and P90 does not; the mean does not (norm "risicoklassen")."""
_STATISTICS: Final = ("p10", "p50", "p90")
_ROUNDING: Final = 1e-9
"""Levels are decimal numbers: ten times 1e-8 is one of them."""


def above(buildings: xr.Dataset, means: xr.Dataset, tree: xr.Dataset) -> pd.DataFrame:
    """Buildings above each level in each year: all by their own risk, and per class as if of that class.

    Columns year, level, class, buildings (whose mean is above), buildings_mean, buildings_p10, buildings_p50 and
    buildings_p90 (over the tree, for all), and p90_above (buildings whose own P90 is above, for all). The classes do
    not add up to all: see `building_risk.summed`.
    """
    number = buildings["number"].to_numpy()
    rows = []
    for year in means["year"].to_numpy():
        own = means["lpr_mean"].sel(year=year).to_numpy()
        for level in LEVELS:
            row = {"year": int(year), "level": level, "class": ALL, "buildings": float(number[own > level].sum())}
            if year in tree["year"]:
                band = tree["above"].sel(year=year, threshold=level)
                row |= {f"buildings_{name}": float(band.sel(statistic=name)) for name in ("mean", *_STATISTICS)}
                high = tree["lpr"].sel(year=year, statistic="p90").to_numpy()
                row["p90_above"] = float(number[high > level].sum())
            rows.append(row)
            by_class = means["above"].sel(year=year, level=level).to_numpy()
            for name, there, count in zip(
                means["vulnerability_class"].to_numpy(), means["number"].to_numpy(), by_class, strict=True
            ):
                if there > 0.0:
                    rows.append({"year": int(year), "level": level, "class": str(name), "buildings": float(count)})
    counts = [f"buildings_{name}" for name in ("mean", *_STATISTICS)]
    return pd.DataFrame(rows, columns=["year", "level", "class", "buildings", *counts, "p90_above"])


def ranking(buildings: xr.Dataset, tree: xr.Dataset) -> pd.DataFrame:
    """Number of buildings with a higher risk than `lpr` (1/year): by their mean, and fractiles over the tree.

    Fractiles are NaN below ten times the mean from which buildings enter the leaves (`building_tree.over_tree`): lower
    down those left out can be above `lpr` in a tenth of the tree (Markov), and would be missed.
    """
    complete = 10.0 * float(tree.attrs["tiny"])
    number = buildings["number"].to_numpy()
    rows = []
    for year in tree["year"].to_numpy():
        own = tree["lpr"].sel(year=year, statistic="mean").to_numpy()
        for level in tree["threshold"].to_numpy():
            band = tree["above"].sel(year=year, threshold=level)
            band = band.where(level > complete * (1.0 - _ROUNDING))
            row = {"year": int(year), "lpr": float(level), "buildings": float(number[own > level].sum())}
            rows.append(row | {f"buildings_{name}": float(band.sel(statistic=name)) for name in _STATISTICS})
    return pd.DataFrame(rows)


def risk_class(tree: xr.Dataset) -> xr.DataArray:
    """Position in `RISK_CLASSES` of every building (building, year), -1 without a zone; the norm is met inclusively."""
    limit = float(norm.norm("risicoklassen").value or np.nan)
    mean, p90 = (tree["lpr"].sel(statistic=name, drop=True) for name in ("mean", "p90"))
    return xr.where(mean.isnull(), -1, xr.where(mean > limit, 2, xr.where(p90 > limit, 1, 0)))


def risk_classes(buildings: xr.Dataset, tree: xr.Dataset) -> pd.DataFrame:
    """Buildings and people in each risk class, per year of the tree; columns year, risk_class, buildings, people."""
    place = risk_class(tree).transpose("year", "building").to_numpy()
    number, people = (buildings[name].to_numpy() for name in ("number", "people_night"))
    return pd.DataFrame(
        [
            {
                "year": int(year),
                "risk_class": name,
                "buildings": float(number[own == k].sum()),
                "people": float(people[own == k].sum()),
            }
            for year, own in zip(tree["year"].to_numpy(), place, strict=True)
            for k, name in enumerate(RISK_CLASSES)
        ]
    )


def by_class(means: xr.Dataset, tree: xr.Dataset) -> pd.DataFrame:
    """Expected buildings of each class, and of how many of them the risk as a building of that class is above a level.

    Columns year, class, buildings, mean_above_1e-5, p90_above_1e-5, mean_above_1e-4.
    """
    norm_, temporary = LEVELS
    rows = []
    for year in means["year"].to_numpy():
        mean = means["above"].sel(year=year)
        p90 = tree["p90_above"].sel(year=year, level=norm_) if year in tree["year"] else None
        for name in means["vulnerability_class"].to_numpy():
            count = float(means["number"].sel(vulnerability_class=name))
            if count > 0.0:
                own = mean.sel(vulnerability_class=name)
                high = np.nan if p90 is None else float(p90.sel(vulnerability_class=name))
                row = {"year": int(year), "class": str(name), "buildings": count}
                row |= {"mean_above_1e-5": float(own.sel(level=norm_)), "p90_above_1e-5": high}
                rows.append(row | {"mean_above_1e-4": float(own.sel(level=temporary))})
    return pd.DataFrame(rows)


def by_postcode(buildings: xr.Dataset, means: xr.Dataset, tree: xr.Dataset) -> pd.DataFrame:
    """Buildings and their risk per four-digit postcode and year, those without a postcode under "".

    Columns pc4, place, municipality, year, buildings, people, lpr_mean (over buildings), mean_above_1e-5 and
    p90_above_1e-5 (NaN in years without a tree). Postcodes with few buildings too: see `building_privacy`.
    """
    known, group = np.unique(buildings["pc4"].to_numpy().astype(str), return_inverse=True)
    places = _places()
    found = []
    for year in means["year"].to_numpy():
        frame = pd.DataFrame(_counts(buildings, means, tree, int(year), group, known.size))
        frame.insert(0, "year", int(year))
        frame.insert(0, "municipality", [places.get(pc4, ("", ""))[1] for pc4 in known])
        frame.insert(0, "place", [places.get(pc4, ("", ""))[0] for pc4 in known])
        frame.insert(0, "pc4", known)
        found.append(frame[frame["buildings"] > 0.0])
    return pd.concat(found).sort_values(["pc4", "year"], ignore_index=True)


def by_municipality(buildings: xr.Dataset, means: xr.Dataset, tree: xr.Dataset) -> pd.DataFrame:
    """Buildings of each municipality and how many are above the norm, per year, those without a municipality under "".

    Columns year, municipality, buildings, people, mean_above_1e-5, p90_above_1e-5 and mean_above_1e-4 (buildings by
    their own risk); buildings_mean, buildings_p10, buildings_p50 and buildings_p90 (over the tree, of the number above
    1e-5) and buildings_mean_1e-4 (of that above 1e-4). Columns of the tree are NaN in years without one, and for a
    municipality that has no count of its own. With few buildings too: see `building_privacy`.
    """
    known, group = np.unique(buildings["municipality"].to_numpy().astype(str), return_inverse=True)
    bands = [f"buildings_{name}" for name in ("mean", *_STATISTICS)]
    found = []
    for year in means["year"].to_numpy():
        frame = pd.DataFrame(_counts(buildings, means, tree, int(year), group, known.size), index=known)
        own = np.nan_to_num(means["lpr_mean"].sel(year=year).to_numpy())
        frame["mean_above_1e-4"] = np.bincount(group, buildings["number"].to_numpy() * (own > LEVELS[1]), known.size)
        frame[[*bands, "buildings_mean_1e-4"]] = np.nan
        if year in tree["year"]:
            of_tree = tree["municipality_above"].sel(year=year).transpose("municipality", "statistic")
            over = pd.DataFrame(of_tree.to_numpy(), index=tree["municipality"].to_numpy().astype(str), columns=bands)
            over["buildings_mean_1e-4"] = tree["municipality_mean_above_temporary"].sel(year=year).to_numpy()
            frame[over.columns] = over.reindex(known, fill_value=0.0)  # none of its buildings is in a leaf
        frame = frame.drop(columns="lpr_mean").rename_axis("municipality").reset_index()
        frame.insert(0, "year", int(year))
        found.append(frame[frame["buildings"] > 0.0])
    return pd.concat(found, ignore_index=True)


def by_branch(tree: xr.Dataset) -> pd.DataFrame:
    """Number of buildings above the norm with each branch of the tree given, per year of the tree.

    Columns year, level, node, branch, weight, buildings_mean, buildings_p10, buildings_p50 and buildings_p90: over the
    combinations that have the branch. Nodes in the order of the chain; the branch of the medians is that of the largest
    magnitudes (`tree_nodes.of_leaves`).
    """
    node, branch, weight = (tree[name].to_numpy() for name in ("node", "branch", "branch_weight"))
    frames = [
        pd.DataFrame(
            {"year": int(year), "level": LEVELS[0], "node": node, "branch": branch, "weight": weight}
            | {f"buildings_{name}": given.sel(statistic=name).to_numpy() for name in ("mean", *_STATISTICS)}
        )
        for year, given in ((year, tree["branch_above"].sel(year=year)) for year in tree["year"].to_numpy())
    ]
    return pd.concat(frames, ignore_index=True)


def by_cell(buildings: xr.Dataset, means: xr.Dataset, tree: xr.Dataset, cell_m: float = 1000.0) -> xr.Dataset:
    """Buildings and their risk per square (year, y, x), NaN where none stands; x and y (m) are the middles.

    A square reaches half a side to each side of a multiple of `cell_m`, as the cells of the risk map do. Squares with
    few buildings too: see `building_privacy`.
    """
    known = np.flatnonzero(buildings["zone"].to_numpy() >= 0)
    x, y = (np.floor(buildings[name].to_numpy()[known] / cell_m + 0.5).astype(np.int64) for name in ("x", "y"))
    columns, rows = np.arange(x.min(), x.max() + 1), np.arange(y.min(), y.max() + 1)
    size = rows.size * columns.size
    group = np.full(buildings.sizes["building"], size)
    group[known] = (y - rows[0]) * columns.size + x - columns[0]
    years = means["year"].to_numpy()
    layers = [_counts(buildings, means, tree, int(year), group, size + 1) for year in years]
    units = {"buildings": "buildings", "people": "persons", "lpr_mean": "1/year"}
    found = xr.Dataset(coords={"year": years, "y": rows * cell_m, "x": columns * cell_m})
    for name in layers[0]:
        values = np.stack([np.where(layer["buildings"] > 0.0, layer[name], np.nan)[:size] for layer in layers])
        unit = {"units": units.get(name, "buildings")}
        found[name] = (("year", "y", "x"), values.reshape(years.size, rows.size, columns.size), unit)
    for axis in ("y", "x"):
        found[axis].attrs = {"units": "m"}
    return found


def _counts(
    buildings: xr.Dataset, means: xr.Dataset, tree: xr.Dataset, year: int, group: NDArray[np.int64], size: int
) -> dict[str, Array]:
    """Counts and risk of the buildings with a zone in each group (group,), in one year."""
    lpr = means["lpr_mean"].sel(year=year).to_numpy()
    known = ~np.isnan(lpr)
    number, people = (np.where(known, buildings[name].to_numpy(), 0.0) for name in ("number", "people_night"))
    lpr = np.where(known, lpr, 0.0)

    def summed(values: Array) -> Array:
        return np.bincount(group, values, size).astype(float)

    count = summed(number)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0.0, summed(number * lpr) / count, np.nan)
    high = np.full(size, np.nan)
    if year in tree["year"]:
        high = summed(number * (tree["lpr"].sel(year=year, statistic="p90").to_numpy() > LEVELS[0]))
    return {
        "buildings": count,
        "people": summed(people),
        "lpr_mean": mean,
        "mean_above_1e-5": summed(number * (lpr > LEVELS[0])),
        "p90_above_1e-5": high,
    }


def _places() -> dict[str, tuple[str, str]]:
    """Place and municipality of each packaged postcode."""
    properties, _ = data.polygons("postcodes")
    return {str(one["pc4"]): (str(one.get("place", "")), str(one.get("municipality", ""))) for one in properties}
