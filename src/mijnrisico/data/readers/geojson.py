"""GeoJSON feature collections in RD New, as written by `scripts/build_data.py`."""

import json
from pathlib import Path

import numpy as np
import shapely


def read(path: Path) -> tuple[list[dict], np.ndarray]:
    """Read properties and geometries in file order; every feature has a geometry."""
    text = path.read_text(encoding="utf-8")
    properties = [feature["properties"] for feature in json.loads(text)["features"]]
    return properties, shapely.get_parts(shapely.from_geojson(text))
