"""Colour films on workers of dask.distributed, with the same result as without workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize import __version__
from cartoonize.cluster.connection import Workers, connected
from cartoonize.cluster.jobs import Job, JobSettings, NumberedShot, contents_of, shots_of
from cartoonize.coloring.cached_shot import CachedShot, CachedTracks
from cartoonize.coloring.films import Film
from cartoonize.coloring.plan import ColorizePlan, FilmPlan
from cartoonize.coloring.shot_cache import with_chroma
from cartoonize.errors import ClusterError, SourceError
from cartoonize.filters.predict import PredictOptions
from cartoonize.frames import Frame
from cartoonize.prefetch import prefetch
from cartoonize.reporting import counted

if TYPE_CHECKING:
    from distributed import Future

#: Number of jobs that a worker computes or has in its queue. Shots differ in length.
_IN_FLIGHT = 3
#: Give up after this number of lost shots in a row, because the shots are probably not the cause.
_MAX_LOST_SHOTS = 2


class _Submission:
    """Submit the jobs of a call. What is known of a film is sent with its first job.

    Parameters
    ----------
    workers : Workers
    settings : JobSettings
    plan : ColorizePlan
    """

    def __init__(self, workers: Workers, settings: JobSettings, plan: ColorizePlan) -> None:
        self._workers, self._settings, self._plan = workers, settings, plan
        self._evidence: dict[Path, Future] = {}

    def __call__(self, job: Job) -> Future:
        """Send a job."""
        if not self._plan.options.uses_tracks:
            return self._workers.submit(self._settings, job)
        return self._workers.submit(self._settings, job, self._evidence_of(job.path), self._album)

    def _evidence_of(self, path: Path) -> Future:
        if path not in self._evidence:
            work = next(work for work in self._plan.films if work.film.path.absolute() == path)
            self._evidence[path] = self._workers.share(replace(work.evidence, album=None))
        return self._evidence[path]

    @cached_property
    def _album(self) -> Future | None:
        album = self._plan.evidence.album_or_none
        return self._workers.share(album.sent()) if album is not None else None


def color_on_workers(plan: ColorizePlan) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of each film of a plan that is not up to date.

    Films are read twice: first to find drawings and shots, ahead of the workers, and again when they are
    written. A job is a shot. Workers get numbers of its frames, and return what is kept in the cache of a
    shot. What is known of a film is sent to each worker once. Each worker has a few jobs at a time, also
    across the end of a film. If a worker dies, another one does its jobs. If a shot kills one worker after
    the other, the other shots of the film are coloured before an error is raised.

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
        shots = chain.from_iterable(shots_of(work.film, _cached_by(work)) for work in works)
        with (
            closing(prefetch(shots)) as ahead,
            closing(_in_order(workers, _Submission(workers, settings, plan), ahead)) as done,
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


def _cached_by(work: FilmPlan) -> Callable[[int], tuple[bool, CachedTracks | None]]:
    """Return a function that says what the cache of a film knows of the shot that begins with a frame."""

    def cached(start: int) -> tuple[bool, CachedTracks | None]:
        found = work.cache.find(start) if work.cache is not None else None
        if work.cache is None or found is None:
            return False, None
        return (True, None) if work.cache.is_current(found) else (False, found.tracks)

    return cached


def _in_order(
    workers: Workers, submit: Callable[[Job], Future], shots: Iterable[NumberedShot]
) -> Generator[tuple[NumberedShot, CachedShot | None]]:
    """Yield shots in order, with their colours, or None if the shot is cached or lost.

    A shot is lost if workers died while they coloured it, also when it was their only job. While a shot is
    used, workers colour the next ones.
    """
    waiting: deque[tuple[NumberedShot, Future | None]] = deque()
    lost: set[tuple[Path, int]] = set()
    """Shots that were lost since the last job was done: path of the film, and first frame."""

    def begun(shot: NumberedShot) -> tuple[NumberedShot, Future | None]:
        return shot, submit(shot.job) if shot.job else None

    def first() -> tuple[NumberedShot, CachedShot | None]:
        shot, future = waiting.popleft()
        if shot.job is None or future is None:
            return shot, None
        colored = workers.result(future, shot.job)
        if colored is None:  # try it alone: another job of the same workers may have killed them
            workers.cancel([other for _, other in waiting if other])
            colored = workers.result(submit(shot.job), shot.job)
            again = [begun(one) for one, _ in waiting]
            waiting.clear()
            waiting.extend(again)
        if colored is not None:
            lost.clear()
            return shot, colored
        lost.add((shot.job.path, shot.start))
        if len(lost) == _MAX_LOST_SHOTS:
            raise _died(shot.job.path, [start for path, start in lost if path == shot.job.path])
        return shot, None

    try:
        for shot in shots:
            waiting.append(begun(shot))
            while waiting and (len(waiting) >= _IN_FLIGHT * workers.size() or _is_done(waiting[0][1])):
                yield first()
        while waiting:
            yield first()
    finally:
        workers.cancel([future for _, future in waiting if future])


def _is_done(future: Future | None) -> bool:
    return future is None or future.done()


def _colored(work: FilmPlan, done: Iterator[tuple[NumberedShot, CachedShot | None]]) -> Generator[Frame]:
    """Read a film again, and yield its frames with chroma from the workers or from the cache."""
    lost: list[int] = []
    with closing(prefetch(work.film.frames())) as frames:
        for shot, colored in done:
            placed = _numbered_again(work.film, frames, shot)
            if colored is not None:
                yield from _with_colors(work, shot, colored, placed)
            elif shot.job is None:
                yield from _from_cache(work, shot, placed)
            else:
                lost.append(shot.start)
                yield from placed
            if shot.is_last:
                break
        for _ in frames:
            raise _changed(work.film)
    if lost:
        raise _died(work.film.path, lost)


def _numbered_again(film: Film, frames: Iterator[Frame], shot: NumberedShot) -> Generator[Frame]:
    """Yield the frames of a shot with the numbers of the first reading."""
    for ref in shot.frames:
        frame = next(frames, None)
        if frame is None or frame.pts != ref.pts:
            raise _changed(film)
        numbers = {"drawing": ref.drawing, "shot": shot.number, "unsteadiness": ref.unsteadiness}
        yield frame.having(**numbers, mix=ref.mix, area=shot.area)


def _with_colors(
    work: FilmPlan, shot: NumberedShot, colored: CachedShot, frames: Generator[Frame]
) -> Generator[Frame]:
    """Yield the frames of a shot with colours from a worker, which are kept in the cache."""
    if work.cache is not None:
        work.cache.store(colored)
    yield from with_chroma(frames, colored)
    if colored.tracks is not None:
        work.add_confidence(shot.number, colored.tracks.confidence)


def _from_cache(work: FilmPlan, shot: NumberedShot, frames: Generator[Frame]) -> Generator[Frame]:
    """Yield the frames of a shot with its colours from the cache."""
    if not shot.frames:
        return
    cached = work.cache.find(shot.start) if work.cache is not None else None
    if work.cache is None or cached is None:
        raise ClusterError(
            f"{work.film.path}: a cached shot was removed while the film was coloured",
            "Run the same command again.",
        )
    yield from work.cache.reuse(cached, frames)
    if cached.tracks is not None:
        work.add_confidence(shot.number, cached.tracks.confidence)


def _died(path: Path, shots: Iterable[int]) -> ClusterError:
    starts = sorted(set(shots))
    noun = "shot" if len(starts) == 1 else "shots"
    which = " and ".join(map(str, starts))  # after two of them the command ends
    return ClusterError(
        f"{path}, in the {noun} from frame {which} on: one worker after the other died",
        "Read the logs of the workers, then run the same command again, with or without --scheduler.",
    )


def _changed(film: Film) -> SourceError:
    return SourceError(f"{film.path} changed while it was read", "Run the same command again.")
