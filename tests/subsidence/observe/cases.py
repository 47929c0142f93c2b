"""A small world: a disc of cells at depth under a half space (Geertsma), benchmarks above it, and a plan of epochs."""

import numpy as np
import pandas as pd

from mijnrisico.data.readers import insar
from mijnrisico.subsidence.observe import covariance, design, observations
from mijnrisico.subsidence.observe.observations import Observations

DEPTH_M, POISSON, CELL_M = 3000.0, 0.25, 1500.0
YEARS = np.arange(1960.0, 2031.0)


def cells() -> tuple[np.ndarray, np.ndarray]:
    """Centres of the cells of a field of about 9 km across."""
    x, y = np.meshgrid(240_000.0 + CELL_M * np.arange(-3, 4), 590_000.0 + CELL_M * np.arange(-3, 4))
    inside = np.hypot(x - 240_000.0, y - 590_000.0) <= 4600.0
    return x[inside], y[inside]


def influence(x: np.ndarray, y: np.ndarray) -> design.Influence:
    """Geertsma's nucleus of strain (1973): motion (place, source) per m3 lost."""
    source_x, source_y = cells()
    dx, dy = x[:, None] - source_x, y[:, None] - source_y
    unit = (1.0 - POISSON) / np.pi / (dx**2 + dy**2 + DEPTH_M**2) ** 1.5
    return design.Influence(unit * DEPTH_M, -unit * dx, -unit * dy)


def volume_m3(rate_m3_per_year: float = 2.0e4) -> np.ndarray:
    """Volume lost (time, source): even in time, the east a little more than the west."""
    x, _ = cells()
    share = 1.0 + 0.3 * (x - x.mean()) / 4500.0
    return (YEARS - YEARS[0])[:, None] * rate_m3_per_year * share


def rows(
    technique: str = "levelling", *, points: int = 8, years: tuple[float, ...] = (1980.0, 1995.0, 2010.0)
) -> pd.DataFrame:
    """Benchmarks on a spiral over the field, from the first epoch to each other, against a reference far away."""
    turn = np.arange(points) * 2.4
    radius = 1300.0 * np.sqrt(np.arange(points) + 0.5)
    x, y = 240_000.0 + radius * np.cos(turn), 590_000.0 + radius * np.sin(turn)
    look = {"levelling": (0.0, 0.0, 1.0), "gnss": (0.0, 0.0, 1.0), "insar": tuple(insar.line_of_sight(35.0, 258.0))}
    east, north, up = look[technique]
    frames = [
        pd.DataFrame(
            {
                "technique": technique,
                "point": [f"{technique[0]}{n}" for n in range(points)],
                "x_m": x,
                "y_m": y,
                "from_year": years[0],
                "to_year": year,
                "east": east,
                "north": north,
                "up": up,
                "value_m": 0.0,
                "reference": "far",
                "reference_x_m": 262_000.0,
                "reference_y_m": 568_000.0,
            }
        )
        for year in years[1:]
    ]
    return pd.concat(frames, ignore_index=True)


def observed(frame: pd.DataFrame, amplitude: float | np.ndarray = 1.0, seed: int | None = 1) -> Observations:
    """What would be measured with the default noise of the techniques: drawn, or free of error where seed is None."""
    noise = covariance.of_techniques(frame)
    bare = observations.record(frame, noise)
    value = matrix(bare) @ np.broadcast_to(amplitude, cells()[0].shape)
    if seed is not None:
        value = value + np.linalg.cholesky(noise) @ np.random.default_rng(seed).standard_normal(len(frame))
    return observations.record(frame.assign(value_m=value), noise)


def matrix(measured: Observations) -> np.ndarray:
    where = design.places(measured)
    return design.matrix(measured, influence(where.x_m, where.y_m), volume_m3(), YEARS)
