"""What a question itself puts on a map of its bowl: outlines, caverns and doublets, basins, objects and benchmarks."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mijnrisico.report.draw import style
from mijnrisico.report.draw.bowl import Window
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

MOST_MARKS: Final = 150
"""Objects or benchmarks on a map: of more, as many are drawn as this, evenly from the table."""
_MARK: Final[dict[str, Any]] = {"linestyle": "", "markeredgewidth": 0.7, "markeredgecolor": style.INK}
LOOKS: Final[Mapping[str, dict[str, Any]]] = {
    "outline": {"color": style.BLUE, "linewidth": 0.9, "linestyle": "-"},
    "basin": {"color": style.BLUE, "linewidth": 1.1, "linestyle": (0, (1, 1.2))},
    "place": {**_MARK, "marker": "x", "markersize": 4.0, "color": style.INK, "markeredgewidth": 1.0},
    "object": {**_MARK, "marker": "s", "markersize": 2.8, "markerfacecolor": style.PAPER},
    "benchmark": {**_MARK, "marker": "^", "markersize": 3.2, "markerfacecolor": style.PAPER},
}
"""How each stands on the map and in its legend."""


Found = Mapping[str, list[np.ndarray]]
"""What lies in a window, by kind: rings (corner, 2) of outlines and basins, places (place, 2) of the others."""


def within(run: RunFolder, shown: Window) -> Found:
    """Return what of a run lies in a window."""
    found: dict[str, list[np.ndarray]] = {}
    for kind, corners in _outlines(run):
        if _inside(corners, shown).any():
            found.setdefault(kind, []).append(corners)
    for kind, places in _marks(run).items():
        there = places[_inside(places, shown)]
        if len(there):
            found[kind] = list(there[:, None])
    return found


def draw(axes: Axes, found: Found) -> None:
    """Draw it: lines for outlines, marks for places."""
    for kind, parts in found.items():
        if kind in ("outline", "basin"):
            for corners in parts:
                axes.plot(*corners.T, zorder=1.8, **LOOKS[kind])
        else:
            kept = np.unique(np.linspace(0, len(parts) - 1, MOST_MARKS).round().astype(int))
            axes.plot(*np.vstack(parts)[kept].T, zorder=2.6, **LOOKS[kind])


def samples(words: Words, found: Found) -> list[tuple[Line2D, str]]:
    """Return a sample and a label for each kind that is drawn."""
    return [
        (Line2D([], [], **look), words(f"F25.given.{kind}", count=len(found[kind])))
        for kind, look in LOOKS.items()
        if kind in found
    ]


def _outlines(run: RunFolder) -> list[tuple[str, np.ndarray]]:
    """Return rings and places in the order in which they are drawn."""
    if not run.has_table("subsidence_outlines"):
        return []
    rings = [
        ("place" if len(part) == 1 else "basin" if kind == "basin" else "outline", part[["x_m", "y_m"]].to_numpy(float))
        for (kind, _, _), part in run.table("subsidence_outlines").groupby(["kind", "name", "part"], sort=False)
    ]
    return sorted(rings, key=lambda one: list(LOOKS).index(one[0]))


def _marks(run: RunFolder) -> dict[str, np.ndarray]:
    """Return the places of objects, and of benchmarks and stations; scatterers of radar are too many to tell apart."""
    found = {}
    for kind, table, name in (("object", "subsidence_objects", "object"), ("benchmark", "observations", "point")):
        if run.has_table(table) and len(rows := run.table(table)):
            rows = rows[rows.technique != "insar"] if "technique" in rows else rows
            found[kind] = rows.drop_duplicates(name)[["x_m", "y_m"]].to_numpy(float)
    return found


def _inside(places: np.ndarray, shown: Window) -> np.ndarray:
    x, y = places.T
    return (x >= shown[0]) & (x <= shown[1]) & (y >= shown[2]) & (y <= shown[3])
