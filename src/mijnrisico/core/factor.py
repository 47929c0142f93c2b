"""A few orthonormal columns that carry many fields: fields of one kind differ in a few ways only."""

import numpy as np

_FEWEST = 16
_SEED = 20_240_101


def basis(fields: np.ndarray, tolerance: float) -> np.ndarray:
    """Orthonormal columns (cell, map) that hold every field (cell, field) to `tolerance` of its own length.

    The basis is found by random projection (Halko et al. 2011, doi:10.1137/090771806; fixed generator), of the fields
    brought to the same length so that the small ones count as the others, and enlarged until it leaves out at most
    `tolerance` of every single one.
    """
    length = np.linalg.norm(fields, axis=0)
    unit = fields / np.where(length > 0.0, length, 1.0)
    cells, count = unit.shape
    generator, rank = np.random.default_rng(_SEED), _FEWEST
    while rank < min(cells, count):
        found = np.linalg.qr(unit @ generator.standard_normal((count, rank)))[0]
        left_out = unit - found @ (found.T @ unit)
        if np.sqrt((left_out**2).sum(axis=0).max()) <= tolerance:
            return found
        rank += max(rank // 2, 8)
    return np.linalg.qr(unit)[0] if count <= cells else np.eye(cells)
