"""Buildings and people of the field where no file of buildings is given, from open data.

Inhabitants per postcode (CBS) times buildings per inhabitant of the municipality (ESRM20), for homes; commercial
buildings per inhabitant of the province. Both are spread evenly over the cells of the risk grid that the postcode
covers. A row is a postcode, a cell, a use and a material:

    number(p, c, g) = population(p) share(p, c) buildings(m(p), g) / occupants of homes(m(p))

with m the municipality of 2012 and g a group of types of ESRM20 (use, material); `people_day` and `people_night` alike
with the occupants inside by day and at night that ESRM20 gives for the group. People at night are therefore those who
live there less those who are out, not the registered inhabitants. Which class a building is of follows from its type by
the mappings of `esrm20`. Nothing is known about dwelling mounds, so no row stands on one.

Not in it: industry, barns and sheds without a home, schools, hospitals, churches.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico import data
from mijnrisico.core.model import Model
from mijnrisico.seismic.exposure import buildings, esrm20
from mijnrisico.seismic.exposure.people import Overlay, overlay

MODEL = Model(
    name="synthetic_buildings",
    role="exposure",
    predicts={"buildings": "1", "occupants": "people"},
    needs={"population": "people", "buildings_per_type": "1"},
    valid={},
    source="CBS, population per four-digit postcode; ESRM20, Crowley et al. (2020), doi:10.1177/8755293020919429",
    departs="buildings of a municipality follow its inhabitants, evenly over a postcode; classes by the mappings of "
    "this project, none published; no dwelling mounds",
)

_MATERIALS: Final = {"MUR": "masonry", "CR": "concrete", "W": "timber", "S": "steel"}
_COUNTS: Final = ["buildings", "occupants_day", "occupants_night"]


def of_field(sites: xr.Dataset, cell_m: float = 1000.0, weights: Mapping[str, float] = esrm20.WEIGHTS) -> xr.Dataset:
    """Return the buildings of the packaged postcodes on square cells around the sites (site: x, y, zone; m, RD New).

    Args:
        sites: as for `people.overlay`; cells without a zone hold nobody.
        cell_m: side of a cell.
        weights: mapping from ESRM20 types to classes, and its weight; mappings without weight are left out.

    Returns:
        `buildings.of`, one row per postcode, cell, use and material. attrs: `inhabitants` of the cells (CBS),
        `people_left_out` and `buildings_left_out`: what the same postcodes hold outside the cells, and the
        inhabitants of postcodes in municipalities that ESRM20 does not have here.
    """
    return of_overlay(overlay(sites, cell_m), sites, weights)


def of_overlay(over: Overlay, sites: xr.Dataset, weights: Mapping[str, float] = esrm20.WEIGHTS) -> xr.Dataset:
    """Return the buildings of an overlay that is there already; see `of_field`."""
    used = {name: weight for name, weight in weights.items() if weight > 0.0}
    groups, share = per_inhabitant(tuple(used))
    inhabitants = over.postcodes["population"].to_numpy(float)[over.postcode] * over.share
    own = over.postcodes.assign(
        municipality_2012=[
            municipality_2012(int(pc4), str(name))
            for pc4, name in zip(over.postcodes["pc4"], over.postcodes["municipality"], strict=True)
        ]
    )
    pairs = pd.DataFrame({"postcode": over.postcode, "site": over.site, "inhabitants": inhabitants})
    pairs = pairs.join(own[["pc4", "municipality", "municipality_2012"]], on="postcode")
    rows = pairs.merge(groups.reset_index(names="group"), on="municipality_2012", how="inner")
    rows = rows[(rows["inhabitants"] > 0.0) & (rows["buildings"] > 0.0)]
    x, y = (sites[name].to_numpy()[rows["site"]] for name in ("x", "y"))
    ids = [
        f"{pc4}-{east:.0f}-{north:.0f}-{use}-{material}"
        for pc4, east, north, use, material in zip(rows["pc4"], x, y, rows["use"], rows["material"], strict=True)
    ]
    count = {name: (rows[name] * rows["inhabitants"]).to_numpy() for name in _COUNTS}
    found = buildings.of(
        ids,
        x,
        y,
        share[:, rows["group"].to_numpy()],
        mapping=used,
        number=count["buildings"],
        people_day=count["occupants_day"],
        people_night=count["occupants_night"],
        zone=sites["zone"].to_numpy()[rows["site"]],
        pc4=rows["pc4"].astype(str).to_numpy(),
        municipality=rows["municipality"].to_numpy(),
        use=rows["use"].to_numpy(),
        kind="synthetic",
        source=MODEL.source,
    )
    per_head = groups.groupby("municipality_2012")["buildings"].sum().reindex(own["municipality_2012"]).to_numpy()
    population, known = own["population"].to_numpy(float), np.isfinite(per_head)
    covered = np.where(known, np.minimum(own["covered_share"].to_numpy(), 1.0), 0.0)
    uncovered = population * (1.0 - covered)
    return found.assign_attrs(
        inhabitants=float(population @ covered),
        people_left_out=float(uncovered.sum()),
        buildings_left_out=float(uncovered @ np.where(known, per_head, 0.0)),
    )


@cache
def per_inhabitant(mapping: tuple[str, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return groups of types per municipality of 2012, and the share of the classes in each (mapping, group, class).

    The groups have municipality_2012, use, material and, per inhabitant: buildings, occupants_day, occupants_night.
    Commercial buildings are those of the province, for each of its municipalities alike.
    """
    types = data.table("esrm20_buildings")
    types["material"] = types["taxonomy"].str.extract(r"^([A-Z]+)", expand=False).map(_MATERIALS)
    homes = types["use"] == "residential"
    types["use"] = np.where(homes, np.where(types["taxonomy"].str.contains("HBET"), "flats", "house"), "commercial")
    types["settlement"] = types["settlement"].fillna("")
    inhabitants = types[homes].groupby(["province", "municipality_2012"])["occupants"].sum().rename("inhabitants")
    of_province = inhabitants.groupby("province").sum()

    residential = types[homes].join(inhabitants, on=["province", "municipality_2012"])
    commercial = types[~homes].join(of_province, on="province").drop(columns="municipality_2012")
    commercial = commercial.merge(inhabitants.reset_index()[["province", "municipality_2012"]], on="province")
    every = pd.concat([residential, commercial], ignore_index=True)
    every[_COUNTS] = every[_COUNTS].div(every["inhabitants"], axis=0)

    keys = ["municipality_2012", "use", "material"]
    groups = every.groupby(keys, sort=True)[_COUNTS].sum().reset_index()
    number = every.groupby(keys, sort=True).ngroup().to_numpy()
    of_type = esrm20.shares(every["taxonomy"].tolist(), every["settlement"].tolist(), mapping)
    share = np.zeros((len(mapping), len(groups), of_type.shape[2]))
    for row in range(len(mapping)):
        np.add.at(share[row], number, of_type[row] * every["buildings"].to_numpy()[:, None])
    return groups, share / share.sum(axis=2, keepdims=True)


@cache
def _merged() -> dict[int, str]:
    """Municipality of 2012 of each postcode whose municipality has merged since."""
    text = (
        resources.files("mijnrisico.seismic.exposure").joinpath("municipalities_2012.toml").read_text(encoding="utf-8")
    )
    ranges = tomllib.loads(text)
    return {pc4: name for name, own in ranges.items() for first, last in own for pc4 in range(first, last + 1)}


def municipality_2012(pc4: int, today: str) -> str:
    """Return the municipality of 2012 in which a postcode lay, given the one in which it lies today."""
    return _merged().get(pc4, today)
