"""Shot cache: coloured shots as files. They are reused as long as their inputs do not change."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from cartoonize.atomic import make_folder
from cartoonize.coloring.cached_shot import CachedShot, file_name
from cartoonize.coloring.film_evidence import FilmEvidence
from cartoonize.coloring.shot_record import ShotRecord, TrackRecorder
from cartoonize.errors import OutputError
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import fingerprint_of

#: A shot is not cached if its compressed chroma has more bytes than this.
_MAX_BYTES = 1 << 28
#: Shots are not cached if the disk has fewer free bytes than this, because the film needs them.
_RESERVE = 1 << 29


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
        yield from with_chroma(frames, shot)
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
        record = ShotRecord(self._planes, _MAX_BYTES)
        yield from record.following(frames)
        shot = record.shot()
        if shot is not None:
            if recorder is not None and self._evidence is not None:
                shot = replace(
                    shot, tracks=self._evidence.cached(recorder, before.tracks if before else None)
                )
            self.store(shot)

    def store(self, shot: CachedShot) -> None:
        """Write a shot, unless it is too large. If this fails once, it is reported, and not tried again."""
        if shot.chroma.n_bytes < _MAX_BYTES:
            self._write(replace(shot, known_cuts=self._cuts_between(shot.start, shot.stop)))

    def remove(self) -> None:
        """Remove all cached shots of the film."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, start: int) -> Path:
        return self._folder / self._key / file_name(start)

    def _write(self, shot: CachedShot) -> None:
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


def with_chroma(frames: Iterable[Frame], shot: CachedShot) -> Generator[Frame]:
    """Yield the frames of a shot that is known with its ``chroma``."""
    drawing, planes, chroma = -1, iter(shot.chroma), None
    for frame in frames:
        if frame.drawing != drawing:
            drawing, chroma = frame.drawing, next(planes)
        yield frame.having(chroma=chroma)
