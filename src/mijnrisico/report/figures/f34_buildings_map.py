"""F34: where the buildings above the norm are, per square kilometre: on average, and at P90 of the models."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.lines import Line2D

from mijnrisico.messages import Language
from mijnrisico.report import branches, building_facts
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words
from mijnrisico.seismic import building_privacy

COUNTS = ("mean_above_1e-5", "p90_above_1e-5")
EDGES = (-1.0, -0.5, 1e-12, 5.0, 20.0, 100.0, float("inf"))
COLOURS = ("#c9d1db", "#f4f9fd", "#fdd9b0", "#f6a95c", "#c2500f", "#6b2306")
"""Of what is withheld, of none, and of four sizes of a count."""
_WITHHELD = -0.75
_CELL_M = 1000.0
_COLUMNS = (2.2, 1.45, 1.45, 1.45)


@styled
def f34_buildings_map(run: RunFolder, lang: Language) -> Drawing:
    """Draw the buildings above 1e-5 per cell of a square kilometre: left by their mean risk, right by their P90."""
    words = Words(lang)
    grid = run.grid("building_risk")
    wanted = building_facts.year(run) if building_facts.counted(run) else run.shown_year
    year = wanted if (grid.year == wanted).any() else int(grid.year.min())
    shown, withheld = building_privacy.cells(grid.sel(year=year, drop=True))
    numbers = _numbers(words, shown, withheld, year) | _case(run, words, shown, year)
    title, subtitle = (
        words(f"F34.title_{numbers['case']}", **numbers),
        words("F34.subtitle", **numbers) + _coarse(run, words),
    )
    source = words("F34.source", **stamp(run, words))
    width, bottom = 3.55, 1.08
    paper = sheet(bottom + width * maps.ASPECT + 0.26, title, subtitle, branches.noted(run, words, source))
    for k, name in enumerate(COUNTS):
        left = 0.42 + 4.1 * k
        axes = paper.axes(left, bottom, width, width * maps.ASPECT)
        maps.base(axes, words, ticks=k == 0)
        values = np.where(shown.buildings > 0.0, shown[name], np.where(shown.withheld > 0, _WITHHELD, np.nan))
        maps.cells(axes, values, grid.x.to_numpy(), grid.y.to_numpy(), EDGES, COLOURS)
        maps.overlay(axes)
        maps.places(axes, size=7.5)
        if k == 0:
            maps.scale_and_north(axes, words)
        panel = words(f"F34.panel_{name.partition('_')[0]}", **numbers)
        paper.text(left, bottom + width * maps.ASPECT + 0.07, panel, fontsize=9, fontweight="bold")
    maps.legend(
        paper,
        0.42,
        0.82,
        words("F34.legend"),
        list(zip(COLOURS, _labels(words), strict=True)),
        lines=[(Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2.5))), words("map.field"))],
        fontsize=7.5,
        step=0.17,
        columns=_COLUMNS,
    )
    return Drawing(
        "F34_buildings_map",
        paper.figure,
        _data(shown, year),
        title,
        subtitle,
        words("F34.reading", **numbers) + (words("F34.reading_withheld", **numbers) if withheld.areas else ""),
        words("F34.alt", **numbers),
        source,
    )


def _coarse(run: RunFolder, words: Words) -> str:
    """Say that estimated buildings stand in larger cells than those that are drawn, where they do."""
    cell = float(run.setting("hazard", "cell", default=_CELL_M))
    if building_facts.file_of(run) or cell <= _CELL_M:
        return ""
    return words("F34.coarse", cell=words.trimmed(cell / 1000.0, 1))


def _labels(words: Words) -> list[str]:
    sizes = maps.class_labels(words, (0.0, *EDGES[3:]), words.fixed)
    return [words("F34.withheld"), words("F34.none"), *sizes]


def _data(shown: xr.Dataset, year: int) -> pd.DataFrame:
    """The cells that are shown, as rows."""
    frame = shown.to_dataframe().dropna(subset="buildings").reset_index()
    frame = frame[frame.buildings > 0.0].rename(columns={"x": "x_rd", "y": "y_rd"})
    return frame.assign(year=year)[["year", "x_rd", "y_rd", "buildings", "people", "lpr_mean", *COUNTS]].reset_index(
        drop=True
    )


def _case(run: RunFolder, words: Words, shown: xr.Dataset, year: int) -> dict[str, str]:
    """Return what the title says, by all buildings and not by those on the map, of which some are withheld."""
    mean, high = (float(shown[name].sum()) for name in COUNTS)
    every, slightly = mean, high
    if building_facts.counted(run):
        every = building_facts.above(run, year).buildings
        slightly = float(building_facts.in_risk_classes(run, year).buildings["slightly_elevated"])
    case = "some" if every > 0.0 else "none_p90" if slightly > 0.0 else "none"
    seen = {"some": mean, "none_p90": high, "none": 1.0}[case] > 0.0
    return {"case": case if seen else f"{case}_withheld", "total_above": words.people(every)}


def _numbers(words: Words, shown: xr.Dataset, withheld: building_privacy.Withheld, year: int) -> dict[str, object]:
    """Return what the text says: cells with buildings above the norm, the cell with most of them, what is withheld."""
    mean, high = (shown[name] for name in COUNTS)
    top = mean if float(mean.sum()) > 0.0 else high
    some = float(top.sum()) > 0.0
    at = top.where(top == top.max(), drop=True).isel(x=0, y=0) if some else None
    total = float(mean.sum())
    return {
        "year": year,
        "count": words.people(total),
        "high": words.people(float(high.sum())),
        "cells": words.fixed(float((mean > 0.0).sum())),
        "cells_high": words.fixed(float((high > 0.0).sum())),
        "place": "–" if at is None else maps.near(words, float(at.x), float(at.y)),
        "most": words.people(float(top.max())) if some else "0",
        "withheld": words.fixed(withheld.areas),
        "withheld_buildings": words.fixed(withheld.buildings),
        "fewest": building_privacy.FEWEST,
    }
