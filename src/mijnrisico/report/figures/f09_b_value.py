"""F09: the b-value on the map by each magnitude model, about 1.0, with how uncertain it is below it."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.lines import Line2D

from mijnrisico.messages import Language
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_EXTENT = (229_000.0, 271_500.0, 565_000.0, 615_500.0)
_MOST = 4
_STEP, _WIDE, _HIGH, _ROW = 1.71, 1.62, 1.93, 2.2
_MIDDLE = 1.0
_NEARLY_EVEN = 0.01


@styled
def f09_b_value(run: RunFolder, lang: Language) -> Drawing:
    """Draw b per magnitude model with weight (top) and its standard deviation (below), all on one scale each."""
    words = Words(lang)
    grid = _shown(run.grid("b_value"))
    names = [str(name) for name in grid.magnitude_model.values]
    numbers = _numbers(run, words, grid)
    title = words(f"F09.title_{numbers['case']}", **numbers)
    subtitle, source = words("F09.subtitle", **numbers), words("F09.source", **stamp(run, words))
    paper = sheet(0.3 + 2 * _ROW, title, subtitle, source)
    x, y = grid.x.values, grid.y.values
    for k, name in enumerate(names):
        left = 0.14 + _STEP * k
        one = grid.sel(magnitude_model=name)
        b, sd = one.b_value.values, one.b_value_sd.values
        _map(paper, words, left, 0.12 + _ROW, b, x, y, first=k == 0)
        _spread(paper, words, left, 0.12, sd, x, y)
        weight = words(
            "F09.panel", name=words.or_name("branch", name), weight=words.trimmed(100 * float(one.weight), 1)
        )
        paper.text(left, 0.12 + _ROW + _HIGH + 0.06, weight, fontsize=8, fontweight="bold")
        paper.text(left, 0.12 + _HIGH + 0.06, words("F09.band"), fontsize=8)
    _legends(paper, words, 0.18 + _STEP * len(names), grid)
    return Drawing(
        "F09_b_value",
        paper.figure,
        _table(grid),
        title,
        subtitle,
        words("F09.reading", **numbers),
        words("F09.alt", **numbers),
        source,
    )


def _shown(grid: xr.Dataset) -> xr.Dataset:
    """Return the magnitude models with weight, at most four, the heaviest first."""
    weight = grid.weight.values
    order = [k for k in np.argsort(-weight, kind="stable") if weight[k] > 0.0][:_MOST]
    return grid.isel(magnitude_model=order).transpose("magnitude_model", "y", "x", missing_dims="ignore")


def mixed(grid: xr.Dataset) -> np.ndarray:
    """Return b (y, x) as the mean of the models by their weights."""
    weight = grid.weight.values / float(grid.weight.sum())
    return np.tensordot(weight, grid.b_value.transpose("magnitude_model", "y", "x").values, axes=1)


def _map(paper: Sheet, words: Words, left: float, bottom: float, values, x, y, *, first: bool) -> None:
    axes = paper.axes(left, bottom, _WIDE, _HIGH)
    maps.base(axes, words, ticks=False, extent=_EXTENT)
    axes.tick_params(length=0)
    maps.cells(axes, values, x, y, style.B_EDGES, style.B_COLOURS)
    maps.contour(axes, values, x, y, _MIDDLE, 0.9)
    maps.overlay(axes)
    maps.places(axes, ("Loppersum", "Hoogezand"), size=6.5)
    if first:
        maps.scale_and_north(axes, words, 5)


def _spread(paper: Sheet, words: Words, left: float, bottom: float, values, x, y) -> None:
    axes = paper.axes(left, bottom, _WIDE, _HIGH)
    maps.base(axes, words, ticks=False, extent=_EXTENT)
    axes.tick_params(length=0)
    maps.cells(axes, values, x, y, style.B_SD_EDGES, style.B_SD_COLOURS)
    maps.overlay(axes)


def _legends(paper: Sheet, words: Words, left: float, grid: xr.Dataset) -> None:
    fields = grid.b_value.values
    crossed = any(np.nanmin(f) < _MIDDLE <= np.nanmax(f) for f in fields)
    line = [(Line2D([], [], color="#000000", linewidth=0.9), words("F09.contour"))] if crossed else []
    for top, edges, colours, key, lines in (
        (0.12 + _ROW + _HIGH, style.B_EDGES, style.B_COLOURS, "F09.legend", line),
        (0.12 + _HIGH, style.B_SD_EDGES, style.B_SD_COLOURS, "F09.legend_sd", []),
    ):
        labels = maps.class_labels(words, edges, lambda v: words.trimmed(v, 2))
        entries = list(zip(colours, labels, strict=True))[::-1]
        maps.legend(paper, left, top, words(key), entries, lines=lines, fontsize=7, step=0.18)


def _table(grid: xr.Dataset) -> pd.DataFrame:
    xx, yy = np.meshgrid(grid.x.values, grid.y.values)
    frames = []
    for name in grid.magnitude_model.values:
        one = grid.sel(magnitude_model=name)
        known = np.isfinite(one.b_value.values)
        frames.append(
            pd.DataFrame(
                {
                    "magnitude_model": str(name),
                    "x_rd": xx[known],
                    "y_rd": yy[known],
                    "b_value": one.b_value.values[known],
                    "b_value_sd": one.b_value_sd.values[known],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _numbers(run: RunFolder, words: Words, grid: xr.Dataset) -> dict[str, object]:
    mean = mixed(grid)
    j, i = np.unravel_index(int(np.nanargmin(mean)), mean.shape)
    low, high = float(np.nanmin(mean)), float(np.nanmax(mean))
    said = []
    for name in grid.magnitude_model.values:
        one = grid.sel(magnitude_model=name)
        said.append(
            words(
                "F09.said",
                name=words.or_name("branch", str(name)),
                low=words.fixed(float(one.b_value.min()), 2),
                high=words.fixed(float(one.b_value.max()), 2),
                sd=words.fixed(float(one.b_value_sd.max()), 2),
            )
        )
    return {
        "case": "even" if high - low < _NEARLY_EVEN else "lowest",
        "low": words.fixed(low, 2),
        "high": words.fixed(high, 2),
        "place": maps.near(words, float(grid.x[i]), float(grid.y[j])),
        "share": words.significant(100 * 10 ** (-2 * low)),
        "share_high": words.significant(100 * 10 ** (-2 * high)),
        "year": run.first_year,
        "list": "; ".join(said),
    }
