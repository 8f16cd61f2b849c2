"""Split whole episodes into training, validation and test sets (thesis, 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.workspace import SETS, Workspace

#: Value of ``SplitOptions.test`` that asks for no test episode.
NONE = "none"


@dataclass(frozen=True)
class SplitOptions:
    """Episodes to hold out; all others are for training."""

    test: tuple[str, ...] = ()
    """Empty: the first episode by name. ``("none",)``: no episode."""
    validation: tuple[str, ...] = ()


@dataclass(frozen=True)
class SplitSummary:
    """Usable frames (without credits) of each episode, by set and name."""

    train: dict[str, int]
    validation: dict[str, int]
    test: dict[str, int]


def split_episodes(names: list[str], options: SplitOptions) -> dict[str, list[str]]:
    """Divide episodes into sets.

    Parameters
    ----------
    names : list of str
        All episodes.
    options : SplitOptions

    Returns
    -------
    dict
        Names in order, under ``train``, ``validation`` and ``test``.

    Raises
    ------
    UsageError
        If a name is unknown or in two sets, or no episode is left for training.
    """
    names = sorted(names)
    test, validation = _test_episodes(names, options), list(options.validation)
    held_out = test + validation
    for name in held_out:
        if name not in names:
            raise UnknownNameError("episode", name, names)
    repeated = sorted({name for name in held_out if held_out.count(name) > 1})
    if repeated:
        raise UsageError(f"episode {repeated[0]!r} is held out twice", "Name each episode only once.")
    train = [name for name in names if name not in held_out]
    if not train:
        raise UsageError("no episode is left to train on", "Hold out fewer, or extract more episodes.")
    return {"train": train, "validation": validation, "test": test}


def _test_episodes(names: list[str], options: SplitOptions) -> list[str]:
    test = list(options.test)
    if test == [NONE] and NONE not in names:
        return []
    if not test and len(names) > 1:
        return [next((name for name in names if name not in options.validation), names[0])]
    return test


def split(workspace: Workspace, *, options: SplitOptions) -> SplitSummary:
    """Split the workspace's episodes and save the split in the manifest.

    Raises
    ------
    UsageError
        If a name is unknown or in two sets, or no episode is left for training.
    WorkspaceError
        If the workspace has no episodes, or another process holds its lock.
    """
    with workspace.locked():
        manifest = workspace.load()
        manifest = replace(manifest, split=split_episodes(list(manifest.episodes), options))
        workspace.save(manifest)
    counts = {part: {e.name: len(e.pictures) for e in workspace.set_of(manifest, part)} for part in SETS}
    return SplitSummary(**counts)
