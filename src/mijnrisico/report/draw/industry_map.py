"""Individual risk around a site as a map: contours at 1e-5 and 1e-6 by earthquakes alone, and with all other causes."""

from typing import Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico import messages
from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.words import Words
from mijnrisico.studies.industry.risk.assessment import Assessment
from mijnrisico.studies.industry.risk.contours import Contour

SIZE_IN: Final = 3.7
COLOURS: Final = {1e-6: style.BLUE_BAND, 1e-5: "#ef8a3c"}
_PANELS: Final = {"seismic": 0.55, "total": 4.6}
_AROUND: Final = 1.15
"""Room around what is drawn."""


def draw(found: Assessment, lang: Language) -> Picture:
    """Draw the contours of a site, its boundary, installations and places; the numbers are the table of contours."""
    return Picture(_draw(found, lang))


@styled
def _draw(found: Assessment, lang: Language) -> Drawing:
    words = Words(lang)
    site = found.site
    title = _title(found, words)
    subtitle = words("industry_map.subtitle")
    source = _source(found, words, lang)
    paper = sheet(SIZE_IN + 0.95, title, subtitle, source)
    bounds = _bounds(found)
    for kind, left in _PANELS.items():
        axes = paper.axes(left, 0.6, SIZE_IN, SIZE_IN)
        _base(axes, bounds, words)
        own = sorted((each for name, each in found.contours if name == kind), key=lambda each: each.level)
        for each in own:
            _fill(axes, each)
        _marks(axes, found, named=kind == "seismic")
        paper.text(left, SIZE_IN + 0.66, words(f"industry_map.{kind}"), fontsize=9.5, fontweight="bold")
        if any(each.unknown for each in own) or all(each.area is None for each in own):
            key = "unknown" if any(each.unknown for each in own) else "none"
            axes.text(0.5, 0.06, words(f"industry_map.{key}"), transform=axes.transAxes, ha="center", fontsize=8)
    _legend(paper, words)
    reading = words("industry_map.reading")
    alt = words("industry_map.alt", title=title, site=site.entry.title)
    return Drawing("industry_risk", paper.figure, found.contour_table, title, subtitle, reading, alt, source)


def _source(found: Assessment, words: Words, lang: Language) -> str:
    """What the picture is and is not, where the official report is, and what rests on no text that was read."""
    report = found.site.entry.official_report
    official = messages.text(f"industry_risk.{'report' if report else 'no_report'}", lang, report=report)
    lines = [f"{words('industry_map.source', hazard=found.hazard.source)} {official}"]
    if found.marks:
        lines.append(messages.text("industry_risk.marks", lang, marks="; ".join(found.marks)))
    return "\n".join(lines)


def _title(found: Assessment, words: Words) -> str:
    highest = max((float(each.value) for kind, each in found.verdicts if kind == "seismic"), default=float("nan"))
    value = words.significant(highest) if np.isfinite(highest) else "–"
    return words("industry_map.title", site=found.site.entry.title, value=value)


def _bounds(found: Assessment) -> tuple[float, float, float, float]:
    """A square around the contours, the boundary and the installations, within the grid."""
    shapes = [each.area for _, each in found.contours if each.area is not None]
    shapes += [] if found.site.boundary is None else [found.site.boundary]
    shapes += [shapely.Point(unit.x_m, unit.y_m) for unit in found.site.units]
    xmin, ymin, xmax, ymax = (float(value) for value in shapely.total_bounds(np.array(shapes)))
    half = 0.5 * _AROUND * max(xmax - xmin, ymax - ymin, 200.0)
    x, y = 0.5 * (xmin + xmax), 0.5 * (ymin + ymax)
    return x - half, y - half, x + half, y + half


def _base(axes: Axes, bounds: tuple[float, float, float, float], words: Words) -> None:
    axes.set_facecolor(style.LAND)
    axes.set_xlim(bounds[0], bounds[2])
    axes.set_ylim(bounds[1], bounds[3])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(FuncFormatter(lambda metres, _: words.fixed(metres)))
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(style.RULE)
    axes.tick_params(axis="y", labelrotation=90.0)
    axes.tick_params(labelsize=6.5, length=2.5, color=style.RULE, labelcolor=style.QUIET)


def _fill(axes: Axes, each: Contour) -> None:
    if each.area is None:
        return
    for part in each.area.geoms:
        rings = [part.exterior, *part.interiors]
        path = Path.make_compound_path(*(Path(np.asarray(ring.coords), closed=True) for ring in rings))
        axes.add_patch(PathPatch(path, facecolor=COLOURS[each.level], edgecolor=style.INK, linewidth=0.7, zorder=1.0))


def _marks(axes: Axes, found: Assessment, *, named: bool) -> None:
    site = found.site
    if site.boundary is not None:
        ring = np.asarray(site.boundary.exterior.coords)
        axes.plot(ring[:, 0], ring[:, 1], color=style.INK, linewidth=1.0, linestyle=(0, (4, 2.5)), zorder=2.0)
    for unit in site.units:
        axes.plot(unit.x_m, unit.y_m, marker="s", markersize=4, color=style.INK, zorder=2.5)
        if named:
            _name(axes, unit.x_m, unit.y_m, unit.name)
    for place in site.places:
        axes.plot(place.x_rd, place.y_rd, marker="o", markersize=4, color=style.PAPER, mec=style.INK, zorder=2.5)
        inside = axes.get_xlim()[0] < place.x_rd < axes.get_xlim()[1]
        if named and inside and axes.get_ylim()[0] < place.y_rd < axes.get_ylim()[1]:
            _name(axes, place.x_rd, place.y_rd, place.name)


def _name(axes: Axes, x: float, y: float, name: str) -> None:
    at = (x, y)
    axes.annotate(name, at, (4, 4), textcoords="offset points", fontsize=7, color=style.INK, zorder=3.0, gid="halo")


def _legend(paper, words: Words) -> None:
    from matplotlib.patches import Rectangle

    for k, (level, colour) in enumerate(COLOURS.items()):
        left = 0.55 + 2.6 * k
        paper.add(Rectangle((left, 0.12), 0.26, 0.14, facecolor=colour, edgecolor=style.INK, linewidth=0.6))
        paper.text(left + 0.34, 0.14, words("industry_map.level", level=words.significant(level, 1)), fontsize=8)
    paper.text(5.75, 0.14, words("industry_map.marks"), fontsize=8)
