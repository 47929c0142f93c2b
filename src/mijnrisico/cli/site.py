"""`mijnrisico site`: the hazard at points, exact at the point; a row for each site and year."""

from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from mijnrisico import front, messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import table
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]

RD_X_M: Final = (-7_000.0, 300_000.0)
RD_Y_M: Final = (289_000.0, 629_000.0)
CHOICES: Final = ("arbitrary", "wierde", "arbitrary_wierde")
_DUTCH_LON: Final = (3.0, 8.0)
_DUTCH_LAT: Final = (50.0, 54.0)


@dataclass(frozen=True, slots=True)
class Site:
    """A named point in RD New (m), and where the user gave it."""

    name: str
    x: float
    y: float
    where: str


def site(
    *,
    rd: Annotated[tuple[float, float] | None, option("rd", "--rd")] = None,
    lonlat: Annotated[tuple[float, float] | None, option("lonlat", "--lonlat")] = None,
    csv: Annotated[Path | None, option("csv", "--csv")] = None,
    run: Annotated[str | None, option("run", "--run")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    year: Annotated[int | None, option("year", "--year")] = None,
    threshold: Annotated[float, option("threshold", "--threshold")] = 0.05,
    common: Common = COMMON,
) -> int:
    """Answer for one point, or for a table of points."""
    with common.inside():
        sites, problems = _sites(rd, lonlat, csv)
        if not 0.0 < threshold <= 3.0:
            params = {"got": threshold, "expected": Phrase("expected.greater_than", {"limit": 0}), "example": "0.05"}
            problems.append(Problem("E503", "--threshold", params))
        try:
            found = StoredRun.open(results, run)
            problems += _year(found, year)
        except InputError as error:
            found = None
            problems += error.problems
        errors = [problem for problem in problems if problem.code.startswith("E")]
        if errors or found is None:
            raise InputError(problems)
        if problems and not common.json:
            show.problems(problems, common.language, no_color=common.no_color)
        return _answer(found, sites, year, threshold, common, single=csv is None)


def _answer(
    run: StoredRun, sites: list[Site], year: int | None, threshold: float, common: Common, *, single: bool
) -> int:
    import numpy as np

    x, y = np.array([site.x for site in sites]), np.array([site.y for site in sites])
    names = [site.name for site in sites]
    frame = front.site(run, x, y, names=names, year=year, threshold=threshold, curves=common.json)
    rows = show.records(frame)
    distance_km = {row["name"]: float(row["distance_outside_km"]) for row in rows}
    outside = [site for site in sites if distance_km[site.name] > 0.0]
    if outside and (single or len(outside) == len(sites)):
        margin = _tenths(run.scenario.hazard.margin / 1000.0, common)
        away = {site: _tenths(distance_km[site.name], common) for site in outside}
        raise InputError(
            Problem("E107", site.where, {"name": site.name, "distance_km": away[site], "margin_km": margin})
            for site in outside
        )
    if common.json:
        show.as_json({"run": run.id, "threshold_g": threshold, "sites": _with_curves(rows, frame)})
        return 0
    title = run.scenario.title_nl if common.language == "nl" else run.scenario.title
    named = messages.text("sentences.from_run", common.language, run=run.id, title=title)
    show.console(no_color=common.no_color).print(named, markup=False, soft_wrap=True)
    _show(rows, threshold, common)
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


def _show(rows: list[Row], threshold: float, common: Common) -> None:
    lang = common.language
    shown = messages.number(threshold, lang, 3)
    headings = [
        *(messages.text(f"labels.{name}", lang) for name in ("name", "x_rd", "y_rd", "year")),
        messages.text("labels.level", lang),
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
    out.print(f"W607 {messages.text('errors.W607.what', lang)}", markup=False, soft_wrap=True)


def _row(row: Row, threshold: float, common: Common) -> list[str]:
    lang = common.language
    cells = [str(row["name"]), f"{row['x_rd']:.0f}", f"{row['y_rd']:.0f}", str(row["year"])]
    if row["distance_outside_km"] > 0.0:
        return [*cells, messages.text("sentences.outside", lang), "", "", ""]
    if row["zone"] < 0:
        return [*cells, messages.text("sentences.no_zone", lang), "", "", ""]
    mean = nan if row["mean_g"] is None else float(row["mean_g"])
    if isnan(mean):
        return [*cells, messages.text("sentences.below_lowest", lang), "", "", ""]
    return [
        *cells,
        f"{near(mean, threshold, common)} g",
        f"{messages.number(float(row['p10_g']), lang)}–{messages.number(float(row['p90_g']), lang)}",
        messages.text(f"sentences.{row['reaches']}", lang),
        messages.number(float(row["share_at_threshold"]), lang),
    ]


def near(value: float, threshold: float, common: Common) -> str:
    """Write a level with as many digits as show on which side of the threshold it lies.

    Rounding must not contradict the answer: 0.04996 is not shown as 0.050 beside "no".
    """
    for digits in range(2, 8):
        if digits == 7 or (float(f"{value:.{digits - 1}e}") >= threshold) == (value >= threshold):
            return messages.number(value, common.language, digits)
    raise AssertionError


def _sites(
    rd: tuple[float, float] | None, lonlat: tuple[float, float] | None, csv: Path | None
) -> tuple[list[Site], list[Problem]]:
    if sum(way is not None for way in (rd, lonlat, csv)) != 1:
        params = {"got": "–", "expected": Phrase("expected.site_way"), "example": "--rd 245459 594583"}
        return [], [Problem("E503", "mijnrisico site", params)]
    if csv is not None:
        return _read(csv)
    if rd is not None:
        return [Site(f"{rd[0]:.0f}, {rd[1]:.0f}", *rd, "--rd")], _not_rd([("--rd", *rd)])
    assert lonlat is not None
    problems = _not_lonlat([("--lonlat", *lonlat)])
    if problems:
        return [], problems
    name = f"{lonlat[0]:.5f}, {lonlat[1]:.5f}"
    return [Site(name, *to_rd(*lonlat), "--lonlat")], []


def _read(csv: Path) -> tuple[list[Site], list[Problem]]:
    """Read a table of sites: name and x_rd, y_rd or lon, lat."""
    path = table.find(csv.name, csv.parent, "--csv")
    if isinstance(path, Problem):
        return [], [path]
    found = table.read(path)
    if isinstance(found, Problem):
        return [], [found]
    by_lonlat = {"lon", "lat"} <= set(found.columns) and not {"x_rd", "y_rd"} <= set(found.columns)
    first, second = ("lon", "lat") if by_lonlat else ("x_rd", "y_rd")
    needed = [("name",), ("x_rd", "lon"), ("y_rd", "lat")]
    missing = table.missing_columns(found, needed)
    if missing or not {first, second} <= set(found.columns) or not found.rows:
        params = {"needed": "name, x_rd | lon, y_rd | lat", "found": ", ".join(found.columns)}
        return [], missing or [Problem("E507", found.where(), params)]
    x, problems = table.numbers(found, first)
    y, more = table.numbers(found, second)
    problems += more
    points = [
        (found.where(row), a, b) for row, a, b in zip(found.rows, x, y, strict=True) if a is not None and b is not None
    ]
    problems += _not_lonlat(points) if by_lonlat else _not_rd(points)
    if any(problem.code.startswith("E") for problem in problems):
        return [], problems
    names = [row.cells.get("name", "") or f"{found.name}:{row.line}" for row in found.rows]
    twice = {name for name in names if names.count(name) > 1}
    sites = [
        Site(f"{name} (:{row.line})" if name in twice else name, *(to_rd(a, b) if by_lonlat else (a, b)), where)
        for name, row, (where, a, b) in zip(names, found.rows, points, strict=True)
    ]
    return sites, problems


def to_rd(lon: float, lat: float) -> tuple[float, float]:
    """Return RD New easting and northing (m) of a longitude and latitude (degrees)."""
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True).transform(lon, lat)
    return float(x), float(y)


def _not_rd(points: list[tuple[str, float, float]]) -> list[Problem]:
    wrong = [
        (where, x, y) for where, x, y in points if not (RD_X_M[0] <= x <= RD_X_M[1] and RD_Y_M[0] <= y <= RD_Y_M[1])
    ]
    if not wrong:
        return []
    got = tuple(f"{x:.10g}, {y:.10g}" for _, x, y in wrong)
    return [Problem("E104", wrong[0][0], {"got": got})]


def _not_lonlat(points: list[tuple[str, float, float]]) -> list[Problem]:
    problems: list[Problem] = []
    swapped = [
        (where, lon, lat)
        for where, lon, lat in points
        if _DUTCH_LAT[0] <= lon <= _DUTCH_LAT[1] and _DUTCH_LON[0] <= lat <= _DUTCH_LON[1]
    ]
    if swapped:
        got = tuple(f"{lon:g}, {lat:g}" for _, lon, lat in swapped)
        problems.append(Problem("E103", swapped[0][0], {"got": got}))
    for where, lon, lat in points:
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            params = {"got": f"{lon:g}, {lat:g}", "expected": Phrase("expected.latitude"), "example": "6.69 53.33"}
            problems.append(Problem("E503", where, params))
    return problems


def _year(run: StoredRun, year: int | None) -> list[Problem]:
    years = run.scenario.years
    if year is None or year in years:
        return []
    expected = Phrase("expected.year_of_run", {"start": years[0], "end": years[-1]})
    return [Problem("E503", "--year", {"got": year, "expected": expected, "example": str(years[0])})]


def _tenths(value: float, common: Common) -> str:
    return messages.fixed(value, common.language, 1 if value >= 0.1 else 3)
