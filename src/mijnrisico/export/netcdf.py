"""NetCDF after the CF conventions (1.11): a time axis with bounds, a grid mapping, units and names everywhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from mijnrisico.core.files import replacing
from mijnrisico.export import buildings
from mijnrisico.export.maps import CRS, Source

if TYPE_CHECKING:
    import xarray as xr

GRIDS: Final = ("hazard", "lpr", "pressure", "rate")
"""Written whole; the grid of buildings beside them without cells that hold few."""

_NAMES: Final = {
    "level_g": "peak ground acceleration that is exceeded on average once in return_period years",
    "mean_rate": "mean annual rate of exceedance of the peak ground acceleration level",
    "share": "share of the logic tree in which the acceleration is at least threshold",
    "zone": "number of the geological zone",
    "lpr_mean": "local personal risk: chance of dying per year of a person who is always there, mean of the logic tree",
    "buildings": "buildings in the cell",
    "people": "people in those buildings",
    "mean_above_1e-5": "buildings whose mean local personal risk is above 1e-5 per year",
    "p90_above_1e-5": "buildings of which the 90th percentile of the local personal risk is above 1e-5 per year",
    "pressure": "gas pressure in the reservoir",
    "subsidence_m": "mean subsidence since the first year by one activity, down positive",
    "total_m": "subsidence since the first year by all activities, down positive",
    "rate_mm_per_year": "rate of subsidence in the year, mean",
    "tilt": "slope of the ground by subsidence",
    "strain_horizontal": "horizontal strain, the principal one of the largest size",
    "curvature_per_m": "curvature of the ground by subsidence, the principal one of the largest size",
    "overlap": "number of activities that each cause more subsidence than overlap_limit_cm",
    "events_per_km2": "expected earthquakes of local magnitude 1.45 and more per square kilometre and year",
}
_AXES: Final = {
    "component": {"long_name": "horizontal component of the ground motion"},
    "statistic": {"long_name": "statistic over the logic tree: weighted mean or fractile"},
    "return_period": {"long_name": "return period", "units": "year"},
    "level": {"long_name": "level of peak ground acceleration", "units": "g"},
    "threshold": {"long_name": "threshold of peak ground acceleration", "units": "g"},
    "vulnerability_class": {"long_name": "vulnerability class of the building"},
}


def write(source: Source, folder: Path) -> list[Path]:
    """Write every grid of the run as `<name>.nc`; raises `InputError` E702 where one is missing."""
    from mijnrisico.errors import InputError

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in GRIDS:
        try:
            grid = source.hazard if name == "hazard" else source.lpr if name == "lpr" else source.run.grid(name)
        except InputError:
            if name in ("hazard", "lpr"):
                raise
            continue  # a run may have been made without this one
        target = folder / f"{name}.nc"
        with replacing(target) as temporary:
            described(grid, source).to_netcdf(temporary, engine="h5netcdf", encoding=encoding(grid))
        written.append(target)
    if (found := buildings.cells(source)) is not None:
        target = folder / f"{buildings.GRID}.nc"
        with replacing(target) as temporary:
            described(found[0], source).to_netcdf(temporary, engine="h5netcdf", encoding=encoding(found[0]))
        written.append(target)
    return written


def described(grid: "xr.Dataset", source: Source) -> "xr.Dataset":
    """Return the grid with the names, units, axes and origin that CF asks for; years become a time axis."""
    import pyproj
    import xarray as xr

    data = grid.drop_vars("crs", errors="ignore").copy()
    if "year" in data.dims:
        wanted = [int(year) for year in data["year"].to_numpy() if int(year) in source.years]
        data = _with_time(data.sel(year=wanted))
    elif "time" in data.coords:
        data["time"] = data["time"].assign_attrs(standard_name="time", long_name="moment of the value", axis="T")
    x, y = np.meshgrid(data["x"].to_numpy(), data["y"].to_numpy())
    lon, lat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x, y)
    names = {"lon": ("longitude", "degrees_east", lon), "lat": ("latitude", "degrees_north", lat)}
    for name, (standard, units, values) in names.items():
        attrs = {"standard_name": standard, "long_name": standard, "units": units}
        data = data.assign_coords({name: (("y", "x"), values, attrs)})
    for axis in ("x", "y"):
        attrs = {"standard_name": f"projection_{axis}_coordinate", "units": "m", "axis": axis.upper()}
        data[axis] = data[axis].assign_attrs(attrs | {"long_name": f"{axis} in RD New"})
    for name, attrs in _AXES.items():
        if name in data.coords:
            data[name] = data[name].assign_attrs(attrs)
    data = data.assign({"crs": xr.DataArray(np.int32(0), attrs=_grid_mapping())})
    for name, variable in data.data_vars.items():
        if {"x", "y"} <= set(variable.dims):
            long_name = _NAMES.get(str(name), str(variable.attrs.get("long_name", name)))
            data[name] = variable.assign_attrs(grid_mapping="crs", long_name=long_name)
    surface = {"surface": source.surface} if "component" in data.dims else {}
    history = f"{source.about['created']} computed; exported by {source.about['source']}"
    about = {name: value for name, value in source.about.items() if value} | surface
    data.attrs = {"Conventions": "CF-1.11", **about, "history": history}
    return data


def _grid_mapping() -> dict[str, object]:
    """Return RD New as CF can say it: CF has no name for its double projection, so that the WKT decides."""
    import pyproj

    crs = pyproj.CRS.from_user_input(CRS)
    assert crs.coordinate_operation is not None
    values = {p.name: p.value for p in crs.coordinate_operation.params}
    return {
        "grid_mapping_name": "stereographic",
        "latitude_of_projection_origin": values["Latitude of natural origin"],
        "longitude_of_projection_origin": values["Longitude of natural origin"],
        "scale_factor_at_projection_origin": values["Scale factor at natural origin"],
        "false_easting": values["False easting"],
        "false_northing": values["False northing"],
        "crs_wkt": crs.to_wkt(),
        "long_name": f"RD New ({CRS}), an oblique double stereographic projection: crs_wkt is exact",
    }


def _with_time(data: "xr.Dataset") -> "xr.Dataset":
    """Replace `year` by `time`, the middle of the year, with its bounds; the number of the year stays beside it."""
    years = data["year"].to_numpy().astype(int)
    edges = [[np.datetime64(f"{year}-01-01", "ns"), np.datetime64(f"{year + 1}-01-01", "ns")] for year in years]
    middle = [np.datetime64(f"{year}-07-01", "ns") for year in years]
    data = data.rename(year="time").assign_coords(time=("time", np.array(middle)))
    data = data.assign_coords(year=("time", years.astype(np.int32), {"long_name": "calendar year"}))
    data["time"] = data["time"].assign_attrs(
        standard_name="time", long_name="middle of the calendar year", axis="T", bounds="time_bnds"
    )
    return data.assign(time_bnds=(("time", "bounds"), np.array(edges)))


def encoding(grid: "xr.Dataset") -> dict[str, dict[str, object]]:
    """Return how the variables of a grid, before `described`, are stored: compressed, moments in days."""
    days: dict[str, object] = {"units": "days since 1956-01-01", "calendar": "standard", "dtype": "float64"}
    stored: dict[str, dict[str, object]] = {
        str(name): {"zlib": True, "complevel": 4}
        for name, variable in grid.data_vars.items()
        if variable.ndim > 1 and variable.dtype.kind == "f"
    }
    if "year" in grid.dims:
        stored |= {"time": days, "time_bnds": days}
    elif "time" in grid.dims:
        stored |= {"time": days}
    return stored
