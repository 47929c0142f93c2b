"""What an input of PySub says, in our units; the same records for one model and for an ensemble of buckets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

Choices = tuple[tuple[float, float], ...]
"""Values with their probabilities; one value with probability 1 in a model that is no ensemble."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Pressures [bar] (time,) at decimal years (time,), and the probability of this course."""

    years: np.ndarray
    bar: np.ndarray
    probability: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Reservoir:
    """A reservoir: its outline in RD New, the values of each term (`model.GAS`), and its pressures."""

    name: str
    outline: shapely.Geometry
    values: Mapping[str, Choices]
    pressures: tuple[History, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cavern:
    """A cavern: place [m, RD New], top and length [m], and its cumulative volume loss [m3] at decimal years."""

    name: str
    x_m: float
    y_m: float
    top_m: float
    length_m: float
    values: Mapping[str, Choices]
    years: np.ndarray
    volume_m3: np.ndarray


@dataclass(frozen=True, slots=True)
class Point:
    """A place by name [m, RD New]."""

    name: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured subsidence [m], positive down, at a moment, with its two errors [m] (NaN where not given)."""

    point: str
    x_m: float
    y_m: float
    year: float
    subsidence_m: float
    lower_m: float
    upper_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """One file: settings of the model, and what it holds. `cell_m` and `radius_m` are NaN where not given."""

    file: str
    cell_m: float
    radius_m: float
    compaction: str
    """linear, time_decay, rate_type, or "" for caverns."""
    surface: str
    """nucleus or knothe."""
    reservoirs: tuple[Reservoir, ...] = ()
    caverns: tuple[Cavern, ...] = ()
    points: tuple[Point, ...] = ()
    measured: tuple[Measured, ...] = ()
    ensemble: bool = field(default=False)
