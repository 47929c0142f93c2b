"""A quantity along a straight line: with its band where it has one, and the edge of the gas field marked."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase
from mijnrisico.report import hazard_facts
from mijnrisico.report.draw import layer as layers
from mijnrisico.report.draw import maps, single, style
from mijnrisico.report.draw.layer import Choice, Layer
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

Point = tuple[float, float]
_PER_CELL = 4
_FEWEST, _MOST = 50, 2000


def profile(run: RunFolder, choice: Choice, start: Point, end: Point, lang: Language) -> Picture:
    """Draw a quantity along the line between two points in RD New (m).

    Values are straight between the nodes of the map. Raises `InputError` E711 for what the run lacks, E712 where the
    line has no length or no value.
    """
    layer = layers.read(run, choice)
    length_m = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if not length_m > 0.0:
        raise InputError(_nothing(run, "same_points"))
    cell_m = abs(float(layer.x[1] - layer.x[0]))
    count = int(np.clip(_PER_CELL * length_m / cell_m, _FEWEST, _MOST)) + 1
    along = np.linspace(0.0, 1.0, count)
    x, y = start[0] + along * (end[0] - start[0]), start[1] + along * (end[1] - start[1])
    values = single.at_points(layer, x, y)
    if not np.isfinite(values).any():
        raise InputError(_nothing(run, "no_values"))
    both = layers.band(run, layer)
    band = None if both is None else tuple(single.at_points(one, x, y) for one in both)
    inside = shapely.contains_xy(maps.background().field, x, y)
    table = pd.DataFrame({"distance_km": along * length_m / 1000.0, "x_rd": x, "y_rd": y, layer.column: values})
    if band is not None:
        table[f"{layer.column}_p10"], table[f"{layer.column}_p90"] = band
    return Picture(_draw(run, layer, table.assign(inside_field=inside), lang))


@styled
def _draw(run: RunFolder, layer: Layer, line: Any, lang: Language) -> Drawing:
    words = Words(lang)
    quantity = layer.choice.quantity
    numbers = _numbers(run, layer, line, words)
    title = words(f"profile.title_{numbers['case']}", **numbers)
    subtitle = words(f"single.{quantity}.subtitle", **numbers)
    source = f"{single.source_of(run, quantity, words)}\n{words('profile.line', **numbers)}"
    paper = sheet(3.6, title, subtitle, source)
    _panel(paper, words, layer, line)
    _locator(paper, words, line)
    alt, reading = words("profile.alt", title=title, **numbers), words("profile.reading", **numbers)
    name = f"profile_{quantity}_{layer.choice.year}"
    data = line.assign(year=layer.choice.year)
    return Drawing(name, paper.figure, data, title, subtitle, reading, alt, source)


def _panel(paper: Sheet, words: Words, layer: Layer, line: Any) -> None:
    axes = paper.axes(0.8, 0.5, 5.1, 2.85)
    km, column = line["distance_km"].to_numpy(), layer.column
    top = float(np.nanmax(line[[c for c in line if c.startswith(column)]].to_numpy(float)))
    spans = _spans(line["inside_field"].to_numpy(), km)
    for k, (first, last) in enumerate(_spans(~np.isfinite(line[column].to_numpy(float)), km)):
        name = "" if k else words("profile.gap")
        axes.axvspan(
            first, last, facecolor="#eef0f2", edgecolor="#9aa3af", hatch="////", linewidth=0.4, zorder=0.5, label=name
        )
    for first, last in spans:
        axes.axvspan(first, last, color="#f1eee4", zorder=0)
        for edge in (first, last):
            axes.axvline(edge, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2.5)), zorder=1)
    if spans:
        first, last = max(spans, key=lambda span: span[1] - span[0])
        axes.annotate(
            words("profile.field"),
            ((first + last) / 2, 1.0),
            (0, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=style.QUIET,
        )
    if f"{column}_p10" in line:
        axes.fill_between(
            km,
            line[f"{column}_p10"],
            line[f"{column}_p90"],
            color=style.BLUE_BAND,
            linewidth=0,
            label=words("profile.band"),
        )
    axes.plot(
        km, line[column], color=style.BLUE, label=words("profile.mean" if f"{column}_p10" in line else "profile.value")
    )
    if layer.limit is not None:
        axes.axhline(
            layer.limit, color=style.ORANGE, linewidth=1.2, label=words(f"profile.limit_{layer.choice.quantity}")
        )
    axes.set_xlim(0.0, km[-1])
    if layer.choice.quantity != "pressure":
        limit = layer.limit or 0.0
        axes.set_ylim(0.0, 1.1 * (max(top, limit) if limit < 3 * top else top))
    axes.yaxis.grid(visible=True)
    axes.yaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
    write = _axis(layer, words, axes.get_yticks())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.trimmed(value, 1)))
    axes.set_xlabel(words("profile.x"), fontsize=8.5)
    axes.set_ylabel(words(f"single.{layer.choice.quantity}.legend"), fontsize=8.5)
    if f"{column}_p10" in line or layer.limit is not None or line[column].isna().any():
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.05, 1.09), handlelength=1.4)
    for where, name, side in ((0.0, "A", "left"), (km[-1], "B", "right")):
        axes.annotate(
            name,
            (where, 1.0),
            (0, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha=side,
            fontsize=10,
            fontweight="bold",
        )


def _locator(paper: Sheet, words: Words, line: Any) -> None:
    """Draw a small map with the line on it."""
    width = 1.95
    axes = paper.axes(6.25, 0.5, width, width * maps.ASPECT)
    maps.base(axes, words, ticks=False)
    maps.overlay(axes)
    maps.places(axes, size=6.5)
    x, y = line["x_rd"].to_numpy(), line["y_rd"].to_numpy()
    axes.plot(x[[0, -1]], y[[0, -1]], color=style.PAPER, linewidth=4.0, zorder=2.7)
    axes.plot(x[[0, -1]], y[[0, -1]], color=style.ORANGE, linewidth=2.0, zorder=2.8)
    for end, name in ((0, "A"), (-1, "B")):
        maps.end_name(axes, x[end], y[end], name)


def _spans(inside: np.ndarray, km: np.ndarray) -> list[tuple[float, float]]:
    """Return where the line lies inside the field, as pairs of distances."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    return [(float(km[a]), float(km[b - 1])) for a, b in zip(steps[::2], steps[1::2], strict=True)]


def _numbers(run: RunFolder, layer: Layer, line: Any, words: Words) -> dict[str, Any]:
    values, km = line[layer.column].to_numpy(float), line["distance_km"].to_numpy(float)
    write = layers.writer(layer, words, run.threshold_g)
    top, low = int(np.nanargmax(values)), int(np.nanargmin(values))
    limit = layer.limit
    known = np.isfinite(values)
    length = words.fixed(km[-1] * float(np.count_nonzero(known)) / values.size, 1)
    beyond = km[-1] * layers.beyond(layer, values) / values.size
    ends = [f"{line['x_rd'].iloc[k]:.0f}, {line['y_rd'].iloc[k]:.0f}" for k in (0, -1)]
    numbers = single.numbers_of(run, layer, words)
    return numbers | {
        "case": "level" if limit is None else "above" if beyond else "below",
        "highest": write(float(values[top])),
        "lowest": write(float(values[low])),
        "at": words.fixed(km[top], 1),
        "near": maps.near(words, float(line["x_rd"].iloc[top]), float(line["y_rd"].iloc[top])),
        "length": words.fixed(km[-1], 1),
        "span": words("profile.span" if known.all() else "profile.span_known", length=length),
        "beyond": words.fixed(beyond, 1),
        "side": "" if limit is None else words(f"profile.side_{layer.choice.quantity}", threshold=numbers["threshold"]),
        "start": ends[0],
        "end": ends[1],
        "blank": words.fixed(km[-1] * float(np.count_nonzero(~known)) / values.size, 1),
    }


def _axis(layer: Layer, words: Words, ticks: np.ndarray):
    """Return how a tick is written: every one with as many decimals as the step between them asks."""
    scale = {"lpr": 1e6, "share": 1e2}.get(layer.choice.quantity, 1.0)
    unit = " %" if layer.choice.quantity == "share" else ""
    decimals = max(0, -int(np.floor(np.log10(scale * float(ticks[1] - ticks[0])) + 1e-9)))
    return lambda value: words.fixed(scale * value, decimals) + unit


def _nothing(run: RunFolder, wrong: str) -> Problem:
    margin = hazard_facts.margin_m(run) / 1000.0
    return Problem("E712", "--from --to", {"wrong": Phrase(f"explore.{wrong}"), "margin_km": margin})
