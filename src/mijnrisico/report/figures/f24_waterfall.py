"""F24: why two runs differ: for each number the way from A to B, a bar for each group of settings that differs."""

from collections.abc import Sequence
from importlib.metadata import version

from matplotlib.axes import Axes

from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.reasons import Reasons
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words
from mijnrisico.studies.waterfall import Explained, Part, Waterfall

_COLUMNS = 3
_NAMES, _RIGHT, _NUMBERS, _GAP = 1.6, 0.12, 0.68, 0.14
_ROW, _HEAD, _BETWEEN = 0.2, 0.42, 0.14
_HALF = 0.33  # of a row: half the thickness of a bar
UP, DOWN, END = "#d9762f", "#4f8ac0", "#8b95a3"
"""A bar that adds, one that takes away, and both ends; the sign before the number says the same."""


def waterfall(found: Waterfall, a: RunFolder, b: RunFolder, lang: Language, targets: Sequence[str] = ()) -> Picture:
    """Draw a panel per target, by default all; raises `InputError` E711 for one that is not explained."""
    return Picture(_draw(found, a, b, [found.of(name) for name in targets] or list(found.explained), lang))


@styled
def _draw(found: Waterfall, a: RunFolder, b: RunFolder, shown: list[Explained], lang: Language) -> Drawing:
    words, reasons = Words(lang), Reasons(found, lang)
    rows = ["A", *reasons.bars, "B"]
    titles = {"title_a": a.title(lang), "title_b": b.title(lang), "a": found.a, "b": found.b, "year": found.year}
    numbers = titles | {
        "how": reasons.how,
        "model": f"mijnrisico {version('mijnrisico')}",
        "joint": "; ".join(f"{reasons.name(each)} {reasons.joint(each)}" for each in shown),
    }
    title = reasons.finding
    subtitle, source = words("F24.subtitle", **numbers), words("F24.source", **numbers)
    columns = min(_COLUMNS, len(shown)) or 1
    lines = -(-len(shown) // columns)
    tall = _ROW * len(rows)
    paper = sheet(lines * (_HEAD + tall + _BETWEEN), title, subtitle, source)
    width = (paper.width - _NAMES - _RIGHT) / columns
    magnitude = float(b.setting("source", "magnitude_min", default=1.45))
    for k, explained in enumerate(shown):
        line, column = divmod(k, columns)
        bottom = (lines - 1 - line) * (_HEAD + tall + _BETWEEN) + 0.5 * _BETWEEN
        left = _NAMES + width * column
        axes = paper.axes(left, bottom, width - _NUMBERS - _GAP, tall)
        _panel(axes, explained, rows, reasons, (width - _GAP) / (width - _NUMBERS - _GAP))
        paper.text(left, bottom + tall + 0.2, reasons.name(explained), fontsize=8, fontweight="bold")
        unit = reasons.unit(explained, magnitude)
        paper.text(left, bottom + tall + 0.06, unit, fontsize=7, color=style.QUIET)
        if column == 0:
            for place, row in enumerate(rows):
                middle = bottom + tall - _ROW * (place + 0.5)
                named = reasons(f"say.{row.lower()}") if row in "AB" else reasons(f"causes.{row}")
                weight = "bold" if row in "AB" else "normal"
                paper.text(_NAMES - 0.1, middle, named, fontsize=8, ha="right", va="center", fontweight=weight)
    reading = words("F24.reading_order" if found.order else "F24.reading", **numbers)
    told = "; ".join(_in_words(explained, reasons, words) for explained in shown)
    alt = words("F24.alt", title=title, list=told)
    table = found.table()
    data = table[table["target"].isin([explained.target.name for explained in shown])]
    name = f"F24_waterfall_{found.year}"
    return Drawing(name, paper.figure, data, title, subtitle, reading, alt, source)


def _panel(axes: Axes, explained: Explained, rows: Sequence[str], reasons: Reasons, right: float) -> None:
    """Draw the bars from the top down; numbers stand in a column at the right, `right` in widths of the axes."""
    by_cause: dict[str, Part] = {part.cause: part for part in explained.parts}
    level, reach = explained.a, [0.0, explained.a, explained.b]
    for place, row in enumerate(rows):
        before, part = level, by_cause.get(row)
        if row in "AB":
            value = explained.a if row == "A" else explained.b
            axes.barh(place, value, 2 * _HALF, color=END)
            said, bold = reasons.value(explained, value), "bold"
        elif part is None:
            said, bold = "", "normal"
        else:
            level += part.change
            axes.barh(place, part.change, 2 * _HALF, left=before, color=UP if part.change > 0.0 else DOWN)
            ends = before + part.lowest, before + part.highest
            if ends[0] < ends[1]:
                axes.plot(ends, (place, place), color=style.INK, linewidth=0.8, solid_capstyle="butt")
            reach += [level, *ends]
            said, bold = reasons.change(explained, part.change), "normal"
        if place < len(rows) - 1:
            axes.plot((level, level), (place - _HALF, place + 1 + _HALF), color=style.QUIET, linewidth=0.5)
        axes.text(
            right,
            place,
            said,
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=8,
            fontweight=bold,
        )
    low, high = min(reach), max(reach)
    room = 0.02 * (high - low) or 1.0
    axes.set_xlim(low - (room if low < 0.0 else 0.0), high + room)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_axis_off()
    axes.axvline(0.0, color=style.QUIET, linewidth=0.8)


def _in_words(explained: Explained, reasons: Reasons, words: Words) -> str:
    steps = [
        reasons("say.change", name=reasons(f"causes.{part.cause}"), change=reasons.change(explained, part.change))
        for part in explained.parts
    ]
    ends = {"a": reasons.value(explained, explained.a), "b": reasons.value(explained, explained.b)}
    return words("F24.alt_one", name=reasons.name(explained), steps=", ".join(steps) or "–", **ends)
