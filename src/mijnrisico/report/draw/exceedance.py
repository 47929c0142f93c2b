"""What every picture of a hazard curve shares: reading a rate off it, and the marks of its two logarithmic axes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from mijnrisico.report.run_folder import Frame
from mijnrisico.report.words import Words


def rate_at(curve: Frame, level_g: float, column: str = "mean_rate") -> float:
    """Return the annual rate at a level, straight in log-log between tabulated levels; 0 beyond the last."""
    rows = curve.sort_values("pga_g")
    level, rate = rows.pga_g.to_numpy(float), rows[column].to_numpy(float)
    keep = (rate > 0) & (level > 0)
    level, rate = level[keep], rate[keep]
    if level.size == 0 or not level[0] <= level_g <= level[-1]:
        return float("nan") if level.size == 0 or level_g < level[0] else 0.0
    return float(np.exp(np.interp(np.log(level_g), np.log(level), np.log(rate))))


def ticks(axes: Axes, words: Words, levels_g: Sequence[float]) -> None:
    """Mark levels (g) along the horizontal axis and rates as once in so many years along the other."""
    axes.xaxis.set_major_locator(FixedLocator(levels_g))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.significant(v, 1)))
    axes.yaxis.set_major_locator(LogLocator(numticks=8))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.once(v)))
