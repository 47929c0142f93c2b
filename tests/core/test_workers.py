"""Threads over rows."""

import numpy as np
import pytest

from mijnrisico.core import workers


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_row_is_done_once_whatever_the_number_of_threads(count):
    done = np.zeros(23)

    def task(first, last):
        done[first:last] += 1.0

    with workers.threads(count) as spread:
        spread(task, 23)
        spread(task, 0)
    np.testing.assert_array_equal(done, 1.0)


def test_what_goes_wrong_in_a_thread_is_raised_in_the_caller():
    def task(first, last):
        raise ValueError(first)

    with workers.threads(2) as spread, pytest.raises(ValueError, match="0"):
        spread(task, 5)


def test_the_number_of_blas_threads_is_given_back():
    found = workers._blas_threads()
    if found is None:
        pytest.skip("NumPy does not run on OpenBLAS here")
    before = found[0]()
    with workers.one_blas_thread():
        assert found[0]() == 1
    assert found[0]() == before
