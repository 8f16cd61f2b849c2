"""Shot cache: shots that were coloured before are not coloured again while nothing changes for them."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays, fingerprint_of_hints
from cartoonize.atomic import make_folder
from cartoonize.coloring.cached_shot import CachedShot, CachedTracks, PackedChroma
from cartoonize.errors import OutputError
from cartoonize.frames import Frame
from cartoonize.reporting import LOG, Reporter
from cartoonize.tracking.confidence import PartConfidence
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.tracked import PartPrediction, TrackedShot
from cartoonize.workspace import fingerprint_of

#: A shot that takes more memory than this, compressed, is not cached.
_MOST_BYTES = 1 << 28
#: No shot is cached if less of the disk is free: the film needs it.
_RESERVE = 1 << 29


class TrackRecorder:
    """Records what is predicted for the tracks of one shot, and how confident its colours are."""

    def __init__(self) -> None:
        self.predictions: list[PartPrediction] = []
        self.confidence: list[PartConfidence] = []

    def record(self, prediction: PartPrediction, tracked: TrackedShot) -> None:
        """Add a part of the shot."""
        self.predictions.append(prediction)
        self.confidence.append(PartConfidence.of(tracked))


@dataclass(frozen=True)
class Knowledge:
    """What the tracks of a film know beside predictions; cached shots remember which of it they used."""

    hints: Mapping[int, ColorHints]
    """Known colours of some frames, by index."""
    memory: Memory
    """Colours of similar regions elsewhere."""
    album: str
    """Fingerprint of the album that drawings are looked up in; "" if there is none."""

    def is_current(self, tracks: CachedTracks) -> bool:
        """Return whether a cached shot would get the same colours again."""
        if tracks.album != self.album:
            return False
        if tracks.hints != fingerprint_of_hints(self.hints, tracks.start, tracks.stop):
            return False
        return tracks.memory == self._answer(tracks.predictions, bool(tracks.hints))

    def cached(self, recorder: TrackRecorder) -> CachedTracks:
        """Return a record of a shot that was coloured with this knowledge."""
        parts = recorder.confidence
        hints = fingerprint_of_hints(self.hints, parts[0].start, parts[-1].stop)
        memory = self._answer(recorder.predictions, bool(hints))
        return CachedTracks(recorder.predictions, parts, hints, memory, self.album)

    def _answer(self, predictions: Iterable[PartPrediction], has_hints: bool) -> str:
        """Return a fingerprint of what the memory says about a shot.

        With hints, what it is asked depends on the pictures; then the whole memory counts.
        """
        if not len(self.memory):
            return ""
        if has_hints:
            return self.memory.fingerprint
        answers = []
        for prediction in predictions:
            asked, lightness = prediction.question()
            answer = self.memory.recall(asked, lightness)
            answers.append(answer if not np.array_equal(answer, asked) else np.empty(0, np.float32))
        return fingerprint_of_arrays(*answers) if any(map(len, answers)) else ""


class ShotCache:
    """The cached shots of one film, as files.

    Parameters
    ----------
    folder : Path
        Folder of the film. It holds one folder, for the last way in which the film was coloured.
    key : str
        Fingerprint of everything that all shots depend on: film, options, weights, versions.
    knowledge : Knowledge, optional
        Hints and memory, if the film is coloured along tracks.
    afresh : bool
        True to ignore what is cached.
    reporter : Reporter
        Receives a warning if shots cannot be cached: then they are only coloured.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        *,
        knowledge: Knowledge | None = None,
        afresh: bool = False,
        reporter: Reporter = LOG,
    ) -> None:
        self._folder, self._key, self._knowledge = folder, key[:32], knowledge
        self._afresh, self._reporter = afresh, reporter
        self._fails = False
        self.n_reused = 0
        """Shots that were not coloured again."""

    def depend_on(self, fact: str) -> None:
        """Add a fact that every shot depends on, which was not known when the key was made."""
        self._key = fingerprint_of([self._key, fact])[:32]

    @property
    def is_empty(self) -> bool:
        """True if no shot is cached for this key."""
        return self._afresh or not any((self._folder / self._key).glob("*.npz"))

    def find(self, number: int, start: int) -> CachedShot | None:
        """Return a shot that was coloured before, whatever hints there were; None if there is none.

        Parameters
        ----------
        number : int
            Number of the shot.
        start : int
            Index of its first frame.
        """
        if self._afresh:
            return None
        found = CachedShot.read(self._path(number), tracked=self._knowledge is not None)
        return found if found is not None and found.start == start else None

    def is_current(self, shot: CachedShot) -> bool:
        """Return whether a cached shot would get the same colours again."""
        return self._knowledge is None or shot.tracks is None or self._knowledge.is_current(shot.tracks)

    def reuse(self, shot: CachedShot, frames: Iterable[Frame]) -> Generator[Frame]:
        """Yield the frames of a cached shot with its ``chroma``."""
        drawing, planes, chroma = -1, iter(shot.chroma), None
        for frame in frames:
            if frame.drawing != drawing:
                drawing, chroma = frame.drawing, next(planes)
            yield frame.having(chroma=chroma)
        self.n_reused += 1

    def storing(
        self, number: int, frames: Generator[Frame], recorder: TrackRecorder | None = None
    ) -> Generator[Frame]:
        """Yield the frames of a shot that is coloured; cache it when the last one has come.

        A shot of which some frames have no ``chroma`` is not cached.

        Parameters
        ----------
        number : int
            Number of the shot.
        frames : generator of Frame
            All frames of the shot, with ``chroma``.
        recorder : TrackRecorder, optional
            Receives what is predicted for its tracks, while the frames come.
        """
        chroma: PackedChroma | None = PackedChroma()
        start, drawing = -1, -1
        with closing(frames):
            for frame in frames:
                start = frame.index if start < 0 else start
                if frame.chroma is None:
                    chroma = None
                elif chroma is not None and frame.drawing != drawing and chroma.n_bytes < _MOST_BYTES:
                    chroma.add(frame.chroma)
                drawing = frame.drawing
                yield frame
        if chroma is not None and 0 < chroma.n_bytes < _MOST_BYTES:
            tracks = None
            if recorder is not None and self._knowledge is not None:
                tracks = self._knowledge.cached(recorder)
            self._write(number, CachedShot(start, chroma, tracks))

    def forget(self) -> None:
        """Remove everything that is cached of the film."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / self._key / f"{number:06d}.npz"

    def _write(self, number: int, shot: CachedShot) -> None:
        """Write a shot. If that fails, the film goes on."""
        if self._fails:
            return
        try:
            self._forget_others()
            make_folder(self._folder)
            if shutil.disk_usage(self._folder).free < _RESERVE:
                raise OutputError(f"{self._folder}: the disk is nearly full")
            shot.write(self._path(number))
        except (OutputError, OSError) as error:  # the latter if another process removes the folder
            self._fails = True
            self._reporter.warning(f"shots are not cached for the next time: {error}")

    def _forget_others(self) -> None:
        """Remove what is cached of other ways to colour the film."""
        if (self._folder / self._key).is_dir():
            return
        for other in self._folder.glob("*"):
            shutil.rmtree(other, ignore_errors=True)
