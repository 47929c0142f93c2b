"""Files of the packaged data: the same values always give the same bytes.

Tables carry unix line ends, archives neither time nor name, NetCDF no timestamps, GeoJSON one feature a line.
"""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
import xarray as xr

CRS_MEMBER = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}


@dataclass(frozen=True, slots=True)
class Target:
    """A file to build, and the columns that its catalogue entry promises, in order."""

    path: Path
    columns: tuple[str, ...]


def write_table(target: Target, frame: pd.DataFrame) -> int:
    """Write the promised columns as CSV, gzipped when the path ends in .gz; returns the number of rows."""
    data = frame[list(target.columns)].to_csv(index=False, lineterminator="\n").encode("utf-8")
    target.path.parent.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(data, compresslevel=9, mtime=0) if target.path.suffix == ".gz" else data
    target.path.write_bytes(packed)
    return len(frame)


def write_features(
    target: Target, records: Iterable[dict], geometries: Iterable[shapely.Geometry], decimals: int = 0
) -> int:
    """Write the promised properties and the geometries, rounded to `decimals` of a metre and kept valid."""
    lines = []
    for record, geometry in zip(records, geometries, strict=True):
        rounded = shapely.normalize(shapely.set_precision(geometry, 10.0**-decimals))
        feature = {
            "type": "Feature",
            "properties": {name: record[name] for name in target.columns},
            "geometry": _rounded(json.loads(shapely.to_geojson(rounded)), decimals),
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = json.dumps({"type": "FeatureCollection", "crs": CRS_MEMBER}, separators=(",", ":"))
    text = head[:-1] + ',"features":[\n' + ",\n".join(lines) + "\n]}\n"
    target.path.parent.mkdir(parents=True, exist_ok=True)
    target.path.write_text(text, encoding="utf-8", newline="\n")
    return len(lines)


def _rounded(value: object, decimals: int) -> object:
    if isinstance(value, dict):
        return {key: _rounded(item, decimals) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item, decimals) for item in value]
    if isinstance(value, float):
        return round(value) if decimals == 0 else round(value, decimals)
    return value


def write_dataset(target: Target, data: xr.Dataset, steps: dict[str, float | None] | None = None) -> int:
    """Write the promised variables as compressed NetCDF-4; returns the size of the largest.

    `steps` gives the resolution of variables that are stored as 32-bit integers: exact for values that
    were published with that many decimals, and several times smaller. None stores integers as they are.
    """
    data = data[list(target.columns)]
    packing: dict[str, dict] = {}
    for name, step in (steps or {}).items():
        packing[name] = {"dtype": "int32"}
        if step is not None:
            counts = data[name].to_numpy() / step
            if np.abs(counts - np.round(counts)).max() > 1e-6:
                raise SystemExit(f"{target.path.name}: {name} does not fit steps of {step}")
            packing[name] |= {"scale_factor": step, "_FillValue": -(2**31)}
    encoding = {}
    for name, variable in data.variables.items():
        compress = variable.dtype.kind in "fiu" and variable.ndim > 0
        encoding[name] = {"zlib": True, "complevel": 9, "shuffle": True} if compress else {}
        encoding[name] |= packing.get(str(name), {})
        if variable.dtype.kind == "f" and "_FillValue" not in encoding[name]:
            encoding[name]["_FillValue"] = np.nan if variable.isnull().any() else None
    target.path.parent.mkdir(parents=True, exist_ok=True)
    target.path.unlink(missing_ok=True)
    data.to_netcdf(target.path, engine="h5netcdf", encoding=encoding)
    return int(max(variable.size for variable in data.data_vars.values()))


def read_features(path: Path) -> tuple[list[dict], np.ndarray]:
    """Read properties and valid geometries of the features that have a geometry."""
    features = [f for f in json.loads(path.read_text(encoding="utf-8"))["features"] if f["geometry"]]
    geometries = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    return [f["properties"] for f in features], shapely.make_valid(geometries)
