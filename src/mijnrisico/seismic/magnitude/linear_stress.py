"""b-value that falls linearly with Coulomb stress: b = max(0.1, b0 - slope s).

The stress-dependent model of the public chain of 2024 (Kraaijpoel et al. 2022, doi:10.1017/njg.2022.15), with s
relative to the scale of the rate model, so that `slope` is the fall of b from an unloaded cell to the most loaded.
"""

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.magnitude import likelihood
from mijnrisico.seismic.magnitude.gutenberg_richter import log_probability

NAME = "linear_stress"
PARAMETERS = ("b0", "b_slope")
LOWEST_B = 0.1

MODEL = Model(
    name=NAME,
    role="magnitude",
    predicts={"b_value": "1"},
    needs={"coulomb_stress": "MPa", "catalogue": "events"},
    valid={"magnitude": (1.5, 3.6)},
    source="Kraaijpoel et al. (2022), doi:10.1017/njg.2022.15",
    departs="stress relative to the largest in the field; the likelihood is that of magnitudes rounded to 0.1",
)


def prior_grid() -> np.ndarray:
    """Parameter combinations under a prior flat in each; (combination, 2)."""
    return np.stack(np.meshgrid(np.linspace(0.6, 2.4, 37), np.linspace(0.0, 2.0, 41), indexing="ij"), axis=-1).reshape(
        -1, 2
    )


def b_value(parameters: np.ndarray, stress: np.ndarray) -> np.ndarray:
    """b of each combination at each stress; (combination, n)."""
    return np.maximum(LOWEST_B, parameters[:, :1] - parameters[:, 1:2] * stress[None])


def log_likelihood(
    parameters: np.ndarray, stress: np.ndarray, magnitude: np.ndarray, magnitude_min: float
) -> np.ndarray:
    """Log-likelihood of the rounded magnitudes of the events from `magnitude_min`; (combination,)."""
    return log_probability(magnitude[None], b_value(parameters, stress), magnitude_min).sum(axis=1)


def log_likelihoods(
    parameters: np.ndarray, stress: np.ndarray, magnitude: np.ndarray, magnitude_min: float
) -> np.ndarray:
    """The same for many members, `stress` (member, event), by the fast kernel; (member, combination)."""
    return likelihood.log_likelihoods(
        parameters[:, 0], -parameters[:, 1], stress, magnitude, magnitude_min, (LOWEST_B, np.inf)
    )
