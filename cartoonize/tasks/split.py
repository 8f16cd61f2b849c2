"""Split whole episodes into training, validation and test sets (thesis, 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.workspace import SETS, Manifest, Workspace

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
    copies: dict[str, str] = field(default_factory=dict)
    """Episodes that are held out because they are the same film as a named one: name of that one."""


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


def with_copies(
    manifest: Manifest, sets: dict[str, list[str]]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Hold out every copy of a held-out film. A network that learned from a copy would have seen the film.

    Parameters
    ----------
    manifest : Manifest
        Episodes with the fingerprints of their films.
    sets : dict
        Names under ``train``, ``validation`` and ``test``.

    Returns
    -------
    sets : dict
        The same, with copies moved out of ``train``.
    copies : dict
        For each episode that was moved: the name of the episode whose film it is.

    Raises
    ------
    UsageError
        If a film is in ``validation`` and in ``test``, or no episode is left for training.
    """
    held_out: dict[str, tuple[str, str]] = {}
    for part in ("validation", "test"):
        for name in sets[part]:
            other, other_part = held_out.setdefault(manifest.episodes[name].sha256, (name, part))
            if other_part != part:
                raise UsageError(
                    f"episodes {other!r} and {name!r} are the same film, for validation and for testing",
                    "Use it for one of the two.",
                )
    moved = {part: list(names) for part, names in sets.items()}
    copies = {}
    for name in sets["train"]:
        found = held_out.get(manifest.episodes[name].sha256)
        if found is not None:
            copies[name] = found[0]
            moved["train"].remove(name)
            moved[found[1]].append(name)
    if not moved["train"]:
        raise UsageError(
            f"no episode is left to train on: all are the same film as {next(iter(copies.values()))!r}",
            "Extract more episodes, or use `--test none`.",
        )
    return moved, copies


def split(workspace: Workspace, *, options: SplitOptions) -> SplitSummary:
    """Split the workspace's episodes and save the split in the manifest.

    Copies of a held-out film are held out, too.

    Raises
    ------
    UsageError
        If a name is unknown or in two sets, or no episode is left for training.
    WorkspaceError
        If the workspace has no episodes, or another process holds its lock.
    """
    with workspace.locked():
        manifest = workspace.load()
        sets, copies = with_copies(manifest, split_episodes(list(manifest.episodes), options))
        manifest = replace(manifest, split=sets)
        workspace.save(manifest)
    counts = {part: {e.name: len(e.pictures) for e in workspace.set_of(manifest, part)} for part in SETS}
    return SplitSummary(**counts, copies=copies)
