"""Exposure models in NRML, the exchange format of OpenQuake (0.4 and 0.5), as a table: one row per asset.

Read: id, taxonomy, number, location, and the occupants by day and night. Costs, areas and tags are left aside, except a
tag `municipality`. Assets in CSV files beside the model are not followed: give that CSV itself.
"""

from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd

from mijnrisico.core.table import Table, textfile
from mijnrisico.data.readers.nrml import root_of
from mijnrisico.data.readers.wide_table import Wide
from mijnrisico.errors import Problem

COLUMNS: Final = ("building", "lon", "lat", "taxonomy", "number", "people_day", "people_night", "municipality")


def read(path: Path) -> Wide | Problem:
    """Return the assets as text, one row each, numbered in the order of the file; E209 where there are none."""
    root = root_of(path, "nrml_exposure")
    if isinstance(root, Problem):
        return root
    assets = root.findall("./{*}exposureModel/{*}assets/{*}asset")
    if not assets:
        return textfile.refused(path.name, "nrml_exposure")
    cells = pd.DataFrame([_row(asset) for asset in assets], columns=list(COLUMNS), dtype=object)
    return Wide(Table(path.name, COLUMNS, (), dutch=False), cells, np.arange(len(cells), dtype=np.int64) + 1)


def _row(asset: Element) -> tuple[str, ...]:
    location, tags = asset.find("{*}location"), asset.find("{*}tags")
    people = {each.get("period", ""): each.get("occupants", "") for each in asset.iterfind(".//{*}occupancy")}
    place = ("", "") if location is None else (location.get("lon", ""), location.get("lat", ""))
    return (
        asset.get("id", ""),
        *place,
        asset.get("taxonomy", ""),
        asset.get("number", "1"),
        people.get("day", ""),
        people.get("night", ""),
        "" if tags is None else tags.get("municipality", ""),
    )
