"""Contours of a bowl and the colours between them: red where the ground goes down, blue where it rises.

Maps of the report and layers for a GIS share them; nothing here draws.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

DOWN: Final = ("#fdeee4", "#fac9ab", "#f19a72", "#d95f48", "#b0282f", "#6d0a20")
UP: Final = ("#eaf2fa", "#bcd6ec", "#82b3dc", "#4a86bf", "#1f5fa8")
_STEPS: Final = (2.0, 4.0, 6.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 150.0, 200.0)


def levels(highest: float, lowest: float = 0.0) -> list[float]:
    """Return contour levels: 2, 4, 6, 10, 15, 20, ... up to the highest value, a tenth of them below six.

    Where the ground rises by more than the first level, the same levels below zero.

    >>> levels(37.0)
    [2.0, 4.0, 6.0, 10.0, 15.0, 20.0, 25.0, 30.0]
    >>> levels(1.0, -0.5)
    [-0.4, -0.2, 0.2, 0.4, 0.6, 1.0]
    """
    size = max(highest, -lowest)
    if not size > 0.0:
        return []
    scale = 10.0 ** min(0, int(np.floor(np.log10(size / 6.0))))
    steps = [float(f"{step * scale:.6g}") for step in _STEPS]
    return [-step for step in reversed(steps) if step <= -lowest] + [step for step in steps if step <= highest]


def colours(edges: Sequence[float]) -> list[str]:
    """Return a colour for each class between contours, from below the first to above the last; "none" for no movement.

    >>> colours([2.0, 4.0])
    ['none', '#fdeee4', '#6d0a20']
    """
    down = sum(edge > 0.0 for edge in edges)
    up = len(edges) - down
    shades = [_shade(UP, (k + 1) / up) for k in reversed(range(up))]
    return [*shades, "none", *(_shade(DOWN, k / max(1, down - 1)) for k in range(down))]


def _shade(ramp: Sequence[str], part: float) -> str:
    """Return the colour at a part (0 to 1) of a ramp."""
    known = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in ramp], dtype=float)
    at = np.linspace(0.0, 1.0, len(ramp))
    return "#" + "".join(f"{round(float(np.interp(part, at, known[:, k]))):02x}" for k in range(3))
