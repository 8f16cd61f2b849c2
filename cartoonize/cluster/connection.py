"""Connection to the workers of dask.distributed."""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.cluster.jobs import Job, JobSettings
from cartoonize.cluster.worker import (
    Refusal,
    WorkerInfo,
    color_job,
    describe_worker,
    installed_version,
)
from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.errors import ClusterError, UsageError
from cartoonize.reporting import Reporter

if TYPE_CHECKING:
    from distributed import Client, Future

#: Seconds to wait for the answer of a scheduler, and for its first worker.
PATIENCE = 15.0
#: Seconds to wait for a worker after all workers have left.
RETURN = 120.0

_LOCAL = re.compile(r"local\[([1-9]\d{0,3})\]")
_ADDRESS = re.compile(r"((tcp|tls)://)?[^\s/]+:\d{1,5}")


def check_scheduler(address: str) -> None:
    """Raise `UsageError` if dask.distributed is not installed, or the address is not valid."""
    try:
        import distributed  # noqa: F401  (only to check that it is installed)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--scheduler requires dask.distributed, and there is no {error.name}",
            "Install it: pip install 'cartoonize[cluster]'.",
        ) from error
    if not (_LOCAL.fullmatch(address) or _ADDRESS.fullmatch(address)):
        raise UsageError(
            f"{address!r} is not the address of a scheduler",
            "Use local[N] for N workers on this machine, or tcp://HOST:PORT or tls://HOST:PORT.",
        )


@contextmanager
def connected(address: str, reporter: Reporter) -> Iterator[Workers]:
    """Connect to a scheduler, or start one with its workers until the end of the block.

    Parameters
    ----------
    address : str
        Address that `check_scheduler` accepts.
    reporter : Reporter
        Receives a warning when a worker leaves.

    Raises
    ------
    ClusterError
        If no scheduler answers, or it has no worker.
    """
    import dask
    from distributed import Client

    with ExitStack() as stack:
        stack.enter_context(_environment_kept())
        # What all jobs share is large, and travels as a task, so that it can be sent again.
        stack.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}))
        stack.enter_context(_silent())
        local = _LOCAL.fullmatch(address)
        scheduler = stack.enter_context(_local_cluster(int(local[1]))) if local else _checked(address)
        client = stack.enter_context(Client(scheduler, timeout=PATIENCE, set_as_default=False))
        workers = Workers(client, reporter)
        workers.wait(PATIENCE)
        yield workers


class Workers:
    """The workers of a scheduler. They may join and leave at any time.

    Parameters
    ----------
    client : Client
        Connection to the scheduler.
    reporter : Reporter
        Receives a warning when a worker leaves.
    """

    def __init__(self, client: Client, reporter: Reporter) -> None:
        self._client, self._reporter = client, reporter
        self._addresses: set[str] = set()

    def ask(self, device: str, files: Sequence[Path]) -> list[WorkerInfo]:
        """Return the capabilities of each worker.

        Parameters
        ----------
        device : str
            Device to use, as in `pick_device`.
        files : sequence of Path
            Files that jobs will read.

        Raises
        ------
        ClusterError
            If the scheduler or a worker has no cartoonize or another version, or a worker lacks the device or
            a file. Jobs pass through the scheduler, which therefore needs the same version.
        """
        same = f"Install cartoonize {__version__} there, with the same Python and packages."
        try:
            version = self._client.run_on_scheduler(installed_version)
        except Exception as error:  # any package may be missing there
            raise ClusterError(f"the scheduler cannot run cartoonize: {error}", same) from error
        if version != __version__:
            raise ClusterError(f"the scheduler has cartoonize {version}", same)
        infos: list[WorkerInfo] = []
        for worker, answer in self._client.run(describe_worker, device, files, on_error="return").items():
            if isinstance(answer, Refusal):
                raise ClusterError(f"worker {worker} {answer.message}", answer.hint)
            if not isinstance(answer, WorkerInfo):
                raise ClusterError(f"worker {worker} cannot run cartoonize: {answer}", same)
            if answer.version != __version__:
                raise ClusterError(f"worker {worker} on {answer.host} has cartoonize {answer.version}", same)
            if answer.missing:
                raise ClusterError(
                    f"worker {worker} on {answer.host} does not find {answer.missing[0]}",
                    "Give all machines sources, checkpoints and annotations under the same paths.",
                )
            infos.append(answer)
        return infos

    def size(self) -> int:
        """Return the number of workers. Report workers that left, and wait if there is none.

        Raises
        ------
        ClusterError
            If no worker joins within `RETURN` seconds.
        """
        with _scheduler_errors():
            addresses = set(self._client.nthreads())
        for worker in sorted(self._addresses - addresses):
            self._reporter.warning(f"Worker {worker} is gone. Other workers colour its shots.")
        self._addresses = addresses
        if not addresses:
            self.wait(RETURN)
            return self.size()
        return len(addresses)

    def wait(self, seconds: float) -> None:
        """Wait until there is a worker.

        Raises
        ------
        ClusterError
            If there is none after this number of seconds.
        """
        with _scheduler_errors():
            try:
                self._client.wait_for_workers(1, timeout=seconds)
            except TimeoutError as error:
                address = self._client.scheduler_info()["address"]
                raise ClusterError(
                    f"the scheduler at {address} has no workers",
                    f"Start workers: dask worker --nthreads 1 {address}.",
                ) from error

    def share(self, value: Any) -> Future:
        """Send a value for many jobs to the scheduler. Each worker gets it once, from there or from another.

        If all workers that have it die, the next ones get it again.
        """
        content = pickle.dumps(value)
        key = f"shared-{hashlib.sha256(content).hexdigest()}"
        with _scheduler_errors():
            return self._client.submit(pickle.loads, content, key=key)

    def submit(self, settings: JobSettings, job: Job, *shared: Future | None) -> Future:
        """Send a job to the scheduler, which assigns it to a worker, and to another one if that dies.

        Parameters
        ----------
        settings : JobSettings
        job : Job
        shared : Future or None
            Known colours of the film, and the album; from `share`.
        """
        with _scheduler_errors():
            return self._client.submit(color_job, settings, job, *shared, pure=False)

    def result(self, future: Future, job: Job) -> CachedShot | None:
        """Wait for a job; return the coloured shot, or None if workers died while they had it.

        The cause may be another job that they had at the same time.

        Raises
        ------
        ClusterError
            If the job fails.
        """
        from distributed import KilledWorker, wait

        with _scheduler_errors():
            while not future.done():
                with suppress(TimeoutError), self._client.as_current():
                    wait([future], timeout=PATIENCE)
                self.size()
            error = future.exception()
            result: CachedShot | Refusal | None = None if error else future.result()
        if isinstance(error, KilledWorker):
            return None
        if error:  # anything can go wrong on another machine
            raise ClusterError(
                f"{job.path}, in the shot from frame {job.shot_start} on: {type(error).__name__}: {error}",
                "Read the logs of the workers.",
            ) from error
        if isinstance(result, Refusal):
            raise ClusterError(result.message, result.hint)
        return result

    def cancel(self, futures: Sequence[Future]) -> None:
        """Cancel jobs. A job that a worker has begun runs to its end."""
        from distributed import CancelledError

        with suppress(CancelledError, OSError):  # the scheduler may be gone
            self._client.cancel(futures)


@contextmanager
def _environment_kept() -> Iterator[None]:
    """Restore the environment after the block: nannies of dask.distributed set OMP_NUM_THREADS for good."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in [name for name in os.environ if name not in before]:
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _scheduler_errors() -> Iterator[None]:
    """Raise `ClusterError` for the exceptions of a lost scheduler."""
    from distributed import CancelledError

    try:
        yield
    except (CancelledError, OSError) as error:
        raise ClusterError(
            "the scheduler is gone", "Start it and its workers, and run the same command again."
        ) from error


@contextmanager
def _silent() -> Iterator[None]:
    """Silence the loggers of dask.distributed, whose errors are reported here."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _checked(address: str) -> str:
    """Return the address if a scheduler answers there. A client would wait for anything else for ever.

    Raises
    ------
    ClusterError
        If no scheduler answers, or the address requires a certificate that is not configured.
    """
    import asyncio

    from distributed import Security, rpc

    how = Security().get_connection_args("client")
    if address.startswith("tls://") and how["ssl_context"] is None:
        raise ClusterError(
            f"no certificate is configured for {address}",
            "Set distributed.comm.tls in the configuration of Dask.",
        )

    async def kind() -> str:
        async with rpc(address, timeout=PATIENCE, connection_args=how) as there:
            return (await there.identity())["type"]

    try:
        answer = asyncio.run(asyncio.wait_for(kind(), PATIENCE + 1))
    except (OSError, OverflowError, RuntimeError) as error:  # the last: encryption is required
        raise ClusterError(
            f"no scheduler answers at {address}: {str(error).rstrip('.') or 'no reply'}",
            "Start one with `dask scheduler`, and use the address that it prints.",
        ) from error
    if answer != "Scheduler":
        raise ClusterError(
            f"{address} is the address of a {answer}, not of a scheduler", "Use the address of the scheduler."
        )
    return address


def _local_cluster(n_workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        memory_limit=None,  # the number of jobs at a time limits memory
        dashboard_address="localhost:0",  # any free port
        silence_logs=logging.CRITICAL,
        preload=["cartoonize.cluster.local_worker"],
        scheduler_kwargs={"allowed_failures": 1},  # _in_order tries a job that kills workers once more, alone
    )
