"""GeoPackage: cells of hazard, risk and buildings, the line of the threshold, places, postcodes, the field; styles.

A layer of cells has one feature per cell and one column per statistic and year, so that nothing lies on top of
anything else. Its styles are embedded (`layer_styles`, which QGIS reads), one per year; the one it opens with shows the
year with the highest acceleration. `run` is a table that says where all of it comes from.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import contourpy
import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from mijnrisico import data, messages
from mijnrisico.export import buildings, styles
from mijnrisico.export.maps import CRS, Map, Source, hazard_maps, risk_maps, share_maps
from mijnrisico.seismic import building_privacy


@dataclass(frozen=True)
class Style:
    """A named style of a layer."""

    name: str
    qml: str
    sld: str
    default: bool = False


@dataclass(frozen=True)
class Layer:
    """A layer: its features, what it holds in words and its styles; the geometry may be missing."""

    name: str
    frame: pd.DataFrame
    description: str
    styles: tuple[Style, ...] = ()


def write(source: Source, folder: Path) -> Path:
    """Write `<run id>.gpkg` and return its path."""
    return write_layers(source, folder, layers(source))


def write_layers(source: Source, folder: Path, wanted: Iterable[Layer]) -> Path:
    """Write those layers that hold something into `<run id>.gpkg`, whole or not at all, and return its path."""
    target = folder / f"{source.run.id}.gpkg"
    made = [layer for layer in wanted if len(layer.frame)]
    with TemporaryDirectory(dir=folder, prefix=".") as beside:
        temporary = Path(beside) / target.name  # GDAL asks for the ending of the format
        for layer in made:
            about = {name.upper(): value for name, value in source.about.items() if value}
            pyogrio.write_dataframe(
                layer.frame,
                temporary,
                layer=layer.name,
                driver="GPKG",
                append=temporary.exists(),
                layer_metadata=about | {"DESCRIPTION": layer.description},
                layer_options={"DESCRIPTION": layer.description},
            )
        _embed(temporary, made)
        temporary.replace(target)
    return target


def layers(source: Source) -> Iterator[Layer]:
    """Yield every layer, those drawn on top first."""
    yield places(source)
    yield lines(source)
    yield outline(source)
    yield from hazard_cells(source)
    yield from risk_cells(source)
    yield postcodes(source)
    yield from buildings_layers(source)
    yield origin(source)


def origin(source: Source) -> Layer:
    """Return the table that says where everything comes from."""
    facts = pd.DataFrame({"name": list(source.about), "value": list(source.about.values())})
    return Layer("run", facts, messages.text("export.layers.run", source.lang))


def hazard_cells(source: Source) -> Iterator[Layer]:
    """Yield cells with acceleration per statistic and year, a layer per component and return period."""
    shares = {(m.component, m.year): m for m in share_maps(source)}
    by_name: dict[str, list[Map]] = {}
    for each in hazard_maps(source):
        by_name.setdefault(each.name, []).append(each)
    for name, group in by_name.items():
        first = group[0]
        columns = {f"pga_{m.statistic}_{m.year}_g": m.values for m in group}
        if first.return_period_yr == 475.0:
            columns |= {f"share_{year}": m.values for (c, year), m in shares.items() if c == first.component}
        if "zone" in source.hazard:
            columns["zone"] = source.hazard["zone"].transpose("y", "x").to_numpy()
        shown = [(f"pga_mean_{year}_g", "pga", year) for year in source.years]
        if len(source.years) == 1:
            shown += [(f"share_{y}", "share", y) for y in source.years if f"share_{y}" in columns]
        facts = {"component": first.component, "surface": first.surface}
        words = {
            "period": f"{first.return_period_yr:g}",
            "component": messages.text(f"export.components.{first.component}", source.lang),
            "surface": messages.text(f"export.surfaces.{first.surface}", source.lang),
        }
        yield Layer(
            f"hazard_{name}",
            _cells(first, columns, facts | {"run_id": source.run.id}),
            messages.text("export.layers.hazard", source.lang, **words),
            tuple(_class_style(f"hazard_{name}", *part, source) for part in shown),
        )


def risk_cells(source: Source) -> Iterator[Layer]:
    """Yield cells with mean local personal risk per year, a layer per class shown."""
    by_name: dict[str, list[Map]] = {}
    for each in risk_maps(source):
        by_name.setdefault(each.name, []).append(each)
    for name, group in by_name.items():
        columns = {f"lpr_mean_{m.year}_per_year": m.values for m in group}
        facts = {"component": group[0].component, "surface": group[0].surface, "run_id": source.run.id}
        shown = [(f"lpr_mean_{year}_per_year", "lpr", year) for year in source.years]
        described = messages.text("export.layers.lpr", source.lang, name=group[0].vulnerability_class)
        made = tuple(_class_style(name, *part, source) for part in shown)
        yield Layer(name, _cells(group[0], columns, facts), described, made)


def lines(source: Source) -> Layer:
    """Return the lines where the mean acceleration equals the threshold, per component, return period and year."""
    threshold = source.run.scenario.hazard.threshold
    rows, shapes = [], []
    for each in hazard_maps(source):
        line = contour(each, threshold)
        if not line.is_empty:
            numbers = {"year": each.year, "return_period_yr": each.return_period_yr, "level_g": threshold}
            rows.append(each.facts() | numbers | {"run_id": source.run.id})
            shapes.append(line)
    frame = pd.DataFrame(rows).drop(columns=["quantity", "unit"], errors="ignore")
    named = "pga_threshold_lines"
    described = messages.text("export.layers.lines", source.lang, threshold=threshold)
    made = tuple(_line_style(named, threshold, year, source) for year in source.years)
    return Layer(named, gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS), described, made)


def _line_style(layer: str, threshold: float, year: int, source: Source) -> Style:
    """Show the line of the map that opens first: mean, 475 years, geometric mean, one year."""
    chosen = {"year": year, "statistic": "mean", "component": "geometric_mean", "return_period_yr": 475.0}
    title = messages.text("export.styles.line", source.lang, year=year, threshold=threshold)
    qml = styles.contour_qml(chosen, title)
    sld = styles.line_sld(layer, "#000000", 1.5, chosen)
    return Style(title, qml, sld, default=year == source.first_shown)


def contour(each: Map, level: float) -> shapely.MultiLineString:
    """Return the line where a map equals a level; it ends where there are no values."""
    values = np.ma.masked_invalid(each.values)
    found = contourpy.contour_generator(each.x, each.y, values, line_type="Separate").lines(level)
    return shapely.MultiLineString([np.asarray(line, dtype=float) for line in found if len(line) > 1])


def places(source: Source) -> Layer:
    """Return the named places with their acceleration per year (475 years, geometric mean, regular surface)."""
    table = source.run.table("hazard_places")
    wanted = (
        (table["component"] == "geometric_mean")
        & (table["surface"] == "regular")
        & (table["return_period_yr"] == 475)
        & table["year"].isin(source.years)
    )
    statistics = [name for name in ("mean", "p10", "p50", "p90") if f"{name}_g" in table]
    wide = table[wanted].pivot_table(
        index=["place", "x_rd", "y_rd", "zone"],
        columns="year",
        values=[f"{name}_g" for name in statistics],
        dropna=False,
    )
    wide = wide.dropna(how="all")
    wide.columns = [f"pga_{str(name).removesuffix('_g')}_{year}_g" for name, year in wide.columns]
    frame = wide.reset_index().rename(columns={"x_rd": "x_rd_m", "y_rd": "y_rd_m"})
    frame = frame.assign(component="geometric_mean", surface="regular", return_period_yr=475, run_id=source.run.id)
    points = gpd.points_from_xy(frame["x_rd_m"], frame["y_rd_m"], crs=CRS)
    column = f"pga_mean_{source.first_shown}_g"
    palette = styles.PALETTES["pga"]
    style = Style(
        messages.text("export.styles.pga", source.lang, year=source.first_shown),
        styles.classes_qml(column, palette, source.lang, points=True),
        styles.classes_sld("places", column, palette, source.lang, points=True),
        default=True,
    )
    described = messages.text("export.layers.places", source.lang)
    return Layer("places", gpd.GeoDataFrame(frame, geometry=points), described, (style,))


def outline(source: Source) -> Layer:
    """Return the outline of the field."""
    _, shapes = data.polygons("groningen_outline")
    frame = gpd.GeoDataFrame({"name": ["Groningen"] * len(shapes)}, geometry=list(shapes), crs=CRS)
    style = Style("field_outline", styles.outline_qml(), styles.line_sld("field_outline"), default=True)
    return Layer("field_outline", frame, messages.text("export.layers.outline", source.lang), (style,))


def postcodes(source: Source) -> Layer:
    """Return the postcodes with the mean risk and the people above the norm of 1e-5, per class and year."""
    table = source.run.table("lpr_postcodes")
    table = table[table["year"].isin(source.years)].astype({"pc4": "string"})
    known = [c for c in ("pc4", "place", "municipality", "population", "covered_share") if c in table]
    wide = table.pivot_table(index="pc4", columns=["class", "year"], values=["lpr_mean", "above_1e-5"])
    wide.columns = [
        f"lpr_mean_{name}_{year}_per_year" if what == "lpr_mean" else f"people_above_1e5_{name}_{year}"
        for what, name, year in wide.columns
    ]
    frame = table[known].drop_duplicates("pc4").merge(wide.reset_index(), on="pc4").assign(run_id=source.run.id)
    classes = sorted(map(str, table["class"].unique()), key=lambda name: (name in source.shown, name))  # a mix first
    year = source.first_shown
    made = tuple(
        _class_style("postcodes", f"lpr_mean_{name}_{year}_per_year", "lpr", year, source, name) for name in classes
    )
    described = messages.text("export.layers.postcodes", source.lang)
    return Layer("postcodes", _by_postcode(frame), described, made)


def buildings_layers(source: Source) -> Iterator[Layer]:
    """Yield cells and postcodes with their buildings, those above the norm and the mean risk, per year."""
    numbers = {"fewest": building_privacy.FEWEST}
    if (found := buildings.cells(source)) is not None:
        grid = found[0]
        years = [int(year) for year in grid["year"].to_numpy()]
        x, y = np.meshgrid(grid["x"].to_numpy(), grid["y"].to_numpy())
        there = np.isfinite(grid["buildings"].to_numpy()).any(axis=0)
        columns = {
            f"{column}_{year}": grid[name].sel(year=year).to_numpy()[there]
            for name, column in buildings.COLUMNS.items()
            for year in years
        }
        x, y, half = x[there], y[there], float(grid["x"][1] - grid["x"][0]) / 2.0
        frame = pd.DataFrame({"x_rd_m": x, "y_rd_m": y} | columns).assign(run_id=source.run.id)
        boxes = shapely.box(x - half, y - half, x + half, y + half)
        described = messages.text("export.layers.buildings_cells", source.lang, **numbers)
        made = _building_styles("buildings_cells", frame, years, source)
        yield Layer("buildings_cells", gpd.GeoDataFrame(frame, geometry=boxes, crs=CRS), described, made)
    if (known := buildings.postcodes(source)) is not None:
        table = known[0].dropna(subset="buildings")
        years = sorted(int(year) for year in table["year"].unique())
        wide = table.pivot_table(index="pc4", columns="year", values=list(buildings.COLUMNS))
        wide.columns = [f"{buildings.COLUMNS[name]}_{year}" for name, year in wide.columns]
        names = [c for c in ("pc4", "place", "municipality") if c in table]
        frame = table[names].drop_duplicates("pc4").merge(wide.reset_index(), on="pc4").assign(run_id=source.run.id)
        described = messages.text("export.layers.buildings_postcodes", source.lang, **numbers)
        made = _building_styles("buildings_postcodes", frame, years, source)
        yield Layer("buildings_postcodes", _by_postcode(frame), described, made)


def _building_styles(layer: str, frame: pd.DataFrame, years: list[int], source: Source) -> tuple[Style, ...]:
    """Per year: buildings above the norm by mean, by P90, and the mean risk; the first of the shown year opens."""
    kinds = (
        ("buildings_mean_above_1e5", "buildings"),
        ("buildings_p90_above_1e5", "buildings_p90"),
        ("lpr_mean_per_year", "buildings_lpr"),
    )
    shown = source.first_shown if source.first_shown in years else years[0]
    made = []
    for year in years:
        for column, kind in kinds:
            palette = styles.PALETTES["lpr" if kind == "buildings_lpr" else "buildings"]
            field = f"{column}_{year}"
            if field not in frame or frame[field].isna().all():  # no tree was computed for that year
                continue
            made.append(
                Style(
                    messages.text(f"export.styles.{kind}", source.lang, year=year),
                    styles.classes_qml(field, palette, source.lang),
                    styles.classes_sld(layer, field, palette, source.lang),
                    default=year == shown and kind == "buildings",
                )
            )
    return tuple(made)


def _by_postcode(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give rows with a postcode that is on the map its shape."""
    properties, shapes = data.polygons("postcodes")
    by_code = {str(p["pc4"]): shape for p, shape in zip(properties, shapes, strict=True)}
    frame = frame[frame["pc4"].isin(list(by_code))]
    return gpd.GeoDataFrame(frame, geometry=[by_code[str(code)] for code in frame["pc4"]], crs=CRS)


def _cells(first: Map, columns: dict[str, np.ndarray], facts: dict[str, str]) -> gpd.GeoDataFrame:
    """Return the cells that have a value, as squares around their nodes."""
    there = np.isfinite(first.values)
    x, y = (part[there] for part in np.meshgrid(first.x, first.y))
    half = first.cell / 2.0
    values = {name: array[there] for name, array in columns.items()}
    frame = pd.DataFrame({"x_rd_m": x, "y_rd_m": y} | values).assign(**facts)
    return gpd.GeoDataFrame(frame, geometry=shapely.box(x - half, y - half, x + half, y + half), crs=CRS)


def _class_style(layer: str, column: str, quantity: str, year: int, source: Source, name: str = "") -> Style:
    palette = styles.PALETTES[quantity]
    title = messages.text(f"export.styles.{quantity}", source.lang, year=year)
    return Style(
        f"{title} {name}".strip(),
        styles.classes_qml(column, palette, source.lang),
        styles.classes_sld(layer, column, palette, source.lang),
        default=year == source.first_shown and quantity != "share",
    )


def _embed(path: Path, made: list[Layer]) -> None:
    """Write the styles into the table from which QGIS takes them."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES)
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', 'styles of the layers')"
        )
        for layer in made:
            defaults = 0
            for style in layer.styles:
                first = style.default and not defaults
                defaults += first
                row = (layer.name, "geom", style.name, style.qml, style.sld, first, layer.description)
                database.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                    "styleName, styleQML, styleSLD, useAsDefault, description, owner) "
                    "VALUES ('', '', ?, ?, ?, ?, ?, ?, ?, '')",
                    row,
                )


_STYLES = """CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
    ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)"""
