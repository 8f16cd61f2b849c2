"""The files of accepted shots: where they are. Reading them is in `accepted`, which loads PyTorch."""

from __future__ import annotations

from pathlib import Path

from cartoonize.workspace import Workspace


def accepted_root(workspace: Workspace) -> Path:
    """Return the folder with the accepted shots of all films of a workspace."""
    return workspace.root / "review" / "accepted"


def accepted_folder(workspace: Workspace, film: str) -> Path:
    """Return the folder with the accepted shots of a film, from the fingerprint of its content."""
    return accepted_root(workspace) / film[:16]


def accepted_files(workspace: Workspace) -> list[str]:
    """Return the names of the files of all accepted shots of a workspace, which contain their content."""
    return sorted(f"{path.parent.name}/{path.name}" for path in accepted_root(workspace).glob("*/*.npz"))
