"""The forecast of earthquakes of a run: rates as NetCDF-CF and CSV, and simulated catalogues as QuakeML 1.2.

    forecast/forecast.nc           rate (time, magnitude, y, x), mean of the branches; each branch as maps x coefficient
    forecast/forecast_2024.csv     a row for each cell and magnitude bin with a rate
    quakeml/catalogue_0000.xml     one simulated catalogue

A rate per branch, year, magnitude and cell would be hundreds of millions of numbers that differ little. The run keeps
them as a sum of a few maps, and so does the file: rate of a branch = sum over `map` of map_rate x coefficient.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico import messages
from mijnrisico.core.files import replacing
from mijnrisico.data.readers import crs
from mijnrisico.export import netcdf
from mijnrisico.export.maps import Source
from mijnrisico.messages import LANGUAGES

if TYPE_CHECKING:
    from mijnrisico.seismic.aftershocks import Law

HALF_BIN: Final = 0.05
_NAMESPACES: Final = {"xmlns:q": "http://quakeml.org/xmlns/quakeml/1.2", "xmlns": "http://quakeml.org/xmlns/bed/1.2"}
_LONGEST_AUTHOR, _LONGEST_ID = 128, 64
"""Characters that QuakeML-BED 1.2 allows."""


def write(rates: xr.Dataset, source: Source, folder: Path) -> list[Path]:
    """Write the rates, grid `source` of the run, as `forecast.nc` and a CSV file for each year wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    grid = gridded(rates.sel(year=sorted(source.years)))
    target = folder / "forecast.nc"
    with replacing(target) as temporary:
        described = netcdf.described(grid, source)
        described.to_netcdf(temporary, engine="h5netcdf", encoding=netcdf.encoding(grid))
    written = [target]
    for year in sorted(source.years):
        target = folder / f"forecast_{year}.csv"
        with replacing(target) as temporary:
            rows(grid, year).assign(run_id=source.run.id).to_csv(
                temporary, index=False, float_format="%.9g", lineterminator="\r\n"
            )
        written.append(target)
    return written


def gridded(forecast: xr.Dataset) -> xr.Dataset:
    """Return the rates of a forecast on its grid: `rate` (year, magnitude, y, x), mean of the branches, and what gives
    each branch: `map_rate` (map, y, x), `coefficient` (branch, year, magnitude, map), `weight` (branch), `branch_rate`
    (branch, year, magnitude) of the whole field. Not-a-number outside the cells; what the factored form leaves below
    zero is zero in `rate`.
    """
    x, y = (_axis(forecast[f"cell_{name}"].to_numpy()) for name in ("x", "y"))
    side = float(np.diff(x).min())
    column, row = (
        np.round((forecast[f"cell_{name}"].to_numpy() - axis[0]) / side).astype(int)
        for name, axis in (("x", x), ("y", y))
    )
    mean = (forecast["coefficient"] * forecast["weight"]).sum("branch").transpose("map", "year", "magnitude")
    maps = forecast["maps"].transpose("cell", "map").to_numpy()
    rate = np.maximum(np.tensordot(maps, mean.to_numpy(), 1), 0.0)
    on_grid = np.full((*rate.shape[1:], y.size, x.size), np.nan, dtype=np.float32)
    on_grid[:, :, row, column] = np.moveaxis(rate, 0, -1)
    map_rate = np.full((maps.shape[1], y.size, x.size), np.nan)
    map_rate[:, row, column] = maps.T
    area = np.full((y.size, x.size), np.nan)
    area[row, column] = forecast["cell_area"].to_numpy()
    magnitude = forecast["magnitude"].to_numpy()
    coefficient = forecast["coefficient"].transpose("branch", "year", "magnitude", "map")
    field = coefficient.to_numpy() @ maps.sum(axis=0)
    per_year = {"units": "year-1"}
    return xr.Dataset(
        {
            "rate": (
                ("year", "magnitude", "y", "x"),
                on_grid,
                per_year | {"long_name": "expected earthquakes per year in the cell and bin, mean of the branches"},
            ),
            "map_rate": (("map", "y", "x"), map_rate, {"units": "1", "long_name": "map of which rates are made"}),
            "coefficient": (
                coefficient.dims,
                coefficient.to_numpy(),
                per_year | {"long_name": "rate of a branch = sum over map of map_rate x coefficient"},
            ),
            "branch_rate": (
                ("branch", "year", "magnitude"),
                field,
                per_year | {"long_name": "expected earthquakes per year in the whole field"},
            ),
            "weight": ("branch", forecast["weight"].to_numpy(), {"units": "1", "long_name": "weight of the branch"}),
            "cell_area": (("y", "x"), area, {"units": "m2", "long_name": "area of the cell inside the field"}),
            "magnitude_bounds": (("magnitude", "bounds"), np.stack([magnitude - HALF_BIN, magnitude + HALF_BIN], 1)),
        },
        coords={
            "year": forecast["year"].to_numpy(),
            "magnitude": (
                "magnitude",
                magnitude,
                {"long_name": "local magnitude, rounded to 0.1", "units": "1", "bounds": "magnitude_bounds"},
            ),
            "branch": (
                "branch",
                forecast["branch"].to_numpy().astype(str),
                {"long_name": "rate model, magnitude model and largest magnitude"},
            ),
            "y": y,
            "x": x,
        },
    )


def _axis(centres: np.ndarray) -> np.ndarray:
    given = np.unique(centres)
    side = float(np.diff(given).min())
    return given[0] + side * np.arange(round((given[-1] - given[0]) / side) + 1)


def rows(grid: xr.Dataset, year: int) -> pd.DataFrame:
    """Return the rates of a year as rows, those above zero: year, cell, edges of the magnitude bin, rate."""
    rate = grid["rate"].sel(year=year).transpose("y", "x", "magnitude")
    values = rate.to_numpy()
    row, column, bin_ = np.nonzero(values > 0.0)
    edges = grid["magnitude_bounds"].to_numpy()
    return pd.DataFrame(
        {
            "year": year,
            "x_rd_m": grid["x"].to_numpy()[column],
            "y_rd_m": grid["y"].to_numpy()[row],
            "magnitude_from": np.round(edges[bin_, 0], 2),
            "magnitude_to": np.round(edges[bin_, 1], 2),
            "rate_per_year": values[row, column, bin_].astype(float),
        }
    )


def write_quakeml(rates: xr.Dataset, source: Source, folder: Path, *, catalogues: int, seed: int) -> list[Path]:
    """Draw catalogues of cascades from the rates of the years wanted and write each as a QuakeML file.

    Aftershocks follow the mean law that the forecast states; a forecast without one has them in its rates only. The
    posterior enters each branch by its mean.
    """
    from mijnrisico.seismic.simulate import by_catalogue, simulate

    models, law = models_of(rates), law_of(rates)
    events = simulate(rates.sel(year=sorted(source.years)), catalogues=catalogues, seed=seed, law=law)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, catalogue in by_catalogue(events):
        target = folder / f"catalogue_{number:04d}.xml"
        with replacing(target) as temporary:
            quakeml(catalogue, source, number=number, seed=seed, models=models).write(
                temporary, encoding="UTF-8", xml_declaration=True
            )
        written.append(target)
    return written


def quakeml(events: pd.DataFrame, source: Source, *, number: int, seed: int, models: str) -> ElementTree.ElementTree:
    """Return one simulated catalogue as a QuakeML 1.2 (BED) document.

    Places in WGS84 (7 decimals of a degree: a centimetre), times in UTC to a millisecond, magnitudes ML, no depths.
    That the events are simulated, by which model and from which seed, stands in a comment in both languages and in
    `creationInfo`.
    """
    about, prefix = source.about, f"smi:local/mijnrisico/{source.run.id}/{seed}/{number}"
    root = ElementTree.Element("q:quakeml", _NAMESPACES)
    parameters = ElementTree.SubElement(root, "eventParameters", publicID=prefix)
    for lang in LANGUAGES:
        words = {"number": number, "seed": seed, "run": source.run.id, "n": len(events), "source": about["source"]}
        text = messages.text("export.quakeml.comment", lang, **words, models=models)
        _texts(ElementTree.SubElement(parameters, "comment"), {"text": text})
    info = {
        "agencyID": "mijnrisico",
        "author": f"run {source.run.id}, catalogue {number}, seed {seed}"[:_LONGEST_AUTHOR],
        "creationTime": about["created"],
        "version": about["source"].removeprefix("mijnrisico ")[:_LONGEST_ID],
    }
    _texts(ElementTree.SubElement(parameters, "creationInfo"), {name: text for name, text in info.items() if text})
    lon, lat = crs.from_rd(events["x"].to_numpy(), events["y"].to_numpy(), crs.LONLAT)
    for index, (time, magnitude, branch) in enumerate(
        zip(events["time"], events["magnitude"], events["branch"], strict=True)
    ):
        own = f"{prefix}/{index}"
        event = ElementTree.SubElement(parameters, "event", publicID=own)
        references = {"preferredOriginID": f"{own}/origin", "preferredMagnitudeID": f"{own}/magnitude"}
        _texts(event, references | {"type": "induced or triggered event"})
        _texts(ElementTree.SubElement(event, "comment"), {"text": f"simulated; branch {branch}"})
        origin = ElementTree.SubElement(event, "origin", publicID=references["preferredOriginID"])
        moment = pd.Timestamp(time).isoformat(timespec="milliseconds")
        for name, value in (
            ("time", f"{moment}Z"),
            ("longitude", f"{lon[index]:.7f}"),
            ("latitude", f"{lat[index]:.7f}"),
        ):
            _texts(ElementTree.SubElement(origin, name), {"value": value})
        size = ElementTree.SubElement(event, "magnitude", publicID=references["preferredMagnitudeID"])
        _texts(ElementTree.SubElement(size, "mag"), {"value": f"{magnitude:.1f}"})
        _texts(size, {"type": "ML", "originID": references["preferredOriginID"]})
    tree = ElementTree.ElementTree(root)
    ElementTree.indent(tree)
    return tree


def law_of(forecast: xr.Dataset) -> "Law | None":
    """Return the mean law of aftershocks of a forecast, None where it states none."""
    from mijnrisico.seismic.aftershocks import Law

    names = ("etas_k", "etas_a", "etas_c_days")
    if not all(name in forecast.attrs for name in names):
        return None
    k, a, c = (float(forecast.attrs[name]) for name in names)
    return Law(k, a, c, magnitude_min=float(forecast.attrs["magnitude_min"]))


def models_of(forecast: xr.Dataset) -> str:
    """Return the models of a forecast, in front of the largest magnitude in the names of its branches, with weights."""
    weights: dict[str, float] = {}
    for branch, weight in zip(forecast["branch"].to_numpy(), forecast["weight"].to_numpy(), strict=True):
        name = str(branch).rpartition("|")[0]
        weights[name] = weights.get(name, 0.0) + float(weight)
    return "; ".join(f"{name} ({weight:.6g})" for name, weight in weights.items())


def _texts(parent: ElementTree.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = text
