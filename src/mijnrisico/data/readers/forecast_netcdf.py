"""A forecast as NetCDF: rates along named dimensions, or the factored forecast of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.core.table import columns as renaming
from mijnrisico.core.table import textfile
from mijnrisico.data.readers import anywhere
from mijnrisico.data.readers import crs as systems
from mijnrisico.data.readers.forecast_parts import (
    EVERY_YEAR,
    ONE_BRANCH,
    PAIRS,
    SECTION,
    SETTING,
    Axes,
    Read,
    dataset,
    impossible,
    located,
    unequal,
)
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_LEFT_OUT: Final = 1e-3
"""Share of the largest rate that a factored forecast may leave out, so that a rate of nothing comes out below zero."""


def read(path: Path, engine: str, columns: Mapping[str, str], crs: str) -> Read:
    """Read a file with an engine of xarray; see `forecast.read`."""
    try:
        held = xr.load_dataset(path, engine=engine, decode_timedelta=False)
    except (OSError, ValueError, KeyError, TypeError):
        return Read(None, (textfile.refused(path.name, "forecast"),), path.name)
    names = {there: wanted for wanted, there in columns.items() if there in held.variables or there in held.dims}
    held = held.rename(names)
    if "rate" in held and "rate_per_year" not in held:
        held = held.rename(rate="rate_per_year")
    if {"maps", "coefficient", "weight", "cell_x", "cell_y"} <= held.variables.keys():
        return _factored(held, path.name)
    pair = next((each for each in PAIRS if set(each) <= {*held.variables, *held.dims}), None)
    if pair is None or "rate_per_year" not in held or "magnitude" not in held.variables:
        return Read(None, (_lacking(held, path.name, pair),), path.name)
    if "branch" in held.dims and "weight" not in held:
        return Read(None, (_lacking(held, path.name, pair),), path.name)
    rate = held["rate_per_year"]
    spatial = tuple(dim for dim in rate.dims if dim not in ("magnitude", "year", "branch"))
    if "magnitude" not in rate.dims or not 1 <= len(spatial) <= 2 or not set(spatial) <= {*pair, "cell", "site"}:
        return Read(None, (textfile.refused(path.name, "forecast"),), path.name)
    return _of_grid(held, pair, spatial, path.name, crs)


def _of_grid(held: xr.Dataset, pair: tuple[str, str], spatial: tuple[object, ...], name: str, crs: str) -> Read:
    for axis, value in (("year", [EVERY_YEAR]), ("branch", [ONE_BRANCH])):
        if axis not in held["rate_per_year"].dims:
            held = held.drop_vars(axis, errors="ignore")
            held["rate_per_year"] = held["rate_per_year"].expand_dims({axis: value})
    flat = held["rate_per_year"].transpose(*spatial, "magnitude", "year", "branch")
    size = int(np.prod(flat.shape[: len(spatial)]))
    rate = flat.to_numpy().astype(float).reshape(size, *flat.shape[len(spatial) :])
    along = held["rate_per_year"].isel(magnitude=0, year=0, branch=0, drop=True).transpose(*spatial)

    def of_cell(variable: str) -> np.ndarray:
        return np.asarray(held[variable].broadcast_like(along).transpose(*spatial), dtype=float).ravel()

    x, y = of_cell(pair[0]), of_cell(pair[1])
    blank = np.isnan(rate).reshape(size, -1).all(axis=1)  # outside the field of a grid
    rate[blank] = 0.0
    system = crs or PAIRS[pair] or _stated(held)
    branch = [str(each) for each in held["branch"].to_numpy()] if "branch" in held.coords else [ONE_BRANCH]
    weight = held["weight"].to_numpy().astype(float).ravel() if "weight" in held else np.ones(len(branch))
    magnitude, year = held["magnitude"].to_numpy().astype(float), flat["year"].to_numpy()
    problems = anywhere.check(x, y, system, where=f"{name} [{', '.join(pair)}]", setting=SETTING)
    if np.isnan(rate).any():
        params = {"n": int(np.isnan(rate).sum()), "column": "rate_per_year", "got": "NaN"}
        problems.append(Problem("E401", f"{name} [rate_per_year]", params))
    depth = of_cell("depth_km") if "depth_km" in held else None
    columns = {"rate_per_year": rate.ravel(), "magnitude": magnitude}
    columns |= {} if depth is None else {"depth_km": depth[~blank]}
    columns |= {} if list(year) == [EVERY_YEAR] else {"year": np.asarray(year, dtype=float)}
    problems += impossible(columns, name)
    problems += unequal(f"{name} [weight]", branch, weight)
    order = np.argsort(magnitude)
    if np.unique(magnitude).size < magnitude.size:
        got = tuple(f"M {each:g}" for each in magnitude[order][:-1][np.diff(magnitude[order]) == 0.0])
        problems.append(Problem("E301", f"{name} [magnitude]", {"of": "forecast", "got": got, "n": len(got)}))
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), name, rate.size)
    columns_of_place = [x, y] if depth is None else [x, y, depth]
    axes = Axes(np.column_stack(columns_of_place), magnitude[order], np.asarray(year, int), tuple(branch), weight, ())
    return Read(located(rate[:, order], axes, system), tuple(problems), name, rate.size)


def _factored(held: xr.Dataset, name: str) -> Read:
    """The forecast of a run as it stands; its cells are in RD New."""
    weight = held["weight"].to_numpy().astype(float)
    branch = [str(each) for each in held["branch"].to_numpy()]
    depth = held["cell_depth"].to_numpy().astype(float) if "cell_depth" in held else None
    if problems := [*unequal(f"{name} [weight]", branch, weight), *_impossible_factors(held, depth, name)]:
        return Read(None, tuple(problems), name)
    found = dataset(
        {each: (held[each].dims, held[each].to_numpy(), held[each].attrs) for each in ("maps", "coefficient")},
        held["magnitude"].to_numpy().astype(float),
        held["year"].to_numpy(),
        branch,
        weight,
        (held["cell_x"].to_numpy().astype(float), held["cell_y"].to_numpy().astype(float), depth),
        str(held.attrs.get("crs", systems.RD)),
        0,
    )
    return Read(found, (), name, int(held.sizes["cell"]))


def _impossible_factors(held: xr.Dataset, depth: np.ndarray | None, name: str) -> list[Problem]:
    """What cannot be of the axes and rates of a factored forecast (`impossible`).

    Maps and coefficients may be negative, and what they leave out of a rate too; the number of earthquakes of each
    magnitude, year and branch, and the mean over branches at each place, may not.
    """
    columns = {"magnitude": held["magnitude"].to_numpy().astype(float), "year": held["year"].to_numpy().astype(float)}
    columns |= {} if depth is None else {"depth_km": depth}
    factors = [held[each].to_numpy().astype(float) for each in ("maps", "coefficient")]
    wrong = next((each[~np.isfinite(each)] for each in factors if not np.isfinite(each).all()), None)
    if wrong is not None:
        found = np.where(np.isnan(wrong), np.inf, wrong)
    else:
        total = held["maps"].sum("cell").dot(held["coefficient"], dim="map")
        at_place = held["maps"].dot((held["coefficient"] * held["weight"]).sum(["branch", "magnitude"]), dim="map")
        sums = [each.to_numpy().ravel() for each in (total, at_place)]
        found = np.concatenate([np.where(each < -_LEFT_OUT * np.abs(each).max(), each, 0.0) for each in sums])
    return impossible(columns | {"rate_per_year": found}, name)


def _lacking(held: xr.Dataset, name: str, pair: tuple[str, str] | None) -> Problem:
    """E507 with the names that were probably meant."""
    there = list(dict.fromkeys(str(each) for each in (*held.data_vars, *held.coords, *held.dims)))
    needed = [("rate_per_year",), ("magnitude",), *((each,) for each in pair or ("x", "y"))]
    needed += [("weight",)] if "branch" in held.dims else []
    pairs = renaming.suggestion(needed, there)
    line = {"line": renaming.line(pairs), "section": f"[{SECTION}]", "note": ""}
    remedy = Phrase("tables.rename_in", line) if pairs else Phrase("exchange.forecast_dims")
    return Problem(
        "E507", name, {"needed": tuple(each[0] for each in needed), "found": ", ".join(there), "remedy": remedy}
    )


def _stated(held: xr.Dataset) -> str:
    """Return the coordinate system that the file states, as text that pyproj reads; empty where it states none."""
    stated = held.attrs.get("crs")
    if isinstance(stated, str) and stated:
        return stated
    mapping = held["rate_per_year"].attrs.get("grid_mapping") or held["rate_per_year"].encoding.get("grid_mapping")
    attributes = held[mapping].attrs if mapping in held.variables else {}
    return str(attributes.get("spatial_ref") or attributes.get("crs_wkt") or "")
