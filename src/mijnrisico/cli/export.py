"""`mijnrisico export`: a run in the formats of other programs."""

from pathlib import Path
from typing import Annotated

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import Problem, UsageError
from mijnrisico.messages import Phrase

FORMATS = "netcdf,csv,gpkg,geotiff"
"""Those that are written when none is asked for."""


def export(
    run: Annotated[str | None, option("run")] = None,
    /,
    *,
    formats: Annotated[str, option("export_format", "--format")] = FORMATS,
    out: Annotated[Path | None, option("export_out", "--out")] = None,
    year: Annotated[tuple[int, ...], option("export_year", "--year")] = (),
    catalogues: Annotated[int | None, option("export_catalogues", "--catalogues")] = None,
    seed: Annotated[int | None, option("export_seed", "--seed")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    common: Common = COMMON,
) -> int:
    """Write a run, by default the newest, as NetCDF, CSV, GeoPackage and GeoTIFF, or its earthquakes."""
    from mijnrisico import export as exports

    lang = common.language
    wanted = tuple(dict.fromkeys(part.strip().lower() for part in formats.split(",") if part.strip()))
    if not wanted or set(wanted) - set(exports.FORMATS):
        unknown = tuple(part for part in wanted if part not in exports.FORMATS) or (formats,)
        params = {"got": unknown, "option": "--format", "expected": ",".join(exports.FORMATS)}
        raise UsageError(Problem("E005", "--format", params | {"example": "mijnrisico export --format gpkg"}))
    exports.require(wanted)
    for name, value in (("--catalogues", catalogues), ("--seed", seed)):
        if value is not None and value < (name == "--catalogues"):
            params = {"got": (str(value),), "option": name, "expected": Phrase("expected.counted")}
            raise UsageError(
                Problem("E005", name, params | {"example": f"mijnrisico export --format quakeml {name} 10"})
            )
    with common.inside():
        found = StoredRun.open(results, run)
        folder = Path(f"export-{found.id}") if out is None else out
        display = show.display(lang, quiet=common.quiet, no_color=common.no_color)
        with display.stage("export"):
            written = exports.write(
                found,
                folder,
                wanted,
                years=year or None,
                lang=lang,
                catalogues=exports.CATALOGUES if catalogues is None else catalogues,
                seed=seed,
            )
        caution = found.caution()
        if common.json:
            files = [path.as_posix() for path in written]
            show.as_json({"run": found.id, "folder": folder.as_posix(), "files": files})
            return 0
        if caution is not None:
            show.problems([caution], lang, no_color=common.no_color)
        size = messages.number(sum(path.stat().st_size for path in written) / 2**20, lang)
        line = messages.text("sentences.exported", lang, folder=folder.as_posix(), n=len(written), mib=size)
        show.console(no_color=common.no_color).print(line, markup=False, soft_wrap=True)
        return 0
