"""A few orthonormal columns that carry many fields: fields of one kind differ in a few ways only."""

import numpy as np

_FEWEST = 16
_SEED = 20_240_101
_NEGLIGIBLE = 0.01


def basis(fields: np.ndarray, tolerance: float, least: float = 0.0) -> np.ndarray:
    """Orthonormal columns (cell, map) that hold every field (cell, field) to `tolerance` of its own length.

    A field shorter than `least` of the longest is held to `tolerance` of that.

    The basis is found by random projection (Halko et al. 2011, doi:10.1137/090771806; fixed generator), of the fields
    brought to the same length so that the small ones count as the others, and enlarged until it leaves out at most
    `tolerance` (at least 1e-7: what is left out is a difference of squares) of every single one.
    """
    own = np.sqrt(np.einsum("ij,ij->j", fields, fields))
    length = np.maximum(own, least * own.max())
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0.0)
    cells, count = fields.shape
    generator, rank = np.random.default_rng(_SEED), _FEWEST
    while rank < min(cells, count):
        found = np.linalg.qr(fields @ (generator.standard_normal((count, rank)) * scale[:, None]))[0]
        held = ((found.T @ fields) ** 2).sum(axis=0)
        if ((own**2 - held) * scale**2).max() <= tolerance**2:
            return _needed(found, fields * scale, tolerance) if rank == _FEWEST else found
        rank += max(rank // 2, 8)
    return np.linalg.qr(fields * scale)[0] if count <= cells else np.eye(cells)


def _needed(found: np.ndarray, fields: np.ndarray, tolerance: float) -> np.ndarray:
    """The directions of `found` that the fields use: what the others hold is far below the tolerance."""
    axes, size, _ = np.linalg.svd(found.T @ fields, full_matrices=False)
    left_out = np.sqrt(np.cumsum(size[::-1] ** 2)[::-1])
    return found @ axes[:, : max(1, int((left_out > _NEGLIGIBLE * tolerance).sum()))]
