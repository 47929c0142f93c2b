"""F26: subsidence along lines, stacked by the activity that causes it, with the total, its band and other years."""

from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico.messages import Language
from mijnrisico.report import subsidence_facts as facts
from mijnrisico.report.draw import activities, bowl, maps, style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_LEFT, _WIDE, _HIGH, _STEP, _MAP = 0.62, 5.35, 2.05, 2.75, 1.75
_MOST = 4
_DASHES = ((0, (1, 1.6)), (0, (4, 2)), (0, (6, 2, 1, 2)))


@styled
def f26_profiles(run: RunFolder, lang: Language) -> Drawing:
    """Draw up to four profiles below each other: the last shown year stacked, the total of the others as lines."""
    words = Words(lang)
    table = run.table("subsidence_profiles")
    lines = [str(name) for name in table.profile.unique()][:_MOST]
    years = [year for year in facts.shown_years(run) if (table.year == year).any()] or sorted(table.year.unique())[-1:]
    year = int(years[-1])
    names = tuple(str(n) for n in table.activity.unique() if n != facts.TOTAL)
    numbers = _numbers(run, words, table, lines, year)
    title, subtitle = words("F26.title", **numbers), words(f"F26.subtitle{'' if len(names) > 1 else '_one'}", **numbers)
    source = words("F26.source", **stamp(run, words))
    foot = 0.42 + 0.2 * -(-(len(names) + 1 + len(years)) // 4)
    paper = sheet(foot + _STEP * len(lines) - 0.18, title, subtitle, source)
    for k, line in enumerate(lines):
        bottom = foot + _STEP * (len(lines) - 1 - k) + 0.3
        part = table[table.profile == line]
        _panel(paper, bottom, words, part, names, [int(y) for y in years], last=k == len(lines) - 1)
        paper.text(
            _LEFT,
            bottom + _HIGH + 0.06,
            words("F26.panel", **_told(run, words, part, line, year)),
            fontsize=9,
            fontweight="bold",
        )
        _locator(paper, bottom, run, words, part, line, year)
    _legend(paper, words, names, [int(y) for y in years])
    return Drawing(
        "F26_profiles",
        paper.figure,
        table[table.profile.isin(lines) & table.year.isin(years)].reset_index(drop=True),
        title,
        subtitle,
        (words("F26.reading_parts", **numbers) if len(names) > 1 else "") + words("F26.reading", **numbers),
        words("F26.alt", **numbers),
        source,
    )


def _panel(
    paper: Sheet, bottom: float, words: Words, part: Frame, names: tuple[str, ...], years: list[int], *, last: bool
) -> None:
    axes = paper.axes(_LEFT, bottom, _WIDE, _HIGH)
    shown = part[part.year == years[-1]]
    total = shown[shown.activity == facts.TOTAL].sort_values("distance_m")
    km = total.distance_m.to_numpy() / 1000.0
    above, below = np.zeros(len(km)), np.zeros(len(km))
    for name, (colour, hatch) in activities.look(names).items():
        value = shown[shown.activity == name].sort_values("distance_m").mean_cm.to_numpy()
        if value.size != km.size:
            continue
        down, up = np.maximum(value, 0.0), np.minimum(value, 0.0)
        for base, step in ((above, down), (below, up)):
            if np.abs(step).max() > 0.0:
                axes.fill_between(
                    km,
                    base,
                    base + step,
                    facecolor=colour,
                    edgecolor=style.QUIET,
                    hatch=hatch,
                    linewidth=0.3,
                    zorder=1.5,
                )
        above, below = above + down, below + up
    for other, dashes in zip(years[:-1][::-1], _DASHES, strict=False):
        one = part[(part.year == other) & (part.activity == facts.TOTAL)].sort_values("distance_m")
        for width, colour in ((2.6, style.PAPER), (1.1, style.INK)):
            axes.plot(
                one.distance_m / 1000.0,
                one.mean_cm,
                color=colour,
                linewidth=width,
                linestyle=dashes if colour == style.INK else "-",
                zorder=2.2,
            )
    axes.plot(km, total.mean_cm, color=style.PAPER, linewidth=3.4, zorder=2.4)
    axes.plot(km, total.mean_cm, color=style.INK, linewidth=1.9, zorder=2.5)
    for side in ("p10_cm", "p90_cm"):
        axes.plot(km, total[side], color=style.INK, linewidth=0.7, zorder=2.1)
    axes.fill_between(km, total.p10_cm, total.p90_cm, facecolor=style.INK, alpha=0.10, linewidth=0, zorder=2.0)
    low = min(float(total.p10_cm.min()), float(below.min()), 0.0)
    high = max(float(total.p90_cm.max()), float(part[part.activity == facts.TOTAL].mean_cm.max()), 0.1)
    axes.set_ylim(high * 1.08, low - 0.02 * high if low < 0.0 else 0.0)
    axes.set_xlim(0.0, km[-1])
    axes.yaxis.grid(visible=True)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    decimals = 0 if high >= 5.0 else 1 if high >= 0.5 else 2
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v, decimals)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v, 1)))
    axes.spines["top"].set_visible(True)
    axes.spines["bottom"].set_visible(False)
    axes.xaxis.tick_bottom()
    axes.set_ylabel(words("F26.y"), fontsize=8.5)
    if last:
        axes.set_xlabel(words("F26.x"), fontsize=8.5)
    first, second = _ends(str(part.profile.iloc[0]))
    for where, name, side in ((0.0, first, "left"), (km[-1], second, "right")):
        axes.annotate(
            name,
            (where, 0.0),
            (4 if side == "left" else -4, 5),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha=side,
            fontsize=10,
            fontweight="bold",
            zorder=4,
            gid="halo",
        )


def _ends(profile: str) -> tuple[str, str]:
    """Return the names of the two ends of a profile called "A-B" or "A–B"; A and B for any other name."""
    parts = profile.replace("\N{EN DASH}", "-").split("-")
    short = len(parts) == 2 and all(0 < len(part.strip()) <= 3 for part in parts)
    return (parts[0].strip(), parts[1].strip()) if short else ("A", "B")


def _locator(paper: Sheet, bottom: float, run: RunFolder, words: Words, part: Frame, line: str, year: int) -> None:
    """Draw a small map with the line on it."""
    field = facts.total_cm(run, year)
    edges = bowl.levels(float(field.max()), float(field.min()))
    shown = bowl.window([field], min((abs(e) for e in edges), default=np.inf))
    high = _MAP * bowl.aspect(shown)
    axes = paper.axes(_LEFT + _WIDE + 0.35, bottom + _HIGH - high, _MAP, high)
    bowl.base(axes, words, shown, ticks=False)
    bowl.filled(axes, field, edges, None, width=0.35)
    bowl.overlay(axes, shown, fields=False)
    ends = part.sort_values("distance_m").iloc[[0, -1]]
    for colour, width in ((style.PAPER, 4.0), (style.INK, 2.0)):
        axes.plot(ends.x_m, ends.y_m, color=colour, linewidth=width, zorder=3.0, solid_capstyle="butt")
    for (_, end), name in zip(ends.iterrows(), _ends(line), strict=True):
        maps.end_name(axes, end.x_m, end.y_m, name)


def _legend(paper: Sheet, words: Words, names: tuple[str, ...], years: list[int]) -> None:
    """Write the samples in rows of four, below the last profile."""
    samples: list[tuple[object, str]] = [
        (Rectangle((0, 0), 0.3, 0.14, facecolor=colour, edgecolor=style.QUIET, hatch=hatch, linewidth=0.3), name)
        for name, (colour, hatch) in activities.look(names).items()
    ]
    lines: list[tuple[Any, float, str]] = [
        ("-", 1.9, words("F26.total", year=years[-1])),
        ("-", 0.7, words("F26.band")),
    ]
    lines += [
        (dashes, 1.1, words("F26.total", year=year)) for year, dashes in zip(years[:-1][::-1], _DASHES, strict=False)
    ]
    samples += [
        (Line2D([0.0, 0.3], [0.0, 0.0], color=style.INK, linewidth=width, linestyle=dashes), label)
        for dashes, width, label in lines
    ]
    rows = -(-len(samples) // 4)
    for k, (sample, label) in enumerate(samples):
        row, column = divmod(k, 4)
        x, y = _LEFT + 1.95 * column, 0.2 * (rows - 1 - row) + 0.04
        if isinstance(sample, Rectangle):
            sample.set_xy((x, y))
        elif isinstance(sample, Line2D):
            sample.set_data([x, x + 0.3], [y + 0.07, y + 0.07])
        paper.add(sample)
        paper.text(x + 0.38, y + 0.02, label if len(label) <= 26 else f"{label[:25]}…", fontsize=8)


def _told(run: RunFolder, words: Words, part: Frame, line: str, year: int) -> dict[str, object]:
    """Return what the head of a panel and the description say of one profile."""
    shown = part[part.year == year]
    total = shown[shown.activity == facts.TOTAL]
    deep = total.loc[total.mean_cm.idxmax()]
    there = shown[(shown.activity != facts.TOTAL) & np.isclose(shown.distance_m, deep.distance_m)]
    most = there.loc[there.mean_cm.idxmax()] if len(there) else None
    share = 100.0 * float(most.mean_cm) / float(deep.mean_cm) if most is not None and deep.mean_cm > 0.0 else 100.0
    return {
        "line": line,
        "year": year,
        "highest": facts.cm(words, deep.mean_cm),
        "band": facts.band_cm(words, deep.p10_cm, deep.p90_cm),
        "at": words.fixed(deep.distance_m / 1000.0, 1),
        "near": facts.place(run, words, float(deep.x_m), float(deep.y_m)),
        "most": "–" if most is None else str(most.activity),
        "share": words.fixed(min(share, 100.0)),
        "steepest": _steepest(words, total),
    }


def _steepest(words: Words, total: Frame) -> str:
    """Write the steepest change of slope along the line in mm per km."""
    ordered = total.sort_values("distance_m")
    if len(ordered) < 2:
        return "–"
    slope = np.diff(ordered.mean_cm) / np.diff(ordered.distance_m)
    return words.fixed(1e4 * float(np.abs(slope).max()))


def _numbers(run: RunFolder, words: Words, table: Frame, lines: list[str], year: int) -> dict[str, object]:
    told = [_told(run, words, table[table.profile == line], line, year) for line in lines]
    totals = table[(table.activity == facts.TOTAL) & (table.year == year)].groupby("profile").mean_cm.max()
    first = told[lines.index(str(totals[lines].idxmax()))]
    return {
        **first,
        "lines": len(lines),
        "list": " ".join(words("F26.told", **one) for one in told),
        "start": run.setting("time", "start", default=year),
    }
