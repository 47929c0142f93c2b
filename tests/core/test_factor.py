"""A few columns for many fields."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.core.factor import basis


def _left_out(fields: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.linalg.norm(fields - found @ (found.T @ fields), axis=0)


def _fields(rng: np.random.Generator, cells: int, count: int, decay: float) -> np.ndarray:
    """Fields whose patterns fade geometrically, of lengths over nine decades."""
    small = min(cells, count)
    patterns = np.linalg.qr(rng.standard_normal((cells, small)))[0] * decay ** np.arange(small)
    return patterns @ rng.standard_normal((small, count)) * 10.0 ** rng.uniform(-9, 0, count)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 1000),
    cells=st.integers(3, 120),
    count=st.integers(1, 150),
    decay=st.floats(0.3, 0.95),
    tolerance=st.sampled_from([1e-2, 1e-4, 1e-6]),
)
def test_every_field_is_held_to_its_own_length_by_orthonormal_columns(seed, cells, count, decay, tolerance):
    fields = _fields(np.random.default_rng(seed), cells, count, decay)
    found = basis(fields, tolerance)
    np.testing.assert_allclose(found.T @ found, np.eye(found.shape[1]), atol=1e-10)
    assert found.shape[1] <= min(cells, count) or found.shape[1] == cells
    assert (_left_out(fields, found) <= (tolerance * 1.01 + 1e-7) * np.linalg.norm(fields, axis=0)).all()


def test_fields_that_differ_in_a_few_ways_need_a_few_columns():
    rng = np.random.default_rng(5)
    fields = rng.random((400, 5)) @ rng.random((5, 3000))
    assert basis(fields, 1e-6).shape[1] == 5


def test_a_field_shorter_than_asked_for_is_held_to_that_length():
    rng = np.random.default_rng(6)
    long = _fields(rng, 80, 60, 0.5)
    long /= np.linalg.norm(long, axis=0)
    fields = np.hstack([long, 1e-3 * rng.standard_normal((80, 40)) / np.sqrt(80.0)])
    few = basis(fields, 1e-2, least=0.3)
    assert few.shape[1] < basis(fields, 1e-2).shape[1]
    assert _left_out(fields, few).max() <= 1e-2


def test_empty_fields_are_held_by_anything():
    found = basis(np.zeros((30, 40)), 1e-4)
    np.testing.assert_allclose(found.T @ found, np.eye(found.shape[1]), atol=1e-12)


def test_the_same_fields_give_the_same_columns():
    fields = _fields(np.random.default_rng(8), 60, 90, 0.6)
    np.testing.assert_array_equal(basis(fields, 1e-4), basis(fields.copy(), 1e-4))


def test_the_columns_can_be_the_cells_themselves():
    fields = np.random.default_rng(9).standard_normal((20, 500))
    assert basis(fields, 1e-6).shape == (20, 20)
    assert _left_out(fields, basis(fields, 1e-6)).max() == pytest.approx(0.0, abs=1e-12)
