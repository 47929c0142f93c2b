"""F02: reservoir pressure: its course, four maps, and how it changes in the years of the forecast."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.ticker import FuncFormatter, MultipleLocator

from mijnrisico.messages import Language
from mijnrisico.report import origin
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words
from mijnrisico.units import DAYS_PER_YEAR

_MAP_EXTENT = (229_000.0, 271_500.0, 565_000.0, 615_500.0)
_MAP_WIDTH = 1.62
_MAP_ASPECT = (_MAP_EXTENT[3] - _MAP_EXTENT[2]) / (_MAP_EXTENT[1] - _MAP_EXTENT[0])
_FALL_BAR = 1.0


@styled
def f02_pressure(run: RunFolder, lang: Language) -> Drawing:
    """Draw mean and range of the pressure against time, four maps in bar, and the change over the forecast."""
    words = Words(lang)
    course = run.table("pressure_mean")
    moment = pd.to_datetime(course.date)
    when = (moment.dt.year + (moment.dt.day_of_year - 1) / DAYS_PER_YEAR).to_numpy()
    pressure = run.grid("pressure").pressure
    slices = _chosen(pressure, run)
    start, end = slices[-2][1], slices[-1][1]
    change = end - start
    fit = run.table("pressure_fit") if run.has_table("pressure_fit") else None
    numbers = _numbers(words, start, end, change, slices, fit)
    case = "produces" if _produces(run) else "evens" if numbers["evens"] else "other"
    title = words(f"F02.title_{case}", **numbers)
    subtitle, source = words("F02.subtitle"), origin.source(run, words, "F02", "pressure")
    paper = sheet(4.62, title, subtitle, source)
    _course(paper, words, when, course, fit, run)
    x, y = pressure.x.values, pressure.y.values
    _change_map(paper, words, change, x, y, slices)
    edges = (-np.inf, *style.PRESSURE_EDGES_BAR, np.inf)
    colours = [to_hex(c) for c in colormaps["viridis_r"](np.linspace(0.02, 0.98, len(edges) - 1))]
    for k, (year, field) in enumerate(slices):
        left = 0.14 + 1.74 * k
        axes = paper.axes(left, 0.12, _MAP_WIDTH, _MAP_WIDTH * _MAP_ASPECT)
        _ground(axes, words)
        maps.cells(axes, field, x, y, edges, colours)
        maps.blanks(axes, field, x, y, 0.0)
        maps.overlay(axes)
        maps.places(axes, ("Loppersum", "Hoogezand") if k == 0 else (), size=7)
        if k == 0:
            maps.scale_and_north(axes, words, 5)
        paper.text(left, 2.14, str(year), fontsize=9, fontweight="bold")
    labels = maps.class_labels(words, edges, words.fixed)
    entries = list(zip(colours, labels, strict=True))[::-1]
    blank = words("F02.blank")
    maps.legend(paper, 7.05, 2.14, words("F02.unit"), entries, blank=blank, fontsize=7, step=0.13)
    frames = [pd.DataFrame({"part": "course", "date": course.date, **{c: course[c] for c in course if c != "date"}})]
    xx, yy = np.meshgrid(x, y)
    for year, field in slices:
        known = np.isfinite(field)
        frames.append(
            pd.DataFrame(
                {
                    "part": "map",
                    "date": f"{year}-01-01",
                    "x_rd": xx[known],
                    "y_rd": yy[known],
                    "pressure_bar": field[known].round(3),
                }
            )
        )
    return Drawing(
        "F02_pressure",
        paper.figure,
        pd.concat(frames),
        title,
        subtitle,
        words("F02.reading", **numbers) + words("F02.more", **numbers),
        words("F02.alt", **numbers),
        source,
    )


def _chosen(pressure: xr.DataArray, run: RunFolder) -> list[tuple[int, np.ndarray]]:
    """Return four moments: before, in between, the start and the end of the forecast."""
    years = pressure.time.dt.year.values
    wanted = (1975, 2000, run.first_year, run.last_year + 1)
    found = [int(np.argmin(np.abs(years - y))) for y in wanted]
    return [(int(years[i]), pressure.values[i]) for i in found]


def _produces(run: RunFolder) -> bool:
    """Say whether the scenario takes gas out of the field."""
    if not run.has_table("production"):
        return False
    table = run.table("production")
    return float(table.volume_bcm[table.kind == "scenario"].sum()) > 0.0


def _numbers(words, start, end, change, slices, fit) -> dict[str, object]:
    known = np.isfinite(change)

    def spread(field: np.ndarray) -> float:
        low, high = np.nanpercentile(field[known], [2, 98])
        return float(high - low)

    residual = fit.residual_bar.to_numpy() if fit is not None else np.array([np.nan])
    return {
        "evens": spread(end) < 0.8 * spread(start),
        "spread_start": words.fixed(spread(start)),
        "spread_end": words.fixed(spread(end)),
        "mean_start": words.fixed(np.nanmean(start)),
        "mean_end": words.fixed(np.nanmean(end)),
        "falling": words.fixed(100 * float(np.mean(change[known] < -_FALL_BAR))),
        "fall": words.trimmed(_FALL_BAR),
        "largest_fall": words.fixed(max(0.0, -float(np.nanmin(change)))),
        "largest_rise": words.fixed(max(0.0, float(np.nanmax(change)))),
        "start": slices[-2][0],
        "end": slices[-1][0],
        "rms": words.fixed(float(np.sqrt(np.mean(residual**2))), 1),
        "count": words.fixed(residual.size if fit is not None else 0),
    }


def _course(paper: Sheet, words: Words, when, course, fit, run: RunFolder) -> None:
    axes = paper.axes(0.46, 2.64, 4.5, 1.7)
    if fit is not None:
        date = pd.to_datetime(fit.date)
        axes.plot(
            date.dt.year + date.dt.day_of_year / DAYS_PER_YEAR,
            fit.measured_bar,
            ".",
            markersize=2.2,
            color=style.ORANGE,
            alpha=0.5,
            markeredgewidth=0,
            zorder=1.5,
            rasterized=True,
            label=words("F02.measured"),
        )
    axes.fill_between(
        when, course.min_bar, course.max_bar, color=style.BLUE_BAND, linewidth=0, zorder=0.8, label=words("F02.range")
    )
    if {"p02", "p98"} <= set(course.columns):
        axes.fill_between(
            when, course.p02, course.p98, color=style.BLUE_BAND_DEEP, linewidth=0, zorder=0.9, label=words("F02.most")
        )
    axes.plot(when, course.mean_bar, color=style.BLUE, label=words("F02.mean"))
    axes.axvspan(run.first_year, when[-1], color="#f3f3f0", zorder=0)
    axes.annotate(
        words("F04.forecast"),
        ((run.first_year + when[-1]) / 2, 1.0),
        (0, -10),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="center",
        fontsize=7.5,
        color=style.QUIET,
    )
    axes.set_xlim(when[0], when[-1])
    axes.set_ylim(0, 370)
    axes.yaxis.grid(visible=True)
    axes.xaxis.set_major_locator(MultipleLocator(10))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    before = (run.first_year - when[0]) / (when[-1] - when[0])
    axes.legend(
        frameon=False,
        fontsize=8,
        loc="upper right",
        bbox_to_anchor=(before, 1.0),
        handlelength=1.4,
        borderaxespad=0.2,
        markerscale=3,
    )
    paper.text(0.14, 4.42, words("F02.panel_course"), fontsize=9, fontweight="bold")


def _change_map(paper: Sheet, words: Words, change, x, y, slices) -> None:
    axes = paper.axes(5.36, 2.38, _MAP_WIDTH, _MAP_WIDTH * _MAP_ASPECT)
    _ground(axes, words)
    edges = (-np.inf, *style.CHANGE_EDGES_BAR, np.inf)
    maps.cells(axes, change, x, y, edges, style.CHANGE_COLOURS)
    maps.blanks(axes, change, x, y, 0.0)
    maps.overlay(axes)
    maps.places(axes, ("Loppersum", "Groningen", "Hoogezand"), size=7)
    name = words("F02.panel_change", start=slices[-2][0], end=slices[-1][0])
    paper.text(5.36, 4.42, name, fontsize=9, fontweight="bold")
    labels = maps.class_labels(words, edges, words.fixed)
    entries = list(zip(style.CHANGE_COLOURS, labels, strict=True))[::-1]
    maps.legend(paper, 7.05, 4.34, words("F02.unit"), entries, fontsize=7, step=0.17)


def _ground(axes, words: Words) -> None:
    maps.base(axes, words, ticks=False, extent=_MAP_EXTENT)
    axes.tick_params(length=0)
