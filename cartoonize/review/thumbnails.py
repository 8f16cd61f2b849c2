"""Thumbnails: small pictures of shots, kept on the disk up to a limit."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from cartoonize.atomic import replacing
from cartoonize.errors import OutputError, SourceError
from cartoonize.review.pictures import thumbnail
from cartoonize.tracking.confidence import ShotDoubt
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.review.films import ColoredFilm

#: Width of a thumbnail in pixels.
WIDTH = 320
#: Largest number of files. The oldest ones are removed, a tenth at once.
_MAX_FILES = 20_000
#: Number of thumbnails that are made at the same time.
_N_AT_ONCE = 2


class Thumbnails:
    """The thumbnails of a workspace, in ``cache/review/thumbnails``.

    Parameters
    ----------
    workspace : Workspace
        Workspace with the cache.
    max_files : int
        Largest number of files.
    """

    def __init__(self, workspace: Workspace, max_files: int = _MAX_FILES) -> None:
        self._folder, self._max_files = workspace.cache / "review" / "thumbnails", max_files
        self._lock, self._working = Lock(), BoundedSemaphore(_N_AT_ONCE)
        self._n_files = sum(1 for _ in self._folder.glob("*.jpg"))
        self._is_closed = False

    def get(self, film: ColoredFilm, shot: ShotDoubt) -> bytes:
        """Return a thumbnail as JPEG, from its file or made now; see `thumbnail` for errors."""
        path = self._folder / f"{film.key}-{shot.start}-{film.tag(shot)}.jpg"
        with suppress(OSError):
            return path.read_bytes()
        with self._working:
            if self._is_closed:
                raise SourceError("the server ends", "Start `cartoonize review` again.")
            data = thumbnail(film, shot, WIDTH)
        with suppress(OutputError), self._lock:  # it is shown in any case
            self._remove_oldest()
            with replacing(path) as part:
                part.write_bytes(data)
            self._n_files += 1
        return data

    def close(self) -> None:
        """Make no more thumbnails, so that those who wait for one get an error."""
        self._is_closed = True

    def _remove_oldest(self) -> None:
        if self._n_files < self._max_files:
            return
        files = sorted(self._folder.glob("*.jpg"), key=_time)
        for path in files[: len(files) - self._max_files * 9 // 10]:
            with suppress(OSError):
                path.unlink()
        self._n_files = min(len(files), self._max_files * 9 // 10)


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
