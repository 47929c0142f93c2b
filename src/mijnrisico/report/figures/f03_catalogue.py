"""F03: the earthquakes themselves: where they were, how strong, when, and which of them the fit uses."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MultipleLocator

from mijnrisico.messages import Language
from mijnrisico.report import origin
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import day
from mijnrisico.report.words import Words
from mijnrisico.seismic.magnitude import estimate
from mijnrisico.units import DAYS_PER_YEAR

_SIZES = (1.5, 2.0, 2.5, 3.0, 3.5)  # magnitudes at which a larger dot begins
_INDUCED = "induced"
_FIRST_YEAR = 1990
_CONVENTION_KM = 3.0
_MAP_WIDTH = 3.45
_NETWORK_YEAR = 2015  # the network grew in 2014 and 2015
_FEWEST = 50
_CORRECTION = 0.2  # usual, because the magnitude with most events is known to be low


@styled
def f03_catalogue(run: RunFolder, lang: Language) -> Drawing:
    """Draw a map of the epicentres and magnitude against time inside the field, with the limits of the fit."""
    words = Words(lang)
    data = run.table("catalogue")
    data["used"] = data.used.astype(str).str.lower().isin({"true", "1"})
    moment = pd.to_datetime(data.time)
    data["year"] = moment.dt.year + (moment.dt.day_of_year - 1) / DAYS_PER_YEAR
    data["inside"] = shapely.contains_xy(maps.outline(), data.x_rd, data.y_rd) | data.used
    numbers = _numbers(run, words, data)
    title = words("F03.title" if numbers["count"] else "F03.title_none", **numbers)
    subtitle, source = words("F03.subtitle", **numbers), origin.source(run, words, "F03", "catalogue")
    paper = sheet(4.42, title, subtitle, source)
    _map(paper, words, data)
    _stems(paper, words, data, run, numbers)
    _legend(paper, words, data, numbers)
    columns = ["time", "magnitude", "x_rd", "y_rd", "depth_km", "type", "used"]
    return Drawing(
        "F03_catalogue",
        paper.figure,
        data[columns],
        title,
        subtitle,
        " ".join((words(f"F03.reading{_types(data)}", **numbers), *_complete(words, data), _depths(words, data))),
        words("F03.alt", **numbers) + words(f"F03.busiest_{numbers['busy']}", **numbers),
        source,
    )


def completeness(data: Frame) -> list[tuple[float, float, float]]:
    """Return first year, last year and the magnitude from which the field was complete, before and since the network.

    Maximum curvature plus 0.2 over the events from the first year of the fit; a period with few events has none.
    """
    counted = data[data.inside & (data.type == _INDUCED)]
    first = float(data.year[data.used].min()) if data.used.any() else _FIRST_YEAR
    found = []
    for low, high in ((first, _NETWORK_YEAR), (max(first, _NETWORK_YEAR), float(counted.year.max()))):
        magnitude = counted.magnitude[(counted.year >= low) & (counted.year <= high)].to_numpy(float)
        if len(magnitude) >= _FEWEST:
            found.append((low, high, estimate.maximum_curvature(magnitude, _CORRECTION)))
    return found


def _complete(words: Words, data: Frame) -> tuple[str, ...]:
    found = completeness(data)
    if not found:
        return ()
    said = "; ".join(
        words("F03.complete_said", start=int(low), end=int(high - 1e-6), magnitude=words.fixed(magnitude, 1))
        for low, high, magnitude in found
    )
    return (words("F03.complete", list=said),)


def _types(data: Frame) -> str:
    return "" if (data.type == _INDUCED).all() else "_types"


def _depths(words: Words, data: Frame) -> str:
    """Say why depths are not drawn: most are a convention, or they stand in the data only."""
    share = float((data.depth_km == _CONVENTION_KM).mean())
    if share < 0.5:
        return words("F03.depth_free")
    return words("F03.depth_fixed", share=words.fixed(100 * share), depth=words.fixed(_CONVENTION_KM))


def _groups(data: Frame) -> tuple[tuple[Frame, str, dict[str, Any]], ...]:
    """Split the events: counted in the fit, induced but not counted, of another type; each with its look."""
    other = (data.type != _INDUCED) & ~data.used
    return (
        (
            data[~data.used & ~other],
            "rest",
            {"color": style.GREY, "markeredgewidth": 0, "alpha": 0.75, "rasterized": True},
        ),
        (data[other], "other", {"color": style.BROWN, "markeredgecolor": style.PAPER, "markeredgewidth": 0.4}),
        (data[data.used], "used", {"color": style.YELLOW, "markeredgecolor": style.INK, "markeredgewidth": 0.5}),
    )


def _size(step: int) -> float:
    return 2.2 + 1.6 * step


def _dots(axes, x: str, rows: Frame, y: str, look: dict[str, Any], zorder: float) -> None:
    """Draw dots in five sizes, the strongest last."""
    step = np.clip(np.digitize(rows.magnitude + 1e-9, _SIZES) - 1, -1, None)
    for k in range(-1, len(_SIZES)):
        part = rows[step == k]
        if len(part):
            axes.plot(part[x], part[y], "o", markersize=_size(k) if k >= 0 else 1.5, zorder=zorder + 0.01 * k, **look)


def _map(paper: Sheet, words: Words, data: Frame) -> None:
    axes = paper.axes(0.56, 0.28, _MAP_WIDTH, _MAP_WIDTH * maps.ASPECT)
    maps.base(axes, words)
    maps.overlay(axes)
    left, right, bottom, top = maps.EXTENT
    shown = data[data.x_rd.between(left, right) & data.y_rd.between(bottom, top)]
    for zorder, (rows, _, look) in enumerate(_groups(shown), start=2):
        _dots(axes, "x_rd", rows, "y_rd", look, zorder)
    maps.places(axes, None, size=7.5)
    for text in axes.texts:
        text.set_zorder(9)
    maps.scale_and_north(axes, words)
    paper.text(0.56, 0.28 + _MAP_WIDTH * maps.ASPECT + 0.07, words("F03.panel_map"), fontsize=9, fontweight="bold")


def _stems(paper: Sheet, words: Words, data: Frame, run: RunFolder, numbers: dict) -> None:
    axes = paper.axes(4.5, 1.62, 3.72, 2.54)
    inside = data[data.inside]
    start = max(_FIRST_YEAR, int(inside.year.min())) if len(inside) else _FIRST_YEAR
    inside = inside[inside.year >= start]
    low = min(0.0, float(np.floor(2 * inside.magnitude.min()) / 2)) if len(inside) else 0.0
    axes.set_ylim(low, max(4.0, float(inside.magnitude.max()) + 0.3) if len(inside) else 4.0)
    axes.set_xlim(start - 0.5, max(run.first_year + 0.5, float(inside.year.max()) + 0.5 if len(inside) else 0.0))
    used = inside[inside.used]
    stems = np.full((len(used), 3, 2), np.nan)
    stems[:, 0] = np.column_stack([used.year, np.full(len(used), float(numbers["edge"]))])
    stems[:, 1] = used[["year", "magnitude"]].to_numpy()
    axes.plot(*stems.reshape(-1, 2).T, color=style.GREY, linewidth=0.5, zorder=1.5)
    for zorder, (rows, _, look) in enumerate(_groups(inside), start=2):
        _dots(axes, "year", rows, "magnitude", look, zorder)
    for begin, end, magnitude in completeness(data):
        axes.plot([begin, end], [magnitude] * 2, color=style.INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=5.5)
        axes.annotate(
            words("F03.complete_line", magnitude=words.fixed(magnitude, 1)),
            (begin, magnitude),
            (2, -3),
            textcoords="offset points",
            va="top",
            fontsize=7,
            color=style.INK,
            fontweight="bold",
            gid="halo",
            zorder=7,
        )
    since, until = float(numbers["since_at"]), float(numbers["until_at"])
    axes.plot(
        [since, since, until, until],
        [axes.get_ylim()[1], numbers["edge"], numbers["edge"], axes.get_ylim()[1]],
        color=style.BLUE,
        linewidth=1.3,
        zorder=6,
    )
    axes.annotate(
        words("F03.limit", **numbers),
        (until, float(numbers["edge"])),
        (-3, -10),
        textcoords="offset points",
        ha="right",
        fontsize=7.5,
        color=style.BLUE,
        fontweight="bold",
        gid="halo",
        zorder=7,
    )
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.yaxis.set_major_locator(MultipleLocator(1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.yaxis.grid(visible=True)
    paper.text(4.3, 4.26, words("F03.panel_time"), fontsize=9, fontweight="bold")


def _legend(paper: Sheet, words: Words, data: Frame, numbers: dict) -> None:
    y = 1.12
    for rows, name, look in _groups(data)[::-1]:
        if len(rows) or name == "used":
            dot = {k: v for k, v in look.items() if k != "rasterized"}
            paper.add(Line2D([4.62], [y + 0.04], marker="o", markersize=6, linestyle="", **dot))
            paper.text(4.8, y, words(f"F03.{name}", **numbers), fontsize=8)
            y -= 0.21
    x = 4.62
    for step, magnitude in enumerate(_SIZES):
        paper.add(
            Line2D(
                [x],
                [0.36],
                marker="o",
                markersize=_size(step),
                linestyle="",
                color=style.YELLOW,
                markeredgecolor=style.INK,
                markeredgewidth=0.5,
            )
        )
        paper.text(x + 0.1, 0.32, f"M {words.fixed(magnitude, 1)}+", fontsize=7.5)
        x += 0.74


def _numbers(run: RunFolder, words: Words, data: Frame) -> dict:
    used = data[data.used]
    since = str(run.setting("source", "from", default="1995-01-01"))
    until = str(run.setting("source", "until", default=f"{run.first_year}-01-01"))
    edge = float(run.setting("source", "magnitude_min", default=1.45))
    top = used.loc[used.magnitude.idxmax()] if len(used) else None
    per_year = used.year.astype(int).value_counts()
    busiest = sorted(int(year) for year in per_year.index[per_year == per_year.max()])
    return {
        "count": len(used),
        "rest": words.fixed(float((~data.used).sum())),
        "total": words.fixed(float(len(data))),
        "edge": edge,
        "magnitude": words.fixed(edge, 2),
        "since": since[:4],
        "last": int(until[:4]) - until.endswith("01-01"),
        "since_at": float(since[:4]) + (pd.Timestamp(since).day_of_year - 1) / DAYS_PER_YEAR,
        "until_at": float(until[:4]) + (pd.Timestamp(until).day_of_year - 1) / DAYS_PER_YEAR,
        "strongest": "–" if top is None else words.fixed(float(top.magnitude), 1),
        "place": "–" if top is None else maps.nearest_place(float(top.x_rd), float(top.y_rd)),
        "day": "–" if top is None else day(str(top.time), words),
        "busiest": words.years_together(busiest) if busiest else "–",
        "busy": "many" if len(busiest) > 1 else "one",
        "busiest_count": int(per_year.max()) if len(used) else 0,
        "other": words.fixed(float(((data.type != _INDUCED) & ~data.used).sum())),
    }
