"""Maps in RD New: classed cells, the break as a cased contour, background, places, scale, north, legend."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import FuncFormatter, Locator, MultipleLocator

from mijnrisico import data
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Sheet
from mijnrisico.report.words import Words

EXTENT = (224_500.0, 275_500.0, 561_500.0, 619_000.0)
ASPECT = (EXTENT[3] - EXTENT[2]) / (EXTENT[1] - EXTENT[0])
_TICKS_M = 20_000  # two or three round values an axis: enough to place the map, few enough to be read aloud
_SIMPLIFY_M = 200.0
_CLOSE_GAPS_M = 450.0  # narrow bays of the outline are unreadable on a map; computing uses the full outline
_NEAR_KM = 1.0
_HOLE_M2 = 5e6  # smaller holes of the outline are specks on a map
_MAIN_PLACES = ("Loppersum", "Delfzijl", "Groningen", "Hoogezand")
# where a label stands beside its dot: horizontal and vertical alignment, shift in points
_LABEL = {
    "Zeerijp": ("left", "bottom", 3, 2),
    "Loppersum": ("right", "top", -3, -1),
    "Appingedam": ("right", "top", 6, -5),
    "Delfzijl": ("left", "center", 5, 0),
    "Ten Boer": ("right", "top", -2, -2),
    "Winsum": ("right", "center", -4, 3),
    "Bedum": ("right", "top", -2, -2),
    "Groningen": ("center", "top", 0, -5),
    "Hoogezand": ("left", "top", 3, -2),
    "Eemshaven": ("right", "bottom", -3, 2),
    "Winschoten": ("center", "top", 0, -4),
}


@dataclass(frozen=True)
class Background:
    """What lies below a map: land, municipalities, coast and field, simplified for drawing."""

    land: shapely.Geometry
    municipalities: np.ndarray
    coast: shapely.Geometry
    field: shapely.Geometry
    places: dict[str, tuple[float, float]]


@cache
def background() -> Background:
    """Read the packaged geometry once."""
    _, municipalities = data.polygons("municipalities")
    _, coast = data.polygons("coast")
    places = data.table("places")
    window = shapely.box(EXTENT[0], EXTENT[2], EXTENT[1], EXTENT[3])
    clipped = shapely.intersection(shapely.make_valid(municipalities), window)
    return Background(
        land=shapely.simplify(shapely.union_all(clipped), _SIMPLIFY_M),
        municipalities=shapely.simplify(clipped, _SIMPLIFY_M),
        coast=shapely.simplify(shapely.intersection(shapely.union_all(coast), window), _SIMPLIFY_M),
        field=_closed(outline()),
        places={str(p): (float(x), float(y)) for p, x, y in zip(places.place, places.x_rd, places.y_rd, strict=True)},
    )


@cache
def outline() -> shapely.Geometry:
    """Return the full outline of the field, prepared for many questions."""
    _, parts = data.polygons("groningen_outline")
    whole = shapely.union_all(parts)
    shapely.prepare(whole)
    return whole


def contains(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Say of each point in RD New whether it lies inside the full outline of the field."""
    return shapely.contains_xy(outline(), x, y)


def base(axes: Axes, words: Words, *, ticks: bool = True, extent: Sequence[float] = EXTENT) -> None:
    """Prepare a map: sea, land, borders of municipalities, and ticks in RD New kilometres."""
    ground = background()
    axes.set_facecolor(style.SEA)
    _fill(axes, ground.land, facecolor=style.LAND, edgecolor="none", zorder=0.5)
    _stroke(axes, shapely.boundary(ground.municipalities), "#d6d9de", linewidth=0.5, zorder=0.6)
    framed(axes, extent, lambda: MultipleLocator(_TICKS_M), words.fixed)
    if not ticks:
        axes.tick_params(labelbottom=False, labelleft=False)


def framed(axes: Axes, extent: Sequence[float], locator: Callable[[], Locator], write: Callable[[float], str]) -> None:
    """Set the extent of a map, west, east, south and north (m), its rule, and ticks in kilometres, as `write` says."""
    axes.set_xlim(extent[0], extent[1])
    axes.set_ylim(extent[2], extent[3])
    axes.set_aspect("equal", adjustable="box", anchor="SW")
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(style.RULE)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(locator())
        axis.set_major_formatter(FuncFormatter(lambda metres, _: f"{write(metres / 1000)}\N{NO-BREAK SPACE}km"))
    axes.tick_params(axis="y", labelrotation=90.0)
    for label in axes.get_yticklabels():
        label.set_verticalalignment("center")
    axes.tick_params(labelsize=7, length=2.5, color=style.RULE, labelcolor=style.QUIET)


def end_name(axes: Axes, x: float, y: float, name: str) -> None:
    """Write the name of an end of a line above it."""
    axes.annotate(
        name,
        (x, y),
        (0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        fontweight="bold",
        zorder=3.4,
        gid="halo",
    )


def cells(
    axes: Axes, values: np.ndarray, x: np.ndarray, y: np.ndarray, edges: Sequence[float], colours: Sequence[str]
) -> None:
    """Fill the cells of a grid (y, x) by class; a value equal to a limit belongs to the class above it.

    Cells of one class become one shape: crisp at any size, and a few kilobytes instead of hundreds.
    """
    boxes = _boxes(x, y)
    number = np.digitize(values, edges[1:-1])
    area = shapely.coverage_union_all(boxes[np.isfinite(values)])
    _stroke(axes, shapely.boundary(area), "#8794a3", linewidth=0.5, zorder=1.05)
    for k, colour in enumerate(colours):
        chosen = boxes[np.isfinite(values) & (number == k)]
        if chosen.size:
            _fill(
                axes, shapely.coverage_union_all(chosen), facecolor=colour, edgecolor=colour, linewidth=0.25, zorder=1.0
            )


def contour(axes: Axes, values: np.ndarray, x: np.ndarray, y: np.ndarray, level: float, width: float = 1.3) -> None:
    """Draw one level as a black line in a white case; nothing where the field does not reach it."""
    finite = values[np.isfinite(values)]
    if finite.size == 0 or not finite.min() < level <= finite.max():
        return
    for colour, linewidth, z in ((style.PAPER, 2.6 * width, 2.0), ("#000000", width, 2.1)):
        axes.contour(x, y, np.ma.masked_invalid(values), [level], colors=colour, linewidths=linewidth, zorder=z)


def blanks(axes: Axes, values: np.ndarray, x: np.ndarray, y: np.ndarray, margin_m: float) -> int:
    """Hatch the cells within the model area that have no value, and return how many there are."""
    area = shapely.buffer(background().field, margin_m)
    shapely.prepare(area)
    xx, yy = np.meshgrid(x, y)
    empty = ~np.isfinite(values) & shapely.contains_xy(area, xx, yy)
    if empty.any():
        shape = shapely.coverage_union_all(_boxes(x, y)[empty])
        _fill(axes, shape, facecolor="#eef0f2", edgecolor="#9aa3af", linewidth=0.4, hatch="////", zorder=0.9)
    return int(empty.sum())


def overlay(axes: Axes, *, field: bool = True) -> None:
    """Draw coast and outline of the field above the cells."""
    ground = background()
    _stroke(axes, ground.coast, "#7d8894", linewidth=0.7, zorder=1.5)
    if field:
        _stroke(axes, shapely.boundary(ground.field), style.INK, linewidth=0.9, linestyle=(0, (4, 2.5)), zorder=1.8)


def places(axes: Axes, names: Sequence[str] | None = None, size: float = 8.0) -> None:
    """Mark places with a dot and a name in a white halo; `None` marks the four that orient a reader."""
    known = background().places
    for name in _MAIN_PLACES if names is None else names:
        if name not in known:
            continue
        x, y = known[name]
        ha, va, dx, dy = _LABEL.get(name, ("left", "bottom", 3, 2))
        axes.plot(
            x,
            y,
            "o",
            markersize=size / 2.6,
            color=style.INK,
            markeredgecolor=style.PAPER,
            markeredgewidth=0.8,
            zorder=3.0,
        )
        axes.annotate(
            name,
            (x, y),
            (dx, dy),
            textcoords="offset points",
            ha=ha,
            va=va,
            fontsize=size,
            color=style.INK,
            zorder=3.1,
            gid="halo",
        )


def scale_and_north(axes: Axes, words: Words, length_km: int = 10) -> None:
    """Draw a scale bar and a north arrow in the lower left corner (grid north of RD New)."""
    left, bottom = axes.get_xlim()[0] + 1500, axes.get_ylim()[0] + 1900
    half = length_km * 500
    for start, colour in ((0, style.INK), (half, style.PAPER)):
        bar = Rectangle(
            (left + start, bottom), half, 450, facecolor=colour, edgecolor=style.INK, linewidth=0.6, zorder=3.0
        )
        axes.add_patch(bar)
    for km in (0, length_km):
        axes.annotate(
            words.fixed(km) + (" km" if km else ""),
            (left + km * 1000, bottom + 450),
            (0, 2),
            ha="center",
            textcoords="offset points",
            fontsize=7,
            color=style.INK,
            zorder=3.1,
            gid="halo",
        )
    x, y = left + length_km * 1000 + 4200, bottom
    axes.annotate(
        "",
        (x, y + 3000),
        (x, y),
        zorder=3.0,
        arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0},
    )
    axes.annotate(
        words("map.north"),
        (x, y + 3000),
        (0, 1),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=7,
        fontweight="bold",
        color=style.INK,
        zorder=3.1,
        gid="halo",
    )


def legend(
    paper: Sheet,
    left: float,
    top: float,
    title: str,
    entries: Sequence[tuple[str, str]],
    *,
    lines: Sequence[tuple[Line2D, str]] = (),
    blank: str = "",
    fontsize: float = 8.0,
    step: float = 0.2,
    columns: tuple[float, ...] = (),
) -> None:
    """Write the legend of a map from `top` down: a swatch and a text per class, lines, the hatch (in inches).

    `columns` (widths) sets it in rows, for below a map: a small screen shows it with the map, where a legend beside
    it would lie off the screen. The classes then run from the first to the last of `entries`, row by row.
    """
    y = top
    for line in title.split("\n"):
        paper.text(left, y - 0.12, line, fontsize=fontsize, fontweight="bold", color=style.INK)
        y -= 0.17
    y -= 0.06
    starts = [left + sum(columns[:k]) for k in range(max(1, len(columns)))]
    for k, (colour, words) in enumerate(entries):
        x = starts[k % len(starts)]
        high = min(0.14, step - 0.02)
        paper.add(Rectangle((x, y - high), 0.26, high, facecolor=colour, edgecolor=style.GREY, linewidth=0.5))
        paper.text(x + 0.34, y - high / 2, words, fontsize=fontsize, va="center_baseline")
        if x == starts[-1] or k == len(entries) - 1:
            y -= step
    y -= 0.04
    for k, (sample, words) in enumerate(lines):
        x = starts[k % len(starts)]
        for width, colour in ((3.4, style.PAPER), (sample.get_linewidth(), sample.get_color())):
            paper.add(
                Line2D(
                    [x, x + 0.26],
                    [y - 0.07, y - 0.07],
                    linewidth=width,
                    color=colour,
                    linestyle=sample.get_linestyle() if colour != style.PAPER else "-",
                )
            )
        paper.text(x + 0.34, y - 0.11, words, fontsize=fontsize)
        if not columns:
            y -= step
    if blank:
        x = starts[len(lines) % len(starts)] if columns else left
        y -= 0.0 if columns else 0.02
        paper.add(
            Rectangle((x, y - 0.14), 0.26, 0.14, facecolor="#eef0f2", edgecolor="#9aa3af", linewidth=0.5, hatch="////")
        )
        for line in [blank.replace("\n", " ")] if columns else blank.split("\n"):
            paper.text(x + 0.34, y - 0.12, line, fontsize=fontsize)
            y -= 0.16


def nearest_place(x: float, y: float) -> str:
    """Return the name of the packaged place nearest to a point."""
    known = background().places
    return min(known, key=lambda name: (known[name][0] - x) ** 2 + (known[name][1] - y) ** 2)


def near(words: Words, x: float, y: float) -> str:
    """Return the name of the nearest place, with the distance to it where that is more than a kilometre."""
    name = nearest_place(x, y)
    there = background().places[name]
    km = float(np.hypot(there[0] - x, there[1] - y)) / 1000.0
    return words("map.away", place=name, km=words.fixed(km, 1)) if km > _NEAR_KM else name


def class_labels(words: Words, edges: Sequence[float], write) -> list[str]:
    """Return a text per class: below the first limit, between two, and from the last one up."""
    labels = []
    for low, high in pairwise(edges):
        if not np.isfinite(high):
            labels.append(words("map.from", low=write(low)))
        elif low in (0.0, -np.inf):
            labels.append(words("map.below", high=write(high)))
        else:
            labels.append(words("map.between", low=write(low), high=write(high)))
    return labels


def _closed(outline: shapely.Geometry) -> shapely.Geometry:
    grown = shapely.buffer(shapely.buffer(outline, _CLOSE_GAPS_M), -_CLOSE_GAPS_M)
    whole = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= _HOLE_M2])
        for part in shapely.get_parts(grown)
    ]
    return shapely.simplify(shapely.union_all(whole), 80.0)


def _boxes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cells as polygons (y, x); neighbours share their edges exactly, so that they can be joined as a coverage."""
    left, right = _sides(x)
    bottom, top = _sides(y)
    return shapely.box(left[None], bottom[:, None], right[None], top[:, None])


def _sides(centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    middle = (centres[1:] + centres[:-1]) / 2
    edges = np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])
    return np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])


def _fill(axes: Axes, shape: shapely.Geometry, **look: object) -> None:
    parts = [p for p in shapely.get_parts(shape, return_index=False) if p.geom_type == "Polygon"]
    if not parts:
        return
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    path = Outline.make_compound_path(*(Outline(shapely.get_coordinates(r), closed=True) for r in rings))
    axes.add_patch(PathPatch(path, **look))  # pyright: ignore[reportArgumentType]


def _stroke(axes: Axes, shape, color: str, **look: object) -> None:
    lines = [
        line for line in shapely.get_parts(shapely.line_merge(shape)) if line.geom_type in {"LineString", "LinearRing"}
    ]
    lines = [part for line in lines for part in shapely.get_parts(line)]
    if not lines:
        return
    path = Outline.make_compound_path(*(Outline(shapely.get_coordinates(line)) for line in lines))
    axes.add_patch(PathPatch(path, facecolor="none", edgecolor=color, **look))  # pyright: ignore[reportArgumentType]
