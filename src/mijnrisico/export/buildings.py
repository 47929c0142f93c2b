"""Buildings in exports: per cell, postcode and municipality, never one by one unless the run was asked to keep them so.

An area with fewer than `building_privacy.FEWEST` buildings has no numbers. Single buildings leave a run only
where its scenario says `[exposure] single_buildings = true`, and only in the format `parquet`, asked for by name.
"""

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mijnrisico import messages
from mijnrisico.core.files import replacing
from mijnrisico.export.maps import Source
from mijnrisico.seismic import building_privacy

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

GRID: Final = "building_risk"
POSTCODES: Final = "buildings_postcodes"
MUNICIPALITIES: Final = "buildings_municipalities"
SINGLE: Final = "parquet"
COLUMNS: Final = {
    "buildings": "buildings",
    "people": "people",
    "lpr_mean": "lpr_mean_per_year",
    "mean_above_1e-5": "buildings_mean_above_1e5",
    "p90_above_1e-5": "buildings_p90_above_1e5",
}
"""Quantities of a cell or postcode, and the column that each has in a table or layer."""


def cells(source: Source) -> "tuple[xr.Dataset, building_privacy.Withheld] | None":
    """Return the grid of buildings in the years wanted, without cells that hold few; None where the run has none."""
    if not (source.run.path / "grids" / f"{GRID}.nc").is_file():
        return None
    grid = source.run.grid(GRID)
    shown, withheld = building_privacy.cells(grid.sel(year=[y for y in grid["year"].to_numpy() if y in source.years]))
    shown = shown.drop_vars(building_privacy.WITHHELD)
    return shown.where(shown["buildings"] > 0.0), withheld


def postcodes(source: Source) -> "tuple[pd.DataFrame, int] | None":
    """Return postcodes in the years wanted, and how many have no numbers; None where the run has none."""
    if not (source.run.path / "tables" / f"{POSTCODES}.csv").is_file():
        return None
    table = source.run.table(POSTCODES)
    return building_privacy.postcodes(table[table["year"].isin(source.years)].astype({"pc4": "string"}))


def municipalities(source: Source) -> "pd.DataFrame | None":
    """Return municipalities in the years wanted, without numbers where they hold few; None where the run has none."""
    if not (source.run.path / "tables" / f"{MUNICIPALITIES}.csv").is_file():
        return None
    table = source.run.table(MUNICIPALITIES)
    return building_privacy.municipalities(table[table["year"].isin(source.years)])[0]


def rows(source: Source) -> "pd.DataFrame | None":
    """Return the cells as rows: node, year and every quantity with its unit; None where the run has none."""
    if (found := cells(source)) is None:
        return None
    frame = found[0].to_dataframe().dropna(subset="buildings").reset_index()
    frame = frame.rename(columns={"x": "x_rd_m", "y": "y_rd_m"} | COLUMNS)
    columns = ["x_rd_m", "y_rd_m", "year", *COLUMNS.values()]
    return frame[columns].sort_values(["year", "y_rd_m", "x_rd_m"], ignore_index=True)


def single(source: Source) -> Path:
    """Return the table of single buildings of a run; raises `InputError` E702 where the run did not keep it."""
    kept = source.run.path / "tables" / "buildings.parquet"
    if not kept.is_file():
        raise source.run.lacking("tables/buildings.parquet", "exposure.single_buildings=true")
    return kept


def write_single(source: Source, folder: Path) -> Path:
    """Copy the table of single buildings as `buildings-<run id>.parquet`; raises `InputError` E702 without one."""
    kept = single(source)
    target = folder / f"buildings-{source.run.id}.parquet"
    with replacing(target) as temporary:
        shutil.copyfile(kept, temporary)
    return target


def told(source: Source, formats: Collection[str]) -> list[str]:
    """Say what an export holds of buildings, in lines: per cell and postcode with what was withheld, or one by one."""
    found, by_postcode = cells(source), postcodes(source)
    if found is None and by_postcode is None and SINGLE not in formats:
        return []
    numbers = {
        "fewest": building_privacy.FEWEST,
        "cells": found[1].areas if found else 0,
        "buildings": round(found[1].buildings) if found else 0,
        "postcodes": by_postcode[1] if by_postcode else 0,
    }
    kind = "single" if SINGLE in formats else "public"
    lines = [] if found is None and by_postcode is None else ["withheld"]
    return [messages.text(f"export.buildings.{name}", source.lang, **numbers) for name in (*lines, kind)]
