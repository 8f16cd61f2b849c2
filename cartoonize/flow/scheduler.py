"""Colouring by workers of dask.distributed, on this machine or on many: the result is the same."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.ahead import ahead
from cartoonize.errors import ClusterError, SourceError, UsageError
from cartoonize.flow.chain import FlowOptions
from cartoonize.flow.films import Film
from cartoonize.flow.jobs import Order, Piece, contents_of, pieces_of
from cartoonize.flow.members import Cast
from cartoonize.flow.worker import Facts, Refusal, color_job, look_around, version_there
from cartoonize.frames import Frame
from cartoonize.stages.colorize import BATCH
from cartoonize.stages.render import Planes

if TYPE_CHECKING:
    from distributed import Client, Future

#: Seconds in which a scheduler has to answer, and to have a worker.
PATIENCE = 15.0
#: Jobs that a worker has or waits for: shots differ in length.
_IN_FLIGHT = 3
#: Pieces and frames that may be read ahead.
_WAITING = 8

_LOCAL = re.compile(r"local\[([1-9]\d{0,3})\]")
_ADDRESS = re.compile(r"((tcp|tls)://)?[^\s/]+:\d{1,5}")

Notify = Callable[[str], None]


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


def color_elsewhere(
    address: str,
    films: Sequence[Film],
    cast: Cast,
    options: FlowOptions,
    *,
    announce: Notify = lambda line: None,
    notify: Notify = lambda line: None,
) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of one film after the other, ready for their writers, as `color_frames` does.

    Films are read twice: ahead of the workers, to find drawings and shots, and again when they are written.
    What lies between are jobs: numbers on the way to the workers, chroma planes on the way back, a few jobs
    for every worker at a time. Jobs go on from film to film. Those of a worker that dies are done by another.

    Parameters
    ----------
    address : str
        ``local[N]``, or of a scheduler.
    films : sequence of Film
    cast : Cast
    options : FlowOptions
    announce, notify : callable
        Called with lines for the user: who works; what is amiss.

    Raises
    ------
    ClusterError
        If the scheduler cannot be reached, or a worker lacks files, or has another version; while iterating:
        if workers or the scheduler are lost for good.
    """
    with _connected(address) as client:
        order = _agreed(client, films, cast, options, announce)
        batch_size = BATCH[order.options.colorize.device]
        pieces = chain.from_iterable(
            ((film, piece) for piece in pieces_of(film, batch_size=batch_size)) for film in films
        )
        with (
            closing(ahead(pieces, size=_WAITING)) as known,
            closing(_in_order(client, order, known, notify)) as done,
        ):
            for film in films:
                yield _colored(film, done)


def _colored(film: Film, done: Iterator[tuple[Piece, list[Planes]]]) -> Generator[Frame]:
    """Read a film again, and give its frames what came back for their drawings."""
    chroma: dict[int, Planes] = {}
    with closing(ahead(film.frames(), size=_WAITING)) as frames:
        for piece, planes in done:
            chroma |= zip(piece.drawings, planes, strict=True)
            for pts, drawing, shot in piece.numbers:
                frame = next(frames, None)
                if frame is None or frame.pts != pts:
                    raise _changed(film)
                yield frame.having(drawing=drawing, shot=shot, chroma=chroma[drawing])
            last = piece.numbers[-1:]
            chroma = {drawing: chroma[drawing] for _, drawing, _ in last}  # it may be held on
            if piece.is_last:
                break
        for _ in frames:
            raise _changed(film)


def _changed(film: Film) -> SourceError:
    return SourceError(f"{film.path} changed while it was read", "Colour it again.")


def _in_order(
    client: Client, order: Order, pieces: Iterable[tuple[Film, Piece]], notify: Notify
) -> Generator[tuple[Piece, list[Planes]]]:
    """Yield pieces with the planes of their new drawings, in order; the next jobs are under way."""
    crew = _Crew(client, notify)
    waiting: deque[tuple[Film, Piece, Future | None]] = deque()

    def first() -> tuple[Piece, list[Planes]]:
        film, piece, future = waiting.popleft()
        return piece, _planes(crew, film, piece, future)

    try:
        for film, piece in pieces:
            future = None
            if piece.batches:
                future = client.submit(color_job, order, piece.job(film), pure=False)
            waiting.append((film, piece, future))
            while waiting and (len(waiting) >= _IN_FLIGHT * crew.size() or _is_done(waiting[0][2])):
                yield first()
        while waiting:
            yield first()
    finally:
        client.cancel([future for _, _, future in waiting if future is not None])


def _is_done(future: Future | None) -> bool:
    return future is None or future.done()


def _planes(crew: _Crew, film: Film, piece: Piece, future: Future | None) -> list[Planes]:
    """Wait for what a job returns."""
    from distributed import CancelledError, KilledWorker

    if future is None:
        return []
    while not future.done():
        with suppress(TimeoutError):
            crew.wait_for(future)
        crew.size()
    try:
        result = future.result()
    except CancelledError as error:
        raise ClusterError("the scheduler is gone", "Start it again, and the command.") from error
    except KilledWorker as error:
        raise ClusterError(
            f"{film.path}: the frames from {piece.shot_start} on were lost with {error.allowed_failures + 1}"
            " workers, one after the other",
            "Their logs tell why; memory may be short.",
        ) from error
    except Exception as error:  # whatever can go wrong on another machine
        raise ClusterError(
            f"{film.path}: a worker failed with {type(error).__name__}: {error}", "Its log tells more."
        ) from error
    if isinstance(result, Refusal):
        raise ClusterError(result.message, result.hint)
    return result


class _Crew:
    """The workers that are there now."""

    def __init__(self, client: Client, notify: Notify) -> None:
        self._client, self._notify = client, notify
        self._seen: set[str] = set()

    def wait_for(self, future: Future) -> None:
        """Wait until a job is done, or raise `TimeoutError` after a while."""
        from distributed import wait

        with self._client.as_current():
            wait([future], timeout=PATIENCE)

    def size(self) -> int:
        """Count them, and tell of those that left.

        Raises
        ------
        ClusterError
            If none comes back in time.
        """
        there = set(self._client.nthreads())
        for worker in sorted(self._seen - there):
            self._notify(f"Worker {worker} is gone: its shots are coloured by others.")
        self._seen = there
        if not there:
            _wait_for_worker(self._client)
            return self.size()
        return len(there)


def _wait_for_worker(client: Client) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        address = client.scheduler_info()["address"]
        raise ClusterError(
            f"the scheduler at {address} has no workers", f"Start some: dask worker --nthreads 1 {address}."
        ) from error


def _agreed(
    client: Client, films: Sequence[Film], cast: Cast, options: FlowOptions, announce: Notify
) -> Order:
    """Ask all workers what they are; decide on what all of them have."""
    import torch
    from threadpoolctl import threadpool_info

    _wait_for_worker(client)
    cast = cast.absolute()
    contents = contents_of(cast)
    files = [*(film.path.absolute() for film in films), *(path for path, _ in contents)]
    how = options.colorize
    facts = _facts(client, how.device, files)
    device = "cuda" if all(fact.device == "cuda" for fact in facts) else "cpu"
    precision = how.precision
    if precision == "auto":
        same = all(fact.device == device and fact.bfloat16 for fact in facts)
        precision = "bfloat16" if same else "float32"
    n_threads = torch.get_num_threads()
    announce(f"{len(facts)} worker(s), on {device} in {precision}, with {n_threads} thread(s) as here.")
    return Order(
        __version__,
        cast,
        contents,
        replace(options, colorize=replace(how, device=device, precision=precision)),
        n_threads,
        max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"),
    )


def _facts(client: Client, device: str, files: Sequence[Path]) -> list[Facts]:
    """Return what every worker says of itself.

    Raises
    ------
    ClusterError
        If one, or the scheduler, through which jobs go, has no or another cartoonize, or cannot see a file.
    """
    same = f"Install cartoonize {__version__} there, with the same Python and packages."
    try:
        version = client.run_on_scheduler(version_there)
    except Exception as error:  # it may lack anything
        raise ClusterError(f"the scheduler has no cartoonize that can be asked: {error}", same) from error
    if version != __version__:
        raise ClusterError(f"the scheduler has cartoonize {version}", same)
    facts: list[Facts] = []
    for worker, answer in client.run(look_around, device, files, on_error="return").items():
        if isinstance(answer, Refusal):
            raise ClusterError(f"worker {worker} {answer.message}", answer.hint)
        if not isinstance(answer, Facts):
            raise ClusterError(f"worker {worker} has no cartoonize that can be asked: {answer}", same)
        if answer.version != __version__:
            raise ClusterError(f"worker {worker} on {answer.host} has cartoonize {answer.version}", same)
        if answer.missing:
            raise ClusterError(
                f"worker {worker} on {answer.host} cannot see {answer.missing[0]}",
                "Sources, checkpoints and what is lent have to be in a folder that all machines have under"
                " the same path.",
            )
        facts.append(answer)
    return facts


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """Connect to a scheduler, or bring one up with its workers until the end of the block."""
    from distributed import Client

    with ExitStack() as stack:
        local = _LOCAL.fullmatch(address)
        if local:
            scheduler = stack.enter_context(_local_cluster(int(local[1])))
        else:
            scheduler = _answering(address)
        yield stack.enter_context(Client(scheduler, timeout=PATIENCE, set_as_default=False))


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
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"no scheduler answers at {address}: {str(error) or 'it is silent'}",
            "Start one with `dask scheduler`, and give the address that it prints.",
        ) from error
    if answer != "Scheduler":
        raise ClusterError(f"at {address} there is a {answer}", "Give the address of the scheduler.")
    return address


def _local_cluster(n_workers: int) -> Any:
    import logging

    from distributed import LocalCluster

    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        memory_limit=None,  # what is in flight is bounded here
        dashboard_address="localhost:0",  # any free port
        silence_logs=logging.CRITICAL,
        preload=["cartoonize.flow.local_worker"],
        # Threads that sleep while they wait leave the cores to the other workers.
        env={"OMP_WAIT_POLICY": "PASSIVE"},
    )
