"""One map as a figure of its own: any quantity of a run in any year, with its source, its run and its state."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.lines import Line2D

from mijnrisico.messages import Language
from mijnrisico.report import branches, hazard_facts
from mijnrisico.report.draw import layer as layers
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.layer import Layer
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_WIDTH = 4.9
_LEFT = 0.62
_LEGEND = 5.8


def map_(run: RunFolder, layer: Layer, lang: Language) -> Picture:
    """Draw a layer as a map with its limit as a cased contour and its highest value named."""
    return Picture(_draw(run, layer, lang))


@styled
def _draw(run: RunFolder, layer: Layer, lang: Language) -> Drawing:
    words = Words(lang)
    quantity = layer.choice.quantity
    shown = hazard_facts.drawn(run, layer.values) if quantity in ("pga", layers.MEASURE) else layer.values
    numbers = numbers_of(run, layer, words)
    title = words(f"single.{quantity}.title_{numbers['case']}", **numbers)
    subtitle = words(f"single.{quantity}.subtitle", **numbers)
    source = source_of(run, quantity, words)
    paper = sheet(0.62 + _WIDTH * maps.ASPECT, title, subtitle, source)
    axes = paper.axes(_LEFT, 0.3, _WIDTH, _WIDTH * maps.ASPECT)
    maps.base(axes, words)
    maps.cells(axes, shown, layer.x, layer.y, layer.edges, layer.colours)
    if quantity not in layers.WITHOUT_HATCH:
        maps.blanks(axes, shown, layer.x, layer.y, 0.0 if quantity == "pressure" else hazard_facts.margin_m(run))
    maps.overlay(axes)
    if layer.limit is not None:
        maps.contour(axes, shown, layer.x, layer.y, layer.limit, 1.4)
    maps.places(axes, tuple(maps.background().places), size=8)
    maps.scale_and_north(axes, words)
    _legend(paper, layer, words, shown, numbers)
    data = table(layer)
    called = layer.choice.measure if quantity == layers.MEASURE else quantity
    parts = ("".join(c for c in called.lower() if c.isalnum() or c == "."), layer.choice.year, layer.choice.statistic)
    names = "_".join(map(str, parts))
    alt, reading = (words(f"single.{part}", title=title, subtitle=subtitle, **numbers) for part in ("alt", "reading"))
    return Drawing(names, paper.figure, data, title, subtitle, reading, alt, source)


def table(layer: Layer) -> pd.DataFrame:
    """Return the values of a layer as a table: what they are of, node by node."""
    choice = layer.choice
    xx, yy = np.meshgrid(layer.x, layer.y)
    known = np.isfinite(layer.values)
    named = {"year": choice.year, "statistic": choice.statistic}
    if choice.quantity in ("pga", "share", layers.MEASURE):
        named |= {"return_period_yr": choice.return_period, "component": choice.component, "surface": "regular"}
    if choice.quantity == layers.MEASURE:
        named |= {"imt": choice.measure}
    if choice.quantity == "lpr":
        named |= {"class": choice.vulnerability_class}
    return pd.DataFrame(named | {"x_rd": xx[known], "y_rd": yy[known], layer.column: layer.values[known]})


def numbers_of(run: RunFolder, layer: Layer, words: Words) -> dict[str, object]:
    """Return what the text says of a layer: its highest value and where, lowest and mean, area beyond the limit."""
    values = layer.values
    write = layers.writer(layer, words, run.threshold_g)
    numbers = layers.named(layer, words) | {
        "threshold": words.fixed(run.threshold_g, 2),
        "magnitude": words.trimmed(float(run.setting("source", "magnitude_min", default=1.45))),
    }
    if not np.isfinite(values).any():
        return numbers | {"case": "empty"}
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    beyond = layers.beyond(layer, values)
    area = beyond * layers.cell_km2(layer)
    return numbers | {
        "case": "above" if beyond else "below",
        "place": maps.near(words, float(layer.x[column]), float(layer.y[row])),
        "highest": write(float(values[row, column])),
        "lowest": write(float(np.nanmin(values))),
        "mean": write(float(np.nanmean(values))),
        "area": words.fixed(area),
    }


def source_of(run: RunFolder, quantity: str, words: Words) -> str:
    """Return the source line: models, run, day; a draft says so first, and what the elastic branch means last."""
    lines = [words(f"single.{quantity}.source", **stamp(run, words))]
    review = run.manifest.get("review") or {}
    status = str(review.get("status") or "draft")
    if words.has(f"single.status.{status}"):
        lines.insert(0, words(f"single.status.{status}"))
    if quantity != "pressure" and (note := branches.note(run, words)):
        lines.append(note)
    return "\n".join(lines)


def _legend(paper, layer: Layer, words: Words, shown: np.ndarray, numbers: dict[str, object]) -> None:
    quantity = layer.choice.quantity
    write = layers.tick(layer, words)
    labels = maps.class_labels(words, layer.edges, write)
    if quantity == "pressure":
        labels[0] = words("map.below", high=write(layer.edges[1]))
    finite = shown[np.isfinite(shown)]
    if layer.limit is not None:  # classes beyond the limit that are nowhere: an outcome, not a gap
        seen = np.digitize(finite, layer.edges[1:-1])
        absent = [k not in seen and layer.edges[k] >= layer.limit for k in range(len(labels))]
        labels = [f"{label}{words('F17.absent')}" if no else label for label, no in zip(labels, absent, strict=True)]
    lines = [(Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2.5))), words("map.field"))]
    if layer.limit is not None and finite.size and finite.min() < layer.limit <= finite.max():
        limit = Line2D([], [], color="#000000", linewidth=1.4)
        lines.insert(0, (limit, words(f"single.{quantity}.contour", **numbers)))
    entries = list(zip(layer.colours, labels, strict=True))[::-1]
    blank = "" if quantity in layers.WITHOUT_HATCH else words("F02.blank" if quantity == "pressure" else "map.blank")
    maps.legend(
        paper,
        _LEGEND,
        0.3 + _WIDTH * maps.ASPECT,
        words(f"single.{quantity}.legend", **numbers),
        entries,
        lines=lines,
        blank=blank,
    )


def at_points(layer: Layer, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the values at points, straight between the four nodes around each; NaN where one of them has none."""
    field = xr.DataArray(layer.values, coords={"y": layer.y, "x": layer.x}, dims=("y", "x"))
    return field.interp(x=xr.DataArray(x, dims="point"), y=xr.DataArray(y, dims="point")).to_numpy()
