"""Colouring by workers of dask.distributed, on this machine or on many: the result is the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize import __version__
from cartoonize.cluster.jobs import Job, Order, Piece, contents_of, pieces_of
from cartoonize.cluster.workers import Workers, connected
from cartoonize.coloring.films import Film
from cartoonize.coloring.plan import ColorizePlan, FilmPlan
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


def color_on_workers(plan: ColorizePlan) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of one film of a plan after the other, without those that are up to date.

    Films are read twice: ahead of the workers, to find drawings and shots, and again when they are written.
    Jobs are sent to the workers as numbers, and come back as chroma planes; each worker has a few at a time.
    Jobs continue from film to film. The jobs of a worker that dies are done by another one. If one worker
    after the other dies of a shot, the other shots of the film are done before an error is raised.

    Parameters
    ----------
    plan : ColorizePlan
        With a scheduler: ``local[N]``, or an address.

    Raises
    ------
    ClusterError
        If the scheduler cannot be reached, or a worker lacks files, or has another version; while iterating:
        if workers or the scheduler are lost for good.
    """
    assert plan.run.scheduler is not None
    works = [work for work in plan.films if work.up_to_date is None]
    with connected(plan.run.scheduler, plan.messages) as workers:
        order = _agreed(workers, works, plan)
        how = order.options.predict
        for work in works:
            if work.cache is not None:
                work.cache.depend_on(f"{how.device} {how.precision}")
        pieces = chain.from_iterable(_pieces(work, BATCH[how.device]) for work in works)
        with (
            closing(prefetch(pieces)) as known,
            closing(_in_order(workers, order, known)) as done,
        ):
            for work in works:
                yield _colored(work, done)


def _agreed(workers: Workers, works: Sequence[FilmPlan], plan: ColorizePlan) -> Order:
    """Ask all workers what they are; decide on a device and precision that all of them have."""
    spec = plan.spec.absolute()
    contents = contents_of(spec)
    paths = [work.film.path.absolute() for work in works]
    how = plan.options.predict
    facts = workers.ask(how.device, [*paths, *(path for path, _ in contents)])
    device = "cuda" if all(fact.device == "cuda" for fact in facts) else "cpu"
    precision = how.precision
    if precision == "auto":
        same = all(fact.device == device and fact.bfloat16 for fact in facts)
        precision = "bfloat16" if same else "float32"
    plan.messages.info(f"{len(facts)} worker(s), on {device} in {precision}.")
    options = replace(plan.options, predict=replace(how, device=device, precision=precision))
    scribbled = paths[0] if spec.annotations.scribbles and paths else None
    return Order(__version__, spec, contents, options, scribbled)


def _pieces(work: FilmPlan, batch_size: int) -> Iterator[tuple[FilmPlan, Piece]]:
    def is_cached(shot: int, start: int) -> bool:
        return work.cache is not None and work.cache.find(shot, start) is not None

    for piece in pieces_of(work.film.numbered(), batch_size=batch_size, is_cached=is_cached):
        yield work, piece


def _in_order(
    workers: Workers, order: Order, pieces: Iterable[tuple[FilmPlan, Piece]]
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
        for work, piece in pieces:
            job = piece.job(work.film)
            waiting.append((piece, job, submit(job)))
            while waiting and (len(waiting) >= _IN_FLIGHT * workers.size() or _is_done(waiting[0][2])):
                yield first()
        while waiting:
            yield first()
    finally:
        workers.cancel([future for _, _, future in waiting if future])


def _is_done(future: Future | None) -> bool:
    return future is None or future.done()


def _colored(work: FilmPlan, done: Iterator[tuple[Piece, list[Planes] | None]]) -> Generator[Frame]:
    """Read a film again, and give its frames what came back for their drawings, or is cached."""
    lost: list[int] = []
    with closing(_with_results(work.film, done, lost)) as frames:
        for number, shot in groupby(frames, key=lambda item: item[0].shot):
            yield from _stored(work, number, shot)
    if lost:
        raise _died(work.film.path, lost)


def _stored(work: FilmPlan, number: int, shot: Iterator[tuple[Frame, bool]]) -> Iterator[Frame]:
    """Yield the frames of a shot: with the chroma from the cache, or cached when all have come."""
    first, is_cached = next(shot)
    frames = chain((first,), (frame for frame, _ in shot))
    cached = work.cache.find(number, first.index) if work.cache and is_cached else None
    if is_cached and cached is None:
        raise ClusterError(
            f"{work.film.path}: the cache was emptied while the film was coloured", "Colour it again."
        )
    if work.cache is None:
        return frames
    if cached is not None:
        return work.cache.reuse(cached, frames)
    return work.cache.storing(number, (frame for frame in frames))


def _with_results(
    film: Film, done: Iterator[tuple[Piece, list[Planes] | None]], lost: list[int]
) -> Generator[tuple[Frame, bool]]:
    """Yield the frames of a film, numbered as for the jobs, with the chroma that came back.

    The second value is True if the shot is cached. Where nothing came back, frames have no chroma; ``lost``
    gets the first frames of shots that cost the workers.
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
                found = chroma.get(drawing)
                yield frame.having(drawing=drawing, shot=shot, chroma=found), piece.is_cached
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
