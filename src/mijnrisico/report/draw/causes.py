"""Which earthquakes make the hazard at a place: magnitude against distance, epsilon, and where they start."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mijnrisico.messages import Language
from mijnrisico.report.draw import maps, single, style
from mijnrisico.report.draw.curve import Place
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

EDGES: Final = (0.0, 0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 100.0)
"""Classes of the share of a bin, per cent."""
COLOURS: Final = ("#ffffff", "#f0edf6", "#dcd5ea", "#bfb3da", "#9b89c4", "#735bab", "#41267c")
_TICKS_KM = (3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 70.0)
_SHOWN = 0.999
"""The axes show bins that hold this share."""
_ON_MAP = 0.9
"""Share of the exceedances whose cells the map shows."""
_SIDE_M, _MARGIN_M = 8_000.0, 3_000.0
_INSIDE_M = 3_500.0
"""A place nearer to the edge of the map has no room for its name."""


@dataclass(frozen=True)
class Causes:
    """A disaggregation as tables: `told` in one row, a row per bin and per source cell (`studies.hazard_tables`)."""

    told: Frame
    bins: Frame
    cells: Frame

    @property
    def row(self) -> Any:
        """What is told, a row."""
        return self.told.iloc[0]


def causes(run: RunFolder, at: Place, found: Causes, lang: Language) -> Picture:
    """Draw a disaggregation: heat map with the main part framed, bars of epsilon, map of the source cells."""
    return Picture(draw(run, at, found, lang))


@styled
def draw(run: RunFolder, at: Place, found: Causes, lang: Language, name: str = "") -> Drawing:
    """Draw it as a sheet; `name` is the name of the file."""
    words = Words(lang)
    numbers = numbers_of(run, at.name, found.row, words)
    title, subtitle = words("F14.title", **numbers), words("F14.subtitle", **numbers)
    source = single.source_of(run, "sa", words)
    paper = sheet(5.3, title, subtitle, source)
    _heat(paper, words, found)
    axes = _epsilon(paper, words, found)
    _marks(paper, axes, words, numbers)
    _map(paper, words, at, found)
    own = f"disaggregation_{''.join(c if c.isalnum() else '-' for c in at.name)}_{int(found.row.year)}"
    return Drawing(
        name or own,
        paper.figure,
        table(at, found),
        title,
        subtitle,
        words("F14.reading", **numbers),
        words("F14.alt", **numbers),
        source,
    )


def table(at: Place, found: Causes) -> pd.DataFrame:
    """The bins and below them the cells, each with what they are of."""
    row = found.row
    said = {"place": at.name, **at.where("place_")}
    said |= {name: row[name] for name in ("year", "imt", "component", "surface", "level", "unit")}
    parts = [("bin", found.bins), ("cell", found.cells)]
    frames = [
        pd.DataFrame(said | {"kind": kind} | {name: part[name].to_numpy() for name in part if name not in said})
        for kind, part in parts
    ]
    return pd.concat(frames, ignore_index=True)


def numbers_of(run: RunFolder, name: str, row: Any, words: Words) -> dict[str, object]:
    """What the texts say of a disaggregation."""
    measure = words.measure(str(row.imt))
    level = (
        words.level(float(row.level), run.threshold_g) if row.unit == "g" else f"{words.significant(row.level)} cm/s"
    )
    asked = float(row.return_period_yr)
    numbers: dict[str, object] = {
        "name": name,
        "year": int(row.year),
        "measure": measure,
        "level": level,
        "years": words.fixed(asked) if np.isfinite(asked) else words.years(1.0 / float(row.rate_per_year)),
        "mean_magnitude": words.fixed(float(row.mean_magnitude), 1),
        "mean_distance": words.significant(float(row.mean_distance_km)),
        "mean_epsilon": words.fixed(abs(float(row.mean_epsilon)), 1),
        "side": words("F14.above" if row.mean_epsilon >= 0.0 else "F14.below"),
        "component": words.or_name("shaken.component", str(row.component)),
        "surface": words(f"surface.{row.surface}"),
    }
    for part, end in (("part50", ""), ("part80", "_most")):
        numbers[f"share{end}"] = words.fixed(100.0 * float(row[f"{part}_share"]))
        numbers[f"magnitude{end}"] = magnitudes(words, row, part)
        numbers[f"distance{end}"] = distances(words, row, part)
    return numbers | {"sentence": words("F14.sentence", **numbers)}


def magnitudes(words: Words, row: Any, part: str) -> str:
    """Magnitudes of a part as they are rounded: bins from 3.45 to 4.45 hold 3.5 to 4.4."""
    low, high = float(row[f"{part}_magnitude_low"]) + 0.05, float(row[f"{part}_magnitude_high"]) - 0.05
    return words.band(words.fixed(low, 1), words.fixed(high, 1)).replace("\N{NO-BREAK SPACE}", "").replace(" ", "")


def distances(words: Words, row: Any, part: str) -> str:
    """Distances of a part: within so many km, where it begins at the smallest distance that there is."""
    near, far = float(row[f"{part}_distance_low_km"]), float(row[f"{part}_distance_high_km"])
    if near <= float(row["nearest_km"]):
        return words("F14.within", far=words.trimmed(far, 1))
    return words("F14.from_to", near=words.trimmed(near, 1), far=words.trimmed(far, 1))


def _heat(paper: Sheet, words: Words, found: Causes) -> None:
    axes = paper.axes(0.62, 2.4, 3.3, 2.55)
    share = found.bins.groupby(["magnitude_low", "magnitude_high", "distance_low_km", "distance_high_km"])[
        "share"
    ].sum()
    rows = share.reset_index().sort_values("share", ascending=False)
    shown = rows[rows["share"].cumsum().shift(fill_value=0.0) < _SHOWN]
    norm, colours = BoundaryNorm(EDGES, len(COLOURS)), ListedColormap(COLOURS)
    for each in rows.itertuples():
        low, near = each.magnitude_low, each.distance_low_km
        axes.add_patch(
            Rectangle(
                (near, low),
                each.distance_high_km - near,
                each.magnitude_high - low,
                facecolor=colours(norm(100.0 * each.share)),
                edgecolor="#e9e6f0",
                linewidth=0.3,
            )
        )
    axes.set_xscale("log")
    left, right = float(found.row.nearest_km), max(float(shown["distance_high_km"].max()), 10.0)
    axes.set_xlim(left, right)
    axes.set_ylim(float(shown["magnitude_low"].min()), float(shown["magnitude_high"].max()))
    row = found.row
    frame = (row.part50_distance_low_km, row.part50_magnitude_low)
    size = row.part50_distance_high_km - frame[0], row.part50_magnitude_high - frame[1]
    axes.add_patch(Rectangle(frame, *size, fill=False, edgecolor=style.ORANGE, linewidth=1.8, zorder=3))
    axes.plot(
        row.mean_distance_km, row.mean_magnitude, "+", color=style.INK, markersize=11, markeredgewidth=2, zorder=4
    )
    axes.xaxis.set_major_locator(FixedLocator([value for value in _TICKS_KM if left <= value <= right]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v, 1)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v, 1)))
    axes.set_xlabel(words("F14.x"), fontsize=8)
    axes.set_ylabel(words("F14.y"), fontsize=8)
    axes.set_title(words("F14.panel_heat"), loc="left", fontsize=8.5, fontweight="bold", pad=5)
    _legend(paper, words)


def _legend(paper: Sheet, words: Words) -> None:
    """A strip of the classes beside the heat map."""
    left, bottom, high = 4.05, 2.7, 0.24
    paper.text(left, bottom + high * len(COLOURS) + 0.08, "%", fontsize=7.5, color=style.QUIET)
    for k, colour in enumerate(COLOURS):
        box = Rectangle((left, bottom + k * high), 0.16, high, facecolor=colour, edgecolor=style.RULE, linewidth=0.5)
        paper.add(box)
        if k > 0:
            height = bottom + k * high - 0.04
            paper.text(left + 0.2, height, words.trimmed(EDGES[k], 1), fontsize=7, color=style.QUIET)


def _marks(paper: Sheet, axes: Axes, words: Words, numbers: dict[str, object]) -> None:
    """Say below the bars what the frame, the cross and the line are, and below the map what its colours are."""
    handles = [
        Patch(facecolor="none", edgecolor=style.ORANGE, linewidth=1.8, label=words("F14.frame", **numbers)),
        Line2D([], [], marker="+", linestyle="none", color=style.INK, markeredgewidth=2, label=words("F14.mean_mark")),
        Line2D([], [], color=style.INK, linewidth=1.2, label=words("F14.mean_line")),
    ]
    where = {"loc": "upper left", "bbox_to_anchor": (-0.02, -0.45), "ncols": 2, "columnspacing": 1.2}
    axes.legend(handles=handles, fontsize=7.5, frameon=False, borderaxespad=0.0, **where)
    paper.text(4.85, 0.3, words("F14.scale"), fontsize=7.5, color=style.QUIET)


def _epsilon(paper: Sheet, words: Words, found: Causes) -> Axes:
    axes = paper.axes(0.62, 0.85, 3.3, 0.85)
    share = 100.0 * found.bins.groupby(["epsilon_low", "epsilon_high"])["share"].sum()
    edges = np.array([list(pair) for pair in share.index], float)
    inner = edges[np.isfinite(edges).all(axis=1)]
    width = float(np.median(np.diff(inner, axis=1))) if len(inner) else 1.0
    low = np.where(np.isfinite(edges[:, 0]), edges[:, 0], edges[:, 1] - width)
    high = np.where(np.isfinite(edges[:, 1]), edges[:, 1], edges[:, 0] + width)
    axes.bar(
        low, share.to_numpy(), width=high - low, align="edge", color="#9b89c4", edgecolor=style.PAPER, linewidth=0.8
    )
    axes.axvline(float(found.row.mean_epsilon), color=style.INK, linewidth=1.2)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{words.fixed(v)}\N{NO-BREAK SPACE}%"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v, 1)))
    axes.tick_params(labelsize=7.5)
    axes.set_xlabel(words("F14.x_epsilon"), fontsize=8)
    axes.set_title(words("F14.panel_epsilon"), loc="left", fontsize=8.5, fontweight="bold", pad=4)
    return axes


def _map(paper: Sheet, words: Words, at: Place, found: Causes) -> None:
    axes = paper.axes(4.85, 1.1, 3.45, 3.85)
    extent = _extent(at, found.cells, 3.85 / 3.45)
    maps.base(axes, words, extent=extent)
    cells = found.cells
    side = _spacing(cells)
    per_km2 = 100.0 * cells["share"].to_numpy() / (side / 1000.0) ** 2
    norm, colours = BoundaryNorm(EDGES, len(COLOURS)), ListedColormap(COLOURS)
    for x, y, value in zip(cells["x_rd"], cells["y_rd"], per_km2, strict=True):
        if value < EDGES[1] or not (extent[0] < x < extent[1] and extent[2] < y < extent[3]):
            continue
        corner = (x - side / 2.0, y - side / 2.0)
        colour = colours(norm(value))
        axes.add_patch(Rectangle(corner, side, side, facecolor=colour, edgecolor=colour, linewidth=0.2, zorder=1.0))
    maps.overlay(axes)
    maps.places(axes, [name for name in maps.background().places if name != at.name and _near(name, extent)], size=7)
    axes.plot(at.x, at.y, "s", color=style.ORANGE, markersize=6, markeredgecolor=style.PAPER, zorder=4)
    left = at.x > (extent[0] + extent[1]) / 2.0  # the name stands on the side with more room
    axes.annotate(
        at.name,
        (at.x, at.y),
        (-6 if left else 6, 4),
        textcoords="offset points",
        ha="right" if left else "left",
        fontsize=8,
        fontweight="bold",
        zorder=4,
        gid="halo",
    )
    maps.scale_and_north(axes, words, length_km=4)
    axes.set_title(words("F14.panel_map"), loc="left", fontsize=8.5, fontweight="bold", pad=5)


def _extent(at: Place, cells: Frame, aspect: float) -> tuple[float, float, float, float]:
    """West, east, south, north of a map that shows the place and the cells with most of the share."""
    main = cells[cells["share"].cumsum().shift(fill_value=0.0) < _ON_MAP]
    x, y = (np.append(np.asarray(main[name], dtype=float), own) for name, own in (("x_rd", at.x), ("y_rd", at.y)))
    middle = (x.min() + x.max()) / 2.0, (y.min() + y.max()) / 2.0
    half = max((x.max() - x.min()) / 2.0, (y.max() - y.min()) / 2.0 / aspect) + _MARGIN_M
    half = max(half, _SIDE_M)
    return middle[0] - half, middle[0] + half, middle[1] - aspect * half, middle[1] + aspect * half


def _near(name: str, extent: tuple[float, float, float, float]) -> bool:
    x, y = maps.background().places[name]
    return extent[0] + _INSIDE_M < x < extent[1] - _INSIDE_M and extent[2] + _INSIDE_M < y < extent[3] - _INSIDE_M


def _spacing(cells: Frame) -> float:
    """Distance between neighbouring cells in m."""
    x = np.unique(np.asarray(cells["x_rd"], dtype=float))
    steps = x[1:] - x[:-1]
    return float(np.median(steps[steps > 1.0])) if (steps > 1.0).any() else 500.0
