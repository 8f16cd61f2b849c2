"""Split: whole episodes into training, validation and test, never parts of one (thesis 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.workspace import SETS, Workspace

#: The word that asks for no test episode.
NONE = "none"


@dataclass(frozen=True)
class SplitOptions:
    """Which episodes are held out; the rest is for training."""

    test: tuple[str, ...] = ()
    """Empty: the first episode by name; ``("none",)``: none, all is for training."""
    validation: tuple[str, ...] = ()


@dataclass(frozen=True)
class SplitSummary:
    """Names and numbers of usable frames (credits left out) of each set."""

    train: dict[str, int]
    validation: dict[str, int]
    test: dict[str, int]


def split_episodes(names: list[str], options: SplitOptions) -> dict[str, list[str]]:
    """Deal episodes into sets.

    Parameters
    ----------
    names : list of str
        All episodes.
    options : SplitOptions

    Returns
    -------
    dict
        ``train``, ``validation``, ``test``: names in order.

    Raises
    ------
    UsageError
        If a name is unknown or in two sets, or nothing is left to train on.
    """
    names = sorted(names)
    test, validation = list(options.test), list(options.validation)
    if test == [NONE] and NONE not in names:
        test = []
    elif not test and len(names) > 1:
        test = [next((name for name in names if name not in validation), names[0])]
    for name in test + validation:
        if name not in names:
            raise UnknownNameError("episode", name, names)
    twice = sorted({name for name in test + validation if (test + validation).count(name) > 1})
    if twice:
        raise UsageError(
            f"episode {twice[0]!r} is in two sets", "A set holds whole episodes; name each only once."
        )
    train = [name for name in names if name not in test and name not in validation]
    if not train:
        raise UsageError("no episode is left to train on", "Hold out fewer, or extract more episodes.")
    return {"train": train, "validation": validation, "test": test}


def split(workspace: Workspace, *, options: SplitOptions) -> SplitSummary:
    """Split the workspace's episodes and enter it in the manifest."""
    with workspace.locked():
        manifest = workspace.load()
        manifest = replace(manifest, split=split_episodes(list(manifest.episodes), options))
        workspace.save(manifest)
    counts = {part: {e.name: len(e.pictures) for e in workspace.set_of(manifest, part)} for part in SETS}
    return SplitSummary(**counts)
