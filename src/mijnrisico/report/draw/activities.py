"""How activities look wherever they stand beside each other: a colour and a hatch, in the order of the question."""

from collections.abc import Sequence
from typing import Final

COLOURS: Final = ("#8fb3dc", "#f2b75c", "#7fc4a0", "#cf9bc0", "#c3c8cf", "#e58f72", "#b9e0ee", "#b3a878")
HATCHES: Final = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "||||", "++++")


def look(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return colour and hatch by name; told apart without colour, and repeated after eight.

    >>> look(["gas", "salt"])["salt"]
    ('#f2b75c', '////')
    """
    return {name: (COLOURS[k % len(COLOURS)], HATCHES[k % len(HATCHES)]) for k, name in enumerate(names)}
