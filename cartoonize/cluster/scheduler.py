"""Colouring by workers of dask.distributed, on this machine or on many: the result is the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize import __version__
from cartoonize.cluster.jobs import Job, Order, Piece, contents_of, pieces_of
from cartoonize.cluster.workers import Workers, connected
from cartoonize.coloring.ensemble import EnsembleSpec
from cartoonize.coloring.films import Film
from cartoonize.coloring.pipeline import ColorizeOptions
from cartoonize.coloring.shot_cache import ShotCache
from cartoonize.errors import ClusterError, SourceError
from cartoonize.filters.predict import BATCH
from cartoonize.filters.render import Planes
from cartoonize.frames import Frame
from cartoonize.prefetch import prefetch

if TYPE_CHECKING:
    from distributed import Future

#: Jobs that a worker has or waits for: shots differ in length.
_IN_FLIGHT = 3
#: If so many shots, one after the other, each cost the workers their life, it is not the shots.
_HOPELESS = 2

Notify = Callable[[str], None]


def color_elsewhere(
    address: str,
    films: Sequence[tuple[Film, ShotCache | None]],
    cast: EnsembleSpec,
    options: ColorizeOptions,
    *,
    announce: Notify = lambda line: None,
    notify: Notify = lambda line: None,
) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of one film after the other, ready for their writers, as `color_frames` does.

    Films are read twice: ahead of the workers, to find drawings and shots, and again when they are written.
    What lies between are jobs: numbers on the way to the workers, chroma planes on the way back, a few jobs
    for every worker at a time. Jobs go on from film to film. Those of a worker that dies are done by another;
    where one worker after the other dies of a shot, the film's other shots are done before that is said.

    Parameters
    ----------
    address : str
        ``local[N]``, or of a scheduler.
    films : sequence of (Film, ShotCache or None)
        With what keeps their shots.
    cast : EnsembleSpec
    options : ColorizeOptions
    announce, notify : callable
        Called with lines for the user: who works; what is amiss.

    Raises
    ------
    ClusterError
        If the scheduler cannot be reached, or a worker lacks files, or has another version; while iterating:
        if workers or the scheduler are lost for good.
    """
    with connected(address, notify) as workers:
        order = _agreed(workers, [film for film, _ in films], cast, options, announce)
        how = order.options.colorize
        for _, keeper in films:
            if keeper is not None:
                keeper.depend_on(f"{how.device} {how.precision}")
        pieces = chain.from_iterable(_pieces(film, keeper, BATCH[how.device]) for film, keeper in films)
        with (
            closing(prefetch(pieces)) as known,
            closing(_in_order(workers, order, known)) as done,
        ):
            for film, keeper in films:
                yield _colored(film, keeper, done)


def _agreed(
    workers: Workers, films: Sequence[Film], cast: EnsembleSpec, options: ColorizeOptions, announce: Notify
) -> Order:
    """Ask all workers what they are; decide on what all of them have."""
    cast = cast.absolute()
    contents = contents_of(cast)
    files = [*(film.path.absolute() for film in films), *(path for path, _ in contents)]
    how = options.colorize
    facts = workers.ask(how.device, files)
    device = "cuda" if all(fact.device == "cuda" for fact in facts) else "cpu"
    precision = how.precision
    if precision == "auto":
        same = all(fact.device == device and fact.bfloat16 for fact in facts)
        precision = "bfloat16" if same else "float32"
    announce(f"{len(facts)} worker(s), on {device} in {precision}.")
    return Order(
        __version__,
        cast,
        contents,
        replace(options, colorize=replace(how, device=device, precision=precision)),
    )


def _pieces(film: Film, keeper: ShotCache | None, batch_size: int) -> Iterator[tuple[Film, Piece]]:
    frames = film.numbered()
    for piece in pieces_of(keeper.kept(frames) if keeper else frames, batch_size=batch_size):
        yield film, piece


def _in_order(
    workers: Workers, order: Order, pieces: Iterable[tuple[Film, Piece]]
) -> Generator[tuple[Piece, list[Planes] | None]]:
    """Yield pieces with the planes of their new drawings, in order; the next jobs are under way."""
    waiting: deque[tuple[Piece, Job, Future | None]] = deque()
    lost: set[tuple[Path, int]] = set()
    """Shots of which workers died since a job was done."""

    def submit(job: Job) -> Future | None:
        return workers.submit(order, job) if job.batches else None

    def first() -> tuple[Piece, list[Planes] | None]:
        piece, job, future = waiting.popleft()
        planes = workers.result(future, job) if future else []
        if planes is None:  # once more, alone: it may have been a job beside it that cost the workers
            workers.cancel([other for _, _, other in waiting if other])
            planes = workers.result(workers.submit(order, job), job)
            again = [(piece, job, submit(job)) for piece, job, _ in waiting]
            waiting.clear()
            waiting.extend(again)
        if planes is None:
            lost.add((job.path, job.shot_start))
            if len(lost) == _HOPELESS:
                raise _died(job.path, [start for path, start in lost if path == job.path])
        elif future:
            lost.clear()
        return piece, planes

    try:
        for film, piece in pieces:
            job = piece.job(film)
            waiting.append((piece, job, submit(job)))
            while waiting and (len(waiting) >= _IN_FLIGHT * workers.size() or _is_done(waiting[0][2])):
                yield first()
        while waiting:
            yield first()
    finally:
        workers.cancel([future for _, _, future in waiting if future])


def _is_done(future: Future | None) -> bool:
    return future is None or future.done()


def _colored(
    film: Film, keeper: ShotCache | None, done: Iterator[tuple[Piece, list[Planes] | None]]
) -> Generator[Frame]:
    """Read a film again, and give its frames what came back for their drawings, or was kept."""
    lost: list[int] = []
    frames = _with_results(film, done, lost)
    with closing(frames):
        yield from keeper.keeping(keeper.kept(frames)) if keeper else frames
    if lost:
        raise _died(film.path, lost)


def _with_results(
    film: Film, done: Iterator[tuple[Piece, list[Planes] | None]], lost: list[int]
) -> Generator[Frame]:
    """Yield a film's frames, numbered as they were for the jobs, with what came back for their drawings.

    Where nothing did, they have no colours; ``lost`` gets the first frames of shots that cost the workers.
    """
    chroma: dict[int, Planes] = {}
    with closing(prefetch(film.frames())) as frames:
        for piece, planes in done:
            if planes is None:
                lost.append(piece.shot_start)
            chroma |= zip(piece.drawings, planes or [], strict=planes is not None)
            for pts, drawing, shot in piece.numbers:
                frame = next(frames, None)
                if frame is None or frame.pts != pts:
                    raise _changed(film)
                yield frame.having(drawing=drawing, shot=shot, chroma=chroma.get(drawing))
            last = {drawing for _, drawing, _ in piece.numbers[-1:]}
            chroma = {drawing: chroma[drawing] for drawing in chroma.keys() & last}  # it may be held on
            if piece.is_last:
                break
        for _ in frames:
            raise _changed(film)


def _died(path: Path, shots: Iterable[int]) -> ClusterError:
    which = ", ".join(map(str, sorted(set(shots))))
    return ClusterError(
        f"{path}, in the shot from frame {which} on: one worker after the other died",
        "See their logs. The same command does what is left, also without --scheduler.",
    )


def _changed(film: Film) -> SourceError:
    return SourceError(f"{film.path} changed while it was read", "Colour it again.")
