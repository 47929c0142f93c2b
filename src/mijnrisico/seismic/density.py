"""Earthquake density: how many earthquakes a year fall together in one part of the field.

SodM publishes one number, per km2 and year, after certain earthquakes, from the "Meet- en Regelprotocol" for Groningen
that it approved in July 2017; the formula is not published with it. The definition here was recovered from three such
numbers (0.22 in March 2017, 0.28 in December 2019, about 0.2 in May 2021), all three of which it gives back:

    D(s) = sum_i K(|s - x_i|),   K(d) = 3 / (pi r^2) (1 - d^2/r^2)^2  within r = 5 km, else 0

over the events of the last 365 days of M 1.0 or more (from 2020: 1.2). K integrates to one, so that D integrates to the
number of events. The number published is the greatest D on the map. It is a definition that fits, not a text of law.
"""

from dataclasses import dataclass

import numpy as np

RADIUS_M = 5000.0
WINDOW_DAYS = 365.0
SPACING_M = 250.0
"""Of the map on which the greatest value is looked for; with half of it the three numbers change by less than 0.001."""
_PER_KM2 = 1e6
_YEARS_OF_WINDOW = 1.0  # a window of 365 days counts as a year, in the published numbers too


@dataclass(frozen=True, slots=True)
class Greatest:
    """The greatest density at each moment at which it changes: days, per km2 and year, and the number of events.

    `day` (moment,) ascends; a value holds from its moment to the next. `x`, `y` (moment,) are where it is, in RD New.
    """

    day: np.ndarray
    density: np.ndarray
    count: np.ndarray
    x: np.ndarray
    y: np.ndarray


def kernel(distance_m: np.ndarray) -> np.ndarray:
    """Weight of an event at a distance, per km2; the shape of `distance_m`."""
    inside = np.clip(1.0 - (np.asarray(distance_m, dtype=np.float64) / RADIUS_M) ** 2, 0.0, None)
    return 3.0 / (np.pi * RADIUS_M**2) * inside**2 * _PER_KM2


def density(x: np.ndarray, y: np.ndarray, at_x: np.ndarray, at_y: np.ndarray) -> np.ndarray:
    """Density (y, x) at the nodes of a map, per km2 and year, of events (event,) within one window; all in metres."""
    apart = np.hypot(at_x[None, None] - x[:, None, None], at_y[None, :, None] - y[:, None, None])
    return kernel(apart).sum(axis=0) / _YEARS_OF_WINDOW


def greatest(day: np.ndarray, x: np.ndarray, y: np.ndarray, spacing_m: float = SPACING_M) -> Greatest:
    """Follow the greatest density in time: it changes when an event comes (event,) and when one is 365 days old.

    `day` is any count of days, `x`, `y` are RD New in metres. An event counts from its own moment for `WINDOW_DAYS`.
    """
    day, x, y = (np.asarray(values, dtype=np.float64) for values in (day, x, y))
    if not day.size:
        return Greatest(*(np.zeros(0) for _ in range(5)))
    at_x, at_y = _nodes(x, spacing_m), _nodes(y, spacing_m)
    moments = np.concatenate([day, day + WINDOW_DAYS])
    sign = np.repeat([1.0, -1.0], day.size)
    event = np.tile(np.arange(day.size), 2)
    order = np.lexsort((-sign, moments))
    field = np.zeros((at_y.size, at_x.size))
    found = np.zeros((4, order.size))
    number = 0
    for step, k in enumerate(order):
        rows, columns = (_near(at, float(here[event[k]])) for at, here in ((at_y, y), (at_x, x)))
        apart = np.hypot(at_x[columns][None] - x[event[k]], at_y[rows][:, None] - y[event[k]])
        field[rows, columns] += sign[k] * kernel(apart) / _YEARS_OF_WINDOW
        number += int(sign[k])
        j, i = np.unravel_index(int(field.argmax()), field.shape)
        found[:, step] = max(float(field[j, i]), 0.0) if number else 0.0, number, at_x[i], at_y[j]
    return Greatest(moments[order], *found)


def _nodes(values: np.ndarray, spacing_m: float) -> np.ndarray:
    """Round multiples of the spacing that reach the farthest event; a maximum never lies beyond the events."""
    low, high = np.floor(values.min() / spacing_m), np.ceil(values.max() / spacing_m)
    return np.arange(low, high + 1.0) * spacing_m


def _near(at: np.ndarray, here: float) -> slice:
    first, last = np.searchsorted(at, (here - RADIUS_M, here + RADIUS_M))
    return slice(int(first), int(last))
