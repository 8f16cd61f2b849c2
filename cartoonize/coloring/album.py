"""Album of a workspace: pictures of its training episodes, in which drawings are looked up."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays
from cartoonize.frames import COLOR_SIZE, area_average
from cartoonize.recent import Recent
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import Workspace, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.tracking.album import Album
    from cartoonize.tracking.features import Features

#: Largest number of pictures, evenly spread. Each takes a few hundredths of a second and 2 MB.
_MAX_PICTURES = 240
#: Largest number of answers that are kept, 0.8 MB each. A part of a shot has at most 16 look-ups.
_MAX_ANSWERS = 32

#: A drawing (256, 256) and its colours.
_Added = tuple[NDArray[np.uint8], ColorHints]
#: A picture (256, 256, 3) of a training episode, and its features.
_Picture = tuple[NDArray[np.uint8], "Features"]


class LookUpAlbum(ABC):
    """Album that keeps its last answers, because the cache asks for a drawing before it is coloured."""

    def __init__(self) -> None:
        self._answers: Recent[str, ColorHints | None] = Recent(_MAX_ANSWERS)
        self._lock = Lock()

    @property
    @abstractmethod
    def _album(self) -> Album:
        """The album, built when the first drawing is looked up."""

    def find(self, grey: NDArray[np.uint8]) -> ColorHints | None:
        """Return the known colours of a drawing (256, 256), as `Album.find` does."""
        with self._lock:  # the first of several shots builds it, and the others wait
            album = self._album
        return self._answers.of(fingerprint_of_arrays(grey), lambda: album.find(grey))


class WorkspaceAlbum(LookUpAlbum):
    """Album of pictures of the training episodes. It is built when the first drawing is looked up.

    Pictures of validation and test episodes are not used.

    Parameters
    ----------
    workspace : Workspace
        Workspace with extracted episodes.
    reporter : Reporter
        Receives progress while the album is built.
    """

    def __init__(self, workspace: Workspace, *, reporter: Reporter = LOG) -> None:
        super().__init__()
        episodes = workspace.training_episodes(workspace.load())
        self._paths = workspace.some_pictures(episodes, _MAX_PICTURES)
        self._added: list[_Added] = []
        self._reporter, self._cache = reporter, workspace.cache
        self._episodes = [(e.sha256, e.threshold, e.size, [name for _, name in e.pictures]) for e in episodes]

    def __len__(self) -> int:
        return len(self._paths) + len(self._added)

    def add(self, grey: NDArray[np.uint8], hints: ColorHints) -> None:
        """Add a drawing with colours of a user, as `Album.add` does. Call this before the first `find`."""
        self._added.append((grey, hints))

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of all pages. Ask for it after the last `add`."""
        added = [a for grey, hints in self._added for a in (grey, hints.ab, hints.confidence)]
        return fingerprint_of([self._episodes, fingerprint_of_arrays(*added)])

    @cached_property
    def _album(self) -> Album:
        def reported() -> Iterator[_Picture]:
            for done, page in enumerate(self._pages(), 1):
                yield page
                self._reporter.progress(
                    "reading the training episodes", done, len(self._paths), unit="pictures"
                )

        return _album_of(reported(), self._added)

    def _pages(self) -> Iterator[_Picture]:
        """Yield the pictures (256, 256, 3) of the training episodes, with their features."""
        from cartoonize.coloring.album_features import features_of_pictures
        from cartoonize.video.images import read_picture
        from cartoonize.video.planes import luma_of_rgb

        def read_grey(path: Path) -> NDArray[np.uint8]:
            return luma_of_rgb(area_average(read_picture(path)), "bt601")

        found = features_of_pictures(self._paths, read_grey, self._cache, self._episodes)
        for path, features in zip(self._paths, found, strict=True):
            yield area_average(read_picture(path)), features

    def sent(self) -> SentAlbum:
        """Return the album for other machines."""
        pages = tuple((zlib.compress(rgb.tobytes(), 1), features) for rgb, features in self._pages())
        return SentAlbum(pages, tuple(self._added), self.fingerprint)


class SentAlbum(LookUpAlbum):
    """Album of another machine. It finds the same colours.

    Parameters
    ----------
    pages : sequence of (bytes, Features)
        Compressed pictures, each (256, 256, 3) sRGB, with their features.
    added : sequence of (ndarray, ColorHints)
        Drawings (256, 256) with colours of a user.
    fingerprint : str
        Fingerprint of the album there.
    """

    def __init__(
        self, pages: Sequence[tuple[bytes, Features]], added: Sequence[_Added], fingerprint: str
    ) -> None:
        super().__init__()
        self._pages, self._added, self.fingerprint = pages, added, fingerprint

    def __reduce__(self) -> tuple[type[SentAlbum], tuple[Any, ...]]:
        return SentAlbum, (self._pages, self._added, self.fingerprint)  # without what was built from it

    @cached_property
    def _album(self) -> Album:
        shape = (COLOR_SIZE, COLOR_SIZE, 3)
        unpacked = (
            (np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape), features)
            for packed, features in self._pages
        )
        return _album_of(unpacked, self._added)


def _album_of(pictures: Iterable[_Picture], added: Iterable[_Added]) -> Album:
    from cartoonize.tracking.album import Album
    from cartoonize.video.planes import luma_of_rgb

    album = Album()
    for rgb, features in pictures:
        album.add(luma_of_rgb(rgb, "bt601"), rgb, features)
    for grey, hints in added:
        album.add(grey, hints)
    return album
