"""Sources that are coloured if the user names none."""

from __future__ import annotations

from pathlib import Path

from cartoonize.errors import UsageError
from cartoonize.workspace import Workspace


def held_out_sources(workspace: Workspace) -> list[Path]:
    """Return the files of the test episodes of a workspace.

    Raises
    ------
    UsageError
        If there are none.
    """
    episodes = workspace.set_of(workspace.load(), "test")
    if not episodes:
        raise UsageError(
            "no SOURCE was given and the workspace has no test episode",
            "Name a video, or hold an episode out with `cartoonize split --test NAME`.",
        )
    return [Path(episode.source) for episode in episodes]
