"""F16: map of the difference between two runs, with both runs beside it."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

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

COLOURS = (
    "#1b4f86",
    "#4f8ac0",
    "#94bfe0",
    "#d3e5f2",
    "#ffffff",
    "#fbdcc0",
    "#f4ad73",
    "#d9762f",
    "#8a3d0c",
)
"""Blue where b is lower, white around zero, orange where b is higher; distinct for colour-blind readers."""
_STEPS = (1.0, 2.0, 5.0)
_WIDTH = 4.05
_EVERYWHERE = 0.01  # of the largest difference: where the smallest one is less, "everywhere" would say too much
_SMALL, _TITLE_WIDTH = 1.82, 34
_WITH_BLANKS = ("pga", "lpr", layers.MEASURE)


def difference(
    a: RunFolder,
    b: RunFolder,
    choice: Choice,
    lang: Language,
    *,
    why: Phrase | None = None,
    maps: Sequence[str] = (),
) -> Picture:
    """Draw b minus a; raises `InputError` E715 where `why` says that the maps cannot be compared, or nodes differ."""
    if why is None:
        first, second = layers.read(a, choice), None
        choice = replace(first.choice, quantity=choice.quantity)
        second = layers.read(b, choice)
        if np.array_equal(first.x, second.x) and np.array_equal(first.y, second.y):
            return Picture(_draw(a, b, first, second, lang))
        sizes = [" × ".join(map(str, found.values.shape)) for found in (first, second)]
        why = Phrase("explore.different_grid", {"a": sizes[0], "b": sizes[1]})
    what = Phrase(f"explore.quantity.{choice.quantity}")
    raise InputError(Problem("E715", b.run_id, {"what": what, "wrong": why, "known": tuple(maps) or ("–",)}))


def edges_for(largest: float) -> tuple[float, ...]:
    """Return the limits of the nine classes for differences up to `largest`: round, symmetrical, zero in the middle.

    >>> edges_for(0.031)
    (-inf, -0.02, -0.01, -0.005, -0.002, 0.002, 0.005, 0.01, 0.02, inf)
    """
    if not largest > 0.0:
        largest = 1e-12
    power = int(np.floor(np.log10(largest)))
    ladder = [float(f"{step:g}e{e}") for e in range(power - 2, power + 1) for step in _STEPS]
    up = [step for step in ladder if step <= largest * (1 + 1e-12)][-4:]
    return (-np.inf, *(-step for step in reversed(up)), *up, np.inf)


@styled
def _draw(run_a: RunFolder, run_b: RunFolder, a: Layer, b: Layer, lang: Language) -> Drawing:
    words = Words(lang)
    quantity = b.choice.quantity
    change = _filled(run_b, b) - _filled(run_a, a)
    edges = edges_for(float(np.nanmax(np.abs(change))) if np.isfinite(change).any() else 0.0)
    numbers = _numbers(run_a, run_b, b, change, edges[5], words)
    title = words(f"F16.title_{numbers['case']}", **numbers)
    subtitle = words(f"F16.subtitle_{quantity}", **numbers)
    lines = [words("F16.runs", **numbers), single.source_of(run_b, quantity, words)]
    codes = [str(run.manifest.get("hash", {}).get("code", "")).removeprefix("sha256:")[:8] for run in (run_a, run_b)]
    if codes[0] != codes[1]:
        lines.insert(1, words("F16.code", a=codes[0] or "–", b=codes[1] or "–"))
    source = "\n".join(lines)
    paper = sheet(0.62 + _WIDTH * maps.ASPECT, title, subtitle, source)
    axes = _panel(paper, words, b, change, edges, COLOURS, (0.62, 0.3, _WIDTH), run_b, main=True)
    maps.scale_and_north(axes, words)
    _extremes(axes, b, change, edges[5], numbers)
    paper.text(
        0.62, 0.36 + _WIDTH * maps.ASPECT, words("F16.panel_difference", **numbers), fontsize=9.5, fontweight="bold"
    )
    for name, found, run, bottom in (("A", a, run_a, 2.66), ("B", b, run_b, 0.3)):
        small = (6.45, bottom, _SMALL)
        _panel(paper, words, found, _filled(run, found), found.edges, found.colours, small, run, main=False)
        named = textwrap.wrap(f"{name}: {run.title(words.lang)}", _TITLE_WIDTH, max_lines=2, placeholder=" …")
        for k, line in enumerate(reversed(named)):
            at = bottom + _SMALL * maps.ASPECT + 0.05 + 0.13 * k
            paper.text(6.45, at, line, fontsize=7, fontweight="bold")
    _legend(paper, words, b, edges)
    data = _table(a, b, change)
    reading = words("F16.reading", **numbers)
    alt = words("F16.alt", title=title, **numbers)
    called = quantity if quantity != layers.MEASURE else "".join(c for c in b.choice.measure.lower() if c not in "()")
    name = "_".join(str(part) for part in ("F16_difference", called, b.choice.year))
    return Drawing(name, paper.figure, data, title, subtitle, reading, alt, source)


def _panel(paper: Sheet, words: Words, layer: Layer, values, edges, colours, box, run: RunFolder, *, main: bool):
    left, bottom, width = box
    axes = paper.axes(left, bottom, width, width * maps.ASPECT)
    maps.base(axes, words, ticks=main)
    maps.cells(axes, values, layer.x, layer.y, edges, colours)
    if layer.choice.quantity in _WITH_BLANKS:
        maps.blanks(axes, values, layer.x, layer.y, hazard_facts.margin_m(run))
    maps.overlay(axes)
    if not main and layer.limit is not None:
        maps.contour(axes, values, layer.x, layer.y, layer.limit, 0.55)
    maps.places(axes, tuple(maps.background().places) if main else (), size=7.5)
    return axes


def _extremes(axes, layer: Layer, change: np.ndarray, smallest: float, numbers: dict[str, object]) -> None:
    """Mark the largest rise and the largest fall with a triangle and its number: colour is not the only sign."""
    if not np.isfinite(change).any():
        return
    for pick, marker, key, sign in ((np.nanargmax, "^", "rise", 1.0), (np.nanargmin, "v", "fall", -1.0)):
        row, column = np.unravel_index(int(pick(change)), change.shape)
        if sign * change[row, column] < smallest:
            continue
        x, y = float(layer.x[column]), float(layer.y[row])
        up = maps.background().places[maps.nearest_place(x, y)][1] < y  # away from the name of the nearest place
        axes.plot(x, y, marker, markersize=8, color=style.INK, markeredgecolor=style.PAPER, zorder=3.4)
        axes.annotate(
            str(numbers[f"{key}_short"]),
            (x, y),
            (0, 7 if up else -7),
            textcoords="offset points",
            ha="center",
            va="bottom" if up else "top",
            fontsize=8.5,
            fontweight="bold",
            color=style.INK,
            zorder=3.5,
            gid="halo",
        )


def _legend(paper: Sheet, words: Words, layer: Layer, edges: Sequence[float]) -> None:
    """Write the classes of the difference, and below them those of the small maps."""
    write = _short(layer, words)
    labels = maps.class_labels(words, edges, lambda value: _signed(value, write))
    field = Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2.5)))
    blank = words("map.blank") if layer.choice.quantity in _WITH_BLANKS else ""
    top = 0.3 + _WIDTH * maps.ASPECT
    maps.legend(
        paper,
        4.8,
        top,
        words(f"F16.legend_{layer.choice.quantity}", **layers.named(layer, words)),
        list(zip(COLOURS, labels, strict=True))[::-1],
        lines=[(field, words("map.field"))],
        blank=blank,
        fontsize=7.2,
        step=0.18,
    )
    small = maps.class_labels(words, layer.edges, layers.tick(layer, words))
    limit = []
    if layer.limit is not None:
        named = layers.named(layer, words) | {"threshold": words.fixed(layer.limit, 2)}
        sample = Line2D([], [], color="#000000", linewidth=1.2)
        limit = [(sample, words(f"single.{layer.choice.quantity}.contour", **named))]
    maps.legend(
        paper,
        4.8,
        top - 2.75,
        f"{words('F16.both')}\n{words(f'single.{layer.choice.quantity}.legend', **layers.named(layer, words))}",
        list(zip(layer.colours, small, strict=True))[::-1],
        lines=limit,
        fontsize=7.2 if len(small) < 9 else 6.2,
        step=min(0.16, 1.28 / len(small)),
    )


def _numbers(
    run_a: RunFolder, run_b: RunFolder, layer: Layer, change: np.ndarray, smallest: float, words: Words
) -> dict[str, object]:
    numbers = layers.named(layer, words) | {"a": run_a.run_id, "b": run_b.run_id}
    titles = {"title_a": run_a.title(words.lang), "title_b": run_b.title(words.lang)}
    numbers |= titles | {"threshold": words.fixed(run_b.threshold_g, 2)}
    if not np.isfinite(change).any():
        return (
            numbers
            | dict.fromkeys(("rise", "fall", "rise_by", "fall_by", "place_rise", "place_fall", "higher", "lower"), "–")
            | {"case": "same"}
        )
    write = _long(layer, words)
    area = layers.cell_km2(layer)
    found: dict[str, object] = {}
    for key, pick in (("rise", np.nanargmax), ("fall", np.nanargmin)):
        row, column = np.unravel_index(int(pick(change)), change.shape)
        found[key] = _signed(float(change[row, column]), write)
        found[f"{key}_by"] = write(abs(float(change[row, column])))
        found[f"{key}_short"] = _signed(float(change[row, column]), _short(layer, words))
        found[f"place_{key}"] = maps.near(words, float(layer.x[column]), float(layer.y[row]))
    high, low = float(np.nanmax(change)), -float(np.nanmin(change))
    case = "same" if max(high, low) < 1e-12 else "up" if low < smallest else "down" if high < smallest else "both"
    least, most = sorted((-low, high), key=abs)
    if case in ("up", "down") and least * most > 0.0 and abs(least) > _EVERYWHERE * abs(most):
        case += "_everywhere"
    return (
        numbers
        | found
        | {
            "case": case,
            "higher": words.fixed(float(np.count_nonzero(change >= smallest)) * area),
            "lower": words.fixed(float(np.count_nonzero(change <= -smallest)) * area),
            "smallest": write(smallest),
        }
    )


def _filled(run: RunFolder, layer: Layer) -> np.ndarray:
    return hazard_facts.drawn(run, layer.values) if layer.choice.quantity in ("pga", layers.MEASURE) else layer.values


def _table(a: Layer, b: Layer, change: np.ndarray) -> pd.DataFrame:
    names = {f"{b.column}_a": a.values, f"{b.column}_b": b.values, f"{b.column}_difference": change}
    xx, yy = np.meshgrid(b.x, b.y)
    known = np.isfinite(change)
    choice: dict[str, object] = {"year": b.choice.year}
    if b.choice.return_period is not None:
        choice |= {"return_period_yr": b.choice.return_period}
        choice |= {"imt": b.choice.measure, "component": b.choice.component, "surface": "regular"}
    if b.choice.vulnerability_class is not None:
        choice |= {"class": b.choice.vulnerability_class}
    values = {name: field[known] for name, field in names.items()}
    return pd.DataFrame(choice | {"x_rd": xx[known], "y_rd": yy[known], **values})


def _scale(layer: Layer) -> float:
    return 1e6 if layer.choice.quantity == "lpr" else 1.0


def _short(layer: Layer, words: Words):
    return lambda value: words.general(_scale(layer) * value, 2)


def _long(layer: Layer, words: Words):
    unit = words(f"F16.unit_{layer.choice.quantity}", unit=layer.choice.unit)
    return lambda value: f"{words.general(_scale(layer) * value, 2)} {unit}"


def _signed(value: float, write) -> str:
    return f"{'+' if value > 0 else chr(0x2212) if value < 0 else ''}{write(abs(value))}"
