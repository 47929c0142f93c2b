"""Threads that share out the rows of an array: the same numbers whatever their count.

A task gets a range (first, last) and fills its own part of the output, so the arithmetic of a row never depends on
who did it. Kernels release the interpreter lock; nothing is copied between threads. Each thread has its own row of
small matrix products, so the BLAS library is held to one thread meanwhile: twice as many threads as processors, waiting
for each other in a loop, cost more than they bring.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from itertools import pairwise
from threading import Lock
from typing import Generic, TypeVar

from threadpoolctl import OpenBLASController, ThreadpoolController

Result = TypeVar("Result")
Task = Callable[[int, int], None]
Spread = Callable[[Task, int], None]
"""`spread(task, count)` runs task(first, last) over ranges that cover 0..count."""


def serial(task: Task, count: int) -> None:
    """Run the whole range at once in the calling thread."""
    task(0, count)


@cache
def _libraries() -> ThreadpoolController:
    """The BLAS libraries of this process; looking for them takes a millisecond.

    SciPy has one of its own beside that of NumPy, loaded with its first import: later than this it would go unheld.
    """
    import_module("scipy.linalg")
    return ThreadpoolController()


class _Held:
    """BLAS at one thread from the first who asks until the last who lets go, in whatever order they do.

    The limit is of the whole process: whoever is ready first must not give the others their threads back. Threadpoolctl
    listens to one thread only, the first that set a limit; here any thread may, for the count keeps them apart.
    """

    def __init__(self) -> None:
        self._lock, self._count = Lock(), 0

    def take(self) -> None:
        with self._lock:
            OpenBLASController.clear_controlling_thread(force=True)
            limit = _libraries().limit(limits=1, user_api="blas")
            if self._count == 0:
                self._limit = limit
            self._count += 1

    def let_go(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0:
                OpenBLASController.clear_controlling_thread(force=True)
                self._limit.restore_original_limits()


_BLAS = _Held()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread, so that sums do not depend on the number of processors; also a decorator."""
    _BLAS.take()
    try:
        yield
    finally:
        _BLAS.let_go()


_SHARE: ContextVar[int | None] = ContextVar("share", default=None)


@contextmanager
def share(count: int) -> Iterator[None]:
    """Let the calling thread share out rows and tasks over `count` threads where it asks for no number itself."""
    token = _SHARE.set(count)
    try:
        yield
    finally:
        _SHARE.reset(token)


def processors() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _usual() -> int:
    return _SHARE.get() or processors()


@contextmanager
def threads(count: int | None = None) -> Iterator[Spread]:
    """A `Spread` over `count` threads, by default one per processor that this process may use (see `share`)."""
    size = count if count is not None else _usual()
    with one_blas_thread(), ThreadPoolExecutor(max(size, 1)) as pool:

        def spread(task: Task, rows: int) -> None:
            parts = min(size, rows)
            edges = [rows * i // parts for i in range(parts + 1)] if parts else []
            for done in [pool.submit(task, *pair) for pair in pairwise(edges)]:
                done.result()

        yield spread if size > 1 else serial


class Once(Generic[Result]):
    """A result that the first who asks for it computes, and the others wait for."""

    def __init__(self, compute: Callable[[], Result]) -> None:
        """Remember how to compute it."""
        self._compute, self._lock, self._found = compute, Lock(), False

    def __call__(self) -> Result:
        """Return the result."""
        with self._lock:
            if not self._found:
                self._result, self._found = self._compute(), True
        return self._result


def in_order(tasks: Iterable[Callable[[], Result]], count: int | None = None) -> Iterator[Result]:
    """Run tasks side by side, a few ahead, and yield their results in the order of the tasks."""
    size = count if count is not None else _usual()
    with one_blas_thread(), ThreadPoolExecutor(max(size, 1)) as pool:
        waiting: deque[Future[Result]] = deque()
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > 2 * size:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
