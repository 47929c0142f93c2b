"""Accelerations that a user states in g: a value that is impossible as g was meant in another unit."""

from math import log
from typing import Final

from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

LARGEST_G: Final = 3.0
"""No threshold for buildings comes near this; a larger value was meant in another unit."""

USUAL_G: Final = 0.05
"""The value that the industry rule names; the unit that brings a number nearest to it is the likely one."""

_IN_G: Final = {"cm/s²": 1 / 980.665, "% g": 1 / 100.0, "m/s²": 1 / 9.80665}


def problem(value: float, where: str, setting: str) -> Problem | None:
    """Return E204 for a value that cannot be in g, with the unit that was probably meant.

    Args:
        value: what was stated as an acceleration in g, above 0.
        where: the place that a message points at.
        setting: how the value is written, such as `threshold = ` or `--threshold `.

    >>> problem(49.0, "--threshold", "--threshold ").params["remedy"]
    '--threshold 0.04997'
    """
    if value <= LARGEST_G:
        return None
    possible = {unit: value * factor for unit, factor in _IN_G.items() if value * factor <= LARGEST_G}
    meant = min(possible, key=lambda unit: abs(log(possible[unit] / USUAL_G)), default="–")
    readings = tuple(
        Phrase("scenario.reading", {"value": value, "unit": unit, "g": float(f"{in_g:.4g}")})
        for unit, in_g in possible.items()
    )
    remedy = f"{setting}{possible.get(meant, USUAL_G):.4g}"
    return Problem("E204", where, {"value": value, "unit": meant, "readings": readings, "remedy": remedy})
