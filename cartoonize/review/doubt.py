"""Doubt: the places of a shot whose colours are probably or possibly wrong, in each of its drawings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError
from cartoonize.frames import COLOR_SIZE

if TYPE_CHECKING:
    from cartoonize.coloring.cached_shot import CachedShot
    from cartoonize.frames import Frame
    from cartoonize.review.films import ColoredFilm
    from cartoonize.tracking.confidence import PartConfidence
    from cartoonize.tracking.parts import Parts
    from cartoonize.tracking.tracked import PartPrediction

#: Largest difference between the edges of a box in a file and those of a region, in pixels. They are rounded.
_ROUNDING = 0.5


class DoubtMaps:
    """Maps of the confidence of a shot.

    A cached shot lists its most doubtful tracks, each with the place of one of its regions. The track of the
    region at this place is the doubtful one. Its regions in other drawings follow from the cached tracks.

    Parameters
    ----------
    film : ColoredFilm
        Film of the shot.
    cached : CachedShot
        The shot, with its tracks.

    Raises
    ------
    UsageError
        If the doubtful tracks cannot be found in the film.
    """

    def __init__(self, film: ColoredFilm, cached: CachedShot) -> None:
        assert cached.tracks is not None and film.format is not None
        self._film, self._cached, self._area = film, cached, cached.area
        self._tracks: list[NDArray[np.int64]] = []
        """For each drawing (regions,): the number of the track of each region, different in each part."""
        self._confidence: dict[int, float] = {}
        """Confidence of the doubtful tracks."""
        offset = 0
        for prediction, part in zip(cached.tracks.predictions, cached.tracks.confidence, strict=True):
            self._add_part(prediction, part, offset)
            offset += prediction.votes.n_tracks
        if not self._confidence and any(part.regions for part in cached.tracks.confidence):
            raise UsageError("the doubtful places of this shot are not known", "Colour the film again.")

    def __iter__(self) -> Iterator[tuple[Frame, NDArray[np.float32]]]:
        """Yield the frames with maps (h, w) of their confidence, 0..1; 1 where there is no doubt."""
        drawing, confidence = -1, np.ones((1, 1), np.float32)
        for frame in self._frames():
            if frame.drawing != drawing:
                drawing, confidence = frame.drawing, self._on_whole_frame(self._map(frame))
            yield frame, confidence

    def _add_part(self, prediction: PartPrediction, part: PartConfidence, offset: int) -> None:
        first = len(self._tracks)
        self._tracks += [tracks + offset for tracks in prediction.tracks[: prediction.n_painted]]
        for region in part.regions:
            drawing = self._cached.drawing_at(region.frame)
            if region.box is None or not first <= drawing < len(self._tracks):
                continue
            frame = next(self._frames(range(region.frame, region.frame + 1)))
            distances = np.abs(self._parts(frame).boxes - np.array(region.box) * COLOR_SIZE).max(1)
            if distances.min() < _ROUNDING:
                track = int(self._tracks[drawing][distances.argmin()])
                self._confidence[track] = region.confidence

    def _map(self, frame: Frame) -> NDArray[np.float32]:
        """Return the confidence (256, 256) of the picture area of a frame."""
        regions, tracks = self._parts(frame).regions, self._tracks[frame.drawing]
        if regions.max() >= len(tracks):  # a picture of a transition, which was coloured as another one
            return np.ones(regions.shape, np.float32)
        of_track = [self._confidence.get(int(track), 1.0) for track in tracks]
        return np.array(of_track, np.float32)[regions]

    def _on_whole_frame(self, confidence: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._area is None:
            return confidence
        import cv2

        format, area = self._film.format, self._area
        assert format is not None
        whole = np.ones((format.height, format.width), np.float32)
        size = (area.right - area.left, area.bottom - area.top)
        area.of(whole)[:] = cv2.resize(confidence, size, interpolation=cv2.INTER_NEAREST)
        return whole

    def _frames(self, indices: range | None = None) -> Iterator[Frame]:
        from cartoonize.filters.clean import clean_frames

        frames = self._film.frames(self._cached, indices)
        return clean_frames(frame.having(area=self._area).cropped for frame in frames)

    @staticmethod
    def _parts(frame: Frame) -> Parts:
        from cartoonize.tracking.parts import parts_of_grey

        return parts_of_grey(frame.without_grain)
