"""The shaking of one earthquake as a map: the median large, P10 and P90 beside it, epicentre and stations marked."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mijnrisico.messages import Language
from mijnrisico.report import stamp
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.words import Words

if TYPE_CHECKING:
    from mijnrisico.data.readers.stations import Record

PANELS: Final = ((0.5, 0.4, 1.45, 3.75), (0.1, 5.15, 3.25, 2.15), (0.9, 5.15, 0.54, 2.15))
"""Fractile, left, bottom and width (inches) of each map."""
PGA_EDGES_G: Final = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, float("inf"))
SA_EDGES_G: Final = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, float("inf"))
PGV_EDGES_CM_S: Final = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, float("inf"))
"""One earthquake spans more than a map of the hazard: more classes below 0.05 g. Blue and orange part there."""
_BELOW: Final = (1.52, 1.52, 1.9)


def draw(about: Mapping[str, Any], grid: xr.Dataset, records: "Sequence[Record]", lang: Language) -> Picture:
    """Draw `level` of `seismic.scenario_shaking` on the nodes of a grid; `about` names event, model and place."""
    return Picture(_draw(about, grid, records, lang))


@styled
def _draw(about: Mapping[str, Any], grid: xr.Dataset, records: "Sequence[Record]", lang: Language) -> Drawing:
    words = Words(lang)
    edges, colours = classes(str(grid.attrs["imt"]), str(grid.attrs["unit"]))
    numbers = numbers_of(about, grid, words)
    title = words("shaken.title", **numbers)
    given = words("shaken.given", n=len(records)) if records else words("shaken.not_given")
    subtitle = words("shaken.subtitle", given=given, **numbers)
    source = words("shaken.source", **numbers)
    if records:
        length = words.trimmed(float(grid.attrs["correlation_length_km"]), 1)
        source += " " + words("shaken.correlated", length=length)
    if about.get("beyond") is not None:
        low, high = (words.trimmed(float(end), 1) for end in about["beyond"])
        subtitle += ". " + words("shaken.beyond", magnitude=numbers["magnitude"], low=low, high=high)
    paper = sheet(5.88, title, subtitle, source)
    x, y, field = _on_grid(grid)
    limited = grid.attrs["imt"] == "PGA"
    for fractile, left, bottom, width in PANELS:
        main = fractile == 0.5
        values = field.sel(fractile=fractile).to_numpy()
        axes = paper.axes(left, bottom, width, width * maps.ASPECT)
        maps.base(axes, words, ticks=main)
        maps.cells(axes, values, x, y, edges, colours)
        maps.blanks(axes, values, x, y, float(grid.attrs.get("margin_m", 0.0)))
        maps.overlay(axes)
        if limited:
            maps.contour(axes, values, x, y, 0.05, 1.4 if main else 0.55)
        maps.places(axes, tuple(maps.background().places) if main else None, size=8 if main else 6.5)
        _marks(axes, about, records, edges, colours, 1.0 if main else 0.6)
        if main:
            maps.scale_and_north(axes, words)
        top = bottom + width * maps.ASPECT + 0.06
        name = words(f"shaken.panel_{100 * fractile:.0f}")
        paper.text(left, top, name, fontsize=9.5 if main else 8.5, fontweight="bold")
    labels = maps.class_labels(words, edges, lambda value: words.trimmed(value, 3))
    lines = [(Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2.5))), words("map.field"))]
    if limited:
        lines.insert(0, (Line2D([], [], color="#000000", linewidth=1.4), words("shaken.contour", **numbers)))
    legend = words("shaken.legend", **numbers)
    entries = list(zip(colours, labels, strict=True))
    blank = words("map.blank")
    maps.legend(paper, 0.1, 1.2, legend, entries, lines=lines, blank=blank, fontsize=7.5, step=0.17, columns=_BELOW)
    _explain(paper, words, stations=bool(records))
    reading, alt = words("shaken.reading"), words("shaken.alt", title=title, subtitle=subtitle)
    name = f"shaking_{numbers['file']}"
    return Drawing(name, paper.figure, _table(about, grid), title, subtitle, reading, alt, source)


def classes(measure: str, unit: str) -> tuple[Sequence[float], Sequence[str]]:
    """Return limits and colours: the break at 0.05 g for PGA alone, one hue where no norm reads a level."""
    if unit != "g":
        return PGV_EDGES_CM_S, style.LONG_PGA_COLOURS
    if measure == "PGA":
        return PGA_EDGES_G, style.LPR_COLOURS
    return SA_EDGES_G, style.LONG_PGA_COLOURS


def numbers_of(about: Mapping[str, Any], grid: xr.Dataset, words: Words) -> dict[str, object]:
    """Return what a text says: the event, the highest median, where, its band, measure and component."""
    unit, measure = str(grid.attrs["unit"]), str(grid.attrs["imt"])
    moment = str(about["when"])
    day = stamp.day(moment, words) if moment else ""
    middle = grid["level"].sel(fractile=0.5).to_numpy()
    known = bool(np.isfinite(middle).any())
    at = int(np.nanargmax(middle)) if known else 0
    low, high = (float(grid["level"].sel(fractile=f)[at]) for f in (0.1, 0.9))
    away_km = float(np.hypot(grid["x"][at] - about["x"], grid["y"][at] - about["y"])) / 1000.0

    def shown(value: float) -> str:
        text = words.level(value, unit=unit)
        return words("map.below", high=text) if value <= float(grid.attrs["floor"]) * (1.0 + 1e-9) else text

    slug = "".join(c if c.isalnum() else "_" for c in f"{about['name']}_{moment[:10]}_{measure}".lower())
    return {
        "name": about["name"],
        "event": words("shaken.known", name=about["name"], day=day) if day else str(about["name"]),
        "magnitude": words.trimmed(float(about["magnitude"]), 1),
        "depth": words.trimmed(float(about["depth_km"]), 1),
        "measure": measure,
        "unit": unit,
        "component": words(f"shaken.component.{grid.attrs['component']}"),
        "surface": words(f"shaken.surface.{grid.attrs['surface']}"),
        "away": words.fixed(away_km, 1) if known else "–",
        "level": shown(float(middle[at])),
        "low": shown(low),
        "high": shown(high),
        "motion": about["motion"],
        "model": f"mijnrisico {metadata.version('mijnrisico')}",
        "threshold": words.level(0.05),
        "file": "_".join(part for part in slug.split("_") if part),
    }


def _on_grid(grid: xr.Dataset) -> tuple[np.ndarray, np.ndarray, xr.DataArray]:
    """Axes x and y (m, ascending) of the nodes and `level` on them (fractile, y, x); NaN between."""
    x, y = np.unique(grid["x"].to_numpy()), np.unique(grid["y"].to_numpy())
    values = np.full((grid.sizes["fractile"], y.size, x.size), np.nan)
    row, column = np.searchsorted(y, grid["y"].to_numpy()), np.searchsorted(x, grid["x"].to_numpy())
    values[:, row, column] = grid["level"].to_numpy()
    return x, y, xr.DataArray(values, dims=("fractile", "y", "x"), coords={"fractile": grid["fractile"].to_numpy()})


def _marks(
    axes: Axes,
    about: Mapping[str, Any],
    records: "Sequence[Record]",
    edges: Sequence[float],
    colours: Sequence[str],
    size: float,
) -> None:
    """Mark the epicentre with a star and each station with a triangle in the class of what it recorded."""
    look: dict[str, Any] = {"markeredgecolor": style.PAPER, "markeredgewidth": 0.8 * size, "zorder": 3.3}
    axes.plot(about["x"], about["y"], "*", markersize=13 * size, color=style.INK, **look)
    for record in records:
        colour = colours[int(np.digitize(record.value, edges[1:-1]))]
        look = {"markeredgecolor": style.INK, "markeredgewidth": 1.0 * size, "zorder": 3.2}
        axes.plot(record.site.x, record.site.y, "^", markersize=7 * size, color=colour, **look)


def _explain(paper: Sheet, words: Words, *, stations: bool) -> None:
    """Say in a row below the legend what the star and the triangles are."""
    marks = [("*", 9.0, style.INK, words("shaken.star"))]
    if stations:
        marks.append(("^", 6.0, style.PAPER, words("shaken.triangle")))
    for k, (marker, size, colour, text) in enumerate(marks):
        x = 0.1 + sum(_BELOW[:k])
        look: dict[str, Any] = {"markersize": size, "color": colour, "markeredgecolor": style.INK}
        paper.add(Line2D([x + 0.13], [0.08], marker=marker, linestyle="none", **look))
        paper.text(x + 0.34, 0.04, text, fontsize=7.5)


def _table(about: Mapping[str, Any], grid: xr.Dataset) -> pd.DataFrame:
    unit = {"g": "g", "cm/s": "cms"}[str(grid.attrs["unit"])]
    frame = pd.DataFrame({"x_rd": grid["x"].to_numpy(), "y_rd": grid["y"].to_numpy()})
    for fractile in grid["fractile"].to_numpy():
        frame[f"p{100 * float(fractile):g}_{unit}"] = grid["level"].sel(fractile=fractile).to_numpy()
    for level in grid["threshold"].to_numpy():
        frame[f"probability_above_{float(level):g}_{unit}"] = grid["probability"].sel(threshold=level).to_numpy()
    if about.get("beyond") is not None:
        low, high = about["beyond"]
        frame["warning"] = f"W606: magnitude {about['magnitude']:g} outside {low:g} to {high:g}"
    return frame.dropna(subset=["p50_" + unit])
