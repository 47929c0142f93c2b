"""F22: what drives a number: the factor by which each branch and each uncertain input changes it, the largest first."""

import math

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words
from mijnrisico.studies import sensitivity

_MOST = 16
_ROW = 0.3
_NAMES, _OPTIONS = 1.75, 2.05
_HALF = 0.3
_EDGE = 1e-3
"""Smallest factor that is drawn; smaller ones stand at the edge."""
BRANCH, INPUT = "#31618c", "#d9762f"
"""Bars of the tree, and of inputs one at a time."""


def tornado(table: Frame, run: RunFolder, target: str, year: int, lang: Language) -> Picture:
    """Draw the rows of one target (`studies.groningen.tornado`)."""
    return Picture(_draw(table[table.target == target], run, target, year, lang))


def bars(table: Frame) -> Frame:
    """Gather the rows of a target by input: lowest and highest factor with their options, the longest bar first."""
    rows = []
    known = table[table.ratio.notna()]
    for (kind, name), group in known.groupby(["kind", "input"], sort=False):
        low, high = group.loc[group.ratio.idxmin()], group.loc[group.ratio.idxmax()]
        least, most = min(float(low.ratio), 1.0), max(float(high.ratio), 1.0)
        reach = math.log(max(most, _EDGE) / max(least, _EDGE))
        rows.append((kind, name, low.option, float(low.ratio), high.option, float(high.ratio), reach))
    columns = ["kind", "input", "option_low", "low", "option_high", "high", "reach"]
    found = known.iloc[:0].reindex(columns=columns) if not rows else type(known)(rows, columns=columns)
    return found.sort_values("reach", ascending=False, kind="stable", ignore_index=True)


@styled
def _draw(table: Frame, run: RunFolder, target: str, year: int, lang: Language) -> Drawing:
    words = Words(lang)
    every = bars(table)
    shown = every.iloc[:_MOST]
    factor = sensitivity.published().significant
    strong = every[(every.low < 1.0 / factor) | (every.high > factor)]
    numbers = {
        "target": words(f"tornado.target.{target}"),
        "year": year,
        "factor": words.trimmed(factor, 1),
        "count": len(strong),
        "all": len(every),
        "top": _name(words, shown.iloc[0].input) if len(shown) else "–",
        "low": _times(words, shown.low.iloc[0]) if len(shown) else "–",
        "high": _times(words, shown.high.iloc[0]) if len(shown) else "–",
        "list": "; ".join(_said(words, row) for row in shown.itertuples()),
        "published": "; ".join(words(f"tornado.published.{name}") for name in sensitivity.published().exceeded),
    }
    title = words("F22.title", **numbers)
    subtitle, source = words("F22.subtitle", **numbers), words("F22.source", **stamp(run, words))
    tall = _ROW * max(len(shown), 1)
    paper = sheet(tall + 0.55, title, subtitle, source)
    axes = paper.axes(_NAMES + _OPTIONS / 2, 0.4, paper.width - _NAMES - 1.5 * _OPTIONS, tall)
    _bars(axes, shown, words, factor)
    for k, row in enumerate(shown.itertuples()):
        y = 0.4 + tall - _ROW * (k + 0.5)
        paper.text(0.12, y, _name(words, row.input), fontsize=8, va="center")
    reading, alt = words("F22.reading", **numbers), words("F22.alt", **numbers)
    return Drawing(f"F22_tornado_{target}_{year}", paper.figure, table, title, subtitle, reading, alt, source)


def _bars(axes: Axes, shown: Frame, words: Words, factor: float) -> None:
    ends = [max(value, _EDGE) for row in shown.itertuples() for value in (row.low, row.high)]
    low, high = min([*ends, 1.0 / factor]) / 1.15, max([*ends, factor]) * 1.15
    for place, row in enumerate(shown.itertuples()):
        left, right = max(min(row.low, 1.0), _EDGE), max(row.high, 1.0)
        axes.barh(place, right - left, 2 * _HALF, left=left, color=BRANCH if row.kind == "branch" else INPUT)
        for value, option, at, side in ((row.low, row.option_low, left, -1), (row.high, row.option_high, right, 1)):
            if (value - 1.0) * side > 0.0:
                axes.annotate(
                    f"{option_name(words, option)}: {_times(words, value)}",
                    (at, place),
                    (4 * side, 0),
                    textcoords="offset points",
                    ha="left" if side > 0 else "right",
                    va="center",
                    fontsize=7,
                    path_effects=[withStroke(linewidth=2.5, foreground="white")],
                )
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    axes.axvline(1.0, color=style.INK, linewidth=1.0)
    for line in (1.0 / factor, factor):
        axes.axvline(line, color=style.QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    axes.yaxis.set_visible(False)
    for edge in ("left", "right", "top"):
        axes.spines[edge].set_visible(False)
    steps = (1.0,) if high / low > 60.0 else (1.0, 2.0, 5.0) if high / low > 5.0 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    ticks = [step * 10.0**power for power in range(-4, 4) for step in steps]
    axes.set_xticks([tick for tick in ticks if low <= tick <= high])
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{words.general(value)}\N{NO-BREAK SPACE}×"))


def _name(words: Words, name: object) -> str:
    return words.or_name("tornado.input", str(name))


def option_name(words: Words, name: object) -> str:
    """Name a branch or an option in words; a number is written in the reader's decimals."""
    text = str(name)
    known = words.or_name("tornado.option", text)
    known = words.or_name("branch", text) if known == text else known
    if known != text:
        return known
    try:
        return words.general(float(text))
    except ValueError:
        return text


def _times(words: Words, value: float) -> str:
    """Write a factor: two decimals near one, else two digits."""
    return f"{words.fixed(value, 2) if 0.1 <= value < 10.0 else words.significant(value)}\N{NO-BREAK SPACE}×"


def _said(words: Words, row) -> str:
    return words("F22.said", name=_name(words, row.input), low=_times(words, row.low), high=_times(words, row.high))
