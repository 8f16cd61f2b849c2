"""Locks: the colours of accepted shots are kept, and those of reopened ones are not. The journal decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from cartoonize.coloring.accepted import AcceptedShots
from cartoonize.coloring.accepted_files import accepted_folder
from cartoonize.errors import UnknownNameError
from cartoonize.review.films import ColoredFilm
from cartoonize.review.state import FrameRange
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class _Kept:
    shots: AcceptedShots
    times: dict[FrameRange, int]
    """Time stamp of the first frame, by shot."""


class Locks:
    """The accepted shots of the films of a workspace, as files.

    Parameters
    ----------
    workspace : Workspace
        Workspace of the films.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._lock = workspace, Lock()
        self._kept: dict[str, _Kept] = {}

    def follow(self, film: ColoredFilm, accepted: Iterable[FrameRange]) -> None:
        """Keep the colours of exactly these shots of a film.

        Those that are kept already stay as they are. A shot that is not in the cache has no colours to keep
        yet.

        Raises
        ------
        OutputError
            If the workspace cannot be written. The next call tries it again.
        """
        with self._lock:
            kept, wanted = self._of(film), set(accepted)
            for gone in kept.times.keys() - wanted:
                kept.shots.remove(kept.times[gone])
                del kept.times[gone]
            for new in sorted(wanted - kept.times.keys()):
                self._keep(film, kept, new)

    def _of(self, film: ColoredFilm) -> _Kept:
        """Return what is kept of a film. Its files are read once."""
        if film.key not in self._kept:
            shots = AcceptedShots(accepted_folder(self._workspace, film.confidence.fingerprint))
            self._kept[film.key] = _Kept(shots, shots.ranges())
        return self._kept[film.key]

    def _keep(self, film: ColoredFilm, kept: _Kept, new: FrameRange) -> None:
        try:
            shot = film.shot_at(new[0])
        except UnknownNameError:  # the cuts have moved since it was accepted
            return
        path, cached = film.cached_path(shot), film.cached(shot)
        if path is None or cached is None or (cached.start, cached.stop) != new:
            return
        kept.shots.add(path)
        kept.times[new] = int(cached.pts[0])
