"""Pipeline: colour one shot, from its frames to their chroma planes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from cartoonize.coloring.options import ColorizeOptions
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.combine import combine_frames
from cartoonize.filters.predict import Batch, Layer, NetworkThreads, batch_size, batches, predict_batches
from cartoonize.filters.refine import refine_frames
from cartoonize.filters.render import render_frames
from cartoonize.filters.repaint import repaint_shot
from cartoonize.filters.segments import segmented
from cartoonize.filters.track import track_shot
from cartoonize.filters.track_sources import NO_SOURCES, TrackSources
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.methods.member import Member
from cartoonize.prefetch import prefetch
from cartoonize.tracking.tracked import PartPrediction

T = TypeVar("T")


@dataclass(frozen=True)
class ShotContext:
    """Everything on which the colours of a shot depend, except its frames."""

    load: Callable[[], Sequence[Member]]
    """Function that returns the members. It is called only when a network has to run."""
    planes: PlaneFormat
    """Chroma planes that the writer expects."""
    options: ColorizeOptions
    """Options of the filters."""
    sources: TrackSources = field(default=NO_SOURCES)
    """Hints, memory and album for tracks."""
    threads: NetworkThreads | None = None
    """Threads for networks, which shots that overlap must share; None: each shot has its own."""


def color_shot(
    shot: Iterable[Batch], context: ShotContext, predictions: Sequence[PartPrediction] = ()
) -> Generator[Frame]:
    """Colour a shot: yield its frames with ``chroma``.

    Decoding, networks, and the filters after them run at the same time, in threads of their own. The
    networks begin when this function is called, before the first frame is requested. Closing the generator
    stops all threads.

    Parameters
    ----------
    shot : iterable of Batch
        Frames of the shot, or of a part of it, as grouped by `shot_batches`.
    context : ShotContext
        Members, options, hints.
    predictions : sequence of PartPrediction
        Records of an earlier call for the tracks of the shot. If given, no network runs.
    """

    def filtered() -> Generator[Frame | None]:
        with ExitStack() as threads:
            if predictions:
                colored = repaint_shot(segmented(_frames(shot)), predictions, sources=context.sources)
            else:
                layer: Layer = "histogram" if context.options.uses_tracks else "ab"
                predicted = predict_batches(
                    shot,
                    context.load(),
                    options=context.options.predict,
                    layer=layer,
                    threads=context.threads,
                )
                ahead = threads.enter_context(closing(begun(predicted)))
                colored = finish_frames(ahead, options=context.options, sources=context.sources)
            yield None
            yield from render_frames(colored, planes=context.planes)

    stream = filtered()
    next(stream)
    return stream  # type: ignore[return-value]  # the only None was taken above


def finish_frames(
    frames: Iterable[Frame], *, options: ColorizeOptions, sources: TrackSources = NO_SOURCES
) -> Iterator[Frame]:
    """Add combined ``ab`` to the frames of a shot, from predictions: track them, or refine and combine them.

    Parameters
    ----------
    frames : iterable of Frame
        With the ``ab`` of all members, or with ``histogram`` for tracks.
    options : ColorizeOptions
        Refinement, and its order.
    sources : TrackSources
        Hints, memory and album for tracks.
    """
    if options.uses_tracks:
        return track_shot(frames, sources=sources)
    if options.refine_order == "members":
        return combine_frames(refine_frames(frames, options=options.refine))
    return refine_frames(combine_frames(frames), options=options.refine)


def shot_batches(frames: Iterable[Frame], options: ColorizeOptions) -> Iterator[Batch]:
    """Group the frames of a shot for the networks. With tracks, add pictures without grain first."""
    cleaned = clean_frames(frames) if options.denoises else frames
    return batches(cleaned, size=batch_size(options.predict.device))


def begun(items: Iterable[T]) -> Generator[T]:
    """Yield the items as `prefetch` does. The thread begins when this function is called."""
    stream = prefetch(chain((None,), items))
    next(stream)
    return stream  # type: ignore[return-value]  # the only None was taken above


def _frames(grouped: Iterable[Batch]) -> Iterator[Frame]:
    return (frame for batch in grouped for frame in batch.frames)
