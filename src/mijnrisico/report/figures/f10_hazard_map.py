"""F10: map of the acceleration exceeded once in 475 years on average: the mean, and P10 and P90 beside it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.lines import Line2D

from mijnrisico.messages import Language
from mijnrisico.report import branches, hazard_facts
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

BELOW = (1.52, 1.52, 1.9)  # columns of a legend below a map
_PANELS = (("mean", 0.4, 1.25, 3.75), ("p10", 5.15, 3.05, 2.15), ("p90", 5.15, 0.34, 2.15))


@styled
def f10_hazard_map(run: RunFolder, lang: Language) -> Drawing:
    """Draw the level in g of the shown year by class, with the threshold as a cased contour."""
    words = Words(lang)
    period = hazard_facts.return_period(run)
    field = run.hazard.sel(year=run.shown_year, return_period=period)
    numbers = hazard_numbers(run, words) | {"period": period}
    title = words(f"F10.title_{numbers['case']}", **numbers)
    subtitle = words("F10.subtitle", year=run.shown_year, period=period)
    source = words("F10.source", **stamp(run, words))
    paper = sheet(5.68, title, subtitle, branches.noted(run, words, source))
    data = level_panels(paper, run, words, field, style.PGA_EDGES_G, style.PGA_COLOURS, limit_g=run.threshold_g)
    labels = maps.class_labels(words, style.PGA_EDGES_G, lambda v: words.fixed(v, 2))
    lines = [
        (Line2D([], [], color="#000000", linewidth=1.4), words("F10.contour", level=words.fixed(run.threshold_g, 2))),
        (Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2.5))), words("map.field")),
    ]
    maps.legend(
        paper,
        0.1,
        1.0,
        words("F10.legend"),
        list(zip(style.PGA_COLOURS, labels, strict=True)),
        lines=lines,
        blank=words("map.blank"),
        fontsize=7.5,
        step=0.17,
        columns=BELOW,
    )
    return Drawing(
        "F10_hazard_map",
        paper.figure,
        data,
        title,
        subtitle,
        words("F10.reading", period=period),
        words("F10.alt", **numbers),
        source,
    )


def level_panels(
    paper: Sheet,
    run: RunFolder,
    words: Words,
    field: xr.DataArray,
    edges: Sequence[float],
    colours: Sequence[str],
    limit_g: float | None = None,
) -> Frame:
    """Draw mean, P10 and P90 of a level in g (statistic, y, x) by class and return what was drawn.

    `limit_g` is drawn as a cased contour.
    """
    x, y = field.x.values, field.y.values
    frames = []
    for statistic, left, bottom, width in _PANELS:
        main = statistic == "mean"
        level = field.sel(statistic=statistic).values
        values = hazard_facts.drawn(run, level)
        axes = paper.axes(left, bottom, width, width * maps.ASPECT)
        maps.base(axes, words, ticks=main)
        maps.cells(axes, values, x, y, edges, colours)
        maps.blanks(axes, values, x, y, hazard_facts.margin_m(run))
        maps.overlay(axes)
        if limit_g is not None:
            maps.contour(axes, values, x, y, limit_g, 1.4 if main else 0.55)
        maps.places(axes, tuple(maps.background().places) if main else None, size=8 if main else 6.5)
        if main:
            maps.scale_and_north(axes, words)
        top = bottom + width * maps.ASPECT + 0.06
        paper.text(left, top, words(f"F10.panel_{statistic}"), fontsize=9.5 if main else 8.5, fontweight="bold")
        xx, yy = np.meshgrid(x, y)
        known = np.isfinite(values)
        frames.append(
            pd.DataFrame(
                {
                    "year": int(field.year),
                    "return_period_yr": int(field.return_period),
                    "imt": "PGA",
                    "component": "geometric_mean",
                    "surface": "regular",
                    "statistic": statistic,
                    "x_rd": xx[known],
                    "y_rd": yy[known],
                    "pga_g": level[known],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def hazard_numbers(run: RunFolder, words: Words) -> dict[str, object]:
    """Return what the text says about the level: highest mean with P10 and P90 there, where, areas."""
    mean, low, high = (hazard_facts.shaking(run, run.shown_year, s) for s in ("mean", "p10", "p90"))
    there = run.hazard.sel(year=run.shown_year, return_period=hazard_facts.return_period(run), x=mean.x, y=mean.y)
    known, total = hazard_facts.coverage(run)
    case = "above" if mean.level_g >= run.threshold_g else "band" if high.level_g >= run.threshold_g else "below"
    return {
        "case": case,
        "year": run.shown_year,
        "place": maps.near(words, mean.x, mean.y),
        "level": words.level(mean.level_g, run.threshold_g),
        "low": words.level(float(there.sel(statistic="p10")), run.threshold_g),
        "high": words.level(float(there.sel(statistic="p90")), run.threshold_g),
        "threshold": words.fixed(run.threshold_g, 2),
        "area": words.fixed(mean.area_km2),
        "area_low": words.fixed(low.area_km2),
        "area_high": words.fixed(high.area_km2),
        "blank": words.fixed(100 * (1 - known / max(1, total))),
    }
