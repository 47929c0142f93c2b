"""Blocks over workers: the same numbers in the same order whoever computes, and nothing lost with a worker."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mijnrisico.core import cluster, provenance, workers
from mijnrisico.errors import InputError, Problem, ResourceError, UsageError
from mijnrisico.messages import Phrase

distributed = pytest.importorskip("distributed")

PROBLEM = Problem("E503", "blocks", {"given": 3.0, "expected": Phrase("usage.number")})
BLOCKS = [np.arange(n, n + 40, dtype=float) for n in range(12)]


def product(shared: np.ndarray, block: np.ndarray, power: float = 1.0) -> np.ndarray:
    """A sum whose last digit depends on the order in which it is taken."""
    return np.sin(shared[:, None] * block) ** power @ np.cos(block)


def slow_first(shared: object, block: int) -> int:
    time.sleep(0.2 if block == 0 else 0.0)
    return block


def refuses(shared: object, block: int) -> int:
    if block == 3:
        raise InputError(PROBLEM)
    return block


def where(shared: object, block: int) -> tuple[int, int]:
    """Number of threads that a computation shares its rows over here, and of those of BLAS."""
    import threadpoolctl

    ranges = []
    with workers.threads() as spread:
        spread(lambda first, last: ranges.append(first), 100)
    blas = [info["num_threads"] for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"]
    return len(ranges), max(blas)


def fails(shared: object, block: int) -> int:
    if block == 3:
        raise ZeroDivisionError("seventeen")
    return block


def ends_its_process(folder: str, block: int) -> tuple[int, float]:
    """Kill the process that computes block 2, the first time; every call leaves a mark."""
    (Path(folder) / f"{block}-{os.getpid()}-{time.monotonic_ns()}").touch()
    if block == 2 and len(list(Path(folder).glob("2-*"))) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return block, float(np.sin(block))


def other_elsewhere() -> dict[str, str]:
    """Other software than here in every thread but this one."""
    here = threading.current_thread() is threading.main_thread()
    return {"python": "3", "code": "here" if here else "there", "numpy": "2" if here else "1"}


def always_ends_its_process(shared: object, block: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def inside() -> Iterator[distributed.LocalCluster]:
    """Workers in threads of this process: everything of Dask but the processes."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


def test_without_a_cluster_the_blocks_are_computed_here_in_order() -> None:
    assert cluster.current() is None
    assert list(cluster.map(slow_first, range(5))) == list(range(5))
    assert list(cluster.map(slow_first, [])) == []


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_bits_are_the_same_without_a_cluster_and_with_any_number_of_workers(
    inside: distributed.LocalCluster, count: int
) -> None:
    inside.scale(count)
    shared, function = np.linspace(0.0, 3.0, 50), partial(product, power=2.0)
    here = list(cluster.map(function, BLOCKS, shared=shared))
    with cluster.connected(inside.scheduler_address) as crew:
        there = list(cluster.map(function, BLOCKS, shared=shared))
        assert 1 <= crew.took_part <= count
        assert crew.left == 0
    assert [part.tobytes() for part in there] == [part.tobytes() for part in here]
    assert cluster.current() is None


def test_results_come_in_the_order_of_the_blocks_whoever_is_ready_first(inside: distributed.LocalCluster) -> None:
    inside.scale(2)
    with cluster.connected(inside.scheduler_address):
        assert list(cluster.map(slow_first, range(8))) == list(range(8))


@pytest.mark.parametrize("with_cluster", [False, True])
def test_progress_counts_the_work_that_is_done_and_ends_at_one(
    inside: distributed.LocalCluster, with_cluster: bool
) -> None:
    told: list[float] = []
    sizes = [3.0, 1.0, 1.0, 5.0]
    if with_cluster:
        with cluster.connected(inside.scheduler_address):
            list(cluster.map(slow_first, range(4), sizes=sizes, progress=told.append))
    else:
        list(cluster.map(slow_first, range(4), sizes=sizes, progress=told.append))
        assert told == pytest.approx([0.3, 0.4, 0.5, 1.0])
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 4


def test_a_worker_computes_a_block_with_one_thread(inside: distributed.LocalCluster) -> None:
    with cluster.connected(inside.scheduler_address):
        assert list(cluster.map(where, range(2))) == [(1, 1)] * 2


def test_a_problem_in_a_block_is_the_same_problem_here(inside: distributed.LocalCluster) -> None:
    with cluster.connected(inside.scheduler_address):
        with pytest.raises(InputError) as found:
            list(cluster.map(refuses, range(6)))
        assert found.value.problems == (PROBLEM,)
        with pytest.raises(ZeroDivisionError, match="seventeen"):
            list(cluster.map(fails, range(6)))
        assert list(cluster.map(slow_first, range(3))) == list(range(3))


def test_a_worker_with_other_software_is_refused_before_anything_is_computed(
    inside: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "identity", other_elsewhere)
    with pytest.raises(InputError) as found, cluster.connected(inside.scheduler_address):
        pass
    (problem,) = found.value.problems
    assert problem.code == "E612"
    assert problem.params["here"] == ("code here", "numpy 2")
    assert problem.params["there"] == ("code there", "numpy 1")
    assert cluster.current() is None


def test_a_worker_that_comes_later_with_other_software_is_refused(
    inside: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster.connected(inside.scheduler_address):
        monkeypatch.setattr(cluster, "identity", other_elsewhere)
        with pytest.raises(InputError) as found:
            list(cluster.map(slow_first, range(3)))
    assert found.value.code == "E612"


def test_a_worker_without_the_toolbox_is_refused(
    inside: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed.Client, "run", lambda *_, **__: {"tcp://a:1": ModuleNotFoundError("mijnrisico")})
    with pytest.raises(InputError) as found, cluster.connected(inside.scheduler_address):
        pass
    (problem,) = found.value.problems
    assert problem.code == "E612"
    assert problem.params["place"] == "tcp://a:1"


def test_nobody_at_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER_S", 0.5)
    with pytest.raises(InputError) as found, cluster.connected("tcp://127.0.0.1:9"):
        pass
    assert found.value.code == "E611"


def test_tls_without_a_certificate_is_told_at_once() -> None:
    start = time.monotonic()
    with pytest.raises(InputError) as found, cluster.connected("tls://127.0.0.1:9"):
        pass
    assert found.value.code == "E611"
    assert "certificate" in str(found.value.problems[0].params["said"])
    assert time.monotonic() - start < 5.0


def test_when_nobody_is_left_for_the_stated_time_the_run_stops(
    inside: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_LOOK_S", 0.05)
    with cluster.connected(inside.scheduler_address, patience=0.3):
        inside.scale(0)
        start = time.monotonic()
        with pytest.raises(ResourceError) as found:
            list(cluster.map(slow_first, range(3)))
        assert 0.3 <= time.monotonic() - start < 10.0
    (problem,) = found.value.problems
    assert problem.code == "E613"
    assert "cluster.alone" in str(problem.params["reason"])


def test_when_the_scheduler_goes_the_run_stops_at_once(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    process = subprocess.Popen([*command, "--scheduler-file", str(file)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60.0
        while not file.exists() or not file.read_text(encoding="utf-8").endswith("}"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        provenance.science_digest.cache_clear()
        cluster.identity.cache_clear()
        with cluster.connected(json.loads(file.read_text(encoding="utf-8"))["address"]):
            timer = threading.Timer(0.3, process.kill)
            timer.start()
            with pytest.raises(ResourceError) as found:
                list(cluster.map(slow_first, range(3)))
            timer.join()
    finally:
        process.kill()
        process.wait()
    assert "cluster.scheduler" in str(found.value.problems[0].params["reason"])


def test_workers_that_come_in_time_take_over(inside: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_LOOK_S", 0.05)
    with cluster.connected(inside.scheduler_address, patience=20.0) as crew:
        inside.scale(0)
        results = cluster.map(slow_first, range(6))
        timer = threading.Timer(0.5, inside.scale, [2])
        timer.start()
        assert list(results) == list(range(6))
        assert crew.took_part >= 1
        timer.join()


def slow_transfers(seconds: float, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let every transfer of a result take so long; returns when each began."""
    begun: list[float] = []
    fetch = distributed.Client._gather_remote

    async def slowly(*args: object) -> object:
        begun.append(time.monotonic())
        await asyncio.sleep(seconds)
        return await fetch(*args)

    monkeypatch.setattr(distributed.Client, "_gather_remote", slowly)
    monkeypatch.setattr(cluster, "_LOOK_S", 0.05)
    return begun


def test_a_result_that_takes_long_to_arrive_is_fetched_once(
    inside: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = slow_transfers(0.3, monkeypatch)
    with cluster.connected(inside.scheduler_address):
        assert list(cluster.map(slow_first, range(1, 4))) == [1, 2, 3]
    assert len(begun) == 3


def test_when_nobody_is_left_during_a_transfer_the_run_stops_too(
    inside: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = slow_transfers(60.0, monkeypatch)
    with cluster.connected(inside.scheduler_address, patience=0.3):
        timer = threading.Timer(0.5, inside.scale, [0])
        timer.start()
        start = time.monotonic()
        with pytest.raises(ResourceError) as found:
            list(cluster.map(slow_first, [1]))
        assert time.monotonic() - start < 20.0
        timer.join()
    assert begun
    assert "cluster.alone" in str(found.value.problems[0].params["reason"])


@pytest.fixture
def by_value() -> Iterator[None]:
    """Send the functions of this module as they are: a process of its own cannot import it."""
    import cloudpickle

    provenance.science_digest.cache_clear()  # who edits the package while its tests run has other code by now
    cluster.identity.cache_clear()
    module = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(module)
    yield
    cloudpickle.unregister_pickle_by_value(module)


@pytest.mark.usefixtures("by_value")
def test_processes_of_this_machine_are_closed_to_who_lacks_the_key_of_the_run() -> None:
    pytest.importorskip("cryptography")
    with cluster.connected("local", 1) as crew:
        address = crew._client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        assert list(cluster.map(slow_first, range(2))) == [0, 1]
        stranger = distributed.Security.temporary()
        with pytest.raises(OSError, match=r"certificate|Timed out"):
            distributed.Client(address, timeout=2.0, set_as_default=False, security=stranger)


@pytest.mark.usefixtures("by_value")
def test_a_worker_that_is_killed_loses_its_block_only_and_another_computes_it(tmp_path: Path) -> None:
    with cluster.connected("local", 2) as crew:
        found = list(cluster.map(ends_its_process, range(24), shared=str(tmp_path)))
        assert crew.took_part >= 1
    assert found == [(block, float(np.sin(block))) for block in range(24)]
    marks = [path.name.split("-") for path in tmp_path.iterdir()]
    killed, other = (process for block, process, _ in marks if block == "2")
    assert killed != other
    assert len(marks) <= 24 + 3, "finished blocks were computed again"
    assert str(os.getpid()) not in {process for _, process, _ in marks}


@pytest.mark.usefixtures("by_value")
def test_a_block_that_ends_worker_after_worker_stops_the_run() -> None:
    import dask

    once = dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with once, cluster.connected("local", 1), pytest.raises(ResourceError) as found:
        list(cluster.map(always_ends_its_process, [1]))
    assert found.value.code == "E613"
    assert "cluster.ended" in str(found.value.problems[0].params["reason"])


def test_without_the_extra_the_line_to_type_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as found, cluster.connected("local"):
        pass
    (problem,) = found.value.problems
    assert problem.code == "E008"
    assert problem.params["extra"] == "cluster"
