"""Track: follow the regions of a shot, and give each track the same colours in all its drawings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cartoonize.filters.predicted_part import PredictedPart
from cartoonize.filters.segments import SegmentedFrame
from cartoonize.filters.shot_part import ShotPart
from cartoonize.filters.track_sources import NO_SOURCES, TrackSources
from cartoonize.frames import Frame
from cartoonize.prefetch import n_cores
from cartoonize.tracking.tracked import PartPrediction

#: Part of the keys of cached shots. Raise it when the same input yields other colours, for changes in
#: `predicted_part`, `shot_part`, `part_hints` and `segments`, too.
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


def repaint_shot(
    frames: Iterable[SegmentedFrame],
    predictions: Sequence[PartPrediction],
    *,
    sources: TrackSources = NO_SOURCES,
) -> Iterator[Frame]:
    """Add ``ab`` and ``confidence`` as `track_shot` does, from predictions that it recorded earlier.

    No network runs. Drawings are looked up in an album again only if ``sources.find`` is given.

    Parameters
    ----------
    frames : iterable of SegmentedFrame
        The same frames as in the earlier call, from `segmented`.
    predictions : sequence of PartPrediction
        Records of all parts of the shot.
    sources : TrackSources
        Hints, memory and album; they may differ from those of the earlier call.
    """
    for part, prediction in _predicted_parts(frames, predictions, sources):
        yield from part.painted(prediction.n_painted, prediction)


def repaint_frame(
    frames: Iterable[SegmentedFrame],
    predictions: Sequence[PartPrediction],
    index: int,
    *,
    sources: TrackSources = NO_SOURCES,
) -> Frame:
    """Return one frame with ``ab`` and ``confidence``, nearly as `repaint_shot` yields it, but much sooner.

    Hints are not carried from one drawing to another, and nothing is steadied in time.

    Parameters
    ----------
    frames, predictions, sources
        As in `repaint_shot`.
    index : int
        Index of the frame.

    Raises
    ------
    ValueError
        If the frame is not in the shot.
    """
    for part, prediction in _predicted_parts(frames, predictions, sources):
        if part.drawing_of(index) < prediction.n_painted:
            return part.painted_alone(index, prediction)
        part.decide(prediction)
    raise ValueError(f"frame {index} is not in this shot")


def _predicted_parts(
    frames: Iterable[SegmentedFrame], predictions: Sequence[PartPrediction], sources: TrackSources
) -> Iterator[tuple[ShotPart, PartPrediction]]:
    """Yield the parts of a shot. Each must be painted or decided before the next one is requested."""
    part, segments = ShotPart(sources, n_cores()), iter(frames)
    for prediction in predictions:
        while part.n_frames < prediction.n_frames:
            part.add_segmented(next(segments))
        part.tracks = list(prediction.tracks)
        if sources.find is not None:
            prediction = part.looked_up(prediction)
        yield part, prediction
        part = part.after(prediction.n_painted)
