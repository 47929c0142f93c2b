"""`mijnrisico industry risk`: rates of loss of containment of installations and the individual risk around them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files, spreadsheet
from mijnrisico.core.run import StoredRun, store
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.studies.industry.assessment import Assessment
    from mijnrisico.studies.industry.hazard_band import HazardBand
    from mijnrisico.studies.industry.site_file import Site

TABLES: Final = (
    "rates",
    "alternatives",
    "scenarios",
    "allowable",
    "places",
    "contours",
    "drivers",
    "origins",
    "buildings",
)
CONTOURS: Final = "contours.geojson"


def industry_risk(
    file: Annotated[Path, option("industry_site")],
    /,
    *,
    run: Annotated[str | None, option("run", "--run")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    year: Annotated[int | None, option("year", "--year")] = None,
    out: Annotated[Path | None, option("industry_risk_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Compute, write and tell."""
    with common.inside():
        problems = [] if out is None else _unwritable(out, force=force)
        from mijnrisico.studies.industry import assessment, site_file

        try:
            site = site_file.read(file)
        except InputError as error:
            raise InputError([*problems, *error.problems]) from None
        hazard, buildings, found_problems = _hazard(site, run, results, year)
        if problems := [*problems, *found_problems]:
            raise InputError(problems)
        assert hazard is not None
        found = assessment.assess(site, hazard)
        tables = _tables(found, buildings)
        lang = common.language
        written = () if out is None else tuple(_write(found, tables, out, lang))
        if common.json:
            show.as_json(_told(found, tables, lang, written))
        else:
            _say(found, tables, written, common)
    return 0


def _hazard(
    site: "Site", run: str | None, results: Path, year: int | None
) -> "tuple[HazardBand | None, pd.DataFrame | None, list[Problem]]":
    """The hazard of the file or of a run, and the risk of linked buildings, which only a run can tell."""
    from mijnrisico.studies.industry import hazard_band

    given = site.entry.hazard
    if (given is None) == (run is None):
        expected = Phrase("industry_risk.expected.hazard_way")
        params = {"got": "–" if given is None else "[hazard], --run", "expected": expected}
        return None, None, [Problem("E503", f"{site.file} [hazard]", {**params, "example": "--run latest"})]
    try:
        if given is not None:
            pga, mean = given.pga_g, given.rate_per_year
            return hazard_band.band(pga, mean, given.fractiles(), given.source), None, []
        stored = StoredRun.open(results, None if run == "latest" else run)
        asked = stored.scenario.years[0] if year is None else year
        hazard = hazard_band.of_run(stored, *site.middle, asked)
        return hazard, _buildings(site, stored, asked), []
    except InputError as error:
        return None, None, [_placed(problem, site) for problem in error.problems]


def _placed(problem: Problem, site: "Site") -> Problem:
    return (
        Problem(problem.code, f"{site.file} [{problem.where}]", problem.params)
        if "hazard" in problem.where
        else problem
    )


def _buildings(site: "Site", run: StoredRun, year: int) -> "pd.DataFrame | None":
    """Local personal risk of each linked building, from the run."""
    if not site.buildings:
        return None
    import pandas as pd

    from mijnrisico.studies.industry import hazard_band

    rows = [
        hazard_band.linked_building(run, each.x_rd, each.y_rd, each.vulnerability_class, year).assign(
            building=each.name, linked_to=each.linked_to
        )
        for each in site.buildings
    ]
    table = pd.concat(rows, ignore_index=True)
    return table[["building", "linked_to", *(name for name in table.columns if name not in ("building", "linked_to"))]]


def head(site: "Site", lang: Language) -> list[str]:
    """What stands at the top of every output: this is screening, and where the official report is."""
    report = site.entry.official_report
    words = messages.text("industry_risk.report", lang, report=report)
    return [
        messages.text("industry_risk.screening", lang),
        words if report else messages.text("industry_risk.no_report", lang),
        messages.text("industry_risk.person", lang),
    ]


def _tables(found: "Assessment", buildings: "pd.DataFrame | None") -> "dict[str, pd.DataFrame]":
    import pandas as pd

    origins = pd.DataFrame([{"what": o.what, "mark": o.mark, "source": o.source} for o in found.origins])
    tables = {
        "rates": found.rates,
        "alternatives": found.alternatives,
        "scenarios": found.scenarios,
        "allowable": found.allowable,
        "places": found.places,
        "contours": found.contour_table,
        "drivers": found.drivers,
        "origins": origins,
    }
    return tables if buildings is None else {**tables, "buildings": buildings}


def _write(found: "Assessment", tables: "dict[str, pd.DataFrame]", out: Path, lang: Language) -> Iterator[str]:
    """Write every table as CSV with the warning at its top, and the contours as GeoJSON."""
    out.mkdir(parents=True, exist_ok=True)
    top = "".join(f"# {line}\n" for line in head(found.site, lang))
    for name, table in tables.items():
        path = out / f"{name}.csv"
        files.write_text(path, top + spreadsheet.harmless(table).to_csv(index=False, float_format="%.6g"))
        yield path.as_posix()
    path = out / CONTOURS
    files.write_text(path, json.dumps(geojson(found, lang), ensure_ascii=False, indent=1))
    yield path.as_posix()


def geojson(found: "Assessment", lang: Language) -> dict[str, Any]:
    """The contours in longitude and latitude; a level without a contour is a feature without geometry."""
    import shapely

    from mijnrisico.data.readers import crs

    def lonlat(points: Any) -> Any:
        import numpy as np

        return np.column_stack(crs.from_rd(points[:, 0], points[:, 1]))

    features = [
        {
            "type": "Feature",
            "geometry": None
            if each.area is None
            else json.loads(shapely.to_geojson(shapely.transform(each.area, lonlat))),
            "properties": {"risk": kind, "level_per_year": each.level, "cut_off_by_grid": each.cut_off},
        }
        for kind, each in found.contours
    ]
    return {"type": "FeatureCollection", "note": " ".join(head(found.site, lang)), "features": features}


def _told(
    found: "Assessment", tables: "dict[str, pd.DataFrame]", lang: Language, written: tuple[str, ...]
) -> dict[str, Any]:
    """Return everything for a program, numbers unrounded."""
    from mijnrisico.studies.industry import assessment

    any_loss = found.any_loss
    return {
        "note": head(found.site, lang),
        "title": found.site.entry.title,
        "hazard": {
            "source": found.hazard.source,
            "pga_g": list(found.hazard.mean.pga_g),
            "rate_per_year": list(found.hazard.mean.rate_per_year),
        },
        "any_loss": {
            "per_year": any_loss.per_year,
            "with_tail_low_per_year": any_loss.low,
            "with_tail_high_per_year": any_loss.high,
        },
        **{name: show.records(table) for name, table in tables.items()},
        "checks_open": [{"unit": unit, "check": words} for unit, words in assessment.open_checks(found.site, lang)],
        "files": list(written),
    }


def _say(found: "Assessment", tables: "dict[str, pd.DataFrame]", written: tuple[str, ...], common: Common) -> None:
    from mijnrisico.studies.industry import assessment, dispersion

    lang = common.language
    console = show.console(no_color=common.no_color)

    def tell(key: str, **params: object) -> None:
        console.print(messages.text(f"industry_risk.{key}", lang, **params), markup=False, soft_wrap=True)

    for line in head(found.site, lang):
        console.print(line, markup=False, soft_wrap=True)
    low, high = (messages.number(level, lang, 3) for level in (found.any_loss.from_g, found.any_loss.to_g))
    tell("about", title=found.site.entry.title, source=found.hazard.source, low=low, high=high)
    for name in ("rates", "alternatives", "allowable", "places", "contours"):
        if not tables[name].empty:
            _table(name, tables[name], common)
    if "buildings" in tables:
        _table("buildings", tables["buildings"], common)
        tell("buildings_note")
    tell("any_loss", rate=_cell(found.any_loss.per_year, lang), high=_cell(found.any_loss.high, lang))
    if any(each.cut_off for _, each in found.contours):
        tell("cut_off")
    if found.site.weather:
        tell("plume", near=f"{dispersion.LIMITS_M[0]:g}", far=f"{dispersion.LIMITS_M[1] / 1000.0:g}")
    if not found.place_bands and not found.unit_bands:
        tell("no_band")
    tell("set_caution")
    if marks := [f"{origin.what} [{origin.mark}]" for origin in found.origins if origin.mark in ("M", "?")]:
        tell("marks", marks=tuple(marks) if len(marks) <= messages.SHOWN_EXAMPLES else "; ".join(marks))
    for unit, words in assessment.open_checks(found.site, lang):
        tell("check", unit=unit, check=words)
    if written:
        console.print(
            messages.text("explore.table.written", lang, files=", ".join(written)), markup=False, soft_wrap=True
        )


_COLUMNS: Final = {
    "rates": ("unit", "state", "or_worse_per_year", "exactly_per_year", "p16_per_year", "p84_per_year", "set", "mark"),
    "alternatives": ("alternative", "unit", "loss_per_year", "times_lower", "seismic_risk_at_places_per_year"),
    "allowable": ("unit", "seismic_per_year", "highest_chance_of_death", "allowable_per_year", "share_used"),
    "places": (
        "place", "seismic_per_year", "seismic_p16_per_year", "seismic_p84_per_year", "base_per_year", "total_per_year",
        "driven_by",
    ),
    "contours": ("risk", "level_per_year", "area_ha", "farthest_m"),
    "buildings": ("building", "linked_to", "class", "year", "lpr_mean", "p10", "p90"),
}  # fmt: skip
"""Columns on the screen; the files have them all."""


def _table(name: str, table: "pd.DataFrame", common: Common) -> None:
    lang = common.language
    columns = _COLUMNS[name]
    headings = [messages.text(f"industry_risk.columns.{column}", lang) for column in columns]
    rows = [[_word(row[column], column, lang) for column in columns] for row in show.records(table)]
    title = messages.text(f"industry_risk.tables.{name}", lang)
    show.table(headings, rows, title=title, no_color=common.no_color)


def _word(value: object, column: str, lang: Language) -> str:
    if isinstance(value, str):
        key = f"industry_risk.words.{value.replace(' ', '_')}"
        return messages.text(key, lang) if messages.has(key, lang) else value
    if value is None and column in ("area_ha", "farthest_m"):
        return messages.text("industry_risk.words.no_contour", lang)
    if value is None:
        return "–"
    return str(value) if column == "year" else _cell(float(value), lang)  # pyright: ignore[reportArgumentType]


def _cell(value: float, lang: Language) -> str:
    return messages.number(value, lang, 3)


def _unwritable(out: Path, *, force: bool) -> list[Problem]:
    """E116 where nothing can be written, E716 for each file that is there already, E719 inside a run."""
    if problem := store.inside_run(out, "--out"):
        return [problem]
    if reason := files.cannot_hold(out):
        return [Problem("E116", "--out", {"file": out.as_posix(), "reason": Phrase(f"unwritable.{reason}")})]
    names = [*(f"{name}.csv" for name in TABLES), CONTOURS]
    there = [] if force else [path for path in (out / name for name in names) if path.exists()]
    return [Problem("E716", "--out", {"file": path.as_posix()}) for path in there]
