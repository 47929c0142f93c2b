"""b-value that differs between the thin and the thick part of the reservoir.

b = ((b_thick + b_thin) + (b_thick - b_thin) tanh((h - h0) / w)) / 2 with w = 5 % of the range of thickness h at the
events; the model with the larger weight in the public chain of 2024 (Kraaijpoel et al. 2022, doi:10.1017/njg.2022.15).
"""

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.magnitude import likelihood
from mijnrisico.seismic.magnitude.gutenberg_richter import log_probability

NAME = "thickness_split"
PARAMETERS = ("b_thin", "b_thick", "split_m")
WIDTH_SHARE = 0.05
_BLOCK = 1_000_000  # combinations x events in memory at once

MODEL = Model(
    name=NAME,
    role="magnitude",
    predicts={"b_value": "1"},
    needs={"reservoir_thickness": "m", "catalogue": "events"},
    valid={"magnitude": (1.5, 3.6), "reservoir_thickness_m": (125, 314)},
    source="Kraaijpoel et al. (2022), doi:10.1017/njg.2022.15",
    departs="the likelihood is that of magnitudes rounded to 0.1",
)


def prior_grid() -> np.ndarray:
    """Parameter combinations under a prior flat in each, over the ranges of the public chain; (combination, 3)."""
    return np.stack(
        np.meshgrid(np.linspace(0.9, 1.5, 31), np.linspace(0.5, 1.0, 26), np.linspace(240.0, 269.0, 30), indexing="ij"),
        axis=-1,
    ).reshape(-1, 3)


def width(thickness_at_events: np.ndarray) -> float:
    """Width of the transition (m)."""
    return WIDTH_SHARE * float(np.ptp(thickness_at_events))


def b_value(parameters: np.ndarray, thickness: np.ndarray, width_m: float) -> np.ndarray:
    """b of each combination at each thickness; (combination, n)."""
    thin, thick, split = (parameters[:, [i]] for i in range(3))
    return ((thick + thin) + (thick - thin) * np.tanh((thickness[None] - split) / width_m)) / 2.0


def log_likelihood(
    parameters: np.ndarray, thickness: np.ndarray, magnitude: np.ndarray, magnitude_min: float, width_m: float
) -> np.ndarray:
    """Log-likelihood of the rounded magnitudes of the events from `magnitude_min`; (combination,)."""
    blocks = np.array_split(parameters, max(1, parameters.shape[0] * magnitude.size // _BLOCK))
    return np.concatenate(
        [log_probability(magnitude[None], b_value(block, thickness, width_m), magnitude_min).sum(1) for block in blocks]
    )


def log_likelihoods(
    parameters: np.ndarray, thickness: np.ndarray, magnitude: np.ndarray, magnitude_min: float, width_m: float
) -> np.ndarray:
    """The same by the fast kernel, for events whose thickness (event,) no member changes; (combination,)."""
    out = np.empty(parameters.shape[0])
    for split in np.unique(parameters[:, 2]):
        at = parameters[:, 2] == split
        thin, thick = parameters[at, 0], parameters[at, 1]
        turn = np.tanh((thickness - split) / width_m)[None]
        out[at] = likelihood.log_likelihoods(
            (thick + thin) / 2.0, (thick - thin) / 2.0, turn, magnitude, magnitude_min
        )[0]
    return out
