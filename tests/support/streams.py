"""Streams of frames on their way through the filters of colouring."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cartoonize.annotations.hints import ColorHints
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.coloring.pipeline import ShotContext, color_shot, shot_batches
from cartoonize.coloring.shots import ShotFrames, ShotStream, color_shots
from cartoonize.filters.predict import network_threads
from cartoonize.filters.track import track_frames
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.methods.member import Member


def color_stream(
    frames: Iterable[Frame], members: Sequence[Member], planes: PlaneFormat, options: ColorizeOptions
) -> Generator[Frame]:
    """Yield the frames of any number of shots with ``chroma``, as `colorize` makes them without a cache.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers.
    members : sequence of Member
    planes : PlaneFormat
    options : ColorizeOptions
    """
    with network_threads(options.predict.device, (member.variant for member in members)) as threads:
        context = ShotContext(lambda: members, planes, options, threads=threads)

        def color(shot: ShotFrames) -> ShotStream:
            work = color_shot(shot_batches(shot, options), context)
            return ShotStream(work, work)

        yield from color_shots(frames, color)


def track(
    frames: Iterable[Frame], hints: Mapping[int, ColorHints] | None = None, **sources: Any
) -> Iterator[Frame]:
    """Yield frames as `track_frames` does, with hints and other sources of colours."""
    return track_frames(frames, sources=TrackSources(hints=hints or {}, **sources))
