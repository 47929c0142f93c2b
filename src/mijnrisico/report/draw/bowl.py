"""Maps of a bowl: its window, filled contours with labelled lines; red where the ground goes down, blue for a rise."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from mijnrisico import data
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.bowl_classes import colours, levels
from mijnrisico.report.draw.sheet import Sheet
from mijnrisico.report.words import Words

__all__ = [
    "FIELD",
    "Window",
    "aspect",
    "base",
    "colours",
    "deepest",
    "fields_in",
    "filled",
    "legend",
    "levels",
    "overlay",
    "places",
    "scale_bar",
    "window",
]

Window = tuple[float, float, float, float]
"""West, east, south and north of a map (m, RD New)."""

FIELD: Final[dict[str, Any]] = {"color": style.GREY, "linewidth": 0.6, "linestyle": (0, (4, 2.5))}
"""How the edge of a gas field is drawn, on the map and in its legend."""
_MOST_CELLS = 130  # across a map: more make a file larger and no line smoother
_MARGIN, _FLATTEST, _STEEPEST, _NARROWEST_M = 0.12, 0.8, 1.2, 6_000.0


def window(fields: Sequence[xr.DataArray], least: float) -> Window:
    """Return the part of the grid in which one of the fields (y, x) moves by at least so much, with a margin.

    It is between a little wider and a little higher than square, inside the grid where that is large enough.
    """
    x, y = (fields[0][axis].to_numpy().astype(float) for axis in ("x", "y"))
    moves = np.any([np.abs(field.to_numpy()) >= least for field in fields], axis=0)
    if not moves.any():
        moves = np.ones_like(moves)
    east, north = x[moves.any(axis=0)], y[moves.any(axis=1)]
    size_x, size_y = (max(float(np.ptp(v)) * (1 + 2 * _MARGIN), _NARROWEST_M) for v in (east, north))
    size_y = max(size_y, _FLATTEST * size_x)
    size_x = max(size_x, size_y / _STEEPEST)
    size_x, size_y = min(size_x, float(np.ptp(x))), min(size_y, float(np.ptp(y)))
    west, east_ = _inside((east.min() + east.max()) / 2, size_x, x)
    south, north_ = _inside((north.min() + north.max()) / 2, size_y, y)
    return west, east_, south, north_


def _inside(middle: float, size: float, axis: np.ndarray) -> tuple[float, float]:
    low, high = float(axis.min()), float(axis.max())
    start = min(max(middle - size / 2, low), high - size)
    return start, start + size


def aspect(shown: Window) -> float:
    """Return height over width."""
    return (shown[3] - shown[2]) / (shown[1] - shown[0])


def base(axes: Axes, words: Words, shown: Window, *, ticks: bool = True) -> None:
    """Prepare a map: plain paper, since no coast is known of all of the country; borders, and ticks in kilometres."""
    axes.set_facecolor(style.LAND)
    _lines(axes, _borders(), shown, "#d6d9de", 0.5, "-", 0.6)
    maps.framed(axes, shown, lambda: MaxNLocator(3, steps=[1, 2, 5, 10]), lambda km: words.trimmed(km, 1))
    if not ticks:
        axes.tick_params(labelbottom=False, labelleft=False, length=0.0)


def overlay(axes: Axes, shown: Window, *, fields: bool = True) -> None:
    """Draw the coast and, thin, the outlines of gas fields in the window."""
    _lines(axes, _coast(), shown, "#7d8894", 0.8, "-", 1.6)
    if fields:
        _lines(axes, _fields(), shown, FIELD["color"], FIELD["linewidth"], FIELD["linestyle"], 1.5)


def fields_in(shown: Window) -> bool:
    """Say whether the edge of a gas field crosses a window."""
    return bool(shapely.intersects(_fields(), shapely.box(shown[0], shown[2], shown[1], shown[3])))


def _lines(
    axes: Axes, shape: shapely.Geometry, shown: Window, colour: str, width: float, dashes: Any, zorder: float
) -> None:
    """Draw the part of some lines that lies in a window, as one path."""
    box = shapely.box(shown[0], shown[2], shown[1], shown[3])
    parts = shapely.get_parts(shapely.line_merge(shapely.intersection(shape, box)))
    parts = [shapely.get_coordinates(part) for part in parts if part.geom_type == "LineString"]
    look = {"colors": colour, "linewidths": width, "linestyles": [dashes], "zorder": zorder}
    axes.add_collection(LineCollection(parts, **look), autolim=False)


@cache
def _borders() -> shapely.Geometry:
    _, shapes = data.polygons("municipalities")
    return shapely.simplify(shapely.union_all(shapely.boundary(shapely.make_valid(shapes))), 150.0)


@cache
def _coast() -> shapely.Geometry:
    _, shapes = data.polygons("coast")
    return shapely.simplify(shapely.union_all(shapes), 150.0)


@cache
def _fields() -> shapely.Geometry:
    """Return the edges of gas fields, simplified for drawing."""
    _, shapes = data.polygons("gas_fields")
    return shapely.union_all(shapely.boundary(shapely.simplify(shapes, 150.0)))


def filled(
    axes: Axes,
    field: xr.DataArray,
    edges: Sequence[float],
    write: Callable[[float], str] | None,
    *,
    size: float = 7.0,
    width: float = 0.8,
    taken: Sequence[tuple[float, float]] = (),
) -> None:
    """Fill the classes between contours and draw the lines, with their values on them where `write` says how.

    `taken` are points (m) at which another text stands already.
    """
    if not edges:
        return
    field = _cropped(field, (*axes.get_xlim(), *axes.get_ylim()))
    x, y, values = field.x.to_numpy(), field.y.to_numpy(), np.ma.masked_invalid(field.to_numpy())
    shades = [(0.0, 0.0, 0.0, 0.0) if colour == "none" else (*to_rgb(colour), 0.92) for colour in colours(edges)]
    lowest, highest = float(values.min()), float(values.max())
    steps = [min(lowest, edges[0]) - 1.0, *edges, max(highest, edges[-1]) + 1.0]
    axes.contourf(x, y, values, levels=steps, colors=shades, zorder=1.0)
    reached = [edge for edge in edges if lowest < edge < highest]
    if not reached:
        return
    lines = axes.contour(x, y, values, levels=reached, colors=style.INK, linewidths=width, linestyles="-", zorder=2.0)
    if write is None:
        return
    spots = _spots(axes, lines.allsegs, size, taken)
    for text in axes.clabel(lines, fmt=write, fontsize=size, inline=True, inline_spacing=2, zorder=3.0, manual=spots):
        text.set_gid("halo")
        text.set_clip_on(False)  # clipped it would stand in a group of its own in the SVG, out of reach of its halo
        text.set_color(style.INK)


def _cropped(field: xr.DataArray, shown: Window) -> xr.DataArray:
    """Return the part of a field in a window, and a cell around it; thinned where it is finer than can be seen."""
    for axis, low, high in (("x", *shown[:2]), ("y", *shown[2:])):
        place = field[axis].to_numpy()
        inside = np.flatnonzero((place >= low) & (place <= high))
        if inside.size > 1:
            step = max(1, round(inside.size / _MOST_CELLS))
            field = field.isel({axis: slice(max(int(inside[0]) - step, 0), int(inside[-1]) + step + 1, step)})
    return field


def _inches(axes: Axes) -> np.ndarray:
    """Return width and height of the paper."""
    paper = axes.get_figure(root=True)
    assert paper is not None
    return np.asarray(paper.get_size_inches())


def _spots(
    axes: Axes, lines: Sequence[Sequence[np.ndarray]], size: float, others: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return where the values stand: on lines long enough to carry one, in turn to the south-west and the south-east.

    No two stand upon each other; a line whose place is taken is tried all around.
    """
    width, height = axes.get_position().size * _inches(axes)
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    per_inch = np.array([(east - west) / width, (north - south) / height])
    need = 2.6 * size / 72.0  # inches that a value takes
    taken = [(np.array(other) - [west, south]) / per_inch for other in others]
    found = []
    for k, level in enumerate(lines):
        for line in level:
            at = (line - [west, south]) / per_inch
            inside = ((at > 0.12) & (at < np.array([width, height]) - 0.12)).all(axis=1)
            if np.hypot(*np.diff(at, axis=0).T).sum() < 4.5 * need or not inside.any():
                continue
            away = at - at.mean(axis=0)
            turned = np.degrees(np.arctan2(away[:, 1], away[:, 0])) - (-130.0 if k % 2 else -50.0)
            order = np.argsort(np.abs((turned + 180.0) % 360.0 - 180.0))
            for spot in np.asarray(order)[np.asarray(inside)[order]]:
                if all(np.hypot(*(at[spot] - other)) > 1.15 * need for other in taken):
                    taken.append(at[spot])
                    found.append(tuple(line[spot]))
                    break
    return found


def places(
    axes: Axes,
    shown: Window,
    named: dict[str, tuple[float, float]],
    *,
    free: tuple[float, float] | None = None,
    size: float = 7.5,
    most: int = 6,
) -> list[tuple[float, float]]:
    """Mark the places of the run, then packaged ones, that lie in the window and not upon each other.

    A place beside `free`, the mark of the deepest point, has its name to its lower left. Returns points (m) on the
    names, that other texts keep away from.
    """
    wide = shown[1] - shown[0]
    kept: list[tuple[float, float]] = []
    taken = []
    per_inch = wide / (axes.get_position().width * _inches(axes)[0])
    for name, (x, y) in (named | maps.background().places).items():
        inside = (
            shown[0] + 0.03 * wide < x < shown[1] - 0.16 * wide and shown[2] + 0.1 * wide < y < shown[3] - 0.05 * wide
        )
        if (
            not inside
            or len(kept) >= most
            or any(abs(x - a) < 0.2 * wide and abs(y - b) < 0.05 * wide for a, b in kept)
        ):
            continue
        kept.append((x, y))
        dot = {"markeredgecolor": style.PAPER, "markeredgewidth": 0.7, "zorder": 3.2}
        axes.plot(x, y, "o", markersize=size / 2.6, color=style.INK, **dot)
        beside = free is not None and np.hypot(x - free[0], y - free[1]) < 0.09 * wide
        axes.annotate(
            name,
            (x, y),
            (-3, -2) if beside else (4, 1),
            ha="right" if beside else "left",
            va="top" if beside else "baseline",
            textcoords="offset points",
            fontsize=size,
            color=style.INK,
            zorder=3.3,
            gid="halo",
        )
        side, below = (-1.0, -0.08) if beside else (1.0, 0.06)
        long = 0.0085 * size * len(name)
        taken += [(x + side * part * long * per_inch, y + below * per_inch) for part in (0.1, 0.4, 0.7, 1.0)]
    return taken


def deepest(axes: Axes, x: float, y: float, size: float = 7.0) -> None:
    """Mark the deepest point with a cross."""
    axes.plot(x, y, "+", markersize=size + 3.0, color=style.PAPER, markeredgewidth=3.0, zorder=3.4)
    axes.plot(x, y, "+", markersize=size + 2.0, color=style.INK, markeredgewidth=1.3, zorder=3.5)


def scale_bar(axes: Axes, words: Words) -> None:
    """Draw a scale bar of a round length in the lower left corner."""
    west, east = axes.get_xlim()
    south = axes.get_ylim()[0]
    wide = east - west
    length = max(step for step in (500, 1000, 2000, 5000, 10_000, 20_000) if step <= 0.3 * wide or step == 500)
    left, bottom, high = west + 0.035 * wide, south + 0.04 * wide, 0.012 * wide
    for start, colour in ((0, style.INK), (length / 2, style.PAPER)):
        axes.add_patch(
            Rectangle(
                (left + start, bottom),
                length / 2,
                high,
                facecolor=colour,
                edgecolor=style.INK,
                linewidth=0.6,
                zorder=3.6,
            )
        )
    axes.annotate(
        f"{words.trimmed(length / 1000, 1)}\N{NO-BREAK SPACE}km",
        (left + length, bottom),
        (4, -1),
        textcoords="offset points",
        fontsize=7,
        zorder=3.6,
        gid="halo",
    )


def legend(
    paper: Sheet,
    left: float,
    top: float,
    title: str,
    edges: Sequence[float],
    write: Callable[[float], str],
    *,
    wide: float,
    lines: Sequence[tuple[Line2D, str]] = (),
) -> None:
    """Draw the classes as one strip with the value of each contour between two, and samples of lines to its right."""
    paper.text(left, top - 0.12, title, fontsize=8, fontweight="bold")
    shades = colours(edges)
    step = wide / max(6, len(shades))
    for k, colour in enumerate(shades):
        face = style.LAND if colour == "none" else colour
        paper.add(
            Rectangle((left + k * step, top - 0.36), step, 0.16, facecolor=face, edgecolor=style.GREY, linewidth=0.5)
        )
    for k, edge in enumerate(edges):
        paper.text(left + (k + 1) * step, top - 0.5, write(edge), fontsize=7.5, ha="center")
    x = left + len(shades) * step + 0.35
    y = top - 0.14
    for sample, label in lines:
        mark = sample.get_marker()
        ends = [x, x + 0.26] if mark in ("None", "", None) else [x + 0.13]
        drawn = Line2D(ends, [y + 0.04] * len(ends))
        drawn.update_from(sample)
        paper.add(drawn)
        paper.text(x + 0.36, y, label, fontsize=7.5)
        y -= 0.175
