"""Hazard curves, hazard maps and uniform hazard spectra as NRML 0.5, the exchange format of OpenQuake.

The format knows probabilities, not rates: the chance of at least one exceedance in `INVESTIGATION_YR` year,
1 - exp(-rate). A map or spectrum of return period T has the chance of one over T, 1 - exp(-1/T). It has no place for
component, surface and year, so these stand in the names of the files:
`curves/pga_geometric_mean_2026_mean.xml`, `maps/pga_475_geometric_mean_2026_p90.xml`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

import numpy as np

from mijnrisico.core.files import measure_name, write_text
from mijnrisico.data.readers import crs
from mijnrisico.errors import InputError
from mijnrisico.export.maps import Source

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

INVESTIGATION_YR: Final = 1.0
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<nrml xmlns="http://openquake.org/xmlns/nrml/0.5" xmlns:gml="http://www.opengis.net/gml">\n'
)
_STATISTICS: Final = {"mean": 'statistics="mean"'} | {
    f"p{share}": f'statistics="quantile" quantileValue="0.{share}"' for share in (10, 50, 90)
}
_OF_SITES: Final = "grids/sites_*.nc"


def write(source: Source, folder: Path) -> list[Path]:
    """Write what the run has of each kind for the years wanted; raises `InputError` E702 where it has none."""
    files: dict[str, str] = {}
    grids = sorted(source.run.path.glob(_OF_SITES))
    for path in grids:
        files |= _of_sites(source.run.grid(path.stem), source.years)
    if not grids:
        files |= _of_map(source.hazard, source.years)
        files |= dict(_of_places(source))
    files |= dict(_spectra(source, [source.run.grid(path.stem) for path in grids]))
    if not files:
        raise source.run.lacking("grids/hazard.nc")
    written = []
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, content)
        written.append(target)
    return written


def curves(
    level: np.ndarray, rate: np.ndarray, lon: np.ndarray, lat: np.ndarray, *, imt: str, statistic: str = "mean"
) -> str:
    """Return hazard curves as NRML; `rate` (site, level) in 1/year, sites with a value that is not known left out."""
    imls = _numbers(level)
    rows = "".join(
        f"<hazardCurve>{_point(x, y)}<poEs>{_numbers(-np.expm1(-row * INVESTIGATION_YR))}</poEs></hazardCurve>\n"
        for x, y, row in zip(lon, lat, rate, strict=True)
        if np.isfinite(row).all()
    )
    head = f"<hazardCurves {_STATISTICS[statistic]} {_measure(imt)} investigationTime={_quoted(INVESTIGATION_YR)}>"
    return f"{_HEAD}{head}\n<IMLs>{imls}</IMLs>\n{rows}</hazardCurves>\n</nrml>\n"


def hazard_map(
    level: np.ndarray, lon: np.ndarray, lat: np.ndarray, *, imt: str, return_period: float, statistic: str = "mean"
) -> str:
    """Return a hazard map as NRML; `level` (site,), sites without one left out."""
    rows = "".join(
        f"<node lon={_quoted(x)} lat={_quoted(y)} iml={_quoted(value)}/>\n"
        for x, y, value in zip(lon, lat, level, strict=True)
        if np.isfinite(value)
    )
    time = f"investigationTime={_quoted(INVESTIGATION_YR)} poE={_quoted(_chance(return_period))}"
    return f"{_HEAD}<hazardMap {_STATISTICS[statistic]} {_measure(imt)} {time}>\n{rows}</hazardMap>\n</nrml>\n"


def spectra(
    periods: np.ndarray, level: np.ndarray, lon: np.ndarray, lat: np.ndarray, *, return_period: float, statistic: str
) -> str:
    """Return uniform hazard spectra as NRML; `level` (site, period) in g, period 0 is PGA."""
    rows = "".join(
        f"<uhs>{_point(x, y)}<IMLs>{_numbers(row)}</IMLs></uhs>\n"
        for x, y, row in zip(lon, lat, level, strict=True)
        if np.isfinite(row).all()
    )
    time = f"investigationTime={_quoted(INVESTIGATION_YR)} poE={_quoted(_chance(return_period))}"
    head = f"<uniformHazardSpectra {_STATISTICS[statistic]} {time}>"
    tail = "</uniformHazardSpectra>\n</nrml>\n"
    return f"{_HEAD}{head}\n<periods>{_numbers(periods)}</periods>\n{rows}{tail}"


def _of_sites(grid: "xr.Dataset", years: Iterable[int]) -> dict[str, str]:
    """Curves and maps of a measure at the sites of a forecast from a file."""
    files = {}
    imt, lon, lat = str(grid.attrs["imt"]), grid["lon"].to_numpy(), grid["lat"].to_numpy()
    levels = next(grid[name] for name in ("level_g", "level_cms") if name in grid)
    for component in map(str, grid["component"].to_numpy()):
        for year in years:
            at, named = {"component": component, "year": year}, measure_name(imt)
            if "rate" in grid:
                rates = {str(s): grid["rate"].sel({**at, "statistic": s}) for s in grid["statistic"].to_numpy()}
            else:
                rates = {"mean": grid["mean_rate"].sel(at)}
            for statistic, rate in rates.items():
                text = curves(
                    grid["level"].to_numpy(),
                    rate.transpose("site", "level").to_numpy(),
                    lon,
                    lat,
                    imt=imt,
                    statistic=statistic,
                )
                files[f"curves/{named}_{component}_{year}_{statistic}.xml"] = text
            files |= dict(_maps(levels.sel(at), lon, lat, imt, f"{component}_{year}"))
    return files


def _of_map(grid: "xr.Dataset", years: Iterable[int]) -> dict[str, str]:
    """Curves and maps of PGA on the map of a run, in RD New."""
    files = {}
    nodes = grid.stack(site=("y", "x"))
    known = np.isfinite(nodes["level_g"].sel(statistic="mean").transpose("site", ...).to_numpy())
    nodes = nodes.isel(site=np.flatnonzero(known.reshape(known.shape[0], -1).any(axis=1)))
    lon, lat = crs.from_rd(nodes["x"].to_numpy(), nodes["y"].to_numpy())
    for component in map(str, nodes["component"].to_numpy()):
        for year in years:
            at = {"component": component, "year": year}
            rate = nodes["mean_rate"].sel(at).transpose("site", "level").to_numpy().astype(float)
            text = curves(nodes["level"].to_numpy(), rate, lon, lat, imt="PGA")
            files[f"curves/pga_map_{component}_{year}_mean.xml"] = text
            files |= dict(_maps(nodes["level_g"].sel(at), lon, lat, "PGA", f"{component}_{year}"))
    return files


def _maps(level: "xr.DataArray", lon: np.ndarray, lat: np.ndarray, imt: str, named: str) -> Iterator[tuple[str, str]]:
    for period in level["return_period"].to_numpy():
        for statistic in map(str, level["statistic"].to_numpy()):
            values = level.sel(return_period=period, statistic=statistic).to_numpy()
            text = hazard_map(values, lon, lat, imt=imt, return_period=float(period), statistic=statistic)
            yield f"maps/{measure_name(imt)}_{period:g}_{named}_{statistic}.xml", text


def _of_places(source: Source) -> Iterator[tuple[str, str]]:
    """Curves with their fractiles at the named places, regular surface."""
    try:
        table, places = source.run.table("hazard_curves"), source.run.table("hazard_places")
    except InputError:
        return
    where = _lonlat(places)
    table = table[(table["surface"] == "regular") & table["year"].isin(source.years)]
    for (component, year), part in table.groupby(["component", "year"]):
        for statistic in _STATISTICS:
            rate = part.pivot_table(index="place", columns="pga_g", values=f"{statistic}_rate")
            lon, lat = (where.loc[rate.index, axis].to_numpy() for axis in ("lon", "lat"))
            text = curves(rate.columns.to_numpy(), rate.to_numpy(), lon, lat, imt="PGA", statistic=statistic)
            yield f"curves/pga_{component}_{year}_{statistic}.xml", text


def _lonlat(places: "pd.DataFrame") -> "pd.DataFrame":
    """Longitude and latitude of named places, by name."""
    where = places.drop_duplicates("place").set_index("place")
    if "lon" not in where:
        lon, lat = crs.from_rd(where["x_rd"].to_numpy(), where["y_rd"].to_numpy())
        where = where.assign(lon=lon, lat=lat)
    return where[["lon", "lat"]]


def _spectra(source: Source, grids: "list[xr.Dataset]") -> Iterator[tuple[str, str]]:
    """Spectra over the accelerations at the sites, or those of the named places in the year that the report shows."""
    of_g = sorted((_period(str(grid.attrs["imt"])), grid) for grid in grids if "level_g" in grid)
    if len(of_g) > 1:
        periods, first = np.array([period for period, _ in of_g]), of_g[0][1]
        lon, lat = first["lon"].to_numpy(), first["lat"].to_numpy()
        for component in map(str, first["component"].to_numpy()):
            for year in source.years:
                for t in first["return_period"].to_numpy():
                    for statistic in map(str, first["statistic"].to_numpy()):
                        at = {"component": component, "year": year, "return_period": t, "statistic": statistic}
                        level = np.stack([grid["level_g"].sel(at).to_numpy() for _, grid in of_g], axis=1)
                        text = spectra(periods, level, lon, lat, return_period=float(t), statistic=statistic)
                        yield f"spectra/{t:g}_{component}_{year}_{statistic}.xml", text
    elif not grids:
        yield from _spectra_of_places(source)


def _spectra_of_places(source: Source) -> Iterator[tuple[str, str]]:
    try:
        table, places = source.run.table("hazard_spectra"), source.run.table("hazard_places")
    except InputError:
        return
    where = _lonlat(places)
    table = table[(table["unit"] == "g") & table["year"].isin(source.years)]
    for (component, year, years), part in table.groupby(["component", "year", "return_period_yr"]):
        t = float(str(years))
        for statistic in _STATISTICS:
            level = part.pivot_table(index="place", columns="period_s", values=statistic)
            lon, lat = (where.loc[level.index, axis].to_numpy() for axis in ("lon", "lat"))
            periods = level.columns.to_numpy()
            text = spectra(periods, level.to_numpy(), lon, lat, return_period=t, statistic=statistic)
            yield f"spectra/{t:g}_{component}_{year}_{statistic}.xml", text


def _period(imt: str) -> float:
    return 0.0 if imt == "PGA" else float(imt[3:-1])


def _measure(imt: str) -> str:
    if not imt.startswith("SA("):
        return f"IMT={quoteattr(imt)}"
    return f'IMT="SA" saPeriod={_quoted(_period(imt))} saDamping="5.0"'


def _chance(return_period: float) -> float:
    """Chance of an exceedance within the investigation time of what is exceeded once in a return period."""
    return float(-np.expm1(-INVESTIGATION_YR / return_period))


def _point(lon: float, lat: float) -> str:
    return f"<gml:Point><gml:pos>{lon:.7g} {lat:.7g}</gml:pos></gml:Point>"


def _numbers(values: Iterable[float]) -> str:
    return " ".join(f"{value:.9g}" for value in values)


def _quoted(value: float) -> str:
    return f'"{value:.9g}"'
