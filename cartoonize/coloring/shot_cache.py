"""Shot cache: coloured shots as files. They are reused as long as their inputs do not change."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays, fingerprint_of_hints
from cartoonize.atomic import make_folder
from cartoonize.coloring.cached_shot import (
    CachedShot,
    CachedTracks,
    LookUp,
    PackedChroma,
    file_name,
)
from cartoonize.errors import OutputError
from cartoonize.filters.track import TrackSources
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.reporting import LOG, Reporter
from cartoonize.tracking.confidence import PartConfidence
from cartoonize.tracking.edits import NO_EDITS, TrackEdits
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.paint_changes import NO_PAINT_CHANGES, PaintChanges
from cartoonize.tracking.tracked import PartPrediction, TrackedShot
from cartoonize.tracking.votes import Appearance
from cartoonize.workspace import fingerprint_of

#: A shot is not cached if its compressed chroma has more bytes than this.
_MAX_BYTES = 1 << 28
#: Shots are not cached if the disk has fewer free bytes than this, because the film needs them.
_RESERVE = 1 << 29


class TrackRecorder:
    """Record of the predictions for the tracks of one shot, and of the confidence of its colours."""

    def __init__(self) -> None:
        self.predictions: list[PartPrediction] = []
        self.confidence: list[PartConfidence] = []
        self.look_ups: list[LookUp] = []
        self.recalled: list[Appearance] = []
        self._colors: list[NDArray[np.int32]] = []

    def recording(self, sources: TrackSources) -> TrackSources:
        """Return sources that record what the album and the memory are asked, and the tracks."""
        find, recall = sources.find, sources.recall

        def recorded_find(drawing: NDArray[np.uint8]) -> ColorHints | None:
            assert find is not None
            found = find(drawing)
            self.look_ups.append(LookUp(drawing, fingerprint_of_found(found)))
            return found

        def recorded_recall(appearance: Appearance) -> NDArray[np.float32]:
            self.recalled.append(appearance)
            return recall(appearance)

        return replace(
            sources, find=recorded_find if find else None, recall=recorded_recall, record=self.record
        )

    def record(self, prediction: PartPrediction, tracked: TrackedShot) -> None:
        """Add a part of the shot."""
        self.predictions.append(prediction)
        self.confidence.append(PartConfidence.of(tracked, prediction.votes))
        self._colors.append(tracked.colors)

    @property
    def colors(self) -> NDArray[np.int32]:
        """All colours that were decided."""
        return np.unique(np.concatenate([np.zeros(0, np.int32), *self._colors]))


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
        find = self.album.find if self.album is not None else _find_nothing
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


def _n_first(values: Sequence[bool]) -> int:
    """Return how many of the first values are True."""
    return next((n for n, value in enumerate(values) if not value), len(values))


def fingerprint_of_found(found: ColorHints | None) -> str:
    """Return a fingerprint of the answer of an album; "" if it found nothing."""
    return fingerprint_of_arrays(found.ab, found.confidence) if found is not None else ""


def _find_nothing(drawing: NDArray[np.uint8]) -> ColorHints | None:
    return None


class ShotCache:
    """The cached shots of one film.

    Parameters
    ----------
    folder : Path
        Folder of the film. It has one subfolder, named by the key. When the key changes, the subfolder is
        removed and a new one is made.
    key : str
        Fingerprint of everything on which all shots depend: film, options, weights, versions.
    planes : PlaneFormat
        Size and coding of the chroma planes of the shots.
    evidence : FilmEvidence, optional
        Hints, memory and album, if the film is coloured along tracks.
    known_cuts : mapping of int to bool, optional
        Indices of frames of which the user says whether a shot begins with them.
    ignore_cached : bool
        True to find no shots. New shots are still written.
    reporter : Reporter
        Receives a warning if shots cannot be written. The film is coloured without a cache then.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        planes: PlaneFormat,
        *,
        evidence: FilmEvidence | None = None,
        known_cuts: Mapping[int, bool] | None = None,
        ignore_cached: bool = False,
        reporter: Reporter = LOG,
    ) -> None:
        self._folder, self._key, self._planes, self._evidence = folder, key[:32], planes, evidence
        self._known_cuts, self._ignore_cached, self._reporter = known_cuts or {}, ignore_cached, reporter
        self._fails = False
        self.n_reused = 0
        """Shots that were not coloured again."""

    def depend_on(self, fact: str) -> None:
        """Add a fact on which all shots depend to the key. Call this before shots are looked up."""
        self._key = fingerprint_of([self._key, fact])[:32]

    @property
    def is_empty(self) -> bool:
        """True if no shot is cached for this key."""
        return self._ignore_cached or not any((self._folder / self._key).glob("*.npz"))

    def find(self, start: int) -> CachedShot | None:
        """Return the cached shot that begins with a frame, or None. Its hints may have changed since.

        A shot whose end has moved, because cuts were corrected, is not found.

        Parameters
        ----------
        start : int
            Index of its first frame.
        """
        if self._ignore_cached:
            return None
        found = CachedShot.read(self._path(start), tracked=self._evidence is not None)
        if found is None or found.known_cuts != self._cuts_between(start, found.stop):
            return None
        return found if found.start == start else None

    def _cuts_between(self, start: int, stop: int) -> dict[int, bool]:
        """Return the user's corrections of cuts after the first frame of a shot, up to its end."""
        return {k: is_cut for k, is_cut in sorted(self._known_cuts.items()) if start < k <= stop}

    def is_current(self, shot: CachedShot) -> bool:
        """Return whether a cached shot would get the same colours again."""
        return self._evidence is None or shot.tracks is None or self._evidence.is_current(shot.tracks)

    def reuse(self, shot: CachedShot, frames: Iterable[Frame]) -> Generator[Frame]:
        """Yield the frames of a cached shot with its ``chroma``."""
        drawing, planes, chroma = -1, iter(shot.chroma), None
        for frame in frames:
            if frame.drawing != drawing:
                drawing, chroma = frame.drawing, next(planes)
            yield frame.having(chroma=chroma)
        self.n_reused += 1

    def storing(
        self,
        frames: Generator[Frame],
        recorder: TrackRecorder | None = None,
        before: CachedShot | None = None,
    ) -> Generator[Frame]:
        """Yield the frames of a shot, and write the shot to the cache after the last one.

        A shot is not cached if one of its frames has no ``chroma``.

        Parameters
        ----------
        frames : generator of Frame
            All frames of the shot, with ``chroma``.
        recorder : TrackRecorder, optional
            Recorder to which the predictions for its tracks are added while frames are yielded.
        before : CachedShot, optional
            The shot as it was cached before, if its predictions are used again.
        """
        chroma: PackedChroma | None = PackedChroma()
        start, drawing = -1, -1
        area = None
        pts: list[int] = []
        n_held: list[int] = []
        is_mixed: list[bool] = []
        with closing(frames):
            for frame in frames:
                start = frame.index if start < 0 else start
                area = frame.area
                pts.append(frame.pts)
                is_mixed.append(frame.mix is not None)
                if frame.drawing != drawing:
                    n_held.append(0)
                n_held[-1] += 1
                if frame.chroma is None:
                    chroma = None
                elif chroma is not None and frame.drawing != drawing and chroma.n_bytes < _MAX_BYTES:
                    chroma.add(frame.chroma)
                drawing = frame.drawing
                yield frame
        if chroma is not None and 0 < chroma.n_bytes < _MAX_BYTES:
            tracks = None
            if recorder is not None and self._evidence is not None:
                tracks = self._evidence.cached(recorder, before.tracks if before else None)
            times = np.array(pts, np.int64), np.array(n_held, np.int64)
            cuts = self._cuts_between(start, start + len(pts))
            n_mixed = _n_first(is_mixed), _n_first(is_mixed[::-1])
            self._write(CachedShot(start, *times, self._planes, chroma, tracks, area, cuts, n_mixed))

    def remove(self) -> None:
        """Remove all cached shots of the film."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, start: int) -> Path:
        return self._folder / self._key / file_name(start)

    def _write(self, shot: CachedShot) -> None:
        """Write a shot. If this fails, report it once, and write no more shots."""
        if self._fails:
            return
        try:
            self._remove_other_keys()
            make_folder(self._folder)
            if shutil.disk_usage(self._folder).free < _RESERVE:
                raise OutputError(f"{self._folder}: the disk is nearly full")
            shot.write(self._path(shot.start))
        except (OutputError, OSError) as error:  # OSError if another process removes the folder
            self._fails = True
            self._reporter.warning(f"shots are not cached: {error}")

    def _remove_other_keys(self) -> None:
        """Remove cached shots with other keys."""
        if (self._folder / self._key).is_dir():
            return
        for other in self._folder.glob("*"):
            shutil.rmtree(other, ignore_errors=True)
