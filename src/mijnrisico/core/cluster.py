"""Blocks of work over processes or machines with Dask: the same numbers whoever computes them.

    with cluster.connected("tcp://10.0.0.5:8786") as crew:
        parts = list(cluster.map(function, blocks, shared=forecast))

`map` calls function(shared, block) for each block and yields what it returns in the order of the blocks. Outside
`connected` it does so here, one block after the other, so who calls it need not know whether there is a cluster.

What makes the numbers equal: the blocks do not depend on the number of workers, a block is computed by one thread with
BLAS at one thread, what is joined is joined in the order of the blocks, and a worker with other code, data or libraries
is refused (E612). Processors of another kind may still round differently in the last digit.

What a lost worker costs: the blocks that it had under way, which go to another. Results come here as soon as they are
ready and cannot be lost with a worker; what all blocks share is made again wherever it is needed. When nobody is left
for `patience` seconds the run stops with E613.
"""

import asyncio
import logging
import pickle
import platform
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, wait
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from mijnrisico.core import provenance, workers
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.errors import InputError, Problem, ResourceError, UsageError
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from distributed import Client, Future, Security

Shared = TypeVar("Shared")
Block = TypeVar("Block")
Result = TypeVar("Result")
Identity = Mapping[str, str]

LOCAL: Final = "local"
PATIENCE_S: Final = 120.0
"""Seconds without a single worker after which a run stops."""
_ANSWER_S: Final = 15.0
"""Seconds within which a scheduler must answer."""
_LOOK_S: Final = 1.0
"""Seconds without news after which is looked who is there."""
_EQUAL: Final = ("numpy", "scipy", "numba", "xarray", "distributed")
_LOGGERS: Final = ("distributed", "distributed.client", "tornado", "tornado.application")


@contextmanager
def connected(address: str, count: int | None = None, *, patience: float = PATIENCE_S) -> Iterator["Crew"]:
    """Let `map` use workers for as long as the `with` lasts: of this machine, or of the scheduler at an address.

    Args:
        address: "local", or where a Dask scheduler listens, such as "tcp://10.0.0.5:8786".
        count: processes to start when local, by default one per processor that this process may use.
        patience: seconds without a worker after which `map` gives up.

    Raises:
        UsageError: E008 without the `cluster` extra.
        InputError: E611 where nobody answers, E612 for a worker or scheduler with other software.
    """
    if find_spec("distributed") is None:
        params = {"libraries": ("dask", "distributed"), "extra": "cluster", "without": Phrase("cluster.without")}
        raise UsageError(Problem("E008", "--cluster", params))
    from distributed import LocalCluster, Security

    with ExitStack() as open_, _quiet():
        security = Security()  # from Dask's own settings
        if address == LOCAL:
            if find_spec("cryptography") is not None:  # a key for this run: another user of this machine lacks it
                security = Security.temporary()
            processes = LocalCluster(
                n_workers=count or workers.processors(),
                threads_per_worker=1,
                memory_limit=None,  # a worker that is ended for its memory would be started again for the same block
                dashboard_address=None,  # pyright: ignore[reportArgumentType] - none is opened
                silence_logs=logging.CRITICAL,
                security=security,
            )
            open_.enter_context(processes)
            address = processes.scheduler_address
        client = open_.enter_context(_client(address, security))
        crew = Crew(client, patience)
        crew.refuse_others()
        token = _CREW.set(crew)
        try:
            yield crew
        finally:
            _CREW.reset(token)


def _client(address: str, security: "Security") -> "Client":
    """Connect to a scheduler; raises InputError E611 where that cannot be."""
    from distributed import Client

    said = "no certificate (distributed.comm.tls)"
    try:
        if not address.startswith("tls:") or security.get_connection_args("client")["ssl_context"] is not None:
            return Client(address, timeout=_ANSWER_S, set_as_default=False, security=security)
    except (OSError, ValueError, RuntimeError) as error:
        said = str(error)
    raise InputError(Problem("E611", "--cluster", {"address": address, "said": said}))


def map(  # noqa: A001 - it is the `map` of a cluster
    function: Callable[[Shared, Block], Result],
    blocks: Sequence[Block],
    *,
    shared: Shared = None,
    sizes: Sequence[float] | None = None,
    progress: Progress = ignore,
) -> Iterator[Result]:
    """Yield function(shared, block) for every block, in the order of the blocks, whoever computes it.

    Args:
        function: a function of a module of this package, or a `partial` of one: its name travels, not its code.
        blocks: small enough to be sent one by one.
        shared: what every block needs; sent once.
        sizes: work in each block, for the time left; all the same by default.
        progress: called with the share of the work that is done.

    Raises:
        InputError: E612 where a worker that came later has other software.
        ResourceError: E613 where the scheduler or all workers are gone, or workers end again and again at one block.
        Exception: what `function` raises.
    """
    crew = _CREW.get()
    found = _here(function, blocks, shared) if crew is None else crew.finished(function, blocks, shared)
    work = [1.0] * len(blocks) if sizes is None else sizes
    early: dict[int, Result] = {}
    turn, done, total = 0, 0.0, sum(work)
    for index, result in found:
        early[index] = result
        done += work[index]
        progress(done / total if total else 1.0)
        while turn in early:
            yield early.pop(turn)
            turn += 1


def current() -> "Crew | None":
    """Return the workers that `map` uses now; None where it computes here."""
    return _CREW.get()


def _here(
    function: Callable[[Shared, Block], Result], blocks: Sequence[Block], shared: Shared
) -> Iterator[tuple[int, Result]]:
    for index, block in enumerate(blocks):
        with workers.one_blas_thread():  # as a worker does: some products differ in the last bit with more
            result = function(shared, block)
        yield index, result


class Crew:
    """The workers at the other end of a client: who they must be, and who took part."""

    def __init__(self, client: "Client", patience: float) -> None:  # noqa: D107
        self._client: Any = client  # its methods are typed for a caller that may be a coroutine; ours never is
        self._patience = patience
        self._identity = identity()
        self._alone_since: float | None = None
        self._took_part: set[str] = set()

    @property
    def took_part(self) -> int:
        """Workers that computed something that was used."""
        return len(self._took_part)

    @property
    def left(self) -> int:
        """Workers that took part and are not there any more."""
        return len(self._took_part - self._present())

    def refuse_others(self) -> None:
        """Raise InputError E612 where the scheduler or a worker that is there has other software than this process."""
        found: dict[str, Any] = {}
        try:
            found["scheduler"] = self._client.run_on_scheduler(identity)
        except Exception as error:  # noqa: BLE001 - whatever it lacks, it cannot take part
            found["scheduler"] = error
        found |= self._client.run(identity, on_error="return")
        for place, there in found.items():
            _same(self._identity, there if isinstance(there, Mapping) else {}, place)

    def finished(
        self, function: Callable[[Shared, Block], Result], blocks: Sequence[Block], shared: Shared
    ) -> Iterator[tuple[int, Result]]:
        """Yield index and result of each block as they come."""
        from dask import config

        news: SimpleQueue[Future] = SimpleQueue()
        waiting: dict[Hashable, tuple[int, Future]] = {}
        # Packed here, so that it can be unpacked again wherever the copies of a lost worker were
        with config.set({"distributed.admin.large-graph-warning-threshold": "100GB"}):
            given = self._client.submit(pickle.loads, pickle.dumps(shared), pure=False)
        try:
            for index, block in enumerate(blocks):
                future = self._client.submit(_compute, self._identity, function, given, block, pure=False)
                waiting[future.key] = index, future
                future.add_done_callback(news.put)
            while waiting:
                try:
                    future = news.get(timeout=_LOOK_S)
                except Empty:
                    self._look()
                    continue
                if (done := self._result(future)) is None:  # lost with its worker just now; it is computed again
                    future.add_done_callback(news.put)
                    self._look()
                    continue
                self._alone_since = None
                self._took_part.add(done[0])
                yield waiting.pop(future.key)[0], done[1]
        finally:
            with suppress(Exception):  # the scheduler may be gone, and what stopped us says more
                self._client.cancel([given, *(future for _, future in waiting.values())])

    def _result(self, future: "Future") -> tuple[str, Any] | None:
        """Fetch what a block gave, however long that takes; None where it must be computed again."""
        from distributed import KilledWorker

        # In the loop of the client, so that who is there can be looked at meanwhile: a time limit would begin the
        # transfer of a large result again and again
        fetch = self._client.gather(future, asynchronous=True)
        fetched = asyncio.run_coroutine_threadsafe(fetch, self._client.loop.asyncio_loop)
        try:
            while not wait([fetched], timeout=_LOOK_S).done:
                self._look()
            return fetched.result()
        except CancelledError:
            self._stop("scheduler")
        except KilledWorker:
            self._stop("ended")
        except Exception as error:
            if future.status != "error":
                return None
            if isinstance(error, RuntimeError) and str(error).startswith("Error during deserialization"):
                _same(self._identity, {}, "worker")
            raise
        finally:
            fetched.cancel()

    def _look(self) -> None:
        """Stop where nobody has been there for too long."""
        if self._present():
            self._alone_since = None
            return
        now = time.monotonic()
        self._alone_since = now if self._alone_since is None else self._alone_since
        if now - self._alone_since >= self._patience:
            self._stop("alone")

    def _present(self) -> set[str]:
        try:
            return set(self._client.nthreads())
        except (OSError, RuntimeError):  # no connection; the futures will say so
            return set()

    def _stop(self, reason: str) -> NoReturn:
        params = {"reason": Phrase(f"cluster.{reason}", {"seconds": round(self._patience)})}
        raise ResourceError(Problem("E613", "--cluster", params)) from None


_CREW: ContextVar[Crew | None] = ContextVar("crew", default=None)


@cache
def identity() -> Identity:
    """What must be the same in every process for the numbers to be the same, in words."""
    return {
        "mijnrisico": metadata.version("mijnrisico"),
        "code": provenance.science_digest()[:12],
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: metadata.version(name) for name in _EQUAL},
    }


def _same(here: Identity, there: Identity, place: str) -> None:
    """Raise InputError E612 where the software differs; it names what differs, here and there."""
    differ = [name for name in here if there.get(name) != here[name]]
    if differ:
        ours = tuple(f"{name} {here[name]}" for name in differ)
        theirs = tuple(f"{name} {there[name]}" for name in differ if name in there)
        params = {"place": place, "here": ours, "there": theirs or Phrase("cluster.nothing")}
        raise InputError(Problem("E612", "--cluster", params))


def _compute(
    wanted: Identity, function: Callable[[Shared, Block], Result], shared: Shared, block: Block
) -> tuple[str, Result]:
    """What a worker does: check that it may, and compute one block with one thread; returns its address too."""
    from distributed import get_worker

    address = str(get_worker().address)
    _same(wanted, identity(), address)
    with workers.share(1), workers.one_blas_thread():
        return address, function(shared, block)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log of Dask, in its own words, off the screen: what matters comes as a message of ours."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
