"""The data that comes with the package: what there is, where it comes from, and the checked values.

Every dataset is an entry of `catalogue.toml`. A file is read once per process, after its SHA-256 has been
compared with the catalogue; callers get copies, so nothing they do changes what the next caller sees.

    earthquakes = table("earthquakes")              pandas.DataFrame, units in attrs["units"]
    reservoir = dataset("reservoir")                xarray.Dataset, units per variable
    properties, zones = polygons("site_zones")      list of dicts, array of shapely geometries
"""

from mijnrisico.data.catalogue import Column, Entry, digest, entries, entry, verify
from mijnrisico.data.load import dataset, polygons, table

__all__ = ["Column", "Entry", "dataset", "digest", "entries", "entry", "polygons", "table", "verify"]
