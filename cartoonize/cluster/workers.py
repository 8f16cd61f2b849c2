"""Workers of dask.distributed: reaching them, asking what they are, giving them jobs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.cluster.jobs import Job, Order
from cartoonize.cluster.worker import Facts, Refusal, color_job, look_around, version_there
from cartoonize.errors import ClusterError, UsageError
from cartoonize.filters.render import Planes
from cartoonize.reporting import Reporter

if TYPE_CHECKING:
    from distributed import Client, Future

#: Seconds in which a scheduler has to answer, and to have a worker.
PATIENCE = 15.0
#: Seconds in which a worker has to come back when all are gone.
RETURN = 120.0

_LOCAL = re.compile(r"local\[([1-9]\d{0,3})\]")
_ADDRESS = re.compile(r"((tcp|tls)://)?[^\s/]+:\d{1,5}")


def check_scheduler(address: str) -> None:
    """Raise `UsageError` if workers cannot be asked: dask.distributed is missing, or the address is none."""
    try:
        import distributed  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--scheduler needs dask.distributed, and there is no {error.name}",
            "Install it: pip install 'cartoonize[cluster]'.",
        ) from error
    if not (_LOCAL.fullmatch(address) or _ADDRESS.fullmatch(address)):
        raise UsageError(
            f"{address!r} is no scheduler",
            "Give local[N] for N workers on this machine, or tcp://HOST:PORT or tls://HOST:PORT.",
        )


@contextmanager
def connected(address: str, reporter: Reporter) -> Iterator[Workers]:
    """Connect to a scheduler, or bring one up with its workers until the end of the block.

    Parameters
    ----------
    address : str
        As `check_scheduler` takes it.
    reporter : Reporter
        Receives a warning when a worker has left.

    Raises
    ------
    ClusterError
        If no scheduler answers, or it has no worker.
    """
    from distributed import Client

    with ExitStack() as stack:
        stack.enter_context(_silent())
        local = _LOCAL.fullmatch(address)
        scheduler = stack.enter_context(_local_cluster(int(local[1]))) if local else _answering(address)
        client = stack.enter_context(Client(scheduler, timeout=PATIENCE, set_as_default=False))
        workers = Workers(client, reporter)
        workers.wait(PATIENCE)
        yield workers


class Workers:
    """The workers of a scheduler, whoever they are at a time."""

    def __init__(self, client: Client, reporter: Reporter) -> None:
        self._client, self._reporter = client, reporter
        self._seen: set[str] = set()

    def ask(self, device: str, files: Sequence[Path]) -> list[Facts]:
        """Return what every worker says of itself.

        Raises
        ------
        ClusterError
            If one, or the scheduler, through which jobs go, has no or another cartoonize; if one cannot see
            a file.
        """
        same = f"Install cartoonize {__version__} there, with the same Python and packages."
        try:
            version = self._client.run_on_scheduler(version_there)
        except Exception as error:  # it may lack anything
            raise ClusterError(f"the scheduler has no cartoonize that can be asked: {error}", same) from error
        if version != __version__:
            raise ClusterError(f"the scheduler has cartoonize {version}", same)
        facts: list[Facts] = []
        for worker, answer in self._client.run(look_around, device, files, on_error="return").items():
            if isinstance(answer, Refusal):
                raise ClusterError(f"worker {worker} {answer.message}", answer.hint)
            if not isinstance(answer, Facts):
                raise ClusterError(f"worker {worker} has no cartoonize that can be asked: {answer}", same)
            if answer.version != __version__:
                raise ClusterError(f"worker {worker} on {answer.host} has cartoonize {answer.version}", same)
            if answer.missing:
                raise ClusterError(
                    f"worker {worker} on {answer.host} cannot see {answer.missing[0]}",
                    "Sources, checkpoints and what is lent have to be under the same paths everywhere.",
                )
            facts.append(answer)
        return facts

    def size(self) -> int:
        """Count the workers, and tell of those that left; wait if there is none.

        Raises
        ------
        ClusterError
            If none comes back.
        """
        with _scheduler_there():
            there = set(self._client.nthreads())
        for worker in sorted(self._seen - there):
            self._reporter.warning(f"Worker {worker} is gone: its shots are coloured by others.")
        self._seen = there
        if not there:
            self.wait(RETURN)
            return self.size()
        return len(there)

    def wait(self, seconds: float) -> None:
        """Wait until there is a worker, or raise `ClusterError`."""
        with _scheduler_there():
            try:
                self._client.wait_for_workers(1, timeout=seconds)
            except TimeoutError as error:
                address = self._client.scheduler_info()["address"]
                raise ClusterError(
                    f"the scheduler at {address} has no workers",
                    f"Start some: dask worker --nthreads 1 {address}.",
                ) from error

    def submit(self, order: Order, job: Job) -> Future:
        """Hand a job to the scheduler, which gives it to a worker, and to another one if that dies."""
        with _scheduler_there():
            return self._client.submit(color_job, order, job, pure=False)

    def result(self, future: Future, job: Job) -> list[Planes] | None:
        """Wait for what a job returns; None if workers died of it, or of another one that they had then.

        Raises
        ------
        ClusterError
            If it cannot be done.
        """
        from distributed import KilledWorker, wait

        with _scheduler_there():
            while not future.done():
                with suppress(TimeoutError), self._client.as_current():
                    wait([future], timeout=PATIENCE)
                self.size()
            error = future.exception()
            result: list[Planes] | Refusal = [] if error else future.result()
        if isinstance(error, KilledWorker):
            return None
        if error:  # whatever can go wrong on another machine
            raise ClusterError(
                f"{job.path}, in the shot from frame {job.shot_start} on: {type(error).__name__}: {error}",
                "See the log of a worker.",
            ) from error
        if isinstance(result, Refusal):
            raise ClusterError(result.message, result.hint)
        return result

    def cancel(self, futures: Sequence[Future]) -> None:
        """Tell the scheduler that nobody wants these any more; what a worker is at, it ends."""
        from distributed import CancelledError

        with suppress(CancelledError, OSError):  # the scheduler may be gone
            self._client.cancel(futures)


@contextmanager
def _scheduler_there() -> Iterator[None]:
    """Turn what is raised when the scheduler is lost into one line."""
    from distributed import CancelledError

    try:
        yield
    except (CancelledError, OSError) as error:
        raise ClusterError("the scheduler is gone", "Start it and its workers, and colour again.") from error


@contextmanager
def _silent() -> Iterator[None]:
    """Keep dask.distributed from logging what is told in one line."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _answering(address: str) -> str:
    """Return the address if a scheduler answers there: a client would wait for anything else for ever.

    Raises
    ------
    ClusterError
        If none does.
    """
    import asyncio

    from distributed import Security, rpc

    how = Security().get_connection_args("client")
    if address.startswith("tls://") and how["ssl_context"] is None:
        raise ClusterError(
            f"no certificate for {address}", "Name it in Dask's configuration: distributed.comm.tls."
        )

    async def kind() -> str:
        async with rpc(address, timeout=PATIENCE, connection_args=how) as there:
            return (await there.identity())["type"]

    try:
        answer = asyncio.run(asyncio.wait_for(kind(), PATIENCE + 1))
    except (OSError, OverflowError, RuntimeError) as error:  # the last: encryption is required
        raise ClusterError(
            f"no scheduler answers at {address}: {str(error).rstrip('.') or 'it is silent'}",
            "Start one with `dask scheduler`, and give the address that it prints.",
        ) from error
    if answer != "Scheduler":
        raise ClusterError(f"at {address} there is a {answer}", "Give the address of the scheduler.")
    return address


def _local_cluster(n_workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        memory_limit=None,  # what is in flight is bounded here
        dashboard_address="localhost:0",  # any free port
        silence_logs=logging.CRITICAL,
        preload=["cartoonize.cluster.local_worker"],
        scheduler_kwargs={"allowed_failures": 1},  # a job of which workers die is tried once more, alone
    )
