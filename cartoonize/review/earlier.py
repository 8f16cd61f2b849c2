"""Earlier colours: the cached shots as they were before the latest job, to compare with.

They are hard links. The cache replaces files and never changes them, so the links keep what they were made
of, and only shots that get other colours take space.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from cartoonize.workspace import Workspace


def keep_earlier(workspace: Workspace) -> None:
    """Keep the colours of all cached shots as the earlier ones, instead of those that were kept before.

    On file systems without hard links, nothing is kept.
    """
    folder = workspace.cache / "review" / "earlier"
    shutil.rmtree(folder, ignore_errors=True)
    for path in (workspace.cache / "shots").glob("*/*/*.npz"):
        link = folder / path.parent.parent.name / path.name
        with suppress(OSError):
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, link)
