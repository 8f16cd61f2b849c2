"""Track: follow the regions of a shot, and give each track the same colours in all its drawings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from cartoonize.filters.predicted_part import PredictedPart
from cartoonize.filters.track_sources import NO_SOURCES, TrackSources
from cartoonize.frames import Frame

#: Part of the keys of cached shots. Raise it when the same input yields other colours, for changes in
#: `predicted_part`, `shot_part`, `part_hints`, `repaint` and `segments`, too.
VERSION = 6


def track_frames(frames: Iterable[Frame], *, sources: TrackSources = NO_SOURCES) -> Iterator[Frame]:
    """Add ``ab`` (1, 256, 256, 2) and ``confidence`` to the frames of any number of shots; see `track_shot`.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers and ``histogram``.
    sources : TrackSources
        Hints, memory and album.
    """
    for _, shot in groupby(frames, key=lambda frame: frame.shot):
        yield from track_shot(shot, sources=sources)


def track_shot(frames: Iterable[Frame], *, sources: TrackSources = NO_SOURCES) -> Iterator[Frame]:
    """Add ``ab`` (1, 256, 256, 2) and ``confidence`` to the frames of a shot, from all its predictions.

    1. Follow the regions of the drawings through the shot (`Follower`). A region that is followed is a track.
    2. Sum the predictions for each track over its drawings (`Votes`), and decide on its colours (`Decision`).
       They depend only on the track and on the lightness of the pixel.
    3. Paint the drawings (`Parts.painted`). The darker an outline, the less colour it gets.
    4. Let pixels that continue from one drawing to the next keep most of their earlier colour (`Steady`).

    Frames are yielded after the last one was read. A shot with more than `MAX_DRAWINGS` drawings, or more
    than `MAX_BYTES` of frames, is decided in parts: when the limit is reached, the earlier half is yielded.
    Tracks that continue in the next part keep the colours in which they were shown.

    Parameters
    ----------
    frames : iterable of Frame
        Frames of one shot, with ``drawing`` numbers and ``histogram``.
    sources : TrackSources
        Hints, memory and album.
    """
    part = PredictedPart(sources)
    for frame in frames:
        part.add(frame)
        if part.is_full:
            yield from part.painted(len(part.drawings) // 2)
            part = part.after(len(part.drawings) // 2)
    yield from part.painted(len(part.drawings))
