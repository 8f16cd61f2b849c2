"""Repaint: decide again on the colours of a shot, from predictions that were recorded earlier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cartoonize.annotations.hints import fingerprint_of_hints
from cartoonize.filters.segments import SegmentedFrame
from cartoonize.filters.shot_part import ShotPart
from cartoonize.filters.track_sources import NO_SOURCES, TrackSources
from cartoonize.frames import Frame
from cartoonize.prefetch import n_cores
from cartoonize.tracking.tracked import PartPrediction


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


class Repainter:
    """Paints a shot, or single frames of it, again and again, with other hints each time.

    A long shot is decided in parts, and a part needs all those before it. What they hand over is kept for
    single frames, and decided again only if their own hints or edits change. What the memory has learned
    since is not used for them.

    Parameters
    ----------
    frames : sequence of SegmentedFrame
        The frames of the shot.
    predictions : sequence of PartPrediction
        Records of all parts of the shot.
    """

    def __init__(self, frames: Sequence[SegmentedFrame], predictions: Sequence[PartPrediction]) -> None:
        self._frames, self._predictions = frames, predictions
        self._handed_over: dict[int, tuple[tuple[str, str], ShotPart]] = {}
        """The beginning of the part after each part, with the fingerprints of the hints and edits before."""

    def shot(self, sources: TrackSources = NO_SOURCES) -> Iterator[Frame]:
        """Yield the frames of the shot, as `repaint_shot` does."""
        parts = _predicted_parts(self._frames, self._predictions, sources)
        for k, (part, prediction) in enumerate(parts):
            yield from part.painted(prediction.n_painted, prediction)
            self._handed_over[k] = self._key(part, sources), part.after(prediction.n_painted)

    def frame(self, index: int, sources: TrackSources = NO_SOURCES) -> Frame:
        """Return a frame, nearly as `shot` yields it, but much sooner.

        Hints are not carried from one drawing to another, and nothing is steadied in time. Drawings are not
        looked up again.

        Parameters
        ----------
        index : int
            Index of the frame.
        sources : TrackSources
            Hints, memory and edits.

        Raises
        ------
        ValueError
            If the frame is not in the shot.
        """
        part, n_read = ShotPart(sources, n_cores()), 0
        for k, prediction in enumerate(self._predictions):
            n_before, n_read = n_read, n_read + prediction.n_frames - part.n_frames
            for one in self._frames[n_before:n_read]:
                part.add_segmented(one)
            part.tracks = list(prediction.tracks)
            if part.drawing_of(index) < prediction.n_painted:
                return part.painted_alone(index, prediction)
            part = self._after(k, part, prediction, sources).copy(sources)
        raise ValueError(f"frame {index} is not in this shot")

    def _after(self, k: int, part: ShotPart, prediction: PartPrediction, sources: TrackSources) -> ShotPart:
        """Return the beginning of the part that follows the part of a number."""
        key, found = self._key(part, sources), self._handed_over.get(k)
        if found is None or found[0] != key:
            part.decide(prediction)
            found = self._handed_over[k] = key, part.after(prediction.n_painted)
        return found[1]

    def _key(self, part: ShotPart, sources: TrackSources) -> tuple[str, str]:
        """Return fingerprints of the hints and edits of all frames up to the end of a part."""
        start, stop = self._frames[0].frame.index, part.drawings[-1].frames[-1].index + 1
        return fingerprint_of_hints(sources.hints, start, stop), sources.edits.fingerprint(start, stop)
