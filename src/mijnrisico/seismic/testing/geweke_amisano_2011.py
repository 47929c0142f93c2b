"""Weights of a mixture that would have scored best: Geweke and Amisano (2011), J. Econometrics 164, 130-141."""

import numpy as np

_STEPS = 2000
_STILL = 1e-10


def pool_weights(score: np.ndarray, prior: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Weights (model,) that make sum over periods of ln sum w exp(score) largest, with a prior.

    Unlike posterior probabilities these stay mixed when every member is wrong in another way. `score` (period, model);
    the paper has no prior: here `strength` periods are added in which each member is right with chance `prior`
    (a Dirichlet law), so that a few periods do not decide; 0 gives the paper's. Found by expectation and maximisation,
    which climbs at each step. A period that no member gave a chance says nothing and is left out.
    """
    score = score[np.isfinite(score.max(axis=1, initial=-np.inf))]
    likelihood = np.exp(score - score.max(axis=1, keepdims=True))
    weight = np.asarray(prior, dtype=np.float64)
    for _ in range(_STEPS):
        share = weight * likelihood
        credit = (share / share.sum(axis=1, keepdims=True)).sum(axis=0) + strength * prior
        moved = credit / credit.sum()
        if np.abs(moved - weight).max() < _STILL:
            return moved
        weight = moved
    return weight


def sequential_weights(score: np.ndarray, prior: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """The same before each period and after the last, from earlier periods alone; (period + 1, model)."""
    return np.stack([prior if t == 0 else pool_weights(score[:t], prior, strength) for t in range(score.shape[0] + 1)])
