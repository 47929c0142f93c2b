"""Maps of a past year as foretold, by every ground-motion model of the field, beside what was said of that year.

Two statements are held against them: the highest acceleration of the official map of 2017 (made with V4, which is not
here), and the municipalities where the industry rule of 2021 expects 0.05 g. The models share the earthquakes, the
ruptures and the sites, so that they differ by themselves alone.
"""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import shapely
import xarray as xr

from mijnrisico import data
from mijnrisico.core.norm import norm
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import exposure, hazard, site
from mijnrisico.seismic.hazard.asked import Choices
from mijnrisico.studies import shaking
from mijnrisico.studies.groningen import sites as where

MODELS: Final = ("V5", "V6", "V7")
"""The published models of the field, each with its own reading of the scatter."""
OF_RUN: Final = "run"
"""The model and the reading of the scenario, where they are other than those."""
RULE: Final = norm("industrie_piekgrondversnelling")
LEVEL_RANGE_G: Final = (0.04, 0.45)
"""Levels that are told apart: from under the threshold to over the highest official map. Each takes its time."""
BORDER_M: Final = 60.0
"""How far the packaged borders of municipalities may be off."""

_EXPECTED = "PGA of at least 0.05 g, 475-year return period, expected in the municipality of "


def motions(scenario: Scenario) -> tuple[str, ...]:
    """Names of the maps that `maps` makes: those of `MODELS`, and `OF_RUN` where the scenario has another one."""
    chosen = scenario.motion
    if shaking.RULE_MEASURE not in shaking.model(scenario).units:
        return MODELS
    published = (
        chosen.model in MODELS
        and shaking.site_term(scenario) == shaking.model(scenario).site_term
        and chosen.site_variability_argument == "g"
        and not chosen.truncation
    )
    return MODELS if published else (*MODELS, OF_RUN)


def maps(scenario: Scenario, forecast: xr.Dataset, progress: Progress = ignore) -> xr.Dataset:
    """Mean level of the return period of the rule on the map, in the one year of the forecast, by every model.

    Returns `level_g` (motion, site): geometric mean, regular surface, ruptures of the scenario; NaN without a zone,
    zero below `LEVEL_RANGE_G` and infinite above all levels. With it x, y and zone (site).
    """
    names, rows = motions(scenario), []
    sites = site.hazard_grid(scenario.hazard.cell, scenario.hazard.margin)
    for number, name in enumerate(names):
        rows.append(_level(scenario, name, forecast, sites))
        progress((number + 1) / len(names))
    return xr.Dataset(
        {"level_g": (("motion", "site"), np.stack(rows), {"units": "g"})},
        coords={"motion": list(names), **{name: sites[name] for name in ("x", "y", "zone")}},
    )


def _level(scenario: Scenario, motion: str, forecast: xr.Dataset, sites: xr.Dataset) -> np.ndarray:
    """One of the maps, (site,); where it goes beyond `LEVEL_RANGE_G`, with all levels."""
    own = motion == OF_RUN
    model = shaking.model(scenario) if own else motion
    choices: Choices = shaking.choices(scenario) if own else {}
    ready = hazard.sources(forecast, motion=model, geometry=shaking.geometry(scenario))
    for level_range in (LEVEL_RANGE_G, None):
        found = hazard.hazard(
            ready,
            sites,
            motion=model,
            return_periods=scenario.hazard.periods[:1],
            thresholds=(),
            fractiles=(),
            level_range=level_range,
            **choices,
        ).isel(year=0, return_period=0, statistic=0)
        flag = found["flag"].to_numpy()
        if not (flag > 0).any():
            break
    return np.where(flag < 0, 0.0, np.where(flag > 0, np.inf, found["level_g"].to_numpy()))


def highest(found: xr.Dataset) -> pd.DataFrame:
    """The highest level on each map and where it is: motion, highest_g, x_rd, y_rd, zone, place."""
    rows = []
    for name in found["motion"].to_numpy():
        level = found["level_g"].sel(motion=name).to_numpy()
        at = found.isel(site=int(np.nanargmax(level)))
        x, y = float(at["x"]), float(at["y"])
        rows.append((str(name), float(np.nanmax(level)), x, y, int(at["zone"]), where.nearest_place(x, y)))
    return pd.DataFrame(rows, columns=["motion", "highest_g", "x_rd", "y_rd", "zone", "place"])


def expected() -> frozenset[str]:
    """The municipalities where the rule of 2021 expects the acceleration that it is about."""
    quantity = data.table("published_anchors")["quantity"]
    found = quantity[quantity.str.startswith(_EXPECTED)].str.removeprefix(_EXPECTED)
    return frozenset(map(str, found))


def municipalities(found: xr.Dataset, cell_m: float) -> pd.DataFrame:
    """What each map says of each municipality, the highest first: the columns of `_Row`.

    A node stands for its cell of `cell_m` metres. `highest_g` is the highest level of the cells that have a part in the
    municipality, NaN below `LEVEL_RANGE_G`; `area_km2` the area of the parts where the level is at or above the
    threshold of the rule, and `on_map_km2` that of all parts with a zone. A part no wider than the borders may be off,
    `BORDER_M` along a whole side of a cell, does not count. `named`: the rule names the municipality.
    """
    records, shapes = data.polygons("municipalities")
    size_km2 = {
        str(record["municipality"]): float(area) / 1e6
        for record, area in zip(records, shapely.area(shapes), strict=True)
    }
    over = exposure.overlay_of(pd.DataFrame(records), shapes, found.reset_coords(["x", "y", "zone"]), cell_m)
    names = [str(name) for name in over.postcodes["municipality"]]
    part = over.share * np.array([size_km2[name] for name in names])[over.postcode]
    counts = part > BORDER_M * cell_m / 1e6
    rows = []
    for motion, level in zip(found["motion"].to_numpy(), found["level_g"].to_numpy(), strict=True):
        of_motion = []
        for index, name in enumerate(names):
            here = counts & (over.postcode == index)
            if here.any():
                of_motion.append(_of_one(str(motion), name, level[over.site[here]], part[here]))
        rows += sorted(of_motion, key=lambda row: (-row.highest_g, row.municipality))
    table = pd.DataFrame(rows, columns=list(_Row._fields))
    return table.assign(highest_g=table["highest_g"].replace(0.0, np.nan))


class _Row(NamedTuple):
    motion: str
    municipality: str
    highest_g: float
    area_km2: float
    on_map_km2: float
    named: bool


def _of_one(motion: str, name: str, level: np.ndarray, part: np.ndarray) -> _Row:
    """The row of a municipality from the levels of its cells and their parts in it (km2)."""
    assert RULE.value is not None
    reached = float(part[level >= RULE.value].sum())
    return _Row(motion, name, float(level.max()), reached, float(part.sum()), name in expected())


def reached(table: pd.DataFrame, motion: str) -> frozenset[str]:
    """The municipalities of the table where the map of a model is at or above the threshold somewhere."""
    found = table.loc[(table["motion"] == motion) & (table["area_km2"] > 0.0), "municipality"]
    return frozenset(map(str, found))
