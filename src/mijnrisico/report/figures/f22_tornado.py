"""F22: what drives a number: how much each branch and each uncertain input changes it, the largest first.

Changes are factors on a logarithmic axis; differences on a linear one where the number itself is nothing.
"""

import math
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words
from mijnrisico.studies import sensitivity
from mijnrisico.studies.groningen.tornado import changed, changes

Written = Callable[[Words, float], str]
"""Writes a change in words."""

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
    """Gather the rows of a target by input: lowest and highest change with their options, the longest bar first.

    Changes are those of `studies.groningen.tornado.changes`; a difference of nothing is no bar.
    """
    rows = []
    found: tuple[Frame, bool] = changed(table)
    known, by_difference = found
    for (kind, name), group in known.groupby(["kind", "input"], sort=False):
        low, high = group.loc[group.change.idxmin()], group.loc[group.change.idxmax()]
        least, most = float(low.change), float(high.change)
        if by_difference:
            least, most = min(least, 0.0), max(most, 0.0)
            reach = most - least
        else:
            reach = math.log(max(most, 1.0, _EDGE) / max(min(least, 1.0), _EDGE))
        rows.append((kind, name, low.option, least, high.option, most, reach))
    columns = ["kind", "input", "option_low", "low", "option_high", "high", "reach"]
    gathered = known.iloc[:0].reindex(columns=columns) if not rows else type(known)(rows, columns=columns)
    return gathered.sort_values("reach", ascending=False, kind="stable", ignore_index=True)


@styled
def _draw(table: Frame, run: RunFolder, target: str, year: int, lang: Language) -> Drawing:
    words = Words(lang)
    by_difference = changes(table)[1]
    written = _more if by_difference else _times
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
        "low": written(words, shown.low.iloc[0]) if len(shown) else "–",
        "high": written(words, shown.high.iloc[0]) if len(shown) else "–",
        "list": "; ".join(_said(words, row, written) for row in shown.itertuples()),
        "published": "; ".join(words(f"tornado.published.{name}") for name in sensitivity.published().exceeded),
    }
    kind = "" if not by_difference else "_difference" if len(shown) else "_none"
    title = words(f"F22.title{kind}", **numbers)
    subtitle, source = words(f"F22.subtitle{kind}", **numbers), words("F22.source", **stamp(run, words))
    tall = _ROW * max(len(shown), 1)
    paper = sheet(tall + 0.55, title, subtitle, source)
    axes = paper.axes(_NAMES + _OPTIONS / 2, 0.4, paper.width - _NAMES - 1.5 * _OPTIONS, tall)
    if by_difference:
        _differences(axes, shown, words)
    else:
        _factors(axes, shown, words, factor)
    for k, row in enumerate(shown.itertuples()):
        y = 0.4 + tall - _ROW * (k + 0.5)
        paper.text(0.12, y, _name(words, row.input), fontsize=8, va="center")
    reading, alt = words(f"F22.reading{kind}", **numbers), words(f"F22.alt{kind}", **numbers)
    return Drawing(f"F22_tornado_{target}_{year}", paper.figure, table, title, subtitle, reading, alt, source)


def _bars(axes: Axes, shown: Frame, words: Words, written: Written, middle: float, edge: float) -> None:
    """Draw a bar from the lowest to the highest change of each row, from `middle` on and not below `edge`."""
    for place, row in enumerate(shown.itertuples()):
        left, right = max(min(row.low, middle), edge), max(row.high, middle)
        axes.barh(place, right - left, 2 * _HALF, left=left, color=BRANCH if row.kind == "branch" else INPUT)
        for value, option, at, side in ((row.low, row.option_low, left, -1), (row.high, row.option_high, right, 1)):
            if (value - middle) * side > 0.0:
                axes.annotate(
                    f"{option_name(words, option)}: {written(words, value)}",
                    (at, place),
                    (4 * side, 0),
                    textcoords="offset points",
                    ha="left" if side > 0 else "right",
                    va="center",
                    fontsize=7,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
                )
    axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    axes.axvline(middle, color=style.INK, linewidth=1.0)
    axes.yaxis.set_visible(False)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _differences(axes: Axes, shown: Frame, words: Words) -> None:
    _bars(axes, shown, words, _more, 0.0, -math.inf)
    least, most = min([*shown.low, 0.0]), max([*shown.high, 0.0])
    room = 0.05 * (most - least) or 1.0
    axes.set_xlim(least - room, most + room)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _more(words, value)))


def _factors(axes: Axes, shown: Frame, words: Words, factor: float) -> None:
    axes.set_xscale("log")
    _bars(axes, shown, words, _times, 1.0, _EDGE)
    ends = [max(value, _EDGE) for row in shown.itertuples() for value in (row.low, row.high)]
    low, high = min([*ends, 1.0 / factor]) / 1.15, max([*ends, factor]) * 1.15
    axes.set_xlim(low, high)
    for line in (1.0 / factor, factor):
        axes.axvline(line, color=style.QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
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


def _more(words: Words, value: float) -> str:
    """Write a difference with its sign: two digits, or whole."""
    return ("+" if value > 0.0 else "") + words.general(float(value), 2)


def _said(words: Words, row, written: Written) -> str:
    return words("F22.said", name=_name(words, row.input), low=written(words, row.low), high=written(words, row.high))
