"""`mijnrisico industry risk`: rates of loss of containment of installations and the individual risk around them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from mijnrisico import front, messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files, spreadsheet
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.studies.industry.risk.assessment import Assessment
    from mijnrisico.studies.industry.risk.hazard_band import HazardBand
    from mijnrisico.studies.industry.risk.site_file import Site
    from mijnrisico.studies.industry.risk.tanks import Spectrum

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
MAP: Final = "map"


def industry_risk(
    file: Annotated[Path, option("industry_site")],
    /,
    *,
    run: Annotated[str | None, option("run", "--run")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    year: Annotated[int | None, option("industry_year", "--year")] = None,
    until: Annotated[int | None, option("industry_until", "--until")] = None,
    out: Annotated[Path | None, option("industry_risk_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Compute, write and tell."""
    with common.inside():
        problems = [] if out is None else outputs.unwritable_folder(out, _names(), force=force)
        from mijnrisico.studies.industry.risk import assessment, site_file

        try:
            site = site_file.read(file)
        except InputError as error:
            raise InputError([*problems, *error.problems]) from None
        try:
            given = _given(site, run, results, year, until)
        except InputError as error:
            raise InputError([*problems, *(_placed(problem, site) for problem in error.problems)]) from None
        if problems:
            raise InputError(problems)
        found = assessment.assess(site, given.hazard)
        tables = _tables(found, given)
        lang = common.language
        written = () if out is None else tuple(_write(found, tables, out, lang))
        if common.json:
            show.as_json(_told(found, tables, lang, written))
        else:
            _say(found, tables, written, common)
    return 0


@dataclass(frozen=True)
class Given:
    """What a file or a run says of the shaking; tables that only a run can fill."""

    hazard: "HazardBand"
    spectrum: "Spectrum | None" = None
    years: "pd.DataFrame | None" = None
    buildings: "pd.DataFrame | None" = None


def _given(site: "Site", run: str | None, results: Path, year: int | None, until: int | None) -> Given:
    """The hazard of the file or of a run; raises `InputError` E503 unless it is given in one way."""
    from mijnrisico.studies.industry.risk import hazard_band, tank_checks

    table = site.entry.hazard
    if (table is None) == (run is None):
        expected = Phrase("industry_risk.expected.hazard_way")
        params = {"got": "–" if table is None else "[hazard], --run", "expected": expected, "example": "--run latest"}
        raise InputError(Problem("E503", "hazard", params))
    spectrum = None if site.entry.spectrum is None else tank_checks.spectrum_of(site.entry.spectrum)
    if table is not None and (year is not None or until is not None):
        option_, got = ("--year", year) if year is not None else ("--until", until)
        params = {"got": got, "expected": Phrase("industry_risk.expected.no_years"), "example": "--run latest"}
        raise InputError(Problem("E503", option_, params))
    if table is not None:
        pga, mean = table.pga_g, table.rate_per_year
        return Given(hazard_band.band(pga, mean, table.fractiles(), table.source), spectrum)
    stored = StoredRun.open(results, run)
    first = stored.scenario.years[0] if year is None else year
    if until is not None and not first <= until <= stored.scenario.years[-1]:
        expected = Phrase("industry_risk.expected.until", {"first": first, "last": stored.scenario.years[-1]})
        example = f"--until {stored.scenario.years[-1]}"
        raise InputError(Problem("E503", "--until", {"got": until, "expected": expected, "example": example}))
    hazard = hazard_band.of_run(stored, *site.middle, first)
    if spectrum is None and any(each.tank is not None for each in site.entry.unit):
        spectrum = hazard_band.spectrum_of_run(stored, *site.middle, first, site.entry.return_period_yr)
    return Given(hazard, spectrum, _years(site, stored, hazard, first, until), _buildings(site, stored, first))


def _years(site: "Site", run: StoredRun, first: "HazardBand", year: int, until: int | None) -> "pd.DataFrame | None":
    """Rate of loss by unit and year, and over the years together; None where no last year was asked."""
    if until is None:
        return None
    import pandas as pd

    from mijnrisico.studies.industry.risk import hazard_band, installations

    rows = []
    for each in range(year, until + 1):
        curve = (first if each == year else hazard_band.of_run(run, *site.middle, each)).mean
        found = {unit.name: installations.loss_rate(curve, unit) for unit in site.units}
        found[installations.ANY] = installations.any_loss(curve, site.units)
        rows += [{"unit": name, "year": str(each), "loss_per_year": rate.per_year} for name, rate in found.items()]
    table = pd.DataFrame(rows)
    mean = table.groupby("unit", sort=False, as_index=False)["loss_per_year"].mean().assign(year="average")
    return pd.concat([table, mean], ignore_index=True)[["unit", "year", "loss_per_year"]]


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

    from mijnrisico.studies.industry.risk import hazard_band

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


def marks(found: "Assessment", lang: Language) -> list[str]:
    """What every file says of its sources: all that rests on no text that was read; no line where there is none."""
    words = "; ".join(found.marks)
    return [messages.text("industry_risk.marks", lang, marks=words)] if words else []


def _tables(found: "Assessment", given: Given) -> "dict[str, pd.DataFrame]":
    import pandas as pd

    from mijnrisico.studies.industry.risk import tank_checks

    origins = pd.DataFrame([{"what": o.what, "mark": o.mark, "source": o.source} for o in found.origins])
    tables = {
        "rates": found.rates,
        "alternatives": found.alternatives,
        "scenarios": found.scenarios,
        "allowable": found.allowable,
        "places": found.places,
        "verdicts": found.verdict_table,
        "contours": found.contour_table,
        "drivers": found.drivers,
        "origins": origins,
    }
    checked = None if given.spectrum is None else tank_checks.check(found.site, given.spectrum)
    more = {"years": given.years, "buildings": given.buildings, "tanks": checked}
    return tables | {name: table for name, table in more.items() if table is not None and not table.empty}


def _write(found: "Assessment", tables: "dict[str, pd.DataFrame]", out: Path, lang: Language) -> Iterator[str]:
    """Write every table as CSV with the warning at its top, and the contours as GeoJSON."""
    out.mkdir(parents=True, exist_ok=True)
    top = "".join(f"# {line}\n" for line in (*head(found.site, lang), *marks(found, lang)))
    for name, table in tables.items():
        path = out / f"{name}.csv"
        files.write_text(path, top + spreadsheet.harmless(table).to_csv(index=False, float_format="%.6g"))
        yield path.as_posix()
    path = out / CONTOURS
    files.write_text(path, json.dumps(geojson(found, lang), ensure_ascii=False, indent=1))
    yield path.as_posix()
    if front.can_draw() and found.site.scenarios:
        from mijnrisico.report.draw import industry_map

        picture, _ = industry_map.draw(found, lang).save(out / f"{MAP}.{lang}.svg")
        yield picture.as_posix()


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
            "properties": {
                "risk": kind,
                "level_per_year": each.level,
                "cut_off_by_grid": each.cut_off,
                "unknown": each.unknown,
            },
        }
        for kind, each in found.contours
    ]
    note = " ".join([*head(found.site, lang), *marks(found, lang)])
    return {"type": "FeatureCollection", "note": note, "features": features}


def _told(
    found: "Assessment", tables: "dict[str, pd.DataFrame]", lang: Language, written: tuple[str, ...]
) -> dict[str, Any]:
    """Return everything for a program, numbers unrounded."""
    from mijnrisico.studies.industry.risk import assessment

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
    from mijnrisico.studies.industry.risk import assessment, dispersion

    lang = common.language
    console = show.console(no_color=common.no_color)

    def tell(key: str, **params: object) -> None:
        console.print(messages.text(f"industry_risk.{key}", lang, **params), markup=False, soft_wrap=True)

    for line in head(found.site, lang):
        console.print(line, markup=False, soft_wrap=True)
    low, high = (messages.number(level, lang) for level in (found.any_loss.from_g, found.any_loss.to_g))
    tell("about", title=found.site.entry.title, source=found.hazard.source, low=low, high=high)
    if not found.site.scenarios:
        tell("no_scenarios")
    for name in _COLUMNS:
        if name in ("contours", "places", "allowable") and not found.site.scenarios:
            continue
        if name in tables and not tables[name].empty:
            _table(name, _shown(name, tables[name], lang), common)
            if name in ("buildings", "tanks", "verdicts"):
                tell(f"{name}_note")
    if found.site.scenarios and (mean := _mean_of_band(tables["places"])) is not None:
        tell("mean_of_band", mean=_cell(mean, lang))
    tell("any_loss", rate=_cell(found.any_loss.per_year, lang), high=_cell(found.any_loss.high, lang))
    if found.site.widest_m > assessment.FARTHEST_APART_M:
        tell("far_apart", km=messages.number(found.site.widest_m / 1000.0, lang))
    if any(found.site.alternatives.values()):
        tell("set_weights")
    if found.site.without_base:
        tell("no_base", scenarios=found.site.without_base)
    if found.site.assumes_no_loss_when_low:
        tell("no_loss_low", units=found.site.assumes_no_loss_when_low)
    if any(each.cut_off for _, each in found.contours):
        tell("cut_off")
    if found.site.weather:
        tell("plume", near=f"{dispersion.LIMITS_M[0]:g}", far=f"{dispersion.LIMITS_M[1] / 1000.0:g}")
    if not found.place_bands and not found.unit_bands:
        tell("no_band")
    tell("set_caution")
    for line in marks(found, lang):
        console.print(line, markup=False, soft_wrap=True)
    of_unit: dict[str, list[str]] = {}
    for unit, words in assessment.open_checks(found.site, lang):
        of_unit.setdefault(unit, []).append(words)
    for unit, checks in of_unit.items():
        tell("check", unit=unit, check="; ".join(checks))
    if written:
        console.print(
            messages.text("explore.table.written", lang, files=", ".join(written)), markup=False, soft_wrap=True
        )


def _mean_of_band(places: "pd.DataFrame") -> float | None:
    """Mean of the band at the highest place outside, where there is a band."""
    from mijnrisico.studies.industry.risk import assessment

    found = places.loc[places["place"] == assessment.HIGHEST, "seismic_mean_of_band_per_year"].dropna()
    return None if found.empty else float(found.iloc[0])


def _shown(name: str, table: "pd.DataFrame", lang: Language) -> "pd.DataFrame":
    """Leave out on the screen what says nothing new: units that a measure does not touch, single units by year.

    An unknown contour says why.
    """
    from mijnrisico.studies.industry.risk import installations

    if name == "contours":
        why = [
            messages.text(f"industry_risk.unknown.{each}", lang, cell=f"{float(cell):.2g}" if cell else "–")
            if each
            else None
            for each, cell in zip(table["unknown"], table["needed_cell_m"], strict=True)
        ]
        area = table["area_ha"].astype(object)
        return table.assign(area_ha=[words or value for words, value in zip(why, area, strict=True)])
    if name not in ("years", "alternatives"):
        return table
    whole = table["unit"] == installations.ANY
    if name == "years":
        return table.loc[whole]
    return table.loc[whole | (table["alternative"] == installations.PRESENT) | (table["times_lower"] != 1.0)]


_COLUMNS: Final = {
    "rates": ("unit", "state", "or_worse_per_year", "exactly_per_year", "p16_per_year", "p84_per_year", "set", "mark"),
    "alternatives": ("alternative", "unit", "loss_per_year", "times_lower", "seismic_risk_at_places_per_year"),
    "allowable": ("unit", "seismic_per_year", "highest_chance_of_death", "allowable_per_year", "share_used"),
    "places": (
        "place", "seismic_per_year", "seismic_p16_per_year", "seismic_p84_per_year", "base_per_year", "total_per_year",
        "driven_by",
    ),
    "verdicts": ("risk", "norm", "limit_per_year", "highest_per_year", "outcome"),
    "contours": ("risk", "level_per_year", "area_ha", "farthest_m"),
    "years": ("unit", "year", "loss_per_year"),
    "tanks": (
        "unit", "impulsive_period_s", "convective_period_s", "base_shear_mn", "wall_moment_mnm", "wave_height_m",
        "axial_stress_as", "elephant_foot", "elastic_buckling", "uplift_ratio", "uplift", "mark",
    ),
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
    if column == "outcome" and value == "no_value":
        return messages.text("industry_risk.unknown.base", lang)
    if column == "outcome":
        return messages.text(f"verdicts.{value}", lang)
    if isinstance(value, str):
        key = f"industry_risk.words.{value.replace(' ', '_')}"
        return messages.text(key, lang) if messages.has(key, lang) else value
    if value is None and column in ("area_ha", "farthest_m"):
        return messages.text("industry_risk.words.no_contour", lang)
    if value is None and column in ("base_per_year", "total_per_year"):
        return messages.text("industry_risk.words.unknown", lang)
    if value is None:
        return "–"
    return str(value) if column == "year" else _cell(float(value), lang)  # pyright: ignore[reportArgumentType]


def _cell(value: float, lang: Language) -> str:
    return messages.number(value, lang, 3)


def _names() -> list[str]:
    """Files that may be written, in every language."""
    return [*(f"{name}.csv" for name in TABLES), CONTOURS, *(f"{MAP}.{lang}.svg" for lang in messages.LANGUAGES)]
