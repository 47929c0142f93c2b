"""The production of a scenario: a table of volumes after the history, checked row by row.

Columns: `year` or `month` (YYYY-MM), `cluster` (a code of the packaged production table, or `field`), and one of
`volume_nm3` or `volume_bcm` (1 bcm = 1e9 Nm3 at 0 degC and 1.01325 bar). A volume of a year is spread over its
months by their days, that is at a constant rate. Without a table the field stays closed: every volume is zero.
"""

import calendar
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

from mijnrisico.core import table
from mijnrisico.core.table import columns as names
from mijnrisico.core.table import textfile
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.units import NM3_PER_BCM

FIELD: Final = "field"
LEAST_BCM: Final = 1e-3
"""A million Nm3 a year, what some hundreds of homes burn; no scenario of the field stays below it in every year."""
NEEDED: Final = (("year", "month"), ("cluster",), ("volume_bcm", "volume_nm3"))

_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_YEAR: Final = re.compile(r"(\d{4})")
_GAS_YEAR: Final = re.compile(r"(?:[Gg][YyJj] ?)?(\d{4}) ?[/–-] ?(\d{4}|\d{2})")
_SERIAL: Final = re.compile(r"[2-6]\d{4}")
_EXCEL_DAY_ZERO: Final = date(1899, 12, 30)
_MOST_BYTES: Final = 1_000_000

_TOTAL: Final = re.compile(r"(sub|eind|grand )?(totaal|totalen|total|totals|som|sum)\b.*", re.IGNORECASE)

Period = tuple[int, int]  # (year, month), month 0 = the whole year
Fill = Literal["error", "zero", "linear"]


@dataclass(frozen=True, slots=True, order=True)
class Volume:
    """Gas produced by one cluster (or by the whole `field`) in one month, in Nm3."""

    month: str
    cluster: str
    volume_nm3: float


def read(
    path: Path,
    *,
    years: Sequence[int],
    fill: Fill = "error",
    clusters: Collection[str] | None = None,
    largest_year_bcm: float,
    columns: Mapping[str, str] | None = None,
) -> tuple[tuple[Volume, ...], list[Problem]]:
    """Read and check a production table; return monthly volumes over `years` and everything that is wrong.

    Args:
        path: CSV file.
        years: consecutive years that the forecast needs.
        fill: what to do for a period without a row: report it (E302), take zero, or interpolate in time
            between rows of the same cluster (never beyond the first or last row).
        clusters: known codes; None accepts any.
        largest_year_bcm: a field total above this, in one year, is taken for a wrong unit (E205).
        columns: needed name -> name in the file, for columns that are called otherwise there.
    """
    found = table.read(path, columns)
    if isinstance(found, Problem):
        return (), [found]
    problems = [*found.problems, *table.missing_columns(found, NEEDED, "inputs.scenario")]
    twice = [pair for pair in (("year", "month"), ("volume_bcm", "volume_nm3")) if set(pair) <= set(found.columns)]
    problems += [
        Problem("E503", found.where(), {"got": pair, "expected": Phrase("expected.one_column"), "example": pair[0]})
        for pair in twice
    ]
    if any(problem.code in ("E507", "E503", "E212") for problem in problems):
        return (), problems

    found, totals = _without_totals(found)
    problems += totals
    column = "volume_bcm" if "volume_bcm" in found.columns else "volume_nm3"
    values, cell_problems = table.numbers(found, column)
    periods, undated, period_problems = _periods(found, years)
    problems += cell_problems + period_problems + _clusters(found, clusters) + _negative(found, column, values)

    factor = NM3_PER_BCM if column == "volume_bcm" else 1.0
    volumes: dict[str, dict[Period, float]] = {}
    present: dict[str, set[Period]] = {}
    repeated: list[str] = []
    for row, period, value in zip(found.rows, periods, values, strict=True):
        cluster = row.cells.get("cluster", "")
        if period is None:
            continue
        there = present.setdefault(cluster, set())
        if period in there:
            repeated.append(f"{_name(period)} {cluster} (:{row.line})")
        there.add(period)
        if value is not None:
            series = volumes.setdefault(cluster, {})
            series[period] = max(value * factor, series.get(period, 0.0))  # of two rows the larger is judged
    if repeated:
        problems.append(Problem("E301", found.where(), {"got": tuple(repeated)}))
    problems += _unit(found, column, volumes, largest_year_bcm)
    problems += _gaps(found, present, undated, years, fill)
    if any(problem.code.startswith("E") for problem in problems):
        return (), problems
    by_month = "month" in found.columns
    rows = [
        volume
        for cluster, series in volumes.items()
        for volume in _monthly(cluster, _filled(series, _needed(years, by_month=by_month), fill))
    ]
    return tuple(sorted(rows)), problems


def _without_totals(found: table.Table) -> tuple[table.Table, list[Problem]]:
    """Take out the rows that add up others, and report them (E215), so that nothing else is said about them."""
    labels = ("year", "month", "cluster")
    totals = [row for row in found.rows if any(_TOTAL.fullmatch(row.cells.get(label, "")) for label in labels)]
    if not totals:
        return found, []
    cells = [[row.cells.get(column, "") for column in dict.fromkeys(found.columns)] for row in totals]
    got = tuple(f"'{' '.join(filter(None, all_))}' (:{row.line})" for row, all_ in zip(totals, cells, strict=True))
    kept = replace(found, rows=tuple(row for row in found.rows if row not in totals))
    return kept, [Problem("E215", found.where(totals[0]), {"got": got, "lines": tuple(row.line for row in totals)})]


def like(path: Path) -> bool:
    """Say whether a file looks like a production table: a small CSV file with the columns, under whatever names."""
    try:
        small = path.suffix.lower() == ".csv" and path.stat().st_size <= _MOST_BYTES
        found = table.read(path) if small else None
    except OSError:
        return False
    if not isinstance(found, table.Table):
        return False
    others = names.suggestion(NEEDED, found.columns)
    return all(any(name in found.columns or name in others for name in group) for group in NEEDED)


def _periods(found: table.Table, years: Sequence[int]) -> tuple[list[Period | None], Mapping[str, int], list[Problem]]:
    """Return the period of each row, None where it cannot be read or is not needed, and what is wrong with them.

    Between them: for each cluster, the number of rows whose period cannot be read.
    """
    by_month = "month" in found.columns
    column = "month" if by_month else "year"
    periods: list[Period | None] = []
    wrong: dict[str, list[table.Row]] = {"unreadable": [], "serial": [], "gas_year": [], "missing": []}
    undated: Counter[str] = Counter()
    before: set[str] = set()
    after: set[str] = set()
    for row in found.rows:
        cell = row.cells.get(column, "").removesuffix(".0")
        match = (_MONTH if by_month else _YEAR).fullmatch(cell)
        if match is None:
            wrong[_what_it_is(cell)].append(row)
            undated[row.cells.get("cluster", "")] += 1
            periods.append(None)
            continue
        year, month = int(match[1]), int(match[2]) if by_month else 0
        if year < years[0]:
            before.add(cell)
        elif year > years[-1]:
            after.add(cell)
        periods.append((year, month) if years[0] <= year <= years[-1] else None)
    expected = Phrase("expected.month" if by_month else "expected.year")
    example = f"{years[0]}-01" if by_month else str(years[0])
    problems = table.by_rows("E503", found, column, wrong["unreadable"], expected=expected, example=example)
    problems += table.by_rows("E401", found, column, wrong["missing"])
    problems += table.by_rows("E304", found, column, wrong["gas_year"])
    if serial := wrong["serial"]:
        cell = serial[0].cells[column].removesuffix(".0")
        day = _EXCEL_DAY_ZERO + timedelta(days=int(cell))
        day_and = {"got": cell, "day": day.isoformat(), "wanted": expected, "example": str(day)[: len(example)]}
        problems.append(textfile.refused(found.where(serial[0], column), "serial", **day_and))
    span = {"start": years[0], "end": years[-1]}
    if before:
        problems.append(Problem("E303", found.where(column=column), {"got": tuple(sorted(before)), **span}))
    if after:
        problems.append(Problem("W303", found.where(column=column), {"got": tuple(sorted(after)), **span}))
    return periods, undated, problems


def _what_it_is(cell: str) -> str:
    """Say what stands where a period should: a gas year, the day number of a spreadsheet, nothing, or neither."""
    if not cell:
        return "missing"
    if (gas_year := _GAS_YEAR.fullmatch(cell)) and int(gas_year[2]) == (int(gas_year[1]) + 1) % 10 ** len(gas_year[2]):
        return "gas_year"
    return "serial" if _SERIAL.fullmatch(cell) else "unreadable"


def _clusters(found: table.Table, known: Collection[str] | None) -> list[Problem]:
    given = {row.cells.get("cluster", "") for row in found.rows}
    problems: list[Problem] = []
    if FIELD in given and len(given) > 1:
        params = {
            "got": tuple(sorted(given)),
            "expected": Phrase("expected.field_or_clusters"),
            "example": FIELD,
        }
        problems.append(Problem("E503", found.where(column="cluster"), params))
    for name in sorted(given - set(known or given) - {FIELD}):
        row = next(row for row in found.rows if row.cells.get("cluster", "") == name)
        if not name:
            empty = [row for row in found.rows if not row.cells.get("cluster", "")]
            problems += table.by_rows("E401", found, "cluster", empty)
            continue
        all_known = (*sorted(known or ()), FIELD)
        params = {"got": name, "nearest": names.nearest(name, all_known), "known": ", ".join(all_known)}
        problems.append(Problem("E412", found.where(row, "cluster"), params))
    return problems


def _negative(found: table.Table, column: str, values: Sequence[float | None]) -> list[Problem]:
    rows = [(row, value) for row, value in zip(found.rows, values, strict=True) if value is not None and value < 0]
    if not rows:
        return []
    got = tuple(f"{value:g} (:{row.line})" for row, value in rows)
    return [Problem("E210", found.where(rows[0][0], column), {"got": got})]


def _unit(
    found: table.Table, column: str, volumes: Mapping[str, Mapping[Period, float]], largest_bcm: float
) -> list[Problem]:
    """E205 for a year above the largest one known, W205 where no year comes near what a field produces."""
    totals: dict[int, float] = {}
    for series in volumes.values():
        for (year, _), volume in series.items():
            totals[year] = totals.get(year, 0.0) + volume / NM3_PER_BCM
    if 0.0 < (most := max(totals.values(), default=0.0)) < LEAST_BCM:
        params = {"largest": most * NM3_PER_BCM, "largest_bcm": largest_bcm, "column": column}
        return [Problem("W205", found.where(column=column), params)]
    over = {year: total for year, total in sorted(totals.items()) if total > largest_bcm}
    if not over:
        return []
    year, total = next(iter(over.items()))
    params = {
        "year": year,
        "volume_bcm": total,
        "largest_bcm": largest_bcm,
        "looks_like": Phrase("expected.nm3" if column == "volume_bcm" and total > 1e6 else "expected.million_nm3"),
        "years": tuple(over),
    }
    return [Problem("E205", found.where(column=column), params)]


def _needed(years: Sequence[int], *, by_month: bool) -> list[Period]:
    return [(year, month) for year in years for month in (range(1, 13) if by_month else (0,))]


def _gaps(
    found: table.Table,
    present: Mapping[str, Collection[Period]],
    undated: Mapping[str, int],
    years: Sequence[int],
    fill: Fill,
) -> list[Problem]:
    """E302 for every cluster with fewer rows than periods; `undated` rows count for the period they may be of."""
    if fill == "zero":
        return []
    needed = _needed(years, by_month="month" in found.columns)
    clusters = sorted({*present, *undated})
    if not clusters:
        params = {"cluster": FIELD, "missing": _spans(needed), "start": years[0], "end": years[-1]}
        return [Problem("E302", found.where(), params)]
    problems: list[Problem] = []
    for cluster in clusters:
        series = present.get(cluster, ())
        between = (min(series), max(series)) if series and fill == "linear" else (needed[0], needed[0])
        missing = [period for period in needed if period not in series and not between[0] < period < between[1]]
        if len(missing) > undated.get(cluster, 0):
            params = {"cluster": cluster, "missing": _spans(missing), "start": years[0], "end": years[-1]}
            problems.append(Problem("E302", found.where(), params))
    return problems


def _filled(series: Mapping[Period, float], needed: Sequence[Period], fill: Fill) -> dict[Period, float]:
    filled: dict[Period, float] = {}
    for index, period in enumerate(needed):
        if period in series:
            filled[period] = series[period]
        elif fill == "linear":
            left = max(i for i in range(index) if needed[i] in series)
            right = min(i for i in range(index, len(needed)) if needed[i] in series)
            weight = (index - left) / (right - left)
            filled[period] = (1 - weight) * series[needed[left]] + weight * series[needed[right]]
        else:
            filled[period] = 0.0
    return filled


def _monthly(cluster: str, series: Mapping[Period, float]) -> Iterable[Volume]:
    for (year, month), volume in series.items():
        if month:
            yield Volume(f"{year}-{month:02d}", cluster, volume)
            continue
        days = [calendar.monthrange(year, m)[1] for m in range(1, 13)]
        for m, count in enumerate(days, start=1):
            yield Volume(f"{year}-{m:02d}", cluster, volume * count / sum(days))


def _name(period: Period) -> str:
    return f"{period[0]}-{period[1]:02d}" if period[1] else str(period[0])


def _spans(periods: Sequence[Period]) -> tuple[str, ...]:
    """Write runs of consecutive periods as `first–last`."""
    spans: list[list[Period]] = []
    for period in periods:
        if spans and _next(spans[-1][-1]) == period:
            spans[-1].append(period)
        else:
            spans.append([period])
    return tuple(_name(span[0]) if len(span) == 1 else f"{_name(span[0])}–{_name(span[-1])}" for span in spans)


def _next(period: Period) -> Period:
    year, month = period
    if month == 0:
        return year + 1, 0
    return (year, month + 1) if month < 12 else (year + 1, 1)
