"""Parts of shots whose frames have predictions: they are followed and looked up as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cartoonize.filters.segments import SegmentedDrawing
from cartoonize.filters.shot_part import ShotPart
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import Frame
from cartoonize.tracking.tracked import PartPrediction

if TYPE_CHECKING:
    from cartoonize.optical_flow import Paths
    from cartoonize.tracking.pooling import PooledHints

#: Largest number of drawings whose colours are decided together. A longer shot is decided in parts.
MAX_DRAWINGS = 160
#: Largest size of their frames in bytes. It limits memory for films with large frames.
MAX_BYTES = 512 << 20

#: One of this many drawings is looked up in the album.
_LOOK_UP_EVERY = 10


class PredictedPart(ShotPart):
    """A part whose frames have predictions. It follows the regions, and looks drawings up in an album."""

    def __init__(self, sources: TrackSources) -> None:
        from cartoonize.tracking.tracks import Follower
        from cartoonize.tracking.votes import Votes

        super().__init__(sources)
        self._n_bytes = 0
        self._follower, self._votes = Follower(), Votes()
        self._found: dict[int, PooledHints | None] = {}

    @property
    def is_full(self) -> bool:
        """True if a limit is reached, so that a part of the drawings must be painted."""
        n_drawings = len(self.drawings)
        return n_drawings >= MAX_DRAWINGS or (n_drawings > 1 and self._n_bytes >= MAX_BYTES)

    def add(self, frame: Frame) -> None:
        """Add the next frame. If it begins a drawing, find its regions and follow them."""
        if not self.drawings or self.drawings[-1].number != frame.drawing:
            self._add_drawing(SegmentedDrawing.of(frame), None)
            self._look_up()
        self._add_frame(frame)

    def _add_drawing(self, drawing: SegmentedDrawing, paths: Paths | None) -> None:
        assert drawing.predictions is not None
        tracks = self._follower.add(drawing.grey, drawing.parts)
        self._votes.add_drawing(tracks, drawing.predictions)
        self.drawings.append(drawing)
        self.tracks.append(tracks)
        self.paths = self._follower.paths

    def _add_frame(self, frame: Frame) -> None:
        super()._add_frame(frame)
        self._n_bytes += _n_bytes(frame)

    def _look_up(self) -> None:
        """Look the last drawing up if it is one of ten. The result counts where it has no hints."""
        k = len(self.drawings) - 1
        if k % _LOOK_UP_EVERY == 0:
            self._found[k] = self._find(k) if self._sources.find is not None else None

    def painted(self, n_painted: int, prediction: PartPrediction | None = None) -> Iterator[Frame]:
        """Paint as `ShotPart.painted` does, from the predictions of the frames that were added."""
        if self.drawings:
            votes = self._votes.summed()
            predicted = PartPrediction(self.n_frames, n_painted, self.tracks, votes, self._found)
            yield from super().painted(n_painted, predicted)

    def after(self, n_painted: int) -> PredictedPart:
        """Return the next part. It begins with the drawings after the first ``n_painted``."""
        following = PredictedPart(self._sources)
        self._hand_over(following, n_painted)
        following._n_bytes = sum(_n_bytes(frame) for d in following.drawings for frame in d.frames)
        return following


def _n_bytes(frame: Frame) -> int:
    return int(frame.luma.nbytes + frame.grey.nbytes)
