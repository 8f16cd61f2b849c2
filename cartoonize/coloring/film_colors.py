"""Film colours: colour the shots of films in this process, or take them from the cache."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from functools import partial

from cartoonize.coloring.pipeline import ShotContext
from cartoonize.coloring.plan import ColorizePlan, FilmPlan
from cartoonize.coloring.shot_record import TrackRecorder
from cartoonize.coloring.shot_work import color_recorded
from cartoonize.coloring.shots import ShotFrames, ShotStream, color_shots
from cartoonize.filters.predict import network_threads
from cartoonize.frames import Frame
from cartoonize.prefetch import prefetch


def color_films(plan: ColorizePlan) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of each film of a plan that is not up to date."""
    for work in plan.films:
        if work.up_to_date is None:
            yield color_film(work, plan)


def color_film(work: FilmPlan, plan: ColorizePlan) -> Generator[Frame]:
    """Yield the frames of a film with ``chroma``, from the cache or coloured."""
    planes = work.film.writer.plane_format
    with network_threads(plan.options.predict.device, plan.variants) as threads:
        context = ShotContext(plan.ensemble.load, planes, plan.options, threads=threads)
        colored = color_shots(work.film.numbered(), partial(_shot_stream, work=work, context=context))
        with closing(prefetch(colored)) as ahead:  # paints while the writer encodes
            yield from ahead


def _shot_stream(shot: ShotFrames, work: FilmPlan, context: ShotContext) -> ShotStream:
    """Return the coloured frames of a shot.

    1. If the shot is cached and its hints, memory and album are the same, use its chroma.
    2. Else, if its predictions are cached, decide on its colours again, without networks.
    3. Else, colour it.
    """
    cached = work.cache.find(shot.start) if work.cache else None
    if work.cache and cached and work.cache.is_current(cached):
        confidence = cached.tracks.confidence if cached.tracks else ()
        reused = work.cache.reuse(cached, shot)
        return ShotStream(_then(reused, lambda: work.add_confidence(shot.number, confidence)), reused)
    recorder = TrackRecorder()
    colored = color_recorded(shot, context, work.evidence, recorder, cached.tracks if cached else None)
    frames = work.cache.storing(colored, recorder, cached) if work.cache else colored
    return ShotStream(_then(frames, lambda: work.add_confidence(shot.number, recorder.confidence)), colored)


def _then(frames: Iterable[Frame], do: Callable[[], None]) -> Generator[Frame]:
    """Yield frames, and call a function after the last one."""
    yield from frames
    do()
