"""Film colours: the shots of one film, cached or coloured, in this process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.coloring.pipeline import ShotContext, color_shot, shot_batches
from cartoonize.coloring.plan import ColorizePlan, FilmPlan
from cartoonize.coloring.shot_cache import TrackRecorder
from cartoonize.coloring.shots import Shot, ShotStream, color_shots
from cartoonize.filters.track import TrackSources
from cartoonize.frames import Frame
from cartoonize.tracking.tracked import PartPrediction


def color_films(plan: ColorizePlan) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of one film of a plan after the other, without those that are up to date."""
    for film in plan.films:
        if film.up_to_date is None:
            yield color_film(film, plan)


def color_film(film: FilmPlan, plan: ColorizePlan) -> Generator[Frame]:
    """Yield the frames of a film with ``chroma``: each shot from the cache, or coloured."""
    sources = TrackSources(film.knowledge.hints, film.knowledge.memory.recall, plan.evidence.find)
    context = ShotContext(plan.ensemble.load, film.film.writer.plane_format, plan.options, sources)
    return color_shots(film.film.numbered(), partial(_shot_stream, film=film, context=context))


def _shot_stream(shot: Shot, film: FilmPlan, context: ShotContext) -> ShotStream:
    cached = film.cache.find(shot.number, shot.start) if film.cache else None
    if film.cache and cached and film.cache.is_current(cached):
        parts = cached.tracks.confidence if cached.tracks else ()
        work = film.cache.reuse(cached, shot)
        return ShotStream(_then(work, lambda: film.add_confidence(parts)), work)
    recorder = TrackRecorder()
    find = context.sources.find
    predictions: Sequence[PartPrediction] = ()
    if cached and cached.tracks:
        predictions = cached.tracks.predictions
        find = None if cached.tracks.album == film.knowledge.album else find or _find_nothing
    sources = replace(context.sources, find=find, record=recorder.record)
    parts_of_shot = shot_batches(shot, context.options)
    work = color_shot(parts_of_shot, replace(context, sources=sources), predictions)
    frames = film.cache.storing(shot.number, work, recorder) if film.cache else work
    return ShotStream(_then(frames, lambda: film.add_confidence(recorder.confidence)), work)


def _find_nothing(drawing: NDArray[np.uint8]) -> ColorHints | None:
    """Look a drawing up in an empty album: forget what an earlier album had for it."""
    return None


def _then(frames: Iterable[Frame], do: Callable[[], None]) -> Generator[Frame]:
    """Yield frames; when all have come, do something."""
    yield from frames
    do()
