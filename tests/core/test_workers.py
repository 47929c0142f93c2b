"""Threads over rows."""

import numpy as np
import pytest
import threadpoolctl

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


def test_blas_has_one_thread_inside_and_its_own_number_afterwards():
    def counts():
        return [info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"]

    before = counts()
    with workers.threads(2):
        assert set(counts()) <= {1}
    assert counts() == before
