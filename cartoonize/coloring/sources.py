"""Default sources of `colorize`."""

from __future__ import annotations

from pathlib import Path

from cartoonize.errors import UsageError
from cartoonize.workspace import Workspace


def held_out_sources(workspace: Workspace) -> list[Path]:
    """Return the files of the test episodes of a workspace.

    Raises
    ------
    UsageError
        If the workspace has no test episodes.
    """
    episodes = workspace.set_of(workspace.load(), "test")
    if not episodes:
        raise UsageError(
            "no SOURCE is given, and the workspace has no test episodes",
            "Give a video, or select a test episode with `cartoonize split --test NAME`.",
        )
    return [Path(episode.source) for episode in episodes]
