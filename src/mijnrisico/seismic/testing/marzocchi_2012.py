"""Weights of an ensemble by how its members did: Marzocchi, Zechar and Jordan (2012), doi:10.1785/0120110327."""

import numpy as np


def sequential_weights(score: np.ndarray, prior: np.ndarray, temper: float = 1.0) -> np.ndarray:
    """Weights before each period and after the last, from the scores of earlier periods alone; (period + 1, model).

    w_m(t) is proportional to prior_m exp(temper x sum of the log scores of m before t): the posterior probabilities
    of the paper at `temper` 1, where exactly one member is thought to be right and a few years may decide. Below 1 the
    past counts for less (1/2: two years weigh as one), which spares the members that complement each other.
    `score` (period, model); a member that gave what happened no chance is out.
    """
    past = np.concatenate([np.zeros((1, score.shape[1])), np.cumsum(score, axis=0)])
    with np.errstate(divide="ignore"):
        return _normalised(np.log(prior) + temper * past)


def inverse_score_weights(score: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Weights proportional to prior_m / |sum of log scores of m before t|; (period + 1, model).

    Score model averaging of the paper, which keeps all members in play. It depends on the bins that densities are
    counted in, and needs scores below zero. Before the first period the weights are the prior.
    """
    past = -np.cumsum(score, axis=0)
    weight = np.concatenate([prior[None], prior / past])
    return weight / weight.sum(axis=1, keepdims=True)


def _normalised(log_weight: np.ndarray) -> np.ndarray:
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)
