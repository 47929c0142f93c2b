"""F19: how many buildings lie above the norm, and above ten times the norm, in each year, by class of building."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico.messages import Language
from mijnrisico.report import branches, building_facts
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_NAMED = 4
_OTHER = "other"
_COLOURS = ("#1f5fa8", "#ef8a3c", "#65459b", "#7fbf9f")
_INKS = ("#1f5fa8", style.ORANGE, "#65459b", "#2b7d59")
"""Of names: the same hues, dark enough to be read."""
_LABELS = 8
_ROOM = 2.5
_SAME = 0.01
LEVELS = (building_facts.NORM, building_facts.TEMPORARY_NORM)


@styled
def f19_above_norm(run: RunFolder, lang: Language) -> Drawing:
    """Draw a stack per year of the buildings above each level, by class; a line from P10 to P90 of the whole count."""
    words = Words(lang)
    table = run.table("buildings_above")
    numbers = above_numbers(run, words, table)
    title, subtitle = words(f"F19.title_{numbers['case']}", **numbers), words("F19.subtitle")
    source = words("F19.source", **stamp(run, words))
    paper = sheet(2.95, title, subtitle, branches.noted(run, words, source))
    known = _classes(table)
    for k, level in enumerate(LEVELS):
        axes = paper.axes(0.62 + 4.15 * k, 0.34, 2.7, 2.25)
        of_level = building_facts.at_level(table, level)
        _panel(axes, words, of_level, known)
        axes.set_title(
            words("F19.panel", level=words.per_million(level)), loc="left", fontsize=9, fontweight="bold", pad=6
        )
    return Drawing(
        "F19_above_norm",
        paper.figure,
        table,
        title,
        subtitle,
        words("F19.reading", **numbers),
        words("F19.alt", **numbers),
        source,
    )


def above_numbers(run: RunFolder, words: Words, table: Frame) -> dict[str, object]:
    """Return what the text says: the counts of the first and last year, the largest P90, and which title fits."""
    years = [int(year) for year in sorted(table.year.unique())]
    counts = {year: building_facts.above(run, year) for year in years}
    first, last = counts[years[0]], counts[years[-1]]
    highest = max((c.p90 for c in counts.values() if np.isfinite(c.p90)), default=float("nan"))
    none = not any(c.buildings > 0.0 for c in counts.values())
    by_class = {year: building_facts.by_class(run, year) for year in years}
    most = max(by_class, key=lambda year: by_class[year])
    case = (
        "mixed"
        if none and by_class[most] > 0.0
        else ("none_p90" if highest > 0.0 else "none")
        if none
        else "one"
        if len(years) == 1
        else "course"
    )
    top = next((year for year, c in counts.items() if c.p90 == highest), years[0])
    return {
        "case": case,
        "start": years[0],
        "end": years[-1],
        "count_start": words.people(first.buildings),
        "count_end": words.people(last.buildings),
        "highest": words.people(highest),
        "top": top,
        "by_class": words.people(by_class[most]),
        "most": most,
        "list": "; ".join(
            _said(words, year, counts[year], building_facts.above(run, year, LEVELS[1]))
            for year in years
            if np.isfinite(counts[year].p90) or counts[year].buildings > 0.0
        )
        or words("F19.nothing"),
    }


def _said(words: Words, year: int, norm: building_facts.Above, ten: building_facts.Above) -> str:
    key = "said" if np.isfinite(norm.p90) else "said_mean"
    return words(
        f"F19.{key}",
        year=year,
        count=words.people(norm.buildings),
        low=words.people(norm.p10),
        high=words.people(norm.p90),
        ten=words.people(ten.buildings),
    )


def _classes(table: Frame) -> tuple[str, ...]:
    """The classes with most buildings above the norm over the years; those that get a colour and a name."""
    of_class = table[(table["class"] != building_facts.ALL) & (table.buildings > 0.0)]
    most = of_class.groupby("class").buildings.sum().sort_values(ascending=False)
    return tuple(map(str, most.index[:_NAMED]))


def _panel(axes: Axes, words: Words, table: Frame, known: tuple[str, ...]) -> None:
    whole = table[table["class"] == building_facts.ALL].sort_values("year", ignore_index=True)
    years = whole.year.to_numpy(int)
    place = np.arange(len(years))
    stacked, base, drawn = _stack(table, years, known), np.zeros(len(years)), []
    for k, (name, heights) in enumerate(stacked.items()):
        if heights.any():
            look = (style.GREY, style.QUIET) if name == _OTHER else (_COLOURS[k], _INKS[k])
            axes.bar(place, heights, 0.72, bottom=base, color=look[0], edgecolor=style.PAPER, linewidth=0.5)
            drawn.append((_label(words, name), *look))
            base = base + heights
    band = whole[whole.buildings_p90.notna()]
    where = place[whole.buildings_p90.notna().to_numpy()]
    top = _top(
        float(max(base.max(), whole.buildings.max())), float(np.nanmax([0.0, *band.buildings_p90.to_numpy(float)]))
    )
    axes.set_ylim(0.0, top)
    axes.set_xlim(-0.7, len(years) - 0.3)
    _band(axes, words, where, band, named=bool(base.any()))
    _names(axes, drawn, words("F19.own") if _own(axes, place, whole.buildings.to_numpy(float), base) else "")
    step = max(1, -(-len(years) // _LABELS))
    axes.set_xticks(place[::step], [str(year) for year in years[::step]], fontsize=7.5)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.yaxis.grid(visible=True)
    if not base.any() and not (whole.buildings > 0.0).any():
        _say_none(axes, words, band)


def _stack(table: Frame, years: np.ndarray, known: tuple[str, ...]) -> dict[str, np.ndarray]:
    of_class = table[table["class"] != building_facts.ALL]
    group = of_class["class"].where(of_class["class"].isin(known), _OTHER)
    wide = of_class.assign(group=group).pivot_table(index="year", columns="group", values="buildings", aggfunc="sum")
    wide = wide.reindex(years).fillna(0.0)
    return {name: wide[name].to_numpy(float) for name in (*known, _OTHER) if name in wide}


def _label(words: Words, name: str) -> str:
    return words("F19.other") if name == _OTHER else name


def _say_none(axes: Axes, words: Words, band: Frame) -> None:
    """Say in the panel that there are none, which is an answer, and how many there would be at P90."""
    text = words("F19.none")
    if (band.buildings_p90 > 0.0).any():
        text += "\n" + words("F19.none_p90", high=words.people(float(band.buildings_p90.max())))
    axes.text(
        0.98,
        0.94,
        text,
        transform=axes.transAxes,
        ha="right",
        va="top",
        fontsize=8.5,
        fontweight="bold",
        color=style.INK,
        gid="halo",
    )


def _top(highest: float, highest_p90: float) -> float:
    """Return the end of the axis: room for P90, but the bars stay readable where P90 is many times higher."""
    if highest <= 0.0:
        return 1.25 * highest_p90 or 1.0
    return 1.25 * max(highest, min(highest_p90, _ROOM * highest))


def _band(axes: Axes, words: Words, where: np.ndarray, band: Frame, *, named: bool) -> None:
    """Draw P10-P90 of the whole number; where it runs off the drawing its upper end is written beside an arrow."""
    top = axes.get_ylim()[1]
    some = [(x, row) for x, row in zip(where, band.itertuples(), strict=True) if row.buildings_p90 > 0.0]
    for k, (x, row) in enumerate(some):
        beyond = row.buildings_p90 > top
        axes.vlines(x, row.buildings_p10, min(row.buildings_p90, top), color=style.INK, linewidth=1.2)
        end, mark = (0.985 * top, "^") if beyond else (row.buildings_p90, "_")
        axes.plot(x, end, mark, color=style.INK, markersize=5 if beyond else 6)
        text = words("F19.beyond", high=words.people(row.buildings_p90)) if beyond else words("F19.band")
        if named and (beyond or k == 0):
            axes.annotate(
                text,
                (x, end),
                (7, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
                color=style.INK,
                gid="halo",
            )


def _own(axes: Axes, place: np.ndarray, own: np.ndarray, stacked: np.ndarray) -> bool:
    """Mark the buildings counted by their own risk, where the classes do not add up to them; say whether it did."""
    if np.allclose(own, stacked, rtol=_SAME, atol=0.5):
        return False
    axes.plot(place, own, "D", color=style.PAPER, markeredgecolor=style.INK, markersize=4.5, clip_on=False, zorder=4)
    return True


def _names(axes: Axes, drawn: list[tuple[str, str, str]], own: str) -> None:
    """Write the classes beside the bars, each with its colour, in the order of the stack; last what the marks are."""
    named = [("\N{BLACK SQUARE}", *each) for each in reversed(drawn)]
    if own:
        named.append(("\N{WHITE DIAMOND}", own, style.INK, style.INK))
    for k, (mark, name, colour, ink) in enumerate(named):
        at = {"xy": (1.0, 0.96 - 0.095 * k), "xycoords": "axes fraction", "textcoords": "offset points"}
        axes.annotate(mark, xytext=(5, 0), va="center", fontsize=9, color=colour, **at)
        axes.annotate(name, xytext=(16, 0), va="center", fontsize=7.5, color=ink, **at)
