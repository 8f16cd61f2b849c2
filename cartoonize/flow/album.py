"""The album of a workspace: pictures of its training episodes, in which what is drawn again is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cartoonize.frames import area_average
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.refine.album import Album

#: Pictures at most, evenly spread; each takes some hundredths of a second and 2 MB.
_MOST_PAGES = 240


def training_album(
    workspace: Workspace, *, progress: Callable[[str, int, int], None] = lambda label, done, total: None
) -> Album:
    """Return an album of the training episodes' kept pictures; an empty one if there are none.

    Validation and test episodes are not looked at.

    Parameters
    ----------
    workspace : Workspace
    progress : callable
        Called with (label, pictures done, pictures in all).
    """
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.refine.album import Album
    from cartoonize.refine.known import Known
    from cartoonize.video.images import read_picture
    from cartoonize.video.planes import luma_of_rgb

    paths = workspace.picture_paths(workspace.set_of(workspace.load(), "train"))
    some = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), _MOST_PAGES)).round().astype(int))
    album = Album()
    for done, k in enumerate(some.tolist(), 1):
        rgb = area_average(read_picture(paths[k]))
        ab = rgb_to_lab(rgb)[..., 1:].astype(np.float32)
        album.add(luma_of_rgb(rgb, "bt601"), Known(ab, np.ones(ab.shape[:2], np.float32)))
        progress("looking through the training episodes", done, len(some))
    return album
