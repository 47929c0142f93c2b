"""Threads over rows, and over tasks in order."""

import ast
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

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


def test_blas_is_held_from_any_thread_whoever_held_it_before():
    def counts():
        return {info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"}

    def held():
        with workers.one_blas_thread():
            return counts()

    before = counts()
    assert held() == {1}
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(held).result() == {1}
        assert held() == {1}
        assert pool.submit(counts).result() == before


def test_a_blas_that_is_loaded_later_is_held_too():
    """SciPy brings one of its own, and here nothing has imported it before BLAS is held."""
    code = """
import numpy, threadpoolctl
from mijnrisico.core import workers
with workers.one_blas_thread():
    import scipy.linalg
    print([info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"])
"""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2"}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, env=environment)
    assert set(ast.literal_eval(said.stdout)) == {1}


def test_once_computes_once_however_many_ask_at_the_same_time():
    calls = []

    def compute():
        time.sleep(0.02)
        calls.append(1)
        return object()

    fields = workers.Once(compute)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: fields(), range(16)))
    assert len(calls) == 1
    assert len({id(each) for each in found}) == 1


def test_once_keeps_none_and_asks_again_after_a_failure():
    answers = iter([ValueError("not yet"), None, "never asked"])

    def compute():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    fields = workers.Once(compute)
    with pytest.raises(ValueError, match="not yet"):
        fields()
    assert fields() is None
    assert fields() is None


@pytest.mark.parametrize("count", [None, 1, 2, 5])
def test_results_come_in_the_order_of_the_tasks_whoever_is_ready_first(count):
    def task(index):
        time.sleep(0.01 if index % 3 == 0 else 0.0)
        return index

    assert list(workers.in_order([partial(task, i) for i in range(20)], count)) == list(range(20))
    assert list(workers.in_order([], count)) == []


def test_tasks_are_taken_a_few_ahead_and_no_further():
    taken = []

    def tasks():
        for index in range(50):
            taken.append(index)
            yield partial(int, index)

    results = workers.in_order(tasks(), 2)
    assert next(results) == 0
    assert len(taken) <= 6
    results.close()
    assert len(taken) <= 6


def test_a_task_that_fails_is_raised_in_its_turn():
    def task(index):
        if index == 3:
            raise ValueError(index)
        return index

    results = workers.in_order([partial(task, i) for i in range(8)], 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="3"):
        next(results)


def test_blas_has_its_own_number_of_threads_again_after_the_last_result():
    def counts():
        return [info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"]

    before = counts()
    assert [set(found) <= {1} for found in workers.in_order([counts] * 3, 2)] == [True] * 3
    assert counts() == before


def test_blas_is_held_to_one_thread_for_a_function_called_again_and_again():
    @workers.one_blas_thread()
    def counts():
        return [info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"]

    before = [info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"]
    assert set(counts()) <= {1}
    assert set(counts()) <= {1}
    assert before == [info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"]


def test_blas_stays_at_one_thread_until_the_last_who_asked_for_it_is_ready():
    def counts():
        return {info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"}

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        first, second = workers.one_blas_thread(), workers.one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert counts() == {1}
        second.__exit__(None, None, None)
        assert counts() == {2}


@pytest.mark.parametrize("count", [1, 3])
def test_a_share_says_how_many_threads_there_are_where_no_number_is_asked(count):
    ranges = []
    with workers.share(count), workers.threads() as spread:
        spread(lambda first, last: ranges.append((first, last)), 12)
    assert len(ranges) == count
