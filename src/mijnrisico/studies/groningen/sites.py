"""Where the chain is asked for an answer: the named places, any point, and the map that grid nodes make."""

import numpy as np
import xarray as xr

from mijnrisico import data
from mijnrisico.seismic import site


def places() -> xr.Dataset:
    """The named places of every map and table, as sites."""
    table = data.table("places")
    return site.sites_at(table["x_rd"].to_numpy(), table["y_rd"].to_numpy(), table["place"].to_numpy(dtype=object))


def on_grid(values: xr.DataArray, sites: xr.Dataset) -> xr.DataArray:
    """Lay values (site, ...) on the rectangular grid that the sites are nodes of: (..., y, x), NaN without a site."""
    x, y = np.unique(sites["x"].to_numpy()), np.unique(sites["y"].to_numpy())
    others = [str(dim) for dim in values.dims if dim != "site"]
    ordered = values.transpose(*others, "site").to_numpy()
    grid = np.full((*ordered.shape[:-1], y.size, x.size), np.nan)
    grid[..., np.searchsorted(y, sites["y"].to_numpy()), np.searchsorted(x, sites["x"].to_numpy())] = ordered
    coords = {name: values.coords[name].to_numpy() for name in others if name in values.coords}
    return xr.DataArray(grid, dims=(*others, "y", "x"), coords=coords | {"y": y, "x": x}, attrs=values.attrs)


def nearest_place(x: float, y: float) -> str:
    """Name of the place nearest to a point."""
    table = data.table("places")
    distance = np.hypot(table["x_rd"].to_numpy() - x, table["y_rd"].to_numpy() - y)
    return str(table["place"].iloc[int(np.argmin(distance))])
