"""What a command shows: problems in words, tables, numbers by language; JSON for programs."""

import json as json_
import os
import re
import shlex
import sys
import tempfile
import traceback
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mijnrisico import __version__, messages
from mijnrisico.core import progress
from mijnrisico.errors import Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

_STYLE: Final = {"E": "bold red", "W": "bold yellow"}
_QUANTITIES: Final = {
    "chance": re.compile(r"chance_m(?P<magnitude>[\d.]+)"),
    "pga_max": re.compile(r"pga(?P<period>[\d.]+)_max"),
    "pga_max_arbitrary": re.compile(r"pga(?P<period>[\d.]+)_max_arbitrary"),
    "pga_max_place": re.compile(r"pga(?P<period>[\d.]+)_max_place"),
    "area": re.compile(r"area_pga(?P<period>[\d.]+)_threshold"),
    "area_arbitrary": re.compile(r"area_pga(?P<period>[\d.]+)_threshold_arbitrary"),
    "lpr_max": re.compile(r"lpr_max_(?P<name>\w+)"),
    "subsidence_area": re.compile(r"subsidence_area_(?P<limit>[\d.]+)cm"),
    "subsidence_volume": re.compile(r"volume_(?P<name>.+)"),
    "people_above": re.compile(r"people_above_(?P<level>1e-\d)_(?P<name>.+)"),
}
_INDENT: Final = "     "


def console(*, stderr: bool = False, no_color: bool = False) -> "Console":
    """Return a console that writes words as they are; colours only on a terminal, not with `--no-color` or NO_COLOR.

    The words of a user may hold `[...]` or `:...:`, which to rich are a style and a picture.
    """
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    width = None if terminal else 160  # a pipe has no width to fit: do not break lines of a table
    dull = no_color or not terminal
    return Console(stderr=stderr, no_color=dull, width=width, markup=False, emoji=False, highlight=False)


def display(lang: Language, *, quiet: bool, no_color: bool) -> progress.Display:
    """Return how progress is shown on stderr: bars on a terminal, lines elsewhere, nothing when quiet."""
    if quiet:
        return progress.Silent()
    if sys.stderr.isatty():
        return progress.Bars(sys.stderr, lang, color=not (no_color or os.environ.get("NO_COLOR")))
    return progress.Lines(sys.stderr, lang)


def problems(
    found: Iterable[Problem],
    lang: Language,
    *,
    json: bool = False,
    no_color: bool = False,
    everything: bool = False,
) -> None:
    """Show problems on stderr, code first, then where, why and what to do; with `json` as JSON on stdout."""
    found = tuple(found)
    limit = None if everything else messages.SHOWN_EXAMPLES
    if json:
        as_json({"problems": [as_dict(problem, lang) for problem in found]})
        return
    from rich.text import Text

    out = console(stderr=True, no_color=no_color)
    for problem in found:
        message = messages.describe(problem.code, problem.where, problem.params, lang, examples=limit)
        head = Text(f"{message.code} ", style=_STYLE.get(message.code[:1], "bold"))
        head.append(message.what, style="bold")
        if message.where:
            head.append(f"   {message.where}", style="dim")
        out.print(head, soft_wrap=True)
        if message.why:
            out.print(Text(_indented(message.why)), soft_wrap=True)
        if message.fix:
            out.print(Text(_indented(f"→ {message.fix}")), soft_wrap=True)


def as_dict(problem: Problem, lang: Language) -> dict[str, str]:
    """Return a problem in words, as it goes into JSON."""
    message = messages.describe(problem.code, problem.where, problem.params, lang, examples=None)
    return {part: getattr(message, part) for part in ("code", "what", "where", "why", "fix")}


def disk_full(error: BaseException, arguments: Sequence[str], lang: Language) -> bool:
    """Say that the disk is full (E608) if that is what is behind an error outside a run; return whether it was."""
    from mijnrisico.core import files
    from mijnrisico.core.run import writer

    if not files.is_full(error):
        return False
    command = shlex.join(["mijnrisico", *arguments])
    problems([writer.disk_full(Path.cwd(), Phrase("full.command"), command)], lang, json="--json" in arguments)
    return True


def fault(error: BaseException, arguments: Sequence[str], lang: Language) -> None:
    """Write the traceback of a fault in the toolbox to a file, here or else in the temporary folder, and say so."""
    name = f"mijnrisico-fault-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt"
    details = "".join(traceback.format_exception(error))
    command = " ".join(arguments)
    file = _written(name, f"mijnrisico {__version__}\nmijnrisico {command}\n\n{details}")
    params = {"error": f"{type(error).__name__}: {error}", "file": file or Phrase("sentences.nowhere")}
    problems([Problem("E901", "", params)], lang, json="--json" in arguments)


def _written(name: str, content: str) -> str:
    """Write a file here or else in the temporary folder and return where it is, "" where neither can be written."""
    for path in (Path(name), Path(tempfile.gettempdir(), name)):
        try:
            path.write_text(content, encoding="utf-8")
        except OSError:  # read-only, full, or gone
            continue
        return path.as_posix()
    return ""


def as_json(value: object) -> None:
    """Write a value as JSON to stdout."""
    print(json_.dumps(value, ensure_ascii=False, indent=1, default=str))


def table(
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    title: str = "",
    no_color: bool = False,
    left: Container[int] = (0,),
) -> None:
    """Write a table to stdout: columns of text (`left`, by default the first) left, the others right."""
    from rich.table import Table

    grid = Table(title=title or None, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, column in enumerate(columns):
        grid.add_column(column, justify="left" if index in left else "right", overflow="fold")
    for row in rows:
        grid.add_row(*row)
    console(no_color=no_color).print(grid)


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table as plain values; a missing value is None, an infinite one text: JSON has neither."""
    return [
        {str(name): None if value != value else _finite(value) for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def _finite(value: object) -> object:
    return str(value) if isinstance(value, float) and value in (inf, -inf) else value


def summary_records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a summary; its values are numbers, but for the few that are names of places."""
    return [row | {"value": _number(row["value"])} for row in records(frame)]


def _number(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def summary(frame: "pd.DataFrame", lang: Language, *, no_color: bool = False) -> None:
    """Write the summary of a run: a row per quantity, a column for the first and the last year."""
    rows = summary_records(frame)
    years = sorted({int(row["year"]) for row in rows if row["year"] is not None})
    ends = sorted({years[0], _peak(rows, years[0]), years[-1]})
    by_quantity: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_quantity.setdefault(str(row["quantity"]), []).append(row)
    lines = [
        [quantity_name(quantity, lang), _unit(group, lang), *_years(group, ends, lang)]
        for quantity, group in by_quantity.items()
        if _of_note(group, ends)
    ]
    headings = [messages.text("labels.quantity", lang), messages.text("labels.unit", lang), *map(str, ends)]
    table(headings, lines, title=messages.text("sentences.result_title", lang), no_color=no_color)


def quantity_name(quantity: str, lang: Language) -> str:
    """Return the public name of a quantity of the summary; one that is not known here keeps its own name.

    >>> quantity_name("pga475_max", "en")
    'Largest PGA, 475 years'
    """
    for key, pattern in _QUANTITIES.items():
        if match := pattern.fullmatch(quantity):
            found = match.groupdict()
            if "magnitude" in found:
                found["magnitude"] = messages.fixed(float(found["magnitude"]), lang, 1)
            if "limit" in found:
                found["limit"] = messages.number(float(found["limit"]), lang)
            if found.get("name") == "mix":
                found["name"] = messages.text("quantities.mix", lang)
            return messages.text(f"quantities.{key}", lang, **found)
    return messages.label("quantities", quantity, lang)


def _peak(rows: list[dict[str, Any]], first: int) -> int:
    """Year with the largest acceleration; the first where none is given."""
    levels = [row for row in rows if row["quantity"] == "pga475_max" and row["value"] is not None]
    return int(max(levels, key=lambda row: float(row["value"]))["year"]) if levels else first


def _of_note(group: list[dict[str, Any]], ends: list[int]) -> bool:
    """Say whether a quantity belongs on the first screen: not another component, not zero in every year shown."""
    values = [row["value"] for row in group if row["year"] is None or int(row["year"]) in ends]
    return not str(group[0]["quantity"]).endswith("_arbitrary") and any(value != 0 for value in values)


def verdicts(frame: "pd.DataFrame", lang: Language, *, no_color: bool = False) -> None:
    """Write what the norms say, in the first year, the last and the year of the largest value."""
    out = console(no_color=no_color)
    for name, rows in frame.groupby("norm", sort=False):
        per_year = {int(row["year"]): row for row in records(rows)}
        largest = max(per_year, key=lambda year: float(per_year[year]["value"]))
        parts = []
        for row in (per_year[year] for year in sorted({min(per_year), largest, max(per_year)})):
            limit = nan if row["limit"] is None else float(row["limit"])
            value = f"{near(float(row['value']), limit, lang, 3)} {messages.label('units', str(row['unit']), lang)}"
            words = {"outcome": messages.text(f"verdicts.{row['outcome']}", lang), "value": value}
            parts.append(messages.text("verdicts.of_year", lang, year=row["year"], place=row["place"], **words))
        out.print(f"{messages.text(f'verdicts.{name}', lang)}: {'; '.join(parts)}.", markup=False, soft_wrap=True)


def near(value: float, limit: float, lang: Language, digits: int = 2) -> str:
    """Write a value with as many digits, at least `digits`, as show on which side of a limit it lies.

    Rounding must not contradict the answer: 0.04996 is not shown as 0.050 beside "no", nor 1.0004e-5 as 1e-5 beside
    "exceeded".

    >>> near(0.04998, 0.05, "en", 3)
    '0.04998'
    """
    side = value < limit, value > limit
    while ((rounded := float(f"{value:.{digits - 1}e}")) < limit, rounded > limit) != side:
        digits += 1
    return messages.number(value, lang, digits)


def _years(group: list[dict[str, Any]], ends: list[int], lang: Language) -> list[str]:
    """Return the values in the first and last year; a quantity of another year, or of none, says so."""
    by_year = {None if row["year"] is None else int(row["year"]): row for row in group}
    if any(year in by_year for year in ends):
        return [_cell(by_year[year], lang) if year in by_year else "" for year in ends]
    year, row = next(iter(by_year.items()))
    return [f"{year}: {_cell(row, lang)}" if year else _cell(row, lang), *[""] * (len(ends) - 1)]


def _unit(group: list[dict[str, Any]], lang: Language) -> str:
    unit = group[0].get("unit")
    return "" if unit in (None, "1", "-") else messages.label("units", str(unit), lang)


def _cell(row: dict[str, Any], lang: Language) -> str:
    value = row.get("value")
    if value is None or isinstance(value, str):
        return value or "–"
    return with_band(value, row.get("p10"), row.get("p90"), lang)


def with_band(value: float, low: float | None, high: float | None, lang: Language) -> str:
    """Write a value and, in brackets, its P10 and P90, where there is a band.

    >>> with_band(0.0568, 0.03, 0.08, "en"), with_band(11.0, None, None, "en")
    ('0.0568 [0.030–0.080]', '11.0')
    """
    shown = messages.number(float(value), lang, 3)
    if low is None or high is None or float(low) == float(high):  # one model, or models that agree: no band
        return shown
    return f"{shown} [{messages.number(float(low), lang)}–{messages.number(float(high), lang)}]"


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line for line in text.splitlines())
