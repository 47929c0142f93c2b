"""A run of subsidence for other programs: maps of all activities and of each, contours in cm, points, lines, objects.

Rasters are in cm, down positive, at the end of the year; the rate is in mm per year. Contours have the levels and the
colours of the report.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from mijnrisico import messages
from mijnrisico.core.files import replacing, write_text
from mijnrisico.core.run import store
from mijnrisico.errors import InputError, Problem
from mijnrisico.export import netcdf, styles, tables
from mijnrisico.export.maps import Map, Source
from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.bowl_classes import colours, levels
from mijnrisico.report.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from mijnrisico.core.run import StoredRun
    from mijnrisico.export.gpkg import Layer, Style

FORMATS: Final = ("netcdf", "csv", "gpkg", "geotiff")
GRID: Final = "subsidence"
TOTAL: Final = "total"
STATISTICS: Final = ("mean", "p10", "p90")
_CM_PER_M: Final = 100.0
_MAIN: Final = {"statistic": "mean", "activity": TOTAL}


def is_subsidence(run: "StoredRun") -> bool:
    """Say whether a run is one of subsidence."""
    return RunFolder(run.path).setting("study") == "subsidence"


def write(
    run: "StoredRun", folder: Path, formats: Sequence[str], years: Sequence[int] | None, lang: Language
) -> tuple[Path, ...]:
    """Write a run of subsidence in the formats asked for and return the files, a page that explains them first.

    Raises `InputError`: E503 for a format that such a run does not have or a year that its maps do not have.
    """
    if wrong := [each for each in formats if each not in FORMATS]:
        params = {"got": tuple(wrong), "expected": ", ".join(FORMATS), "example": "--format gpkg,geotiff"}
        raise InputError(Problem("E503", "--format", params))
    known = [int(year) for year in run.grid(GRID)["year"].to_numpy()]
    if wrong := [year for year in years or () if year not in known]:
        params = {"got": tuple(wrong), "expected": ", ".join(map(str, known)), "example": known[-1]}
        raise InputError(Problem("E503", "--year", params))
    if problem := store.inside_run(folder, "--out"):
        raise InputError(problem)
    source = Source(run, tuple(dict.fromkeys(years or known)), lang)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if "netcdf" in formats:
        written.append(write_netcdf(source, folder / "netcdf"))
    if "csv" in formats:
        frames = {path.stem: run.table(path.stem) for path in sorted((run.path / "tables").glob("*.csv"))}
        written += tables.save(frames, source, folder / "csv")
    if "gpkg" in formats:
        from mijnrisico.export import gpkg

        written.append(gpkg.write_layers(source, folder, layers(source)))
    if "geotiff" in formats:
        from mijnrisico.export import geotiff

        written += geotiff.write_all(maps(source), source, folder / "geotiff", palettes(source))
    return (_page(source, folder, written, formats), *written)


def write_netcdf(source: Source, folder: Path) -> Path:
    """Write the grid as `subsidence.nc` after the CF conventions; a year is its last day."""
    folder.mkdir(parents=True, exist_ok=True)
    grid = source.run.grid(GRID).sel(year=list(source.years))
    ends = np.array([np.datetime64(f"{year}-12-31", "ns") for year in source.years])
    at_end = grid.rename(year="time").assign_coords(time=("time", ends))
    at_end = at_end.assign_coords(year=("time", np.array(source.years, np.int32), {"long_name": "calendar year"}))
    target = folder / f"{GRID}.nc"
    with replacing(target) as temporary:
        made = netcdf.described(at_end, source)
        made.attrs |= {name: value for name, value in grid.attrs.items() if name not in made.attrs}
        made.to_netcdf(temporary, engine="h5netcdf", encoding=netcdf.encoding(at_end))
    return target


def maps(source: Source) -> Iterator[Map]:
    """Yield the maps: the total (mean, P10, P90), the mean of each activity, and the rate; per year."""
    grid = source.run.grid(GRID)
    x, y = grid["x"].to_numpy(), grid["y"].to_numpy()
    for year in source.years:
        for statistic in STATISTICS:
            values = _CM_PER_M * grid["total_m"].sel(year=year, statistic=statistic).transpose("y", "x").to_numpy()
            yield Map("subsidence", "subsidence_total", year, statistic, "cm", values, x, y, activity=TOTAL)
        for name, called in slugs(grid).items():
            values = _CM_PER_M * grid["subsidence_m"].sel(year=year, activity=name).transpose("y", "x").to_numpy()
            yield Map("subsidence", f"subsidence_{called}", year, "mean", "cm", values, x, y, activity=name)
        values = grid["rate_mm_per_year"].sel(year=year).transpose("y", "x").to_numpy()
        yield Map("rate", "rate", year, "mean", "mm/year", values, x, y, activity=TOTAL)


def slugs(grid: "xr.Dataset") -> dict[str, str]:
    """Return a name for files and columns per activity, no two the same.

    >>> import xarray as xr
    >>> slugs(xr.Dataset(coords={"activity": ["Field A", "field-a", "Zout 1"]}))
    {'Field A': 'field_a', 'field-a': 'field_a_2', 'Zout 1': 'zout_1'}
    """
    found: dict[str, str] = {}
    for name in map(str, grid["activity"].to_numpy()):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "activity"
        called, number = plain, 1
        while called in (*found.values(), TOTAL):
            number += 1
            called = f"{plain}_{number}"
        found[name] = called
    return found


def contour_levels(source: Source) -> list[float]:
    """Return the levels (cm) of all contours: those of the mean in the years wanted."""
    total = _CM_PER_M * source.run.grid(GRID)["total_m"].sel(statistic="mean", year=list(source.years))
    return levels(float(total.max()), float(total.min()))


def palettes(source: Source) -> dict[str, styles.Palette]:
    """Return the classes of the rasters, as the report has them."""
    rate = source.run.grid(GRID)["rate_mm_per_year"].sel(year=list(source.years))
    rates = levels(float(rate.max()), float(rate.min()))
    found = {"subsidence": (contour_levels(source), "cm"), "rate": (rates, "mm/year")}
    return {quantity: _palette(edges, unit) for quantity, (edges, unit) in found.items()}


def _palette(edges: list[float], unit: str) -> styles.Palette:
    steps = edges or [1.0]
    lowest = 0.0 if steps[0] > 0.0 else 2.0 * steps[0]
    shades = tuple(style.LAND if shade == "none" else shade for shade in colours(steps))
    return styles.Palette((lowest, *steps, np.inf), shades, unit)


def layers(source: Source) -> "Iterator[Layer]":
    """Yield every layer of the GeoPackage, those drawn on top first."""
    from mijnrisico.export import gpkg

    there = {path.stem for path in (source.run.path / "tables").glob("*.csv") if len(source.run.table(path.stem))}
    if "subsidence_points" in there:
        yield _points(source)
    if "subsidence_objects" in there:
        yield _objects(source)
    if "subsidence_profiles" in there:
        yield _profiles(source)
    yield _contours(source)
    yield gpkg.origin(source)


def _contours(source: Source) -> "Layer":
    """Return lines of equal subsidence: the total (mean, P10, P90) and each activity, per year and level in cm."""
    import geopandas as gpd
    import pandas as pd

    from mijnrisico.export import gpkg

    rows, shapes = [], []
    wanted = contour_levels(source)
    for each in maps(source):
        if each.quantity != "subsidence":
            continue
        for level in wanted:
            line = gpkg.contour(each, level)
            if not line.is_empty:
                rows.append({"cm": level, "year": each.year, "statistic": each.statistic, "activity": each.activity})
                shapes.append(line)
    frame = pd.DataFrame(rows, columns=["cm", "year", "statistic", "activity"]).assign(run_id=source.run.id)
    described = messages.text("export.layers.contours", source.lang)
    made = tuple(_contour_style(source, wanted, year) for year in source.years)
    return gpkg.Layer("contours", gpd.GeoDataFrame(frame, geometry=shapes, crs=gpkg.CRS), described, made)


def _contour_style(source: Source, wanted: list[float], year: int) -> "Style":
    from mijnrisico.export.gpkg import Style

    chosen = {"year": year} | _MAIN
    down = sum(level > 0.0 for level in wanted)
    shades = colours(wanted)
    of_level = dict(zip(wanted, [*shades[: len(wanted) - down], *shades[len(shades) - down :]], strict=True))
    title = messages.text("export.styles.contours", source.lang, year=year)
    qml = styles.contours_qml(of_level, "cm", chosen, "cm")
    return Style(title, qml, styles.line_sld("contours", style.INK, 1.2, chosen), default=year == source.years[0])


def _wide(frame: "pd.DataFrame", index: list[str], source: Source) -> "pd.DataFrame":
    """Return one row a place: total, P10 and P90 of each year wanted, and of each activity in the last."""
    names = slugs(source.run.grid(GRID))
    years = [year for year in source.years if (frame["year"] == year).any()] or [int(frame["year"].max())]
    wide = frame.drop_duplicates(index)[index].set_index(index)
    for year in years:
        part = frame[(frame["year"] == year) & (frame["activity"] == TOTAL)].set_index(index)
        for statistic in STATISTICS:
            wide[f"subsidence_{statistic}_{year}_cm"] = part[f"{statistic}_cm"]
    for name, called in names.items():
        part = frame[(frame["year"] == years[-1]) & (frame["activity"].astype(str) == name)].set_index(index)
        wide[f"{called}_{years[-1]}_cm"] = part["mean_cm"]
    return wide.reset_index()


def _points(source: Source) -> "Layer":
    import geopandas as gpd

    from mijnrisico.export import gpkg

    wide = _wide(source.run.table("subsidence_points"), ["point", "x_m", "y_m"], source)
    wide = wide.rename(columns={"x_m": "x_rd_m", "y_m": "y_rd_m"}).assign(run_id=source.run.id)
    places = gpd.points_from_xy(wide["x_rd_m"], wide["y_rd_m"], crs=gpkg.CRS)
    column = next(name for name in wide if str(name).startswith("subsidence_mean_"))
    palette = palettes(source)["subsidence"]
    qml = styles.classes_qml(str(column), palette, source.lang, points=True).replace('"place"', '"point"')
    sld = styles.classes_sld("points", str(column), palette, source.lang, points=True)
    made = gpkg.Style(messages.text("export.styles.points", source.lang), qml, sld, default=True)
    described = messages.text("export.layers.points", source.lang)
    return gpkg.Layer("points", gpd.GeoDataFrame(wide, geometry=places), described, (made,))


def _profiles(source: Source) -> "Layer":
    """Return each line with its deepest value per year; the values along it stand in the tables."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    from mijnrisico.export import gpkg

    table = source.run.table("subsidence_profiles")
    rows, shapes = [], []
    for name, part in table.groupby("profile", sort=False):
        along = part.drop_duplicates("distance_m").sort_values("distance_m")
        total = part[part["activity"] == TOTAL]
        deepest = total.groupby("year")["mean_cm"].max()
        columns = {f"deepest_mean_{year}_cm": float(deepest[year]) for year in source.years if year in deepest.index}
        rows.append({"profile": str(name), "length_m": float(along["distance_m"].max())} | columns)
        shapes.append(shapely.LineString(along[["x_m", "y_m"]].to_numpy()))
    frame = gpd.GeoDataFrame(pd.DataFrame(rows).assign(run_id=source.run.id), geometry=shapes, crs=gpkg.CRS)
    sld = styles.line_sld("profiles", style.ORANGE, 1.6)
    made = gpkg.Style(
        messages.text("export.styles.profiles", source.lang), styles.line_qml(style.ORANGE), sld, default=True
    )
    return gpkg.Layer("profiles", frame, messages.text("export.layers.profiles", source.lang), (made,))


def _objects(source: Source) -> "Layer":
    """Return each object in the last year: what happens to it, and what each limit says of it."""
    import geopandas as gpd

    from mijnrisico.export import gpkg

    table = source.run.table("subsidence_objects")
    last = table[table["year"] == table["year"].max()]
    verdicts = last.pivot_table(index="object", columns="limit", values="verdict", aggfunc="first")
    verdicts = verdicts.rename(columns=lambda name: f"limit_{name}").reset_index()
    chances = last.pivot_table(index="object", columns="limit", values="probability_exceeded", aggfunc="first")
    chances = chances.rename(columns=lambda name: f"probability_{name}").reset_index()
    one = last.drop_duplicates("object").drop(columns=["limit", "verdict", "probability_exceeded"])
    one = one.merge(verdicts, on="object").merge(chances, on="object", how="left")
    one = one.rename(columns={"x_m": "x_rd_m", "y_m": "y_rd_m"}).assign(run_id=source.run.id)
    places = gpd.points_from_xy(one["x_rd_m"], one["y_rd_m"], crs=gpkg.CRS)
    palette = palettes(source)["subsidence"]
    qml = styles.classes_qml("settlement_cm", palette, source.lang, points=True).replace('"place"', '"object"')
    sld = styles.classes_sld("objects", "settlement_cm", palette, source.lang, points=True)
    year = int(last["year"].iloc[0])
    made = gpkg.Style(messages.text("export.styles.objects", source.lang, year=year), qml, sld, default=True)
    described = messages.text("export.layers.objects", source.lang, year=year)
    return gpkg.Layer("objects", gpd.GeoDataFrame(one, geometry=places), described, (made,))


def _page(source: Source, folder: Path, written: Sequence[Path], formats: Sequence[str]) -> Path:
    """Write `README.txt`: where the files come from, what they hold, and what must not be read into them."""
    lang, about = source.lang, source.about
    facts = {name: about[name] for name in ("run_id", "title", "created", "source")}
    lines = [messages.text("export.readme.from", lang, **facts), ""]
    lines += [messages.text(f"export.status.{source.review}", lang)]
    lines += [f"{w['code']} {w['message'][lang]}." for w in source.run.manifest.get("warnings", ())]
    lines += ["", messages.text("export.readme.subsidence", lang), ""]
    lines += [messages.text(f"export.readme.{kind}", lang) for kind in FORMATS if kind in formats]
    lines += ["", *(path.relative_to(folder).as_posix() for path in written)]
    target = folder / "README.txt"
    write_text(target, "\n".join(lines) + "\n")
    return target
