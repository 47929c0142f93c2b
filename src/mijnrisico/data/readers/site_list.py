"""Sites of a user for any field: a table or GeoJSON, with the speed of shear waves or the zone where they matter.

found = read(Path("sites.csv"), system="EPSG:28992")
found.sites      x, y (m, in the system asked for), lon, lat, name; vs30 and zone where the file has them
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.data.readers import anywhere, sites
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

VS30_M_S: Final = (50.0, 3000.0)
_UNITS: Final = {"x": "m", "y": "m", "lon": "degrees_east", "lat": "degrees_north", "vs30": "m/s", "zone": "1"}


@dataclass(frozen=True, slots=True)
class Read:
    """The sites along `site`, and what was found; no sites where there is an error."""

    sites: xr.Dataset | None
    problems: tuple[Problem, ...]
    name: str
    rows: int = 0


def read(path: Path, *, columns: Mapping[str, str] | None = None, crs: str = "", system: str = "") -> Read:
    """Read sites; every problem of the file at once.

    Args:
        path: CSV with one pair of `sites.PAIRS` and, where they have names, `name`; or GeoJSON (by its ending).
        columns: needed name -> name in the file, where they differ.
        crs: coordinate system of x and y; goes before what the names of the columns imply.
        system: metric system in which the sites are wanted; by default that of `anywhere.system_of`.
    """
    points = sites.as_written(path, columns or {}, ("vs30", "zone"), named=False)
    if not points.names:
        return Read(None, points.problems, path.name)
    declared = crs or points.system
    problems = [*points.problems, *sites.twice(points, path.name)]
    problems += anywhere.check(
        points.x, points.y, declared, where=path.name, places=points.places, setting='sites.crs = "{crs}"'
    )
    vs30 = np.array(points.more.get("vs30", ()))
    wrong = np.flatnonzero((vs30 < VS30_M_S[0]) | (vs30 > VS30_M_S[1]))
    if wrong.size:
        got = tuple(f"{vs30[i]:.6g} ({points.places[i]})" for i in wrong)
        limits = {"low": VS30_M_S[0], "high": VS30_M_S[1]}
        params = {"got": got, "expected": Phrase("exchange.vs30", limits), "example": "vs30 = 300"}
        problems.append(Problem("E503", f"{points.places[int(wrong[0])]} [vs30]", params))
    if any(problem.code.startswith("E") for problem in problems):
        return Read(None, tuple(problems), path.name, len(points.names))
    lon, lat = anywhere.to_lonlat(points.x, points.y, declared)
    x, y = anywhere.to_system(points.x, points.y, declared, system or anywhere.system_of(lon, lat))
    values: dict[str, np.ndarray] = {"x": x, "y": y, "lon": lon, "lat": lat}
    values |= {name: np.array(more) for name, more in points.more.items() if np.isfinite(more).any()}
    found = xr.Dataset({name: ("site", value, {"units": _UNITS[name]}) for name, value in values.items()})
    found["name"] = ("site", np.array(points.names, dtype=object), {"units": ""})
    return Read(found, tuple(problems), path.name, len(points.names))
