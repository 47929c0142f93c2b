"""CSV (RFC 4180, decimal point): maps as long tables, and the tables of the run; the run id stands in every row.

Text that a spreadsheet would compute is written as text (`core.spreadsheet`).
A column says its unit in its name: `pga_mean_g`, `x_rd_m`, `lpr_mean_per_year`. A column without one has no unit.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from mijnrisico.core.files import replacing
from mijnrisico.core.spreadsheet import harmless
from mijnrisico.export import buildings
from mijnrisico.export.maps import Source

_UNITS: Final = {
    "x_rd": "x_rd_m",
    "y_rd": "y_rd_m",
    "lpr_mean": "lpr_mean_per_year",
    "annual_rate": "annual_rate_per_year",
    "pga_g": "pga_g",
}
_OF_TABLE: Final[dict[str, dict[str, str]]] = {
    "event_rate": {name: f"{name}_per_year" for name in ("observed", "mean", "p10", "p50", "p90")},
    "pressure_mean": {name: f"{name}_bar" for name in ("p02", "p98")},
    "hazard_curves": {f"{name}_rate": f"{name}_rate_per_year" for name in ("mean", "p10", "p50", "p90")},
    "hazard_places": {f"{name}_g": f"pga_{name}_g" for name in ("mean", "p10", "p50", "p90")},
    "lpr_classes": {name: f"lpr_{name}_per_year" for name in ("p10", "p50", "p90")},
    "lpr_places": {name: f"lpr_{name}_per_year" for name in ("p10", "p50", "p90")},
    buildings.POSTCODES: buildings.COLUMNS,
    buildings.MUNICIPALITIES: buildings.COLUMNS
    | {"mean_above_1e-4": "buildings_mean_above_1e4", "buildings_mean_1e-4": "buildings_mean_1e4"},
    "buildings_branches": {"level": "level_per_year"},
    "building_ranking": {"lpr": "lpr_per_year"},
    "buildings_above": {"level": "level_per_year"},
    "lpr_postcodes": {"above_1e-5": "people_above_1e-5", "above_1e-4": "people_above_1e-4"},
}


def write(source: Source, folder: Path) -> list[Path]:
    """Write the maps as `map_pga.csv`, `map_lpr.csv` and `map_buildings.csv`, in the years wanted, and every table.

    Tables are written whole, but for those of postcodes and municipalities: their years are those wanted, without
    numbers where few buildings are.
    """
    frames = {"map_pga": pga(source), "map_lpr": lpr(source)}
    if (cells := buildings.rows(source)) is not None:
        frames["map_buildings"] = cells
    for path in sorted((source.run.path / "tables").glob("*.csv")):
        frames[path.stem] = with_units(path.stem, source.run.table(path.stem))
    if (known := buildings.postcodes(source)) is not None:
        frames[buildings.POSTCODES] = with_units(buildings.POSTCODES, known[0])
    if (counted := buildings.municipalities(source)) is not None:
        frames[buildings.MUNICIPALITIES] = with_units(buildings.MUNICIPALITIES, counted)
    return save(frames, source, folder)


def save(frames: Mapping[str, pd.DataFrame], source: Source, folder: Path) -> list[Path]:
    """Write tables by name, each with the run in its last column."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in frames.items():
        target = folder / f"{name}.csv"
        with replacing(target) as temporary:
            harmless(frame).assign(run_id=source.run.id).to_csv(
                temporary, index=False, float_format="%.12g", lineterminator="\r\n"
            )
        written.append(target)
    return written


def with_units(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of the run with the unit in the name of every column that has one."""
    return frame.rename(columns=_UNITS | _OF_TABLE.get(name, {}))


def pga(source: Source) -> pd.DataFrame:
    """Return peak ground acceleration per node, component, return period and year; nodes without a value left out."""
    levels = source.hazard["level_g"].to_dataset("statistic").to_dataframe().dropna(subset=["mean"]).reset_index()
    names = {"x": "x_rd_m", "y": "y_rd_m", "return_period": "return_period_yr"}
    statistics = [str(name) for name in source.hazard["statistic"].to_numpy()]
    frame = levels.rename(columns=names | {name: f"pga_{name}_g" for name in statistics})
    frame = frame.assign(surface=source.surface)
    columns = ["x_rd_m", "y_rd_m", "year", "component", "surface", "return_period_yr"]
    columns += [f"pga_{name}_g" for name in statistics]
    return frame[columns].sort_values([*columns[2:6], "y_rd_m", "x_rd_m"], ignore_index=True)


def lpr(source: Source) -> pd.DataFrame:
    """Return mean local personal risk per node, shown class and year; nodes without a value left out."""
    lpr_mean = source.lpr["lpr_mean"].sel(vulnerability_class=list(source.shown))
    frame = lpr_mean.rename("lpr_mean_per_year").to_dataframe().dropna().reset_index()
    frame = frame.rename(columns={"x": "x_rd_m", "y": "y_rd_m"}).assign(component="arbitrary", surface="regular")
    columns = ["x_rd_m", "y_rd_m", "year", "vulnerability_class", "component", "surface", "lpr_mean_per_year"]
    return frame[columns].sort_values(["year", "vulnerability_class", "y_rd_m", "x_rd_m"], ignore_index=True)
