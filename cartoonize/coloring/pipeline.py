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
from cartoonize.filters.predict import Batch, Layer, batch_size, batches, predict_batches
from cartoonize.filters.refine import refine_frames
from cartoonize.filters.render import render_frames
from cartoonize.filters.track import NO_SOURCES, TrackSources, repaint_shot, track_shot
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.methods.member import Member
from cartoonize.prefetch import prefetch
from cartoonize.tracking.tracked import PartPrediction

T = TypeVar("T")


@dataclass(frozen=True)
class ShotContext:
    """Everything that the colours of a shot depend on beside its frames."""

    load: Callable[[], Sequence[Member]]
    """Returns the members; called only when a network has to run."""
    planes: PlaneFormat
    """Chroma planes that the writer takes."""
    options: ColorizeOptions
    sources: TrackSources = field(default=NO_SOURCES)
    """What tracks take colours from beside the predictions."""


def color_shot(
    parts: Iterable[Batch], context: ShotContext, predictions: Sequence[PartPrediction] = ()
) -> Generator[Frame]:
    """Colour a shot: yield its frames with ``chroma``.

    Decoding, networks and everything after them run side by side, in threads of their own. The networks
    begin at once, before the first frame is asked for. Closing the generator stops all threads.

    Parameters
    ----------
    parts : iterable of Batch
        The frames of the shot, or of a part of it, as `shot_batches` groups them.
    context : ShotContext
        Members, options, hints.
    predictions : sequence of PartPrediction
        What an earlier run recorded for the tracks of the shot. If given, no network runs.
    """

    def stages() -> Generator[Frame | None]:
        with ExitStack() as threads:

            def beside(items: Iterable[Frame]) -> Iterator[Frame]:
                return threads.enter_context(closing(begun(items)))

            taken = threads.enter_context(closing(begun(parts)))
            if predictions:
                colored = repaint_shot(_frames(taken), predictions, sources=context.sources)
            else:
                layer: Layer = "histogram" if context.options.uses_tracks else "ab"
                how = context.options.predict
                colored = beside(predict_batches(taken, context.load(), options=how, layer=layer))
                colored = finish_frames(colored, options=context.options, sources=context.sources)
            yield None
            yield from render_frames(colored, planes=context.planes)

    stream = stages()
    next(stream)
    return stream  # type: ignore[return-value]  # the only None has been taken


def finish_frames(
    frames: Iterable[Frame], *, options: ColorizeOptions, sources: TrackSources = NO_SOURCES
) -> Iterator[Frame]:
    """Track, or refine and combine, what the members predicted: add one ``ab`` to the frames of a shot.

    A held drawing depends on its first frame alone; with tracks, on its shot.

    Parameters
    ----------
    frames : iterable of Frame
        With the ``ab`` of all members, or with ``histogram`` for tracks.
    options : ColorizeOptions
        Refinement, and its order.
    sources : TrackSources
        What tracks take colours from beside the predictions.
    """
    if options.uses_tracks:
        return track_shot(frames, sources=sources)
    if options.refine_order == "members":
        return combine_frames(refine_frames(frames, options=options.refine))
    return refine_frames(combine_frames(frames), options=options.refine)


def shot_batches(frames: Iterable[Frame], options: ColorizeOptions) -> Iterator[Batch]:
    """Group the frames of a shot for the networks; with tracks, pictures without grain are added first."""
    cleaned = clean_frames(frames) if options.denoises else frames
    return batches(cleaned, size=batch_size(options.predict.device))


def begun(items: Iterable[T]) -> Generator[T]:
    """Return the items as `prefetch` does, from a thread that has begun already."""
    stream = prefetch(chain((None,), items))
    next(stream)
    return stream  # type: ignore[return-value]  # the only None has been taken


def _frames(parts: Iterable[Batch]) -> Iterator[Frame]:
    return (frame for part in parts for frame in part.frames)
