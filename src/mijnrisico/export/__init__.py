"""A run in the formats of other programs: NetCDF-CF, CSV, GeoPackage and cloud-optimised GeoTIFF.

    export.write(run, "out", ["netcdf", "gpkg"], lang="nl")
    export.write(run, "out", ["forecast", "quakeml"], catalogues=100, seed=1)

`nrml` are curves, maps and spectra for OpenQuake, `forecast` the rates of earthquakes themselves, `quakeml` catalogues
simulated from them; they are large and only written when asked for. `parquet` holds single buildings, of a run whose
scenario keeps them; everything else gives buildings per cell and postcode.

A run of subsidence has the first four: contours, points, lines and objects, maps of all activities and of each.

Every file says which run it comes from, whether that run was reviewed, and what its numbers are: quantity, component,
surface, statistic, year, unit. Maps for a GIS bring their style along.
"""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from mijnrisico.errors import InputError, Problem, UsageError
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    from mijnrisico.core.run import StoredRun

Format = Literal["netcdf", "csv", "gpkg", "geotiff", "nrml", "forecast", "quakeml", "parquet"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
USUAL: Final[tuple[Format, ...]] = ("netcdf", "csv", "gpkg", "geotiff")
CATALOGUES: Final = 10
"""Simulated catalogues, where no number is asked."""
MOST_CATALOGUES: Final = 10_000

_LIBRARIES: Final[dict[Format, tuple[str, ...]]] = {
    "netcdf": (),
    "csv": (),
    "gpkg": ("geopandas", "pyogrio", "contourpy"),
    "geotiff": ("rasterio",),
    "nrml": (),
    "forecast": (),
    "quakeml": (),
    "parquet": (),
}


def missing_libraries(formats: Iterable[str]) -> tuple[str, ...]:
    """Return the libraries that these formats need and that are not installed."""
    needed = sorted({name for each in formats if each in FORMATS for name in _LIBRARIES[each]})
    return tuple(name for name in needed if find_spec(name) is None)


def require(formats: Iterable[str]) -> None:
    """Raise `UsageError` E008 where a format needs a library that is not installed."""
    if missing := missing_libraries(formats):
        without = ",".join(each for each in USUAL if not missing_libraries([each]))
        params = {"libraries": missing, "extra": "geo", "without": f"--format {without}"}
        raise UsageError(Problem("E008", "--format", params))


def write(
    run: "StoredRun",
    folder: str | Path,
    formats: Sequence[str] = USUAL,
    *,
    years: Sequence[int] | None = None,
    lang: Language = "en",
    catalogues: int = CATALOGUES,
    seed: int | None = None,
) -> tuple[Path, ...]:
    """Write a run into `folder` in the formats asked for and return the files, in the order written.

    Files of the same name are replaced; each is there whole or not at all.

    Args:
        run: a finished run.
        folder: made when it is not there.
        formats: some of `FORMATS`.
        years: years of the maps; all by default. The tables of the run are written whole.
        catalogues: how many of `quakeml`, at most `MOST_CATALOGUES`.
        seed: of those; by default that of the scenario.
        lang: language of the names of styles and of `README.txt`; names of columns and variables are the same in both.

    Raises `InputError`: E503 for an unknown format or year, or for a number of catalogues that cannot be, E702 where
    the run lacks a grid or table; `UsageError` E008 where a library is not installed.
    """
    from mijnrisico.core.run import store
    from mijnrisico.export import buildings, netcdf, readme, tables
    from mijnrisico.export.maps import Source

    wrong = [each for each in formats if each not in FORMATS]
    if wrong:
        params = {"got": tuple(wrong), "expected": ", ".join(FORMATS), "example": "--format gpkg,csv"}
        raise InputError(Problem("E503", "--format", params))
    if not 1 <= catalogues <= MOST_CATALOGUES:
        expected = Phrase("expected.catalogues", {"most": MOST_CATALOGUES})
        params = {"got": catalogues, "expected": expected, "example": f"--catalogues {CATALOGUES}"}
        raise InputError(Problem("E503", "--catalogues", params))
    require(formats)
    from mijnrisico.export import subsidence

    if subsidence.is_subsidence(run):
        return subsidence.write(run, Path(folder), formats, years, lang)
    source = Source(run, _years(run, years), lang)
    folder = Path(folder)
    if problem := store.inside_run(folder, "--out"):
        raise InputError(problem)
    if "parquet" in formats:
        buildings.single(source)  # refused before anything is written
    rates = run.grid("source") if {"forecast", "quakeml"} & set(formats) else None
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if "netcdf" in formats:
        written += netcdf.write(source, folder / "netcdf")
    if "csv" in formats:
        written += tables.write(source, folder / "csv")
    if "gpkg" in formats:
        from mijnrisico.export import gpkg

        written.append(gpkg.write(source, folder))
    if "geotiff" in formats:
        from mijnrisico.export import geotiff

        written += geotiff.write(source, folder / "geotiff")
    if "nrml" in formats:
        from mijnrisico.export import nrml

        written += nrml.write(source, folder / "nrml")
    if "parquet" in formats:
        written.append(buildings.write_single(source, folder))
    if rates is not None:
        from mijnrisico.export import forecast

        if "forecast" in formats:
            written += forecast.write(rates, source, folder / "forecast")
        if "quakeml" in formats:
            start = run.scenario.seed if seed is None else seed
            written += forecast.write_quakeml(rates, source, folder / "quakeml", catalogues=catalogues, seed=start)
    return (readme.write(source, folder, written, formats), *written)


def _years(run: "StoredRun", years: Sequence[int] | None) -> tuple[int, ...]:
    known = run.scenario.years
    if years is None:
        return tuple(known)
    if wrong := [year for year in years if year not in known]:
        expected = Phrase("expected.year_of_run", {"start": known[0], "end": known[-1]})
        raise InputError(Problem("E503", "--year", {"got": tuple(wrong), "expected": expected, "example": known[0]}))
    return tuple(dict.fromkeys(years))
