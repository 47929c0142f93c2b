"""`mijnrisico site`: the hazard at points, exact at the point; a row for each site and year."""

from math import inf, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from mijnrisico import front, messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files, spreadsheet, table
from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import acceleration
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.data.readers import sites

Row = dict[str, Any]

CHOICES: Final = ("arbitrary", "wierde", "arbitrary_wierde")
NEAR_M: Final = 25_000.0
"""A table of which no point comes this near the model area is the wrong table or has the wrong coordinates."""


def site(
    *,
    rd: Annotated[tuple[float, float] | None, option("rd", "--rd")] = None,
    lonlat: Annotated[tuple[float, float] | None, option("lonlat", "--lonlat")] = None,
    place: Annotated[str | None, option("site_place", "--place")] = None,
    csv: Annotated[Path | None, option("sites_file", "--csv")] = None,
    crs: Annotated[str, option("crs", "--crs")] = "",
    columns: Annotated[str, option("columns", "--columns")] = "",
    run: Annotated[str | None, option("run", "--run")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    year: Annotated[int | None, option("year", "--year")] = None,
    threshold: Annotated[float, option("threshold", "--threshold")] = 0.05,
    class_: Annotated[tuple[str, ...], option("site_class", "--class")] = (),
    out: Annotated[Path | None, option("site_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Answer for one point, or for a table of points."""
    with common.inside():
        asked, problems = _sites(rd, lonlat, place, csv, columns, crs)
        problems += _threshold(threshold)
        problems += [] if out is None else outputs.unwritable(out, force=force)
        try:
            found = StoredRun.open(results, run)
            found.be_about_earthquakes()
            problems += _year(found, year)
            problems += _classes(found, class_)
            problems += _outside(found, asked, csv, common) if asked else []
        except InputError as error:
            found = None
            problems += error.problems
        errors = [problem for problem in problems if problem.code.startswith("E")]
        if found is None or errors:
            raise InputError([*errors, *(problem for problem in problems if problem not in errors)])
        problems += [caution] if (caution := found.caution()) else []
        if problems and not common.json:
            show.problems(problems, common.language, no_color=common.no_color)
        return _answer(found, asked, problems, year, threshold, tuple(dict.fromkeys(class_)), out, common)


def _answer(
    run: StoredRun,
    asked: "tuple[sites.Site, ...]",
    warnings: list[Problem],
    year: int | None,
    threshold: float,
    classes: tuple[str, ...],
    out: Path | None,
    common: Common,
) -> int:
    x, y = [place.x for place in asked], [place.y for place in asked]
    names = [place.name for place in asked]
    frame = front.site(run, x, y, names=names, year=year, threshold=threshold, curves=common.json, classes=classes)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        answers = spreadsheet.harmless(frame.assign(threshold_g=threshold, run=run.id))
        files.write_text(out, answers.to_csv(index=False))
    rows = show.records(frame)
    if common.json:
        said = [show.as_dict(problem, common.language) for problem in warnings]
        answer = {"run": run.id, "threshold_g": threshold, "sites": _with_curves(rows, frame), "warnings": said}
        show.as_json(answer)
        return 0
    title = run.scenario.title_nl if common.language == "nl" else run.scenario.title
    named = messages.text("sentences.from_run", common.language, run=run.id, title=title)
    show.console(no_color=common.no_color).print(named, markup=False, soft_wrap=True)
    _show(rows, run.scenario.hazard.periods[0], threshold, common)
    if classes:
        _risk(rows, classes, common)
    if any(warning["code"] == "W607" for warning in run.manifest.get("warnings", ())):
        said = messages.text("errors.W607.what", common.language)
        show.console(no_color=common.no_color).print(f"W607 {said}", markup=False, soft_wrap=True)
    if out is not None:
        told = messages.text("explore.table.written", common.language, files=out.as_posix())
        show.console(no_color=common.no_color).print(told, markup=False, soft_wrap=True)
    return 0


def _choices(rows: list[Row], common: Common) -> str:
    """What the value shown is of, and what the highest of the four choices would make of it."""
    lang = common.language
    given = [row for row in rows if row["mean_g"] is not None and not isnan(row["mean_g"])]
    if not given:
        return ""
    params = {name: messages.text(f"choices.{given[0][name]}", lang) for name in ("component", "surface")}
    highest = [max(((float(row[f"mean_{name}_g"]), name) for name in CHOICES), default=(nan, "")) for row in given]
    more = [100.0 * (value / float(row["mean_g"]) - 1.0) for (value, _), row in zip(highest, given, strict=True)]
    low, high = (messages.fixed(value, lang, 0) for value in (min(more), max(more)))
    percent = low if low == high else f"{low}–{high}"
    names = " / ".join(dict.fromkeys(messages.text(f"choices.{name}", lang) for _, name in highest))
    if len(given) == 1:
        value = messages.number(highest[0][0], lang)
        return messages.text("sentences.choices_one", lang, **params, choice=names, value=value, percent=percent)
    return messages.text("sentences.choices_many", lang, **params, choice=names, percent=percent)


def _with_curves(rows: list[Row], frame: "pd.DataFrame") -> list[Row]:
    """Each row with its hazard curve: levels in g and the yearly rate of exceeding them, mean and fractiles."""
    curves = frame.attrs["curves"].stack(row=("site", "year")).transpose("row", "statistic", "level")
    levels = [float(level) for level in curves["level"].to_numpy()]
    statistics = [str(name) for name in curves["statistic"].to_numpy()]
    for row, values in zip(rows, curves.to_numpy(), strict=True):
        known = row["zone"] >= 0
        rates = {f"{name}_rate": [float(v) for v in value] for name, value in zip(statistics, values, strict=True)}
        row["curve"] = {"pga_g": levels, **rates} if known else None
    return rows


def _show(rows: list[Row], period: float, threshold: float, common: Common) -> None:
    lang = common.language
    shown = messages.number(threshold, lang, 3)
    headings = [
        *(messages.text(f"labels.{name}", lang) for name in ("name", "x_rd", "y_rd", "year")),
        messages.text("labels.level", lang, period=f"{period:g}"),
        messages.text("labels.range", lang),
        messages.text("labels.at_least", lang, threshold=shown),
        messages.text("labels.share", lang, threshold=shown),
    ]
    cells = [_row(row, threshold, common) for row in rows]
    show.table(headings, cells, no_color=common.no_color)
    out = show.console(no_color=common.no_color)
    if note := _choices(rows, common):
        out.print(note, markup=False, soft_wrap=True)
    out.print(messages.text("sentences.share_note", lang, threshold=shown), markup=False, soft_wrap=True)


def _risk(rows: list[Row], classes: tuple[str, ...], common: Common) -> None:
    """Write the local personal risk of each class at each point and year, the norm beside it, and what it is of."""
    lang = common.language
    names = ("name", "year", "building_type", "lpr", "lpr_half", "range", "norm", "above_norm")
    headings = [messages.text(f"labels.{name}", lang) for name in names]
    cells = [_risk_row(row, name, common) for row in rows for name in classes]
    title = messages.text("sentences.lpr_title", lang)
    show.table(headings, cells, title=f"\n{title}", no_color=common.no_color, left=(0, 2))
    said = [messages.text(key, lang) for key in ("sentences.lpr_note", "report.meaning.codes")]
    show.console(no_color=common.no_color).print("\n".join(said), markup=False, soft_wrap=True)


def _risk_row(row: Row, name: str, common: Common) -> list[str]:
    lang = common.language
    cells = [str(row["name"]), str(row["year"]), name]
    mean, p10, p50, p90 = (row[f"lpr_{part}_{name}_per_year"] for part in ("mean", "p10", "p50", "p90"))
    limit = nan if row["lpr_norm_per_year"] is None else float(row["lpr_norm_per_year"])
    if mean is None or isnan(mean):
        return [*cells, _no_value(row, lang) or "–", *[""] * 4]
    band = f"{messages.number(p10, lang)}–{messages.number(p90, lang)}"
    shown = [show.near(mean, limit, lang), messages.number(p50, lang), band, messages.number(limit, lang, 1)]
    return [*cells, *shown, messages.text(f"sentences.{'yes' if mean > limit else 'no'}", lang)]


def _no_value(row: Row, lang: Language) -> str:
    """Say why a point has no value; "" for one that lies in the model area and in a zone."""
    if row["distance_outside_km"] > 0.0:
        return messages.text("sentences.outside", lang)
    return messages.text("sentences.no_zone", lang) if row["zone"] < 0 else ""


def _row(row: Row, threshold: float, common: Common) -> list[str]:
    lang = common.language
    cells = [str(row["name"]), f"{row['x_rd']:.0f}", f"{row['y_rd']:.0f}", str(row["year"])]
    if why := _no_value(row, lang):
        return [*cells, why, "", "", ""]
    mean = nan if row["mean_g"] is None else float(row["mean_g"])
    if isnan(mean):
        return [*cells, messages.text("sentences.below_lowest", lang), "", "", ""]
    return [
        *cells,
        f"{show.near(mean, threshold, lang)} g",
        f"{messages.number(float(row['p10_g']), lang)}–{messages.number(float(row['p90_g']), lang)}",
        messages.text(f"sentences.{row['reaches']}", lang),
        messages.number(float(row["share_at_threshold"]), lang),
    ]


def _sites(
    rd: tuple[float, float] | None,
    lonlat: tuple[float, float] | None,
    place: str | None,
    csv: Path | None,
    names: str,
    declared: str,
) -> "sites.Found":
    if sum(way is not None for way in (rd, lonlat, place, csv)) != 1:
        params = {"got": "–", "expected": Phrase("expected.site_way"), "example": "--rd 245459 594583"}
        return (), [Problem("E503", "mijnrisico site", params)]
    from mijnrisico.data.readers import sites

    if place is not None:
        return sites.named(place)
    if csv is None:
        return sites.at(rd=rd, lonlat=lonlat)
    pairs = [(need.strip(), there.strip()) for need, _, there in (pair.partition("=") for pair in names.split(","))]
    if names and not all(need and there for need, there in pairs):
        params = {"got": names, "expected": Phrase("sites.pairs"), "example": '--columns "name=naam,x_rd=X"'}
        return (), [Problem("E503", "--columns", params)]
    path = table.find(str(csv), Path(), "--csv")
    if isinstance(path, Problem):
        return (), [path]
    return sites.read(path, names=dict(pairs) if names else {}, declared=declared)


def _outside(run: StoredRun, asked: "tuple[sites.Site, ...]", file: Path | None, common: Common) -> list[Problem]:
    """E107 for one point, or for all points of a table, outside the model area; E106 where none is even near it."""
    import numpy as np

    from mijnrisico import data
    from mijnrisico.data.readers import crs
    from mijnrisico.seismic import site as model

    x, y = np.array([place.x for place in asked]), np.array([place.y for place in asked])
    margin = run.scenario.hazard.margin
    distance_km = model.distance_outside_km(x, y, margin)
    if (distance_km == 0.0).any():
        return []
    if file is not None:
        bounds = np.array([shape.bounds for shape in data.polygons("groningen_outline")[1]])
        low, high = bounds[:, :2].min(axis=0) - margin, bounds[:, 2:].max(axis=0) + margin
        area = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        words = {"what": Phrase("sites.sites", {"file": file.name}), "other": Phrase("sites.area")}
        if apart := crs.apart(x, y, area, where=file.name, margin_m=NEAR_M, **words):
            return apart
    shown = _tenths(margin / 1000.0, common)
    return [
        Problem("E107", place.where, {"name": place.name, "distance_km": _tenths(km, common), "margin_km": shown})
        for place, km in zip(asked, map(float, distance_km), strict=True)
    ]


def _threshold(value: float) -> list[Problem]:
    if not 0.0 < value < inf:
        params = {"got": value, "expected": Phrase("expected.greater_than", {"limit": 0}), "example": "0.05"}
        return [Problem("E503", "--threshold", params)]
    impossible = acceleration.problem(value, "--threshold", "--threshold ")
    return [] if impossible is None else [impossible]


def _classes(run: StoredRun, asked: tuple[str, ...]) -> list[Problem]:
    """E711 for a class that the run cannot be asked; raises `InputError` E702 where the run has no risk."""
    if not asked:
        return []
    from mijnrisico.studies import point

    return point.unknown_classes(run, asked)


def _year(run: StoredRun, year: int | None) -> list[Problem]:
    years = run.scenario.years
    if year is None or year in years:
        return []
    expected = Phrase("expected.year_of_run", {"start": years[0], "end": years[-1]})
    return [Problem("E503", "--year", {"got": year, "expected": expected, "example": str(years[0])})]


def _tenths(value: float, common: Common) -> str:
    return messages.fixed(value, common.language, 1 if value >= 0.1 else 3)
