"""b-value that falls with Coulomb stress and levels off: b = min(3, th0 + th1 (1 - tanh(th2 s))).

One of the magnitude models of the public chain (Kraaijpoel et al. 2022, doi:10.1017/njg.2022.15), with s relative to
the scale of the rate model: th0 is b at high stress, th0 + th1 is b where nothing has been loaded yet, and 1/th2 is the
share of the largest stress over which b falls.
"""

import numpy as np

from mijnrisico.core.model import Model
from mijnrisico.seismic.magnitude import likelihood
from mijnrisico.seismic.magnitude.gutenberg_richter import log_probability

NAME = "tanh_stress"
PARAMETERS = ("b_loaded", "b_rise", "b_bend")
HIGHEST_B = 3.0

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
    """Parameter combinations under a prior flat in th0, in th1 and in the logarithm of th2; (3230, 3).

    th0 0.12-1.2 in steps of 0.06, about the error of a b from all 357 events; th1 0-4 in steps of 0.25, wide because no
    event happened below a third of the largest stress and b at no stress is hardly seen (it is capped at 3); th2 ten
    values 0.5-16, a factor 1.47 apart. Below 0.5 the tangent is straight to 8 % and the model is the linear one; above
    16 b has fallen before the tenth part of the largest stress and the model is a constant b.
    """
    axes = np.linspace(0.12, 1.2, 19), np.linspace(0.0, 4.0, 17), np.geomspace(0.5, 16.0, 10)
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def b_value(parameters: np.ndarray, stress: np.ndarray) -> np.ndarray:
    """b of each combination at each stress; (combination, n)."""
    loaded, rise, bend = (parameters[:, [i]] for i in range(3))
    return np.minimum(HIGHEST_B, loaded + rise * (1.0 - np.tanh(bend * stress[None])))


def log_likelihood(
    parameters: np.ndarray, stress: np.ndarray, magnitude: np.ndarray, magnitude_min: float
) -> np.ndarray:
    """Log-likelihood of the rounded magnitudes of the events from `magnitude_min`; (combination,)."""
    return log_probability(magnitude[None], b_value(parameters, stress), magnitude_min).sum(axis=1)


def log_likelihoods(
    parameters: np.ndarray, stress: np.ndarray, magnitude: np.ndarray, magnitude_min: float
) -> np.ndarray:
    """The same for many members, `stress` (member, event), by the fast kernel; (member, combination)."""
    out = np.empty((stress.shape[0], parameters.shape[0]))
    for bend in np.unique(parameters[:, 2]):
        at = parameters[:, 2] == bend
        out[:, at] = likelihood.log_likelihoods(
            parameters[at, 0],
            parameters[at, 1],
            1.0 - np.tanh(bend * stress),
            magnitude,
            magnitude_min,
            (0.0, HIGHEST_B),
        )
    return out
