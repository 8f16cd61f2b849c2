"""Colour films on workers of dask.distributed, with the same result as without workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize import __version__
from cartoonize.cluster.connection import Workers, connected
from cartoonize.cluster.jobs import Job, JobSettings, Piece, contents_of, pieces_of
from cartoonize.coloring.films import Film
from cartoonize.coloring.plan import ColorizePlan, FilmPlan
from cartoonize.errors import ClusterError, SourceError
from cartoonize.filters.predict import BATCH, PredictOptions
from cartoonize.filters.render import Planes
from cartoonize.frames import Frame
from cartoonize.prefetch import prefetch
from cartoonize.reporting import counted

if TYPE_CHECKING:
    from distributed import Future

#: Number of jobs that a worker computes or has in its queue. Shots differ in length.
_IN_FLIGHT = 3
#: Give up after this number of lost shots in a row, because the shots are probably not the cause.
_MAX_LOST_SHOTS = 2


def color_on_workers(plan: ColorizePlan) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of each film of a plan that is not up to date.

    Films are read twice: first to find drawings and shots, ahead of the workers, and again when they are
    written. Workers receive numbers of frames and return chroma planes. Each worker has a few jobs at a time,
    also across the end of a film. If a worker dies, another one does its jobs. If a shot kills one worker
    after the other, the other shots of the film are coloured before an error is raised.

    Parameters
    ----------
    plan : ColorizePlan
        With a scheduler: ``local[N]``, or an address.

    Raises
    ------
    ClusterError
        If the scheduler cannot be reached, or a worker cannot read a file or has another version of the
        program. While iterating: if the scheduler or all workers are lost, or a shot kills its workers.
    """
    assert plan.run.scheduler is not None
    works = [work for work in plan.films if work.up_to_date is None]
    with connected(plan.run.scheduler, plan.messages) as workers:
        settings = _settings(workers, works, plan)
        how = settings.options.predict
        for work in works:
            if work.cache is not None:
                work.cache.depend_on(f"{_kind(how)} {how.precision}")
        pieces = chain.from_iterable(_pieces(work, BATCH[_kind(how)]) for work in works)
        with (
            closing(prefetch(pieces)) as ahead,
            closing(_in_order(workers, settings, ahead)) as done,
        ):
            for work in works:
                yield _colored(work, done)


def _settings(workers: Workers, works: Sequence[FilmPlan], plan: ColorizePlan) -> JobSettings:
    """Check all workers, and return settings with a device and precision that all of them support."""
    spec = plan.spec.absolute()
    contents = contents_of(spec)
    paths = [work.film.path.absolute() for work in works]
    how = plan.options.predict
    infos = workers.ask(how.device, [*paths, *(path for path, _ in contents)])
    device = "cuda" if all(info.device == "cuda" for info in infos) else "cpu"
    named = how.device if how.device.startswith("cuda:") else device
    precision = how.precision
    if precision == "auto":
        # A worker with a GPU computes on its CPU if another one has none: its own precision is of no use.
        preferred = {info.precision if info.device == device else "float32" for info in infos}
        precision = preferred.pop() if len(preferred) == 1 else "float32"
    plan.messages.info(f"Colouring on {counted(len(infos), 'worker')}: {device}, {precision}.")
    options = replace(plan.options, predict=replace(how, device=named, precision=precision))
    scribbled = paths[0] if spec.annotations.scribbles and paths else None
    return JobSettings(__version__, spec, contents, options, scribbled)


def _kind(how: PredictOptions) -> str:
    """Return ``cpu`` or ``cuda``."""
    return how.device.partition(":")[0]


def _pieces(work: FilmPlan, batch_size: int) -> Iterator[tuple[FilmPlan, Piece]]:
    def is_cached(start: int) -> bool:
        return work.cache is not None and work.cache.find(start) is not None

    for piece in pieces_of(work.film.numbered(), batch_size=batch_size, is_cached=is_cached):
        yield work, piece


def _in_order(
    workers: Workers, settings: JobSettings, pieces: Iterable[tuple[FilmPlan, Piece]]
) -> Generator[tuple[Piece, list[Planes] | None]]:
    """Yield pieces in order, with the planes of their new drawings, or None if the shot is lost.

    A shot is lost if workers died while they coloured it, also when it was their only job. While a piece is
    used, workers compute the next ones.
    """
    waiting: deque[tuple[Piece, Job, Future | None]] = deque()
    lost: set[tuple[Path, int]] = set()
    """Shots that were lost since the last job was done: path of the film, and first frame."""

    def submit(job: Job) -> Future | None:
        return workers.submit(settings, job) if job.batches else None

    def first() -> tuple[Piece, list[Planes] | None]:
        piece, job, future = waiting.popleft()
        planes = workers.result(future, job) if future else []
        if planes is None:  # try it alone: another job of the same workers may have killed them
            workers.cancel([other for _, _, other in waiting if other])
            planes = workers.result(workers.submit(settings, job), job)
            again = [(piece, job, submit(job)) for piece, job, _ in waiting]
            waiting.clear()
            waiting.extend(again)
        if planes is None:
            lost.add((job.path, job.shot_start))
            if len(lost) == _MAX_LOST_SHOTS:
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
    """Read a film again, and yield its frames with chroma from the workers or from the cache."""
    lost: list[int] = []
    with closing(_with_results(work.film, done, lost)) as frames:
        for _, shot in groupby(frames, key=lambda item: item[0].shot):
            yield from _through_cache(work, shot)
    if lost:
        raise _died(work.film.path, lost)


def _through_cache(work: FilmPlan, shot: Iterator[tuple[Frame, bool]]) -> Iterator[Frame]:
    """Return the frames of a shot with chroma from the cache, or store the shot after its last frame."""
    first, is_cached = next(shot)
    frames = chain((first,), (frame for frame, _ in shot))
    cached = work.cache.find(first.index) if work.cache and is_cached else None
    if is_cached and cached is None:
        raise ClusterError(
            f"{work.film.path}: a cached shot was removed while the film was coloured",
            "Run the same command again.",
        )
    if work.cache is None:
        return frames
    if cached is not None:
        return work.cache.reuse(cached, frames)
    return work.cache.storing(frame for frame in frames)


def _with_results(
    film: Film, done: Iterator[tuple[Piece, list[Planes] | None]], lost: list[int]
) -> Generator[tuple[Frame, bool]]:
    """Read a film, and number its frames as the pieces were numbered.

    Parameters
    ----------
    film : Film
        The film.
    done : iterator of (Piece, list of Planes or None)
        Pieces of this and later films, with the planes of their new drawings; None if the shot is lost.
    lost : list of int
        The first frames of lost shots are appended to it.

    Yields
    ------
    Frame
        With ``chroma``, unless the shot is cached or lost.
    bool
        True if the shot is cached.
    """
    chroma: dict[int, Planes] = {}
    with closing(prefetch(film.frames())) as frames:
        for piece, planes in done:
            if planes is None:
                lost.append(piece.shot_start)
            chroma |= zip(piece.drawings, planes or [], strict=planes is not None)
            for pts, drawing, shot, unsteadiness in piece.numbers:
                frame = next(frames, None)
                if frame is None or frame.pts != pts:
                    raise _changed(film)
                found = chroma.get(drawing)
                numbers = {"drawing": drawing, "shot": shot, "unsteadiness": unsteadiness}
                area = film.areas.at(frame.index)  # chroma is moved only in it
                yield frame.having(**numbers, area=area, chroma=found), piece.is_cached
            last = {drawing for _, drawing, *_ in piece.numbers[-1:]}  # the next piece may hold it
            chroma = {drawing: chroma[drawing] for drawing in chroma.keys() & last}
            if piece.is_last:
                break
        for _ in frames:
            raise _changed(film)


def _died(path: Path, shots: Iterable[int]) -> ClusterError:
    which = ", ".join(map(str, sorted(set(shots))))
    return ClusterError(
        f"{path}, in the shot from frame {which} on: one worker after the other died",
        "Read the logs of the workers, then run the same command again, with or without --scheduler.",
    )


def _changed(film: Film) -> SourceError:
    return SourceError(f"{film.path} changed while it was read", "Run the same command again.")
