"""Film evidence: known colours of one film, and whether a cached shot agrees with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays, fingerprint_of_hints
from cartoonize.coloring.cached_shot import CachedTracks
from cartoonize.coloring.shot_record import TrackRecorder, fingerprint_of_found
from cartoonize.filters.track_sources import TrackSources
from cartoonize.tracking.edits import NO_EDITS, TrackEdits
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.paint_changes import NO_PAINT_CHANGES, PaintChanges
from cartoonize.tracking.votes import Appearance


class DrawingAlbum(Protocol):
    """Album in which drawings are looked up, such as `WorkspaceAlbum`."""

    @property
    def fingerprint(self) -> str:
        """Fingerprint of all pages."""
        ...

    def find(self, grey: NDArray[np.uint8]) -> ColorHints | None:
        """Return the known colours of a drawing (256, 256), or None if nothing is found."""
        ...


@dataclass(frozen=True)
class FilmEvidence:
    """Known colours of one film, in addition to predictions."""

    hints: Mapping[int, ColorHints]
    """Known colours of some frames, by index."""
    memory: Memory
    """Predictions for regions with known colours, in this film and others."""
    album: DrawingAlbum | None
    """Album in which drawings are looked up; None without an album or if it is empty."""
    edits: TrackEdits = NO_EDITS
    """Tracks that a user has divided and joined."""
    paints: PaintChanges = NO_PAINT_CHANGES
    """Paints that a user has replaced or fixed."""

    @property
    def sources(self) -> TrackSources:
        """Sources of colours for its tracks."""
        find = self.album.find if self.album is not None else None
        return TrackSources(self.hints, self.memory.recall, find, edits=self.edits, paints=self.paints)

    @property
    def _album_fingerprint(self) -> str:
        return self.album.fingerprint if self.album is not None else ""

    def is_current(self, tracks: CachedTracks) -> bool:
        """Return whether a cached shot would get the same colours with this evidence."""
        if not self.gives_the_same(tracks):
            return False
        return tracks.memory == self._answer(tracks) and self.finds_the_same(tracks)

    def gives_the_same(self, tracks: CachedTracks) -> bool:
        """Return whether hints, edits of tracks and changes of paints are the same as for a cached shot."""
        hints = fingerprint_of_hints(self.hints, tracks.start, tracks.stop)
        edits, paints = (
            self.edits.fingerprint(tracks.start, tracks.stop),
            self.paints.fingerprint(tracks.colors),
        )
        return (tracks.hints, tracks.edits, tracks.paints) == (hints, edits, paints)

    def finds_the_same(self, tracks: CachedTracks) -> bool:
        """Return whether the album has the same colours for the drawings of a shot that were looked up.

        If pages were added to the album or removed, the drawings are looked up again.
        """
        if tracks.album == self._album_fingerprint:
            return True
        if not tracks.look_ups:
            return False
        find = self.album.find if self.album is not None else find_nothing
        return all(fingerprint_of_found(find(one.drawing)) == one.answer for one in tracks.look_ups)

    def cached(self, recorder: TrackRecorder, before: CachedTracks | None = None) -> CachedTracks:
        """Return a record of a shot that was coloured with this evidence.

        Parameters
        ----------
        recorder : TrackRecorder
            What was recorded while it was coloured.
        before : CachedTracks, optional
            Earlier record, whose look-ups are still valid if none were recorded.
        """
        parts = recorder.confidence
        start, stop = parts[0].start, parts[-1].stop
        hints, edits = fingerprint_of_hints(self.hints, start, stop), self.edits.fingerprint(start, stop)
        tracks = CachedTracks(
            recorder.predictions,
            parts,
            hints,
            "",
            self._album_fingerprint,
            recorder.look_ups or (before.look_ups if before else ()),
            recorder.recalled if hints or edits else (),
            edits,
            recorder.colors,
            self.paints.fingerprint(recorder.colors),
        )
        return replace(tracks, memory=self._answer(tracks))

    def _answer(self, tracks: CachedTracks) -> str:
        """Return a fingerprint of the answers of the memory for a shot; "" if it changes nothing."""
        if not len(self.memory):
            return ""
        asked: Iterable[Appearance] = tracks.recalled
        if not (tracks.hints or tracks.edits):
            asked = (prediction.appearance() for prediction in tracks.predictions)
        answers = []
        for one in asked:
            answer = self.memory.recall(one)
            answers.append(answer if not np.array_equal(answer, one.histograms) else np.empty(0, np.float32))
        return fingerprint_of_arrays(*answers) if any(map(len, answers)) else ""


#: Evidence that says nothing.
NO_EVIDENCE = FilmEvidence({}, Memory(), None)


def find_nothing(drawing: NDArray[np.uint8]) -> ColorHints | None:
    """Return None, as an empty album does. It replaces the colours that an earlier album had."""
    return None
