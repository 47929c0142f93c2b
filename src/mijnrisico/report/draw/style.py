"""How figures look: colours, line widths, fonts.

The acceleration palette breaks its hue at 0.05 g (blue below, orange to brown above), the risk palette at
1e-5 per year. The step in lightness at that break is small, so every map also draws the break as a
white-cased black contour: meaning never hangs on colour alone.
"""

from typing import Any, Final

PGA_EDGES_G: Final = (0.0, 0.01, 0.02, 0.05, 0.08, 0.10, 0.15, float("inf"))
PGA_COLOURS: Final = ("#f4f9fd", "#d9e8f4", "#b3cfe5", "#fdb863", "#ef8a3c", "#c2500f", "#6b2306")
LPR_EDGES: Final = (0.0, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 1e-4, float("inf"))
LPR_COLOURS: Final = ("#f4f9fd", "#e6f0f8", "#cfe1f0", "#b3cfe5", "#93b8db", "#ef8a3c", "#8a3208")
LONG_PGA_EDGES_G: Final = (0.0, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30, float("inf"))
LONG_PGA_COLOURS: Final = ("#faf8fc", "#e6e0f0", "#cdc2e2", "#ae9dd0", "#8b72b8", "#65459b", "#3f1c70")
"""Of return periods for which no norm is read: one hue, because a break would be taken for one."""
SA_EDGES_G: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, float("inf"))
PGV_EDGES_CMS: Final = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, float("inf"))
"""Of measures for which no norm is read, in the one hue of the long return periods."""
PRESSURE_EDGES_BAR: Final = (65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 100.0, 120.0, 150.0, 200.0, 250.0, 300.0)
CHANGE_EDGES_BAR: Final = (-20.0, -10.0, -5.0, -1.0, 1.0, 5.0, 10.0, 20.0)
CHANGE_COLOURS: Final = (
    "#6a3d9a",
    "#9470bd",
    "#bfa9da",
    "#e2d8ee",
    "#f7f7f5",
    "#d5eadf",
    "#9fcfb8",
    "#5fae8b",
    "#2b7d59",
)
BUILDINGS_EDGES: Final = (0.0, 0.5, 5.0, 20.0, 100.0, float("inf"))
BUILDINGS_COLOURS: Final = ("#f4f9fd", "#fdd9b0", "#f6a95c", "#c2500f", "#6b2306")
"""Of a number of buildings above the norm in a cell: hardly any, and four sizes."""
B_EDGES: Final = (0.0, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, float("inf"))
B_COLOURS: Final = ("#8a4b08", "#c27a1e", "#e6b06a", "#f7e3c4", "#e3dff0", "#bdb4dc", "#8f80c0", "#54408f")
"""Of b-values, about 1.0: orange where a larger share is strong, purple where a smaller one is."""
B_SD_EDGES: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, float("inf"))
B_SD_COLOURS: Final = ("#f5f7f7", "#dde6e6", "#bccfd0", "#93b1b4", "#648e93", "#36676d")

INK: Final = "#1b2433"
QUIET: Final = "#505b6b"
RULE: Final = "#c9d1db"
SEA: Final = "#e6edf3"
LAND: Final = "#fbfaf7"
BLUE: Final = "#1f5fa8"
BLUE_BAND: Final = "#c5d8ee"
BLUE_BAND_DEEP: Final = "#94b8de"
ORANGE: Final = "#b3470b"
YELLOW: Final = "#f4c430"
BROWN: Final = "#7a4a1e"
GREY: Final = "#8b95a3"
PAPER: Final = "#ffffff"

MODELS: Final[dict[str, dict[str, Any]]] = {
    "ensemble_official": {"color": INK, "linewidth": 2.2},
    "ensemble_past_score": {"color": INK, "linewidth": 1.3, "linestyle": (0, (4, 2))},
    "elastic": {"color": "#4a6fa5", "linewidth": 1.2},
    "elastic_plastic": {"color": ORANGE, "linewidth": 1.2},
    "rate_and_state": {"color": "#65459b", "linewidth": 1.2},
    "dempsey_suckale": {"color": "#8a6d1b", "linewidth": 1.2},
    "smoothed_stationary": {"color": "#5f6875", "linewidth": 1.2},
}
"""How a rate model or ensemble is drawn, wherever models stand beside each other; a name always stands at the line."""

FONTS: Final = "'Segoe UI', 'Noto Sans', 'DejaVu Sans', Verdana, sans-serif"

RC: Final[dict[str, Any]] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "grid.color": "#e3e7ec",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "hatch.linewidth": 0.6,
    "hatch.color": "#8b95a3",
    "mathtext.default": "regular",
    "svg.fonttype": "none",
    "svg.hashsalt": "mijnrisico",
    "path.simplify": True,
}
