"""The album of a workspace: pictures of its training episodes, in which what is drawn again is found."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import area_average
from cartoonize.workspace import Workspace, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.tracking.album import Album
    from cartoonize.tracking.carry import ColorHints

#: Pictures at most, evenly spread; each takes some hundredths of a second and 2 MB.
_MOST_PAGES = 240


class WorkspaceAlbum:
    """An album of the training episodes' kept pictures, made when somebody looks into it.

    Validation and test episodes are not looked at.

    Parameters
    ----------
    workspace : Workspace
    progress : callable
        Called with (label, pictures done, pictures in all).
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        progress: Callable[[str, int, int], None] = lambda label, done, total: None,
    ) -> None:
        episodes = workspace.set_of(workspace.load(), "train")
        paths = workspace.picture_paths(episodes)
        some = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), _MOST_PAGES)).round().astype(int))
        self._paths: list[Path] = [paths[k] for k in some.tolist()]
        self._added: list[tuple[NDArray[np.uint8], ColorHints]] = []
        self._progress = progress
        self._learned = [(e.sha256, e.threshold, e.size, [name for _, name in e.pictures]) for e in episodes]

    def __len__(self) -> int:
        return len(self._paths) + len(self._added)

    def add(self, grey: NDArray[np.uint8], known: ColorHints) -> None:
        """Add a page of the user's, as `Album.add` does, before anybody looks."""
        self._added.append((grey, known))

    def find(self, grey: NDArray[np.uint8]) -> ColorHints | None:
        """Return what the pages tell of a drawing (256, 256), as `Album.find` does."""
        return self._made.find(grey)

    @property
    def fingerprint(self) -> str:
        """Return a fingerprint of all pages."""
        from cartoonize.coloring.cached_shot import fingerprint_of_arrays

        own = [a for grey, known in self._added for a in (grey, known.ab, known.sure)]
        return fingerprint_of([self._learned, fingerprint_of_arrays(*own)])

    @cached_property
    def _made(self) -> Album:
        from cartoonize.color.lab import rgb_to_lab
        from cartoonize.tracking.album import Album
        from cartoonize.tracking.carry import ColorHints
        from cartoonize.video.images import read_picture
        from cartoonize.video.planes import luma_of_rgb

        album = Album()
        for done, path in enumerate(self._paths, 1):
            rgb = area_average(read_picture(path))
            ab = rgb_to_lab(rgb)[..., 1:].astype(np.float32)
            album.add(luma_of_rgb(rgb, "bt601"), ColorHints(ab, np.ones(ab.shape[:2], np.float32)))
            self._progress("looking through the training episodes", done, len(self._paths))
        for grey, known in self._added:
            album.add(grey, known)
        return album
